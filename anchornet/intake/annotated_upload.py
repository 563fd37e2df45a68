"""What to put right, as a list of its own and beside each row of a member's own file."""

import io
from codecs import BOM_UTF8
from collections.abc import Iterable, Sequence

import pandas as pd
import pyarrow as pa
from pyarrow import csv

from anchornet.csv_export import csv_bytes, harmless, harmless_column
from anchornet.returns.csv_reader import every_record
from anchornet.returns.findings import KINDS, LINES_A_SHEET, Finding

LINE = "Line"
FINDINGS = "What to put right"
LISTED = ["severity", "sheet", "line", "column", "value", "message", "cure", "rule"]


def findings_file(findings: Iterable[Finding]) -> bytes:
    rows = [[getattr(finding, name) for name in LISTED] for finding in findings]
    return csv_bytes(pd.DataFrame(rows, columns=LISTED).astype({"line": "Int64"}))


def marked_file(
    data: bytes,
    delimiter: str | None,
    heading_line: int,
    findings: Iterable[Finding],
    sheets: Sequence[str] = (),
) -> bytes:
    """The file as CSV in UTF-8 with a BOM, so that Excel reads it: every record that shows
    something, between its line number and the sentences of its findings; what is about no line
    stands at the top. `delimiter`, `heading_line` and `sheets` are those of read_table."""
    sentences: dict[int | None, list[str]] = {}
    for finding in findings:
        kind = "" if finding.severity == "error" else f"{KINDS[finding.severity]}: "
        where = f"{finding.column}: " if finding.column else ""
        sentence = f"{kind}{where}{finding.message}. {finding.cure}"
        sentences.setdefault(finding.record, []).append(sentence)
    lines, cells = every_record(data, delimiter, sheets)
    numbers = [str(line) for line in lines]
    if len(sheets) > 1:
        placed = (divmod(line, LINES_A_SHEET) for line in lines)
        numbers = [f"{sheets[number]} {row}" for number, row in placed]
    notes = [" ".join(sentences.get(line, ())) for line in lines]
    if heading_line in lines:
        heading = lines.index(heading_line)
        numbers[heading] = LINE
        notes[heading] = f"{FINDINGS}. {notes[heading]}".removesuffix(". ")
    columns = [pa.array(numbers), *cells.columns, pa.array(notes, pa.string())]
    names = [str(number) for number in range(len(columns))]
    table = pa.table([harmless_column(column) for column in columns], names=names)
    if None in sentences:
        top = [*[""] * (len(names) - 1), harmless(" ".join(sentences[None]))]
        table = pa.concat_tables([pa.table([[cell] for cell in top], names=names), table])
    text = io.BytesIO()
    text.write(BOM_UTF8)
    csv.write_csv(table, text, csv.WriteOptions(include_header=False, quoting_style="needed"))
    return text.getvalue()
