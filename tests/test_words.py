"""The words on screens, in messages, files and templates: everyday British English. Each phrase
here was once on a screen and read as if it had been translated, or hid what it meant."""

import ast
import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from anchornet.setting_values import PROJECT

PHRASES = {
    "keep": r"\bkeep this (person|target|action|meeting)\b|\bkept (on|as a draft|under)\b",
    "let in": r"\blet in\b|\btake(n)? away\b|\blet go of\b",
    "whom": r"\bwhom to chase\b|\bwhat people did\b|\bway there\b|^Whose\??$",
    "concern": r"\bof concern\b|\bcrossed a limit\b",
    "nearer": r"\bsomebody could choose\b|\bspent nearer\b",
    "cohorts": r"\bwhich cohorts are in\b",
    "share": r", share$|, share\b of",
    "half kept": r"\bhalf kept\b|\bsaved by halves\b",
    "no share": r"\bis no (share|date|picture|number|reference)\b|\bis none of\b",
    "already": r"\b(is|was) \w+( \w+)? already\.$|\balready taken away\b",
    "address": r"\bcan't be followed\b|\bthat there isn't\b|\bthe address isn't one\b",
    "people of": r"\bpeople of (the|this) network\b",
    "as far as known": r"\bas far as known\b|\bof which it is known\b",
    "nought": r"\bbelow nought\b",
    "owes": r"\bnobody owes\b",
    "another": r"\banother status\b|\bin another way\b|\bare others\b|\bis another one\b",
    "wait for their day": r"\bwaits? for (its|their) day\b",
    "sum of": r"\bno sum of\b|\bsays it all\b",
    "does not take place": r"\bdoes not take place\b",
    "take place of": r"\bis nobody's\b|\bstands still\b",
    "too few": r"\btoo few to show, of a part that is of many\b",
}
BANNED = {
    name: re.compile(pattern, 0 if "^Whose" in pattern else re.IGNORECASE)
    for name, pattern in PHRASES.items()
}


def literals(path: Path) -> Iterator[str]:
    """Every text of a module but its docstrings; what is filled in stands as {}."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                inside.add(id(node.body[0].value))  # type: ignore[attr-defined]
        elif isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in node.values}
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in inside
        ):
            yield node.value


def values(declared: Any) -> Iterator[str]:
    """Every text of a declaration."""
    if isinstance(declared, str):
        yield declared
    elif isinstance(declared, dict | list):
        for part in declared.values() if isinstance(declared, dict) else declared:
            yield from values(part)


def texts(path: Path) -> Iterator[str]:
    if path.suffix == ".py":
        yield from literals(path)
    elif path.suffix == ".toml":
        yield from values(tomllib.loads(path.read_text(encoding="utf-8")))
    else:
        yield path.read_text(encoding="utf-8")


def banned(text: str) -> list[str]:
    plain = " ".join(text.split())
    return [name for name, pattern in BANNED.items() if pattern.search(plain)]


@pytest.mark.parametrize(
    "phrase",
    [
        "Keep this target",
        "Somebody could choose",
        "Local starts, share",
        "{} is closed already.",
        "Something went wrong, and nothing was half kept.",
    ],
)
def test_the_search_finds_what_it_looks_for(phrase: str) -> None:
    assert banned(phrase)


def test_no_text_says_what_nobody_would_say_aloud() -> None:
    files = [
        path
        for folder in ("anchornet", "pages", "docs")
        for path in sorted((PROJECT / folder).rglob("*"))
        if path.suffix in (".py", ".toml", ".html", ".typ", ".md")
    ]
    wrong = [
        f"{path.relative_to(PROJECT)}: {kinds}: {' '.join(text.split())[:90]}"
        for path in files
        for text in texts(path)
        if (kinds := banned(text))
    ]
    assert len(files) > 200
    assert wrong == []


# What follows a number that is never one.
SEVERAL = {
    "rows. Ask for fewer": "more than an answer of the API may hold",
    "files, and": "more than one upload may hold",
    "pixels, too few": "of a picture",
    "months": "of which some are lacking",
    "months so far": "of which some are lacking",
    "months day first": "said of one by its name",
    "jobs in": "of an area",
    "days": "settings",
    "days, to": "a setting",
    "suppliers": "one of them has a sentence of its own",
    "figures are made": "of the catalogue",
    "lines, and most": "many",
    "columns; a list": "more than a list may have",
    "cells of": "two at least",
    "letters": "the most that fit",
    "areas since": "the most that there may be",
    "authorities": "of a combined authority",
    "actions are": "one of them has a sentence of its own",
    "outcomes is": "one of them has a sentence of its own",
}
A_NOUN = re.compile(r" (?:more |open |new |other |earlier |late |missing )*([a-z]+[^s\W]s)\b")
NO_NOUN = {"is", "has", "was", "this", "as", "does", "holds", "out"}


def counted_by_hand(path: Path) -> Iterator[tuple[int, str]]:
    """Where a number in digits is followed by a noun that is always plural."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for value, after in pairwise(node.values) if isinstance(node, ast.JoinedStr) else ():
            if not isinstance(value, ast.FormattedValue) or not isinstance(after, ast.Constant):
                continue
            number, text = ast.unparse(value), str(after.value)
            noun = A_NOUN.match(text)
            is_count = re.search(r":,(\.0f)?\}|\blen\(|\bceil\(", number)
            known = any(text.startswith(f" {words}") for words in SEVERAL)
            is_bent = "plural(" in number or re.search(r"\bcount\(.*, ", number)
            if noun and is_count and noun[1] not in NO_NOUN and not known and not is_bent:
                yield node.lineno, f"{number}{text}"


def test_nothing_is_counted_in_the_plural_that_may_be_one() -> None:
    modules = [
        *PROJECT.joinpath("anchornet").rglob("*.py"),
        *PROJECT.joinpath("pages").glob("*.py"),
    ]
    found = [f"{path}:{line} {text}" for path in modules for line, text in counted_by_hand(path)]
    assert not found, "\n".join(found)
