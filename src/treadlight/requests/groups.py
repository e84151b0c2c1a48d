"""Sums of all logs of an account together: hours in UTC, keys that are constants filled in, rows set aside counted."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np

from treadlight.core.errors import InputError
from treadlight.requests.columns import KEYS
from treadlight.requests.expression import SUMS
from treadlight.requests.partial import Partial
from treadlight.requests.reasons import REASONS, STRUCTURE
from treadlight.requests.zones import utc_seconds

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MOST_GROUPS", "Groups", "merged"]

MOST_GROUPS = 5_000_000
"""More groups than this are taken for a mistake: a label that is different in every row."""

_NO_MODEL = 13
_PLACE = ("zone", "region")
_MAXIMA = ("max_in", "max_out")


@dataclass(frozen=True, slots=True)
class Groups:
    """Sums of requests.

    Parameters
    ----------
    table
        One row for each piece of time and key. Columns: ``start_s`` (UTC, where the piece begins [s since 1970]), the
        keys and labels as text (empty: not stated), and the six sums. Once places are settled, ``zone`` and ``region``
        hold those that the library has, and ``said_zone`` and ``said_region`` what the log says.
    labels
        Names of the labels among the columns.
    largest
        Most tokens in, and most tokens out, of one request.
    aside
        How many rows were set aside, by the number of their reason.
    naive
        How many rows had a time without a zone.
    zoned
        How many had one with a zone.
    """

    table: "pa.Table"
    labels: tuple[str, ...]
    largest: tuple[float, float]
    aside: Mapping[int, int] = field(default_factory=dict)
    naive: int = 0
    zoned: int = 0

    @property
    def requests(self) -> float:
        """How many requests were accounted for."""
        return float(np.sum(self.column("n")))

    def column(self, name: str) -> Any:
        """A column as an array."""
        return self.table.column(name).to_numpy()

    def said(self, name: str) -> str:
        """The column that holds a key as the log says it."""
        return f"said_{name}" if f"said_{name}" in self.table.column_names else name

    def codes(self, name: str) -> tuple[Any, list[str]]:
        """A text column as numbers, and the texts that they stand for."""
        import pyarrow as pa

        found = self.table.column(name).combine_chunks()
        encoded = (found.chunk(0) if isinstance(found, pa.ChunkedArray) else found).dictionary_encode()
        return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), encoded.dictionary.to_pylist()


def merged(
    partials: Iterable[tuple[Partial, Sequence[str]]],
    constants: Mapping[str, str],
    labels: Sequence[str],
    bucket_s: int,
    zone: tzinfo | None,
) -> Groups:
    """All sums in one.

    Parameters
    ----------
    partials
        Sums of each file, and the names of its keys in their order.
    constants
        What holds for rows whose log does not say a key; a zone or region only for those that say neither.
    zone
        Of times that say none.

    Raises
    ------
    InputError
        If times say no zone and none is given, or there are too many groups.
    """
    import pyarrow as pa

    names = (*KEYS, *labels)
    aside: Counter[int] = Counter()
    counted = {"naive": 0.0, "zoned": 0.0}
    largest = [0.0, 0.0]
    tables = []
    for partial, keys in partials:
        aside.update(partial.aside)
        good = _split(partial, keys, names, constants, aside)
        _check_zone(partial, good, zone)
        counted["naive"] += _counted(good, True)
        counted["zoned"] += _counted(good, False)
        if good.num_rows:
            largest = [
                max(most, float(np.max(good.column(name).to_numpy())))
                for most, name in zip(largest, _MAXIMA, strict=True)
            ]
        tables.append(_timed(good, bucket_s, zone).select(["start_s", *names, *SUMS]))
    whole = pa.concat_tables(tables)
    if len(tables) > 1 or bucket_s < 3600:
        whole = whole.group_by(["start_s", *names], use_threads=False).aggregate([(name, "sum") for name in SUMS])
        whole = whole.rename_columns(["start_s", *names, *SUMS])
    if whole.num_rows > MOST_GROUPS:
        remedy = "ask for labels that many requests share"
        raise InputError("makes more groups than can be held", field="--by", value=whole.num_rows, remedy=remedy)
    return Groups(whole, tuple(labels), (largest[0], largest[1]), +aside, int(counted["naive"]), int(counted["zoned"]))


def reason_text(reason: int) -> str:
    """A reason in words."""
    return REASONS.get(reason) or STRUCTURE[reason]


def _split(
    partial: Partial, keys: Sequence[str], names: Sequence[str], constants: Mapping[str, str], aside: Counter[int]
) -> "pa.Table":
    """The rows that count, their keys under their names; the others go to `aside`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = partial.sums
    bad = table.filter(pc.not_equal(table.column("reason"), pa.scalar(0, pa.int64())))
    for reason, n in zip(bad.column("reason").to_pylist(), bad.column("n").to_pylist(), strict=True):
        aside[int(reason)] += int(n)
    good = table.filter(pc.equal(table.column("reason"), pa.scalar(0, pa.int64())))
    stated = {name: _stated(good, keys, name) for name in names}
    empty = {name: pc.equal(column, pa.scalar("", pa.string())) for name, column in stated.items()}
    placeless = pc.and_(empty["zone"], empty["region"])
    for name in names:
        fill = placeless if name in _PLACE else empty[name]
        good = good.append_column(name, pc.if_else(fill, pa.scalar(constants.get(name, ""), pa.string()), stated[name]))
    nameless = pc.equal(good.column("model"), pa.scalar("", pa.string()))
    lost = int(np.sum(good.filter(nameless).column("n").to_numpy()))
    if lost:
        aside[_NO_MODEL] += lost
        good = good.filter(pc.invert(nameless))
    return good


def _stated(good: "pa.Table", keys: Sequence[str], name: str) -> Any:
    """What the rows say of a key; empty where they do not say it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if name not in keys:
        return pa.chunked_array([pa.repeat(pa.scalar("", pa.string()), good.num_rows)])
    stated = pc.utf8_trim_whitespace(good.column(f"key_{list(keys).index(name)}").cast(pa.string()))
    return pc.fill_null(stated, pa.scalar("", pa.string()))


def _counted(good: "pa.Table", naive: bool) -> float:
    import pyarrow as pa
    import pyarrow.compute as pc

    chosen = good.filter(pc.equal(good.column("naive"), pa.scalar(naive)))
    return float(np.sum(chosen.column("n").to_numpy()))


def _check_zone(partial: Partial, good: "pa.Table", zone: tzinfo | None) -> None:
    naive, zoned = _counted(good, True), _counted(good, False)
    if not naive or zone is not None:
        return
    remedy = "say which zone they are in: --time-zone UTC"
    what = "its times say no zone"
    if zoned:
        what = f"{naive:.0f} of its times say no zone, {zoned:.0f} do"
    raise InputError(what, field="LOG", value=partial.name, remedy=remedy)


def _timed(good: "pa.Table", bucket_s: int, zone: tzinfo | None) -> "pa.Table":
    """The rows with the beginning of their piece of time in UTC, in whole hours where pieces are shorter."""
    import pyarrow as pa

    start = good.column("bucket").to_numpy().astype(np.int64) * bucket_s
    if zone is not None:
        naive = np.array(good.column("naive").to_pylist(), dtype=bool)
        if naive.any():
            start = np.where(naive, utc_seconds(start, zone), start)
    if bucket_s < 3600:
        start = start // 3600 * 3600
    return good.append_column("start_s", pa.array(start, pa.int64()))
