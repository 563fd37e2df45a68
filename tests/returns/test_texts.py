"""The different texts of a column, with the number of each row's."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from anchornet.returns.texts import different_texts, texts_of

PARTS = st.lists(
    st.one_of(
        st.lists(st.sampled_from(["", "a", "aa", "é", "Sample Ltd"]), max_size=9),
        st.builds(lambda text, count: [text] * count, st.text(max_size=3), st.integers(0, 9)),
    ),
    max_size=5,
)


@given(PARTS, st.integers(0, 2))
@settings(deadline=None)
def test_each_row_has_its_text_whatever_stands_in_a_stretch(parts, beside):
    """Stretches of one text, of none, and such that are cut out of longer ones."""
    longer = [pa.array(["x"] * beside + part + ["y"] * beside, pa.string()) for part in parts]
    chunks = [one.slice(beside, len(part)) for one, part in zip(longer, parts, strict=True)]
    cells = pa.chunked_array(chunks, pa.string())
    different = different_texts(cells)
    texts = different.texts.to_pylist()
    assert len(texts) == len(set(texts))
    assert [texts[number] for number in different.numbers.to_pylist()] == cells.to_pylist()
    few = texts_of(cells)
    spread = few.spread(few.texts.combine_chunks())
    assert spread.to_pylist() == cells.to_pylist()
