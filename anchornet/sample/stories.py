"""What the invented network tells: figures that it shares, and members' stories, whose pictures are
drawn: nobody is in them."""

import io
from datetime import datetime
from random import Random

from PIL import Image, ImageDraw

from anchornet.exports.photos import clean
from anchornet.periods import parse_month
from anchornet.sample.files import read_list
from anchornet.store import publications, stories
from anchornet.store.database import Database
from anchornet.store.publications import ChartRequest
from anchornet.store.stories import Consent, Draft, Picture

COLOURS = ("#005a9c", "#0072b2", "#56b4e9", "#e69f00", "#009e73")
SIDE = (1600, 1000)


def tell(database: Database, by: str) -> None:
    """Records the figures and stories of data/sample, each when it would have been."""
    for row in read_list("figures.csv"):
        as_at = datetime.fromisoformat(row["as_at"])
        asked = ChartRequest(
            row["indicator"],
            row["chart"],
            row["breakdown"] or None,
            parse_month(row["period"]),
            row["window"],
            as_at,
        )
        reference = publications.keep(database, asked, by, as_at)
        if row["approved_at"]:
            moment = datetime.fromisoformat(row["approved_at"])
            publications.decide(database, reference, "approved", by, now=moment)
    for row in read_list("stories.csv"):
        number = stories.write(
            database,
            row["member_id"],
            Draft(
                title=row["title"],
                words=row["words"],
                picture=_picture(row["title"]) if row["alternative"] else None,
                alternative=row["alternative"],
                video=row["video"],
                quote=row["quote"],
                quoted=row["quoted"],
                indicators=tuple(row["indicators"].split()),
                tags=tuple(row["tags"].split(";")),
            ),
            by=f"someone@{row['member_id']}.example",
            now=datetime.fromisoformat(row["written_at"]),
        )
        if row["approved_at"]:
            stories.approve(database, number, by, datetime.fromisoformat(row["approved_at"]))


def _picture(title: str) -> Picture:
    """A pattern, the same for the same title, marked as a sample."""
    random = Random(title)
    drawn = Image.new("RGB", SIDE, "#f3f6f8")
    pen = ImageDraw.Draw(drawn, "RGBA")
    bars = "contract" in title
    for place in range(12):
        colour = f"{COLOURS[random.randrange(len(COLOURS))]}b0"
        left = 60 + place * 125
        if bars:
            pen.rectangle((left, 860 - place * 55 - random.randrange(90), left + 95, 940), colour)
        else:
            radius, high = random.randrange(90, 240), random.randrange(250, 760)
            pen.ellipse((left - radius, high - radius, left + radius, high + radius), colour)
    pen.rectangle((0, 0, 330, 74), "#1d2a33")
    pen.text((24, 12), "SAMPLE PICTURE", "white", font_size=34)
    kept = io.BytesIO()
    drawn.save(kept, "PNG")
    cleaned = clean(kept.getvalue())
    return Picture(cleaned.large, cleaned.web, Consent(people=False))
