"""The catalogue of texts: every sentence of the pages can be put into another language here.

Templates and pages write English, as ``_("Month by month")``; that text is its key. A language is one dictionary from
English to itself; what it lacks stays English. ``{name}`` marks what is filled in, the same in every language.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from re import findall

__all__ = ["CATALOGUE", "messages", "translator"]

CATALOGUE: dict[str, Mapping[str, str]] = {"en": {}}
"""Language tag to its texts by their English."""


def translator(language: str = "en") -> Callable[..., str]:
    """What gives a text in a language, with its blanks filled in."""
    texts = CATALOGUE.get(language, {})

    def text(english: str, **blanks: object) -> str:
        found = texts.get(english, english)
        return found.format(**blanks) if blanks else found

    return text


def messages() -> list[str]:
    """Every English text that the templates and pages name: what a translator is given."""
    here = Path(__file__).parent
    found: dict[str, None] = {}
    for path in sorted([*here.rglob("*.jinja"), *here.rglob("*.py")]):
        for single, double in findall(r"""\b_\((?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")""", path.read_text("utf-8")):
            found[single or double] = None
    return list(found)
