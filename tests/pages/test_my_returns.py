"""My returns, the returns board and the backlog, as those they are for and as others."""

import importlib
import io
import pkgutil
import zipfile
from collections.abc import Callable
from datetime import date, datetime

import pytest
from markupsafe import escape
from streamlit.testing.v1 import AppTest

import anchornet
from anchornet.access import Person
from anchornet.returns.declaration import RETURNS
from anchornet.store.audit import trail
from anchornet.store.database import Database
from anchornet.store.network import due_dates, own_dates
from anchornet.store.people import account, record_person
from anchornet.store.sent_back import send_back
from anchornet.store.submissions import history

Said = Callable[[AppTest], str]
Small = Callable[[str, str, str, str], None]
Opened = Callable[[], Database]
Go = Callable[..., AppTest]

TODAY = datetime(2026, 10, 19, 10)  # September's returns are due tomorrow
SPEND = "supplier_name,paid_on,amount_gbp\nSample Joinery Ltd,2026-09-02,1000.50\n"
CORRECTED = SPEND + "Sample Paper Ltd,2026-09-20,499.50\n"
LIVING = "employer_name,relationship,status\nSample Cafe CIC,tenant,in_progress\n"


def someone(role: str, member_id: str | None = None) -> Person:
    return Person(f"{role}@sample.invalid", role, frozenset({role}), member_id)


SENDER = someone("member_contributor", "council")
COORDINATOR = someone("coordinator")


@pytest.fixture
def go(monkeypatch: pytest.MonkeyPatch, shell: str) -> Go:
    """go("my_returns", person, **query) -> the page on 19 October 2026."""
    # Imported first: a module that met the changed clock at its first import would keep it.
    for found in pkgutil.walk_packages(anchornet.__path__, "anchornet."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
    store = ("returns_status", "database", "network", "sent_back", "submissions")
    for module in (*(f"store.{name}" for name in store), "intake.submit", "ui.queries"):
        monkeypatch.setattr(f"anchornet.{module}.utc_now", lambda: TODAY)

    def go(page: str, person: Person, **query: str) -> AppTest:
        app = AppTest.from_file(shell, default_timeout=60)
        app.session_state["person"] = person
        app.run()
        app.switch_page(f"../../pages/{page}.py")
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return go


@pytest.fixture
def shell() -> str:
    from anchornet.setting_values import PROJECT

    return str(PROJECT / "anchornet" / "ui" / "shell.py")


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


# --- my returns ----------------------------------------------------------------------------------


def test_a_contributor_starts_with_what_is_still_to_send_and_when(
    small: Small, shell: str, go: Go, said: Said
) -> None:
    small("council", "spend", "2026-09", SPEND)
    app = AppTest.from_file(shell, default_timeout=60)
    app.session_state["person"] = SENDER
    words = said(app.run())
    assert (
        "Sample council has three returns to send for September 2026, due tomorrow: "
        "Real Living Wage accreditation, local hires and retention." in words
    )
    assert (
        "Due on 20 October 2026. Please send new returns by 14 November 2026 and corrections by "
        "28 January 2027; later ones are still taken." in words
    )
    assert words.count("Not started, due tomorrow") == 3
    assert "Sent</p>" in words
    assert "£1,000.50" in words


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        ("my_returns", "Returns are sent by a member&#39;s contributors"),
        ("backlog", "Returns are sent by a member"),
    ],
)
@pytest.mark.parametrize("role", ["member_viewer", "delivery_group", "comms", "coordinator"])
def test_nobody_else_sees_a_members_own_returns(
    small: Small, go: Go, said: Said, page: str, sentence: str, role: str
) -> None:
    small("council", "spend", "2026-09", SPEND)
    app = go(page, someone(role, "council" if "member" in role else None))
    assert "Returns are sent by a member" in said(app)
    assert "R000001" not in said(app)
    assert not [button for button in app.button if button.label != "Sign out"]
    assert not app.file_uploader


def test_a_member_sees_nothing_of_another(small: Small, go: Go, said: Said) -> None:
    small("hospital", "spend", "2026-09", SPEND)
    words = said(go("my_returns", SENDER))
    assert "R000001" not in words
    assert "Sample hospital" not in words


def test_a_correction_is_told_against_the_one_before(small: Small, go: Go, said: Said) -> None:
    small("council", "spend", "2026-09", SPEND)
    small("council", "spend", "2026-09", CORRECTED)
    words = said(go("my_returns", SENDER))
    assert "Corrected</p>" in words
    assert "Against R000001: 1 row more; Amount £499.50 more" in words
    assert "Line by line against R000001: 1 is new or different, 0 are no longer there" in words


def test_a_nil_return_is_sent_with_a_confirmation(small: Small, go: Go, opened: Opened) -> None:
    app = press(go("my_returns", SENDER), "nil_spend")
    (row,) = history(opened()).to_dict("records")
    assert (row["return_name"], row["nil"], row["period"]) == ("spend", True, date(2026, 9, 1))
    assert row["submitted_by"] == SENDER.email
    assert "nil_spend" not in {button.key for button in app.button}


def choose(app: AppTest, receipt: str) -> AppTest:
    """The receipt to withdraw: none is chosen before."""
    (box,) = (box for box in app.selectbox if box.label == "Which one should no longer count?")
    assert box.value is None
    assert "withdraw_spend" not in {button.key for button in app.button}
    return box.select(receipt).run()


def test_before_withdrawing_it_is_said_what_then_counts(
    small: Small, go: Go, said: Said, opened: Opened
) -> None:
    small("council", "spend", "2026-09", SPEND)
    small("council", "spend", "2026-09", CORRECTED)
    app = choose(go("my_returns", SENDER), "R000001")
    assert "Then R000002 counts as before for September 2026: Amount £1,500.00." in said(app)
    (box,) = (box for box in app.selectbox if box.label == "Which one should no longer count?")
    app = box.select("R000002").run()
    assert "Then R000001 counts again for September 2026: Amount £1,000.50." in said(app)
    app.text_input(key="reason_spend_R000002").set_value("The first one was right.").run()
    app = press(app, "withdraw_spend")
    assert "R000002 is withdrawn. R000001 counts again for September 2026" in said(app)
    assert list(history(opened())["state"]) == ["withdrawn", "counted"]


def test_withdrawing_needs_a_reason_and_keeps_it(
    small: Small, go: Go, said: Said, opened: Opened
) -> None:
    small("council", "spend", "2026-09", SPEND)
    app = choose(go("my_returns", SENDER), "R000001")
    assert "Then nothing counts for September 2026, and the return is missing." in said(app)
    app = press(app, "withdraw_spend")
    (error,) = app.error
    assert error.value.replace("\\", "") == "Say why it is withdrawn: the reason is kept beside it."
    app.text_input(key="reason_spend_R000001").set_value("It was the wrong file.").run()
    app = press(app, "withdraw_spend")
    assert "Withdrawn, due tomorrow" in said(app)
    assert "R000001 is withdrawn. Nothing counts for September 2026, and the" in said(app)
    assert history(opened()).iloc[0]["reason"] == "It was the wrong file."


def test_what_was_sent_can_be_had_back_when_asked_for(small: Small, go: Go) -> None:
    small("council", "spend", "2026-09", SPEND)
    app = go("my_returns", SENDER)
    buttons = app.get("download_button")
    labels = [button.label for button in buttons if not button.label.endswith(("template", "CSV"))]
    assert labels == ["Your file", "Findings (0)", "Receipt R000001"]
    assert all(not button.proto.url for button in buttons)


def test_the_excel_template_is_offered_first_for_what_is_still_to_send(
    small: Small, go: Go
) -> None:
    small("council", "spend", "2026-09", SPEND)
    for page, returns in (("my_returns", 3), ("submit", 1)):
        labels = [button.label for button in go(page, SENDER).get("download_button")]
        templates = [label for label in labels if label.endswith(("template", "CSV"))]
        assert templates == ["Excel template", "Blank CSV"] * returns


def test_sending_leads_to_the_submit_page_with_return_and_month_chosen(
    small: Small, go: Go
) -> None:
    app = go("submit", SENDER, **{"return": "retention", "month": "2026-08"})
    assert app.radio(key="return").value == "retention"
    assert app.selectbox(key="period").value == date(2026, 8, 1)
    assert not app.warning


def test_the_button_of_a_return_opens_the_submit_page(small: Small, go: Go, said: Said) -> None:
    app = press(go("my_returns", SENDER), "send_local_hires")
    assert app.radio(key="return").value == "local_hires"
    assert app.selectbox(key="period").value == date(2026, 9, 1)


# --- the board -----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["member_contributor", "member_viewer", "delivery_group", "comms"])
def test_only_the_coordinator_sees_the_board(small: Small, go: Go, said: Said, role: str) -> None:
    app = go("returns_board", someone(role, "council"))
    assert "The returns board is for the coordinator of the network." in said(app)
    assert not app.code


def test_the_board_says_who_has_sent_what_and_whom_to_chase(
    small: Small, go: Go, said: Said
) -> None:
    small("council", "spend", "2026-09", SPEND)
    app = go("returns_board", COORDINATOR)
    words = said(app)
    assert (
        "Seven returns for September 2026 are still to come, due tomorrow; "
        "every member has something to send." in words
    )
    assert "<i>●</i> <span>on time</span>" in words
    council = app.code[0].value
    assert "These returns of Sample council for September 2026 have not come yet" in council
    assert "due on 20 October 2026 (tomorrow)" in council
    assert "- Local hires" in council
    assert "Spend" not in council


def test_a_return_is_sent_back_with_a_question_that_its_member_reads_and_answers(
    small: Small, go: Go, said: Said, opened: Opened
) -> None:
    small("council", "spend", "2026-09", SPEND)
    small("hospital", "spend", "2026-09", SPEND)
    app = go("returns_board", COORDINATOR)
    (which,) = (box for box in app.selectbox if box.label == "Which return?")
    which.set_value("R000001")
    app.text_area[0].set_value("Is this *all* of <b>September</b>?")
    (pressed,) = (button for button in app.button if button.label == "Send back")
    pressed.click().run()
    words = said(app)
    assert "R000001 is sent back to Sample council with your question." in words
    assert "<span>on time</span> <b>sent back</b>" in words
    for page in ("my_returns", "submit"):
        words = said(go(page, SENDER, month="2026-08"))
        assert "Sent back with a question" in words
        assert "Is this" in words
        assert "Spend with suppliers for September 2026 (R000001)" in words.replace("\\", "")
        assert "<b>September" not in words
        assert "sent back" not in said(go(page, someone("member_contributor", "hospital"))).lower()
    assert "R000001 goes on counting as it is." in said(go("my_returns", SENDER))
    assert "sent back" not in said(go("overview", someone("member_viewer", "hospital"))).lower()
    assert "Sent back" not in said(press(go("my_returns", SENDER), "nil_spend"))
    app = go("returns_board", COORDINATOR)
    assert not [button for button in app.button if button.label == "Take the question back"]


def test_the_coordinator_takes_a_question_back(
    small: Small, go: Go, said: Said, opened: Opened
) -> None:
    small("council", "spend", "2026-09", SPEND)
    send_back(opened(), "R000001", by=COORDINATOR.email, reason="Is this right?")
    app = press(go("returns_board", COORDINATOR), "take_back_R000001")
    assert "Nothing is asked about R000001 any more." in said(app)
    assert "Sent back" not in said(go("my_returns", SENDER))


def test_the_coordinator_closes_a_month_and_opens_it_again(
    small: Small, go: Go, said: Said, opened: Opened
) -> None:
    app = press(go("returns_board", COORDINATOR), "close_period")
    (error,) = app.error
    assert error.value.startswith("September 2026 is due on 20 October 2026 and can be closed")
    app.selectbox[0].select(date(2026, 8, 1)).run()
    assert "the usual dates, which close nothing" in said(app)
    app = press(app, "close_period")
    assert "August 2026 is closed" in said(app)
    august = date(2026, 8, 1)
    assert own_dates(opened())[august].corrections_close_on == date(2026, 10, 18)
    app = press(app, "open_period")
    assert "August 2026 takes new returns and corrections." in said(app)
    assert due_dates(opened(), august).closes_on == date(2026, 11, 2)


def test_a_member_is_told_when_a_month_is_closed(
    small: Small, go: Go, said: Said, opened: Opened
) -> None:
    board = go("returns_board", COORDINATOR)
    board.selectbox[0].select(date(2026, 8, 1)).run()
    press(board, "close_period")
    app = go("my_returns", SENDER)
    app.selectbox[0].select(date(2026, 8, 1)).run()
    app = press(app, "nil_spend")
    (error,) = app.error
    assert error.value.startswith("August 2026 closed to new returns on 15 October 2026")
    assert history(opened()).empty


def test_the_coordinator_sends_for_a_member_and_it_is_marked(
    small: Small, go: Go, said: Said, opened: Opened
) -> None:
    link = {"return": "spend", "month": "2026-09", "member": "hospital"}
    app = go("submit", COORDINATOR, **link)
    assert "You are sending this for Sample hospital" in said(app)
    app.file_uploader[0].set_value(("spend.csv", SPEND.encode(), "text/csv")).run()
    app = press(app, "send")
    assert "sent by the coordinator on the member's behalf" in said(app)
    (row,) = history(opened()).to_dict("records")
    assert (row["member_id"], row["on_behalf"]) == ("hospital", True)
    assert row["submitted_by"] == f"coordinator <{COORDINATOR.email}>"


@pytest.mark.parametrize("role", ["member_contributor", "member_viewer", "delivery_group", "comms"])
def test_a_link_that_names_another_member_gives_nobody_else_more(
    small: Small, go: Go, said: Said, role: str
) -> None:
    app = go("submit", someone(role, "council"), member="hospital")
    assert "hospital" not in said(app)
    assert bool(app.file_uploader) == (role == "member_contributor")


def test_the_coordinator_opens_what_was_sent_only_with_the_members_leave(
    small: Small, go: Go, said: Said, opened: Opened
) -> None:
    small("council", "spend", "2026-09", SPEND)

    def look() -> AppTest:
        app = go("returns_board", COORDINATOR)
        app.selectbox[0].select(date(2026, 9, 1)).run()
        return press(app, "open_sent")

    def did() -> list[str]:
        return list(trail(opened())["did"])

    app = look()
    assert "They can let the coordinator see it, on My returns." in said(app)
    assert "spend\\.csv" not in {it.proto.label for it in app.get("download_button")}
    assert did()[0] == "was refused a member's own"
    mine = go("my_returns", SENDER)
    assert "The coordinator sees that you sent, and the figures." in said(mine)
    press(mine, "leave")
    app = look()
    assert "spend\\.csv" in {it.proto.label for it in app.get("download_button")}
    assert set(did()[:2]) == {"looked at a member's rows", "let the coordinator see rows"}
    mine = go("my_returns", SENDER)
    assert COORDINATOR.email in said(mine)
    press(mine, "leave")
    assert "They can let the coordinator see it, on My returns." in said(look())


# --- the backlog ---------------------------------------------------------------------------------


def archive(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in files.items():
            opened.writestr(name, data)
    return made.getvalue()


def test_an_archive_is_matched_shown_and_sent(
    small: Small, go: Go, said: Said, opened: Opened
) -> None:
    august = SPEND.replace("2026-09", "2026-08")
    data = archive(
        {
            "2026-08 spend.csv": august.encode(),
            "spend september.csv": SPEND.encode(),
            "living wage 2026-08.csv": LIVING.encode(),
            "wrong.csv": SPEND.replace("2026-09-02", "31/06/2026").encode(),
        }
    )
    app = go("backlog", SENDER)
    app.file_uploader[0].set_value(("year.zip", data, "application/zip")).run()
    words = said(app)
    assert "31/06/2026 is not a date (June has 30 days)" in words
    assert "<p>One file can&#39;t be sent yet:</p>" in words
    assert '<a href="#file-4">year.zip › wrong.csv: 1 to put right</a>' in words
    assert '<section id="file-4"' in words
    app = press(app, "send_backlog")
    assert "Three returns count from now on for Sample council." in said(app)
    reasons = said(app).split("Why a figure may differ from what you sent:")[1:]
    assert len(reasons) == len({"living_wage", "spend"})
    for name, listed in zip(("living_wage", "spend"), reasons, strict=True):
        assert all(escape(reason) in listed for reason in RETURNS[name].differs), name
    sent = {(row["return_name"], str(row["period"])) for _, row in history(opened()).iterrows()}
    assert sent == {
        ("spend", "2026-08-01"),
        ("spend", "2026-09-01"),
        ("living_wage", "2026-08-01"),
    }
    assert "to put right" in said(app)
    app = go("backlog", SENDER)
    app.file_uploader[0].set_value(("year.zip", data, "application/zip")).run()
    assert said(app).count("sent already") == 3
    assert "send_backlog" not in {button.key for button in app.button}


def test_a_list_of_people_among_the_files_goes_to_be_turned_into_a_return(
    small: Small, go: Go, said: Said
) -> None:
    people = "Surname,Start date,Home postcode\nZaphodsson,14/09/2026,M40 8QA\n"
    app = go("backlog", SENDER)
    app.file_uploader[0].set_value(("payroll 2026-09.csv", people.encode(), "text/csv")).run()
    assert "It is a list of people." in said(app)
    assert "Zaphodsson" not in said(app)
    label = "Turn payroll 2026-09.csv into a return"
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    assert "Already here: <b>payroll 2026-09.csv</b>" in said(app)
    assert app.radio(key="prepare_return").value == "local_hires"


def test_a_file_that_does_not_say_its_month_is_asked_for_it(
    small: Small, go: Go, said: Said, opened: Opened
) -> None:
    app = go("backlog", SENDER)
    app.file_uploader[0].set_value(("living wage.csv", LIVING.encode(), "text/csv")).run()
    assert "please choose" in said(app)
    (month,) = (box for box in app.selectbox if box.label == "Month")
    month.select(date(2026, 7, 1)).run()
    press(app, "send_backlog")
    (row,) = history(opened()).to_dict("records")
    assert (row["return_name"], row["period"]) == ("living_wage", date(2026, 7, 1))


def test_a_contributor_confirms_a_role_and_sees_each_change(
    small: Small, go: Go, said: Said, opened: Opened
) -> None:
    small("council", "spend", "2026-09", SPEND)
    assert "asks for a role" not in said(go("my_returns", SENDER))
    database, by = opened(), COORDINATOR.email
    contributor, viewer = ("member_contributor", "council"), ("member_viewer", "council")
    record_person(database, SENDER.email, "Sender", {contributor}, by=by)
    record_person(database, "eve@example.org", "Eve *Sample*", {viewer}, by=by)
    app = go("my_returns", SENDER)
    assert "The coordinator asks for a role of yours" in said(app)
    app.button("settle_eve@example.org_member_viewer_True").click().run()
    assert "Eve *Sample* has the role." in said(app)
    found = account(database, "eve@example.org")
    assert found is not None
    assert found.grants == {viewer}
    for words in ("asked for a role", "settled a role", "gave a role", by, SENDER.email):
        assert words in said(app), words
