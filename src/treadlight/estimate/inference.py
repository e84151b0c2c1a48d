"""Energy of one inference, with its interval: a roofline per phase of serving, corrected by what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from treadlight.estimate.inference_diffusion import is_long, picture_costs, picture_flops, sample_picture
from treadlight.estimate.inference_fit import Fit, InferenceFit, inference_fit
from treadlight.estimate.inference_inputs import InferenceInputs, kind_of
from treadlight.estimate.inference_measured import batch_of_time, is_power, with_power, with_speed
from treadlight.estimate.inference_priors import (
    Sampler,
    sample_batch,
    sample_server,
    sample_tokens,
)
from treadlight.estimate.roofline import Array, Server, costs, spread_costs, weigh, with_batch
from treadlight.estimate.scope import check_scope, scope_lines
from treadlight.estimate.tokens import TokenCoefficients, TokenSums, amounts_of, points, token_coefficients

__all__ = [
    "InferenceEstimate",
    "InferenceInputs",
    "TokenCoefficients",
    "TokenSums",
    "estimate_inference",
    "points",
    "token_coefficients",
]


_PREFILL = ("request", "token_in", "token_in_context", "token_cached")


@dataclass(frozen=True, slots=True)
class InferenceEstimate:
    """Energy of one unit, as draws of shape (n,).

    Parameters
    ----------
    wh
        In all [Wh].
    lines
        Parts that add up to it [Wh]: ``accelerators``, and as the scope has it ``idle``, ``host``, ``overhead``.
    phases
        Energy of the busy accelerators [Wh] by phase: ``prefill`` (admission, reading the prompt, the first token) and
        ``decode``; they add up to the line ``accelerators``. Empty where nothing is generated token by token.
    device_hours
        Accelerator time [h], idle time included where `load` or `requests_per_s` was given.
    accelerator_slug
        ``hardware.accelerator.<slug>``; None where the accelerator was not known.
    basis
        One line: which route, and which inputs were priors.
    assumed
        Names of the inputs that were sampled from priors; and remarks on what was given.
    """

    wh: Array
    lines: dict[str, Array]
    phases: dict[str, Array]
    device_hours: Array
    accelerator_slug: str | None
    basis: str
    assumed: tuple[str, ...]


def estimate_inference(
    inputs: InferenceInputs,
    scope: str = "facility",
    draws: int = 1000,
    seed: int = 0,
    fit: InferenceFit | None = None,
) -> InferenceEstimate:
    """Energy of one request, query, image or video.

    Parameters
    ----------
    inputs
        What is known.
    scope
        What the answer includes, see `treadlight.estimate.scope`.
    draws, seed
        How many draws, and where they begin.
    fit
        Another fit than the one that ships; calibration uses it to judge a fit on rows it has not seen.

    Notes
    -----
    Equations, fit and limits: ``docs/methodology/estimate-inference.md``.
    """
    check_scope(scope)
    kind, fit, draw = kind_of(inputs), fit or inference_fit(), Sampler(draws, seed)
    route = _picture if kind in ("image", "video") else _text
    served = route(inputs, fit, draw, kind)
    device_s, basis = served.device_s, served.basis
    idle_s, idle_j, joules = _idle(inputs, served, draw)
    accelerator = inputs.accelerator()
    device = None if accelerator is None else accelerator.device
    hours, kwh = (device_s + idle_s) / 3600, (joules + idle_j) / 3.6e6
    scoped = scope_lines(kwh, hours, device, scope, inputs.pue, seed, "inference/scope")
    lines = {name: 1000 * line for name, line in scoped.items()}
    if inputs.load is not None or inputs.rate_per_s is not None:
        lines = {"accelerators": joules / 3600, "idle": idle_j / 3600, **_but(lines, "accelerators")}
    return InferenceEstimate(
        wh=np.sum(list(lines.values()), axis=0),
        lines=lines,
        phases=_phases(lines["accelerators"], served.prefill),
        device_hours=hours,
        accelerator_slug=None if device is None else device.slug,
        basis=_basis(basis, draw.assumed),
        assumed=(*draw.assumed, *draw.remarks),
    )


@dataclass(frozen=True, slots=True)
class _Served:
    """One unit as a server made it: device-seconds and joules of its accelerators, and the share of them in prefill."""

    server: Server
    device_s: Array
    joules: Array
    basis: str
    prefill: Array | None = None


def _phases(accelerators_wh: Array, prefill: Array | None) -> dict[str, Array]:
    if prefill is None:
        return {}
    return {"prefill": accelerators_wh * prefill, "decode": accelerators_wh * (1 - prefill)}


def _but(lines: Mapping[str, Array], name: str) -> dict[str, Array]:
    return {other: line for other, line in lines.items() if other != name}


def _basis(route: str, assumed: list[str]) -> str:
    return route if not assumed else f"{route}; priors for {', '.join(assumed)}"


def _picture(inputs: InferenceInputs, fit: InferenceFit, draw: Sampler, kind: str) -> _Served:
    server, _ = sample_server(inputs, fit, draw, kind)
    batch = draw.known(inputs.batch) if inputs.batch is not None else draw.lognormal("batch", 4, 2.5)
    server = with_batch(server, np.maximum(batch, 1))
    picture = sample_picture(inputs, draw, kind)
    device_s, joules = picture_costs(server, picture, _drawn(fit.diffusion, draw, "diffusion"))
    factor = _factor(fit, draw, kind)
    least_s = picture_flops(server, picture) / server.flops
    device_s, joules = np.maximum(device_s * factor, least_s), np.maximum(joules * factor, least_s * server.idle_w)
    if is_long(picture):
        draw.remark("frames or pixels (more than models attend to at once: taken as made in pieces)")
    if inputs.avg_power_w is not None:
        draw.assumed.append("avg_power_w (without a time it says nothing about a picture)")
    return _Served(server, device_s, joules, "operations of diffusion")


def _text(inputs: InferenceInputs, fit: InferenceFit, draw: Sampler, kind: str) -> _Served:
    server, room = sample_server(inputs, fit, draw, kind)
    tokens = sample_tokens(inputs, fit, draw, kind)
    coefficients = _drawn(fit.text, draw, "text")
    amounts = amounts_of(tokens.total_in, tokens.cached, tokens.out)
    timed = inputs.output_tokens_per_s is not None
    taken_s = _taken_s(inputs, server, amounts)
    if taken_s is not None and inputs.batch is None:
        batch = batch_of_time(taken_s, server, coefficients, amounts, room.tokens, draw)
    else:
        batch = sample_batch(inputs, draw, fit, kind, room, tokens)
    server = with_batch(server, batch)
    cost = costs(server, coefficients)
    if not timed:
        cost = spread_costs(server, cost, _factor(fit, draw, kind))
    device_s, joules = (tokens.pieces * weigh(each, amounts) for each in (cost.device_s, cost.joules))
    prefill = None
    if kind == "text":
        prefill = sum((cost.joules[part] * amounts[part] for part in _PREFILL), np.zeros_like(joules)) / joules
    basis = "roofline of prefill and decoding"
    if timed:
        device_s, joules = with_speed(inputs, fit, server, tokens.pieces * tokens.out, device_s, joules)
        factor = _factor(fit, draw, "speed")
        joules = np.clip(joules * factor, device_s * server.idle_w, device_s * server.tdp_w)
        basis = "measured tokens per second, power from the roofline"
    exponent = 1.0 if timed else fit.priors["measured_speed"]["power_exponent"]
    joules, powered = with_power(inputs, server, device_s, joules, exponent, draw)
    if inputs.rate_per_s is not None and not timed:
        basis = "roofline of prefill and decoding on a server held for its requests per second"
    if powered and timed:
        joules *= _factor(fit, draw, "power and speed")
        basis = "measured power and tokens per second"
    elif powered:
        basis = "roofline of prefill and decoding, corrected by measured power"
    return _Served(server, device_s, joules, basis, prefill)


def _drawn(fit: Fit, draw: Sampler, cause: str) -> Mapping[str, Array | float]:
    return fit.draws(draw.n, draw.seed, f"inference/{cause}")


def _factor(fit: InferenceFit, draw: Sampler, regime: str) -> Array:
    return np.exp(fit.residual_sd[regime] * draw.normal(f"residual/{regime}"))


def _taken_s(inputs: InferenceInputs, server: Server, amounts: Mapping[str, Array]) -> Array | None:
    """Device-seconds of one request where a measured speed or a rate tells them; else None.

    A server that is held for its requests takes as many together as let it keep up, and no more.
    """
    if inputs.output_tokens_per_s is not None:
        return server.n * np.maximum(amounts["token_out"], 1) / inputs.output_tokens_per_s
    return None if inputs.rate_per_s is None else server.n / inputs.rate_per_s


def _idle(inputs: InferenceInputs, served: _Served, draw: Sampler) -> tuple[Array, Array, Array]:
    """Seconds and joules of idle devices for one unit, and the joules of the busy ones.

    Where the rate and the power of the server are both measured, they alone tell the energy: power over rate.
    """
    server, device_s, joules, rate = served.server, served.device_s, served.joules, inputs.rate_per_s
    if rate is None:
        idle_s = device_s * (1 / (inputs.load or 1) - 1)
        return idle_s, idle_s * server.idle_w, joules
    if inputs.requests_per_s is None:
        draw.remark(f"requests_per_s ({rate:.3g}, as the task says)")
    held_s = server.n / rate
    if np.mean(device_s > 1.5 * held_s) > 0.5:
        draw.remark(f"requests_per_s (these devices serve about {float(np.median(server.n / device_s)):.2g})")
    idle_s = np.maximum(held_s - device_s, 0)
    idle_j = idle_s * server.idle_w
    if inputs.avg_power_w is not None and is_power(inputs.avg_power_w, server):
        whole_j = inputs.avg_power_w / rate
        idle_j = np.minimum(idle_j, whole_j)
        joules = whole_j - idle_j
    return idle_s, idle_j, joules
