"""What the ASGI entry does besides showing the shell."""

import runpy
import socket

import pytest

from anchornet.setting_values import PROJECT


def _at_once(held: socket.socket) -> int:
    return held.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.filterwarnings("ignore")
def test_what_is_sent_waits_for_no_acknowledgement() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        assert not _at_once(server)
        closed = socket.socket()
        closed.close()
        runpy.run_path(str(PROJECT / "app.py"))
        client.connect(server.getsockname())
        accepted, _ = server.accept()
        with accepted:
            assert _at_once(accepted)
        assert not _at_once(client)
