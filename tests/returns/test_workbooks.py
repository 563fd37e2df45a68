"""Workbooks: the sheets that are lists, whichever they are, and no bomb unpacked."""

import datetime
import io
import tracemalloc
import zipfile

import openpyxl
import pytest

from anchornet.returns import workbook
from anchornet.returns.csv_reader import Reading, Refused, SheetsDiffer, Table, read_table
from anchornet.returns.findings import LINES_A_SHEET
from tests.returns.test_csv_reader import KNOWN, refusal, rows_of, skipped_of


def xlsx(*rows: list[object], title: str = "List", start: int = 1) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row, values in enumerate(rows, start=start):
        for column, value in enumerate(values, start=1):
            sheet.cell(row=row, column=column).value = value  # type: ignore[assignment]
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_workbook_is_recognised_by_content_and_keeps_its_rows() -> None:
    data = xlsx(
        ["Supplier name", "Paid on", "Amount", "Local", "Reference"],
        ["Acme", datetime.date(2026, 9, 1), 1234.5, True, "01234567"],
        [],
        [" Two\nlines ", datetime.datetime(2026, 9, 2, 10, 30), 0.1 + 0.2, False, 1234.0],
        ["NA", datetime.datetime(2026, 9, 3), 1e15, None, "#N/A"],
        start=3,
    )
    table = read_table(data, KNOWN)
    assert (table.encoding, table.delimiter, table.heading_line) == ("xlsx", None, 3)
    assert rows_of(table) == [
        (4, "Acme", "2026-09-01", "1234.5", "TRUE", "01234567"),
        (6, "Two\nlines", "2026-09-02 10:30:00", "0.3", "FALSE", "1234"),
        (7, "NA", "2026-09-03", "1000000000000000", "", "#N/A"),
    ]
    assert skipped_of(table) == {"blank": (1, 2, 5)}


def sheets(*several: tuple[str, list[list[object]]], hidden: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in several:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if name == hidden:
            sheet.sheet_state = "hidden"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


LIST = ["Supplier", "Amount"]
SEPTEMBER = ("Sep", [LIST, ["Acme", 1], ["Baker", 2]])
OCTOBER = ("Oct", [["Monthly list"], LIST, ["Acme", 3]])
CODES = ("Codes", [["Code", "Meaning"], ["A", "Agency"], ["B", "Bank"]])
OTHER = ("Cards", [["Amount", "Supplier", "Card"], [4, "Acme", "x"]])


def read_sheets(
    *several: tuple[str, list[list[object]]], hidden: str = "", **said: object
) -> Table:
    reading = Reading(**said)  # type: ignore[arg-type]
    return read_table(sheets(*several, hidden=hidden), KNOWN, (), reading)


def test_sheets_of_the_same_headings_are_one_list_and_said() -> None:
    table = read_sheets(SEPTEMBER, OCTOBER, CODES)
    assert [row[1:] for row in rows_of(table)] == [("Acme", "1"), ("Baker", "2"), ("Acme", "3")]
    assert table.cells["line"].to_pylist() == [2, 3, LINES_A_SHEET + 3]
    assert table.sheets == ("Sep", "Oct")
    assert table.notes == ("Read the sheets Sep and Oct; not read: Codes (not this list).",)
    assert [one.sentence for one in table.skipped] == [
        "Skipped 1 line above the headings (line 1 of Oct)."
    ]


def test_columns_of_sheets_are_brought_together_by_their_headings() -> None:
    turned = ("Oct", [["Amount", "Supplier"], [3, "Acme"]])
    table = read_sheets(SEPTEMBER, turned)
    assert [row[1:] for row in rows_of(table)] == [("Acme", "1"), ("Baker", "2"), ("Acme", "3")]


def test_the_list_is_read_whichever_sheet_it_is_on() -> None:
    table = read_sheets(CODES, SEPTEMBER)
    assert rows_of(table) == [(2, "Acme", "1"), (3, "Baker", "2")]
    assert table.notes == ("Read the sheet Sep; not read: Codes (not this list).",)


def test_a_hidden_sheet_is_named_and_not_read() -> None:
    table = read_sheets(SEPTEMBER, OCTOBER, hidden="Oct")
    assert table.cells.num_rows == 2
    assert table.notes == ("Read the sheet Sep; not read: Oct (hidden).",)


def test_sheets_that_differ_are_named_and_one_can_be_chosen() -> None:
    with pytest.raises(SheetsDiffer) as asked:
        read_sheets(SEPTEMBER, OTHER)
    assert asked.value.sheets == {
        "Sep": "two lines under Supplier, Amount",
        "Cards": "one line under Amount, Supplier, Card",
    }
    assert rows_of(read_sheets(SEPTEMBER, OTHER, sheets=("cards",))) == [(2, "4", "Acme", "x")]
    with pytest.raises(Refused, match="There is no sheet Nov"):
        read_sheets(SEPTEMBER, OTHER, sheets=("Nov",))
    # What was said for last month's file doesn't stop this one.
    table = read_sheets(SEPTEMBER, OCTOBER, sheets=("Aug",), remembered=True)
    assert table.sheets == ("Sep", "Oct")


def test_a_sheet_that_holds_every_line_of_another_is_asked_about() -> None:
    year = ("Year", [LIST, ["Acme", 1], ["Baker", 2], ["Acme", 3]])
    with pytest.raises(SheetsDiffer, match="Every line of the sheet Sep is on the sheet Year too"):
        read_sheets(SEPTEMBER, year)
    assert read_sheets(SEPTEMBER, year, sheets=("Year",)).cells.num_rows == 3


def test_an_empty_workbook_and_an_empty_sheet_are_refused() -> None:
    assert "no sheet with a list" in refusal(xlsx())
    assert "is damaged" in refusal(xlsx(["a"])[:-300])


def test_a_cell_at_the_far_corner_does_not_fill_the_memory() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Supplier", "Amount"])
    sheet["XFD1048576"] = "x"
    file = io.BytesIO()
    book.save(file)
    assert "reaches to row 1,048,576" in refusal(file.getvalue())


def bomb(size: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"<a>" + b" " * size)
    return file.getvalue()


def test_a_bomb_is_refused_by_what_it_declares() -> None:
    data = bytearray(bomb(1_000_000))
    place = data.rfind(b"PK\x01\x02")
    data[place + 24 : place + 28] = (2**31 - 1).to_bytes(4, "little")
    assert "unpacks to more than 1 GB" in refusal(bytes(data))


def test_a_bomb_that_lies_is_refused_without_filling_the_memory() -> None:
    data = bytearray(bomb(100_000_000))
    place = data.rfind(b"PK\x01\x02")
    data[place + 24 : place + 28] = (1000).to_bytes(4, "little")
    tracemalloc.start()
    assert "damaged" in refusal(bytes(data))
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_a_bomb_of_true_size_is_counted_while_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbook, "LARGEST_UNPACKED", 10_000_000)
    assert "unpacks to more than" in refusal(bomb(30_000_000))
