"""Which sheets of a workbook are the list, and the list that they make together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from anchornet import formatting
from anchornet.returns.csv_records import Records, index_records
from anchornet.returns.declaration import normalise_heading
from anchornet.returns.decode import Text
from anchornet.returns.findings import LINES_A_SHEET, Refused
from anchornet.returns.lists import (
    AS_IT_IS,
    DATE,
    NUMBER,
    Counts,
    Reading,
    SheetsDiffer,
    Table,
    find_heading,
    read_records,
)
from anchornet.returns.workbook import Sheet


@dataclass(frozen=True, eq=False)
class _Look:
    """A sheet at first sight: its records, its headings as they are compared, how many of them are
    known, whether every one that has to be there is, and how many lines stand below."""

    sheet: Sheet
    records: Records
    headings: tuple[str, ...]
    shown: tuple[str, ...]
    known: int
    fits: bool
    rows: int

    @property
    def is_dated_list(self) -> bool:
        """Whether most of its first lines hold a date and a figure, as payments do."""
        rows = np.flatnonzero(~self.records.blank)[:100].tolist()
        lists = 0
        for cells in map(self.records.split, rows):
            dates = [cell for cell in cells if DATE.fullmatch(cell)]
            lists += bool(dates) and any(
                NUMBER.fullmatch(cell) for cell in cells if cell not in dates
            )
        return lists * 2 > len(rows)

    @property
    def described(self) -> str:
        shown = [heading for heading in self.shown if heading]
        more = f" and {len(shown) - 5} more" if len(shown) > 5 else ""
        return f"{formatting.counted(self.rows, 'line')} under {', '.join(shown[:5])}{more}"


def read_sheets(
    text: Text, known: frozenset[str], required: Sequence[frozenset[str]], reading: Reading
) -> Table:
    """The table of a workbook: its one list, or several sheets of the same headings one after the
    other. Raises SheetsDiffer where the sender has to choose, and Refused."""
    looks = [
        _look(sheet, known, required, reading)
        for sheet in text.sheets
        if sheet.text.strip(b',"\n ')
    ]
    if not looks:
        raise Refused("This workbook has no sheet with a list on it: its sheets are empty.")
    chosen = _named(text, looks, reading)
    named = bool(chosen)
    if not named:
        chosen = _lists(looks)
        # Another list, or more of this one without its headings, is not left out unasked.
        chosen = [look for look in looks if look in chosen or look.is_dated_list]
    if len({tuple(sorted(look.headings)) for look in chosen}) > 1 or _unlike(chosen):
        raise SheetsDiffer(
            "This workbook has several lists, and their headings differ",
            {look.sheet.name: look.described for look in chosen},
        )
    tables = [
        read_records(
            Text(look.sheet.text, "xlsx", (look.sheet,)),
            look.records,
            False,
            known,
            required,
            reading,
        )
        for look in chosen
    ]
    if len(tables) > 1:
        _refuse_copies(chosen, tables)
    table = _together([look.sheet.name for look in chosen], tables)
    if len(text.sheets) == 1:
        return table
    others = tuple(look.sheet.name for look in looks if look not in chosen)
    return replace(table, other_sheets=others, notes=(_note(text.sheets, looks, chosen, named),))


def _look(
    sheet: Sheet, known: frozenset[str], required: Sequence[frozenset[str]], reading: Reading
) -> _Look:
    records = index_records(sheet.text, ",")
    visible = np.flatnonzero(~records.blank)
    lines = np.arange(1, len(records.lines) + 1)
    named = reading if sheet.name in reading.sheets else AS_IT_IS
    heading = find_heading(records, lines, visible, known, required, named)
    shown = tuple(records.split(heading))
    headings = tuple(filter(None, map(normalise_heading, shown)))
    return _Look(
        sheet,
        records,
        headings,
        shown,
        len(known.intersection(headings)),
        all(one.intersection(headings) for one in required) if required else False,
        int((visible > heading).sum()),
    )


def _named(text: Text, looks: list[_Look], reading: Reading) -> list[_Look]:
    """The sheets that the sender names, in the workbook's order."""
    if not reading.sheets:
        return []
    wanted = {name.strip().lower() for name in reading.sheets}
    named = [look for look in looks if look.sheet.name.strip().lower() in wanted]
    if len(named) < len(wanted):
        if reading.remembered:
            return []
        names = ", ".join(look.sheet.name for look in looks)
        hidden = [sheet.name for sheet in text.sheets if sheet.name.strip().lower() in wanted]
        hidden = [name for name in hidden if name not in {look.sheet.name for look in looks}]
        if hidden:
            raise Refused(
                f"The sheet {hidden[0]} is hidden or empty. Show it in Excel (right-click the name "
                "of a sheet, Unhide), save the file and send it again."
            )
        missing = next(
            name
            for name in reading.sheets
            if name.strip().lower() not in {look.sheet.name.strip().lower() for look in looks}
        )
        raise Refused(f"There is no sheet {missing} with a list on it. There are: {names}.")
    return named


def _lists(looks: list[_Look]) -> list[_Look]:
    """The sheets that are lists: those with every heading that has to be there, else those with
    known ones, else those that look like a table."""
    filled = [look for look in looks if look.rows] or looks
    for lists in (
        [look for look in filled if look.fits],
        [look for look in looks if look.fits][:1],
        [look for look in filled if look.known >= 2],
        [look for look in filled if len(look.headings) >= 2 and look.rows],
    ):
        if lists:
            return lists
    return filled[:1]


def _unlike(looks: list[_Look]) -> bool:
    """Whether columns can't be brought together by their headings, because one stands twice in
    another order."""
    return len({look.headings for look in looks}) > 1 and any(
        len(set(look.headings)) < len(look.headings) for look in looks
    )


def _refuse_copies(looks: list[_Look], tables: list[Table]) -> None:
    """Two sheets of which one holds every line of the other, such as a month and the whole year,
    would count those lines twice."""
    lines = [Counter(zip(*_by_heading(table), strict=True)) for table in tables]
    for number, one in enumerate(lines):
        for other in range(len(lines)):
            if other != number and one and not one - lines[other]:
                raise SheetsDiffer(
                    f"Every line of the sheet {looks[number].sheet.name} is on the sheet "
                    f"{looks[other].sheet.name} too",
                    {look.sheet.name: look.described for look in looks},
                )


def _by_heading(table: Table) -> list[list[str]]:
    order = sorted(range(len(table.headings)), key=lambda at: normalise_heading(table.headings[at]))
    return [
        table.cells.column(f"c{column}").to_pylist() for column in order if table.headings[column]
    ]


def _together(names: list[str], tables: list[Table]) -> Table:
    """The tables one below the other, columns in the order of the first."""
    first, *others = tables
    if not others:
        return replace(first, sheets=tuple(names))
    normal = [normalise_heading(heading) for heading in first.headings if heading]
    parts, skipped = [], []
    aside: dict[str, list[pa.Table]] = {}
    short, long, unclosed, swallowed, garbled = [], [], [], [], []
    for number, table in enumerate(tables):
        own = [normalise_heading(heading) for heading in table.headings]
        # Headings that stand twice are in the same order in every sheet (_unlike).
        columns = [own.index(one) for one in normal] if len(set(own)) == len(own) else None
        add = number * LINES_A_SHEET

        def moved(cells: pa.Table, columns: list[int] | None = columns, add: int = add) -> pa.Table:
            picked = columns or range(len(normal))
            lines = [line + add for line in cells.column("line").to_pylist()]
            return pa.table(
                [pa.array(lines, pa.int32()), *(cells.column(f"c{column}") for column in picked)],
                names=["line", *(f"c{column}" for column in range(len(normal)))],
            )

        parts.append(moved(table.cells))
        for what, cells in table.aside.items():
            aside.setdefault(what, []).append(moved(cells))
        skipped += [replace(one, sheet=names[number]) for one in table.skipped]
        short.append((table.short[0] + add, table.short[1]))
        long.append((table.long[0] + add, table.long[1]))
        unclosed += [line + add for line in table.unclosed]
        swallowed += [(line + add, last + add) for line, last in table.swallowed]
        garbled += [line + add for line in table.garbled]
    return replace(
        first,
        cells=pa.concat_tables(parts),
        headings=tuple(heading for heading in first.headings if heading),
        skipped=tuple(skipped),
        short=_joined(short),
        long=_joined(long),
        unclosed=tuple(unclosed),
        swallowed=tuple(swallowed),
        garbled=tuple(garbled),
        aside={what: pa.concat_tables(several) for what, several in aside.items()},
        sheets=tuple(names),
    )


def _joined(counts: list[Counts]) -> Counts:
    return np.concatenate([one for one, _ in counts]), np.concatenate([two for _, two in counts])


def _note(sheets: Sequence[Sheet], looks: list[_Look], chosen: list[_Look], named: bool) -> str:
    read = [look.sheet.name for look in chosen]
    plural = "sheets" if len(read) > 1 else "sheet"
    said = f"Read the {plural} {formatting.listed(read)}"
    looked = {look.sheet.name for look in looks}
    others = [
        f"{sheet.name} ({sheet.kind or (_why(sheet.name in looked, named))})"
        for sheet in sheets
        if sheet.name not in read
    ]
    return f"{said}; not read: {formatting.listed(others)}." if others else f"{said}."


def _why(has_cells: bool, named: bool) -> str:
    return ("not chosen" if named else "not this list") if has_cells else "empty"
