"""Texts in the reader's language: every sentence that people read is named here in English and looked up when said.

A sentence is written as ``say("{n} of {whole} runs", n=3, whole=9)``: the English text is its key, blanks stand in
braces, the same in every language. A language is one dictionary from English to itself; what it lacks stays English.
Which language holds is a context variable: each request of a server chooses its own, everything else is English.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["CATALOGUE", "FORMS", "counted", "language", "said_in", "say", "speak"]

CATALOGUE: dict[str, Mapping[str, str | tuple[str, ...]]] = {"en": {}}
"""Language tag to its texts by their English; a text that depends on a number has one for each of its forms."""

FORMS: dict[str, Callable[[float], int]] = {}
"""Language tag to which of its forms stands with a number; English where a language names no rule: 1, and all else."""

_language: ContextVar[str] = ContextVar("language", default="en")


def language() -> str:
    """Tag of the language that holds here."""
    return _language.get()


def speak(tag: str) -> str:
    """Have a language hold from here on in this context; English where there is none of this tag. Gives what holds."""
    known = tag if tag in CATALOGUE else "en"
    _language.set(known)
    return known


@contextmanager
def said_in(tag: str) -> Iterator[None]:
    """Have a language hold within a block."""
    token = _language.set(tag if tag in CATALOGUE else "en")
    try:
        yield
    finally:
        _language.reset(token)


def say(english: str, /, **blanks: object) -> str:
    """A text in the language that holds, with its blanks filled in."""
    found = CATALOGUE.get(language(), {}).get(english, english)
    text = found if isinstance(found, str) else found[-1]
    return text.format(**blanks) if blanks else text


def counted(n: float, one: str, many: str, /, **blanks: object) -> str:
    """A text that depends on a number: `one` for one thing, `many` for any other number, each with its blanks."""
    tag = language()
    found = CATALOGUE.get(tag, {}).get(one)
    if found is None:
        return say(one if n == 1 else many, **blanks)
    forms = (found, say(many)) if isinstance(found, str) else found
    text = forms[min(FORMS.get(tag, _english)(n), len(forms) - 1)]
    return text.format(**blanks) if blanks else text


def _english(number: float) -> int:
    return 0 if number == 1 else 1
