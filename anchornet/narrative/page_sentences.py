"""The sentence that a page opens with, made from the figures it shows."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.disclosure import HIDDEN
from anchornet.indicators.leakage import Concentration
from anchornet.returns.declaration import RETURNS


def overview(
    frame: pd.DataFrame, board: pd.DataFrame, when: str, whose: str = "The network"
) -> str:
    """How the network or some members stand: `frame` as targets.status gives it for a period, which
    is `when` in words, protected; `board` as board.returns_board gives it."""
    said = " ".join([_standing(frame, when), _returns(board)])
    return said if whose == "The network" else f"{whose}: {said[:1].lower()}{said[1:]}"


def _standing(frame: pd.DataFrame, month: str) -> str:
    judged = frame[frame["status"].notna() & frame["value"].notna()]
    if judged.empty:
        known = frame[frame["value"].notna()]
        if known.empty:
            return f"There are no figures for {month} yet."
        first = known.iloc[0]
        title = CATALOGUE[first["indicator"]].title
        said = formatting.figure(first["value"], first["unit"])
        return f"In {month} the figure for {_inside(title)} was {said}; no target is set yet."
    on_track = int((judged["status"] == "on_track").sum())
    if on_track == len(judged):
        all_of = {1: "the one indicator", 2: "both indicators"}
        many = all_of.get(on_track, f"all {formatting.count(on_track)} indicators")
        return f"In {month} {many} with a target {'is' if on_track == 1 else 'are'} on track."
    many = formatting.count(on_track, len(judged))
    said = f"In {month} {many} indicators {'is' if on_track < 2 else 'are'} on track"
    if len(judged) == 1:
        said = f"In {month} the one indicator with a target is not on track"
    behind = judged[judged["status"] != "on_track"]
    worst = max((row for _, row in behind.iterrows()), key=_shortfall)
    gap = formatting.gap(worst["value"], worst["profile"], worst["unit"])
    return (
        f"{said}; furthest behind is {_inside(CATALOGUE[worst['indicator']].title)}, {gap} profile."
    )


def _shortfall(row: "pd.Series[Any]") -> float:
    """How far behind its profile, as a share of it; larger is worse."""
    behind = row["profile"] - row["value"]
    if CATALOGUE[row["indicator"]].polarity == "down":
        behind = -behind
    return float(behind / (abs(row["profile"]) or 1))


def _returns(board: pd.DataFrame) -> str:
    if board.empty:
        return "The network has no members in this month."
    members = board["member_id"].nunique()
    missing = board[board["state"] == "missing"]
    waiting = board[board["state"] == "not_due"]
    if missing.empty and waiting.empty:
        return "Every return is in."
    if missing.empty:
        return f"{_many(len(waiting), 'return')} not due yet."
    lacking = missing["member_id"].nunique()
    if members == 1:
        return "The one member has returns missing."
    verb = "has" if lacking == 1 else "have"
    said = formatting.count(lacking, members)
    return f"{said.capitalize()} members {verb} returns missing."


def _many(number: int, noun: str) -> str:
    return f"{formatting.count(number).capitalize()} {noun}{' is' if number == 1 else 's are'}"


_inside = formatting.inside


def coverage(board: pd.DataFrame) -> str:
    """`45 of 48 returns are in, 3 of them late; 3 are missing.`"""
    if board.empty:
        return "Nobody owes a return: add members first."
    states = board["state"].value_counts()
    missing, waiting = int(states.get("missing", 0)), int(states.get("not_due", 0))
    said = f"{len(board) - missing - waiting:,} of {len(board):,} returns are in"
    late = int((board["late"] & board["receipt"].notna()).sum())
    if late:
        said += f", {late:,} of them late"
    if missing:
        said += f"; {missing:,} {'is' if missing == 1 else 'are'} missing"
    if waiting:
        said += f"; {waiting:,} {'is' if waiting == 1 else 'are'} not due yet"
    return f"{said}."


def spend(
    by_ring: pd.DataFrame,
    names: Mapping[str, str],
    period: date,
    whose: str,
    when: str,
    *,
    branch: bool = False,
) -> str:
    """Where the pounds of a span went: `by_ring` as calculate gives spend by ring, `names` of the
    rings on screen. By registered address, or by that or the `branch`, whichever is nearer."""
    rings = by_ring[(by_ring["period"] == period) & by_ring["value"].notna()]
    if rings.empty:
        return f"{whose}: no spend is known for {when}."
    pounds = dict(zip(rings["ring"], rings["value"], strict=True))
    total = sum(pounds.values())
    said = f"{whose} spent {formatting.pounds(total)} with suppliers in {when}"
    if total <= 0:
        return f"{said}."
    parts = [
        f"{formatting.figure(pounds.get(ring, 0.0) / total, 'share')} {where(ring, name)}"
        for ring, name in names.items()
    ]
    by = ", by address or branch" if branch else ""
    return f"{said}{by}: {formatting.listed(parts)}."


def where(ring: str, name: str) -> str:
    """A ring in a sentence about what went there."""
    return {"area": f"in {name}", "unknown": "with no known address"}.get(ring, name)


def on_the_map(shown: float, total: float | None, category: str | None = None) -> str:
    """How much of the pounds the map can show, of one category or all, and what the shades are."""
    if total is None or formatting.is_gap(total) or total <= 0:
        return "There is nothing to show."
    shades = "by ward inside the outline, by local authority beyond it."
    if category:
        shades = f"{category}, by local authority."
    said = (
        f"{formatting.pounds(shown)} of {formatting.pounds(total)} by the supplier's "
        f"registered address: "
        f"{shades}"
    )
    if formatting.pounds(shown) != formatting.pounds(total):
        said += " The rest has no known address in England, or only a part of a postcode."
    return said


def source(frame: pd.DataFrame, return_name: str, unit: str, when: str) -> str:
    """What stands under a chart: `People. Local hires returns of 11 of 12 members, September 2026,
    as at 2 October 2026.`"""
    if frame.empty:
        return ""
    row = frame.iloc[-1]
    returns = f"{RETURNS[return_name].title} returns of {formatting.members(row)}"
    return f"{unit}. {returns}, {when}, as at {formatting.day(row['as_at'])}."


def local_hires(now: pd.DataFrame, whose: str, when: str, area: str) -> str:
    """How many started and from where: `now` is a protected frame of the figures of one span, by
    indicator."""
    figures = _by_indicator(now)
    starts, local = figures["starts"], figures["local_start_share"]
    if formatting.shown(starts) == "–":
        return f"{whose}: no starts are known for {when}."
    if formatting.is_gap(starts["value"]):
        return f"{whose}: too few people started in {when} to show."
    said = f"{whose}: {_people(starts)} started in {when}"
    if not formatting.is_gap(local["value"]):
        said += f", {formatting.shown(local)} of them from {area} where the home is known"
        if not formatting.is_gap(local.get("profile")):
            said += f", {formatting.gap(local['value'], local['profile'], 'share')} profile"
    priority = figures["priority_neighbourhood_starts"]
    if not formatting.is_gap(priority["value"]):
        said += f"; {formatting.shown(priority)} are known to come from priority neighbourhoods"
    return f"{said}."


def from_where(by_ring: pd.DataFrame, names: Mapping[str, str], when: str) -> str:
    """Where people live and of how many it isn't known: `by_ring` is protected, of starts."""
    given = {row["ring"]: row for _, row in by_ring.dropna(subset=["ring"]).iterrows()}
    known = [
        f"{formatting.shown(given[ring])} {f'in {name}' if ring == 'area' else name}"
        for ring, name in names.items()
        if ring != "unknown" and ring in given and given[ring]["value"] > 0
    ]
    if not known:
        return f"There is nothing to show for {when}."
    said = f"Where those who started in {when} live: {formatting.listed(known)}"
    unknown = given.get("unknown")
    if unknown is None or unknown["value"] == 0:
        return f"{said}."
    few = formatting.is_gap(unknown["value"])
    return f"{said}; of {'a few' if few else formatting.shown(unknown)} it is not known."


def funnel(now: pd.DataFrame, when: str) -> str:
    """Applications, offers and starts of the same months, and for how many starts nobody gave the
    first two: `now` as for local_hires."""
    figures = _by_indicator(now)
    parts = [
        f"{formatting.shown(figures[name])} {name}"
        for name in ("applications", "offers", "starts")
        if not formatting.is_gap(figures[name]["value"])
    ]
    if not parts:
        return f"There is nothing to show for {when}."
    said = [f"In {when}: {formatting.listed(parts)}. An offer is not a start."]
    unknown = [
        (figures[f"starts_without_{name}"], name)
        for name in ("applications", "offers")
        if not formatting.is_gap(figures[f"starts_without_{name}"]["value"])
    ]
    lacking = [f"{name} for {formatting.shown(row)}" for row, name in unknown if row["value"]]
    hidden = [
        name
        for name in ("applications", "offers")
        if formatting.shown(figures[f"starts_without_{name}"]) == HIDDEN
    ]
    lacking += [f"{name} for a few" for name in hidden]
    if lacking:
        said.append(f"Members did not count {formatting.listed(lacking)} of the starts.")
    elif len(unknown) == 2:
        said.append("Members counted both for every start.")
    return " ".join(said)


def homes(by_ward: pd.DataFrame, names: Mapping[str, str], when: str) -> str:
    """Where the people on a map of wards came from: `by_ward` is protected, of one span; `names` of
    the map's wards by code."""
    known = by_ward[by_ward["ward"].isin(names)]
    ranked = known[known["value"] > 0].sort_values("value", ascending=False, kind="stable")
    # Rounded figures often tie: of several that are alike none is named before the others.
    tied = ranked[ranked["value"] == ranked["value"].iloc[3]] if len(ranked) > 3 else ranked[:0]
    most = ranked.head(3).drop(index=tied.index, errors="ignore")
    hidden = int((known["shown"] == HIDDEN).sum())
    if ranked.empty and not hidden:
        return f"No home ward is known for {when}."
    said = []
    if len(most):
        listed = [
            f"{names[ward]} ({shown})"
            for ward, shown in zip(most["ward"], most["shown"], strict=True)
        ]
        said.append(f"In {when} most came from {formatting.listed(listed)}.")
    elif len(tied):
        many = formatting.count(len(tied))
        said.append(f"In {when} no ward stands out: {many} have {tied['shown'].iloc[0]} each.")
    if hidden:
        ward = "ward has" if hidden == 1 else "wards have"
        said.append(f"{formatting.count(hidden).capitalize()} {ward} too few people to show.")
    said.append("Homes beyond the map, and those not known by ward, are not on it.")
    return " ".join(said)


def beside_the_area(rows: Sequence[Mapping[str, Any]], area: str) -> str:
    """Whom members hire against the area's people: rows as parts.beside takes them."""
    compared = [
        it for it in rows if not formatting.is_gap(it["value"]) and it.get("area") is not None
    ]
    if not any(it.get("area") is not None for it in rows):
        return (
            f"Nobody has entered yet what these shares are among the people of {area}; "
            "the coordinator can."
        )
    said = [
        f"{_inside(it['name'])} {formatting.gap(it['value'], it['area'], 'share')}"
        for it in compared
    ]
    if not said:
        return "Too few people started to set beside the area's."
    return formatting.sentence(f"beside the people of {area}: {formatting.listed(said)}")


def retention(found: pd.DataFrame, whose: str, when: str) -> str:
    """How many stay: `found` is the protected frame of cohorts.maturity."""
    figures = _by_indicator(found)
    parts = [
        f"{formatting.shown(row)} at {weeks} weeks"
        for name, row in figures.items()
        if (weeks := name.split("_")[1]) and not formatting.is_gap(row["value"])
    ]
    if not parts:
        why = next(
            (formatting.unseen(it) for it in map(formatting.shown, figures.values()) if it != "–"),
            "no cohort old enough yet",
        )
        return f"{whose}: no retention for {when}, {why}."
    said = f"{whose}: of those who started, {formatting.listed(parts)} were still in post"
    base = figures.get("retention_26_weeks")
    if base is not None and not formatting.is_gap(base["value"]):
        newest = base["newest"]
        started = formatting.figure(base["base"], "people")
        said += (
            f"; at 26 weeks that is of {started} people, the newest from {formatting.month(newest)}"
        )
    return f"{said}."


def curves(frame: pd.DataFrame, titles: Mapping[str, str], year: str) -> str:
    """Which pathway keeps most and fewest at the end of a year, or as far as they are known: a
    protected frame by pathway and `months`."""
    known = frame[frame["value"].notna() & (frame["months"] > 0)]
    if known.empty:
        return f"There are too few people to show in {year}, or none are followed."
    # As far along as most pathways are known.
    counts = known.groupby("months")["pathway"].nunique()
    at = int(counts[counts == counts.max()].index.max())
    last = known[known["months"] == at].sort_values("value")
    many = f"{at} month{'' if at == 1 else 's'}"
    first, most = last.iloc[0], last.iloc[-1]
    if len(last) == 1:
        return (
            f"After {many} {formatting.shown(most)} are still in post: {titles[most['pathway']]}."
        )
    said = f"After {many} most stay by {_inside(titles[most['pathway']])}, {formatting.shown(most)}"
    fewest = f"fewest by {_inside(titles[first['pathway']])}, {formatting.shown(first)}"
    return f"{said}, and {fewest}. Each point is of the cohorts that came to that age in {year}."


def cohort(frame: pd.DataFrame, name: str | None) -> str:
    """How far one cohort of a protected frame has come: `name`, `months`, `value`, `shown`."""
    mine = frame[(frame["name"] == name) & frame["value"].notna()].sort_values("months")
    if mine.empty:
        return "There are too few people to show, or no cohort is followed yet."
    last = mine.iloc[-1]
    months = f"{last['months']} month{'' if last['months'] == 1 else 's'}"
    return (
        f"Of those who started in {name}, {formatting.shown(last)} are still in post after "
        f"{months}."
    )


def turnover(now: pd.DataFrame, period: date) -> str:
    """What is known of leavers: `now` is a protected frame of one month, by indicator."""
    figures = _by_indicator(now)
    started, left = figures["starters_followed"], figures["leavers"]
    if formatting.is_gap(started["value"]) or formatting.is_gap(left["value"]):
        return "There are too few people to show, or none are followed."
    said = (
        f"Of {_people(started)} who started in the year to {formatting.month(period)}, "
        f"{formatting.shown(left)} have left"
    )
    moved = figures["leavers_to_work"]
    if not formatting.is_gap(moved["value"]):
        said += f", {formatting.shown(moved)} of them for another job"
    unknown = figures["leavers_not_followed"]
    if not formatting.is_gap(unknown["value"]) and unknown["value"]:
        said += f"; of {formatting.shown(unknown)} the next step is not known"
    return f"{said}."


def leaving(found: pd.DataFrame, whose: str, when: str) -> str:
    """What left though it could be spent nearer: `found` as buying.leakage gives it."""
    if found.empty:
        return f"{whose}: nothing that could be chosen is known to have left the area in {when}."
    total = found["leaving"].sum()
    near = found[(found["local_suppliers"] > 0) & (found["category"] != "not_known")]
    said = f"{formatting.pounds(total)} that somebody could have chosen left the area in {when}"
    if near.empty:
        return f"{said}; in none of its categories was a local supplier paid."
    said += (
        f"; {formatting.pounds(near['leaving'].sum())} of it in {_categories(len(near))} that "
        f"local "
        f"suppliers were paid for too, most of all {near.iloc[0]['category']}"
    )
    not_said = near["not_said"].sum()
    if not_said > 0:
        said += f". Members did not say of {formatting.pounds(not_said)} whether they could choose"
    return f"{said}."


def _categories(number: int) -> str:
    return f"{formatting.count(number)} categor{'y' if number == 1 else 'ies'}"


def concentrated(found: Concentration, when: str) -> str:
    """`The ten largest of 214 suppliers take 34% of spend in September 2026: £5.3m of £15.5m.`"""
    if found.share is None or found.largest.empty:
        return f"No spend is known for {when}."
    of = f"{found.suppliers:,} suppliers"
    share, count = formatting.figure(found.share, "share"), len(found.largest)
    largest = (
        f"The {formatting.count(count)} largest of {of} take" if count > 1 else f"One of {of} takes"
    )
    paid = formatting.pounds(float(found.largest["value"].sum()))
    return f"{largest} {share} of spend in {when}: {paid} of {formatting.pounds(found.paid)}."


def between_members(pounds: float) -> str:
    """What is out of a network total, or nothing to say."""
    if not pounds:
        return ""
    return f"{formatting.pounds(pounds)} that members paid each other is left out."


def unknown_part(frame: pd.DataFrame, column: str, what: str, unknown: str = "not_known") -> str:
    """`The size is not known for 12% of pounds.` of one span's pounds by a breakdown."""
    known = frame[frame["value"].notna()]
    total = known["value"].sum()
    if total <= 0:
        return ""
    share = known.loc[known[column] == unknown, "value"].sum() / total
    return f"{what} is not known for {formatting.figure(share, 'share')} of pounds."


def member(now: pd.DataFrame, name: str, board: pd.DataFrame, when: str) -> str:
    """How one member stands: `now` as targets.status gives its own figures of one span, `board`
    its rows of board.returns_board over the months shown."""
    judged = now[now["status"].notna() & now["value"].notna()]
    due = board[board["state"] != "not_due"]
    missing = int((due["state"] == "missing").sum())
    sent = f"{len(due) - missing:,} of {len(due):,} returns sent"
    returns = f"{sent}, {int(due['late'].sum()):,} late" if due["late"].any() else sent
    if judged.empty:
        known = int(now["value"].notna().sum())
        said = f"{known:,} figures for {when}, and no targets of its own"
    else:
        on_track = int((judged["status"] == "on_track").sum())
        verb = "is" if on_track == 1 else "are"
        said = (
            f"{formatting.count(on_track, len(judged))} targets of its own {verb} on track "
            f"in {when}"
        )
    return f"{name}: {said}; {returns}."


def members(everyone: pd.DataFrame, board: pd.DataFrame, when: str) -> str:
    """How all members stand: `everyone` is protected, by member, with status; `board` as for
    member."""
    judged = everyone[everyone["status"].notna()]
    due = board[board["state"] != "not_due"]
    lacking = due.loc[due["state"] == "missing", "member_id"].nunique()
    of = board["member_id"].nunique()
    said = f"{formatting.count(of).capitalize()} member{'' if of == 1 else 's'}"
    if len(judged):
        off = judged.loc[judged["status"] == "off_track", "member"].nunique()
        many = formatting.count(off) if off else "none"
        said += f": {many} with a target of its own off track in {when}"
    missing = f"{formatting.count(lacking)} with a return missing in the year"
    return f"{said}, {missing}." if len(judged) else f"{said}: {missing}."


def record(board: pd.DataFrame, when: str) -> str:
    """What became of a member's returns: `44 of 48 returns sent in …: 3 late, 1 corrected.`"""
    due = board[board["state"] != "not_due"]
    if due.empty:
        return f"No returns were due in {when}."
    counts = due["state"].value_counts()
    missing = int(counts.get("missing", 0))
    parts = {
        "late": int(due["late"].sum()),
        "corrected": int(counts.get("corrected", 0)),
        "nil": int(counts.get("nil", 0)),
        "missing": missing,
    }
    listed = formatting.listed([f"{number:,} {what}" for what, number in parts.items() if number])
    said = f"{len(due) - missing:,} of {len(due):,} returns sent in {when}"
    return f"{said}: {listed}." if listed else f"{said}, all on time."


def definitions(found: Mapping[str, Sequence[object]]) -> str:
    """`34 figures, from four returns and from the returns themselves.`"""
    many = sum(len(group) for group in found.values())
    returns = formatting.count(len(RETURNS))
    return f"{many:,} figures are made of what members send in {returns} returns."


def _by_indicator(frame: pd.DataFrame) -> dict[str, "pd.Series[Any]"]:
    return {str(row["indicator"]): row for _, row in frame.iterrows()}


def _people(row: "pd.Series[Any]") -> str:
    return f"{formatting.shown(row)} {'person' if row['value'] == 1 else 'people'}"
