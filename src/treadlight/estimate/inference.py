"""Energy of one inference, with its interval: a roofline per phase of serving, corrected by what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from treadlight.estimate.inference_diffusion import is_long, picture_costs, picture_flops, sample_picture
from treadlight.estimate.inference_fit import Fit, InferenceFit, inference_fit
from treadlight.estimate.inference_inputs import InferenceInputs, kind_of
from treadlight.estimate.inference_measured import batch_of_speed, with_power, with_speed
from treadlight.estimate.inference_priors import (
    Sampler,
    accelerators_of,
    sample_batch,
    sample_server,
    sample_tokens,
)
from treadlight.estimate.roofline import Array, Server, costs, spread_costs, weigh, with_batch
from treadlight.estimate.sampling import generator
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


@dataclass(frozen=True, slots=True)
class InferenceEstimate:
    """Energy of one unit, as draws of shape (n,).

    Parameters
    ----------
    wh
        In all [Wh].
    lines
        Parts that add up to it [Wh]: ``accelerators``, and as the scope has it ``idle``, ``host``, ``overhead``.
    device_hours
        Accelerator time [h], idle time included where `load` was given.
    accelerator_slug
        ``hardware.accelerator.<slug>``; None where the accelerator was not known.
    basis
        One line: which route, and which inputs were priors.
    assumed
        Names of the inputs that were sampled from priors; and remarks on what was given.
    """

    wh: Array
    lines: dict[str, Array]
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
    server, device_s, joules, basis = route(inputs, fit, draw, kind)
    idle_s, idle_j = _idle(inputs, server, device_s)
    device = accelerators_of(inputs)[0][0].device if inputs.hardware is not None else None
    rng = generator(seed, "inference/scope")
    hours = (device_s + idle_s) / 3600
    lines = scope_lines((joules + idle_j) / 3.6e6, hours, device, scope, inputs.pue, rng)
    lines = {name: 1000 * kwh for name, kwh in lines.items()}
    if inputs.load is not None:
        lines["accelerators"] = joules / 3600
        lines["idle"] = idle_j / 3600
    return InferenceEstimate(
        wh=np.sum(list(lines.values()), axis=0),
        lines=lines,
        device_hours=hours,
        accelerator_slug=None if device is None else device.slug,
        basis=_basis(basis, draw.assumed),
        assumed=(*draw.assumed, *draw.remarks),
    )


def _basis(route: str, assumed: list[str]) -> str:
    return route if not assumed else f"{route}; priors for {', '.join(assumed)}"


def _picture(inputs: InferenceInputs, fit: InferenceFit, draw: Sampler, kind: str) -> tuple[Server, Array, Array, str]:
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
    return server, device_s, joules, "operations of diffusion"


def _text(inputs: InferenceInputs, fit: InferenceFit, draw: Sampler, kind: str) -> tuple[Server, Array, Array, str]:
    server, room = sample_server(inputs, fit, draw, kind)
    tokens = sample_tokens(inputs, fit, draw, kind)
    coefficients = _drawn(fit.text, draw, "text")
    amounts = amounts_of(tokens.total_in, tokens.cached, tokens.out)
    timed = inputs.output_tokens_per_s is not None
    if timed and inputs.batch is None:
        batch = batch_of_speed(inputs, server, coefficients, amounts, room.tokens, draw)
    else:
        batch = sample_batch(inputs, draw, fit, kind, room, tokens)
    server = with_batch(server, batch)
    cost = costs(server, coefficients)
    if not timed:
        cost = spread_costs(server, cost, _factor(fit, draw, kind))
    device_s, joules = (tokens.pieces * weigh(each, amounts) for each in (cost.device_s, cost.joules))
    basis = "roofline of prefill and decoding"
    if timed:
        device_s, joules = with_speed(inputs, fit, server, tokens.pieces * tokens.out, device_s, joules)
        factor = _factor(fit, draw, "speed")
        joules = np.clip(joules * factor, device_s * server.idle_w, device_s * server.tdp_w)
        basis = "measured tokens per second, power from the roofline"
    exponent = 1.0 if timed else fit.priors["measured_speed"]["power_exponent"]
    joules, powered = with_power(inputs, server, device_s, joules, exponent, draw)
    if powered and timed:
        joules *= _factor(fit, draw, "power and speed")
        basis = "measured power and tokens per second"
    elif powered:
        basis = "roofline of prefill and decoding, corrected by measured power"
    return server, device_s, joules, basis


def _drawn(fit: Fit, draw: Sampler, cause: str) -> Mapping[str, Array | float]:
    return fit.draws(draw.n, draw.seed, f"inference/{cause}")


def _factor(fit: InferenceFit, draw: Sampler, regime: str) -> Array:
    return np.exp(fit.residual_sd[regime] * draw.normal(f"residual/{regime}"))


def _idle(inputs: InferenceInputs, server: Server, device_s: Array) -> tuple[Array, Array]:
    if inputs.load is None:
        return np.zeros_like(device_s), np.zeros_like(device_s)
    idle_s = device_s * (1 / inputs.load - 1)
    return idle_s, idle_s * server.idle_w
