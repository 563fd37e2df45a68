"""A map in a real browser, drawn: what a click on it opens."""

import json
import math
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from playwright.sync_api import expect

from anchornet import settings
from anchornet.charts import maps
from tests.browser.conftest import PATIENCE

Watch = Callable[[str], Any]
MAPS = True


def test_a_ward_is_opened_by_a_click_on_the_whole_map(watch: Watch, untouched: str) -> None:
    def pixels(longitude: float, latitude: float) -> tuple[float, float]:
        """Where a place lies on a world of 512 pixels, as maps on the web are drawn."""
        turned = math.asinh(math.tan(math.radians(latitude)))
        return 512 * (longitude + 180) / 360, 256 * (1 - turned / math.pi)

    drawn = json.loads(maps.spend_map({"": 0}, {}, settings.load(environment={})).deck.to_json())
    view = drawn["initialViewState"]
    wards = next(layer for layer in drawn["layers"] if layer["id"] == "wards")["data"]["features"]
    ardwick = next(ward for ward in wards if ward["properties"]["code"] == "E05011351")
    corners = [pixels(*corner) for corner in ardwick["geometry"]["coordinates"][0]]
    place = [(min(at) + max(at)) / 2 for at in zip(*corners, strict=True)]
    right, down = (
        (there - here) * 2 ** view["zoom"]
        for there, here in zip(place, pixels(view["longitude"], view["latitude"]), strict=True)
    )

    watched = watch(untouched)
    page = watched.page
    watched.open("overview")
    page.get_by_role("button", name="Coordinator", exact=True).click()
    chart = page.locator("[data-testid=stDeckGlJsonChart]")
    chart.locator("canvas").first.scroll_into_view_if_needed()
    opened = page.locator(".an-part h3", has_text="Ardwick, Manchester")
    tip = page.locator(".deck-tooltip", has_text="Ardwick, Manchester")
    end = time.monotonic() + 4 * PATIENCE
    # Only what it says under the pointer tells when the map is drawn and answers; while the page is
    # drawn again there may be none. A second click would take back what the first has asked for.
    while not opened.is_visible() and time.monotonic() < end:
        if box := chart.bounding_box():
            x, y = box["x"] + box["width"] / 2 + right, box["y"] + box["height"] / 2 + down
            page.mouse.move(x - 1, y)
            page.mouse.move(x, y)
            with suppress(AssertionError):
                expect(tip).to_be_visible(timeout=3000)
                # A press that takes a busy machine over a quarter of a second is no click to the
                # map: this one takes no time.
                page.evaluate(
                    "const now = Date.now(), clock = Date.now; Date.now = () => now;"
                    " setTimeout(() => { Date.now = clock; }, 2500)"
                )
                page.mouse.click(x, y)
                expect(opened).to_be_visible(timeout=1000 * PATIENCE)
    expect(opened).to_be_visible()
    expect(page).to_have_url(f"{untouched}/overview?ward=E05011351")
    assert watched.strangers == []
    assert watched.complaints == []
