"""The list of members, and a form in which the coordinator adds, changes, ends and merges them."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from anchornet import formatting
from anchornet.facts.build import add_member, remove_member
from anchornet.narrative.returns_status import membership, starting
from anchornet.store.database import Database, utc_now
from anchornet.store.network import KINDS, id_from, members
from anchornet.store.returns_status import owed_from
from anchornet.ui import layout
from anchornet.ui.forms import DAY, Undo, confirmed, do, key, show_done

FIGURES, LIST = "figures", "list"
PARTS = {FIGURES: "Figures", LIST: "Add or edit"}
FIRST_YEAR, LAST_YEAR = date(2000, 1, 1), date(2100, 12, 31)


def keep(database: Database, by: str) -> None:
    """All members, those who left among them, and the form for one."""
    frame, today = members(database), utc_now().date()
    layout.answer(membership(frame, today))
    show_done()
    names = dict(zip(frame["member_id"], frame["name"], strict=True))
    left, right = st.columns([3, 2], gap="large")
    with right:
        layout.heading("Add or edit a member", "What was true before stays in the history.")
        _form(database, frame, names, today, by)
    with left:
        if not frame.empty:
            layout.heading("Members")
            with st.container(key="member_list"):
                layout.table(
                    ["Member", "Kind", "Org-ID", "In the network"],
                    [_row(member, names) for member in frame.to_dict("records")],
                    (),
                )


def _row(member: Mapping[Any, Any], names: Mapping[str, str]) -> list[str]:
    first, last = member["starts_on"], member["ends_on"]
    days = [
        *([] if pd.isna(first) else [f"from {formatting.day(first)}"]),
        *([] if pd.isna(last) else [f"until {formatting.day(last)}"]),
    ]
    when = formatting.capital(" ".join(days)) or "Always"
    after = f", then {names[member['successor_id']]}" if member["successor_id"] else ""
    return [member["name"], KINDS[member["kind"]], member["org_id"] or "–", when + after]


def _form(
    database: Database, frame: pd.DataFrame, names: Mapping[str, str], today: date, by: str
) -> None:
    chosen = st.selectbox(
        "Member",
        list(names),
        index=None,
        format_func=names.__getitem__,
        placeholder="A new one, or choose which to edit",
        key=key("member_which"),
    )
    rows = {row["member_id"]: row for row in frame.to_dict("records")}
    before: dict[str, Any] = {
        str(column): None if pd.isna(value) else value
        for column, value in rows.get(chosen, {}).items()
    }

    def field(name: str) -> str:
        return key(f"member_{name}_{chosen}")

    name = st.text_input("Name", before.get("name", ""), key=field("name"))
    kinds = list(KINDS)
    kind = st.selectbox(
        "Kind",
        kinds,
        index=kinds.index(before["kind"]) if before else None,
        format_func=KINDS.__getitem__,
        placeholder="Choose",
        key=field("kind"),
    )
    org_id = st.text_input(
        "Org-ID",
        before.get("org_id") or "",
        placeholder="GB-NHS-R0A",
        help="By it payments between members are recognised and left out of network totals.",
        key=field("org_id"),
    )
    if chosen:
        member_id = chosen
    else:
        member_id = st.text_input(
            "Short ID",
            placeholder=id_from(name) or "Made from the name",
            help="For files and addresses. It stays the same for ever; left blank, it is made "
            "from the name.",
            key=field("id"),
        ).strip() or id_from(name)
    starts_on = st.date_input(
        "First day as a member",
        before.get("starts_on", today),
        FIRST_YEAR,
        LAST_YEAR,
        format=DAY,
        help="Clear it for one that was always in the network.",
        key=field("starts_on"),
    )
    ends_on = successor = None
    if before:
        ends_on = st.date_input(
            "Last day as a member",
            before["ends_on"],
            FIRST_YEAR,
            LAST_YEAR,
            format=DAY,
            key=field("ends_on"),
        )
        others = [other for other in names if other != chosen]
        successor = st.selectbox(
            "Its place is taken by",
            others,
            index=others.index(before["successor_id"]) if before["successor_id"] else None,
            format_func=names.__getitem__,
            placeholder="Nobody",
            help="For members that merge: figures are then compared with those of the members "
            "before. Whoever signs in for it needs roles of the new member.",
            key=field("successor"),
        )
    wrong_way = starts_on and ends_on and ends_on < starts_on
    if not wrong_way:
        owed = owed_from(database, starts_on, ends_on, today)
        layout.note(" ".join(starting(owed, starts_on, today)))
    pressed = st.button("Save member", type="primary", key="member_save")
    words = "For one that was added by mistake: it leaves the list, and nothing was sent for it."
    if before and confirmed("Remove", words, "Remove member", "member_remove"):
        do(
            f"{before['name']} is removed.",
            remove_member,
            database,
            member_id,
            by=by,
            undo=Undo(f"{before['name']} is back.", partial(add_member, database, **before, by=by)),
        )
    if not pressed:
        return
    undo = None
    if before:
        words = f"{before['name']} is as it was."
        undo = Undo(words, partial(add_member, database, **before, by=by))
    do(
        f"{name.strip()} is saved.",
        add_member,
        database,
        member_id,
        name,
        kind or "",
        org_id=org_id,
        starts_on=starts_on,
        ends_on=ends_on,
        successor_id=successor,
        new=not before,
        by=by,
        undo=undo,
    )
