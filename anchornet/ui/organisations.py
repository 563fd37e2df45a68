"""The directory of organisations: to search, to fill in, to edit and to merge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st
from markupsafe import Markup

from anchornet import formatting
from anchornet.access import Person, allowed
from anchornet.facts import build
from anchornet.narrative import supplier_places
from anchornet.places.directory_changes import LoadReport, UndoReport
from anchornet.places.organisations import (
    DIRECTORY,
    SHARED,
    LastLoad,
    declared,
    in_words,
)
from anchornet.returns.declaration import Field
from anchornet.settings import Settings
from anchornet.store.cache import cached
from anchornet.store.database import Database
from anchornet.store.network import LoadError
from anchornet.ui import layout, queries
from anchornet.ui.components import html
from anchornet.ui.forms import (
    Undo,
    begin_again,
    blank_templates,
    confirmed,
    do,
    key,
    show_faults,
    too_large,
)
from anchornet.ui.layout import Block, heading, table

SHOWN = 50
TYPED = ("postcode", "abroad", "size", "type", "org_id")
LISTED = "lacking_listed"
LISTED_FIELDS = ("name", "roles", "postcode", "type", "supplies", "pathways", "org_id")
LEAVE_OUT, COUNTS = "Leave out", "Counts as spend"


def fill_in(suppliers: pd.DataFrame) -> list[dict[str, str]] | None:
    """The largest suppliers without a place as a table to type in. Once saved: a row for each that
    something was typed for, its name and those cells; None until then.

    What is listed stays as it is while something is typed: it is held by row number.
    """
    editor = key("lacking")
    if not _edits(editor) or LISTED not in st.session_state:
        st.session_state[LISTED] = _labelled(suppliers.head(SHOWN))
    rows: pd.DataFrame = st.session_state[LISTED]
    st.data_editor(
        rows,
        key=editor,
        hide_index=True,
        num_rows="fixed",
        disabled=["supplier", "amount_gbp", "lines"],
        column_config=_columns(),
        height=min(38 + 35 * len(rows), 430),
        placeholder="",
        alt="Suppliers without a known place, most money first, to fill in",
    )
    typed = _typed(rows, _edits(editor))
    label = f"Save {len(typed)} organisation{'' if len(typed) == 1 else 's'}" if typed else "Save"
    pressed = st.button(label, type="primary", key="save_organisations", disabled=not typed)
    return typed if pressed else None


def decide(offered: pd.DataFrame) -> list[dict[str, str]] | None:
    """Whom the network paid that may be no suppliers, to say of each. Once saved: a row for each
    that was decided, its name and whether it counts; None until then."""
    editor = key("not_suppliers")
    rows = offered.assign(decision=None).astype({"decision": object})
    config = st.column_config
    st.data_editor(
        rows,
        key=editor,
        hide_index=True,
        num_rows="fixed",
        disabled=["supplier", "amount_gbp", "lines", "reason"],
        column_config={
            **_columns(),
            "reason": config.TextColumn("Looks like"),
            "decision": config.SelectboxColumn("Decision", options=[LEAVE_OUT, COUNTS]),
        },
        height=min(38 + 35 * len(rows), 430),
        alt="Paid by the network and perhaps not suppliers, most money first, to decide",
    )
    decided = [
        {
            "name": str(rows["supplier"].iloc[number]),
            "excluded": str(rows["reason"].iloc[number]) if choice == LEAVE_OUT else "no",
        }
        for number, cells in sorted(_edits(editor).items())
        if (choice := cells.get("decision")) and number < len(rows)
    ]
    label = f"Save {len(decided)} decision{'' if len(decided) == 1 else 's'}" if decided else "Save"
    pressed = st.button(label, type="primary", key="save_not_suppliers", disabled=not decided)
    return decided if pressed else None


def _edits(editor: str) -> dict[int, dict[str, str | None]]:
    edits: dict[str, dict[int, dict[str, str | None]]] = st.session_state.get(editor, {})
    return edits.get("edited_rows", {})


def _labelled(suppliers: pd.DataFrame) -> pd.DataFrame:
    """The frame with codes in words, as they are chosen and as a file may say them."""
    words = {name: suppliers[name].map(SHARED.field(name).codes or {}) for name in ("size", "type")}
    words["abroad"] = suppliers["abroad"].map({True: "Yes", False: "No"})
    return suppliers.assign(**words).astype(dict.fromkeys(TYPED, object)).reset_index(drop=True)


def _columns() -> dict[str, Any]:
    config = st.column_config

    def choice(name: str) -> Any:
        field = SHARED.field(name)
        return config.SelectboxColumn(
            field.title, help=field.description, options=list((field.codes or {}).values())
        )

    def text(name: str) -> Any:
        field = SHARED.field(name)
        return config.TextColumn(field.title, help=f"{field.description} Such as {field.example}.")

    return {
        "supplier": config.TextColumn("Supplier", width="medium"),
        "amount_gbp": config.NumberColumn("Pounds", format="%,.0f", width="small"),
        "lines": config.NumberColumn("Lines", format="localized", width="small"),
        "postcode": text("postcode"),
        "abroad": config.SelectboxColumn(
            "Abroad", help=SHARED.field("abroad").description, options=["Yes", "No"], width="small"
        ),
        "size": choice("size"),
        "type": choice("type"),
        "org_id": text("org_id"),
    }


def _typed(
    rows: pd.DataFrame, edits: Mapping[int, Mapping[str, str | None]]
) -> list[dict[str, str]]:
    typed = []
    for number, cells in sorted(edits.items()):
        # An emptied cell clears nothing: others may have filled it in.
        filled = {name: text for name, text in cells.items() if name in TYPED and text}
        if filled and int(number) < len(rows):
            typed.append({"name": str(rows["supplier"].iloc[int(number)]), **filled})
    return typed


def drop_file(settings: Settings, keeps: bool) -> bytes | None:
    """A directory file, once its button is pressed; `keeps`: every column, as the coordinator
    keeps them."""
    declared = DIRECTORY if keeps else SHARED
    uploaded = st.file_uploader(
        "Drop a list of organisations here, CSV or Excel",
        max_upload_size=settings.max_upload_mb,
        key=key("organisations_file"),
    )
    blank_templates(declared)
    if uploaded is None or too_large(uploaded.getvalue(), settings):
        return None
    pressed = st.button("Add these organisations", type="primary", key="load_organisations")
    return uploaded.getvalue() if pressed else None


def undo(last: LastLoad | None, person: Person) -> LastLoad | None:
    """Offers to take back what was added last, to whoever added it and to the coordinator."""
    if not last or not (allowed(person, "keep_organisations") or last.recorded_by == person.email):
        return None
    heading("Added last", last.sentence())
    pressed = confirmed(
        "Undo",
        "Organisations that this added leave the directory, and those that it changed go back to "
        "how they were before. Figures change with them. You can undo this too.",
        "Undo what was added last",
        key("undo_organisations"),
    )
    return last if pressed else None


def show_placed(suppliers: pd.DataFrame) -> None:
    """The member's suppliers that the directory knows, and who added them."""
    if suppliers.empty:
        return
    heading(
        "Your suppliers that the directory knows",
        "What one member adds serves all. What your own file says of a supplier comes first.",
    )
    shown = _labelled(suppliers)[["supplier", "amount_gbp", *TYPED, "source", "recorded_at"]]
    config = st.column_config
    st.dataframe(
        shown,
        hide_index=True,
        height=min(38 + 35 * len(shown), 330),
        column_config={
            **_columns(),
            "source": config.TextColumn("Added by"),
            "recorded_at": config.DateColumn("On", format="D MMM YYYY"),
        },
        placeholder="",
        alt="Suppliers that the directory knows, most money first",
    )


def find(organisations: pd.DataFrame) -> pd.DataFrame:
    """The directory, searched by words and filtered by role, as a table; what is left of it."""
    roles = DIRECTORY.field("roles").codes or {}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("Search the directory", type="search", key="find_organisation")
        role = st.selectbox(
            "Role", list(roles), index=None, format_func=roles.__getitem__,
            placeholder="Any role", key="find_role",
        )  # fmt: skip
    shown = organisations
    if role:
        shown = shown[[role in str(value).split(";") for value in shown["roles"]]]
    if text.strip():
        searched = (
            shown[["name", "supplies", "postcode", "org_id"]].fillna("").agg(" ".join, axis=1)
        )
        searched += shown["other_names"].map(" ".join)
        searched = searched.str.casefold()
        for word in text.casefold().split():
            shown = shown[searched[shown.index].str.contains(word, regex=False)]
    columns = [name for name in LISTED_FIELDS if shown[name].notna().any() or name == "name"]
    words = {
        name: [
            None if pd.isna(value) else in_words(DIRECTORY.field(name), value)
            for value in shown[name]
        ]
        for name in columns
    }
    if len(shown):
        st.dataframe(
            pd.DataFrame(words),
            hide_index=True,
            height=min(38 + 35 * len(shown), 330),
            column_config={name: DIRECTORY.field(name).title for name in columns},
            placeholder="",
            alt="Organisations of the directory, by name",
        )
    else:
        st.write("No organisation of the directory has all of this.")
    return shown


def open_one(shown: pd.DataFrame) -> pd.Series[Any] | None:
    """One of those shown, once chosen."""
    names = dict(zip(shown["name_key"], shown["name"], strict=True))
    chosen = st.selectbox(
        "Open an organisation",
        list(names),
        index=None,
        format_func=lambda key: names.get(key, key),
        placeholder="Type a name",
        key=key("open_organisation"),
    )
    return None if chosen is None else shown[shown["name_key"] == chosen].iloc[0]


def open_directory(
    database: Database, person: Person, directory: pd.DataFrame
) -> dict[str, str] | None:
    """The directory to search, and one organisation of it, opened: where each fact comes from and,
    for who keeps it, a form, its other names and those that it may be merged with. Once the form is
    saved: the row."""
    one = open_one(find(directory))
    if one is None:
        return None
    facts = queries.origins(database, one["name_key"])
    if not allowed(person, "keep_organisations"):
        _show_origins(queries.without_other_members(database, facts, person.member_id))
        return None
    _show_origins(facts)
    with st.expander("Edit"):
        edited = edit(one)
    name, by = str(one["name"]), person.email
    if into := merge(one, directory):
        _merge(database, name, into, by)
    if other := other_names(one):
        _separate(database, other, name, by)
    return edited


def _merge(database: Database, name: str, into: str, by: str) -> None:
    do(
        f"{name} is now a name of {into}.",
        lambda: build.merge_organisations(database, name, into, by=by),
        undo=Undo(
            f"{name} stands by itself again.",
            lambda: build.separate_organisation(database, name, by=by),
        ),
    )


def _separate(database: Database, other: str, name: str, by: str) -> None:
    do(
        f"{other} stands by itself again.",
        lambda: build.separate_organisation(database, other, by=by),
        undo=Undo(
            f"{other} is a name of {name} again.",
            lambda: build.merge_organisations(database, other, name, by=by),
        ),
    )


def save(
    database: Database,
    member_id: str | None,
    whose: str,
    change: Callable[[], LoadReport | UndoReport],
) -> None:
    """Changes the directory, and says on the page that begins again how many more pounds have a
    place; what is wrong is listed and nothing saved."""
    before = queries.coverage(database, member_id)
    try:
        report = change()
    except LoadError as error:
        show_faults(error.sentences)
        return
    after = queries.coverage(database, member_id)
    begin_again(f"{report.sentence()} {supplier_places.places_moved(before, after, whose)}")
    st.rerun()


def _show_origins(facts: pd.DataFrame) -> None:
    """What is known of an organisation and where each fact comes from."""
    rows = [
        [
            row["field"],
            row["value"],
            row["source"] or "not said",
            formatting.day(row["recorded_at"]),
        ]
        for row in facts.to_dict("records")
    ]
    table(["", "What is known", "Source", "Since"], rows, ())


def edit(organisation: pd.Series[Any]) -> dict[str, str] | None:
    """A form with every field of the directory but the name. Once saved: the row."""
    row = {"name": str(organisation["name"])}
    with st.form(key("edit_organisation"), border=False):
        for field in DIRECTORY.fields:
            if field.name != "name":
                value = organisation[field.name]
                row[field.name] = _input(field, None if pd.isna(value) else value)
        saved = st.form_submit_button("Save organisation", type="primary")
    return row if saved else None


def _input(field: Field, value: Any) -> str:
    codes, name = field.codes or {}, key(f"edit_{field.name}")
    if field.type == "codes":
        chosen = st.multiselect(
            field.title,
            list(codes),
            str(value).split(";") if value else [],
            format_func=lambda code: codes[code],
            help=field.description,
            key=name,
        )
        return ";".join(chosen)
    if field.type in ("code", "yes_no"):
        words = dict(codes) or {"yes": "Yes", "no": "No"}
        code = {True: "yes", False: "no"}.get(value, value)
        picked = st.selectbox(
            field.title,
            list(words),
            index=list(words).index(code) if code in words else None,
            format_func=lambda code: words[code],
            help=field.description,
            key=name,
        )
        return picked or ""
    text = "" if value is None else str(value)
    return st.text_input(field.title, text, help=field.description, key=name)


def merge(organisation: pd.Series[Any], others: pd.DataFrame) -> str | None:
    """Offers to make the organisation a name of another; the other's name, once pressed."""
    names = [name for name in others["name"] if name != organisation["name"]]
    with st.popover("Merge"):
        st.write(
            layout.plain(
                f"{organisation['name']} becomes a name of the organisation that you choose. What "
                "is paid to it counts there, and its details fill in what is not known there. "
                "You can separate them again."
            )
        )
        into = st.selectbox("Into", names, index=None, key=key("merge_into"))
        pressed = st.button(
            "Merge them", type="primary", key=key("merge_organisations"), disabled=not into
        )
    return into if pressed else None


def other_names(organisation: pd.Series[Any]) -> str | None:
    """The names that were merged into it, each with a button to separate it; that name, once
    pressed."""
    for number, name in enumerate(organisation["other_names"]):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(layout.plain(f"Also paid as {name}."))
            if st.button("Separate", key=key(f"separate_{number}")):
                return str(name)
    return None


@cached
def could_supply(database: Database, as_at: datetime | None, categories: Sequence[str]) -> Markup:
    """Of these categories, local and voluntary organisations that say that they supply it."""
    wanted = {category.casefold(): category for category in categories}
    rows = [
        (wanted[row["word"].casefold()], row["organisation"], formatting.month(row["since"]))
        for row in declared(database, "supplies", as_at).to_dict("records")
        if row["word"].casefold() in wanted and (row["is_local"] or row["is_vcse"])
    ]
    rows.sort(key=lambda row: (categories.index(row[0]), row[1].casefold()))
    if not rows:
        return Markup()
    many = formatting.counted(len({organisation for _, organisation, _ in rows}), "organisation")
    summary = f"{many} in the area or the voluntary sector, by what they say they supply"
    table = html("table", ["Category", "Organisation", "Says so since"], rows, ())
    return html("folded", formatting.capital(summary), table)


@cached
def pathway_partners(database: Database, as_at: datetime | None) -> Block | None:
    """Organisations that say that they serve a pathway into work."""
    codes = DIRECTORY.field("pathways").codes or {}
    rows = [
        (codes.get(row["word"], row["word"]), row["organisation"], formatting.month(row["since"]))
        for row in declared(database, "pathways", as_at).to_dict("records")
    ]
    if not rows:
        return None
    rows.sort(key=lambda row: (list(codes.values()).index(row[0]), row[1].casefold()))
    note = "Organisations that say so themselves, as the page Organisations has it."
    parts = [html("table", ["Pathway", "Organisation", "Says so since"], rows, ())]
    return Block("partners_of_pathways", "Who serves which pathway", note, parts)


def show_pathway_partners(database: Database, as_at: datetime | None) -> None:
    if block := pathway_partners(database, as_at):
        layout.show(block)
