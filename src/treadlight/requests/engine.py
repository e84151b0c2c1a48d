"""What an engine is asked, and what it answers: the same for DuckDB and Spark."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from treadlight.requests.expression import Reading
from treadlight.requests.partial import Partial
from treadlight.requests.schema import Log

__all__ = ["Ask", "Engine", "account_one"]


@dataclass(frozen=True, slots=True)
class Ask:
    """A log whose sums are wanted.

    Parameters
    ----------
    digest
        SHA-256 of its content, which its sums will carry.
    progress
        Called with the share of the log that is read, where an engine knows it.
    """

    log: Log
    digest: str
    reading: Reading
    progress: Callable[[float], None] | None = None


class Engine(Protocol):
    """What sums logs."""

    def accounts(self, asks: Iterable[Ask]) -> Iterator[tuple[Ask, Partial]]:
        """The sums of each log, as soon as they are known, in any order.

        Raises
        ------
        InputError
            If a log cannot be read.
        """

    def close(self) -> None:
        """Let the engine go."""


def account_one(engine: Engine, log: Log, digest: str, reading: Reading) -> Partial:
    """The sums of one log.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    ((_, partial),) = engine.accounts([Ask(log, digest, reading)])
    return partial
