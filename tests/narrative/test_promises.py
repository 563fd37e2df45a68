"""Promises in sentences, as small networks have them."""

from datetime import date

import pandas as pd
import pytest

from anchornet.narrative import promises as words

JUNE = date(2026, 6, 1)


def row(part: int, base: int) -> dict[str, float]:
    return {"value": part / base if base else float("nan"), "base": base}


END = "at the end of June 2026"


@pytest.mark.parametrize(
    ("on_profile", "kept", "not_reported", "sentence"),
    [
        ((1, 3), (0, 2), (1, 4), "one of three running promises whose delivery is known is on "
         f"profile {END}, and neither of two that were due by then is kept."),
        ((2, 2), (3, 3), (0, 2), "both running promises whose delivery is known are on profile "
         f"{END}, and all three that were due by then are kept."),
        ((1, 1), (0, 1), (0, 1), "the one running promise whose delivery is known is on profile "
         f"{END}, and the one that was due by then is not kept."),
        ((0, 0), (1, 2), (0, 0), "one of two promises that were due by the end of June 2026 is "
         "kept."),
        ((0, 0), (0, 1), (2, 2), "the one promise that was due by the end of June 2026 is not "
         "kept."),
        ((0, 0), (0, 0), (2, 2), f"nobody has said yet how any running promise stands {END}."),
        ((0, 0), (0, 0), (1, 2), "neither of two running promises has a due date as well as a "
         f"known delivery {END}."),
        ((0, 0), (0, 0), (0, 1), f"the one running promise has no due date {END}."),
        ((0, 0), (0, 0), (0, 0), f"no promise runs {END}, and none was due by then."),
    ],
)  # fmt: skip
def test_the_answer_says_what_is_known_of_few_promises(
    on_profile: tuple[int, int], kept: tuple[int, int], not_reported: tuple[int, int], sentence: str
) -> None:
    rows = [row(*each) for each in (on_profile, kept, not_reported)]
    assert words.answer(*rows, "Sample Homes", JUNE) == f"Sample Homes: {sentence}"


def test_all_spent_is_said_in_words() -> None:
    assert words.unspent_sentence({"value": 0.0, "shown": "£0"}).startswith("All that was received")


def test_one_holder_of_lots_is_not_one_of_them() -> None:
    names = ("lots", "holders", "local", "unplaced", "asked", "meeting", "not_known")
    one = pd.DataFrame([(1, 1, 1, 0, 1, 0, 0)], columns=names)
    assert words.in_lots(one) == (
        "One agreement has lots: one lot with one holder, local. Standards were asked of one "
        "holder: it does not hold them all."
    )
