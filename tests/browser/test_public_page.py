"""The public page in a browser without a network: nothing fails, nothing shuts anybody out."""

import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Request

from anchornet import settings as settings_
from anchornet.exports import bundle, site
from anchornet.facts.build import open_network
from anchornet.store import publications
from anchornet.store.publications import ChartRequest


def why(request: Request) -> list[str]:
    """Why something did not come; nothing of a page's icon that is given up for the next page."""
    failure = str(request.failure)
    return [] if failure == "net::ERR_ABORTED" else [f"{failure}: {request.url}"]


def test_every_page_opens_offline_at_every_width(
    browser: Browser, sample_database_path: Path, tmp_path: Path
) -> None:
    path = tmp_path / "sample.duckdb"
    shutil.copy(sample_database_path, path)
    database = open_network(replace(settings_.load(environment={}), database=path))
    for reference, _ in publications.public(database):
        publications.decide(database, reference, "withdrawn", "a")
    month, moment = date(2026, 9, 1), datetime(2026, 10, 28, 12)
    for indicator, chart, by, window in (
        ("starts", "map", "ward", "rolling_12"),
        ("local_spend_share", "target", None, "month"),
    ):
        asked = ChartRequest(indicator, chart, by, month, window, moment)
        publications.decide(database, publications.keep(database, asked, "a"), "approved", "a")
    bundle.put(site.build(database), tmp_path / "public")
    database.close()
    found = sorted((tmp_path / "public").rglob("*.html"))
    assert len(found) == 4 + 2 + 2
    failed: list[str] = []
    for width in (1280, 360):
        context = browser.new_context(viewport={"width": width, "height": 800}, offline=True)
        page = context.new_page()
        page.on("requestfailed", lambda request: failed.extend(why(request)))
        page.on("console", lambda it: failed.append(it.text))
        for file in found:
            page.goto(file.as_uri())
            page.wait_for_load_state("load")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, file.name
            assert page.evaluate(
                "[...document.images].every(it => it.complete && it.naturalWidth > 0)"
            )
            assert page.evaluate("document.fonts.check('700 16px \"Anchornet Sans\"')")
        assert failed == []
        page = context.new_page()
        for file in found:  # axe itself asks for the styles, which the page's policy refuses
            page.goto(file.as_uri())
            assert Axe().run(page).response["violations"] == [], file.name
        context.close()
