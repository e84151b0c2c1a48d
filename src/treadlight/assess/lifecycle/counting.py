"""Words of a unit that count things: the number in front, the prefix, and the thing, in singular.

``1000 requests``, ``million tokens`` and ``Mtoken`` are so many of a thing. A number that cannot be read exactly, such
as ``1.000 requests`` or ``10k users``, is refused, for nothing would tell that it was left out.
"""

import re
from typing import NamedTuple

from treadlight.core.errors import UnitError

__all__ = ["Counted", "counted", "leading_number"]

_LARGE = {"hundred": 1e2, "dozen": 12.0, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
          "mln": 1e6, "mio": 1e6, "bn": 1e9}  # fmt: skip
_SHORT = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Z": 1e21}
_LONG = {"kilo": 1e3, "mega": 1e6, "giga": 1e9, "tera": 1e12, "peta": 1e15, "exa": 1e18, "zetta": 1e21, "yotta": 1e24}
_SAME = {
    "people": "person", "gpu": "device", "accelerator": "device", "tok": "token", "€": "eur", "euro": "eur", "$": "usd",
    "dollar": "usd", "flops": "flop",
}  # fmt: skip
"""Names of one thing; a GPU-hour is a device-hour."""

_PREFIXED = frozenset({
    "answer", "call", "chf", "customer", "device", "document", "eur", "flop", "gbp", "image", "inference", "letter",
    "message", "page", "parameter", "person", "picture", "pixel", "prediction", "prompt", "query", "request", "sample",
    "token", "usd", "user", "word",
})  # fmt: skip
"""Things that are written with a prefix, as in ``Mtoken``."""

_DIGITS = re.compile(r"(\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+)(?:[eE]\+?(\d+))?(?:\s+|$)")
_GLUED = re.compile(r"^\.?\d(?!D\b)|\s[x(]?(?:10+|\d{1,3}(?:,\d{3})+)(?=\s|$)")
"""What begins with a number that was not read, or holds one that is written behind what it counts."""

_PLAIN = re.compile(r"[^\W\d_]{3,}|[A-Z]{2}|of|in|a|an|per|to|by|on")
_UNITLIKE = frozenset({
    "acre", "ampere", "barrel", "btu", "calorie", "feet", "foot", "gallon", "hectare", "horsepower", "hp", "inch",
    "kcal", "meter", "metre", "mile", "ounce", "pound", "quad", "therm", "toe", "ton", "tonne", "va", "volt",
})  # fmt: skip
"""Words that measure, and that no table here knows."""

_MORE = ((r"ies$", "y"), (r"(?<=[sxz])es$|(?<=[cs]h)es$", ""), (r"(?<=[^s])s$", ""))


class Counted(NamedTuple):
    """What is counted: its name in singular, how many of it are meant, and whether it can hardly be a unit."""

    thing: str
    many: float
    plain: bool


def leading_number(word: str, unit: str) -> tuple[float, str]:
    """The number in front of a word of a unit, as digits or spelt out, and what is left.

    Raises
    ------
    UnitError
        If the word holds a number that cannot be read exactly, or a power.
    """
    many, rest = 1.0, word
    while rest:
        digits, (first, behind) = _DIGITS.match(rest), [*re.split(r"[\s-]+", rest, maxsplit=1), ""][:2]
        named = _LARGE.get(first.casefold().removesuffix("s"))
        if digits:
            many *= float(digits[1].replace(",", "").replace(" ", "") + (f"e{digits[2]}" if digits[2] else ""))
            rest = rest[digits.end() :]
        elif named:
            many, rest = many * named, behind.removeprefix("of ").strip()
        else:
            break
    if "^" in rest:
        raise UnitError("holds a power", field="unit", value=unit, remedy="write m3 for m^3, kWh/day for kWh day^-1")
    numbered = any(each.casefold().removesuffix("s") in _LARGE for each in rest.split())
    if numbered or _GLUED.search(rest) or not 0 < many < float("inf"):
        raise UnitError("holds a number that cannot be read", field="unit", value=unit, remedy=_REMEDY)
    return many, rest


_REMEDY = (
    "put the number into the value, such as value = 0.01 and unit = \"kWh/request\" for 10 kWh per 1000 requests, or "
    "write it in front of what it counts, such as 1000 request or million token"
)  # fmt: skip


def counted(word: str, unit: str) -> Counted:
    """What a word counts, with the prefix of a thing that is known to have one.

    Raises
    ------
    UnitError
        If its prefix may be another.
    """
    word = " ".join(word.split()).removeprefix("of ")
    thing = _singular(word)
    if thing in _PREFIXED:
        return Counted(thing, 1.0, True)
    for prefix, many in (*_LONG.items(), *_SHORT.items()):
        rest = _singular(word[len(prefix) :].lstrip(" -" if prefix in "kM" else ""))
        if word.startswith(prefix) and rest in _PREFIXED:
            return Counted(rest, many, True)
    near = {"K": "k", "m": "M", "b": "G", "B": "G"}.get(word[:1], "")
    rest = _singular(word[1:].lstrip(" " if word[:1] in "Km" else ""))
    if near and rest in _PREFIXED:
        raise UnitError("has a prefix that may be another", field="unit", value=unit,
                        remedy=f"write {near}{rest} if {_SHORT[near]:,.0f} of them are meant")  # fmt: skip
    words = re.split(r"[\s-]+", word)
    plain = all(_PLAIN.fullmatch(each) and (each[1:].islower() or each.isupper() or len(each) == 1) for each in words)
    plain = plain and not any(_singular(each) in _UNITLIKE for each in words)
    return Counted(thing, 1.0, plain)


def _singular(word: str) -> str:
    """A word in lower case and singular: alike for one thing and for many."""
    name = word.casefold()
    if name in _SAME:
        return _SAME[name]
    for ending, single in _MORE:
        if len(name) > 3 and re.search(ending, name):
            name = re.sub(ending, single, name)
            break
    return _SAME.get(name, name)
