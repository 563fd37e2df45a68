"""What a network may decide, and the sentence for what it may not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from anchornet.setting_values import PROJECT, Logo, read_noise
from anchornet.settings import SettingsError, hosts, load


def test_colour_and_logo_are_the_shipped_ones_where_a_file_is_silent(tmp_path: Path) -> None:
    older = tmp_path / "older.toml"
    lines = (PROJECT / "anchornet.toml").read_text(encoding="utf-8").splitlines()
    older.write_text("\n".join(it for it in lines if not it.startswith(("colour", "logo"))))
    settings = load(older, environment={})
    shipped = (PROJECT / "data" / "logo.svg").read_bytes()
    assert (settings.colour, settings.logo) == ("#005a9c", Logo(".svg", shipped))


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


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str], Path]:
    """A settings file like the shipped one, with one line in another's place."""
    shipped = (PROJECT / "anchornet.toml").read_text(encoding="utf-8")

    def written(line: str, instead: str) -> Path:
        assert line in shipped
        file = tmp_path / "own.toml"
        file.write_text(shipped.replace(line, instead))
        return file

    return written


@pytest.mark.parametrize(
    ("line", "instead", "sentence"),
    [
        (
            "due_days = 20",
            "due_days = true",
            "due_days in own.toml should be a whole number, 1 or more; it is True.",
        ),
        (
            "audit_days = 730",
            "audit_days = 7",
            "audit_days in own.toml should be a whole number, 30 or more; it is 7.",
        ),
        (
            "tolerance = 0.10",
            "tolerance = 10",
            "tolerance in own.toml should be a share from 0 to below 1, such as 0.1 for ten per "
            "cent; it is 10.",
        ),
        (
            'area = ["E08000003"]',
            'area = ["Manchester"]',
            "area in own.toml holds 'Manchester', and a local authority code looks like E08000003; "
            "it is ['Manchester'].",
        ),
        (
            'data_licence = "OGL-UK-3.0"',
            'data_licence = ["MIT"]',
            "data_licence in own.toml should be one of OGL-UK-3.0, CC-BY-4.0, CC0-1.0; it is "
            "['MIT'].",
        ),
        (
            'area_name = "Manchester"',
            "area_name = 7",
            "area_name in own.toml should be some text; it is 7.",
        ),
        ("due_days = 20", "", "The setting due_days is missing from own.toml."),
        (
            "due_days = 20",
            "due_days = 50",
            "due_days, closing_days and correction_days should follow one another: "
            "they are 50, 45, 120.",
        ),
    ],
)
def test_a_fault_is_a_sentence_with_the_setting_its_value_and_what_is_allowed(
    written: Callable[[str, str], Path], line: str, instead: str, sentence: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(written(line, instead), environment={})
    assert str(caught.value) == sentence


def test_a_name_that_is_no_setting_is_told_which_there_are(
    written: Callable[[str, str], Path],
) -> None:
    with pytest.raises(SettingsError, match=r"due_day in own.toml is not a setting. Known .*due_d"):
        load(written("due_days = 20", "due_days = 20\ndue_day = 20"), environment={})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none.toml can't be read"):
        load(environment={"ANCHORNET_SETTINGS": str(tmp_path / "none.toml")})
    broken = tmp_path / "broken.toml"
    broken.write_text("due_days = \n")
    with pytest.raises(SettingsError, match=r"broken.toml isn't well-formed TOML"):
        load(broken, environment={})


def test_a_variable_goes_before_the_file_and_is_named_when_it_is_wrong() -> None:
    settings = load(
        environment={"ANCHORNET_DUE_DAYS": "15", "ANCHORNET_AREA": "E08000003,E08000001"}
    )
    assert (settings.due_days, settings.area) == (15, ("E08000003", "E08000001"))
    with pytest.raises(SettingsError, match=r"^ANCHORNET_DUE_DAYS should be .*; it is 'soon'\.$"):
        load(environment={"ANCHORNET_DUE_DAYS": "soon"})


def test_a_packs_template_is_a_presentation_that_is_there(tmp_path: Path) -> None:
    shipped = load(environment={}).pack_template
    older = tmp_path / "older.toml"
    lines = (PROJECT / "anchornet.toml").read_text(encoding="utf-8").splitlines()
    older.write_text("\n".join(line for line in lines if not line.startswith("pack_template")))
    assert load(older, environment={}).pack_template == shipped
    assert shipped.is_file()
    for wrong in (str(tmp_path / "gone.pptx"), str(older)):
        with pytest.raises(SettingsError, match="PACK_TEMPLATE should be a PowerPoint file"):
            load(environment={"ANCHORNET_PACK_TEMPLATE": wrong})


NOISE = (PROJECT / "anchornet" / "indicators" / "noise.csv").read_text(encoding="ascii")
SEVEN = NOISE.splitlines()[8].partition(",")[2]


def test_a_noise_table_of_two_more_or_fewer_is_read(tmp_path: Path) -> None:
    table = tmp_path / "older.csv"
    table.write_text(
        "\n".join(["count,noise", *(f"{n},{'2' * 256}" for n in range(3)), "3," + "04" * 128])
    )
    assert {*read_noise(table)[3]} == {-2, 2}


def test_a_noise_table_of_its_own_is_read(tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    lines = NOISE.splitlines()[:5]
    table.write_text("\n".join([*lines, "4," + "15" * 64 + "3" * 128]))
    assert load(environment={"ANCHORNET_NOISE_TABLE": str(table)}).noise_table == table
    assert read_noise(table)[4][:4] == (-2, 2, -2, 2)
    assert len(read_noise(table)) == 5


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("count,change\n0,2\n", "the columns count and noise"),
        ("\n".join(NOISE.splitlines()[:4]), "a line for each count: 0, 1, 2, 3 and so on"),
        (NOISE.replace("\n7,", "\n77,"), "a line for each count"),
        (NOISE.replace("\n7,", "\n7,5"), "256 digits for the count 7"),
        (NOISE.replace("\n7,", "\n7,x"), "256 digits for the count 7"),
        (NOISE.replace("\n0,33", "\n0,24"), "leave a count of 0 as it is"),
        (NOISE.replace("\n0,", "\n0,x"), "256 digits for the count 0"),
        (NOISE.replace("\n1,33", "\n1,24"), "not make a count of 1 into nobody"),
        (NOISE.replace(SEVEN, "6" * 20 + SEVEN[20:]), "be 0 on average for the count 7"),
    ],
)
def test_a_noise_table_that_would_not_do_is_refused(tmp_path: Path, text: str, why: str) -> None:
    table = tmp_path / "own.csv"
    table.write_text(text)
    with pytest.raises(SettingsError, match=f"^ANCHORNET_NOISE_TABLE should .*{why}"):
        load(environment={"ANCHORNET_NOISE_TABLE": str(table)})


def test_a_noise_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"NOISE_TABLE should be a CSV file that is there"):
        load(environment={"ANCHORNET_NOISE_TABLE": str(tmp_path / "none.csv")})


def test_what_is_no_longer_a_setting_may_stay_in_the_file(
    written: Callable[[str, str], Path],
) -> None:
    file = written("percent_base = 25", "percent_base = 25\nwhole_percent_below = 100")
    assert load(file, environment={}) == load(environment={})


SEVERAL = """
[networks."anchors.riverton.example.org"]
database = "riverton.duckdb"
due_days = 10
[networks."anchors.riverton.example.org".mail]
from = "network@riverton.example.org"

[networks."anchors.hillford.example.org"]
database = "hillford.duckdb"
"""


@pytest.fixture
def several(tmp_path: Path) -> Callable[[str], Path]:
    """several(text) -> the shipped settings with networks after them."""

    def write(text: str) -> Path:
        path = tmp_path / "several.toml"
        path.write_text((PROJECT / "anchornet.toml").read_text() + text)
        return path

    return write


def test_each_of_several_networks_has_the_settings_above_and_its_own(
    several: Callable[[str], Path],
) -> None:
    path = several(SEVERAL)
    riverton, hillford = hosts(path, environment={})
    assert (riverton, hillford) == ("anchors.riverton.example.org", "anchors.hillford.example.org")
    first, second = (load(path, environment={}, host=host) for host in (riverton, hillford))
    assert (first.database.name, first.due_days, first.mail_from) == (
        "riverton.duckdb",
        10,
        "network@riverton.example.org",
    )
    assert (second.database.name, second.due_days, second.mail_from) == ("hillford.duckdb", 20, "")
    shared = {"ANCHORNET_BACKUP_TO": "/backups", "ANCHORNET_LAKEHOUSE_DATA": "/shared"}
    folders = load(path, environment=shared, host=hillford)
    assert (folders.backup_to, folders.lakehouse_data) == (
        f"/backups/{hillford}",
        f"/shared/{hillford}",
    )
    with pytest.raises(SettingsError, match=r"There is no network at elsewhere\.example\.org"):
        load(path, environment={}, host="elsewhere.example.org")


def test_a_database_that_is_named_has_the_settings_of_its_network(
    several: Callable[[str], Path],
) -> None:
    path = several(SEVERAL)
    for named, due_days in (("riverton.duckdb", 10), ("other.duckdb", 20)):
        environment = {"ANCHORNET_DATABASE": str(PROJECT / named)}
        assert hosts(path, environment) == ()
        settings = load(path, environment)
        assert (settings.database.name, settings.due_days) == (named, due_days)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("networks = 3", "should have a section for each network"),
        ('[networks."a.example.org"]\ndue_days = 10', "at a.example.org in .* has no database"),
        ('[networks."A.example.org"]\ndatabase = "a"', "should be a host name in small letters"),
        ('[networks."a.example.org/x"]\ndatabase = "a"', "should be a host name in small letters"),
        (
            '[networks.a]\ndatabase = "a"\n[networks.b]\ndatabase = "./a"',
            "Two networks in .* have the same database",
        ),
        (
            '[networks.a]\ndatabase = "a"\nmetrics_port = 9000',
            "metrics_port in .* is for the whole machine: take it out of the network at a",
        ),
        (
            '[networks.a]\ndatabase = "a"\ndue_day = 9',
            "due_day of a in several.toml is not a setting",
        ),
        (
            '[networks.a]\ndatabase = "a"\ndue_days = "soon"',
            "due_days of a in several.toml should be a whole number",
        ),
    ],
)
def test_a_fault_in_a_network_of_several_is_a_sentence_that_names_it(
    several: Callable[[str], Path], text: str, sentence: str
) -> None:
    path = several(text if text.startswith("networks") else f"\n{text}\n")
    with pytest.raises(SettingsError, match=sentence):
        [load(path, environment={}, host=host) for host in hosts(path, environment={})]
