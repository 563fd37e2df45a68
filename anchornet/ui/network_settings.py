"""Forms for what a network decides for itself, and what it was before."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

import streamlit as st

from anchornet import formatting
from anchornet.charts import maps
from anchornet.facts.build import change_settings
from anchornet.narrative.network_settings import TITLES, in_words
from anchornet.narrative.returns_status import three_dates
from anchornet.periods import add_months
from anchornet.places.reference import authorities, combined_authority
from anchornet.setting_values import LICENCES, Logo
from anchornet.settings import Settings
from anchornet.store.cache import cached
from anchornet.store.database import Database, utc_now
from anchornet.store.network import DueDates
from anchornet.store.network_settings import is_decided
from anchornet.ui import layout, queries
from anchornet.ui.forms import do, key

TYPED = "typed_"
LARGEST_LOGO = 300_000  # bytes
PNG = b"\x89PNG\r\n\x1a\n"

every_authority = cached(authorities)


# What is typed and not saved yet stays while one looks at another step: in keys of its own, which
# are forgotten once it is saved.


def field(step: str, name: str, value: Any) -> str:
    """The key of a field that begins with this value."""
    typed_as = f"{TYPED}{step}_{name}"
    st.session_state.setdefault(typed_as, value)
    return typed_as


def typed(step: str, name: str) -> Any:
    return st.session_state.get(f"{TYPED}{step}_{name}")


def hold_typed() -> None:
    """Keeps what is typed in fields that are not on screen."""
    for name in st.session_state:
        if str(name).startswith(TYPED):
            st.session_state[name] = st.session_state[name]


def forget_typed(step: str) -> None:
    for name in [name for name in st.session_state if str(name).startswith(f"{TYPED}{step}_")]:
        del st.session_state[name]


def save(
    database: Database,
    step: str,
    values: Mapping[str, Any],
    by: str,
    done: str,
    then: Callable[[], None] | None = None,
) -> None:
    """Saves settings; those that a variable of the environment gives stay as they are."""
    free = {
        name: value for name, value in values.items() if name not in database.settings.overridden
    }

    def act() -> None:
        change_settings(database, free, by=by)
        forget_typed(step)
        if then:
            then()

    do(done, act)


def _note_overridden(database: Database, *names: str) -> None:
    for name in names:
        if name in database.settings.overridden:
            variable = f"ANCHORNET_{name.upper()}"
            words = in_words(name, getattr(database.settings, name), every_authority(database))
            layout.note(
                f"{TITLES[name]} is set by {variable} where the app runs ({words}). What you "
                "save here holds once that is gone."
            )


def _is_own(database: Database, name: str) -> bool:
    """Whether a form begins with the setting as it is: not in a network that is being set up and
    has only what the settings file says of some network."""
    return is_decided(database, name) or not queries.setting_up(database)


def show_name(database: Database, by: str, then: Callable[[], None] | None = None) -> None:
    settings = database.settings
    known = settings.network_name if _is_own(database, "network_name") else ""
    name = st.text_input(
        "Name of the network",
        key=field("network", "name", known),
        placeholder="Sample Anchor Network",
        disabled="network_name" in settings.overridden,
        help="As it stands on every page, picture and pack.",
    )
    _note_overridden(database, "network_name")
    if st.button("Save name", type="primary", key="network_save"):
        save(database, "network", {"network_name": name}, by, "The name is saved.", then)


def show_look(database: Database, by: str) -> None:
    settings = database.settings
    colour = st.color_picker("Colour", key=field("look", "colour", settings.colour))
    uploaded = st.file_uploader(
        "Logo, a PNG about as wide as high", type="png", max_upload_size=1, key=key("look_logo")
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button("Save look", type="primary", key="look_save")
        without = bool(settings.logo.data) and st.button("Use no logo", key="look_remove")
    _note_overridden(database, "colour", "logo")
    values: dict[str, Any] = {"colour": colour}
    if uploaded and pressed:
        data = uploaded.getvalue()
        if len(data) > LARGEST_LOGO or not data.startswith(PNG):
            st.error(f"The logo should be a PNG file of at most {LARGEST_LOGO // 1000} kB.")
            return
        values["logo"] = Logo(".png", data).address
    if without:
        values = {"logo": ""}
    if pressed or without:
        save(database, "look", values, by, "The look is saved.")


def show_area(database: Database, by: str, then: Callable[[], None] | None = None) -> None:
    """Local authorities by their names, beside a map of them."""
    settings, names = database.settings, every_authority(database)
    decided = _is_own(database, "area")
    overridden = not settings.overridden.isdisjoint({"area", "wider_area"})
    left, right = st.columns([2, 3], gap="large")
    with left:
        area = _authorities("Area: local authorities", "area", settings.area, names, decided)
        area_name = st.text_input(
            "What people call the area",
            key=field("area", "area_name", settings.area_name if decided else ""),
            placeholder=formatting.listed([names[code] for code in area]) or "Manchester",
        ).strip() or formatting.listed([names[code] for code in area])
        around, codes = combined_authority(database, area)
        if around and not set(codes) <= {*(typed("area", "wider") or ())}:
            words = f"Take {around} as the wider area: {formatting.count(len(codes))} authorities"
            st.button(words, key="area_offer", on_click=_take_wider, args=(around, codes))
        wider = _authorities("Wider area around it", "wider", settings.wider_area, names, decided)
        wider = list(dict.fromkeys([*area, *wider]))
        wider_name = (
            st.text_input(
                "What people call the wider area",
                key=field("area", "wider_name", settings.wider_area_name if decided else ""),
                placeholder="Greater Manchester",
            ).strip()
            or area_name
        )
        _note_overridden(database, "area", "area_name", "wider_area", "wider_area_name")
        layout.note(
            "Local means in the area; around it lies the wider area. A change counts every month "
            "anew by the new boundary."
        )
        if st.button("Save area", type="primary", key="area_save", disabled=overridden):
            values = {
                "area": area,
                "area_name": area_name,
                "wider_area": wider,
                "wider_area_name": wider_name,
            }
            if not area:
                st.error("Choose at least one local authority.")
            else:
                save(database, "area", values, by, "The area is saved.", then)
    with right:
        if area:
            drawn = boundaries(
                replace(
                    settings,
                    area=tuple(area),
                    area_name=area_name,
                    wider_area=tuple(wider),
                    wider_area_name=wider_name,
                )
            )
            alt = f"Map of {area_name} and {wider_name}."
            layout.show(layout.Block("boundary", "Boundary", "", [layout.Map(drawn, alt)]))
            if not all(code.startswith("E") for code in wider):
                layout.note(
                    "The map has the boundaries of England only. Authorities of Scotland and Wales "
                    "are counted all the same."
                )
        else:
            layout.note("Choose local authorities to see them on a map.")


@lru_cache(4)
def boundaries(settings: Settings) -> maps.WardMap:
    return maps.boundary_map(settings)


def _authorities(
    label: str,
    name: str,
    held: tuple[str, ...],
    names: Mapping[str, str],
    decided: bool,
) -> list[str]:
    known = [code for code in held if code in names] if decided else []
    return st.multiselect(
        label,
        list(names),
        format_func=names.__getitem__,
        key=field("area", name, known),
        placeholder="Type a name",
    )


def _take_wider(name: str, codes: list[str]) -> None:
    st.session_state[f"{TYPED}area_wider"] = codes
    st.session_state[f"{TYPED}area_wider_name"] = name


def show_deadlines(database: Database, by: str, then: Callable[[], None] | None = None) -> None:
    settings, today = database.settings, utc_now().date()
    layout.note("Days after the last day of the month that a return is for.")
    days = {
        name: int(
            st.number_input(
                TITLES[name],
                min_value=1,
                max_value=999,
                key=field("deadlines", name, getattr(settings, name)),
                disabled=name in settings.overridden,
            )
        )
        for name in ("due_days", "closing_days", "correction_days")
    }
    _note_overridden(database, *days)
    if list(days.values()) == sorted(days.values()):
        layout.note(_example(days, today))
    if st.button("Save deadlines", type="primary", key="deadlines_save"):
        save(database, "deadlines", days, by, "The deadlines are saved.", then)


def _example(days: Mapping[str, int], today: date) -> str:
    """What days come to for the month that runs."""
    this = today.replace(day=1)
    ends = add_months(this, 1)
    dates = DueDates(*(date.fromordinal(ends.toordinal() - 1 + number) for number in days.values()))
    words = three_dates(dates, today)
    return (
        f"{formatting.month(this)}: {words[:1].lower()}{words[1:]} New days hold from this month "
        "on; for months before, what was late or on time stays so."
    )


def show_rules(database: Database, by: str) -> None:
    settings = database.settings
    percent = {
        name: st.number_input(
            f"{TITLES[name]} (%)",
            min_value=0.0,
            max_value=99.0 if name == "tolerance" else 100.0,
            step=1.0,
            format="%g",
            key=field("rules", name, round(100 * getattr(settings, name), 6)),
            disabled=name in settings.overridden,
            help=about,
        )
        for name, about in (
            ("tolerance", "How far behind its profile a figure can be before it is off track."),
            (
                "judged_from_coverage",
                "A figure is judged once members worth this much of the usual have sent it.",
            ),
            (
                "judged_from_known",
                "A share is judged once this much of the total behind it is known.",
            ),
        )
    }
    second = st.toggle(
        TITLES["second_person_approves"],
        key=field("rules", "second", settings.second_person_approves),
        help="Whether a chart or a story is approved by somebody else than who made it.",
    )
    licence = st.selectbox(
        TITLES["data_licence"],
        list(LICENCES),
        format_func=lambda name: LICENCES[name][1],
        key=field("rules", "licence", settings.data_licence),
    )
    _note_overridden(database, *percent, "second_person_approves", "data_licence")
    layout.note(
        "From how many people figures are shown, and how they are rounded, is not changed here: "
        "nobody should be easier to find by one person's click. Ask whoever runs the machine."
    )
    if st.button("Save rules", type="primary", key="rules_save"):
        values: dict[str, Any] = {name: round(value / 100, 8) for name, value in percent.items()}
        values |= {"second_person_approves": second, "data_licence": licence}
        save(database, "rules", values, by, "The rules are saved.")


def show_history(database: Database) -> None:
    """What was saved, the latest first; what a setting began as stands there too."""
    before: dict[str, str] = {}
    rows = []
    for row in database.recorded_settings:
        if before.get(row.name) != row.value:
            words = in_words(row.name, json.loads(row.value), every_authority(database))
            since = f" from {formatting.month(row.since)} on" if row.since else ""
            rows.append(
                [
                    formatting.moment(row.recorded_at),
                    TITLES[row.name],
                    words + since,
                    row.recorded_by,
                ]
            )
        before[row.name] = row.value
    layout.table(["Saved (UTC)", "Setting", "Value", "By"], rows[::-1], ())
