"""Adding suppliers that have no known place."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import Person, sample_people
from anchornet.facts import build
from anchornet.store.database import Database
from anchornet.store.network import LoadError

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Small = Callable[[str, str, str, str], None]
Opened = Callable[[], Database]

CONTRIBUTOR = Person(
    "sender@sample.invalid", "Sender", frozenset({"member_contributor"}), "council"
)
OTHER = Person("other@sample.invalid", "Other", frozenset({"member_contributor"}), "hospital")
COORDINATOR = Person("runs@sample.invalid", "Runs", frozenset({"coordinator"}))
HEADINGS = "supplier_name,supplier_postcode,paid_on,amount_gbp"
SPEND = f"""{HEADINGS}
    Near Ltd,,2026-09-02,600
    Far Ltd,,2026-09-02,300
    Placed Ltd,M2 5DB,2026-09-02,100"""


@pytest.fixture
def page(small: Small, visit: Visit) -> Callable[..., AppTest]:
    """page(person) -> the page, after the council and the hospital sent spend."""
    small("council", "spend", "2026-09", SPEND)
    small("hospital", "spend", "2026-09", f"{HEADINGS}\nNEAR LIMITED,,2026-09-02,50")
    return lambda person: visit("organisations", person)


def type_in(app: AppTest, cells: dict[int, dict[str, str]], round_: int = 0) -> AppTest:
    app.session_state[f"lacking_{round_}"] = {
        "edited_rows": cells, "added_rows": [], "deleted_rows": [],
    }  # fmt: skip
    app.run()
    assert not app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def known(database: Database) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        return cursor.execute(
            "select name, postcode, size, source, recorded_by from organisations order by rowid"
        ).fetchall()


def test_it_opens_with_the_pounds_and_the_suppliers_without_a_place(
    page: Callable[..., AppTest], said: Said
) -> None:
    app = page(CONTRIBUTOR)
    words = said(app)
    assert (
        "£900 of Sample council's £1.00k of the twelve months to September 2026 went to "
        "two suppliers whose place is not known." in words.replace("&#39;", "'")
    )
    assert "10% of" in words
    assert "£100 of £1.00k" in words
    assert app.button(key="save_organisations").disabled


def test_what_is_typed_is_recorded_once_and_moves_the_coverage(
    page: Callable[..., AppTest], visit: Visit, said: Said, opened: Opened
) -> None:
    app = type_in(page(CONTRIBUTOR), {0: {"postcode": "m25db", "size": "Small"}})
    assert known(opened()) == []
    words = said(press(app, "save_organisations")).replace("&#39;", "'")
    near = ("Near Ltd", "M2 5DB", "small", "Sample council", "sender@sample.invalid")
    assert known(opened()) == [near]
    assert "Organisations added: 1" in words
    # 100 of 1,000 before, 700 after.
    assert "whose place is known went from 10% to 70% (£100 to £700 of £1.00k)" in words
    assert "£300 of Sample council's £1.00k" in words
    for _ in range(3):
        app.run()
    assert known(opened()) == [near]

    theirs = visit("organisations", OTHER)
    assert "The directory has nothing to add" in said(theirs)
    shown = theirs.dataframe[0].value
    assert list(shown["source"]) == ["Another member"]
    assert "sender@" not in said(theirs) + shown.to_csv()


def test_a_fault_is_said_by_supplier_and_nothing_is_half_kept(
    page: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    cells = {0: {"postcode": "M2 5DB"}, 1: {"postcode": "Leeds"}}
    app = press(type_in(page(CONTRIBUTOR), cells), "save_organisations")
    assert "Nothing was saved" in said(app)
    assert "Far Ltd, Postcode: Leeds is not a UK postcode" in said(app)
    assert known(opened()) == []
    cells[1] = {"postcode": "LS1 1UR"}
    press(type_in(app, cells), "save_organisations")
    assert {row[0] for row in known(opened())} == {"Near Ltd", "Far Ltd"}


def test_an_emptied_cell_is_no_change(page: Callable[..., AppTest]) -> None:
    app = type_in(page(CONTRIBUTOR), {0: {"postcode": ""}})
    assert app.button(key="save_organisations").disabled


def test_a_file_does_the_same(page: Callable[..., AppTest], said: Said, opened: Opened) -> None:
    app = page(CONTRIBUTOR)
    content = b"name,postcode,excluded\nNear Ltd,M2 5DB,tax\n"
    app.file_uploader[0].set_value(("organisations.csv", content, "text/csv")).run()
    assert known(opened()) == []
    words = said(press(app, "load_organisations"))
    assert [row[:2] for row in known(opened())] == [("Near Ltd", "M2 5DB")]
    assert "went from 10% to 70%" in words
    app.run()
    assert len(known(opened())) == 1
    assert "load_organisations" not in {button.key for button in app.button}


def test_a_faulty_file_keeps_nothing(
    page: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    app = page(CONTRIBUTOR)
    content = b"name,postcode\nNear Ltd,M2 5DB\n<b>Far</b> Ltd,Leeds\n"
    app.file_uploader[0].set_value(("organisations.csv", content, "text/csv")).run()
    words = said(press(app, "load_organisations"))
    assert "Line 3, postcode: Leeds is not a UK postcode" in words
    assert known(opened()) == []


def test_the_coordinator_loads_a_file_and_sees_no_members_suppliers(
    page: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    app = page(COORDINATOR)
    words = said(app)
    assert "of the network's spend goes: £100 of £1.05k" in words.replace("&#39;", "'")
    assert "Near" not in words
    assert not app.get("arrow_data_frame")
    content = b"name,postcode,excluded\nNear Ltd,M2 5DB,\nFar Ltd,,tax\n"
    drop = next(field for field in app.file_uploader if "list of organisations" in field.label)
    drop.set_value(("organisations.csv", content, "text/csv")).run()
    words = said(press(app, "load_organisations"))
    assert [row[3] for row in known(opened())] == ["The coordinator"] * 2
    # 100 + 600 + 50 of all but Far Ltd's 300.
    assert "to 100% (£100 to £750 of £750)" in words


def test_the_coordinator_decides_who_is_no_supplier(
    page: Callable[..., AppTest], small: Small, visit: Visit, said: Said, opened: Opened
) -> None:
    rows = f"{HEADINGS}\nHMRC,,2026-08-02,400\nTeachers Pensions,,2026-08-02,60"
    small("council", "spend", "2026-08", rows)
    app = page(COORDINATOR)
    assert "£460 went to two names like those of taxes" in said(app)
    app.session_state["not_suppliers_0"] = {
        "edited_rows": {0: {"decision": "Leave out"}, 1: {"decision": "Counts as spend"}},
        "added_rows": [], "deleted_rows": [],
    }  # fmt: skip
    app.run()
    words = said(press(app, "save_not_suppliers"))
    assert "Perhaps not suppliers" not in words
    # 1,050 and 60 of 1,510, without the tax.
    assert "£100 of £1.11k" in words
    decisions = opened().rows(
        "select name, excluded from current_organisations(null) order by name"
    )
    assert decisions == [("HMRC", "tax"), ("Teachers Pensions", "no")]


def test_what_was_added_last_is_undone_by_whoever_added_it_or_the_coordinator(
    page: Callable[..., AppTest], visit: Visit, said: Said, opened: Opened
) -> None:
    app = page(CONTRIBUTOR)
    assert "Added last" not in said(app)
    app = press(type_in(app, {0: {"postcode": "M2 5DB"}}), "save_organisations")
    assert "One organisation, by sender@sample.invalid on" in said(app).replace("\\", "")

    theirs = said(visit("organisations", OTHER))
    assert "Added last" not in theirs
    assert "sender@" not in theirs

    app = press(visit("organisations", COORDINATOR), "undo_organisations_0")
    words = said(app)
    assert "Organisations taken out: 1; as they were before: 0." in words
    # 750 of 1,050 before, 100 after.
    assert "went from 71% to 10%" in words
    assert opened().rows("from current_organisations(null)") == []
    # The undoing is what was recorded last, and can be undone.
    app = press(app, "undo_organisations_1")
    assert "Organisations taken out: 0; as they were before: 1." in said(app)
    names = opened().rows("select name, postcode from current_organisations(null)")
    assert names == [("Near Ltd", "M2 5DB")]


def test_what_somebody_else_added_meanwhile_is_not_undone(
    page: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    app = press(type_in(page(CONTRIBUTOR), {0: {"postcode": "M2 5DB"}}), "save_organisations")
    build.load_organisations(
        opened(), b"name,postcode\nNew Ltd,M3 3JE\n", by="other@sample.invalid"
    )
    with pytest.raises(LoadError, match="Somebody has added"):
        build.undo_organisations(opened(), by="sender@sample.invalid", number=1)
    app.run()
    assert "Added last" not in said(app)
    assert len(opened().rows("from current_organisations(null)")) == 2


@pytest.mark.parametrize("role", ["member_viewer", "delivery_group", "comms"])
def test_nobody_else_adds_suppliers(page: Callable[..., AppTest], said: Said, role: str) -> None:
    app = page(Person("a@sample.invalid", "A", frozenset({role}), "council"))
    assert "Organisations are added by members" in said(app)
    assert "£" not in said(app)
    assert not app.file_uploader


def test_everybody_of_the_sample_network_sees_the_page_or_why_not(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    for person in sample_people([("city-council", "Sample City Council")]):
        app = visit("organisations", person)
        assert not app.error
        adds = bool(person.roles & {"member_contributor", "coordinator"})
        assert bool(app.file_uploader) == adds


def test_a_member_that_sent_nothing_is_told_so(small: Small, visit: Visit, said: Said) -> None:
    app = visit("organisations", CONTRIBUTOR)
    assert "Sample council has reported no spend yet" in said(app)
    assert "no spend to place yet" in said(visit("organisations", COORDINATOR))


DIRECTORY = (
    b"name,postcode,roles,supplies,source\n"
    b"Near Ltd,M2 5DB,,,first list\n"
    b"Sample Kitchen CIC,M3 3JE,vcse;supplier,Catering,first list\n"
)


def test_the_coordinator_searches_edits_and_merges(
    page: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    app = page(COORDINATOR)
    build.load_organisations(opened(), DIRECTORY, by="runs@sample.invalid")
    app.run()
    app.selectbox(key="find_role").set_value("vcse").run()
    assert list(app.dataframe[0].value["name"]) == ["Sample Kitchen CIC"]
    app.selectbox(key="find_role").set_value(None).run()
    app.text_input(key="find_organisation").set_value("near").run()
    app.selectbox(key="open_organisation_0").set_value("NEAR").run()
    assert "first list" in said(app)
    app.text_input(key="edit_postcode_0").set_value("M1 1AD")
    app.selectbox(key="edit_size_0").set_value("small")
    press(app, next(button.key for button in app.button if button.label == "Save organisation"))
    near = "select postcode, size from current_organisations(null) where name_key = 'NEAR'"
    assert opened().rows(near) == [("M1 1AD", "small")]

    app.text_input(key="find_organisation").set_value("").run()
    app.selectbox(key="open_organisation_1").set_value("SAMPLEKITCHEN").run()
    app.selectbox(key="merge_into_1").set_value("Near Ltd").run()
    words = said(press(app, "merge_organisations_1"))
    assert "Sample Kitchen CIC is now a name of Near Ltd." in words
    app.selectbox(key="open_organisation_2").set_value("NEAR").run()
    assert "Also paid as Sample Kitchen CIC" in said(app)
    words = said(press(app, "separate_0_2"))
    assert "Sample Kitchen CIC stands by itself again." in words
    assert not opened().rows("from current_organisation_merges(null)")
    words = said(press(app, "undo"))
    assert "Sample Kitchen CIC is a name of Near Ltd again." in words


def test_members_see_of_the_directory_who_says_what_they_do(
    page: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    app = page(OTHER)
    build.load_organisations(opened(), DIRECTORY, by="runs@sample.invalid")
    app.run()
    shown = [list(table.value.get("name", [])) for table in app.dataframe]
    assert ["Sample Kitchen CIC"] in shown
    assert "Edit" not in [expander.label for expander in app.expander]
    assert "runs@" not in said(app)


def test_the_coordinator_decides_what_registers_offer(
    page: Callable[..., AppTest], said: Said
) -> None:
    app = page(COORDINATOR)
    register = (
        b"name,org_id,postcode\nNear Limited,GB-COH-00000001,M2 5DB\n"
        b"Far Ltd,GB-COH-00000002,M2 5DB\nFar Limited,GB-COH-00000003,M2 5DB\n"
    )
    app.selectbox(key="register_0").set_value("list").run()
    app.file_uploader(key="register_file_0").set_value(("bodies.csv", register, "text/csv")).run()
    press(app, "look_up")
    words = said(app)
    # 650 of Near are placed by the same name, and 100 were; two organisations are called Far.
    assert "£750 of £1.05k. £300 is not placed yet." in words
    assert "£300 went to one name that a register may have" in words
    assert words.count("the same name") == 2
    words = said(press(app, "accept_FAR_GB-COH-00000003_1"))
    assert "Accepted: Far Limited for Far Ltd." in words
    assert "£1.05k of £1.05k" in words
    assert "that a register may have" not in words
    words = said(press(app, "undo"))
    assert "£750 of £1.05k" in words
    words = said(press(app, "refuse_FAR_GB-COH-00000003_3"))
    assert "Refused: Far Limited for Far Ltd." in words
    app.selectbox(key="open_decision_4").set_value(0).run()
    assert "that a register may have" in said(app)  # the other one
    words = said(press(app, "reopen_match_4"))
    assert "Undecided again: Far Limited for Far Ltd." in words
