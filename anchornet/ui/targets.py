"""Targets: the list of them, a form for one, its history, and a file of all."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

import streamlit as st

from anchornet import formatting
from anchornet.csv_export import csv_bytes
from anchornet.facts.catalogue import CATALOGUE, SHARES
from anchornet.narrative import meeting, status
from anchornet.periods import add_months, month_text
from anchornet.settings import Settings
from anchornet.store.database import Database
from anchornet.store.network import LoadError, NotPossible
from anchornet.store.targets import (
    Target,
    load_targets,
    profile_text,
    read_number,
    read_profile,
    record_targets,
    remove_target,
    require_share,
    target_history,
    target_table,
)
from anchornet.ui import layout
from anchornet.ui.forms import Undo, confirmed, do, key, show_faults
from anchornet.ui.session import download


def show_targets(held: Sequence[Target], names: Mapping[str, str], settings: Settings) -> None:
    """Every target that holds, the network's first."""
    if not held:
        return
    order = {name: place for place, name in enumerate(CATALOGUE)}
    layout.table(
        ["Figure", "Target", "Profile", "Tolerance"],
        [
            [
                meeting.figure_of((it.indicator, it.member_id), names),
                status.target_by(it),
                status.path(it),
                status.tolerance(it, settings.tolerance),
            ]
            for it in sorted(held, key=lambda it: (it.member_id or "", order[it.indicator]))
        ],
        numbers=(),
    )


def pick(members: Mapping[str, str]) -> tuple[str, str | None]:
    """The indicator and whose target it is: a member's ID, None for the network's."""
    indicator = st.selectbox(
        "Indicator",
        list(CATALOGUE),
        format_func=lambda name: CATALOGUE[name].title,
        key="target_indicator",
    )
    whose = st.selectbox(
        "Owner",
        ["", *members],  # an option None would be one to clear
        format_func=lambda it: members.get(it, "The network"),
        key="target_whose",
    )
    return indicator, whose or None


def edit(
    database: Database,
    indicator: str,
    member_id: str | None,
    held: Target | None,
    today: date,
    by: str,
) -> None:
    """A form for one target as it holds now, or for a new one."""
    unit = CATALOGUE[indicator].unit
    this = today.replace(day=1)
    example = {"share": "45%", "gbp": "£1,200,000"}.get(unit, "120")

    def month(label: str, usual: date) -> date:
        months = sorted({usual, *(add_months(this, step) for step in range(-60, 121))})
        return st.selectbox(label, months, index=months.index(usual), format_func=formatting.month)

    def number(label: str, value: float | None) -> str:
        shown = "" if value is None else formatting.exactly(value, unit)
        return st.text_input(label, shown, placeholder=example)

    with st.form(key(f"target_{indicator}_{member_id}"), border=False):
        # In rows, so that a value and its month stay together where there is room for one column.
        left, right = st.columns(2)
        with left:
            baseline = number("Baseline", held.baseline if held else None)
        with right:
            start = held.baseline_period if held else None
            baseline_period = month("Baseline month", start or add_months(this, -1))
        left, right = st.columns(2)
        with left:
            target = number("Target", held.target if held else None)
        with right:
            target_period = month(
                "Target month", held.target_period if held else add_months(this, 12)
            )
        own = held.tolerance if held else None
        tolerance = st.text_input(
            "Tolerance",
            "" if own is None else formatting.exactly(own, "share"),
            placeholder=f"{formatting.exactly(database.settings.tolerance, 'share')}, the usual",
            help="How far behind its profile a figure can be before it is off track.",
        )
        profile = st.text_area(
            "Profile, month by month",
            profile_text((held.profile if held else None) or {}).replace(";", "\n"),
            placeholder=f"{month_text(this)}={example}\n{month_text(add_months(this, 3))}=…",
            help="A month and its value on each line. Months you leave out lie on the straight "
            "line between their neighbours. Empty: a straight line from baseline to target.",
        )

        def save() -> None:
            if not target.strip():
                raise NotPossible("Enter a target.")
            lines = (line.replace("\t", "=") for line in profile.splitlines())
            first = read_number(baseline, "the baseline") if baseline.strip() else None
            typed = Target(
                indicator=indicator,
                member_id=member_id,
                baseline_period=None if first is None else baseline_period,
                baseline=first,
                target_period=target_period,
                target=read_number(target, "the target"),
                tolerance=read_number(tolerance, "the tolerance") if tolerance.strip() else None,
                profile=read_profile(";".join(lines)) or None,
            )
            if indicator in SHARES:
                require_share(typed)
            record_targets(database, [typed], by=by)

        if st.form_submit_button("Save target", type="primary"):
            do("The target is saved; the one before it stays in the history.", save)
    words = "From now on this figure has no status. Earlier statuses stay as they were."
    if held and confirmed("Remove target", words, "Remove it", "target_remove"):
        undo = Undo("The target is back.", partial(record_targets, database, [held], by=by))
        do(
            "The target is removed.",
            remove_target,
            database,
            indicator,
            member_id,
            by=by,
            undo=undo,
        )


def show_history(database: Database, indicator: str, member_id: str | None) -> None:
    """When the target was changed, by whom, and what it was."""
    history = target_history(database, indicator, member_id)
    if not history:
        st.write("There is no target for this yet.")
        return
    usual = database.settings.tolerance
    layout.table(
        ["Saved on", "Target", "Profile", "Tolerance", "By"],
        [
            [
                formatting.day(moment),
                status.target_by(it) if it else "removed",
                status.path(it) if it else "",
                status.tolerance(it, usual) if it else "",
                by,
            ]
            for moment, by, it in history
        ],
        numbers=(),
    )


def file_of_all(database: Database, held: Sequence[Target], by: str) -> None:
    """Targets as a file: down, changed, and up again."""
    download(
        "Targets as CSV" if held else "Blank file of targets",
        lambda: csv_bytes(target_table(held)),
        file_name="targets.csv",
        key="targets_down",
    )
    uploaded = st.file_uploader(
        "Drop a file of targets, CSV or Excel",
        max_upload_size=database.settings.max_upload_mb,
        key=key("targets_file"),
    )
    if uploaded and st.button("Load these targets", type="primary", key="targets_load"):
        try:
            do(
                "The targets are loaded; the earlier ones stay in the history.",
                load_targets,
                database,
                uploaded.getvalue(),
                by=by,
                indicators=CATALOGUE.keys(),
                shares=SHARES,
            )
        except LoadError as error:
            show_faults(error.sentences)
