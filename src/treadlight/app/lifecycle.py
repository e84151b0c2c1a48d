"""Studies with everything they ask for: the library of the workspace, its ledger, and an estimator."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from treadlight.app.estimating import Estimator, models_of
from treadlight.app.estimating_inputs import KINDS, Question, check_known, columns_of, question_of
from treadlight.app.moments import moment
from treadlight.app.workspace import Workspace
from treadlight.assess.draws import Array
from treadlight.assess.lifecycle.assessment import StudyResult, assess_study
from treadlight.assess.lifecycle.parts import Estimated, LedgerSums
from treadlight.assess.lifecycle.parts import Estimator as StudyEstimator
from treadlight.assess.lifecycle.reading import files_of, read_study
from treadlight.assess.lifecycle.study import Amount, Query, Study
from treadlight.core.activity import Location
from treadlight.core.errors import InputError
from treadlight.ledger.query import Filter
from treadlight.ledger.records import GroupSum
from treadlight.library.library import Library

__all__ = ["Given", "answering", "assess", "estimator_of", "given", "inputs_of", "ledger_of"]

_GENERIC = "no accelerator is named: made as the library's generic one"
_HALL = ("overhead", "network")
_STATED = ("carbon_intensity_g_per_kwh",)
_PLACE = ("zone", "region", "site")


@dataclass(frozen=True, slots=True)
class Given:
    """A study, and what assesses it: the workspace, or the archive that it came in.

    Parameters
    ----------
    assess
        Takes draws, seed, parameters and scenario by name, each left out or None: as configured, or as packed.
    draws
        The only number of draws that its archive can answer; None where any can be asked.
    """

    study: Study
    assess: Callable[..., StudyResult]
    draws: int | None = None


def given(workspace: Workspace, study: str | Path | Study) -> Given:
    """A study of a file, of an archive (``.tlz``) that is as it was packed, or as it was read.

    Raises
    ------
    InputError
        If it cannot be read, or its archive is not as it was packed.
    """
    if not isinstance(study, Study) and Path(study).suffix == ".tlz":
        from treadlight.app.lifecycle_archive import opened

        archive = opened(study).checked()
        return Given(archive.study, archive.assessed, archive.manifest["draws"] if archive.answers.estimates else None)
    found = study if isinstance(study, Study) else read_study(study)
    return Given(found, partial(_assess_here, workspace, found))


def inputs_of(study: str | Path | Study) -> tuple[str, ...]:
    """Paths of all files that a study is read from, which nothing that is made of it may replace."""
    if not isinstance(study, Study) and Path(study).suffix == ".tlz":
        return (str(study),)
    found = study if isinstance(study, Study) else read_study(study)
    return tuple(files_of(found))


def assess(
    workspace: Workspace,
    study: str | Path | Study,
    *,
    draws: int | None = None,
    seed: int | None = None,
    parameters: Mapping[str, float] | None = None,
    scenario: str | None = None,
) -> StudyResult:
    """A study assessed with what the workspace holds; draws and seed are the workspace's unless given.

    The library is of the version that the study names, else the workspace's. An archived study (``.tlz``) is assessed
    from what its archive holds, if that is as it was packed.

    Raises
    ------
    InputError
        If the study cannot be read, or something in it cannot be.
    """
    return given(workspace, study).assess(draws=draws, seed=seed, parameters=parameters, scenario=scenario)


def _assess_here(
    workspace: Workspace,
    study: Study,
    *,
    draws: int | None = None,
    seed: int | None = None,
    parameters: Mapping[str, float] | None = None,
    scenario: str | None = None,
) -> StudyResult:
    n, start = workspace.draws if draws is None else draws, workspace.seed if seed is None else seed
    library, estimator, ledger = answering(workspace, study, n, start)
    return assess_study(
        study,
        library,
        ledger=ledger,
        estimator=estimator,
        draws=n,
        seed=start,
        parameters=parameters,
        scenario=scenario,
    )


def answering(workspace: Workspace, study: Study, draws: int, seed: int) -> tuple[Library, StudyEstimator, LedgerSums]:
    """Who answers a study: the library of the version that it names, else the workspace's; estimator and ledger."""
    library = workspace.open_library(study.scope.library) if study.scope.library else workspace.library
    return library, estimator_of(library, draws, seed), ledger_of(workspace)


def ledger_of(workspace: Workspace) -> Callable[[Query], Sequence[GroupSum]]:
    """Sums of the workspace's ledger for the queries of a study; it is opened when the first one asks."""

    def sums(query: Query) -> Sequence[GroupSum]:
        chosen = Filter(
            run=workspace.ledger.run(query.run).id if query.run else None,
            project=query.project,
            team=query.team,
            stage=query.stage,
            since=moment(query.since, "since"),
            until=moment(query.until, "until"),
        )
        return workspace.ledger.sums(chosen)

    return sums


def estimator_of(
    library: Library, draws: int, seed: int
) -> Callable[[Mapping[str, Amount], Location, str], Sequence[Estimated]]:
    """What `treadlight estimate` says, as flows for a study."""

    def estimated(given: Mapping[str, Amount], place: Location, period: str) -> Sequence[Estimated]:
        question, where = _question(library, given, place)
        asked = Estimator(library, draws, seed, period)
        question = asked.surroundings.placed(question)
        answer = asked.answer(question)
        stated = question.known.get("pue") is not None and "pue" not in question.filled
        lines = [line for name, line in answer.lines.items() if stated or name not in _HALL]
        energy = "electricity.facility" if stated else "electricity.it"
        flows = [(energy, np.sum(lines, axis=0))]
        flows.append((f"hardware.accelerator.{answer.accelerator or 'generic'}", answer.device_hours))
        basis = answer.basis if answer.accelerator else f"{answer.basis}; {_GENERIC}"
        return [Estimated(flow, _worlds(found), where, period, question.kind, basis) for flow, found in flows]

    return estimated


def _question(library: Library, given: Mapping[str, Amount], place: Location) -> tuple[Question, Location]:
    """The question that an item asks, and where its electricity is drawn."""
    cells: dict[str, Any] = dict(given)
    kind = str(cells.pop("kind", ""))
    if kind not in KINDS:
        raise InputError("is no kind of estimate", field="kind", value=kind, remedy=f"use {' or '.join(KINDS)}")
    scope = str(cells.pop("scope", "facility"))
    columns = [name for name in columns_of(kind) if name not in (*_STATED, *_PLACE)]
    for name in cells:
        if name not in columns:
            remedy = "give the place by zone, region or site of the item" if name in (*_STATED, *_PLACE) else (
                f"use one of {', '.join(columns)}")  # fmt: skip
            raise InputError("is no input of an estimate in a study", field=name, value=cells[name], remedy=remedy)
    models = models_of(library)
    if cells.get("model"):
        models.find(str(cells["model"]))
    located = {**cells, "zone": place.zone, "region": place.region}
    question = question_of(kind, located, scope, models)
    check_known(question, kind, "give what is known, such as model, params_total_b or hardware")
    return question, place


def _worlds(samples: Array) -> Array:
    """Draws, and their median as the world in which everything stands at its median."""
    return np.append(samples, np.median(samples))
