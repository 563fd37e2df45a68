"""Charts that PowerPoint draws: they can be edited, and their workbook holds what may be shown."""

from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_MARKER_STYLE, XL_TICK_MARK
from pptx.enum.dml import MSO_LINE_DASH_STYLE
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Pt

from anchornet.charts.style import GREY, LINE, PALE
from anchornet.csv_export import harmless
from anchornet.exports.pack.deck import Plot

# On every machine that opens a pack, or one just as wide; ours is on few.
TYPE = "Arial"
PLOT_PART = 0.88  # of a chart's height


def element(name: str, **given: str) -> Any:
    made = OxmlElement(name)
    for attribute, value in given.items():
        made.set(attribute, value)
    return made


def inside(parent: Any, name: str, **given: str) -> Any:
    """A new last child."""
    parent.append(element(name, **given))
    return parent[-1]


def kind_of(plot: Plot) -> Any:
    return XL_CHART_TYPE.COLUMN_CLUSTERED if plot.is_columns else XL_CHART_TYPE.LINE_MARKERS


def data_of(plot: Plot) -> CategoryChartData:
    data = CategoryChartData(number_format=_number_format(plot))
    data.categories = plot.months
    data.add_series(harmless(plot.name), plot.values)
    if any(value is not None for value in plot.profile):
        data.add_series("Profile", plot.profile)
    return data


def _number_format(plot: Plot) -> str:
    known = [abs(it) for it in (*plot.values, *plot.profile) if it is not None]
    return plot.format(max(known, default=0.0))


def draw(chart: Any, plot: Plot, accent: str) -> None:
    chart.has_title = chart.has_legend = False
    chart.font.size, chart.font.name = Pt(11), TYPE
    chart.font.color.rgb = RGBColor.from_string(GREY[1:])
    low, high, step = plot.scale()
    values = chart.value_axis
    values.minimum_scale, values.maximum_scale, values.major_unit = low, high, step
    values.major_gridlines.format.line.color.rgb = RGBColor.from_string(LINE[1:])
    values.format.line.fill.background()
    values.major_tick_mark = values.minor_tick_mark = XL_TICK_MARK.NONE
    values.tick_labels.number_format = plot.axis_format()
    values.tick_labels.number_format_is_linked = False
    for old in values._element.findall(qn("c:crossBetween")):
        values._element.remove(old)
    between = element("c:crossBetween", val="between")
    values._element.find(qn("c:crosses")).addnext(between)
    months = chart.category_axis
    months.format.line.color.rgb = RGBColor.from_string(PALE[1:])
    months.major_tick_mark = XL_TICK_MARK.NONE
    months.tick_labels.number_format = "mmm yy"
    months.tick_labels.number_format_is_linked = False
    _time(months._element, every=max(1, -(-len(plot.months) // 8)))
    _leave_room(chart)
    figure, *profile = chart.plots[0].series
    _line(figure, plot, accent)
    for series in profile:
        _profile(series, plot)
    last = plot.last
    if last is None:
        return
    _end(figure.points[last], plot, plot.values[last], accent)
    known = [place for place, value in enumerate(plot.profile) if value is not None]
    for series in profile:
        _end(series.points[known[-1]], plot, plot.profile[known[-1]], GREY, is_figure=False)


def _time(axis: Any, every: int) -> None:
    """A label for each so many months."""
    for name in ("baseTimeUnit", "majorUnit", "majorTimeUnit"):
        for old in axis.findall(qn(f"c:{name}")):
            axis.remove(old)
    before = axis.find(qn("c:lblOffset"))
    before.set("val", "250")
    for name, value in (
        ("majorTimeUnit", "months"), ("majorUnit", str(every)), ("baseTimeUnit", "months"),
    ):  # fmt: skip
        before.addnext(element(f"c:{name}", val=value))


def _leave_room(chart: Any) -> None:
    """Room on the right of the plot for what stands at the lines' ends."""
    area = chart._chartSpace.chart.plotArea
    for old in area.findall(qn("c:layout")):
        area.remove(old)
    layout = element("c:layout")
    manual = inside(layout, "c:manualLayout")
    for name, value in (
        ("layoutTarget", "inner"), ("xMode", "edge"), ("yMode", "edge"),
        ("x", "0.075"), ("y", "0.03"), ("w", "0.785"), ("h", str(PLOT_PART)),
    ):  # fmt: skip
        inside(manual, f"c:{name}", val=value)
    area.insert(0, layout)


def _line(series: Any, plot: Plot, accent: str) -> None:
    if plot.is_columns:
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = RGBColor.from_string(accent[1:])
        return
    series.smooth = False
    series.format.line.color.rgb = RGBColor.from_string(accent[1:])
    series.format.line.width = Pt(2.25)
    series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 5
    series.marker.format.fill.solid()
    series.marker.format.fill.fore_color.rgb = RGBColor.from_string(accent[1:])
    series.marker.format.line.fill.background()


def _profile(series: Any, plot: Plot) -> None:
    if plot.is_columns:
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = RGBColor.from_string(PALE[1:])
        return
    series.smooth = False
    series.format.line.color.rgb = RGBColor.from_string(GREY[1:])
    series.format.line.width, series.format.line.dash_style = Pt(1.25), MSO_LINE_DASH_STYLE.DASH
    series.marker.style = XL_MARKER_STYLE.NONE


def _end(
    point: Any, plot: Plot, value: float | None, colour: str, *, is_figure: bool = True
) -> None:
    """The value beside a line's last point, the profile's with its name."""
    label = point.data_label
    label.font.size, label.font.bold = Pt(14 if is_figure else 11), is_figure
    label.font.color.rgb = RGBColor.from_string(colour[1:])
    beside, over = XL_LABEL_POSITION.RIGHT, XL_LABEL_POSITION.OUTSIDE_END
    label.position = over if plot.is_columns else beside
    drawn = label._dLbl
    for name in ("numFmt", "separator"):
        for old in drawn.findall(qn(f"c:{name}")):
            drawn.remove(old)
    index = drawn.find(qn("c:idx"))
    number = plot.format(value or 0.0)
    index.addnext(element("c:numFmt", formatCode=number, sourceLinked="0"))
    moved = 0.0 if is_figure or plot.is_columns else plot.apart(0.075)
    if moved:
        layout = element("c:layout")
        manual = inside(layout, "c:manualLayout")
        inside(manual, "c:x", val="0")
        inside(manual, "c:y", val=f"{-moved * PLOT_PART:.4f}")
        index.addnext(layout)
    for lines in drawn.getparent().findall(qn("c:showLeaderLines")):
        lines.set("val", "0")
    shown = {"showVal": True, "showSerName": not is_figure}
    for name in ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent"):
        drawn.find(qn(f"c:{name}")).set("val", str(int(shown.get(name, False))))
    if not is_figure:
        separator = element("c:separator")
        separator.text = " "
        drawn.find(qn("c:showBubbleSize")).addnext(separator)
