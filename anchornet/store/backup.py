"""Backups: a copy of the database that was opened and read, also while the app runs, and the way
back.

The app holds the file, and is asked to write nothing until the copy is made. The copying is done by
the other process: were the file opened and closed in the app's, the app would lose its lock.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TextIO

import duckdb

from anchornet.settings import Settings
from anchornet.store import app_socket
from anchornet.store.database import Damaged, DatabaseInUse, NoDatabase, StoreError, utc_now
from anchornet.store.network import NotPossible
from anchornet.store.opening import exists, open_database, reach
from anchornet.store.schema import CONFIG, migrations
from anchornet.store.submissions import damage

BESIDE = (".wal", ".mark")
WEEKS = 8
MAGIC, MAGIC_AT = b"DUCK", 8  # how and where files of DuckDB begin
NAME = re.compile(r"network-\d{4}-\d{2}-\d{2}-\d{6}\.duckdb")

Counts = dict[str, int]  # rows by table


def backup(settings: Settings, to: Path, *, now: datetime | None = None) -> tuple[Path, Counts]:
    """Copies the database of the settings to a file that isn't there yet, or into a folder under a
    name with the moment, and opens and reads the copy before it gets its name: the file, and its
    rows by table. Raises StoreError and NotPossible."""
    if to.is_dir():
        to = to / f"network-{now or utc_now():%Y-%m-%d-%H%M%S}.duckdb"
    if to.exists():
        raise NotPossible(f"There is a file {to} already; it was left as it is.")
    if not to.parent.is_dir():
        raise NotPossible(f"There is no folder {to.parent}. Make it first.")
    if not exists(settings):
        raise NoDatabase(f"There is no database at {settings.location}.")
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=".making-") as folder:
        copy = Path(folder) / to.name
        if settings.catalogue:
            counts = {*_fetch(settings, copy).items()}
        else:
            with _nothing_written(settings.database) as counts:
                _copy(settings.database, copy)
        with closing(_connect(copy)) as connection:
            connection.execute("checkpoint")  # one file, with all that stood in the log
        found = check(settings, copy)
        if counts - found.items():
            raise Damaged("The copy lacks what the database holds. Try again.")
        copy.replace(to)
    return to, found


def check(settings: Settings, file: Path) -> Counts:
    """Opens and reads all of a backup, which stays as it is: its rows by table. Raises StoreError
    where something is wrong."""
    if not file.is_file():
        raise NoDatabase(f"There is no file {file}.")
    with file.open("rb") as opened_file:
        start = opened_file.read(len(MAGIC) + MAGIC_AT)
    if not start.endswith(MAGIC):
        raise Damaged(f"{file} is {'not a database' if start else 'empty'}.")
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".reading-") as folder:
        copy = Path(folder) / "copy.duckdb"
        _copy(file, copy)
        try:
            with closing(_connect(copy)) as connection:
                counts = _counts(connection)
            opened = open_database(settings.with_database(str(copy)), copy_first=False)
            try:
                sentences = list(damage(opened))
            finally:
                opened.close()
        except (StoreError, duckdb.Error) as why:
            reason = str(why).splitlines()[0].replace(str(copy), str(file))
            known = isinstance(why, StoreError) and str(file) in reason
            raise Damaged(reason if known else f"{file} is damaged. {reason}") from None
    if sentences:
        raise Damaged(f"{file} is damaged: {' '.join(sentences)}")
    return counts


def restore(settings: Settings, file: Path, *, now: datetime | None = None) -> tuple[Path, Counts]:
    """Puts a backup in the place of the database, once it was opened and read; what stood there is
    set aside beside it. Where that is now, and the rows by table. Raises StoreError."""
    path = settings.database
    counts = check(settings, file)
    aside = path.with_name(f"{path.name}.before-{now or utc_now():%Y-%m-%d-%H%M%S}")
    coming = path.with_name(f"{path.name}.restoring")
    if settings.catalogue:
        if exists(settings):
            backup(settings, aside)
        try:
            _copy(file, coming)
            _carry_mail(aside, coming, now or utc_now())
            _stop_mail(coming, now or utc_now())
            _bring(coming, settings)
        finally:
            coming.unlink(missing_ok=True)
        return aside, counts
    if path.exists():
        _require_free(path)
    try:
        _copy(file, coming)
        _carry_mail(path, coming, now or utc_now())
        _stop_mail(coming, now or utc_now())
        for end in ("", *BESIDE):
            with suppress(FileNotFoundError):
                _set_aside(path.with_name(path.name + end), aside.with_name(aside.name + end))
        log, mark = (path.with_name(path.name + end) for end in BESIDE)
        # At no moment is there no file, and the mark goes last: until then the app sees that what
        # it belongs to isn't whole, and says so.
        log.unlink(missing_ok=True)
        coming.replace(path)
        with suppress(FileNotFoundError):
            coming.with_name(f"{coming.name}.wal").replace(log)
        mark.unlink(missing_ok=True)
    finally:
        coming.unlink(missing_ok=True)
    return aside, counts


def move(source: Settings, target: Settings) -> Counts:
    """Copies a whole network to where there is none yet, from a file to a lakehouse or back: its
    rows by table. What is copied stays as it is. Raises StoreError and NotPossible."""
    if not (source.catalogue or target.catalogue):
        raise NotPossible("Neither is a lakehouse. Copy a file with `backup`.")
    if exists(target):
        raise NotPossible(
            f"There is a database at {target.location} already; it was left as it is."
        )
    if not target.catalogue:
        return backup(source, target.database)[1]
    with tempfile.TemporaryDirectory(dir=target.database.parent, prefix=".making-") as folder:
        copy, counts = backup(source, Path(folder) / "network.duckdb")
        _bring(copy, target)
        found = backup(target, Path(folder) / "brought.duckdb")[1]
    # But for what each file is made with.
    if {item for item in counts.items() if item[0] != "meta"} - found.items():
        raise Damaged(f"{target.location} lacks what {source.location} holds. Try again.")
    return found


def keep_newest(folder: Path, count: int) -> list[Path]:
    """Removes the backups of a folder but the newest so many, by the moment in their names."""
    files = sorted(file for file in folder.iterdir() if NAME.fullmatch(file.name))
    gone = files[: max(0, len(files) - count)]
    for file in gone:
        file.unlink()
    return gone


def keep_days_and_weeks(folder: Path, count: int, weeks: int = WEEKS) -> list[Path]:
    """Removes the backups of a folder but the newest so many, and the last one of each of the last
    so many weeks."""
    files = sorted((file for file in folder.iterdir() if NAME.fullmatch(file.name)), reverse=True)
    of_weeks: dict[tuple[int, int], Path] = {}
    for file in files:
        of_weeks.setdefault(moment_of(file).isocalendar()[:2], file)
    stay = {*files[:count], *[*of_weeks.values()][:weeks]}
    gone = [file for file in files if file not in stay]
    for file in gone:
        file.unlink()
    return gone


def moment_of(file: Path) -> datetime:
    """When a backup with a moment in its name was made, in UTC."""
    return datetime.strptime(file.stem, "network-%Y-%m-%d-%H%M%S")


def newest(folder: Path) -> Path | None:
    """The last backup of a folder."""
    if not folder.is_dir():
        return None
    return max((file for file in folder.iterdir() if NAME.fullmatch(file.name)), default=None)


def _carry_mail(before: Path, path: Path, now: datetime) -> None:
    """What went out after the backup was made does not go out again: of each such mail whom and
    what it was for and what became of it, from the database that is replaced, if that can be read.
    Not of meetings that the backup doesn't know, since others may get their numbers."""
    try:
        with closing(_connect(before, read_only=True)) as connection:
            if "mail_states" not in _counts(connection):
                return
            sent = connection.execute(
                """
                select mails.*, state, detail, tries
                from mails
                join mail_states using (mail_id)
                qualify row_number() over (partition by mail_id order by record_number desc) = 1
                """
            ).to_arrow_table()
    except (StoreError, duckdb.Error):
        return
    with closing(_connect(path)) as connection:
        if "mail_states" not in _counts(connection):
            return
        connection.register("sent", sent)
        connection.execute(
            """
            begin;
            create temp table carried as
            select
                sent.* replace (
                    coalesce(
                        here.mail_id,
                        (select coalesce(max(mail_id), 0) from mails)
                            + row_number() over (order by here.mail_id is not null, sent.mail_id)
                    ) as mail_id
                ),
                here.mail_id is null as is_new
            from sent
            left join mails as here using (message_id)
            where here.mail_id is not null
                or sent.kind not in ('missing', 'pack')
                or split_part(sent.about, ' ', 1) in (select meeting_id::varchar from meetings);
            insert into mails by name
            select * exclude (state, detail, tries, is_new) from carried where is_new;
            """
        )
        connection.execute(
            """
            insert into mail_states (mail_id, state, detail, tries, due_at, recorded_at)
            select mail_id, carried.state, carried.detail, carried.tries, $now, $now
            from carried
            left join (
                from mail_states
                qualify row_number() over (partition by mail_id order by record_number desc) = 1
            ) as here using (mail_id)
            where here.state is distinct from carried.state
            """,
            {"now": now},
        )
        connection.execute("commit")


def _fetch(settings: Settings, to: Path) -> Counts:
    """The lakehouse as it is at one moment, as a file."""
    with closing(reach(settings)) as shared:
        shared.fill(migrations(), CONFIG)
        shared.path.replace(to)
    with closing(_connect(to)) as connection:
        return _counts(connection)


def _bring(file: Path, settings: Settings) -> None:
    """The lakehouse becomes what the file is."""
    with (
        closing(reach(settings, create=True)) as shared,
        shared.one_writer(),
        closing(_connect(file)) as connection,
    ):
        shared.become(connection)


def _stop_mail(path: Path, now: datetime) -> None:
    """What waited to be sent when the backup was made may have gone out since."""
    with closing(_connect(path)) as connection:
        if "mail_states" not in _counts(connection):
            return
        connection.execute(
            """
            insert into mail_states (mail_id, state, detail, tries, due_at, recorded_at)
            select mail_id, 'unclear', 'The database was restored from a backup.', tries, $now, $now
            from mail_states
            qualify row_number() over (partition by mail_id order by record_number desc) = 1
                and state in ('waiting', 'sending')
            """,
            {"now": now},
        )


def _set_aside(path: Path, to: Path) -> None:
    """A second name for the file, or a copy where the disk knows no second names."""
    try:
        os.link(path, to)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(path, to)


def _copy(path: Path, to: Path) -> None:
    """The file and, where there is one, its log, which comes first: once this process has closed
    the file, it no longer holds it. On the disk before it goes on."""
    for end in (".wal", ""):
        source, target = (file.with_name(file.name + end) for file in (path, to))
        if end and not source.exists():
            continue
        shutil.copyfile(source, target)
        with target.open("rb") as written:
            os.fsync(written.fileno())


def _connect(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=read_only)
    except duckdb.Error as error:
        raise Damaged(f"{path} can't be opened. ({error})") from None


def _counts(connection: duckdb.DuckDBPyConnection) -> Counts:
    tables = connection.execute(
        "select table_name from duckdb_tables() "
        "where database_name = current_catalog() and not temporary order by 1"
    ).fetchall()
    try:
        return {
            name: connection.execute(f'select count(*) from "{name}"').fetchall()[0][0]
            for (name,) in tables
        }
    except duckdb.Error as error:
        raise Damaged(f"A part of the database can't be read. ({error})") from None


def _require_free(path: Path) -> None:
    """Raises DatabaseInUse while another process has it open; one that is damaged is free."""
    try:
        duckdb.connect(str(path), read_only=True).close()
    except duckdb.IOException as error:
        if "Could not set lock" in str(error):
            raise DatabaseInUse(
                f"The app is running and holds {path}. Stop it first: nobody can send anything "
                "while a backup takes its place."
            ) from None
    except duckdb.Error:
        pass


@contextmanager
def _nothing_written(path: Path) -> Iterator[set[tuple[str, int]]]:
    """While the block lasts nothing is written: by the app, where it runs, or anybody else. Gives
    the rows by table. Raises StoreError, at its end too, where that was too long."""
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.IOException as error:
        if "Could not set lock" not in str(error):
            raise Damaged(f"{path} can't be opened. ({error})") from None
    except duckdb.Error as error:
        raise Damaged(f"{path} can't be opened. ({error})") from None
    else:
        with closing(connection):
            yield {*_counts(connection).items()}
        return
    with app_socket.ask(path, {"ask": "hold"}) as stream:
        held = stream.readline()
        if not held:
            raise DatabaseInUse(f"The app holds {path} and could not pause. Try again.")
        yield {*json.loads(held).items()}
        stream.write("copied\n")
        stream.flush()
        if stream.readline() != "held\n":
            raise DatabaseInUse("The copy took longer than the app can wait. Try again.")


class Listener(app_socket.Listener):
    """The app's side: while somebody copies the file, nothing is written."""

    def answer(self, request: app_socket.Request, stream: TextIO) -> None:
        if request.get("ask") != "hold":
            return
        with self.database.nothing_written() as cursor:
            app_socket.send(stream, _counts(cursor))
            if stream.readline() == "copied\n":
                stream.write("held\n")
                stream.flush()
