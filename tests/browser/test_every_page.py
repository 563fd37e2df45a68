"""Every page as a browser has it: its title, its headings, its width on a phone, and whom it shuts
out."""

from collections.abc import Callable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from anchornet.access import Person, allowed
from anchornet.ui.menu import PAGES

Watch = Callable[[str], Any]
GO = "to => {history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate'))}"
ROLES = {
    "Coordinator": Person("a", "A", frozenset({"coordinator"})),
    "Contributor, Sample City Council": Person("b", "B", frozenset({"member_contributor"}), "c"),
}
# What Streamlit's own parts bring (docs/accessibility.md), by rule, and what names the part.
BROUGHT = {
    "list": "stSidebarNavItems",
    "listitem": '<li class="st-emotion-cache',
    "presentation-role-conflict": "stFileUploaderDropzone",
}
# What moves inside its own edges can be moved with the arrow keys, which script.js sees to.
REACHABLE = """() => [...document.querySelectorAll(".an-scroll")].every(
    box => box.scrollWidth <= box.clientWidth || box.tabIndex === 0)"""
MEASURE = """() => {
    const headings = [...document.querySelectorAll("h1, h2, h3, h4")];
    const visible = headings.filter(heading => heading.offsetParent);
    return {
        levels: visible.map(heading => Number(heading.tagName[1])),
        width: document.documentElement.scrollWidth,
        cells: [...document.querySelectorAll(".an-table :is(td.an-num, .an-state, .an-chip)")]
            .filter(cell => cell.offsetParent && cell.getClientRects().length &&
                getComputedStyle(cell).whiteSpace !== "nowrap").map(cell => cell.textContent),
    };
}"""


def faults(page: Page, width: int) -> list[str]:
    """What is wrong with the page as it stands, in words."""
    measured = page.evaluate(MEASURE)
    levels = measured["levels"]
    wrong = []
    if levels.count(1) != 1:
        wrong.append(f"{levels.count(1)} headings of the first level")
    if any(level > before + 1 for before, level in zip([0, *levels], levels, strict=False)):
        wrong.append(f"a level is skipped: {levels}")
    if measured["width"] > width:
        wrong.append(f"{measured['width']} px wide")
    wrong += [f"{text} may break" for text in measured["cells"]]
    return wrong


def shuts_out(page: Page) -> list[str]:
    """What axe finds, but for what Streamlit's own parts bring."""
    wrong = []
    for violation in (
        Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    ):
        part = BROUGHT.get(violation["id"])
        nodes = [
            node["html"] for node in violation["nodes"] if not part or part not in node["html"]
        ]
        wrong += [f"{violation['id']}: {html[:200]}" for html in nodes[:3]]
    return wrong


def test_every_page_has_one_title_fits_a_phone_and_shuts_nobody_out(
    watch: Watch, untouched: str
) -> None:
    wrong: list[str] = []
    opened: set[str] = set()
    for role, person in ROLES.items():
        watched = watch(untouched)
        page = watched.page
        watched.open()
        expect(page).to_have_title("Sign in: Sample Anchor Network")
        page.get_by_role("button", name=role, exact=True).click()
        expect(page).not_to_have_title("Sign in: Sample Anchor Network")
        for name, title, action, _ in PAGES:
            if name in opened or not allowed(person, action):
                continue
            opened.add(name)
            page.evaluate(GO, f"/{name}")
            expect(page).to_have_title(f"{title}: Sample Anchor Network")
            expect(page.locator(f'#an-here[data-page="{name}"]')).to_have_count(1)
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 800})
                page.wait_for_timeout(250)  # until then the page before may still stand there
                expect(page.locator("[data-test-script-state=notRunning]")).to_have_count(1)
                expect(page.locator("h1")).to_have_count(1)
                wrong += [f"{name}, {width} px: {fault}" for fault in faults(page, width)]
            # On a phone all is there that stands on wider screens, and the menu's drawer.
            wrong += [f"{name}: {fault}" for fault in shuts_out(page)]
        # On a phone the menu closes once a page is chosen.
        page.get_by_role("button", name="Expand sidebar").click()
        menu = page.get_by_test_id("stSidebar")
        expect(menu).to_have_attribute("data-collapsed", "false")
        menu.get_by_role("link", name="Definitions").click()
        expect(page).to_have_title("Definitions: Sample Anchor Network")
        expect(menu).to_have_attribute("data-collapsed", "true")
        page.set_viewport_size({"width": 1280, "height": 800})
        # A click on a bar opens its course.
        page.evaluate(GO, "/local_hires")
        block = page.locator(".st-key-block_homes")
        block.locator("path[aria-roledescription=bar]").first.click()
        expect(block.get_by_role("heading", name="Starts: Manchester")).to_be_visible()
        assert watched.complaints == []
    assert opened == {name for name, *_ in PAGES}
    assert wrong == []
