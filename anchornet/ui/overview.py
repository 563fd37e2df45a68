"""What the delivery group looks at first: what is off track, what moved, what waits for them."""

from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from anchornet import formatting
from anchornet.facts.catalogue import CATALOGUE, OVERVIEW
from anchornet.indicators import since_meeting
from anchornet.indicators.since_meeting import OffTrack
from anchornet.narrative import exceptions, page_sentences, status
from anchornet.narrative import meeting as narrative_meeting
from anchornet.narrative.exceptions import Case
from anchornet.narrative.returns_status import titles_on
from anchornet.store.cache import cached
from anchornet.store.database import Database, utc_now
from anchornet.ui import layout, links, queries, tiles
from anchornet.ui.components import html
from anchornet.ui.figures import panel_of
from anchornet.ui.filters import Filters

CHARTS = 4  # of figures, those first that need attention
Groups = tuple[tuple[str, tuple[str, ...]], ...]  # titles with sentences


@dataclass(frozen=True)
class Briefing:
    """What Overview says; `order` holds the indicators, exceptions first, all of which were worked
    out `together`."""

    answer: str
    opening: Markup
    map: layout.Block
    returns: layout.Block
    order: tuple[str, ...]
    together: tuple[str, ...]


@cached
def briefing(database: Database, filters: Filters, acts: bool = False) -> Briefing:
    """`acts`: for who records actions, with the way to them."""
    together = queries.looked_at(database, filters.as_at)
    series = queries.series(database, filters, together)
    series = series[series["indicator"].isin(OVERVIEW)]
    board = queries.board_of(database, filters)
    now = series[series["period"] == filters.period]
    when = filters.span
    ordered = attention(database, filters)[0]
    today = filters.today
    moved, groups = since(database, filters)
    below = [
        (
            status.state(case.row),
            CATALOGUE[case.indicator].title,
            links.of_figure(case.indicator),
            exceptions.stands(case),
            doing(case, today),
            links.of_action((case.indicator, filters.member_id)) if acts else "",
        )
        for case in ordered
        if case.is_exception
    ]
    titles = titles_on(board)
    drawn = queries.spend_map(database, filters)
    ward_map = layout.Map(drawn, "Map of spend by ward.", height=420, opens=filters.span)
    return Briefing(
        answer=page_sentences.overview(now, board, when, filters.whose),
        opening=html("briefing", summary(database, filters), below, moved, groups)
        + tiles.tiles(series, filters.period, filters.window, tiles.coverage(board))
        + queries.note_on_people(database, filters),
        map=layout.Block(
            "map", "Where spend lands", "By the suppliers' registered addresses.", [ward_map]
        ),
        returns=layout.Block(
            "returns",
            "Who has returned what",
            page_sentences.coverage(board),
            [layout.returns_html(board, titles, linked=filters.sees_members)],
        ),
        order=tuple(
            case.indicator for case in ordered if case.is_exception or case.indicator in OVERVIEW
        ),
        together=together,
    )


def prepare(database: Database) -> None:
    """Works out what most people come to first, before anybody comes."""
    period = queries.month_seen(database)
    if period is None:
        return
    for sees_members in (True, False):
        filters = Filters(period, sees_members=sees_members)
        for acts in (False, True):
            shown = briefing(database, filters, acts)
        for indicator in shown.order[:CHARTS]:
            panel_of(database, filters, indicator, shown.together)


def doing(case: Case, today: date) -> list[tuple[str, str, str]]:
    """The open actions of a case: what, who and when it is due."""
    return [
        (str(action["what"]), str(action["who"]), formatting.due(action["due_on"], today))
        for action in case.actions
    ]


@cached
def cases(database: Database, filters: Filters) -> tuple[Case, ...]:
    """The indicators, those first that need attention."""
    indicators = queries.looked_at(database, filters.as_at)
    series = queries.series(database, filters, indicators)
    months = queries.series(database, filters, indicators, "month")
    return exceptions.cases(series, months, queries.open_actions(database, filters))


Lacking = list[tuple[narrative_meeting.FigureOf, str]]  # figures, and where each stands


@cached
def attention(
    database: Database, filters: Filters
) -> tuple[tuple[Case, ...], list[OffTrack], Lacking]:
    """The indicators, those first that need attention; of the whole network's months, and for who
    sees members, the figures of members that are off track; and which of all these lack an
    action."""
    listed, of_members = cases(database, filters), []
    whole = filters.members is None and filters.area is None and filters.window == "month"
    if whole and filters.sees_members:
        of_members = queries.members_off_track(database, filters.period, filters.as_at)
    opened = queries.actions(database, filters.as_at)
    return listed, of_members, exceptions.lacking(listed, of_members, opened)


def summary(database: Database, filters: Filters) -> str:
    """How many figures need attention, and how many of them have no action."""
    return exceptions.summary(*attention(database, filters))


@cached
def since(database: Database, filters: Filters) -> tuple[str, Groups]:
    """What is different since the last meeting: a sentence, and titles with sentences."""
    now = filters.as_at or utc_now()
    past = (meeting for meeting in queries.meetings(database) if meeting.starts_at < now)
    meeting = next(past, None)
    if meeting is None:
        return "No meeting is recorded yet, so there is nothing to compare with.", ()
    changes = since_meeting.since(
        database,
        queries.looked_at(database, filters.as_at),
        meeting.starts_at,
        filters.as_at,
        filters.audience,
        period=filters.period,
        members=filters.members,
    )
    groups = narrative_meeting.change_groups(changes, queries.member_names(database), now.date())
    return narrative_meeting.since(changes, meeting.name), groups
