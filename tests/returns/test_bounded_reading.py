"""Reading takes memory in proportion to the file, or to what a workbook unpacks to, whatever is in
it; and a workbook can't unpack to anything."""

import json
import subprocess
import sys

from anchornet.setting_values import PROJECT

MOST = 12  # times the file
BLOCKS = 24_000_000  # bytes; some megabytes of a file, however large, are worked on at once
SIZE = 6_000_000


def test_no_file_takes_memory_out_of_proportion() -> None:
    command = [sys.executable, "-m", "tests.returns.bombs", "6", "--json"]
    ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    measured = json.loads(ended.stdout)
    assert len(measured) > 20
    most = MOST + BLOCKS / SIZE
    assert {name: peak for name, (peak, _, _) in measured.items() if peak > most} == {}
    assert max(seconds for _, seconds, _ in measured.values()) < 30
    # What a member might really send is read.
    assert measured["plain lines"][2] == "230,768 rows"
    assert measured["a workbook of plain lines"][2] == "86,130 rows"
    # A few bytes that would take gigabytes.
    for name in ("a long string in every cell", "a cell far away", "tags within tags"):
        assert not measured[name][2].endswith("rows"), name
