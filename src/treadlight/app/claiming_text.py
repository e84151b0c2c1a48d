"""Findings about claims on a terminal."""

import sys
from collections.abc import Sequence

from treadlight.estimate.claims import SEVERITIES, Finding
from treadlight.share.terminal_text import Line, Piece, fit, line, paragraph

__all__ = ["show_findings"]

_STYLES = {"impossible": "warn", "implausible": "warn", "note": "dim"}


def show_findings(findings: Sequence[Finding], claims: int, width: int = 0) -> list[Line]:
    """Findings by claim, and how many of each kind."""
    width = fit(width, sys.stdout)
    lines: list[Line] = []
    for i, finding in enumerate(findings):
        if i == 0 or finding.claim != findings[i - 1].claim:
            lines += [*([()] if i else []), *paragraph(finding.claim or "this claim", width, style="bold")]
        lines += _finding(finding, width)
    return [*lines, *([()] if lines else []), *paragraph(_tally(findings, claims), width)]


def _finding(finding: Finding, width: int) -> list[Line]:
    lines = [line("  ", Piece(finding.severity, _STYLES[finding.severity]), Piece(f"  {finding.check}", "dim"))]
    lines += paragraph(f"{_begun(finding.what)}.", width, 4)
    if finding.cause:
        lines += paragraph(f"Probably: {finding.cause}.", width, 4)
    return lines + (paragraph(f"{_begun(finding.remedy)}.", width, 4, style="dim") if finding.remedy else [])


def _begun(text: str) -> str:
    """`text` with a capital letter."""
    return text[:1].upper() + text[1:]


def _tally(findings: Sequence[Finding], claims: int) -> str:
    counts = {severity: sum(f.severity == severity for f in findings) for severity in SEVERITIES}
    what = f"{claims} claim{'s' if claims != 1 else ''} checked"
    said = [f"{n} {severity if severity != 'note' or n == 1 else 'notes'}" for severity, n in counts.items() if n]
    return f"{what}: {', '.join(said)}." if said else f"{what}: nothing that does not fit."
