"""Studies written in the forms of other tools: which form, and where to."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from treadlight.app.lifecycle import assess
from treadlight.app.lifecycle_report import report
from treadlight.app.output import write_bytes
from treadlight.app.workspace import Workspace
from treadlight.core.errors import InputError
from treadlight.core.whole import check_target
from treadlight.share.exchange.brightway import brightway_members
from treadlight.share.exchange.graph import Graph, graph_of
from treadlight.share.exchange.openlca import openlca_members
from treadlight.share.exchange.package import zipped

__all__ = ["FORMS", "check_place", "exported", "write_members"]

_GRAPHS: dict[str, Callable[[Graph], Mapping[str, bytes]]] = {"bw": brightway_members, "openlca": openlca_members}

FORMS = (*_GRAPHS, "csv")
"""Forms that a study can be written in."""

_ZIPS = {"bw": "bwp", "openlca": "olca", "csv": "tables"}
"""What a zip of each form is to `treadlight.core.file_form`."""


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
    if form == "csv":
        document = report(workspace, study, draws=draws, seed=seed, scenario=scenario)
        return {f"{table.name}.csv": table.csv().encode() for table in document.tables()}
    result = assess(workspace, study, draws=draws, seed=seed, scenario=scenario)
    return _GRAPHS[form](graph_of(result))


def check_place(target: str | Path, form: str, inputs: Iterable[str | Path] = ()) -> None:
    """Nothing, if `write_members` can write to the target: asked before the study is assessed.

    A zip of the same form is replaced.

    Raises
    ------
    InputError
        If it is one of the `inputs`, cannot be written, or is a folder that holds something else.
    """
    place = Path(target)
    if place.suffix.lower() == ".zip":
        check_target(place, "TARGET", inputs, _ZIPS.get(form, ""))
        return
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise InputError("is there already, and not an empty folder", field="TARGET", value=str(target),
                         remedy="name a new folder, or a file that ends in .zip")  # fmt: skip
    if not place.absolute().parent.is_dir():
        raise InputError("would lie in a folder that is not there", field="TARGET", value=str(target),
                         remedy="name a folder in one that is there")  # fmt: skip


def write_members(
    members: Mapping[str, bytes], target: str | Path, form: str, inputs: Iterable[str | Path] = ()
) -> None:
    """Write files into a folder, which must be empty or new, or into one zip if the target's name ends so.

    Raises
    ------
    InputError
        As `check_place`.
    """
    place = Path(target)
    check_place(place, form, inputs)
    if place.suffix.lower() == ".zip":
        write_bytes(place, zipped(members), "TARGET", inputs, _ZIPS[form])
        return
    try:
        for path, data in members.items():
            file = place / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", field="TARGET", value=str(target),
                         remedy="name a folder you may write") from None  # fmt: skip
