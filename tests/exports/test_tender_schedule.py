"""The schedule for a tender: what is in the files, read back with other tools."""

import io
from datetime import datetime
from decimal import Decimal

import pandas as pd

from anchornet.exports.tender_schedule import Schedule, write
from anchornet.store.framework import SAMPLE, read_framework

NOON = datetime(2026, 11, 28, 12)
SHIPPED = read_framework(SAMPLE.read_bytes())


def schedule(value: int, *chosen: str) -> Schedule:
    return Schedule("Sample Network", SHIPPED, "=Grounds & <b>gardens</b>", Decimal(value), chosen)


def sheet(of: Schedule) -> list[list[str]]:
    frame = pd.read_excel(io.BytesIO(write(of, ".xlsx", NOON)), header=None, engine="calamine")
    return frame.fillna("").astype(str).to_numpy().tolist()  # type: ignore[no-any-return]


def test_without_a_choice_every_measure_is_offered_and_the_bidder_chooses() -> None:
    lines = sheet(schedule(60_000))
    assert lines[1][0] == "=Grounds & <b>gardens</b>, £60,000"
    assert lines[2][0].startswith("Choose two measures at most, those in which you can do most")
    heading = next(number for number, line in enumerate(lines) if line[0] == "Outcome")
    assert [line[1] for line in lines[heading + 1 :]] == [one.title for one in SHIPPED.measures]


def test_what_was_chosen_is_asked_for_and_nothing_else() -> None:
    lines = sheet(schedule(6_000_000, "carbon_plan", "local_jobs"))
    heading = next(number for number, line in enumerate(lines) if line[0] == "Outcome")
    assert [line[:3] for line in lines[heading + 1 :]] == [
        ["Local jobs and skills", "New jobs for local people", "people"],
        ["Carbon neutral and clean air", SHIPPED.measures[-1].title, "yes or no"],
    ]
    told = [line[0] for line in lines[2:heading] if line[0]]
    assert told[0] == (
        "Say what you promise for each of these measures. Social value counts for 20% of the score."
    )
    assert "Procurement Act 2023" in told[-1]


def test_the_pdf_is_tagged_and_has_a_title() -> None:
    for asked in (schedule(60_000), schedule(100, "carbon_plan")):
        file = write(asked, ".pdf", NOON)
        assert file.startswith(b"%PDF")
        assert b"pdfuaid" in file
        assert b"/StructTreeRoot" in file
        assert file == write(asked, ".pdf", NOON)
