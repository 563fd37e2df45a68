"""A member's own file back, with what to put right beside each row."""

import io
from codecs import BOM_UTF8
from collections.abc import Iterable

import pyarrow as pa
from pyarrow import csv

from anchornet.publishing.tables import harmless, harmless_column
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
    lines, cells = every_record(data, table.delimiter)
    numbers = [str(line) for line in lines]
    last = [" ".join(said.get(line, ())) for line in lines]
    if table.heading_line in lines:
        heading = lines.index(table.heading_line)
        numbers[heading] = LINE
        last[heading] = f"{FINDINGS}. {last[heading]}".removesuffix(". ")
    columns = [pa.array(numbers), *cells.columns, pa.array(last, pa.string())]
    made = pa.table(
        [harmless_column(column) for column in columns],
        names=[str(place) for place in range(len(columns))],
    )
    if None in said:
        top = ["", *[""] * cells.num_columns, harmless(" ".join(said[None]))]
        made = pa.concat_tables([pa.table([[cell] for cell in top], names=made.column_names), made])
    text = io.BytesIO()
    text.write(BOM_UTF8)
    csv.write_csv(made, text, csv.WriteOptions(include_header=False, quoting_style="needed"))
    return text.getvalue()
