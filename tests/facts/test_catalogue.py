"""What the catalogue says of its own figures."""

import pytest

from anchornet.facts.catalogue import CATALOGUE
from anchornet.narrative.definitions import sentences
from anchornet.settings import load
from anchornet.store.framework import READERS


def is_over_a_part(name: str) -> bool:
    """Whether a rate leaves out of its base what is not known: not that of one cohort, or of the
    months of another return."""
    indicator = CATALOGUE[name]
    of_time = indicator.months or indicator.besides or indicator.facts == ("returns",)
    return "filter" in (indicator.base or "") and not of_time


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_share_of_what_is_known_says_so_wherever_it_is_put_in_words(name: str) -> None:
    indicator = CATALOGUE[name]
    assert (indicator.base_words is not None) == is_over_a_part(name)
    if indicator.base_words:
        assert indicator.base_words in indicator.definition
        assert indicator.headline is None or indicator.base_words in indicator.headline


def test_each_figure_says_to_each_reader_what_it_means_in_words_of_their_own() -> None:
    settings = load(environment={})
    said_to: dict[str, set[str]] = {reader: set() for reader in READERS}
    for indicator in CATALOGUE.values():
        meanings = sentences(indicator, settings)
        assert indicator.beside or [*meanings] == [*READERS], indicator.name
        for reader, text in meanings.items():
            assert text.endswith(".")
            assert "{" not in text
            assert text not in said_to[reader], f"{indicator.name} says what another does: {text}"
            said_to[reader].add(text)


def test_the_words_of_a_decile_say_that_only_england_has_one() -> None:
    for name in ("priority_neighbourhood_start_share", "priority_neighbourhood_spend_share"):
        assert "in England" in (CATALOGUE[name].base_words or "")
