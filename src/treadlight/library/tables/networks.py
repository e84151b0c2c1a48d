"""Networks: electricity per gigabyte carried."""

from collections.abc import Iterable

from treadlight.library.schema import Distribution, Row, Table

__all__ = ["TABLE", "NetworkRow"]


class NetworkRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of network.

    Parameters
    ----------
    network
        As in ``data.transfer.<network>``.
    energy_kwh_per_gb
        Electricity per gigabyte [kWh/GB].
    model
        ``average``: all of the network's energy shared out by volume, right for an account of what is;
        ``marginal``: what one more gigabyte adds, right for a decision.
    """

    network: str
    name: str
    energy_kwh_per_gb: Distribution
    model: str


def _check(row: NetworkRow) -> Iterable[tuple[str, object, str, str]]:
    if row.model not in ("average", "marginal"):
        yield "model", row.model, "is no way to allocate", "use average or marginal"


TABLE = Table(
    title="Networks",
    row=NetworkRow,
    key=("network",),
    bounds={"energy_kwh_per_gb": (1e-6, 100)},
    families={"energy_kwh_per_gb": ("model",)},
    check=_check,
)
