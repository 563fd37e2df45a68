"""A command starts without what the others need."""

import json
import subprocess
import sys

from anchornet import access
from anchornet.cli import people
from anchornet.settings import PROJECT

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


def test_check_loads_no_charts_and_no_packs() -> None:
    file = PROJECT / "tests" / "files" / "published" / "manchester_2021-01.csv"
    code, modules = loaded("check", "spend", file)
    assert code in (0, 1)
    assert "anchornet.returns.check" in modules
    assert not modules & {"altair", "pptx", "jinja2", "vl_convert", "PIL", "rich", "streamlit"}
    assert not {name for name in modules if name.startswith("anchornet.indicators")}


def test_help_loads_no_database_and_no_frames() -> None:
    code, modules = loaded("--help")
    assert code == 0
    assert not modules & {"duckdb", "pandas", "pyarrow", "pydantic", "rich"}


def test_the_roles_that_can_be_given_are_those_of_access() -> None:
    assert list(people.ROLES) == [*access.ROLES]
    assert people.MEMBER_ROLES == access.MEMBER_ROLES
