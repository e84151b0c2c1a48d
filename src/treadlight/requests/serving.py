"""How requests are served: what a request of a model costs in energy and accelerator time, per sum of its group."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from treadlight.requests.expression import SUMS

if TYPE_CHECKING:
    from treadlight.estimate.inference import TokenCoefficients

__all__ = ["Array", "Serving", "Setting", "serving_of", "weights"]

Array = NDArray[np.float64]

_PARTS = ("request", "token_in", "token_in_context", "token_cached", "token_out", "token_out_context")
_WH_PER_KWH = 1000.0


class Setting(NamedTuple):
    """What the cost of a token depends on; empty means not known."""

    model: str
    hardware: str
    precision: str
    batch: str

    @property
    def stated(self) -> dict[str, str]:
        """What of it is known, by name."""
        return {name: value for name, value in self._asdict().items() if value}


@dataclass(frozen=True, slots=True)
class Serving:
    """Draws of what each of the sums of a group is multiplied by.

    Parameters
    ----------
    energy_kwh
        Of accelerators or whole nodes, shape (n, parts) [kWh].
    device_hours
        Of accelerators, shape (n, parts) [h].
    accelerator
        Slug; ``generic`` where it is not known.
    model_id
        The model of the library that the name stands for; empty where its size is assumed.
    assumed
        Inputs that were drawn from priors.
    """

    energy_kwh: Array
    device_hours: Array
    accelerator: str
    model_id: str
    assumed: tuple[str, ...]


def serving_of(coefficients: "TokenCoefficients", model_id: str) -> Serving:
    """An estimator's coefficients as arrays."""
    energy = np.stack([getattr(coefficients, f"per_{part}_wh") for part in _PARTS], axis=1) / _WH_PER_KWH
    hours = np.stack([getattr(coefficients, f"per_{part}_device_hours") for part in _PARTS], axis=1)
    slug = coefficients.accelerator_slug or "generic"
    return Serving(energy, hours, slug, model_id, tuple(coefficients.assumed))


def weights(sums: Array) -> Array:
    """Sums in the order of the coefficients, shape (groups, parts): fresh tokens in place of all that came in."""
    found = sums.copy()
    found[:, SUMS.index("tokens_in")] -= sums[:, SUMS.index("tokens_cached")]
    return found
