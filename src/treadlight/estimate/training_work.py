"""Size and work of a training run, draw by draw: parameters, tokens and operations, known or sampled."""

from dataclasses import dataclass

import numpy as np

from treadlight.estimate.priors import find_prior
from treadlight.estimate.sampling import Array, lognormals, shocks
from treadlight.estimate.training_fit import TOKENS_YEAR, TrainingFit
from treadlight.estimate.training_inputs import Kind, TrainingInputs

__all__ = ["FLOPS_PER_TOKEN", "Size", "size_of", "work_flops"]

FLOPS_PER_TOKEN = 6.0  # forward 2ND, backward 4ND (Kaplan et al. 2020, arXiv 2001.08361, section 2.1)
PIXELS_PER_PLACE = 256.0  # 16 x 16 pixels: a patch of a vision transformer, two by two cells of a latent picture
_TYPICAL_MFU = 0.3
_FIRST_YEAR, _LAST_YEAR = 2017.0, 2026.5  # of the models that the tokens were fitted to, a little before


@dataclass(frozen=True, slots=True)
class Size:
    """Parameters in every draw.

    Parameters
    ----------
    active_b, total_b
        Parameters each token passes, and all [10^9], shape (n,).
    notes
        What was assumed.
    """

    active_b: Array
    total_b: Array
    notes: tuple[str, ...]

    @property
    def filling_b(self) -> Array:
        """Size that decides how well a device is filled: the geometric mean of both [10^9]."""
        mean: Array = np.sqrt(self.active_b * self.total_b)
        return mean


def size_of(
    inputs: TrainingInputs, kind: Kind, fit: TrainingFit, year: Array, seed: int, peak_hours_flops: Array | None
) -> Size:
    """Parameters of the model.

    Parameters
    ----------
    year
        When it was trained, shape (n,).
    peak_hours_flops
        Operations the devices could have done in the hours known; None where no hours are.
    """
    active, total, n = inputs.params_active_b, inputs.params_total_b, len(year)
    if active is None and total is None:
        return _unknown_size(inputs, fit, year, seed, peak_hours_flops)
    if active is not None and (total is not None or not kind.moe):
        return Size(np.full(n, float(active)), np.full(n, float(total if total is not None else active)), ())
    if not kind.moe:
        assert total is not None
        return Size(np.full(n, float(total)), np.full(n, float(total)), ())
    share = np.minimum(lognormals(shocks(seed, "training:active-share", n), *fit.active_share), 0.9)
    if active is None:
        assert total is not None
        note = "active parameters not known: share of published mixtures of experts"
        return Size(total * share, np.full(n, float(total)), (note,))
    note = "total parameters not known: share of published mixtures of experts"
    return Size(np.full(n, float(active)), active / share, (note,))


def work_flops(
    inputs: TrainingInputs, kind: Kind, size: Size, fit: TrainingFit, year: Array, seed: int
) -> tuple[Array, list[str]]:
    """Operations of the run, shape (n,), and what was assumed."""
    n = len(size.active_b)
    if inputs.total_flops is not None:
        return np.full(n, float(inputs.total_flops)), []
    notes: list[str] = []
    if inputs.tokens_b is not None:
        tokens_b = np.full(n, float(inputs.tokens_b))
    elif inputs.samples_m is not None or kind.pictures:
        tokens_b = _patches(inputs, n, seed, notes)
    else:
        tokens_b = _tokens(kind, size, fit, year, seed)
        low, high = np.quantile(tokens_b, (0.05, 0.95))
        published = "of published models this large, in the years of the accelerator"
        known = "of fine-tuning" if kind.finetune or kind.lora else published
        notes.append(f"tokens not known: {low:.2g} to {high:.2g} billion, the prior {known}")
    factor = np.full(n, FLOPS_PER_TOKEN)
    if kind.encdec:
        factor = factor * find_prior("encdec_flop_share").draws(n, seed, "training:encdec")
        notes.append("encoder-decoder: each token passes about half the parameters")
    if kind.lora:
        factor = factor * find_prior("lora_flop_share").draws(n, seed, "training:lora")
        notes.append("adapters: 4ND, no gradients of frozen weights")
    return factor * size.active_b * tokens_b * 1e18, notes


def _patches(inputs: TrainingInputs, n: int, seed: int, notes: list[str]) -> Array:
    """Places of the pictures that each parameter passes [10^9]: images times pixels over those of one place."""
    if inputs.samples_m is not None:
        samples_m = np.full(n, float(inputs.samples_m))
    else:
        samples_m = find_prior("vision_samples_m").draws(n, seed, "training:samples")
        low, high = np.quantile(samples_m, (0.05, 0.95))
        notes.append(f"images seen not known: {low:.2g} to {high:.2g} million, from a prior; give samples_m")
    if inputs.pixels is not None:
        pixels = np.full(n, float(inputs.pixels))
    else:
        pixels = find_prior("vision_pixels").draws(n, seed, "training:pixels")
        notes.append("pixels of an image not known: sampled")
    return samples_m * np.maximum(pixels / PIXELS_PER_PLACE, 1) / 1000


def _tokens(kind: Kind, size: Size, fit: TrainingFit, year: Array, seed: int) -> Array:
    n = len(size.active_b)
    if kind.finetune or kind.lora:
        name = "lora_tokens_b" if kind.lora else "finetune_tokens_b"
        return find_prior(name).draws(n, seed, f"training:{name}")
    intercept, slope, per_year = fit.tokens.draws(n, seed, "training:tokens-line")
    noise = fit.tokens.log_sd * shocks(seed, "training:tokens", n)
    tokens: Array = np.exp(intercept + slope * np.log(size.active_b) + per_year * _since(year) + noise)
    return tokens


def _since(year: Array) -> Array:
    """Years since the one at which the intercept holds, within those of the models it was fitted to."""
    since: Array = np.clip(year, _FIRST_YEAR, _LAST_YEAR) - TOKENS_YEAR
    return since


def _unknown_size(
    inputs: TrainingInputs, fit: TrainingFit, year: Array, seed: int, peak_hours_flops: Array | None
) -> Size:
    """Parameters guessed from the operations, or from published models at large; where hours are known, half and half.

    Hours tell little of the size: as many go into a small model made from nothing as into a large one tuned.
    """
    intercept, slope, per_year = fit.tokens.mean
    n = len(year)
    noise = shocks(seed, "training:size", n)
    at_large = fit.size[0] * np.exp(np.log(fit.size[1]) * noise)
    given = inputs.total_flops
    flops = given if given is not None else None if peak_hours_flops is None else _TYPICAL_MFU * peak_hours_flops
    if flops is None:
        params_b = at_large
    else:
        # F = 6 N D 10^18 and ln D = a + b ln N + c t give ln N = (ln F/6e18 - a - c t) / (1 + b)
        log_work = np.log(np.asarray(flops) / (FLOPS_PER_TOKEN * 1e18))
        params_b = np.exp((log_work - intercept - per_year * _since(year) - fit.tokens.log_sd * noise) / (1 + slope))
        if given is None:
            coin = shocks(seed, "training:size-known-by", n) < 0
            params_b = np.where(coin, params_b, at_large)
    params_b = np.clip(params_b, 1e-4, 1e4)
    low, high = np.quantile(params_b, (0.05, 0.95))
    return Size(params_b, params_b, (f"size not known: {low:.2g} to {high:.2g} billion parameters, from priors",))
