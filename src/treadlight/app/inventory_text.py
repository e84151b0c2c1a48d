"""The inventory on a terminal: assets, one asset's history, and both views of it side by side."""

import sys
from collections.abc import Mapping, Sequence

from treadlight.app.hardware_text import amount_text
from treadlight.app.inventory_forms import NEVER_ADD
from treadlight.assess.hardware.perspectives import Holdings
from treadlight.core.quantity import Quantity
from treadlight.ledger.assets import Asset
from treadlight.share.findings import short_name
from treadlight.share.numbers import plain_number, shared_unit, show, unit_label
from treadlight.share.terminal_text import Cell, Line, Piece, fit, line, paragraph, table

__all__ = ["show_asset", "show_assets", "show_report"]

_BLANK: Line = ()
_SHOWN = ("gwp", "adpe", "pe")
_ID_LENGTH = 13


def show_assets(assets: Sequence[Asset], width: int = 0) -> list[Line]:
    """Everything that `treadlight inventory list` says."""
    width = fit(width, sys.stdout)
    rows: list[list[Cell] | None] = []
    for asset in assets:
        plan = f"{plain_number(asset.lifetime_years)} a" if asset.lifetime_years else ""
        gone = f"{asset.retired}, {asset.fate}" if asset.retired else ""
        name = asset.name or asset.id[:_ID_LENGTH]
        rows.append([name, asset.product, plain_number(asset.count), str(asset.purchased), plan, gone])
    head = ["Asset", "product", "count", "purchased", "plan", "retired"]
    return table(head, rows, "llrlrl", width, flexible=1)


def show_asset(versions: Sequence[tuple[str, Asset]], width: int = 0) -> list[Line]:
    """What stands about an asset, and what was said of it before."""
    width = fit(width, sys.stdout)
    standing = versions[-1][1]
    rows: list[list[Cell] | None] = [
        [name.replace("_", " "), str(value)]
        for name in standing.__slots__
        if (value := getattr(standing, name)) not in (None, "")
    ]
    lines = table(["Asset", ""], rows, "ll", width, flexible=1)
    if len(versions) > 1:
        lines += [_BLANK, line(Piece("Said before, superseded", "bold"))]
        for at, old in versions[:-1]:
            changed = [n for n in old.__slots__ if getattr(old, n) != getattr(standing, n)]
            said = ", ".join(f"{n.replace('_', ' ')} {getattr(old, n) or 'none'}" for n in changed)
            lines += paragraph(f"{at[:16].replace('T', ' ')}: {said or 'the same as now'}", width, 2, hanging=2)
    return lines


def show_report(found: Holdings, width: int = 0) -> list[Line]:
    """Both views, waste, and what is not known."""
    width = fit(width, sys.stdout)
    lines = [
        line(Piece("Organisation's view: the whole device in its year of purchase", "bold")),
        *paragraph(
            "GHG Protocol scope 3, category 2; disposal in the year of retirement, category 5.", width, 0, "dim"
        ),
        *_years([(str(y.year), y.devices, y.bought) for y in found.purchases], "bought", width),
        *_gone([(str(y.year), y.discarded) for y in found.purchases if y.discarded], width),
        _BLANK,
        line(Piece("Amortised view: a share of each life in every year of it", "bold")),
        *paragraph("By time over the planned life; what is left at an earlier retirement, then.", width, style="dim"),
        *_years([(str(y.year), y.devices, y.impacts) for y in found.amortised], "in use", width),
        _BLANK,
        *paragraph(f"▨ {NEVER_ADD[0].upper()}{NEVER_ADD[1:]}.", width, style="warn", hanging=2),
        *_waste(found, width),
    ]
    lost = frozenset[str]().union(*(y.incomplete for y in found.amortised))
    if lost:
        names = ", ".join(sorted(short_name(name).lower() for name in lost))
        lines += [
            _BLANK,
            *paragraph(f"▨ Not known in full, so the true totals are higher: {names}.", width, 0, "warn", 2),
        ]
    for asset, why in found.unreadable:
        lines += paragraph(f"▨ {asset.name or asset.id} is not counted: {why}", width, style="warn", hanging=2)
    return lines


def _years(years: Sequence[tuple[str, int, Mapping[str, Quantity]]], count: str, width: int) -> list[Line]:
    names = [n for n in _SHOWN if any(n in impacts for _, _, impacts in years)]
    units = {n: shared_unit([impacts.get(n) for _, _, impacts in years]) for n in names}
    rows: list[list[Cell] | None] = [
        [year, plain_number(devices), *(_cell(impacts.get(n), units[n]) for n in names)]
        for year, devices, impacts in years
    ]
    head = ["Year", count, *(f"{short_name(n)}, {unit_label(units[n])}" for n in names)]
    return table(head, rows, "lr" + "r" * len(names), width)


def _cell(found: Quantity | None, unit: str) -> str:
    if found is None:
        return "unknown"
    if found.p95 == 0:
        return "–"
    shown = show(found, unit)
    return f"{shown.value} ({shown.interval})" if shown.interval else shown.value


def _gone(years: Sequence[tuple[str, Mapping[str, Quantity]]], width: int) -> list[Line]:
    lines: list[Line] = []
    for year, impacts in years:
        burdens = [amount_text(impacts[n]) for n in ("gwp",) if n in impacts and impacts[n].p95 > 0]
        if burdens:
            lines += paragraph(f"disposal in {year}, beside what was bought: {', '.join(burdens)}", width, 2, hanging=2)
    return lines


def _waste(found: Holdings, width: int) -> list[Line]:
    if not found.discarded:
        return []
    rows: list[list[Cell] | None] = [
        [str(d.year), d.fate, plain_number(d.devices), amount_text(d.mass), amount_text(d.documented), d.basis]
        for d in found.discarded
    ]
    head = ["Retired", "fate", "devices", "mass", "documented", "basis"]
    return [_BLANK, *table(head, rows, "llrlll", width, flexible=5)]
