"""The shipped fit: whole, written by its script, as good as the page says, and still what the rows give.

Rows that the fit has seen guard against a broken file or equation, not against overfitting; scores of families held
out stand in the file, and come from calibration/fit_inference.py.
"""

import json
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from treadlight.estimate.inference import estimate_inference
from treadlight.estimate.inference_fit import LINKS, inference_fit

ROOT = Path(__file__).parents[2]
FORM = json.loads((files("treadlight.estimate") / "data" / "inference.json").read_text(encoding="utf-8"))


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module of calibration/ that reads the published rows, where they are."""
    if not (ROOT.parent / "shared" / "facts" / "validation_inference.csv").exists():
        pytest.skip("the published rows are not beside the repository: ../shared/facts")
    pytest.importorskip("scipy", reason="scipy is not installed")
    monkeypatch.syspath_prepend(str(ROOT / "calibration"))
    yield import_module("inference_rows")


def test_the_file_names_its_script_date_and_rows() -> None:
    assert (ROOT / FORM["script"]).exists()
    assert FORM["fitted"] and FORM["source"]
    assert len(FORM["rows"]["text"]) >= 150 and len(FORM["rows"]["diffusion"]) >= 50


@pytest.mark.parametrize("part", ["text", "diffusion"])
def test_coefficients_have_links_priors_and_a_covariance(part: str) -> None:
    rows = FORM[part]["coefficients"]
    covariance = np.array(FORM[part]["covariance"])
    assert covariance.shape == (len(rows), len(rows))
    assert np.allclose(covariance, covariance.T, atol=1e-6)
    assert (np.linalg.eigvalsh(covariance) > 0).all()
    assert all(row["link"] in LINKS and len(row["prior"]) == 2 for row in rows)


def test_draws_have_the_median_and_the_covariance_of_the_file() -> None:
    fit = inference_fit().text
    drawn, middle = fit.draws(4000, 0, "test"), fit.median()
    for name in ("memory_logit", "admit_s", "compute_efficiency"):
        assert np.median(drawn[name]) == pytest.approx(middle[name], rel=0.05)
    spread = np.std(drawn["memory_logit"])
    index = fit.names.index("memory_logit")
    assert spread == pytest.approx(np.sqrt(FORM["text"]["covariance"][index][index]), rel=0.1)


def test_families_held_out_reach_the_goals() -> None:
    known, timed, blind = (
        FORM["held_out"][route] for route in ("load and accelerators known", "measured speed too", "batch unknown")
    )
    assert known["all"]["median_abs_error"] <= 0.22 and 0.9 < known["all"]["bias"] < 1.1
    assert known["all"]["within_2x"] >= 0.88 and known["without video"]["within_2x"] >= 0.92
    assert known["all"]["worst_factor"] < 4
    assert known["all"]["held"] >= 0.85 and known["all"]["p95_over_p05"] <= 4
    assert known["image"]["median_abs_error"] <= 0.36 and known["video"]["median_abs_error"] <= 0.36
    assert timed["all"]["median_abs_error"] <= 0.15
    assert blind["all"]["held"] >= 0.85 and blind["all"]["p95_over_p05"] <= 20
    assert blind["text"]["held"] >= 0.85 and blind["text"]["p95_over_p05"] <= 20
    assert FORM["held_out"]["batch and accelerators unknown"]["all"]["held"] >= 0.85
    assert known["text"]["median_abs_error"] < FORM["peers"]["EcoLogits 0.11.3"]["median_abs_error"] / 2


def test_published_rows_are_still_met(rows: ModuleType) -> None:
    off, held = [], []
    for row in rows.read_rows():
        if row["id"] in FORM["rows"]["text"] + FORM["rows"]["diffusion"]:
            inputs = rows.inputs_of(row, "avg_power_w", "output_tokens_per_s")
            low, middle, high = np.percentile(estimate_inference(inputs, "gpu_only", 300, 0).wh, [5, 50, 95])
            truth = float(row["reported_wh_per_unit"])
            off.append(abs(middle / truth - 1))
            held.append(low <= truth <= high)
    assert len(off) >= 230
    assert np.median(off) < 0.2 and np.mean(held) > 0.9
