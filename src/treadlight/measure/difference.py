"""Energy between two readings of a counter that may have wrapped, been reset, or told us nothing."""

import math
from dataclasses import dataclass

__all__ = ["STANDARD_RANGES_J", "SUSPENDED_SHARE", "Difference", "counter_difference"]

STANDARD_RANGES_J = (262_143.328_850, 65_532.610_987)
"""Ranges of a 32-bit energy status register in units of 61.04 µJ and 15.26 µJ, as powercap states them [J]."""

SUSPENDED_SHARE = 0.02
"""Power of a suspended machine ÷ its mean power, where nothing tells: a judgement."""

_Expected = tuple[float, float] | None  # least and most energy that the power so far makes likely [J]

_SPREAD = math.log(2.0)  # spread of the power of an interval about the mean so far, as standard deviation of its log
_UNLIKELY = 4.0  # a wrap that needs this many times the mean power, where a reset would not, is taken for a reset
_BY_CHANCE = 0.05
_MOST_WRAPS = 64
_LEAST_J = 1e-9  # an expectation below this tells nothing
_FAR_FETCHED = 0.01  # an explanation so much less likely than the best is left out
_MOST_SUSPENDED_SHARE = 0.1  # of the largest power, and of the mean


@dataclass(frozen=True, slots=True)
class Difference:
    """Energy that flowed between two readings [J], and one standard deviation of what is in doubt about it [J]."""

    joules: float
    slack_j: float = 0.0


def counter_difference(
    before_j: float,
    after_j: float,
    *,
    elapsed_s: float,
    suspended_s: float = 0.0,
    wrap_j: float | None,
    wrap_known: bool = True,
    max_power_w: float | None = None,
    mean_power_w: float | None = None,
    tick_s: float = 0.0,
) -> Difference | None:
    """Energy between two readings of a cumulative counter; None where the readings cannot tell.

    Parameters
    ----------
    before_j, after_j
        The counter, as read [J].
    elapsed_s
        Time between the readings in which the machine ran [s].
    suspended_s
        Time between them in which it was suspended [s], and drew at most a tenth of what it can.
    wrap_j
        Where the counter begins again [J]; None: it never does, or (`wrap_known` False) it is not known where.
    max_power_w
        No plausible power lies above this [W].
    mean_power_w
        Mean power so far [W], which ranks explanations that are all possible; None: not known yet.
    tick_s
        How often the counter updates [s]: a short interval may show the energy of a whole one.

    Returns
    -------
    Difference or None
        Never negative. None means that the counter was reset, or jumped beyond what can have flowed: the energy of the
        interval is then unknown, not zero.

    Notes
    -----
    Every explanation ``after - before + k wraps`` that stays within the largest plausible power is considered. Where
    several are possible they are weighed by a lognormal (GSD 2) about the mean power so far, asleep at most a tenth of
    it; the likeliest is taken and the weighted distance to the others is the slack. A fall that a wrap would explain
    only with more than four times the mean power and a twentieth of the range, and a reset with less, is a reset; so is
    one across a suspend, unless the counter shows too much afterwards. Without a known range, the two usual ones are
    tried, and taken only if they give about the mean power so far.
    """
    step = after_j - before_j
    longest_s = 1.1 * elapsed_s + _MOST_SUSPENDED_SHARE * suspended_s + 2 * tick_s + 0.25
    bound = math.inf if max_power_w is None else max_power_w * longest_s
    expected = None
    if mean_power_w is not None and mean_power_w * elapsed_s > _LEAST_J:
        asleep_s = _MOST_SUSPENDED_SHARE * suspended_s
        expected = mean_power_w * elapsed_s, mean_power_w * (elapsed_s + asleep_s)
    if wrap_j is None:
        if step >= 0:
            return Difference(step) if step <= bound else None
        return None if wrap_known else _assumed_wrap(before_j, step, bound, expected)
    found = _explanations(step, wrap_j, bound)
    if not found:
        return None
    if expected and step < 0 and _is_reset(found[0] / wrap_j, found[0], after_j, expected, suspended_s):
        return None
    return _likeliest(found, expected)


def _explanations(step: float, wrap_j: float, bound: float) -> list[float]:
    """Energies that explain the step within `bound` [J], smallest first."""
    first = step if step >= 0 else step + wrap_j
    if first < 0 or first > bound:
        return []
    if math.isinf(bound):
        return [first]
    count = min(_MOST_WRAPS, int((bound - first) / wrap_j))
    return [first + k * wrap_j for k in range(count + 1)]


def _is_reset(
    share: float, wrapped_j: float, after_j: float, expected: tuple[float, float], suspended_s: float
) -> bool:
    """Whether a fall is likelier a reset than a wrap.

    Resets are common in a suspend, and show little afterwards. Without one, a reset looks like a wrap only if the
    counter happened to stand within that energy, a `share` of its range, of the end: unlikely where that is small.
    """
    least, most = expected
    if after_j > _UNLIKELY * least:
        return False
    return suspended_s > 0 or (share > _BY_CHANCE and wrapped_j > _UNLIKELY * most)


def _likeliest(found: list[float], expected: _Expected) -> Difference:
    if len(found) == 1:
        return Difference(found[0])
    if not expected:
        return Difference(found[0], math.sqrt(math.fsum((x - found[0]) ** 2 for x in found) / len(found)))
    least, most = expected
    likely = [min(max(x, least), most) for x in found]
    distances = [math.log(max(x, _LEAST_J) / near) / _SPREAD for x, near in zip(found, likely, strict=True)]
    nearest = min(d * d for d in distances)
    weights = [w if w >= _FAR_FETCHED else 0.0 for w in (math.exp((nearest - d * d) / 2) for d in distances)]
    best = found[weights.index(max(weights))]
    variance = math.fsum(w * (x - best) ** 2 for w, x in zip(weights, found, strict=True)) / math.fsum(weights)
    return Difference(best, math.sqrt(variance))


def _assumed_wrap(before_j: float, step: float, bound: float, expected: _Expected) -> Difference | None:
    """The fall of a counter of unknown range, if a usual range explains it with about the mean power so far."""
    if not expected:
        return None
    found = [step + r for r in STANDARD_RANGES_J if before_j <= r and 0 <= step + r <= bound]
    least, most = expected
    likely = [x for x in found if least / 3 <= x <= most * 3]
    if not likely:
        return None
    best = min(likely, key=lambda x: abs(math.log(x / least)))
    return Difference(best, abs(best - min(max(best, least), most)) / 2)
