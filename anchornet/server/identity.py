"""Who sends a request: what its cookies and the claims of a sign-in provider say."""

import json
import time
from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string
from streamlit.web.server.starlette.starlette_websocket import _get_signed_cookie_with_chunks

from anchornet.server.networks import hosts, network
from anchornet.store import authentication
from anchornet.store.people import Account, account

COOKIE = "anchornet_sign_in"


def browser_of(cookies: Mapping[str, str]) -> str:
    """What Streamlit tells one browser from another by; empty for one that it hasn't met."""
    token, _ = decode_xsrf_token_string(cookies.get("_streamlit_xsrf", ""))
    return token.hex() if token else ""


def has_provider() -> bool:
    """Whether people sign in with a provider (OpenID Connect), which the secrets then name; it
    leads back to one address, so it is for one network."""
    try:
        return not hosts() and "auth" in st.secrets
    except StreamlitSecretNotFoundError:
        return False


def account_of(claims: Mapping[str, Any], cookie: str) -> Account | None:
    """Whom the claims of the provider, or our cookie where there is none, stand for, if the
    coordinator has them recorded."""
    database = network().database
    if has_provider():
        email = vouched_for(claims)
    else:
        held = authentication.signed_in(database, cookie)
        email = held.email if held else None
    return account(database, email) if email else None


def account_in(cookies: dict[str, str]) -> Account | None:
    """Whose browser sends these cookies."""
    claims = _get_signed_cookie_with_chunks(cookies, "_streamlit_user") if has_provider() else None
    return account_of(json.loads(claims) if claims else {}, cookies.get(COOKIE, ""))


def vouched_for(claims: Mapping[str, Any]) -> str | None:
    """The verified address of whoever signed in with the provider, while that is recent enough;
    `claims` are what the provider said of them."""
    if not claims.get("is_logged_in") or doubt(claims) or has_ended(claims):
        return None
    return str(claims.get("email"))


def has_ended(claims: Mapping[str, Any]) -> bool:
    return authentication.has_ended(network().database, mark_of(claims))


def mark_of(claims: Mapping[str, Any]) -> str:
    """What tells one sign-in with the provider from another, in its cookie and in Streamlit."""
    other = ("origin", "is_logged_in", "tokens")
    return json.dumps({name: claims[name] for name in sorted(claims) if name not in other})


def doubt(claims: Mapping[str, Any]) -> str:
    """Why somebody whom the provider let in is not taken at its word; the provider's cookie lasts
    for a month, so the age of the sign-in is looked at here."""
    # Entra ID has a claim of its own for an address whose domain was verified.
    verified = claims.get("email_verified") is True or claims.get("xms_edov") in (True, "1")
    if not verified:
        return "The sign-in provider gave no verified email address. Ask whoever runs it."
    since, hours = claims.get("iat"), network().settings.sign_in_hours
    if not isinstance(since, int | float) or time.time() - since >= hours * 3600:
        return f"It is more than {hours} hours since you signed in. Please sign in again."
    return ""
