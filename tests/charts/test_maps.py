"""The shapes of a map are as coarse as they are far, and none is lost for it."""

import json
from typing import Any

from anchornet.charts import maps
from anchornet.settings import Settings


def test_no_authority_is_lost_and_those_far_away_have_fewer_points(settings: Settings) -> None:
    drawn = json.loads(maps.spend_map({}, {"E09000001": 5.0}, settings).deck.to_json())
    layers = {layer["id"]: layer["data"] for layer in drawn["layers"]}
    known = json.loads((settings.reference / maps.AUTHORITIES).read_text())["features"]
    inside = {*settings.area, *settings.wider_area}
    beyond = [it for it in known if it["properties"]["LADCD"] not in inside]
    made = layers["authorities"]["features"]
    assert len(made) == len(beyond)
    # The City of London is smaller than a kilometre's rounding, and still there.
    (city,) = (it for it in made if it["properties"]["tip"].startswith("City of London"))
    assert len(str(city["geometry"]["coordinates"])) > 50
    for shape, source in zip(made, beyond, strict=True):
        for part in _rings(shape["geometry"]):
            assert len(part) > 3
            assert part[0] == part[-1]
        assert len(json.dumps(shape["geometry"])) <= len(json.dumps(source["geometry"]))


def _rings(geometry: dict[str, Any]) -> list[list[list[float]]]:
    found: list[Any] = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        return found
    return [ring for part in found for ring in part]
