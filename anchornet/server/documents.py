"""Pages that stand beside Streamlit's: where people sign in, and a receipt to print."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from anchornet.server.static_files import font


def templates_in(folder: Path) -> Environment:
    """Templates escape all that they are given."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


_environment = templates_in(Path(__file__).parent)
_environment.globals["font"] = cache(font)


def document(name: str, /, **values: object) -> str:
    """A page of its own: the template of that name, filled in."""
    return _environment.get_template(f"{name}.html").render(values)
