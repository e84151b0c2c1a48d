"""Looking things up by people: search over all tables, and one entry with its source."""

from dataclasses import dataclass
from difflib import get_close_matches

from treadlight.core.errors import NotFoundError
from treadlight.core.process import Source
from treadlight.library.loader import Store
from treadlight.library.reader import topics
from treadlight.library.schema import Row

__all__ = ["Entry", "Shown", "find", "show"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A row by its id (``grid/FR/2025/life-cycle``), with its table's title and its columns in one line."""

    id: str
    table: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A row in full, with its source."""

    id: str
    table: str
    row: Row
    source: Source


def find(store: Store, text: str) -> list[Entry]:
    """Rows in which every word of `text` occurs, in any column but the source; ids first, then the others."""
    words = text.casefold().replace("hardware.", "").split()
    first: list[Entry] = []
    others: list[Entry] = []
    for topic in topics():
        loaded = store.loaded(topic)
        for key, row in loaded.by_key.items():
            entry = Entry("/".join((topic, *key)), loaded.table.title, _line(row))
            if all(word in entry.id.casefold() for word in words):
                first.append(entry)
            elif all(word in f"{entry.id} {entry.text}".casefold() for word in words):
                others.append(entry)
    return first + others


def _line(row: Row) -> str:
    skipped = ("source", "locator", "confidence", "unverified", "outlier_reason", "note")
    cells = ((name, getattr(row, name)) for name in row.__struct_fields__ if name not in skipped)
    return ", ".join(f"{name} {value}" for name, value in cells if value not in ("", None))


def show(store: Store, entry_id: str) -> list[Shown]:
    """The rows whose id is `entry_id` or begins with it, such as ``grid/FR``, each with its source.

    Raises
    ------
    NotFoundError
        If there is none; the message names ids that are spelt alike.
    """
    topic, _, rest = entry_id.partition("/")
    parts = [part for part in rest.split("/") if part]
    if topic not in topics():
        raise _not_found(entry_id, topics())
    loaded = store.loaded(topic)
    found = []
    for key, row in loaded.by_key.items():
        cells = "/".join(key).split("/")
        if cells[: len(parts)] == parts:
            found.append(Shown("/".join((topic, *key)), topic, row, store.source(row)))
    if not found:
        raise _not_found(entry_id, ["/".join((topic, *key)) for key in loaded.by_key])
    return found


def _not_found(entry_id: str, known: list[str]) -> NotFoundError:
    close = get_close_matches(entry_id, known, n=3, cutoff=0.5)
    advice = f"did you mean {' or '.join(close)}?" if close else "search with `treadlight library find`"
    return NotFoundError("no such entry of the library", field="id", value=entry_id, remedy=advice)
