"""Every page × role × member: opened or refused as the access table says, and nobody else's own."""

from collections.abc import Callable
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import MEMBER_ROLES, ROLES, Person, allowed
from anchornet.facts.build import open_network
from anchornet.setting_values import PROJECT
from anchornet.settings import Settings
from anchornet.store import audit
from anchornet.store.database import Database
from anchornet.store.network import mark_sample
from anchornet.ui.menu import PAGES
from anchornet.ui.session import REFUSALS
from tests import canaries
from tests.canaries import CANARIES
from tests.pages.conftest import Serve

# What somebody is shown of a member's own, as docs/privacy.md says: names that a register nearly
# has are decided by the coordinator, who also sees who did what; whoever adds needs may write to
# who asked.
BY_DESIGN = {
    ("people", "coordinator"): {"asker"},
    ("organisations", "coordinator"): {"offered"},
    ("needs", "coordinator"): {"asker"},
    ("needs", "vcse_infrastructure"): {"asker"},
}


@pytest.fixture
def walker(serve: Serve, settings: Settings) -> AppTest:
    """The app over the network of canaries."""
    database = open_network(settings, create=True)
    canaries.build(database)
    canaries.look_up(database)
    canaries.ask(database)
    mark_sample(database)
    database.close()
    serve(settings)
    app = AppTest.from_file(str(PROJECT / "anchornet/ui/shell.py"), default_timeout=60)
    app.session_state["person"] = Person("w@sample.invalid", "W", frozenset({"comms"}))
    return app.run()


def test_every_page_for_every_role_and_every_member(
    walker: AppTest,
    opened: Callable[[], Database],
    record_property: Callable[[str, object], None],
) -> None:
    counts = {"opened": 0, "refused": 0}
    own: set[str] = set()
    meant: set[str] = set()
    for role in ROLES:
        for place, mine in enumerate(CANARIES):
            holds = mine.member_id if role in MEMBER_ROLES else None
            person = Person("w@sample.invalid", "W", frozenset({role}), holds)
            walker.session_state["person"] = person
            for page, _, action, _ in PAGES:
                # An address that names the next member: of a person's own, or of any.
                other = CANARIES[(place + 1) % len(CANARIES)].member_id
                walker.switch_page(f"../../pages/{page}.py")
                walker.query_params.clear()
                walker.query_params["members"] = walker.query_params["member"] = other
                if page == "needs":
                    walker.query_params["need"] = str(place + 1)
                walker.run()
                where = (page, role, mine.member_id)
                assert not walker.exception, where
                assert not walker.error, (where, [it.value for it in walker.error])
                said = [unescape(it.proto.body) for it in walker.html]
                refused = any(REFUSALS[action] in it for it in said)
                # A coordinator sends for the member that the address names.
                may = allowed(person, action) or (page == "submit" and role == "coordinator")
                assert refused is not may, where
                assert sum(it.count("<h1") for it in said) == 1, where
                counts["refused" if refused else "opened"] += 1
                sent = b"".join(
                    it.proto.SerializeToString()
                    for it in walker._tree
                    if getattr(it, "proto", None) is not None
                )
                for canary in CANARIES:
                    kinds = canaries.found(canary, sent)
                    if canary.member_id == holds:
                        own |= kinds
                    else:
                        assert kinds <= BY_DESIGN.get((page, role), set()), (where, canary, kinds)
                        meant |= kinds
    kept = audit.trail(opened())
    assert (kept["did"] == "was refused a page").sum() >= counts["refused"] / len(CANARIES)
    record_property("tried", f"{sum(counts.values())} pages: {counts}; own: {sorted(own)}")
    assert sum(counts.values()) == len(PAGES) * len(ROLES) * len(CANARIES)
    assert own >= {"supplier", "employer", "offered"}
    assert meant == {"offered", "asker"}
