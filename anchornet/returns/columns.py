"""Which of the sender's columns is which of ours."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from anchornet import formatting
from anchornet.returns.declaration import Field, Return, normalise_heading


class MappingError(Exception):
    """A mapping was asked for that can't be: the text says which and what there is instead."""


@dataclass(frozen=True)
class Mapped:
    """Ours against theirs. `columns` numbers each field's column in the file from 0; `ambiguous`
    gives the required fields for which several columns bear the same heading, and the heading;
    `others` the headings that would fit a required field as well; `none` the fields that the sender
    says no column is for; `doubled` the optional ones that were left unmatched because their
    heading stands twice, and the heading. `notes` are sentences on what was chosen."""

    headings: tuple[str, ...]
    columns: Mapping[str, int]
    source: Mapping[str, str]
    missing: tuple[Field, ...]
    ambiguous: Mapping[str, str]
    others: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    none: frozenset[str] = frozenset()
    doubled: Mapping[str, str] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def unused(self) -> tuple[str, ...]:
        """The sender's headings that no field uses."""
        used = set(self.columns.values())
        return tuple(h for column, h in enumerate(self.headings) if h and column not in used)

    def heading(self, field: str) -> str | None:
        return self.headings[self.columns[field]] if field in self.columns else None

    def as_headings(self) -> dict[str, str]:
        """field → the sender's heading, "" for none: what is remembered, and kept with a
        submission."""
        used = {field: self.headings[column] for field, column in self.columns.items()}
        return used | dict.fromkeys(sorted(self.none), "")


def map_headings(
    return_: Return,
    headings: Sequence[str],
    *,
    explicit: Mapping[str, str] | None = None,
    named: str | None = None,
    remembered: Mapping[str, str] | None = None,
) -> Mapped:
    """Matches a file's headings with a return's fields: what the sender says now goes before a
    named layout, that before what they confirmed earlier, that before aliases. A column serves one
    field. Raises MappingError for a field, heading or layout that doesn't exist."""
    headed: dict[str, list[int]] = {}
    for column, heading in enumerate(headings):
        if heading:
            headed.setdefault(normalise_heading(heading), []).append(column)
    columns: dict[str, int] = {}
    source: dict[str, str] = {}
    ambiguous: dict[str, str] = {}
    required = {field_.name for field_ in return_.fields if field_.required}
    doubled: dict[str, str] = {}

    def take(field: str, heading: str, how: str) -> bool:
        alike = headed.get(normalise_heading(heading), [])
        free = [column for column in alike if column not in columns.values()]
        if field in columns or not free:
            return False
        if len(alike) > 1 and field not in required:
            doubled[field] = headings[free[0]]
            return True
        columns[field], source[field] = free[0], how
        if len(alike) > 1:
            ambiguous[field] = headings[free[0]]
        return True

    names = [field.name for field in return_.fields]
    skipped: set[str] = set()
    for field, heading in (explicit or {}).items():
        if field not in names:
            raise MappingError(
                f"{return_.title} has no field {field!r}. Its fields are {', '.join(names)}."
            )
        if not heading:
            skipped.add(field)  # the sender says: none of my columns is this
        elif not take(field, heading, "yours"):
            raise MappingError(
                f"{heading!r} is not a free heading of this file. "
                f"Its headings are: {', '.join(filter(None, headings))}."
            )
    if named:
        try:
            layout = return_.mapping(named)
        except KeyError:
            layouts = ", ".join(mapping.name for mapping in return_.mappings) or "none"
            raise MappingError(
                f"{return_.title} has no layout named {named!r}. There are: {layouts}."
            ) from None
        for field, names_there in layout.headings.items():
            any(field not in skipped and take(field, name, "layout") for name in names_there)
    for field, heading in (remembered or {}).items():
        if field in names and field not in skipped and field not in columns:
            if heading:
                take(field, heading, "remembered")
            else:
                skipped.add(field)
    for field_ in return_.fields:
        if field_.name not in skipped:
            any(take(field_.name, heading, "heading") for heading in field_.headings)
    notes = [
        f"Two columns are headed {heading}, so we used neither for {return_.field(field).title}."
        for field, heading in doubled.items()
        if field not in columns
    ]
    others = {}
    for field_ in return_.fields:
        if field_.required and source.get(field_.name) == "heading":
            chosen = columns[field_.name]
            as_well, weaker = _fitting(field_, headings, chosen, set(columns.values()))
            if as_well and field_.name not in ambiguous:
                others[field_.name] = as_well
            if weaker:
                notes.append(
                    f"{field_.title} is read from {headings[chosen]}, not from "
                    f"{formatting.listed(weaker)}."
                )
    return Mapped(
        headings=tuple(headings),
        columns=columns,
        source=source,
        missing=tuple(f for f in return_.fields if f.required and f.name not in columns),
        ambiguous=ambiguous,
        others=others,
        none=frozenset(skipped),
        doubled=doubled,
        notes=tuple(notes),
    )


def _fitting(
    field: Field, headings: Sequence[str], chosen: int, used: set[int]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The other headings, of columns that no field uses, that fit a field as well as the chosen
    one, and those that fit it less well."""
    strength = {
        heading: number for number, tier in enumerate(field.heading_tiers) for heading in tier
    }
    best = strength.get(normalise_heading(headings[chosen]), 0)
    fits = [
        (strength[normal], heading)
        for column, heading in enumerate(headings)
        if column not in used and (normal := normalise_heading(heading)) in strength
    ]
    as_well = dict.fromkeys(heading for number, heading in fits if number <= best)
    return tuple(as_well), tuple(dict.fromkeys(h for number, h in fits if number > best))


def fitting_layout(
    return_: Return,
    headings: Sequence[str],
    remembered: Mapping[str, str] | None = None,
) -> str | None:
    """The shipped layout that fits a file whose own headings leave something required unmatched."""
    if not map_headings(return_, headings, remembered=remembered).missing:
        return None
    for layout in return_.mappings:
        if not map_headings(return_, headings, named=layout.name).missing:
            return layout.name
    return None


def fitting_returns(
    returns: Iterable[Return],
    headings: Sequence[str],
    remembered: Mapping[str, Mapping[str, str] | None],
) -> list[Return]:
    """The returns that a file's headings fit: everything required is there. Where several do, only
    those that use most of its columns."""
    fitting: list[tuple[int, Return]] = []
    for return_ in returns:
        own = remembered.get(return_.name)
        layout = fitting_layout(return_, headings, own)
        mapped = map_headings(return_, headings, named=layout, remembered=own)
        if not mapped.missing:
            fitting.append((len(mapped.columns), return_))
    most = max((used for used, _ in fitting), default=0)
    return [return_ for used, return_ in fitting if used == most]
