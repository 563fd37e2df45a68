"""The command line: `python -m anchornet …`, the same functions as the pages.

Results go to standard output, messages to standard error. It ends with 0: done; 1: the file has
errors, or warnings that nobody accepted; 2: wrong use; 3: a fault of ours, which is logged.
"""

import io
import os
import sys
import tempfile
import traceback
import uuid
from collections.abc import Sequence

from anchornet.commands import (  # noqa: F401  they add to COMMANDS
    COMMANDS,
    DONE,
    FILE_HAS_ERRORS,
    OUR_FAULT,
    arguments,
    figures,
    meetings,
    network,
    people,
    returns,
    say,
    sharing,
    stories,
)
from anchornet.periods import NotDeclared
from anchornet.places.reference import NoReference
from anchornet.returns.columns import MappingError
from anchornet.returns.csv_reader import Refused
from anchornet.settings import SettingsError
from anchornet.store.database import StoreError
from anchornet.store.network import LoadError, NotPossible

WRONG = (StoreError, NotPossible, NotDeclared, MappingError, NoReference, SettingsError)


def main(words: Sequence[str] | None = None) -> int:
    """Runs one command and says how it ended; raises nothing."""
    try:
        given = arguments.make_parser(COMMANDS, str(__doc__)).parse_args(words)
        code = COMMANDS[given.command][0](given)
        sys.stdout.flush()
        return code
    except SystemExit as stop:  # argparse has said what is wrong, or printed the help
        return int(stop.code or DONE)
    except WRONG as wrong:
        return say(str(wrong), arguments.WRONG_USE)
    except (LoadError, Refused) as wrong:
        return say(str(wrong), FILE_HAS_ERRORS)
    except BrokenPipeError:  # what reads our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return say("Stopped; nothing is half kept.", 130)
    except Exception:
        return say(_log_fault(), OUR_FAULT)


def _log_fault() -> str:
    """Logs the exception to a file that only this account can read; what to say about it."""
    reference = uuid.uuid4().hex[:8].upper()
    file, path = tempfile.mkstemp(prefix=f"anchornet-{reference}-", suffix=".log")
    with os.fdopen(file, "w", encoding="utf-8") as log:
        traceback.print_exc(file=log)
    return (
        f"Something went wrong inside anchornet; nothing is half kept. Reference {reference}, "
        f"details in {path}: send both to whoever looks after your installation."
    )


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a heading may hold what the terminal can't
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(main())
