"""Files that are made to fill the memory, and what reading each takes, as a multiple of the file:
`python -m tests.returns.bombs 50` prints it for files of 50 MB, one after another."""

import json
import sys
import time
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
    "short lines": b"Abcdef,1,2222\n",
    "plain lines": b"Acme Ltd,2026-09-01,12.50\n",
    "commas": b",",
    "cells": b"a,",
    "nine hundred cells a line": b"a," * 900 + b"\n",
    "spaces": b" ",
    "quote marks": b'"',
    "lines of quote marks": b'"' * 13 + b"\n",
    "quoted cells": b'"a",',
    "marks that never close": b'"abcd,efghijk\n',
    "marks that never open": b'ab"c,d"efghij\n',
    "marks between spaces": b' "a  b" , "c" \n',
    "a mark in every cell": b'a"b,c,' * 100 + b"\n",
    "cells over lines": b'"a\n\n\n","b"\n',
    "Windows-1252": b"\x80",
    "lines of Windows-1252": b"\x80\n",
    "two encodings": "é\n".encode() + b"\xe9\n",
    "Ctrl-Z": b"\x1a",
}


def bombs(size: int) -> dict[str, bytes]:
    made = {name: (HEADING + part * (size // len(part)))[:size] for name, part in REPEATED.items()}
    made["UTF-16"] = b"\xff\xfe" + (HEADING.decode() + "\n" * (size // 2)).encode("utf-16-le")
    return made


def _memory(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def measured(size: int) -> dict[str, tuple[float, float, str]]:
    """name -> (peak of memory over the file's size, seconds, what came of it)."""
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
        found[name] = (_memory("VmHWM") - before) / len(data), took, end
    return found


if __name__ == "__main__":
    table = measured(int(float(sys.argv[1]) * 1_000_000))
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(table))
    else:
        for name, (peak, seconds, end) in table.items():
            sys.stdout.write(f"{name:28} {peak:5.1f} × {seconds:6.2f} s  {end[:60]}\n")
