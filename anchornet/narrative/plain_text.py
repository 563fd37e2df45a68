"""Tables and checks as text, for a terminal."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from anchornet.formatting import capital, plural
from anchornet.intake.prepare import PreparedGroups
from anchornet.returns.declaration import RETURNS, Return
from anchornet.returns.findings import KINDS

EXAMPLES = 3


def table_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Aligned columns under the first row's keys in words, numbers to the right; ends with a new
    line, or is empty."""
    columns: list[list[str]] = []
    for name in rows[0] if rows else ():
        values = [row.get(name) for row in rows]
        texts = [capital(name.replace("_", " ")), *map(cell_text, values)]
        width = max(map(len, texts))
        number = all(isinstance(value, int | float | Decimal | None) for value in values)
        columns.append([text.rjust(width) if number else text.ljust(width) for text in texts])
    return "".join("  ".join(cells).rstrip() + "\n" for cells in zip(*columns, strict=True))


def cell_text(value: Any) -> str:
    """`1,234.50`, `0.4123`, `–` for what is missing."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | Decimal):
        amount = float(value)
        digits = 0 if amount % 1 == 0 else 2 if abs(amount) >= 10 else 4
        return f"{amount:,.{digits}f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def check_text(summary: Mapping[str, Any]) -> str:
    """A check's summary (returns.check.Checked.summary) in words: what was read, the months in
    it, and what was found, grouped by rule and column with the first few of each."""
    left_out = f", {summary['skipped_lines']:,} left out" if summary["skipped_lines"] else ""
    rows = plural(summary["rows"], "row")
    text = f"{summary['file']}: {summary['rows']:,} {rows}{left_out}, {summary['encoding']}\n"
    text += "".join(f"  {note}\n" for note in summary["notes"])
    return_ = RETURNS[summary["return"]]
    text += table_text([period_row(period, return_) for period in summary["periods"]])
    titles = {field.name: field.title for field in return_.fields}
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for finding in summary["findings"]:
        column = titles.get(finding["column"], finding["column"]) or "the whole line or file"
        groups.setdefault((finding["severity"], column, finding["rule"]), []).append(finding)
    for (severity, column, _), findings in sorted(groups.items()):
        text += f"\n{KINDS[severity]}: {column}, {len(findings):,} found\n"
        for finding in findings[:EXAMPLES]:
            sheet = f"Sheet {finding['sheet']}, " if finding["sheet"] else ""
            line = f"{sheet}Line {finding['line']}: " if finding["line"] else ""
            text += f"  {line}{finding['message']}. {finding['cure']}\n"
        if len(findings) > EXAMPLES:
            text += f"  … and {len(findings) - EXAMPLES:,} more\n"
    return text + f"\n{summary['errors']:,} to put right, {summary['warnings']:,} to look at.\n"


def prepared_text(prepared: PreparedGroups) -> str:
    """What a list of people was turned into and what was left out; no cell of it is quoted."""
    text = "".join(f"{why}: {count:,} left out.\n" for why, count in prepared.left_out.items())
    text += "".join(f"{sentence}\n" for sentence in prepared.skipped)
    for group in prepared.finding_groups():
        first = group.examples[0]
        where = f" in {group.column}" if group.column else ""
        text += f"{KINDS[group.severity]}{where}, {group.lines}: {first.message}. {first.cure}\n"
    if prepared.stopped:
        return f"{text}Nothing was prepared. Nothing of the list was kept."
    rows = [
        {"becomes": count.field, "value": count.value, "people": count.people}
        for count in prepared.value_counts
    ]
    return f"{text}{table_text(rows)}{prepared_sentence(prepared)} Nothing of the list was kept."


def prepared_sentence(prepared: PreparedGroups) -> str:
    """`34 people became 28 groups.`"""
    if not prepared.people:
        return "Nobody in the list belongs in this return: send a nil return."
    people = f"{prepared.people:,} {plural(prepared.people, 'person', 'people')}"
    return f"{people} became {prepared.rows:,} {plural(prepared.rows, 'group')}."


def period_row(period: Mapping[str, Any], return_: Return | None) -> dict[str, Any]:
    """A month with its totals, by the titles of the return's columns, beside its other values."""
    others = {name: value for name, value in period.items() if name != "totals"}
    totals = period["totals"].items()
    return {**others, **{return_.field(name).title: value for name, value in totals if return_}}
