"""Sending a return, step by step."""

import io
import re
from collections.abc import Callable
from datetime import date

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import Person
from anchornet.intake.submit import submit as submit_return
from anchornet.returns.declaration import RETURNS
from anchornet.setting_values import PROJECT
from anchornet.store.database import Database
from anchornet.store.framework import SAMPLE, load_framework
from anchornet.store.network import remembered_mapping, remembered_reading
from anchornet.store.submissions import Receipt, history
from anchornet.ui.send import hold_receipts

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Small = Callable[[str, str, str, str], None]
Opened = Callable[[], Database]

PUBLISHED = PROJECT / "tests" / "files" / "published"
HEADINGS = "supplier_name,supplier_postcode,paid_on,amount_gbp"
SEPTEMBER = f"""{HEADINGS}
Sample Joinery Ltd,M2 5DB,2026-09-02,1000.50
Sample Paper Ltd,LS1 1UR,2026-09-20,499.50
"""
CONTRIBUTOR = Person(
    "sender@sample.invalid", "Sender", frozenset({"member_contributor"}), "council"
)


@pytest.fixture
def drop(small: Small, visit: Visit) -> Callable[..., AppTest]:
    """drop(content, return_name="spend", month=None) -> the page after a file was dropped."""

    def drop(
        content: str | bytes,
        return_name: str = "spend",
        month: str | None = None,
        file_name: str = "file.csv",
        app: AppTest | None = None,
    ) -> AppTest:
        app = app or visit("submit", CONTRIBUTOR)
        app.radio(key="return").set_value(return_name).run()
        if month:
            app.selectbox(key="period").select(month).run()
        data = content.encode() if isinstance(content, str) else content
        app.file_uploader[0].set_value((file_name, data, "text/csv")).run()
        assert not app.exception
        return app

    return drop


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def keys(app: AppTest) -> set[str | None]:
    return {button.key for button in app.button}


def test_it_opens_with_what_the_member_owes_and_by_when(
    small: Small, visit: Visit, said: Said
) -> None:
    words = said(visit("submit", CONTRIBUTOR))
    assert '<h1 class="an-answer">Sample council has four returns to send for' in words
    assert re.search(r", (due (in|tod|tom)|\d+ days? late).*: Real Living Wage accred", words)
    assert re.search(r'<p class="an-stand">Due on 20 \w+ 20\d\d\. Please send new', words)


def test_a_file_is_read_shown_checked_sent_and_receipted(
    drop: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    app = drop(SEPTEMBER)
    words = said(app)
    assert "Read as text in UTF-8, separated by commas, headings on line 1." in words
    assert "4 of 13 found, nothing required is missing" in words
    assert "Nothing to put right." in words
    assert "<td>September 2026</td>" in words
    assert "£1,500.00" in words
    assert app.button(key="send").label == "Send the return for September 2026"
    assert history(opened()).empty

    words = said(press(app, "send"))
    (sent,) = history(opened()).to_dict("records")
    assert (sent["member_id"], sent["return_name"], sent["rows"]) == ("council", "spend", 2)
    assert sent["submitted_by"] == "Sender <sender@sample.invalid>"
    assert f"Receipt {sent['receipt']}" in words
    assert sent["sha256"] in words
    assert "£1,500.00" in words
    assert (
        "spend with suppliers in September 2026 is now £1.50k, from 1 of 2 members so far." in words
    )


def test_a_receipt_says_what_became_of_the_figure_and_what_is_still_to_send(
    drop: Callable[..., AppTest], small: Small, said: Said
) -> None:
    small("council", "spend", "2026-09", f"{HEADINGS}\nSample Linen Ltd,M2 5DB,2026-09-02,8500.00")
    app = press(drop(SEPTEMBER), "send")
    words = said(app)
    assert "This takes the place of R000001: 1 row more; Amount £7,000.00 less." in words
    assert "from 1 of 2 members so far. For Sample council by itself it is £1.50k." in words
    assert "<li>Payments from one member to another are left out of the network" in words
    assert "People are rounded" not in words
    assert "Sample council has three returns to send for September 2026" in words
    (following,) = (button for button in app.button if button.label == "Send local hires")
    following.click().run()
    app.switch_page("../../pages/submit.py").run()
    assert app.radio(key="return").value == "local_hires"
    app.selectbox(key="period").select("September 2026").run()
    words = said(press(app, "nothing"))
    assert "People are rounded to 5, a few more or fewer on purpose" in words
    assert "Sample council has two returns to send for September 2026" in words
    assert "This takes the place of" not in words


def workbook(**several: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in several.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


LIST: list[object] = ["Supplier", "Payment date", "Amount"]


def test_a_workbook_of_several_lists_asks_which_sheets_to_read(
    drop: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    data = workbook(
        Paid=[LIST, ["Sample Joinery Ltd", "2026-09-02", 10]],
        Cards=[[*LIST, "Card"], ["Sample Paper Ltd", "2026-09-03", 20, "x"]],
    )
    app = drop(data, file_name="file.xlsx")
    assert "This workbook has several lists" in app.warning[0].value
    app.multiselect(key="sheets").select("Cards").run()
    assert "Read the sheet Cards; not read: Paid (not chosen)." in said(app)
    press(app, "send")
    (sent,) = history(opened()).to_dict("records")
    assert sent["rows"] == 1
    assert remembered_reading(opened(), "council", "spend") == {"sheets": ["Cards"]}


def test_dates_that_are_month_first_are_confirmed_once(
    drop: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    lines = "Supplier,Payment date,Amount\nSample Joinery Ltd,08/{day}/2026,10\n"
    app = drop(lines.format(day="05") + "Sample Paper Ltd,08/31/2026,20\n")
    assert "send" not in keys(app)
    app.checkbox(key="month_first").check().run()
    assert "Payment date: read month first, such as 08/05/2026 for 5 August 2026." in said(app)
    assert app.button(key="send").label == "Send the return for August 2026"
    press(app, "send")
    assert remembered_reading(opened(), "council", "spend") == {"month_first": True}
    # The next file of the kind is read so, though its one date could be read both ways.
    app = drop(lines.format(day="06"), app=press(app, "another"))
    assert app.button(key="send").label == "Send the return for August 2026"


def test_the_line_of_the_headings_can_be_named(drop: Callable[..., AppTest], said: Said) -> None:
    app = drop("Wer,Wann,Wert,Was\nNotes,a,b,c\nWho,When,Worth,What\nAcme,2026-09-02,10,x\n")
    app.number_input(key="heading_line").set_value(3).run()
    assert "headings on line 3. Skipped 2 lines above the headings (lines 1 and 2)." in said(app)
    assert "Who" in app.selectbox(key=next(k for k in columns(app) if "supplier_name" in k)).options


def columns(app: AppTest) -> list[str]:
    return [str(box.key) for box in app.selectbox if str(box.key).startswith("column_")]


def test_a_rerun_after_sending_sends_nothing(
    drop: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    app = press(drop(SEPTEMBER), "send")
    for _ in range(3):
        app.run()
    assert len(history(opened())) == 1
    assert "send" not in keys(app)
    assert "Receipt R000001" in said(app)


def test_the_same_file_again_is_recognised(
    drop: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    app = press(drop(SEPTEMBER), "send")
    app = press(drop(SEPTEMBER, app=press(app, "another")), "send")
    assert len(history(opened())) == 1
    assert "nothing was counted twice" in said(app)


def test_the_network_moves_at_once_on_pages_that_were_open(
    drop: Callable[..., AppTest], small: Small, visit: Visit, said: Said
) -> None:
    small("hospital", "spend", "2026-09", f"{HEADINGS}\nSample Linen Ltd,M2 5DB,2026-09-02,8500.00")
    reader = visit("spend", CONTRIBUTOR)
    assert "The network, 1 of 2 members so far, spent £8.50k" in said(reader)
    press(drop(SEPTEMBER), "send")
    reader.run()
    assert "The network spent £10.0k" in said(reader)


def test_a_published_file_goes_through_as_it_is(drop: Callable[..., AppTest], said: Said) -> None:
    content = (PUBLISHED / "manchester_2021-01.csv").read_bytes()
    app = drop(content, file_name="manchester_2021-01.csv")
    words = said(app)
    assert "Windows-1252" in words
    assert "2,574" in words
    assert "£55,248,317.72" in words
    words = said(press(app, "send"))
    assert "Receipt R" in words
    assert "spend with suppliers in January 2021 is now £55.2m" in words


def test_errors_are_grouped_in_plain_words_and_stop_the_sending(
    drop: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    app = drop(
        f"{HEADINGS}\nSample Joinery Ltd,M2 5DB,31/06/2026,5\nSample Joinery Ltd,,2026-09-02,5\n"
        "Sample Joinery Ltd,,2026-09-02,five\nSample Joinery Ltd,,2026-09-02,six\n"
    )
    labels = [expander.label for expander in app.expander]
    assert any("lines 4 and 5" in label for label in labels)
    assert any("31/06/2026 is not a date" in label for label in labels)
    assert "3 to put right" in said(app)
    assert "Put these right in your file" in said(app)
    assert "send" not in keys(app)
    assert history(opened()).empty


def summary(app: AppTest) -> list[tuple[str, str]]:
    """(id on the page, text) of each link of the summary of what is wrong."""
    (body,) = (
        block.proto.body
        for block in app.html
        if block.proto.body.startswith('<div class="an-problems')
    )
    links = re.findall(r'<a href="#([^"]+)">(.*?)</a>', body)
    others = " ".join(block.proto.body for block in app.html if block.proto.body != body)
    assert all(f'id="{target}"' in others for target, _ in links)
    return links


def test_what_is_wrong_is_said_first_with_links_the_worst_first(
    drop: Callable[..., AppTest], said: Said
) -> None:
    app = drop(
        f"{HEADINGS}\nMr John Sample,M2 5DB,2026-09-02,5\nSample Joinery Ltd,,31/06/2026,5\n"
        ",,2026-09-02,5\n,,2026-09-03,5\nSample Bakers Ltd,,2026-09-03,five\n"
    )
    words = said(app)
    assert words.index("There is a problem") < words.index("Your file")
    assert "<p>Four things stop this file:</p>" in words
    assert "<p>One thing to look at, which does not stop this file:</p>" in words
    assert [text for _, text in summary(app)] == [
        "Supplier is empty in supplier_name, lines 4 and 5",
        "31/06/2026 is not a date (June has 30 days) in paid_on, line 3",
        "five is not an amount in amount_gbp, line 6",
        "Mr John Sample looks like a person&#39;s name in supplier_name, line 2",
    ]


def test_an_address_is_no_link_in_what_opens_a_finding(drop: Callable[..., AppTest]) -> None:
    app = drop(f"{HEADINGS}\nwrite to someone@elsewhere.example,,2026-09-02,5.00\n")
    (label,) = (one.label for one in app.expander if "looks like" in one.label)
    assert "someone@\u2060elsewhere" in label


def test_what_is_only_asked_about_is_no_problem_and_what_is_right_has_no_summary(
    drop: Callable[..., AppTest], said: Said
) -> None:
    app = drop(f"{HEADINGS}\nMr John Sample,,2026-09-02,5.00\n")
    assert "<h2>Check these before you send</h2>" in said(app)
    assert "There is a problem" not in said(app)
    assert 'class="an-problems' not in said(drop(SEPTEMBER, app=app))


def test_a_column_that_is_missing_is_the_problem_and_leads_to_the_columns(
    drop: Callable[..., AppTest], said: Said
) -> None:
    ((target, text),) = summary(drop(SEPTEMBER.replace("amount_gbp", "Wert")))
    assert target == "step-3"
    assert text == "There is no column for Amount yet. Choose which of your columns it is."


def test_a_files_own_words_are_text_and_never_markup(
    drop: Callable[..., AppTest], said: Said
) -> None:
    app = drop(f'{HEADINGS}\n"<img src=x onerror=alert(1)>",M2 5DB,"<b>**soon**</b>",5\n')
    words = said(app)
    assert "<img src=x" not in words
    assert "<b>**soon" not in words
    assert "&lt;b&gt;**soon**&lt;/b&gt;" in words
    for expander in app.expander:
        assert "<b>**soon" not in expander.label


def test_warnings_need_a_sentence(drop: Callable[..., AppTest], said: Said, opened: Opened) -> None:
    app = drop(f"{HEADINGS}\nMr John Sample,,2026-09-02,5.00\n")
    assert "1 to look at" in said(app)
    press(app, "send")
    assert "Say first, in a sentence" in said(app)
    assert history(opened()).empty
    app.text_area(key="accept_warnings").input("It is the name of a shop.").run()
    press(app, "send")
    (sent,) = history(opened()).to_dict("records")
    assert (sent["warnings"], sent["note"]) == (1, "It is the name of a shop.")


def test_several_months_are_each_a_return_of_their_own(
    drop: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    app = drop(f"{SEPTEMBER}Sample Paper Ltd,LS1 1UR,2026-08-20,250.00\n")
    words = said(app)
    assert "two months, each a return of its own" in words
    assert app.button(key="send").label == "Send 2 returns: August 2026 and September 2026"
    words = said(press(app, "send"))
    assert {"Receipt R000001", "Receipt R000002"} <= {
        part.split("<")[0] for part in words.split("<h3>")
    }
    sent = history(opened())
    assert sorted(zip(sent["period"].astype(str), sent["rows"], strict=True)) == [
        ("2026-08-01", 1),
        ("2026-09-01", 2),
    ]


def test_a_declared_month_is_held_against_the_file(
    drop: Callable[..., AppTest], said: Said
) -> None:
    app = drop(SEPTEMBER, month="August 2026")
    assert "2 to put right" in said(app)
    assert "send" not in keys(app)


def test_what_a_new_file_takes_the_place_of_is_said_first(
    drop: Callable[..., AppTest], small: Small, said: Said
) -> None:
    small("council", "spend", "2026-09", f"{HEADINGS}\nSample Linen Ltd,M2 5DB,2026-09-02,8500.00")
    words = said(drop(SEPTEMBER))
    assert "<td>R000001, counts now</td>" in words
    assert "Against R000001: 1 row more; Amount £7,000.00 less" in words


def test_columns_are_chosen_once_and_remembered(
    drop: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    theirs = SEPTEMBER.replace("amount_gbp", "Wert")
    app = drop(theirs)
    assert "There is no column for Amount yet" in said(app)
    assert "send" not in keys(app)
    (amount,) = (box for box in app.selectbox if box.label == "Amount")
    amount.select("Wert").run()
    assert "1000.50" in said(app)
    assert "send" not in keys(app)
    press(app, "columns_right")
    assert (remembered_mapping(opened(), "council", "spend") or {})["amount_gbp"] == "Wert"
    press(app, "send")
    assert len(history(opened())) == 1

    again = drop(theirs.replace("1000.50", "2000.50"), app=press(app, "another"))
    assert "columns_right" not in keys(again)
    press(again, "send")
    assert len(history(opened())) == 2


def test_one_column_for_two_fields_is_said_in_a_sentence(
    drop: Callable[..., AppTest], said: Said
) -> None:
    app = drop(SEPTEMBER.replace("amount_gbp", "Wert"))
    for label in ("Amount", "Category"):
        (box,) = (box for box in app.selectbox if box.label == label)
        box.select("Wert").run()
    assert "is not a free heading of this file" in said(app)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"%PDF-1.7 and so on", "PDF"), (b"", "empty"), (b"<html><body>x</body></html>", "web page")],
)
def test_what_is_no_list_is_refused_in_a_sentence(
    drop: Callable[..., AppTest], said: Said, content: bytes, sentence: str
) -> None:
    app = drop(content)
    assert sentence in summary(app)[0][1]
    assert "send" not in keys(app)


def test_a_return_without_dates_asks_for_its_month_first(
    drop: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    lines = "home_area,pathway,starts\nE05011366,standard,12\n"
    app = drop(lines, "local_hires")
    assert "Choose the month that the file is for." in said(app)
    assert "send" not in keys(app)
    app.selectbox(key="period").select("September 2026").run()
    words = said(press(app, "send"))
    assert "Local hires, September 2026" in words
    # Twelve starts, two more or fewer, are rounded to the nearest five in the network's figure.
    assert re.search(r"starts in September 2026 is now 1[05], from 1 of 2 members so far\.", words)


def test_nothing_to_report_is_a_return_too(
    small: Small, visit: Visit, said: Said, opened: Opened
) -> None:
    app = visit("submit", CONTRIBUTOR)
    app.radio(key="return").set_value("retention").run()
    app.selectbox(key="period").select("September 2026").run()
    words = said(press(app, "nothing"))
    (sent,) = history(opened()).to_dict("records")
    assert (sent["return_name"], bool(sent["nil"])) == ("retention", True)
    assert "a nil return" in words


def test_a_contributor_sends_for_their_own_member_whatever_the_file_says(
    drop: Callable[..., AppTest], opened: Opened
) -> None:
    press(drop(SEPTEMBER, file_name="hospital.csv"), "send")
    assert list(history(opened())["member_id"]) == ["council"]


def test_a_file_over_the_limit_is_refused_here_too(
    monkeypatch: pytest.MonkeyPatch, drop: Callable[..., AppTest], said: Said
) -> None:
    monkeypatch.setenv("ANCHORNET_MAX_UPLOAD_MB", "1")
    app = drop(SEPTEMBER + "x" * 1_100_000)
    assert "The file is larger than 1 MB." in said(app)


def test_an_example_stands_in_its_neighbours_with_the_cell_marked(
    drop: Callable[..., AppTest], said: Said
) -> None:
    words = said(
        drop(f"{HEADINGS}\nSample Joinery Ltd,M2 5DB,31/06/2026,5\n,M2 5DB,2026-09-02,6\n")
    )
    assert (
        '<td class="an-num">2</td><td>Sample Joinery Ltd</td>'
        "<td><mark>31/06/2026</mark></td><td>5</td>"
    ) in words
    assert (
        '<td class="an-num">3</td><td><mark>(empty)</mark></td><td>2026-09-02</td><td>6</td>'
    ) in words


def test_the_last_three_months_stand_beside_the_file(
    drop: Callable[..., AppTest], small: Small, said: Said
) -> None:
    for month in ("05", "06", "07", "08"):
        line = f"Sample Linen Ltd,M2 5DB,2026-{month}-02,{month}00"
        small("council", "spend", f"2026-{month}", f"{HEADINGS}\n{line}")
    words = said(drop(SEPTEMBER))
    assert "<td>May 2026</td>" not in words
    for month, pounds in (("June", 6), ("July", 7), ("August", 8)):
        assert f"<td>{month} 2026</td>" in words
        assert f"£{pounds}00.00" in words
    assert "<td>September 2026</td><td>this file</td>" in words


HIRES = "home_area,pathway,starts\nE05011366,standard,12\n"
PEOPLE = "Surname,Start date,Home postcode,DOB\nZaphodsson,14/10/2026,M40 8QA,23/05/1987\n"


def test_a_file_of_another_return_is_recognised_and_the_page_changes_to_it(
    drop: Callable[..., AppTest], said: Said
) -> None:
    app = drop(SEPTEMBER, "local_hires", "August 2026")
    assert app.radio(key="return").value == "spend"
    assert [info.value for info in app.info] == [
        "The file has the headings of spend with suppliers, so we changed the return from local "
        "hires."
    ]
    assert app.button(key="send").label == "Send the return for September 2026"
    # Who wants it otherwise is not asked again.
    app.radio(key="return").set_value("local_hires").run()
    assert app.radio(key="return").value == "local_hires"
    assert [info.value for info in app.info] == ["Choose the month that the file is for."]


def test_the_month_of_a_file_is_taken_from_its_name(drop: Callable[..., AppTest]) -> None:
    app = drop(HIRES, "spend", file_name="hires September 2026.csv")
    assert app.radio(key="return").value == "local_hires"
    assert app.button(key="send").label == "Send the return for September 2026"


def test_a_ward_is_looked_up_by_its_name_where_its_code_is_asked_for(
    small: Small, visit: Visit
) -> None:
    app = visit("submit", CONTRIBUTOR)
    app.radio(key="return").set_value("local_hires").run()
    app.selectbox(key="find_ward").select("Harpurhey, Manchester").run()
    assert [code.value for code in app.code] == ["E05011366"]
    app.radio(key="return").set_value("spend").run()
    assert "find_ward" not in {str(box.key) for box in app.selectbox}


def test_a_list_of_people_is_turned_into_a_return_and_sent_without_dropping_it_again(
    drop: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    app = drop(PEOPLE, "spend", file_name="payroll 2026-10.csv")
    assert "This looks like a list of people." in app.warning[0].value
    assert "Zaphodsson" not in said(app)
    assert "send" not in keys(app)
    file_id = next(str(button.key) for button in app.button if "Turn it into" in button.label)
    press(app, file_id)
    assert "Already here: <b>payroll 2026-10.csv</b>" in said(app)
    app.switch_page("../../pages/prepare.py").run()
    assert app.radio(key="prepare_return").value == "local_hires"
    next(button for button in app.button if button.label.startswith("Make the return")).click()
    app.run()
    assert "1 person became 1 group." in said(app)
    assert "Zaphodsson" not in repr(vars(app.session_state._state))
    press(app, "send_prepared")
    app.switch_page("../../pages/submit.py").run()
    assert app.radio(key="return").value == "local_hires"
    assert "Already here: <b>local_hires 2026-10.csv</b>" in said(app)
    press(app, "send")
    (sent,) = history(opened()).to_dict("records")
    assert (sent["return_name"], str(sent["period"]), sent["rows"]) == (
        "local_hires",
        "2026-10-01",
        1,
    )


def test_a_return_can_be_begun_from_a_list_of_people(
    small: Small, visit: Visit, said: Said
) -> None:
    app = visit("submit", CONTRIBUTOR)
    assert "from_list" not in keys(app)  # of employers
    app.radio(key="return").set_value("retention").run()
    app.selectbox(key="period").select("August 2026").run()
    press(app, "from_list")
    app.switch_page("../../pages/prepare.py").run()
    assert app.radio(key="prepare_return").value == "retention"
    (month,) = (box for box in app.selectbox if box.label == "Month")
    assert str(month.value) == "2026-08-01"


def test_a_register_is_turned_into_commitments_without_dropping_it_again(
    drop: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    register = (
        "Reference,Title,Supplier,Start date,End date\nC-1,Grounds,Alder Ltd,1/4/26,31/3/29\n"
    )
    app = drop(register, "spend", file_name="register 2026-09.csv")
    assert "This looks like a list of another kind: contracts register." in app.info[0].value
    assert not app.warning  # it has dates of start and end, and is no list of people
    press(app, next(str(b.key) for b in app.button if b.label == "Turn it into commitments"))
    load_framework(opened(), SAMPLE.read_bytes(), by="c@sample.invalid")
    app.switch_page("../../pages/prepare.py").run()
    assert app.radio(key="prepare_return").value == "contract"
    assert "Already here: <b>register 2026-09.csv</b>" in said(app)
    assert "1 promise is in the return for July to September 2026" in said(app)


def test_commitments_can_be_begun_from_a_register(small: Small, visit: Visit) -> None:
    app = visit("submit", CONTRIBUTOR)
    app.radio(key="return").set_value("commitments").run()
    app.selectbox(key="period").select("April to June 2026").run()
    assert app.button(key="from_list").label == "Start from a register"
    press(app, "from_list")
    app.switch_page("../../pages/prepare.py").run()
    assert app.radio(key="prepare_return").value == "contract"
    assert str(app.selectbox(key="prepare_quarter").value) == "2026-06-01"


def test_what_is_no_list_of_people_is_read_as_it_is(drop: Callable[..., AppTest]) -> None:
    app = press(drop(PEOPLE), "no_people")
    assert "There is no column for" in summary(app)[0][1]


def test_leaving_and_coming_back_finds_the_file_and_the_choices_again(
    drop: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    theirs = f"{SEPTEMBER.replace('amount_gbp', 'Wert')}Mr John Sample,,2026-09-02,5.00\n"
    app = drop(theirs)
    (amount,) = (box for box in app.selectbox if box.label == "Amount")
    amount.select("Wert").run()
    press(app, "columns_right")
    app.text_area(key="accept_warnings").input("It is the name of a shop.").run()
    app.text_input(key="declared").input("Ada Sample").run()

    app.switch_page("../../pages/overview.py").run()
    app.switch_page("../../pages/submit.py").run()
    assert app.radio(key="return").value == "spend"
    assert "Already here: <b>file.csv</b>" in said(app)
    press(app, "send")
    (sent,) = history(opened()).to_dict("records")
    assert sent["note"] == "It is the name of a shop."
    assert sent["submitted_by"] == "Ada Sample <sender@sample.invalid>"

    app = press(app, "another")
    assert "put_aside" not in keys(app)
    assert "send" not in keys(app)


def test_a_file_can_be_put_aside(drop: Callable[..., AppTest], said: Said) -> None:
    app = press(drop(SEPTEMBER), "put_aside")
    assert "send" not in keys(app)
    assert "What we read" not in said(app)


def test_a_link_to_another_return_begins_anew(drop: Callable[..., AppTest], said: Said) -> None:
    app = drop(SEPTEMBER)
    app.switch_page("../../pages/overview.py").run()
    app.query_params["return"], app.query_params["month"] = "local_hires", "2026-09"
    app.switch_page("../../pages/submit.py").run()
    assert not app.exception
    assert app.radio(key="return").value == "local_hires"
    assert "What we read" not in said(app)


def test_a_sender_without_a_name_is_asked_for_it(
    drop: Callable[..., AppTest], said: Said, opened: Opened
) -> None:
    app = drop(SEPTEMBER)
    app.text_input(key="declared").input(" ").run()
    assert "Write your name first" in said(press(app, "send"))
    assert history(opened()).empty


def test_a_second_click_during_the_sending_shows_no_second_receipt(network: Database) -> None:
    file = b"supplier_name,paid_on,amount_gbp\nSample Joinery Ltd,2026-09-02,5"
    first, again = (
        submit_return(
            network, RETURNS["spend"], file, "a.csv", member_id="council", by="a@sample.invalid",
            period=date(2026, 9, 1),
        )
        for _ in range(2)
    )  # fmt: skip
    for order in ((first, again), (again, first)):
        sent: list[Receipt] = []
        for receipts in order:
            hold_receipts(sent, receipts)
        assert [(receipt.receipt, receipt.already) for receipt in sent] == [("R000001", False)]
