"""Excel workbooks: the first sheet of an .xlsx as CSV text, one record a row of the sheet."""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
import zlib
from collections.abc import Iterator
from decimal import Decimal
from typing import IO
from xml.etree import ElementTree  # see _part_of # nosec B405
from xml.parsers import expat

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from anchornet.returns.findings import SEND, Refused

# A workbook is unpacked in memory, so what it unpacks to is bounded before it is opened.
LARGEST_UNPACKED = 1 << 30
LARGEST_AREA = 40_000_000
PICTURES = (".png", ".jpeg", ".jpg", ".gif", ".emf", ".wmf", ".tiff", ".bmp", ".bin", ".svg")

BOMB = "This workbook unpacks to more than 1 GB. Save the list by itself as CSV and send that."
DAMAGED = "This workbook is damaged or locked. Open it in Excel, save it again and send that copy."
NO_SHEET = "This workbook has no sheet with a list on it. Put the list on the first sheet."

BROKEN = (zipfile.BadZipFile, zlib.error, expat.ExpatError)

Errors = dict[tuple[int, int], str]


def workbook_text(data: bytes) -> bytes:
    """The first sheet as CSV, its first record being the sheet's row 1."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_other_zips(archive)
            errors = _examine(archive)
    except (*BROKEN, EOFError, OSError, RuntimeError, ValueError) as error:
        raise Refused(DAMAGED) from error
    try:
        return _first_sheet(data, errors)
    except (Refused, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic in the Rust library is not an Exception
        raise Refused(DAMAGED) from error


def _refuse_other_zips(archive: zipfile.ZipFile) -> None:
    names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        return
    if "xl/workbook.bin" in names:
        raise Refused("This is a binary workbook (.xlsb). Save it as .xlsx or CSV and send that.")
    if any(name.startswith("word/") for name in names):
        raise Refused(f"This is a Word document. {SEND}")
    if any(name.startswith("ppt/") for name in names):
        raise Refused(f"This is a PowerPoint presentation. {SEND}")
    if "mimetype" in names and "content.xml" in names:
        raise Refused("This is an OpenDocument file (.ods). Save it as .xlsx or CSV and send that.")
    if any(name.lower().startswith("index/") or name.endswith(".iwa") for name in names):
        raise Refused("This is a Numbers document. Export it as CSV or Excel and send that.")
    raise Refused("This is a ZIP file. Unpack it and send the CSV or the workbook inside.")


class _Sheet:
    """How far the filled cells reach, and the error cells, which the reader leaves blank."""

    def __init__(self) -> None:
        self.row = self.column = 0
        self.first_row, self.last_row = 1 << 30, 0
        self.first_column, self.last_column = 1 << 30, 0
        self.is_error = self.in_value = False
        self.text = ""
        self.errors: Errors = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "row":
            self.row = int(attributes.get("r", self.row + 1))
            self.column = 0
        elif local == "c":
            reference = attributes.get("r")
            if reference:
                letters = reference.rstrip("0123456789")
                self.column = 0
                for letter in letters[:4].upper():
                    self.column = self.column * 26 + ord(letter) - 64
                self.row = int(reference[len(letters) :])
            else:
                self.column += 1
            self.is_error = attributes.get("t") == "e"
        elif local in ("v", "is", "f"):
            self.first_row = min(self.first_row, self.row)
            self.last_row = max(self.last_row, self.row)
            self.first_column = min(self.first_column, self.column)
            self.last_column = max(self.last_column, self.column)
            self.in_value, self.text = self.is_error and local == "v", ""

    def data(self, text: str) -> None:
        if self.in_value:
            self.text += text

    def end(self, name: str) -> None:
        if self.in_value:
            self.errors[self.row, self.column] = self.text.strip()
            self.in_value = False

    @property
    def area(self) -> int:
        return (self.last_row - self.first_row + 1) * (self.last_column - self.first_column + 1)


def _examine(archive: zipfile.ZipFile) -> dict[str, Errors]:
    """Unpack each part once, in pieces, to know its true size and how far its sheet reaches."""
    infos = archive.infolist()
    if sum(info.file_size for info in infos) > LARGEST_UNPACKED or len(infos) > 10_000:
        raise Refused(BOMB)
    total, errors = 0, {}
    for info in infos:
        if info.flag_bits & 1:
            raise Refused(DAMAGED)
        with archive.open(info) as part:
            if info.filename.lower().endswith(PICTURES):
                continue
            sheet = _Sheet()
            for size in _parsed(part, sheet):
                total += size
                if total > LARGEST_UNPACKED:
                    raise Refused(BOMB)
            if sheet.last_row and sheet.area > LARGEST_AREA:
                raise Refused(
                    f"A sheet of this workbook reaches to row {sheet.last_row:,} and column "
                    f"{sheet.last_column:,}. Delete what stands far below or beside the list."
                )
            errors[info.filename] = sheet.errors
    return errors


def _parsed(part: IO[bytes], sheet: _Sheet) -> Iterator[int]:
    """Feed one XML part to the sheet; yields the number of bytes unpacked at each step."""
    chunk = part.read(1 << 20)
    is_xml = chunk.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = sheet.start
    parser.EndElementHandler = sheet.end
    parser.CharacterDataHandler = sheet.data
    while chunk:
        yield len(chunk)
        if is_xml:
            parser.Parse(chunk, False)
        chunk = part.read(1 << 20)


def _first_sheet(data: bytes, errors: dict[str, Errors]) -> bytes:
    workbook = CalamineWorkbook.from_object(io.BytesIO(data))
    names = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]
    if not names:
        raise Refused(NO_SHEET)
    sheet = workbook.get_sheet_by_name(names[0])
    if sheet.start is None:
        raise Refused(NO_SHEET)
    marks: Errors = {}
    if any(errors.values()):
        marks = errors.get(_part_of(data, names[0]), {})
    marked_rows = {row for row, _ in marks}
    left = sheet.start[1]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row, values in enumerate(sheet.iter_rows(), start=1):
        cells = [_cell_text(value) for value in values]
        if row in marked_rows:
            for column in range(len(cells)):
                cells[column] = cells[column] or marks.get((row, left + column + 1), "")
        writer.writerow(cells)
    return text.getvalue().encode("utf-8", "replace").replace(b"\0", b"")


def _part_of(data: bytes, sheet_name: str) -> str:
    """The name, inside the workbook, of the part that holds a sheet."""
    # Python fetches no external entity, and expat stops entities that grow (2.4.1 and newer).
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # nosec B314
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # nosec B314
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for sheet in sheets.iterfind(".//{*}sheet"):
        if sheet.get("name") == sheet_name:
            link = next((v for k, v in sheet.attrib.items() if k.endswith("}id")), "")
            target = targets.get(link, "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return ""


def _cell_text(value: object) -> str:
    if isinstance(value, str):
        # Line ends inside a cell are one character, as in the text of a CSV.
        return value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        # Excel keeps 15 figures; what lies beyond is noise of the binary number.
        return format(Decimal(format(value, ".15g")), "f")
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value)
