"""Kinds of fault in published files: of each its members, read right or said to be wrong."""

import io
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from anchornet.returns.check import Checked, check_file
from anchornet.returns.csv_reader import Reading, Refused
from anchornet.returns.declaration import RETURNS

FILES = Path(__file__).resolve().parent.parent / "files"
KINDS = tomllib.loads((FILES / "kinds.toml").read_text(encoding="utf-8"))
MEMBERS = [
    pytest.param(kind, member, id=f"{kind}: {member.get('name') or member['file']}")
    for kind, members in KINDS.items()
    for member in members
]


def bytes_of(kind: str, member: dict[str, Any]) -> bytes:
    if "file" in member:
        return (FILES / "spend" / kind / member["file"]).read_bytes()
    if "sheets" not in member:
        return member["text"].encode(member.get("encoding", "utf-8"))
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in member["sheets"].items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def check_member(kind: str, member: dict[str, Any]) -> Checked:
    return check_file(
        duckdb.connect(),
        RETURNS[member.get("return", "spend")],
        bytes_of(kind, member),
        period=date.fromisoformat(f"{member['period']}-01") if "period" in member else None,
        headings=member.get("map"),
        reading=Reading(
            tuple(member.get("sheets_named", ())),
            member.get("heading_line"),
            member.get("month_first"),
        ),
    )


@pytest.mark.parametrize(("kind", "member"), MEMBERS)
def test_a_member_of_a_kind_is_read_right_or_said_to_be_wrong(kind, member):
    if "refused" in member:
        with pytest.raises(Refused) as refused:
            check_member(kind, member)
        assert str(refused.value) == member["refused"]
        return
    checked = check_member(kind, member)
    findings = [finding for finding in checked.findings() if finding.severity != "note"]
    found = [f"{finding.rule} {finding.line or ''}" for finding in findings]
    expected = member.get("findings", [])
    assert found == [rule.removeprefix("! ") for rule in expected]
    stops = [rule.startswith("! ") for rule in expected]
    assert not any(stops) or [finding.severity == "error" for finding in findings] == stops
    assert member.get("says", "") in " ".join(checked.summary()["notes"])
    sentences = " ".join(finding.sentence() for finding in findings)
    assert member.get("says_of_findings", "") in sentences
    if "months" in member:
        months = {
            f"{month.period:%Y-%m}": [month.rows, month.totals.get("amount_gbp", 0)]
            for month in checked.periods
            if month.period
        }
        assert months == {
            month: [rows, Decimal(pounds)] for month, (rows, pounds) in member["months"].items()
        }
    if "holds" in member:
        names = checked.cursor.execute("select supplier_name from checked").fetchall()
        assert (member["holds"],) in names
    for field, values in member.get("typed", {}).items():
        rows = checked.cursor.execute(f"select {field} from checked order by line").fetchall()
        assert [value or "" for (value,) in rows] == values


def test_every_kind_has_a_published_shape_or_three_members_at_least():
    assert {kind: len(members) for kind, members in KINDS.items() if len(members) < 4} == {
        "suppliers_file_of_payments": 1  # its others are in tests/places/test_organisations.py
    }
    kept = {str(path.relative_to(FILES / "spend")) for path in (FILES / "spend").glob("*/*.*")}
    named = {
        f"{kind}/{member['file']}"
        for kind, members in KINDS.items()
        for member in members
        if "file" in member
    }
    assert named == kept
