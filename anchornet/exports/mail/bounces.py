"""Mail that came back after a server had accepted it: delivery reports (RFC 3464), from the mailbox
where they arrive or from files."""

import hashlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.parser import HeaderParser
from typing import Any

from anchornet.exports.mail.delivery import TIMEOUT, secure_context, why_not_secure
from anchornet.settings import Settings, SettingsError, bounces_password
from anchornet.store.mail import Bounce

DAYS = timedelta(days=14)  # that are looked back: servers give up after five as a rule
LARGEST = 1_000_000  # bytes of a report
MOST = 500  # of one look
_REPORTS = ("message/delivery-status", "message/global-delivery-status")
_ORIGINALS = (
    "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers",
)  # fmt: skip

# What a status of RFC 3463 says, by its beginning; the first that fits. The class, 4 or 5, is left
# out: a server that gave up after days says 4.
REASONS = (
    ("1.2", "The part after the @ takes no mail: it may be spelt wrongly."),
    ("1.8", "The other mail server refuses the address that mail comes from."),
    ("1.", "There is no such address there."),
    ("2.1", "The mailbox is closed."),
    ("2.2", "The mailbox is full."),
    ("2.", "The mailbox can't take the mail."),
    ("3.4", "The mail is too large for the other mail server."),
    ("4.", "The other mail server could not be reached."),
    ("7.1", "The other mail server refuses the mail, perhaps as spam."),
    (
        "7.2",
        "The other mail server can't tell that the mail is the network's own: whoever runs the "
        "machine looks at SPF, DKIM and DMARC.",
    ),
    ("7.", "The other mail server refuses the mail by its rules."),
    ("", "The other mail server could not deliver it."),
)


class Unreachable(Exception):
    """The mailbox can't be read now; the text says why."""


def read_report(data: bytes) -> Bounce | None:
    """What a message says that came back for good; None where it is no report of that."""
    if len(data) > LARGEST:
        return None
    try:
        return _read(message_from_bytes(data))
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError):
        return None  # nothing that a mail server writes


def _read(message: Message) -> Bounce | None:
    if message.get_content_type() != "multipart/report":
        return None
    failed: list[Message] = []
    original = ""
    for part in message.walk():
        kind = part.get_content_type()
        if kind in _REPORTS and not failed:
            failed = [block for block in _recipients(part) if _is_final(block)]
        elif kind in _ORIGINALS and not original:
            original = _message_id(part)
    addresses = frozenset(
        address
        for block in failed
        for field in ("Original-Recipient", "Final-Recipient")
        if (address := _address(block, field))
    )
    if not addresses:
        return None
    itself = _text(message, "Message-ID") or message.as_string()
    number = hashlib.sha256(itself.encode("utf-8", "replace")).hexdigest()
    return Bounce(number, original, addresses, _reason(failed[0]))


def _recipients(part: Message) -> Iterator[Message]:
    """The fields of each recipient, which follow those of the whole."""
    _, _, body = part.as_string().replace("\r\n", "\n").partition("\n\n")
    for block in re.split(r"\n\s*\n", body):
        fields = HeaderParser().parsestr(block.lstrip("\n"))
        if "Final-Recipient" in fields or "Original-Recipient" in fields:
            yield fields


def _is_final(block: Message) -> bool:
    """Whether nothing more is tried. A server that gives up after days says `failed` with a status
    of 4; one that is still trying says `delayed`."""
    action = _text(block, "Action").lower()
    return action == "failed" or (not action and _text(block, "Status").startswith("5"))


def _address(block: Message, field: str) -> str:
    """Of `rfc822; ada@example.org`, which some put between < and >."""
    kind, _, address = _text(block, field).partition(";")
    return (
        address.strip().strip("<>").lower() if kind.strip().lower() in ("rfc822", "utf-8") else ""
    )


def _message_id(part: Message) -> str:
    """Of the mail that came back, where the report holds it or its headers."""
    inner: Any = part.get_payload()
    if isinstance(inner, list):
        return _text(inner[0], "Message-ID") if inner else ""
    content = part.get_payload(decode=True)
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
    return _text(HeaderParser().parsestr(text.lstrip()), "Message-ID")


def _reason(block: Message) -> str:
    status = re.search(r"\b[245]\.(\d{1,3}\.\d{1,3})\b", _text(block, "Status"))
    detail = status[1] if status else ""
    words = next(words for start, words in REASONS if detail.startswith(start))
    diagnosis = _text(block, "Diagnostic-Code").partition(";")[2].strip()
    return f"{words} It says: {diagnosis[:180]}" if diagnosis else words


def _text(fields: Message, name: str) -> str:
    """A field on one line."""
    value = str(fields.get(name) or "")
    with suppress(LookupError, ValueError):
        value = str(make_header(decode_header(value)))
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", value).split())


def try_mailbox(settings: Settings) -> None:
    """Opens the mailbox and closes it again. Raises Unreachable."""
    with _reached(settings) as server:
        _open(server, settings)


class Mailbox:
    """The mailbox where reports arrive. It is read as it is: nothing in it is marked, moved or
    deleted, so that people can read it too."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._seen: set[tuple[str, bytes]] = set()  # messages that were looked at

    def new_reports(self, today: date) -> Iterator[Bounce]:
        """Of the last days, what was not looked at before. Raises Unreachable."""
        with _reached(self._settings) as server:
            validity = _open(server, self._settings)
            first = datetime.combine(today - DAYS, time(), UTC)
            since = imaplib.Time2Internaldate(first)[1:12].strip()
            (numbers,) = _answer(server.uid("search", "SINCE", since))
            every = numbers.split() if isinstance(numbers, bytes) else []
            new = [number for number in every if (validity, number) not in self._seen]
            for number in new[-MOST:]:
                report = read_report(_fetch(server, number.decode("ascii")))
                if report:
                    yield report
                self._seen.add((validity, number))


@contextmanager
def _reached(settings: Settings) -> Iterator[imaplib.IMAP4]:
    host = settings.mail_bounces_host
    try:
        with _connected(settings) as server:
            yield server
    except SettingsError as why:
        raise Unreachable(str(why)) from None
    except ssl.SSLError as why:
        raise Unreachable(f"{host}: {why_not_secure(why)}") from None
    except UnicodeEncodeError:
        raise Unreachable(f"{host} takes letters without accents only in a password.") from None
    except (OSError, imaplib.IMAP4.error) as why:
        answer = why.args[0] if isinstance(why, imaplib.IMAP4.error) and why.args else why
        reason = getattr(why, "strerror", None) or answer
        words = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise Unreachable(f"{host} says: {' '.join(words.split())[:150].rstrip('.')}.") from None


def _connected(settings: Settings) -> imaplib.IMAP4:
    context = secure_context(settings)
    host_and_port = (settings.mail_bounces_host, settings.mail_bounces_port)
    server: imaplib.IMAP4
    if settings.mail_bounces_tls == "implicit":
        server = imaplib.IMAP4_SSL(*host_and_port, ssl_context=context, timeout=TIMEOUT)
    else:
        server = imaplib.IMAP4(*host_and_port, timeout=TIMEOUT)
    try:
        if settings.mail_bounces_tls == "starttls":
            server.starttls(ssl_context=context)  # raises where the server has no encryption
        server.login(settings.mail_bounces_user, bounces_password(settings))
    except BaseException:
        with suppress(OSError):
            server.shutdown()
        raise
    return server


def _open(server: imaplib.IMAP4, settings: Settings) -> str:
    """Opens the folder to read only. Numbers of messages hold as long as what is given back."""
    folder = (settings.mail_bounces_folder or "INBOX").replace("\\", "\\\\").replace('"', '\\"')
    _answer(server.select(f'"{folder}"', readonly=True))
    return str(server.response("UIDVALIDITY")[1])


def _fetch(server: imaplib.IMAP4, number: str) -> bytes:
    """A message as it is, as far as it may be a report; without marking it as read."""
    headers = _part(server, number, "BODY.PEEK[HEADER]<0.100000>")
    if message_from_bytes(headers).get_content_type() != "multipart/report":
        return b""
    return _part(server, number, f"BODY.PEEK[]<0.{LARGEST}>")


def _part(server: imaplib.IMAP4, number: str, what: str) -> bytes:
    answer = _answer(server.uid("fetch", number, f"({what})"))
    return next((part[1] for part in answer if isinstance(part, tuple)), b"")


def _answer(answer: tuple[str, list[Any]]) -> list[Any]:
    kind, data = answer
    if kind != "OK":
        raise imaplib.IMAP4.error(*data[:1])
    return data
