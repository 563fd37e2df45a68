"""Where things stand in the app: the address of a figure, a member, an action or a story."""

from urllib.parse import urlencode

from markupsafe import Markup

from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.promises import RETURN
from anchornet.narrative.meeting import FigureOf
from anchornet.ui.components import html
from anchornet.ui.menu import TITLES


def address(page: str, **query: str) -> str:
    """What is picked on the page that has the link is picked there too, unless `query` says
    otherwise: script.js sees to that."""
    return f"/{page}?{urlencode(query)}" if query else f"/{page}"


def of_figure(indicator: str, **query: str) -> str:
    page = CATALOGUE[indicator].return_name or "overview"
    return address(page if page in TITLES else "overview", figure=indicator, **query)


def of_member(member_id: str) -> str:
    return address("members", members=member_id)


def of_outcome(outcome: str, **query: str) -> str:
    return address("framework", outcome=outcome, **query)


def of_promise(promise: str) -> str:
    return address(RETURN.name, promise=promise)


def of_action(figure: FigureOf) -> str:
    """Where an action about it is added."""
    return address("meetings", about=about(figure))


def of_concern(about: str) -> str:
    """Of the promise or the outcome that an action is about."""
    kind, _, name = about.partition(":")
    return of_promise(name) if kind == "promise" else of_outcome(name)


def about(figure: FigureOf) -> str:
    """The figure of an action in an address: `local_spend_share`, `local_spend_share:council`."""
    return ":".join(filter(None, figure))


def link(text: str, to: str) -> Markup:
    return html("link", text, to)
