"""A run imported again from a richer, filled or re-optioned file counts once, in the ledger's own sums."""

import json
from pathlib import Path

import pytest

from importers_samples import ALL, SAMPLES, SETTINGS, format_of, written
from treadlight.app.importing import Outcome, import_file
from treadlight.app.workspace import Workspace
from treadlight.importers.frame import importer
from treadlight.ledger.store import Filter

T0 = 1_788_256_800  # 2026-09-01T10:00:00Z
ELECTRICITY = "electricity.it"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return Workspace()


def _sums(workspace: Workspace) -> dict[str, float]:
    found: dict[str, float] = {}
    for activity in workspace.ledger.activities(Filter()):
        found[activity.flow] = found.get(activity.flow, 0.0) + activity.amount
    return {flow: amount for flow, amount in found.items() if amount}


def _mlflow(workspace: Workspace, folder: Path, points: list[tuple[int, float]], gpu: int = 0) -> Outcome:
    """An hour's run with these samples [s, W]."""
    info = {"run_id": "r1", "status": "FINISHED", "start_time": T0 * 1000, "end_time": (T0 + 3600) * 1000}
    key = f"system/gpu_{gpu}_power_usage_watts"
    history = [{"key": key, "value": w, "timestamp": (T0 + t) * 1000} for t, w in points]
    run = {"run": {"info": info, "data": {"metrics": history, "params": [], "tags": []}}}
    return import_file(workspace, "mlflow", str(written(folder, "mlflow_x.json", json.dumps(run))))


FULL = [(t, 300.0) for t in range(0, 3601, 15)]
GAPPED = [(t, w) for t, w in FULL if not 900 < t < 1800]


@pytest.mark.parametrize(
    "files",
    [
        ([(3600, 300.0)], FULL),
        (GAPPED, FULL),
        ([(3600, 300.0)], GAPPED, FULL),
        (FULL, [(3600, 300.0)]),
        (FULL, [(3600, 300.0)], FULL),
        (GAPPED, FULL, GAPPED),
    ],
    ids=["sample-history", "gap-filled", "all three", "back", "there and back", "gap again"],
)
def test_the_last_file_of_a_run_has_the_say(
    workspace: Workspace, tmp_path: Path, files: tuple[list[tuple[int, float]], ...]
) -> None:
    for points in files:
        _mlflow(workspace, tmp_path, points)
    assert _sums(workspace)[ELECTRICITY] == pytest.approx(0.3)
    again = _mlflow(workspace, tmp_path, files[-1])
    assert (again.activities.added, again.activities.replaced) == (0, 0)
    assert workspace.ledger.verify().ok


def test_what_is_withdrawn_is_said(workspace: Workspace, tmp_path: Path) -> None:
    _mlflow(workspace, tmp_path, [(3600, 300.0)])
    outcome = _mlflow(workspace, tmp_path, FULL)
    assert [g.count for g in outcome.flagged if "withdrawn" in g.reason] == [1]
    assert outcome.activities.replaced >= 1


def test_a_device_that_another_file_of_the_run_holds_still_stands(workspace: Workspace, tmp_path: Path) -> None:
    _mlflow(workspace, tmp_path, FULL)
    _mlflow(workspace, tmp_path, FULL, gpu=1)
    assert _sums(workspace)[ELECTRICITY] == pytest.approx(0.6)


def test_wandb_with_its_gap_filled_counts_once(workspace: Workspace, tmp_path: Path) -> None:
    for points in (GAPPED, FULL):
        rows = "".join(f"{t},{T0 + t},{w}\n" for t, w in points)
        text = "_runtime,_timestamp,system.gpu.0.powerWatts\n" + rows
        path = written(tmp_path, "wandb_events.csv", text)
        import_file(workspace, "wandb", str(path), settings={"run": "r1"})
    assert _sums(workspace)[ELECTRICITY] == pytest.approx(0.3)


OTHERWISE = [
    [{}, {"run": "r1"}],
    [{"run": "r1"}, {}],
    [{"run": "r1"}, {"run": "r2", "name": "n"}, {"run": "r1"}],
    [{"start": "2026-03-02T12:00:00Z"}, {"start": "2026-05-02T12:00:00Z"}],
    [{"start": "2026-03-02T12:00:00Z"}, {"start": "2026-05-02T12:00:00Z", "run": "r1"}],
]


@pytest.mark.parametrize("options", OTHERWISE, ids=str)
def test_a_run_of_wandb_that_is_named_otherwise_counts_once(
    workspace: Workspace, tmp_path: Path, options: list[dict[str, str]]
) -> None:
    column = "Relative Time (Process)" if "start" in options[0] else "_timestamp"
    rows = "".join(f"{t if 'start' in options[0] else T0 + t},{w}\n" for t, w in FULL)
    path = written(tmp_path, "wandb_events.csv", f"{column},system.gpu.0.powerWatts\n{rows}")
    for settings in options:
        import_file(workspace, "wandb", str(path), settings=settings)
    assert _sums(workspace)[ELECTRICITY] == pytest.approx(0.3)
    again = import_file(workspace, "wandb", str(path), settings=options[-1])
    assert (again.activities.added, again.activities.replaced) == (0, 0)


def test_two_runs_of_wandb_that_begin_alike_count_twice(workspace: Workspace, tmp_path: Path) -> None:
    for i, points in enumerate((FULL, [FULL[0], *((t + 7, w) for t, w in FULL[1:])])):
        rows = "".join(f"{T0 + t},{w}\n" for t, w in points)
        path = written(tmp_path, f"wandb_{i}.csv", f"_timestamp,system.gpu.0.powerWatts\n{rows}")
        import_file(workspace, "wandb", str(path), settings={"run": f"r{i}"})
    assert _sums(workspace)[ELECTRICITY] > 0.55


SWITCHED = [s for s in ALL if any(o.name == "gpu" for o in importer(format_of(s)).INFO.options)]


@pytest.mark.parametrize("sample", SWITCHED, ids=lambda s: s.name)
def test_another_name_of_the_gpu_replaces_the_first(
    sample: Path, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = dict(SETTINGS.get(sample.name, {}))
    last = given | {"gpu": "NVIDIA A100-SXM4-80GB"}
    for settings in (given, given | {"gpu": "NVIDIA H100 80GB HBM3"}, last):
        import_file(workspace, format_of(sample), str(sample), settings=settings)
    found = _sums(workspace)
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path / "other"))
    alone = Workspace()
    import_file(alone, format_of(sample), str(sample), settings=last)
    assert found == pytest.approx(_sums(alone))


def _prometheus(workspace: Workspace, folder: Path, start_s: int, end_s: int, *, gap: bool = False) -> Outcome:
    """300 W of one GPU between two times after 10:00, every minute."""
    labels = {"__name__": "DCGM_FI_DEV_POWER_USAGE", "Hostname": "n", "UUID": "g", "modelName": "NVIDIA A100-SXM4-80GB"}
    times = [t for t in range(start_s, end_s + 1, 60) if not (gap and start_s + 600 < t < start_s + 2400)]
    result = [{"metric": labels, "values": [[T0 + t, "300"] for t in times]}]
    text = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}})
    return import_file(workspace, "prometheus", str(written(folder, "prometheus_x.json", text)))


@pytest.mark.parametrize("turned", [False, True])
def test_of_an_hour_in_two_ranges_the_fuller_stands(workspace: Workspace, tmp_path: Path, turned: bool) -> None:
    ranges = [(0, 7200), (5400, 9000)]
    outcomes = [_prometheus(workspace, tmp_path, *r) for r in (reversed(ranges) if turned else ranges)]
    found = _sums(workspace)
    assert found[ELECTRICITY] == pytest.approx(0.75)
    assert found["hardware.accelerator.a100-sxm4-80gb"] == pytest.approx(2.5)
    assert any("covers more" in g.reason for g in outcomes[1].flagged) is not turned
    (run,) = workspace.ledger.runs()
    assert (run.start.timestamp() - T0, run.end.timestamp() - T0) == (0, 9000)
    root = workspace.ledger.head()
    _prometheus(workspace, tmp_path, *ranges[0])
    assert _sums(workspace) == pytest.approx(found)
    assert workspace.ledger.head()[1] >= root[1]


def test_a_gap_of_prometheus_that_is_filled_counts_once(workspace: Workspace, tmp_path: Path) -> None:
    _prometheus(workspace, tmp_path, 0, 3600, gap=True)
    _prometheus(workspace, tmp_path, 0, 3600)
    assert _sums(workspace)[ELECTRICITY] == pytest.approx(0.3)


def test_a_second_part_of_a_bill_leaves_the_first(workspace: Workspace, tmp_path: Path) -> None:
    lines = (SAMPLES / "focus_aws_1.0.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    import_file(workspace, "focus", str(SAMPLES / "focus_aws_1.0.csv"))
    whole = _sums(workspace)
    import_file(workspace, "focus", str(written(tmp_path, "focus_part.csv", "".join(lines[:2]))))
    assert _sums(workspace).keys() == whole.keys()
