"""The traps of published tables, each as a row of a CSV that the command checks; and tables without any."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from treadlight.app.cli.main import cli
from treadlight.core.errors import InputError

FACTS = Path(__file__).resolve().parents[3] / "shared" / "facts"
SOUND = {
    "model": "LLaMA-7B",
    "family": "llama",
    "params_total_b": "6.7",
    "architecture": "dense",
    "tokens_b": "1000",
    "hardware": "A100-80GB",
    "device_hours": "82432",
    "tdp_w": "400",
    "pue": "1.1",
    "carbon_intensity_g_per_kwh": "385",
    "reported_energy_mwh": "36",
    "reported_tco2e": "14",
    "estimate_scope": "gpu_pue",
}
BARE = {"model": "x", "hardware": "A100-80GB", "estimate_scope": "it"}
SIBLINGS = [
    {"model": f"Fam {size}B", "hardware": "A100-80GB", "device_hours": hours, "reported_tco2e": carbon}
    for size, hours, carbon in (("7", "82432", "14"), ("13", "135168", "23"), ("33", "530432", "0.90"))
]
SEARCH = {
    "model": "Evolved Transformer NAS",
    "architecture": "nas",
    "hardware": "TPUv2",
    "device_hours": "32640",
    "pue": "1.1",
    "carbon_intensity_g_per_kwh": "431",
    "reported_tco2e": "284",
}
CORES = {"model": "x", "hardware": "TPUv3", "n_devices": "256", "wall_hours": "100", "device_hours": "51200"}


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def checked(rows: list[dict[str, str]]) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and findings of the command over a CSV of these rows."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with Path("claims.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    done = CliRunner().invoke(cli, ["check-claim", "claims.csv", "--json"])
    return done.exit_code, json.loads(done.stdout)["findings"]


@pytest.mark.parametrize(
    ("rows", "check", "severity", "cause"),
    [
        (SIBLINGS, "siblings-carbon", "implausible", "misplaced point"),
        ([SOUND | {"reported_tco2e": "14000"}], "energy-carbon", "impossible", "kilograms entered as tonnes"),
        ([SOUND | {"reported_tco2e": "0.014"}], "energy-carbon", "impossible", "tonnes entered as kilograms"),
        ([SOUND | {"reported_energy_mwh": "36000"}], "energy-power", "impossible", "kWh entered as MWh"),
        ([SOUND | {"reported_energy_mwh": "0.036"}], "energy-power", "impossible", "MWh entered as GWh"),
        ([SOUND | {"pue": "0.91"}], "pue", "impossible", "inverse"),
        ([CORES], "hours", "implausible", "TPU chips and cores"),
        ([BARE | {"n_devices": "16", "wall_hours": "8640"}], "hours", "note", "360 days"),
        ([BARE | {"n_devices": "1", "wall_hours": "8760", "device_hours": "8640"}], "hours", "note", "360 days"),
        ([SEARCH], "estimate-carbon", "implausible", "proxies"),
        (
            [SOUND | {"n_devices": "2048", "wall_hours": "40.25", "device_hours": "40.25"}],
            "hours",
            "implausible",
            "one",
        ),
        ([SOUND | {"reported_energy_mwh": "32.97"}], "arithmetic", "note", "full power"),
    ],
)
def test_a_trap_in_a_table_is_caught_and_named(
    rows: list[dict[str, str]], check: str, severity: str, cause: str
) -> None:
    code, findings = checked(rows)
    found = [finding for finding in findings if finding["check"] == check]
    assert [finding["severity"] for finding in found] == [severity]
    assert cause in found[0]["cause"]
    assert code == (0 if severity == "note" else 1)


def test_grams_for_kilograms_in_a_card_are_caught() -> None:
    card = "---\nbase_model: bigscience/bloom\nco2_eq_emissions:\n  emissions: {}\n  training_type: pre-training\n---\n"
    for grams, code in ((24_690_000, 0), (24_690, 1)):
        Path("README.md").write_text(card.format(grams), encoding="utf-8")
        done = CliRunner().invoke(cli, ["check-claim", "README.md"])
        assert done.exit_code == code, done.stdout
    assert "grams for kilograms" in " ".join(done.stdout.split())


def test_a_sound_row_is_no_alarm_and_a_remark_of_scope_beside_the_scope_is_left_alone() -> None:
    code, findings = checked([SOUND | {"scope": "gpu+cpu+ram, idle included"}])
    assert code == 0 and {finding["severity"] for finding in findings} <= {"note"}


@pytest.mark.skipif(not FACTS.is_dir(), reason="the shared facts are not beside this checkout")
def test_the_published_tables_raise_no_false_alarm() -> None:
    with (FACTS / "validation_training.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    code, findings = checked(rows)
    assert code == 0 and len(rows) > 60
    assert all(finding["severity"] == "note" for finding in findings)


@pytest.mark.skipif(not FACTS.is_dir(), reason="the shared facts are not beside this checkout")
def test_a_table_of_inference_is_refused_and_not_passed_as_sound() -> None:
    done = CliRunner().invoke(cli, ["check-claim", str(FACTS / "validation_inference.csv")])
    assert isinstance(done.exception, InputError)
    assert "states no energy, carbon or hours" in str(done.exception)
