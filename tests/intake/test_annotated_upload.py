"""A file handed back with what to put right beside each row."""

import csv
import io

from anchornet.intake.annotated_upload import marked_file
from anchornet.returns.check import check_file
from anchornet.returns.csv_reader import read_table
from anchornet.returns.declaration import RETURNS
from anchornet.store.opening import scratch

WORD = "What to put right"


def marked(data: bytes) -> list[list[str]]:
    spend = RETURNS["spend"]
    with scratch() as cursor:
        found = check_file(cursor, spend, data).findings()
    table = read_table(data, spend.known_headings)
    content = marked_file(data, table.delimiter, table.heading_line, found)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_every_record_comes_back_between_its_line_and_its_sentences() -> None:
    data = (
        "Payments of September\n\nsupplier_name,paid_on,amount_gbp\n"
        "Sample Joinery Ltd,31/06/2026,five\n"
        '"Sample Paper, and\nCard Ltd",2026-09-20,£499.50\nTotal,,504.50\n'
    ).encode("cp1252")
    title, heading, first, second, total = marked(data)
    assert title == ["1", "Payments of September", "", "", ""]
    assert heading == ["Line", "supplier_name", "paid_on", "amount_gbp", WORD]
    assert first[:4] == ["4", "Sample Joinery Ltd", "31/06/2026", "five"]
    assert "paid_on: 31/06/2026 is not a date (June has 30 days)." in first[4]
    assert "amount_gbp: five is not" in first[4]
    assert second == ["5", "Sample Paper, and\nCard Ltd", "2026-09-20", "£499.50", ""]
    assert total == ["7", "Total", "", "504.50", ""]


def test_no_cell_runs_as_a_formula_and_long_rows_keep_their_findings_apart() -> None:
    _, row = marked(
        b"supplier_name,paid_on,amount_gbp\n=1+1,2026-09-01,-5.00,@SUM(A1),one more\n",
    )
    assert row[:6] == ["2", "'=1+1", "2026-09-01", "-5.00", "'@SUM(A1)", "one more"]
    assert row[6].startswith("the line has 5 cells, and there are 3 headings.")


def test_what_is_to_look_at_says_so_and_what_is_about_the_whole_file_stands_at_the_top() -> None:
    heading, row = marked(b"supplier_name,paid_on,amount_gbp\nMr John Sample,2026-09-01,5\n")
    assert heading[4] == WORD
    assert row[4].startswith("To look at: supplier_name: Mr John Sample looks like")
    whole, heading = marked(b"supplier_name,paid_on,amount_gbp\n")
    assert whole == ["", "", "", "", whole[4]]
    assert whole[4].startswith("There is nothing under the headings.")
    heading, row = marked(b"supplier_name,paid_on\nSample Paper Ltd,2026-09-01\n")
    assert heading[3].startswith(f"{WORD}. Amount: There is no column for Amount.")
