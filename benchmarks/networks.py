"""Two networks to run pages on: the same sample, with 24,955 payment lines and with 12 million.

In the large one each payment is made in 481 parts of the same supplier on the same day, appended as
typed rows, and the facts are added up from the lines by the package itself. So both show the same
figures.
"""

import shutil
import time
from dataclasses import replace
from pathlib import Path

import duckdb

from anchornet import sample, settings
from anchornet.facts import build

HERE = Path(__file__).resolve().parent
FILES = HERE / "files"
PARTS = 481
LARGE = 12_000_000


def make_networks() -> dict[str, Path]:
    """Name -> database file; made where they aren't there yet or sums are added up otherwise."""
    FILES.mkdir(exist_ok=True)
    stamp_file = FILES / "networks.txt"
    small, large = FILES / "network_24k.duckdb", FILES / "network_12m.duckdb"
    sources = [sample.__file__, *Path(sample.__file__).parent.glob("*.py")]
    stamp = f"{build.DIGEST} {max(Path(source).stat().st_mtime for source in sources)}"
    files = (small, large, stamp_file)
    if not (all(path.exists() for path in files) and stamp_file.read_text() == stamp):
        for path in FILES.glob("network_*.duckdb*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        start = time.perf_counter()
        _make(small, large)
        print(f"Made the networks in {time.perf_counter() - start:.0f} s.")
        stamp_file.write_text(stamp)
    return {"24k": small, "12m": large}


def _make(small: Path, large: Path) -> None:
    usual = settings.load(environment={})
    database = build.open_network(replace(usual, database=small), create=True)
    sample.build(database)
    database.close()
    with duckdb.connect(str(small)) as connection:
        connection.execute("checkpoint")
    shutil.copy(small, large)
    with duckdb.connect(str(large)) as connection:
        connection.execute(
            """
            create or replace table spend_rows as
            with shared as (
                select *, (amount_gbp / $parts)::decimal(16, 2) as share from spend_rows
            )
            select
                * exclude (share, part) replace (
                    line * $parts + part as line,
                    case part when 0 then amount_gbp - share * ($parts - 1) else share end
                        ::decimal(16, 2) as amount_gbp,
                    reference || '-' || part as reference
                )
            from shared
            cross join (select unnest(range($parts))::integer as part)
            """,
            {"parts": PARTS},
        )
        connection.execute("delete from meta where name = 'facts'")
        ((lines,),) = connection.execute("select count(*) from spend_rows").fetchall()
        assert lines >= LARGE
    # Opening it adds the facts up anew, out of the lines.
    build.open_network(replace(usual, database=large)).close()


if __name__ == "__main__":
    make_networks()
