"""Roofline of text generation: device-seconds and joules of each phase of serving, linear in tokens.

Everything here is elementwise on floats or arrays of one shape: draws, rows of a table or requests of a log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "PARTS",
    "Array",
    "Costs",
    "Server",
    "costs",
    "default_layers",
    "device_seconds",
    "floor_s",
    "join_servers",
    "spread_costs",
    "touched_b",
    "weigh",
    "with_batch",
]

Array = NDArray[np.float64]

PARTS = ("request", "token_in", "token_in_context", "token_cached", "token_out", "token_out_context")
"""What a request is charged for: itself, uncached tokens in, these times the context before them, cached tokens,
tokens out, and tokens out times the context they attend to."""


@dataclass(frozen=True, slots=True)
class Server:
    """A model on its accelerators under a load; floats or arrays.

    Parameters
    ----------
    total_b, active_b
        Parameters in all and used per token [10⁹].
    layers, hidden
        Depth and width.
    kv_bytes
        Cache written per token of context [B].
    weight_bytes
        Bytes per parameter.
    flops
        Peak rate of one device in the arithmetic used [1/s].
    bandwidth
        Memory bandwidth of one device [B/s].
    tdp_w, idle_w
        Power of one device at its limit, and with the model loaded and no request [W].
    n
        Devices that hold one copy of the model.
    batch
        Sequences decoded together, on average.
    moe, hybrid, image, blackwell, older, low_bit, served
        1 where it applies, else 0: mixture of experts; state-space layers between attention; pictures in the prompt;
        generation of the accelerator; weights of 4 bits; generates tokens in a serving engine.
    plain
        How far a request alone is run by a plain framework, which launches every layer from Python: 1 as the benchmark
        of 2023 did, 0 in a serving engine, between them where it is not known.
    """

    total_b: Array
    active_b: Array
    layers: Array
    hidden: Array
    kv_bytes: Array
    weight_bytes: Array
    flops: Array
    bandwidth: Array
    tdp_w: Array
    idle_w: Array
    n: Array
    batch: Array
    moe: Array
    hybrid: Array
    image: Array
    blackwell: Array
    older: Array
    low_bit: Array
    served: Array
    plain: Array


@dataclass(frozen=True, slots=True)
class Costs:
    """Device-seconds and joules of accelerators per unit of each of `PARTS`."""

    device_s: dict[str, Array]
    joules: dict[str, Array]


def with_batch(server: Server, batch: Array) -> Server:
    """The same server with other batches."""
    return replace(server, batch=batch)


def join_servers(servers: Sequence[Server]) -> Server:
    """Servers one after another, as one."""
    return Server(*(np.concatenate([getattr(s, field.name) for s in servers]) for field in fields(Server)))


def weigh(parts: Mapping[str, Array], amounts: Mapping[str, Array | float]) -> Array:
    """Sum of a cost over the amounts of each part."""
    return np.asarray(sum(parts[part] * amounts[part] for part in PARTS))


def default_layers(total_b: Array, active_b: Array) -> Array:
    """Depth that models of this size have: 32 at 8 billion, 80 at 70 billion; mixtures of experts are shallower."""
    dense = 32 * (total_b / 8) ** 0.42
    size = np.sqrt(total_b * active_b)
    mixture = 46 * (size / 24) ** 0.2
    return np.where(active_b < 0.8 * total_b, np.minimum(dense, mixture), dense)


def touched_b(server: Server) -> Array:
    """Parameters read in one decoding step [10⁹]: with experts, the more sequences, the more distinct experts."""
    always = 0.4 * server.active_b
    routed = server.total_b - always
    share = np.clip((server.active_b - always) / routed, 1e-6, 1 - 1e-12)
    return always + routed * -np.expm1(server.batch * np.log1p(-share))


@dataclass(frozen=True, slots=True)
class _Spans:
    """Seconds of what a server does, on all its devices: of one step, of one token, of one request."""

    weights: Array
    compute: Array
    gemm: Array
    overhead: Array
    sequence: Array
    cache: Array
    stall: Array
    prefill: Array
    attention: Array
    admit: Array
    picture: Array


def _spans(s: Server, f: Mapping[str, Array | float]) -> _Spans:
    flops_s = 2e9 * s.active_b / (s.n * s.flops)
    prefill_s = flops_s / f["prefill_efficiency"]
    weights_s = touched_b(s) * 1e9 * s.weight_bytes / (s.n * s.bandwidth * _memory_efficiency(s, f))
    compute_s = flops_s * s.batch / f["compute_efficiency"]
    return _Spans(
        weights=weights_s,
        compute=compute_s,
        gemm=np.hypot(weights_s, compute_s),
        overhead=_overhead_s(s, f),
        sequence=f["sequence_s"] * (1 + f["sequence_hybrid"] * s.hybrid),
        cache=s.kv_bytes / (s.n * s.bandwidth * f["cache_efficiency"]),
        stall=f["context_stall_s"] * s.blackwell * (1 - s.low_bit) / s.batch,
        prefill=prefill_s,
        attention=4 * s.layers * s.hidden * (1 - 0.8 * s.hybrid) / (s.n * s.flops * f["prefill_efficiency"]),
        admit=f["admit_s"] * s.served * (1 - s.plain * _alone(s)),
        picture=s.image * f["picture_tokens"] * prefill_s,
    )


def device_seconds(server: Server, fit: Mapping[str, Array | float]) -> dict[str, Array]:
    """Device-seconds per part; batches of shape (m, 1) give those of shape (m, n)."""
    return _device_s(server, _spans(server, fit))


def _device_s(s: Server, spans: _Spans) -> dict[str, Array]:
    step_s = (spans.gemm + spans.overhead) / s.batch + spans.sequence
    seconds = {
        "request": step_s + spans.admit + spans.picture,
        "token_in": spans.prefill,
        "token_in_context": spans.attention,
        "token_cached": spans.cache,
        "token_out": step_s,
        "token_out_context": spans.cache + spans.stall,
    }
    return {part: s.n * each for part, each in seconds.items()}


def costs(server: Server, fit: Mapping[str, Array | float]) -> Costs:
    """Device-seconds and joules per part, with the coefficients `fit` (see ``calibration/fit_inference.py``)."""
    s, f, spans = server, fit, _spans(server, fit)
    memory_w, compute_w = _power_w(s, f, "memory_power"), _power_w(s, f, "compute_power")
    idle_w, cache_w = _power_w(s, f, "overhead_power"), _power_w(s, f, "cache_power")
    gemm_w = (spans.weights * memory_w + spans.compute * compute_w) / (spans.weights + spans.compute)
    step_j = (spans.gemm * gemm_w + spans.overhead * idle_w) / s.batch + spans.sequence * cache_w
    joules = {
        "request": step_j + spans.admit * cache_w + spans.picture * compute_w,
        "token_in": spans.prefill * compute_w,
        "token_in_context": spans.attention * compute_w,
        "token_cached": spans.cache * cache_w,
        "token_out": step_j,
        "token_out_context": spans.cache * cache_w + spans.stall * idle_w,
    }
    return Costs(_device_s(s, spans), {part: s.n * each for part, each in joules.items()})


def floor_s(server: Server) -> dict[str, Array]:
    """Device-seconds per part below which the hardware cannot go: operations at peak, bytes at full bandwidth."""
    s = server
    flops_s, nothing = 2e9 * s.active_b / s.flops, np.zeros_like(s.batch)
    step_s = np.maximum(touched_b(s) * 1e9 * s.weight_bytes / s.bandwidth, flops_s * s.batch) / s.batch
    return {
        "request": step_s,
        "token_in": flops_s,
        "token_in_context": 4 * s.layers * s.hidden * (1 - 0.8 * s.hybrid) / s.flops,
        "token_cached": nothing,
        "token_out": step_s,
        "token_out_context": s.kv_bytes / s.bandwidth,
    }


def spread_costs(server: Server, found: Costs, factor: Array) -> Costs:
    """Costs times a residual factor, held at the floor of time and at idle power during it."""
    floor = floor_s(server)
    device_s = {part: np.maximum(found.device_s[part] * factor, floor[part]) for part in PARTS}
    joules = {part: np.maximum(found.joules[part] * factor, floor[part] * server.idle_w) for part in PARTS}
    return Costs(device_s, joules)


def _memory_efficiency(s: Server, f: Mapping[str, Array | float]) -> Array:
    logit = f["memory_logit"] + f["memory_logit_blackwell"] * s.blackwell + f["memory_logit_older"] * s.older
    return _sigmoid(logit + f["memory_logit_moe"] * s.moe)


def _overhead_s(s: Server, f: Mapping[str, Array | float]) -> Array:
    layer_s = f["layer_s"] * (1 + f["layer_moe"] * s.moe) * (1 + f["layer_hybrid"] * s.hybrid)
    eager = 1 + ((1 + f["layer_eager"]) ** s.plain - 1) * _alone(s)
    talk_s = f["talk_s"] * np.log2(s.n)
    return f["step_s"] + s.layers * (layer_s * eager + talk_s)


def _alone(s: Server) -> Array:
    """How far requests run one at a time: 1 at batch 1, gone at batch 8."""
    return np.exp(-(s.batch - 1) / 2)


def _power_w(s: Server, f: Mapping[str, Array | float], phase: str) -> Array:
    level = _sigmoid(f[phase] + f["power_blackwell"] * s.blackwell + f["power_older"] * s.older)
    return s.idle_w + (s.tdp_w - s.idle_w) * level


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))
