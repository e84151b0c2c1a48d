"""Reports of studies with what the workspace holds: assessed, moved input by input, and in every scenario."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from treadlight import __version__
from treadlight.app.lifecycle import given
from treadlight.app.workspace import Workspace
from treadlight.assess.lifecycle.study import Study
from treadlight.assess.lifecycle.tornado import tornado, varied
from treadlight.core.errors import InputError
from treadlight.core.whole import check_target
from treadlight.share.studies.compose import study_report
from treadlight.share.studies.document import Document
from treadlight.share.studies.material import Material, Moved

__all__ = ["check_folder", "prepare_tables", "report", "write_tables"]


def report(
    workspace: Workspace,
    study: str | Path | Study,
    *,
    draws: int | None = None,
    seed: int | None = None,
    scenario: str | None = None,
    made: datetime | None = None,
) -> Document:
    """The report of a study; of one of its scenarios, if one is named."""
    held = given(workspace, study)
    result = held.assess(draws=draws, seed=seed, scenario=scenario)
    base, swings = tornado(result.model, varied(result.model))
    others = [s.name for s in held.study.scenarios if s.name != result.scenario]
    scenarios = {name: held.assess(draws=result.draws, seed=result.seed, scenario=name) for name in others}
    moved = Moved(base, tuple(swings))
    return study_report(Material(result, moved, scenarios, made or datetime.now(UTC), __version__))


def check_folder(folder: str | Path) -> None:
    """Nothing, if tables can be written into the folder: asked before the report is made.

    Raises
    ------
    InputError
        If it is a file, or the folder that it would be made in is not there.
    """
    target, remedy = Path(folder), "give a folder you may write"
    if target.exists() and not target.is_dir():
        raise InputError("is no folder", field="--tables", value=str(folder), remedy=remedy)
    if not target.absolute().parent.is_dir():
        raise InputError("would lie in a folder that is not there", field="--tables", value=str(folder), remedy=remedy)


def prepare_tables(document: Document, folder: str | Path, inputs: Iterable[str | Path] = ()) -> list[Path]:
    """Where every table will be written, in a folder that is made if it is not there: asked before anything is.

    Raises
    ------
    InputError
        If a table cannot be written there, or would take the place of one of the `inputs`.
    """
    check_folder(folder)
    target, remedy = Path(folder), "give a folder you may write"
    paths = [target / f"{table.name}.csv" for table in document.tables()]
    try:
        target.mkdir(exist_ok=True)
        for path in paths:
            check_target(path, "--tables", inputs)
        taken = next((path for path in paths if path.is_dir()), None)
    except OSError as error:
        raise _refused(error, folder) from None
    if taken is not None:
        raise InputError("is a folder where a table would be", field="--tables", value=str(taken), remedy=remedy)
    if not os.access(target, os.W_OK | os.X_OK):
        raise InputError("cannot be written into", field="--tables", value=str(folder), remedy=remedy)
    return paths


def _refused(error: OSError, folder: str | Path) -> InputError:
    what = f"cannot be written ({error.strerror})"
    return InputError(what, field="--tables", value=str(folder), remedy="give a folder you may write")


def write_tables(document: Document, folder: str | Path, inputs: Iterable[str | Path] = ()) -> list[Path]:
    """Every table of a report as a CSV file of its own in a folder, which is made if it is not there.

    Raises
    ------
    InputError
        If they cannot be written, or one would take the place of one of the `inputs`.
    """
    paths = prepare_tables(document, folder, inputs)
    try:
        for table, path in zip(document.tables(), paths, strict=True):
            path.write_text(table.csv(), encoding="utf-8", newline="")
    except OSError as error:
        raise _refused(error, folder) from None
    return paths
