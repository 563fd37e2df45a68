"""A thousand small odd networks: what they say of themselves is true.

Forty of them here, each read in part; as many as ANCHORNET_NETWORKS says, each read whole, where
somebody has the time, from the one that ANCHORNET_FIRST_NETWORK says:

    ANCHORNET_NETWORKS=1000 python -m pytest tests/networks -s
"""

import os
from collections import Counter
from pathlib import Path

from tests.networks.generator import Pool
from tests.networks.pages import NEW_PAGES, PAGES, read_network, read_new
from tests.networks.reader import Fault

FIRST = int(os.environ.get("ANCHORNET_FIRST_NETWORK", "1"))
NETWORKS = os.environ.get("ANCHORNET_NETWORKS")
EXAMPLES = 5  # of each kind of untruth
SHARING = 40  # networks that are made of the same returns
FEW = NETWORKS is None  # so that each is read in part, all of them together in whole


def faults_of(folder: Path, first: int, count: int) -> list[Fault]:
    """Everything false that networks say which are made of the same returns."""
    folder.mkdir()
    pool = Pool(folder, (first - 1) // SHARING + 1)
    faults = []
    for seed in range(first, first + count):
        network = pool.network(seed)
        if not FEW or seed % 2:
            faults += read_new(
                pool.database,
                network,
                (NEW_PAGES[seed // 2 % len(NEW_PAGES)],) if FEW else NEW_PAGES,
                count=1 if FEW else 9,
            )[0]
        faults += read_network(
            pool.database,
            network,
            pages=(PAGES[seed % len(PAGES)],) if FEW else PAGES,
            count=1 if FEW else 3,
            with_pack=not FEW or seed % 13 == 0,
            pictures=seed % 2 if FEW else 8,
        )
    pool.close()
    return faults


def test_what_networks_say_is_true(tmp_path: Path) -> None:
    last, faults = FIRST + int(NETWORKS or SHARING) - 1, []
    for seed in range(FIRST, last + 1):
        if seed == FIRST or seed % SHARING == 1:
            end = min(last, (seed - 1) // SHARING * SHARING + SHARING)
            faults += faults_of(tmp_path / f"{seed}", seed, end - seed + 1)
    kinds = Counter(fault.kind for fault in faults)
    examples = [
        str(fault)
        for kind in kinds
        for fault in [fault for fault in faults if fault.kind == kind][:EXAMPLES]
    ]
    assert not faults, "\n".join([f"{len(faults)} untruths: {dict(kinds)}", *examples])
