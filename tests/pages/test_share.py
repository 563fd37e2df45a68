"""Share a chart: a picture is seen, kept, approved and withdrawn, by who may."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import Person, sample_people
from anchornet.exports import picture_export
from anchornet.store import publications
from anchornet.store.database import Database, utc_now
from anchornet.store.people import record_person
from anchornet.ui import share
from tests.pages.test_meetings import press

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Opened = Callable[[], Database]

PEOPLE = sample_people([("city-council", "Sample City Council")])
COMMS = next(it for it in PEOPLE if "comms" in it.roles)
GROUP = next(it for it in PEOPLE if "delivery_group" in it.roles)
SHARING = {"delivery_group", "comms", "coordinator"}


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str, bool]]:
    """What was drawn, as (reference, size, form, draft); another test looks at the pictures."""
    found: list[tuple[str, str, str, bool]] = []

    def render(
        figure: picture_export.Figure, size: str, form: str, *, draft: bool = False
    ) -> bytes:
        found.append((figure.reference, size, form, draft))
        return Path(__file__).parents[2].joinpath("docs", "overview.png").read_bytes()

    monkeypatch.setattr(share.picture_export, "render", render)
    return found


def labels(app: AppTest) -> set[str]:
    return {it.label for it in [*app.button, *app.get("download_button")]}


def test_who_shares_and_who_does_not(looked_at: Path, visit: Visit, said: Said) -> None:
    for person in PEOPLE:
        app = visit("share", person)
        assert not app.error
        if not person.roles & SHARING:
            assert "Charts are shared by communications" in said(app)
            assert not app.selectbox
            continue
        assert "Four charts are public and one is a draft." in said(app)
        assert "Local starts (%)" in app.selectbox(key="select_share").options
        assert app.code[0].value.startswith("4")  # 4x% of people who started …
        assert "lived in Manchester" in app.code[0].value
        assert app.code[1].value.endswith("Sample data: every figure is invented.")
        app.selectbox(key="select_share").set_value("spend").run()
        by_member = "By member" in app.selectbox(key="select_chart").options
        assert by_member == ("comms" not in person.roles)


def kept(reference: str, person: Person) -> AppTest:
    """The page of what was saved under the reference."""
    app = AppTest.from_file(str(Path(__file__).parents[2] / "anchornet" / "ui" / "shell.py"))
    app.session_state["person"] = person
    app.query_params["reference"] = reference
    app.default_timeout = 60
    app.run()
    app.switch_page("../../pages/share.py").run()
    return app


def test_what_somebody_saved_is_approved_by_somebody_else(
    sample: Path, visit: Visit, said: Said, opened: Opened, drawn: list[tuple[str, str, str, bool]]
) -> None:
    press(visit("share", COMMS), "Save and get the files")
    reference = publications.listed(opened())["reference"].iloc[0]
    assert "Approve" in labels(kept(reference, COMMS))  # nobody else can sign in
    other = ("keeps@example.org", "Kit Sample", {("coordinator", None)})
    record_person(opened(), *other, by=other[0])
    app = kept(reference, COMMS)
    assert "Approve" not in labels(app)
    assert "You made this, so somebody else approves it. Kit Sample can." in said(app)


def test_a_picture_is_kept_approved_for_a_day_and_withdrawn(
    sample: Path,
    visit: Visit,
    said: Said,
    opened: Opened,
    drawn: list[tuple[str, str, str, bool]],
) -> None:
    app = visit("share", GROUP)
    assert drawn[-1] == ("", "post", "png", True)  # no reference before it is kept
    app.segmented_control(key="choice_size").set_value("square").run()
    press(app, "Save and get the files")
    assert not app.error
    reference, state = publications.listed(opened())[["reference", "state"]].iloc[0]
    assert app.query_params["reference"] == reference
    assert drawn[-1] == (reference, "square", "png", True)
    assert f"{reference}, draft" in said(app)
    assert "The figures have not changed since it was saved." in said(app)
    assert {"PNG", "SVG", "PDF", "CSV", "Make another"} <= labels(app)
    # The delivery group makes them, and others approve.
    assert state == "draft"
    assert "Approve" not in labels(app)
    assert "Communications or the coordinator approve it." in said(app)
    assert reference not in dict(publications.public(opened()))

    app = kept(reference, COMMS)
    tomorrow = utc_now().date() + timedelta(days=1)
    app.date_input[0].set_value(tomorrow)
    press(app, "Approve")
    assert not app.error
    assert f"{reference} is approved." in said(app)
    assert "one is scheduled for later" in said(app).lower()
    assert f"public from {tomorrow:%d/%m/%Y}" in said(app)
    assert drawn[-1] == (reference, "post", "png", False)
    assert reference not in dict(publications.public(opened()))
    app.button(key="share_withdraw").click().run()
    assert "Withdrawn" in said(app)
    assert publications.state_of(opened(), reference) == "withdrawn"
    press(app, "Undo")
    assert f"{reference} is approved again." in said(app)
    assert reference not in dict(publications.public(opened()))  # before its day, as it was
    assert said(app).count(f"public from {tomorrow:%d/%m/%Y}") == 2
    app.button(key="share_withdraw").click().run()
    press(app, "Make another")
    assert "reference" not in app.query_params
    assert "Save and get the files" in labels(app)


def test_a_reference_that_is_not_there_and_one_of_members_are_refused(
    sample: Path, visit: Visit, said: Said, opened: Opened
) -> None:
    app = visit("share", COMMS)
    asked = publications.ChartRequest(
        "spend", "bars", "member", date(2026, 9, 1), "month", utc_now()
    )
    of_members = publications.keep(opened(), asked, "ann@example.org")
    for reference, why in (
        ("AN-7K2M9XQ4", "Nothing is saved under AN-7K2M9XQ4"),
        ("<b>", "is not a reference"),
        (of_members, "is for those who see them"),
    ):
        app.query_params["reference"] = reference
        app.run()
        assert why in said(app)
        assert "PNG" not in labels(app)
        assert "£" not in said(app)


def test_one_members_figures_are_not_shared(sample: Path, visit: Visit, said: Said) -> None:
    coordinator = Person("c@sample.invalid", "C", frozenset({"coordinator"}))
    app = visit("share", coordinator)
    app.selectbox(key="select_share").set_value("spend").run()
    sentence = app.code[0].value
    app.selectbox(key="filter_members").set_value("city-council").run()
    assert "figures are not shared: these are the network" in said(app)
    assert app.code[0].value == sentence
    app.selectbox(key="filter_members").set_value("kind:nhs").run()
    assert "There are too few of the NHS members to show their figures together" in said(app)
