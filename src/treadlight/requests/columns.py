"""Which column of a log says what: roles that an account needs, and labels that a person asks for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from treadlight.core.errors import InputError

__all__ = ["KEYS", "ROLES", "TOKENS", "Columns", "missing_column", "parse_columns", "resolve_columns"]

TOKENS = ("tokens_in", "tokens_out", "cached")
"""Roles that hold numbers of tokens."""

KEYS = ("model", "zone", "region", "team", "hardware", "precision", "batch")
"""Roles on which a footprint depends or by which it is recorded."""

ROLES = ("time", *TOKENS, *KEYS)
"""All roles; any other name before the ``=`` is a label."""

_NEEDED = ("time", "tokens_in", "tokens_out")

_TIMES = ("hour", "day", "month", "year")
_RESERVED = (
    *_TIMES, "n", "requests", "tokens_in_context", "tokens_cached", "tokens_out_context", "max_in", "max_out",
    "start_s", "bucket", "naive", "reason", "impacts", "device_hours",
)  # fmt: skip
_ENDS = ("_p05", "_p50", "_p95")
_INTERNAL = ("_s", "_naive", "_corrupt", "_file", *(f"_{role}" for role in TOKENS))

_USUAL = {
    "time": ("timestamp", "created", "created_at", "datetime", "date", "start_time", "request_time", "ts"),
    "tokens_in": ("contexttokens", "input_tokens", "prompt_tokens", "input_length", "n_input", "context_tokens"),
    "tokens_out": ("generatedtokens", "output_tokens", "completion_tokens", "output_length", "generated_tokens"),
}
"""What other systems call a needed column, in small letters: offered in an error, never taken by itself."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Column of the log by role, and by label, in the order in which they were asked for."""

    roles: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...] = ()

    def get(self, role: str) -> str | None:
        """The column of a role; None where the log does not say it."""
        return dict(self.roles).get(role)

    @property
    def names(self) -> tuple[str, ...]:
        """Every column of the log that is read, once."""
        return tuple(dict.fromkeys(column for _, column in (*self.roles, *self.labels)))

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """Keys and labels with their columns: what rows are grouped by, beside time."""
        return (*((role, column) for role, column in self.roles if role in KEYS), *self.labels)


def parse_columns(texts: Iterable[str]) -> dict[str, str]:
    """Column by role or label from texts such as ``time=TIMESTAMP,tokens_in=ContextTokens``.

    Raises
    ------
    InputError
        If a part is not ``name=column``, a name stands twice, or is a role misspelt.
    """
    found: dict[str, str] = {}
    for part in (part.strip() for text in texts for part in text.split(",")):
        name, sign, column = (piece.strip() for piece in part.partition("="))
        if not (name and sign and column):
            remedy = "write time=TIMESTAMP,tokens_in=ContextTokens,tokens_out=GeneratedTokens"
            raise InputError("is not name=column", field="--columns", value=part, remedy=remedy)
        if name in found:
            raise InputError("is named twice", field="--columns", value=name, remedy="name each of them once")
        near = get_close_matches(name, ROLES, 1, cutoff=0.75)
        if name not in ROLES and near:
            remedy = f"did you mean {near[0]}? A label of your own needs a name less like it"
            raise InputError("is no role", field="--columns", value=name, remedy=remedy)
        found[name] = column
    return found


def resolve_columns(given: Mapping[str, str], by: Sequence[str], present: Sequence[str], file: str) -> Columns:
    """The columns of one log: those given, those that bear a role's own name, and labels that `by` asks for.

    Raises
    ------
    InputError
        If the log lacks a column (names spelt alike are offered), or a name means something else in an answer.
    """
    _check_names(given, by)
    roles = {role: given.get(role) or role for role in ROLES if role in given or role in present}
    for role in _NEEDED:
        if role not in roles:
            raise _missing(role, present, file)
    labels = {name: column for name, column in given.items() if name not in ROLES}
    labels |= {name: name for name in by if name not in ROLES and name not in labels}
    for column in (*roles.values(), *labels.values()):
        if column not in present:
            raise missing_column(column, present, file)
        if column.lower() in _INTERNAL:
            remedy = "rename it: treadlight needs this name"
            raise InputError(f"{file} has a column of this name", field="--columns", value=column, remedy=remedy)
    return Columns(tuple(roles.items()), tuple((name, labels[name]) for name in sorted(labels) if name in by))


def missing_column(column: str, present: Sequence[str], file: str) -> InputError:
    """What is said of a column that a log lacks."""
    return InputError(f"{file} has no such column", field="--columns", value=column, remedy=_offer(column, present))


def _check_names(given: Mapping[str, str], by: Sequence[str]) -> None:
    """Nothing, if requests can be grouped by every name of `by`, and no label is called like a column of an answer."""
    for name in by:
        if name in ROLES and name not in KEYS:
            remedy = f"use {', '.join(KEYS)}, {', '.join(_TIMES)} or a label"
            raise InputError("requests cannot be grouped by it", field="--by", value=name, remedy=remedy)
    for name in dict.fromkeys((*given, *by)):
        if name in _RESERVED or name.endswith(_ENDS):
            remedy = f"name the label otherwise: --columns LABEL={given.get(name, name)} --by LABEL"
            field = "--columns" if name in given else "--by"
            raise InputError("means something else in an answer", field=field, value=name, remedy=remedy)


def _missing(role: str, present: Sequence[str], file: str) -> InputError:
    usual = [column for column in present if column.lower() in _USUAL[role]]
    remedy = f"say --columns {role}={usual[0]}" if usual else f"say --columns {role}=COLUMN; {_offer(role, present)}"
    return InputError(f"{file} has no column of this name", field="--columns", value=role, remedy=remedy)


def _offer(name: str, present: Sequence[str]) -> str:
    near = get_close_matches(name.lower(), [column.lower() for column in present], 3, cutoff=0.6)
    spelt = [column for column in present if column.lower() in near]
    if spelt:
        return f"did you mean {' or '.join(spelt)}?"
    more = ", …" if len(present) > 12 else ""
    return f"its columns are {', '.join(present[:12])}{more}"
