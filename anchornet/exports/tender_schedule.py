"""What a contract is asked, as a schedule for its tender: a PDF to print, or a workbook."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from anchornet import formatting
from anchornet.exports import text_metrics, typesetting
from anchornet.narrative import framework as words
from anchornet.returns.template import ACCENT, LAST_DAY, TINT, XLSX
from anchornet.store.database import utc_now
from anchornet.store.framework import BIDDERS, UNITS, Framework, Measure

TEMPLATE = Path(__file__).with_name("tender_schedule.typ")
PDF = "application/pdf"
MIME = {".pdf": PDF, ".xlsx": XLSX}
TITLE = "Social value schedule"
WHOLE = "Give amounts for the whole contract, not for a year."
HEADINGS = (
    ("Outcome", 30), ("Measure", 38), ("Counted in", 14), ("What counts as evidence", 50),
    ("Your promise", 16), ("By when", 14), ("How you will do it", 50),
)  # fmt: skip


@dataclass(frozen=True)
class Schedule:
    """`chosen` are the measures that are asked for; without any a bidder chooses."""

    network: str
    framework: Framework
    contract: str
    value: Decimal
    chosen: tuple[str, ...] = ()
    accent: str = ACCENT

    @property
    def groups(self) -> list[tuple[str, str, Sequence[Measure]]]:
        """Outcomes that something is asked of: title, the sentence for suppliers, measures."""
        every = [
            (
                outcome.title,
                outcome.sentences[BIDDERS],
                [
                    measure
                    for measure in self.framework.measures_of(outcome.id)
                    if not self.chosen or measure.id in self.chosen
                ],
            )
            for outcome in self.framework.outcomes
        ]
        return [group for group in every if group[2]]

    @property
    def sentences(self) -> list[str]:
        """What a bidder is told first."""
        band = self.framework.band_for(self.value)
        told = [words.offer(band, len(self.chosen)), WHOLE]
        return [*told, *filter(None, [words.published(self.value)])]


def write(schedule: Schedule, form: str, made_at: datetime | None = None) -> bytes:
    """The schedule as a file that ends in `.pdf` or `.xlsx`."""
    made_at = made_at or utc_now()
    return _pdf(schedule, made_at) if form == ".pdf" else _workbook(schedule, made_at)


def _pdf(schedule: Schedule, made_at: datetime) -> bytes:
    def drawn(value: Any) -> Any:
        return (
            text_metrics.drawable(value)
            if isinstance(value, str)
            else [drawn(one) for one in value]
        )

    groups = [
        (title, sentence, [(each.title, each.evidence, UNITS[each.unit]) for each in measures])
        for title, sentence, measures in schedule.groups
    ]
    standards = [
        (standard.title, "; ".join(standard.steps)) for standard in schedule.framework.standards
    ]
    data = {
        "title": TITLE,
        "network": drawn(schedule.network),
        "contract": drawn(schedule.contract.strip()),
        "value": formatting.exactly(float(schedule.value), "gbp"),
        "sentences": drawn(schedule.sentences),
        "groups": drawn(groups),
        "standards": drawn(standards),
        "day": formatting.day(made_at),
    }
    return typesetting.pdf(TEMPLATE, "schedule", data, schedule.accent, made_at)


def _workbook(schedule: Schedule, made_at: datetime) -> bytes:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": TITLE, "created": made_at.replace(microsecond=0)})
    sheet = book.add_worksheet(TITLE)
    bold, plain = book.add_format({"bold": True, "font_size": 14}), book.add_format()
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    head = book.add_format(
        {"bold": True, "bg_color": ACCENT, "font_color": "#FFFFFF", "valign": "top"}
    )
    fill = {"bg_color": TINT, "border": 1, "valign": "top", "text_wrap": True}
    amount = book.add_format({**fill, "num_format": "#,##0.##"})
    day, text = book.add_format({**fill, "num_format": "yyyy-mm-dd"}), book.add_format(fill)
    value = formatting.exactly(float(schedule.value), "gbp")
    sheet.write_string(0, 0, f"{TITLE}, {schedule.network}", bold)
    sheet.write_string(1, 0, ", ".join(filter(None, [schedule.contract.strip(), value])), plain)
    for line, sentence in enumerate(schedule.sentences, 2):
        sheet.write_string(line, 0, sentence, plain)
    row = 2 + len(schedule.sentences) + 1
    for column, (heading, width) in enumerate(HEADINGS):
        sheet.set_column(column, column, width)
        sheet.write_string(row, column, heading, head)
    for title, _, measures in schedule.groups:
        for measure in measures:
            row += 1
            cells = (title, measure.title, UNITS[measure.unit], measure.evidence)
            for column, cell in enumerate(cells):
                sheet.write_string(row, column, cell, wrapped)
            for column, kind in enumerate((amount, day, text), len(cells)):
                sheet.write_blank(row, column, None, kind)
            sheet.data_validation(row, 4, row, 4, _allowed(measure))
            sheet.data_validation(row, 5, row, 5, _DAYS)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    book.close()
    return data.getvalue()


_DAYS = {
    "validate": "date",
    "criteria": "between",
    "minimum": date(2000, 1, 1),
    "maximum": LAST_DAY,
    "error_message": "Write a day, such as 2027-03-31.",
}


def _allowed(measure: Measure) -> dict[str, Any]:
    if measure.unit == "yes":
        return {"validate": "list", "source": ["yes", "no"]}
    return {
        "validate": "decimal",
        "criteria": ">=",
        "value": 0,
        "error_message": f"Write a number of {UNITS[measure.unit]}.",
    }
