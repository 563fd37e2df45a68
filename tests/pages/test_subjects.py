"""The pages of the delivery group's subjects: what each says, to whom, and what it never tells."""

import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from html import unescape
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import Person, allowed, sample_people
from anchornet.facts import build
from anchornet.facts.catalogue import CATALOGUE
from anchornet.returns.declaration import RETURNS
from anchornet.store.area_statistics import record_area_fact
from anchornet.store.database import Database

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Small = Callable[[str, str, str, str], None]

PEOPLE = [
    person
    for person in sample_people(
        [("city-council", "Sample City Council"), ("university", "Sample Uni")]
    )
    if allowed(person, "see_network_figures")
]
COORDINATOR = PEOPLE[-1]
OWN = Person("a@sample.invalid", "A", frozenset({"member_viewer"}), "council")
ANSWERS = {
    "living_wage": r"The network: \d+ employers are accredited at the end of September 2026",
    "local_hires": r"The network: [\d,]+ people started in September 2026, \d+% of them",
    "retention": r"The network: of those who started, \d+% after 3 months, \d+% after 6 months",
    "spend": r"The network spent £[\d.]+m with suppliers in September 2026",
    "definitions": r"\d+ figures are made of what members send in five returns",
}
HIRES = """
    home_area,pathway,starts,offers,applications,age_band,ethnicity,out_of_work
    E05011366,standard,3,3,13,under_25,white,yes
    E01005073,standard,43,61,211,25_49,global_majority,no
    outside,pre_employment,22,,,50_plus,not_known,not_known
"""
RETENTION = """
    cohort_month,pathway,home_area_group,starters,in_post,leavers_moved_on_to_work
    2026-03,standard,local,40,30,9
    2026-03,apprenticeship,local,4,3,1
    2026-08,standard,local,50,49,
"""
SPEND = """
    supplier_name,supplier_postcode,branch_postcode,paid_on,amount_gbp,category,influenceable
    Sample Joinery Ltd,M2 5DB,,2026-09-02,1000,Repairs,yes
    Sample Paper Ltd,LS1 1UR,M23 1PW,2026-09-20,500,Paper,yes
    Sample Roofing Ltd,LS1 1UR,,2026-09-20,3000,Repairs,
    Sample Rates Office,LS1 1UR,,2026-09-20,900,Repairs,no
    Somebody,,,2026-09-20,100,Paper,yes
"""


def tables(app: AppTest) -> Iterator[pd.DataFrame]:
    """The rows behind every chart of a page: what a reader can open as a table."""
    for chart in app.get("vega_lite_chart"):
        for dataset in [chart.proto.data, *(it.data for it in chart.proto.datasets)]:
            if dataset.data:
                yield pa.ipc.open_stream(io.BytesIO(dataset.data)).read_pandas()


def alts(app: AppTest) -> str:
    return " ".join(
        it.proto.alt for kind in ("vega_lite_chart", "deck_gl_json_chart") for it in app.get(kind)
    )


@pytest.fixture
def said(said: Said) -> Said:
    """What a page says, as it is read."""
    return lambda app: unescape(said(app))


@pytest.mark.parametrize("page", ANSWERS)
def test_everybody_sees_each_subject_with_its_answer(
    looked_at: Path, visit: Visit, said: Said, page: str
) -> None:
    for person in PEOPLE:
        app = visit(page, person)
        assert not app.error, (page, person)
        assert re.search(rf'<h1 class="an-answer">{ANSWERS[page]}', said(app)), (page, person)


def test_a_members_page_is_for_its_people_and_the_delivery_group(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    for person in PEOPLE:
        words = said(visit("members", person))
        if person.member_id:
            assert re.search(r'<h1 class="an-answer">Sample (City Council|University): ', words)
            assert "People are rounded to 5" not in words
        elif "comms" in person.roles:
            assert '<h1 class="an-answer">This page is for a member\'s own people' in words
        else:
            assert '<h1 class="an-answer">Twelve members: ' in words


def test_each_chart_says_what_it_is_made_of_and_has_words_for_those_who_cannot_see_it(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    for page in ("local_hires", "retention", "spend"):
        app = visit(page, COORDINATOR)
        charts = [*app.get("vega_lite_chart"), *app.get("deck_gl_json_chart")]
        assert charts
        assert all(len(chart.proto.alt) > 20 for chart in charts)
        # The figure's chart says how it stands before it lists its months.
        point = r"^[^.]+\. \d+% in September 2026, .+ Line chart of .+ by month: Oct 24 \d+%"
        assert any(re.match(point, chart.proto.alt) for chart in charts)
        sources = re.findall(r'an-source">([^<]+)<', said(app))
        assert len(sources) >= 2
        for source in sources:
            assert re.fullmatch(
                r"(People|Share|Pounds)\. .+ returns of \d+ of \d+ members, .+, as at .+\.", source
            )


@pytest.mark.parametrize("page", ["local_hires", "retention", "spend", "members"])
def test_a_subject_of_which_nothing_was_sent_says_so(
    small: Small, visit: Visit, said: Said, page: str
) -> None:
    small("council", "living_wage", "2026-09", "employer_name,relationship,status\nA,self,lapsed")
    for person in (COORDINATOR, OWN):
        app = visit(page, person)
        assert not app.error
        assert re.search(
            r'<h1 class="an-answer">(The network: no (starts|retention|spend)'
            r"|Two members: two with a return missing|Sample council: )",
            said(app),
        )
        assert "nan" not in said(app).lower()


def test_few_people_are_in_no_chart_table_map_or_alternative_text(
    small: Small, visit: Visit, said: Said
) -> None:
    for month in ("2025-10", "2025-11", "2025-12", *(f"2026-0{it}" for it in range(1, 9))):
        small("council", "local_hires", month, "home_area,pathway,starts\noutside,standard,20")
    small("council", "local_hires", "2026-09", HIRES)
    app = visit("local_hires", COORDINATOR)
    words = said(app)
    assert re.search(
        "The network, 1 of 2 members so far: (65|70) people started in September 2026", words
    )
    assert words.count("People are rounded to 5, a few more or fewer on purpose") == 1
    # Nobody said where outside: it may be the next street, in Greater Manchester.
    assert re.search(r"live: .+ and (20|25) elsewhere outside Manchester", words)
    assert "further away" not in words + alts(app)
    # 3 of Manchester's 46 starts are from one ward, in twelve months.
    drawn = app.get("deck_gl_json_chart")[0].proto.json
    assert "too few people to show" in drawn
    assert re.search(r"\b4[05] starts", drawn)
    for text in (words, alts(app), drawn):
        assert not re.search(r"\b(3|43|46|22) (starts|people)\b", text)
    for table in tables(app):
        numbers = table.select_dtypes("number").stack()
        assert not set(numbers) & {3.0, 43.0, 22.0, 46.0}
    uncounted = "Members did not count applications for 2[05] and offers for 2[05] of the starts."
    assert re.search(uncounted, words)


def test_a_members_own_people_see_it_exactly(small: Small, visit: Visit, said: Said) -> None:
    for month in ("2026-07", "2026-08", "2026-09"):
        small("council", "local_hires", month, HIRES)
    app = visit("local_hires", OWN)
    assert re.search("The network, 1 of 2 members so far: (65|70) people", said(app))
    app.query_params["members"] = "council"
    assert "Sample council: 68 people started in September 2026" in said(app.run())
    assert "3 starts" in app.get("deck_gl_json_chart")[0].proto.json
    words = said(visit("members", OWN))
    assert re.search(r">Starts</a></td><td class=\"an-num\">68\b", words)
    for_others = visit("members", COORDINATOR)
    for_others.query_params["members"] = "council"
    words = said(for_others.run())
    assert re.search(r">Starts</a></td><td class=\"an-num\">(65|70)\b", words)
    assert "People are rounded to 5" in words


def test_in_a_small_network_people_are_for_the_member_they_come_from(
    small: Small, visit: Visit, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(
        "council",
        "local_hires",
        "2026-09",
        """
        home_area,pathway,starts
        E05011366,standard,50
        """,
    )
    monkeypatch.setenv("ANCHORNET_FEWEST_MEMBERS_FOR_PEOPLE", "4")
    words = said(visit("local_hires", COORDINATOR))
    assert "With fewer than four members in September 2026, figures of people are for the" in words
    assert "for members only" in words
    assert "for members only <small>people" not in words
    assert not re.search(r"(45|50|55) (<small>)?people", words)
    app = visit("local_hires", OWN)
    app.query_params["members"] = "council"
    assert ">50 <small>people" in said(app.run())


def test_people_are_split_by_two_things_at_once_at_most(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    app = visit("local_hires", COORDINATOR)
    assert "People are split by two things" not in said(app)
    for name, value in (("area", "E08000003"), ("members", "kind:nhs")):
        app.query_params[name] = value
        words = said(app.run())
        assert not app.exception
        assert "Home wards are shown of the whole network" in words
    assert "People are split by two things at once at most" in words


def test_whom_members_hire_stands_beside_the_area_once_it_is_entered(
    small: Small, visit: Visit, said: Said, opened: Callable[[], Database]
) -> None:
    small("council", "local_hires", "2026-09", HIRES.replace("standard,3,3", "standard,10,10"))
    app = visit("local_hires", COORDINATOR)
    assert "Nobody has entered yet what these shares are" in said(app)
    record_area_fact(
        opened(), "residents_global_majority_share", 0.5, source="Census", year=2021, by="x"
    )
    words = said(app.run())
    # 43 of the 53 whose ethnic group is known, each with two more or fewer, to 5%: 75% to 90%.
    (points,) = re.findall(
        r"Beside the people of Manchester: global majority (\d\d) points above\.", words
    )
    assert int(points) in (25, 30, 35, 40)
    assert f"Global majority {50 + int(points)}%, Manchester 50%" in alts(app)
    assert "Manchester: Census, 2021." in words


def test_retention_says_which_cohorts_are_in(small: Small, visit: Visit, said: Said) -> None:
    small("council", "retention", "2026-09", RETENTION)
    app = visit("retention", COORDINATOR)
    words = said(app)
    # 33 of 44, each with two more or fewer, to 5%.
    (percent,) = re.findall(
        r"The network, 1 of 2 members so far: of those who started, (\d\d)% after 6 months were",
        words,
    )
    assert int(percent) in (65, 70, 75, 80, 85)
    assert re.search("after six months that is of 4[05] people, the newest from March 2026", words)
    assert "none yet" in words
    assert "Standard" in alts(app)
    assert "Apprenticeship: 6 months *;" in alts(app)  # four people
    assert f"Mar 26: 6 months {percent}%." in alts(app)
    for table in tables(app):
        assert table["value"][table["label"] == "*"].isna().all()


def test_the_two_ways_of_counting_local_are_never_mixed(
    small: Small, visit: Visit, said: Said
) -> None:
    small("council", "spend", "2026-09", SPEND)
    app = visit("spend", COORDINATOR)
    # Of £5,500: £1,000 in Manchester, £4,400 away and £100 unknown. 1,000 of 5,400 is 19%.
    assert "£5.50k with suppliers in September 2026: 19% in Manchester" in said(app)
    assert ">Local spend with branches" not in said(app)
    # £3,500 that somebody could have chosen; repairs are done in Manchester too.
    assert (
        "£3.50k of spend with a choice of supplier left the area in September 2026; £3.00k of it "
        "in one category that local suppliers were paid for too, most of all Repairs. "
        "For £3.00k members did not say whether there was a choice."
    ) in said(app)
    app.query_params["way"] = "branch"
    words = said(app.run())
    assert "by address or branch: 28% in Manchester" in words
    assert ">Local spend (%)" not in words
    assert ">Spend in the wider area" not in words


def test_the_largest_suppliers_are_named_to_the_members_own_people_only(
    small: Small, visit: Visit, said: Said
) -> None:
    small("council", "spend", "2026-09", SPEND)

    def behind(app: AppTest) -> str:
        return alts(app) + "".join(str(table.values) for table in tables(app))

    app = visit("spend", COORDINATOR)
    assert "The five largest of 5 suppliers take 100% of spend" in said(app)
    app.query_params["members"] = "council"
    assert "Sample Joinery" not in behind(app.run())
    app = visit("spend", OWN)
    assert "Sample Joinery" not in behind(app)
    app.query_params["members"] = "council"
    assert "Sample Joinery" in behind(app.run())


def test_a_category_picked_is_what_the_map_shows(small: Small, visit: Visit, said: Said) -> None:
    small("council", "spend", "2026-09", SPEND)
    app = visit("spend", COORDINATOR)
    app.query_params["category"] = "Repairs"
    assert "£4.90k of £4.90k by the supplier's registered address: Repairs" in said(app.run())
    assert "Leeds: £3.90k" in app.get("deck_gl_json_chart")[0].proto.json
    app.query_params["category"] = "Nothing of ours"
    assert "£5.40k of £5.50k" in said(app.run())


def test_every_figure_and_every_column_is_defined(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    words = said(visit("definitions", COORDINATOR))
    for indicator in CATALOGUE.values():
        assert f'id="{indicator.name}"' in words
        assert f"<b>{indicator.title}</b>" in words
        assert indicator.definition in words
    for return_ in RETURNS.values():
        for field in return_.fields:
            assert f"<td>{field.title}{' *' if field.required else ''}</td>" in words
    assert "People are rounded to 5, a few more or fewer on purpose" in words
    assert "* stands for 1 to 7 people" in words


def test_a_link_shows_the_way_and_the_month_that_it_names(looked_at: Path, visit: Visit) -> None:
    app = visit("spend", COORDINATOR)
    for name, value in (("way", "branch"), ("period", "2026-08"), ("window", "quarter")):
        app.query_params[name] = value
    app.run()
    assert json.dumps(dict(app.query_params)).count("branch") == 1
    (answer,) = (it.proto.body for it in app.html if "an-answer" in it.proto.body[:30])
    assert "July to August 2026, by address or branch" in answer


LIVING_WAGE = """
    employer_name,employer_postcode,sector,relationship,status,accredited_on,renewal_due_on,workers_covered
    Sample council,M2 5DB,public,self,accredited_with_milestones,2025-05-01,2027-05-01,900
    Sample Joinery Ltd,M2 5DB,private,supplier,accredited,2025-05-01,2026-09-30,40
    Sample Roofing Ltd,LS1 1UR,private,supplier,accredited,2025-05-01,,3
    Sample Paper Ltd,LS1 1UR,private,supplier,lapsed,2024-05-01,,
"""


def test_the_names_of_employers_are_for_the_member_that_lists_them(
    small: Small, visit: Visit, said: Said
) -> None:
    small("council", "living_wage", "2026-09", LIVING_WAGE)
    other = Person("b@sample.invalid", "B", frozenset({"member_viewer"}), "hospital")
    for person in (*PEOPLE, other, OWN):
        words = said(visit("living_wage", person))
        so_far = "The network, 1 of 2 members so far: three employers are accredited at the end of"
        assert f"{so_far} September 2026" in words
        assert ("Sample Joinery Ltd" in words) == (person is OWN)
        own_status = "Accredited, contractor milestones outstanding" in words
        sees_all = bool(person.roles & {"delivery_group", "coordinator"})
        assert own_status == (person is OWN or sees_all), person
        assert "No return for the month" not in words or sees_all or person is other


def test_the_coordinator_sees_which_employers_are_reported_differently(
    small: Small, visit: Visit, said: Said
) -> None:
    small("council", "living_wage", "2026-09", LIVING_WAGE)
    rows = LIVING_WAGE.replace("Sample council,M2 5DB,public,self", "Sample Mill,,public,other")
    small("hospital", "living_wage", "2026-09", rows.replace(",40", ",50"))
    words = said(visit("living_wage", COORDINATOR))
    assert "One employer is reported differently by several members." in words
    assert "How many workers are covered" in words
    assert "Sample hospital, the last sent" in words
    assert "reported differently" not in said(visit("living_wage", OWN))


def test_the_stock_of_a_part_of_the_network_and_of_an_area(
    small: Small, visit: Visit, said: Said
) -> None:
    small("council", "living_wage", "2026-08", LIVING_WAGE.replace("2026-09-30", ""))
    small("council", "living_wage", "2026-09", LIVING_WAGE)
    app = visit("living_wage", COORDINATOR)
    assert "Three before, no new and none lapsed. That makes three." in said(app)
    assert "so the share of jobs covered is not known; the coordinator can" in said(app)
    app.query_params["area"] = "E08000003"
    app.run()
    assert not app.exception
    assert "Two of three accredited employers have their main office in Manchester." in said(app)
    app.query_params["area"] = ""
    app.query_params["members"] = "hospital"
    app.run()
    assert "Sample hospital: nobody has said which employers are accredited" in said(app)
    assert "nan" not in said(app).lower()


def test_members_are_sorted_by_any_column_and_a_month_without_a_return_is_no_earlier_one(
    small: Small, visit: Visit, said: Said
) -> None:
    def spend(month: str, postcode: str) -> str:
        return (
            "supplier_name,supplier_postcode,paid_on,amount_gbp\n"
            f"Sample Ltd,{postcode},{month}-02,1000\nSample Other Ltd,LS1 1UR,{month}-03,1000"
        )

    for member, month in (("hospital", "08"), ("council", "08"), ("council", "09")):
        small(member, "spend", f"2026-{month}", spend(f"2026-{month}", "M2 5DB"))

    def rows(sort: str) -> list[tuple[str, str]]:
        app = visit("members", COORDINATOR)
        app.query_params["period"], app.query_params["sort"] = "2026-09", sort
        table = said(app.run()).split("an-members", 1)[1].split("</table>")[0]
        cells = [re.findall(r"<td.*?</td>", row) for row in table.split("<tr")[2:]]
        return [
            (re.sub("<[^>]+>", "", row[0]), re.sub("<[^>]+>", " ", row[3]).split()[0])
            for row in cells
        ]

    network, council, hospital = (
        ("The network", "50%"),
        ("Sample council", "50%"),
        ("Sample hospital", "–"),
    )
    assert rows("") == rows("nothing") == [network, council, hospital]
    assert rows("-name") == [network, hospital, council]
    # Who has no figure comes last either way.
    assert rows("local_spend_share") == rows("-local_spend_share") == [network, council, hospital]
    # The hospital lacks seven returns of two months, the council six.
    assert rows("missing")[1][0] == "Sample hospital"
    assert rows("-missing")[1][0] == "Sample council"


def test_spend_and_the_pages_of_work_say_who_declares_that_they_could(
    small: Small, visit: Visit, said: Said, opened: Callable[[], Database]
) -> None:
    small("council", "spend", "2026-09", SPEND)
    small("council", "local_hires", "2026-09", HIRES)
    small("council", "retention", "2026-09", RETENTION)
    directory = (
        b"name,postcode,type,supplies,pathways\n"
        b"Sample Menders CIC,LS1 1UR,vcse,REPAIRS,apprenticeship\n"
        b"Sample Near Builders,M2 5DB,private,Repairs; Paint,\n"
        b"Sample Far Builders,LS1 1UR,private,Repairs,\n"
        b"Sample Stationers,M2 5DB,private,Books,\n"
    )
    build.load_organisations(opened(), directory, by="x", now=datetime(2026, 8, 3))
    words = said(visit("spend", COORDINATOR))
    # What left is for repairs: who is near or voluntary and says so, and nobody else.
    assert words.count("August 2026") == 2
    assert "Sample Menders CIC" in words
    assert "Sample Near Builders" in words
    assert "Sample Far Builders" not in words
    assert "Sample Stationers" not in words
    for page in ("local_hires", "retention"):
        words = said(visit(page, COORDINATOR))
        assert "Who serves which pathway" in words
        assert "Sample Menders CIC" in words
        assert "Sample Near Builders" not in words
