"""Every command as one program: runs the words of a command line, and says how it ended."""

import os
import tempfile
import traceback
import uuid
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Literal, get_args, get_origin

import typer
from typer._click.core import Command
from typer._coercion import RuntimeParam
from typer.core import TyperArgument, TyperGroup, TyperOption
from typer.main import get_command, get_command_name

from anchornet.cli import (
    files,
    indicators,
    mail,
    meetings,
    needs,
    network,
    organisations,
    people,
    prepare,
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
SUBJECTS = (
    network, organisations, people, mail, files, prepare, returns, indicators, meetings, needs,
    stories, sharing,
)  # fmt: skip
for subject in SUBJECTS:
    app.add_typer(subject.app)


@cache
def _program(word: str) -> Command:
    """All commands; or only those that begin with the word, as the others take time to make."""
    alone = typer.Typer(callback=take_database, add_completion=False, rich_markup_mode=None)
    for subject in SUBJECTS:
        alone.registered_commands += [
            command
            for command in subject.app.registered_commands
            if command.callback and word == (command.name or _name(command.callback))
        ]
        alone.registered_groups += [
            group for group in subject.app.registered_groups if group.name == word
        ]
    program = get_command(alone if alone.registered_commands or alone.registered_groups else app)
    _read_plainly(program)
    return program


def _name(function: Callable[..., Any]) -> str:
    return get_command_name(function.__name__)


def _read_plainly(command: Command) -> None:
    """Reads what is typed without pydantic, which typer would load to do it."""
    for parameter in command.get_params(typer.Context(command)):
        if isinstance(parameter, TyperArgument | TyperOption):
            about = parameter.type_descriptor
            kind = get_args(about.annotation)[0] if about.is_list else about.annotation
            plain = kind in (str, bool) or get_origin(kind) is Literal
            if plain or about.parameter_info.parser:
                parameter._runtime_param = _Plain(about.parameter_info, kind)
    for inner in getattr(command, "commands", {}).values():
        _read_plainly(inner)


class _Plain(RuntimeParam):
    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
        if isinstance(value, list | tuple):
            return [self._coerce_value(each, param, ctx) for each in value]
        if self.parameter_info.parser:
            return self.parameter_info.parser(value)
        choices = get_args(self.annotation)
        if choices and value not in choices:
            sentence = f"{value!r} is not one of {', '.join(map(repr, choices))}."
            raise typer.BadParameter(sentence, ctx=ctx, param=param)
        return value


def run(words: Sequence[str]) -> int:
    """Runs one command and says how it ended. Raises InUse, and BrokenPipeError where nobody reads
    on."""
    try:
        command = _program(words[0] if words else "")
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
