"""Hostile files sent the whole way in: each ends in findings, a refusal or a submission.

500 of them here; `ANCHORNET_HOSTILE_FILES=5000` for more.
"""

import os
from collections import Counter
from dataclasses import replace
from datetime import date, datetime

import pytest

from anchornet.facts.build import add_member, open_network
from anchornet.indicators.calculate import calculate
from anchornet.intake.submit import NotAccepted, submit
from anchornet.returns.columns import MappingError
from anchornet.returns.csv_reader import Refused
from anchornet.returns.declaration import RETURNS
from anchornet.settings import load
from anchornet.store.network import NotPossible
from anchornet.store.submissions import original
from tests.returns.hostile import hostile_files

FILES, PARTS = int(os.environ.get("ANCHORNET_HOSTILE_FILES", "500")), 4
SEPTEMBER = date(2026, 9, 1)
RETURN_NAMES = ("spend", "spend", "spend", "living_wage", "local_hires", "retention")


@pytest.mark.parametrize("part", range(PARTS))
def test_a_hostile_file_ends_in_findings_a_refusal_or_a_submission(part, tmp_path):
    settings = replace(load(environment={}), database=tmp_path / "network.duckdb")
    network = open_network(settings, create=True)
    add_member(network, "council", name="Sample Council", kind="council", by="coordinator")
    ends: Counter[str] = Counter()
    receipts = []
    for number, (name, data) in enumerate(hostile_files(FILES // PARTS, seed=part)):
        return_ = RETURNS[RETURN_NAMES[number % len(RETURN_NAMES)]]
        each = return_.period_field is not None and number % 2 == 0
        try:
            sent = submit(
                network,
                return_,
                data,
                name,
                member_id="council",
                by="a@sample.example.org",
                each=each,
                period=None if each else SEPTEMBER,
                accept_warnings="As it is." if number % 3 else None,
                now=datetime(2026, 10, 5),
            )
        except (Refused, MappingError, NotPossible) as refused:
            assert str(refused).strip()
            ends["refused"] += 1
        except NotAccepted as found:
            assert found.errors or found.warnings
            assert len(found.summary["findings"]) == found.errors + found.warnings
            assert all(it["message"] and it["cure"] for it in found.summary["findings"])
            ends["findings"] += 1
        else:
            assert sent
            receipts += [(receipt, data) for receipt in sent if not receipt.already]
            ends["sent"] += 1
    assert sum(ends.values()) == FILES // PARTS
    assert min(ends.values()) > 0, ends
    _nothing_is_half_kept(network, receipts)
    calculate(network, ["spend", "starts", "workers_covered"], [SEPTEMBER])
    network.close()


def _nothing_is_half_kept(network, receipts):
    with network.cursor() as cursor:
        kept = cursor.execute("select submission_id, rows from submissions").fetchall()
        assert sorted(kept) == sorted((r.submission_id, r.rows) for r, _ in receipts)
        numbers = {number for number, _ in kept}
        for return_ in RETURNS.values():
            lines = cursor.execute(
                f"select submission_id, count(*) from {return_.row_table} group by all"
            ).fetchall()
            assert {n for n, _ in lines} <= numbers
            rows = dict(kept)
            assert all(rows[number] == count for number, count in lines)
        added = {n for (n,) in cursor.execute("select submission_id from additions").fetchall()}
        assert added == numbers
    for receipt, data in receipts:
        assert original(network, receipt.receipt)[1] == data
