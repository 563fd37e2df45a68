"""What to put right, as a list of its own and beside each row of a member's own file."""

import io
from codecs import BOM_UTF8
from collections.abc import Iterable

import pandas as pd
import pyarrow as pa
from pyarrow import csv

from anchornet.csv_export import csv_bytes, harmless, harmless_column
from anchornet.returns.csv_reader import every_record
from anchornet.returns.findings import Finding

LINE = "Line"
FINDINGS = "What to put right"
LISTED = ["severity", "line", "column", "value", "message", "cure", "rule"]


def findings_file(findings: Iterable[Finding]) -> bytes:
    """All of them as CSV, a line each: LISTED."""
    rows = [[getattr(found, name) for name in LISTED] for found in findings]
    return csv_bytes(pd.DataFrame(rows, columns=LISTED).astype({"line": "Int64"}))


def marked_file(
    data: bytes, delimiter: str | None, heading_line: int, findings: Iterable[Finding]
) -> bytes:
    """The file as CSV in UTF-8 with a BOM, so that Excel reads it: every record that shows
    something, between its line number and the sentences of what was found in it.

    `delimiter` and `heading_line` are as read_table found them. What is about no line stands in a
    row at the top. No cell runs as a formula.
    """
    said: dict[int | None, list[str]] = {}
    for found in findings:
        where = f"{found.column}: " if found.column else ""
        kind = "" if found.severity == "error" else "To look at: "
        said.setdefault(found.line, []).append(f"{kind}{where}{found.message}. {found.cure}")
    lines, cells = every_record(data, delimiter)
    numbers = [str(line) for line in lines]
    last = [" ".join(said.get(line, ())) for line in lines]
    if heading_line in lines:
        heading = lines.index(heading_line)
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
