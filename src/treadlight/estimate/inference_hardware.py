"""Accelerators as estimates of inference see them: bandwidth, peak rates, power, memory."""

import re
from dataclasses import dataclass
from functools import lru_cache

from treadlight.estimate.accelerator import NamedDevice, Trainer, find_trainer, kin_of, middle, trainer_of
from treadlight.library.devices import AcceleratorRow

__all__ = ["Accelerator", "find_accelerator", "served_mixture"]

_LINKED = {
    "h100-sxm5-80gb": 0.24,
    "b200-180gb": 0.16,
    "a100-sxm4-80gb": 0.14,
    "h200-sxm-141gb": 0.11,
    "tpu-v5e": 0.05,
    "instinct-mi300x-192gb": 0.05,
}
_CARDS = {"l40s": 0.05, "geforce-rtx-4090": 0.05, "a10g": 0.04, "l4": 0.04, "tesla-v100-sxm2-32gb": 0.04, "a40": 0.03}
"""Prior where the accelerator is not known: our judgement of what runs models in 2026; no shares are published. Cards
without fast links run what a few of them hold."""

_CARDS_AT_MOST = 4  # of one server, to hold one copy of a model

_SPACED = re.compile(r"(?<=RTX)(?=\d)|(?<=\d{4})(?=ada|ti|super)", re.IGNORECASE)
_BLACKWELL = re.compile(r"\bg?b[123]00|rtx-50|blackwell")
_WORKSTATION = re.compile(
    r"geforce|titan|quadro|radeon-r|workstation|jetson|intel-arc|^m[1-9]\b|^rtx-(?!pro-6000.*server)"
)
_CURRENT = re.compile(r"\bada\b|^l4|rtx-40|^h[128]00|^h20|^gh200|mi3|tpu-v[567]|gaudi3|trainium2")
_IDLE_SHARE = 0.12  # of design power with a model loaded: 46 W of 400 W of an A100, 35 W of 300 W of a V100 (catalogue)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accelerator(NamedDevice):
    """One accelerator with what a roofline needs.

    Parameters
    ----------
    idle_w
        Power with a model loaded and no request [W].
    memory_gb
        Memory [GB].
    bandwidth_bytes_per_s
        Bandwidth of that memory [B/s].
    flops_16, flops_fp8, flops_int8
        Dense peak rates in 16 bits, and in 8 bits of either kind [1/s]; where the device has no such arithmetic, or
        slower, that in 16 bits, to which the weights are unpacked.
    generation
        ``older`` (before Hopper and Ada), ``current``, or ``blackwell``.
    workstation
        Whether such cards stand in workstations and small servers, with few users.
    other fields
        As in `NamedDevice`.
    """

    idle_w: float
    memory_gb: float
    bandwidth_bytes_per_s: float
    flops_16: float
    flops_fp8: float
    flops_int8: float
    generation: str
    workstation: bool


def find_accelerator(name: str, tdp_w: float | None = None) -> Accelerator:
    """The accelerator that `name` means: as drivers print it, as papers shorten it, or by slug.

    Parameters
    ----------
    tdp_w
        Design power [W], where known: it tells the variants of one name apart.

    Raises
    ------
    InputError
        If nothing is called so; the nearest names are offered.
    """
    return _found(_SPACED.sub(" ", name), tdp_w)


@lru_cache(maxsize=256)
def _found(name: str, tdp_w: float | None) -> Accelerator:
    return _described(find_trainer(name, tdp_w))


def served_mixture(weights_gb: float = 0.0) -> tuple[tuple[Accelerator, float], ...]:
    """Accelerators that run models, with their weights in the prior.

    Parameters
    ----------
    weights_gb
        Of the model [GB]: cards of which a server does not hold so much are left out.
    """
    linked, cards = _mixture()
    return (*linked, *((card, w) for card, w in cards if _CARDS_AT_MOST * card.memory_gb >= weights_gb))


@lru_cache(maxsize=1)
def _mixture() -> tuple[tuple[tuple[Accelerator, float], ...], ...]:
    return tuple(
        tuple((_described(trainer_of(slug)), weight) for slug, weight in some.items()) for some in (_LINKED, _CARDS)
    )


def _described(trainer: Trainer) -> Accelerator:
    device, kin = trainer.device, kin_of(trainer.device)
    flops_16 = trainer.peak_tflops * 1e12
    fp8, int8 = middle(row.fp8_tflops for row in kin), middle(row.int8_tops for row in kin)
    memory_gb = device.memory_gb or middle(row.memory_gb for row in kin)
    return Accelerator(
        device=device,
        count=trainer.count,
        tdp_w=trainer.tdp_w,
        tdp_gsd=trainer.tdp_gsd,
        idle_w=min(device.idle_w or _IDLE_SHARE * trainer.tdp_w, 0.4 * trainer.tdp_w),
        memory_gb=memory_gb or 16.0,
        bandwidth_bytes_per_s=trainer.bandwidth_gb_per_s * 1e9,
        flops_16=flops_16,
        flops_fp8=max((fp8 or 0) * 1e12, flops_16),
        flops_int8=max((int8 or 0) * 1e12, flops_16),
        generation=_generation(device),
        workstation=_WORKSTATION.search(device.slug) is not None,
        basis=trainer.basis,
    )


def _generation(device: AcceleratorRow) -> str:
    if _BLACKWELL.search(device.slug):
        return "blackwell"
    return "current" if _CURRENT.search(device.slug) else "older"
