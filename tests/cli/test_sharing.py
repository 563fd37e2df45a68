"""Commands of what is shared: a picture, its reference, its approval."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from PIL import Image

from anchornet.cli import options, sharing
from anchornet.exports import picture_export
from anchornet.exports.shared_chart import CHARTS
from anchornet.periods import WINDOWS
from tests.cli.ran import SEPTEMBER, Run, send

BY = ("--by", "ann@example.org")


@pytest.fixture
def spent(network: Run, file: Callable[..., Path]) -> Run:
    send(network, file())
    return network


def reference_of(run: Run) -> str:
    return str(run("figures", "--format", "json").json[0]["reference"])


def test_a_chart_is_drawn_kept_and_comes_back_from_its_reference(
    spent: Run, tmp_path: Path, file: Callable[..., Path]
) -> None:
    picture, numbers = tmp_path / "a.png", tmp_path / "a.csv"
    ended = spent("chart", "spend", "--period", "2026-09", "--by", "ring", "-o", picture)
    reference = reference_of(spent)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.splitlines() == [f"Made {picture}.", f"{reference}: draft."]
    assert Image.open(picture).size == (2400, 1350)

    again = spent("figure", reference.lower(), "-o", numbers)
    assert f"{reference}: draft. The figures in it are the same today." in again.err
    rows = list(csv.DictReader(io.StringIO(numbers.read_text("utf-8-sig"))))
    assert [(it["reference"], it["name"], it["shown"]) for it in rows] == [
        (reference, "Manchester", "£1.00k"),
        (reference, "Further away", "£500"),
    ]
    send(spent, file(SEPTEMBER.replace("499.50", "899.50"), "later.csv"))
    told = spent("figure", reference)
    assert "Spend with suppliers by place" in told.out
    assert "£1.50k" in told.out  # as it said
    assert "Revised since: 1 of 2 figures in it differ." in told.err
    assert "It said: Spend with suppliers in September 2026: £1.50k." in told.err
    assert "It says now: Spend with suppliers in September 2026: £1.90k." in told.err


def test_a_figure_is_approved_for_a_day_and_withdrawn(spent: Run) -> None:
    asked = ("chart", "spend", "--period", "2026-09", "--as-at", "2030-01-01")
    first = spent(*asked)
    assert "Members spent £1.50k with suppliers in September 2026" in first.out
    assert "Alternative text: Line chart of Spend with suppliers by month: Sep 26 £1.50k." in (
        first.out
    )
    reference = reference_of(spent)
    ended = spent("approve", reference, "--embargo", "2100-01-01", *BY)
    assert ended.err == f"{reference} is approved and public from 1 January 2100.\n"
    # The same request is the same figure, and stays what it was.
    assert f"{reference}: approved." in spent(*asked).err
    (row,) = spent("figures", "--format", "json").json
    assert (row["state"], row["embargo_until"]) == ("approved", "2100-01-01")
    assert spent("withdraw-figure", reference, *BY).err == f"{reference} is withdrawn.\n"
    assert spent("figures").out.splitlines()[1].split()[-3:] == ["Withdrawn", BY[1], "–"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("chart", "happiness", "--period", "2026-09"), "There is no indicator happiness"),
        (("chart", "spend", "--period", "2026-09", "--by", "supplier"), "can't be drawn so"),
        (
            ("chart", "spend", "--period", "2026-09", "-o", "a.gif"),
            "ends in .png, .svg, .pdf, .csv",
        ),
        (("figure", "AN-7K2M9XQ4"), "Nothing is saved under AN-7K2M9XQ4"),
        (("approve", "AN-7K2M9XQ4", *BY), "Nothing is saved under AN-7K2M9XQ4"),
        (("withdraw-figure", "something", *BY), "is not a reference"),
    ],
)
def test_what_cannot_be_shared_is_said(network: Run, words: tuple[str, ...], why: str) -> None:
    ended = network(*words)
    assert ended.code == 2
    assert why in ended.err
    assert network("figures").out == ""


def test_what_can_be_typed_is_what_there_is() -> None:
    assert get_args(sharing.Chart) == tuple(CHARTS)
    assert get_args(sharing.Size) == tuple(picture_export.SIZES)
    assert (*picture_export.FORMS, "csv") == sharing.FORMS
    assert get_args(options.Window) == WINDOWS
