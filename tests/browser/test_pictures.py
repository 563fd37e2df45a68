"""An SVG that is shared, in a browser on a machine that doesn't have its fonts."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from anchornet.exports import picture_export
from tests.exports.test_picture_export import BARS, made

WIDTH, HEIGHT = 1200, 675


def pixels(png: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    picture = Image.open(io.BytesIO(png)).convert("L").resize((WIDTH, HEIGHT))
    return np.asarray(picture, dtype="float64")


@pytest.fixture(scope="module")
def pictures() -> tuple[bytes, str]:
    """The same picture as PNG and as SVG."""
    figure = made(BARS, title="Local starts, as the letters of the product set them")
    return picture_export.render(figure, "post", "png"), picture_export.render(
        figure, "post", "svg"
    ).decode()


def shot(browser: Browser, svg: str) -> bytes:
    """The picture as an image of a page that has no way to anything else."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, offline=True)
    page = context.new_page()
    page.set_content('<body style="margin:0"><img id="it" width="1200" height="675"></body>')
    page.evaluate(
        """async svg => {
            const it = document.getElementById("it");
            it.src = URL.createObjectURL(new Blob([svg], {type: "image/svg+xml"}));
            await it.decode();
        }""",
        svg,
    )
    png = page.screenshot()
    context.close()
    return png


def test_an_svg_looks_as_its_png_where_its_fonts_are_not_installed(
    browser: Browser, pictures: tuple[bytes, str]
) -> None:
    png, svg = pictures
    off = np.abs(pixels(shot(browser, svg)) - pixels(png)).mean()
    bare = re.sub(r"<style>.*?</style>", "", svg)
    other = np.abs(pixels(shot(browser, bare)) - pixels(png)).mean()
    assert off < 1.5
    # The machine really lacks them: without those that it carries, it looks different.
    assert other > 2 * off
