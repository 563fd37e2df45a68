"""What is wrong, said first: the summary at the top of a page, with a link to each thing in it."""

from collections.abc import Iterable
from dataclasses import dataclass

from streamlit.delta_generator import DeltaGenerator

from anchornet.narrative import returns_status
from anchornet.returns.findings import FindingGroup
from anchornet.ui.components import html


@dataclass(frozen=True)
class Problem:
    """`target` is the id on the page of what it is about. What doesn't stop a file is asked about;
    `count` says how many places of the file are meant."""

    target: str
    text: str
    stops: bool = True
    count: int = 1


def show_problems(
    top: DeltaGenerator, problems: Iterable[Problem], check: str, kind: str = "file"
) -> None:
    """What stops stands first. The focus moves there after each new `check`, and stays where it is
    when the page is drawn again."""
    every = list(problems)
    if not every:
        return
    stopping, asking = ([one for one in every if one.stops is stops] for stops in (True, False))
    parts = [
        (sentence(sum(one.count for one in some), kind), [(one.target, one.text) for one in some])
        for some, sentence in (
            (stopping, returns_status.stops),
            (asking, returns_status.asks),
        )
        if some
    ]
    title = "There is a problem" if stopping else "Check these before you send"
    summary = html("problems", title, parts, not stopping, check)
    top.html(summary)


def of_groups(groups: Iterable[FindingGroup]) -> list[Problem]:
    """Each group of findings, which stands on the page as finding-1, finding-2 …"""
    return [
        Problem(f"finding-{number}", _in_summary(group), group.severity == "error", group.count)
        for number, group in enumerate(groups, 1)
        if group.severity != "note"
    ]


def _in_summary(group: FindingGroup) -> str:
    """`Amount is empty, lines 4 and 5`; the column too, where the sentence doesn't name it."""
    message, column = group.message, group.column or ""
    where = "" if column.lower() in message.lower() else f" in {column}"
    lines = "" if group.lines in message else f", {group.lines}"
    return f"{message}{where}{lines}"
