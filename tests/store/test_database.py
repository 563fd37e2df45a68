import os
import random
import re
import resource
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from anchornet.returns.declaration import RETURNS
from anchornet.settings import NETWORK_SETTINGS, Settings
from anchornet.store import audit, opening, schema
from anchornet.store import database as module
from anchornet.store.database import (
    Damaged,
    Database,
    DatabaseClosed,
    DatabaseInUse,
    DiskFull,
    NoDatabase,
    NotOurs,
    StoreError,
    append,
    utc_now,
)
from anchornet.store.opening import open_database, scratch
from anchornet.store.schema import migrations
from anchornet.store.submissions import NewSubmission, append_submissions, damage

pytestmark = pytest.mark.of_a_file

PROJECT = Path(__file__).parent.parent.parent


def tables(database: Database) -> set[str]:
    with database.cursor() as cursor:
        return {name for (name,) in cursor.execute("show tables").fetchall()}


def run(code: str, *arguments: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )


def test_a_new_database_has_every_table_and_one_of_rows_for_each_return(
    database: Database,
) -> None:
    assert tables(database) >= {
        "meta", "members", "periods", "mappings", "organisations", "targets", "submissions",
        "withdrawals", "originals", "findings", "additions", "migrations",
        "meetings", "actions", "area_facts",
        "living_wage_rows", "local_hires_rows", "retention_rows", "spend_rows",
    }  # fmt: skip


def test_whoever_recorded_something_is_in_the_trail(database: Database) -> None:
    with database.cursor() as cursor:
        found = cursor.execute(
            "select table_name from duckdb_columns() where database_name = current_catalog() "
            "and column_name in ('recorded_by', 'submitted_by', 'withdrawn_by', 'who')"
        ).fetchall()
    trail = (schema.HERE / "macros.sql").read_text().split("macro audit_trail()")[1]
    # A new password stands in the table audit already; a picture is of a story that is there.
    elsewhere = {"passwords", "pictures"}
    kept = {name for (name,) in found if not name.startswith("current_")} - elsewhere
    assert kept >= {"audit", "submissions", "withdrawals", "leave", "figures", "grants"}
    assert {name for name in kept if not re.search(rf"\bfrom {name}\b", trail)} == set()


def test_each_migration_is_recorded_once(database: Database, settings: Settings) -> None:
    database.close()
    again = open_database(settings)
    with again.cursor() as cursor:
        recorded = cursor.execute("select number, name from migrations").fetchall()
    again.close()
    names = sorted(it.stem for it in (schema.HERE / "migrations").iterdir())
    assert names[:2] == ["001_network", "002_on_behalf"]
    assert recorded == [(int(name[:3]), name) for name in names]


def test_a_migration_that_fails_leaves_nothing_of_itself(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.close()
    for file in schema.HERE.rglob("*.sql"):
        copy = tmp_path / "store" / file.relative_to(schema.HERE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    second = tmp_path / "store" / "migrations" / "900_notes.sql"
    monkeypatch.setattr(schema, "HERE", tmp_path / "store")

    second.write_text("create table notes (text varchar); select * from nowhere;")
    with pytest.raises(duckdb.CatalogException):
        open_database(settings)
    second.write_text("create table notes (text varchar);")
    again = open_database(settings)
    assert "notes" in tables(again)
    again.close()

    second.unlink()
    with pytest.raises(NotOurs, match=r"made by a newer anchornet\. Update anchornet"):
        open_database(settings)


def as_an_earlier_release_left_them(cursor: DuckDBPyConnection) -> None:
    """The tables of rows were made by other declarations than today's."""
    append(cursor, "meta", "macros", "another digest", utc_now())


def test_a_field_that_a_declaration_gained_becomes_an_empty_column(
    database: Database, settings: Settings
) -> None:
    with database.writing() as cursor:
        cursor.execute("alter table spend_rows drop column department")
        as_an_earlier_release_left_them(cursor)
        cursor.execute("insert into spend_rows (submission_id, line) values (1, 2)")
    database.close()
    again = open_database(settings)
    with again.cursor() as cursor:
        assert cursor.execute("select line, department from spend_rows").fetchall() == [(2, None)]
    again.close()


def test_a_field_whose_type_changed_is_refused_by_name(
    database: Database, settings: Settings
) -> None:
    with database.writing() as cursor:
        cursor.execute("alter table spend_rows alter column amount_gbp type varchar")
        as_an_earlier_release_left_them(cursor)
    database.close()
    with pytest.raises(NotOurs, match=r"spend_rows.amount_gbp is kept as varchar and is now decl"):
        open_database(settings)


def test_without_a_file_it_says_how_to_make_one(settings: Settings) -> None:
    with pytest.raises(NoDatabase, match="python -m anchornet init"):
        open_database(settings)
    assert not settings.database.exists()


def test_without_a_folder_it_says_which(settings: Settings, tmp_path: Path) -> None:
    away = replace(settings, database=tmp_path / "nowhere" / "a.duckdb")
    with pytest.raises(NoDatabase, match="There is no folder"):
        open_database(away, create=True)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"supplier,amount\nA,1\n" * 1000])
def test_a_file_that_is_no_database_is_refused(settings: Settings, content: bytes) -> None:
    settings.database.write_bytes(content)
    with pytest.raises(NotOurs, match="is not a database"):
        open_database(settings, create=True)
    assert settings.database.read_bytes() == content


def test_a_folder_is_refused(settings: Settings) -> None:
    settings.database.mkdir()
    with pytest.raises(NotOurs, match="is not a database"):
        open_database(settings)


def test_a_database_of_something_else_is_refused_and_left_alone(settings: Settings) -> None:
    with duckdb.connect(str(settings.database)) as other:
        other.execute("create table holidays (day date)")
    with pytest.raises(NotOurs, match="database of something else"):
        open_database(settings, create=True)
    with duckdb.connect(str(settings.database)) as other:
        assert other.execute("show tables").fetchall() == [("holidays",)]


def test_a_database_with_nothing_in_it_is_not_taken_for_a_network(settings: Settings) -> None:
    duckdb.connect(str(settings.database)).close()
    with pytest.raises(NotOurs, match="is empty"):
        open_database(settings)


def test_a_name_that_is_needed_inside_is_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotOurs, match="Call the file something else"):
        open_database(replace(settings, database=tmp_path / "reference.duckdb"), create=True)


def test_a_damaged_file_is_said_to_be_damaged(database: Database, settings: Settings) -> None:
    database.close()
    content = settings.database.read_bytes()
    settings.database.write_bytes(content[: len(content) // 2])
    with pytest.raises(NotOurs, match="go back to a backup"):
        open_database(settings)


def test_a_file_of_a_newer_duckdb_asks_for_an_update(
    database: Database, settings: Settings
) -> None:
    database.close()
    content = bytearray(settings.database.read_bytes())
    content[12:20] = struct.pack("<Q", 99_999)  # the version field, after checksum and "DUCK"
    content[:8] = struct.pack("<Q", duckdb_checksum(content[8:4096]))
    settings.database.write_bytes(content)
    with pytest.raises(NotOurs, match=r"newer version of DuckDB\. Update anchornet"):
        open_database(settings)


def duckdb_checksum(block: bytearray) -> int:
    """DuckDB's checksum of a block (src/common/checksum.cpp)."""
    result = 5381
    for (word,) in struct.iter_unpack("<Q", block):
        result ^= word * 0xBF58476D1CE4E5B9 & (2**64 - 1)
    return result


OPEN_AND_WAIT = """
import sys; from dataclasses import replace; from pathlib import Path
from anchornet import settings; from anchornet.store.opening import open_database
database = open_database(replace(settings.load(environment={}), database=Path(sys.argv[1])))
print("open", flush=True); sys.stdin.read()
"""


def test_while_the_app_holds_the_file_it_says_what_to_do(
    database: Database, settings: Settings
) -> None:
    database.close()
    app = subprocess.Popen(
        [sys.executable, "-c", OPEN_AND_WAIT, str(settings.database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert app.stdout is not None
    assert app.stdout.readline() == "open\n"
    with pytest.raises(DatabaseInUse, match=rf"PID {app.pid}\). Stop it first"):
        open_database(settings)
    app.communicate()
    open_database(settings).close()


def test_a_second_opening_in_one_process_is_refused(database: Database, settings: Settings) -> None:
    with pytest.raises(DatabaseInUse, match="already open in this process"):
        open_database(settings)
    with database.cursor() as cursor:  # and the first is none the worse
        assert cursor.execute("select count(*) from members").fetchone() == (0,)


@pytest.mark.parametrize(
    "statement",
    [
        "from read_text('/etc/passwd')",
        "from read_text('{inbox}/../network.duckdb')",
        "copy members to '{inbox}/../members.csv'",
        "attach '{inbox}/../other.duckdb'",
        "install httpfs",
        "load spatial",
        "from glob('/etc/*')",
        "set enable_external_access = true",
        "set memory_limit = '64GB'",
        "set global threads = 64",
        "from 'https://example.org/a.csv'",
    ],
)
def test_the_doors_are_closed(database: Database, statement: str) -> None:
    inbox = f"{database.path}.inbox"
    with database.cursor() as cursor, pytest.raises(duckdb.Error):
        cursor.execute(statement.format(inbox=inbox)).fetchall()


def test_only_the_reference_folder_and_the_inbox_are_open(database: Database) -> None:
    inbox = Path(f"{database.path}.inbox")
    (inbox / "sent.csv").write_text("a\n1\n")
    with database.cursor() as cursor:
        assert cursor.execute(f"from '{inbox}/sent.csv'").fetchall() == [(1,)]
        wards = database.settings.reference / "wards.csv"
        found = cursor.execute("select count(*) from read_csv(?)", [str(wards)]).fetchone()
    assert found == (7943,)


def test_a_python_variable_is_never_read_as_a_table(database: Database) -> None:
    import pandas as pd

    visitors = pd.DataFrame({"a": [1]})
    with database.cursor() as cursor, pytest.raises(duckdb.CatalogException):
        cursor.execute("from visitors")
    assert len(visitors) == 1


def test_times_are_utc_whatever_the_machine_says(database: Database) -> None:
    with database.cursor() as cursor:
        assert cursor.execute("select current_setting('TimeZone')").fetchone() == ("UTC",)


def test_the_reference_catalogue_is_in_memory_and_seen_by_every_cursor(
    database: Database, settings: Settings
) -> None:
    with database.cursor() as cursor:
        cursor.execute("create table reference.wards as select 'E05' as ward_code")
    with database.cursor() as cursor:
        assert cursor.execute("from reference.wards").fetchall() == [("E05",)]
    database.close()
    again = open_database(settings)
    with again.cursor() as cursor, pytest.raises(duckdb.CatalogException):
        cursor.execute("from reference.wards")
    again.close()


def test_a_write_that_raises_keeps_nothing_and_changes_no_version(database: Database) -> None:
    version = database.version()

    def write(then: Callable[[duckdb.DuckDBPyConnection], object]) -> None:
        with database.writing() as cursor:
            cursor.execute("insert into meta values ('a', 'b', null)")
            then(cursor)

    with pytest.raises(ZeroDivisionError):
        write(lambda _: 1 / 0)
    with pytest.raises(duckdb.ConversionException):  # which aborts the transaction by itself
        write(lambda cursor: cursor.execute("select cast('x' as integer)").fetchall())
    with database.cursor() as cursor:
        assert cursor.execute("from meta where name = 'a'").fetchall() == []
    assert database.version() == version


def test_the_version_grows_with_each_write_and_over_a_reopening(
    database: Database, settings: Settings
) -> None:
    versions = [database.version()]
    with database.writing() as cursor:
        cursor.execute("insert into meta values ('a', 'b', null)")
    versions.append(database.version())
    database.close()
    again = open_database(settings)
    versions.append(again.version())
    again.close()
    assert versions == sorted(set(versions))


def test_writing_inside_writing_is_refused_rather_than_waiting_for_ever(
    database: Database,
) -> None:
    with database.writing(), pytest.raises(RuntimeError, match="pass that cursor on"):
        database.writing().__enter__()


def test_eight_threads_read_whole_writes_while_one_writes(database: Database) -> None:
    wrong: list[object] = []
    done = threading.Event()
    reads = [0] * 8

    def read(index: int) -> None:
        while not done.is_set() or not reads[index]:
            with database.cursor() as cursor:
                found = cursor.execute(
                    "select ?, count(*) % 100, count(distinct submission_id) * 100 - count(*) "
                    "from spend_rows",
                    [index],
                ).fetchall()
            reads[index] += 1
            if found != [(index, 0, 0)]:
                wrong.append(found)

    threads = [threading.Thread(target=read, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for number in range(40):
        with database.writing() as cursor:
            for half in (0, 50):  # two statements: half of a submission must never be seen
                cursor.execute(
                    "insert into spend_rows (submission_id, line) select ?, unnest(range(?, ?))",
                    [number, half, half + 50],
                )
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert min(reads) > 0


def test_writers_take_turns(database: Database) -> None:
    def write() -> None:
        for _ in range(10):
            with database.writing() as cursor:
                cursor.execute(
                    "insert into additions (addition_id) "
                    "select coalesce(max(addition_id), 0) + 1 from additions"
                )

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.cursor() as cursor:
        numbers = cursor.execute("select addition_id from additions order by all").fetchall()
    assert numbers == [(number,) for number in range(1, 41)]


# For each line that it is given a process of its own opens the database, says which submissions are
# whole and writes for ever; they begin at once, since all that is imported is there already.
WRITERS = """
import hashlib, os, sys; from dataclasses import replace; from datetime import date
from pathlib import Path; import pyarrow as pa
from anchornet import settings; from anchornet.returns.declaration import RETURNS
from anchornet.store.database import utc_now
from anchornet.store.opening import open_database
from anchornet.store.submissions import NewSubmission, append_submissions, keep_originals

def say(*words):  # whole or not at all
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

SHA256 = hashlib.sha256(b"the bytes").hexdigest()

def write_for_ever():
    database = open_database(replace(settings.load(environment={}), database=Path(sys.argv[1])))
    sent = database.rows("select coalesce(list(submission_id order by all), []) from submissions")
    rows = database.rows(
        "select coalesce(list((n, rows) order by all), []) from "
        "(select submission_id as n, count(*) as rows from spend_rows group by all)"
    )
    whole = rows[0][0] == [(number, 500) for number in sent[0][0]]
    say("holds", max(sent[0][0], default=0) if whole else -1)
    while True:
        with database.writing() as cursor:
            new = NewSubmission("council", RETURNS["spend"], date(2026, 9, 1), "a@example.org",
                utc_now(), sha256=SHA256, rows=500)
            [receipt] = append_submissions(cursor, [new])
            compressed = pa.compress(b"the bytes", codec="zstd", asbytes=True)
            keep_originals(cursor, {SHA256: (9, compressed)})
            cursor.execute("insert into spend_rows (submission_id, line) "
                "select ?, unnest(range(500))", [receipt.submission_id])
        say("promises", receipt.submission_id)

for _ in sys.stdin:
    writer = os.fork()
    if not writer:
        say("begins", os.getpid())
        write_for_ever()
    os.waitpid(writer, 0)
    say("ends", 0)
"""


def hear(writers: "subprocess.Popen[str]") -> tuple[str, int]:
    """What is said next; a query that takes long on a busy machine can leave a blank line."""
    assert writers.stdout is not None
    while not (words := writers.stdout.readline().split()):
        assert writers.poll() is None
    said, value = words
    return said, int(value)


def test_killed_while_writing_nothing_is_half_kept_and_nothing_promised_is_lost(
    network: Database, settings: Settings
) -> None:
    network.close()
    moments, promised, looks = random.Random(7), 0, 0
    kills = int(os.environ.get("ANCHORNET_KILLS", "60"))
    command = [sys.executable, "-c", WRITERS, str(settings.database)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT
    ) as writers:
        assert writers.stdin is not None
        for number in range(kills):
            print(file=writers.stdin, flush=True)
            said, writer = hear(writers)
            assert said == "begins"
            # Some are killed while they open it, and others after their first promise.
            last = "promises" if number % 3 else "begins"
            while said != "ends":
                if said == last:
                    time.sleep(moments.uniform(0, 0.03 if number % 3 else 0.15))
                    os.kill(writer, signal.SIGKILL)
                    last = ""
                said, value = hear(writers)
                if said == "holds":
                    assert value >= promised
                    looks += 1
                elif said == "promises":
                    promised = value
        writers.stdin.close()
    assert looks >= kills // 2
    again = open_database(settings)
    assert again.rows("select max(submission_id) from submissions")[0][0] >= promised >= kills // 2
    assert list(damage(again)) == []
    again.close()


def test_a_scratch_database_needs_no_file_and_opens_none(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    with scratch() as cursor:
        assert cursor.execute("select 1").fetchone() == (1,)
        with pytest.raises(duckdb.PermissionException):
            cursor.execute("from read_csv(?)", [str(tmp_path / "a.csv")])


def test_closing_waits_for_who_still_reads_and_lets_nobody_else_in(database: Database) -> None:
    reading, found = threading.Event(), []

    def read() -> None:
        with database.cursor() as cursor:
            reading.set()
            time.sleep(0.2)
            found.append(cursor.execute("select count(*) from members").fetchone())

    reader = threading.Thread(target=read)
    reader.start()
    reading.wait()
    database.close()
    reader.join()
    assert found == [(0,)]
    with pytest.raises(DatabaseClosed, match="Try again"), database.cursor():
        pass


def test_who_reads_for_too_long_is_stopped_by_closing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 1.0)
    ended: list[str] = []

    def read() -> None:
        try:
            database.rows("select count(*) from range(10_000_000_000) a, range(1_000_000) b")
        except duckdb.Error as error:
            ended.append(type(error).__name__)

    reader = threading.Thread(target=read)
    reader.start()
    time.sleep(0.1)
    database.close()
    reader.join()
    assert ended == ["InterruptException"]


def test_what_was_there_before_numbers_keeps_its_order_and_numbers_go_on(
    settings: Settings,
) -> None:
    with duckdb.connect(str(settings.database), config=schema.CONFIG) as older:
        older.execute(
            "create table migrations (number integer, name varchar, applied_at timestamp)"
        )
        for number, file in schema.migrations().items():
            if number < 20:
                older.execute(file.read_text())
                older.execute("insert into migrations values (?, ?, now())", [number, file.stem])
        for moment in ("2026-10-02", "2026-10-01"):  # the later one was written first
            older.execute(
                "insert into leave values ('council', ?, ?, 'ada')",
                [moment == "2026-10-02", moment],
            )
            older.execute(
                "insert into suppliers (supplier_key, recorded_at) values ('NEAR', ?)", [moment]
            )
        older.execute("insert into additions values (1, 1, 'spend', '2026-10-01 12:00')")
        older.execute("insert into additions values (2, 2, 'spend', '2026-09-01')")
    again = open_database(settings)
    with again.writing() as cursor:
        append(cursor, "leave", "council", False, "2026-09-01", "ada")
    found = again.rows("select recorded_at::date::varchar, record_number from leave order by all")
    loads = again.rows("select record_number, load_number from organisations order by all")
    seen = again.rows("select supplier_number, member_number from additions order by addition_id")
    again.close()
    # The network's settings were the first to be numbered.
    first = 1 + len(NETWORK_SETTINGS)
    assert found == [("2026-09-01", first), ("2026-10-01", -1), ("2026-10-02", 0)]
    assert loads == [(-1, 1), (0, 2)]
    assert seen == [(-1, -(2**62)), (-(2**62), -(2**62))]


FILL_THE_DISK = """
import resource, sys; from dataclasses import replace; from pathlib import Path
from anchornet import settings
from anchornet.store.database import DatabaseStopped, DiskFull
from anchornet.store.opening import open_database
chosen = replace(settings.load(environment={}), database=Path(sys.argv[1]))
database, kept = open_database(chosen, create=True), 0
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
def write(rows):
    with database.writing() as cursor:
        cursor.execute("insert into spend_rows (submission_id, line, supplier_name) "
            "select 1, i, md5(i::varchar) || md5((i + 1)::varchar) from range(?) as t(i)", [rows])
for size, rows in ((1, 60_000), (19, 60_000)):  # the log is too large; then a checkpoint fails
    resource.setrlimit(resource.RLIMIT_FSIZE, (size << 20, most))
    try:
        while True:
            write(rows)
            kept += rows
    except (DatabaseStopped, DiskFull) as why:
        print(type(why).__name__, database.stopped)
try:
    database.rows("select 1")
except DatabaseStopped as why:
    print(type(why).__name__)
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
database.close()
database = open_database(chosen)
print(database.rows("select count(*) from spend_rows")[0][0] - kept)
write(1)
"""


def test_a_disk_that_fills_up_loses_nothing_and_the_database_opens_again(
    settings: Settings,
) -> None:
    writer = run(FILL_THE_DISK, settings.database)
    assert writer.stdout is not None
    said = writer.stdout.read().splitlines()
    assert writer.wait() == 0
    assert said == ["DiskFull False", "DatabaseStopped True", "DatabaseStopped", "0"]


def test_before_the_disk_is_full_only_small_things_are_kept(
    network: Database, settings: Settings
) -> None:
    network.close()
    wanted = network.free_space() // 1_000_000 + 1_000_000
    again = open_database(replace(settings, spare_disk_mb=wanted))
    assert again.is_nearly_full()
    with pytest.raises(DiskFull, match="nothing new is kept for now"), again.writing():
        pass
    audit.note(again, "ada@example.org", "signed in")
    assert again.rows("select count(*) from audit") == [(1,)]
    again.close()


def test_on_a_full_disk_the_start_says_which_and_what_to_do(
    network: Database, settings: Settings
) -> None:
    network.close()
    ended = subprocess.run(
        [sys.executable, "-m", "anchornet", "--database", str(settings.database), "serve"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
        capture_output=True,
        text=True,
        cwd=PROJECT,
    )
    assert ended.returncode == 2
    assert f"The disk that {settings.database} is on is full" in ended.stderr
    assert "Make room on it" in ended.stderr


def test_a_disk_that_can_only_be_read_is_named() -> None:
    path = Path("/mnt/network.duckdb")
    why = opening._explained(path, f'IO Error: Cannot open file "{path}": Read-only file system')
    assert str(why).startswith(f"The disk that {path} is on can only be read. Mount it for writing")


WRITE_AND_DIE = """
import os, sys; from dataclasses import replace; from datetime import date; from pathlib import Path
from anchornet import settings; from anchornet.returns.declaration import RETURNS
from anchornet.store.database import utc_now
from anchornet.store.opening import open_database
from anchornet.store.submissions import NewSubmission, append_submissions
database = open_database(replace(settings.load(environment={}), database=Path(sys.argv[1])))
for _ in range(3):
    with database.writing() as cursor:
        append_submissions(cursor, [NewSubmission("council", RETURNS["spend"], date(2026, 9, 1),
            "a@example.org", utc_now(), nil=True)])
os._exit(0)
"""


@pytest.mark.parametrize("how", ["lost", "garbage", "cut"])
def test_changes_that_are_lost_with_the_log_are_missed_and_their_receipts_not_given_again(
    network: Database, settings: Settings, how: str
) -> None:
    network.close()
    assert run(WRITE_AND_DIE, settings.database).wait() == 0
    log = settings.database.with_name(f"{settings.database.name}.wal")
    content = log.read_bytes()
    changed = {"lost": None, "garbage": b"\x07" * len(content), "cut": content[: len(content) // 3]}
    if (left := changed[how]) is None:
        log.unlink()
    else:
        log.write_bytes(left)
    with pytest.raises(StoreError, match="go back to a backup") as why:
        open_database(settings)
    if isinstance(why.value, Damaged):
        assert "receipts were given up to R000003" in str(why.value)
        again = open_database(settings, accept_loss=True)
        with again.writing() as cursor:
            nothing = NewSubmission(
                "council", RETURNS["spend"], date(2026, 9, 1), "a@example.org", utc_now(), nil=True
            )
            [sent] = append_submissions(cursor, [nothing])
        assert sent.receipt == "R000004"
        again.close()
        open_database(settings).close()
    else:  # DuckDB itself refused the log
        assert how == "garbage"


def test_a_database_in_the_place_of_another_is_not_measured_by_its_mark(
    network: Database, settings: Settings, tmp_path: Path
) -> None:
    with network.writing() as cursor:
        append(cursor, "leave", "council", True, utc_now(), "ada")
    network.close()
    settings.database.unlink()
    open_database(settings, create=True).close()


def test_every_damaged_page_is_noticed_and_no_figure_is_made_of_the_rest(
    network: Database, settings: Settings
) -> None:
    with network.writing() as cursor:
        cursor.execute(
            "insert into spend_rows (submission_id, line, supplier_name) "
            "select 1, i, md5(i::varchar) from range(50_000) as t(i)"
        )
    network.close()
    content = settings.database.read_bytes()
    block, ends = 262_144, set()
    for start in range(3 * 4096, len(content), block):
        damaged = bytearray(content)
        damaged[start + 5000 : start + 5100] = bytes(100)
        settings.database.write_bytes(damaged)
        try:
            opened = open_database(settings)
        except StoreError as why:
            assert "go back to a backup" in str(why)
            ends.add("opening")
            continue
        try:
            found = opened.rows("select count(*), count(distinct supplier_name) from spend_rows")
            assert found == [(50_000, 50_000)]  # the page is of something else, or nobody's
            ends.add("whole")
        except Damaged:
            assert "A part of the table spend_rows can't be read." in list(damage(opened))
            ends.add("noticed")
        opened.close()
    assert "noticed" in ends


KILLED = """
import os, sys
from dataclasses import replace
from pathlib import Path
from anchornet import settings
from anchornet.store import opening

checkpoint, made = opening._checkpoint, []

def stop_before_the_last(connection):
    # One before the copy, one before the steps, one after them.
    if len(made) == 2:
        os._exit(9)
    made.append(checkpoint(connection))

opening._checkpoint = stop_before_the_last
opening.open_database(replace(settings.load(environment={}), database=Path(sys.argv[1])))
"""


def test_killed_while_it_is_brought_up_to_date_it_is_brought_up_to_date_again(
    settings: Settings,
) -> None:
    """DuckDB can't read the log of that: tables are altered whose rows number themselves."""
    path = settings.database
    with duckdb.connect(str(path)) as older:
        older.execute(
            "create table migrations (number integer, name varchar, applied_at timestamp)"
        )
        for number, step in migrations().items():
            if number <= 25:
                older.execute(step.read_text(encoding="utf-8"))
                older.execute("insert into migrations values (?, ?, now())", [number, step.stem])
        older.execute("insert into members (member_id, name) values ('council', 'Sample Council')")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(path)], cwd=PROJECT, check=False, capture_output=True
    )
    assert killed.returncode == 9
    assert path.with_name(f"{path.name}.wal").stat().st_size > 0
    with pytest.raises(duckdb.Error, match="replaying WAL"):
        duckdb.connect(str(path))
    opened = open_database(settings)
    assert opened.rows("select name from members") == [("Sample Council",)]
    assert {number for (number,) in opened.rows("select number from migrations")} == {*migrations()}
    opened.close()
    assert not path.with_name(f"{path.name}.migrating").exists()
    open_database(settings).close()
