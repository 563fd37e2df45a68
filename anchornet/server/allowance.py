"""How often somebody may ask for something."""

import time


class Allowance:
    """So many a minute of each who asks; what is not used up to then comes back steadily."""

    MOST = 10_000  # who are remembered

    def __init__(self, a_minute: int) -> None:
        self.a_minute = a_minute
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, who: str) -> float:
        """One of theirs; how many seconds to wait where there is none."""
        now = time.monotonic()
        left, since = self._left.pop(who, (float(self.a_minute), now))
        left = min(self.a_minute, left + (now - since) * self.a_minute / 60)
        wait = 0.0 if left >= 1 else (1 - left) * 60 / self.a_minute
        self._left[who] = (left if wait else left - 1, now)
        while len(self._left) > self.MOST:
            del self._left[next(iter(self._left))]
        return wait
