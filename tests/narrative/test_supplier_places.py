from datetime import date

import pandas as pd

from anchornet.indicators.supplier_places import Coverage
from anchornet.narrative import supplier_places

SEPTEMBER = date(2026, 9, 1)


def test_the_pounds_without_a_place_are_told_with_how_many_suppliers() -> None:
    listed = pd.DataFrame({"supplier": ["A", "B"], "amount_gbp": [2_000_000.0, 400_000.0]})
    found = Coverage(SEPTEMBER, known=27_280_000, paid=31_000_000)
    assert supplier_places.places_lacking(listed, found, "Sample City Council") == (
        "£2.40m of Sample City Council's £31.0m of the twelve months to September 2026 went to "
        "two suppliers whose place is not known."
    )
    assert "to one supplier whose" in supplier_places.places_lacking(
        listed[:1], found, "Sample Homes"
    )
    assert "nothing to add to Sample Homes' £31.0m" in supplier_places.places_lacking(
        listed[:0], found, "Sample Homes"
    )
    with_credit_notes = Coverage(SEPTEMBER, known=-8_500, paid=-8_500)
    assert supplier_places.places_lacking(listed[:0], with_credit_notes, "Sample Homes") == (
        "The directory has nothing to add to Sample Homes' spend of the twelve months to "
        "September 2026."
    )
    assert supplier_places.places_lacking(listed[:0], Coverage(None), "Sample Homes") == (
        "Sample Homes has reported no spend yet, so there are no suppliers to place."
    )


def test_what_the_directory_did_is_told_in_pounds_before_and_after() -> None:
    before, after = (Coverage(SEPTEMBER, known, paid=1000) for known in (100, 700))
    assert supplier_places.places_known(before, "the network") == (
        "We know where 10% of the network's spend goes: £100 of £1.00k."
    )
    assert supplier_places.places_moved(before, after, "the network") == (
        "The share of the network's pounds whose place is known went from 10% to 70% "
        "(£100 to £700 of £1.00k)."
    )
    assert supplier_places.places_moved(after, after, "the network") == (
        "The share of the network's pounds whose place is known is 70%, as before (£700 of £1.00k)."
    )
    with_credit_notes = Coverage(SEPTEMBER, 0, paid=-195.5)
    assert supplier_places.places_known(with_credit_notes, "the network") == (
        "With credit notes, £0 of the network's -£196 of spend went to places that we know."
    )
    assert supplier_places.places_moved(Coverage(None), Coverage(None), "the network") == (
        "The network has no spend to place yet."
    )


def test_with_credit_notes_the_known_pounds_are_no_share() -> None:
    with_credit_notes = Coverage(SEPTEMBER, known=300, paid=200)
    text = "With credit notes, £300 of the network's £200 of spend went to places that we know."
    assert supplier_places.places_known(with_credit_notes, "the network") == text
    assert supplier_places.places_moved(with_credit_notes, with_credit_notes, "the network") == text


def test_what_went_to_suppliers_says_that_there_are_credit_notes_where_it_is_no_part() -> None:
    def sentence_of(amount: float, paid: float) -> str:
        suppliers = pd.DataFrame({"supplier": ["A"], "amount_gbp": [amount]})
        coverage = Coverage(SEPTEMBER, known=0, paid=paid)
        return supplier_places.places_lacking(suppliers, coverage, "Sample Homes")

    assert sentence_of(300, 300).startswith("£300 of Sample Homes' £300 of the twelve months")
    assert sentence_of(300, 200).startswith(
        "With credit notes, £300 of Sample Homes' £200 of the twelve"
    )
    assert sentence_of(-300, 200).startswith(
        "With credit notes, -£300 of Sample Homes' £200 of the"
    )
    offered = pd.DataFrame({"name_key": ["A", "B"], "amount_gbp": [-500.0, 200.0]})
    for sentence in (supplier_places.perhaps_no_suppliers, supplier_places.register_offers):
        assert sentence(offered).startswith("With credit notes, -£300 went to two names")
        assert sentence(offered[1:]).startswith("£200 went to one name")
