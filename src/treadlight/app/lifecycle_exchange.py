"""Studies written in the forms of other tools: which form, and where to."""

from collections.abc import Callable, Mapping
from pathlib import Path

from treadlight.app.lifecycle import assess
from treadlight.app.lifecycle_report import report
from treadlight.app.output import write_bytes
from treadlight.app.workspace import Workspace
from treadlight.assess.lifecycle.reading import read_study
from treadlight.core.errors import InputError
from treadlight.share.exchange.brightway import brightway_members
from treadlight.share.exchange.graph import Graph, graph_of
from treadlight.share.exchange.openlca import openlca_members
from treadlight.share.exchange.package import zipped

__all__ = ["FORMS", "exported", "write_members"]

_GRAPHS: dict[str, Callable[[Graph], Mapping[str, bytes]]] = {"bw": brightway_members, "openlca": openlca_members}

FORMS = (*_GRAPHS, "csv")
"""Forms that a study can be written in."""


def exported(
    workspace: Workspace,
    study: str | Path,
    form: str,
    *,
    draws: int | None = None,
    seed: int | None = None,
    scenario: str | None = None,
) -> Mapping[str, bytes]:
    """A study in a form of `FORMS`, as files by path."""
    if form not in FORMS:
        raise InputError("is no form", field="--to", value=form, remedy=f"use one of {', '.join(FORMS)}")
    read = read_study(study)
    if form == "csv":
        document = report(workspace, read, draws=draws, seed=seed, scenario=scenario)
        return {f"{table.name}.csv": table.csv().encode() for table in document.tables()}
    result = assess(workspace, read, draws=draws, seed=seed, scenario=scenario)
    return _GRAPHS[form](graph_of(result))


def write_members(members: Mapping[str, bytes], target: str | Path) -> None:
    """Write files into a folder, which must be empty or new, or into one zip if the target's name ends so.

    Raises
    ------
    InputError
        If it cannot be written, or the folder holds something else.
    """
    place = Path(target)
    if place.suffix.lower() == ".zip":
        write_bytes(place, zipped(members), "TARGET")
        return
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise InputError("is there already, and not an empty folder", field="TARGET", value=str(target),
                         remedy="name a new folder, or a file that ends in .zip")  # fmt: skip
    if not place.absolute().parent.is_dir():
        raise InputError("would lie in a folder that is not there", field="TARGET", value=str(target),
                         remedy="name a folder in one that is there")  # fmt: skip
    try:
        for path, data in members.items():
            file = place / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", field="TARGET", value=str(target),
                         remedy="name a folder you may write") from None  # fmt: skip
