"""Channels of a journal, and what became of them in a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from treadlight.core.activity import EvidenceMethod
from treadlight.core.distribution import Distribution, parse
from treadlight.core.errors import InputError
from treadlight.core.flow import flow_unit
from treadlight.ledger.journal_schema import check_record
from treadlight.ledger.records import ChannelState
from treadlight.ledger.widening import measured

__all__ = ["ENERGY", "JournalChannel", "channel_of", "refused"]

ENERGY = "electricity.it"


@dataclass(slots=True)
class JournalChannel:
    """A channel as the journal describes it, and its last known state."""

    key: str
    meter: str
    component: str
    device: str
    flow: str
    method: EvidenceMethod
    basis: str
    uncertainty: Distribution
    cause: str
    rule: str
    version: str
    state: str = ""
    detail: str = ""

    def outcome(self, value: tuple[float, float, float] | None) -> ChannelState:
        """How it was metered, from its last cumulative value; None where it was never read, which is not zero."""
        whole, amount, spread = measured(*value, self.uncertainty) if value else (None, None, self.uncertainty)
        return ChannelState(
            key=self.key,
            component=self.component,
            device=self.device,
            meter=self.meter,
            method=str(self.method),
            basis=self.basis,
            flow=self.flow,
            state=self.state or ("unreadable" if value is None else "read"),
            whole=whole,
            amount=amount,
            uncertainty=str(spread),
            detail=self.detail or ("was never read" if value is None else ""),
        )


def channel_of(record: Mapping[str, Any], kind: str) -> JournalChannel:
    """The channel that a record describes.

    Raises
    ------
    InputError
        If the record cannot be used.
    """
    check_record(record, kind)
    flow_unit(record["flow"])
    texts = {k: v for k, v in record.items() if k not in ("kind", "t", "method", "uncertainty")}
    try:
        method = EvidenceMethod(record["method"])
    except ValueError:
        remedy = f"use one of {', '.join(EvidenceMethod)}"
        raise InputError("unknown method", field="method", value=record["method"], remedy=remedy) from None
    return JournalChannel(**{"version": "1", **texts}, method=method, uncertainty=parse(record["uncertainty"]))


def refused(record: Mapping[str, Any]) -> ChannelState:
    """What a meter found and did not read."""
    return ChannelState(
        key=record["key"],
        component=record["component"],
        device=record["device"],
        meter=record["key"].partition(":")[0],
        method="",
        basis="",
        flow=ENERGY,
        state=record["state"],
        whole=None,
        amount=None,
        detail="; ".join(part for part in (record["reason"], record.get("remedy", "")) if part),
    )
