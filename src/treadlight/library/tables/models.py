"""Models: how large a model is, how it is built, and what is published about its training."""

from collections.abc import Iterable

from treadlight.library.schema import Distribution, Row, Table

__all__ = ["ARCHITECTURES", "BASES", "TABLE", "ModelTableRow"]

ARCHITECTURES = ("dense", "moe", "hybrid", "encoder", "encdec", "embedding", "vision", "diffusion", "asr", "")
"""Kinds of model; ``hybrid`` mixes attention with state-space layers; empty: not known."""

BASES = ("published", "derived", "range", "unknown")
"""Where the number of parameters comes from: the maker, the published configuration, somebody's estimate, nowhere."""


class ModelTableRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model.

    Parameters
    ----------
    model
        Id, as its maker writes it where the weights are open: ``meta-llama/Llama-3.1-8B``.
    aliases
        Further names, separated by ``|``: of serving tools, of interfaces, of tuned variants of the same size.
    released
        Day, month or year of release, where read.
    open_weights
        ``yes``, ``no``, or empty: not known.
    architecture
        One of `ARCHITECTURES`.
    params_total_b, params_active_b
        Parameters, and those that compute one token [10⁹]; empty where nobody has published or estimated them. A
        number is published or derived; a distribution is somebody's range, widened.
    params_basis
        One of `BASES`.
    params_source
        Id of the source of the parameters where it is not the row's; empty: the row's.
    layers, hidden_size, kv_heads, head_dim, vocab
        Shape of the (text) decoder.
    experts_total, experts_active
        Of a mixture of experts.
    context_len
        Longest context [tokens].
    default_precision
        In which the weights are published.
    modality
        What goes in and comes out, in words.
    training_tokens_b
        Tokens seen in pre-training [10⁹].
    training_zflop
        Floating-point operations of the training [10²¹]; a distribution where it is somebody's estimate.
    training_hardware, training_device_hours
        Accelerator, and the hours of all of them [h].
    training_source
        Id of the source of the figures on training.
    """

    model: str
    aliases: str = ""
    provider: str = ""
    released: str = ""
    open_weights: str = ""
    architecture: str = ""
    params_total_b: Distribution | None = None
    params_active_b: Distribution | None = None
    params_basis: str
    params_source: str = ""
    layers: int | None = None
    hidden_size: int | None = None
    kv_heads: int | None = None
    head_dim: int | None = None
    vocab: int | None = None
    experts_total: int | None = None
    experts_active: int | None = None
    context_len: int | None = None
    default_precision: str = ""
    modality: str = ""
    training_tokens_b: float | None = None
    training_zflop: Distribution | None = None
    training_hardware: str = ""
    training_device_hours: float | None = None
    training_source: str = ""


def _check(row: ModelTableRow) -> Iterable[tuple[str, object, str, str]]:
    if row.architecture not in ARCHITECTURES:
        known = ", ".join(filter(None, ARCHITECTURES))
        yield "architecture", row.architecture, "is no architecture", f"use one of {known}, or leave it empty"
    if row.params_basis not in BASES:
        yield "params_basis", row.params_basis, "is no basis", f"use one of {', '.join(BASES)}"
    if row.open_weights not in ("yes", "no", ""):
        yield "open_weights", row.open_weights, "is neither yes nor no", "leave it empty where it is not known"
    known_size = row.params_total_b is not None or row.params_active_b is not None
    if known_size == (row.params_basis == "unknown"):
        what = "says unknown beside a figure" if known_size else "names a basis but no figure"
        yield "params_basis", row.params_basis, what, "give both or neither"
    total, active = row.params_total_b, row.params_active_b
    if total is not None and active is not None and active.median > total.median * 1.001:
        yield "params_active_b", str(active), f"is above the total, {total.median:g}", "check which is which"
    trained = (row.training_tokens_b, row.training_zflop, row.training_device_hours)
    if any(figure is not None for figure in trained) and not row.training_source:
        yield "training_source", "", "is missing", "name the source of the figures on training"


TABLE = Table(
    title="Models",
    row=ModelTableRow,
    key=("model",),
    bounds={
        "params_total_b": (1e-4, 20_000),
        "params_active_b": (1e-4, 5_000),
        "layers": (1, 500),
        "hidden_size": (16, 100_000),
        "kv_heads": (1, 1024),
        "head_dim": (8, 8192),
        "vocab": (8, 2_000_000),
        "experts_total": (2, 5000),
        "experts_active": (1, 500),
        "context_len": (16, 20_000_000),
        "training_tokens_b": (1e-3, 200_000),
        "training_zflop": (1e-9, 1e7),
        "training_device_hours": (1, 1e9),
    },
    check=_check,
)
