"""The one script of ours: links within the app, the keyboard, and marks in the menu."""

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_TEXT = Path(__file__).with_name("script.js").read_bytes()
# A release that changes it has another address, so that browsers may keep it.
PATH = f"/anchornet-{hashlib.sha256(_TEXT).hexdigest()[:12]}.js"


async def _script(request: Request) -> Response:
    kept = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(_TEXT, media_type="text/javascript", headers=kept)


ROUTES = (Route(PATH, _script),)
