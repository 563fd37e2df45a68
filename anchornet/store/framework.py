"""What the network wants to change and how it tells, as one file that the coordinator loads."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from duckdb import DuckDBPyConnection

from anchornet.setting_values import PROJECT
from anchornet.store.database import Database, append, utc_now
from anchornet.store.network import LoadError

SAMPLE = PROJECT / "data" / "sample" / "framework.toml"

LARGEST = 1_000_000  # bytes
# What an amount of a measure is of. Amounts of different units are never added up.
DONE_OR_NOT = "yes"
UNITS: Mapping[str, str] = {
    "people": "people",
    "hours": "hours",
    "weeks": "weeks",
    "gbp": "pounds",
    "homes": "homes",
    "m2": "square metres",
    "tonnes": "tonnes",
    DONE_OR_NOT: "yes or no",
}
# For whom an outcome and an indicator have a sentence; a tender has the one for bidders.
BIDDERS = "supplier"
READERS: Mapping[str, str] = {
    BIDDERS: "Suppliers",
    "commissioner": "Commissioners",
    "councillor": "Councillors",
    "public": "The public",
}


@dataclass(frozen=True)
class Outcome:
    """`indicators` are names of the catalogue; `sentences` are by reader, one of READERS."""

    id: str
    title: str
    why: str
    sentences: Mapping[str, str]
    indicators: tuple[str, ...]


@dataclass(frozen=True)
class Measure:
    """`unit` is one of UNITS; `brokered`: an offer of it can be passed on to who needs it."""

    id: str
    title: str
    unit: str
    outcome: str
    evidence: str
    brokered: bool


@dataclass(frozen=True)
class Band:
    """What a contract of this value and more is asked: `weighting` is a share; `standards`: those
    that its holder should hold, None where the framework doesn't say."""

    from_gbp: Decimal
    weighting: Decimal
    most_measures: int
    standards: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Standard:
    """Its steps from the first one on; `held_from`, the first at which it counts as held, where
    that isn't the first of all."""

    id: str
    title: str
    steps: tuple[str, ...]
    held_from: str = ""

    @property
    def held_steps(self) -> tuple[str, ...]:
        first = self.steps.index(self.held_from) if self.held_from in self.steps else 0
        return self.steps[first:]


@dataclass(frozen=True)
class Pledge:
    """Something a member can do by itself: `power`, what it does it as, such as a landowner;
    `limit`, what it can't; `measure`, what is counted of it."""

    id: str
    title: str
    power: str
    limit: str
    measure: str


@dataclass(frozen=True)
class Framework:
    """All in the order of the file; bands by rising value."""

    outcomes: tuple[Outcome, ...]
    measures: tuple[Measure, ...]
    bands: tuple[Band, ...]
    standards: tuple[Standard, ...]
    pledges: tuple[Pledge, ...] = ()

    @property
    def measure_codes(self) -> Mapping[str, str]:
        """Measure -> its title."""
        return {measure.id: measure.title for measure in self.measures}

    def measure(self, name: str) -> Measure:
        return next(measure for measure in self.measures if measure.id == name)

    def measures_of(self, outcome: str) -> tuple[Measure, ...]:
        return tuple(measure for measure in self.measures if measure.outcome == outcome)

    def band_for(self, value: Decimal) -> Band | None:
        """The band of a contract of that value; None below the first one."""
        return next((band for band in reversed(self.bands) if band.from_gbp <= value), None)


@dataclass(frozen=True)
class Version:
    """A framework as it was loaded, at a moment in UTC."""

    recorded_at: datetime
    recorded_by: str
    content: str

    @property
    def framework(self) -> Framework:
        return _read(self.content)[0]


def framework(
    database: Database | DuckDBPyConnection, as_at: datetime | None = None
) -> Framework | None:
    """None where none was loaded by then."""
    content = framework_text(database, as_at)
    return None if content is None else _read(content)[0]


def framework_text(
    database: Database | DuckDBPyConnection, as_at: datetime | None = None
) -> str | None:
    """The file as it was loaded."""
    sql = "select content from current_frameworks(?)"
    if isinstance(database, Database):
        rows = database.rows(sql, [as_at])
    else:
        rows = database.execute(sql, [as_at]).fetchall()
    return str(rows[0][0]) if rows else None


def framework_history(database: Database) -> list[Version]:
    """Each that was loaded, the newest first."""
    rows = database.rows(
        """
        select recorded_at, recorded_by, content
        from frameworks
        order by record_number desc
        """
    )
    return [Version(*row) for row in rows]


def framework_with_dropped(database: Database, as_at: datetime | None = None) -> Framework | None:
    """With the outcomes and measures after its own that it has dropped: promises of them stay."""
    versions = [
        version.framework
        for version in framework_history(database)
        if as_at is None or version.recorded_at <= as_at
    ]
    if not versions:
        return None
    newest = versions[0]
    outcomes = {each.id: each for version in versions[::-1] for each in version.outcomes}
    measures = {each.id: each for version in versions[::-1] for each in version.measures}
    own = {each.id: each for each in newest.outcomes}, {each.id: each for each in newest.measures}
    return replace(
        newest,
        outcomes=tuple((own[0] | outcomes).values()),
        measures=tuple((own[1] | measures).values()),
    )


def load_framework(
    database: Database,
    data: bytes,
    *,
    by: str,
    indicators: Collection[str] | None = None,
    now: datetime | None = None,
) -> Framework:
    """Record the framework of a TOML file, in place of the one before; `indicators` are the names
    that its outcomes may use. Raises LoadError with everything that is wrong with it."""
    loaded = read_framework(data, indicators)
    with database.writing() as cursor:
        append(cursor, "frameworks", text_of(data), now or utc_now(), by)
    return loaded


def read_framework(data: bytes, indicators: Collection[str] | None = None) -> Framework:
    """As `load_framework`, without recording it."""
    read, faults = _read(text_of(data))
    for outcome in read.outcomes if indicators is not None else ():
        faults += tuple(
            f"Outcome {outcome.id}: {name!r} is not an indicator. The page Definitions has their "
            "names."
            for name in outcome.indicators
            if name not in (indicators or ())
        )
    if faults:
        raise LoadError(faults)
    return read


def text_of(data: bytes) -> str:
    """Raises LoadError."""
    if len(data) > LARGEST:
        raise LoadError(["The file is larger than 1 MB. A framework is a few pages of text."])
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise LoadError(["The file isn't plain text in UTF-8. Save it as UTF-8."]) from None


class _Fault(Exception):
    pass


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Fault("should be some text in quotation marks")
    return " ".join(value.split())


def _id(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", value):
        raise _Fault("should be small letters, digits and _, such as local_jobs")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _Fault('should be a list, such as ["one", "another"]')
    texts = tuple(map(_text, value))
    if twice := [text for text, count in Counter(texts).items() if count > 1]:
        raise _Fault(f"names {twice[0]} twice")
    return texts


def _sentences(value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise _Fault(f"should have a sentence each for {', '.join(READERS)}")
    if strange := [name for name in value if name not in READERS]:
        raise _Fault(f"are for {', '.join(READERS)}; there is none for {strange[0]}")
    if "councillor" in value:  # a framework of before the public had a sentence
        value = {"public": value["councillor"], **value}
    if missing := [name for name in READERS if name not in value]:
        raise _Fault(f"should have one for the {missing[0]}, too")
    return {name: _text(value[name]) for name in READERS}


def _unit(value: Any) -> str:
    if value not in UNITS:
        raise _Fault(f"should be one of {', '.join(UNITS)}")
    return str(value)


def _yes(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Fault("should be true or false, without quotation marks")
    return value


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _Fault("should be a number without quotation marks, commas or £")
    number = Decimal(value)
    if not number.is_finite() or number < 0:
        raise _Fault("should be 0 or more")
    return number


def _share(value: Any) -> Decimal:
    share = _number(value)
    if share > 1:
        raise _Fault("should be a share: write 0.1 for 10%")
    return share


def _count(value: Any) -> int:
    number = _number(value)
    if number != int(number):
        raise _Fault("should be a whole number")
    return int(number)


UNSAID: Any = object()  # in place of what stands for one that may be left out: nothing does

# What each part of the file holds: how a value is read, and what stands for one that may be left
# out (None: it may not).
_PARTS: Mapping[str, tuple[type[Any], Mapping[str, tuple[Any, Any]]]] = {
    "outcomes": (
        Outcome,
        {
            "id": (_id, None),
            "title": (_text, None),
            "why": (_text, None),
            "sentences": (_sentences, None),
            "indicators": (_texts, ()),
        },
    ),
    "measures": (
        Measure,
        {
            "id": (_id, None),
            "title": (_text, None),
            "unit": (_unit, None),
            "outcome": (_id, None),
            "evidence": (_text, None),
            "brokered": (_yes, False),
        },
    ),
    "bands": (
        Band,
        {
            "from_gbp": (_number, None),
            "weighting": (_share, None),
            "most_measures": (_count, None),
            "standards": (_texts, UNSAID),
        },
    ),
    "standards": (
        Standard,
        {
            "id": (_id, None),
            "title": (_text, None),
            "steps": (_texts, None),
            "held_from": (_text, ""),
        },
    ),
    "pledges": (
        Pledge,
        {
            "id": (_id, None),
            "title": (_text, None),
            "power": (_text, None),
            "limit": (_text, ""),
            "measure": (_id, None),
        },
    ),
}


@lru_cache(maxsize=32)
def _read(text: str) -> tuple[Framework, tuple[str, ...]]:
    """What the file says, without its faults, and those."""
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        return Framework((), (), (), ()), (f"The file isn't well-formed TOML: {error}.",)
    faults = [
        f"There is no part {name!r}. The parts are {', '.join(_PARTS)}."
        for name in document
        if name not in _PARTS
    ]
    parts: dict[str, list[Any]] = {}
    for name in _PARTS:
        parts[name] = []
        entries = _entries(document, name)
        if name in document and entries != document[name]:
            faults.append(f"Write each entry of {name} under [[{name}]].")
        for number, entry in enumerate(entries, 1):
            called = f"{name[:-1].capitalize()} {entry.get('id', number)}"
            values, wrong = _entry(name, entry)
            faults += [f"{called}: {sentence}." for sentence in wrong]
            if not wrong:
                parts[name].append(_PARTS[name][0](**values))
    read = Framework(**{name: tuple(entries) for name, entries in parts.items()})
    return read, (*faults, *_faults_together(document, read))


def _entries(document: Mapping[str, Any], part: str) -> list[dict[str, Any]]:
    entries = document.get(part)
    return [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []


def _entry(part: str, entry: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    fields = _PARTS[part][1]
    wrong = [f"{name} is not one of {', '.join(fields)}" for name in entry if name not in fields]
    values = {}
    for name, (read, otherwise) in fields.items():
        if name not in entry:
            values[name] = None if otherwise is UNSAID else otherwise
            if otherwise is None:
                wrong.append(f"{name} is missing")
            continue
        try:
            values[name] = read(entry[name])
        except _Fault as fault:
            wrong.append(f"{name} {fault}")
    return values, wrong


def _faults_together(document: Mapping[str, Any], read: Framework) -> Iterator[str]:
    """What is wrong only beside something else."""
    for part in ("outcomes", "measures"):
        if not document.get(part):
            yield f"The file has no {part}. Write each one under [[{part}]]."
    for part in ("outcomes", "measures", "standards", "pledges"):
        for key in ("id", "title"):
            counts = Counter(str(one[key]) for one in _entries(document, part) if key in one)
            for value, count in counts.items():
                if count > 1:
                    yield f"{count} {part} have the {key} {value}. Give each one of its own."
    outcomes = [str(outcome.get("id")) for outcome in _entries(document, "outcomes")]
    for measure in read.measures:
        if measure.outcome not in outcomes:
            yield (
                f"Measure {measure.id}: there is no outcome {measure.outcome}. There are: "
                f"{', '.join(outcomes)}."
            )
    for standard in read.standards:
        if standard.held_from and standard.held_from not in standard.steps:
            yield (
                f"Standard {standard.id}: it has no step {standard.held_from!r}. held_from should "
                f"be one of: {', '.join(standard.steps)}."
            )
    measures = [str(measure.get("id")) for measure in _entries(document, "measures")]
    for pledge in read.pledges:
        if pledge.measure not in measures:
            yield (
                f"Pledge {pledge.id}: there is no measure {pledge.measure}. There are: "
                f"{', '.join(measures)}."
            )
    standards = [standard.id for standard in read.standards]
    for number, band in enumerate(read.bands, 1):
        for name in band.standards or ():
            if name not in standards:
                yield (
                    f"Band {number}: there is no standard {name}. There are: "
                    f"{', '.join(standards) or 'none'}."
                )
    for number, (lower, band) in enumerate(zip(read.bands, read.bands[1:], strict=False), 2):
        if band.from_gbp <= lower.from_gbp:
            yield (
                f"Band {number}: from_gbp should be more than {lower.from_gbp:,}, where the band "
                "before begins. Write bands from the smallest contracts to the largest."
            )
        elif band.most_measures < lower.most_measures or band.weighting < lower.weighting:
            yield (
                f"Band {number}: a larger contract should not be asked less than a smaller one: "
                "weighting and most_measures stay the same or rise."
            )


def toml_of(framework: Framework) -> str:
    """The framework as a file that `load_framework` reads."""
    return "\n".join(
        _entry_toml(part, entry) for part in _PARTS for entry in getattr(framework, part)
    )


def _entry_toml(part: str, entry: Any) -> str:
    values = {name: getattr(entry, name) for name in _PARTS[part][1]}
    tables = {name: value for name, value in values.items() if isinstance(value, Mapping)}
    lines = [f"[[{part}]]"]
    lines += [
        f"{name} = {_toml(value)}"
        for name, value in values.items()
        if name not in tables and value is not None and value != ""
    ]
    for name, texts in tables.items():
        lines += ["", f"[{part}.{name}]"]
        lines += [f"{key} = {_toml(text)}" for key, text in texts.items()]
    return "\n".join([*lines, ""])


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
