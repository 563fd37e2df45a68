"""Mail on the screen: what went out, and texts to send by one's own mail program."""

from collections.abc import Callable, Collection
from urllib.parse import quote

import streamlit as st

from anchornet import formatting
from anchornet.exports.mail.reminders import PROVIDER
from anchornet.settings import Settings
from anchornet.store import authentication, mail
from anchornet.store.database import Database, utc_now
from anchornet.store.mail import AGAIN, KINDS, STATES, Letter, Mail
from anchornet.store.people import Account
from anchornet.ui import layout
from anchornet.ui.forms import confirmed, do, key

SHOWN = 200  # rows on screen


def sends(settings: Settings) -> bool:
    """Whether the app sends mail itself."""
    return bool(settings.mail_host)


def invitation(database: Database, account: Account, *, links: bool) -> Letter:
    """A link to sign in; with a provider (no `links`) an invitation without one."""
    about = f"{utc_now():%Y-%m-%d %H:%M:%S}"
    if not links:
        return Letter("invitation", account.email, f"{PROVIDER} {about}")
    came = authentication.has_been_in(database, account.email)
    return Letter("link" if came else "invitation", account.email, about)


def about_reminders(settings: Settings) -> str:
    """How members are reminded of what is missing."""
    if not sends(settings):
        return "A reminder for each, to copy into a message. Nothing is sent from here."
    return (
        "Contributors get an email five days before the due date, the day after it and in the week "
        "before a meeting, unless they chose not to. You can send one more."
    )


def write_button(emails: Collection[str], subject: str, text: str, key: str) -> None:
    """Opens one's own mail program with the text."""
    to = ",".join(quote(email, safe="@") for email in emails)
    address = f"mailto:{to}?subject={quote(subject)}&body={quote(text)}"
    st.link_button("Open in your email program", address, icon=":material/mail:", key=key)


def send_button(
    label: str, database: Database, letters: Callable[[], Collection[Letter]], done: str, by: str,
    key: str,
) -> None:  # fmt: skip
    """Puts letters out, where the app sends mail."""
    if sends(database.settings) and st.button(label, key=key, icon=":material/send:"):
        do(done, mail.put_out, database, letters(), by=by)


def show_mail(database: Database, by: str) -> None:
    """What went out, what waits and what came to nothing, the newest first."""
    settings, every = database.settings, mail.mails(database)
    if not sends(settings):
        layout.note(
            "This app sends no email: no mail server is set. Reminders on Returns board and links "
            "on People are texts to copy. Whoever runs the machine can set a server."
        )
    if not every:
        if sends(settings):
            layout.note("No email has been written yet.")
        return
    states = [one.state for one in every]
    counts = [f"{states.count(name):,} {STATES[name].lower()}" for name in STATES if name in states]
    layout.note(f"{formatting.capital(formatting.listed(counts))}.")
    chosen = st.selectbox(
        "State", [name for name in STATES if name in states], index=None,
        format_func=STATES.__getitem__, placeholder="Every state", key="mail_state",
    )  # fmt: skip
    picked = [one for one in every if chosen in (None, one.state)]
    rows = [
        [
            formatting.moment(one.made_at),
            KINDS[one.letter.kind][0],
            one.letter.email,
            STATES[one.state],
            _why(one),
        ]
        for one in picked[:SHOWN]
    ]
    layout.table(["Written (UTC)", "What", "To", "State", "Why"], rows, ())
    if settings.mail_bounces_host:
        back = "One that can't be delivered is marked here within ten minutes, with the reason."
    else:
        where = settings.mail_from or "the address that mail comes from"
        back = (
            f"One that can't be delivered comes back to {where} later, and is marked here once "
            "whoever runs the machine has read that report in."
        )
    layout.note(
        f"{len(rows):,} of {len(picked):,} shown, kept for {settings.audit_days:,} days. Sent "
        f"means that the mail server took it. {back}"
    )
    _send_again(database, every, by)


def _why(one: Mail) -> str:
    if one.state == "waiting" and one.tries:
        return f"{formatting.sentence(one.detail)} Next try at {one.due_at:%H:%M} (UTC)."
    return one.detail


def _send_again(database: Database, every: Collection[Mail], by: str) -> None:
    failed = {one.mail_id: one for one in every if one.state in AGAIN}
    if not failed or not sends(database.settings):
        return
    number = st.selectbox(
        "Send again",
        list(failed),
        index=None,
        format_func=lambda number: (
            f"{KINDS[failed[number].letter.kind][0]} to {failed[number].letter.email}, "
            f"{formatting.moment(failed[number].made_at)}: {STATES[failed[number].state].lower()}"
        ),
        placeholder="Choose an email",
        key=key("mail_again"),
    )
    if number is None:
        return
    twice = "It may have arrived the first time, and would then come twice. "
    bounced = "Check the address first: it came back. "
    words = {"unclear": twice, "bounced": bounced}.get(failed[number].state, "")
    if confirmed(
        "Send again", f"{words}It goes to {failed[number].letter.email}.", "Send", "again"
    ):
        do("It is on its way.", mail.send_again, database, number, by=by)
