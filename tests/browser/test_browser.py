"""A member's real file in, the network's figure out, in a real browser on the real server."""

import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from anchornet import formatting
from anchornet.periods import add_months, month_text
from anchornet.setting_values import PROJECT

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
    expect(page.locator(".stDeckGlJsonChart[aria-label]")).to_be_visible()

    page.get_by_role("link", name="Overview").click()
    expect(answer).to_contain_text("for January 2021")
    spend = page.locator(".an-tile", has_text="Spend with suppliers").first
    expect(spend.locator(".an-value")).to_have_text("£55.2m")
    page.wait_for_load_state("networkidle")
    assert watched.strangers == []
    assert watched.complaints == []


def test_a_member_puts_a_file_right_sends_it_corrects_it_and_withdraws(
    watch: Watch, address: str, next_day: Callable[[str], None]
) -> None:
    last = add_months(date.today().replace(day=1), -1)
    month, name = month_text(last), formatting.month(last)
    wrong = (
        "Supplier;Paid on;Amount\n"
        f"Sample Joinery Ltd;{month}-14;£1,234.50\n"
        f"Sample Catering Ltd;31/02/{last.year};20.00\n"
        f";{month}-20;499.50\n"
        f"Mr John Sample;{month}-21;5.00\n"
    )
    right = wrong.replace(f"31/02/{last.year}", f"{month}-16").replace("\n;", "\nSample Paper Ltd;")

    def drop(text: str) -> None:
        file = {"name": "october.csv", "mimeType": "text/csv", "buffer": text.encode("cp1252")}
        page.locator("input[type=file]").set_input_files([file])

    def download(button: str) -> str:
        with page.expect_download() as coming:
            page.get_by_role("button", name=button).click()
        return Path(coming.value.path()).read_text(encoding="utf-8-sig")

    coordinator = watch(address)

    def open_the_board() -> None:
        coordinator.open("returns_board")
        coordinator.page.get_by_role("button", name="Coordinator", exact=True).click()

    open_the_board()

    def board(states: str) -> None:
        coordinator.page.get_by_role("link", name="Overview").click()
        coordinator.page.get_by_role("link", name="Returns board").click()
        row = coordinator.page.locator(".an-board tr", has_text="Sample City Council")
        expect(row.locator("td").nth(4)).to_have_text(re.compile(states))

    watched = watch(address)
    page = watched.page
    watched.open()
    page.get_by_role("button", name="Contributor, Sample City Council", exact=True).click()
    expect(page.locator("h1.an-answer")).to_contain_text(f"to send for {name}")
    board("missing|not due")
    spend = page.locator(".st-key-return_spend")
    spend.get_by_role("button", name="Send", exact=True).click()

    drop(wrong)
    expect(page.get_by_text("Windows-1252, separated by semicolons")).to_be_visible()
    expect(page.get_by_text("2 to put right, 1 to look at")).to_be_visible()
    problems = page.locator(".an-problems")
    expect(problems).to_be_focused()
    expect(problems).to_be_in_viewport()
    problems.get_by_role("link", name=f"31/02/{last.year}").press("Enter")
    reached = page.locator("[id^=finding-]:focus")
    expect(reached).to_be_in_viewport()
    expect(page.locator("tr", has=page.locator("mark", has_text="31/02/"))).to_be_in_viewport()
    dated = page.locator("tr", has=page.locator("mark", has_text=f"31/02/{last.year}"))
    expect(dated.locator("td").first).to_have_text("3")
    expect(dated).to_contain_text("Sample Catering Ltd")
    empty = page.locator("tr", has=page.locator("mark", has_text="(empty)"))
    expect(empty.locator("td").first).to_have_text("4")
    findings = download("Every finding as CSV")
    assert "error,,3,Paid on," in findings
    assert "error,,4,Supplier," in findings
    marked = download("Your file with what to put right beside each row")
    assert f'"2","Sample Joinery Ltd","{month}-14","£1,234.50",""' in marked
    assert f"31/02/{last.year} is not a date" in marked.splitlines()[2]
    expect(page.get_by_role("button", name="Send the return")).to_have_count(0)

    drop(right)
    expect(page.get_by_role("cell", name="£1,759.00")).to_be_visible()
    page.get_by_role("link", name="Overview").click()
    expect(page.locator(".an-tile").first).to_be_visible()
    page.get_by_role("link", name="Submit a return").click()
    expect(page.get_by_text("Already here: october.csv")).to_be_visible()
    why = page.get_by_role("textbox", name="Say in a sentence")
    why.fill("It is the name of a shop.")
    why.press("Control+Enter")
    who = page.get_by_role("textbox", name="Your name")
    who.fill("Ada Sample")
    who.press("Enter")
    page.get_by_role("button", name=f"Send the return for {name}").dblclick()
    receipt = page.locator(".an-receipt")
    expect(receipt).to_have_count(1)
    expect(receipt).to_contain_text("Amount: £1,759.00")
    first = receipt.locator("h3").inner_text().removeprefix("Receipt ")
    printed = download(f"Receipt {first} to print")
    assert "Ada Sample &lt;" in printed
    assert "It is the name of a shop." in printed
    board("on time|late")

    next_day(address)
    open_the_board()
    watched.open()
    page.get_by_role("button", name="Contributor, Sample City Council", exact=True).click()
    for it in (watched, coordinator):
        it.complaints.clear()  # the server was away, and the browser said so
    expect(page.locator("[data-test-script-state=notRunning]")).to_have_count(1)
    spend.get_by_role("button", name="Correct", exact=True).click()
    drop(right.replace("499.50", "599.50"))
    expect(page.get_by_text(f"Against {first}: Amount £100.00 more")).to_be_visible()
    why.fill("It is the name of a shop.")
    why.press("Control+Enter")
    who.fill("Ada Sample")
    who.press("Enter")
    page.get_by_role("button", name=f"Send the return for {name}").click()
    expect(receipt).to_contain_text("Amount: £1,859.00")
    second = receipt.locator("h3").inner_text().removeprefix("Receipt ")
    board("corrected")

    page.get_by_role("link", name="My returns").click()
    spend.get_by_role("button", name="Withdraw").click()
    page.get_by_role("combobox", name="Which one should no longer count?").click()
    page.get_by_role("option", name=second, exact=True).click()
    expect(page.get_by_text(f"Then {first} counts again for {name}")).to_be_visible()
    reason = page.get_by_role("textbox", name=f"Why should {second} no longer count?")
    reason.fill("The first one was right.")
    reason.press("Enter")
    page.get_by_role("button", name=f"Withdraw {second}").click()
    row = spend.locator("tr", has_text=second).first
    expect(row).to_contain_text("withdrawn: The first one was right.")
    expect(spend.locator("tr", has_text=first).last).to_contain_text("counts")
    board("on time|late")
    for it in (watched, coordinator):
        assert it.strangers == []
        assert it.complaints == []


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
    watched.page.reload()
    expect(watched.page.locator("h1.an-answer")).to_contain_text("The network spent")
    watched.page.get_by_role("button", name="Coordinator", exact=True).click()
    watched.page.get_by_role("button", name="Sign out").click()
    expect(watched.page.locator("h1.an-answer")).to_contain_text(SIGN_IN)
    watched.page.reload()
    expect(watched.page.locator("h1.an-answer")).to_contain_text(SIGN_IN)


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


def test_what_is_picked_is_in_the_address_and_back_and_forward_follow(
    watch: Watch, untouched: str
) -> None:
    watched = watch(untouched)
    page = watched.page
    answer = page.locator("h1.an-answer")

    def pick(label: str, option: str) -> None:
        page.get_by_role("combobox", name=label).click()
        page.get_by_role("option", name=option, exact=True).click()

    def stands(path: str, month: str, members: str) -> None:
        expect(page).to_have_url(f"{untouched}/{path}")
        expect(answer).to_contain_text(month)
        expect(page.get_by_role("combobox", name="Members")).to_have_value(members)

    watched.open("overview")
    page.get_by_role("button", name="Delivery group", exact=True).click()
    stands("overview", "September 2026", "The network")
    pick("Month", "July 2026")
    stands("overview?period=2026-07", "July 2026", "The network")
    pick("Members", "The universities")
    picked = "period=2026-07&members=kind%3Auniversity"
    stands(f"overview?{picked}", "July 2026", "The universities")
    page.get_by_test_id("stTopNavSection").filter(has_text="Figures").click()
    page.get_by_role("menuitem", name="Spend", exact=True).click()
    expect(page).to_have_url(f"{untouched}/spend?{picked}")
    expect(answer).to_contain_text("spent")
    page.go_back()
    stands(f"overview?{picked}", "July 2026", "The universities")
    page.go_back()
    stands("overview?period=2026-07", "July 2026", "The network")
    page.go_back()
    stands("overview", "September 2026", "The network")
    page.go_forward()
    page.go_forward()
    stands(f"overview?{picked}", "July 2026", "The universities")

    # The link, to somebody else.
    other = watch(untouched)
    other.open(f"overview?{picked}")
    other.page.get_by_role("button", name="Contributor, Sample City Council", exact=True).click()
    expect(other.page.locator("h1.an-answer")).to_contain_text("July 2026")
    # They see three members together at the least.
    expect(other.page.get_by_text("Those members can't be picked here")).to_be_visible()
    expect(other.page.get_by_role("combobox", name="Members")).to_have_value("The network")
    assert watched.complaints == other.complaints == []


def test_arrow_keys_and_a_clicker_go_through_the_screens(watch: Watch, untouched: str) -> None:
    watched = watch(untouched)
    page = watched.page
    watched.open("projector")
    page.get_by_role("button", name="Delivery group", exact=True).click()
    question, place = page.locator(".an-question"), page.locator(".an-place")
    expect(question).to_have_text("Where are we against what we promised?")
    expect(page.get_by_role("button", name="Next Shortcut →")).to_be_visible()
    expect(page.locator("[data-testid=stApp]")).to_have_attribute(
        "data-test-script-state", "notRunning"
    )
    page.keyboard.press("ArrowRight")
    expect(question).to_have_text("What moved since we last met?")
    page.keyboard.press("PageDown")
    expect(place).to_contain_text("3 of")
    expect(page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg")
           .first).to_be_visible()  # fmt: skip
    page.keyboard.press("ArrowLeft")
    expect(place).to_contain_text("2 of")
    page.keyboard.press("PageUp")
    expect(place).to_contain_text("1 of")
    page.keyboard.press("ArrowLeft")
    expect(question).to_have_text("Where are we against what we promised?")
    for width, height in ((1280, 800), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        main = page.locator("[data-testid=stMain]")
        assert main.evaluate("it => it.scrollHeight - it.clientHeight") <= 0
        # At least a fiftieth of the height, to be read from the back of a room.
        size = page.locator(".an-wall .an-target").first.evaluate(
            "it => parseFloat(getComputedStyle(it).fontSize)"
        )
        assert size >= height / 50
    page.get_by_role("link", name="Close").click()
    expect(page.locator("h1.an-answer")).to_contain_text("September 2026")
    assert watched.complaints == []
