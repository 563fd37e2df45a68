"""The activity log in words: the database writes codes there, such as `{return spend 2026-09}`."""

import re
from collections.abc import Mapping

from anchornet import formatting
from anchornet.access import ACTIONS, ROLES
from anchornet.facts.catalogue import CATALOGUE
from anchornet.narrative.network_settings import TITLES
from anchornet.periods import parse_month
from anchornet.returns.declaration import RETURNS
from anchornet.store.area_statistics import AREA_FACTS
from anchornet.store.mail import KINDS

CODED = re.compile(r"\{(\w+) (\w+)(?: (none|[-+.\de]+))??(?: (\d{4}-\d\d))?\}")
NAMES: Mapping[str, Mapping[str, str]] = {
    "return": {name: each.title for name, each in RETURNS.items()},
    "indicator": {name: each.title for name, each in CATALOGUE.items()},
    "target": {name: each.title for name, each in CATALOGUE.items()},
    "action": ACTIONS,
    "role": ROLES,
    "setting": TITLES,
    "mail": {name: title for name, (title, _) in KINDS.items()},
    "area": {name: fact.title for name, fact in AREA_FACTS.items()},
}


def in_words(about: str) -> str:
    """What an entry is about, as people read it; what is none of our codes stays as it is."""
    return CODED.sub(_words, about)


def _words(coded: re.Match[str]) -> str:
    kind, code, value, month = coded.groups()
    title = NAMES.get(kind, {}).get(code)
    if title is None:
        return coded[0]
    text = formatting.plain(title)
    if value == "none":
        return f"{text}, removed"
    if value:
        text += f", {formatting.exactly(float(value), CATALOGUE[code].unit)}"
    if month:
        period = parse_month(month)
        on = RETURNS[code].period_words(period) if kind == "return" else formatting.month(period)
        text += f" by {on}" if kind == "target" else f" for {on}"
    return text
