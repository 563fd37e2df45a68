"""What was approved stays what it was, whatever is corrected, withdrawn or set afterwards."""

import io
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

import pandas as pd
import pytest

from anchornet.exports import approved_figures, picture_export, site
from anchornet.facts import build
from anchornet.facts.build import open_network
from anchornet.intake.submit import submit
from anchornet.returns.declaration import RETURNS
from anchornet.settings import Settings
from anchornet.store import publications
from anchornet.store.database import Database
from anchornet.store.publications import ChartRequest
from anchornet.store.submissions import history, withdraw
from tests import keys

SEPTEMBER, LONG_AGO = date(2026, 9, 1), datetime(2020, 1, 1)
SENT, APPROVED, LATER = datetime(2026, 10, 5), datetime(2026, 10, 20), datetime(2026, 11, 2)
BY = "comms@example.org"
MEMBERS = [f"{kind}{number}" for kind in ("council", "nhs") for number in range(3)]
HIRES = "home_area,pathway,starts\nE05011366,standard,{}\nE05011366,apprenticeship,1\n"
SPEND = "supplier_name,supplier_postcode,paid_on,amount_gbp\nA Ltd,M2 5DB,2026-09-02,{}\n"
CHARTS = (
    ("starts", "bars", "pathway", "month", None),
    ("local_start_share", "target", None, "month", None),
    ("spend", "map", "ward", "month", None),
    ("spend", "rings", "ring", "month", None),
    ("spend", "course", None, "month", "nhs"),
)


def send(database: Database, name: str, member_id: str, text: str, now: datetime) -> None:
    submit(
        database, RETURNS[name], text.encode(), f"{name}.csv", member_id=member_id, by=BY,
        period=SEPTEMBER, accept_warnings="It is a test.", now=now,
    )  # fmt: skip


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """Three councils and three trusts, of which five charts are approved."""
    database = open_network(settings, create=True)
    keys.known(database)
    for member in MEMBERS:
        build.add_member(database, member, member, member[:-1], now=LONG_AGO)
        send(database, "local_hires", member, HIRES.format(43), SENT)
        send(database, "spend", member, SPEND.format(1000), SENT)
    for indicator, chart, by, window, kind in CHARTS:
        asked = ChartRequest(indicator, chart, by, SEPTEMBER, window, APPROVED, kind)
        reference = publications.keep(database, asked, BY, APPROVED)
        approved_figures.approve(database, reference, BY, now=APPROVED)
    yield database
    database.close()


def references(database: Database) -> list[str]:
    return [reference for reference, _ in publications.public(database, LATER)]


def published(database: Database) -> tuple[dict[str, bytes], dict[str, bool]]:
    """All that leaves of the figures by themselves, pictures and numbers, by the file's name; and
    of which is said that it was revised since."""
    files = site.build(database, LATER)
    numbers = pd.read_csv(io.BytesIO(files["data/figures.csv"]))
    revised: dict[str, bool] = numbers.groupby("reference")["revised_since"].first().to_dict()
    for reference, is_revised in revised.items():
        assert (b"Revised since." in files[f"figures/{reference}.html"]) == is_revised
    left = {
        name: data
        for name, data in files.items()
        if name.startswith("figures/") and not name.endswith(".html")
    }
    assert len(left) == 4 * len(CHARTS)
    figure = approved_figures.figure_of(database, references(database)[0])
    left["square.pdf"] = approved_figures.picture(database, figure, "square", "pdf")
    left["open data"] = numbers.drop(columns="revised_since").to_csv().encode()
    return left, revised


def test_an_approved_figure_is_the_same_to_the_byte_whatever_comes(
    database: Database, settings: Settings
) -> None:
    before, revised = published(database)
    assert list(revised.values()) == [False] * len(CHARTS)

    # The network decides otherwise: nothing was corrected, and nothing that was approved is hidden.
    database.settings = replace(
        settings, fewest_members_for_people=100, round_to=10, suppress_below=20, percent_base=500,
        colour="#00662f", network_name="Another name", spare_disk_mb=1,
    )  # fmt: skip
    assert published(database) == (before, revised)

    # One sends again, one withdraws what it sent, and one has left the network.
    send(database, "local_hires", "council0", HIRES.format(90) + "outside,standard,30\n", LATER)
    send(database, "spend", "council0", SPEND.format(7), LATER)
    receipt = history(database, "nhs1", "spend", SEPTEMBER)["receipt"][0]
    withdraw(database, receipt, by=BY, reason="It was the wrong file.", now=LATER)
    build.add_member(
        database, "nhs2", "nhs2", "nhs", ends_on=date(2026, 8, 31), successor_id="nhs0", now=LATER
    )
    # Not only is the picture kept: drawn again from the numbers that were kept, it is the same.
    with database.writing() as cursor:
        cursor.execute("delete from approved_pictures where form <> 'pdf'")
    assert published(database) == (before, dict.fromkeys(revised, True))
    said = approved_figures.revised(database, references(database)[0], LATER)
    assert said is not None
    assert "too few" not in said.then

    # Withdrawn is withdrawn; approved again, it is what it was.
    reference = references(database)[0]
    drawn = picture_export.csv(approved_figures.figure_of(database, reference))
    publications.decide(database, reference, "withdrawn", BY, now=LATER)
    assert reference not in references(database)
    approved_figures.approve(database, reference, BY, now=LATER)
    assert picture_export.csv(approved_figures.figure_of(database, reference)) == drawn


def test_no_exact_count_of_people_is_kept_with_what_was_approved(database: Database) -> None:
    for reference, asked in publications.public(database, LATER):
        content = publications.content_of(database, reference)
        assert content is not None
        plain = json.loads(zlib.decompress(content))
        text = json.dumps({**plain, "deck": plain["deck"].partition('"coordinates"')[0]})
        figure = approved_figures.figure_of(database, reference)
        if asked.indicator == "starts":
            # 258 started on the standard pathway and six as apprentices: rounded, and hidden.
            assert not {"258", "264", "258.0", "264.0"} & {*re.findall(r"[\d.]+", text)}
            assert (figure.rows["value"].dropna() % 5 == 0).all()
        assert not {"base", "whole", "part", "value_key"} & {*figure.rows.columns}


def test_what_was_approved_before_is_kept_as_it_was_then(database: Database) -> None:
    contents = {one: publications.content_of(database, one) for one in references(database)}
    with database.writing() as cursor:  # as a release before this left it
        cursor.execute("delete from approved_figures")
    send(database, "spend", "council0", SPEND.format(7), LATER)
    approved_figures.keep_earlier(database)
    assert {one: publications.content_of(database, one) for one in contents} == contents
