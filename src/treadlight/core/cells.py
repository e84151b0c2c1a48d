"""Cells of CSV files that we write: no text in one becomes a formula of a spreadsheet.

References
----------
OWASP: CSV Injection (cells that begin with =, +, -, @, tab, carriage return or line feed).
"""

import math

__all__ = ["cell", "cell_text", "uncell"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_GUARD = "'"


def cell(value: object) -> object:
    """A cell: numbers as they are, unknown empty; an apostrophe before a text that a spreadsheet would compute."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return cell(str(value))
    if isinstance(value, str):
        text = value.replace("\r\n", "\n").replace("\r", "\n")  # a lone one would begin a row where it is read
        return _GUARD + text if text.startswith(_FORMULA) else text
    return f"{value:.9g}" if isinstance(value, float) else value


def cell_text(text: str) -> str:
    """A cell of one table, to be written to another: a number such as ``-1.5`` stays as it was written."""
    return text if _is_number(text) else str(cell(text))


def uncell(text: str) -> str:
    """What `cell` made of a text, read back: without the apostrophe where it set one."""
    return text[1:] if text.startswith(_GUARD) and text[1:].startswith(_FORMULA) else text


def _is_number(text: str) -> bool:
    """Whether a spreadsheet takes it for a number; with a blank or a line's end about it, it may not."""
    try:
        return text == text.strip() and math.isfinite(float(text))
    except ValueError:
        return False
