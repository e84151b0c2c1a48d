"""Whether an archived study comes out as it did: bit for bit, and if not, what differs and by how much."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from treadlight.app.lifecycle import assess
from treadlight.app.lifecycle_answers_forms import array_bytes, array_of, json_bytes
from treadlight.app.lifecycle_archive import Archive, software
from treadlight.app.lifecycle_forms import study_result_form
from treadlight.app.workspace import Workspace
from treadlight.assess.lifecycle.result import StudyResult, SystemResult
from treadlight.core.category import CATEGORIES
from treadlight.core.errors import InputError

__all__ = ["Moved", "Verified", "restated", "verified"]

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of an archive found.

    Parameters
    ----------
    damaged
        Files that are not as they were packed.
    differences
        What came out otherwise, as sentences; empty where everything is the same to the bit.
    elsewhere
        What is other on this machine, as sentences; it need not matter.
    """

    damaged: tuple[str, ...]
    differences: tuple[str, ...]
    elsewhere: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether the archive is whole and its result came out again to the bit."""
        return not self.damaged and not self.differences


@dataclass(frozen=True, slots=True)
class Moved:
    """The median of one system in one category: as it was packed, and with what this machine holds."""

    system: str
    category: str
    then: float | None
    now: float | None

    @property
    def name(self) -> str:
        """The category, in words."""
        return CATEGORIES[self.category].name.lower()

    @property
    def unit(self) -> str:
        """Of both."""
        return CATEGORIES[self.category].unit


def verified(archive: Archive) -> Verified:
    """Check an archive's files, and assess it again from what it holds."""
    damaged = tuple(archive.damaged())
    if damaged:
        return Verified(damaged, (), tuple(_elsewhere(archive)))
    result = archive.assessed()
    return Verified((), tuple(_differences(archive, result)), tuple(_elsewhere(archive)))


def _differences(archive: Archive, result: StudyResult) -> Iterator[str]:
    told = archive.manifest["study"]["digest"]
    if result.digest != told:
        yield f"the study reads otherwise here: digest {result.digest[:12]}, packed as {told[:12]}"
    for i, system in enumerate(result.systems):
        if array_bytes(system.samples) == archive.samples(i):
            continue
        then = array_of(archive.samples(i))
        if then.shape != system.samples.shape:
            yield f"{system.id}: {system.samples.shape} numbers, packed were {then.shape}"
            continue
        for row, category in enumerate(system.categories):
            gap = np.abs(system.samples[row] - then[row])
            if gap.any():
                size = float(np.max(gap / np.maximum(np.abs(then[row]), 1e-300)))
                where = f"{np.count_nonzero(gap)} of {len(gap)} draws"
                name = CATEGORIES[category].name.lower()
                yield f"{system.id}: {name} differs by up to {size:.1e} of itself in {where}"
    told_otherwise = list(_otherwise(archive.form, json.loads(json_bytes(study_result_form(result)))))
    if told_otherwise:
        more = f", and {len(told_otherwise) - 1} more" if len(told_otherwise) > 1 else ""
        yield f"the result as JSON is another: {told_otherwise[0]}{more}"


def _otherwise(then: Any, now: Any, at: str = "") -> Iterator[str]:
    """Where what was packed is told otherwise; what only a later version tells is no difference."""
    if isinstance(then, dict) and isinstance(now, dict):
        for name, value in then.items():
            yield from _otherwise(value, now.get(name, _ABSENT), f"{at}.{name}" if at else name)
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for i, (old, new) in enumerate(zip(then, now, strict=True)):
            yield from _otherwise(old, new, f"{at}[{i}]")
    elif then != now or type(then) is not type(now):
        yield at


def _elsewhere(archive: Archive) -> Iterator[str]:
    here = software()
    for name, version in archive.manifest["software"].items():
        if here.get(name) != version:
            yield f"{name} is {here.get(name, 'not there')} here, and was {version}"


def restated(archive: Archive, workspace: Workspace) -> list[Moved]:
    """The archived study with the library, the ledger and the estimators of this workspace, beside what it was.

    Raises
    ------
    InputError
        If they cannot answer it.
    """
    told = archive.manifest
    study = archive.study
    how = {name: told[name] for name in ("draws", "seed", "parameters", "scenario")}
    result = assess(workspace, study, **how)
    then = archive.assessed()
    if [s.id for s in then.systems] != [s.id for s in result.systems]:
        raise InputError("has other systems here", field="ARCHIVE", value=archive.name, remedy="check its study")
    return [
        Moved(new.id, category, _median(old, category), _median(new, category))
        for old, new in zip(then.systems, result.systems, strict=True)
        for category in result.categories
    ]


def _median(system: SystemResult, category: str) -> float | None:
    total = system.total(category)
    return None if total is None else total.p50
