"""Studies read from files: strictly, with the studies that they include."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from treadlight.assess.lifecycle.checks import check_study
from treadlight.assess.lifecycle.study import Study
from treadlight.assess.lifecycle.tables import with_tables
from treadlight.assess.toml_file import TomlKind
from treadlight.core.errors import InputError

__all__ = ["files_of", "read_study", "study_of"]

_STUDY = TomlKind("study", "STUDY", "treadlight lca new", "docs/how-to/lca.md")


def read_study(path: str | Path) -> Study:
    """The study of a TOML file, checked, with the studies that its items include.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InputError
        If it is no study; if it includes itself.
    """
    return _read(Path(path), ())


def study_of(given: Mapping[str, Any], where: str = "study", folder: Path | None = None) -> Study:
    """The study that a mapping describes as a file would, checked; `folder` is where included studies lie.

    Raises
    ------
    InputError
        If it is no study.
    """
    place = folder or Path()
    return _with_included(_converted(given, where, place), place, ())


def files_of(study: Study) -> Iterator[str]:
    """Paths of the files that a study was read from: its own, its tables, and those of the studies it includes."""
    if study.path:
        yield study.path
        yield from (str(Path(study.path).parent / table.file) for table in study.process_tables)
    for inner in study.studies.values():
        yield from files_of(inner)


def _read(path: Path, above: tuple[Path, ...]) -> Study:
    real = path.resolve()
    if real in above:
        raise InputError("includes itself", field=f"{above[-1].name}: study", value=path.name,
                         remedy="a study may not be among those it includes")  # fmt: skip
    given = _STUDY.loaded(path)
    study = msgspec.structs.replace(_converted(given, path.name, path.parent), path=str(path))
    return _with_included(study, path.parent, (*above, real))


def _converted(given: Mapping[str, Any], where: str, folder: Path) -> Study:
    study = with_tables(_STUDY.shaped(given, Study, where, ("studies", "path")), folder)
    check_study(msgspec.structs.replace(study, path=where) if where else study)
    return study


def _with_included(study: Study, folder: Path, above: tuple[Path, ...]) -> Study:
    wanted = [item.study for system in study.systems for stage in system.stages for item in stage.items if item.study]
    included = {name: _read(folder / name, above) for name in dict.fromkeys(wanted)}
    return msgspec.structs.replace(study, studies=included)
