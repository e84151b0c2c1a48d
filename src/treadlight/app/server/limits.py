"""Rate limits: a bucket of requests for each who asks, refilled as time goes by."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

__all__ = ["Buckets"]

_KEPT = 10_000


class Buckets:
    """Counts requests of many who ask, in memory that does not grow.

    Parameters
    ----------
    rate_per_min
        Requests a minute; a tenth of them, and at least ten, may come at once.
    clock
        Time [s]; replaced in tests.
    """

    def __init__(self, rate_per_min: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate_per_s = rate_per_min / 60.0
        self._depth = max(10.0, rate_per_min / 10.0)
        self._clock = clock
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, key: Hashable, amount: float = 1.0) -> bool:
        """Whether one more may be let through; if so, it is counted."""
        now = self._clock()
        left, since = self._left.pop(key, (self._depth, now))
        left = min(self._depth, left + (now - since) * self._rate_per_s)
        allowed = left >= amount
        self._left[key] = (left - amount if allowed else left, now)
        if len(self._left) > _KEPT:
            self._left.popitem(last=False)
        return allowed
