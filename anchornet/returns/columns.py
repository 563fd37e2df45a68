"""Which of the sender's columns is which of ours."""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass

from anchornet.returns.declaration import Field, Return, normalise_heading


class MappingError(Exception):
    """A mapping was asked for that can't be: the text says which and what there is instead."""


@dataclass(frozen=True)
class Mapped:
    """Ours against theirs. `columns` gives the place of each field's column in the file from 0;
    `ambiguous` the fields for which several columns bear the same heading."""

    headings: tuple[str, ...]
    columns: MappingOf[str, int]
    source: MappingOf[str, str]
    missing: tuple[Field, ...]
    ambiguous: MappingOf[str, str]

    @property
    def unused(self) -> tuple[str, ...]:
        """The sender's headings that no field uses."""
        used = set(self.columns.values())
        return tuple(h for place, h in enumerate(self.headings) if h and place not in used)

    def heading(self, field: str) -> str | None:
        """The sender's heading for a field of ours, None where it has none."""
        return self.headings[self.columns[field]] if field in self.columns else None

    def as_headings(self) -> dict[str, str]:
        """field → the sender's heading: what is remembered, and kept with a submission."""
        return {field: self.headings[place] for field, place in self.columns.items()}


def map_headings(
    return_: Return,
    headings: Sequence[str],
    *,
    explicit: MappingOf[str, str] | None = None,
    named: str | None = None,
    remembered: MappingOf[str, str] | None = None,
) -> Mapped:
    """Matches a file's headings with a return's fields: what the sender says now goes before a
    named layout, that before what they confirmed earlier, that before aliases. A column serves one
    field. Raises MappingError for a field, heading or layout that doesn't exist."""
    places: dict[str, list[int]] = {}
    for place, heading in enumerate(headings):
        if heading:
            places.setdefault(normalise_heading(heading), []).append(place)
    columns: dict[str, int] = {}
    source: dict[str, str] = {}
    ambiguous: dict[str, str] = {}

    def take(field: str, heading: str, how: str) -> bool:
        found = [p for p in places.get(normalise_heading(heading), []) if p not in columns.values()]
        if field in columns or not found:
            return False
        columns[field], source[field] = found[0], how
        if len(places[normalise_heading(heading)]) > 1:
            ambiguous[field] = headings[found[0]]
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
            there = ", ".join(h for h in headings if h)
            raise MappingError(
                f"{heading!r} is not a free heading of this file. Its headings are: {there}."
            )
    if named:
        try:
            layout = return_.mapping(named)
        except KeyError:
            known = ", ".join(mapping.name for mapping in return_.mappings) or "none"
            raise MappingError(
                f"{return_.title} has no layout named {named!r}. There are: {known}."
            ) from None
        for field, candidates in layout.headings.items():
            any(
                field not in skipped and take(field, candidate, "layout")
                for candidate in candidates
            )
    for field, heading in (remembered or {}).items():
        if field in names and field not in skipped:
            take(field, heading, "remembered")
    for field_ in return_.fields:
        if field_.name not in skipped:
            any(take(field_.name, candidate, "heading") for candidate in field_.headings)
    return Mapped(
        headings=tuple(headings),
        columns=columns,
        source=source,
        missing=tuple(f for f in return_.fields if f.required and f.name not in columns),
        ambiguous=ambiguous,
    )


def fitting_layout(
    return_: Return,
    headings: Sequence[str],
    remembered: MappingOf[str, str] | None = None,
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
    remembered: MappingOf[str, MappingOf[str, str]] | None = None,
) -> list[Return]:
    """The returns that a file's headings fit: everything required is there. Where several do, only
    those in which most of its columns have a place."""
    used: dict[str, int] = {}
    named = {return_.name: return_ for return_ in returns}
    for name, return_ in named.items():
        own = (remembered or {}).get(name)
        layout = fitting_layout(return_, headings, own)
        mapped = map_headings(return_, headings, named=layout, remembered=own)
        if not mapped.missing:
            used[name] = len(mapped.columns)
    return [named[name] for name, count in used.items() if count == max(used.values())]
