"""Sobol' indices: how much of the variance of a number each of its uncertain inputs makes, alone and with others.

Notes
-----
Two independent samples A and B of all inputs, and for each input j the sample A_B^(j): A, with the column of j from B.
With f centred on its mean and V its variance,

    first order  S_j = E[ f(B) (f(A_B^(j)) − f(A)) ] / V
    total        T_j = E[ (f(A) − f(A_B^(j)))² ] / 2V

S_j is the share of the variance that vanishes if j becomes known; T_j the share that stays if all others become known.
T_j − S_j is what j does together with others. The columns are Latin hypercubes. The intervals are those of the
bootstrap over rows, which takes the rows for independent: they are rather too wide than too narrow.

References
----------
Sobol': Global sensitivity indices for nonlinear mathematical models and their Monte Carlo estimates, Mathematics and
Computers in Simulation 55, 2001. Saltelli et al.: Variance based sensitivity analysis of model output, Computer
Physics Communications 181, 2010 (S_j). Jansen: Analysis of variance designs for model output, Computer Physics
Communications 117, 1999 (T_j).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from treadlight.assess.draws import Array, Draws

__all__ = ["Indices", "Swapped", "probabilities", "sobol_indices"]

Swapped = Callable[[Mapping[str, Array]], Array]
"""Values of the function, shape (outputs, n), on sample A, with the columns that are given in the place of A's."""

_RESAMPLES = 200
_ENDS = (0.05, 0.95)
_STILL = 1e-12


@dataclass(frozen=True, slots=True)
class Indices:
    """Indices of each input for each output.

    Parameters
    ----------
    names
        The inputs.
    first, total
        Shape (inputs, outputs); not a number where an output does not vary.
    first_interval, total_interval
        p05 and p95 of the estimates, shape (2, inputs, outputs).
    variance
        Of each output, shape (outputs,).
    samples
        Rows of A.
    """

    names: tuple[str, ...]
    first: Array
    total: Array
    first_interval: Array
    total_interval: Array
    variance: Array
    samples: int


def probabilities(names: Sequence[str], n: int, seed: int) -> dict[str, Array]:
    """A Latin hypercube of probabilities in (0, 1): one column of shape (n,) for each name."""
    draws = Draws(n, seed)
    return {name: (draws.order(name) + 0.5) / n for name in names}


def sobol_indices(swapped: Swapped, names: Sequence[str], n: int, seed: int = 0) -> Indices:
    """First-order and total indices of all outputs of a function, with their intervals.

    Parameters
    ----------
    swapped
        The function, on the sample A that it holds: `probabilities(names, n, seed)`.
    names
        Its inputs.
    """
    b = probabilities(names, n, seed + 1)
    at_a = swapped({})
    centre = at_a.mean(axis=1, keepdims=True)
    spread = at_a.std(axis=1)
    still = spread <= _STILL * np.abs(centre[:, 0])
    scale = np.where(still, 1.0, spread)[:, None]
    at_a = (at_a - centre) / scale
    at_b = (swapped(b) - centre) / scale
    weights = _weights(n, seed)
    variance = _variances(at_a, at_b, weights)
    variance[:, still] = np.nan
    shape = (len(names), len(at_a), len(weights))
    first, total = np.empty(shape), np.empty(shape)
    for j, name in enumerate(names):
        moved = (swapped({name: b[name]}) - centre) / scale - at_a
        first[j] = ((weights @ ((at_b - _mean(at_a, at_b)) * moved).T) / variance).T
        total[j] = ((weights @ (moved**2).T) / 2 / variance).T
    ends = [np.quantile(found[:, :, 1:], _ENDS, axis=2) for found in (first, total)]
    held = np.where(still, 0.0, variance[0] * scale[:, 0] ** 2)
    return Indices(tuple(names), first[:, :, 0], total[:, :, 0], ends[0], ends[1], held, n)


def _mean(at_a: Array, at_b: Array) -> Array:
    found: Array = (at_a.mean(axis=1, keepdims=True) + at_b.mean(axis=1, keepdims=True)) / 2
    return found


def _weights(n: int, seed: int) -> Array:
    """Weights of the rows: all alike, and then those of each resample of the bootstrap."""
    generator = np.random.Generator(np.random.Philox(key=seed % 2**64))
    drawn = generator.multinomial(n, np.full(n, 1 / n), size=_RESAMPLES)
    return np.vstack([np.full(n, 1.0), drawn]) / n


def _variances(at_a: Array, at_b: Array, weights: Array) -> Array:
    """Variance of both samples together under each weighting, shape (weightings, outputs)."""
    mean = weights @ (at_a + at_b).T / 2
    found: Array = weights @ (at_a**2 + at_b**2).T / 2 - mean**2
    return found
