"""Plug-ins: one file in a package, found by its name, or a third party's entry point; both come in by the same door."""

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from treadlight.core.errors import NotFoundError

__all__ = ["names", "plugin"]


def _files(package: str) -> Iterator[str]:
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted(Path(folder).glob("*.py")):
            if not path.stem.startswith("_"):
                yield path.stem


def _entry_points(package: str) -> dict[str, str]:
    """Name and object of each entry point of the group `package`, from the metadata of installed distributions.

    importlib.metadata does the same but takes 25 ms to import, more than a tracker may take to start.
    """
    found: dict[str, str] = {}
    for folder in sys.path:
        for name in _distributions(folder or "."):
            try:
                text = Path(folder or ".", name, "entry_points.txt").read_text(encoding="utf-8")
            except OSError:
                continue
            if f"[{package}]" in text:
                for key, value in _section(text, package):
                    found.setdefault(key, value)
    return found


def _distributions(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(e.name for e in entries if e.name.endswith((".dist-info", ".egg-info")))
    except OSError:
        return []


def _section(text: str, package: str) -> Iterator[tuple[str, str]]:
    """Lines ``name = module:object [extras]`` of one section of an entry_points.txt."""
    inside = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            inside = line == f"[{package}]"
        elif inside and "=" in line and not line.startswith(("#", ";")):
            key, _, value = line.partition("=")
            yield key.strip(), value.partition("[")[0].strip()


def names(package: str) -> list[str]:
    """Names of all plug-ins of `package`: its files, then third parties' entry points of the group so called."""
    found = list(_files(package))
    return found + sorted(n for n in _entry_points(package) if n not in found)


def plugin(package: str, name: str) -> object:
    """The module `name` of `package`, or the object of the entry point so called.

    Raises
    ------
    NotFoundError
        If neither exists.
    """
    if name.isidentifier() and name in _files(package):
        return import_module(f"{package}.{name}")
    reference = _entry_points(package).get(name)
    if reference is None:
        kind = package.rpartition(".")[2]
        remedy = f"use one of {', '.join(names(package))}"
        raise NotFoundError(f"no such plug-in in {kind}", field=kind, value=name, remedy=remedy)
    module, _, attribute = reference.partition(":")
    loaded = import_module(module)
    return getattr(loaded, attribute) if attribute else loaded
