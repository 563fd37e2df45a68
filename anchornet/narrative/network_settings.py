"""What a network decides for itself, in words."""

from collections.abc import Mapping
from typing import Any

from anchornet import formatting
from anchornet.setting_values import LICENCES, Logo

TITLES: Mapping[str, str] = {
    "network_name": "Name of the network",
    "area_name": "Name of the area",
    "area": "Area",
    "wider_area_name": "Name of the wider area",
    "wider_area": "Wider area",
    "due_days": "Days until returns are due",
    "closing_days": "Days for late returns",
    "correction_days": "Days for corrections",
    "tolerance": "Tolerance",
    "judged_from_coverage": "Coverage from which a figure is judged",
    "judged_from_known": "Known part from which a share is judged",
    "second_person_approves": "Somebody else approves",
    "colour": "Colour",
    "logo": "Logo",
    "data_licence": "Licence of open data",
}


def in_words(name: str, value: Any, authorities: Mapping[str, str]) -> str:
    """The value of a setting; `authorities` are names of local authorities by code."""
    if name == "logo":
        return "a picture" if value not in ("", Logo()) else "none"
    if name == "data_licence":
        return LICENCES[value][1]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return formatting.exactly(value, "share")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return ", ".join(authorities.get(code, code) for code in value)
    return str(value)
