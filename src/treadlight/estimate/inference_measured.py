"""What a measured speed or power adds to an estimate of text generation."""

from collections.abc import Mapping

import numpy as np

from treadlight.core.errors import InputError
from treadlight.estimate.inference_fit import InferenceFit
from treadlight.estimate.inference_inputs import InferenceInputs
from treadlight.estimate.inference_priors import Sampler
from treadlight.estimate.roofline import Server, device_seconds, touched_b, weigh, with_batch
from treadlight.estimate.sampling import Array

__all__ = ["batch_of_time", "is_power", "with_power", "with_speed"]

_PER_PASS = 4.0  # tokens that speculative decoding gains at most, on average, from one reading of the weights

_BATCHES = np.array_split(np.geomspace(1, 4096, 37)[:, None], 9)  # a few at a time stay in the processor's cache

_PLAUSIBLE = 1.1  # accelerators exceed their limit by little; more power includes other parts of the node


def with_speed(
    inputs: InferenceInputs, fit: InferenceFit, server: Server, out: Array, device_s: Array, joules: Array
) -> tuple[Array, Array]:
    """Device-seconds as measured, and joules for them.

    Notes
    -----
    Power follows the model's, and falls where the server was slower than the model: with r the ratio of measured to
    modelled time, :math:`J = c\\,J_0 r^\\kappa`, held between idle and limit.

    Raises
    ------
    InputError
        If in most draws these devices cannot be so fast.
    """
    assert inputs.output_tokens_per_s is not None
    _check_speed(inputs.output_tokens_per_s, _fastest_per_s(server, batched=inputs.batch is not None))
    measured_s = server.n * np.maximum(out, 1) / inputs.output_tokens_per_s
    speed = fit.priors["measured_speed"]
    drawn = joules * speed["scale"] * (measured_s / device_s) ** speed["exponent"]
    return measured_s, np.clip(drawn, server.idle_w * measured_s, server.tdp_w * measured_s)


def _fastest_per_s(server: Server, *, batched: bool) -> Array:
    """Tokens per second at peak rate and, where the batch is known, at full bandwidth: nothing makes more."""
    s = server
    compute_per_s = s.n * s.flops / (2e9 * s.active_b)
    if not batched:
        return compute_per_s
    passes_per_s = s.n * s.bandwidth / (touched_b(s) * 1e9 * s.weight_bytes)
    return np.minimum(compute_per_s, passes_per_s * s.batch * _PER_PASS)


def _check_speed(per_s: float, fastest_per_s: Array) -> None:
    if np.mean(per_s > fastest_per_s) > 0.5:
        limit = float(np.median(fastest_per_s))
        limit_text = f"{limit:,.0f}" if limit >= 10 else f"{limit:.2g}"
        what = f"is more than the {limit_text} tokens per second that these devices can make"
        remedy = "give the output of the whole server, all requests together, with its n_devices and batch"
        raise InputError(what, field="output_tokens_per_s", value=per_s, remedy=remedy)


def with_power(
    inputs: InferenceInputs, server: Server, device_s: Array, joules: Array, exponent: float, draw: Sampler
) -> tuple[Array, bool]:
    """Joules with the measured power, and whether it could be used.

    Parameters
    ----------
    exponent
        1 where the time is measured too: energy is power times time. Without it less: who draws little power is often
        slow.
    """
    if inputs.avg_power_w is None:
        return joules, False
    each_w = inputs.avg_power_w / server.n
    if not is_power(inputs.avg_power_w, server):
        draw.assumed.append("avg_power_w (not that of these accelerators)")
        return joules, False
    return joules * (device_s * each_w / joules) ** exponent, True


def is_power(power_w: float, server: Server) -> bool:
    """Whether the accelerators of a server can draw so much, or so little."""
    each_w = power_w / server.n
    return bool(((each_w > 0.5 * server.idle_w) & (each_w < _PLAUSIBLE * server.tdp_w)).all())


def batch_of_time(
    device_s: Array,
    server: Server,
    fit: Mapping[str, Array | float],
    amounts: Mapping[str, Array],
    room_tokens: Array,
    draw: Sampler,
) -> Array:
    """The batch at which a request takes so long of the devices, within what the memory holds."""
    out = np.maximum(amounts["token_out"], 1)
    wanted = np.log(device_s) + 0.3 * draw.normal("batch of speed")
    times_s = (weigh(device_seconds(with_batch(server, some), fit), amounts) for some in _BATCHES)
    off = np.concatenate([np.abs(np.log(time_s) - wanted) for time_s in times_s])
    best: Array = np.concatenate(_BATCHES)[np.argmin(off, axis=0), 0]
    context = np.maximum(amounts["token_in"] + amounts["token_cached"] + out / 2, 64)
    return np.clip(best, 1, np.maximum(room_tokens / context, 1))
