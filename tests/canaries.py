"""A network in which every member has something that stands nowhere else: its canaries."""

import io
import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa

from anchornet.facts import build as facts
from anchornet.facts.build import add_member
from anchornet.intake.submit import submit
from anchornet.periods import add_months, month_text
from anchornet.places.register_matches import record_matches
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database
from anchornet.store.framework import SAMPLE, load_framework
from anchornet.store.needs import Need, record_event, record_need

BY = "test@example.org"
LAST = add_months(date.today().replace(day=1), -1)
# A UUID or a hash: any five digits stand in one of them sooner or later.
IDENTIFIER = re.compile(rb"[0-9a-f]{8}[0-9a-f-]{16,}")


@dataclass(frozen=True)
class Canary:
    """What only one member knows."""

    member_id: str
    word: str
    amount: Decimal

    @property
    def supplier(self) -> str:
        return f"{self.word} Joinery Ltd"

    @property
    def employer(self) -> str:
        return f"{self.word} Bakery Ltd"

    @property
    def trader(self) -> str:
        """Somebody who works by themselves."""
        return f"{self.word} Tree Surgery"

    @property
    def offered(self) -> str:
        """A supplier that a register has under nearly that name: see look_up."""
        return f"{self.word} Timber Ltd"

    @property
    def offered_amount(self) -> Decimal:
        return self.amount / 2 + Decimal("0.27")

    @property
    def vat(self) -> str:
        return f"GB{int(self.amount * 100):09}"

    @property
    def asker(self) -> str:
        """Whoever recorded what an organisation asks for: see ask."""
        return f"{self.word.lower()}.asks@example.org"

    @property
    def reference(self) -> str:
        return f"REF-{self.word.upper()}-7731"

    @property
    def file_name(self) -> str:
        return f"{self.word.lower()} ledger.csv"

    def forms(self) -> dict[str, list[bytes]]:
        """kind -> the bytes that it can arrive as."""
        pence = int(self.amount * 100)
        said = [f"{self.amount:,}", f"{self.amount}", f"{self.amount:,.0f}", f"{self.amount:.0f}"]
        said.append(f"{self.amount / 1000:.1f}k")
        numbers = [struct.pack("<d", float(self.amount)), struct.pack("<q", pence)]
        return {
            "supplier": _text(self.supplier),
            "employer": _text(self.employer),
            "reference": _text(self.reference),
            "file name": _text(self.file_name),
            "trader": _text(self.trader),
            "vat": _text(self.vat),
            "offered": _text(self.offered),
            "asker": _text(self.asker),
            "amount": [*(it.encode() for it in said), *numbers],
        }


def _text(words: str) -> list[bytes]:
    """As text, upper case (a key of suppliers), in an address, and in UTF-16."""
    forms = [words, words.upper(), words.replace(" ", "%20"), words.replace(" ", "+")]
    return [*(it.encode() for it in dict.fromkeys(forms)), words.encode("utf-16-le")]


CANARIES = (
    Canary("council", "Quillfeather", Decimal("48271.93")),
    Canary("hospital", "Brambleweir", Decimal("59382.17")),
    Canary("university", "Thistlecombe", Decimal("61493.29")),
)


def build(database: Database) -> None:
    """The members, and what each sent for the last month that ended. Nothing of a canary's is a
    group by itself: others paid as much and more in the same place for the same thing."""
    month = month_text(LAST)
    for place, it in enumerate(CANARIES):
        add_member(
            database, it.member_id, f"Sample {it.member_id}", "council", now=datetime(2020, 1, 1)
        )
        spend = (
            "supplier_name,supplier_postcode,paid_on,amount_gbp,category,reference,supplier_type,"
            "supplier_vat\n"
            f"{it.supplier},,{month}-02,{it.amount},Repairs,{it.reference},,{it.vat}\n"
            f"Sample Paper Ltd,M2 5DB,{month}-03,{71000 + 8000 * place},Repairs,A1,,\n"
            f"Sample Cleaning Ltd,,{month}-04,{23000 + 9000 * place},Repairs,A2,,\n"
            f"{it.trader},,{month}-05,{640 + 70 * place},Repairs,A3,individual,\n"
            f"{it.offered},,{month}-06,{it.offered_amount:.2f},Repairs,A4,,\n"
        )
        living = (
            "employer_name,sector,relationship,status,accredited_on,renewal_due_on\n"
            f"{it.employer},private,supplier,accredited,{add_months(LAST, -10)},"
            f"{add_months(LAST, 2)}\n"
        )
        for name, data in (("spend", spend), ("living_wage", living)):
            submit(
                database,
                RETURNS[name],
                data.encode(),
                it.file_name,
                member_id=it.member_id,
                by=BY,
                period=LAST,
                accept_warnings="It is a test.",
            )


def look_up(database: Database) -> None:
    """What a register says of the names that are offered, and of whoever works by themselves: one
    waits to be decided, one was accepted, and one is another name of a supplier of all three."""
    rows = [
        {
            "name_key": "".join(name.upper().removesuffix(" LTD").split()),
            "org_id": f"GB-COH-{number:08}",
            "how": "similar", "score": 0.95, "name": name, "matched": name, "postcode": "M2 5DB",
            "type": "private", "status": "Active", "source": "Sample register", "state": "offered",
            "rank": 1,
        }
        for number, name in enumerate(
            [name for it in CANARIES for name in (it.offered, it.trader)], start=7731000
        )
    ]  # fmt: skip
    with record_matches(database, pa.Table.from_pylist(rows), by=BY):
        pass
    accepted, merged = rows[2], CANARIES[2].offered
    facts.decide_match(
        database, str(accepted["name_key"]), str(accepted["org_id"]), "accepted", by=BY
    )
    facts.load_organisations(database, b"name,postcode\nSample Paper Ltd,M2 5DB\n", by=BY)
    facts.merge_organisations(database, merged, "Sample Paper Ltd", by=BY)


def ask(database: Database) -> None:
    """A need for each of them: one that waits, one that is agreed, one that is delivered."""
    load_framework(database, SAMPLE.read_bytes(), by=BY)
    for steps, it in enumerate(CANARIES):
        need = Need("Sample Club", "good_work", "goods", f"Thing {steps}", date(2099, 1, 1))
        number = record_need(database, need, by=it.asker)
        states = ("introduced", "agreed", "delivered")[: 0 if not steps else steps + 1]
        for state in states:
            promise = "0" * 12 if state == "agreed" else None
            record_event(
                database, number, state, by=it.asker, role="Coordinator", words="A firm",
                promise=promise,
            )  # fmt: skip


def opened(data: bytes) -> Iterator[bytes]:
    """The bytes, and what is packed in them: a workbook or a presentation is an archive."""
    yield data
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield archive.read(name)


def found(canary: Canary, data: bytes) -> set[str]:
    """The kinds of this canary that are in the bytes."""
    pieces = [IDENTIFIER.sub(b" ", piece) for piece in opened(data)]
    return {
        kind
        for kind, forms in canary.forms().items()
        if any(form in piece for form in forms for piece in pieces)
    }
