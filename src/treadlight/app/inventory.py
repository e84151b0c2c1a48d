"""The inventory of assets in a workspace's ledger: adding, reading in, retiring, and what it all comes to."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TextIO

from treadlight.app.hardware import Place, bench_of, day
from treadlight.app.workspace import Workspace
from treadlight.assess.hardware.description import read_device
from treadlight.assess.hardware.perspectives import Holdings, holdings
from treadlight.core.cells import cell, uncell
from treadlight.core.errors import InputError, NotFoundError
from treadlight.core.ids import new_id
from treadlight.ledger.append import Appended
from treadlight.ledger.assets import Asset

__all__ = ["COLUMNS", "add", "find_asset", "new_asset", "read_csv", "report", "retire", "write_csv"]

COLUMNS = tuple(field.name for field in fields(Asset))
"""Columns of the table, in and out."""

_NEEDED = ("product", "purchased")
_MOST_BYTES = 50_000_000


def add(workspace: Workspace, asset: Asset) -> Appended:
    """Append an asset, or the correction of one; its product and site have to be known.

    Raises
    ------
    InputError
        If they are not.
    """
    _check(workspace, asset, "")
    return workspace.ledger.append([asset], whole=True)


def new_asset(
    product: str,
    purchased: date,
    ident: str | None = None,
    count: int = 1,
    name: str | None = None,
    lifetime_years: float | None = None,
    site: str | None = None,
    project: str | None = None,
    note: str | None = None,
) -> Asset:
    """An asset as options give it; without an id it gets a fresh one."""
    ident = new_id(datetime.now(UTC).timestamp()) if ident is None else ident
    texts = (name or "", lifetime_years, site or "", project or "")
    return Asset(ident, product, purchased, count, *texts, note=note or "")


def _check(workspace: Workspace, asset: Asset, where: str) -> None:
    try:
        read_device(asset.product, workspace.library, f"{where}product")
    except NotFoundError as error:
        raise InputError(error.what, field=error.field, value=error.value, remedy=error.remedy) from None
    known = sorted(site.name for site in workspace.sites if site.name)
    if asset.site and asset.site not in known:
        remedy = f"use one of {', '.join(known)}" if known else "configure it, or leave the site out"
        raise InputError("is not configured", field=f"{where}site", value=asset.site, remedy=remedy)


def find_asset(workspace: Workspace, ref: str) -> Asset:
    """The asset with this id, the only one (or the only one still kept) of this name, or whose id begins so.

    Raises
    ------
    NotFoundError
        If there is none, or more than one.
    """
    assets = workspace.ledger.assets()
    named = [a for a in assets if a.name == ref]
    kept = [a for a in named if a.retired is None]
    found = [a for a in assets if a.id == ref] or (kept if len(kept) == 1 else named)
    found = found or [a for a in assets if ref and a.id.startswith(ref)]
    if len(found) == 1:
        return found[0]
    what = f"means {len(found)} assets" if found else "is no asset"
    remedy = f"give an id: {', '.join(a.id for a in found[:3])}" if found else "`treadlight inventory list` shows them"
    raise NotFoundError(what, field="asset", value=ref, remedy=remedy)


def retire(workspace: Workspace, ref: str, on: date, fate: str, count: int | None = None) -> tuple[Asset, Appended]:
    """Retire an asset, or `count` of its devices, which then become an asset of their own; the retired asset.

    Raises
    ------
    InputError
        If it is retired already, the day is before its purchase, or it has fewer devices.
    """
    asset = find_asset(workspace, ref)
    if asset.retired is not None:
        remedy = "correct it: treadlight inventory add --id ID …"
        raise InputError(f"was retired on {asset.retired}", field="asset", value=ref, remedy=remedy)
    if count is not None and not 1 <= count <= asset.count:
        raise InputError("is not that many", field="--count", value=count, remedy=f"it has {asset.count} of them")
    if count is None or count == asset.count:
        gone, versions = (found := replace(asset, retired=on, fate=fate)), [found]
    else:
        gone = replace(asset, id=f"{asset.id}/{on}/{count}", count=count, retired=on, fate=fate)
        if any(a.id == gone.id for a in workspace.ledger.assets()):
            remedy = "give another day, or retire them together"
            raise InputError("as many were retired on that day already", field="asset", value=ref, remedy=remedy)
        versions = [replace(asset, count=asset.count - count), gone]
    return gone, workspace.ledger.append(versions, whole=True)


def read_csv(workspace: Workspace, path: str) -> Appended:
    """Append the assets of a table; all or none. What was said before, also in an earlier version, is skipped.

    A line without an id gets one from its purchase, so the same table read in twice adds nothing.

    Raises
    ------
    InputError
        Naming the line, if one cannot be used, or two lines are the same asset.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError("no such file", field="FILE", value=path, remedy="name a table (CSV)")
    if file.stat().st_size > _MOST_BYTES:
        raise InputError("is too large", field="FILE", value=path, remedy="give at most 50 MB at a time")
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            assets = _assets(workspace, csv.DictReader(lines, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"is no table: {error}", field="FILE", value=path, remedy="save it as CSV, UTF-8") from None
    if not assets:
        raise InputError("holds no asset", field="FILE", value=path, remedy=f"columns: {', '.join(COLUMNS)}")
    return workspace.ledger.append(assets, whole=True, any_version=True)


def _assets(workspace: Workspace, reader: "csv.DictReader[str]") -> list[Asset]:
    header = [name.strip() for name in reader.fieldnames or ()]
    for name in header:
        if name not in COLUMNS:
            remedy = f"columns are {', '.join(COLUMNS)}"
            raise InputError("unknown column", field="FILE", value=name, remedy=remedy)
    for name in _NEEDED:
        if name not in header:
            raise InputError("lacks a column", field="FILE", value=name, remedy="it has to be there")
    reader.fieldnames = header
    seen: dict[str, int] = {}
    assets = []
    for number, cells in enumerate(reader, 2):
        asset = _asset({name: uncell(text) if isinstance(text, str) else text for name, text in cells.items()}, number)
        _check(workspace, asset, f"line {number}, ")
        if asset.id in seen:
            remedy = "give each an id of its own, or one line with a count"
            raise InputError(f"is the asset of line {seen[asset.id]} again", field=f"line {number}", remedy=remedy)
        seen[asset.id] = number
        assets.append(asset)
    return assets


def _asset(cells: Mapping[str | None, str | list[str] | None], number: int) -> Asset:
    where = f"line {number}, "
    if None in cells or None in cells.values():
        raise InputError("has another number of cells than the head", field=f"line {number}", remedy="check commas")
    given = {str(name): str(cell).strip() for name, cell in cells.items() if str(cell).strip()}
    if "purchased" not in given:
        raise InputError("is missing", field=f"{where}purchased", remedy="give the day of purchase, as 2026-11-22")
    try:
        return Asset(
            given.get("id") or _own_id(given),
            given.get("product", ""),
            day(given["purchased"], f"{where}purchased"),
            _whole(given.get("count", "1"), f"{where}count"),
            given.get("name", ""),
            _number(given["lifetime_years"], f"{where}lifetime_years") if "lifetime_years" in given else None,
            given.get("site", ""),
            given.get("project", ""),
            day(given["retired"], f"{where}retired") if "retired" in given else None,
            given.get("fate", ""),
            given.get("note", ""),
        )
    except InputError as error:
        raise error.at(error.field if error.field.startswith(where) else f"{where}{error.field}") from None


def _own_id(given: Mapping[str, str]) -> str:
    """Id that follows from the purchase alone: a retirement or note added later means the same asset."""
    told = "\x1f".join(given.get(name, "") for name in ("product", "purchased", "count", "name", "site", "project"))
    return sha256(told.encode()).hexdigest()[:16]


def _whole(text: str, field: str) -> int:
    number = _number(text, field)
    if number != int(number):
        raise InputError("is not a whole number", field=field, value=text, remedy="write a whole number, such as 4")
    return int(number)


def _number(text: str, field: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError("is not a number", field=field, value=text, remedy="write a number, such as 4")
    return number


def write_csv(assets: Sequence[Asset], file: TextIO) -> None:
    """Write assets as the table that `read_csv` reads."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for asset in assets:
        values = (getattr(asset, name) for name in COLUMNS)
        writer.writerow([cell(value) if isinstance(value, str) else value for value in values])


def report(workspace: Workspace, place: Place, project: str = "", until: int | None = None) -> Holdings:
    """The inventory, or what of it belongs to a project, under both views."""
    assets = [a for a in workspace.ledger.assets() if not project or a.project == project]
    return holdings(assets, bench_of(workspace, place), until)
