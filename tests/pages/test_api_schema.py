"""The API against its own description, as Schemathesis tries it: what is described is taken, what
isn't is refused in a described way, and every answer is as described."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from starlette.applications import Starlette

from anchornet.exports import api
from anchornet.server import api_routes, networks
from anchornet.settings import Settings
from anchornet.store import api_tokens
from anchornet.store.database import Database
from anchornet.store.people import record_person
from tests.conftest import Send
from tests.pages.conftest import Serve

RUNS = "runs@example.org"
EXAMPLES = 25  # of each operation


def test_every_operation_is_as_it_is_described(
    serve: Serve,
    settings: Settings,
    network: Database,
    spend: Send,
    monkeypatch: Any,
) -> None:
    record_person(network, RUNS, "Kit Sample", {("coordinator", None)}, by="x")
    spend("council", "Near Ltd,,M2 5DB,,300,Repairs")
    secret = api_tokens.make_token(network, "Schemathesis", "coordinator", days=1, by=RUNS)
    network.close()
    serve(settings)
    for name in ("READS_A_MINUTE", "SENDS_A_MINUTE", "REFUSALS_A_MINUTE"):
        monkeypatch.setattr(api_routes, name, 1_000_000)
    described = schemathesis.openapi.from_asgi(
        f"{api.PATH}/openapi.json", Starlette(routes=api_routes.routes())
    )
    # It can't say which members there are, nor what can be cut by what.
    unsaid = [schemathesis.checks.CHECKS.get_one("positive_data_acceptance")]
    tried = 0
    for result in described.get_all_operations():
        operation = result.ok()

        @tries(
            max_examples=EXAMPLES, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(), signed=st.booleans())
        def ask(case: Any, signed: bool) -> None:
            nonlocal tried
            tried += 1
            headers = {"Authorization": f"Bearer {secret}"} if signed else {}
            response = case.call_and_validate(headers=headers, excluded_checks=unsaid)
            assert signed or response.status_code == 401

        ask()
    assert tried >= 5 * EXAMPLES / 2
    assert networks.network().database.is_readable()
