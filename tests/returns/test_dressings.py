"""A good list in any dressing, and in two at once, is read to the penny or said to be wrong.

500 of them here; `ANCHORNET_DRESSED_FILES=20000` for more. The same number gives the same file.
"""

import csv
import io
import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import duckdb
import openpyxl
import pytest

from anchornet.returns.check import check_file
from anchornet.returns.csv_reader import Refused
from anchornet.returns.declaration import RETURNS

FILES, PARTS = int(os.environ.get("ANCHORNET_DRESSED_FILES", "500")), 4
HEADINGS = ["Supplier", "Payment date", "Amount"]
SUPPLIERS = (
    "Sample Joinery Ltd", "Café Sample", "Total Hygiene Ltd", "Sample & Sons", "Übersetzer Sample",
    "Sample Paper plc", "Señor Sample Foods", "Grand Sample Hotel", "Sample, Brown and Co",
)  # fmt: skip


@dataclass
class Dressed:
    """A list on its way to be a file. The first three columns are supplier, date and amount;
    `lines` has the headings first. `rules`: what may be said of it instead of reading it right."""

    chance: random.Random
    days: list[date]
    pence: list[int]
    lines: list[list[str]]
    rules: set[str] = field(default_factory=set)
    delimiter: str = ","
    encoding: str = "utf-8"
    end: str = "\r\n"
    make: Callable[["Dressed"], bytes] | None = None

    def column(self, at: int, texts: list[str]) -> None:
        for line, text in zip(self.lines[1:], texts, strict=True):
            line[at] = text

    def text(self) -> str:
        file = io.StringIO()
        csv.writer(file, delimiter=self.delimiter, lineterminator=self.end).writerows(self.lines)
        return file.getvalue()

    def bytes(self) -> bytes:
        return self.make(self) if self.make else self.text().encode(self.encoding)


def good_list(chance: random.Random) -> Dressed:
    month = chance.randint(1, 12)
    count = chance.randint(2, 9)
    days = [date(2026, month, chance.randint(1, 28)) for _ in range(count)]
    most = chance.choice((1_000, 1_000_000, 100_000_000))
    pence = [
        chance.choice((0, chance.randint(-most // 10, most), chance.randint(1, most)))
        for _ in range(count)
    ]
    lines = [
        [chance.choice(SUPPLIERS), day.isoformat(), f"{amount / 100:.2f}"]
        for day, amount in zip(days, pence, strict=True)
    ]
    return Dressed(chance, days, pence, [list(HEADINGS), *lines])


# --- dates ---------------------------------------------------------------------------------------


def dates(form: str) -> Callable[[Dressed], None]:
    def dress(file: Dressed) -> None:
        file.column(1, [day.strftime(form) for day in file.days])

    dress.__name__ = f"dates_{form}"
    return dress


def dates_in_words(file: Dressed) -> None:
    ends = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd"}
    file.column(1, [f"{day.day}{ends.get(day.day, 'th')} {day:%B %Y}" for day in file.days])


def dates_as_numbers(file: Dressed) -> None:
    file.column(1, [str((day - date(1899, 12, 30)).days) for day in file.days])


def dates_month_first(file: Dressed) -> None:
    file.column(1, [f"{day:%m/%d/%Y}" for day in file.days])
    file.rules |= {"day_or_month", "month_or_day", "outside_period"}


def dates_turned_round(file: Dressed) -> None:
    """As a spreadsheet of another country leaves them: what it could read it turned round."""
    file.column(
        1,
        [
            f"{day.year}-{day.day:02d}-{day.month:02d}" if day.day <= 12 else f"{day:%d/%m/%Y}"
            for day in file.days
        ],
    )
    file.rules |= {"day_or_month", "month_or_day", "outside_period"}


def dates_of_two_kinds(file: Dressed) -> None:
    file.column(
        1, [file.chance.choice((f"{d:%d/%m/%y}", f"{d:%Y-%m-%d %H:%M}")) for d in file.days]
    )


# --- amounts -------------------------------------------------------------------------------------


def amounts(form: str) -> Callable[[Dressed], None]:
    def dress(file: Dressed) -> None:
        file.column(2, [form.format(amount / 100) for amount in file.pence])

    dress.__name__ = f"amounts_{form}"
    return dress


def amounts_of_accounts(file: Dressed) -> None:
    """Brackets for less than nothing, a dash for nothing."""
    file.column(
        2,
        [
            "£ -  " if not p else f"(£{-p / 100:,.2f})" if p < 0 else f"£{p / 100:,.2f}"
            for p in file.pence
        ],
    )  # fmt: skip


def amounts_with_a_minus_behind(file: Dressed) -> None:
    texts = [f"{abs(amount) / 100:.2f}" for amount in file.pence]
    file.column(2, [t + "-" * (p < 0) for t, p in zip(texts, file.pence, strict=True)])


def amounts_with_odd_characters(file: Dressed) -> None:
    odd = str.maketrans({",": file.chance.choice("\u00a0\u202f\u2009'"), "-": "\u2212"})
    file.column(2, [f"{amount / 100:,.2f}".translate(odd) + "\u200b" for amount in file.pence])


def amounts_with_three_places(file: Dressed) -> None:
    file.column(2, [f"{amount / 100:.3f}" for amount in file.pence])
    file.rules |= {"rounded", "point_for_thousands"}


def amounts_with_noise(file: Dressed) -> None:
    file.column(2, [f"{amount / 100:.2f}" + "0000000000002" for amount in file.pence])


def amounts_with_a_comma_for_pence(file: Dressed) -> None:
    swap = str.maketrans(",.", ".,")
    file.column(2, [f"{amount / 100:,.2f}".translate(swap) for amount in file.pence])
    file.rules |= {"not_an_amount"}


def amounts_with_a_point_for_thousands(file: Dressed) -> None:
    file.pence = [amount // 100 * 100 for amount in file.pence]
    file.column(2, [f"{amount // 100:,}".replace(",", ".") for amount in file.pence])
    file.rules |= {"point_for_thousands", "rounded", "not_an_amount"}


# --- columns -------------------------------------------------------------------------------------


def gross_before_net(file: Dressed) -> None:
    file.lines[0][2] = "Net Amount"
    for number, line in enumerate(file.lines):
        line.insert(2, f"{file.pence[number - 1] * 1.2 / 100:.2f}" if number else "Amount")
    file.rules |= {"two_fit"}


def optional_columns_that_do_not_read(file: Dressed) -> None:
    words = (("Postcode", "75001 Paris"), ("Supplier ID", "20016580"), ("SME status", "SME"))
    for heading, word in words:
        for number, line in enumerate(file.lines):
            line.append(file.chance.choice((word, "")) if number else heading)
    file.rules |= {"not_a_postcode", "column_left_out", "not_an_org_id"}


def two_columns_of_one_heading(file: Dressed) -> None:
    for number, line in enumerate(file.lines):
        line += ["x", "y"] if number else ["Expense area", "Expense Area"]


def cells_that_hold_an_error(file: Dressed) -> None:
    file.chance.choice(file.lines[1:])[0] = file.chance.choice(("#REF!", "#N/A", "#NAME?"))
    file.rules |= {"error_cell"}


# --- lines ---------------------------------------------------------------------------------------


def total(file: Dressed) -> list[str]:
    """The line of the sum, in the form of the last amount's."""
    line = [""] * len(file.lines[0])
    at = len(HEADINGS) - 1 + (file.lines[0][2] == "Amount" and "Net Amount" in file.lines[0])
    line[at] = f"{sum(file.pence) / 100:.2f}"
    return line


def a_title_above(file: Dressed) -> None:
    file.lines[:0] = [["Payments to suppliers"], [], ["Period:", "the month"]]


def a_table_above(file: Dressed) -> None:
    rows = file.chance.randint(2, 200)
    file.lines[:0] = [
        ["Category", "Examples"],
        *([f"Category {n}", "Example"] for n in range(rows)),
    ]


def a_total_below(file: Dressed) -> None:
    file.lines.append(total(file))
    file.lines[-1][0] = file.chance.choice(("Total", "Grand total", "TOTAL:"))
    file.rules |= {"total_differs"}


def a_dated_total_below(file: Dressed) -> None:
    a_total_below(file)
    file.lines[-1][0] = file.chance.choice(("Total", "Grand Total"))
    file.lines[-1][1] = file.lines[-2][1]


def a_sum_without_a_name(file: Dressed) -> None:
    file.lines.append(total(file))
    file.rules |= {"required", "total_differs"}


def subtotals(file: Dressed) -> None:
    sums, before = [file.lines[0]], 0
    for number, line in enumerate(file.lines[1:], 1):
        sums.append(line)
        if number % 3 == 0 or number == len(file.pence):
            part, file.pence[:0] = sum(file.pence[before:number]), []
            sums.append([f"{line[0]} Total", "", f"{part / 100:.2f}", *[""] * (len(line) - 3)])
            before = number
    if "Net Amount" not in file.lines[0]:
        file.lines = sums
    file.rules |= {"total_differs", "required"}


def headings_again(file: Dressed) -> None:
    again = [file.chance.choice((str.upper, str.lower, str))(cell) for cell in file.lines[0]]
    file.lines.insert(file.chance.randint(1, len(file.lines)), again)


def headings_further_down(file: Dressed) -> None:
    headings = file.lines.pop(0)
    file.lines.insert(file.chance.randint(1, len(file.lines)), headings)
    file.rules |= {"lines_above_headings", "no_rows"}


def no_headings(file: Dressed) -> None:
    file.lines.pop(0)
    file.rules |= {"no_headings", "missing_column"}


def a_second_list_with_its_columns_turned(file: Dressed) -> None:
    at = file.chance.randint(1, len(file.lines) - 1)
    turned = [[line[1], line[0], *line[2:]] for line in [file.lines[0], *file.lines[at:]]]
    file.lines[at:] = turned
    file.rules |= {"other_headings"}


def blank_lines(file: Dressed) -> None:
    for _ in range(file.chance.randint(1, 5)):
        at = file.chance.randint(0, len(file.lines))
        file.lines.insert(at, [""] * file.chance.randint(0, 4))


# --- files ---------------------------------------------------------------------------------------


def delimiter(character: str) -> Callable[[Dressed], None]:
    def dress(file: Dressed) -> None:
        file.delimiter = character

    dress.__name__ = f"delimiter_{character!r}"
    return dress


def encoding(name: str, end: str = "\r\n") -> Callable[[Dressed], None]:
    def dress(file: Dressed) -> None:
        try:
            file.text().encode(name)
        except UnicodeEncodeError:
            return
        file.encoding, file.end = name, end

    dress.__name__ = f"encoding_{name}"
    return dress


def files_put_together(file: Dressed) -> None:
    def make(file: Dressed) -> bytes:
        first, *rest = file.text().encode().splitlines(keepends=True)
        marked = b"\xef\xbb\xbf"
        at = len(rest) // 2
        return b"".join([marked, first, *rest[:at], marked, first, *rest[at:]])

    file.make = make
    file.rules |= {"short_row"}  # of a title, which stands in the middle then


def quote_marks_left_open(file: Dressed) -> None:
    def make(file: Dressed) -> bytes:
        lines = [file.delimiter.join(line) for line in file.lines]
        first, last = sorted(file.chance.sample(range(len(lines)), 2))
        lines[first] = '"' + lines[first]
        head, mark, tail = lines[last].partition(file.delimiter)
        lines[last] = f'{head}"{mark}{tail}'
        return "\n".join(lines).encode()

    for line in file.lines:
        line[:] = [cell.replace(",", "") for cell in line]
    file.make = make
    file.rules |= {"quoted_lines", "missing_column", "long_row", "no_headings", "required"}
    file.rules |= {"lines_above_headings"}


def workbook(
    *others: tuple[str, list[list[str]], bool], split: bool = False
) -> Callable[[Dressed], None]:
    def make(file: Dressed) -> bytes:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        parts = [file.lines]
        if split:
            at = 1 + len(file.lines) // 2
            parts = [file.lines[:at], [file.lines[0], *file.lines[at:]]]
        named = [(f"Part {n}", part, False) for n, part in enumerate(parts)]
        for name, lines, hidden in [*others, *named]:
            sheet = book.create_sheet(name)
            for line in lines:
                sheet.append([_cell(file, text) for text in line])
            sheet.sheet_state = "hidden" if hidden else "visible"
        data = io.BytesIO()
        book.save(data)
        return data.getvalue()

    def dress(file: Dressed) -> None:
        file.make = make
        file.rules |= {"sheets"} if split else set()

    dress.__name__ = "workbook_" + "_".join([name for name, *_ in others] + ["split"] * split)
    return dress


def _cell(file: Dressed, text: str) -> object:
    """Now and then as a spreadsheet keeps it, not as text; 1.830 that stands for thousands would be
    another number to it."""
    if file.chance.random() < 0.5 or text.endswith("Z") or "point_for_thousands" in file.rules:
        return text
    for read in (float, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return text


COVER = ("Notes", [["Payments over £500"], ["Made by finance"]], False)
CODES = ("Codes", [["Code", "Category"], ["A", "Agency"], ["B", "Bank"]], False)
OLD = ("Last month", [HEADINGS, ["Sample Ltd", "2025-01-01", "5"]], True)

SLOTS: tuple[tuple[Callable[[Dressed], None], ...], ...] = (
    (
        dates("%d/%m/%Y"), dates("%d.%m.%y"), dates("%d-%m-%Y"), dates("%d-%b-%y"),
        dates("%d/%b/%Y"), dates("%Y%m%d"), dates("%d/%m/%Y %H:%M"), dates("%Y-%m-%dT09:31:00Z"),
        dates("%Y/%m/%d"), dates_in_words, dates_as_numbers, dates_month_first, dates_turned_round,
        dates_of_two_kinds,
    ),
    (
        amounts("{:,.2f}"), amounts("£{:,.2f}"), amounts_with_three_places,
        amounts_of_accounts, amounts_with_a_minus_behind, amounts_with_odd_characters,
        amounts_with_noise, amounts_with_a_comma_for_pence, amounts_with_a_point_for_thousands,
    ),
    (
        gross_before_net, optional_columns_that_do_not_read, two_columns_of_one_heading,
        cells_that_hold_an_error,
    ),
    (
        a_title_above, a_table_above, a_total_below, a_dated_total_below, a_sum_without_a_name,
        subtotals, headings_again, headings_further_down, no_headings,
        a_second_list_with_its_columns_turned, blank_lines,
    ),
    (
        delimiter(";"), delimiter("\t"), delimiter("|"), encoding("cp1252"), encoding("utf-16"),
        encoding("mac_roman", "\r"), encoding("cp850"), files_put_together, quote_marks_left_open,
        workbook(), workbook(COVER), workbook(CODES, OLD), workbook(split=True),
    ),
)  # fmt: skip


def dressed_file(number: str) -> tuple[Dressed, list[str]]:
    chance = random.Random(number)
    file = good_list(chance)
    slots = sorted(chance.sample(range(len(SLOTS)), chance.choice((1, 2, 2))))
    names = []
    for slot in slots:
        dress = chance.choice(SLOTS[slot])
        dress(file)
        names.append(dress.__name__)
    return file, names


@pytest.mark.parametrize("part", range(PARTS))
def test_a_dressed_list_is_read_to_the_penny_or_said_to_be_wrong(part):
    cursor = duckdb.connect()
    ends: Counter[str] = Counter()
    for number in range(FILES // PARTS):
        file, names = dressed_file(f"{part}:{number}")
        where = f"{part}:{number} {' + '.join(names)}"
        data = file.bytes()
        true = sorted(zip(file.days, file.pence, strict=True))
        try:
            checked = check_file(
                cursor, RETURNS["spend"], data, period=min(file.days).replace(day=1)
            )
        except Refused as refused:
            assert file.rules & {"sheets", "no_headings"}, f"{where}: {refused}"
            ends["refused"] += 1
            continue
        rows = cursor.execute("select paid_on, (amount_gbp * 100)::bigint from checked").fetchall()
        found = {finding.rule for finding in checked.findings()}
        if None not in {cell for row in rows for cell in row} and sorted(rows) == true:
            # What reads right may be asked about; it is stopped only by what says why.
            assert not checked.errors or found & file.rules, f"{where}: {found}"
            ends["read"] += 1
        else:
            assert found & file.rules, f"{where}: {rows} for {true}, {found}"
            ends["said"] += 1
    assert ends["read"] > ends["said"] > 0, ends


def test_the_day_of_excel_s_numbers_is_excel_s():
    assert date(1899, 12, 30) + timedelta(days=46279) == date(2026, 9, 14)
