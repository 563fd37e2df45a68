"""The sentence that a page opens with, made from the figures it shows."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE
from anchornet.formatting import NOT_KNOWN, counted, is_gap, plural, pounds, shown
from anchornet.indicators.disclosure import HIDDEN
from anchornet.indicators.judgement import IN_POUNDS, MOSTLY_UNKNOWN
from anchornet.indicators.leakage import Concentration
from anchornet.narrative import status
from anchornet.places.standards import ANY
from anchornet.returns.declaration import RETURNS


def overview(
    frame: pd.DataFrame, board: pd.DataFrame, when: str, whose: str = "The network"
) -> str:
    """How the network or some members stand: `frame` as targets.status gives it for a period, which
    is `when` in words, protected; `board` as returns_status.returns_board gives it."""
    text = f"{_against_targets(frame, when)} {_returns(board)}"
    return text if whose == "The network" else f"{whose}: {text[:1].lower()}{text[1:]}"


def _against_targets(frame: pd.DataFrame, month: str) -> str:
    present = frame[frame["value"].notna() | frame["unjudged"].eq(IN_POUNDS)]
    if present.empty:
        hidden = any(shown(row) != "–" for _, row in frame.iterrows())
        return f"There are no figures {'that can be shown ' if hidden else ''}for {month} yet."
    judged = present[present["status"].notna()]
    lacking = present[present["unjudged"].notna()]
    if judged.empty and 2 * len(lacking) >= len(present):
        why = status.lacking(lacking.iloc[0])
        why = why.replace("A beginning: its", "it is their")
        return f"The figures for {month} can't be judged yet: {why[:1].lower()}{why[1:]}."
    if judged.empty:
        present = present[present["unjudged"].isna()]
        title, value = _title(present.iloc[0]), shown(present.iloc[0])
        return (
            f"In {month} the figure for {title} was {value}; no figure is judged against a target "
            "yet."
        )
    on_track = int((judged["status"] == "on_track").sum())
    if on_track == len(judged):
        every = {1: "the one indicator", 2: "both indicators"}
        many = every.get(on_track, f"all {formatting.count(on_track)} indicators")
        return f"In {month} {many} with a target {plural(on_track, 'is', 'are')} on track."
    text = f"In {month} {formatting.count(on_track, len(judged))} indicators"
    text += f" {'is' if on_track < 2 else 'are'} on track"
    if len(judged) == 1:
        text = f"In {month} the one indicator with a target is not on track"
    behind = judged[judged["status"] != "on_track"]
    worst = max((row for _, row in behind.iterrows()), key=_shortfall)
    gap = formatting.gap(worst["value"], worst["profile"], worst["unit"])
    return f"{text}; furthest behind is {_title(worst)}, {gap} profile."


def _title(row: "pd.Series[Any]") -> str:
    return formatting.inside(CATALOGUE[row["indicator"]].title)


def _shortfall(row: "pd.Series[Any]") -> float:
    """How far behind its profile, as a share of it; larger is worse."""
    behind = row["profile"] - row["value"]
    if CATALOGUE[row["indicator"]].polarity == "down":
        behind = -behind
    return float(behind / (abs(row["profile"]) or 1))


def _returns(board: pd.DataFrame) -> str:
    if board.empty:
        return "The network has no members in this month."
    missing = board[board["state"] == "missing"]
    waiting = int((board["state"] == "not_due").sum())
    if missing.empty:
        if not waiting:
            return "Every return is in."
        return formatting.sentence(f"{counted(waiting, 'return is', 'returns are')} not due yet")
    members, lacking = board["member_id"].nunique(), missing["member_id"].nunique()
    if members == 1:
        return "The one member has returns missing."
    many = formatting.capital(formatting.count(lacking, members))
    return f"{many} members {plural(lacking, 'has', 'have')} returns missing."


def coverage(board: pd.DataFrame) -> str:
    """`45 of 48 returns are in, 3 of them late; 3 are missing.`"""
    if board.empty:
        return "No returns are due: add members first."
    missing, waiting = (int((board["state"] == state).sum()) for state in ("missing", "not_due"))
    text = f"{len(board) - missing - waiting:,} of {len(board):,} returns are in"
    late = int((board["late"] & board["receipt"].notna()).sum())
    if late:
        text += f", {late:,} of them late"
    for number, what in ((missing, "missing"), (waiting, "not due yet")):
        if number:
            text += f"; {number:,} {plural(number, 'is', 'are')} {what}"
    return f"{text}."


def spend(
    by_ring: pd.DataFrame,
    names: Mapping[str, str],
    period: date,
    whose: str,
    when: str,
    known_from: float,
    *,
    branch: bool = False,
) -> str:
    """Where the pounds of a span went: `by_ring` as figures gives spend by ring, `names` of the
    rings on screen. By registered address, or by that or the `branch`, whichever is nearer.
    `known_from`: how much of them must be known for shares."""
    if lacks := no_spend(by_ring, period, when):
        return f"{whose}: {lacks}"
    rings = by_ring[(by_ring["period"] == period) & by_ring["value"].notna()]
    of_ring = dict(zip(rings["ring"], rings["value"], strict=True))
    text = f"{whose} spent {pounds(sum(of_ring.values()))} with suppliers in {when}"
    by = ", by address or branch" if branch else ""
    return f"{text}{by}: {went(of_ring, names, known_from)}."


def no_spend(frame: pd.DataFrame, period: date, when: str) -> str:
    """Why there is no sum of a span's spend; empty where there is one."""
    rows = frame[frame["period"] == period]
    if rows["value"].notna().any():
        return ""
    months, of = int(rows["months"].max()), int(rows["months_expected"].max())
    if not months:
        return f"no spend is known for {when}."
    only = f"only {formatting.count(months)} of {formatting.count(of)} months"
    return f"there is no total of spend for {when}, as {only} {plural(months, 'is', 'are')} known."


def went(of_ring: Mapping[str, float], names: Mapping[str, str], known_from: float) -> str:
    """Where pounds went: `63% in Salford and 37% further away, where the address is known; 5% not
    known`. In pounds where too little is known for shares, or credit notes make some negative."""
    share = local_share(of_ring, known_from)
    if share is None:
        parts = [f"{pounds(of_ring.get(ring, 0.0))} {where(ring, names[ring])}" for ring in names]
        return formatting.listed(parts)
    known = sum(value for ring, value in of_ring.items() if ring != "unknown")
    parts = [
        f"{formatting.figure(of_ring.get(ring, 0.0) / known, 'share')} {where(ring, name)}"
        for ring, name in names.items()
        if ring != "unknown"
    ]
    text = f"{formatting.listed(parts)}, where the address is known"
    unknown = of_ring.get("unknown", 0.0) / (known + of_ring.get("unknown", 0.0))
    not_known = formatting.figure(unknown, "share")
    return text if not_known == "0%" else f"{text}; {not_known} not known"


def local_share(of_ring: Mapping[str, float], known_from: float) -> float | None:
    """The share of the pounds whose place is known that went to the area; None where too little is
    known, or credit notes outweigh what was paid somewhere."""
    total = sum(of_ring.values())
    known = total - of_ring.get("unknown", 0.0)
    if known <= 0 or min(of_ring.values()) < 0 or known < known_from * total:
        return None
    return of_ring.get("area", 0.0) / known


def where(ring: str, name: str) -> str:
    """A ring in a sentence about what went there."""
    return {"area": f"in {name}", "unknown": "with no known address"}.get(ring, name)


def on_the_map(on_map: float, total: float | None, category: str | None = None) -> str:
    """How much of the pounds the map can show, of one category or all, and what the shades are."""
    if total is None or is_gap(total) or total <= 0:
        return "There is nothing to show."
    shades = "by ward inside the outline, by local authority beyond it."
    if category:
        shades = f"{category}, by local authority."
    part, whole = pounds(on_map), pounds(total)
    text = f"{part} of {whole} by the supplier's registered address: {shades}"
    if part == whole:
        return text
    return f"{text} The rest has no known address in England, or only a part of a postcode."


def source(frame: pd.DataFrame, return_name: str, unit: str, when: str) -> str:
    """What stands under a chart: `People. Local hires returns of 11 of 12 members, September 2026,
    as at 2 October 2026.`"""
    if frame.empty:
        return ""
    row = frame.iloc[-1]
    title = RETURNS[return_name].title
    returns = f"{title} returns of {formatting.members(row)}"
    if not row["members_expected"]:
        returns = f"Nobody was asked for returns of {formatting.inside(title)}"
    return f"{unit}. {returns}, {when}, as at {formatting.day(row['as_at'])}."


def local_hires(now: pd.DataFrame, whose: str, when: str, area: str) -> str:
    """How many started and from where: `now` is a protected frame of the figures of one span, by
    indicator."""
    figures = _by_indicator(now)
    starts, local = figures["starts"], figures["local_start_share"]
    if shown(starts) == "–":
        return f"{whose}: no starts are known for {when}."
    if shown(starts) == "*":
        return f"{whose}: too few people started in {when} to show."
    if is_gap(starts["value"]):
        return f"{whose}: how many people started in {when} is {shown(starts)}."
    text = f"{whose}: {_people(starts)} started in {when}"
    if _has_value(local) and local.get("unjudged") != MOSTLY_UNKNOWN:
        base = CATALOGUE["local_start_share"].base_words
        text += f", {shown(local)} of them from {area} {base}"
        if not is_gap(local.get("profile")) and is_gap(local.get("unjudged")):
            text += f", {formatting.gap(local['value'], local['profile'], 'share')} profile"
    priority = figures["priority_neighbourhood_starts"]
    if _has_value(priority):
        text += f"; {shown(priority)} are known to come from priority neighbourhoods"
    return f"{text}."


def from_where(by_ring: pd.DataFrame, names: Mapping[str, str], when: str) -> str:
    """Where people live and of how many it isn't known: `by_ring` is protected, of starts."""
    rows = {row["ring"]: row for _, row in by_ring.dropna(subset=["ring"]).iterrows()}
    unknown = rows.pop("unknown", None)
    people = [
        f"{shown(rows[ring])} {f'in {name}' if ring == 'area' else name}"
        for ring, name in names.items()
        if ring in rows and rows[ring]["value"] > 0
    ]
    if not people:
        return f"There is nothing to show for {when}."
    text = f"Where those who started in {when} live: {formatting.listed(people)}"
    if unknown is None or unknown["value"] == 0:
        return f"{text}."
    return f"{text}; of {shown(unknown) if _has_value(unknown) else 'a few'} it is not known."


def funnel(now: pd.DataFrame, when: str) -> str:
    """Applications, offers and starts of the same months, and for how many starts nobody gave the
    first two: `now` as for local_hires."""
    figures = _by_indicator(now)
    parts = [
        f"{shown(figures[name])} {name}"
        for name in ("applications", "offers", "starts")
        if _has_value(figures[name])
    ]
    if not parts:
        return f"There is nothing to show for {when}."
    text = f"In {when}: {formatting.listed(parts)}. An offer is not a start."
    without = {name: figures[f"starts_without_{name}"] for name in ("applications", "offers")}
    counts = {name: row for name, row in without.items() if _has_value(row)}
    lacking = [f"{name} for {shown(row)}" for name, row in counts.items() if row["value"]]
    lacking += [f"{name} for a few" for name, row in without.items() if shown(row) == HIDDEN]
    if lacking:
        text += f" Members did not count {formatting.listed(lacking)} of the starts."
    elif len(counts) == 2:
        text += " Members counted both for every start."
    return text


def homes(by_ward: pd.DataFrame, names: Mapping[str, str], when: str) -> str:
    """Where the people on a map of wards came from: `by_ward` is protected, of one span; `names` of
    the map's wards by code."""
    on_map = by_ward[by_ward["ward"].isin(names)]
    ranked = on_map[on_map["value"] > 0].sort_values("value", ascending=False, kind="stable")
    # Rounded figures often tie: of several that are alike none is named before the others.
    tied = ranked[ranked["value"] == ranked["value"].iloc[3]] if len(ranked) > 3 else ranked[:0]
    most = ranked.head(3).drop(index=tied.index, errors="ignore")
    hidden = int((on_map["shown"] == HIDDEN).sum())
    if ranked.empty and not hidden:
        return f"No home ward is known for {when}."
    sentences = []
    if len(most):
        wards = [
            f"{names[ward]} ({people})"
            for ward, people in zip(most["ward"], most["shown"], strict=True)
        ]
        sentences.append(f"In {when} most came from {formatting.listed(wards)}.")
    elif len(tied):
        each = f"{formatting.count(len(tied))} have {tied['shown'].iloc[0]} each"
        sentences.append(f"In {when} no ward stands out: {each}.")
    if hidden:
        many = formatting.capital(counted(hidden, "ward has", "wards have"))
        sentences.append(f"{many} too few people to show.")
    sentences.append("Homes beyond the map, and those not known by ward, are not on it.")
    return " ".join(sentences)


def beside_the_area(rows: Sequence[Mapping[str, Any]], area: str) -> str:
    """Whom members hire against the area's people: rows as breakdowns.beside takes them."""
    entered = [row for row in rows if row.get("area") is not None]
    if not entered:
        return (
            f"Nobody has entered yet what these shares are among the people of {area}; "
            "the coordinator can."
        )
    parts = [
        f"{formatting.inside(row['name'])} {formatting.gap(row['value'], row['area'], 'share')}"
        for row in entered
        if _has_value(row) and row.get("unjudged") != MOSTLY_UNKNOWN
    ]
    if not parts and any(map(_has_value, entered)):
        return "Too little is known of those who started to set them beside the area's people."
    if not parts:
        return "Too few people started to set beside the area's."
    return formatting.sentence(f"beside the people of {area}: {formatting.listed(parts)}")


def retention(maturity: pd.DataFrame, whose: str, when: str) -> str:
    """How many stay: the protected frame of cohorts.maturity."""
    figures = _by_indicator(maturity)
    parts = [
        f"{shown(row)} after {CATALOGUE[name].months} months"
        for name, row in figures.items()
        if _has_value(row)
    ]
    if not parts:
        instead = [shown(row) for row in figures.values() if shown(row) != "–"]
        why = formatting.unseen(instead[0]) if instead else "no cohort old enough yet"
        return f"{whose}: no retention for {when}, {why}."
    text = f"{whose}: of those who started, {formatting.listed(parts)} were still in post"
    base = figures.get("retention_26_weeks")
    if base is not None and _has_value(base):
        people, newest = formatting.figure(base["base"], "people"), formatting.month(base["newest"])
        text += f"; after six months that is of {people} people, the newest from {newest}"
    return f"{text}."


AGES = "Each point is of the cohorts that came to that age in"


def curves(frame: pd.DataFrame, titles: Mapping[str, str], year: str) -> str:
    """Which pathway keeps most and fewest at the end of a year, or as far as they are known: a
    protected frame by pathway and `months`."""
    present = frame[frame["value"].notna() & (frame["months"] > 0)]
    if present.empty:
        return f"There are too few people to show in {year}, or none are followed."
    # As far along as most pathways are known.
    counts = present.groupby("months")["pathway"].nunique()
    age = int(counts[counts == counts.max()].index.max())
    ranked = present[present["months"] == age].sort_values("value")
    after = f"After {age} {plural(age, 'month')}"
    fewest, most = ranked.iloc[0], ranked.iloc[-1]
    if len(ranked) == 1:
        return f"{after} {shown(most)} are still in post: {titles[most['pathway']]}."
    if shown(fewest) == shown(most):
        return f"{after} {shown(most)} are still in post, by each pathway alike. {AGES} {year}."
    best, worst = (
        f"by {formatting.inside(titles[row['pathway']])}, {shown(row)}" for row in (most, fewest)
    )
    return f"{after} most stay {best}, and fewest {worst}. {AGES} {year}."


def cohort(frame: pd.DataFrame, name: str | None) -> str:
    """How far one cohort of a protected frame has come: `name`, `months`, `value`, `shown`."""
    present = frame[(frame["name"] == name) & frame["value"].notna()].sort_values("months")
    if present.empty:
        return "There are too few people to show, or no cohort is followed yet."
    last = present.iloc[-1]
    after = f"{last['months']} {plural(last['months'], 'month')}"
    return f"Of those who started in {name}, {shown(last)} are still in post after {after}."


def turnover(now: pd.DataFrame, period: date) -> str:
    """What is known of leavers: `now` is a protected frame of one month, by indicator."""
    figures = _by_indicator(now)
    started, left = figures["starters_followed"], figures["leavers"]
    if not (_has_value(started) and _has_value(left)):
        return "There are too few people to show, or none are followed."
    year = f"the year to {formatting.month(period)}"
    text = f"Of {_people(started)} who started in {year}, {shown(left)} have left"
    to_work, unknown = figures["leavers_to_work"], figures["leavers_not_followed"]
    if _has_value(to_work):
        text += f", {shown(to_work)} of them for another job"
    if _has_value(unknown) and unknown["value"]:
        text += f"; of {shown(unknown)} the next step is not known"
    return f"{text}."


def leaving(leaks: pd.DataFrame, whose: str, when: str) -> str:
    """What left though it could be spent nearer: as leakage.leakage gives it."""
    if leaks.empty:
        return (
            f"{whose}: no spend with a choice of supplier is known to have left the area in {when}."
        )
    near = leaks[(leaks["local_suppliers"] > 0) & (leaks["category"] != NOT_KNOWN)]
    total = pounds(leaks["leaving"].sum())
    text = f"{total} of spend with a choice of supplier left the area in {when}"
    if near.empty:
        return f"{text}; no local supplier was paid in any of its categories."
    text += (
        f"; {pounds(near['leaving'].sum())} of it in "
        f"{counted(len(near), 'category', 'categories')} that local suppliers were paid for too, "
        f"most of all {near.iloc[0]['category']}"
    )
    not_said = leaks["not_said"].sum()
    if not_said > 0:
        text += f". For {pounds(not_said)} members did not say whether there was a choice"
    return f"{text}."


def concentrated(spread: Concentration, when: str) -> str:
    """`The ten largest of 214 suppliers take 34% of spend in September 2026: £5.3m of £15.5m.`"""
    if spread.largest.empty:
        return f"No supplier that is named was paid more than it gave back in {when}."
    count, paid = len(spread.largest), float(spread.largest["value"].sum())
    if count == spread.suppliers == 1:
        return f"One supplier was paid in {when}: {pounds(paid)} of {pounds(spread.paid)}."
    largest = f"The {formatting.count(count)} largest of" if count > 1 else "One of"
    take = f"{largest} {spread.suppliers:,} suppliers {plural(count, 'takes', 'take')}"
    if spread.share is None or spread.share > 1:  # others gave back more than they were paid
        return f"{take} {pounds(paid)} in {when}, of {pounds(spread.paid)} net of credit notes."
    share = formatting.figure(spread.share, "share")
    return f"{take} {share} of spend in {when}: {pounds(paid)} of {pounds(spread.paid)}."


def between_members(amount: float) -> str:
    """What is out of a network total, or nothing to say."""
    return f"{pounds(amount)} that members paid each other is left out." if amount else ""


def unknown_part(frame: pd.DataFrame, column: str, what: str, unknown: str = NOT_KNOWN) -> str:
    """`The size is not known for 12% of pounds.` of one span's pounds by a breakdown."""
    present = frame[frame["value"].notna()]
    total = present["value"].sum()
    if total <= 0:
        return ""
    part = float(present.loc[present[column] == unknown, "value"].sum())
    of = formatting.figure(part / total, "share")
    if not 0 <= part <= total:
        of = f"{pounds(part)} of {pounds(float(total))}"
    return f"{what} is not known for {of}{' of pounds' if of.endswith('%') else ''}."


def no_decile(frame: pd.DataFrame) -> str:
    """Of how many of one span's pounds, by decile, it isn't known, and which went to places that
    have none."""
    text = unknown_part(frame, "imd_decile", "The decile (1 is the most deprived tenth of England)")
    present = frame[frame["value"].gt(0)]
    places = {
        name.split(":")[0]: pounds(present.loc[present["imd_decile"] == code, "value"].sum())
        for code, name in BREAKDOWNS["imd_decile"].values.items()
        if not code.isdigit() and (present["imd_decile"] == code).any()
    }
    if not text or not places:
        return text
    none = formatting.listed([f"{amount} in {place}" for place, amount in places.items()])
    return f"{text} None exists outside England: {none}."


def member(now: pd.DataFrame, name: str, board: pd.DataFrame, when: str) -> str:
    """How one member stands: `now` as targets.status gives its own figures of one span, `board`
    its rows of returns_status.returns_board over the months shown."""
    present = now[now["value"].notna()]
    judged = present[present["status"].notna()]
    due = board[board["state"] != "not_due"]
    returns = f"{_sent(due)} returns sent"
    if due["late"].any():
        returns += f", {int(due['late'].sum()):,} late"
    if judged.empty:
        figures = f"{len(present):,} {plural(len(present), 'figure')}"
        return f"{name}: {figures} for {when}, and no targets of its own; {returns}."
    on_track = int((judged["status"] == "on_track").sum())
    many = f"{formatting.count(on_track, len(judged))} targets of its own"
    verb = plural(on_track, "is", "are")
    if len(judged) == 1:
        many, verb = "its own target", "is" if on_track else "is not"
    return f"{name}: {many} {verb} on track in {when}; {returns}."


def members(everyone: pd.DataFrame, board: pd.DataFrame, when: str) -> str:
    """How all members stand: `everyone` is protected, by member, with status; `board` as for
    member."""
    judged = everyone[everyone["status"].notna()]
    lacking = board.loc[board["state"] == "missing", "member_id"].nunique()
    text = formatting.capital(counted(board["member_id"].nunique(), "member"))
    missing = (
        f"{formatting.count(lacking) if lacking else 'none'} with a return missing in the year"
    )
    if judged.empty:
        return f"{text}: {missing}."
    off_track = judged.loc[judged["status"] == "off_track", "member"].nunique()
    many = f"{_or_none(off_track)} with a target of its own off track in {when}"
    return f"{text}: {many}, {missing}."


def standards(rows: Mapping[str, Mapping[Any, Any]], titles: Mapping[str, str], when: str) -> str:
    """Standard -> the row of the share of spend with those that hold it, and of any of them."""
    any_of_them = rows[ANY]
    text = (
        f"{any_of_them['shown']} of spend in {when} went to suppliers that hold a standard of the "
        "framework."
    )
    if any_of_them["unjudged"] == IN_POUNDS:
        text = f"With credit notes, {text}"
    missing = [name for code, name in titles.items() if code not in rows]
    if missing:
        text += f" Nobody has listed who holds this: {formatting.listed(missing)}."
    return text


def _or_none(number: int) -> str:
    return formatting.count(number) if number else "none"


def record(board: pd.DataFrame, when: str) -> str:
    """What became of a member's returns: `44 of 48 returns sent in …: 3 late, 1 corrected.`"""
    due = board[board["state"] != "not_due"]
    if due.empty:
        return f"No returns were due in {when}."
    counts = {"late": int(due["late"].sum())}
    counts |= {
        state: int((due["state"] == state).sum()) for state in ("corrected", "nil", "missing")
    }
    parts = formatting.listed([f"{number:,} {what}" for what, number in counts.items() if number])
    text = f"{_sent(due)} returns sent in {when}"
    return f"{text}: {parts}." if parts else f"{text}, all on time."


def _sent(due: pd.DataFrame) -> str:
    """`44 of 48`: how many of those that are due were sent."""
    return f"{int((due['state'] != 'missing').sum()):,} of {len(due):,}"


def definitions(groups: Mapping[str, Sequence[object]]) -> str:
    many = sum(len(group) for group in groups.values())
    returns = formatting.count(len(RETURNS))
    return f"{many:,} figures are made of what members send in {returns} returns."


def _by_indicator(frame: pd.DataFrame) -> dict[str, "pd.Series[Any]"]:
    return {str(row["indicator"]): row for _, row in frame.iterrows()}


def _has_value(row: "Mapping[str, Any] | pd.Series[Any]") -> bool:
    return not is_gap(row["value"])


def _people(row: "pd.Series[Any]") -> str:
    return f"{shown(row)} {plural(row['value'], 'person', 'people')}"
