"""Commands of mail: a test of its settings, and what went out."""

from pathlib import Path

import typer

from anchornet.cli.options import DATABASE, FORMAT, Form, argument, group
from anchornet.cli.output import moment_text, network, print_rows, say, settings_with

app = typer.Typer()
mail = group(app, "mail", "What the app sends by email.")


@mail.command("test")
def try_mail(
    address: str = argument("ADDRESS", "Where to send it."), database: Path | None = DATABASE
) -> int:
    """Send a test with the settings of mail, also while the app runs."""
    import secrets

    from anchornet.exports.mail import delivery
    from anchornet.narrative import letters
    from anchornet.store.database import utc_now
    from anchornet.store.network import NotPossible

    settings = settings_with(database)
    if not settings.mail_host:
        raise NotPossible("No mail server is set. docs/running.md says how to set one.")
    text = letters.trial(letters.Envelope("", settings.network_name, settings.address))
    number = f"<{secrets.token_hex(16)}@{settings.mail_from.rpartition('@')[2]}>"
    try:
        delivery.deliver(
            settings, address, lambda: delivery.message(settings, address, text, number, utc_now())
        )
    except (delivery.NotNow, delivery.Refused, delivery.Unclear) as why:
        raise NotPossible(str(why)) from None
    return say(f"{settings.mail_host} has accepted a test email for {address}.")


@mail.command("list")
def list_mail(form: Form = FORMAT, database: Path | None = DATABASE) -> int:
    """Say what went out, what waits and what was refused."""
    from anchornet.store.mail import mails

    with network(database) as opened:
        rows = [
            {
                "mail": mail.mail_id,
                "kind": mail.letter.kind,
                "to": mail.letter.email,
                "member_id": mail.letter.member_id,
                "state": mail.state,
                "since": moment_text(mail.recorded_at, "seconds"),
                "tries": mail.tries,
                "due_at": moment_text(mail.due_at, "seconds") if mail.state == "waiting" else None,
                "detail": mail.detail,
            }
            for mail in mails(opened)
        ]
    return print_rows(rows, form)
