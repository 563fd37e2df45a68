"""Commands of what is shared: pictures, references, approval, the public page, open data."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from anchornet.cli.options import (
    AS_AT,
    BY,
    DATABASE,
    FORMAT,
    MONTH,
    WINDOW,
    Form,
    Reader,
    Window,
    argument,
    option,
    read_day,
    required,
    writable_path,
)
from anchornet.cli.output import located, moment_text, network, print_rows, print_text, records, say
from anchornet.periods import month_text

if TYPE_CHECKING:
    from anchornet.exports.shared_chart import Figure
    from anchornet.store.database import Database

app = typer.Typer()
# Those of exports.shared_chart and exports.picture_export.
Chart = Literal["course", "target", "bars", "rings", "map", "curves"]
Size = Literal["post", "square", "portrait", "half_page", "slide"]
FORMS = ("png", "svg", "pdf", "csv")
ENDINGS = f".{', .'.join(FORMS)}"


def read_picture(text: str) -> Path:
    path = writable_path(text)
    if path.suffix.removeprefix(".").lower() not in FORMS:
        raise ValueError(f"name a file that ends in {ENDINGS}.")
    return path


def read_folder(text: str) -> Path:
    path = located(text)
    if not path.parent.is_dir():
        raise ValueError(f"{text} can't be made. Name a folder, or a .zip, in one that is there.")
    return path


def read_reference(text: str) -> str:
    from anchornet.store.publications import tidy_reference

    return tidy_reference(text)


REFERENCE = argument("AN-…", read=read_reference)
SIZE = option(
    "--size",
    about="Of a picture: 1200 × 675, 1080 × 1080, 1080 × 1350, half a page of A4, a slide.",
    default="post",
)
PICTURE = option(
    "-o --output", "FILE", f"The picture, or what it is drawn from: {ENDINGS}.", read_picture
)
FOLDER = required(
    "-o --output", "FOLDER", "Where to put it: a folder, or a file that ends in .zip.", read_folder
)


@app.command()
def chart(
    indicator: str = argument("INDICATOR"),
    period: date = MONTH,
    window: Window = WINDOW,
    chart: Chart | None = option(
        "--chart", None, "Bars where --by is said, else what is usual, when not named."
    ),
    by: str | None = option("--by", "BREAKDOWN", "What the bars, the rings or the map are by."),
    kind: str | None = option("--kind", "KIND", "Of members only of a kind, such as nhs."),
    area: str | None = option(
        "--area", "CODE", "Only what is in one of the network's local authorities."
    ),
    as_at: datetime | None = AS_AT,
    recorded_by: str = option("--recorded-by", "EMAIL", "Who keeps it.", default="command line"),
    size: Size = SIZE,
    output: Path | None = PICTURE,
    database: Path | None = DATABASE,
) -> int:
    """Keep a figure under a reference, as a draft, and draw it. Disclosure control is applied."""
    from anchornet.exports import approved_figures, shared_chart
    from anchornet.store import publications
    from anchornet.store.database import utc_now

    with network(database) as opened:
        drawn_as, breakdown = _chart_and_breakdown(indicator, chart, by)
        request = publications.ChartRequest(
            indicator=indicator,
            chart=drawn_as,
            breakdown=breakdown,
            period=period,
            window=window,
            as_at=as_at or utc_now(),
            kind=kind,
            area=area,
        )
        shared_chart.make(opened, request)  # nothing is kept that can't be made
        reference = publications.keep(opened, request, recorded_by)
        drawn = approved_figures.figure_of(opened, reference)
        _give(opened, drawn, size, output)
        state = publications.STATES[publications.state_of(opened, reference)].lower()
    return say(f"{reference}: {state}.")


def _chart_and_breakdown(
    indicator: str, chart: str | None, by: str | None
) -> tuple[str, str | None]:
    """Where one of them says the other."""
    from anchornet.exports.shared_chart import options
    from anchornet.store.network import NotPossible

    try:
        suits = options(indicator)
    except KeyError:
        raise NotPossible(f"There is no indicator {indicator}.") from None
    chart = chart or ("bars" if by else suits[0].chart)
    return chart, by or next((suit.breakdown for suit in suits if suit.chart == chart), None)


@app.command("figure")
def remake_figure(
    reference: str = REFERENCE,
    size: Size = SIZE,
    output: Path | None = PICTURE,
    database: Path | None = DATABASE,
) -> int:
    """Make a figure again from its reference, and say whether it was revised since."""
    from anchornet.exports import approved_figures
    from anchornet.store import publications

    with network(database) as opened:
        _give(opened, approved_figures.figure_of(opened, reference), size, output)
        revision = approved_figures.revised(opened, reference)
        state = publications.STATES[publications.state_of(opened, reference)].lower()
    if revision is None:
        return say(f"{reference}: {state}. The figures in it are the same today.")
    return say(
        f"{reference}: {state}. Revised since: {revision.rows} of {revision.of} figures in it "
        f"differ.\nIt said: {revision.then}\nIt says now: {revision.now}"
    )


@app.command("figures")
def list_figures(form: Form = FORMAT, database: Path | None = DATABASE) -> int:
    """List what was kept to be shared, and its state."""
    from anchornet.exports.shared_chart import CHARTS
    from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE
    from anchornet.formatting import capital
    from anchornet.store import publications

    with network(database) as opened:
        frame = publications.listed(opened)
    for column in ("as_at", "kept_at", "decided_at"):
        frame[column] = [moment_text(moment) for moment in frame[column]]
    times = zip(frame["indicator"], frame["period"], frame["window"], strict=True)
    frame["time"] = [capital(CATALOGUE[name].span(*time)) for name, *time in times]
    frame["period"] = frame["period"].map(month_text)
    frame["embargo_until"] = [str(day) if day else None for day in frame["embargo_until"]]
    if form == "json":
        frame = frame.drop(columns="time")
    else:
        columns = ["reference", "indicator", "chart", "breakdown", "time", "state"]
        frame = frame[[*columns, "decided_by", "embargo_until"]]
        frame["indicator"] = [CATALOGUE[name].title for name in frame["indicator"]]
        frame["chart"] = frame["chart"].map(CHARTS)
        frame["breakdown"] = [
            f"By {BREAKDOWNS[by].by}" if by in BREAKDOWNS else None for by in frame["breakdown"]
        ]
        frame["state"] = frame["state"].map(publications.STATES)
    return print_rows(records(frame), form)


@app.command()
def approve(
    reference: str = REFERENCE,
    by: str = BY,
    embargo: date | None = option(
        "--embargo", "DATE", "Not public before that day.", read=read_day
    ),
    database: Path | None = DATABASE,
) -> int:
    """Approve a figure, so that it is public at once or from a day on."""
    from anchornet.exports import approved_figures
    from anchornet.formatting import day

    with network(database) as opened:
        approved_figures.approve(opened, reference, by, embargo_until=embargo)
    when = f"public from {day(embargo)}" if embargo else "public"
    return say(f"{reference} is approved and {when}.")


@app.command("withdraw-figure")
def withdraw_figure(
    reference: str = REFERENCE, by: str = BY, database: Path | None = DATABASE
) -> int:
    """Take a figure back: it is public no more."""
    from anchornet.store import publications

    with network(database) as opened:
        publications.decide(opened, reference, "withdrawn", by)
    return say(f"{reference} is withdrawn.")


@app.command("site")
def make_site(
    output: Path = FOLDER,
    reader: Reader = option(
        "--reader", about="To whom figures say what they mean.", default="public"
    ),
    database: Path | None = DATABASE,
) -> int:
    """Make the public page: approved figures, definitions and stories, as plain HTML."""
    from anchornet.exports import bundle, site
    from anchornet.formatting import plural

    with network(database) as opened:
        files = site.build(opened, reader=reader)
    bundle.put(files, output)
    return say(f"Made {output}: {len(files)} {plural(len(files), 'file')}.")


@app.command("data-package")
def make_data_package(output: Path = FOLDER, database: Path | None = DATABASE) -> int:
    """Make a Frictionless Data Package of the approved figures."""
    from anchornet.exports import bundle, open_data

    with network(database) as opened:
        files = open_data.build(opened)
    bundle.put(files, output)
    return say(f"Made {output}: {', '.join(sorted(files))}.")


def _give(database: "Database", drawn: "Figure", size: str, output: Path | None) -> None:
    """Writes the file that was asked for, or prints what the figure says and is made of."""
    from anchornet.exports import approved_figures, picture_export
    from anchornet.exports.site import table
    from anchornet.store.publications import state_of

    if output is None:
        lines = [drawn.title, drawn.subtitle, drawn.sentence, drawn.definition]
        print_text("\n".join([*lines, f"{drawn.source}; {drawn.coverage}; {drawn.as_at}.", ""]))
        headings, rows = table(drawn)
        names = [heading.text for heading in headings]
        print_rows([dict(zip(names, [cell.text for cell in row], strict=True)) for row in rows])
        print_text(f"\nAlternative text: {drawn.alt}")
        return
    form = output.suffix.removeprefix(".").lower()
    if form == "csv":
        content = picture_export.csv(drawn)
    elif state_of(database, drawn.reference) == "approved":
        content = approved_figures.picture(database, drawn, size, form)
    else:
        content = picture_export.render(drawn, size, form, draft=True)
    output.write_bytes(content)
    say(f"Made {output}.")
