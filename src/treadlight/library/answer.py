"""An answer of the ladder: a distribution, where it comes from, and which rungs led to it."""

import msgspec

from treadlight.core.distribution import Distribution
from treadlight.library.process import Rung, Source
from treadlight.library.widening import together, widen

__all__ = ["Answer"]


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What the ladder found.

    Parameters
    ----------
    amount
        As the library's row states it, not yet widened.
    source
        Where the row comes from.
    cause
        Name of what is uncertain; answers of one cause share a draw.
    rungs
        From the nearest to the one that answered.
    own
        Whether only this site or region is meant, so that others of the zone have another answer.
    """

    amount: Distribution
    source: Source
    cause: str
    rungs: tuple[Rung, ...]
    own: bool = False

    @property
    def widened(self) -> Distribution:
        """The amount, widened by every rung that answered."""
        gsds = [rung.widening_gsd for rung in self.rungs if rung.found and rung.widening_gsd != 1.0]
        return widen(self.amount, together(*gsds)) if gsds else self.amount

    def after(self, rungs: tuple[Rung, ...]) -> "Answer":
        """The same answer with rungs that were tried before."""
        return msgspec.structs.replace(self, rungs=(*rungs, *self.rungs)) if rungs else self
