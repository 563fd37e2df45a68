"""Evidence in sentences, where there is one of a thing."""

from datetime import date
from typing import Any

import pytest

from anchornet.indicators.evidence import EVIDENCED, Course
from anchornet.narrative import evidence as words
from anchornet.narrative.evidence import Evidence, OutcomeEvidence
from anchornet.store.framework import Framework, Outcome

WORK = Outcome("work", "Good work", "Why.", {}, ("accredited_employers",))


def course(before: int, after: int, unjudged: str | None = None) -> Course:
    years: list[dict[str, Any]] = [
        {"period": date(year, 6, 1), "value": value, "unjudged": unjudged}
        for year, value in ((2025, before), (2026, after))
    ]
    return Course("accredited_employers", "month", tuple(years), tuple(years))


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (course(3, 5), "is better than before"),
        (course(5, 3), "is worse than before"),
        (course(5, 5), "is about the same as before"),
        (course(3, 5, "few_members"), "cannot be judged"),
    ],
)
def test_one_figure_is_not_counted_out_of_one(one: Course, sentence: str) -> None:
    of_one = OutcomeEvidence(WORK, "", (one,))
    assert words.moved(of_one) == f"The one figure that can be compared {sentence}."
    framework = Framework((WORK,), (), (), ())
    about = Evidence(
        "A", "B", None, "public", date(2026, 6, 1), None, framework, (of_one,), None, False
    )  # type: ignore[arg-type]
    assert words.summary(about) == (
        f"The one outcome can be followed over years: the one figure {sentence}."
    )


def test_one_promise_without_proof_is_not_counted_out_of_one() -> None:
    one, two = ([*words._unknown_of_promises({EVIDENCED: (0, n)}, True)] for n in (1, 2))
    assert one == ["The one promise that has delivered something lacks some of the proof."]
    assert two == ["Both promises that have delivered something lack some of the proof."]
