"""The meeting pack, a click away for who may make it."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from anchornet import formatting
from anchornet.access import Person, allowed
from anchornet.exports import pack
from anchornet.store.database import Database
from anchornet.store.meetings import Meeting
from anchornet.ui import layout
from anchornet.ui.session import download


def offer(database: Database, person: Person, held: Sequence[Meeting]) -> None:
    """The pack of the next meeting, or of the last, or of any other that is picked."""
    if not held or not allowed(person, "make_pack"):
        return
    usual = pack.meeting_on(database)
    by_id = {it.meeting_id: it for it in held}
    with st.container(key="pack", horizontal=True, gap="small", vertical_alignment="bottom"):
        picked = st.selectbox(
            "Meeting pack",
            list(by_id),
            index=list(by_id).index(usual.meeting_id),
            format_func=lambda it: f"{by_id[it].name}, {formatting.day(by_id[it].starts_at)}",
            key="pack_meeting",
            width=420,
        )
        for form, title in pack.FORMS.items():
            download(
                title,
                partial(pack.make_file, database, by_id[picked], form, person.email),
                pack.file_name(by_id[picked], form),
                pack.MIME[form],
                ":material/slideshow:" if form == ".pptx" else ":material/picture_as_pdf:",
                key=f"pack{form}",
            )
    layout.note(
        "All that the meeting looks at, as at its start or, before that, as at now. People "
        "are rounded in it as on the pages."
    )
