"""An account of request logs as JSON and as text for a terminal."""

import sys
from typing import TYPE_CHECKING, Any

from treadlight.app.forms import quantity_form
from treadlight.core.category import CATEGORIES
from treadlight.core.marks import MARKS
from treadlight.core.quantity import Quantity
from treadlight.requests.expression import SUMS
from treadlight.requests.groups import reason_text
from treadlight.requests.impacts import IMPACTS, Row
from treadlight.share import findings, numbers
from treadlight.share.numbers import figure, shared_unit, show, unit_label
from treadlight.share.terminal_text import Cell, Line, Piece, fit, line, paragraph, table

if TYPE_CHECKING:
    from treadlight.app.requesting import RequestAccount
    from treadlight.ledger.append import Appended

__all__ = ["account_form", "show_account"]

_BLANK: Line = ()
_SHOWN_ROWS = 30
_SHOWN_ASIDE = 5
_COLUMNS = ("energy", "gwp", "water")


def account_form(account: "RequestAccount", done: "Appended | None") -> dict[str, Any]:
    """``treadlight.requests/1``."""
    impacts, groups = account.impacts, account.groups
    return {
        "schema": "treadlight.requests/1",
        "library": {"version": account.library[0], "digest": account.library[1]},
        "method": {
            "accounting": account.method.accounting,
            "signal": account.method.signal,
            "scope": account.asked.scope,
            "draws": account.draws,
            "seed": account.seed,
        },
        "engine": account.asked.engine,
        "logs": [{"file": partial.name, "digest": partial.digest} for partial, _ in account.parts],
        "resumed": account.resumed,
        "by": list(account.by),
        "rows": [_row_form(row, account.by) for row in impacts.rows],
        "total": _row_form(impacts.total, ()),
        "coverage": dict(impacts.coverage),
        "served": [
            {**setting._asdict(), "id": serving.model_id or None, "accelerator": serving.accelerator,
             "assumed": list(serving.assumed)}
            for setting, serving in account.served.items()
        ],
        "rejected": {
            "rows": sum(groups.aside.values()),
            "reasons": {reason_text(reason): count for reason, count in sorted(groups.aside.items())},
            "could_add": {c: quantity_form(q, q.unit) for c, q in impacts.could_add.items()},
            "sample": [
                {"file": partial.name, "line": a.line or None, "reason": reason_text(a.reason), "row": a.text}
                for partial, _ in account.parts for a in partial.sample
            ],
        },
        "unknown_places": [
            {"role": p.role, "name": p.name, "requests": p.requests, "near": p.near} for p in account.unknown_places
        ],
        "unanswered": list(impacts.unanswered),
        "notes": list(account.notes),
        "recorded": None if done is None else {"appended": done.appended, "skipped": done.skipped},
    }  # fmt: skip


def _row_form(row: Row, by: tuple[str, ...]) -> dict[str, Any]:
    sums = dict(zip(SUMS, row.sums, strict=True))
    return {
        **dict(zip(by, row.key, strict=True)),
        "requests": sums["n"],
        "tokens_in": sums["tokens_in"],
        "tokens_cached": sums["tokens_cached"],
        "tokens_out": sums["tokens_out"],
        "device_hours": quantity_form(row.device_hours, "device-hour"),
        "impacts": {
            c: {
                **quantity_form(row.impacts[c], CATEGORIES[c].unit),
                "embodied": quantity_form(row.embodied[c], CATEGORIES[c].unit),
            }
            for c in IMPACTS
        },
    }


def show_account(account: "RequestAccount", done: "Appended | None", written: bool, width: int = 0) -> list[Line]:
    """The answer as tables."""
    width = fit(width, sys.stdout)
    total = account.impacts.total
    requests = "1 request" if total.sums[0] == 1 else f"{figure(total.sums[0])} requests"
    logs = f"{len(account.parts)} logs" if len(account.parts) > 1 else account.parts[0][0].name
    lines = [
        line(Piece(f"{requests}, {logs}", "bold")),
        *paragraph(_sentence(account), width, style="dim"),
        _BLANK,
        *_totals(account, width),
    ]
    if account.by and len(account.impacts.rows) > 1:
        lines += [_BLANK, *_by(account, width)]
    lines += _aside(account, width, written)
    lines += _told(account, width)
    if done is not None:
        text = f"Recorded: {figure(done.appended)} entries appended, {figure(done.skipped)} were there already."
        lines += [_BLANK, *paragraph(text, width)]
    hint = "p05–p95 holds nine of ten plausible values."
    return [*lines, _BLANK, *paragraph(hint, width, style="dim")]


def _sentence(account: "RequestAccount") -> str:
    sums = dict(zip(SUMS, account.impacts.total.sums, strict=True))
    shown = {name: figure(sums[name]) for name in ("tokens_in", "tokens_cached", "tokens_out")}
    tokens = f"{shown['tokens_in']} tokens in ({shown['tokens_cached']} cached), {shown['tokens_out']} out"
    logs = len(account.parts)
    whose = "its sums" if logs == 1 else f"the sums of {account.resumed} of {logs} logs"
    resumed = f"; {whose} were kept from before" if account.resumed else ""
    return f"{tokens}; scope {account.asked.scope}; library {account.library[0]}{resumed}"


def _totals(account: "RequestAccount", width: int) -> list[Line]:
    total = account.impacts.total
    rows: list[list[Cell] | None] = []
    for category in IMPACTS:
        rows.append(_total(findings.short_name(category), total.impacts[category], account.impacts.coverage[category]))
        made = total.embodied[category]
        if made is not None and category == "gwp":
            rows.append(_total("  of it making", made, None))
    rows.append(_total("Accelerator time", total.device_hours, None))
    per_request = total.impacts["energy"]
    if per_request is not None:
        rows.append(_total("Energy per request", _scaled(per_request, 1 / total.sums[0]), None))
    return table(["In all", "p50", "", "p05–p95", "covered"], rows, "lrlrr", width)


def _total(label: str, amount: Quantity | None, coverage: float | None) -> list[Cell]:
    covered = "" if coverage is None else numbers.percent(coverage)
    if amount is None:
        return [line(MARKS["unknown"], " ", label), "unknown", "", "", covered]
    shown = show(amount)
    return [line(MARKS["modelled"], " ", label), Piece(shown.value, "bold"), shown.unit, shown.interval, covered]


def _scaled(amount: Quantity, factor: float) -> Quantity:
    return Quantity(amount.unit, amount.p05 * factor, amount.p50 * factor, amount.p95 * factor)


def _by(account: "RequestAccount", width: int) -> list[Line]:
    rows = account.impacts.rows
    units = {c: shared_unit([row.impacts[c] for row in rows], CATEGORIES[c].unit) for c in _COLUMNS}
    body: list[list[Cell] | None] = []
    for row in rows[:_SHOWN_ROWS]:
        cells: list[Cell] = [", ".join(part or "not stated" for part in row.key), figure(row.sums[0])]
        for category in _COLUMNS:
            amount = row.impacts[category]
            shown = show(amount, units[category]) if amount is not None else None
            cells += [shown.value, shown.interval] if shown else ["unknown", ""]
        body.append(cells)
    head = [", ".join(account.by), "requests"]
    for category in _COLUMNS:
        head += [unit_label(units[category]), "p05–p95"]
    lines = table(head, body, "lr" + "rr" * len(_COLUMNS), width)
    more = len(rows) - _SHOWN_ROWS
    return [
        *lines,
        *(paragraph(f"and {figure(more)} more: --out writes them all", width, 2, "dim") if more > 0 else []),
    ]


def _aside(account: "RequestAccount", width: int, written: bool) -> list[Line]:
    aside = account.groups.aside
    if not aside:
        return []
    gwp = account.impacts.could_add.get("gwp")
    bound = (
        f"They could add {numbers.could_add(gwp)}: nothing, or each as much as the largest request where it costs most."
        if gwp
        else ""
    )
    rows = sum(aside.values())
    said = "1 row was set aside, and is" if rows == 1 else f"{figure(rows)} rows were set aside, and are"
    lines = [_BLANK, line(Piece(f"{said} not in these numbers", "bold"))]
    lines += [
        one
        for reason, count in sorted(aside.items())
        for one in paragraph(f"{MARKS['unknown']} {figure(count)}: {reason_text(reason)}", width, 0, hanging=2)
    ]
    lines += paragraph(bound, width, 2) if bound else []
    sample = [(partial.name, a) for partial, _ in account.parts for a in partial.sample][:_SHOWN_ASIDE]
    for file, a in [] if written else sample:
        where = f"{file}, line {a.line}" if a.line else file
        lines += paragraph(f"{where}: {a.text[:120]}", width, 2, "dim", hanging=2)
    return lines


def _told(account: "RequestAccount", width: int) -> list[Line]:
    lines: list[Line] = [_BLANK, line(Piece("To know", "bold"))] if account.notes else []
    for note in account.notes:
        lines += paragraph(f"{note[:1].upper()}{note[1:]}.", width, 2, hanging=2)
    for flow in account.impacts.unanswered:
        lines += paragraph(f"The library knows no process for {flow}: unknown, not zero.", width, 2, hanging=2)
    return lines
