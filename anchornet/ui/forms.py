"""What forms share: each does one thing, says what came of it, and begins again empty."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from anchornet import formatting
from anchornet.returns.declaration import RETURNS, Return
from anchornet.returns.template import XLSX, template_workbook
from anchornet.server.networks import network
from anchornet.settings import Settings
from anchornet.store.database import Database
from anchornet.store.framework_codes import with_framework
from anchornet.store.network import NotPossible
from anchornet.ui import layout, queries
from anchornet.ui.components import html
from anchornet.ui.session import PAGE

DONE, ROUND, UNDO = "form_done", "form_round", "form_undo"
DAY = "DD/MM/YYYY"
MOST_FAULTS = 50  # that are listed


@dataclass(frozen=True)
class Undo:
    """What takes back what a form has just done, and the sentence that then says so."""

    done: str
    act: Callable[[], Any]


def show_done() -> None:
    """What came of the last form, once; what can be taken back, as long as one stays on the page
    and does nothing else there."""
    sentence = st.session_state.pop(DONE, None)
    page, remembered, undo = st.session_state.get(UNDO, ("", "", None))
    if page != st.session_state.get(PAGE):
        st.session_state.pop(UNDO, None)
        undo = None
    if sentence or undo:
        with st.container(key="done", horizontal=True, vertical_alignment="center"):
            st.html(html("figure", sentence or remembered), width="content")
            if undo and st.button("Undo", key="undo"):
                do(undo.done, undo.act)


def do(
    done: str, act: Callable[..., Any], *args: Any, undo: Undo | None = None, **kwargs: Any
) -> None:
    """Does what a form asks, keeps `done` for the next run to say, with `undo` where that can be
    taken back, and begins again with empty forms; or says why it can't be done, and leaves what was
    typed."""
    try:
        act(*args, **kwargs)
    except (NotPossible, ValueError) as why:
        st.error(layout.plain(formatting.sentence(str(why))))
        return
    begin_again(done)
    if undo:
        st.session_state[UNDO] = (st.session_state.get(PAGE), done, undo)
    st.rerun()


def begin_again(done: str) -> None:
    st.session_state[DONE] = done
    st.session_state.pop(UNDO, None)
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1


def confirmed(label: str, consequence: str, sure: str, key: str) -> bool:
    """A button for what is hard to undo, which first says what follows: whether that was meant."""
    with st.popover(label):
        st.write(layout.plain(consequence))
        return st.button(sure, type="primary", key=key)


def key(name: str) -> str:
    """The key of a form or its field: another one after each thing that was done."""
    return f"{name}_{st.session_state.get(ROUND, 0)}"


def too_large(data: bytes, settings: Settings) -> bool:
    """Whether a file is larger than may be sent, which is then said. The browser holds the limit;
    this refuses what reaches us past it."""
    if len(data) <= settings.max_upload_mb * 1_000_000:
        return False
    st.error(f"The file is larger than {settings.max_upload_mb} MB. Send it in parts.")
    return True


def choose_return(key: str) -> Return:
    name = st.radio(
        "Return",
        list(RETURNS),
        format_func=lambda name: RETURNS[name].title,
        horizontal=True,
        key=key,
        label_visibility="collapsed",
    )
    return RETURNS[name]


def find_ward(database: Database, return_: Return) -> None:
    """The code of a ward by its name, for a return that asks for codes of areas."""
    if not any(field.type == "area" for field in return_.fields):
        return
    wards = queries.wards(database)
    with st.popover("Find the code of a ward", type="tertiary", icon=":material/search:"):
        code = st.selectbox(
            "Ward",
            list(wards),
            index=None,
            format_func=wards.__getitem__,
            placeholder="Type the name of a ward",
            key="find_ward",
        )
        if code:
            st.code(code, language=None)
        layout.note("Of somebody who lives beyond these, write outside.")


def blank_templates(return_: Return) -> None:
    """The Excel template, which checks what is typed, and the CSV beside it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        excel_template(return_, "Excel template")
        st.download_button(
            "Blank CSV",
            lambda: return_.template_csv().encode("utf-8-sig"),
            file_name=f"{return_.name}.csv",
            mime="text/csv",
            key=f"template_csv_{return_.name}",
            type="tertiary",
            on_click="ignore",
        )


def excel_template(return_: Return, label: str) -> None:
    return_ = with_framework(network().database, return_)
    st.download_button(
        label,
        lambda: template_workbook(return_),
        file_name=f"{return_.name}.xlsx",
        mime=XLSX,
        key=f"template_{return_.name}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def show_faults(sentences: Sequence[str]) -> None:
    """Why a file or a form was not saved."""
    st.error("Nothing was saved. Put this right, then save again.")
    rows = [[sentence] for sentence in sentences[:MOST_FAULTS]]
    if len(sentences) > MOST_FAULTS:
        rows.append([f"and {len(sentences) - MOST_FAULTS:,} more like these"])
    layout.table(["What to put right"], rows, ())
