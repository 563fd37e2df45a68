"""A member's whole way by keyboard alone, from signing in to the receipt and the figure."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import FileChooser, Page, expect
from playwright.sync_api import TimeoutError as TooLate

from anchornet.setting_values import PROJECT

FILE = PROJECT / "tests" / "files" / "local_hires" / "good.csv"
Watch = Callable[[str], Any]
# How what has the focus is called; the page as a whole is called nothing.
FOCUS = """() => {
    const at = document.activeElement;
    if (at.matches("main, body, section")) return "";
    const label = at.labels?.[0]?.textContent ?? "";
    return (at.ariaLabel || at.textContent || label).trim();
}"""


def tab_to(page: Page, name: str, most: int = 60) -> None:
    """Presses Tab until what is called so has the focus."""
    passed = []
    for _ in range(most):
        page.keyboard.press("Tab")
        passed.append(page.evaluate(FOCUS))
        if name in passed[-1]:
            return
    raise AssertionError(f"Tab does not come to {name!r}, but to {passed}")


def settled(page: Page, words: str) -> None:
    expect(page.locator("h1.an-answer")).to_contain_text(words)
    expect(page.locator("[data-test-script-state=notRunning]")).to_have_count(1)


def file_chooser(page: Page) -> FileChooser:
    """Asks for a file as a person does, once more where the page was drawn again under the key."""
    for _ in range(3):
        tab_to(page, "Upload")
        try:
            with page.expect_file_chooser(timeout=15_000) as coming:
                page.keyboard.press("Enter")
            return coming.value
        except TooLate:
            continue
    raise AssertionError("Enter on Upload asks for no file")


def test_a_return_is_sent_by_keyboard_alone(watch: Watch, address: str) -> None:
    watched = watch(address)
    page = watched.page
    watched.open()
    settled(page, "who would you like to be?")
    tab_to(page, "Contributor, Sample City Council")
    page.keyboard.press("Enter")
    settled(page, "to send")
    # Reading goes on at the new page's first heading.
    expect(page.locator("h1.an-answer")).to_be_focused()
    tab_to(page, "Submit a return")
    page.keyboard.press("Enter")
    expect(page).to_have_title("Submit a return: Sample Anchor Network")
    settled(page, "to send")
    tab_to(page, "Real Living Wage accreditation")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Local hires")).to_be_checked()
    # The focus is kept while the page is drawn again.
    expect(page.get_by_role("radio", name="Local hires")).to_be_focused()
    expect(page.get_by_text("One row per group of people")).to_be_visible()
    settled(page, "to send")
    file_chooser(page).set_files(FILE)
    expect(page.get_by_text("Choose the month that the file is for.")).to_be_visible()
    tab_to(page, "Month")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    send = page.get_by_role("button", name="Send the return")
    expect(send).to_be_visible()
    tab_to(page, "Your name")
    page.keyboard.type("Ada Sample")
    page.keyboard.press("Enter")
    settled(page, "to send")
    # Fewer than usual: they say that it is right.
    tab_to(page, "One thing to look at")
    page.keyboard.type("It is a quiet month.")
    page.keyboard.press("Control+Enter")
    settled(page, "to send")
    tab_to(page, "Send the return")
    page.keyboard.press("Enter")
    expect(page.locator(".an-receipt")).to_contain_text("Local hires")
    # And to where the figure stands, by the search.
    page.keyboard.press("/")
    page.keyboard.type("local starts (%)")
    expect(page.locator(".an-results a").first).to_have_text("Local starts (%)")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_title("Local hires: Sample Anchor Network")
    expect(page.locator(".an-crumbs")).to_contain_text("Submit a return › Local hires")
    expect(page.locator("h1.an-answer")).to_be_focused()
    assert watched.complaints == []
