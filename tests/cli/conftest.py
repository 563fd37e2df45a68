import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from anchornet.__main__ import main
from tests.cli.ran import SEPTEMBER, Ended, Run


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the database will be; the command line is told by ANCHORNET_DATABASE."""
    path = tmp_path / "network.duckdb"
    monkeypatch.setenv("ANCHORNET_DATABASE", str(path))
    monkeypatch.setenv("ANCHORNET_FEWEST_MEMBERS_FOR_PEOPLE", "1")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return path


@pytest.fixture
def run(path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: object) -> Ended:
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ended(code, said.out, said.err)

    return run


@pytest.fixture(scope="session")
def two_members(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test keeps its database of two members for the others to copy."""
    return tmp_path_factory.mktemp("two_members") / "network.duckdb"


@pytest.fixture
def network(run: Run, path: Path, two_members: Path) -> Run:
    """The same, with a database of two members."""
    if two_members.exists():
        shutil.copy(two_members, path)
        return run
    assert run("init").code == 0
    for name, kind in (("council", "council"), ("hospital", "nhs")):
        assert run("members", "add", name, "--name", f"Sample {name}", "--kind", kind).code == 0
    shutil.copy(path, two_members)
    return run


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    def file(content: str | bytes = SEPTEMBER, name: str = "spend.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return file
