"""A field, an indicator, a breakdown and a return are declared once, and are then everywhere."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE
from anchornet.returns.declaration import RETURNS
from anchornet.setting_values import PROJECT

FIELD = """
[[fields]]
name = "shoe_size"
title = "Shoe size"
type = "whole"
description = "The size of the shoes that most of them wear."
example = "7"
"""
RETURN = """
name = "canteen"
title = "Canteen"
order = 25
version = "1"
grain = "One row per drink."
totals = ["cups"]

[[fields]]
name = "drink"
title = "Drink"
type = "code"
required = true
description = "What was drunk."
codes = { tea = "Tea", coffee = "Coffee" }
example = "tea"

[[fields]]
name = "cups"
title = "Cups"
type = "whole"
required = true
description = "How many cups."
example = "500"
"""
FACTS = """
create or replace temp table new_canteen_facts as
select addition_id, drink, sum(cups)::bigint as cups
from canteen_rows
join adding using (submission_id)
group by all;
"""
ENTRIES = """
[facts.canteen]
return = "canteen"
table = "canteen_facts"
breakdowns = ["drink"]

[breakdowns.drink]
title = "drink"
sql = "drink"
shared = true

[breakdowns.team_size]
title = "size of the team"
by = "team"
sql = "case when starts > 20 then 'large' else 'small' end"
values = { small = "Small teams", large = "Large teams" }
ordered = true
shared = true

[indicators.tall_starts]
title = "Tall starts"
definition = "Starts of tall people."
supplier = "Take on tall people."
commissioner = "Ask for tall people."
councillor = "Tall people start."
public = "Tall people started."
headline = "{n} tall people started a job with {members} {when}"
overview = 45
pack = 55
unit = "people"
kind = "flow"
people = true
polarity = "up"
facts = ["local_hires"]
count = "starts"
where = "home_area is not null"

[indicators.cups_served]
title = "Cups served"
definition = "Cups of anything."
supplier = "Pour."
commissioner = "Ask."
councillor = "They drink."
public = "You drink."
headline = "{members} drank {n} cups {when}"
overview = 46
pack = 56
unit = "cups"
kind = "flow"
people = false
polarity = "up"
facts = ["canteen"]
expression = "sum(cups)"
"""


def copy_with_more(copy: Path) -> None:
    """A copy of the product that declares these, and differs from ours in its declarations only."""
    for name in ("anchornet", "pages"):
        shutil.copytree(PROJECT / name, copy / name)
    for name in ("data", "anchornet.toml"):
        (copy / name).symlink_to(PROJECT / name)
    (copy / "anchornet/returns/canteen.toml").write_text(RETURN, encoding="utf-8")
    (copy / "anchornet/facts/canteen.sql").write_text(FACTS, encoding="utf-8")
    with (copy / "anchornet/returns/local_hires.toml").open("a", encoding="utf-8") as hires:
        hires.write(FIELD)
    catalogue = copy / "anchornet/facts/catalogue.toml"
    text = catalogue.read_text(encoding="utf-8") + ENTRIES
    text = text.replace("\n[units]\n", '\n[units]\ncups = "Cups"\n', 1)
    text = text.replace('"pathway", "role_group",', '"team_size", "pathway", "role_group",', 1)
    catalogue.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `invented.py` says of the copy."""
    copy = tmp_path_factory.mktemp("copy")
    copy_with_more(copy)
    for name in ("invented.py", "keys.py"):
        shutil.copy(PROJECT / "tests" / name, copy)
    run = subprocess.run(
        [sys.executable, "invented.py", "network.duckdb"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-4000:]
    said: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return said


def test_a_field_is_in_the_template_the_dictionary_the_schema_and_the_table(
    found: dict[str, Any],
) -> None:
    assert "shoe_size" in found["template"]
    assert "shoe_size" in found["workbook"]
    assert "shoe_size" in found["schema"]
    assert "| `shoe_size` | **Shoe size.** The size of the shoes" in found["dictionary"]
    assert "Shoe size" in found["pages"]["definitions"]
    assert found["kept"] == [[7]]


def test_an_indicator_is_on_overview_in_the_pack_and_has_its_headline(
    found: dict[str, Any],
) -> None:
    assert "Tall starts" in found["pages"]["overview"]
    assert "Cups served" in found["pages"]["overview"]
    assert found["headlines"] == [
        "40 tall people started a job with members in September 2026",
        "Members drank 800 cups in September 2026",
    ]
    charts = [title.partition(":")[0] for title in found["slides"]]
    place = charts.index("Starts")
    assert charts[place : place + 3] == ["Starts", "Tall starts", "Cups served"]
    assert "Tall starts" in found["pages"]["share"]


def test_an_indicator_and_its_unit_and_breakdowns_are_defined_and_printed(
    found: dict[str, Any],
) -> None:
    tall = found["definitions"]["Local hires"]["Tall starts"]
    cups = found["definitions"]["Canteen"]["Cups served"]
    assert (tall["Unit"], cups["Unit"]) == ("People.", "Cups.")
    assert "size of the team" in tall["Can be cut by"]
    assert cups["Can be cut by"] == "member, kind of member, drink."
    rows = [line.split(",") for line in found["printed"].splitlines()]
    assert [row[rows[0].index("drink")] for row in rows[1:]] == ["coffee", "tea"]
    assert [row[rows[0].index("value")] for row in rows[1:]] == ["300.0", "500.0"]


def test_a_breakdown_is_offered_by_its_words_and_in_its_order(found: dict[str, Any]) -> None:
    for name in ("starts", "tall_starts"):
        assert ["bars", "team_size", "By team"] in found["options"][name]
    assert ["bars", "drink", "By drink"] in found["options"]["cups_served"]
    assert found["bars"] == ["Large teams"]
    assert found["alt"].startswith("Bars of starts by team: Large teams 40.")


def test_a_return_is_wherever_returns_are(found: dict[str, Any]) -> None:
    names = ["living_wage", "local_hires", "canteen", "retention", "spend", "commitments"]
    assert found["returns"] == names
    assert ["canteen", "on_time"] in found["board"]
    assert found["cups"] == "800"
    assert "## Canteen (`canteen`)" in found["dictionary"]
    # The invented network has no story of it yet: it is missing there.
    sample = ["commitments", "living_wage", "local_hires", "retention", "spend"]
    assert found["sample"] == sample
    for page in ("my_returns", "submit", "returns_board", "templates", "definitions"):
        assert "Canteen" in found["pages"][page], page


# What may name an indicator, a breakdown or a return, and why. A page may, in the two files of its
# own: which figures it is about is what makes it that page.
SUBJECT = "about these figures and no others"
COLUMNS = "columns of the frames that it draws or describes"
AREA = "what a figure is limited to an area by"
MAY_NAME = {
    "anchornet/intake/prepare.py": SUBJECT,
    "anchornet/intake/prepare_commitments.py": SUBJECT,
    "anchornet/indicators/accreditations.py": SUBJECT,
    "anchornet/indicators/cohorts.py": SUBJECT,
    "anchornet/indicators/leakage.py": SUBJECT,
    "anchornet/indicators/lots.py": COLUMNS,
    "anchornet/indicators/promises.py": SUBJECT,
    "anchornet/indicators/supplier_places.py": SUBJECT,
    "anchornet/narrative/accreditations.py": SUBJECT,
    "anchornet/places/organisations.py": SUBJECT,
    "anchornet/places/directory_changes.py": SUBJECT,
    "anchornet/places/standards.py": SUBJECT,
    "anchornet/places/partners.py": "roles of the directory",
    "anchornet/narrative/partners.py": "roles of the directory",
    "anchornet/cli/needs.py": "words of commands",
    "anchornet/narrative/page_sentences.py": SUBJECT,
    "anchornet/narrative/people_sentences.py": SUBJECT,
    "anchornet/narrative/people_tables.py": SUBJECT,
    "anchornet/narrative/spend_sentences.py": SUBJECT,
    "anchornet/narrative/promises.py": SUBJECT,
    "anchornet/indicators/evidence.py": SUBJECT,
    "anchornet/narrative/supplier_places.py": SUBJECT,
    "anchornet/narrative/headlines.py": COLUMNS,
    "anchornet/charts/breakdowns.py": COLUMNS,
    "anchornet/charts/spend_bars.py": SUBJECT,
    "anchornet/charts/maps.py": COLUMNS,
    "anchornet/charts/style.py": COLUMNS,
    "anchornet/exports/open_data.py": COLUMNS,
    "anchornet/exports/chart_kinds.py": f"{COLUMNS}; {AREA}",
    "anchornet/exports/shared_chart.py": COLUMNS,
    "anchornet/ui/queries.py": f"{AREA}; {SUBJECT}",
    "anchornet/ui/registers.py": COLUMNS,
    "anchornet/ui/menu.py": "addresses of pages",
    "anchornet/ui/filter_bar.py": "what an address picks on its own page",
    "anchornet/ui/layout.py": "what an address picks on its own page",
    "anchornet/exports/own_pledges.py": SUBJECT,
    "anchornet/store/framework.py": "a supplier is also who reads",
    "anchornet/cli/options.py": "a supplier is also who reads",
    "anchornet/exports/api.py": AREA,
    "anchornet/narrative/returns_status.py": "a member starts",
}
# Also columns of what is kept of members, returns, targets and the framework.
OTHER_COLUMNS = {
    "member", "kind", "status", "return_name", "source", "measure", "outcome", "standard",
}  # fmt: skip


def test_no_other_module_names_an_indicator_a_breakdown_or_a_return() -> None:
    declared = {*CATALOGUE, *BREAKDOWNS, *RETURNS} - OTHER_COLUMNS
    naming = set()
    for path in [*PROJECT.glob("anchornet/**/*.py"), *PROJECT.glob("pages/*.py")]:
        of_page = path.parent.name in ("ui", "pages") and (PROJECT / "pages" / path.name).exists()
        if path.parent.name == "sample" or of_page:
            continue
        texts = {
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        if texts & declared:
            naming.add(path.relative_to(PROJECT).as_posix())
    assert naming - {*MAY_NAME} == set()
