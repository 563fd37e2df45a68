"""Overview: exceptions come first, both views show one series, and little is said of little."""

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import Person, sample_people
from anchornet.store import cache
from anchornet.store.actions import record_action
from anchornet.store.database import Database
from anchornet.store.meetings import record_meeting
from anchornet.ui import overview
from anchornet.ui.figures import panel_of
from anchornet.ui.filters import Filters

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
COUNCIL, *_, GROUP, _, COORDINATOR = sample_people([("city-council", "Sample City Council")])
SEPTEMBER = date(2026, 9, 1)


def charts(app: AppTest) -> list[str]:
    """The specifications on the page."""
    return [it.proto.spec for it in app.get("vega_lite_chart")]


def test_exceptions_come_first_with_what_is_done_about_them(
    sample: Path, visit: Visit, said: Said, opened: Callable[[], Database]
) -> None:
    app = visit("overview", GROUP)
    words = said(app)
    assert words.index("Needs attention") < words.index("an-tiles")
    cases = words.split("an-cases", 1)[1].split("</table>")[0]
    assert cases.count("an-off_track") == 2
    assert "Local spend (%)" in cases
    record_action(
        opened(),
        indicator="local_spend_share",
        what="Ask the five largest suppliers for their branches",
        who="Procurement leads",
        due_on=date(2040, 1, 1),
        by="a@sample.invalid",
    )
    words = said(app.run())
    cases = words.split("an-cases", 1)[1].split("</table>")[0]
    assert "Ask the five largest suppliers for their branches" in cases
    assert 'class="an-actions"' in words


def test_what_moved_since_the_last_meeting_is_listed(
    sample: Path, visit: Visit, said: Said, opened: Callable[[], Database]
) -> None:
    visit("overview", GROUP)
    record_meeting(opened(), "Spring group", datetime(2026, 4, 29, 9), "a@sample.invalid")
    app = visit("overview", GROUP)
    app.query_params["as_at"] = "2026-05-06"
    app.query_params["period"] = "2026-04"
    words = said(app.run())
    assert "Since Spring group" in words
    assert "as at 7 May 2026, 00:00 UTC" in words


def test_both_views_show_one_series_and_the_choice_is_kept(
    looked_at: Path, visit: Visit, opened: Callable[[], Database]
) -> None:
    app = visit("overview", GROUP)
    assert not any("upper" in spec for spec in charts(app))
    assert len(charts(app)) == 4
    app.query_params["view"] = "variation"
    app.run()
    varying = [spec for spec in charts(app) if '"upper"' in spec]
    assert varying
    for view in ("status", "variation"):
        made = panel_of(
            opened(), Filters(SEPTEMBER, view=view, sees_members=True), "local_start_share"
        )
        assert made.chart is not None
        known = made.chart.data.dropna(subset=["value"])
        # 45% of the month's starts, to 2% as they are fewer than 500.
        assert list(known["value"])[-1] == pytest.approx(0.46)
        assert made.status == "within_tolerance"


def test_a_stock_has_no_usual_range_and_keeps_its_course(
    looked_at: Path, visit: Visit, opened: Callable[[], Database]
) -> None:
    visit("overview", GROUP)
    made = panel_of(
        opened(), Filters(SEPTEMBER, view="variation", sees_members=True), "accredited_employers"
    )
    assert "has no usual range" in made.sentence
    assert made.chart is not None
    assert "upper" not in json.dumps(made.chart.spec)


def test_what_is_not_reported_by_area_says_so(
    looked_at: Path, visit: Visit, said: Said, opened: Callable[[], Database]
) -> None:
    app = visit("overview", GROUP)
    app.query_params["area"] = "E08000006"
    words = said(app.run())
    assert not app.error
    assert "Salford" in words
    # Targets are of the whole network.
    assert "an-off_track" not in words
    area = Filters(SEPTEMBER, area="E08000006", area_name="Salford")
    made = panel_of(opened(), area, "retention_26_weeks")
    assert made.chart is None
    assert "pick everywhere" in made.sentence


def test_every_span_member_and_moment_has_an_overview(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    for query in (
        {"window": "quarter"},
        {"window": "financial_year", "view": "variation"},
        {"window": "rolling_12", "members": "kind:university"},
        {"members": "city-council", "view": "variation"},
        {"period": "2024-10"},
        {"as_at": "2024-01-01"},
    ):
        app = visit("overview", GROUP)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        assert not app.error, query
        assert "an-answer" in said(app), query


def test_a_first_month_has_no_variation_no_projection_and_no_change(
    small: Callable[[str, str, str, str], None], visit: Visit, said: Said
) -> None:
    small(
        "council",
        "spend",
        "2026-09",
        """
        supplier_name,supplier_postcode,paid_on,amount_gbp
        Sample Joinery Ltd,M2 5DB,2026-09-02,1000.50
        """,
    )
    person = Person("a@sample.invalid", "A", frozenset({"delivery_group"}))
    app = visit("overview", person)
    app.query_params["view"] = "variation"
    words = said(app.run())
    assert not app.error
    assert "No target can be looked at yet." in words
    assert "No meeting is recorded yet" in words
    assert "On the trend" not in words


def test_the_own_member_is_exact_and_another_is_protected(
    small: Callable[[str, str, str, str], None], visit: Visit, said: Said
) -> None:
    small(
        "council",
        "local_hires",
        "2026-09",
        """
        home_area,pathway,starts
        E05011366,standard,5
        """,
    )
    own = Person("a@sample.invalid", "A", frozenset({"member_viewer"}), "council")
    for person, shown in ((own, ">5 <small>people"), (GROUP, ">* <small>people")):
        app = visit("overview", person)
        app.query_params["members"] = "council"
        words = said(app.run())
        assert shown in words
        assert (">5 <" in words) == (person is own)


@pytest.mark.parametrize("person", [COUNCIL, GROUP, COORDINATOR])
def test_what_the_first_to_come_sees_was_worked_out_before(
    sample: Path, visit: Visit, opened: Callable[[], Database], person: Person
) -> None:
    overview.prepare(opened())
    before = set(cache._results[opened()].entries)
    app = visit("overview", person)
    assert not app.exception
    after = {name for _, name, *_ in cache._results[opened()].entries.keys() - before}
    assert not after & {"briefing", "panel_of", "_series", "spend_map", "since", "attention"}
