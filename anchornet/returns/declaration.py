"""What members send: a Return, its Fields and its Rules, each declared once in a TOML file.

From a declaration come the blank template, the data dictionary, the Frictionless Table Schema,
the table in the database and the checks.
"""

import csv
import io
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from anchornet import formatting
from anchornet.periods import RHYTHMS, add_months, month_text, parse_month
from anchornet.returns.field_types import (
    NOISE,
    ROUNDED,
    TYPES,
    Explain,
    FieldType,
    explain_error_cell,
    plain_word,
)

UNUSUAL_TOTAL = "unusual_total"
# What a rule does: it stops the file, asks the sender for a sentence, or only tells, of each line
# or once of the column.
SEVERITIES: Mapping[str, str] = {
    "error": "stops",
    "warning": "asks",
    "note": "tells",
    "form": "tells",
}
NO_LETTERS = re.compile(r"[\W_]+")
SHORTEST = 4  # letters of a word that another begins with
ALIKE = 0.8  # of their letters two words have in common, as difflib counts
NOT_KNOWN = "As it is, it counts as not known."


def _letters(text: str) -> str:
    """Letters and digits of what may be a code; `+` and `<` as they are read out."""
    return normalise_heading(text.replace("+", "plus").replace("<", "under"))


def normalise_heading(text: str) -> str:
    """Letters and digits only, in lower case: `Paid On ` and `paid_on` are one heading."""
    return NO_LETTERS.sub("", text.lower())


@dataclass(frozen=True)
class Rule:
    """One thing that may be wrong. Never without a sentence and a cure.

    `fields[0]` is where it is reported. A row rule is a SQL condition, true where broken; a file
    rule is a SELECT of broken lines from the table `checked`, or from `repeated_<field>`, those of
    its rows of which another has the same in that field. The scope `period` may use
    period_start and period_end; `member` may use $member_id and the `<return>_current` views;
    `places` may use the catalogue `reference`, and `framework` what store.framework_codes shows. A
    rule without either is asked of a month's total.
    `explain` may say more of a cell. A row rule of severity `form` is counted and said once for its
    column.
    """

    id: str
    severity: str
    fields: tuple[str, ...]
    message: str
    cure: str
    broken: str | None = None
    lines: str | None = None
    scope: str = "file"
    explain: Explain | None = None


@dataclass(frozen=True)
class Field:
    """One column of a return. `words`: for a code, what else it is called in others' lists.
    `preferred`: headings that go before the field's own where a file has both. `codes_from`: where
    its codes are kept, if not in the declaration (Return.with_codes)."""

    name: str
    title: str
    type: str
    description: str
    required: bool = False
    aliases: tuple[str, ...] = ()
    preferred: tuple[str, ...] = ()
    codes: Mapping[str, str] | None = None
    example: str = ""
    words: Mapping[str, Sequence[str]] | None = None
    codes_from: str | None = None

    @property
    def kind(self) -> FieldType:
        return TYPES[self.type]

    @property
    def headings(self) -> tuple[str, ...]:
        """Headings that mean this field, normalised, the strongest first."""
        return tuple(heading for tier in self.heading_tiers for heading in tier)

    @property
    def heading_tiers(self) -> tuple[tuple[str, ...], ...]:
        """The same by strength: headings of one tier fit as well as one another."""
        tiers = (self.preferred, (self.name,), (self.title, *self.aliases))
        seen: set[str] = set()
        normal = []
        for tier in tiers:
            new = dict.fromkeys(h for h in map(normalise_heading, tier) if h not in seen)
            seen.update(new)
            normal.append(tuple(new))
        return tuple(normal)

    def parse(self, text: str) -> str:
        """SQL for the typed value of a text expression; null where blank or not understood."""
        return self.kind.parse(text, self.words_for_codes)

    @cached_property
    def words_for_codes(self) -> Mapping[str, str]:
        """What a cell may hold, in lower case with _ for each space and hyphen → the code."""
        words = {word: code for code, others in (self.words or {}).items() for word in others}
        words |= {label: code for code, label in (self.codes or {}).items()}
        words |= {code: code for code in self.codes or {}}
        return {plain_word(word): code for word, code in words.items()}

    def near_code(self, text: str) -> str | None:
        """The one code that a text nearly is, by itself or as it is called: of `apprentice`
        apprenticeship, of `50+` 50_plus."""
        words: dict[str, set[str]] = {}
        for word, code in self.words_for_codes.items():
            words.setdefault(_letters(word), set()).add(code)
        wanted = _letters(text)
        begun = [
            word
            for word in words
            if min(len(word), len(wanted)) >= SHORTEST
            and (word.startswith(wanted) or wanted.startswith(word))
        ]
        alike = [wanted] if wanted in words else begun or get_close_matches(wanted, words, 2, ALIKE)
        codes = set().union(*(words[word] for word in alike))
        return codes.pop() if len(codes) == 1 else None

    def rules(self) -> Iterator[Rule]:
        """What the field by itself asks of its cell; `{text}` stands for the cell as sent."""
        if self.required:
            yield Rule(
                "required",
                "error",
                (self.name,),
                f"{self.title} is empty",
                f"Fill it in: {self.description[:1].lower()}{self.description[1:]}",
                broken="{text} = ''",
            )
        if self.codes_from and not self.codes:
            yield Rule(
                f"no_{self.codes_from}",
                "error",
                (self.name,),
                f"{{value}} can't be read without the network's {self.codes_from}",
                f"Ask the coordinator to load the {self.codes_from}, and send the file then.",
                broken="{text} <> ''",
            )
        elif self.kind.rule:
            words = {"title": self.title, "codes": ", ".join(self.codes or {})}
            yield Rule(
                self.kind.rule,
                "error" if self.required else "warning",
                (self.name,),
                fill(self.kind.message, words),
                self._cure(fill(self.kind.cure, words)),
                broken=f"{{text}} <> '' and {self.name} is null",
                explain=self._explain,
            )
        if self.kind.odd:
            yield from self._odd_rules()

    def _cure(self, cure: str) -> str:
        return cure if self.required else f"{cure} {NOT_KNOWN}"

    def _explain(self, value: str) -> tuple[str, str] | None:
        explained = explain_error_cell(value)
        if not explained and self.kind.explain:
            explained = self.kind.explain(value)
        return (explained[0], self._cure(explained[1])) if explained else None

    def _odd_rules(self) -> Iterator[Rule]:
        """What is said of amounts that are read, and not as they stand."""
        read = f"{{odd}} is not null and {self.name} is not null"
        noise = f"regexp_matches({{odd}}, '{NOISE}')"
        yield Rule(
            "rounded",
            "warning",
            (self.name,),
            "{value} has more than two places after the point",
            "We rounded it to the penny. If that is right, say so when you send.",
            broken=f"{read} and regexp_matches({{odd}}, '{ROUNDED}') and not {noise}",
        )
        for name, message, broken in (
            ("noise", "figures beyond the penny that a computer added were dropped", noise),
            (
                "nought",
                "a dash was read as 0.00",
                f"{self.name} = 0 and not regexp_matches({{odd}}, '\\d')",
            ),
            (
                "odd_characters",
                "unusual spaces or minus signs were read as usual ones",
                "{odd} <> {text}",
            ),
        ):
            yield Rule(name, "form", (self.name,), message, "", broken=f"{read} and {broken}")

    def table_schema(self) -> dict[str, Any]:
        constraints: dict[str, Any] = dict(self.kind.constraints)
        if self.required:
            constraints["required"] = True
        if self.type == "code" and self.codes:
            constraints["enum"] = list(self.codes)
        names = ("name", "title", "description", "example")
        schema = {name: getattr(self, name) for name in names} | dict(self.kind.table_schema)
        return {**schema, "constraints": constraints} if constraints else schema


@dataclass(frozen=True)
class NamedMapping:
    """A layout that ships with the product: for each field the headings it is known by."""

    name: str
    title: str
    description: str
    headings: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Return:
    """One kind of data that members send for each period of its rhythm (periods.RHYTHMS): a month,
    or the last month of a quarter. Nobody owes it for a period before `since`."""

    name: str
    title: str
    order: int  # its place among the returns
    version: str
    grain: str
    fields: tuple[Field, ...]
    own_rules: tuple[Rule, ...]
    totals: tuple[str, ...]
    usual: tuple[str, ...]  # totals that are held against the member's own earlier months
    period_field: str | None
    mappings: tuple[NamedMapping, ...]
    differs: tuple[str, ...] = ()  # why a figure may be another than what was sent
    every: str = "month"
    since: date | None = None

    def is_period(self, month: date) -> bool:
        """Whether it is sent for this month: always, or where a quarter ends with it."""
        return month.month % RHYTHMS[self.every] == 0

    def is_owed(self, month: date, since: date | None = None) -> bool:
        """Whether it is asked for; `since` is the network's own first period, if it has one."""
        first = since or self.since
        return self.is_period(month) and (first is None or first <= month)

    def no_period(self, month: date) -> str:
        """What is said of a month that it is not sent for."""
        months = RHYTHMS[self.every]
        right = add_months(month, -month.month % months)
        return (
            f"{self.title} is sent for a {self.every}, by its last month: "
            f"{month_text(right)} for {self.period_words(right)}, and not {month_text(month)}."
        )

    def starts_on(self, period: date) -> date:
        """The first day of what a period of it stands for."""
        return add_months(period, 1 - RHYTHMS[self.every])

    def period_words(self, period: date) -> str:
        """`September 2026`; of a return for a quarter `July to September 2026`."""
        return formatting.span(period, self.every)

    @property
    def row_table(self) -> str:
        return f"{self.name}_rows"

    def with_codes(self, source: str, codes: Mapping[str, str]) -> "Return":
        """The same with the codes of the fields that take them from there."""
        fields = (
            replace(field, codes=codes) if field.codes_from == source else field
            for field in self.fields
        )
        return replace(self, fields=tuple(fields))

    def field(self, name: str) -> Field:
        return {field.name: field for field in self.fields}[name]

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        rules = [rule for field in self.fields for rule in field.rules()]
        if self.period_field:
            rules.append(
                Rule(
                    "outside_period",
                    "error",
                    (self.period_field,),
                    "{value} is not in {period}",
                    "Send this line with the return of its own month, or put the date right.",
                    broken=f"{self.period_field} not between period_start and period_end",
                    scope="period",
                )
            )
        unusual = [
            Rule(
                UNUSUAL_TOTAL,
                "warning",
                (name,),
                "{value} in {period} is {side} than the {low} to {high} usual for you",
                "Look for a part that is missing, or is there twice, or for pounds written as "
                "pence. If the month was like that, say so when you send.",
                scope="member",
            )
            for name in self.usual
        ]
        return (*rules, *self.own_rules, *unusual)

    def rule_words(self, rule: Rule) -> tuple[str, str]:
        """What a rule says and what to do, where no cell is quoted: `[value] is not a date`."""
        words = {field.name: f"[{field.title}]" for field in self.fields}
        words |= {"value": "[value]", "period": f"the {self.every}"}
        words |= {"side": "more or less", "low": "[lowest]", "high": "[highest]"}
        return fill(rule.message, words), fill(rule.cure, words)

    @property
    def holds_postcodes(self) -> bool:
        """Whether postcodes belong in this return at all; if not, one is somebody's home."""
        return any(field.type == "postcode" for field in self.fields)

    def mapping(self, name: str) -> NamedMapping:
        return {mapping.name: mapping for mapping in self.mappings}[name]

    def row_columns(self) -> list[tuple[str, str]]:
        """(column, DuckDB type) of the row table, without submission_id and line."""
        return [(field.name, field.kind.sql) for field in self.fields]

    @cached_property
    def known_headings(self) -> frozenset[str]:
        """Every heading that would be recognised, normalised."""
        return frozenset().union(*(self._headings_of(field) for field in self.fields))

    @cached_property
    def required_headings(self) -> tuple[frozenset[str], ...]:
        """For each field that has to be there, the headings that it is known by."""
        return tuple(self._headings_of(field) for field in self.fields if field.required)

    def _headings_of(self, field: Field) -> frozenset[str]:
        layouts = [
            normalise_heading(heading)
            for mapping in self.mappings
            for heading in mapping.headings.get(field.name, ())
        ]
        return frozenset([*field.headings, *layouts])

    def template_csv(self) -> str:
        return _csv_line([field.name for field in self.fields])

    def example_csv(self) -> str:
        return self.template_csv() + _csv_line([field.example for field in self.fields])

    def table_schema(self) -> dict[str, Any]:
        """Frictionless Table Schema of the standard layout."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.grain,
            "version": self.version,
            "fields": [field.table_schema() for field in self.fields],
            "missingValues": [""],
        }

    def dictionary_markdown(self) -> str:
        lines = [f"## {self.title} (`{self.name}`)", "", self.grain, ""]
        asked = f"Asked for every {self.every}"
        if self.since:
            asked += f", from {self.period_words(self.since)} on"
        lines += [f"{asked}. Declaration version {self.version}. `*` marks what is required.", ""]
        lines += ["| column | what it is | written as | example |", "|---|---|---|---|"]
        for field in self.fields:
            star = "*" if field.required else ""
            written = field.kind.written
            if field.codes:
                codes = "; ".join(f"`{code}` {label}" for code, label in field.codes.items())
                written = f"{written}: {codes}" if written else codes
            elif field.codes_from:
                written = f"{written} the words of the network's {field.codes_from}"
            lines.append(
                f"| `{field.name}`{star} | **{field.title}.** {field.description} "
                f"| {written} | {field.example or '(blank)'} |"
            )
        lines += ["", "Headings also understood:", ""]
        for field in self.fields:
            names = (*field.preferred, field.title, *field.aliases)
            lines.append(f"- `{field.name}`: {', '.join(names)}")
        lines += ["", "What is checked:", ""]
        lines += ["| rule | what it does | where | what it says |", "|---|---|---|---|"]
        for rule in self.rules:
            where = self.field(rule.fields[0]).title
            does = SEVERITIES[rule.severity]
            sentences = ". ".join(filter(None, self.rule_words(rule))).removesuffix(".")
            lines.append(f"| `{rule.id}` | {does} | {where} | {sentences}. |")
        if self.mappings:
            lines += ["", "Layouts understood as they are:", ""]
            lines += [f"- `{m.name}`: {m.title}. {m.description}" for m in self.mappings]
        return "\n".join(lines) + "\n"


def fill(template: str, words: Mapping[str, str]) -> str:
    """Fills in the placeholders given and leaves the others for later."""
    return re.sub(r"{(\w+)}", lambda match: words.get(match[1], match[0]), template)


def _csv_line(values: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(values)
    return text.getvalue()


def read_declaration(path: Path) -> Return:
    """A Return from its TOML file; ValueError names what is wrong in it."""
    toml = tomllib.loads(path.read_text(encoding="utf-8"))
    fields = tuple(
        Field(
            **{
                **entry,
                "aliases": tuple(entry.get("aliases", ())),
                "preferred": tuple(entry.get("preferred", ())),
            }
        )
        for entry in toml["fields"]
    )
    names = {field.name for field in fields}
    rules = tuple(
        Rule(**{**entry, "fields": tuple(entry["fields"])}) for entry in toml.get("rules", ())
    )
    for field in fields:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", field.name) or field.type not in TYPES:
            raise ValueError(f"{path.name}: the field {field.name!r} has a wrong name or type")
    for rule in rules:
        if (rule.broken is None) == (rule.lines is None) or not set(rule.fields) <= names:
            raise ValueError(f"{path.name}: the rule {rule.id!r} needs known fields, and one check")
        if rule.severity not in SEVERITIES:
            raise ValueError(
                f"{path.name}: the rule {rule.id!r} has the severity {rule.severity!r}"
            )
    every, since = toml.get("every", "month"), toml.get("since")
    if every not in RHYTHMS:
        raise ValueError(f"{path.name}: a return is for every {' or '.join(RHYTHMS)}")
    if every != "month" and "period_field" in toml:
        raise ValueError(f"{path.name}: only of a monthly return the lines say the period")
    if not set(toml.get("usual", ())) <= set(toml["totals"]) <= names:
        raise ValueError(f"{path.name}: totals, and what is usual among them, have to be fields")
    return Return(
        name=toml["name"],
        title=toml["title"],
        order=toml.get("order", 0),
        version=toml["version"],
        grain=toml["grain"],
        fields=fields,
        own_rules=rules,
        totals=tuple(toml["totals"]),
        usual=tuple(toml.get("usual", ())),
        period_field=toml.get("period_field"),
        mappings=tuple(
            NamedMapping(
                **{**entry, "headings": {f: tuple(names) for f, names in entry["headings"].items()}}
            )
            for entry in toml.get("mappings", ())
        ),
        differs=tuple(toml.get("differs", ())),
        every=every,
        since=parse_month(since) if since else None,
    )


def read_declarations(paths: Iterable[Path]) -> dict[str, Return]:
    """Returns by name, in their order."""
    declared = sorted(map(read_declaration, paths), key=lambda it: it.order)
    return {return_.name: return_ for return_ in declared}


RETURNS: Mapping[str, Return] = read_declarations(
    path for path in Path(__file__).parent.glob("*.toml") if path.stem != "field_types"
)
