"""Many files at once: opened safely, matched, sent one by one, and safe to stop half way."""

import csv
import io
import threading
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from anchornet.intake import bulk_upload
from anchornet.intake.bulk_upload import MatchedFile, SentFile, UploadedFile, month_in_name
from anchornet.returns.csv_reader import Refused
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database
from anchornet.store.submissions import history

FILES = Path(__file__).resolve().parent.parent / "files"
MB = 1_000_000
NOW = datetime(2026, 10, 5, 9)
SENDER = {"member_id": "council", "by": "someone@sample.example.org"}
SPEND = "supplier_name,paid_on,amount_gbp\nSample Joinery Ltd,{}-02,1000.50\n"


def spend(*months: str) -> bytes:
    head, line = SPEND.splitlines()
    return "\n".join([head, *(line.format(month) for month in months), ""]).encode()


def uploaded(name: str, data: bytes) -> UploadedFile:
    return UploadedFile(name, lambda: data)


def archive(files: dict[str, bytes], **how: object) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in files.items():
            opened.writestr(name, data, **how)
    return made.getvalue()


def match(network: Database, name: str, data: bytes, **options: object) -> MatchedFile:
    return bulk_upload.match_file(network, uploaded(name, data), member_id="council", **options)


def send(network: Database, *matches: MatchedFile, **options: object) -> list[SentFile]:
    return list(bulk_upload.send_files(network, matches, now=NOW, **{**SENDER, **options}))


# --- archives ------------------------------------------------------------------------------------


def test_a_file_by_itself_is_one_file() -> None:
    [it] = bulk_upload.uploaded_files("spend.csv", b"a,b\n", MB)
    assert (it.name, it.read()) == ("spend.csv", b"a,b\n")


def test_a_workbook_is_not_taken_for_an_archive() -> None:
    workbook = archive({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"})
    [it] = bulk_upload.uploaded_files("spend.xlsx", workbook, MB)
    assert it.name == "spend.xlsx"


def test_an_archive_is_its_files_without_folders_and_litter() -> None:
    data = archive(
        {
            "year/": b"",
            "year/2026-08.csv": b"a",
            "year/2026-09.csv": b"b",
            "__MACOSX/year/._2026-08.csv": b"x",
            "year/.DS_Store": b"x",
        }
    )
    files = bulk_upload.uploaded_files("year.zip", data, MB)
    assert [(it.name, it.read()) for it in files] == [
        ("year.zip › 2026-08.csv", b"a"),
        ("year.zip › 2026-09.csv", b"b"),
    ]


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "C:\\x.csv", "a\\..\\..\\x"])
def test_a_name_that_points_outside_the_archive_is_refused(name: str) -> None:
    [it] = bulk_upload.uploaded_files("a.zip", archive({name: b"a,b\n"}), MB)
    with pytest.raises(Refused, match="points outside the archive"):
        it.read()


def test_an_archive_inside_an_archive_is_refused_and_the_rest_is_not() -> None:
    outer = archive({"inner.zip": archive({"a.csv": b"a"}), "b.csv": b"b"})
    inner, other = bulk_upload.uploaded_files("outer.zip", outer, MB)
    with pytest.raises(Refused, match="It is an archive inside the archive"):
        inner.read()
    assert other.read() == b"b"


def test_too_many_files_are_refused() -> None:
    data = archive({f"{number}.csv": b"a" for number in range(bulk_upload.MOST_FILES + 1)})
    with pytest.raises(Refused, match="holds 201 files, and 200 is the most at once"):
        bulk_upload.uploaded_files("many.zip", data, MB)


def test_a_file_that_unpacks_too_large_is_refused_without_unpacking_it() -> None:
    [it] = bulk_upload.uploaded_files("bomb.zip", archive({"a.csv": b"0" * 3 * MB}), MB)
    with pytest.raises(Refused, match="larger than 1 MB"):
        it.read()


def test_an_archive_that_unpacks_too_large_all_in_all_is_refused() -> None:
    data = archive({f"{number}.csv": b"0" * MB for number in range(6)})
    with pytest.raises(Refused, match="more than 5 MB when unpacked"):
        bulk_upload.uploaded_files("bomb.zip", data, MB)


def test_a_size_that_lies_is_not_believed() -> None:
    data = bytearray(archive({"a.csv": b"0" * 3 * MB}))
    size = (3 * MB).to_bytes(4, "little")
    while size in data:
        place = data.index(size)
        data[place : place + 4] = (10).to_bytes(4, "little")
    [it] = bulk_upload.uploaded_files("liar.zip", bytes(data), MB)
    with pytest.raises(Refused):
        it.read()


def test_a_locked_archive_is_refused() -> None:
    data = bytearray(archive({"a.csv": b"a,b\n"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    [it] = bulk_upload.uploaded_files("locked.zip", bytes(data), MB)
    with pytest.raises(Refused, match="locked with a password"):
        it.read()


@pytest.mark.parametrize("cut", [10, 60, -30])
def test_a_damaged_archive_is_refused_in_a_sentence(cut: int) -> None:
    with pytest.raises(Refused, match="can't be opened"):
        bulk_upload.uploaded_files("half.zip", archive({"a.csv": b"a,b\n" * 50})[:cut], MB)


def test_a_damaged_file_in_an_archive_is_refused() -> None:
    data = bytearray(archive({"a.csv": bytes(range(256)) * 20}))
    data[60] ^= 0xFF
    [it] = bulk_upload.uploaded_files("bad.zip", bytes(data), MB)
    with pytest.raises(Refused, match="damaged in the archive"):
        it.read()


def test_an_empty_archive_is_refused() -> None:
    with pytest.raises(Refused, match="no files in it"):
        bulk_upload.uploaded_files("empty.zip", archive({}), MB)


# --- months in names -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "month"),
    [
        ("2026-09.csv", date(2026, 9, 1)),
        ("living wage 2026_09 final.xlsx", date(2026, 9, 1)),
        ("spend_202609.csv", date(2026, 9, 1)),
        ("hires 09-2026.csv", date(2026, 9, 1)),
        ("Sep 2026.csv", date(2026, 9, 1)),
        ("september2026_hires.csv", date(2026, 9, 1)),
        ("2026 Sept hires.csv", date(2026, 9, 1)),
        ("2026-09 (sent 2026-09-30).csv", date(2026, 9, 1)),
        ("2026-08 and 2026-09.csv", None),
        ("spend 2024-25.csv", None),
        ("chwe_08_november.csv", None),
        ("12026-09.csv", None),
        ("disseptember 2026.csv", None),
        ("hires.csv", None),
    ],
)
def test_a_month_is_read_from_a_name_only_where_it_is_plain(name: str, month: date | None) -> None:
    assert month_in_name(name) == month


# --- matching ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["living_wage", "local_hires", "retention", "spend"])
def test_a_file_is_matched_to_its_return_by_its_headings(network: Database, name: str) -> None:
    matched = match(network, "2026-09.csv", (FILES / name / "good.csv").read_bytes())
    assert matched.return_ is RETURNS[name]
    assert [month.period for month in matched.months] == [date(2026, 9, 1)]
    assert matched.state == "ready"


def test_a_published_layout_is_recognised(network: Database) -> None:
    data = (FILES / "published" / "manchester_2021-01.csv").read_bytes()
    matched = match(network, "payments.csv", data)
    assert matched.return_ is RETURNS["spend"]
    assert [month.period for month in matched.months] == [date(2021, 1, 1)]


def test_the_lines_say_the_month_before_the_name_does(network: Database) -> None:
    matched = match(network, "2026-09.csv", spend("2026-08"))
    assert [month.period for month in matched.months] == [date(2026, 8, 1)]


def test_what_does_not_say_its_month_is_asked(network: Database) -> None:
    data = (FILES / "living_wage" / "good.csv").read_bytes()
    matched = match(network, "living wage.csv", data)
    assert (matched.state, matched.asks) == ("asked", "month")
    assert "put it into the name, such as 2026-09" in matched.reason
    chosen = match(network, "living wage.csv", data, period=date(2026, 9, 1))
    assert chosen.state == "ready"


def test_a_list_of_people_is_no_return_and_can_be_made_into_one(network: Database) -> None:
    starters = b"Surname,Start date,Home postcode,DOB\nSample,2026-09-14,M40 8QA,1987-05-23\n"
    matched = match(network, "payroll.csv", starters)
    assert matched.people == (RETURNS["local_hires"],)
    assert (matched.state, matched.examples) == ("refused", ())
    assert "Prepare a return" in matched.reason
    leavers = b"Start date,Leaving date,Leaving reason\n2026-03-02,2026-09-01,Retired\n"
    assert match(network, "leavers.csv", leavers).people == (RETURNS["retention"],)
    assert not match(network, "contracts.csv", b"Supplier,Start date\nSample,2026-09-14\n").people


def test_what_does_not_say_its_return_is_asked(network: Database) -> None:
    matched = match(network, "2026-09.csv", b"colour,shape\nred,round\n")
    assert (matched.state, matched.asks) == ("asked", "return")
    chosen = match(network, "2026-09.csv", b"colour,shape\nred,round\n", return_=RETURNS["spend"])
    assert chosen.state == "errors"
    assert chosen.reason.startswith("Line 1, Supplier: There is no column for Supplier.")


def test_what_is_no_list_is_refused_with_the_reason(network: Database) -> None:
    matched = match(network, "scan.pdf", b"%PDF-1.7 and so on")
    assert matched.state == "refused"
    assert matched.reason.startswith("This is a PDF")


def test_errors_are_said_by_the_first_of_them(network: Database) -> None:
    matched = match(network, "a.csv", spend("2026-09").replace(b"2026-09-02", b"31/06/2026"))
    assert (matched.state, matched.errors) == ("errors", 1)
    assert matched.reason == (
        "Line 2, paid_on: 31/06/2026 is not a date (June has 30 days). Write it as 2026-06-30."
    )


def test_two_files_with_the_same_month_are_not_chosen_between(network: Database) -> None:
    several = match(network, "a.csv", spend("2026-08", "2026-09"))
    one = match(network, "b.csv", spend("2026-09", "2026-09"))
    other = match(network, "c.csv", spend("2026-07"))
    first, second, third = bulk_upload.refuse_repeated_months([several, one, other])
    assert (first.state, second.state, third.state) == ("refused", "refused", "ready")
    assert first.reason == (
        "Spend with suppliers for September 2026 is in b.csv too. "
        "Leave one of the two out, or take the month out of one."
    )


# --- sending -------------------------------------------------------------------------------------


def test_each_file_is_sent_by_itself_and_the_wrong_one_is_left_out(network: Database) -> None:
    matches = [
        match(network, "two.csv", spend("2026-07", "2026-08")),
        match(network, "wrong.csv", b"supplier_name,paid_on,amount_gbp\nA Ltd,2026-06-03,many\n"),
        match(network, "2026-09.csv", (FILES / "living_wage" / "good.csv").read_bytes()),
    ]
    two, wrong, wage = send(network, *matches)
    assert [(it.period, it.rows) for it in two.receipts] == [
        (date(2026, 7, 1), 1),
        (date(2026, 8, 1), 1),
    ]
    assert wrong.receipts == ()
    assert "many" in str(wrong.problem)
    assert wage.receipts[0].rows == 3
    assert len(history(network)) == 3


def test_warnings_wait_for_a_sentence(network: Database) -> None:
    data = (FILES / "spend" / "person_as_supplier.csv").read_bytes()
    matched = match(network, "a.csv", data)
    assert matched.state == "warnings"
    [refused] = send(network, matched)
    assert refused.problem is not None
    assert history(network).empty
    [sent] = send(network, matched, accept_warnings="It is a firm.")
    assert sent.problem is None
    assert history(network).iloc[0]["note"] == "It is a firm."


def test_a_backlog_stopped_half_way_goes_on_where_it_was(network: Database) -> None:
    files = {f"{month}.csv": spend(month) for month in ("2026-05", "2026-06", "2026-07")}
    looked = [match(network, name, data) for name, data in files.items()]
    sending = bulk_upload.send_files(network, looked, now=NOW, **SENDER)
    first = next(sending)
    sending.close()
    assert len(history(network)) == 1

    again = [match(network, name, data) for name, data in files.items()]
    assert [it.state for it in again] == ["already", "ready", "ready"]
    results = send(network, *again)
    assert results[0].receipts[0].receipt == first.receipts[0].receipt
    assert [it.receipts[0].already for it in results] == [True, False, False]
    assert len(history(network)) == 3


def test_twenty_at_once_count_each_month_once_and_lose_nothing(network: Database) -> None:
    months = ("2026-06", "2026-07", "2026-08")
    looked = [match(network, f"{month}.csv", spend(month)) for month in months]
    started = threading.Barrier(20)
    faults: list[Exception] = []

    def one() -> None:
        started.wait()
        try:
            send(network, *looked)
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert list(history(network)["state"]) == ["counted"] * 3
    with network.cursor() as cursor:
        found = cursor.execute("select count(*), sum(amount_gbp) from spend_current").fetchone()
    assert found == (3, Decimal("3001.50"))


def test_a_published_archive_is_sent_month_by_month(network: Database) -> None:
    """Trafford's April and May 2026, as a file for each month in an archive."""
    with zipfile.ZipFile(FILES / "published" / "trafford_2026-04_to_05.zip") as opened:
        text = opened.read(opened.namelist()[0]).decode("utf-8-sig")
    lines = csv.DictReader(io.StringIO(text, newline=""))
    files = {month: io.StringIO() for month in ("2026-04", "2026-05")}
    writers = {month: csv.DictWriter(file, lines.fieldnames) for month, file in files.items()}
    for writer in writers.values():
        writer.writeheader()
    for line in lines:
        writers[line["PaymentDate"][:7]].writerow(line)
    data = archive({f"{month}.csv": file.getvalue().encode() for month, file in files.items()})
    files = bulk_upload.uploaded_files("trafford.zip", data, 200 * MB)
    matches = [bulk_upload.match_file(network, file, member_id="council") for file in files]
    sendable = bulk_upload.refuse_repeated_months(matches)
    results = send(network, *sendable, accept_warnings="As the ledger has them.")
    rows = {receipt.period: receipt.rows for it in results for receipt in it.receipts}
    # Counted with Python's csv module: 21,019 payments in April, 17,036 in May.
    assert rows == {date(2026, 4, 1): 21_019, date(2026, 5, 1): 17_036}


def test_a_register_of_promises_is_no_list_of_people(network: Database) -> None:
    """It has dates of start and end, too."""
    register = b"Reference,Title,Supplier,Start date,End date\nC-1,Grounds,A Ltd,1/4/26,31/3/29\n"
    planning = (FILES / "published" / "planning" / "south_hams_agreement.csv").read_bytes()
    for data in (register, planning):
        problem = match(network, "list.csv", data).problem
        assert problem == bulk_upload.OF_PROMISES
    people = match(network, "list.csv", b"Surname,Start date,Leaving date\nA,1/4/26,1/5/26\n")
    assert people.problem == bulk_upload.OF_PEOPLE
