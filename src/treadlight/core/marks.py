"""Marks of method, as full as our knowledge: metered, reported, modelled, assumed, unknown."""

from collections.abc import Iterable

__all__ = ["MARKS", "WORDS", "mark", "weakest"]

MARKS: dict[str, str] = {"metered": "●", "reported": "◉", "modelled": "◐", "assumed": "◌", "unknown": "▨"}
"""Character of each method, from best to worst."""

WORDS = tuple(MARKS)


def mark(method: str) -> str:
    """Character of `method`; unknown for anything that is not a method."""
    return MARKS.get(method, MARKS["unknown"])


def weakest(parts: Iterable[tuple[str, float]]) -> str:
    """Method of the weakest part that makes at least a tenth of the whole; `parts` are (method, amount).

    Notes
    -----
    What is unknown has no amount and does not count here: it has its own line beside the total.
    """
    known = [(m if m in MARKS else "unknown", a) for m, a in parts if a > 0]
    whole = sum(a for _, a in known)
    sizeable = [WORDS.index(m) for m, a in known if a >= 0.1 * whole]
    return WORDS[max(sizeable)] if sizeable else "unknown"
