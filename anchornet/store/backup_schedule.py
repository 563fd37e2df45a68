"""Backups that the app makes by itself, once a day, and what became of the last one."""

import logging
import subprocess  # our own command line, and no shell # nosec B404
import sys
import threading
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from anchornet.formatting import day
from anchornet.setting_values import PROJECT
from anchornet.store import audit
from anchornet.store.backup import keep_days_and_weeks, moment_of, newest
from anchornet.store.database import Database, DatabaseClosed, StoreError, utc_now

log = logging.getLogger("anchornet")
EVERY = 20.0  # seconds between two looks at the clock
AGAIN = timedelta(hours=1)  # after a backup that failed
LATEST = timedelta(hours=50)  # that the last one may be old before somebody is told
LONGEST = 3600  # seconds that one may take
THE_APP = "the app"


class Schedule:
    """One thread. The copying is done by the command line in a process of its own, as `backup`
    says."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stop = threading.Event()
        self._tried: datetime | None = None
        threading.Thread(target=self._run, name="backups", daemon=True).start()

    def close(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                now = utc_now()
                if is_due(self._database, now, self._tried):
                    self._tried = now
                    make(self._database)
            except DatabaseClosed:
                return
            except StoreError as why:
                log.warning("No backup was recorded: %s", why)
            except Exception:
                log.exception("No backup was made")
            self._stop.wait(EVERY)


def is_due(database: Database, now: datetime, tried: datetime | None) -> bool:
    """Whether none was made since the hour that the settings name last came."""
    settings = database.settings
    if tried and now - tried < AGAIN:
        return False
    here = now.replace(tzinfo=UTC).astimezone()
    hour = here.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    at = datetime.combine(hour.date(), time.fromisoformat(settings.backup_at))
    if at > here.replace(tzinfo=None):
        at -= timedelta(days=1)
    came = at.astimezone(UTC).replace(tzinfo=None)
    last = newest(Path(settings.backup_to))
    return last is None or moment_of(last) < came


def make(database: Database) -> bool:
    """Makes one, reads it, removes those whose time is over, and records what became of it."""
    settings = database.settings
    folder = Path(settings.backup_to)
    words = ["backup", str(folder), "--database", settings.location]
    try:
        folder.mkdir(exist_ok=True)
        ended = subprocess.run(  # nosec B603
            [sys.executable, "-m", "anchornet", *words],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        done, sentence = ended.returncode == 0, ended.stderr.strip()
    except OSError as why:
        done, sentence = False, f"The folder {folder} can't be made: {why.strerror}."
    except subprocess.TimeoutExpired:
        done, sentence = False, "It took longer than an hour."
    if not done:
        log.error("No backup was made: %s", sentence)
        audit.note(database, THE_APP, "could not make a backup", sentence)
        return False
    keep_days_and_weeks(folder, settings.backup_keep)
    audit.note(database, THE_APP, "made a backup", str(newest(folder)))
    return True


def last_made(database: Database) -> datetime | None:
    """When the last backup in the folder of the settings was made, in UTC."""
    last = newest(Path(database.settings.backup_to)) if database.settings.backup_to else None
    return moment_of(last) if last else None


def problem(database: Database, now: datetime | None = None) -> str:
    """What is wrong with the backups that the app makes, in a sentence; empty where nothing is."""
    if not database.settings.backup_to:
        return ""
    rows = database.rows(
        """
        select did = 'could not make a backup', happened_at, about
        from audit
        where did in ('made a backup', 'could not make a backup')
        order by happened_at desc
        limit 1
        """
    )
    for failed, at, about in rows:
        if failed:
            return f"The backup of {day(at.date())} was not made. {about}"
    last = last_made(database)
    if last and (now or utc_now()) - last > LATEST:
        return f"No backup was made since {day(last.date())}."
    return ""
