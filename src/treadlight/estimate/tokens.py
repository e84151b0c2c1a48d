"""Energy of many requests at once: coefficients per token that sums over a group of requests are multiplied by."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from treadlight.core.errors import InputError
from treadlight.estimate.inference_fit import InferenceFit, inference_fit
from treadlight.estimate.inference_inputs import InferenceInputs
from treadlight.estimate.inference_priors import Sampler, sample_batch, sample_server, sample_tokens
from treadlight.estimate.roofline import PARTS, Server, costs, join_servers, spread_costs, with_batch
from treadlight.estimate.sampling import Array
from treadlight.estimate.scope import check_scope, scope_lines

__all__ = ["TokenCoefficients", "TokenSums", "points", "token_coefficients"]


@dataclass(frozen=True, slots=True)
class TokenSums:
    """Sums over the requests of a group; each may be computed where the requests lie.

    Parameters
    ----------
    requests
        How many.
    tokens_in
        Sum of prompt tokens that were not cached.
    tokens_in_context
        Sum of (uncached prompt tokens) x (cached prompt tokens + half the uncached ones).
    tokens_cached
        Sum of cached prompt tokens.
    tokens_out
        Sum of generated tokens.
    tokens_out_context
        Sum of (generated tokens) x (all prompt tokens + half the generated ones).
    """

    requests: float
    tokens_in: float
    tokens_in_context: float
    tokens_cached: float
    tokens_out: float
    tokens_out_context: float

    @classmethod
    def of(cls, total_in: Array, cached: Array, out: Array) -> "TokenSums":
        """Sums of requests given one by one."""
        amounts = amounts_of(total_in, cached, out)
        sums = {part: float(np.sum(np.broadcast_to(amounts[part], np.shape(out)))) for part in PARTS}
        return cls(*(sums[part] for part in PARTS))

    def by_part(self) -> dict[str, float]:
        """The sums by the part of the cost they multiply."""
        return dict(zip(PARTS, (getattr(self, name) for name in self.__slots__), strict=True))


@dataclass(frozen=True, slots=True)
class TokenCoefficients:
    """Wh and device-hours per part of a request, draws of shape (n,).

    `wh(sums)` and `device_hours(sums)` give the totals of a group. The lines of the scope are within: multiply by
    `line_shares` to have them apart.
    """

    per_request_wh: Array
    per_token_in_wh: Array
    per_token_in_context_wh: Array
    per_token_cached_wh: Array
    per_token_out_wh: Array
    per_token_out_context_wh: Array
    per_request_device_hours: Array
    per_token_in_device_hours: Array
    per_token_in_context_device_hours: Array
    per_token_cached_device_hours: Array
    per_token_out_device_hours: Array
    per_token_out_context_device_hours: Array
    accelerator_slug: str | None
    assumed: tuple[str, ...]

    def wh(self, sums: TokenSums) -> Array:
        """Energy of a group of requests [Wh], shape (n,)."""
        return self._weighed(sums, "wh")

    def device_hours(self, sums: TokenSums) -> Array:
        """Accelerator time of a group of requests [h], shape (n,)."""
        return self._weighed(sums, "device_hours")

    def _weighed(self, sums: TokenSums, what: str) -> Array:
        weights = sums.by_part()
        return np.asarray(sum(getattr(self, f"per_{part}_{what}") * weights[part] for part in PARTS))


def amounts_of(total_in: Array, cached: Array, out: Array) -> dict[str, Array]:
    """What a request is charged for, by part."""
    fresh = total_in - cached
    return {
        "request": np.ones_like(fresh),
        "token_in": fresh,
        "token_in_context": fresh * (cached + fresh / 2),
        "token_cached": cached,
        "token_out": out,
        "token_out_context": out * (total_in + out / 2),
    }


def token_coefficients(
    inputs: InferenceInputs, scope: str = "facility", draws: int = 1000, seed: int = 0
) -> TokenCoefficients:
    """Wh and device-hours per token of a model as it is served.

    Parameters
    ----------
    inputs
        What is known of the model and its server; tokens are not needed (where given, they bound an unknown batch).
    scope, draws, seed
        As in `estimate_inference`; the same seed shares its draws with it.

    Raises
    ------
    InputError
        If a measured speed or power is given: they are of one load, not of a token.
    """
    check_scope(scope)
    for name in ("output_tokens_per_s", "avg_power_w", "requests_per_s"):
        if getattr(inputs, name) is not None:
            remedy = "leave it out, or estimate one request with it"
            raise InputError("says nothing about one token", field=name, value=getattr(inputs, name), remedy=remedy)
    fit, draw = inference_fit(), Sampler(draws, seed)
    server, room = sample_server(inputs, fit, draw, "text")
    tokens = sample_tokens(inputs, fit, draw, "text")
    server = with_batch(server, sample_batch(inputs, draw, fit, "text", room, tokens))
    drawn = fit.text.draws(draws, seed, "inference/text")
    spread = np.exp(fit.residual_sd["text"] * draw.normal("residual/text"))
    cost = spread_costs(server, costs(server, drawn), spread)
    accelerator = inputs.accelerator()
    device = None if accelerator is None else accelerator.device
    found: dict[str, Array] = {}
    waiting = 1 / (inputs.load or 1) - 1
    for part in PARTS:
        joules = cost.joules[part] + waiting * cost.device_s[part] * server.idle_w
        hours = cost.device_s[part] * (1 + waiting) / 3600
        lines = scope_lines(joules / 3.6e6, hours, device, scope, inputs.pue, seed, "inference/scope")
        found[f"per_{part}_wh"] = 1000 * np.sum(list(lines.values()), axis=0)
        found[f"per_{part}_device_hours"] = hours
    unused = ("tokens_in", "tokens_out")
    assumed = (*(name for name in draw.assumed if name not in unused), *draw.remarks)
    return TokenCoefficients(**found, accelerator_slug=None if device is None else device.slug, assumed=assumed)


def points(columns: Mapping[str, Array], inputs: InferenceInputs | None = None) -> Array:
    """Accelerator energy of each of many requests [Wh], with every unknown at the median of its prior.

    Parameters
    ----------
    columns
        ``tokens_out`` [1], and where known ``tokens_in`` and ``tokens_cached``: arrays of shape (m,). Optionally
        ``params_total_b``, ``params_active_b`` [10⁹], ``batch`` and ``n_devices``, per request, in place of those of
        `inputs`.
    inputs
        What all requests share: model, accelerator, precision and the like.

    Raises
    ------
    InputError
        If a column is unknown, not of the length of ``tokens_out``, negative or no number.
    """
    fit, draw = inference_fit(), Sampler(0, 0)
    given = {name: _column(name, values) for name, values in columns.items()}
    if "tokens_out" not in given:
        raise InputError("is missing", field="tokens_out", remedy="give the tokens that each request generated")
    m = len(given["tokens_out"])
    for name, values in given.items():
        if len(values) != m:
            raise InputError(f"is not of length {m}", field=name, value=len(values), remedy="give one per request")
    shared = inputs or InferenceInputs()
    usual = sample_tokens(shared, fit, draw, "text")
    total_in = given.get("tokens_in", np.broadcast_to(usual.total_in, (m,)))
    cached = given.get("tokens_cached", np.zeros(m))
    amounts = amounts_of(np.maximum(total_in, cached), cached, given["tokens_out"])
    configurations, which = _configurations(given, m)
    servers = join_servers([_median_server(_with(shared, known), fit) for known in configurations])
    joules = costs(servers, fit.text.median()).joules
    wh = np.zeros(m)
    for part in PARTS:
        each = joules[part] / 3600
        wh += amounts[part] * (each[which] if len(each) > 1 else each)
    return wh


_PER_REQUEST = ("params_total_b", "params_active_b", "batch", "n_devices")
_COLUMNS = ("tokens_in", "tokens_cached", "tokens_out", *_PER_REQUEST)


def _column(name: str, values: Array) -> Array:
    if name not in _COLUMNS:
        raise InputError("is no column of requests", field=name, remedy=f"use {', '.join(_COLUMNS)}")
    found = np.asarray(values, dtype=np.float64)
    if not (np.isfinite(found).all() and (found >= 0).all()):
        bad = found[~(np.isfinite(found) & (found >= 0))][0]
        raise InputError("cannot be", field=name, value=float(bad), remedy="give numbers of 0 or more")
    return found


def _configurations(given: Mapping[str, Array], m: int) -> tuple[list[dict[str, float]], NDArray[np.intp]]:
    """Distinct models and loads among the requests, and which of them each has."""
    names = [name for name in _PER_REQUEST if name in given]
    which = np.zeros(m, dtype=np.intp)
    for name in names:
        _, codes = np.unique(given[name], return_inverse=True)
        which = which * (int(codes.max(initial=0)) + 1) + codes
    _, first, which = np.unique(which, return_index=True, return_inverse=True)
    return [{name: float(given[name][i]) for name in names} for i in first], which


def _with(inputs: InferenceInputs, known: Mapping[str, Any]) -> InferenceInputs:
    return replace(inputs, **known)


def _median_server(inputs: InferenceInputs, fit: InferenceFit) -> Server:
    draw = Sampler(0, 0)
    server, room = sample_server(inputs, fit, draw, "text")
    tokens = sample_tokens(inputs, fit, draw, "text")
    return with_batch(server, sample_batch(inputs, draw, fit, "text", room, tokens))
