"""A message in plain text and HTML, and handing one to the mail server."""

import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from anchornet.narrative.letters import Text
from anchornet.setting_values import MAILBOX, PROJECT
from anchornet.settings import Settings, SettingsError, mail_password

TIMEOUT = 30.0  # seconds that the mail server may be silent
# Letters of seven bits only: there are still servers that take no others.
_POLICY = SMTP.clone(cte_type="7bit")
_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class NotNow(Exception):
    """It was certainly not sent, and may be later."""


class Refused(Exception):
    """It was certainly not sent, and will not be taken later either."""


class Unclear(Exception):
    """The server was given it, and nobody knows whether it kept it."""


def message(settings: Settings, email: str, text: Text, message_id: str, at: datetime) -> bytes:
    """The whole message, as it is handed over; `at` is UTC."""
    built = EmailMessage(_POLICY)
    name = _one_line(settings.network_name)
    built["From"] = Address(name, addr_spec=settings.mail_from)
    built["To"] = Address(addr_spec=email)
    built["Subject"] = _one_line(text.subject)
    built["Date"] = at.replace(tzinfo=UTC)
    built["Message-ID"] = message_id
    built["Auto-Submitted"] = "auto-generated"  # so that nobody's absence is answered to it
    built.set_content(text.plain())
    page = _environment.get_template("mail.html").render(text=text, network=name)
    built.add_alternative(page, subtype="html")
    return built.as_bytes()


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split())


def deliver(settings: Settings, email: str, make: Callable[[], bytes | None]) -> bool:
    """Hands a message to the mail server, which is made once the server takes mail for the address;
    False where there then is none. Raises NotNow, Refused and Unclear; the text says why."""
    if not re.fullmatch(MAILBOX, email):
        raise Refused("No mail can be sent to this address.")
    try:
        with _connected(settings) as server:
            _ask(server.mail(settings.mail_from), "the address mail comes from")
            _ask(server.rcpt(email), "this address", refuses=True)
            content = make()
            if content is None:
                return False
            _hand_over(server, content)
    except SettingsError as why:
        raise NotNow(str(why)) from None
    except smtplib.SMTPAuthenticationError as why:
        raise NotNow(f"The mail server refuses the user or password: {_said(why)}") from None
    except smtplib.SMTPResponseException as why:
        raise NotNow(f"The mail server says: {_said(why)}") from None
    except ssl.SSLError as why:
        raise NotNow(f"The mail server: {why_not_secure(why)}") from None
    except (OSError, smtplib.SMTPException) as why:
        reason = _one_line(getattr(why, "strerror", None) or str(why))[:150]
        raise NotNow(f"The mail server can't be reached: {reason.rstrip('.')}.") from None
    return True


class _Server(smtplib.SMTP):
    """A connection that waits for no answer when it is left: nothing can fail any more."""

    def __exit__(self, *args: object) -> None:
        with suppress(OSError, smtplib.SMTPException):
            self.putcmd("quit")
        self.close()


class _SecureServer(_Server, smtplib.SMTP_SSL):
    pass


def secure_context(settings: Settings) -> ssl.SSLContext:
    """Takes a server whose certificate holds, and no other."""
    authorities = settings.mail_ca_file and str(PROJECT / Path(settings.mail_ca_file).expanduser())
    return ssl.create_default_context(cafile=authorities or None)


def why_not_secure(why: ssl.SSLError) -> str:
    reason = getattr(why, "verify_message", "") or why.reason or "no secure connection"
    return f"its certificate or encryption is not accepted: {reason}."


def _connected(settings: Settings) -> smtplib.SMTP:
    context = secure_context(settings)
    host_and_port = (settings.mail_host, settings.mail_port)
    server: smtplib.SMTP
    if settings.mail_tls == "implicit":
        server = _SecureServer(*host_and_port, timeout=TIMEOUT, context=context)
    else:
        server = _Server(*host_and_port, timeout=TIMEOUT)
    try:
        if settings.mail_tls == "starttls":
            server.starttls(context=context)  # raises where the server has no encryption
        if settings.mail_user:
            server.login(settings.mail_user, mail_password(settings))
        else:
            server.ehlo_or_helo_if_needed()
    except BaseException:
        server.close()
        raise
    return server


def _ask(answer: tuple[int, bytes], what: str, *, refuses: bool = False) -> None:
    code, words = answer
    if 200 <= code < 300:
        return
    answered = f"The mail server does not take {what}: {code} {_text(words)}"
    raise Refused(answered) if refuses and code >= 500 else NotNow(answered)


def _hand_over(server: smtplib.SMTP, content: bytes) -> None:
    code, words = server.docmd("data")
    if code != 354:
        _ask((code, words), "this mail", refuses=True)
        raise NotNow(f"The mail server says: {code} {_text(words)}")
    server.send(re.sub(rb"(?m)^\.", b"..", content.rstrip(b"\r\n")))
    try:
        server.send(b"\r\n.\r\n")  # before this it has nothing that it could keep
        code, words = server.getreply()
    except (OSError, smtplib.SMTPException):
        raise Unclear("The mail server broke off before it said that it has the mail.") from None
    _ask((code, words), "this mail", refuses=True)


def _said(why: smtplib.SMTPResponseException) -> str:
    error = why.smtp_error
    return f"{why.smtp_code} {_text(error if isinstance(error, bytes) else error.encode())}"


def _text(words: bytes) -> str:
    return _one_line(words.decode("utf-8", "replace"))[:200]
