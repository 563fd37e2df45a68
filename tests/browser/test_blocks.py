"""Where charts stand: each below its own heading, whatever else belongs to a figure."""

import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from anchornet import settings as settings_
from anchornet.facts.build import open_network
from anchornet.facts.catalogue import OVERVIEW as HEADLINES
from anchornet.store import stories
from anchornet.store.actions import actions, close_action, record_action
from anchornet.store.stories import Draft
from anchornet.store.targets import targets

Watch = Callable[[str], Any]
WIDTHS = (1280, 1920, 390)
BY = "a@sample.invalid"
# Days after the last return of the sample network; each is a way that figures can be dressed:
# (as at, whether actions are open, how many stories stand on Overview).
BARE, ACTIONS, BOTH, STORIES = (date(2026, 11, day) for day in (2, 3, 4, 5))
DRESSED = {BARE: (False, 0), ACTIONS: (True, 0), BOTH: (True, 3), STORIES: (False, 3)}
# A heading of the page that is on no other page, and how many charts and maps it has.
PAGES = {
    "overview": ("Where spend lands", 5),
    "local_hires": ("From application to start", 5),
    "retention": ("Cohorts included", 3),
    "spend": ("Where suppliers are", 10),
    "living_wage": ("Gained and lost", 4),
}
OFF_TRACK = ("retention", "spend")
# As the browser goes to an address of a page that is open: without loading all of it again.
GO = "to => {history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate'))}"
CHARTS = ".stVegaLiteChart[aria-label], .stDeckGlJsonChart[aria-label]"
MEASURE = """charts => {
    const measured = element => {
        const {left, top, right, bottom} = element.getBoundingClientRect();
        const block = element.closest('[class*="st-key-block_"]');
        const name = element.ariaLabel ?? element.textContent;
        const key = block ? block.className.match(/st-key-block_\\S+/)[0] : "";
        return {name, left, top, right, bottom, block: key};
    };
    const visible = part => part.right > part.left && part.bottom > part.top;
    const all = chosen => [...document.querySelectorAll(chosen)].map(measured);
    return {
        charts: all(charts),
        headings: all("h2.an-h2, h1.an-question").filter(visible),
        blocks: all('[class*="st-key-block_"]'),
        too_wide: document.documentElement.scrollWidth > innerWidth,
    };
}"""


@dataclass(frozen=True)
class Part:
    """A chart, a heading or a block as the browser has it: its name, edges and block."""

    name: str
    left: float
    top: float
    right: float
    bottom: float
    block: str

    def holds(self, other: "Part") -> bool:
        """Whether the other lies inside, but for a rounded pixel."""
        return (
            self.left - 1 <= other.left
            and other.right <= self.right + 1
            and self.top - 1 <= other.top
            and other.bottom <= self.bottom + 1
        )

    def stands_above(self, other: "Part") -> bool:
        return self.bottom <= other.top + 1 and self.left < other.right and other.left < self.right

    def touches(self, other: "Part") -> bool:
        return (
            min(self.right, other.right) - max(self.left, other.left) > 1
            and min(self.bottom, other.bottom) - max(self.top, other.top) > 1
        )


def faults(page: Page) -> list[str]:
    """What stands wrong on the page as it is now, in words."""
    measured = page.evaluate(MEASURE, CHARTS)
    charts, headings, blocks = (
        [Part(**part) for part in measured[kind]] for kind in ("charts", "headings", "blocks")
    )
    wrong = ["The page is wider than the screen."] if measured["too_wide"] else []
    for chart in charts:
        name = repr(chart.name[:60])
        above = [heading for heading in headings if heading.stands_above(chart)]
        nearest = max(above, key=lambda heading: heading.bottom, default=None)
        if chart.bottom - chart.top < 50 or chart.right - chart.left < 50:
            wrong.append(f"Nothing of {name} can be seen.")
        if nearest is None or not chart.name.startswith(nearest.name):
            wrong.append(f"{name} stands under {nearest and nearest.name!r}.")
        own = [block for block in blocks if block.block == chart.block]
        if len(own) != 1 or not own[0].holds(chart):
            wrong.append(f"{name} does not stand in a block of its own.")
            continue
        inside = [heading.name for heading in headings if own[0].touches(heading)]
        if len(inside) != 1 or not chart.name.startswith(inside[0]):
            wrong.append(f"{name} shares its block with the headings {inside}.")
    return wrong


def check_widths(page: Page, where: str) -> None:
    """At each width every chart stands under its heading, once the page has settled. It begins with
    the width that it was left with, so that nothing is drawn twice."""
    begun = (page.viewport_size or {})["width"]
    for width in sorted(WIDTHS, key=lambda width: (width != begun, width)):
        if width != begun:
            page.set_viewport_size({"width": width, "height": 1000})
        end = time.monotonic() + 5
        while wrong := faults(page):
            if time.monotonic() > end:
                pytest.fail(f"{where}, {width} px wide: {' '.join(wrong)}")
            page.wait_for_timeout(100)


@pytest.fixture(scope="module")
def dressed(
    serve: Callable[..., str], sample_database_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Where a sample network is served that has actions and stories on some days and not on others:
    two stories on one figure, one on another, none on most."""
    path: Path = tmp_path_factory.mktemp("dressed") / "network.duckdb"
    shutil.copy(sample_database_path, path)
    database = open_network(replace(settings_.load(environment={}), database=path))

    def close(day: date) -> None:
        for row in actions(database).query("state == 'open'").to_dict("records"):
            close_action(database, row["action_id"], "Done.", by=BY, now=at(day))

    def at(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, 12)

    for story in stories.approved(database):
        stories.withdraw(database, story.story_id, BY, at(BARE))
    close(BARE)
    aimed_at = [(target.indicator, target.member_id) for target in targets(database)]
    for indicator, member_id in dict.fromkeys([*((name, None) for name in HEADLINES), *aimed_at]):
        record_action(
            database, indicator=indicator, member_id=member_id, who="Procurement leads", by=BY,
            what="Ask the five largest suppliers what they can do", due_on=date(2040, 1, 1),
            now=at(ACTIONS),
        )  # fmt: skip
    panels = (
        "accredited_employers",
        "local_start_share",
        "retention_26_weeks",
        "local_spend_share",
    )
    for title, indicators in (
        ("What stands behind four figures", panels),
        ("What stands behind one of them", ("retention_26_weeks",)),
    ):
        draft = Draft(title=title, words="One paragraph.\n\n- a list", indicators=indicators)
        number = stories.write(database, "college", draft, by=BY, now=at(BOTH))
        stories.approve(database, number, BY, at(BOTH))
    close(STORIES)
    database.close()
    return serve(copy_of=path)


def test_every_chart_stands_under_its_heading(watch: Watch, dressed: str) -> None:
    watched = watch(dressed)
    page = watched.page
    watched.open(f"overview?as_at={BARE}")
    page.get_by_role("button", name="Coordinator", exact=True).click()
    expect(page.locator("h1.an-answer")).to_contain_text("indicators")
    for day, (has_actions, stories_on_overview) in DRESSED.items():
        # In columns two days show it: a chart by itself, and one with all that can stand below it.
        for path in PAGES if day in (ACTIONS, STORIES) else ["overview"]:
            heading, charts = PAGES[path]
            page.evaluate(GO, f"/{path}?as_at={day}")
            expect(page.locator("h2.an-h2", has_text=heading)).to_be_visible()
            expect(page).to_have_url(re.compile(f"{path}.*as_at={day}"))
            # What belongs to a figure besides its chart is there, or isn't, as the day has it.
            on_panels = 4 if path == "overview" else 1
            expect(page.locator(".an-actions")).to_have_count(on_panels if has_actions else 0)
            asks = not has_actions and path in OFF_TRACK
            expect(page.get_by_role("link", name="Off track with no action")).to_have_count(
                int(asks)
            )
            on_panels = {"overview": stories_on_overview, "retention": 2}.get(path, 1)
            summaries = page.locator(".an-stories summary")
            expect(summaries).to_have_count(on_panels if stories_on_overview else 0)
            expect(page.locator("[data-test-script-state=notRunning]")).to_have_count(1)
            expect(page.locator(CHARTS)).to_have_count(charts)
            for summary in summaries.all():
                summary.click()
            check_widths(page, f"{path} as at {day}")
    assert watched.complaints == []


def test_on_a_wall_every_chart_stands_under_its_question(watch: Watch, dressed: str) -> None:
    watched = watch(dressed)
    page = watched.page
    watched.open("projector")
    page.get_by_role("button", name="Coordinator", exact=True).click()
    position, charts = page.locator(".an-place"), 0
    expect(position).to_contain_text("1 of")
    last = int(re.findall(r"of (\d+)", position.inner_text())[0])
    for number in range(1, last + 1):
        expect(position).to_contain_text(f"{number} of {last}")
        expect(page.locator("[data-test-script-state=notRunning]")).to_have_count(1)
        question = page.locator(".an-question").inner_text()
        if "why?" in question or "pounds land" in question:
            expect(page.locator(CHARTS)).to_have_count(1)
            charts += 1
        check_widths(page, f"Screen {number}")
        page.keyboard.press("ArrowRight")
    assert charts >= 3
    assert watched.complaints == []
