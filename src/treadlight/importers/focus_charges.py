"""Charges of a FOCUS bill, summed exactly: usage by account, resource, SKU and day, corrections taken off it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from hashlib import blake2b

from treadlight.core.errors import InputError
from treadlight.importers.focus_units import Unit
from treadlight.importers.frame import Note

__all__ = ["Charge", "Charges", "Identity", "Use", "decimal"]


@dataclass(frozen=True, slots=True)
class Identity:
    """What the rows of one use of one thing have in common; also all that an activity needs to know of it.

    Parameters
    ----------
    bill
        Provider, billing account and billing period: one bill, of which a later delivery replaces an earlier.
    month
        Month of the billing period, such as ``2026-09``.
    """

    bill: str
    month: str
    provider: str
    account: str
    account_name: str
    project: str
    team: str
    region: str
    service: str
    category: str
    resource: str
    sku: str
    text: str
    instance: str
    cores: str
    gpus: str
    unit: Unit | None
    billed: bool
    currency: str

    @property
    def thing(self) -> tuple[str, ...]:
        """What is used, whatever its tags and descriptions: these may change from one delivery to the next."""
        named = self.resource or self.sku or f"{self.service} {self.text}"
        return self.provider, self.account, self.region, self.resource, self.sku, named, str(self.unit)

    def slot(self, day: date) -> str:
        """Name of all that a bill says of the thing on one day: what a later delivery of the bill replaces."""
        content = "\x1f".join((self.bill, *self.thing, day.isoformat()))
        return blake2b(content.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Charge:
    """One row: so much of something between two moments.

    Parameters
    ----------
    quantity
        Amount in the identity's unit, negative for a correction; None where the bill tells only the cost.
    cost
        In the identity's currency; None where not stated.
    """

    where: str
    identity: Identity
    start: datetime
    end: datetime
    quantity: Decimal | None
    cost: Decimal | None
    correction: bool


@dataclass(frozen=True, slots=True)
class Use:
    """What is left of a day's charges of one identity; `quantity` is None where only the cost is known."""

    identity: Identity
    day: date
    start: datetime
    end: datetime
    quantity: Decimal | None
    cost: Decimal
    rows: int


@dataclass(slots=True)
class _Sum:
    start: datetime
    end: datetime
    quantity: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    rows: int = 0
    quantified: bool = False

    def add(self, charge: Charge) -> None:
        self.start, self.end = min(self.start, charge.start), max(self.end, charge.end)
        self.cost += charge.cost or Decimal(0)
        self.rows += 1
        if charge.quantity is not None:
            self.quantity += charge.quantity
            self.quantified = True


@dataclass(slots=True)
class Charges:
    """Sums over the rows of a bill; memory grows with resources and days, not with rows."""

    _sums: dict[Identity, dict[date, _Sum]] = field(default_factory=dict)
    _corrections: list[Charge] = field(default_factory=list)

    def add(self, charge: Charge) -> None:
        """Take in a row."""
        if charge.correction:
            self._corrections.append(charge)
            return
        days = self._sums.setdefault(charge.identity, {})
        day = charge.start.date()
        days.setdefault(day, _Sum(charge.start, charge.end)).add(charge)

    def settle(self) -> tuple[list[Use], list[Note]]:
        """What is left of every day once corrections are taken off, and corrections that correct nothing here."""
        things: dict[tuple[str, ...], list[Identity]] = {}
        for identity in self._sums if self._corrections else ():
            things.setdefault(identity.thing, []).append(identity)
        corrections = _netted(self._corrections)
        rejected = [note for c in corrections if (note := self._correct(c, things)) is not None]
        uses: list[Use] = []
        for identity, days in self._sums.items():
            for day, found in sorted(days.items()):
                if found.quantity < 0:
                    reason = "corrections take off more than was used: give the bill with what they correct"
                    rejected.append(Note(f"{identity.resource or identity.sku} {day}", reason, str(found.quantity)))
                    continue
                quantity = found.quantity if found.quantified else None
                uses.append(Use(identity, day, found.start, found.end, quantity, found.cost, found.rows))
        return uses, rejected

    def _correct(self, charge: Charge, things: dict[tuple[str, ...], list[Identity]]) -> Note | None:
        """Spread a correction over the days of its period in proportion to what was used, exactly in sum.

        It may stand in the bill of a later period than what it corrects, and under another description.
        """
        own = self._touched([charge.identity], charge)
        hit = own or self._touched(things.get(charge.identity.thing, ()), charge)
        if hit:
            _spread(charge, hit)
            return None
        if charge.quantity is not None and charge.quantity > 0:  # a late charge: nothing of it was billed before
            self._sums.setdefault(charge.identity, {})[charge.start.date()] = late = _Sum(charge.start, charge.end)
            late.add(charge)
            return None
        reason = "corrects nothing in this file: give the bill with what it corrects"
        return Note(charge.where, reason, str(charge.quantity if charge.quantity is not None else charge.cost))

    def _touched(self, identities: Iterable[Identity], charge: Charge) -> list[_Sum]:
        """Days of these identities that a correction covers."""
        every = (self._sums.get(identity, {}) for identity in identities)
        return [days[day] for days in every for day in sorted(days) if _touches(day, charge)]


def _netted(corrections: Iterable[Charge]) -> list[Charge]:
    """One correction for all of the same thing and period: a reversal and what stands instead of it are one change."""
    found: dict[tuple[object, ...], Charge] = {}
    for charge in corrections:
        key = (charge.identity.bill, charge.identity.thing, charge.start, charge.end)
        known = found.get(key)
        found[key] = charge if known is None else replace(
            known, quantity=_added(known.quantity, charge.quantity), cost=_added(known.cost, charge.cost)
        )  # fmt: skip
    return [charge for charge in found.values() if charge.quantity != 0 or charge.cost]


def _added(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    return b if a is None else a if b is None else a + b


def _touches(day: date, charge: Charge) -> bool:
    begin = datetime.combine(day, time(), UTC)
    return begin < charge.end and begin + timedelta(days=1) > charge.start


def _spread(charge: Charge, days: list[_Sum]) -> None:
    whole = sum((found.quantity for found in days), Decimal(0))
    left = charge.quantity or Decimal(0)
    for i, found in enumerate(days):
        last = i == len(days) - 1
        part = left if last or not whole else (charge.quantity or Decimal(0)) * (found.quantity / whole)
        found.quantity += part
        found.quantified |= charge.quantity is not None
        left -= part
    days[-1].cost += charge.cost or Decimal(0)
    days[-1].rows += 1


def decimal(name: str, text: str) -> Decimal | None:
    """A number of a bill as it is written, exact; None where nothing is stated.

    Raises
    ------
    InputError
        If it is no number, not finite, or implausibly large.
    """
    if text.strip().lower() in ("", "null", "none", "nan"):
        return None
    try:
        found = Decimal(text.strip())
    except ArithmeticError:
        raise InputError("is no number", field=name, value=text[:60]) from None
    if not found.is_finite() or abs(found) > Decimal(10) ** 24:
        raise InputError("is not finite, or implausibly large", field=name, value=text[:60])
    return found
