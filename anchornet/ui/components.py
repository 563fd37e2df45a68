"""Pieces of HTML that pages are laid out with, each a macro of components.html.

Templates escape all that they are given; what a macro makes is marked as HTML, so that one can
stand in another.
"""

import re
from pathlib import Path
from typing import Any

from markupsafe import Markup

from anchornet.formatting import STATUS
from anchornet.narrative.returns_status import ON_BOARD
from anchornet.server.documents import templates_in

# What stays on one line in a table: `30 June 2026`, `5 Nov`, `29 November 2026, 06:07`, and a word
# that a browser would break at its hyphens, such as `Org-ID` and `GB-COH-01234567`.
ONE_LINE = re.compile(r"\d{1,2} [A-Z][a-z]{2,8}( \d{4}(, \d\d:\d\d)?)?|(?=.{,20}$)\w+(-\w+)+")
SENTENCE = re.compile(r"[a-z]+( [a-z]+){2,}")  # in place of a number: `for members only`

_environment = templates_in(Path(__file__).parent)
_environment.tests["one_line"] = lambda text: ONE_LINE.fullmatch(str(text)) is not None
_environment.tests["sentence"] = lambda text: SENTENCE.fullmatch(str(text)) is not None
_environment.globals |= {"STATUS": STATUS, "ON_BOARD": ON_BOARD}
_macros = _environment.get_template("components.html").module


def html(name: str, /, *args: Any, **values: Any) -> Markup:
    """The macro of that name, filled in; on one line, because Streamlit looks at every line of what
    it is given, at every run."""
    lines = str(getattr(_macros, name)(*args, **values)).split("\n")
    return Markup(" ".join(filter(None, lines)))  # nosec B704: the template has escaped it
