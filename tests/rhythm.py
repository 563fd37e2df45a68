"""Run in the product, and in a copy that declares a return for each quarter besides: writes all
that a network of three members is told about its months, as JSON.

test_rhythm.py makes the copy.
"""

import json
import sys
from dataclasses import replace
from datetime import date, datetime
from itertools import product
from pathlib import Path
from typing import Any

import keys

from anchornet import settings as settings_
from anchornet.facts.build import add_member, open_network
from anchornet.indicators.figures import OWN, Request, figures
from anchornet.indicators.revisions import like_for_like
from anchornet.indicators.since_meeting import month_seen
from anchornet.intake.submit import send_nil, submit
from anchornet.narrative import returns_status as words
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database
from anchornet.store.network import NotPossible, set_first_period
from anchornet.store.returns_status import own_returns, returns_board

MONTHS = [date(2026, month, 1) for month in (6, 7, 8, 9)]
SEPTEMBER, OCTOBER, DECEMBER = MONTHS[-1], date(2026, 10, 1), date(2026, 12, 1)
MEETING, NEXT_YEAR = datetime(2026, 10, 26, 12), datetime(2027, 2, 1, 12)
MEMBERS = ("council", "hospital", "college")
FILES = {
    "living_wage": "employer_name,relationship,status\nSample Joinery Ltd,supplier,accredited\n",
    "local_hires": "home_area,pathway,starts\nE05011366,standard,40\n",
    "spend": "supplier_name,paid_on,amount_gbp\nSample Joinery Ltd,2026-{month:02}-04,1200.50\n",
}
GARDEN = "plot,beds\nNorth,{beds}\n"


def network(path: Path) -> Database:
    settings = replace(settings_.load(environment={}), database=path, fewest_members_for_people=1)
    database = open_network(settings, create=True)
    keys.known(database)
    for member_id in MEMBERS:
        add_member(database, member_id, f"The {member_id}", "council", now=datetime(2020, 1, 1))
    for (number, member_id), month, (name, text) in product(
        enumerate(MEMBERS), MONTHS, FILES.items()
    ):
        if (number, month, name) == (2, SEPTEMBER, "spend"):
            continue  # one that is missing
        submit(
            database, RETURNS[name], text.format(month=month.month).encode(), f"{name}.csv",
            member_id=member_id, by="a@example.org", period=month,
            now=datetime(2026, month.month + 1, 15 + 4 * number),
        )  # fmt: skip
        send_nil(
            database, RETURNS["retention"], member_id=member_id, period=month, by="a@example.org",
            now=datetime(2026, month.month + 1, 12),
        )  # fmt: skip
    return database


def past(database: Database, as_at: datetime) -> dict[str, Any]:
    """All that is said of the months in which nothing was asked for the quarter."""
    names = [
        "accredited_employers", "starts", "local_start_share", "spend", "local_spend_share",
        "returns_received", "returns_on_time", "members_accredited", "retention_26_weeks",
    ]  # fmt: skip
    cuts = product(("month", "rolling_12"), ((), ("member",)))
    asked = {
        f"{window} {by}": figures(database, Request(names, MONTHS, window, as_at, by), OWN)
        for window, by in cuts
    }
    board = returns_board(database, None, as_at)
    return {
        "figures": {
            name: frame.drop(columns=["as_at", "senders"]).to_csv() for name, frame in asked.items()
        },
        "board": board[board["period"] < OCTOBER].to_csv(index=False),
        "own": {
            f"{member_id} {month}": own_returns(database, member_id, month, as_at).to_csv()
            for member_id in MEMBERS
            for month in MONTHS
        },
        "alike": like_for_like(database, names, SEPTEMBER, MONTHS[-2], OWN, as_at=as_at).to_csv(),
        "month": str(month_seen(database, as_at)),
    }


def garden(database: Database) -> dict[str, Any]:
    """What is said of the return for each quarter, which begins with the quarter to December."""
    declared = RETURNS["garden"]

    def refused(month: date) -> str:
        try:
            send_nil(database, declared, member_id="council", period=month, by="a@example.org")
        except NotPossible as why:
            return str(why)
        return ""

    def on_board(as_at: datetime) -> list[tuple[str, str, str]]:
        board = returns_board(database, None, as_at)
        rows = board[board["return_name"] == "garden"]
        months = rows["period"].map(str)
        return sorted(zip(months, rows["member_id"], rows["state"], strict=True))

    told = {"between": refused(date(2026, 11, 1)), "before": on_board(datetime(2026, 12, 31))}
    for member_id, beds in (("council", 3), ("hospital", 4)):
        submit(
            database, declared, GARDEN.format(beds=beds).encode(), "garden.csv",
            member_id=member_id, by="a@example.org", period=DECEMBER, now=datetime(2027, 1, 9),
        )  # fmt: skip
    by_month = [OCTOBER, date(2026, 11, 1), DECEMBER]
    frames = {
        window: figures(database, Request(["garden_beds"], by_month, window, NEXT_YEAR), OWN)
        for window in ("month", "quarter")
    }
    board = returns_board(database, DECEMBER, NEXT_YEAR)
    of_college = [*words.to_chase(board)["college"][1]]
    due, day = date(2027, 1, 20), NEXT_YEAR.date()
    received = Request(["returns_received"], [DECEMBER], as_at=NEXT_YEAR)
    told |= {
        "board": on_board(NEXT_YEAR),
        "figures": {
            window: [
                list(row)
                for row in zip(
                    frame["shown"], frame["members"], frame["members_expected"], strict=True
                )
            ]
            for window, frame in frames.items()
        },
        "received": figures(database, received, OWN)["base"].tolist(),
        "owed": words.owed("The college", of_college, DECEMBER, due, day),
        "reminder": words.reminder("The college", of_college, DECEMBER, due, day, "Network"),
        "own": list(own_returns(database, "college", DECEMBER, NEXT_YEAR)["return_name"]),
        "november": list(own_returns(database, "college", by_month[1], NEXT_YEAR)["return_name"]),
        "past": past(database, NEXT_YEAR),
    }
    set_first_period(database, declared, SEPTEMBER, by="co@example.org", now=NEXT_YEAR)
    later = datetime(2027, 2, 2)
    set_ = returns_board(database, SEPTEMBER, later)
    return told | {
        "earlier": list(set_.loc[set_["return_name"] == "garden", "state"]),
        "as_at_before": on_board(datetime(2027, 1, 31)) == told["board"],
        "no_quarter": declared.no_period(date(2026, 11, 1)),
    }


def look(path: Path) -> dict[str, Any]:
    database = network(path)
    told = {"past": past(database, MEETING), "later": past(database, NEXT_YEAR)}
    if "garden" in RETURNS:
        told["garden"] = garden(database)
    database.close()
    return told


if __name__ == "__main__":
    json.dump(look(Path(sys.argv[1])), sys.stdout, default=str)
