"""Excel workbooks: every sheet of an .xlsx as CSV text, one record a row of the sheet."""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import IO
from xml.etree import ElementTree  # see _part_of # nosec B405
from xml.parsers import expat

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from anchornet.returns.field_types import NO_RESULT
from anchornet.returns.findings import SEND, Refused

# A workbook is unpacked in memory, so what it unpacks to is bounded before it is opened.
LARGEST_UNPACKED = 1 << 30
LARGEST_AREA = 40_000_000
PICTURES = (".png", ".jpeg", ".jpg", ".gif", ".emf", ".wmf", ".tiff", ".bmp", ".bin", ".svg")

BOMB = "This workbook unpacks to more than 1 GB. Save the list by itself as CSV and send that."
DAMAGED = "This workbook is damaged or locked. Open it in Excel, save it again and send that copy."
NO_SHEET = "This workbook has no sheet with a list on it: its sheets are empty, or hidden."

BROKEN = (zipfile.BadZipFile, zlib.error, expat.ExpatError)

Errors = dict[tuple[int, int], str]


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook as CSV text, its first record being row 1; `text` is empty for one that
    is not looked at, and `kind` then says why: hidden, or a chart."""

    name: str
    text: bytes
    kind: str = ""


def workbook_sheets(data: bytes) -> tuple[Sheet, ...]:
    """Every sheet, in the workbook's order; those that are shown as text."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_other_zips(archive)
            marks = _examine(archive)
    except (*BROKEN, EOFError, OSError, RuntimeError, ValueError) as error:
        raise Refused(DAMAGED) from error
    try:
        return _sheets(data, marks)
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


class _Part:
    """How far the filled cells of a sheet reach; and what the reader leaves blank: error cells, and
    formulas of which the file keeps no result."""

    def __init__(self) -> None:
        self.row = self.column = 0
        self.first_row, self.last_row = 1 << 30, 0
        self.first_column, self.last_column = 1 << 30, 0
        self.kind, self.in_value, self.has_formula = "", False, False
        self.text = ""
        self.marks: Errors = {}

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
            self.kind, self.has_formula, self.text = attributes.get("t", ""), False, ""
        elif local in ("v", "is", "f"):
            self.first_row = min(self.first_row, self.row)
            self.last_row = max(self.last_row, self.row)
            self.first_column = min(self.first_column, self.column)
            self.last_column = max(self.last_column, self.column)
            self.has_formula |= local == "f"
            self.in_value = local == "v" and (self.has_formula or self.kind == "e")

    def data(self, text: str) -> None:
        if self.in_value:
            self.text += text

    def end(self, name: str) -> None:
        self.in_value = False
        if name.rpartition(":")[2] != "c":
            return
        if self.kind == "e":
            self.marks[self.row, self.column] = self.text.strip()
        # The result of a formula that is a text may be an empty one.
        elif self.has_formula and self.kind != "str" and not self.text.strip():
            self.marks[self.row, self.column] = NO_RESULT

    @property
    def area(self) -> int:
        return (self.last_row - self.first_row + 1) * (self.last_column - self.first_column + 1)


def _examine(archive: zipfile.ZipFile) -> dict[str, Errors]:
    """Unpack each part once, in pieces, to know its true size and how far its sheet reaches."""
    infos = archive.infolist()
    if sum(info.file_size for info in infos) > LARGEST_UNPACKED or len(infos) > 10_000:
        raise Refused(BOMB)
    total, marks = 0, {}
    for info in infos:
        if info.flag_bits & 1:
            raise Refused(DAMAGED)
        with archive.open(info) as part:
            if info.filename.lower().endswith(PICTURES):
                continue
            sheet = _Part()
            for size in _parsed(part, sheet):
                total += size
                if total > LARGEST_UNPACKED:
                    raise Refused(BOMB)
            if sheet.last_row and sheet.area > LARGEST_AREA:
                raise Refused(
                    f"A sheet of this workbook reaches to row {sheet.last_row:,} and column "
                    f"{sheet.last_column:,}. Delete what stands far below or beside the list."
                )
            marks[info.filename] = sheet.marks
    return marks


def _parsed(part: IO[bytes], sheet: _Part) -> Iterator[int]:
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


def _sheets(data: bytes, marks: dict[str, Errors]) -> tuple[Sheet, ...]:
    workbook = CalamineWorkbook.from_object(io.BytesIO(data))
    sheets = []
    for about in workbook.sheets_metadata:
        if about.typ != SheetTypeEnum.WorkSheet:
            sheets.append(Sheet(about.name, b"", "a chart"))
        elif about.visible != SheetVisibleEnum.Visible:
            sheets.append(Sheet(about.name, b"", "hidden"))
        else:
            part = marks.get(_part_of(data, about.name), {}) if any(marks.values()) else {}
            sheets.append(Sheet(about.name, _sheet_text(workbook, about.name, part)))
    if not any(sheet.text for sheet in sheets):
        raise Refused(NO_SHEET)
    return tuple(sheets)


def _sheet_text(workbook: CalamineWorkbook, name: str, marks: Errors) -> bytes:
    """The sheet as CSV; nothing where it is empty."""
    sheet = workbook.get_sheet_by_name(name)
    if sheet.start is None:
        return b""
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
