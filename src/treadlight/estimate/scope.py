"""What an answer includes: accelerators, the rest of their nodes, and the hall around them.

===========  ==========================================
scope        lines
===========  ==========================================
gpu_only     accelerators
gpu_pue      accelerators, overhead
it           accelerators, host
facility     accelerators, host, overhead
===========  ==========================================
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from treadlight.core.errors import InputError
from treadlight.estimate.priors import find_prior, priors
from treadlight.estimate.sampling import Array, generator, kept, normals
from treadlight.estimate.training_fit import Fit, host_ratio, shipped_fit
from treadlight.library.devices import AcceleratorRow

__all__ = ["SCOPES", "check_pue", "check_scope", "host_class", "includes_host", "includes_overhead", "scope_lines"]

SCOPES = ("gpu_only", "gpu_pue", "it", "facility")

_DESKTOP = ("geforce", "radeon-rx", "titan", "intel-arc", "quadro", "rtx-a")
_SUPERCHIPS = ("gh200-superchip", "instinct-mi300a")


def check_scope(scope: str) -> str:
    """`scope`, if it is one.

    Raises
    ------
    InputError
        If it is none.
    """
    if scope not in SCOPES:
        raise InputError("is no scope", field="scope", value=scope, remedy=f"use one of {', '.join(SCOPES)}")
    return scope


def check_pue(pue: float) -> float:
    """`pue`, if it can be one.

    Raises
    ------
    InputError
        If it is below 1, above 5 or no number.
    """
    if not 1 <= pue <= 5:
        remedy = "give energy of the hall over energy of its computers, 1 to 5"
        raise InputError("is no power usage effectiveness", field="pue", value=pue, remedy=remedy)
    return pue


def includes_host(scope: str) -> bool:
    """Whether whole nodes are counted."""
    return scope in ("it", "facility")


def includes_overhead(scope: str) -> bool:
    """Whether cooling and power distribution of the hall are counted."""
    return scope in ("gpu_pue", "facility")


def scope_lines(
    accelerator_kwh: Array,
    device_hours: Array,
    device: AcceleratorRow | None,
    scope: str,
    pue: float | None,
    seed: int,
    cause: str,
    *,
    host: Fit | None = None,
) -> dict[str, Array]:
    """Lines of energy that add up to the answer [kWh].

    Parameters
    ----------
    accelerator_kwh
        Energy of the accelerators alone [kWh], shape (n,).
    device_hours
        Hours that one accelerator was held for the work, summed over accelerators [h], shape (n,): hosts draw power all
        of that time.
    device
        The accelerator; None where it is not known.
    scope
        One of `SCOPES`.
    pue
        Power usage effectiveness; None samples the prior.
    seed, cause
        Of the draws: equal ones share them, whatever the scope.
    host
        Coefficients of host power; those shipped by default.

    Returns
    -------
    dict
        ``accelerators``; with ``it`` and ``facility`` also ``host`` (processors, memory, fans, network cards, storage
        and power supplies of the nodes); with ``gpu_pue`` and ``facility`` also ``overhead``.

    Raises
    ------
    InputError
        If `scope` or `pue` cannot be.

    Notes
    -----
    Host: :math:`E_h = h \\, r P` with P the accelerator's design power [W] and r fitted to measured nodes; where the
    accelerator is not known, a share of the accelerators' energy. Overhead: :math:`(PUE - 1) \\sum E`.
    """
    check_scope(scope)
    known = None if pue is None else check_pue(pue) - 1
    drawn = _drawn(device, host or shipped_fit().host, len(accelerator_kwh), seed, cause)
    lines = {"accelerators": accelerator_kwh}
    if includes_host(scope):
        lines["host"] = drawn.host_kwh(accelerator_kwh, device_hours)
    if includes_overhead(scope):
        lines["overhead"] = (drawn.overhead if known is None else known) * np.sum(list(lines.values()), axis=0)
    return lines


def host_class(device: AcceleratorRow | None) -> str:
    """Kind of node a device stands in: ``server``, ``tpu``, ``desktop``, ``superchip``, ``soc`` or ``unknown``."""
    if device is None or device.kind == "generic":
        return "unknown"
    if device.vendor in ("Google", "Apple"):
        return "tpu" if device.vendor == "Google" else "soc"
    if device.slug.startswith("jetson"):
        return "soc"
    if device.slug.startswith(_DESKTOP):
        return "desktop"
    return "superchip" if device.slug in _SUPERCHIPS else "server"


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Draws of what comes to the accelerators, shape (n,).

    Parameters
    ----------
    host
        Of their hosts: power beside one accelerator [W] where `by_hours`, else energy over that of the accelerators.
    overhead
        Energy of the hall over that of its machines, less 1.
    """

    host: Array
    by_hours: bool
    overhead: Array

    def host_kwh(self, accelerator_kwh: Array, device_hours: Array) -> Array:
        """Energy of the hosts [kWh]."""
        return self.host * device_hours / 1000 if self.by_hours else self.host * accelerator_kwh


@lru_cache(maxsize=64)
def _drawn(device: AcceleratorRow | None, host: Fit, n: int, seed: int, cause: str) -> _Drawn:
    """Host and overhead of one cause, both drawn whatever the scope; rows of a table share them."""
    rng = generator(seed, cause)
    drawn, by_hours = _host(device, rng, n, host)
    return _Drawn(kept(drawn), by_hours, kept(find_prior("pue_overhead").draw(rng, n)))


def _host(device: AcceleratorRow | None, rng: np.random.Generator, n: int, host: Fit) -> tuple[Array, bool]:
    """Power of the host of one accelerator [W], and true; where it is not known, its energy over theirs, and false."""
    kind, power_w = host_class(device), _design_power_w(device)
    if device is None or power_w is None or kind == "unknown":
        return find_prior("host_unknown_per_energy").draw(rng, n), False
    if kind in ("server", "tpu"):
        ratio = host_ratio(host.draw(rng, n), device.slug, tpu=kind == "tpu")
        spread = np.exp(host.log_sd * normals(rng, n))
        return ratio * spread * power_w, True
    fixed_w = find_prior("host_desktop_fixed_w").median if kind == "desktop" else 0.0
    prior = find_prior(f"host_{kind}_per_tdp")
    return prior.draw(rng, n) / prior.median * (fixed_w + prior.median * power_w), True


def _design_power_w(device: AcceleratorRow | None) -> float | None:
    if device is None:
        return None
    known = priors().get(f"tpu_power_{device.slug}")
    return known.median if known else device.tdp_w
