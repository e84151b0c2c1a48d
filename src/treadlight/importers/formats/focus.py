"""Cloud bills in FOCUS 1.0 to 1.4: usage becomes hours of hardware, gigabytes, and modelled electricity.

Notes
-----
Only rows whose ChargeCategory is Usage count; purchases, taxes, credits, unused commitments and licences are no use
of hardware. Rows are summed by resource, SKU and day, and corrections (negative) are taken off what they correct,
before anything is written. Amounts are summed as decimals. What a bill tells only the cost of stays unknown, with the
cost named: we know no sourced factor of emissions by spending on such services."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from treadlight.core.activity import Activity, EvidenceMethod, Location, Subject
from treadlight.core.distribution import Distribution, Lognormal
from treadlight.core.errors import InputError
from treadlight.importers.focus_charges import Charges, Use
from treadlight.importers.focus_instances import Instance, find_instance
from treadlight.importers.focus_rows import Row, charge, charge_rows
from treadlight.importers.frame import Imported, ImporterInfo, Note, Option, Options, rejection
from treadlight.importers.held import Draw, accelerator_draw, processor_share, vcpu_draw
from treadlight.importers.runs import ELECTRICITY, Outline, unread
from treadlight.importers.source import Source
from treadlight.ledger.records import ChannelState

__all__ = ["INFO", "read"]

_SLOT, _BILL = "focus.charge", "focus.bill"
"""Labels: what a bill says of one thing on one day, and the bill, by account and billing period."""

INFO = ImporterInfo(
    name="focus",
    title="Cloud bills in FOCUS",
    reads="cost and usage files of AWS, Microsoft, Google and others, CSV or Parquet, or a folder of their parts",
    accepts="FOCUS 1.0 to 1.4, with providers' own columns (x_…); CSV needs no extra, Parquet the extra bulk",
    gives="device-hours (reported), electricity of machines held (modelled), GB of transfer and GB-months of storage "
    "(reported); tokens as counts; what only has a cost stays unknown",
    error="electricity: load unknown, 0.2 to 1.0 of board power and 0.74 to 3.5 W per vCPU for nine of ten; "
    "quantities: as billed",
    elsewhere=True,
    partial=True,
    charge_label=_SLOT,
    version="2",
    options=(
        Option(
            "delivery",
            "parts: days of charges that the file holds replace what an earlier delivery said of them; whole: the file "
            "holds all of its billing periods, and what it no longer holds is withdrawn",
            "parts",
        ),
        Option("project-tag", "tag that names the project", "project"),
        Option("team-tag", "tag that names the team", "team"),
    ),
)

_HARDWARE = ("compute", "ai and machine learning", "databases", "analytics", "containers", "")
_EXACT = Lognormal(1.0, 1.02)
_CORRECTED = 2
_GPU_WORDS = ("gpu", "tpu", "accelerator")


def read(source: Source, options: Options) -> Iterator[Imported]:
    """Runs and activities of a bill: one run for each account, project, team and billing period."""
    delivery = options.text("delivery")
    if delivery not in ("parts", "whole"):
        raise InputError("is neither", field="delivery", value=delivery, remedy="write parts or whole")
    charges, skipped = Charges(), _Skipped()
    for where, row in charge_rows(source):
        if isinstance(row, InputError):
            yield rejection(where, row)
        elif not skipped.take(where, row):
            try:
                charges.add(charge(where, row, options))
            except InputError as error:
                yield rejection(where, error)
    uses, rejected = charges.settle()
    slots = frozenset((_SLOT, use.identity.slot(use.day)) for use in uses)
    bills = frozenset((_BILL, use.identity.bill) for use in uses)
    whole, parts = (bills, frozenset[tuple[str, str]]()) if delivery == "whole" else (frozenset(), bills)
    yield Imported(flags=skipped.notes(), rejected=tuple(rejected), restated=slots | whole, parts=parts)
    for outline, same in _months(source, uses):
        yield _imported(outline, same)


class _Skipped:
    """Rows that are no use of anything, counted by their reason."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def take(self, where: str, row: Row) -> bool:
        """Whether a row is none of usage."""
        category = row.get("ChargeCategory", "").strip()
        reason = ""
        if category.lower() != "usage":
            reason = f"no usage, left out: {category or 'no ChargeCategory'}"
        elif row.get("CommitmentDiscountStatus", "").strip().lower() == "unused":
            reason = "an unused commitment, left out: nothing ran"
        elif _is_licence(row):
            reason = "a licence, left out: the machine has a row of its own"
        if reason:
            self._counts[reason] = self._counts.get(reason, 0) + 1
        return bool(reason)

    def notes(self) -> tuple[Note, ...]:
        """One note for each reason."""
        return tuple(Note("", reason, f"{count} rows") for reason, count in self._counts.items())


def _is_licence(row: Row) -> bool:
    texts = (row.get(name, "") for name in ("ServiceName", "ServiceSubcategory", "ChargeDescription", "SkuMeter"))
    return any("licens" in text.lower() or "licenc" in text.lower() for text in texts)


def _months(source: Source, uses: Sequence[Use]) -> Iterator[tuple[Outline, list[Use]]]:
    """Uses by account, project, team and billing period, with what their activities share."""
    found: dict[tuple[str, ...], list[Use]] = {}
    for use in uses:
        i = use.identity
        found.setdefault((i.provider, i.account, i.project, i.team, i.month), []).append(use)
    for key, same in found.items():
        provider, account, project, team, month = key
        account_name = next((use.identity.account_name for use in same if use.identity.account_name), "")
        yield (
            Outline(
                INFO,
                source,
                key="\x1f".join((provider, account, project, team, month)),
                name=" ".join(part for part in (provider, account_name or account, project, month) if part),
                location=Location(region=_shared(use.identity.region for use in same)),
                start=min(use.start for use in same),
                end=max(use.end for use in same),
                subject=Subject(project=project, team=team),
                labels={"focus.account": account} if account else {},
            ),
            same,
        )


def _shared(values: Iterable[str]) -> str:
    """What all values are; empty where they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else ""


def _imported(outline: Outline, uses: Sequence[Use]) -> Imported:
    activities: list[Activity] = []
    counts: dict[str, float] = {}
    costs: dict[tuple[str, str, str], Decimal] = {}
    flags: list[Note] = []
    for use in uses:
        found = _activities(_placed(outline, use), use, flags)
        if found is None:
            tokens = _tokens(use)
            counts["tokens"] = counts.get("tokens", 0.0) + tokens
            i = use.identity
            key = (i.service or "a service without a name", i.currency, "tokens" if tokens else "")
            costs[key] = costs.get(key, Decimal(0)) + use.cost
        else:
            activities += found
    lost = [_unknown(*key, cost) for key, cost in costs.items() if cost or key[2]]
    counts = {name: count for name, count in counts.items() if count}
    return Imported(
        run=outline.run(_totals(activities), lost=lost, counts=counts),
        activities=tuple(activities),
        flags=(*flags, *(Note("", f"unknown: {c.detail.partition('; ')[0]}", c.component) for c in lost)),
    )


def _totals(activities: Sequence[Activity]) -> list[Activity]:
    """One activity for each flow, component and method, so that a month has a few channels and not thousands."""
    sums: dict[tuple[str, str, str], Activity] = {}
    for activity in activities:
        key = (activity.flow, activity.component, str(activity.uncertainty))
        sums[key] = replace(sums[key], amount=sums[key].amount + activity.amount) if key in sums else activity
    return list(sums.values())


def _placed(outline: Outline, use: Use) -> Outline:
    """The outline of one use: its day and its region; the run stays that of the month."""
    start = max(use.start, datetime(use.day.year, use.day.month, use.day.day, tzinfo=UTC))
    labels = {_SLOT: use.identity.slot(use.day), _BILL: use.identity.bill}
    place = Location(region=use.identity.region)
    return replace(outline, start=start, end=use.end, location=place, common=labels)


def _unknown(service: str, currency: str, what: str, cost: Decimal) -> ChannelState:
    """A service of which the bill tells nothing but the cost."""
    spent = f"{cost.normalize():f} {currency}".strip()
    if what == "tokens":
        detail = f"only tokens and cost are known: {spent}; treadlight estimate inference"
    else:
        detail = f"only the cost is known: {spent}; ask the provider for quantities"
    return unread(INFO, service, detail)


def _tokens(use: Use) -> float:
    unit = use.identity.unit
    known = unit is not None and unit.kind == "token" and use.quantity is not None
    return float(use.quantity * unit.factor) if known else 0.0  # type: ignore[operator, union-attr]


def _activities(outline: Outline, use: Use, flags: list[Note]) -> list[Activity] | None:
    """Activities of one use; None where the bill tells only what it cost."""
    unit, quantity = use.identity.unit, use.quantity
    if unit is None or quantity is None or unit.kind == "token":
        return None
    if quantity == 0 and use.rows < _CORRECTED:  # what was taken back whole is known to be 0, and replaces what it was
        return []
    amount = float(quantity * unit.factor)
    if use.identity.billed:
        flags.append(Note(use.identity.sku, "no ConsumedQuantity: what was billed is taken for what was used"))
    maker = _MAKERS[unit.kind]
    return maker(_Part(outline, use), amount)


class _Part:
    """Makes activities of one use with ids of their own."""

    def __init__(self, outline: Outline, use: Use) -> None:
        self.outline, self.use = outline, use
        i = use.identity
        self._key = f"{use.day} {i.region} {i.resource} {i.sku} {i.instance} {i.unit} {i.text}"

    @property
    def text(self) -> str:
        """What the bill says about it, in small letters."""
        return self.use.identity.text.lower()

    @property
    def category(self) -> str:
        return self.use.identity.category.strip().lower()

    def one(
        self, flow: str, amount: float, basis: str, component: str, cause: str = "", doubt: Lognormal = _EXACT,
        method: EvidenceMethod = EvidenceMethod.REPORTED,
    ) -> Activity:  # fmt: skip
        """One activity."""
        cause = cause or f"focus:{self.use.identity.provider}:{flow}"
        return self.outline.activity(
            flow, amount, method, basis, uncertainty=doubt, cause=cause, component=component, part=self._key
        )

    def accelerators(self, name: str, hours: float, basis: str) -> list[Activity]:
        """Hours of accelerators and their electricity."""
        made = self.outline.accelerators(name, 1, hours)
        found = [
            self.one(m.flow, m.amount, basis, "gpu", m.cause, _doubt(m.uncertainty), _reported(m.evidence.method))
            for m in made
        ]
        draw = accelerator_draw(name)
        return [*found, self._electricity(draw, hours, basis, "gpu")] if draw else found

    def processors(self, hours: float, basis: str) -> list[Activity]:
        """Hours of virtual processors: the server's electricity, and its processors' making."""
        flow, amount, doubt = processor_share(hours)
        what = f"{basis}, as a share of a median server processor"
        making = self.one(flow, amount, what, "cpu", "held:vcpu:making", doubt, EvidenceMethod.MODELLED)
        return [self._electricity(vcpu_draw(), hours, basis, "cpu"), making]

    def _electricity(self, draw: Draw, hours: float, basis: str, component: str) -> Activity:
        what, kwh = f"{basis}: {draw.basis}", draw.kwh(hours)
        return self.one(ELECTRICITY, kwh, what, component, draw.cause, draw.uncertainty, EvidenceMethod.MODELLED)


def _doubt(found: Distribution) -> Lognormal:
    """Doubt about which accelerator it is; that of the bill where its name says it."""
    return found if isinstance(found, Lognormal) else _EXACT


def _reported(method: EvidenceMethod) -> EvidenceMethod:
    """Hours of what the bill names are reported; of what stands in for it, assumed."""
    return method if method is EvidenceMethod.ASSUMED else EvidenceMethod.REPORTED


def _of_time(part: _Part, hours: float) -> list[Activity] | None:
    """Hours of a machine of a named type, or of a resource that the text describes."""
    i = part.use.identity
    if i.instance or i.cores or i.gpus:
        return _of_instance(part, hours)
    if any(word in part.text for word in _GPU_WORDS) and part.category in _HARDWARE:
        return part.accelerators(_accelerator_in(i.text), hours, i.text)
    if "core" in part.text or "vcpu" in part.text:
        return part.processors(hours, i.text)
    return None


def _of_instance(part: _Part, hours: float) -> list[Activity] | None:
    i = part.use.identity
    if part.category not in _HARDWARE:
        return None
    type_ = find_instance(i.instance) or find_instance(f"Standard_{i.instance}") or Instance(i.instance)
    count = type_.count or _float(i.gpus)
    vcpus = type_.vcpus or _float(i.cores)
    if not count and not vcpus:
        return None
    what = f"{hours:.6g} h of {i.instance or 'a machine'}"
    found: list[Activity] = []
    if count:
        name = type_.accelerator or _accelerator_in(i.text)
        found += part.accelerators(name, count * hours, f"{what}, {count:g} × {name or 'an accelerator nobody names'}")
    if vcpus:
        found += part.processors(vcpus * hours, f"{what}, {vcpus:g} vCPU")
    return found


def _of_gpus(part: _Part, hours: float) -> list[Activity] | None:
    return part.accelerators(_accelerator_in(part.use.identity.text), hours, part.use.identity.text)


def _of_vcpus(part: _Part, hours: float) -> list[Activity] | None:
    return part.processors(hours, f"{hours:.6g} vCPU-hours")


def _of_stored(part: _Part, gb_h: float) -> list[Activity] | None:
    """GB-hours: of memory beside processors, else of storage."""
    basis = part.use.identity.text or part.use.identity.service
    if any(word in part.text.split() for word in ("ram", "memory")):
        return [part.one("hardware.memory.dram", gb_h, basis, "memory", "hardware:memory", Lognormal(1.0, 1.1))]
    medium = "block" if any(w in part.text for w in ("volume", "disk", "ssd", "ebs")) else "object"
    medium = medium if part.category == "storage" or medium == "block" else "unnamed"
    return [part.one(f"storage.{medium}", gb_h / 730.5, basis, "storage")]


def _of_data(part: _Part, gb: float) -> list[Activity] | None:
    """Gigabytes: carried, if the bill says so."""
    words = ("transfer", "egress", "bandwidth", "bytes", "out", "network")
    if part.category != "networking" and not any(word in part.text for word in words):
        return None
    within = any(word in part.text for word in ("inter region", "inter-region", "inter zone", "inter-zone", "regional"))
    network = "datacentre-wan" if within else "generic"
    return [part.one(f"data.transfer.{network}", gb, part.use.identity.text or "data transfer", "network")]


_MAKERS = {
    "time": _of_time,
    "instance-time": _of_time,
    "gpu-time": _of_gpus,
    "vcpu-time": _of_vcpus,
    "data-time": _of_stored,
    "data": _of_data,
}


def _accelerator_in(text: str) -> str:
    """Name of the accelerator that a text of a bill describes; empty where the catalogue recognises none exactly."""
    from treadlight.library.catalogue import recognise_accelerator

    words = text.replace("|", " ").split()
    windows = (" ".join(words[i : i + n]) for n in (5, 4, 3, 2, 1) for i in range(len(words) - n + 1))
    named = (window for window in windows if any(letter.isdigit() for letter in window))
    matches = ((window, recognise_accelerator(window)) for window in named)
    return next((w for w, m in matches if m.quality in ("exact", "family") and m.row is not None), "")


def _float(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0
