"""Pictures that people send, as real files written here, and read back by their bytes."""

import io
import struct
import zlib
from collections.abc import Iterator

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from anchornet.exports.photos import LARGE, WEB, clean
from anchornet.store.network import NotPossible

PLACE = "53 deg 28 min N"


def picture(width: int = 2400, height: int = 1200) -> Image.Image:
    """White, its top left quarter red."""
    made = Image.new("RGB", (width, height), "white")
    made.paste("red", (0, 0, width // 2, height // 2))
    return made


def saved(made: Image.Image, form: str, **more: object) -> bytes:
    kept = io.BytesIO()
    made.save(kept, form, **more)  # type: ignore[arg-type]
    return kept.getvalue()


def with_everything() -> bytes:
    """A JPEG turned on its side that says where it was taken, in EXIF, XMP, IPTC and a comment."""
    exif = Image.Exif()
    exif[0x0112] = 6  # shown a quarter turn clockwise
    exif[0x010E] = "A garden in Sample Road"
    gps = exif.get_ifd(0x8825)
    gps.update({1: "N", 2: (53.0, 28.0, 45.5), 3: "W", 4: (2.0, 14.0, 30.25)})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    made = saved(
        picture(), "JPEG", exif=exif, comment=b"Sample Road", icc_profile=profile,
        xmp=f"<x:xmpmeta>{PLACE}</x:xmpmeta>".encode(), quality=90,
    )  # fmt: skip
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x0bSample City"
    made = made[:2] + b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc + made[2:]
    # A thumbnail of its own, or anything else, can stand after the end.
    return made + b"Sample Road, after the end"


def segments(data: bytes) -> Iterator[int]:
    """The markers of a JPEG up to its scan."""
    place = 2
    while data[place + 1] != 0xDA:
        yield data[place + 1]
        place += 2 + struct.unpack(">H", data[place + 2 : place + 4])[0]


def test_a_photograph_comes_out_upright_and_says_nothing_of_where_it_was_taken() -> None:
    given = with_everything()
    with Image.open(io.BytesIO(given)) as before:
        assert before.getexif().get_ifd(0x8825)[2] == (53.0, 28.0, 45.5)
        assert {"comment", "icc_profile", "xmp"} <= set(before.info)
    cleaned = clean(given)
    assert (cleaned.width, cleaned.height) == (LARGE // 2, LARGE)
    for data, longest in ((cleaned.large, LARGE), (cleaned.web, WEB)):
        # Nothing but APP0 (JFIF), tables and the frame: no EXIF, XMP, ICC, IPTC and no comment.
        assert set(segments(data)) <= {0xE0, 0xDB, 0xC0, 0xC2, 0xC4}
        for word in (b"Sample", b"Exif", b"xmp", b"ICC", b"GPS", b"8BIM", PLACE.encode()):
            assert word not in data
        with Image.open(io.BytesIO(data)) as after:
            assert after.size == (longest // 2, longest)
            assert not after.getexif()
            assert set(after.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density",
                                       "progressive", "progression"}  # fmt: skip
            # The red quarter is at the top right now.
            wide, high = after.size
            red, green, blue = after.getpixel((wide * 3 // 4, high // 4))  # type: ignore[misc]
            assert (red > 230, green < 40, blue < 40) == (True, True, True)
            assert min(after.getpixel((wide // 4, high // 4))) > 230  # type: ignore[type-var, arg-type]


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_other_pictures_become_jpeg_without_what_they_said(form: str) -> None:
    seen = picture(800, 600).convert("RGBA")
    seen.putalpha(
        Image.linear_gradient("L").resize((800, 600)).point(lambda it: 0 if it < 99 else it)
    )
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (53.0, 28.0, 45.5)})
    more: dict[str, object] = {"exif": exif}
    if form == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Location", PLACE)
        more["pnginfo"] = text
    cleaned = clean(saved(seen, form, **more))
    assert (cleaned.width, cleaned.height) == (800, 600)
    with Image.open(io.BytesIO(cleaned.large)) as after:
        assert (after.format, after.mode) == ("JPEG", "RGB")
        assert not after.getexif()
        assert min(after.getpixel((10, 10))) > 250  # type: ignore[type-var, arg-type]  # on white
    assert PLACE.encode() not in cleaned.large
    assert clean(saved(seen, form, **more)) == cleaned


def bomb() -> bytes:
    """A PNG of a few kilobytes that says it is 30,000 × 30,000."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 2_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


WRONG = {
    "empty": (b"", "holds nothing"),
    "text": (b"not a picture" * 50, "not a JPEG, PNG or WebP"),
    "svg": (b"<svg onload='alert(1)'/>", "it is text"),
    "gif": (saved(picture(500, 500), "GIF"), "it is a GIF"),
    "heic": (b"\0\0\0\x18ftypheic" + b"\0" * 500, "HEIC"),
    "pdf": (b"%PDF-1.7", "it is a PDF"),
    "tiff": (saved(picture(500, 500), "TIFF"), "not a JPEG, PNG or WebP"),
    "small": (saved(picture(120, 90), "PNG"), "120 × 90 pixels"),
    "cut off": (saved(picture(), "JPEG")[:4000], "damaged or was cut off"),
    "cut off png": (saved(picture(), "PNG")[:-400], "damaged or was cut off"),
    "bomb": (bomb(), "million pixels"),
    "large": (b"\xff\xd8" + bytes(20_000_001), "20 MB"),
    "moving": (
        saved(
            picture(500, 500), "WEBP", save_all=True, append_images=[picture(500, 500).rotate(90)]
        ),
        "animated",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_shown_is_refused_in_a_sentence(name: str) -> None:
    data, said = WRONG[name]
    with pytest.raises(NotPossible, match=said) as why:
        clean(data)
    assert str(why.value).endswith(".")
