"""Estimates of what was not metered: a question goes to an estimator, and its answer through the library."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import numpy as np

from treadlight.app.estimating_answer import Answer, Estimate, Gain
from treadlight.app.estimating_inputs import (
    Question,
    columns_of,
    inputs_of,
    one_question,
    takes_range,
    times_of,
)
from treadlight.app.estimating_place import Surroundings
from treadlight.assess.draws import Array, quantiles
from treadlight.core.errors import InputError
from treadlight.library.library import Library
from treadlight.library.models import Models
from treadlight.library.tables.models import ModelTableRow

__all__ = ["Estimator", "estimate_inference", "estimate_training", "models_of"]

_STRATA = 10
_TRIED: Mapping[str, Mapping[str, Any]] = {
    "training": {
        "hardware": "H100",
        "params_total_b": 70.0,
        "tokens_b": 2000.0,
        "device_hours": 1e5,
        "pue": 1.2,
    },
    "inference": {
        "hardware": "H100",
        "params_total_b": 70.0,
        "params_active_b": 20.0,
        "precision": "bfloat16",
        "batch": 32.0,
        "n_devices": 2.0,
        "tokens_in": 500.0,
        "tokens_out": 400.0,
        "steps": 30.0,
        "pixels": 1048576.0,
        "guidance_passes": 2.0,
        "audio_s": 30.0,
        "pue": 1.2,
    },
}
"""Inputs whose knowledge may narrow an answer, each with a value to try it by; the value itself is not used."""

_WORTH = 0.93
"""An input is worth knowing if the interval becomes narrower than this share of itself."""


class Estimator:
    """Answers questions under one library, seed and number of draws.

    Parameters
    ----------
    library
        What a kilowatt-hour and a device-hour cost.
    draws, seed
        Of every answer: the same seed gives the same answer, whatever was asked before.
    period
        Year of the grid; empty: the library's.
    """

    def __init__(self, library: Library, draws: int = 1000, seed: int = 0, period: str = "") -> None:
        self.library = library
        self.draws = draws
        self.seed = seed
        self.surroundings = Surroundings(library, draws, seed, period)

    def answer(self, question: Question) -> Answer:
        """What the estimator says of one unit.

        Raises
        ------
        InputError
            If the inputs cannot be, or nothing at all is known.
        """
        single = [n for n in question.ranges if n not in question.known and not takes_range(question.kind, n)]
        if single:
            return self._stratified(question, single)
        return _asked(question, inputs_of(question), self.draws, self.seed)

    def _stratified(self, question: Question, names: Sequence[str]) -> Answer:
        """The answer where sizes are known as a range and the estimator takes single ones: over quantiles of it."""
        sizes = [len(part) for part in np.array_split(np.arange(self.draws), min(_STRATA, self.draws))]
        found = []
        for k, n in enumerate(sizes):
            p = (k + 0.5) / len(sizes)
            values = {name: question.ranges[name].quantile(p) for name in names}
            found.append(_asked(question, inputs_of(question, **values), n, _stratum_seed(self.seed, k)))
        order = np.random.Generator(np.random.Philox(key=_stratum_seed(self.seed, -1))).permutation(self.draws)
        lines = {name: np.concatenate([part.lines[name] for part in found])[order] for name in found[0].lines}
        phases = {name: np.concatenate([part.phases[name] for part in found])[order] for name in found[0].phases}
        hours = np.concatenate([part.device_hours for part in found])[order]
        whole = np.sum(list(lines.values()), axis=0)
        return replace(found[len(found) // 2], energy_kwh=whole, lines=lines, device_hours=hours, phases=phases)

    def estimate(
        self, question: Question, *, count: float = 1.0, unit: str = "", transfer_gb: float = 0.0, network: str = ""
    ) -> Estimate:
        """The answer with its impacts.

        Parameters
        ----------
        count
            How many units.
        unit
            What one is; by default what the question says.
        transfer_gb, network
            Data moved for all units together [GB], and over which network of the library.

        Raises
        ------
        InputError
            If the inputs cannot be, or the library has no such place or network.
        """
        question = self.surroundings.placed(question)
        answer = self.answer(question)
        lines = {name: line * count for name, line in answer.lines.items()}
        hours = answer.device_hours * count
        impacts, network_kwh = self.surroundings.impacts(
            question, answer.accelerator, lines, hours, transfer_gb, network
        )
        default = "training" if question.kind == "training" else str(question.known.get("unit") or "request")
        return Estimate(
            question,
            answer,
            count,
            unit or default,
            lines if network_kwh is None else {**lines, "network": network_kwh},
            hours,
            impacts,
            self._gains(question, answer),
            self.surroundings.name(question),
            _not_counted(question.kind, lines, network_kwh is not None),
            transfer_gb,
            network,
            (self.library.version, self.library.digest),
            self.draws,
            self.seed,
        )

    def _gains(self, question: Question, answer: Answer) -> tuple[Gain, ...]:
        """Unknown inputs whose knowledge would narrow the energy, the most useful first."""
        now = _ratio(answer.energy_kwh)
        found = []
        for name, value in _TRIED[question.kind].items():
            if name in question.known or not _open(name, question, answer):
                continue
            spread = question.ranges.get(name)
            tried = {**question.known, name: value if spread is None else spread.median}
            try:
                known = _ratio(self.answer(replace(question, known=tried)).energy_kwh)
            except InputError:  # the value to try does not fit the rest
                continue
            if known < 1 + (now - 1) * _WORTH:
                found.append(Gain(name, now, known))
        return tuple(sorted(found, key=lambda gain: gain.known))


def _asked(question: Question, inputs: Any, draws: int, seed: int) -> Answer:
    if question.kind == "training":
        from treadlight.estimate.training import estimate_training as training

        trained = training(inputs, question.scope, draws, seed)
        energy_kwh, lines = trained.energy_kwh, dict(trained.lines)
        phases: dict[str, Array] = {}
        slug, hours, basis, assumed = trained.accelerator_slug, trained.device_hours, trained.basis, trained.assumed
    else:
        from treadlight.estimate.inference import estimate_inference as inference

        served = inference(inputs, question.scope, draws, seed)
        energy_kwh, lines = served.wh / 1000, {name: line / 1000 for name, line in served.lines.items()}
        phases = {name: phase / 1000 for name, phase in served.phases.items()}
        slug, hours, basis, assumed = served.accelerator_slug, served.device_hours, served.basis, served.assumed
    whole = "; ".join([basis, *_filled(question), *question.remarks])
    return Answer(energy_kwh, lines, hours, slug or "", whole, tuple(assumed), phases)


def _open(name: str, question: Question, answer: Answer) -> bool:
    """Whether an input that is not known enters the answer."""
    if name == "pue":
        return "overhead" in answer.lines
    if question.kind == "inference":
        return name in answer.assumed
    told = {"device_hours", "wall_hours"} & set(question.known)
    return name == "hardware" or not (told or (name != "device_hours" and "total_flops" in question.known))


def _not_counted(kind: str, lines: Mapping[str, Array], moved: bool) -> tuple[str, ...]:
    """What an answer leaves out."""
    notes = ["the making of the servers around the accelerators, and of the building"]
    if "host" not in lines:
        notes.append("processors, memory and fans of the nodes (outside the scope)")
    if "overhead" not in lines:
        notes.append("cooling and power conversion of the hall (outside the scope)")
    if kind == "training":
        unsaid = {"idle": "accelerators held idle (--idle-hours)"}
        if "host" in lines:
            unsaid["storage"] = "storage of data and checkpoints (--storage-tb-months)"
        notes += [f"{what}: unknown" for name, what in unsaid.items() if name not in lines]
        if not moved:
            notes.append("data moved into and out of the hall (--transfer-gb): unknown")
    return tuple(notes)


def _ratio(samples: Array) -> float:
    p05, p95 = quantiles(samples, (0.05, 0.95))
    return p95 / p05 if p05 > 0 else float("inf")


def _filled(question: Question) -> list[str]:
    """Which inputs were filled in, and from what, in words."""
    by_origin: dict[str, list[str]] = {}
    for name, origin in question.filled.items():
        spread = question.ranges.get(name)
        size = f" {_three(spread.quantile(0.05))}–{_three(spread.quantile(0.95))} (others' estimate)" if spread else ""
        by_origin.setdefault(origin, []).append(f"{name}{size}")
    return [f"{', '.join(names)} of {origin} from the library" for origin, names in by_origin.items()]


def _three(value: float) -> str:
    """A figure with three digits, without exponent where it is of human size."""
    return f"{float(f'{value:.3g}'):g}"


def _stratum_seed(seed: int, k: int) -> int:
    return int.from_bytes(blake2b(f"{seed}\0stratum {k}".encode(), digest_size=4).digest(), "big")


def models_of(library: Library) -> Models:
    """The models of a library, those of its overlays among them."""
    return Models(row for row in library.rows("models") if isinstance(row, ModelTableRow))


def estimate_training(
    *, scope: str = "facility", model: str = "", draws: int = 1000, seed: int = 0, **known: Any
) -> Estimate:
    """Energy and impacts of a training that was not metered.

    Parameters
    ----------
    scope
        ``gpu_only``, ``gpu_pue``, ``it`` or ``facility``.
    model
        A model of the library, which gives what is not stated.
    **known
        Columns of ``treadlight estimate training --csv``: params_total_b, tokens_b, hardware, device_hours, zone, …

    Raises
    ------
    InputError
        For a value that cannot be, or a name that is no input.
    """
    return _estimated("training", scope, model, draws, seed, known)


def estimate_inference(
    *, scope: str = "facility", model: str = "", count: float = 1.0, draws: int = 1000, seed: int = 0, **known: Any
) -> Estimate:
    """Energy and impacts of `count` requests, images or videos that were not metered.

    Parameters are those of `estimate_training`, and the columns of ``treadlight estimate inference --csv``: tokens_in,
    tokens_out, batch, precision, hardware, pixels, steps, …
    """
    return _estimated("inference", scope, model, draws, seed, known, count)


def _estimated(
    kind: str, scope: str, model: str, draws: int, seed: int, known: Mapping[str, Any], count: float = 1.0
) -> Estimate:
    columns = columns_of(kind)
    for name in known:
        if name not in columns:
            raise InputError("is no input", field=name, value=known[name], remedy=f"use {', '.join(columns)}")
    times = times_of(count)
    _check_draws(draws, seed)
    library = Library.load()
    models = models_of(library) if model else Models(())
    remedy = "give what you know, such as model, params_total_b or hardware"
    asked = {**known, "model": model}
    question = one_question(kind, asked, scope, models, field=f"estimate_{kind}", remedy=remedy)
    return Estimator(library, draws, seed).estimate(question, count=times)


def _check_draws(draws: object, seed: object) -> None:
    if isinstance(draws, bool) or not isinstance(draws, int | np.integer) or draws < 1:
        raise InputError(
            "is no number of draws", field="draws", value=draws, remedy="give a whole number, such as 1000"
        )
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise InputError("is no seed", field="seed", value=seed, remedy="give a whole number, such as 0")
