"""Tables that leave as CSV, which a spreadsheet will open."""

import csv
import io
import re
from typing import Any

import pandas as pd

# What a spreadsheet takes for a formula, unless it is a plain number.
FORMULA = re.compile(r"^[=+\-@\t\r]")
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
