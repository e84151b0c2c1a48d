"""Looking things up by people: search over all tables, and one entry's figures with their sources."""

from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial

import msgspec

from treadlight.core.errors import NotFoundError
from treadlight.library.figures import Figure, about, amounts, figures_of, own_source, unit_of
from treadlight.library.loader import Store
from treadlight.library.process import Source
from treadlight.library.reader import topics
from treadlight.library.schema import Row

__all__ = ["Entry", "find", "show"]

_FIGURES = 3
_OFFERED = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A row by its id (``grid/FR/2025/life-cycle``), with its table, and what it is about in one line."""

    id: str
    table: str
    label: str


def find(store: Store, text: str) -> list[Entry]:
    """Rows in which every word of `text` occurs, in any column of words; names and ids first."""
    words = text.casefold().replace("hardware.", "").split()
    ranked: tuple[list[Entry], list[Entry]] = ([], [])
    zones = {key[0]: str(getattr(row, "name", "")) for key, row in store.loaded("zones").by_key.items()}
    for topic in topics():
        for key, row in store.loaded(topic).by_key.items():
            entry_id = "/".join((topic, *key))
            name = f"{entry_id} {getattr(row, 'name', '')} {zones.get(key[0], '')}".casefold()
            if all(word in name for word in words):
                ranked[0].append(Entry(entry_id, topic, _label(row, key, zones)))
            elif all(word in f"{name} {about(row)}".casefold() for word in words):
                ranked[1].append(Entry(entry_id, topic, _label(row, key, zones)))
    return ranked[0] + ranked[1]


def _label(row: Row, key: tuple[str, ...], zones: dict[str, str]) -> str:
    """What a row is about, and its first figures."""
    name = getattr(row, "name", "") or ", ".join((zones.get(key[0]) or key[0], *key[1:]))
    shown = ((column, amount) for column, amount in amounts(row) if not column.endswith("_gsd"))
    figures = [f"{column} {amount.median:.4g} {unit_of(column, row)}".rstrip() for column, amount in shown]
    return f"{name}: {', '.join(figures[:_FIGURES])}" if figures else str(name)


def show(store: Store, entry_id: str) -> list[Figure]:
    """The figures of all rows whose id is `entry_id` or begins with it, such as ``grid/FR``.

    Raises
    ------
    NotFoundError
        If there is none; the message names ids that are spelt alike.
    """
    topic, _, rest = entry_id.partition("/")
    if topic not in topics():
        raise _not_found(entry_id, topics(), _holding(store, entry_id))
    loaded = store.loaded(topic)
    wanted = [part.casefold() for part in rest.split("/") if part]
    found: list[Figure] = []
    for key, row in loaded.by_key.items():
        row_id = "/".join((topic, *key))
        if row_id.casefold().split("/")[1 : 1 + len(wanted)] == wanted:
            found += figures_of(row_id, loaded.table.title, row, partial(_source, store, row))
    if not found:
        keys = ["/".join((topic, *key)) for key in loaded.by_key]
        raise _not_found(entry_id, keys, _above(entry_id, keys))
    return found


def _holding(store: Store, name: str) -> list[str]:
    """Ids of all tables up to the part that is the name, such as ``embodied/hall.building`` of ``hall.building``."""
    wanted = name.casefold().removeprefix("hardware.")
    found: dict[str, None] = {}
    for topic in topics():
        for key in store.loaded(topic).by_key:
            at = next((i for i, part in enumerate(key, 1) if part.casefold() == wanted), 0)
            found |= {"/".join((topic, *key[:at])): None} if at else {}
    return list(found)[:_OFFERED]


def _above(entry_id: str, ids: list[str]) -> list[str]:
    """The longest beginning of an id with which ids begin, where that is more than its table."""
    parts = entry_id.split("/")
    for n in range(len(parts) - 1, 1, -1):
        head = "/".join(parts[:n]).casefold()
        found = next((i for i in ids if f"{i}/".casefold().startswith(f"{head}/")), "")
        if found:
            return ["/".join(found.split("/")[:n])]
    return []


def _source(store: Store, row: Row, column: str) -> Source:
    """Source of one column of a row: its own where the row names one, with the year of that column."""
    named = own_source(row, column)
    if not named:
        return store.source(row)
    source = store.named_source(named, row.locator, row.confidence)
    year = getattr(row, f"{column.partition('_')[0]}_year", None)
    return msgspec.structs.replace(source, year=year) if isinstance(year, int) else source


def _not_found(entry_id: str, known: list[str], meant: list[str]) -> NotFoundError:
    """The error, which offers what is `meant`, else those of the ids `known` that are spelt alike."""
    close = meant or get_close_matches(entry_id, known, n=_OFFERED, cutoff=0.5)
    advice = f"did you mean {' or '.join(close)}?" if close else "search with `treadlight library find`"
    return NotFoundError("no such entry of the library", field="id", value=entry_id, remedy=advice)
