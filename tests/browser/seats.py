"""Somebody's open page without a browser: its websocket and addresses, as a browser uses them."""

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

CODE = "three quiet words"
STRANGER = ""
MEDIA = re.compile(rb"/media/[\w.-]+")


@dataclass
class Seat:
    """Somebody's open page."""

    address: str
    cookie: str
    socket: ClientConnection
    session: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)  # what each button that makes a file asks for
    media: set[str] = field(default_factory=set)  # addresses of files that a page names
    frames: list[bytes] = field(default_factory=list)  # all that came since the page was asked for

    def send(self, message: BackMsg) -> None:
        self.socket.send(message.SerializeToString())

    def go(self, page: str = "") -> str:
        """Opens the page; everything it says."""
        self.open(page)
        deltas = (ForwardMsg.FromString(frame).delta for frame in self.frames)
        return "".join(map(str, deltas))

    def open(self, page: str = "", query: str = "") -> None:
        message = BackMsg()
        message.rerun_script.query_string = query
        message.rerun_script.page_name = "" if page in self.pages else page
        message.rerun_script.page_script_hash = self.pages.get(page, "")
        self.send(message)
        self.frames = []
        while not _is_opened(self.read()):
            pass

    def read(self, timeout: float = 60) -> ForwardMsg:
        frame = bytes(self.socket.recv(timeout))
        self.frames.append(frame)
        message = ForwardMsg.FromString(frame)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id
            self.buttons, self.media = [], set()  # those of the page before are gone
        elif kind == "navigation":
            self.pages = {
                page.url_pathname: page.page_script_hash for page in message.navigation.app_pages
            }
        elif kind == "delta":
            element = message.delta.new_element
            if asked := element.download_button.deferred_file_id:
                self.buttons.append(asked)
        self.media |= {path.decode() for path in MEDIA.findall(frame)}
        return message

    def ask_for_file(self, identifier: str, seconds: float = 60) -> str:
        """The address of the file that the button makes; TimeoutError: no answer."""
        message = BackMsg()
        asked = message.backend_operation_request
        asked.request_id, asked.session_id = identifier, self.session
        asked.deferred_file.file_id = identifier
        self.send(message)
        while (answer := self.read(seconds).backend_operation_response).request_id != identifier:
            pass
        return str(answer.deferred_file.url)

    def fetch(self, path: str) -> bytes:
        request = urllib.request.Request(f"{self.address}{path}", headers={"Cookie": self.cookie})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return bytes(answer.read())

    def http(self, method: str, path: str, **headers: str) -> int:
        request = urllib.request.Request(f"{self.address}{path}", method=method)
        request.headers = {"Cookie": self.cookie, **headers}
        with suppress(urllib.error.HTTPError):
            return int(urllib.request.urlopen(request, timeout=30).status)
        try:
            urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as refused:
            return refused.code
        return 0


def _is_opened(message: ForwardMsg) -> bool:
    """Whether the page is whole: one that starts itself again finishes more than once."""
    early = ForwardMsg.FINISHED_EARLY_FOR_RERUN
    return message.HasField("script_finished") and message.script_finished != early


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


def cookie_of(address: str, email: str) -> str:
    if email == STRANGER:
        return ""
    form = urlencode({"email": email, "password": CODE}).encode()
    request = urllib.request.Request(f"{address}/sign-in", form, {"Origin": address})
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.build_opener(NoRedirect).open(request, timeout=60)
    assert answer.value.code == 303
    return str(answer.value.headers["set-cookie"]).split(";")[0]


@contextmanager
def seat(
    address: str, email: str, cookie: str = "", again: str = "", origin: str = ""
) -> Iterator[Seat]:
    """Somebody's page, opened; `again`: the session that they say was theirs."""
    cookie = cookie or cookie_of(address, email)
    protocols = ["streamlit", "x", *([again] if again else [])]
    with connect(
        f"{address.replace('http', 'ws')}/_stcore/stream",
        subprotocols=[websockets.Subprotocol(name) for name in protocols],
        origin=websockets.Origin(origin or address),
        additional_headers={"Cookie": cookie} if cookie else {},
        max_size=None,
    ) as socket:
        opened = Seat(address, cookie, socket)
        opened.open()
        yield opened
