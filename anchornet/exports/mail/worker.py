"""Who sends the mail of a network while its app runs."""

import logging
import threading
import time
from datetime import date, datetime

from anchornet import formatting
from anchornet.exports.mail.bounces import Mailbox, Unreachable
from anchornet.exports.mail.delivery import NotNow, Refused, Unclear, deliver, message
from anchornet.exports.mail.reminders import questions, receipts, reminders, text_of
from anchornet.store import audit, mail
from anchornet.store.backup_schedule import THE_APP
from anchornet.store.database import Database, DatabaseClosed, StoreError, utc_now
from anchornet.store.mail import Mail

log = logging.getLogger("anchornet")
EVERY = 3.0  # seconds between two looks for what waits
WRITES_EVERY = 60.0  # … and for what the app itself has to say
READS_EVERY = 600.0  # … and in the mailbox where mail comes back to
EARLIEST = 7  # o'clock at which people are reminded of something
STOPPING = 5.0  # seconds that are waited for a mail under way when the app stops


class Worker:
    """One thread, so that one mail is under way at a time. The database is open in one process
    only, so there is no second worker."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stop = threading.Event()
        self._reminded: date | None = None
        self._wrote = -WRITES_EVERY
        settings = database.settings
        self._mailbox = Mailbox(settings) if settings.mail_bounces_host else None
        self._read, self._unreachable = -READS_EVERY, ""
        self._thread = threading.Thread(target=self._run, name="mail", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(STOPPING)

    def _run(self) -> None:
        begun = False
        while not self._stop.is_set():
            try:
                if not begun:
                    mail.settle_left(self._database)
                    begun = True
                self._write()
                while not self._stop.is_set() and (claimed := mail.claim(self._database)):
                    self._settle(claimed, *send(self._database, claimed))
                self._read_back()
            except DatabaseClosed:
                return
            except StoreError as why:  # such as a full disk: later
                log.warning("Mail waits: %s", why)
            except Exception:
                log.exception("Mail waits")
            self._stop.wait(EVERY)

    def _write(self) -> None:
        """Puts out what the app itself has to say."""
        if time.monotonic() - self._wrote < WRITES_EVERY:
            return
        self._wrote, now = time.monotonic(), utc_now()
        mail.put_out(self._database, receipts(self._database, now), now=now)
        mail.put_out(self._database, questions(self._database, now), now=now)
        here = formatting.in_london(now)
        if here.hour >= EARLIEST and self._reminded != here.date():
            mail.put_out(self._database, reminders(self._database, now), now=now)
            self._reminded = here.date()

    def _read_back(self) -> None:
        """Marks what came back; where the mailbox can't be read, the record says so once."""
        if self._mailbox is None or time.monotonic() - self._read < READS_EVERY:
            return
        self._read = time.monotonic()
        try:
            for report in self._mailbox.new_reports(utc_now().date()):
                mail.record_bounce(self._database, report)
            self._unreachable = ""
        except Unreachable as why:
            log.warning("What came back was not read: %s", why)
            if str(why) != self._unreachable:
                self._unreachable = str(why)
                audit.note(self._database, THE_APP, "could not read mail that came back", str(why))

    def _settle(self, claimed: Mail, state: str, detail: str) -> None:
        """Until it is kept what became of this one, no other is sent."""
        while True:
            try:
                mail.settle(self._database, claimed, state, detail)
                return
            except DatabaseClosed:
                raise
            except StoreError as why:
                log.warning("Mail waits: %s", why)
                if self._stop.wait(EVERY):
                    return


def send(database: Database, claimed: Mail, now: datetime | None = None) -> tuple[str, str]:
    """What became of a mail that was claimed: its state, and what the server said."""
    settings, email = database.settings, claimed.letter.email

    def make() -> bytes | None:
        moment = now or utc_now()
        try:
            text = text_of(database, claimed, moment)
            if text is None:
                return None
            return message(settings, email, text, claimed.message_id, moment)
        except Exception:
            log.exception("Mail %s can't be written", claimed.mail_id)
            raise NotNow("It could not be written: a fault of ours, in the app's log.") from None

    try:
        return ("sent" if deliver(settings, email, make) else "dropped"), ""
    except NotNow as why:
        return "waiting", str(why)
    except Refused as why:
        return "refused", str(why)
    except Unclear as why:
        return "unclear", str(why)
    except Exception:
        log.exception("Mail %s", claimed.mail_id)
        return "unclear", "A fault of ours, in the app's log."
