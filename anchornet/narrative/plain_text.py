"""Tables and checks as text, for a terminal."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from anchornet.intake.prepare import PreparedReturn

EXAMPLES = 3


def table_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Aligned columns under the names of the first row's keys, numbers to the right; ends with a
    new line, or is empty."""
    columns: list[list[str]] = []
    for name in rows[0] if rows else ():
        values = [row.get(name) for row in rows]
        texts = [name, *map(cell_text, values)]
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
        return (
            f"{amount:,.0f}" if amount % 1 == 0 else f"{amount:,.{2 if abs(amount) >= 10 else 4}f}"
        )
    return f"{value:,}" if isinstance(value, int) else str(value)


def check_text(summary: Mapping[str, Any]) -> str:
    """A check's summary (returns.check.Checked.summary) in words: what was read, the months in
    it, and what was found, grouped by rule and column with the first few of each."""
    left_out = f", {summary['skipped_lines']:,} left out" if summary["skipped_lines"] else ""
    said = f"{summary['file']}: {summary['rows']:,} rows{left_out}, {summary['encoding']}\n"
    said += table_text([period_row(period) for period in summary["periods"]])
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for found in summary["findings"]:
        key = (found["severity"], found["column"] or "the whole line or file", found["rule"])
        groups.setdefault(key, []).append(found)
    for (severity, column, rule), findings in sorted(groups.items()):
        said += f"\n{severity}: {column}, {rule}, {len(findings):,} found\n"
        for found in findings[:EXAMPLES]:
            line = f"Line {found['line']}: " if found["line"] else ""
            said += f"  {line}{found['message']}. {found['cure']}\n"
        if len(findings) > EXAMPLES:
            said += f"  … and {len(findings) - EXAMPLES:,} more\n"
    return said + f"\n{summary['errors']:,} to put right, {summary['warnings']:,} to look at.\n"


def prepared_text(prepared: PreparedReturn) -> str:
    """What a list of people was turned into and what was left out; no cell of it is quoted."""
    said = "".join(f"{why}: {count:,} left out.\n" for why, count in prepared.left_out.items())
    said += "".join(f"{sentence}\n" for sentence in prepared.skipped)
    for group in prepared.finding_groups():
        first = group.examples[0]
        kind = "To put right" if group.severity == "error" else "To look at"
        where = f" in {group.column}" if group.column else ""
        said += f"{kind}{where}, {group.lines}: {first.message}. {first.cure}\n"
    if prepared.stopped:
        return f"{said}Nothing was prepared. Nothing of the list was kept."
    rows = [
        {"becomes": count.field, "value": count.value, "people": count.people}
        for count in prepared.value_counts
    ]
    return f"{said}{table_text(rows)}{prepared_sentence(prepared)} Nothing of the list was kept."


def prepared_sentence(prepared: PreparedReturn) -> str:
    """`34 people became 28 groups.`"""
    if not prepared.people:
        return "Nobody in the list belongs in this return: send a nil return."
    people = "1 person" if prepared.people == 1 else f"{prepared.people:,} people"
    groups = "1 group" if prepared.groups == 1 else f"{prepared.groups:,} groups"
    return f"{people} became {groups}."


def period_row(period: Mapping[str, Any]) -> dict[str, Any]:
    """A month with its totals beside its other values."""
    return {**{name: it for name, it in period.items() if name != "totals"}, **period["totals"]}
