"""The steps of a file that is to be sent: what was read, its columns, what was found."""

from collections.abc import Sequence

import streamlit as st

from anchornet import formatting
from anchornet.intake.annotated_upload import findings_file, marked_file
from anchornet.intake.preview import Preview
from anchornet.returns.declaration import Return
from anchornet.returns.findings import KINDS, LINES_A_SHEET, FindingGroup
from anchornet.ui.components import html
from anchornet.ui.layout import note, plain
from anchornet.ui.problems import Problem, of_groups
from anchornet.ui.session import download, end_page
from anchornet.ui.submit import (
    HEADING_LINE,
    LAYOUT,
    MONTH_FIRST,
    NONE,
    SHEETS,
    File,
    restored,
    step,
)

LONG = 60  # characters of a cell, in its neighbours
NO_HEADINGS = ("no_headings", "headings_below")


def choose_sheets(names: Sequence[str]) -> None:
    """Which sheets of a workbook are the list."""
    st.multiselect(
        "Sheets to read",
        names,
        placeholder="Choose the sheets that are your list",
        key=restored(SHEETS, names),
    )


def show_read(preview: Preview) -> None:
    """What was read: encoding, delimiter, sheets, forms of dates and amounts, lines skipped, first
    rows; and how to read it otherwise."""
    step(2, "What we read", f"{preview.rows:,} {formatting.plural(preview.rows, 'row')}")
    note(" ".join([preview.read_as, *preview.notes, *preview.skipped]))
    if preview.month_first or preview.reading.month_first:
        st.checkbox(
            f"The dates of {formatting.listed(preview.month_first or ('this file',))} are month "
            "first, as in 08/31/2026",
            key=restored(MONTH_FIRST, usual=bool(preview.reading.month_first)),
        )
    with st.expander("Read it another way"):
        if preview.other_sheets:
            choose_sheets([*preview.sheets, *preview.other_sheets])
        st.number_input(
            "The headings are on line",
            min_value=1,
            value=None,
            step=1,
            placeholder=f"Found on line {preview.heading_line % LINES_A_SHEET:,}",
            key=restored(HEADING_LINE),
        )
    st.dataframe(
        preview.first_rows, hide_index=True, height="content", alt="The first rows of the file"
    )


def choose_columns(return_: Return, automatic: Preview) -> dict[str, str]:
    """Ours left, theirs right. Returns what differs from the automatic match: field -> heading."""
    mapped = automatic.mapped
    count = f"{len(mapped.columns)} of {len(return_.fields)} found"
    step(3, "Columns", count if mapped.missing else f"{count}, nothing required is missing")
    layouts = {mapping.name: mapping for mapping in return_.mappings}
    if automatic.layout:
        title = layouts[automatic.layout].title
        st.html(html("named_note", "Matched by the layout ", title, "."))
    options = [NONE, *dict.fromkeys(heading for heading in mapped.headings if heading)]
    chosen = {}
    with st.expander(
        "See or change the columns",
        expanded=bool(mapped.missing) or not automatic.confirmed,
    ):
        if layouts:
            st.selectbox(
                "Layout",
                list(layouts),
                index=None,
                format_func=lambda name: f"{layouts[name].title}: {layouts[name].description}",
                placeholder="By your headings; or choose a published layout",
                key=restored(LAYOUT, list(layouts)),
            )
            # What has to be there stands first.
        for field in sorted(return_.fields, key=lambda field: not field.required):
            ours, theirs, example = st.columns([4, 4, 5], vertical_alignment="center")
            ours.html(html("field", field.title, field.description, field.required))
            before = mapped.heading(field.name)
            key = f"column_{return_.name}_{field.name}_{automatic.layout}_{before}"
            heading = theirs.selectbox(
                field.title,
                options,
                key=restored(key, options, usual=before or NONE),
                label_visibility="collapsed",
            )
            heading = "" if heading == NONE else heading
            example.html(html("small", automatic.samples.get(heading, "")))
            if heading != (before or ""):
                chosen[field.name] = heading
    return chosen


def problems(preview: Preview) -> list[Problem]:
    """What is wrong with the file as far as it is read: its columns before all else."""
    if preview.mapped.missing:
        missing = formatting.listed([field.title for field in preview.mapped.missing])
        which = formatting.plural(len(preview.mapped.missing), "it is", "they are")
        text = f"There is no column for {missing} yet. Choose which of your columns {which}."
        return [
            Problem("step-3", text),
            *(
                Problem("step-2", group.examples[0].sentence())
                for group in preview.groups
                if group.rule in NO_HEADINGS
            ),
        ]
    if not preview.confirmed:
        return []
    return of_groups(preview.groups)


def columns_confirmed(preview: Preview) -> bool:
    """Whether the sender has just said that the columns are right; the page waits until then."""
    if preview.mapped.missing:
        end_page()
    if preview.confirmed:
        return False
    note("We remember the columns for your next file.")
    if not st.button("These columns are right", type="primary", key="columns_right"):
        end_page()
    return True


def show_findings(return_: Return, file: File, preview: Preview) -> None:
    """Findings in plain words by kind, with how many, the first few, and all as a file."""
    step(4, "Check", _counts(preview))
    if not preview.groups:
        st.success("Nothing to put right.")
        return
    for number, group in enumerate(preview.groups, 1):
        first = group.examples[0]
        st.html(html("target", f"finding-{number}"))
        # An e-mail address would be a link in what opens at a click.
        what = f"{KINDS[group.severity]}: {plain(first.message)}".replace("@", "@\N{WORD JOINER}")
        where = f" in {group.column}" if group.column else ""
        label = f"**{what}**{plain(where)}, {plain(group.lines)}"
        with st.expander(label, expanded=group.severity == "error"):
            note(first.cure)
            _examples(return_, preview, group)
    with st.container(horizontal=True):
        download(
            "Every finding as CSV",
            lambda: findings_file(preview.findings),
            file_name=f"findings {file.name}.csv",
            about="findings of a file to send",
        )
        download(
            "Your file with what to put right beside each row",
            lambda: marked_file(
                file.data,
                preview.delimiter,
                preview.heading_line,
                preview.findings,
                preview.sheets,
            ),
            file_name=f"to put right {file.name}.csv",
            about="a file to put right",
        )


def _examples(return_: Return, preview: Preview, group: FindingGroup) -> None:
    """The first few of a kind, each in its neighbours: the row's required cells and the one that
    it is about, which is marked."""
    headings = list(preview.mapped.headings)
    faulty = headings.index(group.column) if group.column in headings else None
    required = {
        preview.mapped.columns.get(field.name) for field in return_.fields if field.required
    }
    columns = sorted({column for column in (*required, faulty) if column is not None})
    rows = []
    for finding in group.examples:
        row = preview.neighbours.get(finding.record or 0)
        cells = [(_short(row[at]) if row else "", bool(row) and at == faulty) for at in columns]
        line = f"{finding.line:,}" if finding.line else "–"
        rows.append((f"{finding.sheet} {line}" if finding.sheet else line, cells, finding.message))
    st.html(html("examples", [headings[column] for column in columns], rows))


def _short(text: str) -> str:
    return text if len(text) <= LONG else f"{text[: LONG - 1]}…"


def _counts(preview: Preview) -> str:
    parts = []
    if preview.errors:
        parts.append(f"{preview.errors:,} to put right")
    if preview.warnings:
        parts.append(f"{preview.warnings:,} to look at")
    return ", ".join(parts)
