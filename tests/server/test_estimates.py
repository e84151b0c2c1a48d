"""Estimates over HTTP: the same answers as on the command line, and problems that name the field."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serving import Served, served
from treadlight.app.estimating_inputs import columns_of
from treadlight.app.server.api.estimates import InferenceQuestion, TrainingQuestion


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("estimates")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TREADLIGHT_HOME", str(folder))
        with served(folder / "ledger.sqlite") as found:
            yield found


def _cli(*arguments: str) -> Any:
    argv = [sys.executable, "-m", "treadlight", *arguments, "--json"]
    done = subprocess.run(argv, env=dict(os.environ), capture_output=True, text=True, timeout=120, cwd=Path("/"))
    return json.loads(done.stdout)


@pytest.mark.parametrize(("kind", "shape"), [("training", TrainingQuestion), ("inference", InferenceQuestion)])
def test_every_input_of_an_estimate_can_be_given(kind: str, shape: Any) -> None:
    assert set(columns_of(kind)) <= set(shape.__struct_fields__)


def test_a_training_is_estimated_as_on_the_command_line(api: Served) -> None:
    body = {"params_total_b": 8, "tokens_b": 15000, "hardware": "H100", "zone": "US"}
    answer = api.post("/api/v1/estimates/training", json=body)
    assert answer.status_code == 200
    wanted = _cli("estimate", "training", "--params", "8", "--tokens", "15000", "--hardware", "H100", "--zone", "US")
    assert answer.json() == wanted


def test_requests_are_estimated_as_on_the_command_line(api: Served) -> None:
    body = {"model": "llama-3.1-8b", "tokens_in": 500, "tokens_out": 300, "count": 1000}
    answer = api.post("/api/v1/estimates/inference", json=body).json()
    options = ("--model", "llama-3.1-8b", "--tokens-in", "500", "--tokens-out", "300", "--requests", "1000")
    assert answer == _cli("estimate", "inference", *options)


def test_claims_are_checked_as_on_the_command_line(api: Served) -> None:
    claim = {"energy_mwh": 433, "carbon_intensity_g_per_kwh": 57, "tco2e": 24700}
    answer = api.post("/api/v1/estimates/claims", json={"claims": [claim]}).json()
    options = ("--energy-mwh", "433", "--carbon-intensity", "57", "--tco2e", "24700")
    wanted = _cli("check-claim", *options)
    assert answer["ok"] is False
    assert answer["findings"] == wanted["findings"]


def test_a_claim_that_holds_is_ok(api: Served) -> None:
    claim = {"energy_mwh": 433, "carbon_intensity_g_per_kwh": 57, "tco2e": 24.7}
    assert api.post("/api/v1/estimates/claims", json={"claims": [claim]}).json()["ok"] is True


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "estimate training"),
        ({"model": "nope"}, 404, "model"),
        ({"params_total_b": -1}, 400, "params_total_b"),
        ({"params_total_b": "8"}, 400, "params_total_b"),
        ({"params_total_b": 8, "params_active_b": 80}, 400, "params_active_b"),
        ({"params_total_b": 8, "tokens_b": 1, "zone": "XX"}, 400, "zone"),
        ({"params_total_b": 8, "tokens_b": 1, "site": "nowhere"}, 400, "site"),
        ({"params_total_b": 8, "tokens_b": 1, "when": "soon"}, 400, "when"),
        ({"params_total_b": 8, "tokens_b": 1, "pue": 0.5}, 400, "pue"),
        ({"params_total_b": 8, "tokens_b": 1, "network": "pigeon", "transfer_gb": 1}, 400, "network"),
        ({"params_total_b": 8, "tokens_b": 1, "estimate_scope": "all"}, 400, "estimate_scope"),
        ({"hardware": "abacus", "device_hours": 1}, 400, "hardware"),
        ({"colour": "red"}, 400, "colour"),
    ],
)
def test_a_problem_names_what_does_not_fit(api: Served, body: dict[str, Any], status: int, field: str) -> None:
    answer = api.post("/api/v1/estimates/training", json=body)
    assert answer.status_code == status
    problem = answer.json()
    assert field in (problem["field"] + problem["detail"])
    assert problem["remedy"]


def test_a_claim_that_cannot_be_is_named_by_its_place(api: Served) -> None:
    claims = [{"energy_mwh": 1}, {"tdp_w": -3}]
    assert api.post("/api/v1/estimates/claims", json={"claims": claims}).json()["field"] == "claims[1].tdp_w"


def test_none_of_it_enters_the_ledger(api: Served) -> None:
    before = api.get("/api/v1/health").json()["entries"]
    api.post("/api/v1/estimates/training", json={"params_total_b": 8, "tokens_b": 100})
    assert api.get("/api/v1/health").json()["entries"] == before
