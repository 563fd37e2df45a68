"""Prints how many clicks and seconds short tasks take, done in a browser as a person would, from
the first page on: `python -m benchmarks.tasks`, on a sample network of its own."""

import argparse
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from anchornet import sample, settings
from anchornet.facts.build import open_network
from benchmarks.page_runs import serving

PAYROLL = """Surname,Home postcode,DOB,Start date,Contract
Sample,M40 8QA,23/05/1987,14/10/2026,Permanent
Sample,M23 1PW,01/02/2003,16/10/2026,Permanent
Sample,SK4 4JL,11/07/1961,20/10/2026,Permanent
"""
SPEND = "Supplier,Paid on,Amount\nSample Joinery Ltd,2026-09-14,1234.50\n"
COUNCIL = "Contributor, Sample City Council"
PATIENCE = 120_000  # ms: a busy machine is slow, and that is no reason to give a task up
# When the page last changed; a click may begin a run some time after it, which draws it again.
WATCHED = """
window.lastChange = performance.now();
new MutationObserver(() => { window.lastChange = performance.now(); })
    .observe(document, {childList: true, subtree: true, characterData: true});
"""
DRAWN = """() => performance.now() - window.lastChange > 400
    && document.querySelector("[data-test-script-state=notRunning]")
    && !document.querySelector("[data-testid=stSpinner]")"""


@dataclass
class Visitor:
    """Somebody at a browser, whose clicks and entries are counted. Each waits for the page."""

    page: Page
    clicks: int = 0
    entries: int = 0

    def settle(self) -> None:
        self.page.wait_for_timeout(300)
        self.page.wait_for_function(DRAWN)

    def click(self, what: Locator) -> None:
        self.settle()
        what.first.click()
        self.clicks += 1

    def press(self, name: str, *, exact: bool = False) -> None:
        self.click(self.page.get_by_role("button", name=name, exact=exact))

    def follow(self, name: str) -> None:
        self.click(self.page.get_by_role("link", name=name))

    def enter(self, label: str, text: str) -> None:
        self.settle()
        box = self.page.get_by_role("textbox", name=label)
        box.fill(text)
        box.press("Tab")
        self.entries += 1

    def drop(self, name: str, text: str) -> None:
        self.settle()
        file = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
        self.page.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
        self.entries += 1

    def choose(self, label: str, option: str | re.Pattern[str], typed: str = "") -> None:
        """With some letters `typed` where the list is long."""
        self.click(self.page.get_by_role("combobox", name=label))
        if typed:
            self.page.keyboard.type(typed)
            self.entries += 1
        self.click(self.page.get_by_role("option", name=option))

    def send(self, month: str) -> None:
        """Says why an unusual month is right where that is asked, and sends the return."""
        expect(self.page.get_by_role("button", name=f"Send the return for {month}")).to_be_visible()
        self.settle()
        if self.page.get_by_role("textbox", name="Say in a sentence").count():
            self.enter("Say in a sentence", "It was a quiet month.")
        self.enter("Your name", "Sample Person")
        self.press(f"Send the return for {month}")

    def read(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.locator("body")).to_contain_text(text)


def find_why_retention_fell(one: Visitor) -> None:
    one.press("Delivery group")
    one.follow("Retention after 6 months (26 weeks)")
    one.read("Like for like, by the same")


def send_hires_from_payroll(one: Visitor) -> None:
    one.press(COUNCIL)
    one.follow("Submit a return")
    one.drop("starters 2026-10.csv", PAYROLL)
    one.press("Turn it into local hires")
    one.press("Make the return for October 2026")
    one.press("Check and send it")
    one.send("October 2026")
    one.read("Receipt R")


def correct_last_month(one: Visitor) -> None:
    one.press(COUNCIL)
    one.choose("Month", "September 2026")
    one.click(one.page.locator(".st-key-return_spend").get_by_role("button", name="Correct"))
    one.drop("spend.csv", SPEND)
    one.send("September 2026")
    one.read("takes the place of")


def publish_a_chart(one: Visitor) -> None:
    one.press("Communications")
    one.follow("Share a chart")
    one.press("Save and get the files")
    heading = one.page.get_by_role("heading", name=re.compile("AN-[0-9A-Z]{8}, draft"))
    expect(heading).to_be_visible()
    reference = heading.inner_text().partition(",")[0]
    one.click(one.page.get_by_role("button", name="Communications"))
    one.click(one.page.get_by_text("Sign out", exact=True))
    one.press("Coordinator")  # the page and the chart are those of the address
    one.press("Approve")
    one.read(f"{reference} is approved")


def add_a_member_and_a_person(one: Visitor) -> None:
    one.press("Coordinator")
    one.press("Figures", exact=True)
    one.click(one.page.get_by_role("menuitem", name="Members", exact=True))
    one.click(one.page.get_by_role("radio", name="Add or edit"))
    one.enter("Name", "Sample Museum")
    one.choose("Kind", re.compile("Voluntary"))
    one.press("Save member")
    one.read("Sample Museum is saved")
    one.press("Network", exact=True)
    one.click(one.page.get_by_text("People", exact=True))
    one.enter("Email address", "new@sample.invalid")
    one.enter("Name", "Sample Newcomer")
    one.choose("Roles", re.compile("Contributor.*Sample Museum"), "Museum")
    one.page.keyboard.press("Escape")
    one.press("Save person")
    one.read("Sample Newcomer is saved")


def chase_who_is_late(one: Visitor) -> None:
    one.press("Coordinator")
    one.follow("Returns board")
    one.read("Missing returns")
    one.click(one.page.locator("summary", has_text="Sample University:"))
    one.read("Hello,")


def show_the_last_meeting(one: Visitor) -> None:
    one.press("Delivery group")
    one.follow("Overview")
    one.choose("As at", re.compile("Delivery group, September"))
    one.read(re.compile("as at \\d+ \\w+ 2026, \\d\\d:\\d\\d UTC"))


TASKS: dict[str, Callable[[Visitor], None]] = {
    "find out why retention fell": find_why_retention_fell,
    "send local hires from a payroll list": send_hires_from_payroll,
    "correct last month's spend": correct_last_month,
    "publish a chart, approved by a second person": publish_a_chart,
    "add a member and a person": add_a_member_and_a_person,
    "chase who is late": chase_who_is_late,
    "show the figures that the last meeting saw": show_the_last_meeting,
}


def timed(browser: Browser, address: str, task: Callable[[Visitor], None]) -> str:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.add_init_script(WATCHED)
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    one = Visitor(page)
    expect(page.locator("h1").first).to_be_visible()
    start = time.perf_counter()
    try:
        task(one)
        end = ""
    except AssertionError as fault:
        end = f" | not done: {str(fault).splitlines()[0]}"
    except Exception as fault:  # a locator that finds nothing
        end = f" | not done: {str(fault).splitlines()[0]}"
    context.close()
    return (
        f"{one.clicks:>3} clicks {one.entries:>2} entries {time.perf_counter() - start:5.1f} s{end}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        address = chosen.address
        if address is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            opened = open_network(
                replace(settings.load(), database=folder / "network.duckdb"), create=True
            )
            sample.build(opened)
            opened.close()
            server = stack.enter_context(serving(folder / "network.duckdb"))
            address = f"http://127.0.0.1:{server.port}"
        playwright = stack.enter_context(sync_playwright())
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        expect.set_options(timeout=PATIENCE)
        for name, task in TASKS.items():
            print(f"{name:46} {timed(browser, address, task)}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
