"""Files that are made to fill the memory, and what reading each takes, as a multiple of the file
or of what a workbook unpacks to: `python -m tests.returns.bombs 50` prints it for 50 MB each."""

import io
import json
import sys
import time
import zipfile
from collections.abc import Iterable, Iterator
from itertools import repeat
from pathlib import Path

from anchornet.returns.csv_reader import Refused, read_table

HEADING = b"supplier_name,paid_on,amount_gbp\n"
KNOWN = frozenset({"suppliername", "paidon", "amountgbp"})
REPEATED = {
    "blank lines": b"\n",
    "lines that end with CR": b"\r",
    "lines of a comma": b",\n",
    "lines of commas": b"," * 20 + b"\n",
    "lines of a semicolon": b";\n",
    "lines of a letter": b"a\n",
    "lines of a tab": b"\t\n",
    "short lines": b"Abcdefgh,1,2222\n",
    "plain lines": b"Acme Ltd,2026-09-01,12.50\n",
    "commas": b",",
    "cells": b"a,",
    "nine hundred cells a line": b"a," * 900 + b"\n",
    "spaces": b" ",
    "quote marks": b'"',
    "lines of quote marks": b'"' * 13 + b"\n",
    "quoted cells": b'"a",',
    "marks that never close": b'"abcd,efghijk\n',
    "marks that never open": b'ab"cde,f"ghijkl\n',
    "marks that seldom open": b'abcdefgh"ij,klmnop,qr\n',
    "marks between spaces": b' "a  b" , "cd" \n',
    "a mark in every cell": b'a"b,c,' * 100 + b"\n",
    "cells over lines": b'"a\n\n\n","b"\n',
    "Windows-1252": b"\x80",
    "lines of Windows-1252": b"\x80\n",
    "two encodings": "é\n".encode() + b"\xe9\n",
    "Ctrl-Z": b"\x1a",
}


LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OF = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
FIRST = "".join(
    f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in HEADING.decode().strip().split(",")
)
ROW = '<row><c t="s"><v>0</v></c><c><v>46266</v></c><c><v>12.5</v></c></row>'


def xlsx(sheet: Iterable[str], strings: Iterable[str] = ("<si><t>A</t></si>",)) -> bytes:
    """A workbook whose sheet holds that XML under its headings, and those shared strings."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            (
                "_rels/.rels",
                f'<Relationships xmlns="{LINKS}"><Relationship Id="r1" Type="{OF}/officeDocument" '
                'Target="xl/workbook.xml"/></Relationships>',
            ),
            (
                "xl/workbook.xml",
                f'<workbook xmlns="{MAIN}" xmlns:r="{OF}"><sheets>'
                '<sheet name="List" sheetId="1" r:id="r1"/></sheets></workbook>',
            ),
            (
                "xl/_rels/workbook.xml.rels",
                f'<Relationships xmlns="{LINKS}"><Relationship Id="r1" Type="{OF}/worksheet" '
                'Target="worksheets/sheet1.xml"/>'
                f'<Relationship Id="r2" Type="{OF}/sharedStrings" Target="sharedStrings.xml"/>'
                "</Relationships>",
            ),
        ):
            archive.writestr(name, text)
        for name, start, parts, end in (
            ("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">', strings, "</sst>"),
            (
                "xl/worksheets/sheet1.xml",
                f'<worksheet xmlns="{MAIN}"><sheetData><row>{FIRST}</row>',
                sheet,
                "</sheetData></worksheet>",
            ),
        ):
            with archive.open(name, "w", force_zip64=True) as part:
                part.write(start.encode())
                for each in parts:
                    part.write(each.encode())
                part.write(end.encode())
    return file.getvalue()


def workbooks(size: int) -> dict[str, bytes]:
    """Workbooks of which each unpacks to about so many bytes, or would take far more."""

    def often(part: str, size: int = size) -> Iterator[str]:
        block = part * (1 + 60_000 // len(part))
        return repeat(block, size // len(block))

    long = "x" * 32_000
    return {
        "a workbook of plain lines": xlsx(often(ROW)),
        "a workbook of blank rows": xlsx(often("<row/>")),
        "a workbook of empty cells": xlsx(often("<c/>")),
        "a cell far away": xlsx(['<row r="1000000"><c r="AN1000000"><v>1</v></c></row>']),
        "a long string in every cell": xlsx(often(ROW), [f"<si><t>{long}</t></si>"]),
        "one cell with everything": xlsx(
            ['<row><c t="inlineStr"><is><t>', *often("x"), "</t></is></c></row>"]
        ),
        "one shared string with everything": xlsx([ROW], ["<si><t>", *often("x"), "</t></si>"]),
        "shared strings of nothing": xlsx([ROW], often("<si/>")),
        "shared strings": xlsx([ROW], often("<si><t>abcdefgh</t></si>")),
        "the same cell again and again": xlsx(often('<c r="A2"><v>1</v></c>')),
        "cells that hold errors": xlsx(often('<c t="e"><v>#N/A</v></c>')),
        "formulas without results": xlsx(often("<c><f>A1</f></c>")),
        "tags within tags": xlsx(often("<a>")),
        "one tag with everything": xlsx(['<row r="', *often("1"), '"/>']),
        "a comment with everything": xlsx(["<!--", *often("x"), "-->"]),
    }


def bombs(size: int) -> dict[str, bytes]:
    made = {name: (HEADING + part * (size // len(part)))[:size] for name, part in REPEATED.items()}
    made |= workbooks(size)
    made["UTF-16"] = b"\xff\xfe" + (HEADING.decode() + "\n" * (size // 2)).encode("utf-16-le")
    return made


def _memory(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def measured(size: int) -> dict[str, tuple[float, float, str]]:
    """name -> (peak of memory over the size, seconds, what came of it)."""
    read_table(HEADING + REPEATED["plain lines"] * 400_000, KNOWN)  # what is loaded once is
    found = {}
    for name, data in bombs(size).items():
        Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from now on
        before, start = _memory("VmRSS"), time.perf_counter()
        try:
            end = f"{read_table(data, KNOWN).cells.num_rows:,} rows"
        except Refused as refused:
            end = str(refused)
        took = time.perf_counter() - start
        found[name] = (_memory("VmHWM") - before) / max(len(data), size), took, end
    return found


if __name__ == "__main__":
    table = measured(int(float(sys.argv[1]) * 1_000_000))
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(table))
    else:
        for name, (peak, seconds, end) in table.items():
            sys.stdout.write(f"{name:28} {peak:5.1f} × {seconds:6.2f} s  {end[:60]}\n")
