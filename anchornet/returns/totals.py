"""Totals among the lines of a list: left out where they are the sum of lines above, asked about
where they are not."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from anchornet.returns.columns import Mapped
from anchornet.returns.declaration import Field, Return
from anchornet.returns.findings import Finding
from anchornet.returns.lists import TOTAL, Table
from anchornet.returns.texts import truths
from anchornet.returns.typed_rows import TypedRows

MOST = 5_000  # candidates; in a list with more of them the word means something else
ENDINGS = ("otal", "OTAL")
ASK = (
    "If it is a total, take the line out, or look which lines are missing above it. If it is a "
    "payment, say so when you send."
)
Amounts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Candidate:
    """A line that may be a total: its amount in hundredths, its name, and whether the line has
    nothing else that it would need. `aside`: the reader has left it out already."""

    line: int
    amount: int
    name: str
    bare: bool
    aside: bool = False

    @property
    def is_named(self) -> bool:
        return TOTAL.fullmatch(self.name) is not None

    @property
    def of(self) -> str:
        """Whose total it is by its name: `Sample Ltd Total` is Sample Ltd's."""
        name = self.name.lower()
        return self.name[: -len(" total")].strip() if name.endswith(" total") else ""


def find_totals(
    cursor: DuckDBPyConnection, return_: Return, table: Table, mapped: Mapped, rows: TypedRows
) -> tuple[list[int], list[Finding]]:
    """The lines of the table `checked` that are sums of lines above them, and what to ask of totals
    that are not."""
    amount = next(
        (f for f in map(return_.field, return_.totals) if f.required and f.name in mapped.columns),
        None,
    )
    if amount is None:
        return [], []
    candidates = [
        *_in_the_list(cursor, return_, table, mapped, rows, amount),
        *_left_out(cursor, table, mapped, amount),
    ]
    if not candidates or len(candidates) > MOST:
        return [], []
    candidates.sort(key=lambda candidate: candidate.line)
    with_names = any(candidate.of for candidate in candidates)
    name = _name_of(return_, mapped) if with_names else None
    every = cursor.execute(
        f"select line, ({amount.name} * 100)::bigint, {name or 'null'} from checked order by line"
    ).to_arrow_table()
    lines, amounts = every[0].to_numpy(), every[1].fill_null(0).to_numpy()
    complete = every[1].null_count == 0
    own = ~np.isin(lines, [candidate.line for candidate in candidates])
    names = every[2].filter(truths(own))
    heading = mapped.heading(amount.name)
    return _judge(candidates, lines[own], amounts[own], names, complete, heading)


def _judge(
    candidates: list[Candidate],
    lines: Amounts,
    amounts: Amounts,
    names: pa.ChunkedArray,
    complete: bool,
    heading: str | None,
) -> tuple[list[int], list[Finding]]:
    running = np.concatenate([[0], np.cumsum(amounts)])
    sums: list[int] = []
    asked: list[Finding] = []
    since = 0  # lines above the last total
    for candidate in candidates:
        above = int(np.searchsorted(lines, candidate.line))
        starts = {0, since} if above - since else {0}
        by_name = candidate.is_named or (candidate.of and candidate.bare)
        if candidate.of and above and names[above - 1].as_py() == candidate.of:
            starts.add(_first_of_the_same(names, above))
            by_name = True
        fewest = 1 if by_name else 2
        is_sum = any(
            running[above] - running[start] == candidate.amount and above - start >= fewest
            for start in starts
        )
        if not is_sum and by_name and len(candidates) <= 200:
            # A level between: the sum of the last few parts.
            is_sum = bool((running[:above] == running[above] - candidate.amount).any())
        if candidate.is_named and not is_sum:
            is_sum = candidate.aside and candidate.amount == above * 100  # it counts lines
        if is_sum:
            since = above
            if not candidate.aside:
                sums.append(candidate.line)
        elif (candidate.is_named or candidate.aside) and complete and above:
            total = f"{candidate.amount / 100:,.2f}"
            message = (
                f"{candidate.name or 'the last line'} is {total}, and the lines above it add up to "
                f"{(running[above] - running[0]) / 100:,.2f}"
            )
            asked.append(
                Finding("total_differs", "warning", candidate.line, heading, total, message, ASK)
            )
    return sums, asked


def _first_of_the_same(names: pa.ChunkedArray, above: int) -> int:
    """Where the run of lines with the name of the last one begins."""
    first = above - 1
    name = names[first].as_py()
    while first and names[first - 1].as_py() == name:
        first -= 1
    return first


def _name_of(return_: Return, mapped: Mapped) -> str | None:
    return next(
        (
            f.name
            for f in return_.fields
            if f.required and f.type == "text" and f.name in mapped.columns
        ),
        None,
    )


def _in_the_list(
    cursor: DuckDBPyConnection,
    return_: Return,
    table: Table,
    mapped: Mapped,
    rows: TypedRows,
    amount: Field,
) -> Iterator[Candidate]:
    """Lines called total, and lines without a name."""
    name = _name_of(return_, mapped)
    if name is None:
        return
    others = [
        f.name
        for f in return_.fields
        if f.required and f.name in mapped.columns and f.name not in (name, amount.name)
    ]
    bare = " and ".join(f"{other} is null" for other in others) or "true"
    last = int(table.cells["line"][-1].as_py()) if table.cells.num_rows else 0
    conditions = [f"({name} is null and ({bare} or line = {last}))"]
    looked_at = rows.cells.select(["line", name, amount.name, *others])
    if rows.may_hold(name, *ENDINGS):
        conditions += [f"contains({name}, '{ending}')" for ending in ENDINGS]
    else:
        looked_at = looked_at.filter(pc.is_null(looked_at.column(name)))
        if not looked_at.num_rows:
            return
    cursor.register("looked_at", looked_at)
    likely = cursor.execute(
        f"""
        select line, ({amount.name} * 100)::bigint, coalesce({name}, ''), {bare}
        from looked_at
        where {" or ".join(conditions)}
        """
    ).fetchall()
    cursor.unregister("looked_at")
    likely = [row for row in likely if row[1] is not None]
    unnamed = [line for line, _, text, _ in likely if not text]
    labels = _labels(table, f"c{mapped.columns[name]}", unnamed)
    for line, pence, text, is_bare in likely:
        if not text and line not in labels:
            continue  # its name is there, and can't be read
        candidate = Candidate(line, pence, text or labels[line], is_bare)
        if not text or candidate.is_named or candidate.of:
            yield candidate


def _labels(table: Table, name: str, lines: list[int]) -> dict[int, str]:
    """What lines with nothing in the column of names are called in another one, where that ends
    with total."""
    labels = {}
    for row in table.at(lines[:MOST]).to_pylist():
        if row[name]:
            continue
        line, *cells = row.values()
        named = (cell for cell in cells if TOTAL.fullmatch(cell) or cell[-6:].lower() == " total")
        labels[line] = next(named, "")
    return labels


def _left_out(
    cursor: DuckDBPyConnection, table: Table, mapped: Mapped, amount: Field
) -> Iterator[Candidate]:
    """Lines that the reader took for totals, with their amounts."""
    cells = table.aside.get("total")
    if cells is None:
        return
    column = f"c{mapped.columns[amount.name]}"
    cursor.register("totals_aside", cells)
    rows = cursor.execute(
        f"select *, ({amount.parse(column)} * 100)::bigint from totals_aside"
    ).fetchall()
    cursor.unregister("totals_aside")
    for line, *texts, pence in rows:
        if pence is not None:
            name = next((text for text in texts if TOTAL.fullmatch(text)), "")
            yield Candidate(line, pence, name, True, aside=True)
