"""Normal forms of hardware names, so that what a driver or ``/proc/cpuinfo`` prints meets what a table says.

Two names are the same device if, and only if, their normal forms are equal: nothing is matched by a part of a name, so
``A100`` is never ``A10`` and ``RTX 4090 Laptop GPU`` is never ``RTX 4090``.
"""

import re

__all__ = ["accelerator_key", "cpu_key"]

_MARKS = re.compile(r"\((?:r|tm|c)\)|[®™©]")
_CPU_TAIL = re.compile(r"\s*@.*$|\s+(?:with|w/)\s+radeon.*$|\s+with\s+.*graphics.*$")
_CPU_WORDS = re.compile(
    r"\b(?:cpu|processors?|genuine|annapurna labs|\d+(?:st|nd|rd|th) gen"
    r"|(?:\d+|dual|quad|six|eight|twelve|sixteen|triple)[- ]cores?)\b"
)
_CPU_REVISION = re.compile(r"(?<=\d) 0$")
_ACCELERATOR_WORDS = re.compile(
    r"\b(?:nvidia|amd|ati|advanced micro devices|corporation|inc|intel|google|cloud|aws|amazon|apple|tesla|geforce"
    r"|instinct|radeon|graphics|gpu|card|generation|accelerator|habana)\b"
)
_SEPARATORS = re.compile(r"[\s\-_/,;.\[\]()]+")
_SIZE = re.compile(r"\b(\d+) gi?b\b")


def cpu_key(name: str) -> str:
    """Normal form of a processor's name: ``intel xeon e5-2670`` for ``Intel(R) Xeon(R) CPU E5-2670 0 @ 2.60GHz``."""
    text = _MARKS.sub(" ", name.lower())
    text = _CPU_TAIL.sub("", text)
    text = " ".join(_CPU_WORDS.sub(" ", text).split())
    return _CPU_REVISION.sub("", text)


def accelerator_key(name: str) -> str:
    """Normal form of an accelerator's name: ``a100 sxm4 80gb`` for ``NVIDIA A100-SXM4-80GB``."""
    text = _SEPARATORS.sub(" ", _MARKS.sub(" ", name.lower()))
    text = " ".join(_ACCELERATOR_WORDS.sub(" ", text).split())
    return _SIZE.sub(r"\1gb", text)
