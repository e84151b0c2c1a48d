"""What may be stated of a training run, by whoever asks what it took and by whoever has published what it took."""

from dataclasses import dataclass

__all__ = ["Stated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What is stated of a training run; None where it is not.

    Parameters
    ----------
    params_total_b, params_active_b
        Parameters, and those each token passes [10^9].
    architecture
        Free words: ``dense``, ``dense-encdec``, ``moe``, ``dense-finetune``, ``dense-lora``, ``diffusion``, ``lstm`` …
    tokens_b
        Tokens seen, repetitions counted [10^9].
    total_flops
        Operations of the whole run.
    hardware
        Name of the accelerator.
    n_devices
        Accelerators used at once.
    wall_hours
        Duration [h].
    device_hours
        Hours of one accelerator, summed over accelerators [h].
    tdp_w
        Design power of one accelerator [W].
    avg_power_w
        Mean power of one accelerator [W], as ``nvidia-smi`` reads it.
    pue
        Power usage effectiveness of the hall.
    """

    params_total_b: float | None = None
    params_active_b: float | None = None
    architecture: str | None = None
    tokens_b: float | None = None
    total_flops: float | None = None
    hardware: str | None = None
    n_devices: float | None = None
    wall_hours: float | None = None
    device_hours: float | None = None
    tdp_w: float | None = None
    avg_power_w: float | None = None
    pue: float | None = None
