"""Several networks of one process, each on a lakehouse of its own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from anchornet.facts.build import add_member
from anchornet.intake.submit import submit
from anchornet.periods import parse_month
from anchornet.returns.declaration import RETURNS
from anchornet.server import networks
from anchornet.setting_values import PROJECT
from anchornet.settings import Settings
from tests import lakehouses
from tests.conftest import LONG_AGO

HOSTS = ("one.localhost", "other.localhost")


@pytest.fixture
def hosts(
    settings: Settings,
    empty: Path,
    reached: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """A process with a network without members at each host."""
    text = (PROJECT / "anchornet.toml").read_text(encoding="utf-8")
    made = [lakehouses.one_more(replace(settings, catalogue=""), reached, tmp_path) for _ in HOSTS]
    for host, lakehouse in zip(HOSTS, made, strict=True):
        lakehouses.put(empty, lakehouse)
        text += f'\n[networks."{host}"]\ndatabase = "{lakehouse.location}"\n'
        text += f'lakehouse_data = "{lakehouse.lakehouse_data}"\n'
    file = tmp_path / "anchornet.toml"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("ANCHORNET_SETTINGS", str(file))
    monkeypatch.delenv("ANCHORNET_DATABASE", raising=False)
    networks.close_networks()
    networks.hosts.cache_clear()
    yield
    networks.close_networks()
    networks.hosts.cache_clear()
    for lakehouse in made:
        lakehouses.clear(lakehouse)


def test_what_one_network_keeps_is_in_no_other(hosts: None) -> None:
    with networks.asking(HOSTS[0]):
        one = networks.network().database
        add_member(one, "council", "Sample council", "council", now=LONG_AGO)
        (receipt,) = submit(
            one,
            RETURNS["spend"],
            b"supplier_name,paid_on,amount_gbp\nSample Bakery Ltd,2026-09-14,100.00\n",
            "spend.csv",
            member_id="council",
            by="someone@sample.example.org",
            period=parse_month("2026-09"),
            accept_warnings="It is a test.",
            now=datetime(2026, 10, 5, 9),
        )
    with networks.asking(HOSTS[1]):
        other = networks.network().database
        assert other is not one
        assert other.rows("select count(*) from members") == [(0,)]
        assert other.rows("select count(*) from submissions") == [(0,)]
        add_member(other, "council", "Sample other council", "council", now=LONG_AGO)
    networks.close_networks()  # and once both are filled from their lakehouses anew
    for host, names, receipts in (
        (HOSTS[0], [("Sample council",)], [(receipt.receipt,)]),
        (HOSTS[1], [("Sample other council",)], []),
    ):
        with networks.asking(host):
            database = networks.network().database
            assert database.rows("select name from current_members(null)") == names
            assert database.rows("select receipt from submissions") == receipts
