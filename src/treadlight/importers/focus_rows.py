"""Rows of a FOCUS file, CSV or Parquet, and what their columns say under the names of versions 1.0 to 1.4."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from treadlight.core.errors import InputError, MissingExtraError
from treadlight.core.text import clean
from treadlight.importers.focus_charges import Charge, Identity, decimal
from treadlight.importers.focus_instances import find_instance, instance_in
from treadlight.importers.focus_units import parse_unit
from treadlight.importers.frame import Options, moment
from treadlight.importers.source import Source

__all__ = ["charge", "charge_rows"]

_PARQUET = b"PAR1"
_BATCH = 20_000

_PROVIDERS = (
    ("amazon", "aws"),
    ("aws", "aws"),
    ("microsoft", "azure"),
    ("azure", "azure"),
    ("google", "gcp"),
    ("gcp", "gcp"),
    ("oracle", "oracle"),
    ("ovh", "ovh"),
    ("scaleway", "scaleway"),
    ("coreweave", "coreweave"),
    ("lambda", "lambda"),
)
_PROVIDER_COLUMNS = ("ProviderName", "ServiceProviderName", "HostProviderName", "PublisherName")
_INSTANCE_COLUMNS = ("x_InstanceType", "x_SkuInstanceType", "x_MachineType", "x_ServiceClassId")
_INSTANCE_TEXTS = ("x_UsageType", "x_SkuMeterName", "SkuMeter", "x_SkuDescription", "ChargeDescription", "SkuId")
_TEXTS = ("ChargeDescription", "SkuMeter", "x_SkuMeterName", "x_SkuDescription", "x_UsageType", "x_SkuDetails")

Row = Mapping[str, str]


def charge_rows(source: Source) -> Iterator[tuple[str, Row | InputError]]:
    """Rows of a file, or of all files of a folder, each with its place; a file that lies there twice is read once.

    Raises
    ------
    InputError
        If a file cannot be read, or is none of FOCUS.
    MissingExtraError
        If it is a Parquet file, and pyarrow is not installed.
    """
    if not source.is_folder:
        yield from _file_rows(source, "")
        return
    seen: set[str] = set()
    files = [f for f in source.files("**/*") if f.path.name.endswith((".csv", ".csv.gz", ".parquet"))]
    if not files:
        raise source.error("holds no .csv, .csv.gz or .parquet", "give the folder that the bill was exported to")
    _refuse_copies(files)
    for file in files:
        if file.digest not in seen:
            seen.add(file.digest)
            yield from _file_rows(file, f"{file.path.name} ")


def _refuse_copies(files: Sequence[Source]) -> None:
    """Refuse a table that lies there twice in other forms: its rows would count twice."""
    first: dict[Path, Source] = {}
    for file in files:
        name = file.path.name
        suffix = next(s for s in (".csv", ".csv.gz", ".parquet") if name.endswith(s))
        other = first.setdefault(file.path.with_name(name.removesuffix(suffix)), file)
        if other is not file:
            what = f"lies beside {other.path.name}: the same table in another form would count twice"
            raise file.error(what, "leave one of them in the folder; nothing was imported")


def _file_rows(source: Source, prefix: str) -> Iterator[tuple[str, Row | InputError]]:
    if _is_parquet(source):
        rows = _parquet_rows(source)
    else:
        _check_columns(source, source.header())
        rows = source.rows()
    for where, row in rows:
        yield prefix + where, row if isinstance(row, InputError) else _stated(row)


def _stated(row: Row) -> Row:
    """The row with empty cells where some exports write the word NULL."""
    return {name: "" if cell in ("NULL", "null") else cell for name, cell in row.items()}


def _is_parquet(source: Source) -> bool:
    try:
        with source.path.open("rb") as file:
            return file.read(4) == _PARQUET
    except OSError:
        return False


def _parquet_rows(source: Source) -> Iterator[tuple[str, Row | InputError]]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtraError("pyarrow", "bulk", "reading Parquet files") from None
    try:
        with pq.ParquetFile(source.path, pre_buffer=False) as file:
            _check_columns(source, file.schema_arrow.names)
            number = 0
            for batch in file.iter_batches(batch_size=_BATCH, use_threads=False):
                for cells in batch.to_pylist():
                    number += 1
                    yield f"row {number}", {name: _text(value) for name, value in cells.items()}
    except (pa.ArrowException, OSError) as error:
        raise source.error(f"is no Parquet file that can be read ({clean(error)[:80]})", "get it again") from None


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list) and all(isinstance(item, tuple) for item in value):
        value = dict(value)  # a map column
    if isinstance(value, dict | list):
        return msgspec.json.encode(value, enc_hook=str).decode()
    return repr(value) if isinstance(value, float) else str(value)


def _check_columns(source: Source, names: Collection[str]) -> None:
    missing = [name for name in ("ChargeCategory", "ChargePeriodStart", "ChargePeriodEnd") if name not in names]
    if missing:
        what = f"lacks the columns {', '.join(missing)}"
        raise source.error(what, "give a cost and usage file of FOCUS 1.0 to 1.4, as CSV or Parquet")


def charge(where: str, row: Row, options: Options) -> Charge:
    """The charge of a row of usage.

    Raises
    ------
    InputError
        If a time or number of it cannot be used.
    """
    start = moment(row["ChargePeriodStart"], "ChargePeriodStart")
    end = moment(row["ChargePeriodEnd"], "ChargePeriodEnd")
    if end < start:
        raise InputError("lies before ChargePeriodStart", field="ChargePeriodEnd", value=row["ChargePeriodEnd"])
    quantity, unit, billed = (
        decimal("ConsumedQuantity", row.get("ConsumedQuantity", "")),
        row.get("ConsumedUnit"),
        False,
    )
    if quantity is None or not unit:
        quantity, unit = decimal("PricingQuantity", row.get("PricingQuantity", "")), row.get("PricingUnit")
        billed = quantity is not None
    measured = parse_unit(unit) if unit else None
    correction = row.get("ChargeClass", "").strip().lower() == "correction"
    return Charge(
        where,
        _identity(row, measured, billed, options, _month(row, start)),
        start,
        end,
        quantity if measured is not None else None,
        decimal("EffectiveCost", row.get("EffectiveCost", "") or row.get("BilledCost", "")),
        correction or (quantity is not None and quantity < 0),
    )


def _month(row: Row, start: datetime) -> str:
    """Month of the billing period, which may be later than that of the charge."""
    stated = row.get("BillingPeriodStart", "")
    return f"{moment(stated, 'BillingPeriodStart') if stated else start:%Y-%m}"


def _identity(row: Row, unit: object, billed: bool, options: Options, month: str) -> Identity:
    details, tags = _object(row.get("SkuPriceDetails", "")), _object(row.get("Tags", ""))
    provider = _provider(row)
    region = row.get("RegionId", "").strip().lower()
    billing_account = row.get("BillingAccountId", "") or row.get("SubAccountId", "")
    return Identity(
        bill=" ".join((provider, billing_account, month)),
        month=month,
        provider=provider,
        account=row.get("SubAccountId", "") or row.get("BillingAccountId", ""),
        account_name=clean(row.get("SubAccountName", "") or row.get("BillingAccountName", "")),
        project=_tag(tags, options.text("project-tag")),
        team=_tag(tags, options.text("team-tag")),
        region=f"{provider}/{region}" if provider and region and region != "global" else "",
        service=clean(row.get("ServiceName", "")),
        category=row.get("ServiceCategory", ""),
        resource=row.get("ResourceId", ""),
        sku=row.get("SkuPriceId", "") or row.get("SkuId", ""),
        text=clean(" | ".join(row[name] for name in _TEXTS if row.get(name)))[:300],
        instance=_instance(row, details),
        cores=_number(details, "CoreCount", "x_CoreCount", "VCPUs", "VCpu"),
        gpus=_number(details, "GpuCount", "x_GpuCount"),
        unit=unit,  # type: ignore[arg-type]
        billed=billed,
        currency=row.get("BillingCurrency", ""),
    )


def _provider(row: Row) -> str:
    name = next((row[column] for column in _PROVIDER_COLUMNS if row.get(column)), "").lower()
    return next((key for word, key in _PROVIDERS if word in name), clean(name).replace(" ", "-"))


def _instance(row: Row, details: Mapping[str, object]) -> str:
    """Name of the type of machine; empty where none is named."""
    named = str(details.get("InstanceType") or "") or next((row[c] for c in _INSTANCE_COLUMNS if row.get(c)), "")
    if named:
        found = find_instance(named) or find_instance(f"Standard_{named}")
        return found.name if found else clean(named)
    texts = (row[name] for name in _INSTANCE_TEXTS if row.get(name))
    return next((found.name for text in texts if (found := instance_in(text)) is not None), "")


def _object(text: str) -> Mapping[str, object]:
    """A JSON object of a cell; empty where it is none."""
    try:
        found = msgspec.json.decode(text) if text.lstrip().startswith("{") else {}
    except (msgspec.DecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _tag(tags: Mapping[str, object], name: str) -> str:
    """Value of a tag, whatever the case and the provider's prefix of its key."""
    for key, value in tags.items():
        if name and key.lower().rpartition(":")[2].rpartition("/")[2] == name.lower():
            return clean(value)
    return ""


def _number(details: Mapping[str, object], *names: str) -> str:
    """A count of the SKU's details as text; empty where it is none."""
    return next((str(details[name]) for name in names if details.get(name) not in (None, "")), "")
