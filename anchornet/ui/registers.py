"""What open registers say of the names that members paid: to look up, and to decide."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from anchornet import formatting
from anchornet.facts import build
from anchornet.narrative import supplier_places
from anchornet.places.registers import REGISTERS
from anchornet.settings import Settings
from anchornet.store.database import Database
from anchornet.store.network import NotPossible
from anchornet.ui import layout, queries
from anchornet.ui.forms import Undo, begin_again, do, key, too_large
from anchornet.ui.layout import heading

OFFERED = 8  # names that are offered at once


def look_up(settings: Settings, database: Database, by: str) -> None:
    """Takes a register's file and looks up in it whom members paid."""
    with st.expander("Look names up in a register"):
        name = st.selectbox(
            "Register",
            list(REGISTERS),
            format_func=lambda name: formatting.capital(REGISTERS[name].title),
            key=key("register"),
        )
        register = REGISTERS[name]
        layout.note(
            f"As it is published: {register.publishes}. What is larger than "
            f"{settings.max_upload_mb} MB is read with the command `organisations enrich`."
        )
        uploaded = st.file_uploader(
            "Drop the register here",
            max_upload_size=settings.max_upload_mb,
            key=key("register_file"),
        )
        if uploaded is None or too_large(uploaded.getvalue(), settings):
            return
        if not st.button("Look names up", type="primary", key="look_up"):
            return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(uploaded.name).name
        path.write_bytes(uploaded.getvalue())
        try:
            with st.spinner("Looking names up"):
                report = build.enrich(database, {name: [path]}, by=by)
        except NotPossible as why:
            st.error(layout.plain(str(why)))
            return
    begin_again(report.sentence())
    st.rerun()


def decide(database: Database, by: str) -> None:
    """What registers say of names that members paid: to decide, and what was decided."""
    waiting, settled = queries.register_offers(database), queries.register_decisions(database)
    picked = None
    if len(waiting):
        heading("Is it them?", supplier_places.register_offers(waiting))
        picked = _offers(waiting)
    if len(settled):
        picked = _decisions(settled) or picked
    if picked is None:
        return
    match, state = picked
    name_key, org_id, before = match["name_key"], match["org_id"], match["state"]
    done = {"offered": "Undecided again", "accepted": "Accepted", "refused": "Refused"}
    do(
        f"{done[state]}: {match['name']} for {match['supplier']}.",
        lambda: build.decide_match(database, name_key, org_id, state, by=by),
        undo=Undo(
            f"As it was before: {match['name']} for {match['supplier']}.",
            lambda: build.decide_match(
                database, name_key, org_id, "accepted" if before == "taken" else before, by=by
            ),
        ),
    )


def _offers(waiting: pd.DataFrame) -> tuple[pd.Series[Any], str] | None:
    """What registers offer for the names with most pounds, each to accept or refuse: the one that
    was decided and how."""
    decided = None
    names = list(dict.fromkeys(waiting["name_key"]))
    for name_key in names[:OFFERED]:
        of_name = waiting[waiting["name_key"] == name_key]
        with st.container(key=key(f"offer_{name_key}")):
            supplier, amount = of_name.iloc[0][["supplier", "amount_gbp"]]
            st.write(f"**{layout.plain(f'{supplier}, {formatting.pounds(amount)}')}**")
            for _, offer in of_name.iterrows():
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.write(layout.plain(supplier_places.register_offer(offer)))
                    ending = f"{name_key}_{offer['org_id']}"
                    if st.button("Accept", key=key(f"accept_{ending}")):
                        decided = offer, "accepted"
                    if st.button("Refuse", key=key(f"refuse_{ending}")):
                        decided = offer, "refused"
    if len(names) > OFFERED:
        more = len(names) - OFFERED
        follow = formatting.plural(more, "name follows", "names follow")
        layout.note(f"{more:,} more {follow} when these are decided.")
    return decided


def _decisions(decided: pd.DataFrame) -> tuple[pd.Series[Any], str] | None:
    """What was taken from registers, accepted and refused, to look up one and decide it otherwise:
    that one and how it is to stand."""
    words = {
        number: f"{row['supplier']}: {row['state']}, {row['name']}"
        for number, row in enumerate(decided.to_dict("records"))
    }
    with st.expander(f"Taken, accepted and refused: {len(decided):,}"):
        chosen = st.selectbox(
            "Look up a name",
            list(words),
            index=None,
            format_func=lambda number: words.get(number, ""),
            placeholder="Type a name",
            key=key("open_decision"),
        )
        if chosen is None:
            return None
        match = pd.Series(decided.to_dict("records")[chosen])
        st.write(layout.plain(supplier_places.register_offer(match)))
        with st.container(horizontal=True):
            if st.button("Decide again", key=key("reopen_match")):
                return match, "offered"
            if match["state"] != "refused" and st.button("Refuse", key=key("refuse_match")):
                return match, "refused"
    return None
