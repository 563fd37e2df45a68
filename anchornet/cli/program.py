"""Every command as one program: runs the words of a command line, and says how it ended."""

import os
import tempfile
import traceback
import uuid
from collections.abc import Sequence
from functools import cache

import typer
from typer.core import TyperGroup
from typer.main import get_command

from anchornet.cli import (
    indicators,
    mail,
    meetings,
    needs,
    network,
    people,
    returns,
    sharing,
    stories,
)
from anchornet.cli.options import take_database
from anchornet.cli.output import FILE_HAS_ERRORS, OUR_FAULT, WRONG_USE, InUse, say

PROGRAM = "python -m anchornet"
app = typer.Typer(
    callback=take_database,
    add_completion=False,
    rich_markup_mode=None,
    help="The same functions as the pages. Results go to standard output, messages to standard "
    "error. It ends with 0: done; 1: the file has errors, or warnings that nobody accepted; "
    "2: wrong use; 3: a fault of ours, which is logged.",
)
for subject in (network, people, mail, returns, indicators, meetings, needs, stories, sharing):
    app.add_typer(subject.app)
_command = cache(get_command)


def run(words: Sequence[str]) -> int:
    """Runs one command and says how it ended. Raises InUse, and BrokenPipeError where nobody reads
    on."""
    try:
        command = _command(app)
        with command.make_context(PROGRAM, [*words]) as context:
            return int(command.invoke(context))
    except typer.Exit as stop:  # the help was printed
        return stop.exit_code
    except typer.TyperException as wrong:
        return say(_wrong_use(wrong), WRONG_USE)
    except (BrokenPipeError, InUse):
        raise
    except Exception as error:
        return say(*_sentence(error))


def _wrong_use(wrong: typer.TyperException) -> str:
    """One line, without the whole usage."""
    context = getattr(wrong, "ctx", None)
    path = context.command_path if context else PROGRAM
    sentence = wrong.format_message()
    if type(wrong) is typer.BadParameter and wrong.param:
        name = wrong.param.get_error_hint().strip("'")
        sentence = f"{name}: {wrong.message.removeprefix('Value error, ')}"
    elif context and isinstance(context.command, TyperGroup) and "option" not in sentence:
        sentence += f" There are: {', '.join(context.command.commands)}."
    return f"{path}: {sentence}\nSee {path} --help."


def _sentence(error: Exception) -> tuple[str, int]:
    """What to say of a fault, and the code to end with."""
    # Only here: what a command never imported, it can't have raised.
    from anchornet.periods import NotDeclared
    from anchornet.places.reference import NoReference
    from anchornet.returns.columns import MappingError
    from anchornet.returns.csv_reader import Refused
    from anchornet.settings import SettingsError
    from anchornet.store.database import StoreError
    from anchornet.store.network import LoadError, NotPossible

    wrong_use = (StoreError, NotPossible, NotDeclared, MappingError, NoReference, SettingsError)
    if isinstance(error, wrong_use):
        return str(error), WRONG_USE
    if isinstance(error, LoadError | Refused):
        return str(error), FILE_HAS_ERRORS
    return _log_fault(), OUR_FAULT


def _log_fault() -> str:
    """Logs the exception to a file that only this account can read; what to say about it."""
    reference = uuid.uuid4().hex[:8].upper()
    file, path = tempfile.mkstemp(prefix=f"anchornet-{reference}-", suffix=".log")
    with os.fdopen(file, "w", encoding="utf-8") as log:
        traceback.print_exc(file=log)
    return (
        f"Something went wrong inside anchornet. Nothing was saved in part. Reference {reference}, "
        f"details in {path}: send both to whoever looks after your installation."
    )
