"""The pieces of HTML that pages share, and the documents beside them."""

import re

import pytest

from anchornet.server.documents import document
from anchornet.ui import layout
from anchornet.ui.components import html


def test_a_receipt_to_print_runs_nothing_and_asks_for_nothing() -> None:
    facts = {"Member": "Sample <b>College", "Accepted with": "They are <script>alert(1)</script>."}
    page = document("receipt", receipt="R000002", network="A & B", facts=facts, reasons=["<i>"])
    assert "<li>&lt;i&gt;</li>" in page
    assert "<title>Receipt R000002</title>" in page
    assert "<td>Sample &lt;b&gt;College</td>" in page
    assert "<p>A &amp; B</p>" in page
    assert "<script" not in page
    assert "http" not in page


def test_an_example_marks_the_cell_at_fault_and_says_where_it_is_empty() -> None:
    table = html("examples", ["Paid <on>"], [("2", [("", True), ("", False)], "It's <empty>.")])
    assert "<th>Paid &lt;on&gt;</th>" in table
    assert "<td><mark>(empty)</mark></td><td></td><td>It&#39;s &lt;empty&gt;.</td>" in table


@pytest.mark.parametrize(
    "text", ["Pay at https://elsewhere.example/x", "HTTP://a.example", "see www.elsewhere.example"]
)
def test_an_address_in_a_label_is_text(text: str) -> None:
    """GitHub's Markdown makes a link of the text as it is once the marks are taken away."""
    shown = re.sub(r"\\([!-~])", r"\1", layout.plain(text))
    assert not re.search(r"(https?://|www\.)\w", shown, re.IGNORECASE)
    assert shown.replace("\u2060", "") == text


def test_dates_and_words_with_hyphens_stay_on_one_line_in_a_table() -> None:
    cells = ["5 Nov", "29 November 2026, 06:07", "Org-ID", "GB-COH-01234567", "Paid on 5 Nov",
             "member-contributor-city-council@sample.invalid", "two-part name"]  # fmt: skip
    table = html("table", ["Org-ID", "Name"], [cells], ())
    assert re.findall("<t[dh] class=.an-line.>([^<]*)<", table) == ["Org-ID", *cells[:4]]
