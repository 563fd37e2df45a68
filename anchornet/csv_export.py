"""Tables that leave as CSV, which a spreadsheet will open."""

import csv
import io
import re
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

# What a spreadsheet takes for a formula, unless it is a plain number: full-width signs too, and
# what follows a tab or a line end.
FORMULA = re.compile(r"^[=+\-@\t\r\n＝＋－＠]")
NUMBER = re.compile(r"^[+-]?\d[\d,]*(\.\d+)?%?$")


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The frame as CSV in UTF-8 with a BOM, so that Excel reads it; no cell runs as a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([harmless(name) for name in frame.columns])
    for row in frame.itertuples(index=False, name=None):
        writer.writerow([harmless(value) for value in row])
    return text.getvalue().encode("utf-8-sig")


def harmless(value: Any) -> Any:
    """Text that would run as a formula, with an apostrophe before it; anything else as it is."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    if isinstance(value, str) and FORMULA.match(value) and not NUMBER.match(value):
        return f"'{value}"
    return value


def harmless_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """`harmless` for a column of text."""
    starts_so = pc.match_substring_regex(column, FORMULA.pattern)
    if not pc.any(starts_so).as_py():
        return column
    runs = pc.and_not(starts_so, pc.match_substring_regex(column, NUMBER.pattern))
    return pc.if_else(runs, pc.binary_join_element_wise("'", column, ""), column)
