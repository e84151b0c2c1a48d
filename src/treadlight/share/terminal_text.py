"""Text for terminals: lines of styled pieces, tables that fit a width, and where they are printed.

Lines are plain data. `plain` gives their text; `emit` prints them, through rich where the stream is a terminal that
shows colour, as plain text everywhere else. Words are wrapped, never cut.
"""

import os
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TextIO

from treadlight.core.text import clean

__all__ = ["Line", "Piece", "cells", "emit", "fit", "line", "plain", "table", "wrap"]

MIN_WIDTH, MAX_WIDTH, PLAIN_WIDTH = 60, 120, 80
_GAP = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """Text in one style: empty, ``bold``, ``dim``, ``accent``, ``warn`` or the name of a component."""

    text: str
    style: str = ""


Line = tuple[Piece, ...]

_STYLES = {
    "bold": "bold",
    "dim": "dim",
    "accent": "bright_blue",
    "warn": "yellow",
    "gpu": "yellow",
    "cpu": "cyan",
    "memory": "magenta",
    "rest": "bright_black",
    "storage": "bright_black",
    "network": "bright_black",
    "facility": "bright_blue",
    "embodied": "red",
}


def line(*parts: str | Piece) -> Line:
    """A line of pieces and plain strings; empty ones are left out."""
    pieces = (p if isinstance(p, Piece) else Piece(p) for p in parts)
    return tuple(p for p in pieces if p.text)


def cells(text: str) -> int:
    """How many terminal cells `text` takes."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def fit(width: int = 0, stream: TextIO | None = None) -> int:
    """The width to draw at: `width` if given, else the terminal's, between 60 and 120; 80 without a terminal."""
    return max(MIN_WIDTH, min(width if width > 0 else _columns(stream), MAX_WIDTH))


def _columns(stream: TextIO | None) -> int:
    """Width of the terminal behind `stream`: ``COLUMNS`` first, then what the terminal says."""
    if stream is None or not stream.isatty():
        return PLAIN_WIDTH
    stated = os.environ.get("COLUMNS", "")
    try:
        return int(stated) if stated.isdecimal() and int(stated) else os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return PLAIN_WIDTH


def wrap(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, broken at spaces; a longer word goes on in the next line, uncut."""
    lines, current = [], ""
    for word in clean(text).split(" "):
        while cells(word) > width:
            if current:
                lines.append(current)
                current = ""
            head = _head(word, width)
            lines.append(head)
            word = word[len(head) :]
        joined = f"{current} {word}" if current else word
        if cells(joined) <= width:
            current = joined
        else:
            lines.append(current)
            current = word
    return [*lines, current] if current or not lines else lines


def _head(word: str, width: int) -> str:
    """The longest beginning of `word` that fits; a path or option breaks after a slash, dot or hyphen if it can."""
    taken = ""
    for c in word:
        if cells(taken + c) > width:
            break
        taken += c
    best = max(taken.rfind(c) for c in "/-=,")
    return taken[: best + 1] if best >= width // 2 else taken or word[:1]


def paragraph(text: str, width: int, indent: int = 0, style: str = "", hanging: int = 0) -> list[Line]:
    """`text` wrapped, indented by `indent`, later lines by `hanging` more."""
    first, *rest = wrap(text, max(width - indent, 8))
    if rest and hanging:
        rest = wrap(" ".join(rest), max(width - indent - hanging, 8))
    pad, deep = " " * indent, " " * (indent + hanging)
    return [line(pad, Piece(first, style)), *(line(deep, Piece(r, style)) for r in rest)]


Cell = str | Piece | Line


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[Cell] | None],
    aligns: str,
    width: int,
    *,
    flexible: int = 0,
    indent: int = 0,
) -> list[Line]:
    """A table with a ruled head; None among the rows is a rule.

    Parameters
    ----------
    aligns
        One of ``l`` and ``r`` for each column.
    flexible
        The column that is wrapped when the table is wider than `width`; all others keep their width.
    """
    body = [[_pieces(c) for c in row] for row in rows if row is not None]
    widths = [max([cells(h), *(_length(r[i]) for r in body)]) for i, h in enumerate(head)]
    over = indent + sum(widths) + _GAP * (len(widths) - 1) - width
    if over > 0:
        widths[flexible] = max(widths[flexible] - over, 8)
    rule = line(" " * indent, Piece("─" * (sum(widths) + _GAP * (len(widths) - 1)), "dim"))
    out = []
    if any(head):
        out += _row([_pieces(Piece(h, "dim")) for h in head], widths, aligns, flexible, indent)
        out.append(rule)
    for row in rows:
        out += [rule] if row is None else _row([_pieces(c) for c in row], widths, aligns, flexible, indent)
    return out


def _pieces(cell: Cell) -> Line:
    pieces = line(cell) if isinstance(cell, str | Piece) else cell
    return tuple(Piece(clean(p.text), p.style) for p in pieces)


def _length(pieces: Line) -> int:
    return sum(cells(p.text) for p in pieces)


def _row(row: Sequence[Line], widths: Sequence[int], aligns: str, flexible: int, indent: int) -> list[Line]:
    text = "".join(p.text for p in row[flexible])
    style = row[flexible][0].style if row[flexible] else ""
    fits = _length(row[flexible]) <= widths[flexible]
    parts = [row[flexible]] if fits else [line(Piece(t, style)) for t in wrap(text, widths[flexible])]
    lines = []
    for k, part in enumerate(parts):
        current = [part if i == flexible else cell if k == 0 else () for i, cell in enumerate(row)]
        lines.append(_joined(current, widths, aligns, indent))
    return lines


def _joined(row: Sequence[Line], widths: Sequence[int], aligns: str, indent: int) -> Line:
    out: list[Piece] = [Piece(" " * indent)] if indent else []
    for i, (cell, width, align) in enumerate(zip(row, widths, aligns, strict=True)):
        space = " " * max(width - _length(cell), 0)
        gap = " " * _GAP if i else ""
        out += [Piece(gap + space), *cell] if align == "r" else [Piece(gap), *cell, Piece(space)]
    return _stripped(out)


def _stripped(pieces: Iterable[Piece]) -> Line:
    kept = [p for p in pieces if p.text]
    while kept and not kept[-1].text.strip() and not kept[-1].style:
        kept.pop()
    return tuple(kept)


def plain(lines: Iterable[Line]) -> str:
    """The lines as text without styles."""
    return "\n".join("".join(p.text for p in pieces).rstrip() for pieces in lines)


def emit(lines: Sequence[Line], stream: TextIO) -> None:
    """Print `lines`: with colour through rich on a terminal, plain elsewhere and where NO_COLOR is set."""
    wants_colour = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    if not wants_colour:
        stream.write(_encodable(plain(lines) + "\n", stream))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, soft_wrap=True)
    for pieces in lines:
        console.print(Text.assemble(*((p.text, _STYLES.get(p.style, "")) for p in pieces)))


def _encodable(text: str, stream: TextIO) -> str:
    """`text` as the stream's encoding can carry it: what it lacks becomes a near ASCII sign or a question mark."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        signs = {"₂": "2", "–": "-", "−": "-", "\u202f": " ", "½": "1/2", "³": "3", "µ": "u", "’": "'", "×": "x"}
        marks = {"●": "*", "◉": "@", "◐": "o", "◌": ".", "▨": "?", "─": "-", "│": "|", "█": "#", "▒": ":", "╱": "/"}
        text = "".join({**signs, **marks}.get(c, c) for c in text)
        return text.encode(encoding, "replace").decode(encoding)
    return text
