"""What people did: kept as it happens, never changed, and after a time set by the network gone."""

from datetime import datetime, timedelta

import pandas as pd
from duckdb import DuckDBPyConnection

from anchornet.store.database import Database, append, utc_now

# What is kept here leaves no other trace; the rest of the trail is in the tables themselves.
DID = (
    "signed in",
    "signed out",
    "signed out everywhere",
    "was refused",
    "was refused a page",
    "was refused a member's own",
    "made a sign-in link",
    "made the first link",
    "set a password",
    "added a passkey",
    "removed a passkey",
    "used the API",
    "downloaded",
    "looked at a member's rows",
    "made a backup",
    "could not make a backup",
    "could not read mail that came back",
    "cleared personal data that was due",
)


def record(
    cursor: DuckDBPyConnection,
    who: str,
    did: str,
    about: str = "",
    member_id: str | None = None,
    now: datetime | None = None,
) -> None:
    """Keeps that it happened, in the caller's transaction; `did` is one of DID."""
    if did not in DID:
        raise ValueError(f"{did} is not one of {', '.join(DID)}")
    append(cursor, "audit", now or utc_now(), who[:254], did, about[:500], member_id)


def note(
    database: Database,
    who: str,
    did: str,
    about: str = "",
    member_id: str | None = None,
    now: datetime | None = None,
) -> None:
    """`record` in a transaction of its own."""
    with database.writing(quietly=True) as cursor:
        record(cursor, who, did, about, member_id, now)


def trail(database: Database, since: datetime | None = None) -> pd.DataFrame:
    """Everything that people did, the newest first: happened_at (UTC), who, did, about, member_id;
    what other tables record is read from there."""
    return database.frame(
        """
        select happened_at, who, did, about, member_id
        from audit_trail()
        where not happened_at < coalesce($since::timestamp, '-infinity'::timestamp)
        order by happened_at desc, did, about, who, member_id
        """,
        {"since": since},
    )


def looks(database: Database, member_id: str) -> pd.DataFrame:
    """When a coordinator looked at a member's rows, the newest first: happened_at (UTC), who,
    about."""
    return database.frame(
        """
        select happened_at, who, about
        from audit
        where did = 'looked at a member''s rows' and member_id = ?
        order by happened_at desc, about
        """,
        [member_id],
    )


def forget(database: Database, now: datetime | None = None) -> int:
    """Deletes what is older than the network keeps it (settings.audit_days): the one thing in the
    database that is ever deleted. Returns how many rows."""
    before = (now or utc_now()) - timedelta(days=database.settings.audit_days)
    tables = ("audit", "keys", "keys_spent", "mails", "mail_states")
    with database.writing(quietly=True, replaces=tables) as cursor:
        counts = cursor.execute("delete from audit where happened_at < ?", [before]).fetchall()
        cursor.execute("delete from keys where ends_at < ?", [before])
        cursor.execute("delete from keys_spent where spent_at < ?", [before])
        cursor.execute("delete from mails where made_at < ?", [before])
        for table in ("mail_states", "mail_reports"):
            cursor.execute(f"delete from {table} where mail_id not in (select mail_id from mails)")
    return int(counts[0][0])
