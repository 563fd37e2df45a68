"""Pictures that people send: looked at by content, made smaller, and encoded anew.

A photograph says where and when it was taken, and with what. None of that is needed to show it, so
none is kept: what is stored are the pixels in a new file. The original isn't kept either, because
it would hold exactly what was taken out.
"""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from anchornet.store.network import NotPossible

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_MB = 20
MOST_PIXELS = 64_000_000
LEAST = 400  # pixels, of the shorter side
LARGE, WEB = 1600, 960  # pixels, of the longer side
QUALITY = 85


@dataclass(frozen=True)
class Cleaned:
    """The picture as two JPEG files that hold nothing but pixels; `width` × `height` of `large`."""

    large: bytes
    web: bytes
    width: int
    height: int


def clean(data: bytes) -> Cleaned:
    """The picture upright, on white, in sRGB. Raises NotPossible with a sentence."""
    if not data:
        raise NotPossible("The picture is empty: the file holds nothing.")
    if len(data) > MOST_MB * 1_000_000:
        raise NotPossible(
            f"The picture is a file of {len(data) / 1e6:,.0f} MB. Up to {MOST_MB} MB can be read: "
            "save it smaller."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(data), formats=FORMATS)
            _require_size(*opened.size)
            upright = _upright(opened)
    except NotPossible:
        raise
    except UnidentifiedImageError:
        raise NotPossible(_not_a_picture(data)) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotPossible(_too_many()) from None
    except Exception:  # what a damaged file makes of a decoder is of every kind
        raise NotPossible(
            "The picture is damaged or was cut off on its way. Send it again, or save it anew."
        ) from None
    large = _within(upright, LARGE)
    return Cleaned(_jpeg(large), _jpeg(_within(upright, WEB)), *large.size)


def _within(picture: Image.Image, side: int) -> Image.Image:
    return ImageOps.contain(picture, (side, side)) if max(picture.size) > side else picture


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height of a picture that was cleaned."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        return opened.size


def _require_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise NotPossible(_too_many())
    if min(width, height) < LEAST:
        raise NotPossible(
            f"The picture is {width:,} × {height:,} pixels, too few to be shown large. "
            f"Send one of {LEAST} or more each way."
        )


def _upright(opened: Image.Image) -> Image.Image:
    """The pixels on a new white picture: nothing else that the file held comes along."""
    if opened.format != "JPEG" and getattr(opened, "n_frames", 1) > 1:
        raise NotPossible("The picture is animated. Send a still one.")
    profile = opened.info.get("icc_profile")
    if opened.format == "JPEG":
        opened.draft("RGB", (LARGE, LARGE))  # decoded at a fraction of a very large one
    turned = ImageOps.exif_transpose(opened)
    picture = turned.convert("RGBA" if turned.has_transparency_data else "RGB")
    if profile and turned.mode in ("RGB", "RGBA"):
        picture = _in_srgb(picture, profile)
    bare = Image.new("RGB", picture.size, "white")
    bare.paste(picture, (0, 0), picture if picture.mode == "RGBA" else None)
    return bare


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        ours = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, source, ours) or picture
    except (ImageCms.PyCMSError, OSError):  # a profile that can't be read says nothing
        return picture


def _jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return file.getvalue()


def _too_many() -> str:
    return (
        f"The picture has more than {MOST_PIXELS // 1_000_000} million pixels. Save it smaller: "
        f"{LARGE:,} each way are shown."
    )


def _not_a_picture(data: bytes) -> str:
    if data[4:8] == b"ftyp":
        what = "it looks like a phone's own format (HEIC or AVIF)"
    elif data.lstrip()[:1] == b"<":
        what = "it is text, such as SVG or a web page"
    elif data[:4] == b"%PDF":
        what = "it is a PDF"
    elif data[:3] == b"GIF":
        what = "it is a GIF"
    else:
        what = "whatever its name says"
    return f"This is not a JPEG, PNG or WebP picture: {what}. Save it as JPEG, and send that."
