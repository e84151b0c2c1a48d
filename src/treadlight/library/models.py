"""Models by name: which row of the models table a name means, whoever spelt it.

A name is looked for as it is, then in normal forms that drop one thing after the other: the organisation before the
slash, separators and case, a date or version at the end, a tuned variant (``-instruct``), a way of storing the weights
(``-awq``). None of these changes the number of parameters. A form that fits more than one model fits none.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from treadlight.core.distribution import Distribution
from treadlight.core.errors import NotFoundError
from treadlight.library.tables.models import ModelTableRow

__all__ = ["ModelRow", "Models", "find_model", "model_key"]

_SEPARATORS = re.compile(r"[\s\-_.:@]+")
_DATE = re.compile(r"[-@:](?:20\d\d-?[01]\d-?[0-3]\d|2[0-9][01]\d|v?\d+:0|latest|preview|free|exp)$")
_VARIANT = re.compile(r"-(?:instruct|chat|it|hf|base|pt|sft|dpo|rlhf|maas)$")
_STORED = re.compile(r"-(?:fp8|fp16|bf16|int8|int4|awq|gptq|gguf|mlx|onnx|4bit|8bit|w4a16|w8a8|q\d\w*|fp8-dynamic)$")
_NEAR = 3


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model, as estimators need it.

    Parameters
    ----------
    id
        Such as ``meta-llama/Llama-3.1-8B``.
    params_total_b, params_active_b
        Parameters, and those that compute one token [10⁹]: a point where published or derived, a wide distribution
        where somebody estimated them, None where nothing is known.
    params_basis
        ``published``, ``derived``, ``range`` or ``unknown``.
    layers, hidden_size, kv_heads, head_dim
        Shape of the decoder; None where not known.
    default_precision
        In which the weights are published; empty where not known.
    context_len
        Longest context [tokens]; None where not known.
    training_tokens_b
        Tokens seen in pre-training [10⁹].
    training_flops
        Operations of the training.
    training_hardware, training_device_hours
        Accelerator, and the hours of all of them [h].
    """

    id: str
    provider: str
    architecture: str
    params_total_b: Distribution | None
    params_active_b: Distribution | None
    params_basis: str
    layers: int | None
    hidden_size: int | None
    kv_heads: int | None
    head_dim: int | None
    default_precision: str
    modality: str
    training_tokens_b: float | None = None
    training_flops: Distribution | None = None
    training_hardware: str = ""
    training_device_hours: float | None = None
    context_len: int | None = None


class Models:
    """The models of a table, found by name.

    Parameters
    ----------
    rows
        Rows of the table ``models``, an organisation's own among them; later rows win where two have one alias.
    """

    def __init__(self, rows: Iterable[ModelTableRow]) -> None:
        self._rows: dict[str, ModelTableRow] = {}
        self._exact: dict[str, str] = {}
        self._forms: tuple[dict[str, set[str]], ...] = ()
        for row in rows:
            self._rows[row.model] = row
            self._exact |= {name.casefold(): row.model for name in _names(row)}

    def find(self, name: str) -> ModelRow:
        """The model that `name` means.

        Raises
        ------
        NotFoundError
            If none does, or more than one; the message offers those spelt alike.
        """
        found = self.get(name)
        if found is None:
            raise NotFoundError("no such model in the library", field="model", value=name, remedy=self._advice(name))
        return found

    def get(self, name: str) -> ModelRow | None:
        """The model that `name` means; None where none does, or more than one."""
        found = self._exact.get(name.strip().casefold()) or self._by_form(name)
        return None if found is None else _model(self._rows[found])

    def nearest(self, name: str) -> tuple[str, ...]:
        """Ids of models spelt like `name`, the likest first; the model itself alone where it is found."""
        found = self.get(name)
        if found is not None:
            return (found.id,)
        keys = self._keys()
        near = dict.fromkeys(keys[key] for key in get_close_matches(model_key(name), keys, n=12, cutoff=0.6))
        return tuple(near)[:_NEAR]

    def __len__(self) -> int:
        return len(self._rows)

    def _by_form(self, name: str) -> str | None:
        for depth, form in enumerate(_forms(name)):
            found = self._indexed()[depth].get(form, set()) if form else set()
            if len(found) == 1:
                return next(iter(found))
            if found:
                return None
        return None

    def _indexed(self) -> tuple[dict[str, set[str]], ...]:
        """Normal forms of every name, by how much they drop; made when a name is first not found as it is."""
        if not self._forms:
            forms: tuple[dict[str, set[str]], ...] = tuple({} for _ in _forms(""))
            for row in self._rows.values():
                for name in _names(row):
                    for depth, form in enumerate(_forms(name)):
                        forms[depth].setdefault(form, set()).add(row.model)
            self._forms = forms
        return self._forms

    def _keys(self) -> dict[str, str]:
        """Every name in its normal form, and the model it means."""
        keys = {model_key(row.model): row.model for row in self._rows.values()}
        return keys | {model_key(alias): row.model for row in self._rows.values() for alias in _names(row)}

    def _advice(self, name: str) -> str:
        near = self.nearest(name)
        if near:
            return f"did you mean {' or '.join(near)}? `treadlight library find WORD` searches all"
        return "search with `treadlight library find WORD`, or give its parameters instead"


def model_key(name: str) -> str:
    """Normal form of a name without its organisation: ``llama 3 1 8b`` for ``meta-llama/Llama-3.1-8B``."""
    return _SEPARATORS.sub(" ", name.casefold().strip().rpartition("/")[2]).strip()


def find_model(name: str) -> ModelRow:
    """The model of the newest shipped library that `name` means: an id, an alias, or another spelling of one.

    Raises
    ------
    NotFoundError
        If there is none; the message offers those spelt alike.
    """
    return _shipped().find(name)


@lru_cache(maxsize=1)
def _shipped() -> Models:
    from treadlight.library.loader import read_table

    return Models(row for row in read_table("models") if isinstance(row, ModelTableRow))


def _names(row: ModelTableRow) -> Iterator[str]:
    yield row.model
    yield from filter(None, row.aliases.split("|"))


def _forms(name: str) -> tuple[str, ...]:
    """Normal forms of a name, each dropping more than the one before."""
    whole = name.casefold().strip()
    short = whole.rpartition("/")[2]
    undated = _dropped(_DATE, short)
    plain = _dropped(_VARIANT, _dropped(_STORED, undated))
    return tuple(_SEPARATORS.sub("", text.replace("/", "|")) for text in (whole, short, undated, plain))


def _dropped(pattern: re.Pattern[str], text: str) -> str:
    while (shorter := pattern.sub("", text)) != text:
        text = shorter
    return text


def _model(row: ModelTableRow) -> ModelRow:
    return ModelRow(
        id=row.model,
        provider=row.provider,
        architecture=row.architecture,
        params_total_b=row.params_total_b,
        params_active_b=row.params_active_b,
        params_basis=row.params_basis,
        layers=row.layers,
        hidden_size=row.hidden_size,
        kv_heads=row.kv_heads,
        head_dim=row.head_dim,
        default_precision=row.default_precision,
        modality=row.modality,
        training_tokens_b=row.training_tokens_b,
        training_flops=row.training_zflop.scaled(1e21) if row.training_zflop else None,
        training_hardware=row.training_hardware,
        training_device_hours=row.training_device_hours,
        context_len=row.context_len,
    )
