"""Cloud bills in FOCUS: quantities exact, corrections taken off, nothing counted twice, costs never zero."""

import csv
import gzip
import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reading_imports import A100, SAMPLES, Reading, reading
from reading_imports import BILL_ROW as ROW
from reading_imports import bill as written
from treadlight.core.activity import EvidenceMethod
from treadlight.core.errors import InputError
from treadlight.importers import focus_instances
from treadlight.importers.focus_charges import Charges
from treadlight.importers.focus_instances import find_instance, instance_in
from treadlight.importers.focus_rows import charge
from treadlight.importers.focus_units import parse_unit
from treadlight.importers.formats.focus import INFO
from treadlight.importers.frame import Options
from treadlight.importers.held import W_PER_VCPU
from treadlight.importers.runs import ELECTRICITY
from treadlight.library.catalogue import recognise_accelerator


@pytest.fixture(scope="module")
def aws() -> Reading:
    return reading("focus", SAMPLES / "focus_aws_1.0.csv")


@pytest.fixture(scope="module")
def others() -> Reading:
    return reading("focus", SAMPLES / "focus_azure_google_1.2.csv")


def test_a_correction_is_taken_off_the_hours_it_corrects(aws: Reading) -> None:
    # four hours were billed, half an hour was taken back, and the machine has 8 GPUs
    assert aws.total(A100) == pytest.approx(3.5 * 8, rel=1e-12)
    assert all(activity.amount >= 0 for activity in aws.activities)


def test_a_correction_without_what_it_corrects_is_rejected_with_its_amount(aws: Reading) -> None:
    (note,) = aws.rejected
    assert "corrects nothing" in note.reason
    assert note.value == "-3"


def test_hours_are_reported_and_their_electricity_modelled_with_a_wide_interval(aws: Reading) -> None:
    hours = next(a for a in aws.activities if a.flow == A100)
    power = next(a for a in aws.activities if a.flow == ELECTRICITY and a.component == "gpu")
    assert hours.evidence.method is EvidenceMethod.REPORTED
    assert power.evidence.method is EvidenceMethod.MODELLED
    # 28 h at 0.2 to 1.0 of 400 W, geometric mean
    assert power.amount == pytest.approx(28 * 0.4 * (0.2 * 1.0) ** 0.5)
    assert power.uncertainty.quantile(0.95) / power.uncertainty.quantile(0.05) == pytest.approx(5.0, rel=0.01)
    assert power.location.region == "aws/eu-west-1"


def test_a_machine_without_accelerators_counts_by_its_virtual_processors(aws: Reading) -> None:
    low, high = W_PER_VCPU
    small = [a for a in aws.activities if "m5.large" in a.evidence.basis and a.flow == ELECTRICITY]
    assert sum(a.amount for a in small) == pytest.approx(24 * 2 * (low * high) ** 0.5 / 1000)


def test_storage_and_transfer_keep_their_amounts(aws: Reading) -> None:
    assert aws.total("storage.block") == pytest.approx(16.4383561644, rel=1e-12)
    assert aws.total("data.transfer.generic") == 125.5


def test_what_has_only_a_cost_is_unknown_and_names_it(aws: Reading) -> None:
    details = {c.component: c for run in aws.runs for c in run.channels if c.state == "unreadable"}
    assert details["AWS Support"].amount is None
    assert "100 USD" in details["AWS Support"].detail
    assert "15.75 USD" in details["Amazon Bedrock"].detail


def test_tokens_of_a_bill_are_counted(aws: Reading) -> None:
    assert sum(run.counts.get("tokens", 0) for run in aws.runs) == 5_250_000


@pytest.mark.parametrize("words", ["an unused commitment", "no usage, left out: Tax"])
def test_what_is_no_use_is_left_out_and_said(aws: Reading, words: str) -> None:
    assert any(words in reason for reason in aws.reasons())


def test_tags_name_project_and_team(aws: Reading) -> None:
    run = aws.run("aws research vision")
    assert (run.subject.project, run.subject.team) == ("vision", "estuary")


def test_the_details_of_the_sku_name_the_machine(others: Reading) -> None:
    assert others.total("hardware.accelerator.a100-pcie-80gb") == 6
    assert next(a for a in others.activities if a.flow.endswith("a100-pcie-80gb")).location.region == (
        "azure/francecentral"
    )


def test_a_licence_does_not_count_the_machine_twice(others: Reading) -> None:
    azure = [a for a in others.activities if a.location.region.startswith("azure") and a.component == "cpu"]
    low, high = W_PER_VCPU
    assert sum(a.amount for a in azure if a.flow == ELECTRICITY) == pytest.approx(6 * 24 * (low * high) ** 0.5 / 1000)
    assert any("licence" in reason for reason in others.reasons())


def test_seconds_of_gpus_cores_and_memory_become_hours(others: Reading) -> None:
    gpus = [a for a in others.activities if a.location.region == "gcp/europe-west4" and "accelerator" in a.flow]
    assert [a.amount for a in gpus] == [pytest.approx(8)]
    assert others.total("hardware.memory.dram") == pytest.approx(680 * 1.073741824, rel=1e-3)


def test_an_unknown_type_of_machine_stays_unknown(tmp_path: Path) -> None:
    found = reading("focus", written(tmp_path, ROW | {"x_UsageType": "EU-BoxUsage:p9z.96xlarge"}))
    assert not found.activities
    assert any("only the cost is known: 1 USD" in c.detail for run in found.runs for c in run.channels)


def test_a_machine_whose_name_nobody_knows_counts_by_what_the_bill_says_of_it(tmp_path: Path) -> None:
    details = json.dumps({"InstanceType": "BM.NEW", "CoreCount": 16, "GpuCount": 4})
    found = reading("focus", written(tmp_path, ROW | {"x_UsageType": "", "SkuPriceDetails": details}))
    assert found.total("hardware.accelerator.generic") == 24 * 4
    low, high = W_PER_VCPU
    assert found.total(ELECTRICITY, "cpu") == pytest.approx(24 * 16 * (low * high) ** 0.5 / 1000)


@given(st.lists(st.decimals("0.001", "1000", places=9), min_size=1, max_size=20))
def test_what_is_taken_back_whole_leaves_exactly_nothing(quantities: list[Decimal]) -> None:
    charges, options = Charges(), Options.of(INFO)
    for quantity in quantities:
        charges.add(charge("", ROW | {"ConsumedQuantity": str(quantity), "ConsumedUnit": "Seconds"}, options))
    back = -sum(quantities)
    taken = ROW | {"ConsumedQuantity": str(back), "ConsumedUnit": "Seconds", "ChargeClass": "Correction"}
    charges.add(charge("", taken, options))
    uses, rejected = charges.settle()
    assert not rejected
    assert [use.quantity for use in uses] == [Decimal(0)]


def test_a_correction_of_a_month_is_spread_over_its_days(tmp_path: Path) -> None:
    def day(number: int, hours: str) -> dict[str, str]:
        start, end = f"2026-09-{number:02}T00:00:00Z", f"2026-09-{number + 1:02}T00:00:00Z"
        return ROW | {"ChargePeriodStart": start, "ChargePeriodEnd": end, "ConsumedQuantity": hours}

    taken = ROW | {"ChargeClass": "Correction", "ChargePeriodEnd": "2026-10-01T00:00:00Z", "ConsumedQuantity": "-8"}
    found = reading("focus", written(tmp_path, day(1, "24"), day(2, "8"), taken))
    hours = sorted(a.amount for a in found.activities if a.flow == A100)
    assert hours == pytest.approx([6 * 8, 18 * 8])  # three quarters and one quarter of 8 h


def test_more_taken_back_than_used_is_rejected_and_nothing_is_left(tmp_path: Path) -> None:
    taken = ROW | {"ConsumedQuantity": "-30", "ChargeClass": "Correction"}
    found = reading("focus", written(tmp_path, ROW, taken))
    assert not found.activities
    assert any("more than was used" in reason for reason in found.reasons())


def test_a_bill_with_later_rows_replaces_the_day_instead_of_adding_to_it(tmp_path: Path) -> None:
    first = reading("focus", written(tmp_path, ROW, name="early.csv"))
    later = reading("focus", written(tmp_path, ROW, ROW | {"ConsumedQuantity": "-4"}, name="late.csv"))
    assert {a.id for a in first.activities} == {a.id for a in later.activities}
    assert later.total(A100) == 20 * 8


def test_billed_and_consumed_hours_are_not_both_counted(tmp_path: Path) -> None:
    row = ROW | {"PricingQuantity": "24", "PricingUnit": "Hours", "BilledCost": "5", "ListCost": "9"}
    assert reading("focus", written(tmp_path, row)).total(A100) == 24 * 8


def test_without_a_consumed_quantity_the_billed_one_is_taken_and_said(tmp_path: Path) -> None:
    row = ROW | {"ConsumedQuantity": "", "ConsumedUnit": "", "PricingQuantity": "24", "PricingUnit": "Hours"}
    found = reading("focus", written(tmp_path, row))
    assert found.total(A100) == 24 * 8
    assert any("what was billed" in reason for reason in found.reasons())


def test_a_folder_is_read_as_one_bill_and_a_copy_of_a_part_once(tmp_path: Path) -> None:
    written(tmp_path, ROW, name="part-1.csv")
    written(tmp_path, ROW, name="copy of part-1.csv")
    taken = ROW | {"ConsumedQuantity": "-4", "ChargeClass": "Correction"}
    written(tmp_path, taken, name="part-2.csv")
    assert reading("focus", tmp_path).total(A100) == 20 * 8


def test_parquet_with_decimals_gives_the_same_as_csv(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    from datetime import UTC, datetime

    columns = {name: pa.array([value]) for name, value in ROW.items()}
    columns["ConsumedQuantity"] = pa.array([Decimal("24.000000001")], pa.decimal128(28, 9))
    columns["ChargePeriodStart"] = pa.array([datetime(2026, 9, 1, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    columns["ChargePeriodEnd"] = pa.array([datetime(2026, 9, 2, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    columns["Tags"] = pa.array([[("project", "vision")]], pa.map_(pa.string(), pa.string()))
    columns["BilledCost"] = pa.array([None], pa.decimal128(28, 9))
    pq.write_table(pa.table(columns), tmp_path / "bill.parquet")
    found = reading("focus", tmp_path / "bill.parquet")
    assert found.total(A100) == pytest.approx(24.000000001 * 8, rel=1e-15)
    assert found.runs[0].subject.project == "vision"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ConsumedQuantity": "many"}, "ConsumedQuantity: is no number"),
        ({"ConsumedQuantity": "Infinity"}, "ConsumedQuantity: is not finite, or implausibly large"),
        ({"ChargePeriodStart": "yesterday"}, "ChargePeriodStart: is no time"),
        ({"ChargePeriodEnd": "2026-08-01T00:00:00Z"}, "ChargePeriodEnd: lies before ChargePeriodStart"),
    ],
)
def test_a_row_that_cannot_be_used_says_why_and_stops_no_other(
    tmp_path: Path, change: dict[str, str], words: str
) -> None:
    found = reading("focus", written(tmp_path, ROW, ROW | {"ResourceId": "i-2"} | change))
    assert [note.reason for note in found.rejected] == [words]
    assert found.total(A100) == 24 * 8


def test_a_file_that_is_no_bill_says_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="lacks the columns ChargeCategory"):
        reading("focus", path)


@pytest.mark.parametrize(
    ("text", "kind", "factor"),
    [
        ("Hrs", "time", "1"),
        ("Hours", "time", "1"),
        ("1 Hour", "time", "1"),
        ("100 Hours", "time", "100"),
        ("Days", "time", "24"),
        ("GB-Mo", "data-time", "730.5"),
        ("GB-Hours", "data-time", "1"),
        ("GiB", "data", "1.073741824"),
        ("TB", "data", "1000"),
        ("vCPU-Hours", "vcpu-time", "1"),
        ("1K tokens", "token", "1000"),
        ("1M Tokens", "token", "1000000"),
    ],
)
def test_units_have_exact_factors(text: str, kind: str, factor: str) -> None:
    unit = parse_unit(text)
    assert unit is not None
    assert (unit.kind, unit.factor) == (kind, Decimal(factor))


@pytest.mark.parametrize("text", ["Count", "Requests", "10K", "", "LCU-Hrs", "GB-GB", "-5 Hours"])
def test_units_we_do_not_know_stay_unknown(text: str) -> None:
    assert parse_unit(text) is None


def test_every_machine_of_the_table_is_sourced_and_its_accelerator_recognised() -> None:
    path = Path(focus_instances.__file__).with_name("focus_instances.csv")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len({row["instance_type"].lower() for row in rows}) == len(rows) > 80
    for row in rows:
        assert row["source"] and row["locator"] and int(row["year"]) >= 2020
        assert row["confidence"] in ("high", "medium")
        assert recognise_accelerator(row["accelerator"]).quality == "exact", row
        assert float(row["count"]) > 0


@pytest.mark.parametrize(
    ("name", "vcpus"),
    [
        ("m5.large", 2),
        ("ml.c5.xlarge", 4),
        ("r6i.12xlarge", 48),
        ("Standard_D8s_v5", 8),
        ("Standard_M8-2ms_v3", 2),
        ("n2-standard-16", 16),
        ("p4d.24xlarge", 96),
    ],
)
def test_names_of_machines_tell_their_virtual_processors(name: str, vcpus: float) -> None:
    found = find_instance(name)
    assert found is not None
    assert found.vcpus == vcpus


@pytest.mark.parametrize("name", ["p2.xlarge", "inf1.6xlarge", "Standard_NV6_v3", "g4-standard-48", "Standard_D3_v2"])
def test_machines_with_unlisted_accelerators_are_not_taken_for_plain_ones(name: str) -> None:
    assert find_instance(name) is None


def test_a_machine_is_found_in_the_text_of_a_bill() -> None:
    found = instance_in("USE1-SpotUsage:g5.12xlarge")
    assert found is not None
    assert (found.accelerator, found.count) == ("A10G", 4)


def test_a_table_beside_its_packed_copy_is_refused(tmp_path: Path) -> None:
    plain = written(tmp_path, ROW)
    (tmp_path / "bill.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    with pytest.raises(InputError, match="count twice"):
        reading("focus", tmp_path)
    plain.rename(tmp_path / "other.csv")
    (tmp_path / "bill.csv.gz").unlink()
    assert reading("focus", tmp_path).total(A100) > 0
