"""What a network may decide about its pictures."""

from pathlib import Path

import pytest

from anchornet.settings import PROJECT, SettingsError, load


def test_colour_and_logo_are_the_shipped_ones_where_a_file_is_silent(tmp_path: Path) -> None:
    older = tmp_path / "older.toml"
    lines = (PROJECT / "anchornet.toml").read_text(encoding="utf-8").splitlines()
    older.write_text("\n".join(it for it in lines if not it.startswith(("colour", "logo"))))
    settings = load(older, environment={})
    assert (settings.colour, settings.logo) == ("#005a9c", PROJECT / "data" / "logo.svg")
    assert settings.logo.is_file()


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("ANCHORNET_COLOUR", "green", "should be a colour such as #005a9c"),
        # Grey at #767676 has 4.54 to 1 against white, and #777777 has 4.48 (WCAG's own example).
        ("ANCHORNET_COLOUR", "#777777", "too pale to be read on white"),
        ("ANCHORNET_LOGO", "logo.gif", "should be a PNG or SVG file"),
    ],
)
def test_a_colour_or_logo_that_would_not_do_is_refused(variable: str, value: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        load(environment={variable: value})
    assert load(environment={"ANCHORNET_COLOUR": "#767676"}).colour == "#767676"
