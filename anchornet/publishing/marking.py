"""A member's own file back, with what to put right beside each row."""

import csv
import io
from collections.abc import Iterable

from anchornet.publishing.tables import harmless
from anchornet.returns.findings import Finding
from anchornet.returns.reading import Table, every_record

LINE = "Line"
FINDINGS = "What to put right"


def marked_file(data: bytes, table: Table, findings: Iterable[Finding]) -> bytes:
    """The file as CSV in UTF-8 with a BOM, so that Excel reads it: every record that shows
    something, between its line number and the sentences of what was found in it.

    `table` is the file as read_table gave it. What is about no line stands in a row at the top.
    No cell runs as a formula.
    """
    said: dict[int | None, list[str]] = {}
    for found in findings:
        where = f"{found.column}: " if found.column else ""
        kind = "" if found.severity == "error" else "To look at: "
        said.setdefault(found.line, []).append(f"{kind}{where}{found.message}. {found.cure}")
    records = list(every_record(data, table.delimiter))
    width = max((len(cells) for _, cells in records), default=0)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")

    def write(line: object, cells: list[str], last: str) -> None:
        blank = [""] * (width - len(cells))
        writer.writerow([line, *map(harmless, cells), *blank, harmless(last)])

    if None in said:
        write("", [], " ".join(said[None]))
    for line, cells in records:
        about = " ".join(said.get(line, ()))
        if line == table.heading_line:
            write(LINE, cells, f"{FINDINGS}. {about}".removesuffix(". "))
        else:
            write(line, cells, about)
    return text.getvalue().encode("utf-8-sig")
