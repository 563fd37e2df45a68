"""What pages say of those who start and stay, made from the figures they show."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import CATALOGUE
from anchornet.formatting import counted, is_gap, no_figure, plural, shown
from anchornet.indicators.disclosure import HIDDEN, KEPT
from anchornet.indicators.few_members import TOO_FEW_MEMBERS
from anchornet.indicators.judgement import MOSTLY_UNKNOWN
from anchornet.narrative.page_sentences import by_indicator, has_value, of_whom


def local_hires(now: pd.DataFrame, whose: str, when: str, area: str) -> str:
    """How many started and from where: `now` is a protected frame of the figures of one span, by
    indicator."""
    figures = by_indicator(now)
    starts, local = figures["starts"], figures["local_start_share"]
    whose = of_whom(whose, starts)
    if shown(starts) == "–":
        return f"{whose}: no starts are known for {when}."
    if shown(starts) == "*":
        return f"{whose}: too few people started in {when} to show."
    if is_gap(starts["value"]):
        return f"{whose}: how many people started in {when} is {shown(starts)}."
    text = f"{whose}: {_people(starts)} started in {when}"
    if has_value(local) and local.get("unjudged") != MOSTLY_UNKNOWN:
        base = CATALOGUE["local_start_share"].base_words
        text += f", {shown(local)} of them from {area} {base}"
        if not is_gap(local.get("profile")) and is_gap(local.get("unjudged")):
            text += f", {formatting.gap(local['value'], local['profile'], 'share')} profile"
    priority = figures["priority_neighbourhood_starts"]
    if has_value(priority):
        text += f"; {shown(priority)} are known to come from priority neighbourhoods"
    return f"{text}."


def from_where(by_ring: pd.DataFrame, names: Mapping[str, str], when: str) -> str:
    """Where people live and of how many it isn't known: `by_ring` is protected, of starts."""
    rows = {row["ring"]: row for _, row in by_ring.dropna(subset=["ring"]).iterrows()}
    unknown = rows.pop("unknown", None)
    people = [
        f"{_or_a_few(rows[ring])} {f'in {name}' if ring == 'area' else name}"
        for ring, name in names.items()
        if ring in rows and (rows[ring]["value"] > 0 or shown(rows[ring]) == HIDDEN)
    ]
    if not people and unknown is not None and unknown["value"] > 0:
        return f"Where those who started in {when} live is not known."
    if not people and len(by_ring) and (by_ring["value"] == 0).all():
        return f"Nobody started in {when}."
    if not people:
        unseen = by_ring.loc[by_ring["value"].isna(), "shown"]
        return _nothing(unseen, f"There is nothing to show for {when}.")
    text = f"Where those who started in {when} live: {formatting.listed(people)}"
    if unknown is None or unknown["value"] == 0:
        return f"{text}."
    return f"{text}; of {_or_a_few(unknown)} it is not known."


def _nothing(texts: Iterable[str], unknown: str, when: str = "") -> str:
    """Why there is no figure to speak of, by what is shown in place of each: in a network of few
    members, because figures are for those that they come from."""
    reasons = {*texts} - {"–"}
    if KEPT in reasons:
        return f"These figures are {KEPT}."
    if TOO_FEW_MEMBERS in reasons:
        return f"There are {TOO_FEW_MEMBERS} to show{when}."
    return f"There are too few people to show{when}." if reasons else unknown


def _or_a_few(row: "pd.Series[Any]") -> str:
    """The figure, or in words that it is too few people to show."""
    return shown(row) if has_value(row) else "a few"


def funnel(now: pd.DataFrame, when: str) -> str:
    """Applications, offers and starts of the same months, and for how many starts nobody gave the
    first two: `now` as for local_hires."""
    figures = by_indicator(now)
    stages = {name: figures[name] for name in ("applications", "offers", "starts")}
    parts = [f"{shown(row)} {name}" for name, row in stages.items() if has_value(row)]
    if not parts:
        return _nothing(map(shown, stages.values()), f"There is nothing to show for {when}.")
    text = f"In {when}: {formatting.listed(parts)}. An offer is not a start."
    without = {name: figures[f"starts_without_{name}"] for name in ("applications", "offers")}
    counts = {name: row for name, row in without.items() if has_value(row)}
    lacking = [f"{name} for {shown(row)}" for name, row in counts.items() if row["value"]]
    lacking += [f"{name} for a few" for name, row in without.items() if shown(row) == HIDDEN]
    if lacking:
        text += f" Members did not count {formatting.listed(lacking)} of the starts."
    elif len(counts) == 2:
        text += " Members counted both for every start."
    return text


# By whose address people are counted in a ward: what most of them do there, whose address isn't on
# the map, and which ward it is.
LOCATED = {
    "home": ("came from", "Homes", "home ward"),
    "employer": ("work for employers in", "Employers", "employer's ward"),
}


def on_wards(
    by_ward: pd.DataFrame, names: Mapping[str, str], when: str, located: str = "home"
) -> str:
    """Where the people on a map of wards live or work: `by_ward` is protected, of one span; `names`
    of the map's wards by code; `when` is `in May` or `at the end of May`."""
    most_do, addresses, which_ward = LOCATED[located]
    begins = formatting.capital(when)
    on_map = by_ward[by_ward["ward"].isin(names)]
    ranked = on_map[on_map["value"] > 0].sort_values("value", ascending=False, kind="stable")
    # Rounded figures often tie: of several that are alike none is named before the others.
    tied = ranked[ranked["value"] == ranked["value"].iloc[3]] if len(ranked) > 3 else ranked[:0]
    most = ranked.head(3).drop(index=tied.index, errors="ignore")
    hidden = int((on_map["shown"] == HIDDEN).sum())
    if ranked.empty and not hidden:
        if on_map.empty:
            why = f"No {which_ward} is known {when}."
        elif on_map["value"].notna().any():
            why = f"There is nothing to show {when}."
        else:
            why = no_figure("–", when)
        return _nothing(by_ward.loc[by_ward["shown"] == KEPT, "shown"], why)
    sentences = []
    if len(most):
        wards = [
            f"{names[ward]} ({people})"
            for ward, people in zip(most["ward"], most["shown"], strict=True)
        ]
        sentences.append(f"{begins} most {most_do} {formatting.listed(wards)}.")
    elif len(tied):
        each = f"{formatting.count(len(tied))} have {tied['shown'].iloc[0]} each"
        sentences.append(f"{begins} no ward stands out: {each}.")
    if hidden:
        many = formatting.capital(counted(hidden, "ward has", "wards have"))
        sentences.append(f"{many} too few people to show.")
    sentences.append(f"{addresses} beyond the map, and those not known by ward, are not on it.")
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
        if has_value(row) and row.get("unjudged") != MOSTLY_UNKNOWN
    ]
    if not parts and any(map(has_value, entered)):
        return "Too little is known of those who started to set them beside the area's people."
    if not parts:
        unknown = "Nothing is known yet to set beside the area's people."
        return _nothing((row["shown"] for row in entered), unknown)
    return formatting.sentence(f"beside the people of {area}: {formatting.listed(parts)}")


def retention(maturity: pd.DataFrame, whose: str, when: str) -> str:
    """How many stay: the protected frame of cohorts.maturity."""
    figures = by_indicator(maturity)
    whose = of_whom(whose, figures["retention_26_weeks"])
    parts = [
        f"{shown(row)} after {CATALOGUE[name].months} months"
        for name, row in figures.items()
        if has_value(row)
    ]
    if not parts:
        instead = [shown(row) for row in figures.values() if shown(row) != "–"]
        why = formatting.unseen(instead[0]) if instead else "no cohort old enough yet"
        return f"{whose}: no retention for {when}, {why}."
    text = f"{whose}: of those who started, {formatting.listed(parts)} were still in post"
    base = figures.get("retention_26_weeks")
    if base is not None and has_value(base):
        people, newest = formatting.figure(base["base"], "people"), formatting.month(base["newest"])
        text += f"; after six months that is of {people} people, the newest from {newest}"
    return f"{text}."


AGES = "Each point is of the cohorts that came to that age in"


def curves(frame: pd.DataFrame, titles: Mapping[str, str], year: str) -> str:
    """Which pathway keeps most and fewest at the end of a year, or as far as they are known: a
    protected frame by pathway and `months`."""
    present = frame[frame["value"].notna() & (frame["months"] > 0)]
    if present.empty:
        later = frame.loc[frame["months"] > 0, "shown"]
        return _nothing(later, f"Nobody who started is followed in {year} yet.", f" in {year}")
    # As far along as most pathways are known.
    counts = present.groupby("months")["pathway"].nunique()
    age = int(counts[counts == counts.max()].index.max())
    ranked = present[present["months"] == age].sort_values("value")
    after = f"After {age} {plural(age, 'month')}"
    fewest, most = ranked.iloc[0], ranked.iloc[-1]
    if len(ranked) == 1:
        return f"{after} {shown(most)} are still in post: {titles[most['pathway']]}."
    of_all = {*frame.loc[frame["shown"] != "–", "pathway"]}
    if of_all - {*ranked["pathway"]}:
        after += ", of the pathways that can be shown,"
    if shown(fewest) == shown(most):
        return f"{after} {shown(most)} are still in post, by each pathway alike. {AGES} {year}."
    best, worst = (
        f"by {formatting.inside(titles[row['pathway']])}, {shown(row)}" for row in (most, fewest)
    )
    return f"{after} most stay {best}, and fewest {worst}. {AGES} {year}."


def cohort(frame: pd.DataFrame, name: str | None) -> str:
    """How far one cohort of a protected frame has come: `name`, `months`, `value`, `shown`."""
    of_it = frame[frame["name"] == name]
    present = of_it[of_it["value"].notna()].sort_values("months")
    if frame.empty:
        return "No cohort is followed yet."
    if present.empty:
        return _nothing(of_it["shown"], f"Nothing is known of those who started in {name}.")
    last = present.iloc[-1]
    after = f"{last['months']} {plural(last['months'], 'month')}"
    return f"Of those who started in {name}, {shown(last)} are still in post after {after}."


def turnover(now: pd.DataFrame, period: date) -> str:
    """What is known of leavers: `now` is a protected frame of one month, by indicator."""
    figures = by_indicator(now)
    started, left = figures["starters_followed"], figures["leavers"]
    year = f"the year to {formatting.month(period)}"
    if not (has_value(started) and has_value(left)):
        return _nothing((shown(started), shown(left)), "Nobody who started is followed yet.")
    text = f"Of {_people(started)} who started in {year}, {shown(left)} have left"
    to_work, unknown = figures["leavers_to_work"], figures["leavers_not_followed"]
    if has_value(to_work):
        text += f", {shown(to_work)} of them for another job"
    if unknown["value"] > 0 or shown(unknown) == HIDDEN:
        text += f"; of {_or_a_few(unknown)} the next step is not known"
    return f"{text}."


def _people(row: "pd.Series[Any]") -> str:
    return f"{shown(row)} {plural(row['value'], 'person', 'people')}"
