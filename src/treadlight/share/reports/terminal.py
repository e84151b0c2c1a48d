"""Accounts on a terminal: the block at the end of a run, the full account, lists, comparisons, why-trees, figures.

Every function gives lines (`treadlight.share.terminal_text.Line`) that `plain` turns into text and `emit` prints. A
`width` of 0 means that of the terminal they are made for: standard error for the summary, standard output for the rest.
"""

import sys
from collections.abc import Sequence

from treadlight.core.marks import MARKS
from treadlight.ledger.records import RunStatus
from treadlight.share import findings, numbers
from treadlight.share.account import Account, Unknown
from treadlight.share.layers import layers
from treadlight.share.plot import power_plot
from treadlight.share.terminal_compare import compare_table
from treadlight.share.terminal_lists import library_rows, runs_table
from treadlight.share.terminal_tables import (
    doubt_table,
    energy_table,
    impacts_table,
    parts_table,
    per_unit_table,
    provenance,
    windows_table,
)
from treadlight.share.terminal_text import Line, Piece, emit, fit, line, paragraph, plain, wrap
from treadlight.share.terminal_why import why_tree

__all__ = [
    "compare_table",
    "emit",
    "library_rows",
    "plain",
    "runs_table",
    "show_account",
    "summary",
    "unknown_lines",
    "why_tree",
]

_BLANK: Line = ()


def summary(account: Account, width: int = 0) -> list[Line]:
    """The block at the end of a run: energy, impacts, what dominates, what is unknown, one comparison."""
    width = fit(width, sys.stderr)
    ref = findings.ref(account.run)
    lines = [
        _BLANK,
        *_title(account, width),
        _BLANK,
        *energy_table(account, width),
        _BLANK,
        *impacts_table(account, width),
        *_findings(account, width),
        *unknown_lines(account.unknown, width),
        *_equivalent(account, width),
        _BLANK,
    ]
    hint = f"p05–p95 holds nine of ten plausible values. All of it: treadlight show {ref}; every step: "
    return [*lines, *paragraph(f"{hint}treadlight why {ref}", width, style="dim")]


def show_account(account: Account, width: int = 0) -> list[Line]:
    """The full account: the summary's tables with power over time, contributions, windows, doubt and provenance."""
    width = fit(width, sys.stdout)
    stack = layers(account.trace)
    if account.run.status is RunStatus.WITHDRAWN:
        return [*_title(account, width), *provenance(account, width)]
    power = [_head("Power over time"), *power_plot(stack, width)] if stack else [_head("Power over time: not read")]
    return [
        *_title(account, width),
        *paragraph(_sentence(account), width, style="dim"),
        _BLANK,
        *power,
        _BLANK,
        *energy_table(account, width),
        _BLANK,
        *impacts_table(account, width),
        *_findings(account, width),
        *parts_table(account, width),
        *windows_table(account, width),
        *per_unit_table(account, width),
        *unknown_lines(account.unknown, width),
        *doubt_table(account, width),
        *_equivalent(account, width),
        *provenance(account, width),
    ]


def _title(account: Account, width: int) -> list[Line]:
    run = account.run
    return [line(Piece(w, "bold")) for w in wrap(run.name or findings.ref(run), width)] + paragraph(
        findings.ending(run), width
    )


def _sentence(account: Account) -> str:
    run = account.run
    words = [w for w in (run.subject.project, run.subject.team and f"team {run.subject.team}", run.stage) if w]
    place = account.place or "place unknown: the world average is used"
    return "; ".join([*words, place, findings.method_text(account), f"library {account.library.version}"])


def _head(text: str) -> Line:
    return line(Piece(text, "bold"))


def _findings(account: Account, width: int) -> list[Line]:
    text = f"{findings.dominant(account)} {findings.unknown_sentence(account)}".strip()
    return [_BLANK, *paragraph(text, width)] if text else []


def unknown_lines(unknown: Sequence[Unknown], width: int = 0) -> list[Line]:
    """What is not known, then what is known only roughly, each with what would mend it; nothing where all is known."""
    width = fit(width, sys.stdout)
    missing = [u for u in unknown if u.missing]
    rough = [u for u in unknown if not u.missing]
    return [
        *_open_ends("Not known yet, and never counted as zero", MARKS["unknown"], missing, width),
        *_open_ends("Counted with a wide interval, which one fact would narrow", MARKS["assumed"], rough, width),
    ]


def _open_ends(title: str, sign: str, unknown: Sequence[Unknown], width: int) -> list[Line]:
    lines = [_BLANK, _head(title)] if unknown else []
    for u in unknown:
        add = f" Could add {numbers.could_add(u.could_add)}." if u.could_add else ""
        lines += paragraph(f"{sign} {findings.unknown_text(u.what, u.why)}{add}", width, 0, hanging=2)
        if u.remedy:
            style = "accent" if findings.is_command(u.remedy) else "dim"
            lines += paragraph(u.remedy, width, 4, style, hanging=2)
    return lines


def _equivalent(account: Account, width: int) -> list[Line]:
    e = account.equivalent
    if e is None:
        return []
    source = ", ".join(s for s in (e.citation, e.vintage) if s)
    return [_BLANK, *paragraph(f"{e.text.rstrip('.')}{f' ({source})' if source else ''}.", width)]
