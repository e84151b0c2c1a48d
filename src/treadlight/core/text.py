"""Texts from outside, made fit to be kept and shown: names of programs may hold bytes that are no Unicode at all."""

import re

__all__ = ["clean"]

_SPACES = re.compile("[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]")
"""What a reader of lines breaks or aligns them at."""
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, marks that turn the direction of what follows, and halves of surrogate pairs."""


def clean(text: object) -> str:
    """`text` on one line of valid Unicode: line breaks and tabs become spaces, control characters question marks.

    A character stays one character, so that what is aligned stays aligned.
    """
    return _UNFIT.sub("?", _SPACES.sub(" ", str(text)))
