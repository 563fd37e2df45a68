"""Pieces of HTML that pages are laid out with, each a macro of components.html.

Templates escape all that they are given; what a macro makes is marked as HTML, so that one can
stand in another.
"""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_macros = (
    Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    .get_template("components.html")
    .module
)


def html(name: str, /, *args: Any, **values: Any) -> Markup:
    """The macro of that name, filled in."""
    return Markup(getattr(_macros, name)(*args, **values))
