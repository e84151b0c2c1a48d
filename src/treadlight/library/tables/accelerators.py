"""Accelerators: power, memory and peak rates of GPUs and other accelerators, and the names drivers give them."""

from treadlight.library.schema import Row, Table

__all__ = ["TABLE", "AcceleratorTableRow"]


class AcceleratorTableRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model, or the median of a family, a maker, or all.

    Parameters
    ----------
    slug
        As in ``hardware.accelerator.<slug>``.
    kind
        model, family, vendor or generic.
    launched
        Year of launch, where read.
    tdp_w
        Board or module power [W]; empty where the maker publishes none.
    tdp_basis
        board, power-cap or measured-maximum; median for a family.
    tdp_gsd
        GSD of the true TDP about `tdp_w`; 1 where sources agree.
    idle_w
        Idle power [W], with `idle_basis`.
    memory_gb, bandwidth_gb_per_s
        Memory [GB] and its bandwidth [GB/s].
    bf16_tflops, fp16_tflops, int8_tops, fp8_tflops, fp32_tflops
        Dense peak rates [10¹²/s].
    die_mm2, process_nm
        Area of the compute dies [mm²] and process [nm].
    aliases
        Further names, separated by ``|``; each is recognised as exactly this model.
    pattern
        Of a family or maker: regular expression on the normal form of a name.
    members
        How many models the row stands for.
    """

    slug: str
    name: str
    vendor: str
    kind: str
    family: str = ""
    launched: int | None = None
    tdp_w: float | None = None
    tdp_basis: str = ""
    tdp_gsd: float = 1.0
    idle_w: float | None = None
    idle_basis: str = ""
    memory_gb: float | None = None
    bandwidth_gb_per_s: float | None = None
    bf16_tflops: float | None = None
    fp16_tflops: float | None = None
    int8_tops: float | None = None
    fp8_tflops: float | None = None
    fp32_tflops: float | None = None
    die_mm2: float | None = None
    process_nm: float | None = None
    aliases: str = ""
    pattern: str = ""
    members: int = 1


TABLE = Table(
    title="Accelerators",
    row=AcceleratorTableRow,
    key=("slug",),
    bounds={
        "launched": (2010, 2030),
        "tdp_w": (2, 2500),
        "tdp_gsd": (1, 4),
        "idle_w": (0.1, 300),
        "memory_gb": (1, 1000),
        "bandwidth_gb_per_s": (10, 20_000),
        "die_mm2": (20, 3000),
        "process_nm": (2, 40),
        "members": (1, 500),
    },
)
