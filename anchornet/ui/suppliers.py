"""Adding to the supplier directory: a table to fill in, a file to drop, and what came of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from anchornet.access import Person, allowed
from anchornet.places.organisations import DIRECTORY, SHARED, LastLoad
from anchornet.settings import Settings
from anchornet.ui.forms import blank_templates, confirmed, key, too_large
from anchornet.ui.layout import heading, table

SHOWN = 50
TYPED = ("postcode", "abroad", "size", "type", "org_id")
LISTED = "suppliers_listed"
LEAVE_OUT, COUNTS = "Leave out", "Counts as spend"


def fill_in(suppliers: pd.DataFrame) -> list[dict[str, str]] | None:
    """The largest suppliers without a place as a table to type in. Once saved: a row for each that
    something was typed for, its name and those cells; None until then.

    What is listed stays as it is while something is typed: it is held by row number.
    """
    editor = key("suppliers")
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
    label = f"Save {len(typed)} supplier{'' if len(typed) == 1 else 's'}" if typed else "Save"
    pressed = st.button(label, type="primary", key="save_suppliers", disabled=not typed)
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
        "amount_gbp": config.NumberColumn("Pounds", format="£%,.0f", width="small"),
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
        "Drop a list of suppliers here, CSV or Excel",
        max_upload_size=settings.max_upload_mb,
        key=key("suppliers_file"),
    )
    blank_templates(declared)
    if uploaded is None or too_large(uploaded.getvalue(), settings):
        return None
    pressed = st.button("Add these suppliers", type="primary", key="load_suppliers")
    return uploaded.getvalue() if pressed else None


def undo(last: LastLoad | None, person: Person) -> LastLoad | None:
    """Offers to take back what was added last, to whoever added it and to the coordinator."""
    if not last or not (allowed(person, "keep_directory") or last.recorded_by == person.email):
        return None
    heading("Added last", last.sentence())
    pressed = confirmed(
        "Undo",
        "Suppliers that this added leave the directory, and those that it changed go back to how "
        "they were before. Figures change with them. You can undo this too.",
        "Undo what was added last",
        key("undo_suppliers"),
    )
    return last if pressed else None


def show_faults(sentences: Sequence[str]) -> None:
    st.error("Nothing was saved. Put this right, then save again.")
    rows = [[sentence] for sentence in sentences[:SHOWN]]
    if len(sentences) > SHOWN:
        rows.append([f"and {len(sentences) - SHOWN:,} more like these"])
    table(["What to put right"], rows, ())


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
