"""A return's template as an Excel workbook, from the declaration alone."""

import io
from datetime import date, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from anchornet.returns.declaration import SEVERITIES, Field, Return, Rule

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LAST_ROW = 1_048_575
SHEET_TITLE = 31  # characters that Excel allows
LONGEST_LIST = 255  # characters that Excel allows a list in a cell's rule
BEFORE_CODES = 8  # lines of the notes, besides those of the columns
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
LARGEST = 10**13  # pounds
INK, ACCENT, TINT = "#14232E", "#005A9C", "#F3F5F6"

# How Excel shows the cells of a column of each type; any other type is text, so that Excel makes
# no date of 1-2 and keeps the zero of 01234567.
FORMATS = {
    "date": "yyyy-mm-dd",
    "month": "yyyy-mm",
    "money": "#,##0.00",
    "whole": "#,##0",
    "number": "#,##0.00",
    "quantity": "#,##0.00",
}


def template_workbook(return_: Return) -> bytes:
    """An .xlsx: a blank sheet to fill in, first because that is the one that is read back, with
    drop-down lists and cell formats; and a sheet of notes."""
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True, "strings_to_formulas": False})
    # One version of a declaration gives one file, to the byte.
    book.set_properties({"title": return_.title, "created": datetime(2026, 1, 1)})
    _list_sheet(book, return_)
    _notes_sheet(book, return_)
    book.close()
    return data.getvalue()


def _list_sheet(book: Any, return_: Return) -> None:
    sheet = book.add_worksheet(return_.title[:SHEET_TITLE])
    required = book.add_format({"bold": True, "bg_color": ACCENT, "font_color": "#FFFFFF"})
    optional = book.add_format({"bold": True, "bg_color": TINT, "font_color": INK})
    for column, field in enumerate(return_.fields):
        cells = book.add_format({"num_format": FORMATS.get(field.type, "@")})
        width = max(len(field.name), *map(len, (field.codes or {"": ""})), 10) + 3
        sheet.set_column(column, column, width, cells)
        sheet.write_string(0, column, field.name, required if field.required else optional)
        description = _shorten(field.description, 255)
        note = {"input_title": field.title[:32], "input_message": description}
        allowed = _validation(field, column, _codes(return_, field))
        sheet.data_validation(1, column, LAST_ROW, column, allowed | note)
    sheet.freeze_panes(1, 0)


def _codes(return_: Return, field: Field) -> list[str] | str:
    """The codes of a field as Excel takes them for a list: where they are too long, the cells that
    they stand in on the sheet of notes."""
    codes = list(field.codes or {})
    if len(",".join(codes)) <= LONGEST_LIST:
        return codes
    before = return_.fields[: return_.fields.index(field)]
    first = 1 + BEFORE_CODES + len(return_.fields) + sum(len(f.codes or {}) for f in before)
    return f"=Notes!$B${first + 1}:$B${first + len(codes)}"


def _validation(field: Field, column: int, codes: list[str] | str) -> dict[str, Any]:
    """What Excel lets into a cell of the column; the same as our own check, or less strict."""
    if field.type == "area":  # offered, while a code of a place may be typed as well
        return {"validate": "list", "source": codes, "show_error": False}
    cell = f"{xl_col_to_name(column)}2"
    month = f"=AND(ISNUMBER({cell}),YEAR({cell})>=2000,YEAR({cell})<=2100,DAY({cell})=1)"
    allowed: dict[str, dict[str, Any]] = {
        "code": {"validate": "list", "source": codes},
        "yes_no": {"validate": "list", "source": ["yes", "no"]},
        "date": {"validate": "date", "minimum": FIRST_DAY, "maximum": LAST_DAY},
        "month": {"validate": "custom", "value": month},
        "whole": {"validate": "integer", "criteria": ">=", "value": 0},
        "number": {"validate": "decimal", "criteria": ">=", "value": 0},
        "quantity": {"validate": "decimal", "criteria": ">=", "value": 0},
        "money": {"validate": "decimal", "minimum": -LARGEST, "maximum": LARGEST},
    }
    if field.type not in allowed or (field.type == "code" and not codes):
        return {"validate": "any"}
    choose = {"code": "Choose one of the list.", "yes_no": "Choose yes or no."}
    return {
        "criteria": "between",
        "error_title": field.title[:32],
        "error_message": choose.get(field.type, f"{field.kind.written}.")[:255],
        **allowed[field.type],
    }


def _notes_sheet(book: Any, return_: Return) -> None:
    sheet = book.add_worksheet("Notes")
    title = book.add_format({"bold": True, "font_size": 14, "font_color": INK})
    head = book.add_format({"bold": True, "bottom": 1, "font_color": INK, "valign": "top"})
    text = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    for column, width in enumerate((24, 28, 12, 60, 44, 22, 44)):
        sheet.set_column(column, column, width, text)
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, return_.title, title)
    rows: list[tuple[list[str], Any]] = [
        ([], None),
        ([_plain(return_.grain)], None),
        (["Fill in the first sheet, save it and send it. Dark headings are required."], None),
        ([f"Version {return_.version} of this return."], None),
        ([], None),
        (
            [
                *("Column", "Name", "Required", "What it is", "Written as", "Example"),
                "Headings also understood",
            ],
            head,
        ),
        *((_column(field), text) for field in return_.fields),
        ([], None),
        (["Code of", "Code", "", "What it means"], head),
        *(
            ([field.name, code, "", label], text)
            for field in return_.fields
            for code, label in (field.codes or {}).items()
        ),
        ([], None),
        (["What is checked", "Where", "", "What it says", "What to do"], head),
        *((_rule(return_, rule), text) for rule in return_.rules),
    ]
    for row, (cells, style) in enumerate(rows, start=1):
        for column, cell in enumerate(cells):
            sheet.write_string(row, column, cell, style)


def _column(field: Field) -> list[str]:
    return [
        field.name,
        field.title,
        "yes" if field.required else "",
        _plain(field.description),
        field.kind.written if not field.codes else f"{field.kind.written}: see the codes below",
        field.example,
        ", ".join((field.title, *field.aliases)),
    ]


def _rule(return_: Return, rule: Rule) -> list[str]:
    where = return_.field(rule.fields[0]).title
    return [rule.id, where, SEVERITIES[rule.severity], *return_.rule_words(rule)]


def _plain(words: str) -> str:
    return words.replace("`", "")


def _shorten(words: str, most: int) -> str:
    words = _plain(words)
    return words if len(words) <= most else words[: most - 1].rsplit(" ", 1)[0] + "…"
