"""Stories as they are laid out: paragraphs and lists, never anybody's HTML."""

from dataclasses import dataclass

from anchornet import formatting
from anchornet.store.stories import Story


@dataclass(frozen=True)
class Block:
    """A paragraph, of one part for each line, or a list of its items."""

    is_list: bool
    parts: tuple[str, ...]


def blocks(words: str) -> tuple[Block, ...]:
    """What stands between empty lines; a list is where each line begins with a hyphen and a space.
    All else is text as it stands."""
    parts = []
    for part in words.split("\n\n"):
        lines = [line for line in part.split("\n") if line]
        if lines and all(line.startswith("- ") for line in lines):
            parts.append(Block(True, tuple(line[2:].strip() for line in lines)))
        elif lines:
            parts.append(Block(False, tuple(lines)))
    return tuple(parts)


def opening(story: Story, most: int = 160) -> str:
    """How a story begins, in one line, cut between words."""
    paragraphs = (" ".join(block.parts) for block in blocks(story.words) if not block.is_list)
    return formatting.shorten(next(paragraphs, ""), most)
