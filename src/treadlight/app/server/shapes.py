"""Shapes of the API: what is asked, and what is answered."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from treadlight.app.moments import moment
from treadlight.core.category import category
from treadlight.core.flow import flow_unit
from treadlight.core.method import Method
from treadlight.ledger.query import Filter
from treadlight.ledger.records import RunStatus

__all__ = ["Chosen", "Footprint", "Methodical", "Quantity", "Why", "as_shape"]

Moment = Annotated[str, Meta(description="Date or time, UTC unless it says otherwise: 2026-11-22T13:00:00Z")]
Limit = Annotated[int, Meta(ge=1, le=1000)]
Named = Annotated[str, Meta(max_length=200)]


class Methodical(Struct, forbid_unknown_fields=True, kw_only=True):
    """By which method, and under which version of the library."""

    accounting: Literal["location", "market"] = "location"
    scope: Literal["life-cycle", "direct"] = "life-cycle"
    library: Named = ""

    @property
    def method(self) -> Method:
        """The method."""
        return Method(self.accounting, scope=self.scope)


class Chosen(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which activities or runs; an empty text means that it is not stated there."""

    run: Named | None = None
    project: Named | None = None
    team: Named | None = None
    stage: Named | None = None
    component: Named | None = None
    flow: Named | None = None
    since: Moment | None = None
    until: Moment | None = None
    status: RunStatus | None = None
    name: Named | None = None

    @property
    def filter(self) -> Filter:
        """As the ledger asks.

        Raises
        ------
        InputError
            If the time ends before it begins, or no flow is so called.
        """
        if self.flow:
            flow_unit(self.flow)
        return Filter(
            run=self.run, project=self.project, team=self.team, stage=self.stage, component=self.component,
            flow=self.flow, since=moment(self.since, "since"), until=moment(self.until, "until"),
            status=None if self.status is None else str(self.status), name=self.name,
        )  # fmt: skip


class Quantity(Struct):
    """A quantity with its interval; null where it is unknown, which is never zero."""

    unit: str
    p05: float | None
    p50: float | None
    p95: float | None


class Part(Struct):
    """One part of a footprint: its key by dimension, and its impacts by category."""

    key: dict[str, str]
    impacts: dict[str, Quantity]


class Impact(Quantity):
    """A category's total, and the share of it that is known."""

    coverage: float


class LibraryStamp(Struct):
    """A version of the library, and the digest of its content."""

    version: str
    digest: str


class MethodStamp(Struct):
    """How a footprint was computed."""

    accounting: str
    signal: str
    scope: str
    draws: int
    seed: int


class Odd(Struct):
    """What is odd about activities: a zone or region that the library lacks, a year far outside of what it spans, an
    amount or an uncertainty that no account can hold; whether they are counted all the same, and what would mend it.
    """

    kind: Literal["zone", "region", "year", "amount", "uncertainty"]
    name: str
    activities: int
    projects: list[str]
    counted: bool
    why: str
    remedy: str


class Missing(Struct):
    """What no process answers."""

    flow: str
    component: str
    amount: float


class Footprint(Struct):
    """Impacts of what was chosen."""

    schema: Literal["treadlight.footprint/1"]
    library: LibraryStamp
    method: MethodStamp
    activities: int
    impacts: dict[str, Impact]
    by: list[str]
    parts: list[Part]
    unknown: list[Missing]
    odd: list[Odd]


class Source(Struct):
    """Where a figure comes from."""

    id: str
    citation: str
    year: int | None
    licence: str
    locator: str
    quality: str
    url: str | None


class Rung(Struct):
    """A step of the ladder on which a factor was looked for."""

    rung: str
    found: bool
    detail: str


class Why(Struct):
    """A step behind a number, and those below it."""

    id: str
    kind: str
    label: str
    amount: float | None
    unit: str
    op: str
    p05: float | None
    p95: float | None
    share_of_doubt: float | None
    method: str | None
    note: str | None
    resolution: list[Rung]
    source: Source | None
    children: list["Why"]


def as_shape(value: Any, shape: Any) -> Any:
    """A form as its declared shape: what does not fit is a fault of ours, and found by the tests."""
    return msgspec.convert(value, shape)


def checked_category(name: str) -> str:
    """`name`, if it is an impact category."""
    return category(name).id
