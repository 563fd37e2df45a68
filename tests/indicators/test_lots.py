"""Agreements in lots, worked out by hand."""

from datetime import date

import pandas as pd

from anchornet.facts import build
from anchornet.indicators.figures import OWN
from anchornet.indicators.lots import lots
from anchornet.indicators.promises import promises
from anchornet.places.standards import load_standards
from anchornet.store.framework import SAMPLE, load_framework

SEPTEMBER = date(2026, 9, 1)
HEADINGS = (
    "source,agreement_ref,agreement_title,starts_on,ends_on,lot,organisation_name,measure,promised"
)


def test_the_holders_of_lots_count_once_and_by_where_they_are(network, send):
    load_framework(network, SAMPLE.read_bytes(), by="x")
    build.load_organisations(
        network, b"name,postcode\nSample Care Ltd,M40 8QA\nFar Care Ltd,BR2 0XT\n", by="x"
    )
    held = b"organisation,standard,held_from\nFar Care Limited,ethical_care_charter,2026-01-01\n"
    load_standards(network, held, by="x")
    send(
        "commitments",
        "council",
        """
        contract,C-1,Home care,2026-01-01,2028-12-31,North,Sample Care Ltd,local_jobs,4
        contract,C-1,Home care,2026-01-01,2028-12-31,South,Sample Care Limited,local_jobs,4
        contract,C-1,Home care,2026-01-01,2028-12-31,East,Far Care Ltd,local_jobs,4
        contract,C-1,Home care,2026-01-01,2028-12-31,West,Unknown Care Ltd,local_jobs,4
        contract,C-2,Cleaning,2026-01-01,2028-12-31,,Sample Care Ltd,local_jobs,4
        """,
        HEADINGS,
    )
    frame = promises(network, [SEPTEMBER], OWN, members=["council"])
    assert lots(network, frame).to_dict("records") == [
        {
            "agreement": "Home care", "lots": 4, "holders": 3, "local": 1, "unplaced": 1,
            "with_standard": 1,
        }
    ]  # fmt: skip


def test_without_lots_there_is_nothing_to_say(network):
    empty = pd.DataFrame(columns=["lot", "organisation", "agreement_ref", "period"])
    assert lots(network, empty).empty
