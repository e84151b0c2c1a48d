"""Processors: power, cores, die area, and how ``/proc/cpuinfo`` names them."""

from treadlight.library.schema import Row, Table

__all__ = ["TABLE", "CpuTableRow"]


class CpuTableRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model, or the median of a family, a maker or a class.

    Parameters
    ----------
    slug
        As in ``hardware.cpu.<slug>``.
    kind
        model, family, vendor or generic.
    klass
        server, desktop or laptop.
    tdp_w
        Thermal design power of one package [W].
    tdp_gsd
        GSD of the true TDP about `tdp_w`; for a family the larger of the spreads of TDP and of TDP per thread.
    cores, threads
        Of one package.
    die_mm2
        Total die area of one package [mm²].
    aliases
        Further names, separated by ``|``; each is recognised as exactly this model.
    pattern
        Of a family or maker: regular expression on the normal form of a name.
    cpuid
        Of a family: ``cpu family:first model-last model`` of ``/proc/cpuinfo``, separated by ``|``.
    members
        How many models the row stands for.
    """

    slug: str
    name: str
    vendor: str
    kind: str
    klass: str
    family: str = ""
    tdp_w: float
    tdp_gsd: float = 1.0
    cores: int | None = None
    threads: int | None = None
    die_mm2: float | None = None
    aliases: str = ""
    pattern: str = ""
    cpuid: str = ""
    members: int = 1


TABLE = Table(
    title="Processors",
    row=CpuTableRow,
    key=("slug",),
    bounds={
        "tdp_w": (2, 700),
        "tdp_gsd": (1, 4),
        "cores": (1, 512),
        "threads": (1, 1024),
        "die_mm2": (40, 2500),
        "members": (1, 2000),
    },
)
