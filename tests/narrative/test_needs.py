"""Needs in sentences, where there is one of a thing."""

import math

from anchornet.narrative import needs as words


def row(value: float, base: int) -> dict[str, float]:
    return {"value": value, "base": base}


def test_what_became_of_the_needs_of_a_year_is_said_of_one_and_of_several() -> None:
    none = row(math.nan, 0)
    when = "the twelve months to October 2026"
    assert words.year(row(1, 1), row(5, 1), when) == (
        "In the twelve months to October 2026, the one need that closed was met; the one that was "
        "introduced had waited 5 days."
    )
    assert words.year(row(0, 1), none, when) == (
        "In the twelve months to October 2026, the one need that closed was not met."
    )
    assert words.year(row(0.5, 4), row(13.5, 2), when) == (
        "In the twelve months to October 2026, 50% of four needs closed were met; half of two that "
        "were introduced had waited 14 days or less."
    )
    assert words.year(none, none, when) == ""
