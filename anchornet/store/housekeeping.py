"""What the network's data takes on the disk, and personal data whose time is over: who left, the
record of who did what, links and sign-ins, mails, pictures that no story shows."""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from anchornet.formatting import listed
from anchornet.store import audit
from anchornet.store.backup import NAME
from anchornet.store.database import Database, utc_now

PICTURE_DAYS = 30  # that a picture stays which no story shows any more
NOBODY = "Left the network"  # in place of a name
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Size:
    what: str
    count: int
    size: int  # bytes


@dataclass(frozen=True)
class _Term:
    """What is cleared once its time is over; `$before` is the day of its end."""

    what: str
    counted: str
    cleared: tuple[str, ...]
    days: int | None = None  # None: the network's own audit_days

    @property
    def tables(self) -> set[str]:
        """Those that rows are cleared of."""
        words = [statement.removeprefix("delete from ") for statement in self.cleared]
        return {statement.removeprefix("update ").split()[0] for statement in words}


_LEFT = f"""
    select email
    from people
    group by email
    having last(removed order by record_number)
        and max(recorded_at) < $before
        and bool_or(name <> '{NOBODY}')
    """
_UNUSED = """
    select picture_id
    from pictures
    where large is not null and recorded_at < $before
        and picture_id not in (
            select picture_id
            from stories
            where picture_id is not null
            qualify version = max(version) over (partition by story_id)
        )
        and picture_id not in (
            select picture_id
            from stories
            join story_decisions using (story_id, version)
            where state = 'approved' and picture_id is not null
        )
    """
TERMS = (
    _Term(
        "names, passwords, passkeys and calendars of people who left",
        _LEFT,
        (
            *(
                f"delete from {table} where email in ({_LEFT})"
                for table in ("passwords", "passkeys", "calendars", "mail_choices", "keys")
            ),
            f"update people set name = '{NOBODY}' where email in ({_LEFT})",
        ),
    ),
    _Term(
        "lines of the record of who did what",
        "from audit where happened_at < $before",
        ("delete from audit where happened_at < $before",),
    ),
    _Term(
        "links and sign-ins that ended",
        "from keys where ends_at < $before",
        (
            "delete from keys where ends_at < $before",
            "delete from keys_spent where spent_at < $before",
        ),
    ),
    _Term(
        "mails",
        "from mails where made_at < $before",
        (
            "delete from mails where made_at < $before",
            "delete from mail_states where mail_id not in (select mail_id from mails)",
            "delete from mail_reports where mail_id not in (select mail_id from mails)",
        ),
    ),
    _Term(
        "pictures that no story shows",
        _UNUSED,
        (f"update pictures set large = null, web = null where picture_id in ({_UNUSED})",),
        PICTURE_DAYS,
    ),
)


def sizes(database: Database) -> list[Size]:
    path = database.path
    files = [path, path.with_name(f"{path.name}.wal")]
    rows = database.rows(
        """
        select 'files as they were sent', count(*), sum(octet_length(content)) from originals
        union all
        select 'pictures of stories', count(*), sum(octet_length(large) + octet_length(web))
        from pictures where large is not null
        union all
        select 'approved pictures', count(*), sum(octet_length(content)) from approved_pictures
        """
    )
    return [
        _on_disk("database", [file for file in files if file.exists()]),
        *(Size(f"– of that: {what}", count, int(size or 0)) for what, count, size in rows),
        _on_disk("backups", _backups(database)),
        _on_disk("copies before upgrades", [*path.parent.glob(f"{path.name}.before-upgrade-*")]),
        _on_disk("set aside by restore", [*path.parent.glob(f"{path.name}.before-2*")]),
        _on_disk("left over by what was stopped", _left_over(database, utc_now())),
    ]


def due(database: Database, now: datetime | None = None) -> dict[str, int]:
    """What has come to its term, and how much of it."""
    moment = now or utc_now()
    with database.cursor() as cursor:
        return {
            term.what: cursor.execute(
                f"select count(*) from ({term.counted})", {"before": _end(database, term, moment)}
            ).fetchall()[0][0]
            for term in TERMS
        }


def clear(database: Database, *, by: str, now: datetime | None = None) -> dict[str, int]:
    """Clears what is due, and what was left over on the disk, and records that: what, and how much
    of it."""
    moment = now or utc_now()
    counts = due(database, moment)
    terms = [term for term in TERMS if counts[term.what]]
    tables = {table for term in terms for table in term.tables}
    # No page shows what goes.
    with database.writing(quietly=True, replaces=tables) as cursor:
        for term in terms:
            end = {"before": _end(database, term, moment)}
            for statement in term.cleared:
                cursor.execute(statement, end if "$before" in statement else None)
        words = [f"{count:,} {what}" for what, count in counts.items() if count]
        about = listed(words) if words else "nothing was due"
        audit.record(cursor, by, "cleared personal data that was due", about, None, moment)
    database.tidy()
    for folder in _left_over(database, moment):
        shutil.rmtree(folder, ignore_errors=True)
    return counts


def _end(database: Database, term: _Term, now: datetime) -> datetime:
    return now - timedelta(days=term.days or database.settings.audit_days)


def _backups(database: Database) -> list[Path]:
    folder = Path(database.settings.backup_to) if database.settings.backup_to else None
    if not folder or not folder.is_dir():
        return []
    return [file for file in folder.iterdir() if NAME.fullmatch(file.name)]


def _left_over(database: Database, now: datetime) -> list[Path]:
    """Folders that a command works in, which one that was killed has left there a day ago."""
    folders = {database.path.parent}
    if database.settings.backup_to:
        folders.add(Path(database.settings.backup_to))
    old = (now - DAY).timestamp()
    return [
        path
        for folder in folders
        for kind in (".making-*", ".reading-*")
        for path in folder.glob(kind)
        if path.is_dir() and path.stat().st_mtime < old
    ]


def _on_disk(what: str, paths: list[Path]) -> Size:
    size = sum(
        file.stat().st_size
        for path in paths
        for file in ([path] if path.is_file() else path.rglob("*"))
    )
    return Size(what, len(paths), size)
