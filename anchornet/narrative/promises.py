"""Promises in sentences and rows, from frames of indicators.promises: as they may be seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.formatting import counted, plural
from anchornet.indicators.promises import RETURN, STATES
from anchornet.store.framework import UNITS, Framework

# How a promise stands, in words, and the colour of a status that it has.
STANDS: Mapping[str, tuple[str, str]] = {
    "not_kept": ("Not kept", "off_track"),
    "due_unknown": ("Due and not reported", "off_track"),
    "behind": ("Behind", "off_track"),
    "not_reported": ("Not reported", "within_tolerance"),
    "on_profile": ("On profile", "on_track"),
    "open_ended": ("No date", "none"),
    "not_started": ("Not started", "none"),
    "nothing_promised": ("Nothing promised", "none"),
    "kept": ("Kept", "on_track"),
}
# Where the words of a sign don't fit into a sentence.
INSIDE = {"open_ended": "without a date", "nothing_promised": "with nothing promised"}
PROOF = {"all": "All", "part": "Part", "none": "None", "not_known": "–"}
SOURCES = RETURN.field("source").codes or {}
RATINGS = RETURN.field("rating").codes or {}
NEAR_DAYS = 90
Row = Mapping[Any, Any]


def answer(on_profile: Row, kept: Row, not_reported: Row, whose: str, quarter: date) -> str:
    """How many promises are on profile, and how many of those due were kept: rows of the three
    indicators for the quarter."""
    when = f"at the end of {formatting.month(quarter)}"
    parts = []
    if on_profile["base"] > 0:
        of = _of(on_profile, "running promise", "running promises", " whose delivery is known")
        parts.append(f"{of} on profile {when}")
    if kept["base"] > 0 and parts:
        parts.append(f"{_of(kept, 'that was', 'that were', ' due by then')} kept")
    elif kept["base"] > 0:
        due = f" due by the end of {formatting.month(quarter)}"
        parts.append(f"{_of(kept, 'promise that was', 'promises that were', due)} kept")
    if parts:
        return f"{whose}: {', and '.join(parts)}."
    if not not_reported["base"] > 0:
        return f"{whose}: no promise runs {when}, and none was due by then."
    if _part(not_reported) == not_reported["base"]:
        return f"{whose}: nobody has said yet how any running promise stands {when}."
    running = int(not_reported["base"])
    if running == 1:
        return f"{whose}: the one running promise has no due date {when}."
    many = f"{formatting.count(0, running)} running promises"
    return f"{whose}: {many} has a due date as well as a known delivery {when}."


def _part(row: Row) -> int:
    return formatting.round_half_up(row["value"] * row["base"])


def _of(row: Row, one: str, many: str, which: str) -> str:
    """`two of three promises that were due are`, `the one promise that was due is not`."""
    part, whole = _part(row), int(row["base"])
    if whole == 1:
        return f"the one {one}{which} is{'' if part else ' not'}"
    return f"{formatting.count(part, whole)} {many}{which} {formatting.verb(part)}"


def nothing(month: date) -> str:
    """Where no member has sent a return of promises."""
    return f"No member has said by {formatting.month(month)} what was promised to it."


def outcome_titles(framework: Framework | None) -> Mapping[str, str]:
    return {outcome.id: outcome.title for outcome in framework.outcomes} if framework else {}


@dataclass(frozen=True)
class Names:
    """What promises are called: by the framework, and by the members' names that may be said."""

    framework: Framework | None
    members: Mapping[str, str]

    def who(self, row: Row) -> str:
        """Who promised, and in what: as far as it may be said."""
        if row["organisation"] is None:
            kind = f"{SOURCES[row['source']]}, not published"
            return ", ".join(filter(None, [kind, self.members.get(row["member_id"])]))
        agreement = row["agreement_title"] or row["agreement_ref"]
        lot = f", lot {row['lot']}" if row["lot"] else ""
        return f"{row['organisation']}: {agreement}{lot}"

    def measure(self, row: Row) -> str:
        """The measure with its unit: `Apprenticeships (people)`."""
        titles = self.framework.measure_codes if self.framework else {}
        title = titles.get(row["measure"], row["measure"])
        return title if row["unit"] in (None, "yes") else f"{title} ({UNITS[row['unit']]})"

    def whole(self, row: Row) -> str:
        """Who promised, in what, and what."""
        return f"{self.who(row)}; {formatting.inside(self.measure(row))}"


def due(row: Row) -> str:
    day = row["due_on"]
    return "–" if day is None else f"{day.day}\N{NO-BREAK SPACE}{day:%b}\N{NO-BREAK SPACE}{day:%Y}"


def delivered(row: Row) -> str:
    return "not known" if row["shown_delivered"] == "–" else str(row["shown_delivered"])


def proof(row: Row) -> str:
    """How much of it somebody has seen proof of: in words, where that isn't shown as a number."""
    number = str(row["shown_evidenced"])
    return PROOF[row["proof"]] if number == "–" else number


def lines(row: Row, names: Names) -> list[tuple[str, str]]:
    """All that may be said of one promise, as (what, words)."""
    titles = outcome_titles(names.framework)
    running = f"from {formatting.day(row['starts_on'])}"
    if row["due_on"] is not None:
        running += f", due on {formatting.day(row['due_on'])}"
    told = [
        ("Kind of agreement", SOURCES[row["source"]]),
        ("Outcome", titles.get(row["outcome"], "")),
        ("In the agreement's words", row["own_words"] or ""),
        ("Runs", running),
        ("Reported by", names.members.get(row["member_id"], "")),
        ("Rating", RATINGS.get(row["rating"] or "", "")),
    ]
    if row["stated_value_gbp"] is not None and row["organisation"] is not None:
        value = formatting.pounds(float(row["stated_value_gbp"]))
        told.append(
            ("Stated social value", f"{value}, by {row['stated_method']}; never added to money")
        )
    return [(what, words) for what, words in told if words]


def due_soon(frame: pd.DataFrame, today: date) -> pd.DataFrame:
    """The running promises of a quarter that are due in the next 90 days, the first first."""
    last = today + timedelta(NEAR_DAYS)
    is_near = [day is not None and today <= day <= last for day in frame["due_on"]]
    near = frame[pd.Series(is_near, index=frame.index, dtype=bool) & frame["is_running"]]
    return near.sort_values("due_on", kind="stable")


def unspent(frame: pd.DataFrame) -> pd.DataFrame:
    """The contributions of a quarter that are not spent in full, with `left`, the most first."""
    left = frame["received"] - frame["delivered"]
    rows = frame.assign(left=left)[(frame["unit"] == "gbp") & (left > 0)]
    return rows.sort_values("left", ascending=False, kind="stable")


def in_lots(frame: pd.DataFrame) -> str:
    """`frame`: indicators.lots, of one agreement at least."""
    sums = frame[["lots", "holders", "local", "unplaced", "asked", "meeting", "not_known"]].sum()
    agreements = counted(len(frame), "agreement has lots", "agreements have lots")
    holders, local, asked = int(sums["holders"]), int(sums["local"]), int(sums["asked"])
    which = f"{_or_none(local)} of them local"
    if holders == 1:
        which = f"{'' if local else 'not '}local"
    text = (
        f"{formatting.capital(agreements)}: {counted(sums['lots'], 'lot')} with "
        f"{counted(holders, 'holder')}, {which}."
    )
    if asked:
        meeting = int(sums["meeting"])
        hold = f"{_or_none(meeting)} {plural(meeting, 'holds', 'hold')}"
        if asked == 1:
            hold = "it holds" if meeting else "it does not hold"
        text += f" Standards were asked of {counted(asked, 'holder')}: {hold} them all."
    if sums["not_known"]:
        unsaid = counted(sums["not_known"], "holder")
        text += f" Of {unsaid} it is not known which standards were asked."
    if sums["unplaced"]:
        text += f" Of {counted(sums['unplaced'], 'holder')} no address is known."
    return text


def _or_none(number: int) -> str:
    return formatting.count(number) if number else "none"


def unspent_sentence(row: Row) -> str:
    """`row`: contributions_unspent for the quarter."""
    if formatting.is_gap(row["value"]):
        return "For no contribution has anybody said both what was received and what was spent."
    if row["shown"] == formatting.pounds(0):
        return "All that was received is spent. What is secured isn't received."
    return f"{row['shown']} was received and not spent yet. What is secured isn't received."


def changes(now: pd.DataFrame, before: pd.DataFrame) -> list[tuple[Row, str]]:
    """The promises that stand otherwise than at an earlier moment, with what changed; the worst
    first. `before` is of the newest quarter that was known then."""
    earlier = {row["promise"]: row for row in before.to_dict("records")}
    told: list[tuple[Row, str]] = []
    for row in now.to_dict("records"):
        state = _inside(row["state"])
        if row["promise"] not in earlier:
            told.append((row, f"New: {state}"))
            continue
        then, parts = earlier[row["promise"]], []
        if then["state"] != row["state"]:
            parts.append(f"was {_inside(then['state'])}, is {state}")
        if row["promised"] < then["promised"]:
            parts.append(f"promised went from {then['shown_promised']} to {row['shown_promised']}")
        if parts:
            told.append((row, formatting.capital("; ".join(parts))))
    return told


def _inside(state: str) -> str:
    return INSIDE.get(state, STANDS[state][0].lower())


def no_longer_listed(now: pd.DataFrame, before: pd.DataFrame) -> str:
    """How many promises of before are on nobody's list now; nothing to say where none is."""
    gone = len({*before["promise"]} - {*now["promise"]})
    one, many = "promise from then is", "promises from then are"
    return f"{formatting.capital(counted(gone, one, many))} no longer listed." if gone else ""


def standing(frame: pd.DataFrame) -> str:
    """How many of the promises that may be seen stand how: `Three behind and two kept.`"""
    counts = frame["state"].value_counts()
    parts = [
        f"{formatting.count(int(counts[state]))} {_inside(state)}"
        for state in STATES
        if state in counts
    ]
    return formatting.sentence(formatting.listed(parts)) if parts else ""


SHARES: Mapping[str, str] = {
    "commitments_on_profile_share": "On profile",
    "commitments_kept_share": "Due and kept",
    "commitments_not_reported_share": "Not reported",
}


def shares(frame: pd.DataFrame, by: str, titles: Mapping[str, str]) -> list[list[str]]:
    """How promises stand by a breakdown: rows of titles, on profile, kept and not reported, each as
    `3 of 5`. `frame` has the three indicators by it."""
    rows = []
    for value in dict.fromkeys([*titles, *frame[by].dropna()]):
        own = {row["indicator"]: row for row in frame[frame[by] == value].to_dict("records")}
        cells = [_part_of(own.get(name)) for name in SHARES]
        if any(cell != "–" for cell in cells):
            rows.append([titles.get(value, "Not known"), *cells])
    return rows


def _part_of(row: Row | None) -> str:
    return f"{_part(row):,} of {row['base']:,.0f}" if row and row["base"] > 0 else "–"


AMOUNTS: Sequence[tuple[str, str]] = (
    ("commitments_promised_people", "commitments_delivered_people"),
    ("commitments_promised_gbp", "commitments_delivered_gbp"),
    ("commitments_promised", "commitments_delivered"),
)


def amounts(frame: pd.DataFrame, framework: Framework | None) -> dict[str, tuple[str, str]]:
    """Measure of the framework -> what was promised and delivered, each in its own unit: of those
    of which anything was. `frame` has the indicators of AMOUNTS by measure."""
    shown = {(row["indicator"], row["measure"]): row for row in frame.to_dict("records")}
    cells: dict[str, tuple[str, str]] = {}
    for measure in framework.measures if framework else ():
        for promised, delivered in AMOUNTS:
            pair = (
                _shown(shown.get((promised, measure.id)), measure.unit),
                _shown(shown.get((delivered, measure.id)), measure.unit),
            )
            if any(cell not in ("–", "0", "£0") for cell in pair):
                cells[measure.id] = pair
    return cells


def _shown(row: Row | None, unit: str) -> str:
    if row is None or formatting.is_gap(row["value"]):
        return row["shown"] if row else "–"
    return formatting.amount(row["value"], unit) if unit != "yes" else f"{row['value']:,.0f}"
