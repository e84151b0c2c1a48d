"""Accelerators as estimates of training see them: what a name means, its peak rate in training, and its power."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from itertools import chain
from statistics import median

from treadlight.core.errors import InputError
from treadlight.estimate.priors import find_prior, priors
from treadlight.library.catalogue import accelerators, recognise_accelerator
from treadlight.library.devices import AcceleratorRow
from treadlight.library.loader import read_table
from treadlight.library.names import accelerator_key
from treadlight.library.tables.accelerators import AcceleratorTableRow

__all__ = ["NamedDevice", "Trainer", "find_trainer", "kin_of", "middle", "near_names", "trainer_of"]

_COUNT = re.compile(r"^\s*(\d{1,6})\s*(?:x|×|\*)\s+(?=\S)|^\s*(\d{1,6})(?:x|×)(?=[a-z])", re.IGNORECASE)
_TPU = re.compile(r"\btpu[\s_-]*v?(\d)([a-z]?)(?:[\s_-]+\d+)?\b", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_ALIKE = str.maketrans("oil", "011")  # letters written for digits
_USUAL_BALANCE = 0.2  # TFLOPS per GB/s
_EXPONENT = 0.38  # of power over peak rate, as the prior power_per_tflops says


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedDevice:
    """One accelerator that a name means.

    Parameters
    ----------
    device
        The row of the catalogue.
    count
        How many the name itself speaks of (``8x H100``); None where it does not.
    tdp_w, tdp_gsd
        Design power [W] and the geometric standard deviation of the true one about it.
    basis
        How the name was understood, in one line; empty where it is listed as it stands.
    """

    device: AcceleratorRow
    count: int | None
    tdp_w: float
    tdp_gsd: float
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trainer(NamedDevice):
    """One accelerator, with what an estimate of training needs.

    Parameters
    ----------
    peak_tflops
        Dense peak rate in the precision training uses: 16 bits on matrix units, 32 bits where there are none.
    peak_8_bit_tflops, peak_32_bit_tflops
        Dense peak rates in 8 and in 32 bits; None where none is listed.
    brain_floats
        Whether a rate in bfloat16 is listed.
    bandwidth_gb_per_s
        Bandwidth of the device's memory.
    other fields
        As in `NamedDevice`.
    """

    peak_tflops: float
    peak_8_bit_tflops: float | None
    peak_32_bit_tflops: float | None
    brain_floats: bool
    bandwidth_gb_per_s: float

    @property
    def has_matrix_units(self) -> bool:
        """Whether 16 bits run faster than 32."""
        return self.peak_32_bit_tflops is None or self.peak_tflops > self.peak_32_bit_tflops

    @property
    def is_tpu(self) -> bool:
        """Whether it is one of Google's."""
        return self.device.vendor == "Google"


def find_trainer(name: str, tdp_w: float | None = None) -> Trainer:
    """The accelerator that a name in a paper, a driver or a table means.

    Parameters
    ----------
    name
        ``H100``, ``A100-80GB``, ``TPUv4``, ``8x H100``, ``NVIDIA A100-SXM4-80GB``, or a slug.
    tdp_w
        Design power [W], where known: it tells the variants of one name apart.

    Raises
    ------
    InputError
        If nothing is called so; the nearest names are offered.

    Notes
    -----
    A name that several cards share means the one of the maker's own servers, which has the highest power.
    """
    return _found(" ".join(name.split()), tdp_w)


@lru_cache(maxsize=512)
def near_names(name: str) -> tuple[str, ...]:
    """Up to three names of listed accelerators that a misspelt one may mean, the likeliest first."""
    keys = {_key(row.name): row.name for row in _models()}
    short = {word: word.upper() for key in keys if (word := key.partition(" ")[0]) and _DIGIT.search(word)}
    words = _key(_COUNT.sub("", name))
    alike = words.translate(_ALIKE)
    near = chain(
        (short[word] for word in alike.split() if word in short and alike != words),
        (short[found] for found in get_close_matches(words, short, n=2, cutoff=0.6)),
        (keys[found] for found in get_close_matches(words, keys, n=3, cutoff=0.5)),
    )
    return tuple(dict.fromkeys(near))[:3]


@lru_cache(maxsize=512)
def _found(name: str, tdp_w: float | None) -> Trainer:
    counted = _COUNT.match(name)
    count = int(counted[1] or counted[2]) if counted else None
    bare = _TPU.sub(_tpu_name, name[counted.end() :] if counted else name)
    key = _key(bare)
    exact = [row for row in _models() if key in (_key(row.name), row.slug) or bare.lower() == row.slug]
    variants = exact or [row for row in _models() if key and set(key.split()) <= set(_key(row.name).split())]
    if variants:
        row = min(variants, key=lambda variant: _distance(variant, tdp_w))
        basis = "" if len(variants) == 1 else f"{name} taken as {row.name}, one of {len(variants)} variants"
        return _trainer(_device(row.slug), count, basis)
    match = recognise_accelerator(bare)
    if match.row is None or match.row.kind in ("vendor", "generic"):
        raise _unknown(name)
    return _trainer(match.row, count, match.detail)


def trainer_of(slug: str) -> Trainer:
    """The accelerator with this slug."""
    return _of_slug(slug)


@lru_cache(maxsize=64)
def _of_slug(slug: str) -> Trainer:
    return _trainer(_device(slug), None, "")


def _tpu_name(match: re.Match[str]) -> str:
    return f"TPU v{match[1]}{match[2].lower()}"


def _key(name: str) -> str:
    """Normal form in which every generation of the module connector has one name."""
    text = re.sub(r"\bsxm\d?\b", "sxm", accelerator_key(re.sub(r"\(.*?\)", " ", name)))
    return " ".join(re.sub(r"\bhbm\d?e?\b|\bsuperchip\b", " ", text).split())


def _distance(row: AcceleratorTableRow, tdp_w: float | None) -> tuple[float, float, float]:
    """How far a variant is from what is meant: by power where that is known, else the strongest."""
    power = row.tdp_w or 0.0
    return (0.0 if tdp_w is None else abs(power - tdp_w), -power, -(row.memory_gb or 0.0))


def _trainer(device: AcceleratorRow, count: int | None, basis: str) -> Trainer:
    kin = kin_of(device)
    peak_tflops = middle(_training_tflops(row) for row in kin)
    tdp_w, gsd = _power(device, peak_tflops)
    if peak_tflops is None:
        peak_tflops = find_prior("tflops_of_unknown").median * tdp_w
    return Trainer(
        device=device,
        count=count,
        tdp_w=tdp_w,
        tdp_gsd=gsd,
        basis=basis,
        peak_tflops=peak_tflops,
        peak_8_bit_tflops=_narrow_tflops(kin, peak_tflops),
        peak_32_bit_tflops=middle(row.fp32_tflops for row in kin),
        brain_floats=any(row.bf16_tflops is not None for row in kin),
        bandwidth_gb_per_s=middle(row.bandwidth_gb_per_s for row in kin) or peak_tflops / _USUAL_BALANCE,
    )


def kin_of(device: AcceleratorRow) -> Sequence[AcceleratorTableRow]:
    """The device's own row of the table; the models of the family where it stands for one."""
    if device.kind != "family":
        return (_table()[device.slug],)
    return tuple(row for row in _models() if row.family and row.family == device.family)


def _narrow_tflops(kin: Sequence[AcceleratorTableRow], peak_tflops: float) -> float | None:
    """Rate in 8 bits; where it is listed only of others with the same die, as much above 16 bits as theirs."""
    listed = middle(row.fp8_tflops for row in kin)
    if listed is not None:
        return listed
    dies = {(row.family, row.die_mm2) for row in kin if row.family and row.die_mm2 is not None}
    others = ((row.fp8_tflops, row.bf16_tflops) for row in _models() if (row.family, row.die_mm2) in dies)
    ratio = middle(narrow / wide for narrow, wide in others if narrow is not None and wide is not None)
    return None if ratio is None else ratio * peak_tflops


def middle(values: Iterable[float | None]) -> float | None:
    """The median of those that are known; None where none is."""
    known = [value for value in values if value is not None]
    return float(median(known)) if known else None


def _power(device: AcceleratorRow, peak_tflops: float | None) -> tuple[float, float]:
    known = priors().get(f"tpu_power_{device.slug}")
    if known is not None:
        return known.median, known.gsd
    if device.tdp_w is not None:
        return device.tdp_w, device.tdp_gsd
    prior = find_prior("power_per_tflops")
    return prior.median * (peak_tflops or 100.0) ** _EXPONENT, prior.gsd


def _training_tflops(row: AcceleratorTableRow) -> float | None:
    """Rate of matrix units in 16 bits; of plain arithmetic in 32 bits where the card has none."""
    half, single = row.fp16_tflops, row.fp32_tflops
    if row.bf16_tflops is not None or half is None or single is None:
        return row.bf16_tflops or half or single
    return half if half > 2.5 * single else single  # at most twice: packed halves, which mixed precision hardly uses


def _unknown(name: str) -> InputError:
    offered = ", ".join(near_names(name))
    otherwise = "leave hardware empty and give tdp_w if you know it"
    remedy = f"did you mean {offered}? If it is none of them, {otherwise}" if offered else otherwise
    return InputError("no such accelerator", field="hardware", value=name, remedy=remedy)


@lru_cache(maxsize=1)
def _table() -> dict[str, AcceleratorTableRow]:
    return {row.slug: row for row in read_table("accelerators") if isinstance(row, AcceleratorTableRow)}


@lru_cache(maxsize=1)
def _models() -> tuple[AcceleratorTableRow, ...]:
    return tuple(row for row in _table().values() if row.kind == "model")


@lru_cache(maxsize=1)
def _devices() -> dict[str, AcceleratorRow]:
    return {row.slug: row for row in accelerators()}


def _device(slug: str) -> AcceleratorRow:
    return _devices()[slug]
