"""Everything that a network says of itself: pages, projector, pack, shared pictures, public page.

Page modules give what a page shows as a value, without a browser: what stands in it as HTML is read
back here, element by element.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "img", "meta", "link", "line", "circle", "polyline", "source", "hr", "input"}
# What stands inside a line of text and is a part of it.
INLINE = {"b", "em", "small", "i", "code", "a", "strong"}


@dataclass
class Element:
    """A piece of HTML: its tag and classes, its own text, what is in it; `alt` of a picture."""

    tag: str
    classes: tuple[str, ...] = ()
    parts: list["Element | str"] = field(default_factory=list)
    alt: str = ""

    @property
    def text(self) -> str:
        words = [part if isinstance(part, str) else part.text for part in self.parts]
        return " ".join("".join(words).split())

    def all(self) -> Iterator["Element"]:
        yield self
        for part in self.parts:
            if isinstance(part, Element):
                yield from part.all()

    def find(self, *names: str) -> list["Element"]:
        """Those in it of these tags or classes."""
        return [one for one in self.all() if one.tag in names or {*names} & {*one.classes}]

    def first(self, name: str) -> str:
        """The text of the first one of that tag or class; empty without one."""
        return next((one.text for one in self.find(name)), "")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.stack = [Element("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        one = Element(tag, tuple((given.get("class") or "").split()), alt=given.get("alt") or "")
        self.stack[-1].parts.append(one)
        if tag not in VOID:
            self.stack.append(one)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        self.stack[-1].parts.append(data)


def read_html(text: str) -> Element:
    reader = _Reader()
    reader.feed(text)
    return reader.stack[0]
