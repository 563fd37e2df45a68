"""What the API gives: figures, definitions and returns as flat rows, each as whoever asks may see
it; and the OpenAPI document, made of the declarations."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.access import NotAllowed, Person, allowed
from anchornet.exports.part_names import part_titles
from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE
from anchornet.indicators.figures import NETWORK, TOGETHER, Audience, Request, figures, own_of
from anchornet.periods import WINDOWS, add_months, month_text, parse_month
from anchornet.returns.declaration import RETURNS
from anchornet.settings import Settings
from anchornet.store import network
from anchornet.store.database import Database, utc_now
from anchornet.store.network import NotPossible, due_dates
from anchornet.store.returns_status import returns_board

PATH, VERSION = "/api/v1", "1.0"
MONTHS, MOST_MONTHS, MOST_ROWS = 12, 60, 100_000
_MONTH = "20[0-9]{2}-(0[1-9]|1[0-2])"
MONTH, PERIOD = f"^{_MONTH}$", rf"^{_MONTH}(\.\.{_MONTH})?$"
FORMATS = ("json", "csv")
MOST_BREAKDOWNS = 2
WHOSE = {"member", "kind"}  # breakdowns by who sent it
# Of a figure, beside what it was asked by.
COLUMNS = (
    "indicator", "title", "period", "window", "value", "unit", "shown", "members",
    "members_expected", "months", "months_expected", "unjudged",
)  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    """What stands in the address of a request, as OpenAPI describes it."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    many: bool = False
    required: bool = False
    most: int = 0  # of many; 0: as many as there are

    def openapi(self) -> dict[str, Any]:
        schema = {"type": "array", "items": self.schema} if self.many else dict(self.schema)
        schema |= {"maxItems": self.most} if self.most else {}
        return {
            "name": self.name,
            "in": "query",
            "description": self.description,
            "required": self.required,
            "schema": schema,
        }


def _one_of(names: Collection[str]) -> dict[str, Any]:
    return {"type": "string", "enum": [*names]}


_FORMAT = Parameter("format", "json, unless the other is asked for.", _one_of(FORMATS))
_PERIOD = Parameter(
    "period",
    f"A month, or from one to another: 2026-04..2026-09. May be repeated. Without it the last "
    f"{MONTHS} months that have ended; at most {MOST_MONTHS}.",
    {"type": "string", "pattern": PERIOD},
    many=True,
)
_MEMBER = Parameter("member", "A member's ID.")
_RETURN = Parameter("return", "Which return the file is.", _one_of(RETURNS), required=True)
_OF_FILE = (
    Parameter("file_name", "As it should stand on the receipt."),
    Parameter("mapping", "A layout that ships with the return, by its name."),
)
PARAMETERS: Mapping[str, Sequence[Parameter]] = {
    "figures": (
        Parameter("indicator", "Without it every one.", _one_of(CATALOGUE), many=True),
        _PERIOD,
        Parameter("window", "month, unless another is asked for.", _one_of(WINDOWS)),
        Parameter(
            "by",
            "A row for each part; two at most, of others than the token's member one and `member`.",
            _one_of(BREAKDOWNS),
            many=True,
            most=MOST_BREAKDOWNS,
        ),
        Parameter("member", "Of these members only, by ID.", many=True),
        Parameter(
            "where",
            "Only this part, as breakdown=value: pathway=apprenticeship. May be repeated.",
            {"type": "string", "pattern": r"^\w+=.+$"},
            many=True,
        ),
        Parameter("as_at", "What was known then: a day, or a moment in UTC."),
        _FORMAT,
    ),
    "definitions": (_FORMAT,),
    "returns": (_PERIOD, _MEMBER, _FORMAT),
    "send": (
        _RETURN,
        Parameter(
            "period",
            "The month that the file is for (of a quarter its last), or `each` for every month "
            "that its lines bear.",
            {"type": "string", "pattern": rf"^({_MONTH}|each)$"},
            required=True,
        ),
        Parameter("member", "For which member; a member's own token needs none."),
        Parameter("accept_warnings", "Why what is there to look at is as it should be."),
        Parameter("nil", "true: nothing to report, and no file.", {"type": "boolean"}),
        *_OF_FILE,
    ),
    "check": (
        _RETURN,
        Parameter("period", "The month, if it is for one.", {"type": "string", "pattern": MONTH}),
        _MEMBER,
        *_OF_FILE,
    ),
}


class Given:
    """What a request gives of the parameters of `what`. Raises NotPossible for a name that there
    isn't, a value that can't be, and one of which there can be one only."""

    def __init__(self, what: str, pairs: Sequence[tuple[str, str]]) -> None:
        self.parameters = {parameter.name: parameter for parameter in PARAMETERS[what]}
        self.values: dict[str, list[str]] = {}
        for name, value in pairs:
            if name not in self.parameters:
                names = ", ".join(self.parameters)
                raise NotPossible(f"There is no parameter {name[:80]!r}. There are: {names}.")
            text = self._read(name, value)
            self.values.setdefault(name, []).append(text)
        for name, parameter in self.parameters.items():
            if parameter.required and name not in self.values:
                raise NotPossible(f"Say {name}. {parameter.description}")

    def _read(self, name: str, value: str) -> str:
        parameter, schema = self.parameters[name], self.parameters[name].schema
        if name in self.values and not parameter.many:
            raise NotPossible(f"{name} is given twice.")
        if "\x00" in value:
            raise NotPossible(f"{name} holds a character that no text has.")
        if "enum" in schema and value not in schema["enum"]:
            names = ", ".join(schema["enum"])
            raise NotPossible(f"{value[:80]!r} is not one of {name}. There are: {names}.")
        if "pattern" in schema and not re.fullmatch(schema["pattern"], value):
            raise NotPossible(f"{name} can't be {value[:80]!r}. {parameter.description}")
        if schema["type"] == "boolean" and value not in ("true", "false"):
            raise NotPossible(f"{name} is true or false.")
        return value

    def one(self, name: str) -> str | None:
        return next(iter(self.values.get(name, [])), None)

    def many(self, name: str) -> list[str]:
        return self.values.get(name, [])

    def month(self, name: str) -> date | None:
        text = self.one(name)
        return parse_month(text) if text else None

    def months(self, today: date) -> list[date]:
        ended = add_months(today.replace(day=1), -1)
        months: set[date] = set()
        for text in self.many("period"):
            first, _, last = text.partition("..")
            months |= set(_between(parse_month(first), parse_month(last or first)))
        if not self.many("period"):
            months = {add_months(ended, -back) for back in range(MONTHS)}
        if not 0 < len(months) <= MOST_MONTHS:
            raise NotPossible(f"Ask for 1 to {MOST_MONTHS} months, the first one first.")
        return sorted(months)

    def moment(self, name: str) -> datetime | None:
        """In UTC; of a day its end."""
        text = self.one(name)
        if text is None:
            return None
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
                return datetime.combine(date.fromisoformat(text), time.max)
            moment = datetime.fromisoformat(text)
            return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
        except (ValueError, OverflowError):
            raise NotPossible(
                f"{name} is a day, such as 2026-09-30, or a moment, such as 2026-09-30T09:00."
            ) from None


def _between(first: date, last: date) -> list[date]:
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [add_months(first, number) for number in range(count)]


def audience_of(person: Person) -> Audience:
    """Who figures are for: as on the pages."""
    if allowed(Person(person.email, person.name, person.roles), "see_member_figures"):
        return NETWORK
    if person.member_id and allowed(person, "see_member_detail", person.member_id):
        return own_of(person.member_id)
    return TOGETHER


def figure_rows(database: Database, person: Person, given: Given) -> pd.DataFrame:
    """COLUMNS, and each breakdown's code with its words. `value` is empty where it is a gap or not
    shown; `shown` says which. Raises NotAllowed, NotDeclared, NotOffered and NotPossible."""
    if not allowed(person, "see_network_figures"):
        raise NotAllowed("Figures are for people in the network.")
    parts: dict[str, list[str]] = {}
    for text in given.many("where"):
        name, _, value = text.partition("=")
        parts.setdefault(name, []).append(value)
    request = Request(
        [*dict.fromkeys(given.many("indicator"))] or list(CATALOGUE),
        given.months(utc_now().date()),
        given.one("window") or "month",
        given.moment("as_at"),
        tuple(dict.fromkeys(given.many("by"))),
        given.many("member") or None,
        parts or None,
    )
    if len(request.by) > MOST_BREAKDOWNS:
        raise NotPossible("Ask by two breakdowns at most.")
    with database.cursor() as cursor:
        for member_id in [*(request.members or ()), *parts.get("member", ())]:
            network.require_member(cursor, member_id)
    audience = audience_of(person)
    if not audience.owns(request):
        _require_as_on_pages(request)
    frame = figures(database, request, audience)
    if len(frame) > MOST_ROWS:
        raise NotPossible(f"This is {len(frame):,} rows. Ask for fewer months, or by less.")
    columns = [*COLUMNS]
    for by in request.by:
        frame[f"{by}_title"] = part_titles(database, by, frame, request.as_at)
        columns += [by, f"{by}_title"]
    titles = {name: formatting.plain(CATALOGUE[name].title) for name in request.indicators}
    months = {period: month_text(period) for period in request.periods}
    frame = frame.assign(
        title=frame["indicator"].map(titles),
        window=request.window,
        period=frame["period"].map(months),
    )
    return frame[columns]


def _require_as_on_pages(request: Request) -> None:
    """Raises NotAllowed for parts that no page shows of others: suppliers, and parts of parts,
    which can be one payment."""
    declared = {*BREAKDOWNS} - WHOSE
    cuts = {*request.by, *(request.where or {})} & declared
    if own := [name for name in cuts if not BREAKDOWNS[name].shared]:
        raise NotAllowed(f"Figures by {formatting.listed(sorted(own))} are for the member's own.")
    if len(cuts - {"authority"}) > 1 or {*(request.where or {})} & declared - {"authority"}:
        raise NotAllowed(
            "Figures of others are by one thing at once, and by member; where: an authority."
        )


def definition_rows() -> pd.DataFrame:
    """What each figure is: a row for each."""
    return pd.DataFrame(
        [
            {
                "indicator": name,
                "title": formatting.plain(one.title),
                "definition": one.definition,
                "unit": one.unit,
                "kind": one.kind,
                "better": one.polarity,
                "of_people": one.people,
                "return": one.return_name,
                "breakdowns": " ".join(one.breakdowns),
            }
            for name, one in CATALOGUE.items()
        ]
    )


def definitions(database: Database) -> dict[str, Any]:
    """Figures, breakdowns, and the fields of each return as a Table Schema."""
    return {
        "figures": records(definition_rows()),
        "breakdowns": [
            {"breakdown": name, "title": one.title, "values": dict(one.values)}
            for name, one in BREAKDOWNS.items()
        ],
        "returns": [
            {
                "return": name,
                "title": return_.title,
                "every": return_.every,
                "schema": return_.table_schema(),
            }
            for name, return_ in RETURNS.items()
        ],
    }


def return_rows(database: Database, person: Person, given: Given) -> pd.DataFrame:
    """What became of each return that members owe: of all for who sees each member, else of the
    person's own. Receipts for the member's own people and the coordinator only. Raises NotAllowed
    and NotPossible."""
    sees_all = audience_of(person) is NETWORK
    wanted = given.one("member") or (None if sees_all else person.member_id)
    if not sees_all and (wanted is None or wanted != person.member_id):
        raise NotAllowed("What a member has sent is for its own people and the coordinator.")
    with database.cursor() as cursor:
        if wanted is not None:
            network.require_member(cursor, wanted)
    rows: list[dict[str, Any]] = []
    for month in given.months(utc_now().date()):
        due_on = due_dates(database, month).due_on
        for row in returns_board(database, month).to_dict("records"):
            member_id = row["member_id"]
            if wanted not in (None, member_id):
                continue
            sees_receipt = allowed(person, "manage_returns") or allowed(
                person, "see_member_detail", member_id
            )
            rows.append(
                {
                    "period": month_text(month),
                    "member": member_id,
                    "member_title": row["member"],
                    "return": row["return_name"],
                    "return_title": RETURNS[row["return_name"]].title,
                    "due_on": due_on.isoformat(),
                    "state": row["state"],
                    "late": bool(row["late"]),
                    "receipt": row["receipt"] if sees_receipt else None,
                    "sent_back": bool(row["sent_back"]) if sees_receipt else None,
                }
            )
    return pd.DataFrame(rows, columns=[*RETURN_COLUMNS])


RETURN_COLUMNS = (
    "period", "member", "member_title", "return", "return_title", "due_on", "state", "late",
    "receipt", "sent_back",
)  # fmt: skip


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON takes them: what is not known is null."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


# --- OpenAPI -------------------------------------------------------------------------------------

_TEXT = {"type": "string"}
_TEXT_OR_NONE = {"type": ["string", "null"]}
_COUNT = {"type": ["integer", "number", "null"]}
_PROBLEM = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": _TEXT, "message": _TEXT},
        },
        "check": {"type": "object"},
    },
}
_FIGURE = {
    "type": "object",
    "required": [*COLUMNS],
    "properties": {
        "indicator": _TEXT,
        "title": _TEXT,
        "period": {"type": "string", "pattern": MONTH},
        "window": _one_of(WINDOWS),
        "value": {"type": ["number", "null"]},
        "unit": _TEXT,
        "shown": {**_TEXT, "description": "In words; * for 1 to 7 people, – for a gap."},
        **dict.fromkeys(("members", "members_expected", "months", "months_expected"), _COUNT),
        "unjudged": _TEXT_OR_NONE,
    },
    "additionalProperties": _TEXT_OR_NONE,
}
_RETURN_ROW = {
    "type": "object",
    "required": [*RETURN_COLUMNS],
    "properties": {
        **dict.fromkeys(RETURN_COLUMNS, _TEXT),
        "late": {"type": "boolean"},
        "receipt": _TEXT_OR_NONE,
        "sent_back": {"type": ["boolean", "null"]},
    },
}
_RECEIPTS = {
    "type": "object",
    "required": ["submissions"],
    "properties": {
        "submissions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["receipt", "period", "rows", "totals", "already"],
            },
        }
    },
}
_FAULTS = {
    "400": "Something that was asked for can't be",
    "401": "No token, or one that does not work",
    "403": "Not for whom the token is",
    "429": "Too many requests: Retry-After says when to come back",
    "503": "Not now: Retry-After says when to come back",
}
_OF_FILES = {
    "408": "The file did not come in time",
    "413": "The file is too large",
    "422": "What the file says can't be accepted as it is; `check` lists every finding",
}


def openapi(settings: Settings) -> dict[str, Any]:
    """The OpenAPI document of the API."""
    summaries = {
        "figures": "Figures, flat: a row for each indicator, period and part",
        "definitions": "What figures, breakdowns and returns are",
        "returns": "What became of each return",
    }
    answers: dict[str, Any] = {
        "figures": {"type": "array", "items": _FIGURE},
        "definitions": {"type": "object"},
        "returns": {"type": "array", "items": _RETURN_ROW},
    }
    paths: dict[str, dict[str, Any]] = {
        f"/{name}": {"get": _operation(name, summary, {"200": ("", answers[name])})}
        for name, summary in summaries.items()
    }
    sent = {"201": ("Received, and counts", _RECEIPTS), "200": ("Received before", _RECEIPTS)}
    paths["/returns"]["post"] = _operation("send", "Send a return", sent)
    answers = {"200": ("What was found in the file", {"type": "object"})}
    paths["/check"] = {"post": _operation("check", "Check a file, and keep nothing", answers)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{settings.network_name}: figures and returns",
            "version": VERSION,
            "description": "Every answer is what whoever the token stands for would see on the "
            "pages. docs/api.md shows it with curl, Excel and Power Query.",
        },
        "servers": [{"url": PATH}],
        "security": [{"token": []}],
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": _PROBLEM},
        },
        "paths": paths,
    }


def _operation(name: str, summary: str, answers: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
    takes_file = name in ("send", "check")
    responses: dict[str, Any] = {}
    for status, (words, schema) in answers.items():
        content: dict[str, Any] = {"application/json": {"schema": schema}}
        if not takes_file:
            content["text/csv"] = {"schema": _TEXT}
        responses[status] = {"description": words or summary, "content": content}
    problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, words in {**_FAULTS, **(_OF_FILES if takes_file else {})}.items():
        responses[status] = {"description": words, "content": problem}
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "parameters": [parameter.openapi() for parameter in PARAMETERS[name]],
        "responses": responses,
    }
    if takes_file:
        binary = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {
            "description": "The file as it is: CSV or an Excel workbook.",
            "content": {"application/octet-stream": binary},
        }
    return operation
