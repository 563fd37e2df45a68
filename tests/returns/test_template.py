"""The templates as workbooks: opened with openpyxl, filled in, and read as a member's file."""

import io
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from anchornet.returns.check import check_file
from anchornet.returns.csv_reader import read_table
from anchornet.returns.declaration import RETURNS, Field, Return
from anchornet.returns.template import template_workbook
from anchornet.store.framework import SAMPLE, read_framework
from anchornet.store.framework_codes import for_check

SEPTEMBER = date(2026, 9, 1)
FORMATS = {"date": "yyyy-mm-dd", "month": "yyyy-mm", "money": "#,##0.00", "whole": "#,##0"}
FORMATS |= {"number": "#,##0.00", "quantity": "#,##0.00"}
FRAMEWORK = read_framework(SAMPLE.read_bytes())
WITH_CODES = [one.with_codes("framework", FRAMEWORK.measure_codes) for one in RETURNS.values()]
every_return = pytest.mark.parametrize("return_", WITH_CODES, ids=RETURNS)


def opened(return_: Return) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(template_workbook(return_)))


def notes(book: openpyxl.Workbook) -> list[list[str]]:
    return [[str(cell or "") for cell in row] for row in book["Notes"].iter_rows(values_only=True)]


def validations(sheet: Worksheet) -> dict[str, object]:
    return {str(it.sqref).split(":")[0]: it for it in sheet.data_validations.dataValidation}


@every_return
def test_the_first_sheet_is_the_blank_template_with_its_headings_frozen(return_: Return) -> None:
    sheet = opened(return_).worksheets[0]
    assert [cell.value for cell in sheet[1]] == [field.name for field in return_.fields]
    assert sheet.max_row == 1
    assert sheet.freeze_panes == "A2"


@every_return
def test_every_column_has_its_format_and_lets_in_what_our_check_lets_in(return_: Return) -> None:
    sheet = opened(return_).worksheets[0]
    found = validations(sheet)
    for place, field in enumerate(return_.fields):
        letter = openpyxl.utils.get_column_letter(place + 1)
        assert sheet.column_dimensions[letter].number_format == FORMATS.get(field.type, "@")
        rule = found[f"{letter}2"]
        assert str(rule.sqref) == f"{letter}2:{letter}1048576"
        assert rule.promptTitle == field.title[:32]
        expected = {
            "code": ("list", ",".join(field.codes or {})),
            "area": ("list", ",".join(field.codes or {})),
            "yes_no": ("list", "yes,no"),
            "date": ("date", "36526"),  # 1 January 2000 as Excel counts days
            "month": ("custom", rule.formula1),
            "whole": ("whole", "0"),
            "number": ("decimal", "0"),
            "quantity": ("decimal", "0"),
            "money": ("decimal", rule.formula1),
        }.get(field.type)
        if len(",".join(field.codes or {})) > 255:  # more than Excel takes: cells of the notes
            sheet_name, _, cells = rule.formula1.partition("!")
            offered = opened(return_)[sheet_name][cells.replace("$", "")]
            assert [cell.value for (cell,) in offered] == list(field.codes or {})
            assert rule.type == "list"
        elif expected is None:  # text: nothing to hold it to
            assert rule.type is None
        else:
            assert (rule.type, (rule.formula1 or "").strip('"')) == expected
        # A ward or small-area code may be typed where the list offers two words.
        assert bool(rule.showErrorMessage) == (field.type != "area")


@every_return
def test_the_notes_name_every_field_code_alias_and_rule(return_: Return) -> None:
    rows = notes(opened(return_))
    for field in return_.fields:
        (row,) = [row for row in rows if row[0] == field.name and row[1] == field.title]
        assert row[2] == ("yes" if field.required else "")
        assert row[3] == field.description.replace("`", "")
        assert field.kind.written in row[4]
        assert row[5] == field.example
        assert all(alias in row[6] for alias in field.aliases)
        for code, label in (field.codes or {}).items():
            assert [field.name, code, "", label] in [row[:4] for row in rows]
    for rule in return_.rules:
        said = [row for row in rows if row[0] == rule.id]
        assert [*return_.rule_words(rule)] in [row[3:5] for row in said]
    assert not any("{" in cell for row in rows for cell in row)


def typed(field: Field) -> object:
    """An example as somebody types it into Excel."""
    if not field.example:
        return None
    if field.type == "date":
        return date.fromisoformat(field.example)
    if field.type == "month":
        return date.fromisoformat(f"{field.example}-01")
    if field.type in ("whole", "number", "quantity", "money"):
        return float(field.example)
    return field.example


@every_return
def test_a_template_filled_in_is_read_and_has_nothing_to_put_right(
    return_: Return, tmp_path: Path
) -> None:
    book = opened(return_)
    for place, field in enumerate(return_.fields, start=1):
        book.worksheets[0].cell(2, place).value = typed(field)
    book.save(tmp_path / "filled.xlsx")
    data = (tmp_path / "filled.xlsx").read_bytes()
    cursor = duckdb.connect()
    checked = check_file(cursor, for_check(cursor, return_, FRAMEWORK), data, period=SEPTEMBER)
    assert checked.rows == 1
    assert list(checked.findings()) == []
    example = read_table(return_.example_csv().encode(), return_.known_headings)
    assert set(checked.table.headings) == set(example.headings)


@every_return
def test_a_blank_template_has_nothing_under_its_headings(return_: Return) -> None:
    checked = check_file(duckdb.connect(), return_, template_workbook(return_), period=SEPTEMBER)
    assert [finding.rule for finding in checked.findings()] == ["no_rows"]


@every_return
def test_a_drop_down_list_fits_in_what_excel_allows(return_: Return) -> None:
    listed = validations(opened(return_).worksheets[0]).values()
    assert all(len(str(rule.formula1 or "")) <= 257 for rule in listed)  # 255 and quotation marks
    assert len({field.name for field in return_.fields}) == len(return_.fields)


@every_return
def test_one_declaration_gives_one_file(return_: Return) -> None:
    assert template_workbook(return_) == template_workbook(return_)
