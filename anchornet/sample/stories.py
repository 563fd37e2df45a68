"""What the invented network tells: figures that it shares, and members' stories, whose pictures are
drawn: nobody is in them."""

import io
from datetime import datetime
from random import Random
from typing import Any

from PIL import Image, ImageDraw

from anchornet.exports import approved_figures
from anchornet.exports.photos import clean
from anchornet.periods import parse_month
from anchornet.sample.files import read_list
from anchornet.store import publications, stories
from anchornet.store.database import Database
from anchornet.store.publications import ChartRequest
from anchornet.store.stories import Consent, Draft, Picture

COLOURS = ("#005a9c", "#0072b2", "#56b4e9", "#e69f00", "#009e73")
SIDE = (1600, 1000)
TEXTS = ("title", "words", "alternative", "video", "quote", "quoted")


def tell(database: Database, by: str) -> None:
    """Records the figures and stories of data/sample, each when it would have been."""
    for row in read_list("figures.csv"):
        as_at, period = datetime.fromisoformat(row["as_at"]), parse_month(row["period"])
        chart = (row["indicator"], row["chart"], row["breakdown"] or None)
        request = ChartRequest(*chart, period, row["window"], as_at)
        reference = publications.keep(database, request, by, as_at)
        if row["approved_at"]:
            moment = datetime.fromisoformat(row["approved_at"])
            approved_figures.approve(database, reference, by, now=moment)
    for row in read_list("stories.csv"):
        texts: dict[str, Any] = {name: row[name] for name in TEXTS}
        draft = Draft(
            **texts,
            picture=_picture(row["title"]) if row["alternative"] else None,
            indicators=tuple(row["indicators"].split()),
            tags=tuple(row["tags"].split(";")),
        )
        writer, written_at = f"someone@{row['member_id']}.example", row["written_at"]
        number = stories.write(
            database, row["member_id"], draft, by=writer, now=datetime.fromisoformat(written_at)
        )
        if row["approved_at"]:
            stories.approve(database, number, by, datetime.fromisoformat(row["approved_at"]))


def _picture(title: str) -> Picture:
    """A pattern, the same for the same title, marked as a sample."""
    random = Random(title)
    image = Image.new("RGB", SIDE, "#f3f6f8")
    pen = ImageDraw.Draw(image, "RGBA")
    bars = "contract" in title
    for number in range(12):
        colour = f"{COLOURS[random.randrange(len(COLOURS))]}b0"
        left = 60 + number * 125
        if bars:
            pen.rectangle((left, 860 - number * 55 - random.randrange(90), left + 95, 940), colour)
        else:
            radius, high = random.randrange(90, 240), random.randrange(250, 760)
            pen.ellipse((left - radius, high - radius, left + radius, high + radius), colour)
    pen.rectangle((0, 0, 330, 74), "#1d2a33")
    pen.text((24, 12), "SAMPLE PICTURE", "white", font_size=34)
    file = io.BytesIO()
    image.save(file, "PNG")
    cleaned = clean(file.getvalue())
    return Picture(cleaned.large, cleaned.web, Consent(people=False))
