"""Reading: whatever the bytes, a table with true lines or a refusal in a sentence."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from anchornet.returns import csv_records
from anchornet.returns.csv_quotes import repair_quotes
from anchornet.returns.csv_reader import Refused, Table, read_table
from tests.returns.hostile import hostile_files

PUBLISHED = Path(__file__).parents[1] / "files" / "published"
KNOWN = frozenset({"suppliername", "paidon", "amountgbp", "supplier", "amount"})


def rows_of(table: Table) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in table.cells.to_pylist()]


def skipped_of(table: Table) -> dict[str, tuple[int, ...]]:
    return {skipped.what: skipped.lines for skipped in table.skipped}


def pairs(counts: tuple[np.ndarray, np.ndarray]) -> list[tuple[int, int]]:
    return list(zip(counts[0].tolist(), counts[1].tolist(), strict=True))


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        read_table(data)
    return str(refused.value)


# Published files


@pytest.mark.parametrize(("name", "rows"), [("01", 2574), ("02", 2252), ("03", 4792), ("06", 2896)])
def test_manchester_is_read_whole(name: str, rows: int) -> None:
    table = read_table((PUBLISHED / f"manchester_2021-{name}.csv").read_bytes())
    assert table.cells.num_rows == rows
    assert table.encoding == "cp1252"
    assert table.delimiter == ","
    assert table.headings == (
        "Body Name",
        "Service Area",
        "Expenses Type",
        "Invoice Payment Date",
        "Transaction Number",
        "Net Amount",
        "Supplier Name",
    )
    assert table.skipped == ()
    assert table.cells["line"].to_pylist() == list(range(2, rows + 2))


def test_a_pound_sign_in_cp1252_is_a_pound_sign() -> None:
    table = read_table((PUBLISHED / "manchester_2021-01.csv").read_bytes())
    assert table.preview(1) == [
        {
            "line": 2,
            "Body Name": "Manchester City Council",
            "Service Area": "Manchester Leisure",
            "Expenses Type": "Professional fees",
            "Invoice Payment Date": "04.01.2021",
            "Transaction Number": "5101115422",
            "Net Amount": "£1,149.00",
            "Supplier Name": "Osborne Richardson",
        }
    ]


def test_trafford_keeps_its_literal_na_and_every_line() -> None:
    with zipfile.ZipFile(PUBLISHED / "trafford_2026-04_to_05.zip") as archive:
        data = archive.read(archive.namelist()[0])
    table = read_table(data)
    assert table.cells.num_rows == 38_055
    assert len(table.headings) == 16
    expected = list(csv.reader(io.StringIO(data.decode(), newline="")))[1:]
    assert [list(row[1:]) for row in rows_of(table)] == [[c.strip() for c in r] for r in expected]
    assert "NA" in table.cells["c12"].to_pylist()


@pytest.mark.parametrize("path", sorted((PUBLISHED / "nhs_london_chwe").glob("*.csv")))
def test_every_line_of_an_nhs_file_is_accounted_for(path: Path) -> None:
    data = path.read_bytes()
    table = read_table(data)
    assert table.cells.num_rows + table.skipped_lines + 1 == data.count(b"\n")
    assert len(table.short[0]) == len(table.long[0]) == 0


# Encodings


@pytest.mark.parametrize(
    ("encoding", "mark", "named"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8-sig"),
        ("utf-16-le", b"\xff\xfe", "utf-16"),
        ("utf-16-be", b"\xfe\xff", "utf-16"),
        ("utf-16-le", b"", "utf-16"),
        ("utf-16-be", b"", "utf-16"),
        ("cp1252", b"", "cp1252"),
    ],
)
def test_encodings_are_recognised(encoding: str, mark: bytes, named: str) -> None:
    text = "Supplier,Amount\r\nCafé “Zoë” – Ltd,£5\r\n"
    table = read_table(mark + text.encode(encoding))
    assert table.headings == ("Supplier", "Amount")
    assert rows_of(table) == [(2, "Café “Zoë” – Ltd", "£5")]
    assert table.encoding == named


def test_bytes_that_cp1252_does_not_define_do_not_stop_the_file() -> None:
    rows = b"".join(b"Caf\xe9 \x96 bar,\xa35\n" for _ in range(9))
    table = read_table(b"Supplier,Amount\nA\x81\x8d\x8f\x90\x9dB,\xa35\n" + rows)
    assert rows_of(table)[:2] == [(2, "A\x81\x8d\x8f\x90\x9dB", "£5"), (3, "Café – bar", "£5")]


def test_lines_from_two_systems_are_each_read_in_their_own_encoding() -> None:
    table = read_table("Supplier,Amount\nCafé,£1\n".encode() + "Café,£2\n".encode("cp1252"))
    assert rows_of(table) == [(2, "Café", "£1"), (3, "Café", "£2")]


def test_a_final_control_z_of_an_old_program_is_no_row() -> None:
    assert rows_of(read_table(b"Supplier,Amount\r\nAcme,5\r\n\x1a")) == [(2, "Acme", "5")]


# Delimiters


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("known", [KNOWN, frozenset()])
def test_delimiters_are_found(delimiter: str, known: frozenset[str]) -> None:
    rows = ["Supplier", "Amount", "Notes"], ["Acme", "5.00", "a; b"], ["Baker, Sons", "6", "c"]
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows(rows)
    table = read_table(file.getvalue().encode(), known)
    assert table.delimiter == delimiter
    assert rows_of(table) == [(2, "Acme", "5.00", "a; b"), (3, "Baker, Sons", "6", "c")]


def test_commas_in_amounts_do_not_outvote_semicolons() -> None:
    table = read_table(b"Supplier;Paid;Amount\nAcme;01/02/2026;1,234.00\nB;02/02/2026;2,000.00\n")
    assert table.delimiter == ";"
    assert rows_of(table)[0] == (2, "Acme", "01/02/2026", "1,234.00")


def test_excels_separator_line_is_obeyed_and_said() -> None:
    table = read_table(b"sep=;\r\nSupplier;Amount\r\nAcme;5,00\r\n")
    assert table.heading_line == 2
    assert rows_of(table) == [(3, "Acme", "5,00")]
    assert skipped_of(table) == {"separator": (1,)}


# Line ends and line numbers


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_each_line_end_counts_once(end: str) -> None:
    text = end.join(["Supplier,Amount", "", "Acme,1", "", "", '"Two', 'lines",2', "Baker,3", ""])
    table = read_table(text.encode(), KNOWN)
    assert rows_of(table) == [(3, "Acme", "1"), (6, "Two\nlines", "2"), (8, "Baker", "3")]
    assert skipped_of(table) == {"blank": (2, 4, 5)}


def test_mixed_line_ends_each_count_once() -> None:
    table = read_table(b'Supplier,Amount\r\nA,1\nB,2\rC,3\r\n"D\rE\r\nF\nG",4\r\n\nH,5')
    assert rows_of(table) == [
        (2, "A", "1"),
        (3, "B", "2"),
        (4, "C", "3"),
        (5, "D\nE\nF\nG", "4"),
        (10, "H", "5"),
    ]


def test_line_feeds_inside_cells_of_a_crlf_file_are_counted() -> None:
    table = read_table(b'Supplier,Amount\r\n"A\nB",1\r\nC,2\r\n"D\r\n",3\r\n')
    assert rows_of(table) == [(2, "A\nB", "1"), (4, "C", "2"), (5, "D", "3")]


def test_the_last_line_needs_no_line_end() -> None:
    assert rows_of(read_table(b"Supplier,Amount\nAcme,1")) == [(2, "Acme", "1")]
    assert rows_of(read_table(b'Supplier,Amount\nAcme,"1"')) == [(2, "Acme", "1")]


# Headings


def test_titles_above_the_headings_are_passed_over_and_said() -> None:
    data = b"Spend report\nPeriod:,September 2026\n\nSupplier name,Paid on,Amount (GBP)\nA,b,1\n"
    for known in (KNOWN, frozenset[str]()):
        table = read_table(data, known)
        assert table.headings == ("Supplier name", "Paid on", "Amount (GBP)")
        assert table.heading_line == 4
        assert rows_of(table) == [(5, "A", "b", "1")]
        assert skipped_of(table) == {"title": (1, 2), "blank": (3,)}


def test_a_heading_over_two_lines_in_quotes_is_one_heading() -> None:
    table = read_table(b'"Supplier\nname",Paid on,"Amount ""net"""\nA,b,1\n')
    assert table.headings == ("Supplier\nname", "Paid on", 'Amount "net"')
    assert rows_of(table) == [(3, "A", "b", "1")]


def test_headings_below_a_hundred_thousand_blank_rows_are_found() -> None:
    data = b"Report\n" + b",,\n" * 100_000 + b"Supplier,Paid,Amount\nA,b,1\n"
    table = read_table(data)
    assert table.heading_line == 100_002
    assert rows_of(table) == [(100_003, "A", "b", "1")]


def test_equal_headings_are_kept() -> None:
    table = read_table(b"Supplier,Amount,Amount,\nA,1,2,x\n")
    assert table.headings == ("Supplier", "Amount", "Amount", "")
    assert table.preview(5) == [
        {"line": 2, "Supplier": "A", "Amount": "1", "Amount (2)": "2", "Column 4": "x"}
    ]


def test_unnamed_columns_are_dropped_when_they_hold_nothing() -> None:
    table = read_table(b"Supplier,Amount,,\nA,1,,\nB,2, ,\n")
    assert table.headings == ("Supplier", "Amount")
    assert table.cells.column_names == ["line", "c0", "c1"]
    assert pairs(table.short) == pairs(table.long) == []


def test_trailing_delimiters_that_only_the_rows_have_are_no_fault() -> None:
    table = read_table(b"Supplier,Amount\nA,1,,\nB,2,,\nC,3\nD,4,,,,\n")
    assert table.headings == ("Supplier", "Amount")
    assert [row[1:] for row in rows_of(table)] == [("A", "1"), ("B", "2"), ("C", "3"), ("D", "4")]
    assert pairs(table.short) == pairs(table.long) == []


def test_a_heading_with_nothing_under_it_is_a_table_without_rows() -> None:
    table = read_table(b"supplier_name,paid_on,amount_gbp\n", KNOWN)
    assert table.cells.num_rows == 0
    assert table.cells.schema == pa.schema(
        [("line", pa.int32()), ("c0", pa.string()), ("c1", pa.string()), ("c2", pa.string())]
    )


# Cells


def test_text_stays_as_it_is_written() -> None:
    values = ["NA", "NULL", "nan", "01234567", "1e5", "TRUE", "=1+1", "#N/A", "O'Neil", "£", "\\N"]
    data = "Supplier,Amount\n" + "".join(f"{value},x\n" for value in values)
    assert read_table(data.encode()).cells["c0"].to_pylist() == values


def test_outer_white_space_is_trimmed_inner_is_kept() -> None:
    data = 'Supplier , Amount\n  A  B ,\t1\n"\u00a0C ", " 2 "\n£3\u00a0,\u2003é\u2003\n'
    table = read_table(data.encode())
    assert table.headings == ("Supplier", "Amount")
    assert rows_of(table) == [(2, "A  B", "1"), (3, "C", "2"), (4, "£3", "é")]


def test_short_and_long_rows_are_reported_with_their_cells() -> None:
    table = read_table(b"a,b,c\n1,2,3\n4,5\n6\n7,8,9,\n1,2,3,4\n7,8,9\n", frozenset({"a", "b"}))
    assert [row[1:] for row in rows_of(table)] == [
        ("1", "2", "3"),
        ("4", "5", ""),
        ("6", "", ""),
        ("7", "8", "9"),
        ("1", "2", "3"),
        ("7", "8", "9"),
    ]
    assert pairs(table.short) == [(3, 2), (4, 1)]
    assert pairs(table.long) == [(6, 4)]


def test_rows_that_are_all_too_long_are_all_reported() -> None:
    table = read_table(b"Supplier,Amount,Ref\nA,1,234.00,x\nB,2,000.00,y\n")
    assert pairs(table.long) == [(2, 4), (3, 4)]
    assert rows_of(table) == [(2, "A", "1", "234.00"), (3, "B", "2", "000.00")]


# Quote marks


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        (b'"A, B",1', ("A, B", "1")),
        (b'"A ""B"" C",1', ('A "B" C', "1")),
        (b'"",""', None),
        (b'"""A""",1', ('"A"', "1")),
        (b'5" pipe,1', ('5" pipe', "1")),
        (b'A "B" C,1', ('A "B" C', "1")),
        (b'"A" Ltd,1', ('"A" Ltd', "1")),
        (b'"A "B" C",1', ('A "B" C', "1")),
        (b'"A "B, C" D",1', ('A "B, C" D', "1")),
        (b'"A, B" , "1, 2"', ("A, B", "1, 2")),
        (b"'A',1", ("'A'", "1")),
    ],
)
def test_quote_marks(row: bytes, cells: tuple[str, ...] | None) -> None:
    table = read_table(b'Supplier,Amount\n"x, y",0\n' + row + b'\n"z, y",9\n')
    expected = [("x, y", "0"), *([cells] if cells else []), ("z, y", "9")]
    assert [found[1:] for found in rows_of(table)] == expected
    assert table.unclosed == ()


@pytest.mark.parametrize("after", [b'"Baker, Sons",2\n', b"Baker,2\n", b'Baker,"2"\n', b""])
def test_a_quote_mark_that_never_closes_swallows_nothing(after: bytes) -> None:
    table = read_table(b'Supplier,Amount\nA,1\n"Acme,5\nC,3\n' + after)
    assert rows_of(table)[:3] == [(2, "A", "1"), (3, '"Acme', "5"), (4, "C", "3")]
    assert table.cells.num_rows == 3 + bool(after)
    assert table.unclosed == (3,)


@pytest.mark.parametrize("last", [b'"Brown, Green, 5, Sons",2', b'"Brown, 5, Sons","1,000.00"'])
def test_one_line_of_quoted_cells_swallows_no_other(last: bytes) -> None:
    for data in (last + b"\n", last, last + b"\r\n", last + b"\nC,3\n"):
        assert read_table(b"Supplier,Amount\nA,1\n" + data).swallowed == ()


@pytest.mark.parametrize(
    "line", [b"B,2026-09-02,5", b"Supplier,Paid,Amount", b"Paid,Supplier,Amount"]
)
def test_a_quoted_cell_that_holds_a_line_of_the_list_is_reported(line: bytes) -> None:
    data = b'Supplier,Paid,Amount\nA,2026-09-01,1\n"' + line + b'\nC",2026-09-03,9\n'
    assert read_table(data).swallowed == ((3, 4),)


def test_a_quoted_cell_does_not_reach_over_hundreds_of_lines() -> None:
    data = b'Supplier,Amount\n"Acme,5\n' + b"B,1\n" * 300 + b'Late",2\n' + b'"C, D",3\n' * 3
    table = read_table(data)
    assert table.unclosed == (2,)
    assert table.cells.num_rows == 305
    assert rows_of(table)[-1] == (306, "C, D", "3")


def test_thousands_of_stray_quote_marks_are_quick_and_right() -> None:
    data = b"Supplier,Amount\n" + b'"Acme" Ltd,1\n"Bad,2\n"Good, yes",3\n' * 5_000
    table = read_table(data)
    assert table.cells.num_rows == 15_000
    assert len(table.unclosed) == 5_000
    assert rows_of(table)[-3:] == [
        (14_999, '"Acme" Ltd', "1"),
        (15_000, '"Bad', "2"),
        (15_001, "Good, yes", "3"),
    ]


# Blank rows, totals, notes


def test_blank_rows_by_the_ten_thousand_cost_nothing_but_a_note() -> None:
    blank = b",,\n" * 20_000 + b"\n" * 20_000 + b' , "",\t\n' * 5
    data = b"Supplier,Paid,Amount\nA,b,1\n" + blank + b"C,d,2\n" + blank
    table = read_table(data)
    assert rows_of(table) == [(2, "A", "b", "1"), (40_008, "C", "d", "2")]
    assert table.skipped[0].count == table.skipped_lines == 80_010
    assert (
        table.skipped[0].sentence == "Skipped 80,010 blank lines (lines 3, 4, 5 and 80,007 more)."
    )


@pytest.mark.parametrize(
    "total",
    [
        b"Total,,10.00",
        b",Grand Total:,10.00",
        b"TOTAL,,\xa310.00",
        b'"Sub-total",,"10,000.00"',
        b"Totals:,,",
        b"Total amount,,(10.00)",
        b"Total paid (\xa3),,10.00-",
        b"Total for September 2026,,10",
        b"Total payments: \xa310.00,,",
        b"Total spend,12,#REF!",
    ],
)
def test_a_total_is_skipped_and_said(total: bytes) -> None:
    table = read_table(b"Supplier,Paid,Amount\nA,2026-09-01,10.00\n" + total + b"\n")
    assert rows_of(table) == [(2, "A", "2026-09-01", "10.00")]
    assert skipped_of(table) == {"total": (3,)}


@pytest.mark.parametrize(
    "supplier",
    [
        b"Total Hygiene Ltd,2026-09-02,5",
        b"Total,2026-09-02,5",
        b"TotalEnergies,02/09/2026,5",
        b"Total Ltd,,5",
        b"Grand Total Caterers,,5",
        b"Totally Local CIC,,5",
        b"Subtotal Systems Ltd,,5",
    ],
)
def test_a_supplier_called_total_is_a_row(supplier: bytes) -> None:
    table = read_table(b"Supplier,Paid,Amount\nA,2026-09-01,10.00\n" + supplier + b"\n")
    assert table.cells.num_rows == 2
    assert table.skipped == ()


def test_subtotals_between_rows_are_skipped() -> None:
    table = read_table(b"Supplier,Amount\nA,1\nSubtotal,1\nB,2\nSubtotal,2\nTotal,3\n")
    assert [row[0] for row in rows_of(table)] == [2, 4]
    assert skipped_of(table) == {"total": (3, 5, 6)}


def test_a_bare_sum_and_notes_below_the_list_are_skipped() -> None:
    table = read_table(
        b"Supplier,Paid,Amount\nA,2026-09-01,10\n,,10\n\nSource: finance system\nAll figures net\n"
    )
    assert table.cells.num_rows == 1
    assert skipped_of(table) == {"total": (3,), "blank": (4,), "after_total": (5, 6)}
    assert [skipped.sentence for skipped in table.skipped] == [
        "Skipped 1 blank line (line 4).",
        "Skipped 1 total line (line 3).",
        "Skipped 2 notes below the list (lines 5 and 6).",
    ]


def test_a_last_row_that_was_cut_off_is_not_taken_for_a_note() -> None:
    table = read_table(b"Supplier,Paid,Amount\nA,2026-09-01,10\nBaker and S")
    assert rows_of(table)[-1] == (3, "Baker and S", "", "")
    assert pairs(table.short) == [(3, 1)]


def test_headings_repeated_on_every_page_are_skipped() -> None:
    table = read_table(b"Supplier,Amount\nA,1\nSupplier,Amount\nB,2\n")
    assert [row[0] for row in rows_of(table)] == [2, 4]
    assert skipped_of(table) == {"repeated_heading": (3,)}


# Refusals


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\n\r\n \n", "is blank"),
        (b"\xef\xbb\xbf", "is empty"),
        (b",,,\n,,,\n", "is blank"),
        (b"%PDF-1.7\n...", "PDF"),
        (b"\n\n%PDF-1.4", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "old Office file"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "locked with a password",
        ),
        (zipped("spend.csv"), "ZIP file. Unpack it"),
        (zipped(), "ZIP file. Unpack it"),
        (zipped("[Content_Types].xml", "word/document.xml"), "Word document"),
        (zipped("mimetype", "content.xml"), "OpenDocument"),
        (zipped("xl/workbook.bin"), "binary workbook"),
        (b"PK\x03\x04 not really", "damaged"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "gzip"),
        (b"\x89PNG\r\n\x1a\n\0\0", "picture"),
        (b"<!DOCTYPE html><table><tr><td>Supplier", "web page"),
        (b"\xef\xbb\xbf  <TABLE border=1><tr>", "web page"),
        ("<html><body>".encode("utf-16"), "web page"),
        (b"<?xml version='1.0'?><Workbook>", "XML"),
        (b'[{"supplier": "Acme"}]', "JSON"),
        (b'{"supplier": "Acme"}', "JSON"),
        ("a,b\n1,2\n".encode("utf-32"), "UTF-32"),
        ("supplier,amount\nA,2\n".encode("utf-32-le"), "UTF-32"),
        (b"a,b\n1,\0\n2,3\n", "not a text file"),
        (bytes(range(256)) * 4, "not a text file"),
        (bytes(range(1, 32)) * 40, "not a text file"),
        (b",".join(b"c%d" % n for n in range(1001)) + b"\n", "1,001 columns"),
        (b"a,b\n1,2\n" + b"x" * 5_000_000 + b",2\n", "Line 3 holds more than 4 million"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused_in_a_sentence(data: bytes, words: str) -> None:
    sentence = refusal(data)
    assert words in sentence
    assert re.fullmatch(r"[A-Z].*\.", sentence)
    assert not re.search(r"invalid|error|exception", sentence, re.IGNORECASE)


# Properties

cell_text = st.lists(
    st.sampled_from(
        ["a", "Z", "9", "£", "é", "語", "😀", " ", "\u00a0", '"', ",", ";", "\n", "\r\n"]
    ),
    max_size=6,
).map("".join)


@given(
    rows=st.lists(st.tuples(cell_text, cell_text, cell_text), max_size=12),
    ends=st.lists(
        st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\r\n\r\n"]), min_size=13, max_size=13
    ),
    delimiter=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    block=st.sampled_from([1, 8, 64, 4 << 20]),
    repaired=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_regular_files_read_as_pythons_csv_module_reads_them(
    rows: list[tuple[str, str, str]],
    ends: list[str],
    delimiter: str,
    quoting: int,
    block: int,
    repaired: bool,
) -> None:
    text = ""
    for row, end in zip([("supplier", "paid_on", "amount"), *rows], ends, strict=False):
        # A first and a last cell that show something, so that no row is blank, a total or a note.
        cells = row if not text else (f"x{row[0]}", row[1], f"{row[2]}y")
        line = io.StringIO()
        csv.writer(line, delimiter=delimiter, quoting=quoting).writerow(cells)  # type: ignore[arg-type]
        text += line.getvalue().removesuffix("\r\n") + end
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    expected, before = [], 0
    for found in reader:
        if found:
            cells_found = [re.sub("\r\n?", "\n", cell).strip() for cell in found]
            expected.append((before + 1, *cells_found))
        before = reader.line_num
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_records, "BLOCK", block)
        if repaired:  # the pass mark by mark must agree with the one that looks at all at once
            patch.setattr(csv_records, "examine_quotes", repair_quotes)
        table = read_table(text.encode(), frozenset({"supplier", "paidon", "amount"}))
    assert rows_of(table) == expected[1:]
    assert pairs(table.short) == pairs(table.long) == []
    assert table.unclosed == ()


@given(
    st.lists(st.sampled_from([b"a", b"1", b",", b";", b"\n", b"\r\n", b"\r", b" ", b"Total"])),
    st.sampled_from([1, 16, 4 << 20]),
)
@settings(max_examples=300, deadline=None)
def test_every_line_is_a_row_or_said_to_be_skipped(parts: list[bytes], block: int) -> None:
    data = b"".join(parts)
    lines = re.split(rb"\r\n|\r|\n", data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_records, "BLOCK", block)
        try:
            table = read_table(data)
        except Refused:
            assert not re.search(rb"[a1T]", data)
            return
    assert table.cells.num_rows + table.skipped_lines + 1 == len(lines) - (lines[-1] == b"")
    seen = table.cells["line"].to_pylist()
    assert seen == sorted(set(seen))
    assert all(lines[line - 1].strip(b" \t" + (table.delimiter or "").encode()) for line in seen)


@given(
    st.lists(st.sampled_from([b'"', b'""', b",", b"\n", b"a", b"b", b" ", b"\r\n"]), max_size=60),
    st.sampled_from([1, 16, 4 << 20]),
)
@example([b'"', b'"', b'"', b",", b'"', b" ", b'"', b"\n", b'"'], 1)
@settings(max_examples=500, deadline=None)
def test_no_letter_is_lost_whatever_the_quote_marks(parts: list[bytes], block: int) -> None:
    data = b"Supplier,Amount,Reference\n" + b"".join(parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_records, "BLOCK", block)
        table = read_table(data, frozenset({"supplier", "amount"}))
    text = "".join(
        cell for column in table.cells.column_names[1:] for cell in table.cells[column].to_pylist()
    )
    notes = [skipped for skipped in table.skipped if skipped.what == "after_total"]
    if not len(table.long[0]) and not notes:
        for letter in "ab":
            assert text.count(letter) == b"".join(parts).decode().count(letter)


class CountedBytes(bytes):
    """Bytes that count how many of them a search goes through."""

    searched = 0

    def find(self, mark: bytes, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
        end = len(self) if end is None else end
        position = super().find(mark, start, end)
        CountedBytes.searched += (end if position < 0 else position) - start
        return position

    def rfind(self, mark: bytes, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
        end = len(self) if end is None else end
        position = super().rfind(mark, start, end)
        CountedBytes.searched += end - max(position, start)
        return position

    def index(self, mark: bytes, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
        if (position := self.find(mark, start, end)) < 0:
            raise ValueError("subsection not found")
        return position

    def count(self, mark: bytes, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
        CountedBytes.searched += (len(self) if end is None else end) - start
        return super().count(mark, start, end)

    def __contains__(self, mark: object) -> bool:
        return self.find(mark) >= 0  # type: ignore[arg-type]


HEADED, ROW = b"Supplier,Amount\n", b"Arc Ltd,1.00\n"


@pytest.mark.parametrize(
    "data",
    [
        HEADED + ROW * 20_000 + b"Brick Ltd,1.00\n",
        HEADED + ROW * 20_000 + b'"Brick, Ltd",1.00\n',
        HEADED + ROW * 20_000 + b"Total,20000.00\n",
        HEADED + ROW * 20_000 + "Bürste Ltd,1.00\n".encode(),
        (HEADED + ROW * 20_000).replace(b"\n", b"\r\n"),
        (HEADED + ROW * 20_000).replace(b"\n", b"\r"),
        (HEADED + ROW * 20_000)[:-1],
        b"Supplier\n" + b"Arc Limited of Sample\n" * 20_000,
        b"Payments\n" * 600 + HEADED + ROW * 20_000,
        b"Arc Ltd 1.00 " * 20_000,
        b"Supplier,Amount,Arc Ltd,1.00" + b"," * 900 + b"Arc Ltd 1.00 " * 20_000,
    ],
    ids=[
        "no quote mark", "one on the last line", "a total", "a letter that is not ASCII", "CRLF",
        "no line feed", "no last line feed", "one column", "headings far down", "one line",
        "one line of many cells",
    ],
)  # fmt: skip
def test_reading_goes_through_a_file_a_few_times_whatever_is_not_in_it(data: bytes) -> None:
    CountedBytes.searched = 0
    with suppress(Refused):
        read_table(CountedBytes(data), KNOWN)
    assert 0 < CountedBytes.searched < 10 * len(data)


@given(st.binary(max_size=400))
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_a_table_or_a_refusal(data: bytes) -> None:
    try:
        table = read_table(data)
    except Refused:
        return
    assert table.cells.num_columns == len(table.headings) + 1


def test_hostile_files_are_a_table_or_a_refusal() -> None:
    kinds = set()
    for name, data in hostile_files(400, seed=2):
        try:
            table = read_table(data)
        except Refused as refused:
            kinds.add(str(refused))
        else:
            kinds.add("read")
            assert table.cells.num_rows == len(table.cells["line"].unique()), name
    assert "read" in kinds
    assert len(kinds) > 8


def test_the_same_hostile_files_come_from_the_same_seed() -> None:
    names = [name for name, _ in hostile_files(20, seed=5)]
    assert names == [name for name, _ in hostile_files(20, seed=5)]
    assert names != [name for name, _ in hostile_files(20, seed=6)]
