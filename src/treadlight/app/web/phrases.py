"""The filter sentence: one can read it aloud, and each underlined phrase is a list of links to the same page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.core.texts import say

__all__ = ["CATEGORY_WORDS", "Phrase", "accounting", "category", "choice", "scope"]

CATEGORY_WORDS = {
    "gwp": "carbon",
    "water": "water",
    "adpe": "minerals",
    "pe": "primary energy",
    "ewaste": "electronic waste",
    "energy": "electricity drawn",
}
"""Impact categories as the sentence calls them."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase that can be changed: what it chooses, what it says now, and what else it could say.

    Parameters
    ----------
    options
        (text, address, whether it holds now).
    plain
        Whether it stands like the words around it.
    """

    what: str
    text: str
    options: tuple[tuple[str, str, bool], ...]
    plain: bool = False


def choice(
    request: PageRequest,
    name: str,
    what: str,
    now: str,
    options: Iterable[tuple[str, str]],
    *,
    others: Sequence[str] = (),
) -> Phrase:
    """A phrase over the values of one parameter.

    Parameters
    ----------
    now
        Value that holds; empty for the default.
    options
        (value, text); the empty value is the default and leaves the parameter out of the address.
    others
        Parameters that a change takes away, such as the page of a list.
    """
    listed = list(options)
    gone = dict.fromkeys(others)
    text = next((text for value, text in listed if value == now), now)
    links = tuple((text, request.url(**{**gone, name: value}), value == now) for value, text in listed)
    return Phrase(what, text, links)


def category(desk: Desk, request: PageRequest) -> Phrase:
    """In which impact category."""
    now = "" if desk.category == "gwp" else desk.category
    values = [("" if name == "gwp" else name, say(word)) for name, word in CATEGORY_WORDS.items()]
    return choice(request, "category", say("impact category"), now, values)


def accounting(desk: Desk, request: PageRequest) -> Phrase:
    """Location- or market-based."""
    now = "" if desk.method.accounting == "location" else desk.method.accounting
    options = [("", say("location-based")), ("market", say("market-based"))]
    return choice(request, "accounting", say("accounting"), now, options)


def scope(desk: Desk, request: PageRequest) -> Phrase:
    """Whole life cycle, or stacks only."""
    now = "" if desk.method.scope == "life-cycle" else desk.method.scope
    options = [("", say("whole life cycle")), ("direct", say("direct emissions only"))]
    return choice(request, "scope", say("boundary"), now, options)
