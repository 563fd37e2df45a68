"""A register of companies in the layout of Companies House, with invented names, and names that
were paid planted in it as registers have them: so that matches can be counted right and wrong.

`python -m benchmarks.registers FILE ROWS LEDGER…` writes FILE (CSV), and FILE.truth.csv with the
company that each name of the ledgers (published payments, CSV) is, or none. Postcodes are real
ones, drawn at random: where a company is, is invented.
"""

import csv
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import duckdb
import numpy as np

from anchornet.setting_values import PROJECT

HEADINGS = (
    "CompanyName, CompanyNumber,RegAddress.CareOf,RegAddress.POBox,RegAddress.AddressLine1,"
    " RegAddress.AddressLine2,RegAddress.PostTown,RegAddress.County,RegAddress.Country,"
    "RegAddress.PostCode,CompanyCategory,CompanyStatus,CountryOfOrigin,DissolutionDate,"
    "IncorporationDate,Accounts.AccountRefDay,Accounts.AccountRefMonth,Accounts.NextDueDate,"
    "Accounts.LastMadeUpDate,Accounts.AccountCategory,Returns.NextDueDate,Returns.LastMadeUpDate,"
    "Mortgages.NumMortCharges,Mortgages.NumMortOutstanding,Mortgages.NumMortPartSatisfied,"
    "Mortgages.NumMortSatisfied,SICCode.SicText_1,SICCode.SicText_2,SICCode.SicText_3,"
    "SICCode.SicText_4,LimitedPartnerships.NumGenPartners,LimitedPartnerships.NumLimPartners,URI,"
    + ",".join(
        f"PreviousName_{number}.CONDATE, PreviousName_{number}.CompanyName"
        for number in range(1, 11)
    )
    + ",ConfStmtNextDueDate, ConfStmtLastMadeUpDate"
)
WORDS = 60_000  # invented ones, some of them far more frequent than others, as in real names
TRADES = (
    "SERVICES CARE SOLUTIONS BUILDERS CONSTRUCTION CONSULTING PROPERTIES HOLDINGS TRAINING TRAVEL "
    "HOMES FOODS MEDIA SYSTEMS LOGISTICS CLEANING SECURITY ENGINEERING DESIGN RECRUITMENT "
    "INVESTMENTS HEALTHCARE JOINERY ROOFING ELECTRICAL PLUMBING CATERING SCHOOLS SUPPLIES GROUP"
).split()
FORM = re.compile(r"\b(LTD|LIMITED|PLC|LLP|CIC|C\.I\.C\.?)\b\.?", re.I)
WIDTH = 35  # of names in the published ledgers
# Shares of the names of a ledger, as they stand in the register.
ABSENT, RENAMED, ABBREVIATED, NAMESAKE, NEAR = 0.15, 0.06, 0.05, 0.3, 0.3
SHORT = {"SERVICES": "SVCS", "MANCHESTER": "M/CR", "LIMITED": "LTD", "CENTRE": "CTR"}


def ledger_names(paths: Iterable[Path]) -> list[str]:
    """Who was paid in published files of Manchester's or Trafford's layout."""
    names: set[str] = set()
    for path in paths:
        content = path.read_bytes()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252")
        for row in csv.DictReader(text.splitlines()):
            name = row.get("Supplier Name") or row.get("BeneficiaryName") or ""
            if name.strip() and not re.search("redacted|withheld", name, re.I):
                names.add(name.strip())
    return sorted(names)


def planted(
    names: Iterable[str], draw: np.random.Generator
) -> Iterator[tuple[str, str, str, str | None]]:
    """(number, name, former name, whose name of the ledger it is or None) for what the ledgers'
    names are, and for what only looks like them."""
    number = 90_000_000
    names = sorted(set(names), key=lambda name: (-len(name), name))
    spelled = {squeezed(name) for name in names}
    companies: dict[str, str | None] = {}
    for name in names:
        same = next(
            (
                key
                for key in companies
                if key == squeezed(name)
                or (
                    len(name) >= WIDTH - 1
                    and not FORM.search(name)
                    and key.startswith(squeezed(name))
                )
            ),
            None,
        )
        if same is not None:  # spelled otherwise, or whole in another ledger
            if companies[same]:
                yield str(companies[same]), "", "", name
            continue
        companies[squeezed(name)] = None
        has_form = FORM.search(name) is not None
        true, former = as_registered(name, draw), ""
        chance = draw.random()
        if chance >= ABSENT:
            number += 1
            if chance < ABSENT + RENAMED:
                true, former = f"{invented(draw)} {true}"[:160], true
            elif chance < ABSENT + RENAMED + ABBREVIATED:
                true = lengthened(true)
            companies[squeezed(name)] = f"{number:08d}"
            yield f"{number:08d}", true, former, name
        elif not has_form and len(name) < WIDTH - 1 and draw.random() < NAMESAKE:
            # Somebody trades under it, and a company elsewhere has the name.
            number += 1
            yield f"{number:08d}", f"{true.removesuffix(' LIMITED')} LIMITED", "", None
        if draw.random() < NEAR:
            number += 1
            bare = FORM.sub("", true).strip()
            near = draw.choice(
                [f"{bare} HOLDINGS LIMITED", f"{bare} (NORTH WEST) LIMITED", f"{bare} 2 LIMITED"]
            )
            # A company can't have the name of another.
            if squeezed(near) not in spelled:
                yield f"{number:08d}", near, "", None


def squeezed(name: str) -> str:
    bare = FORM.sub("", re.sub(r"\s+T/A\b.*", "", name.upper().replace("&", "AND")))
    return re.sub("[^A-Z0-9]", "", bare).removeprefix("THE")


def as_registered(name: str, draw: np.random.Generator) -> str:
    """A ledger's name as a register has it: upper case, the legal form in full, whole."""
    true = re.sub(r"\s+(T/A|TRADING AS|C/O)\b.*", "", name.upper()).strip()
    if len(name) >= WIDTH and not FORM.search(true):
        true = re.sub(r" (L|LT|LI|LIM|LIMI|LIMIT|LIMITE)$", "", true)
        if len(true) >= WIDTH - 1:
            true += invented(draw)
    true = re.sub(r"\bLTD\b\.?", "LIMITED", true)
    if "LIMITED" not in true and not FORM.search(true) and draw.random() < 0.85:
        true += " LIMITED"
    if draw.random() < 0.5:
        true = true.replace("&", "AND")
    if draw.random() < 0.5:
        true = re.sub(r"['`’.]", "", true)
    return re.sub(r"\s+", " ", true)


def lengthened(name: str) -> str:
    """What a ledger shortened, in full."""
    for whole, short in SHORT.items():
        name = re.sub(rf"\b{re.escape(short)}\b", whole, name)
    return name.replace(" UK ", " (UK) ").replace(" LIMITED", " SERVICES LIMITED", 1)


def vocabulary(draw: np.random.Generator) -> list[str]:
    words: dict[str, None] = {}
    while len(words) < WORDS:
        words[invented(draw)] = None
    return list(words)


def invented(draw: np.random.Generator) -> str:
    """Two or three syllables."""
    sounds = ("BCDFGHJKLMNPRSTVWZ", "AEIOU", "LMNRST")
    syllables = int(draw.integers(2, 4))
    return "".join(draw.choice(list(letters)) for _ in range(syllables) for letters in sounds)


def write(path: Path, rows: int, names: Sequence[str], seed: int = 1, paid: int = 0) -> int:
    """Writes the register, and beside it what each name is, with as many more names of its
    companies as make `paid`, as a ledger would spell them; how many rows it has."""
    draw = np.random.default_rng(seed)
    special = list(planted(names, draw))
    with duckdb.connect() as connection:
        connection.execute(f"select setseed({seed / 100})")
        connection.execute(
            "create table special (number varchar, name varchar, former varchar, ledger varchar)"
        )
        connection.executemany("insert into special values (?, ?, ?, ?)", special)
        postcodes = PROJECT / "data" / "reference" / "postcodes.parquet"
        connection.execute(
            "create table codes as select postcode, row_number() over () - 1 as place "
            f"from read_parquet('{postcodes}')"
        )
        count = connection.execute("select count(*) from codes").fetchone()
        words = ", ".join(f"'{word}'" for word in vocabulary(np.random.default_rng(seed)))
        trades = ", ".join(f"'{one}'" for one in TRADES)

        def pick(of: str, size: int) -> str:
            return f"{of}[1 + (random() * {size})::int % {size}]"

        connection.execute(f"create table words as select [{words}] as words")
        # The square makes the first of them frequent.
        word = f"words[1 + floor({WORDS} * random() * random())::int]"
        trade = pick(f"[{trades}]", len(TRADES))
        connection.execute(
            f"""
            create table companies as
            select lpad(number::varchar, 8, '0') as number,
                {word} || ' ' || if(random() < 0.5, {word} || ' ', '') || {trade} || ' LIMITED'
                    as name,
                if(random() < 0.12, {word} || ' ' || {trade} || ' LIMITED', '') as former,
                (random() * {count[0] - 1})::int as place
            from range(1, {rows - len(special) + 1}) as numbers (number)
            cross join words
            union all
            select number, name, former, (random() * {count[0] - 1})::int
            from special
            where name <> ''
            """
        )
        others = connection.execute(
            f"""
            select
                case (hash(number) % 6)::int
                    when 0 then name
                    when 1 then replace(name, ' LIMITED', ' Ltd')
                    when 2 then left(name, {WIDTH})
                    when 3 then replace(name, ' LIMITED', '')
                    when 4 then name[:5] || name[7] || name[6] || name[8:]
                    else 'The ' || replace(name, ' LIMITED', ' Ltd.')
                end,
                'GB-COH-' || number
            from companies
            where number < '90000000'
            using sample {max(paid - len(names), 0)} rows (reservoir, {seed})
            """
        ).fetchall()
        empty = ", ".join(["''"] * 18)
        connection.execute(
            f"""
            copy (
                select name, number, '' as a, '' as b,
                    (number::bigint % 300)::varchar || ' ' || left(name, 8) || ' STREET' as c,
                    '' as d, 'MANCHESTER' as e, '' as f, 'ENGLAND' as g, postcode,
                    'Private Limited Company' as category, 'Active' as status,
                    'United Kingdom' as origin, '' as dissolved, '12/03/2014' as incorporated,
                    '31' as i, '3' as j, '31/12/2027' as k, '31/03/2026' as l,
                    'MICRO ENTITY' as m, '' as n, '' as o, '0' as p, '0' as q, '0' as r, '0' as s,
                    '70229 - Management consultancy activities other than financial management'
                        as t,
                    '' as u, '' as v, '' as w, '0' as x, '0' as y,
                    'http://business.data.gov.uk/id/company/' || number as uri,
                    if(former = '', '', '01/02/2019') as changed, former, {empty},
                    '26/03/2027' as z, '12/03/2026' as zz
                from companies
                join codes using (place)
            ) to '{path}' (format csv, header false, quote '"', force_quote *)
            """
        )
        total = connection.execute("select count(*) from companies").fetchone()
    truth = path.with_name(f"{path.name}.truth.csv")
    with truth.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.writer(sink)
        writer.writerow(["name", "org_id"])
        known = {ledger: number for number, _, _, ledger in special if ledger}
        writer.writerows((name, f"GB-COH-{known[name]}" if name in known else "") for name in names)
        writer.writerows(others)
    body = path.with_name(f"{path.name}.body")
    path.rename(body)
    with path.open("wb") as sink, body.open("rb") as source:
        sink.write(f"{HEADINGS}\n".encode())
        while chunk := source.read(1 << 20):
            sink.write(chunk)
    body.unlink()
    return int(total[0])


if __name__ == "__main__":
    target, size, *ledgers = sys.argv[1:]
    print(write(Path(target), int(size), ledger_names(map(Path, ledgers))))
