"""Several servers on one lakehouse: here several databases that are open at once."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, nullcontext
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from time import sleep

import duckdb
import pytest

from anchornet.facts.build import add_member, open_network
from anchornet.intake.submit import submit
from anchornet.returns.declaration import RETURNS
from anchornet.setting_values import LAKEHOUSE, PROJECT
from anchornet.settings import Settings, SettingsError, load
from anchornet.store import audit, backup, lakehouse, opening
from anchornet.store import database as module
from anchornet.store.database import Database, NoDatabase, NotOurs, StoreError, append
from anchornet.store.network import NotPossible
from anchornet.store.schema import tables
from tests import lakehouses

OCTOBER = datetime(2026, 10, 5, 9)
SEPTEMBER = date(2026, 9, 1)
HEADINGS = "supplier_name,supplier_id,supplier_postcode,branch_postcode,amount_gbp,category,paid_on"


@pytest.fixture
def shared(founded: Path, reached: str, tmp_path: Path) -> Settings:
    """A lakehouse with the network of a council, a hospital and a university."""
    settings = lakehouses.one_more(load(environment={}), reached, tmp_path)
    lakehouses.put(founded, settings)
    return settings


@pytest.fixture
def server(shared: Settings) -> Iterator[Callable[[], Database]]:
    """server() -> the network as one more server has it open."""
    with ExitStack() as stack:

        def server() -> Database:
            database = open_network(shared)
            stack.callback(database.close)
            return database

        yield server


def lines(*amounts: str) -> bytes:
    rows = [f"Sample Catering Ltd,,M40 8QA,,{amount},goods,2026-09-14" for amount in amounts]
    return "\n".join([HEADINGS, *rows]).encode()


def send(database: Database, member_id: str, *amounts: str) -> str:
    (receipt,) = submit(
        database,
        RETURNS["spend"],
        lines(*amounts),
        "spend.csv",
        member_id=member_id,
        by="someone@sample.example.org",
        period=SEPTEMBER,
        accept_warnings="The sample is meant to be like this.",
        now=OCTOBER,
    )
    return receipt.receipt


def later() -> None:
    """Once another server asks again what is new."""
    sleep(module.FRESH + 0.05)


def test_what_one_server_keeps_another_reads_with_numbers_of_its_own(
    server: Callable[[], Database],
) -> None:
    one, other = server(), server()
    before = other.version()
    add_member(one, "college", "Sample College", "college", now=OCTOBER)
    later()
    assert other.version() != before, "a kept figure would stay"
    add_member(other, "police", "Sample Police", "police", now=OCTOBER)
    later()
    for database in (one, other):
        rows = database.rows("select member_id from members order by record_number")
        assert [member_id for (member_id,) in rows][-2:] == ["college", "police"]
        ((different, all_of_them),) = database.rows(
            "select count(distinct record_number), count(*) from members"
        )
        assert different == all_of_them


def test_a_sign_in_on_one_server_leaves_what_others_have_worked_out(
    server: Callable[[], Database],
) -> None:
    one, other = server(), server()
    before = other.version()
    audit.note(one, "someone@sample.example.org", "signed in")
    later()
    assert other.rows("select who from audit") == [("someone@sample.example.org",)]
    assert other.version() == before


def test_the_same_file_at_two_servers_at_once_is_one_submission(
    server: Callable[[], Database],
) -> None:
    servers = [server(), server()]
    start, receipts = threading.Barrier(4), []

    def sender(database: Database) -> None:
        start.wait()
        receipts.append(send(database, "council", "100.10", "250"))

    threads = [threading.Thread(target=sender, args=[one]) for one in servers * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert receipts == ["R000001"] * 4
    later()
    for database in servers:
        assert database.rows("select count(*), sum(amount_gbp) from spend_rows") == [
            (2, Decimal("350.10"))
        ]
        assert database.rows("select count(*) from additions") == [(1,)]


def test_a_change_that_began_before_another_ended_is_refused_whole(
    server: Callable[[], Database],
) -> None:
    one, other = server(), server()
    way = other._shared
    assert way
    with other.cursor() as cursor:
        cursor.begin()
        append(cursor, "meta", "late", "1", OCTOBER)
        send(one, "council", "100")  # as if the lock had been lost
        with pytest.raises(duckdb.Error) as refused:
            way.put(cursor)
        cursor.rollback()
    assert lakehouse.CONFLICT.search(str(refused.value))
    later()
    assert other.rows("from meta where name = 'late'") == []
    assert other.rows("select receipt from submissions") == [("R000001",)]
    assert send(other, "hospital", "5") == "R000002"


def test_a_return_whose_place_another_took_is_kept_all_the_same(
    server: Callable[[], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = server(), server()
    way, take_over, taken = other._shared, other._take_over, []
    assert way
    monkeypatch.setattr(way, "one_writer", nullcontext)  # as if the lock had been lost

    def taken_over(shared: lakehouse.Lakehouse) -> None:
        take_over(shared)
        if not taken:
            taken.append(send(one, "council", "100"))

    monkeypatch.setattr(other, "_take_over", taken_over)
    assert send(other, "hospital", "5") == "R000002"
    later()
    for database in (one, other):
        assert database.rows("select receipt, member_id from submissions order by 1") == [
            ("R000001", "council"),
            ("R000002", "hospital"),
        ]
        assert database.rows("select sum(amount_gbp) from spend_rows") == [(Decimal(105),)]


def test_nothing_of_a_change_that_fails_is_on_any_server(server: Callable[[], Database]) -> None:
    one, other = server(), server()

    def fails() -> None:
        with one.writing() as cursor:
            append(cursor, "meta", "half", "1", OCTOBER)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    later()
    for database in (one, other):
        assert database.rows("from meta where name = 'half'") == []


def test_what_is_deleted_on_one_server_is_gone_on_all(server: Callable[[], Database]) -> None:
    one, other = server(), server()
    audit.note(one, "old@sample.example.org", "signed in", now=datetime(2020, 1, 1))
    audit.note(one, "new@sample.example.org", "signed in", now=OCTOBER)
    later()
    assert other.rows("select count(*) from audit") == [(2,)]
    assert audit.forget(one, now=OCTOBER) == 1
    later()
    assert other.rows("select who from audit") == [("new@sample.example.org",)]


def test_what_small_changes_leave_becomes_few_files_and_every_server_reads_the_same(
    server: Callable[[], Database], shared: Settings
) -> None:
    one, other, late = server(), server(), server()  # `late` asks only once all is done
    lines_of_one = [str(amount) for amount in range(100, 112)]  # more than the catalogue takes
    for member_id in ("council", "hospital", "university"):
        send(one, member_id, *lines_of_one)
    later()
    before, version = lakehouses.content(other), other.version()
    one.tidy()
    later()
    assert lakehouses.content(other) == lakehouses.content(one) == before
    assert other.version() == version, "figures that are kept stay"
    assert lakehouses.content(server()) == lakehouses.content(late) == before
    assert send(other, "council", "1") == "R000004"
    later()
    assert one.rows("select count(*) from submissions") == [(4,)]
    with closing(opening.reach(shared)) as way, way._reading() as (lake, _):
        ((files,),) = lake.execute(
            "select file_count from ducklake_table_info('lake') where table_name = 'spend_rows'"
        ).fetchall()
    assert files == 1  # three of twelve lines in one; a single line stands in the catalogue


def test_a_network_moves_to_a_lakehouse_and_back_as_it_is(
    founded: Path, reached: str, tmp_path: Path
) -> None:
    file = replace(load(environment={}), database=tmp_path / "network.duckdb")
    shutil.copy(founded, file.database)
    database = open_network(file)
    send(database, "council", "100.10", "250")
    send(database, "hospital", "7")
    database.close()
    there = lakehouses.one_more(file, reached, tmp_path)
    back = replace(file, database=tmp_path / "back.duckdb")
    backup.move(file, there)
    backup.move(there, back)
    contents, answers = [], []
    for settings in (file, there, back):
        database = open_network(settings)
        contents.append(lakehouses.content(database))
        answers.append(database.rows("select receipt, totals from submissions order by receipt"))
        database.close()
    assert contents[0] == contents[1] == contents[2]
    assert answers[0] == answers[1] == answers[2]
    assert [receipt for receipt, _ in answers[0]] == ["R000001", "R000002"]
    with pytest.raises(NotPossible, match="already; it was left as it is"):
        backup.move(file, there)


def test_a_backup_of_a_lakehouse_is_a_file_and_goes_back(
    server: Callable[[], Database], shared: Settings, tmp_path: Path
) -> None:
    one = server()
    send(one, "council", "100")
    copy, _ = backup.backup(shared, tmp_path / "backup.duckdb")
    send(one, "hospital", "7")
    aside, _ = backup.restore(shared, copy)
    later()
    assert one.rows("select receipt from submissions") == [("R000001",)]
    assert send(one, "university", "8") == "R000002"
    opened = open_network(replace(shared, database=aside, catalogue=""))
    assert opened.rows("select max(receipt) from submissions") == [("R000002",)]
    opened.close()


def test_a_lakehouse_that_is_not_there_is_said_in_a_sentence(
    reached: str, shared: Settings, tmp_path: Path
) -> None:
    nowhere = lakehouses.one_more(shared, reached, tmp_path)
    with pytest.raises(NoDatabase, match="Make one with `python -m anchornet init`"):
        open_network(nowhere)
    port = re.sub(r"port=\d+", "port=1", shared.location)
    with pytest.raises(NotOurs, match="Is PostgreSQL running"):
        open_network(replace(shared, catalogue=port.removeprefix(LAKEHOUSE)))


def test_while_postgresql_is_down_all_that_is_known_is_read_and_afterwards_it_goes_on(
    founded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN", 1.0)
    with lakehouses.running() as catalogue:
        settings = lakehouses.one_more(load(environment={}), catalogue.reached, tmp_path)
        lakehouses.put(founded, settings)
        with closing(open_network(settings)) as one, closing(open_network(settings)) as other:
            first = send(one, "council", "100.00")
            later()
            assert receipts(other) == [first]
            catalogue.stop()
            later()
            assert receipts(other) == [first]
            with pytest.raises(StoreError, match="can't be reached"):
                send(one, "hospital", "200.00")
            assert receipts(one) == [first]
            catalogue.start()
            second = send(one, "hospital", "200.00")
            sleep(module.AGAIN + module.FRESH)
            assert receipts(other) == [first, second]
            third = send(other, "university", "300.00")
            later()
            assert receipts(one) == receipts(other) == [first, second, third]


def receipts(database: Database) -> list[str]:
    return [name for (name,) in database.rows("select receipt from submissions order by 1")]


def test_files_of_a_server_that_died_are_the_next_ones(
    server: Callable[[], Database], shared: Settings
) -> None:
    left = shared.database.with_name(f"{shared.database.name}.server-1")
    left.mkdir()
    (left / "network.duckdb").write_text("of a server that was killed")
    assert server().path.parent == left
    assert server().path.parent.name.endswith("server-2")


@pytest.mark.parametrize(
    "location",
    [
        "ducklake:postgres:host=db.example.org",
        "ducklake:postgres:dbname=network password=secret",
        "ducklake:postgres:dbname=network user='a b'",
        "ducklake:mysql:dbname=network",
    ],
)
def test_a_lakehouse_is_named_without_a_password(location: str) -> None:
    with pytest.raises(SettingsError, match="should be a file, or a lakehouse such as") as refused:
        load(environment={"ANCHORNET_DATABASE": location})
    assert "secret" not in str(refused.value)


def test_whoever_changes_what_is_kept_says_of_which_tables() -> None:
    """A lakehouse gets what is added by itself; a table of which rows are changed it gets whole."""
    kept = "|".join(tables())
    changes = re.compile(rf"(?:delete\s+from|\bupdate)\s+(?:{kept})\b", re.IGNORECASE)
    modules = {
        file
        for file in (PROJECT / "anchornet").rglob("*.py")
        if changes.search(file.read_text(encoding="utf-8"))
    }
    assert {file.name for file in modules} >= {"audit.py", "housekeeping.py", "stories.py"}
    silent = [
        str(file.relative_to(PROJECT))
        for file in modules
        if "replaces=" not in file.read_text(encoding="utf-8") and file.name != "lakehouse.py"
    ]
    assert silent == []
