"""A member's real file in, the network's figure out, in a real browser on the real server."""

import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from anchornet.settings import PROJECT

MANCHESTER = PROJECT / "tests" / "files" / "published" / "manchester_2021-01.csv"
Serve = Callable[..., str]
Watch = Callable[[str], Any]
SIGN_IN = "who would you like to be?"


def test_a_council_sends_its_published_file_and_sees_the_networks_spend_move(
    watch: Watch, address: str
) -> None:
    watched = watch(address)
    page = watched.page
    watched.open()
    page.get_by_role("button", name="Contributor, Sample City Council", exact=True).click()
    answer = page.locator("h1.an-answer")
    expect(answer).to_contain_text("Sample City Council has")
    page.get_by_role("link", name="Overview").click()
    expect(answer).to_contain_text("In September 2026")
    expect(page.locator(".an-tile img.an-spark")).to_have_count(9)

    page.get_by_role("link", name="Submit a return").click()
    expect(answer).to_contain_text("Sample City Council has")
    page.get_by_text("Spend with suppliers", exact=True).click()
    expect(page.get_by_text("One row per payment line")).to_be_visible()
    page.locator("input[type=file]").set_input_files(MANCHESTER)
    expect(page.get_by_text("Read as text in Windows-1252, separated by commas")).to_be_visible()
    expect(page.get_by_role("cell", name="£55,248,317.72")).to_be_visible()
    page.get_by_role("button", name="Send the return for January 2021").dblclick()
    expect(page.locator(".an-receipt")).to_have_count(1)
    expect(page.locator(".an-receipt")).to_contain_text("2,574 rows")
    expect(page.locator(".an-receipt")).not_to_contain_text("counted twice")

    page.get_by_role("link", name="See January 2021 on Spend").click()
    expect(answer).to_contain_text("The network spent £55.2m with suppliers in January 2021")
    expect(page.locator("[data-testid=stDeckGlJsonChart] canvas").first).to_be_visible()

    page.get_by_role("link", name="Overview").click()
    expect(answer).to_contain_text("In January 2021")
    spend = page.locator(".an-tile", has_text="Spend with suppliers").first
    expect(spend.locator(".an-value")).to_have_text("£55.2m")
    page.wait_for_load_state("networkidle")
    assert watched.strangers == []
    assert watched.complaints == []


def test_a_cold_deep_link_runs_the_shell_and_nothing_else(
    serve: Serve, watch: Watch, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    for name in ("anchornet", "pages", ".streamlit"):
        shutil.copytree(PROJECT / name, project / name)
    for name in ("app.py", "anchornet.toml"):
        shutil.copy(PROJECT / name, project / name)
    ran = tmp_path / "ran"
    (project / "pages" / "nobody_registered_this.py").write_text(
        f"from pathlib import Path\nPath({str(ran)!r}).touch()\n", encoding="utf-8"
    )
    address = serve(project)
    for path in ("nobody_registered_this", "spend", "submit"):
        watched = watch(address)
        watched.open(path)
        expect(watched.page.locator("h1.an-answer")).to_contain_text(SIGN_IN)
        assert watched.page.locator(".an-tile").count() == 0
    assert not ran.exists()


def test_a_deep_link_leads_to_its_page_after_signing_in(watch: Watch, address: str) -> None:
    watched = watch(address)
    watched.open("spend")
    watched.page.get_by_role("button", name="Coordinator", exact=True).click()
    expect(watched.page.locator("h1.an-answer")).to_contain_text("The network spent")
    expect(watched.page.get_by_role("link", name="Submit a return")).to_have_count(0)


def test_the_server_answers_healthz_and_sends_its_headers_everywhere(
    address: str,
) -> None:
    for path in ("healthz", "", "spend", "static/nothing.js"):
        request = urllib.request.Request(f"{address}/{path}")
        try:
            answer = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as refused:
            answer = refused
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert re.search(r"script-src 'self' 'sha256-\S+' 'wasm-unsafe-eval'", policy)
        assert "'unsafe-eval'" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    with urllib.request.urlopen(f"{address}/healthz", timeout=30) as answer:
        assert answer.read() == b'{"ok":true}'
