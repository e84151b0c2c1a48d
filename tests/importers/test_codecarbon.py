"""CodeCarbon's emissions.csv: each figure of the samples, and what its rows may hide."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from importers_samples import SAMPLES, Whole, import_sample, written
from treadlight.core.activity import Activity, EvidenceMethod
from treadlight.core.errors import InputError

HEADER = (
    "timestamp,project_name,run_id,duration,emissions,cpu_energy,gpu_energy,ram_energy,energy_consumed,country_name,"
    "country_iso_code,region,cloud_provider,cloud_region,cpu_model,gpu_count,gpu_model,longitude,latitude,pue"
)
ROW = "2024-05-01T12:00:00,p,r1,3600,0.1,0.05,0.2,0.01,0.26,France,FRA,,,,,1,1 x Tesla T4,,,1.0"


def _import(tmp_path: Path, *rows: str, **settings: str) -> Whole:
    return import_sample(written(tmp_path, "codecarbon_x.csv", "\n".join([HEADER, *rows, ""])), settings=settings)


def _electricity(whole: Whole, component: str) -> Activity:
    (found,) = (a for a in whole.activities.values() if a.flow == "electricity.it" and a.component == component)
    return found


def test_each_component_is_an_activity_of_its_run() -> None:
    whole = import_sample(SAMPLES / "codecarbon_v3.csv")
    run = next(r for r in whole.runs.values() if r.labels["codecarbon.run_id"].endswith("0001"))
    parts = {
        a.component: a.amount for a in whole.activities.values() if a.parent == run.id and a.flow == "electricity.it"
    }
    assert parts == {"cpu": 0.125, "gpu": 1.2, "memory": 0.08}  # adds up to energy_consumed, 1.405 kWh
    assert (run.start, run.end) == (datetime(2026, 3, 2, 12, 10, tzinfo=UTC), datetime(2026, 3, 2, 14, 10, tzinfo=UTC))
    assert (run.duration_s, run.location.zone, run.subject.project) == (7200.0, "FR", "retina")


def test_hardware_hours_are_those_of_the_run() -> None:
    hours = import_sample(SAMPLES / "codecarbon_v3.csv").sums()
    assert hours["hardware.accelerator.a100-sxm4-80gb"] == 2 * 2 + 2 * 1  # two cards, 2 h and 1 h


def test_gpu_is_metered_and_the_rest_modelled_unless_told(tmp_path: Path) -> None:
    plain = _import(tmp_path, ROW)
    assert _electricity(plain, "gpu").evidence.method is EvidenceMethod.METERED
    assert _electricity(plain, "cpu").evidence.method is EvidenceMethod.MODELLED
    assert _electricity(plain, "memory").evidence.method is EvidenceMethod.MODELLED
    told = _electricity(_import(tmp_path, ROW, cpu="metered"), "cpu")
    assert told.evidence.method is EvidenceMethod.METERED
    assert told.uncertainty.sd < _electricity(plain, "cpu").uncertainty.sd


def test_its_emissions_stay_beside_and_are_no_activity(tmp_path: Path) -> None:
    whole = _import(tmp_path, ROW)
    assert whole.run.labels["reported.gwp_kgco2e"] == "0.1"
    assert {a.flow.partition(".")[0] for a in whole.activities.values()} == {"electricity", "hardware"}


@pytest.mark.parametrize(
    ("place", "flagged"),
    [
        ("Canada,CAN,,,,,,,,", True),  # older versions
        ("Canada,CAN,quebec,,,,,,-71.2,46.8", True),  # later versions
        ("Canada,CAN,quebec,,,,,,-73.57,45.5", False),  # somebody in Montreal
        ("Canada,CAN,,gcp,northamerica-northeast1,,,,,", False),
        ("France,FRA,,,,,,,,", False),
    ],
)
def test_the_silent_default_country_is_flagged_and_left_unknown(tmp_path: Path, place: str, flagged: bool) -> None:
    row = f"2024-05-01T12:00:00,p,r1,3600,0.1,0.05,0,0.01,0.06,{place},1.0"
    whole = _import(tmp_path, row)
    assert any("silent default" in note.reason for note in whole.flags) is flagged
    assert (whole.run.location.zone == "") is flagged
    believed = _import(tmp_path, row, country="as-stated")
    assert believed.run.location.zone in ("CA", "FR")


def test_a_cloud_region_is_kept_as_the_library_names_it() -> None:
    whole = import_sample(SAMPLES / "codecarbon_v3.csv")
    assert "aws/us-east-1" in {run.location.region for run in whole.runs.values()}


def test_rows_that_flush_wrote_are_counted_once_by_the_last(tmp_path: Path) -> None:
    early = ROW.replace("3600", "1800").replace("0.05,0.2,0.01,0.26", "0.025,0.1,0.005,0.13")
    for rows in ((early, ROW), (ROW, early)):
        whole = _import(tmp_path, *rows)
        assert whole.sums()["electricity.it"] == pytest.approx(0.26)
        assert any("passed over" in note.reason for note in whole.flags)


def test_ids_do_not_depend_on_the_second_in_which_a_row_was_written(tmp_path: Path) -> None:
    one = _import(tmp_path, ROW)
    other = _import(tmp_path, ROW.replace("12:00:00", "12:00:01"))
    assert one.activities.keys() == other.activities.keys()


def test_equal_rows_without_a_run_id_are_different_runs(tmp_path: Path) -> None:
    text = (SAMPLES / "codecarbon_v1.csv").read_text()
    doubled = written(tmp_path, "codecarbon_v1.csv", text + text.splitlines()[1] + "\n")
    assert len(import_sample(doubled).runs) == len(import_sample(SAMPLES / "codecarbon_v1.csv").runs) + 1


def test_a_total_without_components_is_one_activity() -> None:
    whole = import_sample(SAMPLES / "codecarbon_v1.csv")
    assert sorted(a.amount for a in whole.activities.values()) == [0.0101, 0.0312]
    assert {a.component for a in whole.activities.values()} == {"machine"}


def test_the_pue_is_taken_out_because_codecarbon_multiplied_by_it(tmp_path: Path) -> None:
    whole = _import(tmp_path, ROW.removesuffix("1.0") + "1.3")
    assert whole.sums()["electricity.it"] == pytest.approx(0.26 / 1.3)
    assert any("PUE" in note.reason for note in whole.flags)


def test_what_the_components_leave_of_the_total_is_not_lost(tmp_path: Path) -> None:
    whole = _import(tmp_path, ROW.replace("0.26", "0.30"))
    assert whole.sums()["electricity.it"] == pytest.approx(0.30)
    assert any("add up" in note.reason for note in whole.flags)


def test_a_gpu_of_which_no_energy_is_stated_is_unknown_and_not_zero(tmp_path: Path) -> None:
    whole = _import(tmp_path, ROW.replace("0.05,0.2,0.01,0.26", "0.05,0,0.01,0.06"))
    assert not [a for a in whole.activities.values() if a.component == "gpu" and a.flow == "electricity.it"]
    lost = [c for c in whole.run.channels if c.amount is None]
    assert [(c.component, c.state) for c in lost] == [("gpu", "unreadable")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("0.05,", "-0.05,"), "negative"),
        (("3600", "-1725969928.7"), "negative"),  # seen in published files
        (("0.26", "inf"), "finite"),
        (("0.05,0.2,0.01,0.26", "nan,nan,nan,nan"), "no energy"),
        (("0.05,0.2,0.01,0.26", "0,0,0,0"), "0, which says nothing"),
        (("0.05,0.2,0.01,0.26", "50000,200000,10000,260000"), "slip of units"),
        (("2024-05-01T12:00:00", "yesterday"), "no time"),
        (("2024-05-01T12:00:00", "1970-01-01T00:00:00"), "before 2000"),
        (("0.26,", "0.26,,"), "more cells"),
    ],
)
def test_a_row_that_cannot_be_true_is_rejected_with_its_reason(
    tmp_path: Path, change: tuple[str, str], reason: str
) -> None:
    whole = _import(tmp_path, ROW.replace(*change), ROW.replace("r1", "r2"))
    assert len(whole.runs) == 1
    assert reason in whole.reasons()[0]
    assert whole.rejected[0].where == "line 2"


def test_grams_for_kilograms_are_flagged(tmp_path: Path) -> None:
    whole = _import(tmp_path, ROW.replace(",0.1,", ",100,"))
    assert any("grams for kilograms" in note.reason for note in whole.flags)


def test_rows_of_tasks_are_parts_of_a_run_and_not_counted(tmp_path: Path) -> None:
    text = f"task_name,{HEADER}\nload,{ROW}\n"
    whole = import_sample(written(tmp_path, "codecarbon_t.csv", text))
    assert not whole.activities
    assert "task" in whole.reasons()[0]


def test_our_own_runs_do_not_come_back_by_another_door(tmp_path: Path) -> None:
    header, row = HEADER + ",codecarbon_version", ROW.replace("r1", "019e5f6a-0000-7abc-8def-0123456789ab")
    ours = written(tmp_path, "codecarbon_o.csv", f"{header}\n{row},\n")
    assert "run of treadlight" in import_sample(ours).reasons()[0]
    theirs = written(tmp_path, "codecarbon_o.csv", f"{header}\n{row},3.3.2\n")
    assert import_sample(theirs).activities


def test_times_are_utc_unless_a_zone_is_given(tmp_path: Path) -> None:
    assert _import(tmp_path, ROW).run.end.hour == 12
    assert _import(tmp_path, ROW, timezone="Europe/Paris").run.end.hour == 10
    assert _import(tmp_path, ROW, timezone="-05:00").run.end.hour == 17
    with pytest.raises(InputError, match="time zone"):
        _import(tmp_path, ROW, timezone="Paris")


def test_json_with_the_same_names_is_read(tmp_path: Path) -> None:
    cells = ", ".join(f'"{k}": "{v}"' for k, v in zip(HEADER.split(","), ROW.split(","), strict=True))
    whole = import_sample(written(tmp_path, "codecarbon_j.json", "{" + cells + "}"))
    assert whole.sums()["electricity.it"] == pytest.approx(0.26)


def test_another_table_is_refused_by_its_columns(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="energy_consumed"):
        import_sample(written(tmp_path, "codecarbon_x.csv", "timestamp,duration\n1,2\n"))


def test_a_country_has_the_librarys_name(tmp_path: Path) -> None:
    row = "2024-05-01T12:00:00,p,r1,3600,0.1,0.05,0,0.01,0.06,Germany,DEU,,,,,,,,,1.0"
    assert _import(tmp_path, row).run.location.zone == "DE"
