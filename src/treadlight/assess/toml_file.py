"""TOML files that people write, read strictly: each fault is one error that names file, field and remedy."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import msgspec.inspect

from treadlight.core.errors import InputError, NotFoundError

__all__ = ["TomlKind"]

N = TypeVar("N", bound=msgspec.Struct)

_LARGEST = 8 << 20
_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?\$?(?P<path>[^`]*)`)?$", re.DOTALL)
_NAMED = re.compile(r"`([^`]+)`")
_TYPES = re.compile(r"Expected `(?P<expected>[^`]+)`, got `(?P<got>[^`]+)`")
_WORDS = {
    "array": "a list", "object": "a table", "str": "a text", "int": "a whole number", "float": "a number",
    "bool": "true or false", "date": "a day", "datetime": "a time",
}  # fmt: skip
"""What the types of msgspec are in a file."""


@dataclass(frozen=True, slots=True)
class TomlKind:
    """A kind of file, as messages speak of it.

    Parameters
    ----------
    noun
        What the file is, such as ``study``.
    field
        Under which a path is named, such as ``STUDY``.
    begin
        The command that makes one.
    keys
        Where the keys are described.
    """

    noun: str
    field: str
    begin: str
    keys: str

    def loaded(self, path: Path) -> dict[str, Any]:
        """What the file at `path` holds.

        Raises
        ------
        NotFoundError
            If there is no such file.
        InputError
            If it cannot be read, or is no TOML.
        """
        try:
            with path.open("rb") as file:
                data = file.read(_LARGEST + 1)  # a device or a pipe may have no end
            if len(data) > _LARGEST:
                remedy = f"keep measurements in the ledger; a {self.noun} has at most {_LARGEST >> 20} MiB"
                raise InputError(f"is too large for a {self.noun}", field=str(path), remedy=remedy)
            return tomllib.loads(data.decode())
        except FileNotFoundError:
            remedy = f"give the path of a {self.noun}, or make one with `{self.begin}`"
            raise NotFoundError("no such file", field=self.field, value=str(path), remedy=remedy) from None
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", field=self.field, value=str(path),
                             remedy="give the path of a TOML file") from None  # fmt: skip
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InputError(f"is no TOML ({error})", field=path.name, remedy="mend the line that is named") from None

    def shaped(self, given: Mapping[str, Any], shape: type[N], where: str, filled_in: tuple[str, ...] = ()) -> N:
        """`given` as a noun of `shape`; the keys `filled_in` are not for files to give.

        Raises
        ------
        InputError
            If a key is unknown or missing, or a value has the wrong type.
        """
        for name in filled_in:
            if name in given:
                raise InputError(f"is no key of a {self.noun}", field=f"{where}: {name}", remedy="leave it out")
        try:
            return msgspec.convert(given, shape)
        except msgspec.ValidationError as error:
            raise self._unfit(str(error), where, shape) from None

    def _unfit(self, text: str, where: str, shape: type[msgspec.Struct]) -> InputError:
        """One error of ours for one of msgspec's, which names the place as ``$.scope.functional_unit``."""
        found = _PLACE.match(text)
        what, path = (found["what"], (found["path"] or "").lstrip(".")) if found else (text, "")
        names = _NAMED.findall(what)
        if "unknown field" in what and names:
            at = f"{path}.{names[0]}" if path else names[0]
            near = get_close_matches(names[0], _keys(shape, path), 1)
            see = f"see {self.keys} for the keys"
            return InputError(f"is no key of a {self.noun}", field=f"{where}: {at}",
                              remedy=f"did you mean {near[0]}? Or {see}" if near else see)  # fmt: skip
        if "missing required field" in what and names:
            at = f"{path}.{names[0]}" if path else names[0]
            return InputError("is missing", field=f"{where}: {at}", remedy=f"add {names[0]}")
        said = _TYPES.sub(_in_words, what).replace("`", "")
        return InputError(said[:1].lower() + said[1:], field=f"{where}: {path}" if path else where,
                          remedy=_written(shape, path) or f"see {self.keys} for what is expected")  # fmt: skip


def _in_words(found: re.Match[str]) -> str:
    """What was expected and what was found in words of the file; a whole number is a number."""
    types = dict.fromkeys(found["expected"].split(" | "))
    types.pop("null", None)
    if "float" in types:
        types.pop("int", None)
    return f"expected {' or '.join(_WORDS.get(t, t) for t in types)}, got {_WORDS.get(found['got'], found['got'])}"


def _written(shape: type[msgspec.Struct], path: str) -> str:
    """How a table, or a list of tables, is written at a path; empty where none stands there."""
    head = re.sub(r"\[[^\]]*\]", "", path)
    keys = _keys(shape, path)
    if _keys(shape, f"{path}[0]") or (keys and path.endswith("]")):
        return f"begin each with [[{head}]]"
    return f"write [{head}] and its keys: {', '.join(keys)}" if keys and head else ""


def _keys(shape: type[msgspec.Struct], path: str) -> list[str]:
    """Keys of the struct that stands at a path such as ``system[...].stage[...]`` of a shape."""
    kinds = [msgspec.inspect.type_info(shape)]
    for name in filter(None, re.split(r"[.\[\]]+", path)):
        kinds = [inner for kind in kinds for inner in _within(kind, name)]
    return [held.encode_name for kind in kinds if isinstance(kind, msgspec.inspect.StructType) for held in kind.fields]


def _within(kind: msgspec.inspect.Type, name: str) -> list[msgspec.inspect.Type]:
    """What stands under a name in a kind: ``...`` in lists and mappings, a key in structs."""
    if isinstance(kind, msgspec.inspect.UnionType):
        return [inner for each in kind.types for inner in _within(each, name)]
    if isinstance(kind, msgspec.inspect.ListType):
        return [kind.item_type]
    if isinstance(kind, msgspec.inspect.DictType):
        return [kind.value_type]
    if isinstance(kind, msgspec.inspect.StructType):
        return [inner for held in kind.fields if held.encode_name == name for inner in _plain(held.type)]
    return []


def _plain(kind: msgspec.inspect.Type) -> list[msgspec.inspect.Type]:
    return list(kind.types) if isinstance(kind, msgspec.inspect.UnionType) else [kind]
