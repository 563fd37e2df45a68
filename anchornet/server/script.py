"""The scripts of ours: one on every page, for links within the app, the keyboard and the menu; one
where people sign in, for passkeys."""

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def _route(file: str, name: str) -> Route:
    text = Path(__file__).with_name(file).read_bytes()

    async def give(request: Request) -> Response:
        kept = {"cache-control": "public, max-age=31536000, immutable"}
        return Response(text, media_type="text/javascript", headers=kept)

    # A release that changes it has another address, so that browsers may keep it.
    return Route(f"/{name}-{hashlib.sha256(text).hexdigest()[:12]}.js", give)


ROUTES = (_route("script.js", "anchornet"), _route("passkeys.js", "passkeys"))
PATH, PASSKEYS = (route.path for route in ROUTES)
