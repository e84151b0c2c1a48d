"""The shipped fit: what the script makes of the published rows, and how it does on them.

The rows judge a fit that has seen them, so this guards against a broken file or equation, not against overfitting; the
scores of rows held out stand in the file, and come from calibration/fit_training.py.
"""

import json
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from treadlight.estimate.training import estimate_training
from treadlight.estimate.training_fit import HOST, MFU, POWER, fit_from, log_mfu, log_power_share, shipped_fit

ROOT = Path(__file__).parents[2]
FORM = json.loads((files("treadlight.estimate") / "data" / "training.json").read_text(encoding="utf-8"))


@pytest.fixture
def calibration(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The modules of calibration/, where the published rows are."""
    if not (ROOT.parent / "shared" / "facts" / "validation_training.csv").exists():
        pytest.skip("the published rows are not beside the repository: ../shared/facts")
    pytest.importorskip("scipy", reason="scipy is not installed")
    monkeypatch.syspath_prepend(str(ROOT / "calibration"))
    yield import_module("training_scores")


def test_the_file_names_its_script_date_rows_and_scores() -> None:
    assert FORM["script"] == "calibration/fit_training.py" and (ROOT / FORM["script"]).exists()
    assert FORM["fitted"] and FORM["source"]
    for part, names in (("mfu", MFU), ("power", POWER), ("host", HOST)):
        assert tuple(FORM[part]["mean"]) == names
        assert len(FORM[part]["rows"]) >= 19
        covariance = np.array(FORM[part]["covariance"])
        assert (np.linalg.eigvalsh(covariance) > 0).all()
        assert 0.1 < FORM[part]["log_sd"] < 0.7
    for task in FORM["cross_validation"].values():
        assert set(task["left_out"]) == {"split group", "family", "size class", "vendor", "hardware"}


def test_scores_of_rows_held_out_reach_their_goals_or_the_page_says_why() -> None:
    scores = {name: task["left_out"]["family"] for name, task in FORM["cross_validation"].items()}
    energy = scores["energy from device-hours"]
    assert energy["median_abs_error"] <= 0.20 and energy["within_2x"] == 1
    hours = scores["device-hours from parameters, tokens, hardware"]
    assert hours["median_abs_error"] <= 0.23 and hours["within_2x"] >= 0.9
    both = scores["energy from parameters, tokens, hardware"]
    assert both["median_abs_error"] <= 0.35
    by_group = FORM["cross_validation"]["device-hours from parameters, tokens, hardware"]["left_out"]["split group"]
    assert by_group["median_abs_error"] <= 0.20
    for task in FORM["cross_validation"].values():
        assert all(found["coverage"] >= 0.85 for found in task["left_out"].values())
        assert task["left_out"]["family"]["median_abs_error"] < task["baseline"]["median_abs_error"]


def test_llmcarbon_is_scored_on_the_rows_it_has_an_answer_for() -> None:
    for name in ("device-hours from parameters, tokens, hardware", "energy from parameters, tokens, hardware"):
        peer = FORM["cross_validation"][name]["peer"]
        assert peer["rows"] == peer["ours_on_the_same_rows"]["rows"] >= 5
        assert peer["ours_on_the_same_rows"]["median_abs_error"] < peer["median_abs_error"]


def test_a_distilled_model_teaches_nothing_but_is_estimated_all_the_same(calibration: ModuleType) -> None:
    rows = [row for row in import_module("training_rows").read_rows() if not row.is_6nd]
    assert rows and not {row.id for row in rows} & set(FORM["mfu"]["rows"])
    task = next(task for task in calibration.TASKS if task.name.startswith("device-hours"))
    assert any(task.chosen(row) for row in rows)


def test_llmcarbon_follows_its_public_curves(calibration: ModuleType) -> None:
    rows = {row.id: row for row in import_module("training_rows").read_rows()}
    # 6.74e9 parameters on 80 GB: -8.82e-20 p^2 + 1.686e-9 p + 133.95 = 141.3 TFLOPS; 6 x 6.74e9 x 2e12 operations
    llama = calibration.hours_by_llmcarbon(rows["llama-2-7b"])
    assert llama == pytest.approx(6 * 6.74e9 * 2e12 / (141.3e12 * 3600), rel=0.001)
    # 12 billion on 40 GB are more than a node's 9.6: 134.5 + 1.0 TFLOPS, times 0.768 x 125/312
    pythia = calibration.hours_by_llmcarbon(rows["pythia-12b"])
    assert pythia == pytest.approx(6 * 11.8422e9 * 299.89e9 / (41.66e12 * 3600), rel=0.002)
    assert calibration.hours_by_llmcarbon(rows["palm-540b"]) is None


def test_shares_of_accelerators_add_up() -> None:
    assert sum(FORM["accelerators"]["weights"].values()) == pytest.approx(1, abs=0.01)


def test_the_script_gives_the_file(calibration: ModuleType) -> None:
    fits, rows = import_module("training_fits"), import_module("training_rows").read_rows()
    power, _, ids = fits.fit_power(rows)
    mfu, covariance, _ = fits.fit_mfu(rows, power)
    assert ids == FORM["power"]["rows"]
    np.testing.assert_allclose(power, [*FORM["power"]["mean"].values(), *FORM["host"]["mean"].values()], atol=1e-3)
    np.testing.assert_allclose(mfu, list(FORM["mfu"]["mean"].values()), atol=1e-3)
    np.testing.assert_allclose(covariance, FORM["mfu"]["covariance"], atol=1e-3)


def test_rows_of_confidence_low_and_products_of_hours_and_design_power_teach_nothing(calibration: ModuleType) -> None:
    rows = {row.id: row for row in import_module("training_rows").read_rows()}
    assert not any(name.startswith("mem-") for name in rows)
    for name in FORM["power"]["rows"]:
        assert rows[name].cells["energy_basis"] == "measured"


def test_published_runs_lie_near_their_estimates(calibration: ModuleType) -> None:
    rows = import_module("training_rows").read_rows()
    for task in calibration.TASKS:
        held = calibration.held_out(task, [(shipped_fit(), rows)])
        found = calibration.score(held)
        assert found["rows"] >= 16
        assert found["median_abs_error"] <= 0.25, task.name
        assert found["coverage"] >= 0.85, task.name
        assert 0.8 <= found["bias"] <= 1.2, task.name


def test_the_equations_take_columns_as_they_take_numbers() -> None:
    fit = fit_from(FORM)
    sizes = np.array([0.1, 7.0, 500.0])
    one_by_one = [
        float(log_mfu(fit.mfu.mean, peak_tflops=989, bandwidth_gb_per_s=3350, params_b=n, n_devices=4000))
        for n in sizes
    ]
    together = log_mfu(fit.mfu.mean, peak_tflops=989, bandwidth_gb_per_s=3350, params_b=sizes, n_devices=4000)
    np.testing.assert_allclose(together, one_by_one)
    assert (np.diff(together) > 0).all()
    shares = log_power_share(fit.power.mean, params_b=sizes)
    assert (np.diff(shares) > 0).all() and (shares < 0).all()


def test_the_estimate_takes_another_fit(calibration: ModuleType) -> None:
    row = next(row for row in import_module("training_rows").read_rows() if row.id == "llama-2-7b")
    changed = json.loads(json.dumps(FORM))
    changed["mfu"]["mean"]["log_ceiling"] += np.log(2)
    hours = [
        np.median(estimate_training(row.inputs("device_hours"), fit=fit).device_hours)
        for fit in (shipped_fit(), fit_from(changed))
    ]
    assert hours[0] / hours[1] == pytest.approx(2, rel=0.1)
