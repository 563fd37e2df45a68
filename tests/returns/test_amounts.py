"""Amounts read from their bytes are those that DuckDB reads from the text."""

import re
from decimal import Decimal

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from anchornet.returns.amounts import as_decimals, as_pence, standard_pence
from anchornet.returns.field_types import TYPES

AMOUNTS = st.from_regex(r"-?[0-9]{0,15}(\.[0-9]{0,3})?-?", fullmatch=True)
ODD = st.text("0123456789.-,£( )e_+é", max_size=18)


@given(st.lists(st.one_of(AMOUNTS, ODD), max_size=40), st.integers(0, 5))
@settings(max_examples=300, deadline=None)
def test_an_amount_in_the_standard_form_is_what_the_engine_reads(
    texts: list[str], start: int
) -> None:
    whole = pa.array(texts, pa.string())
    cells = pa.chunked_array([whole.slice(start), whole.slice(0, start)])
    pence, standard = standard_pence(cells)
    money, odd = TYPES["money"].parse, TYPES["money"].odd
    assert odd
    table = pa.table({"text": cells, "row": pa.array(range(len(cells)))})
    engine = duckdb.default_connection()
    engine.register("cells", table)
    rows = engine.execute(
        f"select text, {odd('text')}, {money('text', {})} from cells order by row"
    ).fetchall()
    for (text, unusual, value), amount, is_standard in zip(rows, pence, standard, strict=True):
        assert is_standard == bool(re.fullmatch(r"-?[0-9]{1,13}\.[0-9]{2}", text))
        if is_standard:
            assert (unusual, value) == (None, Decimal(int(amount)) / 100)


def test_amounts_go_through_pence_and_back() -> None:
    values = [Decimal("0.00"), None, Decimal("-0.01"), Decimal("99999999999999.99")]
    pence, known = as_pence(pa.array(values, pa.decimal128(16, 2)))
    assert [int(p) if k else None for p, k in zip(pence, known, strict=True)] == [
        0,
        None,
        -1,
        9_999_999_999_999_999,
    ]
    assert as_decimals(pence, known).to_pylist() == values
