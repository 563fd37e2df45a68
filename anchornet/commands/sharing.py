"""Commands of what is shared: pictures, references, approval."""

import sys
from argparse import Namespace
from datetime import datetime
from pathlib import Path

from anchornet import formatting
from anchornet.commands import DONE, arguments, command, network_of, print_json, records, say
from anchornet.commands.arguments import arg
from anchornet.exports import bundle, open_data, picture_export, shared_chart, site
from anchornet.exports.shared_chart import CHARTS, Figure
from anchornet.narrative.plain_text import table_text
from anchornet.periods import WINDOWS, month_text, parse_month
from anchornet.store import publications
from anchornet.store.database import Database, utc_now
from anchornet.store.network import NotPossible
from anchornet.store.publications import ChartRequest

CSV = "csv"


def _read_picture(text: str) -> Path:
    path = arguments.read_place(text)
    if path.suffix.removeprefix(".").lower() not in {*picture_export.FORMS, CSV}:
        raise ValueError(f"name a file that ends in .{', .'.join([*picture_export.FORMS, CSV])}.")
    return path


REFERENCE = arg("reference", metavar="AN-…")
SIZE = arg(
    "--size",
    choices=list(picture_export.SIZES),
    default="post",
    help="of a picture: 1200 × 675, 1080 × 1080, 1080 × 1350, half a page of A4, a slide",
)
OUTPUT = arg(
    "-o",
    "--output",
    read=_read_picture,
    metavar="FILE",
    help=f"the picture, or what it is drawn from: .{', .'.join([*picture_export.FORMS, CSV])}",
)


@command(
    "chart",
    "Keep a figure under a reference, as a draft, and draw it. Disclosure control is applied.",
    arg("indicator", metavar="INDICATOR"),
    arg("--period", read=parse_month, metavar="YYYY-MM", required=True),
    arg("--window", choices=WINDOWS, default="month", help="what the month is the last one of"),
    arg(
        "--chart",
        choices=list(CHARTS),
        help="bars where --by is said, else what is usual, when not named",
    ),
    arg("--by", metavar="BREAKDOWN", help="what the bars, the rings or the map are by"),
    arg("--kind", metavar="KIND", help="of members only of a kind, such as nhs"),
    arg("--area", metavar="CODE", help="only what is in one of the network's local authorities"),
    arg("--as-at", read=arguments.read_moment, metavar="TIME", help="in UTC; now, when not named"),
    arg("--recorded-by", metavar="EMAIL", default="command line", help="who keeps it"),
    SIZE,
    OUTPUT,
)
def _chart(given: Namespace) -> int:
    with network_of(given) as database:
        chart, breakdown = _way(given)
        asked = ChartRequest(
            indicator=given.indicator,
            chart=chart,
            breakdown=breakdown,
            period=given.period,
            window=given.window,
            as_at=given.as_at or utc_now(),
            kind=given.kind,
            area=given.area,
        )
        made = shared_chart.make(database, asked)
        reference = publications.keep(database, asked, given.recorded_by)
        _give(database, made, given)
        state = publications.STATES[publications.state_of(database, reference)].lower()
    return say(f"{reference}: {state}.")


def _way(given: Namespace) -> tuple[str, str | None]:
    """The chart and what it is by, where one of them says the other."""
    try:
        suits = shared_chart.options(given.indicator)
    except KeyError:
        raise NotPossible(f"There is no indicator {given.indicator}.") from None
    chart = given.chart or ("bars" if given.by else suits[0].chart)
    by = given.by or next((it.breakdown for it in suits if it.chart == chart), None)
    return chart, by


@command(
    "figure",
    "Make a figure again from its reference, and say whether it was revised since.",
    REFERENCE,
    SIZE,
    OUTPUT,
)
def _figure(given: Namespace) -> int:
    with network_of(given) as database:
        reference = publications.tidy_reference(given.reference)
        asked = publications.request_of(database, reference)
        made = shared_chart.make(database, asked)
        _give(database, made, given)
        found = shared_chart.revised(database, asked)
        state = publications.STATES[publications.state_of(database, reference)].lower()
    if found is None:
        return say(f"{reference}: {state}. Asked for now, it says the same.")
    return say(
        f"{reference}: {state}. Revised since: {found.rows} of {found.of} figures in it differ.\n"
        f"It said: {found.then}\nIt says now: {found.now}"
    )


@command("figures", "List what was kept to be shared, and its state.", arguments.FORMAT)
def _figures(given: Namespace) -> int:
    with network_of(given) as database:
        listed = publications.listed(database)
    for column in ("as_at", "kept_at", "decided_at"):
        listed[column] = [_time(it) for it in listed[column]]
    listed["period"] = listed["period"].map(month_text)
    listed["embargo_until"] = [str(it) if it else None for it in listed["embargo_until"]]
    if given.format == "json":
        return print_json(records(listed))
    columns = ["reference", "indicator", "chart", "breakdown", "period", "window", "state"]
    print(table_text(records(listed[[*columns, "decided_by", "embargo_until"]])), end="")
    return DONE


@command(
    "approve",
    "Approve a figure, so that it is public at once or from a day on.",
    REFERENCE,
    arg("--embargo", read=arguments.read_day, metavar="DATE", help="not public before that day"),
    arguments.BY,
)
def _approve(given: Namespace) -> int:
    with network_of(given) as database:
        publications.decide(
            database, given.reference, "approved", given.by, embargo_until=given.embargo
        )
    when = f"public from {formatting.day(given.embargo)}" if given.embargo else "public"
    return say(f"{publications.tidy_reference(given.reference)} is approved and {when}.")


@command("withdraw-figure", "Take a figure back: it is public no more.", REFERENCE, arguments.BY)
def _withdraw(given: Namespace) -> int:
    with network_of(given) as database:
        publications.decide(database, given.reference, "withdrawn", given.by)
    return say(f"{publications.tidy_reference(given.reference)} is withdrawn.")


def _read_folder(text: str) -> Path:
    path = Path(text)
    if not path.absolute().parent.is_dir():
        raise ValueError(f"{text} can't be made. Name a folder, or a .zip, in one that is there.")
    return path


FOLDER = arg(
    "-o",
    "--output",
    read=_read_folder,
    metavar="FOLDER",
    required=True,
    help="where to put it: a folder, or a file that ends in .zip",
)


@command(
    "site",
    "Make the public page: approved figures, definitions and stories, as plain HTML.",
    FOLDER,
)
def _site(given: Namespace) -> int:
    with network_of(given) as database:
        files = site.build(database)
    bundle.put(files, given.output)
    return say(f"Made {given.output}: {len(files)} files.")


@command("data-package", "Make a Frictionless Data Package of the approved figures.", FOLDER)
def _data_package(given: Namespace) -> int:
    with network_of(given) as database:
        files = open_data.build(database)
    bundle.put(files, given.output)
    return say(f"Made {given.output}: {', '.join(sorted(files))}.")


def _give(database: Database, made: Figure, given: Namespace) -> None:
    """Writes the file that was asked for, or prints what the figure says and is made of."""
    if given.output is None:
        words_ = [made.title, made.subtitle, made.sentence, made.definition]
        print("\n".join([*words_, f"{made.source}; {made.coverage}; {made.as_at}.", ""]))
        rows = made.rows.drop(columns="value").assign(period=made.rows["period"].map(month_text))
        print(table_text(records(rows)), end="")
        print(f"\nAlternative text: {made.alt}")
        return
    form = given.output.suffix.removeprefix(".").lower()
    draft = publications.state_of(database, made.reference) != "approved"
    data = (
        picture_export.csv(made)
        if form == CSV
        else picture_export.render(made, given.size, form, draft=draft)
    )
    given.output.write_bytes(data)
    print(f"Made {given.output}.", file=sys.stderr)


def _time(moment: datetime | None) -> str | None:
    return f"{moment.isoformat()}Z" if moment is not None else None
