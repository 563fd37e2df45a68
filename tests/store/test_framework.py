"""The framework: read from a file, every fault said at once, and held as at any moment."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from anchornet.facts.catalogue import CATALOGUE
from anchornet.store.audit import trail
from anchornet.store.database import Database
from anchornet.store.framework import (
    SAMPLE,
    Band,
    Measure,
    Outcome,
    Standard,
    framework,
    framework_history,
    framework_text,
    load_framework,
    read_framework,
    toml_of,
)
from anchornet.store.network import LoadError

OUTCOME = """
[[outcomes]]
id = "good_work"
title = "Good work"
why = "People should earn enough."
indicators = ["workers_uplifted"]
[outcomes.sentences]
supplier = "Pay it."
commissioner = "Ask for it."
councillor = "They earn more."
public = "You earn more."
"""
MEASURE = """
[[measures]]
id = "jobs"
title = "New jobs"
unit = "people"
outcome = "good_work"
evidence = "The payroll."
"""
REST = """
[[bands]]
from_gbp = 0
weighting = 0
most_measures = 1

[[bands]]
from_gbp = 50_000.50
weighting = 0.1
most_measures = 3

[[standards]]
id = "living_wage"
title = "Real Living Wage"
steps = ["In progress", "Accredited"]
"""
PLEDGE = """
[[pledges]]
id = "hire"
title = "Hire ten people"
power = "As an employer"
measure = "jobs"
"""
FILE = OUTCOME + MEASURE + REST


def faults(text: str) -> list[str]:
    with pytest.raises(LoadError) as told:
        read_framework(text.encode(), CATALOGUE)
    return list(told.value.sentences)


def test_none_holds_until_one_is_loaded(database: Database) -> None:
    assert framework(database) is None
    assert framework_text(database) is None
    assert framework_history(database) == []


def test_a_file_is_read_as_it_is_written(database: Database) -> None:
    load_framework(database, FILE.encode(), by="coordinator", indicators=CATALOGUE)
    loaded = framework(database)
    assert loaded is not None
    sentences = {
        "supplier": "Pay it.",
        "commissioner": "Ask for it.",
        "councillor": "They earn more.",
        "public": "You earn more.",
    }
    why = "People should earn enough."
    assert loaded.outcomes == (
        Outcome("good_work", "Good work", why, sentences, ("workers_uplifted",)),
    )
    jobs = Measure("jobs", "New jobs", "people", "good_work", "The payroll.", False)
    assert loaded.measures == (jobs,)
    assert loaded.measures_of("good_work") == (jobs,)
    assert loaded.measure_codes == {"jobs": "New jobs"}
    assert loaded.bands == (
        Band(Decimal(0), Decimal(0), 1),
        Band(Decimal("50000.50"), Decimal("0.1"), 3),
    )
    assert loaded.standards == (
        Standard("living_wage", "Real Living Wage", ("In progress", "Accredited")),
    )
    assert framework_text(database) == FILE


def test_what_is_written_as_a_file_is_read_as_the_same() -> None:
    odd = 'A \\"quoted\\" word, a \\\\ and £'
    for text in (FILE, FILE + PLEDGE, FILE.replace("New jobs", odd), SAMPLE.read_text("utf-8")):
        loaded = read_framework(text.encode())
        assert read_framework(toml_of(loaded).encode()) == loaded


def test_an_earlier_framework_holds_as_at_its_time_also_for_a_cursor(database: Database) -> None:
    later = FILE.replace("New jobs", "Jobs")
    load_framework(database, FILE.encode(), by="one", now=datetime(2026, 1, 1))
    load_framework(database, later.encode(), by="another", now=datetime(2026, 3, 1))
    with database.cursor() as cursor:
        for source in (database, cursor):
            assert framework(source, datetime(2025, 12, 1)) is None
            then, now = framework(source, datetime(2026, 2, 1)), framework(source)
            assert then is not None
            assert now is not None
            assert (then.measure_codes["jobs"], now.measure_codes["jobs"]) == ("New jobs", "Jobs")
    assert [(one.recorded_by, one.content) for one in framework_history(database)] == [
        ("another", later),
        ("one", FILE),
    ]
    assert list(trail(database)["did"]) == ["loaded the framework"] * 2


@pytest.mark.parametrize(
    ("value", "most"), [("0", 1), ("50000.49", 1), ("50000.50", 3), ("9000000", 3)]
)
def test_a_contract_is_in_the_band_that_begins_at_or_below_its_value(value: str, most: int) -> None:
    loaded = read_framework(FILE.encode())
    band = loaded.band_for(Decimal(value))
    assert band is not None
    assert band.most_measures == most
    assert replace(loaded, bands=loaded.bands[1:]).band_for(Decimal(50_000)) is None


def test_everything_that_is_wrong_is_said_at_once(database: Database) -> None:
    wrong = FILE.replace('unit = "people"', 'unit = "persons"').replace("workers_uplifted", "pay")
    wrong = wrong.replace("weighting = 0.1", 'weighting = "10%"')
    with pytest.raises(LoadError) as told:
        load_framework(database, wrong.encode(), by="coordinator", indicators=CATALOGUE)
    assert told.value.sentences == (
        "Measure jobs: unit should be one of people, hours, weeks, gbp, homes, m2, tonnes, yes.",
        "Band 2: weighting should be a number without quotation marks, commas or £.",
        "Outcome good_work: 'pay' is not an indicator. The page Definitions has their names.",
    )
    assert framework(database) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[outcomes", "The file isn't well-formed TOML: "),
        ("[" * 100_000, "The file isn't well-formed TOML: "),
        ("", "The file has no outcomes. Write each one under [[outcomes]]."),
        (OUTCOME, "The file has no measures. Write each one under [[measures]]."),
        (
            FILE.replace("most_measures = 3", 'most_measures = 3\nstandards = ["queen"]'),
            "Band 2: there is no standard queen. There are: living_wage.",
        ),
        (FILE + "[[goals]]", "There is no part 'goals'. The parts are outcomes, measures, bands, "),
        (OUTCOME + MEASURE + "[bands]\nx = 1", "Write each entry of bands under [[bands]]."),
        (FILE + OUTCOME, "2 outcomes have the id good_work. Give each one of its own."),
        (FILE + MEASURE, "2 measures have the id jobs. Give each one of its own."),
        (FILE + MEASURE, "2 measures have the title New jobs. Give each one of its own."),
        (FILE.replace('id = "jobs"', 'id = "New jobs"'), "Measure New jobs: id should be small "),
        (FILE.replace('id = "jobs"', ""), "Measure 1: id is missing."),
        (FILE.replace("evidence", "proof"), "Measure jobs: proof is not one of id, title, unit, "),
        (FILE.replace("evidence", "proof"), "Measure jobs: evidence is missing."),
        (FILE.replace('"The payroll."', '" "'), "Measure jobs: evidence should be some text in "),
        (MEASURE + OUTCOME.replace("good_work", "work"), "Measure jobs: there is no outcome good_"),
        (FILE.replace('payroll."', 'payroll."\nbrokered = 1'), "Measure jobs: brokered should be "),
        (FILE.replace("supplier = ", "buyer = "), "Outcome good_work: sentences are for supplier,"),
        (FILE.replace('supplier = "Pay it."\n', ""), "Outcome good_work: sentences should have "),
        (FILE + PLEDGE.replace('"jobs"', '"posts"'), "Pledge hire: there is no measure posts"),
        (FILE + PLEDGE + PLEDGE, "2 pledges have the id hire. Give each one of its own."),
        (FILE.replace("= 50_000.50", "= 0"), "Band 2: from_gbp should be more than 0, where the "),
        (FILE.replace("= 50_000.50", "= -1"), "Band 2: from_gbp should be 0 or more."),
        (FILE.replace("= 50_000.50", "= nan"), "Band 2: from_gbp should be 0 or more."),
        (FILE.replace("= 0.1", "= 10"), "Band 2: weighting should be a share: write 0.1 for 10%."),
        (FILE.replace("measures = 3", "measures = 0"), "Band 2: a larger contract should not be "),
        (FILE.replace("measures = 3", "measures = 1.5"), "Band 2: most_measures should be a whole"),
        (FILE.replace('"In progress"', '"Accredited"'), "Standard living_wage: steps names Accre"),
        (FILE.replace('["In progress", "Accredited"]', '"All"'), "Standard living_wage: steps sh"),
    ],
)  # fmt: skip
def test_each_fault_is_said_in_words(text: str, sentence: str) -> None:
    assert [one for one in faults(text) if one.startswith(sentence)]


def test_a_file_that_is_no_text_is_said_so() -> None:
    with pytest.raises(LoadError, match="plain text in UTF-8"):
        read_framework(b"\xff\xfe\x00")


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(LoadError, match="larger than 1 MB"):
        read_framework(FILE.encode() + b"#" * 1_000_000)


def test_the_framework_that_ships_can_be_loaded_and_has_every_unit() -> None:
    shipped = read_framework(SAMPLE.read_bytes(), CATALOGUE)
    assert len(shipped.outcomes) == 6
    assert len(shipped.measures) == 18
    assert len({measure.unit for measure in shipped.measures}) == 8
    assert {measure.outcome for measure in shipped.measures} == {one.id for one in shipped.outcomes}
    # "A £60k contract carries nine measures" is too much.
    band = shipped.band_for(Decimal(60_000))
    assert band is not None
    assert band.most_measures < 9


def test_the_step_from_which_a_standard_is_held_is_one_of_its_own() -> None:
    text = b'[[standards]]\nid = "charter"\ntitle = "Charter"\nsteps = ["One", "Two", "Three"]\n'
    with pytest.raises(LoadError, match="Standard charter: it has no step 'Four'"):
        read_framework(text + b'held_from = "Four"\n')
    from_two = SAMPLE.read_bytes() + text + b'held_from = "Two"\n'
    *_, charter = read_framework(from_two).standards
    assert charter.held_steps == ("Two", "Three")
    assert read_framework(toml_of(read_framework(from_two)).encode()).standards[-1] == charter
