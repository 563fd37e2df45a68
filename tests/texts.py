"""What somebody reads, looked at for what nobody should."""

import re

# `not_known`, `E05011366`, `E08000003`: a code of a catalogue, a field or a place.
CODE = re.compile(r"\b(?:[a-z0-9]+(?:_[a-z0-9]+)+|[EWSNJKLM]\d{8})\b")
ADDRESS = re.compile(r"\S+@\S+|https?://\S+")


def raw_codes(text: str) -> list[str]:
    """The codes in a text, addresses apart."""
    return sorted({*CODE.findall(ADDRESS.sub("", text))})
