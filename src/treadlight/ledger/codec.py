"""What the ledger holds as canonical JSON, and back: strict schemas that refuse what they do not know."""

import dataclasses
import types
import typing
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any

import msgspec

from treadlight.core.activity import Activity, Allocation, Location, Subject
from treadlight.core.bounds import ratio_of
from treadlight.core.canonical import canonical_json
from treadlight.core.distribution import Distribution, Point
from treadlight.core.errors import InputError, UnitError
from treadlight.core.flow import flow_unit
from treadlight.ledger.assets import Asset
from treadlight.ledger.records import Run, Trace, Window

__all__ = ["KINDS", "Item", "body_of", "item_of", "kind_of", "noun_of", "schema_of", "stamp"]

Item = Activity | Run | Window | Trace | Asset

KINDS: dict[str, type[Item]] = {"activity": Activity, "run": Run, "window": Window, "trace": Trace, "asset": Asset}
"""What an entry can hold."""

_NAMES = {cls: name for name, cls in KINDS.items()}
_EXACT = Point(1.0)
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


def kind_of(item: Item) -> str:
    """Kind of an entry that holds `item`."""
    return _NAMES[type(item)]


def stamp(moment: datetime) -> str:
    """A time as text in UTC that sorts like the time, such as ``2026-11-22T13:00:00.000000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def body_of(item: Item) -> str:
    """Canonical JSON of `item`; what equals its default is left out.

    Raises
    ------
    InputError
        If it holds NaN, an infinity or broken text.
    """
    if isinstance(item, Activity):
        plain = _plain_activity(item)
        if all(name.isascii() for name in item.labels):
            try:
                return msgspec.json.encode(plain, order="deterministic").decode()
            except UnicodeEncodeError:
                pass
    return canonical_json(_plain(item)).decode()


def item_of(kind: str, body: str | bytes) -> Item:
    """The item whose JSON is `body`.

    Raises
    ------
    InputError
        If the kind is unknown, or the body lacks a field, has an unknown one, a wrong type or a unit that does not
        fit.
    """
    cls: type | None = KINDS.get(kind)
    if cls is None:
        raise InputError("unknown kind of entry", field="kind", value=kind, remedy=f"use one of {', '.join(KINDS)}")
    try:
        return typing.cast(Item, _noun(cls, _decoder(cls).decode(body)))
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise InputError(
            "does not fit its schema", field=kind, value=str(error), remedy="see docs/methodology/ledger"
        ) from None


def schema_of(kind: type[Item]) -> type[msgspec.Struct]:
    """The strict schema of the JSON of a kind of item."""
    return _schema(typing.cast(type, kind))


def noun_of(kind: type[Item], body: msgspec.Struct) -> Item:
    """The item that a body decoded by `schema_of` describes.

    Raises
    ------
    InputError
        If what its types do not say is wrong.
    """
    return typing.cast(Item, _noun(kind, body))


def _plain_activity(a: Activity) -> dict[str, Any]:
    """As `_plain` gives it, but fast: this runs for every activity that is appended."""
    evidence = a.evidence
    known = {"basis": evidence.basis, "method": str(evidence.method), "source": evidence.source}
    if evidence.digest:
        known["digest"] = evidence.digest
    if evidence.version != "1":
        known["version"] = evidence.version
    plain: dict[str, Any] = {
        "amount": _number(a.amount),
        "end": stamp(a.end),
        "evidence": known,
        "flow": a.flow,
        "id": a.id,
        "start": stamp(a.start),
        "unit": a.unit,
    }
    for name in ("cause", "component", "stage", "parent", "supersedes", "labels"):
        value = getattr(a, name)
        if value:
            plain[name] = value
    if a.uncertainty != _EXACT:
        plain["uncertainty"] = str(a.uncertainty)
    if a.subject != Subject():
        plain["subject"] = _texts(a.subject)
    if a.location != Location():
        plain["location"] = _texts(a.location)
    if a.allocation != Allocation():
        whole = a.allocation.whole
        plain["allocation"] = ({"rule": a.allocation.rule} if a.allocation.rule else {}) | (
            {} if whole is None else {"whole": _number(whole)}
        )
    return plain


def _number(value: float) -> msgspec.Raw:
    return msgspec.Raw(canonical_json(value))


def _texts(part: Subject | Location) -> dict[str, str]:
    return {name: value for name in part.__slots__ if (value := getattr(part, name))}


def _plain(value: Any) -> Any:
    """`value` as JSON types."""
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Distribution):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if dataclasses.is_dataclass(value):
        plain = {"unit": value.unit} if isinstance(value, Activity) else {}
        for f in dataclasses.fields(value):
            default = f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default
            if (v := getattr(value, f.name)) != default:
                plain[f.name] = _plain(v)
        return plain
    return value


@cache
def _decoder(cls: type) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(_schema(cls))


@cache
def _schema(cls: type) -> type[msgspec.Struct]:
    """A strict schema with the fields of a noun; an activity also states its unit."""
    hints = _hints(cls)
    fields: list[Any] = [("unit", str)] if cls is Activity else []
    optional: list[Any] = []
    for f in dataclasses.fields(cls):
        kind = _field_type(hints[f.name])
        if f.default_factory is not dataclasses.MISSING:
            optional.append((f.name, kind, msgspec.field(default_factory=f.default_factory)))
        elif f.default is not dataclasses.MISSING:
            optional.append((f.name, kind, msgspec.UNSET))
        else:
            fields.append((f.name, kind))
    with_unset = [(n, k | msgspec.UnsetType, d) if d is msgspec.UNSET else (n, k, d) for n, k, d in optional]
    return msgspec.defstruct(f"{cls.__name__}Body", [*fields, *with_unset], forbid_unknown_fields=True)


def _field_type(hint: Any) -> Any:
    if hint is Distribution:
        return str
    if hint is datetime:
        return _Moment
    if dataclasses.is_dataclass(hint):
        return _schema(typing.cast(type, hint))
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is tuple and dataclasses.is_dataclass(arguments[0]):
        return types.GenericAlias(tuple, (_schema(typing.cast(type, arguments[0])), ...))
    return hint


def _noun(cls: type, body: Any) -> Any:
    """The noun that a decoded body describes."""
    values: dict[str, Any] = {}
    for f in dataclasses.fields(cls):
        value = getattr(body, f.name)
        if value is msgspec.UNSET:
            continue
        if cls is Activity and f.name == "uncertainty":
            value = ratio_of(value)
        values[f.name] = _value(_hints(cls)[f.name], value)
    if cls is Activity and body.unit != flow_unit(body.flow):
        raise UnitError(
            "does not fit the flow", field="unit", value=body.unit, remedy=f"give {body.flow} in {flow_unit(body.flow)}"
        )
    return cls(**values)


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _value(hint: Any, value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return _noun(hint, value)
    if isinstance(value, tuple) and value and isinstance(value[0], msgspec.Struct):
        return tuple(_noun(typing.get_args(hint)[0], v) for v in value)
    if isinstance(value, datetime):
        try:
            return value.astimezone(UTC)
        except OverflowError:
            remedy = "give a time between the years 1 and 9999, in UTC"
            raise InputError("lies outside the calendar", field="time", value=str(value), remedy=remedy) from None
    return value
