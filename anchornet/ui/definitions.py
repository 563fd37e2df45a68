"""What the page of definitions shows: every figure, and every column of every return."""

from dataclasses import dataclass

from markupsafe import Markup

from anchornet.narrative import page_sentences
from anchornet.narrative.definitions import FOR_WHOM, columns, definitions
from anchornet.returns.declaration import RETURNS
from anchornet.store.cache import cached
from anchornet.store.database import Database
from anchornet.store.framework_codes import with_framework
from anchornet.ui.components import html

FROM = "Made from the declarations that the figures are worked out from, so that the two agree."
NEVER = (
    "* required. No return takes names, e-mail addresses, dates of birth, National Insurance "
    "numbers or home postcodes."
)


@dataclass(frozen=True)
class Page:
    answer: str
    figures: Markup
    returns: Markup


@cached
def page(database: Database) -> Page:
    groups = definitions(database.settings)
    figures = [
        html("heading", title) + html("definitions", group, FOR_WHOM)
        for title, group in groups.items()
    ]
    headings = ["Column", "What it is", "Written as"]
    returns = [
        html("heading", return_.title, return_.grain)
        + html("table", headings, columns(return_), [])
        for declared in RETURNS.values()
        for return_ in (with_framework(database, declared),)
    ]
    return Page(
        page_sentences.definitions(groups),
        Markup().join(figures),
        html("note", NEVER) + Markup().join(returns),
    )
