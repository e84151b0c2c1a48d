"""What an estimate is asked: columns of a table or options of a command become the inputs of an estimator."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, get_type_hints

from treadlight.core.activity import CLOUD, Location
from treadlight.core.distribution import Distribution, Point
from treadlight.core.errors import InputError
from treadlight.library.models import ModelRow, Models

__all__ = [
    "KINDS",
    "PLACE_COLUMNS",
    "Question",
    "check_known",
    "columns_of",
    "filled_columns",
    "inputs_of",
    "number",
    "one_question",
    "question_of",
    "takes_range",
    "times_of",
    "with_model",
]

KINDS = ("training", "inference")

PLACE_COLUMNS = ("carbon_intensity_g_per_kwh", "zone", "region")
"""Columns that say where it happened; the first known one counts."""

_OWN_COLUMNS = ("model", "estimate_scope", *PLACE_COLUMNS)
_SHAPE = ("layers", "hidden_size", "kv_heads", "head_dim")
_STORED_NARROW = ("fp8", "mxfp4", "nvfp4", "int8", "int4")  # nobody serves these wider than they are published
_SAYS_NOTHING = ("model", "pue", "unit", "experiments_multiplier", "avg_power_scope")  # of how much it was
_TOLD = ("tokens_b", "samples_m", "total_flops", "device_hours", "wall_hours")
_SIZES = ("params_total_b", "params_active_b")
_SAME_SIZE = 0.1
_LEAST_USED = 0.02  # of the peak rate; published trainings reach 0.05 and more
_NOT_LISTED = "the model is not in the library: its size is unknown"
_MOST_G_PER_KWH = 3000.0


@dataclass(frozen=True)
class Question:
    """What is asked.

    Parameters
    ----------
    kind
        ``training`` or ``inference``.
    known
        Inputs of the estimator by name; what is unknown is absent.
    ranges
        Inputs of which only a distribution is known: sizes that others estimated.
    scope
        What the answer includes.
    intensity_g_per_kwh
        Carbon intensity of the electricity, where stated [gCO2e/kWh].
    zone, region, site
        Where it happened; empty: unknown. The site ``here`` is the one that the configuration describes without a name.
    filled
        Input to what filled it: a model of the library.
    remarks
        What else a reader must know about the inputs.
    """

    kind: str
    known: Mapping[str, Any]
    scope: str = "facility"
    ranges: Mapping[str, Distribution] = field(default_factory=dict)
    intensity_g_per_kwh: float | None = None
    zone: str = ""
    region: str = ""
    site: str = ""
    filled: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def location(self) -> Location:
        """Where it happened, for the library."""
        if self.site:
            return Location(zone=self.zone, region=self.region, site="" if self.site == "here" else self.site)
        return Location(zone=self.zone, region=self.region, site="" if self.region else CLOUD)

    @property
    def key(self) -> tuple[object, ...]:
        """What tells this question from others; equal questions have equal answers."""
        ranges = tuple(sorted((name, str(found)) for name, found in self.ranges.items()))
        place = (self.intensity_g_per_kwh, self.zone, self.region, self.site)
        known = tuple(sorted(self.known.items()))
        return (self.kind, self.scope, known, ranges, place, tuple(sorted(self.filled.items())), self.remarks)


@lru_cache(maxsize=2)
def _types(kind: str) -> dict[str, type]:
    """Inputs of an estimator by name, and whether each is a number or a word."""
    if kind == "training":
        from treadlight.estimate.training import TrainingInputs as Inputs
    else:
        from treadlight.estimate.inference import InferenceInputs as Inputs  # type: ignore[assignment]
    hints = get_type_hints(Inputs)
    return {name: str if str in getattr(hint, "__args__", (hint,)) else float for name, hint in hints.items()}


def columns_of(kind: str) -> tuple[str, ...]:
    """Columns of a table that are read; every other one is carried through."""
    return tuple(dict.fromkeys((*(name for name in _types(kind) if "range" not in name), *_OWN_COLUMNS)))


def inputs_of(question: Question, **changes: Any) -> Any:
    """The inputs of the estimator that answers a question."""
    known = {**question.known, **changes}
    for name, spread in question.ranges.items():
        if name not in known and takes_range(question.kind, name):
            known[_ranged(name)] = (spread.quantile(0.05), spread.quantile(0.95))
    if question.kind == "training":
        from treadlight.estimate.training import TrainingInputs

        return TrainingInputs(**known)
    from treadlight.estimate.inference import InferenceInputs

    return InferenceInputs(**known)


def takes_range(kind: str, name: str) -> bool:
    """Whether the estimator takes a range of this input, or single values only."""
    return _ranged(name) in _types(kind)


def _ranged(name: str) -> str:
    return f"{name.removesuffix('_b')}_range_b"


def question_of(
    kind: str, cells: Mapping[str, object], scope: str, models: Models, ignored: frozenset[str] = frozenset()
) -> Question:
    """The question that one row of a table asks; empty cells are unknown.

    Parameters
    ----------
    scope
        Used where the row does not say what the answer includes.
    ignored
        Columns to treat as unknown; the library does not fill them in either.

    Raises
    ------
    InputError
        For a value that cannot be; it names the column.
    """
    types = _types(kind)
    known: dict[str, Any] = {}
    for name, value in cells.items():
        if name in ignored or name not in types or _empty(value):
            continue
        known[name] = number(value, name) if types[name] is float else str(value).strip()
    place = {name: cells.get(name) for name in PLACE_COLUMNS if name not in ignored and not _empty(cells.get(name))}
    stated_scope = "" if "estimate_scope" in ignored else _word(cells.get("estimate_scope"))
    question = Question(
        kind,
        known,
        stated_scope or scope,
        intensity_g_per_kwh=_intensity(place.get("carbon_intensity_g_per_kwh")),
        zone=_word(place.get("zone")),
        region=_word(place.get("region")),
    )
    name = "" if "model" in ignored else _word(cells.get("model"))
    return _with_model(question, name, models, ignored) if name else question


def one_question(
    kind: str,
    cells: Mapping[str, object],
    scope: str,
    models: Models,
    ignored: frozenset[str] = frozenset(),
    *,
    field: str,
    remedy: str,
) -> Question:
    """The question that somebody asks by itself; a row of a table goes on without a model that is not listed.

    Parameters
    ----------
    field, remedy
        What is said where nothing is known.

    Raises
    ------
    InputError
        As `question_of` and `check_known`; and for a model that the library does not have.
    """
    model = "" if "model" in ignored else _word(cells.get("model"))
    if model:
        models.find(model)
    question = question_of(kind, cells, scope, models, ignored)
    check_known(question, field, remedy)
    return question


def times_of(count: object) -> float:
    """How many units an estimate is of; one where nobody says.

    Raises
    ------
    InputError
        If it is no number, or none.
    """
    times = 1.0 if count is None else number(count, "count")
    if times == 0:
        raise InputError("is 0", field="count", value=count, remedy="give how many, 1 or more")
    return times


def _with_model(question: Question, name: str, models: Models, ignored: frozenset[str]) -> Question:
    """The question with what is published of a model; as it is where the library does not know the name."""
    model = models.get(name)
    if model is not None:
        return with_model(question, model, ignored)
    if any(size in question.known for size in _SIZES):
        return question
    near = _nearest(models, name)
    remark = f"{_NOT_LISTED}; nearest: {', '.join(near)}" if near else _NOT_LISTED
    return replace(question, remarks=(*question.remarks, remark))


@lru_cache(maxsize=4096)
def _nearest(models: Models, name: str) -> tuple[str, ...]:
    """Models of the library spelt alike; a table may repeat a name."""
    return models.nearest(name)


def check_known(question: Question, field: str, remedy: str) -> None:
    """Refuse a question of which nothing is known.

    Raises
    ------
    InputError
        If neither an input is known nor a model of the library.
    """
    if question.ranges or any(name not in _SAYS_NOTHING for name in question.known):
        return
    unlisted = [remark for remark in question.remarks if remark.startswith(_NOT_LISTED)]
    if len(question.remarks) > len(unlisted):
        return
    whole = "; ".join([*unlisted, remedy])
    raise InputError("nothing is known to estimate from", field=field, remedy=whole)


def filled_columns(question: Question, model: ModelRow, ignored: frozenset[str] = frozenset()) -> Question:
    """The question with what the library knows of a model in the place of what is unknown."""
    known, ranges, filled = dict(question.known), dict(question.ranges), dict(question.filled)
    remarks = question.remarks
    if model.params_total_b is None and model.params_active_b is None:
        remarks = (*remarks, f"nobody has published the size of {model.id}")
    types = _types(question.kind)
    resized = _is_resized(question, model)
    for name in _SIZES:
        spread = getattr(model, name)
        if spread is None or name in known or name in ignored or resized:
            continue
        if isinstance(spread, Point):
            known[name] = _beside(name, spread.value, question.known)
        else:
            ranges[name] = spread
        filled[name] = model.id
    shape = () if resized else _SHAPE
    for name, value in (("architecture", model.architecture), *((n, getattr(model, n)) for n in shape)):
        if value and name in types and name not in known and name not in ignored:
            known[name] = value
            filled[name] = model.id
    asked = sum(float(known.get(name) or 0) for name in ("tokens_in", "tokens_out", "tokens_reasoning"))
    if question.kind == "inference" and model.context_len is not None and asked > model.context_len:
        remark = f"{asked:g} tokens are more than the {model.context_len} that {model.id} takes: not one request"
        remarks = (*remarks, remark)
    # weights may be stored narrower than they were trained
    served = question.kind == "inference" and model.default_precision in _STORED_NARROW
    if served and "precision" not in {*known, *ignored}:
        known["precision"] = model.default_precision
        filled["precision"] = model.id
    return replace(question, known=known, ranges=ranges, filled=filled, remarks=remarks)


def _is_resized(question: Question, model: ModelRow) -> bool:
    """Whether the size that is stated is not that of the model."""
    for name in _SIZES:
        stated, spread = question.known.get(name), getattr(model, name)
        if stated and isinstance(spread, Point) and abs(stated / spread.value - 1) > _SAME_SIZE:
            return True
    return False


def _beside(name: str, value: float, stated: Mapping[str, Any]) -> float:
    """A published size [10⁹] beside a stated one that was rounded: no more active parameters than in all."""
    if name == "params_active_b":
        return min(value, float(stated.get("params_total_b", math.inf)))
    return max(value, float(stated.get("params_active_b", 0.0)))


def number(value: object, column: str) -> float:
    """A cell as a number.

    Raises
    ------
    InputError
        If it is none, not finite or negative.
    """
    remedy = "write a number such as 70 or 3.5e4, without unit or separators; leave the cell empty where it is unknown"
    try:
        found = float(str(value).strip()) if not isinstance(value, bool) else math.nan
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise InputError("is no number", field=column, value=value, remedy=remedy)
    if found < 0:
        raise InputError("is negative", field=column, value=value, remedy=f"give {column} ≥ 0")
    return found


def _intensity(value: object) -> float | None:
    if value is None:
        return None
    found = number(value, "carbon_intensity_g_per_kwh")
    if found > _MOST_G_PER_KWH:
        remedy = "give grams of CO2e per kWh: 30 in Norway, 700 where coal burns"
        raise InputError("is no intensity of a grid", field="carbon_intensity_g_per_kwh", value=value, remedy=remedy)
    return found


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _word(value: object) -> str:
    return "" if value is None else str(value).strip()


def with_model(question: Question, model: ModelRow, ignored: frozenset[str] = frozenset()) -> Question:
    """The question with what is published of a model; of its training too, where that is the training asked about.

    A fine-tune, or a model of another size, is another training: only the size is taken. Where something stated tells
    how much was trained, the same. Device-hours count for the accelerator they were spent on; where another is stated,
    or a number of accelerators, the published operations or tokens are taken alone.
    """
    filled = filled_columns(question, model, ignored)
    if question.kind != "training" or any(name in question.known for name in _TOLD) or _is_other(question, model):
        return filled
    published: dict[str, Any] = {"tokens_b": model.training_tokens_b}
    ranges, remarks = dict(filled.ranges), filled.remarks
    if _same_machines(question, model):
        published["device_hours"] = model.training_device_hours
        published["hardware"] = None if "hardware" in question.known else model.training_hardware or None
    elif model.training_device_hours is not None and "device_hours" not in ignored:
        where = model.training_hardware or "an unnamed accelerator"
        remarks = (*remarks, f"the device-hours published of {model.id} are of {where}: not used")
    hours_known = published.get("device_hours") is not None and "device_hours" not in ignored
    if not hours_known and model.training_tokens_b is not None and _is_part(model):
        published["tokens_b"] = None
        remarks = (*remarks, f"the tokens published of {model.id} are a part of its training: not used")
    if model.training_tokens_b is None and model.training_flops is not None and "total_flops" not in ignored:
        if isinstance(model.training_flops, Point):
            published["total_flops"] = model.training_flops.value
        else:
            ranges["total_flops"] = model.training_flops
    known = {name: value for name, value in published.items() if value is not None and name not in ignored}
    named = dict.fromkeys((*known, *(n for n in ranges if n not in filled.ranges)), model.id)
    filled_by = {**filled.filled, **named}
    return replace(filled, known={**filled.known, **known}, ranges=ranges, filled=filled_by, remarks=remarks)


def _is_part(model: ModelRow) -> bool:
    """Whether the tokens of a model account for next to nothing of its device-hours: a stage, or another unit."""
    from treadlight.estimate.accelerator import find_trainer

    size, hours = model.params_active_b or model.params_total_b, model.training_device_hours
    slug = _slug_of(model.training_hardware)
    if size is None or hours is None or slug is None or model.training_tokens_b is None:
        return False
    spent_flops = hours * 3600 * find_trainer(slug).peak_tflops * 1e12
    return 6 * size.median * model.training_tokens_b * 1e18 < _LEAST_USED * spent_flops


def _is_other(question: Question, model: ModelRow) -> bool:
    """Whether what is stated is another training than the one that made the model."""
    from treadlight.estimate.training import TrainingInputs

    kind = TrainingInputs(architecture=question.known.get("architecture")).kind()
    return kind.lora or kind.finetune or _is_resized(question, model)


def _same_machines(question: Question, model: ModelRow) -> bool:
    """Whether nothing stated speaks against the accelerators that the model was trained on."""
    stated = question.known.get("hardware")
    if stated is None:
        return "n_devices" not in question.known
    slug = _slug_of(stated)
    return slug is not None and slug == _slug_of(model.training_hardware)


def _slug_of(hardware: str) -> str | None:
    """The accelerator that a name means; None where it means none."""
    from treadlight.estimate.accelerator import find_trainer

    try:
        return find_trainer(hardware).device.slug if hardware.strip() else None
    except InputError:
        return None
