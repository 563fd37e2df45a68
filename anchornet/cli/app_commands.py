"""Commands while the app runs: it holds the database, and runs them for whoever types them.

A command is sent as it was typed, with the folder that it was typed in. What it prints comes back
as it is printed; its files are read and written by the app, which is the same account on the same
machine.
"""

import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from anchornet.cli import program
from anchornet.cli.output import STOPPED, TERMINAL, WRONG_USE, InUse, Terminal, print_text, say
from anchornet.store import app_socket, backup
from anchornet.store.database import DatabaseInUse


class Listener(backup.Listener):
    """The app's side: it runs commands, and pauses for backups."""

    def answer(self, request: app_socket.Request, stream: TextIO) -> None:
        if request.get("ask") != "run":
            super().answer(request, stream)
            return
        TERMINAL.set(
            Terminal(
                out=_Printed(stream, "out"),
                err=_Printed(stream, "err"),
                folder=Path(request["folder"]),
                typed=request["typed"],
                database=self.database,
            )
        )
        app_socket.send(stream, {"code": program.run(request["words"])})


class _Printed(io.TextIOBase):
    """Sends what is printed to whoever typed the command."""

    def __init__(self, stream: TextIO, name: str) -> None:
        self._stream, self._name = stream, name

    def write(self, text: str) -> int:
        try:
            app_socket.send(self._stream, {self._name: text})
        except OSError:
            raise BrokenPipeError from None
        return len(text)


def run_in_app(words: Sequence[str], held: InUse) -> int:
    """Has the app that holds the database run a command, prints what it says, and says how it
    ended."""
    request = {
        "ask": "run",
        "words": [*words],
        "folder": str(Path.cwd()),
        "typed": held.typed,
    }
    try:
        with app_socket.ask(held.database, request, patience=None) as stream:
            for line in stream:
                printed = json.loads(line)
                if "code" in printed:
                    return int(printed["code"])
                print_text(printed.get("out", ""), end="")
                sys.stderr.write(printed.get("err", ""))
    except DatabaseInUse as why:
        return say(str(why), WRONG_USE)
    except KeyboardInterrupt:
        return say("Stopped waiting. The app finishes what it has begun: look there.", STOPPED)
    return say("The app stopped in the meantime. Nothing was saved in part.", WRONG_USE)
