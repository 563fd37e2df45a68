"""Pounds in words, to the penny and at a glance."""

import math
from decimal import Decimal


def pounds(value: float) -> str:
    """Pounds to three figures: `£41.6m`, `£204k`, `£950`."""
    sign, size = ("-", -value) if value < 0 else ("", value)
    if size < 999.5:
        return f"{sign}£{round_half_up(size)}"
    for scale, letter in ((1e3, "k"), (1e6, "m"), (1e9, "bn")):
        if size < scale * 999.5 or letter == "bn":
            break
    scaled = size / scale
    places = 2 if scaled < 9.995 else 1 if scaled < 99.95 else 0
    return f"{sign}£{scaled:,.{places}f}{letter}"


def round_half_up(value: float) -> int:
    return math.floor(value + 0.5)


def pence(amount: Decimal) -> str:
    """Pounds to the penny, as a sender checks them: `£1,234.50`, `-£5.00`."""
    return f"{'-' if amount < 0 else ''}£{abs(amount):,.2f}"
