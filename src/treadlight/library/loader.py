"""Tables of a version with overlays: read when first asked for, checked as they are read, digested as a whole."""

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from treadlight.core.errors import LibraryError, NotFoundError
from treadlight.library.process import Source
from treadlight.library.reader import Loaded, load_table, problems_of, read_rows, read_sources, table_of, topics
from treadlight.library.schema import Located, Problem, Row, SourceRow
from treadlight.library.version import LATEST, Version, version

__all__ = ["Store", "check_folder", "read_table"]

R = TypeVar("R", bound=Row)


class Store:
    """The tables of one version.

    Parameters
    ----------
    described
        The version.
    overlays
        Folders of tables in the same schema, with their own sources; their rows are added, or replace rows by key.
        Later overlays win.
    """

    def __init__(self, described: Version, overlays: Sequence[Path] = ()) -> None:
        self.described = described
        self.overlays = tuple(Path(folder) for folder in overlays)
        for folder in self.overlays:
            _check_overlay(folder)
        self._loaded: dict[str, Loaded] = {}
        self._placed: dict[tuple[str, str, str], Source] = {}

    @cached_property
    def sources(self) -> dict[str, SourceRow]:
        """Every source by id."""
        return read_sources((*self.described.folders, *self.overlays))

    def loaded(self, topic: str) -> Loaded:
        """The table `topic`, read and checked when first asked for.

        Raises
        ------
        LibraryError
            If a row is refused.
        """
        if topic not in self._loaded:
            self._loaded[topic] = load_table(topic, self.files(topic), self.sources)
        return self._loaded[topic]

    def files(self, topic: str) -> list[Path]:
        """Files of a table: the version's, then those of overlays."""
        shipped = self.described.file(topic)
        found = [shipped] if shipped else []
        return found + [path for folder in self.overlays if (path := folder / f"{topic}.csv").is_file()]

    def rows(self, topic: str, kind: type[R]) -> tuple[R, ...]:
        """Rows of a table as the type its module declares."""
        return tuple(row for row in self.loaded(topic).rows if isinstance(row, kind))

    def row(self, topic: str, kind: type[R], *key: str) -> R | None:
        """The row of a key; None where there is none."""
        found = self.loaded(topic).by_key.get(key)
        return found if isinstance(found, kind) else None

    def source(self, row: Row) -> Source:
        """Where a row comes from, as the processes carry it."""
        return self.named_source(row.source, row.locator, row.confidence)

    def named_source(self, key: str, locator: str, confidence: str) -> Source:
        """The source `key` with a place in it.

        Raises
        ------
        LibraryError
            If there is no such source.
        """
        place = (key, locator, confidence)
        if place not in self._placed:
            found = self.sources.get(key)
            if found is None:
                remedy = "add it to sources.csv, or name a source that is there"
                raise LibraryError("names no known source", field="source", value=key, remedy=remedy)
            facts = (found.id, found.citation, found.year, found.licence)
            self._placed[place] = Source(*facts, locator, confidence, found.url)
        return self._placed[place]

    def parts(self) -> Iterator[tuple[str, str]]:
        """Name and SHA-256 of every file of the version and of the overlays, in canonical order."""
        for name, path in self.described.files():
            yield name, _sha(path)
        for i, folder in enumerate(self.overlays):
            for path in sorted(folder.glob("*.csv")):
                yield f"overlay {i}/{path.name}", _sha(path)


def _sha(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _check_overlay(folder: Path) -> None:
    if not folder.is_dir():
        remedy = "give a folder of tables, such as one with grid.csv and sources.csv"
        raise NotFoundError("no such folder", field="overlay", value=str(folder), remedy=remedy)
    for path in sorted(folder.glob("*.csv")):
        if not path.name.startswith("sources") and path.stem not in topics():
            remedy = f"name it after one of {', '.join(topics())}"
            raise LibraryError("is no table of the library", field="overlay", value=str(path), remedy=remedy)


@lru_cache(maxsize=4)
def _shipped(name: str) -> Store:
    return Store(version(name))


def read_table(topic: str, name: str = LATEST) -> tuple[Row, ...]:
    """The rows of a table of a shipped version, checked.

    Raises
    ------
    NotFoundError
        If there is no such table or version.
    LibraryError
        If a row is refused.
    """
    return _shipped(name).loaded(topic).rows


def check_folder(store: Store) -> list[Problem]:
    """Every problem of every table of a store: what loading would refuse one by one."""
    problems: list[Problem] = []
    try:
        sources = store.sources
    except LibraryError as error:
        return [Problem(error.field, "", error.value, error.what, error.remedy)]
    for topic in topics():
        problems += _check_table(topic, store.files(topic), sources)
    return problems


def _check_table(topic: str, files: Sequence[Path], sources: dict[str, SourceRow]) -> list[Problem]:
    problems: list[Problem] = []
    good: list[Located] = []
    table = table_of(topic)
    for path in files:
        try:
            for item in read_rows(topic, table, path):
                problems.append(item) if isinstance(item, Problem) else good.append(item)
        except LibraryError as error:
            problems.append(Problem(error.field, "", error.value, error.what, error.remedy))
    problems += problems_of(table, list(Located.merged(good).values()), sources)
    return problems
