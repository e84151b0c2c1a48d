"""EcoLogits: ranges and numbers, energy as it states it, impacts beside."""

import json
from pathlib import Path
from typing import Any

import pytest

from importers_samples import SAMPLES, Whole, import_sample, written
from treadlight.core.activity import EvidenceMethod
from treadlight.importers.timing import ASSUMED


def _impacts(value: Any, unit: str = "kWh") -> dict[str, Any]:
    return {"energy": {"type": "energy", "value": value, "unit": unit}}


def _import(tmp_path: Path, *records: Any, **settings: str) -> Whole:
    text = "".join(json.dumps(record) + "\n" for record in records)
    return import_sample(written(tmp_path, "ecologits_x.jsonl", text), settings=settings)


def test_the_amount_is_the_middle_of_the_range_and_the_interval_reaches_beyond_it() -> None:
    whole = import_sample(SAMPLES / "ecologits_ranges.jsonl")
    first = min(whole.activities.values(), key=lambda a: a.start)
    assert first.amount == pytest.approx((0.0000402 + 0.0000811) / 2)
    assert first.flow == "electricity.facility"  # EcoLogits multiplies by the PUE
    assert first.evidence.method is EvidenceMethod.MODELLED
    assert first.amount * first.uncertainty.quantile(0.05) < 0.0000402 / 3
    assert first.amount * first.uncertainty.quantile(0.95) > 0.0000811 * 3


def test_requests_and_tokens_are_counted() -> None:
    run = import_sample(SAMPLES / "ecologits_ranges.jsonl").run
    assert run.counts == {"requests": 2.0, "tokens in": 502.0, "tokens out": 209.0}


def test_its_impacts_are_labels_of_the_run() -> None:
    labels = import_sample(SAMPLES / "ecologits_ranges.jsonl").run.labels
    assert labels["reported.gwp_kgco2e"] == "2.25e-05 to 4.48e-05"  # 20.4 + 2.1 to 40.5 + 4.3 mg
    assert labels["reported.embodied.gwp_kgco2e"] == "7e-07 to 1.3e-06"
    assert labels["reported.water_l"] == "0.00015 to 0.00031"


def test_what_has_no_estimate_is_rejected_with_its_code() -> None:
    whole = import_sample(SAMPLES / "ecologits_ranges.jsonl")
    assert [(n.where, n.value) for n in whole.rejected] == [("line 3", "model-not-registered"), ("line 4", "-1e-05")]


@pytest.mark.parametrize(
    ("record", "kwh"),
    [
        (_impacts(0.0034), 0.0034),
        (_impacts({"min": 0.001, "max": 0.003}), 0.002),
        (_impacts(3.4, "Wh"), 0.0034),
        ({"energy": 0.0034, "energy_unit": "kWh", "gwp": 0.002, "gwp_unit": "kgCO2eq"}, 0.0034),
        ({"impacts": _impacts(0.0034), "created": 1770000000}, 0.0034),
    ],
)
def test_old_and_new_forms_give_the_energy(tmp_path: Path, record: Any, kwh: float) -> None:
    (activity,) = _import(tmp_path, record).activities.values()
    assert activity.amount == pytest.approx(kwh)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (_impacts(0), "0, which says nothing"),
        (_impacts(-0.1), "negative"),
        (_impacts({"min": 2e-3, "max": 1e-3}), "above max"),
        (_impacts(340), "slip of units"),
        (_impacts(0.1, "kgCO2eq"), "unit"),
        (_impacts(None), "no value"),
        ({"impacts": {}}, "no energy"),
        ([1], "no object"),
        ("text", "no object"),
    ],
)
def test_what_cannot_be_true_is_rejected_with_its_reason(tmp_path: Path, record: Any, reason: str) -> None:
    whole = _import(tmp_path, record, _impacts(0.001))
    assert len(whole.activities) == 1
    assert reason in whole.reasons()[0]


def test_equal_requests_without_an_id_are_different_requests(tmp_path: Path) -> None:
    assert len(_import(tmp_path, _impacts(0.001), _impacts(0.001)).activities) == 2


def test_a_request_with_an_id_is_the_same_in_every_file(tmp_path: Path) -> None:
    record = {"id": "r7", "created": 1770000000, "impacts": _impacts(0.001)}
    assert len(_import(tmp_path, record, record).activities) == 1


def test_without_a_date_the_files_own_is_taken_and_said(tmp_path: Path) -> None:
    whole = _import(tmp_path, _impacts(0.001))
    assert ASSUMED.items() <= whole.run.labels.items()
    assert any("no date" in note.reason for note in whole.flags)
    dated = _import(tmp_path, _impacts(0.001), date="2025-03")
    assert dated.run.start.isoformat() == "2025-03-01T00:00:00+00:00"
    assert dated.run.end.isoformat() == "2025-03-31T23:59:59+00:00"
    assert not dated.flags


@pytest.mark.parametrize(("zone", "found"), [("USA", "US"), ("FRA", "FR"), ("WOR", "")])
def test_the_zone_of_the_mix_is_the_place(tmp_path: Path, zone: str, found: str) -> None:
    record = {"created": 1770000000, "electricity_mix_zone": zone, "impacts": _impacts(0.001)}
    assert _import(tmp_path, record).run.location.zone == found


def test_a_request_that_is_there_twice_is_counted_once(tmp_path: Path) -> None:
    record = {"id": "r1", "created": 1770000000, "input_tokens": 10, "impacts": _impacts(0.0034) | {"gwp": 0.002}}
    whole = _import(tmp_path, record, record)
    assert whole.run.counts == {"requests": 1.0, "tokens in": 10.0}
    assert whole.run.labels["reported.gwp_kgco2e"] == "0.002"
    assert any("counted once" in note.reason for note in whole.flags)
