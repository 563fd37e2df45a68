"""A list of people becomes groups. Expected places were read off the Parquet with pandas; ages,
groups and cohorts are worked out by hand."""

import io
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest

from anchornet import settings as settings_
from anchornet.intake.prepare import (
    EXTRACTS,
    NotPrepared,
    PreparedGroups,
    code_of,
    match_columns,
    prepare,
)
from anchornet.returns.check import check_file
from anchornet.returns.columns import MappingError
from anchornet.returns.csv_reader import Reading, Refused, SheetsDiffer
from anchornet.returns.declaration import RETURNS

SETTINGS = settings_.load(environment={})
SEPTEMBER = date(2026, 9, 1)
HIRES = "home_area,pathway,role_group,contract_type,age_band,ethnicity,out_of_work,"
HIRES += "paid_real_living_wage,applications,offers,starts,starts_fte"
COHORTS = "cohort_month,pathway,home_area_group,starters,in_post,leavers_moved_on_to_work"


def hires(*rows: str, headings: str = "Start date,Home postcode,DOB") -> PreparedGroups:
    data = "\n".join([headings, *rows]).encode()
    return prepare(SETTINGS, RETURNS["local_hires"], data, period=SEPTEMBER)


def retention(*rows: str, headings: str = "Start date,Left on,Postcode") -> PreparedGroups:
    data = "\n".join([headings, *rows]).encode()
    return prepare(SETTINGS, RETURNS["retention"], data, period=SEPTEMBER)


def column(prepared: PreparedGroups, name: str) -> list[str]:
    lines = [line.split(",") for line in prepared.csv.splitlines()]
    return [cells[lines[0].index(name)] for cells in lines[1:]]


def test_people_of_one_kind_become_one_group_that_our_own_check_passes() -> None:
    headings = (
        "Employee name,Home Postcode,Date of Birth,Start Date,Job Title,Contract,Ethnic Origin,"
        "Previously unemployed,Route,RLW,FTE"
    )
    made = hires(
        "A,M40 8QA,21/05/2003,14/09/2026,Porter,Perm,A White - British,Y,,Yes,1",
        "B,m408qa,21-May-2003,01/09/2026,porter,Permanent,White British,unemployed,standard,Y,0.6",
        "C,SK4 4JL,01/01/1970,30/09/2026,Porter,FTC,Indian,N,Apprentice,Yes,1",
        headings=headings,
    )
    assert made.csv.splitlines() == [
        HIRES,
        "E01005860,apprenticeship,Porter,Fixed term,50_plus,global_majority,no,yes,,,1,1",
        "E01033678,standard,Porter,Permanent,under_25,white,yes,yes,,,2,1.6",
    ]
    assert (made.people, made.rows, made.findings, made.left_out) == (3, 2, (), {})
    checked = check_file(
        duckdb.connect(), RETURNS["local_hires"], made.csv.encode(), period=SEPTEMBER
    )
    assert list(checked.findings()) == []


def test_who_did_not_start_in_the_month_is_left_out_and_counted() -> None:
    made = hires(
        "2026-08-31,M40 8QA,",
        "2026-09-01,M40 8QA,",
        "2026-09-30,M40 8QA,",
        "2026-10-01,M40 8QA,",
        "1987-03-02,M40 8QA,",
        ",M40 8QA,",
    )
    assert column(made, "starts") == ["2"]
    assert made.left_out == {
        "No start date": 1,
        "Started before September 2026": 2,
        "Started after September 2026": 1,
    }


@pytest.mark.parametrize(
    ("postcode", "area", "asks"),
    [
        ("M40 8QA", "E01033678", False),
        ("m23 1pw", "E01005073", False),
        ("SK4 4JL", "E01005860", False),  # Stockport, in the wider area
        ("BR2 0XT", "outside", False),
        ("BT1 5GS", "outside", False),  # Northern Ireland
        ("SK4", "outside", False),  # all of it beyond the boundary
        ("M40", "not_known", True),  # inside, but no ward
        ("ZZ1 1ZZ", "not_known", True),
        ("no fixed abode", "not_known", True),
        ("", "not_known", False),
    ],
)
def test_a_home_postcode_becomes_an_area(postcode: str, area: str, asks: bool) -> None:
    made = hires(f"2026-09-02,{postcode},")
    assert column(made, "home_area") == [area]
    assert [finding.rule for finding in made.findings] == ["postcode_not_placed"] * asks


@pytest.mark.parametrize(
    ("postcode", "group"),
    [("M40 8QA", "local"), ("M40", "local"), ("SK4 4JL", "outside"), ("ZZ1 1ZZ", "not_known")],
)
def test_for_retention_half_a_postcode_is_enough(postcode: str, group: str) -> None:
    assert column(retention(f"2026-09-02,,{postcode}"), "home_area_group") == [group]


@pytest.mark.parametrize(
    ("born", "band"),
    [
        ("2001-09-15", "under_25"),  # 25 the day after the start
        ("2001-09-14", "25_49"),  # 25 on it
        ("1976-09-15", "25_49"),
        ("1976-09-14", "50_plus"),
        ("14-Mar-87", "25_49"),
        ("14/03/08", "under_25"),
        ("14/03/55", "50_plus"),
        ("2025-09-14", "not_known"),
        ("1876-09-14", "not_known"),
        ("unknown", "not_known"),
        ("", "not_known"),
    ],
)
def test_a_date_of_birth_becomes_the_age_band_on_the_start_date(born: str, band: str) -> None:
    made = hires(f"2026-09-14,M40 8QA,{born}")
    assert column(made, "age_band") == [band]
    told = bool(born) and band == "not_known"
    assert [finding.rule for finding in made.findings] == ["age_not_known"] * told


def test_an_age_or_a_band_serves_where_there_is_no_date_of_birth() -> None:
    rows = ("2026-09-01,24,", "2026-09-01,25,", "2026-09-01,,50-54", "2026-09-01,,16 to 24")
    made = hires(*rows, headings="Start date,Age,Age range")
    assert dict(zip(column(made, "age_band"), column(made, "starts"), strict=True)) == {
        "25_49": "1",
        "50_plus": "1",
        "under_25": "2",
    }


def test_a_column_that_is_not_there_is_blank_and_an_empty_cell_is_not_known() -> None:
    assert column(hires("2026-09-01", headings="Start date"), "ethnicity") == [""]
    there = hires("2026-09-01,", headings="Start date,Ethnicity")
    assert column(there, "ethnicity") == ["not_known"]


def test_a_groups_fte_is_sent_only_where_everybodys_is_known() -> None:
    rows = ("2026-09-01,M40 8QA,1", "2026-09-01,M40 8QA,", "2026-09-01,SK4 4JL,0.5")
    made = hires(*rows, headings="Start date,Postcode,FTE")
    assert column(made, "starts_fte") == ["0.5", ""]
    hours = hires("2026-09-01,M40 8QA,37.5", headings="Start date,Postcode,FTE")
    assert column(hours, "starts_fte") == [""]
    assert [finding.rule for finding in hours.findings] == ["fte_of_one_person"]


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("ethnicity", "A White - British", "white"),
        ("ethnicity", "Any other White background", "white"),
        ("ethnicity", "Mixed – White & Black Caribbean", "global_majority"),
        ("ethnicity", "D Mixed - White & Black Caribbean", "global_majority"),
        ("ethnicity", "GLOBAL MAJORITY", "global_majority"),
        ("ethnicity", "Z Not Stated", "not_known"),
        ("ethnicity", "Zaphod", None),
        ("pathway", "Pre-Employment Programme", "pre_employment"),
        ("pathway", "T-level placement", "work_placement"),
        ("out_of_work", "TRUE", "yes"),
        ("age_band", "<25", "under_25"),
        ("age_band", "45-54", None),
        ("contract_type", "FTC", "Fixed term"),
        ("leavers_moved_on_to_work", "Voluntary Resignation - Promotion", "yes"),
        ("leavers_moved_on_to_work", "Retirement", "no"),
    ],
)
def test_the_usual_words_become_codes(field: str, text: str, code: str | None) -> None:
    assert code_of(field, text) == code


def test_every_code_of_a_return_is_understood_by_name_and_by_label() -> None:
    for name, extract in EXTRACTS.items():
        for field in RETURNS[name].fields:
            if field.type == "code" and field.name in {it.name for it in extract.fields}:
                for code, label in (field.codes or {}).items():
                    assert code_of(field.name, code) == code_of(field.name, label) == code


def test_no_word_stands_for_two_codes() -> None:
    for extract in EXTRACTS.values():
        for field in extract.fields:
            for code, others in (field.words or {}).items():
                assert {word: code_of(field.name, word) for word in others} == dict.fromkeys(
                    others, code
                )


@pytest.mark.parametrize(
    ("headings", "row", "rule", "line"),
    [
        ("Start date,Home postcode", "31/09/2026,M40 8QA", "start_date_not_read", 2),
        ("Start date,Route", "2026-09-01,Word of mouth", "pathway_not_known", 2),
        ("Begun,Home postcode", "2026-09-01,M40 8QA", "missing_column", None),
        ("Start date,DOB,DOB", "2026-09-01,,", "two_columns", 1),
        ("Start date,Home postcode", "2026-09-01,M40 8QA,more", "long_row", 2),
    ],
)
def test_what_would_make_the_count_wrong_stops_it(
    headings: str, row: str, rule: str, line: int | None
) -> None:
    made = hires(row, headings=headings)
    (finding,) = made.findings
    assert (finding.rule, finding.severity, finding.line) == (rule, "error", line)
    assert (made.stopped, made.csv) == (True, "")
    assert finding.sentence().endswith(".")


MONTH_FIRST = ("09/05/2026,M40 8QA,", "09/14/2026,M40 8QA,", "09/30/2026,M40 8QA,")


def test_dates_that_only_read_month_first_stop_it_until_that_is_said() -> None:
    made = hires(*MONTH_FIRST)
    (finding,) = made.findings
    assert (finding.rule, made.stopped) == ("day_or_month", True)
    assert finding.sentence() == (
        "Start date: some dates of Start date only read month first. If your system writes the "
        "month first, say so. If not, write every date as year-month-day."
    )
    data = "\n".join(["Start date,Home postcode,DOB", *MONTH_FIRST]).encode()
    said = prepare(
        SETTINGS,
        RETURNS["local_hires"],
        data,
        period=SEPTEMBER,
        reading=Reading(month_first=True),
    )
    assert (said.people, said.skipped) == (3, ("Start date: read month first, as you say.",))


def test_dates_of_birth_in_two_digits_are_of_the_century_that_fits() -> None:
    made = hires("14-Sep-26,M40 8QA,14/09/87", "2026-09-01,M40 8QA,01/02/05")
    assert sorted(column(made, "age_band")) == ["25_49", "under_25"]


def test_people_above_the_headings_or_inside_quote_marks_stop_it_and_nobody_is_quoted() -> None:
    above = hires("Start date,Home postcode,DOB", "2026-09-02,M40 8QA,", headings="2026-09-01,M1,")
    assert [finding.rule for finding in above.findings] == ["lines_above_headings"]
    inside = hires('"2026-09-01,M40 8QA,1990-01-01', '2026-09-02",M40 8QA,1991-01-01')
    assert "quoted_lines" in [finding.rule for finding in inside.findings]
    book = openpyxl.Workbook()
    for name in ("Jo Sample", "Else"):
        sheet = book.create_sheet(name)
        sheet.append([name, "2026-09-01", "M40 8QA"])
        sheet.append([f"{name} 2", "2026-09-02", "M40 8QA"])
    file = io.BytesIO()
    book.save(file)
    with pytest.raises(SheetsDiffer) as asked:
        prepare(SETTINGS, RETURNS["local_hires"], file.getvalue(), period=SEPTEMBER)
    assert str(asked.value) == (
        "This workbook has several lists: Jo Sample; Else. Say which to read."
    )


def test_a_fault_outside_the_month_stops_nothing() -> None:
    made = hires(
        "2020-01-01,Word of mouth,nowhere",
        "2026-09-01,Standard recruitment,M40 8QA",
        headings="Start date,Route,Postcode",
    )
    assert made.findings == ()
    assert column(made, "starts") == ["1"]


def test_two_lines_alike_are_both_counted_and_pointed_out() -> None:
    made = hires(*["2026-09-01,M40 8QA,2000-01-01"] * 2)
    assert column(made, "starts") == ["2"]
    assert [(f.rule, f.line) for f in made.findings] == [
        ("same_in_every_column", 2),
        ("same_in_every_column", 3),
    ]


def test_somebodys_details_in_a_column_that_is_sent_stop_it_and_are_not_repeated() -> None:
    made = hires("2026-09-01,somebody@sample.example.org", headings="Start date,Role")
    (finding,) = made.findings
    assert (finding.rule, finding.column, made.csv) == ("email_address", "Role", "")
    assert "somebody" not in finding.sentence()


def test_a_cell_that_would_run_as_a_formula_does_not_leave() -> None:
    made = hires("2026-09-01,=1+1", headings="Start date,Role")
    assert column(made, "role_group") == ["1+1"]


def test_a_month_in_which_nobody_started_is_said_to_be_a_nil_return() -> None:
    made = hires("2026-08-01,M40 8QA,")
    assert (made.csv, made.people, made.stopped) == ("", 0, False)


def test_cohorts_of_the_month_and_the_twelve_before_are_followed() -> None:
    made = retention(
        "2025-08-31,,M40 8QA",  # a month too old
        "2025-09-01,2026-09-30,M40 8QA",  # left on the last day
        "2025-09-30,2026-10-01,M40 8QA",  # left after it
        "2026-03-02,2026-03-20,SK4 4JL",
        "2026-03-09,,SK4 4JL",
        "2026-09-30,,",
        "2026-10-01,,M40 8QA",
    )
    assert made.csv.splitlines() == [
        COHORTS,
        "2025-09,standard,local,2,1,",
        "2026-03,standard,outside,2,1,",
        "2026-09,standard,not_known,1,1,",
    ]
    assert made.left_out == {"Started before September 2025": 1, "Started after September 2026": 1}
    checked = check_file(
        duckdb.connect(), RETURNS["retention"], made.csv.encode(), period=SEPTEMBER
    )
    assert list(checked.findings()) == []


def test_leavers_moved_on_to_work_where_that_is_known() -> None:
    made = retention(
        "2026-01-05,2026-02-01,Private sector,Apprentice",
        "2026-01-05,2026-02-01,Retirement,Apprentice",
        "2026-02-05,2026-03-01,Unknown,Apprentice",  # of nobody who left is it known
        "2026-03-05,,,Apprentice",  # nobody left
        "2026-04-05,2026-05-01,Zzz,Apprentice",
        headings="Start date,Left on,Destination on leaving,Route",
    )
    assert column(made, "leavers_moved_on_to_work") == ["1", "", "0", ""]
    assert [(f.rule, f.line) for f in made.findings] == [("reason_not_known", 6)]


@pytest.mark.parametrize(
    ("left", "rule"),
    [("31/06/2026", "leaving_date_not_read"), ("2026-01-01", "left_before_start")],
)
def test_a_leaving_date_that_cannot_be_stops_it(left: str, rule: str) -> None:
    made = retention(f"2026-03-02,{left},M40 8QA")
    assert [finding.rule for finding in made.findings] == [rule]
    assert made.stopped


def test_columns_can_be_named_and_left_out() -> None:
    made = prepare(
        SETTINGS,
        RETURNS["local_hires"],
        b"Contract begins,Start date,Role\n2026-09-01,2026-08-01,Porter\n",
        period=SEPTEMBER,
        headings={"start_date": "contract BEGINS", "role_group": ""},
    )
    assert (column(made, "starts"), column(made, "role_group")) == (["1"], [""])


@pytest.mark.parametrize(
    ("headings", "says"),
    [
        ({"start_date": "Nope"}, "no column headed Nope"),
        ({"start_date": "Start date", "age": "Start date"}, "two fields"),
        ({"colour": "Start date"}, "no field 'colour'"),
    ],
)
def test_a_wrong_heading_is_told_without_listing_the_files(
    headings: dict[str, str], says: str
) -> None:
    with pytest.raises(MappingError, match=says) as raised:
        prepare(
            SETTINGS,
            RETURNS["local_hires"],
            b"Start date,Zaphod\n2026-09-01,x\n",
            period=SEPTEMBER,
            headings=headings,
        )
    assert "Zaphod" not in str(raised.value)


def test_a_workbook_and_a_refused_file(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Start date", "Postcode"])
    book.active.append([date(2026, 9, 14), "M40 8QA"])
    book.save(tmp_path / "list.xlsx")
    data = (tmp_path / "list.xlsx").read_bytes()
    made = prepare(SETTINGS, RETURNS["local_hires"], data, period=SEPTEMBER)
    assert column(made, "home_area") == ["E01033678"]
    with pytest.raises(Refused):
        match_columns(RETURNS["local_hires"], b"%PDF-1.7")


def test_a_fault_of_ours_says_where_and_nothing_of_the_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def break_down(*_: object) -> None:
        raise ValueError("could not convert Zaphod")

    monkeypatch.setattr("anchornet.intake.prepare.load_lines", break_down)
    with pytest.raises(NotPrepared, match=r"ValueError in test_prepare\.py, line") as raised:
        hires("2026-09-01,M40 8QA,")
    assert "Zaphod" not in str(raised.value)
    assert raised.value.__context__ is None
    assert raised.value.__cause__ is None
