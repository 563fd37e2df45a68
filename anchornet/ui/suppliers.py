"""Adding to the supplier directory: a table to fill in, a file to drop, and what came of it."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from anchornet.places.organisations import DIRECTORY, SHARED
from anchornet.returns.declaration import Return
from anchornet.settings import Settings
from anchornet.ui.layout import heading, table

SHOWN = 50
TYPED = ("postcode", "size", "type", "org_id")
ROUND = "suppliers_round"  # grows with each saving, so that nothing typed or dropped is left
LISTED = "suppliers_listed"
SAVED = "suppliers_saved"


def fill_in(found: pd.DataFrame) -> list[dict[str, str]] | None:
    """The largest suppliers without a place as a table to type in. Once saved: a row for each that
    something was typed for, its name and those cells; None until then.

    What is listed stays as it is while something is typed: it is held by row number.
    """
    key = f"suppliers_{_round()}"
    if not st.session_state.get(key, {}).get("edited_rows") or LISTED not in st.session_state:
        st.session_state[LISTED] = _labelled(found.head(SHOWN))
    listed = st.session_state[LISTED]
    st.data_editor(
        listed,
        key=key,
        hide_index=True,
        num_rows="fixed",
        disabled=["supplier", "amount_gbp", "lines"],
        column_config=_columns(),
        height=min(38 + 35 * len(listed), 430),
        placeholder="",
        alt="Suppliers without a known place, most money first, to fill in",
    )
    typed = _typed(listed, st.session_state.get(key, {}).get("edited_rows", {}))
    label = f"Save {len(typed)} supplier{'' if len(typed) == 1 else 's'}" if typed else "Save"
    pressed = st.button(label, type="primary", key="save_suppliers", disabled=not typed)
    return typed if pressed else None


def _labelled(found: pd.DataFrame) -> pd.DataFrame:
    """The frame with codes in words, as they are chosen and as a file may say them."""
    labelled = {name: found[name].map(SHARED.field(name).codes or {}) for name in ("size", "type")}
    return found.assign(**labelled).astype(dict.fromkeys(TYPED, object)).reset_index(drop=True)


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
        "size": choice("size"),
        "type": choice("type"),
        "org_id": text("org_id"),
    }


def _typed(
    listed: pd.DataFrame, edits: Mapping[int, Mapping[str, str | None]]
) -> list[dict[str, str]]:
    rows = []
    for place, cells in sorted(edits.items()):
        # An emptied cell clears nothing: others may have filled it in.
        filled = {name: text for name, text in cells.items() if name in TYPED and text}
        if filled and int(place) < len(listed):
            rows.append({"name": str(listed["supplier"].iloc[int(place)]), **filled})
    return rows


def drop_file(settings: Settings, keeps: bool) -> bytes | None:
    """A directory file, once its button is pressed; `keeps`: every column, as the coordinator
    keeps them."""
    declared = DIRECTORY if keeps else SHARED
    uploaded = st.file_uploader(
        "Drop a list of suppliers here, CSV or Excel",
        max_upload_size=settings.max_upload_mb,
        key=f"suppliers_file_{_round()}",
    )
    template(declared)
    if uploaded is None:
        return None
    data = uploaded.getvalue()
    if len(data) > settings.max_upload_mb * 1_000_000:
        st.error(f"The file is larger than {settings.max_upload_mb} MB. Send it in parts.")
        return None
    return data if st.button("Add these suppliers", type="primary", key="load_suppliers") else None


def template(declared: Return) -> None:
    st.download_button(
        "Blank template",
        lambda: declared.template_csv().encode("utf-8-sig"),
        file_name="suppliers.csv",
        mime="text/csv",
        type="tertiary",
        on_click="ignore",
    )


def saved(said: str) -> None:
    """Keeps what came of a saving for the next run, which begins with an empty table and drop."""
    st.session_state[SAVED] = said
    st.session_state[ROUND] = _round() + 1
    st.session_state.pop(LISTED, None)


def show_saved() -> None:
    if said := st.session_state.get(SAVED):
        st.html(f'<p class="an-figure">{escape(said)}</p>')


def show_faults(sentences: Sequence[str]) -> None:
    st.error("Nothing was kept. Put this right, then save again.")
    rows = [[sentence] for sentence in sentences[:SHOWN]]
    if len(sentences) > SHOWN:
        rows.append([f"and {len(sentences) - SHOWN:,} more like these"])
    table(["What to put right"], rows, numbers=())


def show_placed(found: pd.DataFrame) -> None:
    """The member's suppliers that the directory knows, and who added them."""
    if found.empty:
        return
    heading(
        "Your suppliers that the directory knows",
        "What one member adds serves all. What your own file says of a supplier goes before it.",
    )
    shown = _labelled(found)[["supplier", "amount_gbp", *TYPED, "source", "recorded_at"]]
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


def _round() -> int:
    return int(st.session_state.get(ROUND, 0))
