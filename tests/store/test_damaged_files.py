"""Files that are no whole backup: each is named as damaged with what is wrong, none is passed."""

import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from anchornet.__main__ import main
from anchornet.settings import Settings
from anchornet.store.backup import check
from anchornet.store.database import Damaged
from tests.conftest import Send

pytestmark = pytest.mark.of_a_file

HEADER, BLOCK = 4096, 262_144  # of DuckDB's files: three headers, then blocks
SPEND = "Near Ltd,,M2 5DB,,300,Repairs\nFar Ltd,,LS1 1UR,,700,Paper"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test keeps a backup for the others to copy."""
    return tmp_path_factory.mktemp("whole") / "network.duckdb"


@pytest.fixture
def backup(request: pytest.FixtureRequest, settings: Settings, whole: Path) -> Path:
    """A backup of two returns, with many rows."""
    if not whole.exists():
        send: Send = request.getfixturevalue("spend")
        send("council", SPEND)
        send("hospital", SPEND)
        database = request.getfixturevalue("network")
        database.close()
        shutil.copy(settings.database, whole)
    file = settings.database.with_name("backup.duckdb")
    shutil.copy(whole, file)
    return file


Spoil = Callable[[Path], object]


def write(at: int, data: bytes) -> Spoil:
    def spoil(file: Path) -> None:
        content = bytearray(file.read_bytes())
        content[at : at + len(data)] = data
        file.write_bytes(content)

    return spoil


def flip(at: int) -> Spoil:
    return lambda file: write(at, bytes([file.read_bytes()[at] ^ 0xFF]))(file)


def in_each(size: int) -> Spoil:
    """So many bytes in the middle of each block are other ones."""

    def spoil(file: Path) -> None:
        content = bytearray(file.read_bytes())
        for start in range(3 * HEADER, len(content), BLOCK):
            content[start + 5000 : start + 5000 + size] = bytes(
                byte ^ 1 for byte in content[start + 5000 : start + 5000 + size]
            )
        file.write_bytes(content)

    return spoil


def cut(share: float) -> Spoil:
    return lambda file: file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])


def cut_end(size: int) -> Spoil:
    return lambda file: file.write_bytes(file.read_bytes()[:-size])


def two_blocks_changed_over(file: Path) -> None:
    content = bytearray(file.read_bytes())
    first, second = 3 * HEADER, 3 * HEADER + BLOCK
    content[first:second], content[second : second + BLOCK] = (
        content[second : second + BLOCK],
        content[first:second],
    )
    file.write_bytes(content)


def sql(statement: str) -> Spoil:
    def spoil(file: Path) -> None:
        with duckdb.connect(str(file)) as connection:
            connection.execute(statement)

    return spoil


def of_another_program(file: Path) -> None:
    file.unlink()
    sql("create table notes as select 1 as note")(file)


def of_sqlite(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as connection:
        connection.execute("create table members (member_id text)")
    connection.close()


def archive(file: Path) -> None:
    content = file.read_bytes()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("network.duckdb", content[:1000])


DAMAGED: dict[str, tuple[Spoil, str]] = {
    "empty": (lambda file: file.write_bytes(b""), "is empty"),
    "a text": (lambda file: file.write_text("a,b\n1,2\n"), "is not a database"),
    "an archive": (archive, "is not a database"),
    "zeros": (lambda file: file.write_bytes(bytes(file.stat().st_size)), "is not a database"),
    "of SQLite": (of_sqlite, "is not a database"),
    "of another program": (of_another_program, "a database of something else"),
    "the headers only": (lambda file: file.write_bytes(file.read_bytes()[: 3 * HEADER]), "can't"),
    "a quarter": (cut(0.25), "can't be read|can't be opened|damaged"),
    "a half": (cut(0.5), "can't be read|can't be opened|damaged"),
    "without its last block": (cut_end(BLOCK), "can't be read|can't be opened|damaged"),
    "another first word": (write(8, b"QUACK"), "is not a database"),
    "a flipped byte in the first header": (flip(20), "can't be"),
    "flipped bytes in both other headers": (
        lambda file: (flip(HEADER + 20)(file), flip(2 * HEADER + 20)(file)),
        "can't be",
    ),
    "zeros in all headers": (write(0, bytes(3 * HEADER)), "is not a database"),
    "a byte changed in each block": (in_each(1), "can't be read|can't be opened|damaged"),
    "much changed in each block": (in_each(1000), "can't be read|can't be opened|damaged"),
    "two blocks changed over": (two_blocks_changed_over, "can't be read|can't be opened|damaged"),
    "of a newer version": (
        sql("insert into migrations values (999, '999_later', now()::timestamp)"),
        "newer anchornet",
    ),
    "of a newer DuckDB": (write(12, (200).to_bytes(8, "little")), "can't be"),
    "without an original": (sql("delete from originals"), "The file of R000001 is missing"),
    "with other bytes than were sent": (
        sql("update originals set content = content[:-2]::blob"),
        "is not as it was sent",
    ),
    "with another file's name on its bytes": (
        sql("update originals set sha256 = repeat('0', 64)"),
        "is not as it was sent",
    ),
    "without a row": (
        sql("delete from spend_rows where submission_id = 1 and supplier_name = 'Far Ltd'"),
        "R000001 had 2 rows, and 1 is there",
    ),
    "with another amount in a row": (
        sql("update spend_rows set amount_gbp = 701 where supplier_name = 'Far Ltd'"),
        "The rows of R000001 don't come to its total",
    ),
    "with wrong sums": (
        sql("update spend_facts set amount = amount + 1"),
        "What was added up of R000001 doesn't come to its total",
    ),
    "without a table": (sql("drop table withdrawals"), "The table withdrawals is missing."),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_what_is_damaged_is_named_with_what_is_wrong(
    backup: Path,
    settings: Settings,
    kind: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANCHORNET_DATABASE", str(settings.database))
    spoil, why = DAMAGED[kind]
    spoil(backup)
    before = backup.read_bytes()
    with pytest.raises(Damaged, match=why):
        check(replace(settings, database=backup.with_name("none.duckdb")), backup)
    assert main(["verify", str(backup)]) == 1
    printed = capsys.readouterr().err
    assert str(backup) in printed
    assert "copy.duckdb" not in printed
    assert backup.read_bytes() == before


def test_a_whole_one_is_passed(backup: Path, settings: Settings) -> None:
    assert len(DAMAGED) >= 20
    assert check(settings, backup)["submissions"] == 2
