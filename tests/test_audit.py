"""The check of the pinned packages can fail, and says when it could not look."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from anchornet.settings import PROJECT

AUDIT = runpy.run_path(str(PROJECT / ".ci" / "audit.py"))
PINS = [str(PROJECT / name) for name in ("requirements.txt", "requirements-dev.txt")]
OLD = "jinja2==2.4.1 \\\n    --hash=sha256:0\nduckdb==1.5.5\n"


def pypi(pin: tuple[str, str]) -> dict[str, Any]:
    """As PyPI answers: advisories for the old release only."""
    advisory = {"id": "PYSEC-2019-217", "fixed_in": ["2.10.1"], "withdrawn": None}
    gone = {"id": "PYSEC-0000-1", "fixed_in": [], "withdrawn": "2024-01-01T00:00:00Z"}
    return {"vulnerabilities": [advisory] if pin == ("jinja2", "2.4.1") else [gone]}


def nobody(pin: tuple[str, str]) -> dict[str, Any]:
    raise OSError("There is no internet.")


def test_an_old_vulnerable_pin_is_found_without_and_with_the_internet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "requirements.txt"
    old.write_text(OLD)
    assert AUDIT["main"]([str(old)], nobody) == 1
    said = capsys.readouterr().out
    assert "jinja2 2.4.1: " in said
    assert "PyPI's advisories could not be reached" in said
    assert AUDIT["in_pypi"](AUDIT["pins"](OLD), pypi) == [
        "jinja2 2.4.1: PYSEC-2019-217, put right in 2.10.1"
    ]
    # One that knows nothing of what is known to be bad is no source.
    assert AUDIT["in_pypi"](AUDIT["pins"](OLD), lambda pin: {}) is None


def test_what_we_pin_is_not_known_to_be_vulnerable(capsys: pytest.CaptureFixture[str]) -> None:
    assert AUDIT["main"](PINS, pypi) == 0
    assert "0 found among" in capsys.readouterr().out
