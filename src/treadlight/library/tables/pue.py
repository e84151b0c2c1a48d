"""Overheads of places nobody has published: power usage effectiveness, and water used on site."""

from treadlight.library.schema import Distribution, Row, Table

__all__ = ["TABLE", "PueRow"]


class PueRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of place.

    Parameters
    ----------
    place
        ``unknown``, ``cloud``, ``data-centre``, or a place without a hall such as ``desktop``; may be named as
        an activity's site where the configuration describes no site so called.
    pue
        Power usage effectiveness: electricity at the meter ÷ electricity at the devices, at least 1.
    wue_l_per_kwh
        Water used on site per kWh at the devices [L/kWh].
    wue_source, wue_locator
        Where the water figure comes from, if not from the source of the row.
    """

    place: str
    pue: Distribution
    wue_l_per_kwh: Distribution
    wue_source: str = ""
    wue_locator: str = ""


TABLE = Table(
    title="Overheads by kind of place",
    row=PueRow,
    key=("place",),
    bounds={"pue": (1.0, 5.0), "wue_l_per_kwh": (0.0, 20.0)},
)
