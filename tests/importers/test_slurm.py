"""Slurm jobs: gathered energy once, 0 is unknown, steps never added to their job."""

import json
from pathlib import Path

import pytest

from reading_imports import SAMPLES, Reading, reading
from treadlight.core.activity import EvidenceMethod
from treadlight.core.errors import InputError
from treadlight.importers.held import SHARE_OF_TDP, W_PER_VCPU
from treadlight.importers.runs import ELECTRICITY
from treadlight.importers.slurm_text import allocation, duration_s, energy_j
from treadlight.ledger.records import Run, RunStatus

HEADER = "JobID|JobName|State|Start|End|Elapsed|AllocTRES|ConsumedEnergyRaw\n"


@pytest.fixture(scope="module")
def jobs() -> Reading:
    return reading("slurm", SAMPLES / "slurm_sacct.txt", timezone="+02:00")


def one(folder: Path, *rows: str, **settings: str) -> Reading:
    path = folder / "jobs.txt"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return reading("slurm", path, **settings)


def kwh(found: Reading, run: Run) -> float:
    return sum(a.amount for a in found.activities if a.parent == run.id and a.flow == ELECTRICITY)


def test_a_job_and_its_steps_count_once(jobs: Reading) -> None:
    assert kwh(jobs, jobs.run("pretrain")) == pytest.approx(72_000_000 / 3.6e6)


def test_energy_of_zero_is_unknown_and_modelled_from_what_was_held(jobs: Reading) -> None:
    run = jobs.run("finetune")
    (power,) = [a for a in jobs.activities if a.parent == run.id and a.flow == ELECTRICITY]
    assert power.evidence.method is EvidenceMethod.MODELLED
    low = 2 * (SHARE_OF_TDP[0] * 350 + 16 * W_PER_VCPU[0]) / 1000  # 2 h of an A100 (median of its family) and 16 CPUs
    high = 2 * (SHARE_OF_TDP[1] * 350 + 16 * W_PER_VCPU[1]) / 1000
    assert power.amount * power.uncertainty.quantile(0.05) <= low
    assert power.amount * power.uncertainty.quantile(0.95) >= high


def test_without_the_model_energy_that_was_not_gathered_stays_unknown(tmp_path: Path) -> None:
    row = "7|a|COMPLETED|2026-09-01T00:00:00|2026-09-01T01:00:00|01:00:00|cpu=4,gres/gpu:a100=1|0"
    found = one(tmp_path, row, model="no")
    assert ELECTRICITY not in found.flows()
    (lost,) = [c for c in found.runs[0].channels if c.amount is None]
    assert "AcctGatherEnergyType" in lost.detail


def test_energy_that_comes_to_be_known_replaces_the_model(tmp_path: Path) -> None:
    row = "7|a|COMPLETED|2026-09-01T00:00:00|2026-09-01T01:00:00|01:00:00|cpu=4,gres/gpu:a100=1|"
    before = [a for a in one(tmp_path, row).activities if a.flow == ELECTRICITY]
    after = [a for a in one(tmp_path, row + "3600000").activities if a.flow == ELECTRICITY]
    assert [a.id for a in before] == [a.id for a in after]
    assert after[0].amount == pytest.approx(1.0)


def test_steps_that_follow_each_other_add_up_where_the_job_has_no_energy(jobs: Reading) -> None:
    assert kwh(jobs, jobs.run("stepwise")) == pytest.approx((1_080_000 + 720_000) / 3.6e6)


def test_steps_at_the_same_time_hold_the_same_energy(tmp_path: Path) -> None:
    found = one(
        tmp_path,
        "7|a|COMPLETED|2026-09-01T00:00:00|2026-09-01T01:00:00|01:00:00|cpu=4|0",
        "7.batch|batch|COMPLETED|2026-09-01T00:00:00|2026-09-01T01:00:00|01:00:00|cpu=4|3500000",
        "7.extern|extern|COMPLETED|2026-09-01T00:00:00|2026-09-01T01:00:00|01:00:00|cpu=4|3600000",
        "7.0|x|COMPLETED|2026-09-01T00:00:00|2026-09-01T01:00:00|01:00:00|cpu=4|3400000",
        "7.1|y|COMPLETED|2026-09-01T00:10:00|2026-09-01T00:50:00|00:40:00|cpu=4|3300000",
    )
    assert found.total(ELECTRICITY) == pytest.approx(1.0)


@pytest.mark.parametrize("text", ["0", "", "18446744073709551614", "4294967294", "Unknown", "16.00E", "18.45E", "-2"])
def test_what_slurm_writes_for_nothing_is_unknown(text: str) -> None:
    assert energy_j(text, "ConsumedEnergyRaw") is None


@pytest.mark.parametrize(("text", "joules"), [("3600000", 3.6e6), ("1.50M", 1.5e6), ("72.00M", 7.2e7), ("500K", 5e5)])
def test_energy_is_read_with_and_without_suffix(text: str, joules: float) -> None:
    assert energy_j(text, "ConsumedEnergy") == pytest.approx(joules)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("01:00:00", 3600),
        ("1-00:00:10", 86410),
        ("05:30", 330),
        ("00:00:30.250", 30),
        ("3600", 3600),
        ("UNLIMITED", None),
    ],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert duration_s(text, "Elapsed") == seconds


def test_typed_and_untyped_gpus_are_the_same_gpus() -> None:
    found = allocation("billing=64,cpu=64,gres/gpu:a100=4,gres/gpu=4,mem=512000M,node=2")
    assert (found.gpus, found.cpus, found.nodes) == ({"a100": 4}, 64, 2)
    assert found.memory_gb == pytest.approx(512000 * 1.048576 / 1000)
    assert allocation("cpu=1", "gpu:v100:2(IDX:0-1)").gpus == {"v100": 2}


def test_a_slice_counts_as_its_share_of_the_card(jobs: Reading) -> None:
    run = jobs.runs[[r.labels["slurm.job"] for r in jobs.runs].index("1005_1")]
    hours = [a.amount for a in jobs.activities if a.parent == run.id and "accelerator" in a.flow]
    assert hours == [pytest.approx(1 / 7)]


def test_a_job_that_was_requeued_is_two_runs(jobs: Reading) -> None:
    runs = [run for run in jobs.runs if run.name == "again"]
    assert [run.status for run in runs] == [RunStatus.INTERRUPTED, RunStatus.FINISHED]
    assert len({run.id for run in runs}) == 2
    assert [kwh(jobs, run) for run in runs] == [pytest.approx(1.0), pytest.approx(2.0)]


def test_jobs_that_run_or_never_ran_are_left_out_and_said(jobs: Reading) -> None:
    assert not {"serving", "waiting"} & {run.name for run in jobs.runs}
    assert {"never started, left out"} < jobs.reasons()
    assert any("still running" in reason for reason in jobs.reasons())


def test_local_times_become_utc_by_the_clusters_zone(jobs: Reading) -> None:
    assert jobs.run("pretrain").start.isoformat() == "2026-09-01T06:00:00+00:00"
    assert not any("UTC" in reason for reason in jobs.reasons())


def test_without_a_zone_utc_is_taken_and_said() -> None:
    found = reading("slurm", SAMPLES / "slurm_sacct.txt")
    assert found.run("pretrain").start.isoformat() == "2026-09-01T08:00:00+00:00"
    assert any("taken as UTC" in reason for reason in found.reasons())


def test_a_zone_does_not_change_what_a_job_is_called() -> None:
    ids = {run.id for run in reading("slurm", SAMPLES / "slurm_sacct.txt").runs}
    assert ids == {run.id for run in reading("slurm", SAMPLES / "slurm_sacct.txt", timezone="Asia/Tokyo").runs}


def test_the_hour_that_the_clock_repeats_loses_no_time(tmp_path: Path) -> None:
    row = "7|a|COMPLETED|2026-10-25T02:30:00|2026-10-25T02:10:00|00:40:00|cpu=4|3600000"
    assert one(tmp_path, row, timezone="Europe/Paris").runs[0].duration_s == 2400


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("7|a|COMPLETED|2026-09-01T00:00:00|2026-09-01T01:00:00|01:00|cpu=4|-5", "ConsumedEnergyRaw"),
        ("7|a|DANCING|2026-09-01T00:00:00|2026-09-01T01:00:00|01:00|cpu=4|1", "State: unknown state"),
        ("7|a|COMPLETED|2026-09-01T00:00:00|Unknown|INVALID|cpu=4|1", "End: is not known"),
        ("7|a|COMPLETED|2026-09-01T00:00:00|2026-09-01T01:00:00|soon|cpu=4|1", "Elapsed: is no duration"),
        ("7|a|COMPLETED|2026-09-01T00:00:00|2026-09-01T01:00:00|01:00|cpu=four|1", "AllocTRES: is no number"),
        ("7|a|b|COMPLETED|2026-09-01T00:00:00|2026-09-01T01:00:00|01:00|cpu=4|1", "row: has more cells"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(tmp_path: Path, row: str, words: str) -> None:
    good = "8|good|COMPLETED|2026-09-01T00:00:00|2026-09-01T01:00:00|01:00:00|cpu=4|3600000"
    found = one(tmp_path, row, good)
    assert [note.reason[: len(words)] for note in found.rejected] == [words]
    assert [run.name for run in found.runs] == ["good"]


def test_a_trailing_bar_is_read(tmp_path: Path) -> None:
    path = tmp_path / "p.txt"
    path.write_text("JobID|State|Start|Elapsed|ConsumedEnergyRaw|\n7|COMPLETED|2026-09-01T00:00:00|01:00:00|3600000|\n")
    assert reading("slurm", path).total(ELECTRICITY) == pytest.approx(1.0)


def test_text_without_the_columns_says_how_to_print_them(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("JobID|State\n1|COMPLETED\n")
    with pytest.raises(InputError, match="sacct -P --noconvert"):
        reading("slurm", path)


def test_a_job_of_an_array_without_its_raw_number_is_flagged(tmp_path: Path) -> None:
    path = tmp_path / "slurm_x.txt"
    row = "|COMPLETED|2026-09-01T08:00:00|3600|cpu=4|36000\n"
    path.write_text("JobID|State|Start|ElapsedRaw|AllocTRES|ConsumedEnergyRaw\n103_1" + row + "104" + row)
    notes = [note for note in reading("slurm", path).flags if "array" in note.reason]
    assert [note.where for note in notes] == ["job 103_1"]


ONCE = "JobIDRaw|JobID|Cluster|State|Start|ElapsedRaw|AllocTRES|ConsumedEnergyRaw"
ARRAY = "1010|1005_1|alps|COMPLETED|2026-09-04T00:00:00|3600|cpu=8,gres/gpu:a100=1,node=1|3600000"


def _cut(table: str, *columns: str) -> str:
    """These columns of a table of sacct."""
    rows = [line.split("|") for line in table.splitlines()]
    wanted = [rows[0].index(name) for name in columns]
    return "\n".join("|".join(row[i] for i in wanted) for row in rows) + "\n"


@pytest.mark.parametrize("first", ["JobID", "JobIDRaw"])
def test_a_job_of_an_array_counts_once_under_either_of_its_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    from treadlight.app.importing import import_file
    from treadlight.app.workspace import Workspace

    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path / "home"))
    table, others = f"{ONCE}\n{ARRAY}\n", ("Cluster", "State", "Start", "ElapsedRaw", "AllocTRES", "ConsumedEnergyRaw")
    for text in (_cut(table, first, *others), table, _cut(table, "JobIDRaw", *others)):
        (tmp_path / "jobs.txt").write_text(text)
        workspace = Workspace()
        import_file(workspace, "slurm", str(tmp_path / "jobs.txt"))
        assert sum(a.amount for a in workspace.ledger.activities() if a.flow == ELECTRICITY) == pytest.approx(1.0)
        assert sum(a.amount for a in workspace.ledger.activities() if "accelerator" in a.flow) == pytest.approx(1.0)


def _number(value: int) -> dict[str, object]:
    return {"set": True, "infinite": False, "number": value}


def _tres(**counts: int) -> list[dict[str, object]]:
    gpus = [{"type": "gres", "name": "gpu:a100", "id": 1002, "count": counts.pop("gpus")}] if "gpus" in counts else []
    return [{"type": kind, "name": "", "id": 1, "count": count} for kind, count in counts.items()] + gpus


JSON_JOB = {  # the shape of dbv0.0.40
    "account": "vision",
    "cluster": "alps",
    "job_id": 1010,
    "array": {"job_id": 1005, "task_id": _number(1), "task": ""},
    "het": {"job_id": 0, "job_offset": _number(0)},
    "name": "sweep",
    "partition": "gpu",
    "state": {"current": ["COMPLETED"], "reason": "None"},
    "time": {"elapsed": 3600, "start": 1788480000, "end": 1788483600, "submission": 1788470000},
    "tres": {"allocated": _tres(cpu=8, mem=16000, node=1, energy=3_600_000, gpus=1)},
    "steps": [
        {
            "step": {"id": "1010.batch", "name": "batch"},
            "time": {"elapsed": 3600, "start": _number(1788480000), "end": _number(1788483600)},
            "statistics": {"energy": {"consumed": _number(3_500_000)}},
            "tres": {"allocated": _tres(cpu=8, mem=16000, node=1)},
        }
    ],
}


def _json(tmp_path: Path, **changes: object) -> Reading:
    path = tmp_path / "jobs.json"
    path.write_text(json.dumps({"jobs": [JSON_JOB | changes], "errors": [], "warnings": []}))
    return reading("slurm", path)


def test_json_of_sacct_gives_what_its_text_gives(tmp_path: Path) -> None:
    found = _json(tmp_path)
    (tmp_path / "jobs.txt").write_text(f"{ONCE}\n{ARRAY}\n".replace("cpu=8,", "cpu=8,mem=16000M,"))
    text = reading("slurm", tmp_path / "jobs.txt", timezone="UTC")
    assert {a.flow: a.amount for a in found.activities} == pytest.approx({a.flow: a.amount for a in text.activities})
    assert found.total(ELECTRICITY) == pytest.approx(1.0)
    assert [(r.name, r.subject.project, r.start, r.end) for r in found.runs] == [
        ("sweep", "vision", text.runs[0].start, text.runs[0].end)
    ]
    assert found.activities[0].labels == text.activities[0].labels, "either finds what the other has said"


def test_steps_in_json_stand_in_for_a_job_without_energy(tmp_path: Path) -> None:
    for nothing in (0, 18446744073709551614, -2):
        found = _json(tmp_path, tres={"allocated": _tres(cpu=8, energy=nothing)})
        assert found.total(ELECTRICITY) == pytest.approx(3.5 / 3.6)


def test_older_json_writes_plain_numbers_and_words(tmp_path: Path) -> None:
    found = _json(tmp_path, array={"job_id": 0, "task_id": None}, state={"current": "COMPLETED"}, steps=[])
    assert found.total(ELECTRICITY) == pytest.approx(1.0)
    assert found.activities[0].labels["slurm.jobid"].startswith("1010 @2026-09-04T")


def test_parts_of_a_heterogeneous_job_are_jobs_of_their_own(tmp_path: Path) -> None:
    rows = ["300|300+0|alps|COMPLETED|2026-09-04T00:00:00|3600|cpu=8,node=1|3.60M"]
    rows += ["301|300+1|alps|COMPLETED|2026-09-04T00:00:00|3600|cpu=8,node=1|1800K"]
    (tmp_path / "jobs.txt").write_text("\n".join([ONCE, *rows]) + "\n")
    found = reading("slurm", tmp_path / "jobs.txt")
    assert (len(found.runs), found.total(ELECTRICITY)) == (2, pytest.approx(1.5))


def test_waiting_jobs_of_an_array_never_ran(tmp_path: Path) -> None:
    row = "1006|1005_[5-9%2]|alps|PENDING|Unknown|0||"
    (tmp_path / "jobs.txt").write_text("\n".join([ONCE, ARRAY, row]) + "\n")
    found = reading("slurm", tmp_path / "jobs.txt")
    assert len(found.runs) == 1
    assert any("never started" in reason for reason in found.reasons())


@pytest.mark.parametrize("end", ["", "|"])
def test_a_table_without_its_header_is_read_with_the_names_of_its_columns(tmp_path: Path, end: str) -> None:
    (tmp_path / "jobs.txt").write_text(ARRAY + end + "\n")
    with pytest.raises(InputError, match="--set columns="):
        reading("slurm", tmp_path / "jobs.txt")
    columns = ONCE.replace("|", ",").replace("JobID,", "JobID%30,")
    assert reading("slurm", tmp_path / "jobs.txt", columns=columns).total(ELECTRICITY) == pytest.approx(1.0)


def test_a_document_that_is_no_answer_of_sacct_says_so(tmp_path: Path) -> None:
    (tmp_path / "jobs.json").write_text('{"nodes": []}')
    with pytest.raises(InputError, match="no list of jobs"):
        reading("slurm", tmp_path / "jobs.json")
