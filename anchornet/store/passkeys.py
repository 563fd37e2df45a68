"""Passkeys (WebAuthn): a device signs in for its owner, and no secret is kept here.

What a device is asked to sign is a challenge that only we could have made, a short while ago, for
this; it is taken once. Where the app is opened (`site`) is in what the device signs.
"""

import hmac
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from anchornet.store import audit, authentication
from anchornet.store.authentication import SignInRefused
from anchornet.store.database import Database, append, utc_now
from anchornet.store.network import NotPossible
from anchornet.store.people import account, remove_passkeys

SECONDS = 300  # that a challenge holds
MOST = 10  # passkeys of one person
_taking = threading.Lock()
_key = secrets.token_bytes(32)
_taken: dict[bytes, float] = {}  # challenges that were answered, until they no longer hold


@dataclass(frozen=True)
class Passkey:
    credential_id: str
    email: str
    name: str
    public_key: bytes
    sign_count: int
    made_at: datetime
    used_at: datetime | None


def passkeys(database: Database, email: str) -> list[Passkey]:
    """Those of a person, in the order they were added."""
    return [
        Passkey(*row)
        for row in database.rows(f"{_CURRENT} where email = ? order by made_at", [email])
    ]


_CURRENT = """
    select credential_id, email, name, public_key, sign_count, made_at, used_at
    from current_passkeys(null)
"""


def ask_to_add(database: Database, email: str, site: str) -> str:
    """What a browser needs to make a passkey, as JSON. Raises NotPossible."""
    import webauthn
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    held = passkeys(database, email)
    if len(held) >= MOST:
        raise NotPossible(f"You have {MOST} passkeys. Remove one first.")
    person = account(database, email)
    options = webauthn.generate_registration_options(
        rp_id=_domain(site),
        rp_name=database.settings.network_name,
        user_id=_handle(database, email),
        user_name=email,
        user_display_name=person.name if person else email,
        challenge=_challenge(f"add {email}"),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id)) for one in held
        ],
    )
    return webauthn.options_to_json(options)


def add(
    database: Database, email: str, name: str, answer: str, site: str, now: datetime | None = None
) -> None:
    """Keeps the passkey that a browser made. Raises NotPossible."""
    import webauthn
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException

    moment, name = now or utc_now(), " ".join(name.split())[:60]
    if not name:
        raise NotPossible("Name the device, such as Work laptop.")
    try:
        challenge = _require_ours(answer, f"add {email}")
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_domain(site),
            expected_origin=site,
            require_user_verification=True,
        )
    except (WebAuthnException, SignInRefused, ValueError, KeyError, TypeError):
        raise NotPossible("This passkey could not be added. Try again.") from None
    number = bytes_to_base64url(made.credential_id)
    with database.writing(quietly=True) as cursor:
        if cursor.execute("from passkeys where credential_id = ? limit 1", [number]).fetchall():
            raise NotPossible("This passkey was added before.")
        append(
            cursor, "passkeys", number, email, name, made.credential_public_key, made.sign_count,
            moment, None, False, moment,
        )  # fmt: skip
        audit.record(cursor, email, "added a passkey", email, now=moment)


def remove(database: Database, email: str, credential_id: str, now: datetime | None = None) -> None:
    """It opens nothing from now on. Raises NotPossible."""
    moment = now or utc_now()
    held = {one.credential_id: one for one in passkeys(database, email)}
    if credential_id not in held:
        raise NotPossible("This passkey was removed before.")
    with database.writing(quietly=True) as cursor:
        remove_passkeys(cursor, email, moment, credential_id)
        audit.record(cursor, email, "removed a passkey", email, now=moment)


def ask_to_sign_in(site: str) -> str:
    """What a browser needs to offer the passkeys of this site, as JSON."""
    import webauthn
    from webauthn.helpers.structs import UserVerificationRequirement

    options = webauthn.generate_authentication_options(
        rp_id=_domain(site),
        challenge=_challenge("sign in"),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def sign_in(
    database: Database, answer: str, site: str, *, client: str = "", now: datetime | None = None
) -> str:
    """The token of a new sign-in, for what a passkey signed. Raises SignInRefused."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    moment = now or utc_now()
    authentication.refuse_when_too_many(database, client, moment)
    held = _holder(database, answer)
    try:
        challenge = _require_ours(answer, "sign in")
        if held is None or account(database, held.email) is None:
            raise SignInRefused
        used = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_domain(site),
            expected_origin=site,
            credential_public_key=held.public_key,
            credential_current_sign_count=held.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, SignInRefused, ValueError, KeyError, TypeError):
        email = held.email if held else ""
        authentication.refuse(database, email, "a passkey that is not valid", client, moment)
        raise SignInRefused(
            "This passkey does not open this network. Sign in with your password."
        ) from None
    with database.writing(quietly=True) as cursor:
        append(
            cursor, "passkeys", held.credential_id, held.email, held.name, held.public_key,
            used.new_sign_count, held.made_at, moment, False, moment,
        )  # fmt: skip
    return authentication.begin(database, held.email, "with a passkey", client=client, now=moment)


def _domain(site: str) -> str:
    return urlsplit(site).hostname or ""


def _handle(database: Database, email: str) -> bytes:
    """By which a device tells one owner's passkeys from another's; says nothing of who it is."""
    ((handle,),) = database.rows(
        "select sha256(secret || 'passkeys of ' || ?) from record_key_secret", [email]
    )
    return bytes.fromhex(handle)


def _challenge(purpose: str) -> bytes:
    start = int(time.time()).to_bytes(8) + secrets.token_bytes(16)
    return start + hmac.digest(_key, start + purpose.encode(), "sha256")


def _require_ours(answer: str, purpose: str) -> bytes:
    """The challenge that was answered. Raises SignInRefused unless we made it for this, lately, and
    it wasn't answered before."""
    from webauthn.helpers import base64url_to_bytes

    sent: Mapping[str, str] = json.loads(answer)["response"]
    challenge = base64url_to_bytes(
        json.loads(base64url_to_bytes(sent["clientDataJSON"]))["challenge"]
    )
    start, now = challenge[:24], time.time()
    made = hmac.digest(_key, start + purpose.encode(), "sha256")
    age = now - int.from_bytes(start[:8])
    if not hmac.compare_digest(challenge[24:], made) or not -1 < age < SECONDS:
        raise SignInRefused("This was asked too long ago. Try again.")
    with _taking:
        for other, until in list(_taken.items()):
            if until < now:
                del _taken[other]
        if challenge in _taken:
            raise SignInRefused("This was answered before. Try again.")
        _taken[challenge] = now + SECONDS
    return challenge


def _holder(database: Database, answer: str) -> Passkey | None:
    try:
        number = json.loads(answer)["id"]
    except (ValueError, KeyError, TypeError):
        return None
    rows = database.rows(f"{_CURRENT} where credential_id = ?", [str(number)[:1400]])
    return Passkey(*rows[0]) if rows else None
