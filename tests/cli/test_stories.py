import io
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.cli.ran import Run

WORDS = "She began in May.\n\n- by day\n- by night\n"


def picture(form: str = "JPEG", side: int = 500) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (side, side), "#005a9c").save(kept, form)
    return kept.getvalue()


def test_a_story_is_written_approved_withdrawn_and_listed(
    network: Run, file: Callable[..., Path]
) -> None:
    words, seen = file(WORDS, "story.txt"), file(picture(), "picture.txt.jpg")
    add = ("stories", "add", words, "--member", "council", "--title", "Ten weeks")
    shown = ("--picture", seen, "--alt", "A blue square", "--indicator", "starts")
    refused = network(*add, *shown)
    assert (refused.code, "say who gave consent" in refused.err) == (2, True)
    consent = (
        "--consent-by",
        "both, by form",
        "--consent-on",
        "2026-10-01",
        "--consent-for",
        "web",
    )
    assert network(*add, *shown, *consent).err == "Kept story 1 as a draft.\n"
    assert network("stories", "approve", 1).code == 0
    assert network(*add, "--story", 1, "--alt", "A blue square").code == 0
    (row,) = network("stories", "list", "--format", "json").json
    assert (row["version"], row["state"], row["picture"]) == (2, "changed", True)
    assert network("stories", "end-consent", 1, "--member", "council").code == 0
    (row,) = network("stories", "list", "--format", "json").json
    assert row["picture"] is False
    assert network("stories", "withdraw", 1).code == 0
    (row,) = network("stories", "list", "--format", "json").json
    assert row["state"] == "withdrawn"
    assert network("stories", "withdraw", 7).code == 2


def test_what_is_no_picture_and_no_text_is_said(network: Run, file: Callable[..., Path]) -> None:
    add = ("--member", "council", "--title", "Ten weeks", "--alt", "x", "--no-people")
    fake = file(b"GIF89a", "picture.jpg")
    ended = network("stories", "add", file(WORDS, "story.txt"), *add, "--picture", fake)
    assert (ended.code, "it is a GIF" in ended.err) == (2, True)
    ended = network("stories", "add", file(b"\xff\xfe\x00", "story.txt"), *add)
    assert (ended.code, "no text in UTF-8" in ended.err) == (2, True)
    assert network("stories", "list").out == ""
