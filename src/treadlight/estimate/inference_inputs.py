"""What is known about an inference: checked as it is given, None where it is unknown."""

import math
import re
from dataclasses import dataclass, fields

from treadlight.core.errors import InputError
from treadlight.estimate.inference_hardware import Accelerator, find_accelerator

__all__ = ["KINDS", "InferenceInputs", "kind_of"]

KINDS = ("text", "encoder", "image", "video", "audio")

_LIMITS: dict[str, tuple[float, float, str]] = {
    "params_total_b": (1e-6, 1e5, "give billions of parameters: 70 for a 70B model"),
    "params_active_b": (1e-6, 1e5, "give billions of parameters used per token"),
    "tokens_in": (0, 1e8, "give the tokens of one request"),
    "tokens_out": (0, 1e7, "give the tokens of one request"),
    "tokens_cached": (0, 1e8, "give the tokens of one request"),
    "tokens_reasoning": (0, 1e7, "give the tokens of one request"),
    "n_devices": (1, 1e5, "give the accelerators that hold one copy of the model"),
    "batch": (1, 1e6, "give the sequences decoded together, 1 or more"),
    "load": (1e-6, 1, "give the share of time the accelerators are busy, above 0 and up to 1"),
    "requests_per_s": (1e-9, 1e9, "give requests per second that reach one server, such as 0.5"),
    "output_tokens_per_s": (1e-6, 1e9, "give tokens per second of the whole server, all requests together"),
    "avg_power_w": (1e-3, 1e8, "give the power of all accelerators of the server together"),
    "tdp_w": (1, 5000, "give the design power of one accelerator in watts"),
    "pue": (1, 5, "a power usage effectiveness lies between 1 and 5"),
    "pixels": (1, 1e9, "give width times height"),
    "steps": (1, 1e5, "give denoising steps"),
    "frames": (1, 1e6, "give frames of one video"),
    "audio_s": (1e-3, 1e6, "give seconds of audio"),
    "layers": (1, 1e4, "give the depth of the model"),
    "hidden_size": (1, 1e6, "give the width of the model"),
    "kv_heads": (1, 1e4, "give the heads of keys and values"),
    "head_dim": (1, 1e5, "give the width of one head"),
    "guidance_passes": (1, 4, "give 2 with classifier-free guidance, 1 without"),
}

PRECISIONS = {
    "float32": 4.0,
    "tf32": 4.0,
    "bfloat16": 2.0,
    "float16": 2.0,
    "fp8": 1.0,
    "int8": 1.0,
    "int4": 0.56,
    "mxfp4": 0.53,
    "nvfp4": 0.56,
}
"""Bytes per weight, scales included."""

_ALIASES = {
    "fp32": "float32",
    "f32": "float32",
    "bf16": "bfloat16",
    "fp16": "float16",
    "f16": "float16",
    "half": "float16",
    "float8": "fp8",
    "e4m3": "fp8",
    "w8a8": "int8",
    "8bit": "int8",
    "8": "int8",
    "16": "bfloat16",
    "32": "float32",
    "4": "int4",
    "4bit": "int4",
    "q4": "int4",
    "awq": "int4",
    "gptq": "int4",
    "w4a16": "int4",
    "nf4": "int4",
    "fp4": "nvfp4",
}

_GGUF = re.compile(r"^i?q([2-8])")
"""Weights of llama.cpp, such as Q4_K_M: by their bits, rounded up to 4 or 8."""

_ENCODES = re.compile(
    r"classif|embed|similar|extractive|masked|detection|segment|rerank|retriev|token classification|sentiment", re.I
)
_GENERATES = re.compile(r"label|zero-shot|reason|generat|chat|caption|summar", re.I)
_VIDEO = re.compile(r"video", re.I)
_MAKES_VIDEO = re.compile(
    r"(?:text|image|video)s?[- ]?(?:to|2)[- ]?video|\b[tiv]2v\b|^\s*videos?\s*$"
    r"|video[- ](?:gen|edit|synth|creat|(?:in|out)[- ]?paint|super[- ]?res|upscal)"
    r"|(?:generat|edit|synthes|creat)(?:e|ing|ion|is|i[sz]e|i[sz]ing) (?:of )?(?:an? )?(?:short )?videos?",
    re.I,
)
_MAKES_IMAGE = re.compile(
    r"(?:text|image)s?[- ]to[- ]image|\b(?:txt|img)2img\b|\b[ti]2i\b|image[- ](?:gen|edit|synth|creat|upscal)"
    r"|(?:generat|edit|synthes|creat)(?:e|ing|ion|is|i[sz]e|i[sz]ing) (?:of )?(?:an? )?images?"
    r"|\b(?:in|out)[- ]?paint|super[- ]?resolution",
    re.I,
)
_DESCRIBES = re.compile(
    r"caption|understand|question|\bv?qa\b|describ|[- ]to[- ]text|summar|classif|detect|segment|recogn", re.I
)
_RATE = re.compile(
    r"(?:\brate\s+(?P<rate>)|\b)(?P<count>\d+(?:\.\d+)?)\s*(?(rate)(?:req\w*)?|req\w*)\s*(?:/|per )\s*"
    r"(?P<period>s|min|h)(?:ec|econds?|inute|r|our)?\b",
    re.I,
)
_PERIODS_S = {"s": 1.0, "m": 60.0, "h": 3600.0}
_AUDIO = re.compile(r"speech|audio|transcri|asr|tts|music", re.I)


@dataclass(frozen=True, slots=True)
class InferenceInputs:
    """One request, query, image or video, and where it ran. None is unknown, and is sampled from a prior.

    Parameters
    ----------
    model
        Its name, where known: tells how a diffusion model guides and compresses (``data/diffusion.csv``).
    params_total_b, params_active_b
        Parameters of the model and those used per token [10⁹]; they differ in mixtures of experts.
    params_total_range_b, params_active_range_b
        5th and 95th percentile, where somebody has estimated a range only.
    architecture
        ``dense``, ``moe``, ``hybrid`` (state-space and attention layers), ``encoder``, ``diffusion`` and the like.
    task
        In words: ``chat``, ``text-to-image``, ``text classification``, ``embedding``.
    tokens_in, tokens_cached
        Tokens of the prompt in all, and those of them read from a prefix cache (None: none, the dearer case).
    tokens_out, tokens_reasoning
        Tokens generated, and tokens of hidden reasoning that `tokens_out` does not include (None: it has them all).
    hardware, n_devices
        Accelerator, and how many hold one copy of the model.
    batch
        Sequences decoded together, on average.
    load
        Share of the time the accelerators are busy; the rest becomes a line of its own.
    requests_per_s
        Requests that reach the server, on average [1/s]: it is held all the time, and what it does not use becomes a
        line of its own. Also read in a `task` such as ``chat, rate 2/s`` or ``API, 558 requests/h``.
    precision
        Of the weights: ``bfloat16``, ``fp8``, ``int4``, ``mxfp4`` and the like.
    output_tokens_per_s
        Measured output of the whole server, all its requests together [1/s].
    avg_power_w
        Measured power of all its accelerators together [W].
    tdp_w
        Power limit of one accelerator, where it differs from the maker's [W].
    pixels, steps, frames, guidance_passes
        Of images and video: width times height, denoising steps, frames; model runs per step (2 with classifier-free
        guidance).
    audio_s
        Seconds of audio heard or made.
    unit
        What one is: ``request``, ``query``, ``image``, ``video``.
    layers, hidden_size, kv_heads, head_dim
        Of the model.
    pue
        Power usage effectiveness of the hall.

    Raises
    ------
    InputError
        If a figure cannot be: negative, no number, out of any range; or if nothing is called so.
    """

    model: str | None = None
    params_total_b: float | None = None
    params_active_b: float | None = None
    architecture: str | None = None
    task: str | None = None
    tokens_in: float | None = None
    tokens_out: float | None = None
    tokens_cached: float | None = None
    tokens_reasoning: float | None = None
    hardware: str | None = None
    n_devices: float | None = None
    batch: float | None = None
    load: float | None = None
    requests_per_s: float | None = None
    precision: str | None = None
    output_tokens_per_s: float | None = None
    avg_power_w: float | None = None
    tdp_w: float | None = None
    pixels: float | None = None
    steps: float | None = None
    frames: float | None = None
    audio_s: float | None = None
    unit: str | None = None
    layers: float | None = None
    hidden_size: float | None = None
    kv_heads: float | None = None
    head_dim: float | None = None
    guidance_passes: float | None = None
    params_total_range_b: tuple[float, float] | None = None
    params_active_range_b: tuple[float, float] | None = None
    pue: float | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and field.name in _LIMITS:
                _check(field.name, value)
        for name in ("params_total_range_b", "params_active_range_b"):
            _check_range(name, getattr(self, name))
        _check_order("params_active_b", self.params_active_b, "params_total_b", self.params_total_b)
        _check_order("tokens_cached", self.tokens_cached, "tokens_in", self.tokens_in)
        self._check_amounts()
        if self.precision is not None:
            self.precision_name()
        if self.hardware is not None:
            find_accelerator(self.hardware)

    def _check_amounts(self) -> None:
        """Refuse a request that asks for nothing, and two figures of one load."""
        if self.tokens_in == 0 and self.tokens_out == 0 and not self.tokens_reasoning:
            remedy = "give the tokens of one request, or leave out what is unknown"
            raise InputError("is 0, and so is tokens_in: nothing was asked", field="tokens_out", value=0, remedy=remedy)
        if self.load is not None and self.requests_per_s is not None:
            what = "says the same as load, and may contradict it"
            remedy = "give the share of time busy, or the requests per second"
            raise InputError(what, field="requests_per_s", value=self.requests_per_s, remedy=remedy)

    @property
    def rate_per_s(self) -> float | None:
        """Requests that reach the server [1/s]; None where nobody says so."""
        if self.requests_per_s is not None or self.load is not None:
            return self.requests_per_s
        found = _RATE.search(self.task or "")
        per_s = float(found["count"]) / _PERIODS_S[found["period"][0].lower()] if found else 0.0
        return per_s or None

    def accelerator(self) -> Accelerator | None:
        """The accelerator; None where it is unknown."""
        return None if self.hardware is None else find_accelerator(self.hardware, self.tdp_w)

    def precision_name(self) -> str | None:
        """The precision as a key of `PRECISIONS`; None where it is unknown."""
        if self.precision is None:
            return None
        name = re.sub(r"[\s_\-]", "", self.precision.lower()).removeprefix("torch.")
        name = _ALIASES.get(name, name)
        if gguf := _GGUF.match(name):
            name = "int4" if int(gguf.group(1)) <= 4 else "int8"
        if name not in PRECISIONS:
            remedy = f"use one of {', '.join(PRECISIONS)}"
            raise InputError("no such precision", field="precision", value=self.precision, remedy=remedy)
        return name


def kind_of(inputs: InferenceInputs) -> str:
    """Which of `KINDS` these inputs describe."""
    task, architecture, unit = inputs.task or "", (inputs.architecture or "").lower(), inputs.unit or ""
    makes_image = _MAKES_IMAGE.search(task) is not None and not _AUDIO.search(task)
    described = not makes_image and _DESCRIBES.search(task) is not None
    filmed = inputs.frames is not None or unit == "video" or (_VIDEO.search(task) and "diffusion" in architecture)
    if _MAKES_VIDEO.search(task) or (filmed and not described):
        return "video"
    drawn = "diffusion" in architecture or unit == "image" or inputs.steps is not None
    if makes_image or (drawn and not described):
        return "image"
    if inputs.tokens_out or inputs.output_tokens_per_s is not None:
        return "text"
    if inputs.audio_s is not None or _AUDIO.search(task):
        return "audio"
    encoder = architecture in ("encoder", "vision", "embedding", "classifier", "cnn")
    return "encoder" if encoder or (_ENCODES.search(task) and not _GENERATES.search(task)) else "text"


def _check(field: str, value: object) -> None:
    low, high, remedy = _LIMITS[field]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError("is no number", field=field, value=value, remedy=remedy)
    if math.isnan(value):
        raise InputError("is no number", field=field, value=value, remedy="leave out what is unknown")
    if value < 0:
        raise InputError("cannot be negative", field=field, value=value, remedy=remedy)
    if field in ("tokens_in", "tokens_out") and 0 < value < 1:
        raise InputError("is less than one token", field=field, value=value, remedy="give tokens, not thousands")
    if not low <= value <= high:
        side = "small" if value < low else "large"
        raise InputError(f"is too {side} to be true", field=field, value=value, remedy=remedy)


def _check_range(field: str, bounds: tuple[float, float] | None) -> None:
    if bounds is None:
        return
    for bound in bounds:
        _check(field.replace("_range", ""), bound)
    if bounds[0] > bounds[1]:
        raise InputError("begins above its end", field=field, value=bounds, remedy="give the low bound first")


def _check_order(small: str, value: float | None, large: str, limit: float | None) -> None:
    if value is not None and limit is not None and value > limit * 1.001:
        remedy = f"it is a part of {large}, {limit:g}"
        raise InputError(f"exceeds {large}", field=small, value=value, remedy=remedy)
