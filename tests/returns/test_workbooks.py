"""Workbooks: the first sheet that is shown as a list, and no bomb unpacked."""

import datetime
import io
import tracemalloc
import zipfile

import openpyxl
import pytest

from anchornet.returns import workbook
from anchornet.returns.csv_reader import read_table
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


def test_only_the_first_sheet_that_is_shown_is_read() -> None:
    book = openpyxl.Workbook()
    hidden = book.active
    assert hidden is not None
    hidden.append(["Codes", "Hidden"])
    hidden.sheet_state = "hidden"
    for name in ("September", "August"):
        sheet = book.create_sheet(name)
        sheet.append(["Supplier", "Month"])
        sheet.append(["Acme", name])
    file = io.BytesIO()
    book.save(file)
    assert rows_of(read_table(file.getvalue())) == [(2, "Acme", "September")]


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
