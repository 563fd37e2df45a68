"""A contract manager's list in, a promise that is behind out, and an action on it in the pack; and
a need that a promise meets."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import expect
from pptx import Presentation

Watch = Callable[[str], Any]
# As a contract manager keeps it: own headings and words, more columns than asked for, a total.
LIST = """Contract number;Contract name;Supplier;Start date;End date;Agreement type;Promise;Committed;Achieved;Verified;Published;Manager's note
SC-88;School meals;Sample Drift Catering Ltd;01/10/2025;30/09/2027;Contract;Apprentices who start;24;9;9;yes;ask again in spring
SC-88;School meals;Sample Drift Catering Ltd;01/10/2025;30/09/2027;Contract;Volunteering in working time;400;60;60;yes;
"""  # noqa: E501


def test_a_promise_that_is_behind_comes_from_a_list_to_the_meetings_pack(
    watch: Watch, address: str
) -> None:
    watched = watch(address)
    page = watched.page
    watched.open()
    page.get_by_role("button", name="Contributor, Sample City Council", exact=True).click()
    page.get_by_role("link", name="Submit a return").click()
    page.get_by_text("Commitments", exact=True).click()
    file = {"name": "promises 2026-09.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    page.locator("input[type=file]").set_input_files([file])
    page.get_by_role("button", name="Send the return for July to September 2026").click()
    expect(page.locator(".an-receipt")).to_contain_text("2 rows")

    coordinator = watch(address)
    page = coordinator.page
    coordinator.open("commitments")
    page.get_by_role("button", name="Coordinator", exact=True).click()
    listed = page.locator(".st-key-block_promises tr")
    row = listed.filter(has_text="Sample Drift Catering Ltd").filter(has_text="Volunteering")
    expect(row).to_contain_text("Behind")
    row.get_by_role("link").first.click()
    expect(page.locator(".st-key-block_promise")).to_contain_text("July to September 2026")
    page.get_by_role("link", name="Add an action about this promise").click()
    page.get_by_role("textbox", name="What will be done").fill("Meet the caterer")
    page.get_by_role("textbox", name="Owner").fill("Contract managers")
    page.get_by_role("button", name="Save action").click()
    about = "Sample Drift Catering Ltd: School meals; volunteering in working time (hours)"
    expect(page.locator(".an-table").filter(has_text="Meet the caterer")).to_contain_text(about)

    with page.expect_download() as coming:
        page.get_by_role("button", name=re.compile("PowerPoint")).click()
    slides = Presentation(io.BytesIO(Path(coming.value.path()).read_bytes())).slides
    told = [cell.text for slide in slides for shape in slide.shapes if shape.has_table
            for row in shape.table.rows for cell in row.cells]  # fmt: skip
    assert about in told
    assert any("Meet the caterer" in cell for cell in told)


def test_a_need_is_met_by_a_promise_and_is_public_until_then_without_who_asked(
    watch: Watch, address: str
) -> None:
    asking = watch(address)
    page = asking.page
    asking.open("needs")
    page.get_by_role("button", name="VCSE infrastructure", exact=True).click()
    page.get_by_role("textbox", name="Organisation that asks").fill("Sample Zebra Youth CIC")
    what = page.get_by_role("textbox", name="What it needs")
    what.fill("Ring 0161 496 0000 about our hall")
    page.get_by_role("button", name="Add need").click()
    expect(page.get_by_text("looks like a telephone number")).to_be_visible()
    what.fill("A hall for a zebra crossing course")
    page.get_by_role("button", name="Add need").click()
    expect(page.get_by_text("The need is on the list.")).to_be_visible()

    coordinator = watch(address)
    theirs = coordinator.page
    coordinator.open("needs")
    theirs.get_by_role("button", name="Coordinator", exact=True).click()
    assert "A hall for a zebra crossing course" in wish_list(theirs)
    theirs.goto(f"{address}/needs")
    theirs.get_by_role("link", name="A hall for a zebra crossing course").click()
    theirs.get_by_role("textbox", name="Introduced to").fill("Sample Landscapes Ancoats Ltd, depot")
    theirs.get_by_role("button", name="Save introduction").click()
    offered = theirs.locator(".st-key-block_offers tr").filter(has_text="Sample Landscapes Ancoats")
    expect(offered).to_have_count(1)
    pick = theirs.get_by_role("combobox", name="Agreed with")
    pick.click()
    theirs.get_by_role("option", name=re.compile("Sample Landscapes Ancoats Ltd")).click()
    theirs.get_by_role("button", name="Save agreement").click()
    expect(offered).to_have_count(0)
    theirs.get_by_role("button", name="Delivered", exact=True).click()
    expect(theirs.get_by_text("Who asked confirms that it was met")).to_be_visible()
    assert "zebra" not in wish_list(theirs)

    asking.open("needs")
    page.get_by_role("link", name="A hall for a zebra crossing course").click()
    page.get_by_role("button", name="Confirm that it was met").click()
    expect(page.locator(".st-key-block_need .an-chip")).to_have_text("Confirmed")


def wish_list(page: Any) -> str:
    """The public list of needs, as the coordinator downloads it; it names nobody."""
    page.get_by_role("link", name="Stories", exact=True).click()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Public page as ZIP").click()
    with zipfile.ZipFile(coming.value.path()) as folder:
        text = folder.read("wishes.html").decode()
    assert "@" not in text
    assert not re.search(r"\d{4,} ?\d{3} ?\d{3}", text)
    return text
