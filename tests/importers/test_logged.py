"""Power that MLflow and W&B log: energy of what was seen, bridged gaps, and what nobody knows."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers_samples import SAMPLES, Whole, import_sample, written
from treadlight.core.activity import EvidenceMethod
from treadlight.importers.power import integrate
from treadlight.ledger.records import RunStatus

T0 = 1_772_449_200


def _electricity(whole: Whole) -> dict[tuple[str, str], float]:
    return {
        (a.location.device, str(a.evidence.method)): a.amount
        for a in whole.activities.values()
        if a.flow == "electricity.it"
    }


def test_constant_power_is_power_times_time() -> None:
    found = integrate([(15.0 * i, 400.0) for i in range(241)], 0.0, 3600.0)
    assert found.seen_kwh == pytest.approx(0.4)
    assert (found.bridged_kwh, found.unknown) == (0.0, ())


def test_a_ramp_is_its_trapezoid() -> None:
    assert integrate([(0.0, 0.0), (36.0, 100.0)], 0.0, 36.0).seen_kwh == pytest.approx(100 / 2 * 36 / 3.6e6)


def test_a_gap_is_bridged_and_a_long_one_is_unknown() -> None:
    close = [(10.0 * i, 300.0) for i in range(10)]
    short = integrate([*close, (690.0, 300.0)], 0.0, 690.0)
    assert short.bridged_kwh == pytest.approx(0.3 * 600 / 3600)
    long = integrate([*close, (90.0 + 7200, 300.0)], 0.0, 90.0 + 7200)
    assert long.unknown == ((90.0, 7290.0),)
    assert long.bridged_kwh == 0.0


def test_no_sample_at_all_is_unknown() -> None:
    assert integrate([], 0.0, 10.0).unknown == ((0.0, 10.0),)


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.floats(0, 1000)), min_size=1, max_size=40),
    st.randoms(use_true_random=False),
)
def test_order_does_not_matter_and_every_second_is_accounted(samples: list[tuple[int, float]], rng: "object") -> None:
    shuffled = list(samples)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    found, again = integrate(samples, 0.0, 5000.0), integrate(shuffled, 0.0, 5000.0)
    assert found.seen_kwh == pytest.approx(again.seen_kwh)
    lost_s = sum(t1 - t0 for t0, t1 in found.unknown)
    assert found.seen_s + found.bridged_s + lost_s == pytest.approx(5000.0)
    most_w = max(power for _, power in samples)
    assert found.seen_kwh + found.bridged_kwh <= most_w * 5000 / 3.6e6 * (1 + 1e-9)


def test_an_mlflow_folder_gives_each_gpu_and_its_gap() -> None:
    whole = import_sample(SAMPLES / "mlflow_mlruns")
    assert _electricity(whole) == {
        ("gpu0", "metered"): pytest.approx(0.3 / 3),  # 300 W for 20 minutes
        ("gpu1", "metered"): pytest.approx(0.25 * 900 / 3600),  # 250 W, less 5 minutes without samples
        ("gpu1", "modelled"): pytest.approx(0.25 * 300 / 3600),
    }
    assert whole.sums()["hardware.accelerator.a100-sxm4-40gb"] == pytest.approx(2 / 3)


def test_what_mlflow_does_not_log_is_unknown() -> None:
    run = import_sample(SAMPLES / "mlflow_run.json").run
    assert {(c.component, c.device) for c in run.channels if c.amount is None} == {
        ("gpu", "gpu1"), ("cpu", "cpu"), ("memory", "memory")
    }  # fmt: skip


def test_a_single_sample_of_mlflow_is_modelled_wide_and_flagged() -> None:
    whole = import_sample(SAMPLES / "mlflow_run.json")
    assert _electricity(whole) == {("gpu0", "modelled"): pytest.approx(0.2914 / 2)}  # 291.4 W for half an hour
    assert any("only one sample" in note.reason for note in whole.flags)
    assert whole.run.counts == {"tokens": 1_843_200.0}


def _mlflow(tmp_path: Path, points: list[tuple[float, float]], **info: object) -> Whole:
    facts = {"run_id": "r1", "status": "FINISHED", "start_time": T0 * 1000, "end_time": (T0 + 600) * 1000, **info}
    history = [
        {"key": "system/gpu_0_power_usage_watts", "value": w, "timestamp": int((T0 + t) * 1000)} for t, w in points
    ]
    run = {"run": {"info": facts, "data": {"metrics": history, "params": [], "tags": []}}}
    return import_sample(written(tmp_path, "mlflow_x.json", json.dumps(run)))


def test_a_history_of_mlflow_is_integrated(tmp_path: Path) -> None:
    whole = _mlflow(tmp_path, [(t, 360.0) for t in range(0, 601, 10)])
    assert _electricity(whole) == {("gpu0", "metered"): pytest.approx(0.06)}


@pytest.mark.parametrize("bad", [-1.0, 90_000.0])
def test_a_sample_that_is_no_power_is_left_out_and_flagged(tmp_path: Path, bad: float) -> None:
    whole = _mlflow(tmp_path, [(t, 360.0 if t != 300 else bad) for t in range(0, 601, 10)])
    assert _electricity(whole) == {("gpu0", "metered"): pytest.approx(0.06)}
    assert any("left out" in note.reason for note in whole.flags)


def test_power_of_zero_is_no_reading(tmp_path: Path) -> None:
    whole = _mlflow(tmp_path, [(t, 0.0) for t in range(0, 601, 10)])
    assert not _electricity(whole)
    assert any("0 W is no reading" in note.reason for note in whole.flags)


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        ({"run_id": ""}, "no run_id"),
        ({"end_time": (T0 - 5) * 1000}, "lies before"),
        ({"lifecycle_stage": "deleted"}, "deleted"),
        ({"start_time": "soon"}, "no time"),
    ],
)
def test_a_run_of_mlflow_that_cannot_be_used_is_rejected(tmp_path: Path, info: dict[str, object], reason: str) -> None:
    whole = _mlflow(tmp_path, [(0, 300.0), (10, 300.0)], **info)
    assert reason in whole.reasons()[0]


def test_a_run_without_gpu_metrics_is_rejected_and_not_imported_as_nothing(tmp_path: Path) -> None:
    assert "no power" in _mlflow(tmp_path, []).reasons()[0]


def test_a_killed_run_is_interrupted(tmp_path: Path) -> None:
    whole = _mlflow(tmp_path, [(0, 300.0), (10, 300.0)], status="KILLED")
    assert whole.run.status is RunStatus.INTERRUPTED


def test_a_folder_of_wandb_gives_both_gpus_once() -> None:
    whole = import_sample(SAMPLES / "wandb_folder")
    assert _electricity(whole) == {
        ("gpu0", "metered"): pytest.approx(0.612),  # 612 W for an hour; its per-process copy is the same GPU
        ("gpu1", "metered"): pytest.approx(0.598),
    }
    assert whole.run.host["gpu"] == "NVIDIA H100 80GB HBM3"
    assert whole.sums()["hardware.accelerator.h100-sxm5-80gb"] == pytest.approx(2.0)


def test_tables_of_wandb_are_read_with_absolute_and_relative_times() -> None:
    assert sum(_electricity(import_sample(SAMPLES / "wandb_events.csv")).values()) == pytest.approx(0.402 / 6)
    chart = import_sample(SAMPLES / "wandb_chart.csv")
    assert sum(_electricity(chart).values()) == pytest.approx(0.305 / 6)  # not its minimum, not its maximum
    assert chart.run.name == "vivid-sun-3"


def test_relative_times_without_a_start_are_rejected() -> None:
    whole = import_sample(SAMPLES / "wandb_chart.csv", settings={})
    assert not whole.activities
    assert "--set start" in whole.reasons()[0]


def test_an_exported_run_of_wandb_names_itself() -> None:
    run = import_sample(SAMPLES / "wandb_run.json").run
    assert (run.name, run.subject.project, run.status) == ("quiet-lake-9", "retina", RunStatus.INTERRUPTED)
    assert run.counts == {"tokens": 1_000_000.0}


def test_metered_and_modelled_parts_have_their_own_doubt() -> None:
    whole = import_sample(SAMPLES / "mlflow_mlruns")
    widths = {
        str(a.evidence.method): a.uncertainty.quantile(0.95)
        for a in whole.activities.values()
        if a.flow == "electricity.it"
    }
    assert widths[str(EvidenceMethod.METERED)] == pytest.approx(1.1, rel=0.02)
    assert widths[str(EvidenceMethod.MODELLED)] == pytest.approx(2.0, rel=0.02)


def test_gpus_of_several_nodes_of_a_run_are_not_taken_for_one(tmp_path: Path) -> None:
    # as MLflow's own pages read them, where a run spans nodes: system/node_<n>/gpu_<g>_power_usage_watts
    start_ms, points = 1_788_256_800_000, range(0, 3601, 15)
    history = [
        {"key": f"system/node_{node}/gpu_0_power_usage_watts", "value": 300.0, "timestamp": start_ms + t * 1000}
        for node in (0, 1)
        for t in points
    ]
    info = {"run_id": "r1", "status": "FINISHED", "start_time": start_ms, "end_time": start_ms + 3_600_000}
    run = {"run": {"info": info, "data": {"metrics": history, "params": [], "tags": []}}}
    whole = import_sample(written(tmp_path, "mlflow_x.json", json.dumps(run)))
    assert whole.sums()["electricity.it"] == pytest.approx(0.6)
    assert {a.location.device for a in whole.activities.values() if a.flow == "electricity.it"} == {
        "node0/gpu0",
        "node1/gpu0",
    }
