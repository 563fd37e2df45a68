"""Commands of the delivery group: meetings, packs, actions, figures of the area."""

from dataclasses import is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import typer

from anchornet.cli.options import (
    AS_AT,
    DATABASE,
    FORMAT,
    RECORDED_BY,
    Form,
    Reader,
    argument,
    flag,
    group,
    moment,
    option,
    read_day,
    read_file,
    read_indicator,
    read_number,
    read_text,
    required,
    writable_path,
)
from anchornet.cli.output import (
    DONE,
    moment_text,
    network,
    print_json,
    print_rows,
    print_text,
    records,
    say,
)
from anchornet.periods import month_text

app = typer.Typer()
meetings = group(app, "meetings", "Meetings of the delivery group.")
actions = group(app, "actions", "What is done about indicators.")
asks = group(app, "asks", "What the network asks of a funder or a minister.")
area_statistics = group(app, "area", "Figures of the area.")


def read_pack(text: str) -> Path:
    from anchornet.exports.pack import FORMS

    if Path(text).suffix.lower() not in FORMS:
        raise ValueError(f"a pack is written as {' or '.join(FORMS)}, and not as {text!r}.")
    return writable_path(text)


def read_value(text: str) -> float:
    from anchornet.store.targets import read_number

    return read_number(text, "the value")


@meetings.command("add")
def add_meeting(
    name: str = argument("NAME"),
    at: datetime = required("--at", "TIME", "In UTC.", read=moment),
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Record when the delivery group meets."""
    from anchornet.store.meetings import record_meeting

    with network(database) as opened:
        meeting = record_meeting(opened, name, at, by)
    return say(f"Recorded {meeting.name} as meeting {meeting.meeting_id}.")


@meetings.command("list")
def list_meetings(form: Form = FORMAT, database: Path | None = DATABASE) -> int:
    """Print the meetings, the newest first."""
    from anchornet.store import meetings

    with network(database) as opened:
        rows = [
            {
                "meeting": meeting.meeting_id,
                "name": meeting.name,
                "starts_at": moment_text(meeting.starts_at, "minutes"),
            }
            for meeting in meetings.meetings(opened)
        ]
    return print_rows(rows, form)


@meetings.command("since")
def since_meeting(
    as_at: datetime | None = AS_AT, form: Form = FORMAT, database: Path | None = DATABASE
) -> int:
    """Say what is different since the last meeting. Exact: nothing is rounded or hidden."""
    from anchornet.facts.catalogue import CATALOGUE
    from anchornet.indicators.figures import OWN
    from anchornet.indicators.since_meeting import since
    from anchornet.narrative import meeting as narrative_meeting
    from anchornet.store.database import utc_now
    from anchornet.store.meetings import meetings
    from anchornet.store.network import NotPossible, members

    now = as_at or utc_now()
    with network(database) as opened:
        past = [meeting for meeting in meetings(opened, now) if meeting.starts_at < now]
        if not past:
            raise NotPossible("No meeting was held yet. Record one with `meetings add`.")
        changes = since(opened, list(CATALOGUE), past[0].starts_at, now, OWN)
        frame = members(opened)
    if form == "json":
        months = {"period_then": changes.period_then, "period": changes.period}
        shown = {name: month and month_text(month) for name, month in months.items()}
        return print_json({"meeting": past[0].name, **_plain(changes), **shown})
    print_text(narrative_meeting.since(changes, past[0].name))
    names = dict(zip(frame["member_id"], frame["name"], strict=True))
    for sentence in (
        *map(narrative_meeting.status_change, changes.crossed),
        *map(narrative_meeting.variation_change, changes.varied),
        *narrative_meeting.members_change(changes, names),
        *narrative_meeting.revision_sentences(changes, names),
        *narrative_meeting.actions_due(changes, now.date()),
    ):
        print_text(f"- {sentence}")
    return DONE


def _plain(value: Any) -> Any:
    """As JSON-ready values."""
    import pandas as pd

    from anchornet.formatting import is_gap

    if isinstance(value, pd.DataFrame):
        value = records(value)
    elif is_dataclass(value):
        value = vars(value)
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, datetime):
        return moment_text(value, "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return None if is_gap(value) else value


@app.command()
def pack(
    output: Path = required("-o --output", "FILE", ".pptx or .pdf", read=read_pack),
    meeting: date | None = option(
        "--meeting",
        "DAY",
        "The day it is on; the next one, else the last, when not named.",
        read=read_day,
    ),
    evidence: bool = flag(
        "--evidence", "For a funder or a minister: years, outcome by outcome, and the ask."
    ),
    reader: Reader | None = option("--reader", about="Each figure says what it means to them."),
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Make the pack for a meeting, or of the evidence: slides that can be edited, or a PDF, by the
    file's ending."""
    from anchornet.exports import pack
    from anchornet.exports.pack import evidence as evidence_pack

    if evidence:
        with network(database) as opened:
            form, for_whom = output.suffix.lower(), reader or "public"
            output.write_bytes(evidence_pack.make_file(opened, form, for_whom))
        return say(f"Made {output}, of the evidence.")
    with network(database) as opened:
        chosen = pack.meeting_on(opened, meeting)
        output.write_bytes(pack.make_file(opened, chosen, output.suffix.lower(), by, reader))
    return say(f"Made {output}, for {chosen.name}.")


@asks.command("write")
def write_ask(
    file: Path = argument("FILE", "The text, paragraphs apart.", read=read_file),
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Keep a text of what the network asks for, as a draft."""
    from anchornet.store import asks as store_asks

    with network(database) as opened:
        number = store_asks.write(opened, read_text(file), by=by)
    return say(f"Kept version {number} as a draft.")


@asks.command("approve")
def approve_ask(
    version: int = argument("VERSION", read=read_number),
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Let a version leave, and no other."""
    from anchornet.store import asks as store_asks

    with network(database) as opened:
        store_asks.approve(opened, version, by)
    return say(f"Version {version} is approved.")


@asks.command("withdraw")
def withdraw_ask(by: str = RECORDED_BY, database: Path | None = DATABASE) -> int:
    """Ask for nothing from now on."""
    from anchornet.store import asks as store_asks

    with network(database) as opened:
        store_asks.withdraw(opened, by)
    return say("Nothing is asked for any more.")


@asks.command("list")
def list_asks(form: Form = FORMAT, database: Path | None = DATABASE) -> int:
    """Print every version, the newest first."""
    from anchornet.store.asks import ask_history

    with network(database) as opened:
        rows = [
            {
                "version": each.version,
                "state": each.state,
                "written_at": moment_text(each.written_at, "minutes"),
                "written_by": each.written_by,
                "decided_at": moment_text(each.decided_at, "minutes"),
                "decided_by": each.decided_by,
                "words": each.words,
            }
            for each in ask_history(opened)
        ]
    return print_rows(rows, form)


@actions.command("add")
def add_action(
    indicator: str = argument("INDICATOR", read=read_indicator),
    what: str = required("--what", "TEXT", "What will be done."),
    who: str = required("--who", "TEXT", "Which role or team does it."),
    due_on: date = required("--due-on", "DAY", read=read_day),
    member: str | None = option(
        "--member", "ID", "Whose figure it is; the network's, when not named."
    ),
    workstream: str | None = option("--workstream", "TEXT", "Which one it belongs to, if any."),
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Record what is done about an indicator."""
    from anchornet.formatting import day
    from anchornet.store.actions import record_action

    with network(database) as opened:
        number = record_action(
            opened,
            indicator=indicator,
            member_id=member,
            workstream=workstream,
            what=what,
            who=who,
            due_on=due_on,
            by=by,
        )
    return say(f"Recorded action {number}, due on {day(due_on)}.")


@actions.command("close")
def close_action(
    action: int = argument("NUMBER", read=read_number),
    note: str = required("--note", "TEXT"),
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Close an action with what came of it."""
    from anchornet.store import actions as store_actions

    with network(database) as opened:
        store_actions.close_action(opened, action, note, by=by)
    return say(f"Action {action} is closed.")


@actions.command("list")
def list_actions(form: Form = FORMAT, database: Path | None = DATABASE) -> int:
    """Print the actions, open ones first."""
    from anchornet.facts.catalogue import CATALOGUE
    from anchornet.store import actions as store_actions

    with network(database) as opened:
        rows = records(store_actions.actions(opened))
    for row in rows:
        row["due_on"] = row["due_on"].isoformat()
        row |= {name: moment_text(row[name], "minutes") for name in ("opened_at", "closed_at")}
        if form == "text":
            row["indicator"] = CATALOGUE[row["indicator"]].title
    return print_rows(rows, form)


@area_statistics.command("set")
def set_area_fact(
    name: str = argument("NAME", "Such as jobs_in_area; a wrong one says which."),
    value: float = argument("VALUE", read=read_value),
    source: str = required("--source", "TEXT"),
    year: int = required("--year", "YEAR", read=read_number),
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Record a figure of the area, with where it comes from."""
    from anchornet.store import area_statistics

    with network(database) as opened:
        area_statistics.record_area_fact(opened, name, value, source=source, year=year, by=by)
    return say(f"Recorded {area_statistics.AREA_FACTS[name].title}.")


@area_statistics.command("list")
def list_area_facts(form: Form = FORMAT, database: Path | None = DATABASE) -> int:
    """Print the figures of the area."""
    from anchornet.store.area_statistics import AREA_FACTS, area_facts

    with network(database) as opened:
        frame = area_facts(opened)[["name", "value", "source", "year"]]
    if form == "text":
        frame["name"] = [AREA_FACTS[name].title for name in frame["name"]]
        frame["year"] = frame["year"].astype(str)
    return print_rows(records(frame), form)
