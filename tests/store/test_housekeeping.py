"""What is cleared when its time is over, and what stays."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from anchornet.indicators.figures import OWN, Request, figures
from anchornet.store import audit, authentication, stories
from anchornet.store.database import Database, utc_now
from anchornet.store.housekeeping import NOBODY, TERMS, clear, due, sizes
from anchornet.store.people import accounts, record_person, remove_person
from anchornet.store.stories import Consent, Draft, Picture
from anchornet.store.submissions import history
from tests.conftest import SEPTEMBER, Send

NOW = utc_now()
LONG = NOW - timedelta(days=800)  # audit_days are 730
LATELY = NOW - timedelta(days=700)


def person(database: Database, name: str, since: datetime) -> str:
    email = f"{name.lower()}@example.org"
    record_person(database, email, name, [("comms", None)], by="ada", now=since)
    authentication.set_password(
        database, email, "correct horse battery staple", by="ada", now=since
    )
    return email


@pytest.fixture
def lived(network: Database, spend: Send) -> Database:
    """A network of some years, with much that is over."""
    spend("council", "Near Ltd,,M2 5DB,,300,Repairs")
    gone, stays, left = (person(network, name, LONG) for name in ("Gail", "Sid", "Lee"))
    remove_person(network, gone, by="ada", now=LONG)
    remove_person(network, left, by="ada", now=LATELY)
    for who, moment in ((gone, LONG), (stays, LONG), (stays, LATELY)):
        audit.note(network, who, "downloaded", "a file", now=moment)
    picture = Picture(b"large", b"small", Consent(False, "", None, ""))
    for shown in (picture, picture):  # the second takes the place of the first
        draft = Draft(title="Ten weeks", words="She began.", picture=shown, alternative="A door")
        number = len(stories.listed(network)) and 1
        stories.write(network, "council", draft, by=stays, story_id=number or None, now=LONG)
    return network


def test_nothing_changes_until_it_is_asked_for(lived: Database) -> None:
    before = len(audit.trail(lived))
    counts = due(lived, NOW)
    assert list(counts) == [term.what for term in TERMS]
    assert counts["names, passwords, passkeys and calendars of people who left"] == 1
    assert counts["pictures that no story shows"] == 1
    assert due(lived, NOW) == counts
    assert len(audit.trail(lived)) == before


def test_what_is_over_is_cleared_and_said_and_receipts_and_figures_stay(lived: Database) -> None:
    request = Request(["spend"], [SEPTEMBER])
    shown = figures(lived, request, OWN).drop(columns="as_at").to_csv()
    receipts = history(lived).to_csv()
    cleared = clear(lived, by="ada@example.org", now=NOW)
    assert cleared["names, passwords, passkeys and calendars of people who left"] == 1
    names = {
        email: {name for (name,) in lived.rows("select name from people where email = ?", [email])}
        for email in ("gail@example.org", "sid@example.org", "lee@example.org")
    }
    assert names == {
        "gail@example.org": {NOBODY},
        "sid@example.org": {"Sid"},
        "lee@example.org": {"Lee"},  # left lately
    }
    assert lived.rows("select count(*) from passwords where email = 'gail@example.org'") == [(0,)]
    assert lived.rows("select count(*) from passwords where email = 'sid@example.org'") == [(1,)]
    assert [one.email for one in accounts(lived)] == ["sid@example.org"]
    assert lived.rows("select min(happened_at) >= ? from audit", [LATELY]) == [(True,)]
    kept = lived.rows("select picture_id, large is not null from pictures order by 1")
    assert [there for _, there in kept] == [False, True]
    trail = audit.trail(lived)
    (line,) = trail.loc[trail["did"] == "cleared personal data that was due", "about"]
    assert "1 names, passwords, passkeys and calendars of people who left" in line
    assert figures(lived, request, OWN).drop(columns="as_at").to_csv() == shown
    assert history(lived).to_csv() == receipts
    assert set(due(lived, NOW).values()) == {0}
    record_person(lived, "gail@example.org", "Gail", [("comms", None)], by="ada")
    assert "gail@example.org" in [one.email for one in accounts(lived)]


@pytest.mark.of_a_file
def test_sizes_are_those_of_the_disk_and_what_was_killed_leaves_goes(
    lived: Database, tmp_path: Path
) -> None:
    old, new = tmp_path / ".making-a", tmp_path / ".reading-b"
    for folder in (old, new):
        folder.mkdir()
        (folder / "copy").write_bytes(bytes(1000))
    long_ago = (NOW - timedelta(days=2)).timestamp()
    os.utime(old, (long_ago, long_ago))
    of = {size.what: size for size in sizes(lived)}
    assert of["database"].size >= lived.path.stat().st_size
    assert (
        of["left over by what was stopped"].count,
        of["left over by what was stopped"].size,
    ) == (
        1,
        1000,
    )
    assert of["– of that: files as they were sent"].count == 1
    clear(lived, by="ada@example.org", now=NOW)
    assert not old.exists()
    assert new.exists()
