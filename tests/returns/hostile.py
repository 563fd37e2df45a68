"""Files that nobody should send: good files mutated, and files made wrong from the start.

The same seed gives the same files, so that a failure can be had again from its number.
"""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from collections.abc import Callable, Iterator, Sequence

import openpyxl

GOOD = (
    b"supplier_name,paid_on,amount_gbp,reference\r\n"
    b'Acme Ltd,2026-09-01,"1,234.50",A1\r\n'
    b'"Baker, Sons & Co",2026-09-02,-12.00,A2\r\n'
    b'"Two\r\nlines Ltd",2026-09-03,5,A3\r\n'
    b"Total Hygiene Ltd,2026-09-04,7.25,A4\r\n",
    "Spend for September\n\nSupplier name;Paid on;Amount (£)\nCafé Ltd;01/09/2026;£5.00\n"
    "Total;;£5.00\nSource: finance system\n".encode("cp1252"),
    "Supplier name\tPaid on\tAmount\nZoë & Søn\t1 Sep 2026\t(12.00)\n".encode("utf-16"),
    b"\xef\xbb\xbfemployer_name,relationship,status\nAcme,self,accredited\n",
)

Mutation = Callable[[random.Random, bytes], bytes]


def hostile_files(
    count: int, seed: int = 0, good: Sequence[bytes] = GOOD
) -> Iterator[tuple[str, bytes]]:
    """`count` pairs of a name and bytes: a file made wrong, or a good one mutated 1 to 6 times."""
    for number in range(count):
        chance = random.Random(f"{seed}:{number}")
        if chance.random() < 0.2:
            maker = chance.choice(MAKERS)
            data, name = maker(chance), maker.__name__
        else:
            data = chance.choice(
                [*good, _workbook(chance)] if chance.random() < 0.2 else list(good)
            )
            steps = [chance.choice(MUTATIONS) for _ in range(chance.randint(1, 6))]
            for step in steps:
                data = step(chance, data)[: 1 << 20]
            name = "+".join(step.__name__ for step in steps)
        yield f"{seed}-{number}-{name.replace('_', '')}"[:120] + chance.choice(ENDINGS), data


ENDINGS = (".csv", ".CSV", ".xlsx", ".xls", ".txt", "")
TOKENS = (
    b'"', b'""', b'"""', b",", b";", b"\t", b"\n", b"\r", b"\r\n", b"\0", b"\x1a", b"\x81", b"\xa3",
    b"\xc2\xa0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80",
    b"\xe2\x80\xa8", b"=1+1", b"=cmd|' /C calc'!A0", b"'; drop table spend_rows; --",
    b"<script>alert(1)</script>", b"NA", b"NULL", b"NaN", b"inf", b"1e999", b"-0",
    b"99999999999999999999.99", b"2026-02-30", b"0000-00-00", b"#REF!", b"Total", b"Grand total",
    b"sep=;\n", b"\\", b"\\N", b"{}", b"%s",
    "اسم".encode(), "\u202e".encode(), b"a" * 5000, b"\n" * 300, b",,,\n" * 300,
)  # fmt: skip


def insert_a_token(chance: random.Random, data: bytes) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] + chance.choice(TOKENS) + data[at:]


def insert_many_tokens(chance: random.Random, data: bytes) -> bytes:
    for _ in range(chance.randint(2, 30)):
        data = insert_a_token(chance, data)[: 1 << 20]
    return data


def delete_a_stretch(chance: random.Random, data: bytes) -> bytes:
    start, end = sorted(chance.randint(0, len(data)) for _ in range(2))
    return data[:start] + data[end:]


def cut_short(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randint(0, len(data))]


def flip_bytes(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def shuffle_lines(chance: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


def repeat_a_line(chance: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    if lines:
        at = chance.randrange(len(lines))
        lines[at] *= chance.randint(2, 400)
    return b"".join(lines)


def other_line_ends(chance: random.Random, data: bytes) -> bytes:
    data = data.replace(b"\r\n", b"\n")
    return b"".join(
        part + chance.choice((b"\n", b"\r\n", b"\r", b"\n\r")) for part in data.split(b"\n")
    )


def other_delimiter(chance: random.Random, data: bytes) -> bytes:
    return data.replace(
        chance.choice((b",", b";", b"\t")), chance.choice((b",", b";", b"\t", b"|"))
    )


def other_encoding(chance: random.Random, data: bytes) -> bytes:
    names = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "utf-8-sig", "utf-7", "cp037")
    return data.decode("utf-8", "replace").encode(chance.choice(names), "replace")


def swap_a_cell(chance: random.Random, data: bytes) -> bytes:
    cells = data.split(b",")
    cells[chance.randrange(len(cells))] = chance.choice(TOKENS)
    return b",".join(cells)


MUTATIONS: tuple[Mutation, ...] = (
    insert_a_token, insert_many_tokens, delete_a_stretch, cut_short, flip_bytes, shuffle_lines,
    repeat_a_line, other_line_ends, other_delimiter, other_encoding, swap_a_cell,
)  # fmt: skip


def noise(chance: random.Random) -> bytes:
    return chance.randbytes(chance.randint(0, 5000))


def noise_of_structure(chance: random.Random) -> bytes:
    return b"".join(chance.choices((b'"', b",", b"\n", b"\r", b" ", b"a", b"1", b"\xa3"), k=500))


def nothing(chance: random.Random) -> bytes:
    return chance.choice(
        (b"", b"\n", b"\r\n" * 9, b",,,\n" * 9, b" ", b"\xef\xbb\xbf", b"\xff\xfe", b'"')
    )


def wide(chance: random.Random) -> bytes:
    columns = chance.choice((999, 1000, 1001, 5000))
    return b",".join(b"c%d" % n for n in range(columns)) + b"\n" + b"1," * columns + b"\n"


def ragged(chance: random.Random) -> bytes:
    rows = (b",".join([b"x"] * chance.randint(0, 40)) for _ in range(chance.randint(1, 300)))
    return b"\n".join(rows)


def long_cell(chance: random.Random) -> bytes:
    return b"supplier_name,amount_gbp\n" + b"a" * chance.choice((70_000, 900_000)) + b",1\n"


def many_open_quotes(chance: random.Random) -> bytes:
    return b"supplier_name,amount_gbp\n" + b'"Acme,1\n' * chance.randint(1, 3000)


def other_kind(chance: random.Random) -> bytes:
    return chance.choice(OTHER_KINDS)


def not_a_workbook(chance: random.Random) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in chance.sample(ZIP_NAMES, chance.randint(0, 3)):
            archive.writestr(name, chance.choice((b"", b"<x/>", b"a,b\n1,2\n", b"\0" * 1_000_000)))
    return file.getvalue()


def broken_workbook(chance: random.Random) -> bytes:
    return flip_bytes(chance, cut_short(chance, _workbook(chance)))


def odd_workbook(chance: random.Random) -> bytes:
    return _workbook(chance)


ZIP_NAMES = (
    "xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml", "word/document.xml",
    "mimetype", "content.xml", "spend.csv", "../../etc/passwd",
)  # fmt: skip
OTHER_KINDS = (
    b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", b"<!DOCTYPE html><html><table><tr><td>1</td></tr></table>",
    b"<?xml version='1.0'?><a/>", b'[{"a": 1}]', b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, gzip.compress(b"a,b\n1,2\n", mtime=0),
    b"PAR1" * 9, b"{\\rtf1 a}", b"II*\0" + b"\0" * 9, b"Rar!\x1a\x07\0", b"7z\xbc\xaf\x27\x1c",
)  # fmt: skip

MAKERS = (
    noise, noise_of_structure, nothing, wide, ragged, long_cell, many_open_quotes, other_kind,
    not_a_workbook, broken_workbook, odd_workbook,
)  # fmt: skip


def _workbook(chance: random.Random) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    values = ("Acme Ltd", 1234.5, 0.1 + 0.2, True, None, "=1/0", "2026-09-01", " ", "Total", -1e300)
    for _ in range(chance.randint(0, 3)):
        sheet.append([])
    sheet.append(["supplier_name", "paid_on", "amount_gbp", None][: chance.randint(1, 4)])
    for _ in range(chance.randint(0, 8)):
        sheet.append([chance.choice(values) for _ in range(chance.randint(0, 5))])
    if chance.random() < 0.1:
        sheet.cell(row=1_048_576, column=16_384, value="far")
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
