"""Activities as they arrive: decoded strictly, checked as `Activity` checks them, and made ready to be appended.

Notes
-----
It does for JSON what `item_of` and `encode` do together, in a fifth of the time, because no object is built on the way:
the decoded struct is put into canonical form and written again. A property test holds the two ways together.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from treadlight.core.bounds import check_amount, check_ratio, check_times, is_ratio, ratio_of
from treadlight.core.canonical import canonical_json
from treadlight.core.distribution import Distribution
from treadlight.core.errors import InputError, UnitError
from treadlight.core.flow import flow_unit
from treadlight.ledger.codec import Item, item_of, kind_of, noun_of
from treadlight.ledger.encoded import Encoded, encode
from treadlight.ledger.meant import check_item, check_text

__all__ = ["ActivityBody", "Name", "encoded_item", "ready"]

Name = Annotated[str, Meta(max_length=200)]
"""A name or an id; PostgreSQL cannot index much longer ones."""
Text = Annotated[str, Meta(max_length=2000)]
_Id = Annotated[str, Meta(min_length=1, max_length=200, examples=["01941f31-4dc8-7726-8d3e-80fcb6435a09"])]
_Moment = Annotated[datetime, Meta(tz=True, description="Aware; kept in UTC.")]
_Number = Annotated[float, Meta(ge=-1e300, le=1e300)]
_Stage = Literal[
    "", "data", "training", "fine-tuning", "evaluation", "deployment", "inference", "storage", "manufacturing",
    "end-of-life",
]  # fmt: skip

_FIRST, _EXACT = "1", "point(1.0)"

# Fields stand in the order of canonical JSON, so that a struct is written canonically.


class AllocationBody(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """The named rule by which a share of a whole was given, and the whole [flow's unit]."""

    rule: Name = ""
    whole: _Number | None = None


class EvidenceBody(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """How the amount is known."""

    basis: Text
    digest: Name = ""
    method: Literal["metered", "reported", "modelled", "assumed"]
    source: Name
    version: Name = _FIRST


class LocationBody(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """Where; empty means not known."""

    device: Name = ""
    region: Name = ""
    site: Name = ""
    zone: Name = ""


class SubjectBody(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """For whom and for what; empty means not stated."""

    organisation: Name = ""
    project: Name = ""
    system: Name = ""
    team: Name = ""
    version: Name = ""


class ActivityBody(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """An amount of a flow that was used between `start` and `end`."""

    allocation: AllocationBody | UnsetType = UNSET
    amount: _Number
    cause: Name = ""
    component: Name = ""
    end: _Moment
    evidence: EvidenceBody
    flow: Name
    id: _Id
    labels: dict[str, str] = {}
    location: LocationBody | UnsetType = UNSET
    parent: Name = ""
    stage: _Stage = ""
    start: _Moment
    subject: SubjectBody | UnsetType = UNSET
    supersedes: Name = ""
    uncertainty: Text = _EXACT
    unit: Name


_NOWHERE, _NOBODY = LocationBody(), SubjectBody()
_DEFAULTS = (("allocation", AllocationBody()), ("location", _NOWHERE), ("subject", _NOBODY))
_encode = msgspec.json.Encoder(order="deterministic").encode
_unit_of = lru_cache(4096)(flow_unit)
_PLAIN = 1e15
_ID_LENGTH = 200


@lru_cache(4096)
def _uncertainty(text: str) -> tuple[str, Distribution]:
    """The canonical text of a distribution, and the distribution."""
    found = ratio_of(text)
    return str(found), found


def ready(bodies: Sequence[ActivityBody]) -> list[Encoded]:
    """Activities ready to be appended.

    Raises
    ------
    InputError
        Naming the activity by its place, and the field.
    """
    found = []
    for i, body in enumerate(bodies):
        try:
            found.append(_ready(body))
        except InputError as error:
            raise error.at(f"activities[{i}].{error.field}") from None
    return found


def _ready(b: ActivityBody) -> Encoded:
    start, end = _utc(b.start, "start"), _utc(b.end, "end")
    b.uncertainty, spread = _uncertainty(b.uncertainty)
    _check(b, start, end, spread)
    place, subject = b.location or _NOWHERE, b.subject or _NOBODY
    profile = (
        b.flow, start.year, place.zone, place.region, place.site, b.cause, b.uncertainty, b.evidence.method,
        b.component, b.stage, subject.project, subject.team,
    )  # fmt: skip
    begun = _stamp(start)
    row = (begun, int(start.timestamp() // 3600), b.amount, b.parent)
    body = _canonical(b, begun, _stamp(end))
    check_text(body)
    return Encoded(b.id, "activity", body, row, profile, b.supersedes, subject.project, b.parent)


def _check(b: ActivityBody, start: datetime, end: datetime, spread: Distribution) -> None:
    """What the types do not say: what `Activity` checks, and `check_activity`."""
    if end < start:
        raise InputError("lies before start", field="end", value=end.isoformat(), remedy=f"give end ≥ {start}")
    if b.amount < 0 and not b.supersedes:
        remedy = "give amount ≥ 0, or name what it supersedes"
        raise InputError("is negative", field="amount", value=b.amount, remedy=remedy)
    if b.unit != _unit_of(b.flow):
        remedy = f"give {b.flow} in {_unit_of(b.flow)}"
        raise UnitError("does not fit the flow", field="unit", value=b.unit, remedy=remedy)
    if b.supersedes == b.id:
        raise InputError("supersedes itself", field="supersedes", value=b.id, remedy="name the activity it replaces")
    check_amount(b.amount, "amount", b.flow)
    if b.allocation and b.allocation.whole is not None:
        check_amount(b.allocation.whole, "allocation.whole", b.flow)
    if b.amount or not b.supersedes:
        check_times(start, end)
        if not is_ratio(b.uncertainty):  # which is remembered; the check says what is wrong
            check_ratio(spread)


def _utc(moment: datetime, field: str) -> datetime:
    if moment.tzinfo is UTC:
        return moment
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise InputError("lies outside the calendar", field=field, value=str(moment), remedy="give a year") from None


def _stamp(moment: datetime) -> str:
    text = str(_encode(moment), "ascii")  # in quotes; a tenth of the time of isoformat, without a fraction that is 0
    return text[1:-1] if moment.microsecond else text[1:-2] + ".000000Z"


def _canonical(b: Any, start: str, end: str) -> str:
    """Canonical JSON of a checked body, which is used up: times and numbers are put in as they must be written."""
    if not all(map(str.isascii, b.labels)):
        return encode(item_of("activity", msgspec.json.encode(b))).body  # their order is a matter of UTF-16
    b.start, b.end = start, end
    b.amount = _number(b.amount)
    if b.allocation and b.allocation.whole is not None:
        b.allocation.whole = _number(b.allocation.whole)
    for name, default in _DEFAULTS:
        if getattr(b, name) == default:
            setattr(b, name, UNSET)
    if b.uncertainty == _EXACT:
        b.uncertainty = _EXACT  # a default is left out if it is the very same object
    if b.evidence.version == _FIRST:
        b.evidence.version = _FIRST
    return str(_encode(b), "utf-8")


def _number(value: float) -> Any:
    if 1e-4 <= value < _PLAIN:
        whole = int(value)
        return whole if whole == value else value
    return msgspec.Raw(canonical_json(value))


def encoded_item(kind: type[Item], body: Any) -> Encoded:
    """A decoded body of another kind (see `treadlight.ledger.codec.schema_of`), ready to be appended.

    Raises
    ------
    InputError
        If it cannot be kept.
    """
    item = noun_of(kind, body)
    for name, ident in (("id", item.id), ("run", getattr(item, "run", item.id))):
        if not 0 < len(ident) <= _ID_LENGTH:
            remedy = f"give 1 to {_ID_LENGTH} characters"
            raise InputError("is no usable id", field=f"{kind_of(item)}.{name}", value=ident[:60], remedy=remedy)
    check_item(item)
    encoded = encode(item)
    try:
        check_text(encoded.body)
    except InputError as error:
        raise error.at(f"{kind_of(item)}.{error.field}") from None
    return encoded
