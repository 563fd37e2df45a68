"""The command line: `python -m anchornet …`, the same functions as the pages."""

import io
import os
import sys
from collections.abc import Sequence

from anchornet.cli import program
from anchornet.cli.output import DONE, STOPPED, InUse, say


def main(words: Sequence[str] | None = None) -> int:
    """Runs one command, inside the app where that holds the database, and says how it ended; raises
    nothing."""
    given = list(sys.argv[1:] if words is None else words)
    try:
        try:
            code = program.run(given)
        except InUse as held:
            from anchornet.cli.app_commands import run_in_app  # it loads the database's engine

            code = run_in_app(given, held)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # what reads our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return say("Stopped. Nothing was saved in part.", STOPPED)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a heading may hold what the terminal can't
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(main())
