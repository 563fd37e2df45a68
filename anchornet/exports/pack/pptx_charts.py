"""Charts that PowerPoint draws: they can be edited, and their workbook holds what may be shown."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from pptx.chart.data import CategoryChartData

from anchornet.csv_export import harmless
from anchornet.exports.pack.slides import Plot

EXCEL = date(1899, 12, 30)  # the day 0 of a workbook
PLOT_HEIGHT = 0.88  # of the chart's
LABELS_APART = 0.075  # of the plot's height


class ChartData:
    """What python-pptx asks of a chart: the workbook, which it makes itself, and the XML, which is
    ours."""

    def __init__(self, plot: Plot) -> None:
        sizes = [abs(value) for value in (*plot.values, *plot.profile) if value is not None]
        self._plot = plot
        self._data = CategoryChartData(number_format=plot.format(max(sizes, default=0.0)))
        self._data.categories = plot.months
        self._data.add_series(harmless(plot.name), plot.values)
        if any(value is not None for value in plot.profile):
            self._data.add_series("Profile", plot.profile)

    @property
    def xlsx_blob(self) -> bytes:
        return bytes(self._data.xlsx_blob)

    def xml_bytes(self, chart_type: Any) -> bytes:
        plot = self._plot
        low, high, step = plot.scale()
        every_series = []
        for column, series in zip("BC", self._data, strict=False):
            present = [index for index, value in enumerate(series.values) if value is not None]
            every_series.append(
                {
                    "column": column,
                    "name": series.name,
                    "points": list(series.values),
                    "last": present[-1],
                    "last_format": plot.format(series.values[present[-1]]),
                }
            )
        xml = _template().render(
            plot=plot,
            every_series=every_series,
            months=[(month - EXCEL).days for month in plot.months],
            low=low,
            high=high,
            step=step,
            height=PLOT_HEIGHT,
            apart=round(plot.apart(LABELS_APART) * PLOT_HEIGHT, 4),
            number_format=self._data.number_format,
        )
        return xml.strip().encode()


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(
        Path(__file__).with_name("chart.xml").read_text(encoding="utf-8")
    )
