"""The roofline of text generation, worked by hand."""

import numpy as np
import pytest

from treadlight.estimate.roofline import PARTS, Costs, Server, costs, default_layers, floor_s, spread_costs, touched_b

IDEAL = {  # hardware at its limits, and a server that does nothing but compute and read
    "memory_logit": 60.0,
    "compute_efficiency": 1.0,
    "prefill_efficiency": 1.0,
    "cache_efficiency": 1.0,
    "memory_power": 60.0,
    "compute_power": 60.0,
    "cache_power": 60.0,
    "overhead_power": -60.0,
} | dict.fromkeys(
    (
        "memory_logit_blackwell",
        "memory_logit_older",
        "memory_logit_moe",
        "sequence_s",
        "sequence_hybrid",
        "context_stall_s",
        "admit_s",
        "layer_s",
        "layer_moe",
        "layer_hybrid",
        "layer_eager",
        "talk_s",
        "step_s",
        "picture_tokens",
        "power_blackwell",
        "power_older",
    ),
    0.0,
)


def _server(**changes: float) -> Server:
    plain = dict.fromkeys(Server.__slots__, 0.0) | {
        "total_b": 10.0,
        "active_b": 10.0,
        "layers": 40.0,
        "hidden": 5000.0,
        "kv_bytes": 160e3,
        "weight_bytes": 2.0,
        "flops": 1e15,
        "bandwidth": 2e12,
        "tdp_w": 500.0,
        "idle_w": 100.0,
        "n": 1.0,
        "batch": 1.0,
        "served": 1.0,
        "plain": 1.0,
    }
    return Server(**{name: np.array([value]) for name, value in {**plain, **changes}.items()})


def test_one_sequence_reads_all_weights_for_each_token() -> None:
    found = costs(_server(), IDEAL)
    # 10e9 x 2 B / 2 TB/s = 10 ms; 2 x 10e9 / 1e15 = 0.02 ms beside it; at the limit of 500 W: 5 J
    assert found.device_s["token_out"] == pytest.approx(0.010, rel=1e-4)
    assert found.joules["token_out"] == pytest.approx(5.0, rel=1e-4)


def test_a_large_batch_is_bound_by_operations() -> None:
    # 2 x 10e9 x 10,000 / 1e15 = 200 ms for 10,000 tokens, with the weights' 10 ms in its shadow
    found = costs(_server(batch=10_000.0), IDEAL)
    assert found.device_s["token_out"] == pytest.approx(2e-5, rel=0.01)


def test_prefill_and_cache_by_hand() -> None:
    found = costs(_server(), IDEAL)
    assert found.device_s["token_in"] == pytest.approx(2e10 / 1e15)
    assert found.device_s["token_out_context"] == pytest.approx(160e3 / 2e12)
    assert found.device_s["token_in_context"] == pytest.approx(4 * 40 * 5000 / 1e15)


def test_the_floor_is_below_the_ideal_server_and_the_ideal_server_below_a_real_one() -> None:
    for batch in (1.0, 100.0, 10_000.0):
        server = _server(batch=batch)
        ideal, floor = costs(server, IDEAL), floor_s(server)
        for part in PARTS:
            assert floor[part] <= ideal.device_s[part] * (1 + 1e-9)


def test_a_lucky_residual_stops_at_the_floor() -> None:
    server = _server()
    found = spread_costs(server, costs(server, IDEAL), np.array([0.01]))
    assert found.device_s["token_out"] == pytest.approx(0.010)
    assert found.joules["token_out"] == pytest.approx(0.010 * 100)


def test_two_devices_take_half_the_time_each() -> None:
    one, two = costs(_server(), IDEAL), costs(_server(n=2.0), IDEAL)
    assert two.device_s["token_out"] == pytest.approx(one.device_s["token_out"])


def test_a_batch_touches_more_experts_up_to_all() -> None:
    touched = [float(touched_b(_server(total_b=100.0, batch=float(b)))[0]) for b in (1, 2, 8, 64, 4096)]
    assert touched[0] == pytest.approx(10.0)  # the active ones
    assert touched == sorted(touched)
    assert touched[-1] == pytest.approx(100.0, rel=1e-3)
    assert float(touched_b(_server(batch=64.0))[0]) == pytest.approx(10.0)  # dense


def test_depth_follows_size_like_published_models() -> None:
    for total_b, active_b, layers in ((8.03, 8.03, 32), (70.6, 70.6, 80), (117, 5.1, 36), (671, 37, 61)):
        assert float(default_layers(np.array(total_b), np.array(active_b))) == pytest.approx(layers, rel=0.45)


def test_costs_are_elementwise() -> None:
    many = Server(*(np.concatenate([getattr(_server(batch=b), name) for b in (1.0, 9.0)]) for name in Server.__slots__))
    found: Costs = costs(many, IDEAL)
    for i, batch in enumerate((1.0, 9.0)):
        alone = costs(_server(batch=batch), IDEAL)
        for part in PARTS:
            assert np.broadcast_to(found.joules[part], 2)[i] == pytest.approx(float(np.ravel(alone.joules[part])[0]))
