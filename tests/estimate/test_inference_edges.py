"""Inputs at the edges of what is allowed: answers are finite, in order, and grow with what is asked for."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treadlight.core.errors import InputError
from treadlight.estimate.inference import InferenceInputs, estimate_inference
from treadlight.estimate.inference_hardware import find_accelerator, served_mixture
from treadlight.estimate.inference_inputs import PRECISIONS, kind_of
from treadlight.estimate.inference_priors import Sampler, sample_server

H100 = {"hardware": "H100", "precision": "bfloat16"}
CHAT = {**H100, "params_total_b": 70.0, "n_devices": 4.0, "batch": 32.0}


def quantiles(**known: object) -> tuple[float, float, float]:
    found = estimate_inference(InferenceInputs(**known), "gpu_only", 200, 2)  # type: ignore[arg-type]
    assert np.isfinite(found.wh).all() and (found.wh > 0).all()
    assert np.isfinite(found.device_hours).all() and (found.device_hours > 0).all()
    p05, p50, p95 = np.percentile(found.wh, [5, 50, 95])
    assert p05 <= p50 <= p95
    return float(p05), float(p50), float(p95)


@pytest.mark.parametrize(
    "known",
    [
        {**CHAT, "tokens_in": 1, "tokens_out": 0},
        {**CHAT, "tokens_in": 0, "tokens_out": 1},
        {**CHAT, "tokens_in": 1_000_000, "tokens_out": 1},
        {**CHAT, "tokens_in": 1_000_000, "tokens_cached": 1_000_000, "tokens_out": 1},
        {**CHAT, "batch": 512, "tokens_in": 100, "tokens_out": 100},
        {**CHAT, "tokens_in": 100, "tokens_out": 0, "tokens_reasoning": 100_000},
        {**CHAT, "tokens_in": 100, "tokens_out": 100, "load": 1e-6},
        {"params_total_b": 1000, "params_active_b": 32, "hardware": "H100", "tokens_out": 300},
        {"params_total_b": 1e5, "params_active_b": 1e-6, "tokens_out": 1, "batch": 1},
        {"params_total_b": 1e-6, "tokens_out": 1},
        {"params_total_range_b": (1, 1), "tokens_out": 10},
        {"params_total_b": 8, "tokens_out": 10, "layers": 1, "hidden_size": 1, "kv_heads": 1, "head_dim": 1},
        {"task": "text-to-image", "pixels": 4096**2, "steps": 50},
        {"task": "text-to-image", "pixels": 1, "steps": 1},
        {"task": "text-to-video", "frames": 10_000, "pixels": 1280 * 720},
        {"task": "speech recognition", "audio_s": 3600},
        {"task": "text to speech", "audio_s": 3600},
        {"task": "embedding", "tokens_in": 0},
        {"task": "text classification", "tokens_in": 100_000},
        {"task": "image classification"},
        {},
    ],
)
def test_the_edges_are_answered_with_finite_figures_in_order(known: dict[str, object]) -> None:
    quantiles(**known)


@settings(max_examples=60, deadline=None)
@given(
    hardware=st.sampled_from([None, "H100", "B200", "A100", "V100", "T4", "RTX 4090", "MI300X", "TPU v5e", "M4 Max"]),
    precision=st.sampled_from([None, *PRECISIONS]),
    size=st.floats(1e-3, 2000),
    share=st.floats(0.01, 1),
    batch=st.one_of(st.none(), st.floats(1, 2000)),
    tokens=st.tuples(st.floats(1, 1e6), st.floats(1, 1e5)),
    more=st.floats(1, 10),
)
def test_energy_grows_with_tokens_whatever_else_is_known(
    hardware: str | None,
    precision: str | None,
    size: float,
    share: float,
    batch: float | None,
    tokens: tuple[float, float],
    more: float,
) -> None:
    fixed = {"hardware": hardware, "precision": precision, "batch": batch}
    fixed |= {"params_total_b": size, "params_active_b": share * size}
    given_batch = fixed if batch else fixed | {"batch": 16.0}  # an unknown batch gives way to long contexts
    fewer = quantiles(**given_batch, tokens_in=tokens[0], tokens_out=tokens[1])
    longer_in = quantiles(**given_batch, tokens_in=more * tokens[0], tokens_out=tokens[1])
    longer_out = quantiles(**given_batch, tokens_in=tokens[0], tokens_out=more * tokens[1])
    cached = quantiles(**given_batch, tokens_in=tokens[0], tokens_out=tokens[1], tokens_cached=tokens[0])
    quantiles(**fixed, tokens_in=tokens[0], tokens_out=tokens[1])
    for a, b in ((fewer, longer_in), (fewer, longer_out)):
        assert all(x <= y * (1 + 1e-9) for x, y in zip(a, b, strict=True))
    assert cached[1] <= fewer[1] * 1.5  # reading a cache is cheaper than computing it, but for the smallest models


def test_more_cached_than_given_is_an_error_of_its_field() -> None:
    with pytest.raises(InputError) as caught:
        InferenceInputs(tokens_in=100, tokens_cached=200)
    assert caught.value.field == "tokens_cached" and "100" in caught.value.remedy


@pytest.mark.parametrize("name", ["Cerebras WSE-3", "Xeon 8480", "CPU"])
def test_what_is_no_accelerator_of_the_library_is_refused_with_a_way_on(name: str) -> None:
    with pytest.raises(InputError) as caught:
        InferenceInputs(hardware=name)
    assert caught.value.field == "hardware" and "leave hardware empty" in caught.value.remedy


@pytest.mark.parametrize(
    ("given_name", "name"), [("Q4_K_M", "int4"), ("IQ2_XS", "int4"), ("q5_1", "int8"), ("Q8_0", "int8")]
)
def test_weights_of_llama_cpp_are_known_by_their_bits(given_name: str, name: str) -> None:
    assert InferenceInputs(precision=given_name).precision_name() == name


def test_an_embedding_that_reports_no_tokens_out_is_an_embedding() -> None:
    known = InferenceInputs(task="embedding", tokens_in=512, tokens_out=0)
    assert kind_of(known) == "encoder"
    assert quantiles(task="embedding", tokens_in=512, tokens_out=0) == quantiles(task="embedding", tokens_in=512)


def test_a_long_recording_costs_its_pieces() -> None:
    piece, hour = (quantiles(task="speech recognition", audio_s=s, **H100)[1] for s in (30.0, 3600.0))
    assert hour == pytest.approx(120 * piece, rel=1e-6)


def test_a_long_film_is_made_in_pieces_and_that_is_said() -> None:
    film = {"task": "text-to-video", "params_total_b": 14.0, "pixels": 1280.0 * 720, "steps": 50.0, **H100}
    film |= {"model": "Wan2.1-T2V-14B", "n_devices": 1.0, "batch": 1.0}
    short, long, longer = (quantiles(**film, frames=f)[1] for f in (65.0, 1001.0, 10_001.0))
    assert longer == pytest.approx(10 * long, rel=0.02)
    assert long > 15 * short
    said = estimate_inference(InferenceInputs(**film, frames=1001.0), "gpu_only", 100, 0).assumed  # type: ignore[arg-type]
    assert any("made in pieces" in text for text in said)


def test_alone_on_a_new_accelerator_the_framework_is_not_known_and_widens_the_answer() -> None:
    small = {"params_total_b": 8.0, "precision": "bfloat16", "n_devices": 1.0, "tokens_in": 100.0, "tokens_out": 300.0}
    new = estimate_inference(InferenceInputs(**small, hardware="H100", batch=1.0), "gpu_only", 500, 0)  # type: ignore[arg-type]
    old = estimate_inference(InferenceInputs(**small, hardware="A100", batch=1.0), "gpu_only", 500, 0)  # type: ignore[arg-type]
    many = estimate_inference(InferenceInputs(**small, hardware="H100", batch=16.0), "gpu_only", 500, 0)  # type: ignore[arg-type]
    assert any("framework" in text for text in new.assumed)
    assert old.assumed == many.assumed == ()

    def width(wh: np.ndarray) -> float:
        return math.log(np.percentile(wh, 95) / np.percentile(wh, 5))

    assert width(new.wh) > 1.1 * width(many.wh)
    assert np.median(new.wh) < np.median(old.wh)


@pytest.mark.parametrize("n", [1.0, 4.0, 8.0])
def test_a_serving_engine_alone_on_many_devices_costs_less_than_a_plain_framework(n: float) -> None:
    known = InferenceInputs(**H100, params_total_b=70.0, n_devices=n, batch=1.0)  # type: ignore[arg-type]
    from treadlight.estimate.inference_fit import inference_fit
    from treadlight.estimate.roofline import costs

    fit, draw = inference_fit(), Sampler(101, 0)
    server, _ = sample_server(known, fit, draw, "text")
    joules = costs(server, fit.text.median()).joules["token_out"]
    order = np.argsort(server.plain)
    assert (np.diff(joules[order]) > 0).all()
    assert server.plain.min() < 0.05 and server.plain.max() > 0.95


def test_cards_run_what_a_few_of_them_hold() -> None:
    every, large = served_mixture(16.0), served_mixture(800.0)
    assert {a.device.slug for a, _ in large} < {a.device.slug for a, _ in every}
    assert all(a.memory_gb <= 48 for a, _ in every if (a, _) not in large)


def test_unknown_hardware_has_few_users_only_where_one_device_holds_the_model() -> None:
    from treadlight.estimate.inference_fit import inference_fit

    def few(**known: object) -> float:
        draw = Sampler(500, 0)
        return float(sample_server(InferenceInputs(**known), inference_fit(), draw, "text")[1].few.mean())  # type: ignore[arg-type]

    assert 0.1 < few(params_total_b=8.0) < 0.5
    assert few(params_total_b=405.0) == 0
    assert few(params_total_b=405.0, hardware="A100") == few(params_total_b=8.0, hardware="RTX 4090") == 1


def test_workstations_are_told_from_servers() -> None:
    names = ("RTX 4090", "RTX 6000 Ada", "M4 Max", "H100", "A100", "L40S", "MI300X")
    assert [find_accelerator(name).workstation for name in names] == [True, True, True, False, False, False, False]
