"""Columns of the library's tables in words: what a figure is of, beside the unit that stands over it."""

from treadlight.core.texts import say
from treadlight.share.numbers import plain_number, unit_label

__all__ = ["WORDS", "entry_words", "figure_words"]

WORDS = {
    "gwp_gco2e_per_kwh": "carbon of electricity",
    "market_gco2e_per_kwh": "carbon of contracted electricity",
    "grid_marginal_gco2e_per_kwh": "carbon of one more kilowatt-hour",
    "wue_l_per_kwh": "water used on site",
    "water_l_per_kwh": "water of electricity",
    "energy_kwh_per_gb": "electricity of transfer",
    "amount": "amount",
    "amount_per_kwh": "amount",
    "amount_per_tkm": "amount",
    "amount_per_kg": "amount",
    "avoided_per_kg": "amount avoided by recycling",
    "documented_share": "documented share",
    "pue": "overhead of the hall",
    "cfe_hourly_percent": "carbon-free electricity, hour by hour",
    "cfe_annual_percent": "carbon-free electricity, over the year",
    "renewable_energy_factor": "share of renewable electricity",
    "lifetime_y": "lifetime",
    "utilisation": "utilisation",
    "distance_km": "distance",
    "mass_kg": "mass",
    "value": "value",
    "launched": "year of launch",
    "tdp_w": "thermal design power",
    "tdp_gsd": "geometric standard deviation of the power",
    "idle_w": "power when idle",
    "memory_gb": "memory",
    "bandwidth_gb_per_s": "bandwidth of memory",
    "bf16_tflops": "speed in bf16",
    "fp16_tflops": "speed in fp16",
    "fp8_tflops": "speed in fp8",
    "fp32_tflops": "speed in fp32",
    "int8_tops": "speed in int8",
    "die_mm2": "area of the die",
    "process_nm": "process of manufacture",
    "members": "models that it stands for",
    "cores": "cores",
    "threads": "threads",
    "params_total_b": "parameters",
    "params_active_b": "parameters used for a token",
    "layers": "layers",
    "hidden_size": "hidden size",
    "kv_heads": "heads of keys and values",
    "head_dim": "size of a head",
    "vocab": "size of the vocabulary",
    "experts_total": "experts",
    "experts_active": "experts used for a token",
    "context_len": "tokens of context",
    "training_tokens_b": "tokens of training",
    "training_zflop": "work of training",
    "training_device_hours": "device-hours of training",
}
"""Column to what it holds, in English."""

_UNITS = {
    "bandwidth_gb_per_s": "GB/s",
    "bf16_tflops": "TFLOP/s",
    "fp16_tflops": "TFLOP/s",
    "fp8_tflops": "TFLOP/s",
    "fp32_tflops": "TFLOP/s",
    "int8_tops": "TOP/s",
    "training_zflop": "ZFLOP",
}
"""Column to its unit, where the figure itself has none."""


def figure_words(label: str) -> tuple[str, str, str]:
    """A figure's label as what its row is about, what its column holds, and a unit where the figure has none.

    A column of no table of ours stays as it is.
    """
    about, _, column = label.rpartition(": ")
    return (about, say(WORDS[column]), _UNITS.get(column, "")) if about and column in WORDS else (label, "", "")


def entry_words(label: str) -> tuple[str, list[tuple[str, str]]]:
    """An entry's label as what it is about and what its first columns hold: ``[("memory", "80 GB")]``."""
    about, _, held = label.rpartition(": ")
    pairs = [pair for part in held.split(", ") if (pair := _held(part)) is not None]
    return (about, pairs) if about and len(pairs) == len(held.split(", ")) else (label, [])


def _held(part: str) -> tuple[str, str] | None:
    """One column of an entry's label, in words and with its value; None where it is none of ours."""
    column, _, amount = part.partition(" ")
    number, _, unit = amount.partition(" ")
    if column not in WORDS:
        return None
    try:
        shown = number if column == "launched" else plain_number(float(number), 4)
    except ValueError:
        return None
    word = "" if WORDS[column] == "amount" else say(WORDS[column])
    return word, f"{shown} {unit_label(unit) or _UNITS.get(column, '')}".rstrip()
