"""Coefficients per token agree with estimates of single requests, and sums with the requests they sum."""

import numpy as np
import pytest

from treadlight.core.errors import InputError
from treadlight.estimate.inference import (
    InferenceInputs,
    TokenSums,
    estimate_inference,
    points,
    token_coefficients,
)

SERVED = {"params_total_b": 70.0, "hardware": "H100", "n_devices": 4.0, "batch": 32.0, "precision": "fp8"}
REQUESTS = [(300.0, 0.0, 400.0), (20_000.0, 15_000.0, 50.0), (10.0, 0.0, 4000.0), (1.0, 0.0, 1.0)]


def _sums(requests: list[tuple[float, float, float]]) -> TokenSums:
    total_in, cached, out = np.array(requests).T
    return TokenSums.of(total_in, cached, out)


@pytest.mark.parametrize("scope", ["gpu_only", "facility"])
@pytest.mark.parametrize("load", [None, 0.4])
@pytest.mark.parametrize("request_", REQUESTS)
def test_a_single_request_costs_what_its_estimate_says(
    scope: str, load: float | None, request_: tuple[float, float, float]
) -> None:
    total_in, cached, out = request_
    known = {**SERVED, "tokens_in": total_in, "tokens_cached": cached, "tokens_out": out, "load": load}
    inputs = InferenceInputs(**known)  # type: ignore[arg-type]
    each = token_coefficients(inputs, scope, 200, 5)
    one = estimate_inference(inputs, scope, 200, 5)
    assert np.allclose(each.wh(_sums([request_])), one.wh, rtol=1e-9)
    assert np.allclose(each.device_hours(_sums([request_])), one.device_hours, rtol=1e-9)


def test_a_group_costs_the_sum_of_its_requests() -> None:
    each = token_coefficients(InferenceInputs(**SERVED), "it", 200, 0)  # type: ignore[arg-type]
    alone = sum(each.wh(_sums([request])) for request in REQUESTS)
    assert np.allclose(each.wh(_sums(REQUESTS)), alone)


def test_tokens_are_not_among_what_was_assumed() -> None:
    assert not set(token_coefficients(InferenceInputs(params_total_b=8.0)).assumed) & {"tokens_in", "tokens_out"}


def test_a_measured_speed_says_nothing_about_one_token() -> None:
    with pytest.raises(InputError, match="output_tokens_per_s"):
        token_coefficients(InferenceInputs(output_tokens_per_s=100.0))


def test_points_are_the_medians_of_estimates() -> None:
    total_in, cached, out = np.array(REQUESTS).T
    found = points(
        {"tokens_in": total_in, "tokens_cached": cached, "tokens_out": out},
        InferenceInputs(**SERVED),  # type: ignore[arg-type]
    )
    for wh, (a, b, c) in zip(found, REQUESTS, strict=True):
        inputs = InferenceInputs(**SERVED, tokens_in=a, tokens_cached=b, tokens_out=c)  # type: ignore[arg-type]
        assert wh == pytest.approx(np.median(estimate_inference(inputs, "gpu_only", 2000, 0).wh), rel=0.1)


def test_points_take_models_and_batches_by_request() -> None:
    out = np.full(4, 100.0)
    columns = {
        "tokens_in": out,
        "tokens_out": out,
        "batch": np.array([1.0, 64.0, 1.0, 64.0]),
        "params_total_b": np.array([8.0, 8.0, 70.0, 70.0]),
        "params_active_b": np.array([8.0, 8.0, 70.0, 70.0]),
    }
    shared = InferenceInputs(hardware="H100", precision="bfloat16", n_devices=4)
    found = points(columns, shared)
    assert found[0] > found[1] and found[2] > found[0] and found[3] > found[1]
    alone = points(
        {"tokens_in": out[:1], "tokens_out": out[:1]},
        InferenceInputs(**{**SERVED, "precision": "bfloat16", "batch": 64.0}),
    )
    assert found[3] == pytest.approx(alone[0], rel=1e-9)


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({"tokens_in": [1.0]}, "tokens_out"),
        ({"tokens_out": [1.0, -2.0]}, "tokens_out"),
        ({"tokens_out": [1.0, np.nan]}, "tokens_out"),
        ({"tokens_out": [1.0], "tokens_in": [1.0, 2.0]}, "tokens_in"),
        ({"tokens_out": [1.0], "tokens": [1.0]}, "tokens"),
    ],
)
def test_columns_that_cannot_be_are_refused(columns: dict[str, list[float]], field: str) -> None:
    with pytest.raises(InputError) as refused:
        points({name: np.array(values) for name, values in columns.items()})
    assert refused.value.field == field
