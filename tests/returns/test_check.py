"""Every outcome has a file named for it, and its findings to the line and the sentence."""

import csv
import io
import json
import tomllib
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import frictionless
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anchornet.places import reference
from anchornet.returns import texts, typed_rows
from anchornet.returns.check import Checked, check_file
from anchornet.returns.columns import MappingError, map_headings
from anchornet.returns.csv_reader import Refused
from anchornet.returns.declaration import RETURNS
from anchornet.settings import load
from anchornet.store.framework import SAMPLE, read_framework
from anchornet.store.framework_codes import for_check
from anchornet.store.opening import scratch

FILES = Path(__file__).resolve().parent.parent / "files"
EXPECTED = tomllib.loads((FILES / "expected.toml").read_text(encoding="utf-8"))
FRAMEWORK = read_framework(SAMPLE.read_bytes())
SEPTEMBER = date(2026, 9, 1)
OUTCOMES = [(name, outcome) for name, files in EXPECTED.items() for outcome in files]


def check_fixture(cursor, return_name: str, outcome: str, **options) -> Checked:
    data = (FILES / return_name / f"{outcome}.csv").read_bytes()
    return_ = for_check(cursor, RETURNS[return_name], FRAMEWORK)
    return check_file(cursor, return_, data, period=SEPTEMBER, **options)


def check_text(text: str, return_name: str = "spend", **options) -> Checked:
    return check_file(duckdb.connect(), RETURNS[return_name], text.encode(), **options)


@pytest.fixture(scope="module")
def placing():
    """A cursor that looks places up, as the network's does."""
    shipped = load(environment={})
    with scratch(shipped.reference) as cursor:
        reference.fill(cursor, shipped)
        yield cursor


@pytest.mark.parametrize(("return_name", "outcome"), OUTCOMES)
def test_a_file_is_found_to_hold_what_its_name_says(placing, return_name, outcome):
    checked = check_fixture(placing, return_name, outcome)
    assert [found.sentence() for found in checked.findings()] == EXPECTED[return_name][outcome]
    asked = [found for found in checked.findings() if found.severity != "note"]
    assert checked.errors + checked.warnings == len(asked)


def test_personal_data_hides_what_else_is_wrong_with_its_cell_and_with_no_other():
    lines = "Acme Ltd,2026-09-14,12.34x,jo@sample.example.org\njo@sample.example.org,,1.00,"
    checked = check_text(f"supplier_name,paid_on,amount_gbp,notes\n{lines}\n")
    assert [(found.line, found.column, found.rule) for found in checked.findings()] == [
        (2, "amount_gbp", "not_an_amount"),
        (2, "notes", "email_address"),
        (3, "paid_on", "required"),
        (3, "supplier_name", "email_address"),
    ]


@pytest.mark.parametrize(
    ("share", "few"),
    [(0.0, -1), (1.0, -1), (1.0, 3)],
    ids=["row_by_row", "text_by_text", "short_columns_together"],
)
@pytest.mark.parametrize("return_name", RETURNS)
def test_a_long_list_is_read_as_a_short_one_is(monkeypatch, placing, return_name, share, few):
    """Where few texts differ each is asked about once, and amounts and texts are read from their
    bytes."""
    monkeypatch.setattr(typed_rows, "FEW", few)
    monkeypatch.setattr(texts, "FEW", share)
    wrong = {}
    for outcome, expected in EXPECTED[return_name].items():
        checked = check_fixture(placing, return_name, outcome)
        sentences = [finding.sentence() for finding in checked.findings()]
        if sentences != expected:
            wrong[outcome] = sentences
    assert wrong == {}


def test_what_is_only_told_asks_for_nothing(placing):
    checked = check_fixture(placing, "local_hires", "area_since_redrawn")
    assert {found.severity for found in checked.findings()} == {"note"}
    assert (checked.errors, checked.warnings) == (0, 0)


def test_a_check_without_the_tables_of_places_leaves_their_rules_out():
    assert not check_fixture(duckdb.connect(), "local_hires", "no_such_area").warnings


@pytest.mark.parametrize("return_name", RETURNS)
def test_every_file_has_its_expectation_and_there_are_enough(return_name):
    files = {path.stem for path in (FILES / return_name).glob("*.csv")}
    assert files == set(EXPECTED[return_name])
    assert len(files) >= 12


@pytest.mark.parametrize("return_name", RETURNS)
def test_every_rule_of_a_declaration_is_broken_by_some_file(placing, return_name):
    broken = set()
    for outcome in EXPECTED[return_name]:
        checked = check_fixture(placing, return_name, outcome)
        broken |= {(found.rule) for found in checked.findings()}
    declared = {rule.id for rule in RETURNS[return_name].own_rules if rule.scope != "member"}
    assert declared <= broken


def test_warnings_are_counted_apart_from_errors():
    checked = check_fixture(duckdb.connect(), "spend", "repeated_reference")
    assert (checked.errors, checked.warnings) == (0, 2)


def test_payments_that_were_pasted_twice_are_found_among_many():
    numbers = [*range(20_000), *range(0, 20_000, 97), *range(0, 20_000, 97 * 5)]
    rows = [f"Sample Ltd,M1 1AD,2026-09-01,{number}.00,R{number}" for number in numbers]
    headings = "supplier_name,supplier_postcode,paid_on,amount_gbp,reference"
    checked = check_text("\n".join([headings, *rows]), period=SEPTEMBER)
    repeated = Counter(numbers)
    expected = [line for line, number in enumerate(numbers, start=2) if repeated[number] > 1]
    found = [it.line for it in checked.findings() if it.rule == "repeated_reference"]
    assert found == expected
    assert len(found) == 2 * 207 + 42


def test_money_is_read_in_every_form_and_added_up_exactly():
    checked = check_fixture(duckdb.connect(), "spend", "money_in_other_forms")
    [september] = checked.periods
    # 1234.50 - 1234.50 - 1234.50 - 5.00
    assert september.totals == {"amount_gbp": Decimal("-1239.50")}
    assert september.rows == 4


def test_months_as_a_spreadsheet_shows_them_are_read():
    checked = check_fixture(duckdb.connect(), "retention", "months_as_excel_shows_them")
    months = checked.cursor.execute("select cohort_month from checked order by line").fetchall()
    assert months == [(date(2026, 3, 1),), (date(2026, 3, 1),), (date(2025, 9, 1),)]


def test_text_stays_text():
    checked = check_text(
        "supplier_name,paid_on,amount_gbp,reference\nNA,2026-09-01,1,01234567\nnull,2026-09-01,1,\n"
    )
    rows = checked.cursor.execute("select supplier_name, reference from checked").fetchall()
    assert rows == [("NA", "01234567"), ("null", None)]
    assert not checked.findings()


def test_the_day_always_comes_first():
    checked = check_text("supplier_name,paid_on,amount_gbp\nA,03/04/2026,1\nB,3.4.2026,1\n")
    assert {row[0] for row in checked.cursor.execute("select paid_on from checked").fetchall()} == {
        date(2026, 4, 3)
    }


def test_a_file_of_several_months_is_added_up_by_month():
    checked = check_text(
        "supplier_name,paid_on,amount_gbp\nA,2026-08-31,1.10\nB,2026-09-01,2.20\nC,2026-09-30,3.30\n"
    )
    assert [(p.period, p.rows, p.totals["amount_gbp"]) for p in checked.periods] == [
        (date(2026, 8, 1), 1, Decimal("1.10")),
        (date(2026, 9, 1), 2, Decimal("5.50")),
    ]


def test_findings_of_one_kind_are_grouped_with_their_first_lines():
    lines = "".join(f"A,not a date {n},1\n" for n in range(12))
    checked = check_text("supplier_name,paid_on,amount_gbp\n" + lines)
    [group] = checked.groups()
    assert (group.rule, group.column, group.count) == ("not_a_date", "paid_on", 12)
    assert group.lines == "lines 2, 3, 4 and 9 more"
    assert len(checked.findings()) == 12


def test_what_follows_from_a_shifted_line_is_not_reported_too():
    checked = check_fixture(duckdb.connect(), "spend", "comma_outside_quotes")
    assert [found.rule for found in checked.findings()] == ["long_row"]


def test_a_missing_column_is_reported_once_and_not_on_every_line():
    checked = check_text("supplier_name,paid_on\n" + "A,2026-09-01\n" * 50)
    assert [found.rule for found in checked.findings()] == ["missing_column"]


def test_what_a_sender_says_goes_before_a_layout_and_that_before_aliases():
    spend = RETURNS["spend"]
    headings = ["Supplier Name", "Date Paid", "Amount", "Payment date", "Net amount"]
    mapped = map_headings(
        spend, headings, explicit={"amount_gbp": "net AMOUNT"}, named="hm_treasury_25k"
    )
    assert mapped.heading("amount_gbp") == "Net amount"
    assert mapped.heading("paid_on") == "Date Paid"
    assert mapped.source == {
        "amount_gbp": "yours",
        "supplier_name": "layout",
        "paid_on": "layout",
    }
    assert mapped.unused == ("Amount", "Payment date")


def test_what_was_confirmed_earlier_goes_before_aliases():
    mapped = map_headings(
        RETURNS["spend"],
        ["Supplier", "Paid on", "Amount", "Cheque total"],
        remembered={"amount_gbp": "Cheque total"},
    )
    assert mapped.heading("amount_gbp") == "Cheque total"


def test_an_unknown_layout_field_or_heading_is_refused_with_what_there_is():
    spend = RETURNS["spend"]
    with pytest.raises(MappingError, match="no layout named 'sap'"):
        map_headings(spend, ["Supplier"], named="sap")
    with pytest.raises(MappingError, match="no field 'price'"):
        map_headings(spend, ["Supplier"], explicit={"price": "Supplier"})
    with pytest.raises(MappingError, match="Its headings are: Supplier"):
        map_headings(spend, ["Supplier"], explicit={"amount_gbp": "Cost"})


PUBLISHED = {
    "manchester_2021-01.csv": (2574, "55248317.72"),
    "manchester_2021-02.csv": (2252, "57462654.07"),
    "manchester_2021-03.csv": (4792, "91250821.21"),
    "manchester_2021-06.csv": (2896, "71698490.20"),
}


@pytest.mark.parametrize("file", PUBLISHED)
@pytest.mark.parametrize("layout", [None, "local_government_transparency"])
def test_a_council_s_published_file_is_read_whole_and_without_a_finding(file, layout):
    data = (FILES / "published" / file).read_bytes()
    checked = check_file(duckdb.connect(), RETURNS["spend"], data, mapping=layout)
    rows, amount = PUBLISHED[file]
    assert list(checked.findings()) == []
    assert [(p.rows, p.totals["amount_gbp"]) for p in checked.periods] == [(rows, Decimal(amount))]


def plain_read(data: bytes) -> tuple[int, Decimal]:
    """Rows and sum of a Treasury file with the standard library alone."""
    rows = list(csv.reader(io.StringIO(data.decode("cp1252"))))[1:]
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    amounts = [[cell.strip() for cell in row if cell.strip()][-1] for row in filled]
    return len(filled), sum((Decimal(a.replace(",", "")) for a in amounts), Decimal(0))


@pytest.mark.parametrize("file", sorted((FILES / "published" / "nhs_london_chwe").glob("*.csv")))
def test_every_line_of_a_trust_s_published_files_is_accounted_for(file):
    data = file.read_bytes()
    checked = check_file(duckdb.connect(), RETURNS["spend"], data, mapping="hm_treasury_25k")
    assert (checked.errors, checked.warnings) == (0, 0)
    rows, amount = plain_read(data)
    assert checked.rows == rows
    assert sum(p.rows for p in checked.periods) == rows
    assert sum(p.totals["amount_gbp"] for p in checked.periods) == amount


@pytest.mark.parametrize("return_name", RETURNS)
@pytest.mark.parametrize("standard", [True, False])
def test_frictionless_agrees_that_good_files_are_good_and_others_are_not(
    return_name, standard, tmp_path
):
    cursor = duckdb.connect()
    return_ = for_check(cursor, RETURNS[return_name], FRAMEWORK)
    schema = return_.table_schema()
    path = tmp_path / "table.csv"
    good = (FILES / return_name / "good.csv").read_text()
    path.write_text(good if standard else good.replace(good.splitlines()[1].split(",")[0], "", 1))
    report = frictionless.validate(
        frictionless.Resource(
            path="table.csv",
            basepath=str(tmp_path),
            schema=frictionless.Schema.from_descriptor(schema),
        )
    )
    ours = check_file(cursor, return_, path.read_bytes(), period=SEPTEMBER)
    assert report.valid == standard, report.flatten(["type", "message"])
    assert (ours.errors == 0) == standard


@pytest.mark.parametrize("return_name", RETURNS)
def test_the_filled_in_template_passes_our_own_check_and_frictionless(return_name, tmp_path):
    cursor = duckdb.connect()
    return_ = for_check(cursor, RETURNS[return_name], FRAMEWORK)
    example = return_.example_csv()
    (tmp_path / "example.csv").write_text(example)
    report = frictionless.validate(
        frictionless.Resource(
            path="example.csv",
            basepath=str(tmp_path),
            schema=frictionless.Schema.from_descriptor(return_.table_schema()),
        )
    )
    assert report.valid, report.flatten(["type", "message"])
    checked = check_file(cursor, return_, example.encode(), period=SEPTEMBER)
    assert list(checked.findings()) == []


@pytest.mark.parametrize("return_name", RETURNS)
def test_the_dictionary_names_every_field_code_alias_and_rule(return_name):
    return_ = RETURNS[return_name]
    text = return_.dictionary_markdown()
    for field in return_.fields:
        assert f"`{field.name}`" in text
        assert field.description in text
        assert all(f"`{code}`" in text for code in field.codes or {})
        assert all(alias in text for alias in field.aliases)
    assert all(f"`{rule.id}`" in text for rule in return_.rules)
    assert return_.template_csv().strip().split(",") == [f.name for f in return_.fields]
    json.dumps(return_.table_schema())


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(st.lists(CELLS, min_size=5, max_size=5), min_size=1, max_size=6),
    return_name=st.sampled_from(sorted(RETURNS)),
)
def test_whatever_stands_in_the_cells_ends_in_findings_and_never_in_an_exception(rows, return_name):
    return_ = RETURNS[return_name]
    required = [field.name for field in return_.fields if field.required]
    optional = [field.name for field in return_.fields if not field.required]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow((required + optional)[:5])
    writer.writerows([["x" + row[0], *row[1:]] for row in rows])
    try:
        checked = check_file(
            duckdb.connect(), return_, text.getvalue().encode("utf-8"), period=SEPTEMBER
        )
    except Refused as refused:
        assert str(refused).endswith(".")
        return
    assert checked.rows + checked.table.skipped_lines >= 1
    for found in checked.findings():
        assert found.message
        assert found.cure
        assert found.severity in ("error", "warning")
        assert "{" not in found.cure
    assert checked.errors == sum(f.severity == "error" for f in checked.findings())


DATES = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@settings(max_examples=100, deadline=None)
@given(
    day=DATES, form=st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%b-%Y", "%d %b %Y"])
)
def test_a_date_in_any_form_we_name_is_the_date_it_says(day, form):
    checked = check_text(f"supplier_name,paid_on,amount_gbp\nA,{day.strftime(form)},1\n")
    assert checked.cursor.execute("select paid_on from checked").fetchone() == (day,)


@settings(max_examples=100, deadline=None)
@given(
    pence=st.integers(-(10**12), 10**12), form=st.sampled_from(["{}", "£{}", "({})", "{}-", "-£{}"])
)
def test_an_amount_in_any_form_we_name_is_exact(pence, form):
    size = f"{abs(pence) // 100:,}.{abs(pence) % 100:02d}"
    checked = check_text(f'supplier_name,paid_on,amount_gbp\nA,2026-09-01,"{form.format(size)}"\n')
    sign = -1 if form in ("({})", "{}-", "-£{}") else 1
    assert checked.cursor.execute("select amount_gbp from checked").fetchone() == (
        sign * Decimal(abs(pence)) / 100,
    )
