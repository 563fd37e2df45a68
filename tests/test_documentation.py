"""The documents against the code: what they name is there, and what is there they name."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from anchornet import settings
from anchornet.cli.program import PROGRAM, app
from anchornet.facts.catalogue import CATALOGUE
from anchornet.places.organisations import DIRECTORY
from anchornet.returns.declaration import RETURNS
from anchornet.setting_values import Logo
from anchornet.settings import NETWORK_SETTINGS
from anchornet.store.network import KINDS
from anchornet.store.targets import TARGET_COLUMNS

PROJECT = Path(__file__).parent.parent
DOCS = PROJECT / "docs"
PAGES = [PROJECT / "README.md", *sorted(DOCS.glob("**/*.md"))]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.M | re.S)


def rows(path: Path) -> Iterator[list[str]]:
    """The rows of the tables in a document whose first cell is in back-quotes, cells trimmed."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def commands(start: str) -> list[tuple[str, str]]:
    """(document, command line) of every line in a block of shell that starts so."""
    return [
        (path.name, line)
        for path in PAGES
        for block in BLOCK.findall(path.read_text(encoding="utf-8"))
        for line in block.splitlines()
        if line.startswith(start)
    ]


def packages(name: str) -> list[str]:
    """The packages that a requirements .in file names."""
    lines = (PROJECT / name).read_text(encoding="utf-8").splitlines()
    return [re.split("[=<>~ ]", line)[0] for line in lines if re.match("[a-z]", line)]


def test_every_setting_has_its_line_its_variable_and_its_value() -> None:
    known = {name: f"`ANCHORNET_{name.upper()}`" for name in settings.READERS}
    documented = {row[0].strip("`"): row for row in rows(DOCS / "running.md")}
    assert {name: row[1].strip() for name, row in documented.items()} == known
    assert {*list(documented)[: len(NETWORK_SETTINGS)]} == {*NETWORK_SETTINGS}
    shipped = settings.load(environment={})
    for name, row in documented.items():
        value = getattr(shipped, name)
        if name == "wider_area":
            assert row[2] == f"{value[0]} to {value[-1]}"
        elif isinstance(value, Logo):
            assert value.data == (PROJECT / row[2]).read_bytes()
        elif isinstance(value, Path):
            assert row[2] == str(value.relative_to(PROJECT))
        elif isinstance(value, bool):
            assert row[2] == str(value).lower()
        else:
            text = " ".join(value) if isinstance(value, tuple) else str(value)
            assert row[2] == (f"{value:.2f}" if isinstance(value, float) else text)


def test_every_direct_dependency_has_its_line_and_no_other() -> None:
    names = ("requirements.in", "requirements-lakehouse.in", "requirements-dev.in")
    wanted = [package for name in names for package in packages(name)]
    documented = [row[0].strip("`") for row in rows(DOCS / "dependencies.md")]
    assert sorted(documented) == sorted(wanted)


@pytest.mark.parametrize("name", ["requirements", "requirements-lakehouse", "requirements-dev"])
def test_every_direct_dependency_is_pinned_and_hashed_without_a_place_of_its_own(name: str) -> None:
    pinned = (PROJECT / f"{name}.txt").read_text(encoding="utf-8")
    for package in packages(f"{name}.in"):
        assert re.search(rf"^{package}==\S+.* \\\n    --hash=sha256:", pinned, re.M)
    assert "://" not in pinned
    assert "find-links" not in pinned
    assert not re.search(r"^[<=>]{7}", pinned, re.M)


def test_what_is_run_is_what_is_tested() -> None:
    run, shared, tested = (
        set(re.findall(r"^\S+==\S+", (PROJECT / name).read_text(encoding="utf-8"), re.M))
        for name in ("requirements.txt", "requirements-lakehouse.txt", "requirements-dev.txt")
    )
    assert run
    assert shared
    assert run | shared <= tested


COMMAND_LINE = get_command(app)


def leaves(group: TyperGroup, before: str = "") -> Iterator[tuple[str, TyperCommand]]:
    """Every command with its words."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from leaves(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


COMMANDS = dict(leaves(COMMAND_LINE))


def typed(words: list[str]) -> str:
    """Reads what is typed as the program does, runs nothing; the command that it is of."""
    context = COMMAND_LINE.make_context(PROGRAM, list(words))
    while isinstance(context.command, TyperGroup):
        rest = [*context._protected_args, *context.args]
        name, command, after = context.command.resolve_command(context, rest)
        context = command.make_context(name, after, parent=context)
    return context.command_path.removeprefix(f"{PROGRAM} ")


def test_every_command_in_the_documents_can_be_typed_and_none_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = set()
    for _, line in commands(PROGRAM):
        words = shlex.split(line)[3:]
        for word in words:
            if word.endswith((".csv", ".xlsx", ".zip", ".txt", ".jpg", ".toml", ".eml")):
                (tmp_path / word).touch()
        shown.add(typed(words))
    assert shown == set(COMMANDS)
    with pytest.raises(typer.BadParameter):
        typed(["check", "spend", "nowhere.csv"])


def test_every_command_has_its_line_with_all_that_it_takes() -> None:
    text = (DOCS / "command-line.md").read_text(encoding="utf-8").partition("## What")[0]
    documented = {
        (cells := [cell.strip() for cell in line.strip("|").split("|")])[0].strip("`"): cells[1:]
        for line in text.splitlines()
        if line.startswith("| `")
    }
    assert set(documented) == set(COMMANDS)
    without_database = set()
    for name, command in COMMANDS.items():
        options = [it for it in command.params if it.param_type_name == "option"]
        names = {it.opts[-1]: it.required for it in options}
        if names.pop("--database", None) is None:
            without_database.add(name)
        takes, must_have, may_have = documented[name]
        arguments = [it.metavar for it in command.params if it.param_type_name == "argument"]
        assert takes == (" ".join(arguments) or "–")
        assert set(re.findall("--[a-z-]+", must_have)) == {it for it in names if names[it]}
        assert set(re.findall("--[a-z-]+", may_have)) == {it for it in names if not names[it]}
    assert without_database == {"check", "move"}


def test_every_make_target_in_the_documents_is_there() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.M))
    text = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
    said = set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.M))
    assert {"run", "test", "lint", "bench"} <= said <= targets


def test_every_indicator_that_a_command_names_is_declared() -> None:
    for _, line in commands("python -m anchornet indicators"):
        names = [word for word in shlex.split(line)[4:] if re.fullmatch("[a-z_]+", word)]
        assert set(names) - {"ring", "csv", "json", "table"} <= set(CATALOGUE)


def test_what_members_and_coordinators_fill_in_is_described() -> None:
    members = (DOCS / "for-members.md").read_text(encoding="utf-8")
    for return_ in RETURNS.values():
        assert f"| {return_.title} |" in members
        assert f"`{return_.name}`" in members
    coordinators = (DOCS / "for-coordinators.md").read_text(encoding="utf-8")
    for word in (*KINDS, *TARGET_COLUMNS, *(field.name for field in DIRECTORY.fields)):
        assert f"`{word}`" in coordinators


def test_every_link_in_the_documents_leads_somewhere() -> None:
    broken = [
        f"{path.relative_to(PROJECT)}: {target}"
        for path in PAGES
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
        if "://" not in target and not (path.parent / target).exists()
    ]
    assert broken == []


def test_decisions_are_numbered_in_order_and_dated() -> None:
    paths = sorted((DOCS / "decisions").glob("*.md"))
    assert [int(path.name[:4]) for path in paths] == list(range(1, len(paths) + 1))
    for number, path in enumerate(paths, start=1):
        title, _, status, *_ = path.read_text(encoding="utf-8").splitlines()
        assert title.startswith(f"# {number}. ")
        assert re.match(r"(January|February|March|April|May|June|July|August|September|October|"
                        r"November|December) 20\d\d · ", status)  # fmt: skip
