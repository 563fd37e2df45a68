"""Commands of the delivery group: meetings, actions, figures of the area."""

from argparse import Namespace
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.commands import DONE, arguments, command, network_of, print_json, records, say
from anchornet.commands.arguments import arg
from anchornet.exports import pack
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.since_meeting import Since, since
from anchornet.narrative import variation
from anchornet.narrative.plain_text import table_text
from anchornet.periods import month_text
from anchornet.store import actions, area_statistics, meetings
from anchornet.store.database import utc_now
from anchornet.store.network import NotPossible, members
from anchornet.store.targets import read_number


def _read_indicator(text: str) -> str:
    if text not in CATALOGUE:
        raise ValueError(f"there is no indicator {text!r}. There are: {', '.join(CATALOGUE)}.")
    return text


def _read_pack(text: str) -> Path:
    if Path(text).suffix.lower() not in pack.FORMS:
        raise ValueError(f"a pack is written as {' or '.join(pack.FORMS)}, and not as {text!r}.")
    return arguments.read_place(text)


@command(
    "meetings add",
    "Record when the delivery group meets.",
    arg("name", metavar="NAME"),
    arg("--at", read=arguments.read_moment, metavar="TIME", required=True, help="in UTC"),
    arguments.RECORDED_BY,
)
def _add_meeting(given: Namespace) -> int:
    with network_of(given) as database:
        meeting = meetings.record_meeting(database, given.name, given.at, given.by)
    return say(f"Recorded {meeting.name} as meeting {meeting.meeting_id}.")


@command("meetings list", "Print the meetings, the newest first.", arguments.FORMAT)
def _list_meetings(given: Namespace) -> int:
    with network_of(given) as database:
        listed = [
            {"meeting": it.meeting_id, "name": it.name, "starts_at": _moment(it.starts_at)}
            for it in meetings.meetings(database)
        ]
    return _print(given, listed)


@command(
    "meetings since",
    "Say what is different since the last meeting. Exact: nothing is rounded or hidden.",
    arg("--as-at", read=arguments.read_moment, metavar="TIME", help="in UTC; now, when not named"),
    arguments.FORMAT,
)
def _since(given: Namespace) -> int:
    now = given.as_at or utc_now()
    with network_of(given) as database:
        past = [it for it in meetings.meetings(database, now) if it.starts_at < now]
        if not past:
            raise NotPossible("No meeting was held yet. Record one with `meetings add`.")
        found = since(database, list(CATALOGUE), past[0].starts_at, now)
        known = members(database)
    if given.format == "json":
        months = {
            name: month and month_text(month)
            for name, month in (("period_then", found.period_then), ("period", found.period))
        }
        return print_json({"meeting": past[0].name, **_plain(found), **months})
    print(variation.since(found, past[0].name))
    names = dict(zip(known["member_id"], known["name"], strict=True))
    for sentence in (
        *map(variation.status_change, found.crossed),
        *map(variation.variation_change, found.varied),
        *variation.members_change(found, names),
        *variation.revised(found, names),
        *variation.actions_due(found, now.date()),
    ):
        print(f"- {sentence}")
    return DONE


def _plain(found: Since) -> dict[str, Any]:
    """As JSON-ready values."""

    def plain(value: Any) -> Any:
        if isinstance(value, pd.DataFrame):
            return [plain(row) for row in records(value)]
        if isinstance(value, dict):
            return {name: plain(it) for name, it in value.items()}
        if isinstance(value, tuple | list):
            return [plain(it) for it in value]
        if isinstance(value, datetime):
            return _moment(value)
        if isinstance(value, date):
            return value.isoformat()
        return None if formatting.is_gap(value) else value

    return {name: plain(value) for name, value in asdict(found).items()}


@command(
    "pack",
    "Make the pack for a meeting: slides that can be edited, or a PDF, by the file's ending.",
    arg(
        "--meeting",
        read=arguments.read_day,
        metavar="DAY",
        help="the day it is on; the next one, else the last, when not named",
    ),
    arg("-o", "--output", read=_read_pack, metavar="FILE", required=True, help=".pptx or .pdf"),
    arguments.RECORDED_BY,
)
def _pack(given: Namespace) -> int:
    with network_of(given) as database:
        meeting = pack.meeting_on(database, given.meeting)
        data = pack.make_file(database, meeting, given.output.suffix.lower(), given.by)
    given.output.write_bytes(data)
    return say(f"Made {given.output}, for {meeting.name}.")


@command(
    "actions add",
    "Record what is done about an indicator.",
    arg("indicator", read=_read_indicator, metavar="INDICATOR"),
    arg("--member", metavar="ID", help="whose figure it is; the network's, when not named"),
    arg("--what", metavar="TEXT", required=True, help="what will be done"),
    arg("--who", metavar="TEXT", required=True, help="which role or team does it"),
    arg("--due-on", read=arguments.read_day, metavar="DAY", required=True),
    arguments.RECORDED_BY,
)
def _add_action(given: Namespace) -> int:
    with network_of(given) as database:
        number = actions.record_action(
            database,
            indicator=given.indicator,
            member_id=given.member,
            what=given.what,
            who=given.who,
            due_on=given.due_on,
            by=given.by,
        )
    return say(f"Recorded action {number}, due on {formatting.day(given.due_on)}.")


@command(
    "actions close",
    "Close an action with what came of it.",
    arg("action", type=int, metavar="NUMBER"),
    arg("--note", metavar="TEXT", required=True),
    arguments.RECORDED_BY,
)
def _close_action(given: Namespace) -> int:
    with network_of(given) as database:
        actions.close_action(database, given.action, given.note, by=given.by)
    return say(f"Action {given.action} is closed.")


@command("actions list", "Print the actions, open ones first.", arguments.FORMAT)
def _list_actions(given: Namespace) -> int:
    with network_of(given) as database:
        listed = records(actions.actions(database))
    for row in listed:
        row["due_on"] = row["due_on"].isoformat()
        for name in ("opened_at", "closed_at"):
            row[name] = row[name] and _moment(row[name])
    return _print(given, listed)


@command(
    "area set",
    "Record a figure of the area, with where it comes from.",
    arg("name", metavar="NAME", help=", ".join(area_statistics.AREA_FACTS)),
    arg("value", read=lambda text: read_number(text, "the value"), metavar="VALUE"),
    arg("--source", metavar="TEXT", required=True),
    arg("--year", type=int, required=True),
    arguments.RECORDED_BY,
)
def _set_area_fact(given: Namespace) -> int:
    with network_of(given) as database:
        area_statistics.record_area_fact(
            database, given.name, given.value, source=given.source, year=given.year, by=given.by
        )
    return say(f"Recorded {area_statistics.AREA_FACTS[given.name].title}.")


@command("area list", "Print the figures of the area.", arguments.FORMAT)
def _list_area_facts(given: Namespace) -> int:
    with network_of(given) as database:
        frame = area_statistics.area_facts(database)
    return _print(given, records(frame[["name", "value", "source", "year"]]))


def _print(given: Namespace, rows: list[dict[Any, Any]]) -> int:
    if given.format == "json":
        return print_json(rows)
    print(table_text(rows), end="")
    return DONE


def _moment(moment: datetime) -> str:
    return f"{moment.isoformat(timespec='minutes')}Z"
