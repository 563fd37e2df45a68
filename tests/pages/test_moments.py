"""Every page as at every meeting, and in a network's first months: the month is the one that was
looked at then, and nothing fails for want of figures."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import Person
from anchornet.store.database import Database
from anchornet.store.targets import Target, record_targets

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
GROUP = Person("a@sample.invalid", "A", frozenset({"delivery_group"}))
PANELS = ("overview", "living_wage", "local_hires", "retention", "spend")
PAGES = (*PANELS, "members", "projector")
# Returns are due twenty days after their month: of July on 20 August, of August on 20 September.
# A month whose returns are not due is not opened, whoever has sent them already.
SEEN = {
    "2026-09-16": "July 2026",
    "2026-07-15": "May 2026",
    "2026-05-20": "March 2026",
}


def at(app: AppTest, **query: str) -> AppTest:
    app.query_params.clear()
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


@pytest.mark.parametrize("moment", SEEN)
def test_as_at_a_meeting_every_page_is_of_the_month_that_it_saw(
    looked_at: Path, visit: Visit, said: Said, moment: str
) -> None:
    app = visit("overview", GROUP)
    for page in PAGES:
        app.switch_page(f"../../pages/{page}.py")
        for view in ("status", "variation") if page in PANELS else ("status",):
            words = unescape(said(at(app, as_at=moment, view=view)))
            assert not app.error, (page, view)
            answer = re.search(r'<p class="an-(?:stand|place)">(.*?)</p>', words, re.S)
            assert answer is not None, page
            assert f"{SEEN[moment]} · as at" in answer[1], (page, view)
            assert "September 2026 ·" not in words, (page, view)
            assert not re.search(r"no (?:spend|starts|retention|figures) (?:is|are|for)", words)


def test_another_moment_opens_on_its_month_and_now_on_todays(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    app = visit("overview", GROUP)
    at(app, period="2026-08", window="quarter")
    app.selectbox(key="filter_as_at").set_value("2026-05-20").run()
    assert dict(app.query_params) == {"window": "quarter", "as_at": "2026-05-20"}
    assert app.selectbox(key="filter_period").value == "2026-03"
    assert app.selectbox(key="filter_period").options[0] == "April 2026"
    app.selectbox(key="filter_as_at").set_value("").run()
    assert app.selectbox(key="filter_period").value == "2026-09"
    for query, note in (
        (
            {"as_at": "2026-05-20", "period": "2026-09"},
            "Nothing was sent for September 2026 by 20 May 2026; these are of March 2026.",
        ),
        ({"as_at": "2024-01-01"}, "Nothing had been sent by 1 January 2024; these are as at now."),
    ):
        assert note in said(at(app, **query))


def test_in_the_first_three_months_every_page_has_something_to_say_in_both_views(
    small: Callable[[str, str, str, str], None],
    visit: Visit,
    said: Said,
    opened: Callable[[], Database],
) -> None:
    starts = "home_area,pathway,starts\nE05011366,standard,40\noutside,standard,3"
    spend = (
        "supplier_name,supplier_postcode,paid_on,amount_gbp\nSample Joinery Ltd,M2 5DB,{}-02,1000"
    )
    months = ("2026-07", "2026-08", "2026-09")
    for month in months[:1]:
        small("council", "local_hires", month, starts)
    for month in months:
        small("hospital", "spend", month, spend.format(month))
    app = visit("overview", GROUP)
    march = date(2027, 3, 1)
    held = [
        Target(name, march, value, baseline_period=date(2026, 6, 1), baseline=0.1)
        for name, value in (("starts", 50), ("local_start_share", 0.5), ("accredited_employers", 9))
    ]
    record_targets(opened(), held, by="a@sample.invalid")
    for page in PAGES:
        app.switch_page(f"../../pages/{page}.py")
        for month in months:
            for view in ("status", "variation") if page in PANELS else ("status",):
                words = said(at(app, period=month, view=view))
                assert not app.error, (page, month, view)
                assert "an-answer" in words or "an-question" in words
