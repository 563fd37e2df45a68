"""A spend file by script: the same bytes every time, in the standard template's twelve columns.

One month of a large member: 20,000 suppliers, a few of them with most of the lines, every date and
money form that the standard reads, every line numbered. With `bad`, that share of the lines has one
cell that breaks one rule, the rules taken in turn.
"""

from pathlib import Path

import numpy as np
import polars as pl

PERIOD = "2026-09"
COLUMNS = (
    "supplier_name",
    "supplier_id",
    "supplier_postcode",
    "branch_postcode",
    "paid_on",
    "amount_gbp",
    "category",
    "department",
    "supplier_size",
    "supplier_type",
    "influenceable",
    "reference",
)
PLAIN_COLUMNS = tuple(
    "supplier_name supplier_id supplier_postcode paid_on amount_gbp category supplier_size "
    "supplier_type reference".split()
)
TRADES = tuple(
    "Joinery Electrical Catering Cleaning Print Care Transport Software "
    "Roofing Training Security Grounds Laundry Design Legal Surveying".split()
)
PLACES = tuple(
    "Ancoats Ardwick Blackley Chorlton Clayton Didsbury Gorton Hulme "
    "Levenshulme Moston Openshaw Rusholme Salford Stretford Urmston Withington".split()
)
FORMS = ("Ltd", "Limited", "LLP", "CIC", "& Sons Ltd", "(North West) Ltd", "plc", "Co-operative")
CATEGORIES = (
    "Building repairs",
    "Agency staff",
    "Food, drink and catering",
    "Energy",
    "Software",
    "Professional fees",
    "Transport",
    "Medical supplies",
    "Grants",
    "Office supplies",
)
DEPARTMENTS = ("Estates", "Adults", "Children", "Corporate", "Highways", "Housing", "Public health")
SIZES = ("micro", "small", "medium", "large", "not_known", "Small")
TYPES = ("private", "vcse", "public", "not_known", "Private")
ANSWERS = ("yes", "no", "Y", "N", "TRUE", "FALSE", "1", "0", "")

# One bad cell each: column, text.
BAD = (
    ("supplier_name", ""),
    ("supplier_name", "Ms Sample Person"),
    ("supplier_id", "12345678"),
    ("supplier_postcode", "Manchester"),
    ("branch_postcode", "M999 1AD"),
    ("paid_on", ""),
    ("paid_on", "31/06/2026"),
    ("paid_on", "2026-10-01"),
    ("amount_gbp", ""),
    ("amount_gbp", "12.3.4"),
    ("amount_gbp", "to be confirmed"),
    ("supplier_size", "tiny"),
    ("supplier_type", "of some kind"),
    ("influenceable", "perhaps"),
    ("department", "someone@example.org"),
    ("category", "AB 12 34 56 C"),
)


def choose(generator: np.random.Generator, values: tuple[str, ...], rows: int) -> pl.Series:
    """`rows` of the values, each as likely as another."""
    return pl.Series(values).gather(generator.integers(0, len(values), rows))


def suppliers(generator: np.random.Generator, count: int) -> pl.DataFrame:
    """name, supplier_id and postcode; a tenth have no id, a fifth no postcode."""
    number = np.arange(count)
    letters = np.array(list("ABDEFGHJLNPQRSTUWXYZ"))
    district = generator.choice(
        np.array(["M1", "M4", "M13", "M60", "OL1", "SK4", "BL9", "WN7"]), count
    )
    unit = generator.choice(letters, (2, count))
    postcode = (
        pl.Series(district) + " " + pl.Series(generator.integers(1, 10, count)).cast(pl.String)
        + pl.Series(unit[0]) + pl.Series(unit[1])
    )  # fmt: skip
    name = (
        "Sample " + choose(generator, PLACES, count) + " " + choose(generator, TRADES, count) + " "
        + pl.Series(number + 1).cast(pl.String) + " " + choose(generator, FORMS, count)
    )  # fmt: skip
    company = "GB-COH-" + pl.Series(number + 1_000_000).cast(pl.String).str.zfill(8)
    return pl.DataFrame(
        {
            "supplier_name": name,
            "supplier_id": company.zip_with(pl.Series(number % 10 != 0), pl.Series([""] * count)),
            "supplier_postcode": postcode.zip_with(
                pl.Series(number % 5 != 0), pl.Series([""] * count)
            ),
        }
    )


def dates(generator: np.random.Generator, rows: int) -> pl.Series:
    """Days of the period: nine in ten as 2026-09-14, the others in the further forms."""
    day = pl.Series(generator.integers(1, 31, rows)).cast(pl.String).str.zfill(2)
    form = generator.integers(0, 40, rows)
    forms = [
        day + "/09/2026",
        day + ".09.2026",
        day + "-Sep-2026",
        day + " Sep 2026",
    ]
    text = "2026-09-" + day
    for number, other in enumerate(forms):
        text = other.zip_with(pl.Series(form == number), text)
    return text


def amounts(generator: np.random.Generator, rows: int) -> pl.Series:
    """Pounds and pence from pennies to millions; three in twenty in the further forms."""
    pence = np.minimum(generator.lognormal(10.5, 1.8, rows), 5e8).astype(np.int64) + 1
    pounds = pl.Series(pence // 100)
    plain = pounds.cast(pl.String) + "." + pl.Series(pence % 100).cast(pl.String).str.zfill(2)
    grouped = (
        pl.when(pounds >= 1000)
        .then((pounds // 1000).cast(pl.String) + "," + (pounds % 1000).cast(pl.String).str.zfill(3))
        .otherwise(pounds.cast(pl.String))
    )
    commas = pl.select(grouped).to_series() + plain.str.slice(-3)
    form = generator.integers(0, 40, rows)
    credit = generator.integers(0, 2, rows)
    forms = {
        0: "£" + commas,
        1: commas,
        2: "(" + plain + ")",
        3: plain + "-",
        4: "-£" + plain,
        5: "-" + plain,
    }
    text = plain
    for number, other in forms.items():
        wanted = (form == number) & ((credit == 0) if number == 5 else True)
        text = other.zip_with(pl.Series(wanted), text)
    return text


def write_spend_file(path: Path, rows: int, *, bad: float = 0.0) -> None:
    """`rows` payment lines of September 2026; `bad` is the share of lines with a wrong cell."""
    generator = np.random.default_rng(20260930)
    directory = suppliers(generator, 20_000)
    chosen = np.minimum(
        generator.zipf(1.15, rows) - 1, generator.integers(0, directory.height, rows)
    )
    table = directory[chosen].with_columns(
        branch_postcode=pl.Series(
            directory["supplier_postcode"].gather((chosen * 7) % directory.height)
        ).zip_with(
            pl.Series(generator.integers(0, 5, rows) == 0), pl.Series([""]).new_from_index(0, rows)
        ),
        paid_on=dates(generator, rows),
        amount_gbp=amounts(generator, rows),
        category=choose(generator, CATEGORIES, rows),
        department=choose(generator, DEPARTMENTS, rows),
        supplier_size=choose(generator, SIZES, rows),
        supplier_type=choose(generator, TYPES, rows),
        influenceable=choose(generator, ANSWERS, rows),
        reference="INV-" + pl.Series(np.arange(rows)).cast(pl.String).str.zfill(8),
    )
    columns = {name: table[name].to_list() for name in COLUMNS} if bad else {}
    if bad:
        lines = np.sort(generator.choice(rows - 1, round(rows * bad), replace=False)) + 1
        for turn, line in enumerate(lines.tolist()):
            if turn % (len(BAD) + 1) == len(BAD):
                for values in columns.values():  # the line before, once more
                    values[line] = values[line - 1]
                continue
            column, text = BAD[turn % (len(BAD) + 1)]
            columns[column][line] = text
        table = pl.DataFrame(columns)
    path.parent.mkdir(parents=True, exist_ok=True)
    table.select(pl.col(COLUMNS).replace("", None)).write_csv(path)


def write_plain_file(path: Path, rows: int, *, bad: float = 0.0) -> None:
    """`rows` payment lines in nine columns, every cell in the standard form and none in quotes;
    `bad` is the share of lines with a wrong cell: no name, no postcode, no day or no amount."""
    generator = np.random.default_rng(20260930)
    number = np.arange(rows)
    supplier = number * 7919 % 20_000
    pence = number * 37 % 9_000_000 - 50_000
    texts = [
        [f"Supplier {one} Ltd" for one in supplier.tolist()],
        [f"GB-COH-{one:08d}" for one in supplier.tolist()],
        [f"M{one % 40 + 1} {one % 9 + 1}A{chr(65 + one % 8)}" for one in supplier.tolist()],
        [f"2026-09-{one % 30 + 1:02d}" for one in supplier.tolist()],
        [f"{one / 100:.2f}" for one in pence.tolist()],
    ]
    wrong = ((0, ""), (2, "NOT A CODE"), (3, "31/09/2026"), (4, "12.34x"))
    for line in generator.choice(rows, round(rows * bad), replace=False).tolist():
        column, text = wrong[line % len(wrong)]
        texts[column][line] = text
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{','.join(PLAIN_COLUMNS)}\n")
        for line, cells in enumerate(zip(*texts, strict=True)):
            file.write(f"{','.join(cells)},Facilities,small,private,R{line}\n")
