"""Library versions: one folder each, a calendar name, perhaps an older or younger version they build on."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from treadlight.core.errors import LibraryError, NotFoundError

__all__ = ["DATA", "LATEST", "Version", "version", "versions"]

DATA = Path(__file__).parent / "data"
"""Where shipped versions lie."""

LATEST = "2026.11"
"""Version used when none is asked for."""


class _Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``library.toml`` says."""

    version: str
    released: str
    notes: str
    inherits: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """A shipped version: its description, and its folders, nearest first.

    Parameters
    ----------
    folders
        Its own folder, then those it inherits; a table comes whole from the first folder that holds it.
    """

    name: str
    released: str
    notes: str
    folders: tuple[Path, ...]

    def file(self, topic: str) -> Path | None:
        """The file that holds a table; None where the version has no such table."""
        found = (folder / f"{topic}.csv" for folder in self.folders)
        return next((path for path in found if path.is_file()), None)

    def files(self) -> Iterator[tuple[str, Path]]:
        """Every file that counts, by name relative to the version, in canonical order."""
        seen: dict[str, Path] = {}
        for depth, folder in enumerate(self.folders):
            for path in folder.iterdir():
                if path.suffix in (".csv", ".toml"):
                    own = path.suffix == ".toml" or path.name.startswith("sources")
                    seen.setdefault(f"{depth}/{path.name}" if own else path.name, path)
        yield from sorted(seen.items())


def versions() -> list[str]:
    """Names of shipped versions, newest first."""
    return [folder.name for folder in sorted(DATA.iterdir(), reverse=True) if (folder / "library.toml").is_file()]


def version(name: str = LATEST) -> Version:
    """The shipped version `name`.

    Raises
    ------
    NotFoundError
        If it is not shipped.
    """
    folder = DATA / name
    if not name or Path(name).name != name or not (folder / "library.toml").is_file():
        remedy = f"use one of {', '.join(versions())}"
        raise NotFoundError("no such library version", field="library", value=name, remedy=remedy)
    found = _describe(folder)
    folders: tuple[Path, ...] = (folder,)
    if found.inherits:
        folders += version(found.inherits).folders
    return Version(found.version, found.released, found.notes, folders)


def _describe(folder: Path) -> _Description:
    path = folder / "library.toml"
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _Description)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise LibraryError(f"cannot be read ({error})", field=str(path), remedy="reinstall treadlight") from None
