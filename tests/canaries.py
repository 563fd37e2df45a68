"""A network in which every member has something that stands nowhere else: its canaries."""

import io
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from anchornet.facts.build import add_member
from anchornet.intake.submit import submit
from anchornet.periods import add_months, month_text
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database

BY = "test@example.org"
LAST = add_months(date.today().replace(day=1), -1)


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
            "supplier_name,supplier_postcode,paid_on,amount_gbp,category,reference\n"
            f"{it.supplier},,{month}-02,{it.amount},Repairs,{it.reference}\n"
            f"Sample Paper Ltd,M2 5DB,{month}-03,{71000 + 8000 * place},Repairs,A1\n"
            f"Sample Cleaning Ltd,,{month}-04,{23000 + 9000 * place},Repairs,A2\n"
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


def opened(data: bytes) -> Iterator[bytes]:
    """The bytes, and what is packed in them: a workbook or a presentation is an archive."""
    yield data
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield archive.read(name)


def found(canary: Canary, data: bytes) -> set[str]:
    """The kinds of this canary that are in the bytes."""
    pieces = list(opened(data))
    return {
        kind
        for kind, forms in canary.forms().items()
        if any(form in piece for form in forms for piece in pieces)
    }
