"""Plug-ins: one file in a package, found by its name, or a third party's entry point; both come in by the same door."""

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
    from importlib.metadata import entry_points

    return {e.name: e.value for e in entry_points(group=package)}


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
