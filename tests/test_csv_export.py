"""CSV that leaves."""

import csv
import io

import pandas as pd
import pyarrow as pa
import pytest

from anchornet.csv_export import csv_bytes, harmless, harmless_column


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|' /C calc'!A0",
        "+SUM(A1)",
        "@x",
        "-2+3+cmd",
        "\t=1",
        "\r=1",
        "=1",
        "--1",
        "\n=1+1",
        "＝1+1",
        "＋1+1",
        "－1+1",
        "＠SUM(A1)",
    ],
)
def test_a_cell_cannot_run_as_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless_column(pa.chunked_array([[text, "plain"]])).to_pylist() == [f"'{text}", "plain"]


@pytest.mark.parametrize("text", ["-12.50", "+3", "-1,204.00", "-5%", "plain", "", "a=b"])
def test_numbers_and_words_are_left_alone(text: str) -> None:
    assert harmless(text) == text


def test_a_table_is_read_back_as_it_was() -> None:
    frame = pd.DataFrame(
        {"=name": ['a "quoted", cell', "=1", None], "line": pd.array([1, None, 3], dtype="Int64")}
    )
    data = csv_bytes(frame)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows == [["'=name", "line"], ['a "quoted", cell', "1"], ["'=1", ""], ["", "3"]]
