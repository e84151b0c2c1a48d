"""Draws of everything an inference depends on: what is known stands still, what is unknown is sampled and said so."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from treadlight.estimate.inference_fit import InferenceFit
from treadlight.estimate.inference_hardware import Accelerator, served_mixture
from treadlight.estimate.inference_inputs import PRECISIONS, InferenceInputs
from treadlight.estimate.roofline import Server, default_layers
from treadlight.estimate.sampling import Array, Indices, choices, evens, lognormals, shocks

__all__ = ["Room", "Sampler", "Tokens", "sample_batch", "sample_server", "sample_tokens"]

_TASKS: tuple[tuple[str, float, float, float, float], ...] = (
    # what the task's name holds; tokens in and out: median and GSD
    (r"gpqa|reason|think|math|olympiad", 250, 2.0, 5000, 2.2),
    (r"one label|classif|sentiment|zero-shot", 250, 3.0, 5, 4.0),
    (r"caption", 400, 2.0, 30, 3.0),
    (r"image-chat|vqa", 100, 2.0, 300, 2.2),
    (r"fim|complet|code", 600, 2.5, 200, 2.2),
    (r"summar|rag|retrieval|long", 3000, 2.5, 250, 2.0),
    (r"embed|similar|rerank|masked|extractive|token class", 128, 2.2, 1, 1.0),
    (r"image|object|vision|segment", 400, 2.0, 1, 1.0),
    (r"chat|assist|dialog", 300, 3.0, 300, 2.8),
    (r"", 300, 3.0, 300, 5.0),  # from ten tokens of a benchmark to thousands of reasoning
)
"""Our own judgement, wide, but for tokens in of the tasks that the fit has found (see ``calibration``)."""

_PIECE_S = 30.0  # models of speech hear and make so much at a time

_FEW = 4  # sequences together, below which it matters whether a plain framework runs them

_GSD_BENCHMARK = 1.3  # of tokens in of a task that names one benchmark
_GSD_PLAIN = 3.0  # of a task that is also everybody's word: the benchmark of 2023 had short prompts, others may not
_PLAIN = frozenset({"chat"})

_PIPELINES = re.compile(r"caption|summar|translat|token class|masked|extractive|detect|segment|similar|sentiment", re.I)
"""Tasks of the small models that hubs offer by task."""

_HUB_SHARE = 1 / 3  # of the draws, where neither model nor size is known: models of hubs, not of interfaces
_HUB_B = (1.5, 5.0)  # median and GSD of their parameters [10⁹]: own judgement

_OFFLINE = re.compile(r"classif|label|sentiment|zero-shot|extractive|token classification", re.I)
_RATES = ("flops_16", "flops_fp8", "flops_int8")
_LIKE_MOE = re.compile(r"moe|mixture|expert", re.I)
_LIKE_HYBRID = re.compile(r"mamba|hybrid|ssm|state", re.I)


@dataclass
class Sampler:
    """Draws by cause, and a record of what was assumed.

    Parameters
    ----------
    n, seed
        How many draws, and where they begin. With ``n = 0`` every prior stands at its median, as one draw.
    """

    n: int
    seed: int
    assumed: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Length of the arrays."""
        return max(self.n, 1)

    def lognormal(self, cause: str, median: Array | float, gsd: Array | float) -> Array:
        """Draws of a prior, which may be another for each draw."""
        self.note(cause)
        if self.n == 0:
            return np.array(median, dtype=np.float64, ndmin=1)
        return lognormals(shocks(self.seed, f"inference/{cause}", self.n), median, gsd)

    def normal(self, cause: str) -> Array:
        """Standard normal draws, not noted."""
        if self.n == 0:
            return np.zeros(1)
        return shocks(self.seed, f"inference/{cause}", self.n)

    def choice(self, cause: str, weights: Sequence[float]) -> Indices:
        """Indices drawn with these weights; the heaviest at the median."""
        self.note(cause)
        if self.n == 0:
            return np.array([np.argmax(weights)])
        return choices(self.seed, f"inference/{cause}", self.n, tuple(weights))

    def even(self, cause: str) -> Array:
        """Draws spread evenly between 0 and 1, not noted."""
        if self.n == 0:
            return np.array([0.5])
        return evens(self.seed, f"inference/{cause}", self.n)

    def known(self, value: float) -> Array:
        """What stands still."""
        return np.full(self.size, float(value))

    def remark(self, text: str) -> None:
        """Say something of what was given."""
        if text not in self.remarks:
            self.remarks.append(text)

    def note(self, cause: str) -> None:
        """Say that something was sampled."""
        if cause not in self.assumed:
            self.assumed.append(cause)


@dataclass(frozen=True, slots=True)
class Room:
    """What bounds an unknown batch.

    Parameters
    ----------
    tokens
        Of context that the memory holds beside the weights.
    few
        1 where accelerators of that kind mostly run few requests at a time, else 0.
    """

    tokens: Array
    few: Array


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one request, draws: in all of the prompt, of it cached, generated; and how many such make the unit."""

    total_in: Array
    cached: Array
    out: Array
    pieces: Array


def sample_tokens(inputs: InferenceInputs, fit: InferenceFit, draw: Sampler, kind: str) -> Tokens:
    """Tokens in, cached and out."""
    median_in, gsd_in, median_out, gsd_out = _usual_tokens(inputs, fit)
    if kind == "audio":
        return _audio_tokens(inputs, draw)
    if inputs.tokens_in is not None:
        total_in = draw.known(inputs.tokens_in)
    else:
        total_in = draw.lognormal("tokens_in", median_in, gsd_in)
    cached = draw.known(inputs.tokens_cached or 0)
    total_in = np.maximum(total_in, cached)
    if kind == "encoder":
        out = draw.known(0)
    elif inputs.tokens_out is not None:
        out = draw.known(inputs.tokens_out)
    else:
        out = draw.lognormal("tokens_out", median_out, gsd_out)
    for name, given in (("tokens_in", inputs.tokens_in), ("tokens_out", inputs.tokens_out)):
        if given is not None and given < 20 and given != int(given):
            draw.remark(f"{name} ({given:g} taken as tokens, not thousands)")
    return Tokens(total_in, cached, out + (inputs.tokens_reasoning or 0), draw.known(1))


def _audio_tokens(inputs: InferenceInputs, draw: Sampler) -> Tokens:
    seconds = draw.known(inputs.audio_s) if inputs.audio_s is not None else draw.lognormal("audio_s", 30, 2.5)
    makes = re.search(r"tts|text[- ]to|generat|music|synth", inputs.task or "", re.I) is not None
    per_s_out = draw.lognormal("audio tokens per second", 50 if makes else 4, 1.5)
    per_s_in = draw.known(4 if makes else 50)
    piece_s = np.minimum(seconds, _PIECE_S)
    return Tokens(per_s_in * piece_s, draw.known(0), per_s_out * piece_s, seconds / piece_s)


def _usual_tokens(inputs: InferenceInputs, fit: InferenceFit) -> tuple[float, float, float, float]:
    task = (inputs.task or "").lower()
    _, median_in, gsd_in, median_out, gsd_out = next(row for row in _TASKS if re.search(row[0], task))
    found = fit.priors["tokens_in"].get(task)
    if found is None:
        return median_in, gsd_in, median_out, gsd_out
    return found, _GSD_PLAIN if task in _PLAIN else _GSD_BENCHMARK, median_out, gsd_out


def sample_server(inputs: InferenceInputs, fit: InferenceFit, draw: Sampler, kind: str) -> tuple[Server, Room]:
    """The server, still of batch 1, and what bounds its batch."""
    total_b, active_b, moe, hybrid = _sizes(inputs, draw, kind)
    accelerators = _accelerators(inputs, float(np.median(total_b)))
    several = len(accelerators) > 1
    index = draw.choice("hardware", [w for _, w in accelerators]) if several else np.zeros(draw.size, dtype=np.intp)
    pick = {
        name: np.array([getattr(a, name) for a, _ in accelerators], dtype=np.float64)[index]
        for name in ("tdp_w", "tdp_gsd", "idle_w", "memory_gb", "bandwidth_bytes_per_s", "workstation", *_RATES)
    }
    blackwell = np.array([a.generation == "blackwell" for a, _ in accelerators], dtype=np.float64)[index]
    older = np.array([a.generation == "older" for a, _ in accelerators], dtype=np.float64)[index]
    weight_bytes, flops = _precision(inputs, draw, pick)
    layers, hidden, kv_bytes = _shape(inputs, draw, total_b, active_b, hybrid)
    n = _devices(inputs, draw, total_b * weight_bytes, pick["memory_gb"])
    tdp_w, idle_w = _limits(inputs, draw, pick)
    _check_weights(total_b * weight_bytes, n * pick["memory_gb"], draw)
    room_gb = np.maximum(n * pick["memory_gb"] * 0.9 - total_b * weight_bytes, 0.02 * n * pick["memory_gb"])
    server = Server(
        total_b=total_b,
        active_b=active_b,
        layers=layers,
        hidden=hidden,
        kv_bytes=kv_bytes,
        weight_bytes=weight_bytes,
        flops=flops,
        bandwidth=pick["bandwidth_bytes_per_s"],
        tdp_w=tdp_w,
        idle_w=idle_w,
        n=n,
        batch=draw.known(1),
        moe=moe,
        hybrid=hybrid,
        image=draw.known(1.0 if re.search(r"image", inputs.task or "", re.I) and kind == "text" else 0.0),
        blackwell=blackwell,
        older=older,
        low_bit=(weight_bytes < 0.9).astype(np.float64),
        served=draw.known(float(kind in ("text", "audio"))),
        plain=_plain(inputs, draw, kind, older),
    )
    few = np.maximum(older, pick["workstation"])
    if inputs.hardware is None:  # who spreads a model over several accelerators serves many, whatever they are
        few *= total_b * weight_bytes < 0.75 * pick["memory_gb"]
    return server, Room(room_gb * 1e9 / kv_bytes, few)


def _accelerators(inputs: InferenceInputs, total_b: float) -> list[tuple[Accelerator, float]]:
    """The accelerators it may have run on, with weights; `total_b` parameters [10⁹] may not fit cards."""
    known = inputs.accelerator()
    weights_gb = total_b * PRECISIONS[inputs.precision_name() or "bfloat16"]
    return list(served_mixture(weights_gb)) if known is None else [(known, 1.0)]


def _plain(inputs: InferenceInputs, draw: Sampler, kind: str, older: Array) -> Array:
    """What was measured before Hopper, and classifiers, is of plain frameworks; else it may be a serving engine."""
    if kind == "encoder" or older.all():
        return draw.known(1)
    small = inputs.batch is not None and inputs.batch < _FEW and inputs.output_tokens_per_s is None
    if small and kind in ("text", "audio"):
        draw.note("framework (plain, or a serving engine)")
    return np.maximum(draw.even("framework"), older)


def sample_batch(
    inputs: InferenceInputs,
    draw: Sampler,
    fit: InferenceFit,
    kind: str,
    room: Room,
    tokens: Tokens,
) -> Array:
    """The batch: as given, or a prior of public serving, cut where the memory for its contexts ends.

    Measurements on accelerators before Hopper, and of encoders and classifiers, are mostly of one request at a time,
    and workstations have few users: these have a prior of their own.
    """
    context = np.maximum(tokens.total_in + tokens.out / 2, 64)
    if inputs.batch is not None:
        _check_contexts(inputs, context, room.tokens, draw)
        return draw.known(max(inputs.batch, 1))
    many, some = fit.priors["batch"], fit.priors["batch of few"]
    few = (room.few > 0) | (kind != "text" or _OFFLINE.search(inputs.task or "") is not None)
    median, gsd = (np.where(few, some[name], many[name]) for name in ("median", "gsd"))
    return np.clip(draw.lognormal("batch", median, gsd), 1, np.maximum(room.tokens / context, 1))


def _sizes(inputs: InferenceInputs, draw: Sampler, kind: str) -> tuple[Array, Array, Array, Array]:
    words = inputs.architecture or ""
    hybrid = draw.known(1.0 if _LIKE_HYBRID.search(words) else 0.0)
    total = _size(inputs.params_total_b, inputs.params_total_range_b, "params_total_b", draw)
    active = _size(inputs.params_active_b, inputs.params_active_range_b, "params_active_b", draw)
    if total is None and active is None:
        total = _unknown_size(inputs, draw, kind)
        if kind == "text":
            active = total * np.minimum(draw.lognormal("params_active_b", 0.25, 2.0), 1)
    if total is None and active is not None:
        spread = draw.lognormal("params_total_b", 8.0, 1.8) if _LIKE_MOE.search(words) else draw.known(1)
        total = active * np.maximum(spread, 1)
    assert total is not None
    if active is None:
        moe = _LIKE_MOE.search(words) is not None
        active = total * np.minimum(draw.lognormal("params_active_b", 0.12, 1.7), 1) if moe else total
    active = np.minimum(active, total)
    return total, active, (active < 0.8 * total).astype(np.float64), hybrid


def _size(value: float | None, bounds: tuple[float, float] | None, cause: str, draw: Sampler) -> Array | None:
    if value is not None:
        return draw.known(value)
    if bounds is None:
        return None
    low, high = bounds
    return draw.lognormal(cause, float(np.sqrt(low * high)), float((high / low) ** (1 / 3.29)))


def _unknown_size(inputs: InferenceInputs, draw: Sampler, kind: str) -> Array:
    """Parameters where nobody says anything of them [10⁹]."""
    if kind == "text" and _PIPELINES.search(inputs.task or ""):
        return draw.lognormal("params_total_b", *_HUB_B)
    served = draw.lognormal("params_total_b", *_usual_size(kind))
    if kind != "text":
        return served
    shock = (np.log(served) - np.log(_usual_size(kind)[0])) / np.log(_usual_size(kind)[1])
    hub = _HUB_B[0] * _HUB_B[1] ** shock
    return np.where(draw.even("hub") < _HUB_SHARE, hub, served)


def _usual_size(kind: str) -> tuple[float, float]:
    return {"text": (100.0, 3.5), "encoder": (0.2, 4.0), "audio": (1.0, 2.5)}.get(kind, (5.0, 2.5))


def _precision(inputs: InferenceInputs, draw: Sampler, rates: dict[str, Array]) -> tuple[Array, Array]:
    """Bytes per weight, and the peak rate of the arithmetic that such weights are used in."""
    plain, fp8, int8 = (rates[name] for name in _RATES)
    name = inputs.precision_name()
    if name is None:
        weight_bytes = np.array([2.0, 1.0, 0.56])[draw.choice("precision", (0.7, 0.22, 0.08))]
        return weight_bytes, np.where(weight_bytes == 1, np.maximum(fp8, int8), plain)
    flops = {"float32": plain / 2, "tf32": plain / 2, "fp8": fp8, "int8": int8, "mxfp4": fp8, "nvfp4": fp8}
    return draw.known(PRECISIONS[name]), flops.get(name, plain)


def _check_weights(weights_gb: Array, memory_gb: Array, draw: Sampler) -> None:
    if np.mean(weights_gb > memory_gb) > 0.5:
        sizes = f"weights of {np.median(weights_gb):.0f} GB, memory of {np.median(memory_gb):.0f} GB"
        draw.remark(f"n_devices (does not fit: {sizes}; offloading or fewer bits is not modelled)")


def _check_contexts(inputs: InferenceInputs, context: Array, room_tokens: Array, draw: Sampler) -> None:
    """Remark on a batch beyond memory; where the cache's width is a guess, on one of more than twice that."""
    assert inputs.batch is not None
    known = inputs.kv_heads is not None and inputs.head_dim is not None
    if np.mean(inputs.batch * context > room_tokens * (1 if known else 2)) > 0.5:
        most = float(np.median(room_tokens / context))
        usual = "" if known else ", unless its cache is smaller than usual"
        draw.remark(f"batch (does not fit{usual}: beside the weights memory holds about {most:.0f} such contexts)")


def _shape(
    inputs: InferenceInputs, draw: Sampler, total_b: Array, active_b: Array, hybrid: Array
) -> tuple[Array, Array, Array]:
    layers = default_layers(total_b, active_b) if inputs.layers is None else draw.known(inputs.layers)
    size = np.where(active_b < 0.8 * total_b, np.sqrt(total_b * active_b), total_b)
    hidden = np.sqrt(size * 1e9 / (12 * layers)) if inputs.hidden_size is None else draw.known(inputs.hidden_size)
    if inputs.kv_heads is not None and inputs.head_dim is not None:
        width = draw.known(inputs.kv_heads * inputs.head_dim)
    else:
        width = np.minimum(hidden, 1024.0)
    return layers, hidden, 4 * layers * width * (1 - 0.85 * hybrid)


def _devices(inputs: InferenceInputs, draw: Sampler, weights_gb: Array, memory_gb: Array) -> Array:
    if inputs.n_devices is not None:
        return draw.known(inputs.n_devices)
    named = inputs.accelerator()
    if named is not None and named.count is not None:
        return draw.known(named.count)
    least = 2 ** np.ceil(np.log2(np.maximum(weights_gb * 1.2 / (0.9 * memory_gb), 1)))
    found: Array = least * np.array([1.0, 2.0, 4.0])[draw.choice("n_devices", (0.6, 0.3, 0.1))]
    return found


def _limits(inputs: InferenceInputs, draw: Sampler, pick: dict[str, Array]) -> tuple[Array, Array]:
    if inputs.tdp_w is not None:
        tdp_w = draw.known(inputs.tdp_w)
        return tdp_w, np.minimum(pick["idle_w"], 0.5 * tdp_w)
    spread = np.exp(np.log(pick["tdp_gsd"]) * draw.normal("tdp_w"))
    return pick["tdp_w"] * spread, pick["idle_w"] * spread
