"""What somebody may know about a training run; nothing of it is required, and what cannot be true is refused."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

from treadlight.core.errors import InputError
from treadlight.estimate.accelerator import Trainer, find_trainer, near_names
from treadlight.estimate.scope import check_pue
from treadlight.estimate.training_precision import precision_name
from treadlight.estimate.training_stated import Stated

__all__ = ["POWER_SCOPES", "Kind", "TrainingInputs"]


@dataclass(frozen=True, slots=True)
class _Range:
    """What a quantity can be, and what to do about one that cannot."""

    low: float
    high: float
    remedy: str


_RANGES: Mapping[str, _Range] = {
    "params_total_b": _Range(1e-7, 1e5, "give parameters in billions (10^9): 7 for 7B"),
    "params_active_b": _Range(1e-7, 1e5, "give parameters in billions (10^9): 7 for 7B"),
    "tokens_b": _Range(1e-9, 2e5, "give tokens in billions (10^9): 2000 for 2 trillion"),
    "total_flops": _Range(1e9, 1e30, "give operations as a plain number: 3.1e23, not ZFLOP or PFLOP-days"),
    "n_devices": _Range(1, 1e7, "give the number of accelerators used at once, 1 or more"),
    "wall_hours": _Range(0, 2e5, "give hours"),
    "device_hours": _Range(0, 1e11, "give hours of one accelerator, summed over accelerators"),
    "tdp_w": _Range(1, 5000, "give the design power of one accelerator in watts"),
    "avg_power_w": _Range(0.1, 20_000, "give watts for each accelerator, not kilowatts, not of all together"),
    "experiments_multiplier": _Range(1, 1000, "1 is the final run alone, 1.5 adds half of it for experiments"),
    "idle_hours": _Range(0, 1e11, "give hours of one accelerator that was held and did nothing, summed over all"),
    "storage_tb_months": _Range(0, 1e9, "give terabytes times months: 100 TB kept for 3 months are 300"),
    "samples_m": _Range(1e-6, 1e8, "give millions of images seen, repetitions counted"),
    "pixels": _Range(1, 1e9, "give width times height of an image"),
}

_MAY_BE_NOTHING = ("idle_hours", "storage_tb_months")

POWER_SCOPES = ("accelerator", "node")
"""Whose mean power ``avg_power_w`` can be: the accelerator's alone, or its share of the whole node's."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the words of an architecture say that matters here."""

    moe: bool = False
    encdec: bool = False
    lora: bool = False
    finetune: bool = False
    recurrent: bool = False
    vision: bool = False
    encoder: bool = False
    pictures: bool = False
    known: bool = True


_WORDS: Mapping[str, tuple[str, ...]] = {
    "moe": ("moe", "mixture", "sparse", "switch"),
    "encdec": ("encdec", "enc-dec", "encoder-decoder", "encoderdecoder", "seq2seq"),
    "lora": ("lora", "adapter", "peft"),
    "finetune": ("finetun", "fine-tun", "instruct", "sft", "rlhf"),
    "recurrent": ("lstm", "rnn", "gru", "recurrent"),
    "vision": ("vision", "vit", "cnn", "conv", "resnet", "densenet", "diffusion", "unet", "image", "video"),
    "encoder": ("encoder", "bert", "embedding"),
}
_PLAIN = ("dense", "transformer", "decoder", "mixed", "nas", "ssm", "mamba", "hybrid", "state-space", "asr", "audio")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingInputs(Stated):
    """What is known about a training run; None where it is not.

    Parameters
    ----------
    precision
        What matrices are multiplied in: ``bf16``, ``fp16``, ``fp8``, ``tf32`` or ``fp32``. Counts where hours are
        estimated from work.
    experiments_multiplier
        All runs over the final one: 1.5 adds half of it for experiments and failed runs.
    avg_power_scope
        ``accelerator``, or ``node`` where `avg_power_w` is an accelerator's share of its whole node's power; None: the
        accelerator's.
    idle_hours
        Hours of one accelerator that was held and did nothing, summed over accelerators; not in `device_hours` [h].
    storage_tb_months
        Data and checkpoints kept on drives [TB times months].
    samples_m
        Images seen, repetitions counted [10^6]; of vision and diffusion, in the place of tokens.
    pixels
        Width times height of one image.
    other fields
        As in `treadlight.estimate.training_stated.Stated`.

    Raises
    ------
    InputError
        If a value cannot be true, contradicts another, or names no accelerator.
    """

    precision: str | None = None
    experiments_multiplier: float | None = None
    avg_power_scope: str | None = None
    idle_hours: float | None = None
    storage_tb_months: float | None = None
    samples_m: float | None = None
    pixels: float | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and field.name in _RANGES:
                _check(field.name, value)
        if self.pue is not None:
            check_pue(self.pue)
        precision_name(self.precision)
        total, active = self.params_total_b, self.params_active_b
        if total is not None and active is not None and active > total * 1.001:
            remedy = f"active parameters are a part of the {total:g} billion in all"
            raise InputError("is more than params_total_b", field="params_active_b", value=active, remedy=remedy)
        if (self.avg_power_scope or "accelerator") not in POWER_SCOPES:
            remedy = f"use {' or '.join(POWER_SCOPES)}: whose mean power avg_power_w is"
            raise InputError("is neither", field="avg_power_scope", value=self.avg_power_scope, remedy=remedy)
        self._check_power()

    def _check_power(self) -> None:
        """Refuse watts that are kilowatts, or those of all devices together."""
        trainer = self.trainer()
        if trainer is None or self.avg_power_w is None:
            return
        share = self.avg_power_w / trainer.tdp_w
        if not 0.03 <= share <= 4:
            what = "is too little" if share < 1 else "is too much"
            remedy = f"one {trainer.device.name} is built for {trainer.tdp_w:g} W; give watts for each accelerator"
            raise InputError(what, field="avg_power_w", value=self.avg_power_w, remedy=remedy)

    def trainer(self) -> Trainer | None:
        """The accelerator that `hardware` means; None where it is not given, or is not listed but for its power."""
        if self.hardware is None or not self.hardware.strip():
            return None
        try:
            return find_trainer(self.hardware, self.tdp_w)
        except InputError:
            # a card of a maker we do not list is not a misspelt one
            if self.tdp_w is None or near_names(self.hardware):
                raise
            return None

    def kind(self) -> Kind:
        """What the architecture's words say."""
        text = (self.architecture or "").lower().replace("_", "-")
        flags = {flag: any(word in text for word in words) for flag, words in _WORDS.items()}
        if not flags["moe"] and self.params_active_b is not None and self.params_total_b is not None:
            flags["moe"] = self.params_active_b < 0.7 * self.params_total_b
        flags["encoder"] = flags["encoder"] and not flags["encdec"]
        flags["pictures"] = flags["vision"] and "language" not in text
        known = not text or any(flags.values()) or any(word in text for word in _PLAIN)
        return Kind(**flags, known=known)


def _check(name: str, value: float) -> None:
    low, high, remedy = _RANGES[name].low, _RANGES[name].high, _RANGES[name].remedy
    if isinstance(value, bool) or not math.isfinite(value):
        raise InputError("is no number", field=name, value=value, remedy=remedy)
    if value < 0:
        raise InputError("is negative", field=name, value=value, remedy=remedy)
    if value == 0 and name in _MAY_BE_NOTHING:
        return
    if value == 0 or value < low:
        raise InputError("is too small to be true", field=name, value=value, remedy=remedy)
    if value > high:
        raise InputError("is too large to be true", field=name, value=value, remedy=remedy)
