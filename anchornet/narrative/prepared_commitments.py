"""What lists of promises were turned into, in words: for the page and for a terminal."""

from decimal import Decimal

from anchornet.formatting import capital, counted, exactly, inside, lines, listed, plural
from anchornet.intake.prepare_commitments import (
    LeftOut,
    MeasureTotal,
    PreparedCommitments,
    Purpose,
)
from anchornet.narrative.plain_text import table_text
from anchornet.store.framework import UNITS, Framework

SOURCE_TITLES = {"contract": "Contracts register", "section_106": "Developer contributions"}
SOURCE_GRAINS = {
    "contract": "One row per contract, as the transparency code asks councils to publish it; or "
    "one row per promise, where your register has columns for its measure and amount.",
    "section_106": "The lists of the developer contributions standard, dropped together: "
    "agreements, contributions and, for what was received and spent, transactions.",
}
NO_FRAMEWORK = (
    "The network has no framework yet, so nobody can say which measure a promise is of. The "
    "coordinator loads one."
)
SHOWN = 12  # lines on the page; the terminal and the file that can be downloaded have them all
ONLY_IN_TRANSACTIONS = "Contributions that only the transactions name"


def sentence(prepared: PreparedCommitments) -> str:
    """`16 promises are in the return for October to December 2026; 51 lines are left out.`"""
    if not prepared.rows:
        return "Nothing in these lists can be used as it is."
    out = sum(len(group.lines) for group in prepared.left_out())
    promises = f"{prepared.rows:,} {plural(prepared.rows, 'promise is', 'promises are')}"
    period = prepared.return_.period_words(prepared.period)
    text = f"{promises} in the return for {period}; "
    text += f"{counted(out, 'line is', 'lines are')} left out."
    if prepared.incomplete:
        text += (
            f" {prepared.incomplete:,} {plural(prepared.incomplete, 'has', 'have')} no measure or "
            "amount: a register doesn't say what was promised. Fill in both before you send, a "
            "line for each measure, and take out the contracts in which nothing was promised."
        )
    return text


def amount(framework: Framework, measure: str | None, value: Decimal | None) -> str:
    """`£915,094.75`, `86 homes`; a dash where it isn't known."""
    if value is None or measure is None:
        return "–"
    unit = {one.id: one.unit for one in framework.measures}[measure]
    if unit == "gbp":
        return f"£{value:,.2f}"
    return exactly(float(value), unit) + ("" if unit == "yes" else f" {UNITS[unit]}")


def total_row(framework: Framework, total: MeasureTotal) -> list[str]:
    """Measure, promises, promised, received, delivered."""
    amounts = (total.promised, total.received, total.delivered)
    title = framework.measure_codes[total.measure] if total.measure else "Not stated yet"
    return [title, f"{total.promises:,}", *(amount(framework, total.measure, a) for a in amounts)]


def purpose_label(purpose: Purpose) -> str:
    """`OSSR: 9 contributions, £205,689.75`"""
    count = f"{purpose.contributions:,} {plural(purpose.contributions, 'contribution')}"
    value = ""
    if purpose.amount is not None:
        units = f"{purpose.amount.normalize():f} {plural(float(purpose.amount), 'unit')}"
        value = f", £{purpose.amount:,.2f}" if purpose.kind == "gbp" else f", {units}"
    return f"{purpose.text or ONLY_IN_TRANSACTIONS}: {count}{value}"


def numbers(group: LeftOut) -> str:
    """`2 and 42`; of many the first, and how many more."""
    shown = [f"{line:,}" for line in group.lines[:SHOWN]]
    more = len(group.lines) - len(shown)
    return listed([*shown, f"{more:,} more"] if more else shown)


def left_out_rows(prepared: PreparedCommitments) -> list[dict[str, str]]:
    """Every line that is left out, to be worked through."""
    return [
        {
            "File": group.file,
            "Line": str(line),
            "Column": group.column or "",
            "Value": group.value or "",
            "Why": group.reason,
            "What to do": group.cure,
        }
        for group in prepared.left_out()
        for line in group.lines
    ]


def text(prepared: PreparedCommitments, framework: Framework) -> str:
    """For a terminal: what was read, what purposes were taken for, every line that is left out."""
    parts = [
        f"{name}: {inside(of.title)}, {n:,} {plural(n, 'line')}\n" for name, of, n in prepared.lists
    ]
    parts += [f"{note}\n" for note in prepared.skipped]
    for group in prepared.remarks():
        first = group.examples[0]
        column = f", {group.column}" if group.column else ""
        parts.append(f"{capital(group.lines)}{column}: {first.message}. {first.cure}\n")
    for left in prepared.left_out():
        where = f"{left.file}, {lines(left.lines, len(left.lines))}"
        column = f", {left.column}" if left.column else ""
        parts.append(f"Left out: {where}{column}: {left.reason}. {left.cure}\n")
    if prepared.stopped:
        return f"{''.join(parts)}Nothing was prepared."
    titles = framework.measure_codes
    purposes = [
        {
            "purpose": purpose_label(purpose),
            "measure": titles[purpose.measure] if purpose.measure else "none: left out",
        }
        for purpose in prepared.purposes
    ]
    headings = ("measure", "promises", "promised", "received", "delivered")
    totals = [
        dict(zip(headings, total_row(framework, total), strict=True)) for total in prepared.totals
    ]
    return f"{''.join(parts)}{table_text(purposes)}{table_text(totals)}{sentence(prepared)}"
