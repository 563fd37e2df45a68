"""Run in a copy of the product that declares more than ours: writes, as JSON, where that stands.

test_declared_once.py makes the copy, with the field, the indicators, the breakdown, the unit and
the return that are looked for here.
"""

import contextlib
import io
import json
import os
import sys
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import keys
from streamlit.testing.v1 import AppTest

from anchornet import settings as settings_
from anchornet.__main__ import main
from anchornet.access import Person
from anchornet.exports import pack, shared_chart
from anchornet.facts.build import add_member, open_network
from anchornet.indicators.figures import NETWORK, Request, figures
from anchornet.intake.submit import send_nil, submit
from anchornet.narrative.definitions import definitions
from anchornet.returns.declaration import RETURNS
from anchornet.returns.template import template_workbook
from anchornet.returns.workbook import workbook_sheets
from anchornet.sample.files import Sample
from anchornet.sample.sending import events_of
from anchornet.store.meetings import record_meeting
from anchornet.store.network import mark_sample
from anchornet.store.publications import ChartRequest
from anchornet.store.returns_status import returns_board

AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)
SENT, NOW = datetime(2026, 10, 5, 9), datetime(2026, 10, 19, 12)
FILES = {
    "local_hires": "home_area,pathway,starts,shoe_size\nE05011366,standard,40,7\n",
    "canteen": "drink,cups\ntea,500\ncoffee,300\n",
}
COORDINATOR = Person("co@example.org", "Co", frozenset({"coordinator"}), None)
SENDER = Person("ann@example.org", "Ann", frozenset({"member_contributor"}), "council")


def printed(*words: str) -> str:
    """What a command prints."""
    with contextlib.redirect_stdout(io.StringIO()) as text:
        assert main(words) == 0, words
    return text.getvalue()


def pages(person: Person, *names: str) -> dict[str, str]:
    """All that pages say and offer to a person."""
    app = AppTest.from_file("anchornet/ui/shell.py", default_timeout=60).run()
    app.session_state["person"] = person
    texts = {}
    for name in names:
        app.switch_page(f"../../pages/{name}.py").run()
        assert not app.exception, (name, app.exception)
        html = [element.proto.body for element in app.html]
        shown = [element.value for element in app.markdown]
        offered = [label for element in (*app.radio, *app.selectbox) for label in element.options]
        texts[name] = "\n".join([*html, *shown, *offered])
    return texts


def look(path: Path) -> dict[str, Any]:
    settings = replace(settings_.load(environment={}), database=path, fewest_members_for_people=1)
    database = open_network(settings, create=True)
    keys.known(database)
    mark_sample(database)
    for member_id in ("council", "hospital"):
        add_member(database, member_id, f"The {member_id}", "council", now=datetime(2020, 1, 1))
    for name, text in FILES.items():
        for member_id, month in (
            ("council", AUGUST),
            ("hospital", AUGUST),
            ("hospital", SEPTEMBER),
        ):
            send_nil(
                database, RETURNS[name], member_id=member_id, by="ann@example.org", period=month,
                now=SENT,
            )  # fmt: skip
        submit(
            database, RETURNS[name], text.encode(), f"{name}.csv", member_id="council",
            by="ann@example.org", period=SEPTEMBER, now=SENT,
        )  # fmt: skip
    record_meeting(database, "Delivery group", NOW, by="ann@example.org")
    deck = pack.make(database, pack.meeting_on(database), "ann@example.org", NOW)

    def chart(indicator: str, kind: str, by: str | None = None) -> shared_chart.Figure:
        return shared_chart.make(
            database, ChartRequest(indicator, kind, by, SEPTEMBER, "month", NOW)
        )

    team = chart("starts", "bars", "team_size")
    with database.cursor() as cursor:
        kept = cursor.execute("select shoe_size from local_hires_rows").fetchall()
    hires = RETURNS["local_hires"]
    invented = Sample({"ward": ["E05011366"], "lsoa": ["E01033678"]}, SEPTEMBER)
    found = {
        "sample": sorted(
            {event.return_name for event in events_of(invented, SEPTEMBER, NOW.date())}
        ),
        "returns": list(RETURNS),
        "template": hires.template_csv(),
        "workbook": workbook_sheets(template_workbook(hires))[0].text.decode(),
        "schema": [field["name"] for field in hires.table_schema()["fields"]],
        "dictionary": printed("dictionary"),
        "kept": kept,
        "definitions": {
            group: {it.title: dict(it.lines) for it in defined}
            for group, defined in definitions(settings).items()
        },
        "options": {
            name: [(it.chart, it.breakdown, it.title) for it in shared_chart.options(name)]
            for name in ("starts", "tall_starts", "cups_served")
        },
        "bars": [bar.name for bar in team.bars],
        "alt": team.alt,
        "headlines": [chart(name, "course").title for name in ("tall_starts", "cups_served")],
        "slides": [slide.title for slide in deck.slides],
        "board": sorted(
            {
                (row["return_name"], row["state"])
                for row in returns_board(database, SEPTEMBER, NOW).to_dict("records")
            }
        ),
        "cups": figures(database, Request(["cups_served"], [SEPTEMBER]), NETWORK)["shown"][0],
    }
    database.close()
    os.environ["ANCHORNET_DATABASE"] = str(path)
    command = ["indicators", "cups_served", "--by", "drink", "--period", "2026-09"]
    return {
        **found,
        "printed": printed(*command, "--format", "csv"),
        "pages": {
            **pages(COORDINATOR, "overview", "returns_board", "templates", "definitions", "share"),
            **pages(SENDER, "my_returns", "submit"),
        },
    }


if __name__ == "__main__":
    json.dump(look(Path(sys.argv[1])), sys.stdout, default=str)
