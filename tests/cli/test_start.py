"""A command starts without what the others need."""

import json
import subprocess
import sys

from anchornet import access
from anchornet.cli import people, program
from anchornet.setting_values import PROJECT

LOADED = """
import json, sys
from anchornet.__main__ import main
code = main(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""


def loaded(*words: object) -> tuple[int, set[str]]:
    """How a command ended in a process of its own, and every module that it loaded."""
    command = [sys.executable, "-c", LOADED, *map(str, words)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=True)
    code, modules = json.loads(ended.stderr.splitlines()[-1])
    return code, set(modules)


def others(modules: set[str]) -> set[str]:
    """The packages of others among them."""
    packages = {name.partition(".")[0] for name in modules}
    return {
        name
        for name in packages - sys.stdlib_module_names - {"anchornet", "cython_runtime"}
        if not name.startswith("_")
    }


def test_check_loads_what_it_works_with_and_no_more() -> None:
    file = PROJECT / "tests" / "files" / "published" / "manchester_2021-01.csv"
    code, modules = loaded("check", "spend", file)
    assert code in (0, 1)
    assert "anchornet.returns.check" in modules
    assert others(modules) <= {
        "numpy", "pyarrow", "duckdb", "adbc_driver_duckdb", "python_calamine", "dateutil",
        "typer", "shellingham", "annotated_doc", "typing_extensions",
    }  # fmt: skip
    assert not {
        name
        for name in modules
        for package in ("indicators", "charts", "exports", "server", "ui", "facts")
        if name.startswith(f"anchornet.{package}")
    }


def test_a_command_makes_no_other() -> None:
    assert set(program._program("check").commands) == {"check"}
    assert set(program._program("people").commands) == {"people"}
    every = set(program._program("").commands)
    assert every == set(program._program("nonsense").commands) > {"check", "people"}
    assert all(set(program._program(name).commands) == {name} for name in every)


def test_help_loads_no_database_and_no_frames() -> None:
    code, modules = loaded("--help")
    assert code == 0
    assert not modules & {"duckdb", "pandas", "pyarrow", "pydantic", "rich"}


def test_the_roles_that_can_be_given_are_those_of_access() -> None:
    assert list(people.ROLES) == [*access.ROLES]
    assert people.MEMBER_ROLES == access.MEMBER_ROLES
