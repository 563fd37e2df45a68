"""Pictures: their sizes, what they say of themselves, their letters, and the process that draws."""

import io
import math
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from PIL import Image

from anchornet.charts import breakdowns, trend
from anchornet.charts import style as charts_style
from anchornet.exports import picture_export, picture_layout, text_metrics
from anchornet.exports.picture_layout import Bar
from anchornet.exports.shared_chart import Figure
from anchornet.setting_values import PROJECT
from anchornet.store.network import NotPossible
from anchornet.store.publications import ChartRequest

LONG = "Sample Foundation Trust for the Care of Everybody in Every Borough of the Conurbation"
SVG = {"svg": "http://www.w3.org/2000/svg"}
PIXELS = {
    "post": (1200, 675),
    "square": (1080, 1080),
    "portrait": (1080, 1350),
    "half_page": (1240, 874),
    "slide": (1280, 720),
}


def made(bars: tuple[Bar, ...] = (), **more: object) -> Figure:
    usual = Figure(
        asked=ChartRequest(
            "starts", "bars", "member", date(2026, 9, 1), "month", datetime(2026, 11, 22)
        ),
        reference="AN-7K2M9XQ4",
        title="Starts by member <&>",
        subtitle="People · September 2026",
        chart=None,
        bars=bars,
        deck="",
        legend=(),
        rows=pd.DataFrame(
            {
                "period": [date(2026, 9, 1)] * 3,
                "name": ["=1+1", "B", "C"],
                "value": [45.0, math.nan, math.nan],
                "shown": ["45", "*", "–"],
            }
        ),
        sentence="45 people started.",
        source="The Network, Local hires returns",
        as_at="as at 22 November 2026",
        coverage="11 of 12 members",
        control="People to the nearest 5.",
        definition="People whose first day fell in the month.",
        alt="Bars of starts: =1+1 45; B too few to show.",
        sample=True,
        network="Sample Anchor Network",
        colour="#005a9c",
        logo="",
    )
    return replace(usual, **more)  # type: ignore[arg-type]


BARS = (Bar("=1+1", 45.0, "45"), Bar("B", math.nan, "too few to show"), Bar("C", math.nan, "–"))


@pytest.fixture(scope="module", autouse=True)
def drawing() -> Iterator[None]:
    yield
    if picture_export._pool is not None:
        picture_export._pool.shutdown()
        picture_export._pool = None


def texts(svg: str) -> list[str]:
    return [
        "".join(it.itertext())
        for it in ElementTree.fromstring(svg).iter(f"{picture_layout.SVG}text")
    ]


def test_a_png_has_twice_the_pixels_of_its_size() -> None:
    assert {name: (it.width, it.height) for name, it in picture_export.SIZES.items()} == PIXELS
    for name, (width, height) in PIXELS.items():
        png = Image.open(io.BytesIO(picture_export.render(made(BARS), name, "png")))
        assert png.size == (2 * width, 2 * height)
        assert png.getpixel((5, 5))[:3] == (0x00, 0x5A, 0x9C)  # the network's colour, on top


def test_a_pdf_has_the_size_that_it_is_printed_in() -> None:
    half = picture_export.render(made(BARS), "half_page", "pdf")
    found = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", half)
    assert found is not None
    # Half of A4 is 210 mm by 148 mm; a point is 1/72 of an inch.
    assert float(found[1]) == pytest.approx(210 / 25.4 * 72, abs=1)
    assert float(found[2]) == pytest.approx(148 / 25.4 * 72, abs=1)


def test_an_svg_says_what_it_is_and_holds_its_text() -> None:
    svg = picture_export.render(made(BARS), "post", "svg", draft=True).decode()
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    named = {it.get("id"): it.text for it in root if it.get("id")}
    assert root.get("aria-labelledby", "").split() == list(named)
    assert list(named.values()) == ["Starts by member <&>", made().alt]
    said = texts(svg)
    for text in (
        "Sample Anchor Network", "Sample data, all invented", "Draft", "AN-7K2M9XQ4", "45", "=1+1",
        "too few to show", "People · September 2026", "People whose first day fell in the month.",
    ):  # fmt: skip
        assert text in said
    whole = " ".join(said)
    assert "Local hires returns; 11 of 12 members; as at 22 November 2026." in whole
    assert "Draft" not in texts(picture_export.render(made(BARS), "post", "svg").decode())


def test_an_svg_needs_nothing_from_elsewhere_and_carries_every_letter_it_uses() -> None:
    line = trend.trend_chart(
        pd.DataFrame(
            {
                "period": [date(2026, month, 1) for month in (7, 8, 9)],
                "value": [0.4, math.nan, 0.5],
                "label": ["40%", "*", "50%"],
                "indicator": "local_start_share",
            }
        )
    )
    svg = picture_export.render(made(chart=line), "post", "svg").decode()
    assert "*" in texts(svg)  # the month that is hidden
    assert "50%" in texts(svg)
    addresses = re.findall(r"""(?:href|src|url)\s*[=(]\s*["']?([^"')>]+)""", svg)
    assert addresses
    assert all(it.startswith("data:") for it in addresses)
    style = re.search(r"<style>(.*?)</style>", svg)
    assert style is not None
    fonts = re.findall(r"font-weight:(\d+);src:url\(data:font/ttf;base64,([^)]+)\)", style[1])
    assert [weight for weight, _ in fonts] == ["600", "700", "400"] or len(fonts) == 3
    families = set(re.findall(r'font-family="([^",]+)', svg))
    assert families == {text_metrics.FAMILY}


def test_letters_that_the_font_lacks_become_others_and_no_boxes() -> None:
    assert text_metrics.drawable("Łódź café – £3, €4 “so” … ½ ✓") == "Łódź café – £3, €4 “so” … ½ ✓"
    assert text_metrics.drawable("Ⅻ ① a\u200b\u00adb\u202e 東京\n🏥") == "XII 1 ab ?? ?"
    for letter in text_metrics.drawable("ﬁ東①🏥 Ⅻ ℡"):
        assert ord(letter) in text_metrics._advances(400)
    svg = picture_export.render(made((Bar("東京 Trust", 1.0, "1"),)), "post", "svg").decode()
    assert "?? Trust" in texts(svg)


def test_lines_are_no_wider_than_their_room() -> None:
    lines = text_metrics.wrap(f"{LONG} {'x' * 90}", 300, 20, 700)
    assert len(lines) > 3
    assert "".join(lines).replace(" ", "") == f"{LONG}{'x' * 90}".replace(" ", "")
    assert all(text_metrics.width(line, 20, 700) <= 300 for line in lines)
    short = text_metrics.wrap(LONG, 300, 20, 700, 2)
    assert len(short) == 2
    assert short[1].endswith("…")
    assert text_metrics.width(short[1], 20, 700) <= 300
    one, two = text_metrics.balance(
        "Where people who started a job lived in September 2026", 400, 20
    )
    assert abs(text_metrics.width(one, 20) - text_metrics.width(two, 20)) < 100


def test_widths_are_those_of_the_font() -> None:
    # Measured by another tool: FreeType, through Pillow.
    from PIL import ImageFont

    font = ImageFont.truetype(text_metrics.FILES[400], 1000, layout_engine=ImageFont.Layout.BASIC)
    for text in ("Manchester", "£41.6m", "11 of 12 members"):
        assert text_metrics.width(text, 1000) == pytest.approx(font.getlength(text), rel=0.02)


def test_fourteen_members_with_long_names_stay_inside_the_picture() -> None:
    bars = tuple(Bar(f"{number} {LONG}", float(number), f"£{number}.00m") for number in range(14))
    for size, (width, _) in PIXELS.items():
        svg = picture_export.render(made(bars), size, "svg").decode()
        for it in ElementTree.fromstring(svg).iter(f"{picture_layout.SVG}text"):
            said, x = "".join(it.itertext()), float(it.get("x", "0"))
            wide = text_metrics.width(
                said, float(it.get("font-size", "0")), int(it.get("font-weight", 4))
            )
            left = {"end": x - wide, "middle": x - wide / 2}.get(it.get("text-anchor", ""), x)
            assert left >= 0, (size, said)
            assert left + wide <= width, (size, said)


def test_nothing_to_show_is_said() -> None:
    svg = picture_export.render(made(), "square", "svg").decode()
    assert "There is nothing to show." in texts(svg)


def test_the_networks_colour_takes_the_place_of_ours() -> None:
    curves = breakdowns.curves(
        pd.DataFrame({"name": "A", "months": [0, 1], "value": [1.0, 0.9], "shown": ["100%", "90%"]})
    )
    svg = picture_export.render(made(chart=curves, colour="#00662f"), "post", "svg").decode()
    assert "#00662f" in svg
    svg = picture_export.render(made(BARS, colour="#00662f"), "post", "svg").decode()
    assert 'fill="#005a9c"' not in re.sub(r'href="[^"]*"', "", svg)
    colours = picture_export.colours("#00662f")
    assert colours.of(charts_style.ACCENT) == "#00662f"
    assert colours.of("#d4351c") == "#d4351c"
    assert (
        picture_export.colours(charts_style.ACCENT).of(charts_style.RAMP[0]) == charts_style.RAMP[0]
    )
    ramp = [colours.of(it) for it in charts_style.RAMP]
    light = [sum(bytes.fromhex(it[1:])) for it in ramp]
    assert light == sorted(light, reverse=True)


def test_a_csv_is_what_is_drawn_and_runs_as_no_formula() -> None:
    lines = picture_export.csv(made(BARS)).decode("utf-8-sig").splitlines()
    assert lines == [
        "reference,period,name,value,shown,note",
        "AN-7K2M9XQ4,2026-09,'=1+1,45.0,45,Sample data: every figure is invented.",
        "AN-7K2M9XQ4,2026-09,B,*,*,Sample data: every figure is invented.",
        "AN-7K2M9XQ4,2026-09,C,,–,Sample data: every figure is invented.",
    ]
    real = picture_export.csv(made(BARS, sample=False)).decode("utf-8-sig").splitlines()
    assert real[:2] == ["reference,period,name,value,shown", "AN-7K2M9XQ4,2026-09,'=1+1,45.0,45"]


def test_a_specification_that_asks_elsewhere_is_refused() -> None:
    sheet = picture_export.sheet_of(made(), picture_export.SIZES["post"], draft=False)
    asks = '{"data": {"url": "https://example.org/x.csv"}, "mark": "bar", "encoding": {}}'
    with pytest.raises(ValueError, match=r"allowed|example\.org|denied"):
        picture_layout.draw(replace(sheet, spec=asks), "svg")


@pytest.mark.parametrize(("size", "form"), [("poster", "png"), ("post", "gif")])
def test_what_is_no_size_or_form_is_said(size: str, form: str) -> None:
    with pytest.raises(NotPossible, match="Pictures are post, square"):
        picture_export.render(made(BARS), size, form)


def test_a_logo_that_is_not_there_leaves_its_place_empty() -> None:
    svg = picture_export.render(made(BARS), "post", "svg").decode()
    assert "<image" not in svg


def test_a_drawing_process_that_dies_is_said_and_replaced() -> None:
    picture_export.render(made(BARS), "post", "svg")
    assert picture_export._pool is not None
    (process,) = picture_export._pool._processes.values()
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(NotPossible, match="could not be drawn"):
        picture_export.render(made(BARS), "post", "svg")
    assert picture_export.render(made(BARS), "post", "svg").startswith(b"<svg")


def test_a_drawing_process_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    picture_export.render(made(BARS), "post", "svg")
    assert picture_export._pool is not None
    (process,) = picture_export._pool._processes.values()
    os.kill(process.pid, signal.SIGSTOP)
    monkeypatch.setattr(picture_export, "PATIENCE", 0.2)
    with pytest.raises(NotPossible):
        picture_export.render(made(BARS), "post", "svg")
    assert ended(process.pid)


def ended(pid: int) -> bool:
    """Whether the process ends within 20 seconds. Read from the system: the pool waits for it too,
    and whoever waits second is told that it still runs."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            if not Path(f"/proc/{pid}/cmdline").read_bytes():  # ended, and nobody asked how
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


APP = """
import os, sys
from tests.exports.test_picture_export import BARS, made
from anchornet.exports import picture_export as images
if __name__ == "__main__":
    images.render(made(BARS), "post", "svg")
    (process,) = images._pool._processes
    print(process, flush=True)
    sys.stdin.read()
"""


def test_the_drawing_process_ends_with_an_app_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "app.py"
    script.write_text(APP)
    app = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert app.stdout is not None
    drawing = int(app.stdout.readline())
    assert Path(f"/proc/{drawing}").exists()
    app.kill()
    app.wait(10)
    assert ended(drawing)
