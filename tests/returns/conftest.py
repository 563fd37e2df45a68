"""Long lists are read by several threads, as where they are sent."""

from collections.abc import Iterator

import pytest

from anchornet.store.schema import CONFIG


@pytest.fixture(scope="module", autouse=True)
def threads() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(CONFIG, "threads", 4)
        yield
