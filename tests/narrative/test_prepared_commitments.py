"""What registers were turned into, in words."""

from datetime import date

from anchornet.intake.prepare_commitments import ListFile, prepare_commitments
from anchornet.narrative import prepared_commitments as words
from anchornet.store.framework import SAMPLE, read_framework

FRAMEWORK = read_framework(SAMPLE.read_bytes())


def test_the_page_shows_the_first_of_many_lines_and_the_file_has_each() -> None:
    old = "".join(f"C-{n},Alder Ltd,01/04/2020,31/03/2024\n" for n in range(1500))
    prepared = prepare_commitments(
        FRAMEWORK,
        [ListFile("old.csv", f"Reference,Supplier,Start date,End date\n{old}".encode())],
        source="contract",
        period=date(2026, 9, 1),
    )
    (group,) = prepared.left_out()
    assert words.numbers(group) == "2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 and 1,488 more"
    rows = words.left_out_rows(prepared)
    assert len(rows) == 1500
    assert rows[-1] == {
        "File": "old.csv",
        "Line": "1501",
        "Column": "End date",
        "Value": "31/03/2024",
        "Why": "the contract ended on 31/03/2024, before the quarter, and nothing of it is known "
        "to be open",
        "What to do": "If it was extended, put its end right.",
    }
    assert words.sentence(prepared) == "Nothing in these lists can be used as it is."
    assert "1,500 and 1,501, End date: the contract ended" in words.text(prepared, FRAMEWORK)
