"""The steps of preparing commitments from a register. The lists are read anew at each choice, and
nothing of them is kept."""

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from anchornet.access import Person
from anchornet.csv_export import csv_bytes
from anchornet.formatting import capital, counted, plural
from anchornet.intake.prepare_commitments import (
    COMMITMENTS,
    SOURCES,
    Choices,
    LeftOut,
    ListFile,
    PreparedCommitments,
    choice_key,
    match_columns,
    prepare_commitments,
)
from anchornet.narrative import prepared_commitments as words
from anchornet.returns.columns import MappingError
from anchornet.returns.csv_reader import Refused
from anchornet.server.networks import network
from anchornet.store.framework import Framework, framework
from anchornet.ui import prepare as parts
from anchornet.ui import queries
from anchornet.ui.components import html
from anchornet.ui.layout import heading, note, plain, table
from anchornet.ui.problems import Problem, show_problems
from anchornet.ui.session import download, end_page
from anchornet.ui.submit import NONE, TO_PREPARE, step

SHOWN = 100  # of the reasons why lines are left out; the file that can be downloaded has them all


def show(person: Person, source: str, top: DeltaGenerator) -> None:
    note(words.SOURCE_GRAINS[source])
    period, files = _choose_files()
    loaded = framework(network().database)
    if loaded is None:
        st.info(words.NO_FRAMEWORK)
        end_page()
    if not files:
        end_page()
    try:
        headings = {} if len(SOURCES[source]) > 1 else _choose_columns(source, files)
        prepared = _prepare(loaded, files, source, period, {}, headings)
        if prepared.purposes:
            choices = _choose_measures(loaded, prepared)
            prepared = _prepare(loaded, files, source, period, choices, headings)
    except (Refused, MappingError) as error:
        show_problems(top, [Problem("step-1", str(error))], str(hash(tuple(files))), "list")
        end_page()
    if prepared.stopped:
        show_problems(top, parts.problems(prepared), str(hash(tuple(files))), "list")
        parts.show_findings(prepared)
        end_page()
    _show_result(person, loaded, prepared)
    _show_left_out(prepared)


def _choose_files() -> tuple[date, list[ListFile]]:
    drop, when = st.columns([2, 1], gap="medium")
    periods = [month for month in queries.recent_months() if COMMITMENTS.is_period(month)]
    ended = next(n for n, month in enumerate(periods) if month <= queries.last_ended_month())
    period = when.selectbox(
        COMMITMENTS.every.capitalize(),
        periods,
        index=0 if "prepare_quarter" in st.session_state else ended,
        format_func=COMMITMENTS.period_words,
        key="prepare_quarter",
    )
    with drop:
        waiting = parts.waiting_file()
    uploaded = drop.file_uploader(
        "Files that belong with it" if waiting else "Files",
        accept_multiple_files=True,
        max_upload_size=parts.LARGEST_MB,
        key="registers",
        help="CSV or Excel. Drop those that belong together at once.",
    )
    files = [ListFile(waiting.name, waiting.data)] if waiting else []
    return period, [*files, *(ListFile(file.name, file.getvalue()) for file in uploaded)]


def _prepare(
    loaded: Framework,
    files: Sequence[ListFile],
    source: str,
    period: date,
    choices: Choices,
    headings: Mapping[str, str],
) -> PreparedCommitments:
    return prepare_commitments(
        loaded, files, source=source, period=period, choices=choices, headings=headings
    )


def _choose_columns(source: str, files: Sequence[ListFile]) -> dict[str, str]:
    """The columns of a register; of several together what their headings say holds."""
    mapped = [match_columns(source, file) for file in files]
    extract, first = mapped[0]
    step(2, "Columns", f"{len(first.columns)} of {len(extract.fields)} found; no other is used")
    if len(files) > 1:
        return {}
    with st.expander("Which of your columns is which", expanded=bool(first.missing)):
        return parts.choose_headings(extract, first, f"{source}_{hash(files[0])}")


def _choose_measures(loaded: Framework, prepared: PreparedCommitments) -> Choices:
    """For each purpose in the lists its measure, that of the declaration unless another is
    chosen."""
    mapped = sum(purpose.measure is not None for purpose in prepared.purposes)
    step(
        2,
        "Purposes",
        f"{mapped} of {len(prepared.purposes)} {plural(mapped, 'has', 'have')} a measure",
    )
    chosen = {}
    grid = st.columns(3, gap="medium")
    for number, purpose in enumerate(prepared.purposes):
        measures = [
            measure.id
            for measure in loaded.measures
            if (measure.unit == "gbp") == (purpose.kind == "gbp")
        ]
        options = ["", *measures]
        key = choice_key(purpose.text, purpose.kind)
        chosen[key] = grid[number % 3].selectbox(
            plain(words.purpose_label(purpose)),
            options,
            index=options.index(purpose.measure or ""),
            format_func=lambda measure: loaded.measure_codes.get(measure, NONE),
            key=f"measure_{'_'.join(key)}",
        )
    return chosen


def _show_result(person: Person, loaded: Framework, prepared: PreparedCommitments) -> None:
    step(3, "The return")
    st.html(html("figure", words.sentence(prepared)))
    if not prepared.csv:
        return
    with st.container(horizontal=True):
        waiting = st.session_state.get(TO_PREPARE)
        member_id = waiting.member_id if waiting else None
        parts.offer_to_send(person, prepared, member_id, ready=not prepared.incomplete)
    heading("What is promised")
    rows = [words.total_row(loaded, total) for total in prepared.totals]
    table(["Measure", "Promises", "Promised", "Received", "Delivered"], rows, (1, 2, 3, 4))


def _show_left_out(prepared: PreparedCommitments) -> None:
    left_out = prepared.left_out()
    heading("What was left out")
    alike: dict[tuple[str, str], list[LeftOut]] = {}
    for group in left_out[:SHOWN]:
        alike.setdefault((group.file, group.cure), []).append(group)
    for (file, cure), groups in alike.items():
        st.html(html("named_note", "", file, f". {cure}"))
        table(["Line", "Why"], [[words.numbers(g), f"{capital(g.reason)}."] for g in groups], ())
    if not left_out:
        note("Nothing: every line is in the return.")
    if len(left_out) > SHOWN:
        note(f"And {counted(len(left_out) - SHOWN, 'more reason')}, in the file.")
    if left_out:
        download(
            "Download what was left out",
            lambda: csv_bytes(pd.DataFrame(words.left_out_rows(prepared))),
            file_name="left out.csv",
        )
    heading("What else we noticed")
    for remark in prepared.remarks():
        first = remark.examples[0]
        note(f"{capital(remark.lines)}: {first.message}. {first.cure}")
    for sentence in prepared.skipped:
        note(sentence)
