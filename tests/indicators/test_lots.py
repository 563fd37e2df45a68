"""Agreements in lots, worked out by hand."""

from datetime import date

import pandas as pd

from anchornet.facts import build
from anchornet.indicators.figures import OWN
from anchornet.indicators.lots import lots
from anchornet.indicators.promises import promises
from anchornet.narrative.promises import in_lots
from anchornet.places.standards import load_standards
from anchornet.store.framework import SAMPLE, load_framework

SEPTEMBER = date(2026, 9, 1)
HEADINGS = (
    "source,agreement_ref,agreement_title,starts_on,ends_on,lot,organisation_name,measure,promised,"
    "agreement_value_gbp"
)


def test_the_holders_of_lots_count_once_by_where_they_are_and_by_what_they_were_asked(
    network, send
):
    plan = SAMPLE.read_bytes().replace(
        b'most_measures = 2\nstandards = []', b"most_measures = 2"
    ).replace(
        b'from_gbp = 1_000_000\nweighting = 0.20\nmost_measures = 9\n'
        b'standards = ["living_wage", "good_employment_charter"]',
        b'from_gbp = 1_000_000\nweighting = 0.20\nmost_measures = 9\n'
        b'standards = ["ethical_care_charter", "good_employment_charter"]',
    )  # fmt: skip
    load_framework(network, plan, by="x")
    build.load_organisations(
        network, b"name,postcode\nSample Care Ltd,M40 8QA\nFar Care Ltd,BR2 0XT\n", by="x"
    )
    held = (
        b"organisation,standard,held_from,step\n"
        b"Far Care Limited,ethical_care_charter,2026-01-01,\n"
        b"Far Care Limited,good_employment_charter,2026-01-01,Member\n"
        b"Sample Care Limited,ethical_care_charter,2026-01-01,\n"
        b"Sample Care Limited,good_employment_charter,2026-01-01,Supporter\n"
    )
    load_standards(network, held, by="x")
    lasting = "2026-01-01,2028-12-31"
    send(
        "commitments",
        "council",
        f"""
        contract,C-1,Home care,{lasting},North,Sample Care Ltd,local_jobs,4,2000000
        contract,C-1,Home care,{lasting},South,Sample Care Limited,local_jobs,4,2000000
        contract,C-1,Home care,{lasting},East,Far Care Ltd,local_jobs,4,2000000
        contract,C-1,Home care,{lasting},West,Unknown Care Ltd,local_jobs,4,
        contract,C-2,Cleaning,{lasting},,Sample Care Ltd,local_jobs,4,2000000
        contract,C-3,Gardens,{lasting},1,Far Care Ltd,local_jobs,4,50000
        contract,C-3,Gardens,{lasting},2,Sample Care Ltd,local_jobs,4,100
        """,
        HEADINGS,
    )
    frame = promises(network, [SEPTEMBER], OWN, members=["council"])
    # A supporter of the charter isn't a member of it; of £50,000 the framework doesn't say, and of
    # £100 it asks for nothing.
    assert lots(network, frame).to_dict("records") == [
        {
            "agreement": "Home care", "lots": 4, "holders": 3, "local": 1, "unplaced": 1,
            "asked": 2, "meeting": 1, "not_known": 1,
        },
        {
            "agreement": "Gardens", "lots": 2, "holders": 2, "local": 1, "unplaced": 0,
            "asked": 0, "meeting": 0, "not_known": 1,
        },
    ]  # fmt: skip
    assert in_lots(lots(network, frame)) == (
        "Two agreements have lots: six lots with five holders, two of them local. Standards were "
        "asked of two holders: one holds them all. Of two holders it is not known which standards "
        "were asked. Of one holder no address is known."
    )


def test_two_names_of_one_holder_are_one(network, send):
    load_framework(network, SAMPLE.read_bytes(), by="x")
    build.load_organisations(
        network, b"name,postcode\nSample Care Ltd,M40 8QA\nOld Care Ltd,\n", by="x"
    )
    build.merge_organisations(network, "Old Care Ltd", "Sample Care Ltd", by="x")
    load_standards(
        network,
        b"organisation,standard,held_from\nOld Care Ltd,living_wage,2026-01-01\n",
        by="x",
    )
    send(
        "commitments",
        "council",
        """
        contract,C-1,Care,2026-01-01,2028-12-31,North,Sample Care Ltd,local_jobs,4,200000
        contract,C-1,Care,2026-01-01,2028-12-31,South,Old Care Ltd,local_jobs,4,200000
        """,
        HEADINGS,
    )
    (row,) = lots(network, promises(network, [SEPTEMBER], OWN)).to_dict("records")
    assert (row["holders"], row["asked"], row["meeting"]) == (1, 1, 1)


def test_without_lots_there_is_nothing_to_say(network):
    empty = pd.DataFrame(columns=["lot", "organisation", "agreement_ref", "period"])
    assert lots(network, empty).empty
