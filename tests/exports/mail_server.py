"""A mail server on this machine, as strict as a real one: encryption with a certificate of an
authority of its own, a user and a password."""

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from anchornet.settings import Settings

USER, PASSWORD = "network", "a quiet password"


def make_certificates(folder: Path) -> Path:
    """`ca.pem`, and `server.pem` for localhost, signed by it; the first."""
    now = datetime.now(UTC)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sample authority")])
    server = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])

    def certificate(subject: x509.Name, public: Any, extension: Any) -> x509.Certificate:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(name)
        builder = builder.public_key(public).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1))
        builder = builder.not_valid_after(now + timedelta(days=2))
        return builder.add_extension(extension, critical=True).sign(authority_key, hashes.SHA256())

    authority = certificate(
        name, authority_key.public_key(), x509.BasicConstraints(ca=True, path_length=None)
    )
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    own = certificate(server, key.public_key(), x509.SubjectAlternativeName(names))
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(private + own.public_bytes(pem))
    (folder / "ca.pem").write_bytes(authority.public_bytes(pem))
    return folder / "ca.pem"


@dataclass
class Received:
    """What the server took, in order; `answers` are what it says to addresses and to messages."""

    messages: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: dict[str, str] = field(default_factory=dict)  # address -> what is answered to it
    after: Callable[[SMTP], str] = lambda server: "250 Taken"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.recipients.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = bytes(envelope.original_content or b"")
        self.raw.append(content)
        parsed = message_from_bytes(content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.messages.append((list(envelope.rcpt_tos), parsed))
        return self.after(server)


def authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    right = isinstance(data, LoginPassword) and data == LoginPassword(
        USER.encode(), PASSWORD.encode()
    )
    return AuthResult(success=right, handled=False)


@contextmanager
def serving(
    folder: Path, settings: Settings, tls: str = "starttls"
) -> Iterator[tuple[Settings, Received]]:
    """The settings to send by a server that runs, and what it receives."""
    authority = folder / "ca.pem"
    if not authority.exists():
        make_certificates(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    received = Received()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options: dict[str, Any] = {"hostname": "127.0.0.1", "port": port}
    if tls == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    elif tls == "implicit":
        options |= {"ssl_context": context}
    if tls != "none":
        options |= {"authenticator": authenticate, "auth_required": True}
    if tls == "implicit":  # encrypted before it is asked, which aiosmtpd doesn't see
        options["auth_require_tls"] = False
    controller = Controller(received, **options)
    controller.start()
    try:
        (folder / "password").write_text(f"{PASSWORD}\n")
        yield (
            replace(
                settings,
                address="https://network.example.org",
                mail_host="localhost" if tls == "none" else "127.0.0.1",
                mail_port=port,
                mail_tls=tls,
                mail_user="" if tls == "none" else USER,
                mail_password_file=str(folder / "password"),
                mail_from="network@example.org",
                mail_ca_file=str(authority),
            ),
            received,
        )
    finally:
        controller.stop()
