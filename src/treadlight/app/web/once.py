"""Answers that take long: each computed once, however many ask for it at the same time; the last of them are kept."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar, cast

__all__ = ["Once"]

T = TypeVar("T")


class Once:
    """What was computed, by a key that says all that it depends on.

    Parameters
    ----------
    most
        How many answers are kept: those that were asked for last.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._made: OrderedDict[Hashable, Future[Any]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives; what it raises is raised to all who wait, and is not kept."""
        with self._lock:
            found = self._made.get(key)
            mine: Future[Any] = Future()
            if found is None:
                self._made[key] = mine
            self._made.move_to_end(key)
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        return cast(T, found.result() if found is not None else self._computed(key, make, mine))

    def _computed(self, key: Hashable, make: Callable[[], Any], future: Future[Any]) -> Any:
        try:
            future.set_result(make())
        except BaseException as error:
            with self._lock:
                self._made.pop(key, None)
            future.set_exception(error)
            raise
        return future.result()
