"""Open registers, as they are published, and the names in them that members paid.

A register is read once, row by row, in a database of its own that keeps only the rows whose name is
like one that was paid: five million companies need no more memory than those.
"""

from __future__ import annotations

import codecs
import csv
import re
import shutil
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
from duckdb import DuckDBPyConnection

from anchornet import formatting
from anchornet.places import reference
from anchornet.places.organisations import DIRECTORY
from anchornet.returns.declaration import normalise_heading
from anchornet.returns.field_types import literal
from anchornet.settings import Settings
from anchornet.store.network import NotPossible
from anchornet.store.opening import scratch


@dataclass(frozen=True)
class Register:
    """One that registers.toml declares; expressions are SQL on its columns, all of them text."""

    title: str
    option: str
    publishes: str
    address: str
    name: str
    org_id: str
    postcode: str
    status: str
    type: str
    former: tuple[str, ...] = ()
    counts: str = "true"
    columns: Mapping[str, int] | None = None


REGISTERS: Mapping[str, Register] = {
    name: Register(**{**declared, "former": tuple(declared.get("former", ()))})
    for name, declared in tomllib.loads(
        Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    ).items()
}
STEPS = [
    f"-- {step}"
    for step in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split("-- ===")
]
PART, BATCH = 250_000, 30_000  # rows of a register that are looked at together, or by one thread
# Of what is like a name, what is worth a person's look, and how many of one name.
ALIKE, OFFERED = 0.9, 3
# Letters of a name without a legal form, from which on it is one organisation's and no other's.
DISTINCT = 10
CHUNK = 1 << 20  # bytes
DATES = re.compile(r"(20\d\d)[-_]?(\d\d)[-_]?(\d\d)")


def matches(settings: Settings, wanted: pa.Table, files: Mapping[str, Sequence[Path]]) -> pa.Table:
    """What registers say of names that were paid: `wanted` has name_key, name, org_ids (list),
    is_cut (its ledger may have cut it), refused (list of org-ids). Files by the register's name.

    Gives name_key, org_id, state (taken or offered), how, score, name, matched, postcode, type,
    status, source, rank (the best offer of a name is 1). Raises NotPossible.
    """
    ready, _, _, decide = STEPS
    folders = {path.resolve().parent for paths in files.values() for path in paths}
    with ExitStack() as stack:
        unpacked = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="registers-")))
        cursor = stack.enter_context(scratch(settings.reference, unpacked, *folders))
        reference.fill(cursor, settings)
        cursor.register("wanted", wanted)
        cursor.execute(ready)
        for name in REGISTERS:
            for path in files.get(name, ()):
                for file in _unpacked(path, unpacked):
                    try:
                        _read(cursor, name, file, path)
                    except duckdb.InvalidInputException as why:
                        raise NotPossible(f"{path.name} can't be read: {why}") from None
                    if file != path.resolve():
                        file.unlink()
        cursor.execute(decide, {"offered": OFFERED, "distinct": DISTINCT})
        return cursor.execute("from decided").to_arrow_table()


def _read(cursor: DuckDBPyConnection, name: str, file: Path, published: Path) -> None:
    """Puts those of a register's rows that are like a wanted name into `candidates`."""
    _, rows, like, _ = STEPS
    register = REGISTERS[name]
    parts = ("name", "org_id", "postcode", "status", "type", "counts")
    query = rows.format(
        source=_source(register, file, published),
        former=_former(register),
        **{part: getattr(register, part) for part in parts},
    )
    title = published.stem if name == "list" else register.title
    bound = {
        "source": f"{register.address}, {title}, {formatting.day(_date_of(published))}",
        "position": list(REGISTERS).index(name),
        "alike": ALIKE,
    }
    with cursor.cursor() as reading:
        for part in reading.execute(query).to_arrow_reader(PART):
            # In batches, which several threads share; one would be one thread's.
            batches = [part.slice(first, BATCH) for first in range(0, part.num_rows, BATCH)]
            cursor.register("part", pa.Table.from_batches(batches, part.schema))
            cursor.execute(like, bound)


def _former(register: Register) -> str:
    """SQL for the list of former names; null where the first is empty, as most are."""
    if not register.former:
        return "null::varchar[]"
    return f"case when {register.former[0]} <> '' then [{', '.join(register.former)}] end"


def _unpacked(path: Path, folder: Path) -> Iterator[Path]:
    """The lists in a file, one after another: itself, or what a ZIP holds; in UTF-8."""
    if not zipfile.is_zipfile(path):
        yield _in_utf8(path.resolve(), folder)
        return
    with zipfile.ZipFile(path) as archive:
        entries = [
            entry
            for entry in archive.infolist()
            if Path(entry.filename).suffix.lower() in (".csv", ".txt", ".json")
        ]
        if not entries:
            raise NotPossible(f"{path.name} holds no CSV, text or JSON file.")
        for number, entry in enumerate(entries):
            target = folder / f"{number}{Path(entry.filename).suffix.lower()}"
            with archive.open(entry) as source, target.open("wb") as sink:
                # The mark that some files begin with is none of JSON's.
                sink.write(source.read(len(codecs.BOM_UTF8)).removeprefix(codecs.BOM_UTF8))
                shutil.copyfileobj(source, sink, CHUNK)
            yield _in_utf8(target, folder)


def _in_utf8(path: Path, folder: Path) -> Path:
    """The file, or a copy of it in UTF-8 where it is in Windows' own encoding."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as content:
            while chunk := content.read(CHUNK):
                decoder.decode(chunk)
        return path
    except UnicodeDecodeError:
        target = folder / f"utf-8{path.suffix}"
        with (
            path.open(encoding="cp1252", errors="replace", newline="") as text,
            target.open("w", encoding="utf-8", newline="") as sink,
        ):
            shutil.copyfileobj(text, sink, CHUNK)
        return target


def _source(register: Register, file: Path, published: Path) -> str:
    """SQL for the rows of a register's file, all of them text under its own headings."""
    parts = (register.name, register.org_id, register.postcode, register.status, register.type)
    needed = set(re.findall('"([^"]+)"', " ".join((*parts, register.counts, *register.former))))
    if file.suffix == ".json":
        columns = dict.fromkeys(sorted(needed), "varchar")
        return f"read_json({literal(str(file))}, format = 'array', columns = {_struct(columns)})"
    with file.open(encoding="utf-8-sig", newline="") as text:
        line = text.readline()
    delimiter = max(",\t|;", key=line.count)
    headings = [heading.strip() for heading in next(csv.reader([line], delimiter=delimiter), [])]
    if register.columns:
        named = {place: name for name, place in register.columns.items()}
        headings = [named.get(place, f"column {place}") for place in range(1, len(headings) + 1)]
    elif register is REGISTERS["list"]:
        headings = [_field_of(heading) for heading in headings]
    if missing := needed - set(headings):
        raise NotPossible(
            f"{published.name} lacks the column {min(missing)}. {register.option} takes "
            f"{register.publishes}."
        )
    columns = {}
    for place, heading in enumerate(headings):
        columns[f"{heading} {place}" if heading in columns else heading] = "varchar"
    return (
        f"read_csv({literal(str(file))}, auto_detect = false, header = {not register.columns}, "
        f"delim = {literal(delimiter)}, quote = '\"', escape = '\"', strict_mode = false, "
        f"ignore_errors = true, columns = {_struct(columns)})"
    )


def _field_of(heading: str) -> str:
    """The directory's field that a list's heading means, or the heading."""
    normal = normalise_heading(heading)
    fields = (field.name for field in DIRECTORY.fields if normal in field.headings)
    return next(fields, heading)


def _struct(columns: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{literal(name)}: '{kind}'" for name, kind in columns.items()) + "}"


def _date_of(path: Path) -> date:
    """The day that a register was published, as its file's name says, else that it was written."""
    for year, month, day in DATES.findall(path.name):
        with suppress(ValueError):
            return date(int(year), int(month), int(day))
    return date.fromtimestamp(path.stat().st_mtime)
