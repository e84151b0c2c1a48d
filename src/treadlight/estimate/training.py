"""Training that nobody metered: device-hours and energy from whatever is known about the run.

Routes, the most trusted first: power read x hours; hours x design power x fitted share of it; operations over peak rate
and fitted utilisation; and the last with priors for what is not known. ``docs/methodology/estimate-training.md`` has
the equations, their fit, and where they fail.
"""

from dataclasses import dataclass, replace

import numpy as np

from treadlight.core.errors import InputError
from treadlight.estimate.priors import find_prior
from treadlight.estimate.sampling import Array, shocks
from treadlight.estimate.scope import check_scope, includes_host, includes_overhead, scope_lines
from treadlight.estimate.training_fit import MFU, TrainingFit, log_mfu, log_power_share, shipped_fit
from treadlight.estimate.training_hardware import Hardware, hardware_of
from treadlight.estimate.training_inputs import Kind, TrainingInputs
from treadlight.estimate.training_precision import precision_name, speed_of
from treadlight.estimate.training_work import Size, size_of, work_flops

__all__ = ["TrainingEstimate", "TrainingInputs", "estimate_training"]

_DISAGREE = 0.05
_MFU_MOST = 0.95  # of the peak rate of the precision
_HOURS_MONTH = 365.25 * 24 / 12


@dataclass(frozen=True, slots=True)
class TrainingEstimate:
    """What a training run took.

    Parameters
    ----------
    device_hours
        Hours of one accelerator, summed over accelerators [h], shape (n,); with the idle ones that were given.
    lines
        Energy by part [kWh], each of shape (n,): accelerators, host, overhead, as the scope includes them; ``idle`` and
        ``storage`` where they were given.
    accelerator_slug
        The accelerator as the library calls it; None where it is not known.
    basis
        The route in one line, with the inputs that were sampled from priors.
    assumed
        What was assumed, one line each.
    """

    device_hours: Array
    lines: dict[str, Array]
    accelerator_slug: str | None
    basis: str
    assumed: tuple[str, ...]

    @property
    def energy_kwh(self) -> Array:
        """Energy within the scope [kWh], shape (n,): the sum of the lines."""
        total: Array = np.sum(list(self.lines.values()), axis=0)
        return total


def estimate_training(
    inputs: TrainingInputs,
    scope: str = "facility",
    draws: int = 1000,
    seed: int = 0,
    *,
    fit: TrainingFit | None = None,
) -> TrainingEstimate:
    """Device-hours [h] and energy [kWh] of a training run, as draws.

    Parameters
    ----------
    inputs
        What is known.
    scope
        ``gpu_only``, ``gpu_pue``, ``it`` or ``facility``.
    draws, seed
        Number of draws, and the seed: equal seeds give equal draws, and two runs with one seed share their causes.
    fit
        Coefficients; those shipped by default.

    Raises
    ------
    InputError
        If there is nothing to estimate from.

    Notes
    -----
    Hours: :math:`h = F / (u \\, P_{peak})`, with operations F (:math:`6 N D` for N active parameters and D tokens) and
    utilisation u. Energy of the accelerators: :math:`E = h \\, a \\, P_{design}`. Both u and a are fitted; see
    `log_mfu` and `log_power_share`.
    """
    check_scope(scope)
    run = _Run(inputs, scope, draws, seed, fit or shipped_fit())
    return run.estimate()


class _Run:
    """One question: what is known, and what was assumed on the way."""

    def __init__(self, inputs: TrainingInputs, scope: str, n: int, seed: int, fit: TrainingFit) -> None:
        trainer = inputs.trainer()
        self.assumed: list[str] = []
        if trainer is not None and trainer.count is not None:
            inputs = self._counted(inputs, trainer.count)
        self.inputs, self.scope, self.n, self.seed, self.fit = inputs, scope, n, seed, fit
        self.kind: Kind = inputs.kind()
        if trainer is None and inputs.hardware and inputs.hardware.strip():
            self.assumed.append(f"{inputs.hardware} is not listed: its tdp_w is used")
        self.hardware: Hardware = hardware_of(inputs, trainer, fit.accelerators, fit.years, n, seed)
        self.assumed.extend(self.hardware.notes)
        if not self.kind.known:
            self.assumed.append(f"architecture {inputs.architecture!r} is not known: taken as dense")

    def estimate(self) -> TrainingEstimate:
        """The answer."""
        hours = self._known_hours()
        peak_flops = None if hours is None else hours * 3600 * self.hardware.peak_tflops * 1e12
        self._refuse_nothing(hours)
        size = size_of(self.inputs, self.kind, self.fit, self.hardware.year, self.seed, peak_flops)
        if hours is not None:
            route = "device-hours"
            self._check_utilisation(size, peak_flops)
        elif self._has_work():
            route = "operations / (peak rate x utilisation)"
            hours = self._computed_hours(size)
        else:
            route = "devices x assumed duration"
            hours = self._assumed_hours()
        hours = hours * self._multiplier()
        lines, power_route = self._lines(hours, size)
        slug = self.hardware.device.slug if self.hardware.device else None
        hours = hours + (self.inputs.idle_hours or 0.0)
        return TrainingEstimate(hours, lines, slug, self._basis(route, power_route), tuple(self.assumed))

    def _counted(self, inputs: TrainingInputs, count: int) -> TrainingInputs:
        if inputs.n_devices is None:
            self.assumed.append(f"{count} devices, as the name of the hardware says")
            return replace(inputs, n_devices=float(count))
        if inputs.n_devices != count:
            self.assumed.append(f"n_devices {inputs.n_devices:g} taken for all devices, {count} for one node")
        return inputs

    def _known_hours(self) -> Array | None:
        given, n_devices, wall = self.inputs.device_hours, self.inputs.n_devices, self.inputs.wall_hours
        product = None if n_devices is None or wall is None else n_devices * wall
        if given is not None and product is not None and abs(product / given - 1) > _DISAGREE:
            self.assumed.append(
                f"device_hours {given:g} taken, though n_devices x wall_hours gives {product:g}: they contradict"
            )
        known = given if given is not None else product
        return None if known is None else np.full(self.n, float(known))

    def _has_work(self) -> bool:
        given = self.inputs
        known = (given.total_flops, given.tokens_b, given.samples_m, given.params_total_b, given.params_active_b)
        return any(value is not None for value in known)

    def _refuse_nothing(self, hours: Array | None) -> None:
        if hours is None and not self._has_work() and self.inputs.n_devices is None:
            raise InputError(
                "nothing to estimate from",
                field="device_hours",
                remedy="give device_hours, n_devices and wall_hours, total_flops, or params_total_b and tokens_b",
            )

    def _computed_hours(self, size: Size) -> Array:
        self.assumed.extend(size.notes)
        flops, notes = work_flops(self.inputs, self.kind, size, self.fit, self.hardware.year, self.seed)
        self.assumed.extend(notes)
        hours: Array = flops / (self._mfu(size) * self.hardware.peak_tflops * 1e12 * 3600)
        n_devices, wall = self.inputs.n_devices, self.inputs.wall_hours
        if wall is not None and n_devices is None:
            self.assumed.append("wall_hours not used: the number of devices is not known")
        return hours

    def _mfu(self, size: Size) -> Array:
        """Utilisation: the fitted mean, the spread between families, and what makes special work slower or faster."""
        fit, n = self.fit.mfu, self.n
        coefficients = fit.draws(n, self.seed, "training:mfu").copy()
        steepness = MFU.index("steepness")
        coefficients[steepness] = np.minimum(coefficients[steepness], 1.0)  # a larger model takes no less time
        value = log_mfu(
            coefficients,
            peak_tflops=self.hardware.peak_tflops,
            bandwidth_gb_per_s=self.hardware.bandwidth_gb_per_s,
            params_b=size.filling_b,
            moe=float(self.kind.moe),
            counted=float(self.inputs.total_flops is not None),
            n_devices=self.inputs.n_devices or 1.0,
        )
        value = value + fit.log_sd * shocks(self.seed, "training:mfu-family", n)
        by_pixels = self.kind.pictures and self.inputs.tokens_b is None and self.inputs.total_flops is None
        for name in ("lora", "finetune", "recurrent", "vision"):
            if getattr(self.kind, name) and not (name == "finetune" and self.kind.lora):
                prior = find_prior("mfu_pictures" if name == "vision" and by_pixels else f"mfu_{name}")
                value = value + np.log(prior.draws(n, self.seed, f"training:mfu-{name}"))
        if self.kind.encoder and not self.kind.finetune:
            value = value + self._encoder_shock()
        desktop = find_prior("mfu_desktop").draws(n, self.seed, "training:mfu-desktop")
        value = value + np.where(self.hardware.desktop, np.log(desktop), 0.0)
        speed, ratio, notes = speed_of(precision_name(self.inputs.precision), self.hardware.ratios, self.seed)
        self.assumed.extend(notes)
        mfu: Array = np.minimum(np.exp(value) * speed, _MFU_MOST / ratio)
        return mfu

    def _encoder_shock(self) -> Array:
        """Encoders of 2018 to 2020 used little of their cards: logarithm of their utilisation over that of others."""
        early, later = (
            find_prior(name).draws(self.n, self.seed, "training:mfu-encoder")
            for name in ("mfu_encoder_early", "mfu_encoder")
        )
        shock: Array = np.log(np.where(self.hardware.early, early, later))
        return shock

    def _assumed_hours(self) -> Array:
        prior = find_prior("wall_hours")
        self.assumed.append(f"duration not known: median {prior.median:g} h, a factor of {prior.gsd**1.645:.0f} wide")
        wall = prior.draws(self.n, self.seed, "training:wall-hours")
        return wall * float(self.inputs.n_devices or 1)

    def _multiplier(self) -> float:
        given = self.inputs.experiments_multiplier
        if given is None:
            self.assumed.append("experiments and failed runs are not counted: experiments_multiplier is 1")
            return 1.0
        self.assumed.append(f"experiments and failed runs: {given:g} times the final run")
        return float(given)

    def _lines(self, hours: Array, size: Size) -> tuple[dict[str, Array], str]:
        """Energy by part, and how its power was found."""
        if self.inputs.pue is None and includes_overhead(self.scope):
            self.assumed.append(f"PUE not known: sampled, median {1 + find_prior('pue_overhead').median:.4g}")
        power_w, read_w = self._modelled_power(size), self.inputs.avg_power_w
        if read_w is None:
            return self._scoped(self._nodes(power_w, hours), hours), "design power x fitted share"
        known_w = read_w * find_prior("reading_error").draws(self.n, self.seed, "training:reading")
        if self.inputs.avg_power_scope != "node":
            return self._scoped(self._nodes(known_w, hours), hours), "power read at the accelerators"
        note = f"avg_power_w {read_w:g} W is taken for a device's share of its node, host included"
        self.assumed.append(note)
        nodes = self._nodes(power_w, hours)
        scale = known_w * hours / 1000 / (nodes["accelerators"] + nodes["host"])
        return self._scoped({name: line * scale for name, line in nodes.items()}, hours), "power read at the nodes"

    def _nodes(self, power_w: Array, hours: Array) -> dict[str, Array]:
        """Accelerators, host and overhead of busy hours [kWh], whatever the scope: scopes share their draws."""
        kwh, cause = power_w * hours / 1000, "training:scope"
        device, pue, host = self.hardware.device, self.inputs.pue, self.fit.host
        return scope_lines(kwh, hours, device, "facility", pue, self.seed, cause, host=host)

    def _scoped(self, nodes: dict[str, Array], hours: Array) -> dict[str, Array]:
        """Lines of the scope; idle accelerators and drives where they were given."""
        overhead = nodes["overhead"] / (nodes["accelerators"] + nodes["host"])
        idle_hours = self._idle_hours()
        lines = {"accelerators": nodes["accelerators"]}
        if idle_hours is not None:
            share = find_prior("idle_per_tdp").draws(self.n, self.seed, "training:idle")
            lines["idle"] = share * self.hardware.design_power_w * idle_hours / 1000
        if includes_host(self.scope):
            lines["host"] = nodes["host"] * (1 + (idle_hours or 0.0) / hours)
            lines |= self._storage()
        elif self.inputs.storage_tb_months:
            self.assumed.append(f"storage is outside of the scope {self.scope}: not counted")
        if includes_overhead(self.scope):
            lines["overhead"] = overhead * np.sum(list(lines.values()), axis=0)
        return lines

    def _idle_hours(self) -> float | None:
        if self.inputs.idle_hours is None:
            self.assumed.append("accelerators held idle are not counted: idle_hours is not known")
        return self.inputs.idle_hours

    def _storage(self) -> dict[str, Array]:
        """Drives that keep data and checkpoints [kWh]; unknown, not nothing, where nobody says how much is kept."""
        kept = self.inputs.storage_tb_months
        if kept is None:
            return {}
        power = find_prior("storage_w_per_tb").draws(self.n, self.seed, "training:storage")
        return {"storage": power * kept * _HOURS_MONTH / 1000}

    def _modelled_power(self, size: Size) -> Array:
        fit = self.fit.power
        share = log_power_share(
            fit.draws(self.n, self.seed, "training:power"), params_b=size.active_b, tpu=self.hardware.tpu
        )
        share = share + fit.log_sd * shocks(self.seed, "training:power-family", self.n)
        if self.inputs.avg_power_w is None and not self._has_size():
            note = next(iter(size.notes), "")
            if note and note not in self.assumed:
                self.assumed.append(note)
        power_w: Array = np.minimum(np.exp(share), 1.05) * self.hardware.design_power_w
        return power_w

    def _has_amount(self) -> bool:
        """Whether it is known how much was trained."""
        return any(x is not None for x in (self.inputs.tokens_b, self.inputs.total_flops, self.inputs.samples_m))

    def _has_size(self) -> bool:
        return self.inputs.params_active_b is not None or self.inputs.params_total_b is not None

    def _check_utilisation(self, size: Size, peak_flops: Array | None) -> None:
        """Say so where operations and hours given contradict each other."""
        inputs = self.inputs
        known = inputs.total_flops is not None or (inputs.tokens_b is not None and self._has_size())
        if peak_flops is None or not known or self.hardware.device is None:
            return
        flops, _ = work_flops(inputs, self.kind, size, self.fit, self.hardware.year, self.seed)
        used = float(np.median(flops / peak_flops))
        if not 0.01 < used < 0.9:
            self.assumed.append(
                f"operations over hours would be {used:.2g} of the peak rate, which no training reaches or wastes: "
                "hours taken"
            )

    def _basis(self, route: str, power_route: str) -> str:
        inputs = self.inputs
        unknown = [
            ("hardware", self.hardware.device is None and inputs.avg_power_w is None),
            ("parameters", not self._has_size()),
            ("tokens", route.startswith("operations") and not self._has_amount()),
            ("precision", any(line.startswith("precision not known") for line in self.assumed)),
            ("PUE", inputs.pue is None and self.scope in ("gpu_pue", "facility")),
        ]
        sampled = [name for name, missing in unknown if missing]
        line = f"{route}; {power_route}"
        return f"{line}; sampled from priors: {', '.join(sampled)}" if sampled else line
