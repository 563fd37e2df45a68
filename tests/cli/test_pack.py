import io
from collections.abc import Callable
from pathlib import Path

import pytest
from pptx import Presentation
from pypdf import PdfReader

from tests.cli.ran import Run, send


def test_a_pack_is_made_by_the_ending_of_its_file(
    network: Run, file: Callable[..., Path], tmp_path: Path
) -> None:
    out = tmp_path / "pack.pptx"
    ended = network("pack", "-o", out)
    assert (ended.code, ended.err) == (
        2,
        "No meeting is recorded. Record one with `meetings add`.\n",
    )
    send(network, file())
    network("meetings", "add", "Delivery group", "--at", "2031-01-15T09:00")
    network("meetings", "add", "Delivery group", "--at", "2020-01-15T09:00")
    assert network("pack", "-o", out).err == f"Made {out}, for Delivery group.\n"
    titles = [it.shapes.title.text_frame.text for it in Presentation(str(out)).slides]
    assert "Spend with suppliers: £1.50k, 1 of 2 members so far" in titles
    out = tmp_path / "pack.PDF"
    assert network("pack", "--meeting", "2020-01-15", "-o", out).code == 0
    file_ = PdfReader(io.BytesIO(out.read_bytes()))
    assert "No member has sent a return yet." in file_.pages[1].extract_text().replace("\n", " ")


def test_a_pack_of_no_meeting_or_of_another_kind_is_refused(network: Run, tmp_path: Path) -> None:
    network("meetings", "add", "Delivery group", "--at", "2026-09-16T09:00")
    ended = network("pack", "--meeting", "2026-09-17", "-o", tmp_path / "pack.pdf")
    assert ended.code == 2
    assert "There are: Delivery group on 16 September 2026." in ended.err
    ended = network("pack", "-o", tmp_path / "pack.docx")
    assert ended.code == 2
    assert ".pptx or .pdf" in ended.err
    assert not list(tmp_path.glob("pack.*"))


def test_a_template_that_lacks_a_layout_stops_the_pack_and_the_start(
    network: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network("meetings", "add", "Delivery group", "--at", "2026-09-16T09:00")
    Presentation().save(str(tmp_path / "plain.pptx"))
    monkeypatch.setenv("ANCHORNET_PACK_TEMPLATE", str(tmp_path / "plain.pptx"))
    for command in (["pack", "-o", tmp_path / "pack.pptx"], ["serve"]):
        ended = network(*command)
        assert ended.code == 2
        assert "plain.pptx has no layout named 'Cover'" in ended.err
    assert not (tmp_path / "pack.pptx").exists()
