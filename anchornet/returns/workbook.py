"""Excel workbooks: every sheet of an .xlsx as CSV text, one record a row of the sheet."""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
import zlib
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from xml.etree import ElementTree  # see _part_of # nosec B405
from xml.parsers import expat

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from anchornet.returns.field_types import NO_RESULT
from anchornet.returns.findings import SEND, Refused

# A few bytes can unpack to anything, so what a workbook takes in memory is bounded before it is
# opened: the reader holds each cell of a sheet's area, blank ones too, and each cell's text.
LARGEST_UNPACKED = 1 << 30
LARGEST_AREA = 20_000_000
LARGEST_SPARSE_AREA = 4_000_000  # of a sheet that is blank but for a twentieth
LARGEST_TEXT = 150_000_000  # letters, of all sheets as they are read
LONGEST_CELL = 1_000_000  # letters; Excel's own limit is 32,767
LARGEST_TOKEN = 32_000_000  # bytes of one tag with what stands in it
BLOCK = 1 << 20
MOST_STRINGS, MOST_MARKS, DEEPEST = 5_000_000, 200_000, 256
PICTURES = (".png", ".jpeg", ".jpg", ".gif", ".emf", ".wmf", ".tiff", ".bmp", ".bin", ".svg")

BOMB = "This workbook unpacks to more than 1 GB. Save the list by itself as CSV and send that."
WIDE = (
    "A sheet of this workbook reaches to row {row:,} and column {column:,}. Delete what stands far "
    "below or beside the list."
)
NO_RESULTS = (
    "Very many cells of this workbook hold an error, or a formula without a result. Open it in "
    "Excel, put that right, save it and send that copy."
)
LONG = (
    "The cells of this workbook hold too much text. Save the list by itself as CSV and send that."
)
DAMAGED = "This workbook is damaged or locked. Open it in Excel, save it again and send that copy."
NO_SHEET = "This workbook has no sheet with a list on it: its sheets are empty, or hidden."

BROKEN = (zipfile.BadZipFile, zlib.error, expat.ExpatError, LookupError)

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
        self.depth = self.letters = self.run = self.cells = self.shared = 0
        # Of the part that holds the strings that cells share: how long each is.
        self.lengths = array("L")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        self.run = 0
        self.depth += 1
        if self.depth > DEEPEST:
            raise Refused(DAMAGED)
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
            self.cells += 1
            self.shared += self.kind == "s"
        elif local == "si":
            self.lengths.append(0)
        elif local in ("v", "is", "f"):
            self.first_row = min(self.first_row, self.row)
            self.last_row = max(self.last_row, self.row)
            self.first_column = min(self.first_column, self.column)
            self.last_column = max(self.last_column, self.column)
            self.has_formula |= local == "f"
            self.in_value = local == "v" and (self.has_formula or self.kind == "e")

    def data(self, text: str) -> None:
        self.letters += len(text)
        self.run += len(text)
        if self.run > LONGEST_CELL:
            raise Refused(LONG)
        if self.lengths:
            self.lengths[-1] += len(text)
        elif self.in_value:
            self.text += text

    def end(self, name: str) -> None:
        self.in_value = False
        self.depth -= 1
        if name.rpartition(":")[2] != "c":
            return
        if self.kind == "e":
            self.marks[self.row, self.column] = self.text.strip()
        # The result of a formula that is a text may be an empty one.
        elif self.has_formula and self.kind != "str" and not self.text.strip():
            self.marks[self.row, self.column] = NO_RESULT

    @property
    def reaches_far(self) -> Refused:
        return Refused(WIDE.format(row=self.last_row, column=self.last_column))

    def check(self) -> None:
        """Raises Refused where it would take too much memory."""
        if self.last_row and self.area > LARGEST_AREA:
            raise self.reaches_far
        if len(self.marks) > MOST_MARKS:
            raise Refused(NO_RESULTS)
        if (
            self.letters > LARGEST_TEXT
            or self.cells > LARGEST_AREA
            or len(self.lengths) > MOST_STRINGS
        ):
            raise Refused(LONG)

    @property
    def area(self) -> int:
        return (self.last_row - self.first_row + 1) * (self.last_column - self.first_column + 1)


def _examine(archive: zipfile.ZipFile) -> dict[str, Errors]:
    """Unpack each part once, in pieces, to know its true size and how far its sheet reaches."""
    infos = archive.infolist()
    if sum(info.file_size for info in infos) > LARGEST_UNPACKED or len(infos) > 10_000:
        raise Refused(BOMB)
    total, parts = 0, {}
    for info in infos:
        if info.flag_bits & 1:
            raise Refused(DAMAGED)
        if info.filename.lower().endswith(PICTURES):
            continue
        part = parts[info.filename] = _Part()
        for size in _parsed(archive, info.filename, part):
            total += size
            if total > LARGEST_UNPACKED:
                raise Refused(BOMB)
            part.check()
        if part.last_row and part.area > max(LARGEST_SPARSE_AREA, 20 * part.cells):
            raise part.reaches_far
    _bound_text(archive, parts)
    return {name: part.marks for name, part in parts.items()}


def _bound_text(archive: zipfile.ZipFile, parts: Mapping[str, _Part]) -> None:
    """Raises Refused where the sheets as text would be too long: one long string that many cells
    share takes no room in the file."""
    strings = [part.lengths for part in parts.values() if part.lengths]
    if len(strings) > 1:
        raise Refused(DAMAGED)
    lengths = strings[0] if strings else array("L")
    sheets = {name: part for name, part in parts.items() if part.last_row}
    text = sum(part.letters + part.area for part in sheets.values())
    cells = sum(part.shared for part in sheets.values())
    if text + cells * max(lengths, default=0) > LARGEST_TEXT:
        for name, part in sheets.items():
            uses = _Uses(lengths, LARGEST_TEXT - text)
            if part.shared:
                for _ in _parsed(archive, name, uses):
                    pass
            text += uses.letters
    if text > LARGEST_TEXT:
        raise Refused(LONG)


class _Uses:
    """How many letters the cells of a sheet take from strings that they share."""

    def __init__(self, lengths: array[int], most: int) -> None:
        self.lengths, self.most, self.letters = lengths, most, 0
        self.is_shared, self.text = False, ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "c":
            self.is_shared = attributes.get("t") == "s"
        elif local == "v":
            self.text = ""

    def data(self, text: str) -> None:
        if self.is_shared:
            self.text += text

    def end(self, name: str) -> None:
        if self.is_shared and name.rpartition(":")[2] == "v":
            self.letters += self.lengths[int(self.text)]
            if self.letters > self.most:
                raise Refused(LONG)


def _parsed(archive: zipfile.ZipFile, name: str, handler: _Part | _Uses) -> Iterator[int]:
    """Feed one XML part to the handler; yields the number of bytes unpacked at each step."""
    with archive.open(name) as part:
        chunk = part.read(BLOCK)
        is_xml = chunk.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = handler.start
        parser.EndElementHandler = handler.end
        parser.CharacterDataHandler = handler.data
        fed = 0
        while chunk:
            if is_xml:
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > LARGEST_TOKEN:
                    raise Refused(LONG)
            yield len(chunk)
            chunk = part.read(BLOCK)


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
    data = io.BytesIO()
    text = io.TextIOWrapper(data, "utf-8", "replace", newline="", write_through=False)
    writer = csv.writer(text, lineterminator="\n")
    for row, values in enumerate(sheet.iter_rows(), start=1):
        cells = [_cell_text(value) for value in values]
        if row in marked_rows:
            for column in range(len(cells)):
                cells[column] = cells[column] or marks.get((row, left + column + 1), "")
        writer.writerow(cells)
    text.flush()
    return data.getvalue().replace(b"\0", b"")


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
