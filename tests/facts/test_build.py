"""Sums made in the transaction that accepts a return, and made again only where they change."""

import hashlib
from dataclasses import replace
from datetime import datetime

import pytest

from anchornet.facts import build
from anchornet.indicators.calculate import calculate
from anchornet.intake import submit as submit_return
from anchornet.periods import parse_month
from anchornet.returns.declaration import RETURNS

SEPTEMBER = parse_month("2026-09")


def additions(network) -> list[int]:
    """How often each submission was added up."""
    with network.cursor() as cursor:
        found = cursor.execute(
            "select count(*) from additions group by submission_id order by submission_id"
        )
        return [times for (times,) in found.fetchall()]


def figures(network, as_at=None):
    """Everything about spend, to compare."""
    frames = [
        calculate(network, ["spend", "local_spend_share"], [SEPTEMBER], as_at=as_at, by=by)
        for by in ([], ["member"], ["ring"], ["category"], ["supplier"])
    ]
    return [frame.drop(columns=["as_at", "is_due"]).astype(str).values.tolist() for frame in frames]


def test_the_sums_are_those_of_the_lines(network, spend):
    spend("council", "Near Ltd,,M40 8QA,,0.10,A\n" * 7 + "Far Ltd,,BR2 0XT,,-3.35,\n")
    spend("hospital", "Near Ltd,,M40 8QA,,99999999999.99,A")
    with network.cursor() as cursor:
        for table in ("spend_facts", "spend_category_facts", "spend_supplier_facts"):
            found = cursor.execute(
                f"select submission_id, sum(lines), sum(amount) from {table} "
                "join additions using (addition_id) group by all order by all"
            ).fetchall()
            assert [(number, lines, str(amount)) for number, lines, amount in found] == [
                (1, 8, "-2.65"),
                (2, 1, "99999999999.99"),
            ]


def test_a_return_that_cannot_be_added_up_is_not_kept(network, monkeypatch):
    monkeypatch.setitem(build.SCRIPTS, "spend", "select * from no_such_table")
    with pytest.raises(Exception, match="no_such_table"):
        submit_return.submit(
            network,
            RETURNS["spend"],
            b"supplier_name,paid_on,amount_gbp\nNear Ltd,2026-09-14,5\n",
            "spend.csv",
            member_id="council",
            by="x",
            period=SEPTEMBER,
        )
    with network.cursor() as cursor:
        for table in ("submissions", "spend_rows", "additions", "originals"):
            assert cursor.execute(f"select count(*) from {table}").fetchone() == (0,), table


def test_a_file_of_several_months_is_added_up_month_by_month(network):
    submit_return.submit(
        network,
        RETURNS["spend"],
        b"supplier_name,paid_on,amount_gbp\nA Ltd,2026-08-14,5\nA Ltd,2026-09-14,7\n",
        "spend.csv",
        member_id="council",
        by="x",
        each=True,
    )
    frame = calculate(network, ["spend"], [parse_month("2026-08"), SEPTEMBER])
    assert [*frame["value"]] == [5, 7]


def test_a_directory_adds_up_again_only_what_it_changes(network, spend):
    spend("council", "Near Ltd,,,,100,A\nFar Ltd,,BR2 0XT,,50,A")
    spend("hospital", "Other Ltd,,,,10,A")
    spend("university", "Near Ltd,,M40 8QA,,1,A")  # says itself where that is
    directory = b"name,postcode\nNear Ltd,M40 8QA\n"
    build.load_organisations(network, directory, by="x", now=datetime(2026, 10, 9))
    assert additions(network) == [2, 1, 1]
    build.load_organisations(network, directory, by="x", now=datetime(2026, 10, 10))
    build.add_up_again(network)
    assert additions(network) == [2, 1, 1]
    frame = calculate(network, ["local_spend_share"], [SEPTEMBER])
    assert (frame["value"][0], frame["base"][0]) == (pytest.approx(101 / 151), 151)


def test_a_supplier_is_found_again_by_its_org_id(network, spend):
    spend("council", "As They Say Ltd,GB-COH-7,,,100,A")
    build.load_organisations(
        network,
        b"name,org_id,postcode\nOther Name,GB-COH-7,M40 8QA\n",
        by="x",
        now=datetime(2026, 10, 9),
    )
    assert additions(network) == [2]
    assert calculate(network, ["local_spend_share"], [SEPTEMBER])["value"][0] == 1


def test_nothing_added_up_before_is_changed(network, spend):
    spend("council", "Near Ltd,,,,100,A", now=datetime(2026, 10, 1))
    before = figures(network, as_at=datetime(2026, 10, 8))
    build.load_organisations(
        network,
        b"name,postcode,excluded\nNear Ltd,M40 8QA,tax\n",
        by="x",
        now=datetime(2026, 10, 9),
    )
    assert figures(network) != before
    assert figures(network, as_at=datetime(2026, 10, 8)) == before


def test_a_new_member_takes_payments_to_it_out_of_the_networks_total(network, spend):
    spend("council", "Sample college,GB-UKPRN-1,,,300,A\nNear Ltd,,,,100,A")
    spend("hospital", "Near Ltd,,,,10,A")
    assert calculate(network, ["spend"], [SEPTEMBER])["value"][0] == 410
    build.add_member(network, "college", "Sample college", "college", org_id="GB-UKPRN-1")
    assert calculate(network, ["spend"], [SEPTEMBER])["value"][0] == 110
    assert additions(network) == [2, 1]


def test_a_release_that_adds_up_otherwise_adds_up_anew(network, spend, settings):
    spend("council", "Near Ltd,,,,100,A\nFar Ltd,,BR2 0XT,,50,B", now=datetime(2026, 10, 1))
    build.load_organisations(
        network, b"name,postcode\nNear Ltd,M40 8QA\n", by="x", now=datetime(2026, 10, 9)
    )
    moments = (None, datetime(2026, 10, 8))
    before = [figures(network, moment) for moment in moments]
    with network.writing() as cursor:
        cursor.execute("insert into meta values ('facts', 'of an earlier release', now())")
        for table in build.TABLES["spend"]:
            cursor.execute(f"create or replace table {table} (addition_id integer)")
    network.close()
    opened = build.open_network(settings)
    assert [figures(opened, moment) for moment in moments] == before
    assert additions(opened) == [2]
    opened.close()


# Record keys


HIRES = "home_area,pathway,age_band,starts,applications"
COHORTS = "cohort_month,pathway,home_area_group,starters,in_post"
EMPLOYERS = "employer_name,employer_id,relationship,status,workers_covered"


def keys(network, table, *columns):
    """What a row is -> its record key, of every row of facts."""
    with network.cursor() as cursor:
        rows = cursor.execute(
            f"select {', '.join(columns)}, record_key from {table} "
            "join additions using (addition_id) join submissions using (submission_id)"
        ).fetchall()
    return {row[:-1]: row[-1] for row in rows}


def test_a_row_that_stays_in_a_correction_keeps_its_key(network, send):
    send("local_hires", "council", "outside,standard,under_25,5,9\nE05011366,standard,,7,8", HIRES)
    columns = ("home_area", "age_band")
    before = keys(network, "local_hires_facts", *columns)
    rows = "E05011366,standard,,7,8\noutside,standard,under_25,6,9\nE05011366,standard,50_plus,1,1"
    send("local_hires", "council", rows, HIRES, now=datetime(2026, 10, 6))
    after = keys(network, "local_hires_facts", *columns)
    assert len(after) == 3
    assert {name: after[name] for name in before} == before
    assert all(0 <= key < 256 for key in after.values())


def test_keys_hang_on_the_member_the_month_and_each_group(network, send):
    rows = "\n".join(
        f"{home},{pathway},{age},5,9"
        for home in ("E05011366", "E01033678", "outside", "not_known")
        for pathway in ("standard", "apprenticeship", "redeployment", "pre_employment")
        for age in ("under_25", "25_49", "50_plus", "not_known")
    )
    for member in ("council", "hospital"):
        for period in ("2026-08", "2026-09"):
            send("local_hires", member, rows, HIRES, period=period)
    columns = ("submissions.member_id", "period", "home_area", "pathway", "age_band")
    found = list(keys(network, "local_hires_facts", *columns).values())
    assert len(found) == 256
    # 256 draws of 256 numbers give 162 of them, give or take 20, and none too often.
    assert 142 < len(set(found)) < 182
    assert max(found.count(key) for key in set(found)) < 9


def test_people_that_are_the_same_month_after_month_have_one_key(network, send):
    for period in ("2026-08", "2026-09"):
        send("retention", "council", "2026-03,standard,local,40,30", COHORTS, period=period)
        employer = "A Ltd,GB-COH-1,supplier,accredited,40\nB Ltd,,supplier,accredited,9"
        send("living_wage", "council", employer, EMPLOYERS, period=period)
    assert len(set(keys(network, "retention_facts", "period").values())) == 1
    assert len(keys(network, "retention_facts", "period")) == 2
    employers = keys(network, "living_wage_facts", "name_key", "period")
    assert len(employers) == 4
    assert len({(name, key) for (name, _), key in employers.items()}) == 2


def test_another_installation_has_other_keys(settings, tmp_path):
    found = []
    for name in ("one", "other"):
        at = replace(settings, database=tmp_path / f"{name}.duckdb")
        opened = build.open_network(at, create=True)
        with opened.cursor() as cursor:
            found.append(cursor.execute("select record_key(['a']), secret from record_key_secret"))
            found[-1] = found[-1].fetchall()
        opened.close()
        opened = build.open_network(at)
        with opened.cursor() as cursor:
            again = cursor.execute("select record_key(['a']), secret from record_key_secret")
            assert again.fetchall() == found[-1]
        opened.close()
    ((_, one),), ((_, other),) = found
    assert one != other
    assert len(one) == 64


def test_a_key_is_the_same_whatever_works_it_out(network):
    """The first byte of the SHA-256 of the secret and what the row is, as JSON."""
    what = '["local_hires","council",null,"a \\"b\\""]'
    with network.cursor() as cursor:
        (found,) = cursor.execute(
            "select record_key(['local_hires', 'council', null, 'a \"b\"'])"
        ).fetchone()
    assert found == hashlib.sha256(f"of the tests{what}".encode()).digest()[0]


def test_a_database_of_an_earlier_release_gets_its_keys_when_it_is_opened(network, send, settings):
    send("local_hires", "council", "outside,standard,under_25,5,9", HIRES)
    with network.writing() as cursor:
        cursor.execute(
            """
            delete from migrations where number = 9;
            drop table record_key_secret;
            alter table local_hires_facts drop column record_key;
            create table local_hires_facts_worlds as from local_hires_facts;
            insert into meta values ('facts', 'of an earlier release', now());
            """
        )
    network.close()
    opened = build.open_network(settings)
    assert len(keys(opened, "local_hires_facts", "home_area")) == 1
    with opened.cursor() as cursor:
        listed = cursor.execute("select table_name from duckdb_tables()").fetchall()
        ((secret,),) = cursor.execute("from record_key_secret").fetchall()
    assert ("local_hires_facts_worlds",) not in listed
    assert len(secret) == 64
    opened.close()
