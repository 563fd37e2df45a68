"""Commands of mail: a test of its settings, and what went out."""

from pathlib import Path

import typer

from anchornet.cli.options import DATABASE, FORMAT, Form, argument, group, read_file
from anchornet.cli.output import (
    DONE,
    moment_text,
    network,
    print_rows,
    print_text,
    say,
    settings_with,
)

app = typer.Typer()
mail = group(app, "mail", "What the app sends by email.")


@mail.command("test")
def try_mail(
    address: str = argument("ADDRESS", "Where to send it."), database: Path | None = DATABASE
) -> int:
    """Send a test with the settings of mail, also while the app runs."""
    import secrets

    from anchornet.exports.mail import bounces, delivery
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
    sentence = f"{settings.mail_host} has accepted a test email for {address}."
    if settings.mail_bounces_host:
        try:
            bounces.try_mailbox(settings)
        except bounces.Unreachable as why:
            raise NotPossible(f"{sentence} The mailbox where mail comes back: {why}") from None
        sentence += f" What comes back can be read at {settings.mail_bounces_host}."
    return say(sentence)


@mail.command("bounced")
def record_bounced(
    files: list[Path] = argument(
        "FILE...", "Messages as your mail program saves them (.eml).", read=read_file
    ),
    database: Path | None = DATABASE,
) -> int:
    """Read reports of mail that came back, for those whose mailbox the app doesn't read."""
    from anchornet.exports.mail.bounces import read_report
    from anchornet.store.mail import KINDS, record_bounce

    with network(database) as opened:
        for path in files:
            report = read_report(path.read_bytes())
            came = report and record_bounce(opened, report)
            if came:
                title = KINDS[came.letter.kind][0]
                print_text(f"{path.name}: {title} to {came.letter.email} came back. {came.detail}")
            elif report:
                print_text(f"{path.name}: no mail that the app sent there, or this is known of it.")
            else:
                print_text(f"{path.name}: no report that a mail could not be delivered.")
    return DONE


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
