"""``treadlight check-claim`` as a person uses it: options, tables, cards of models; the exit code says how it went."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from treadlight.app.claiming import read_claims
from treadlight.app.cli.main import cli
from treadlight.app.estimating import models_of
from treadlight.core.errors import InputError
from treadlight.library.library import Library

MODELS = models_of(Library.load())
CARD = """---
license: mit
co2_eq_emissions:
  emissions: {grams}  # of CO2e
  source: "CodeCarbon"
  training_type: {kind}
  hardware_used: "384 A100 80GB GPUs"
---
# bloom
"""


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["check-claim", *arguments])


def found(*arguments: str) -> list[dict[str, Any]]:
    form = json.loads(run(*arguments, "--json").stdout)
    assert form["schema"] == "treadlight.claims/1"
    findings: list[dict[str, Any]] = form["findings"]
    return findings


def test_kilograms_for_tonnes_fail_the_check() -> None:
    done = run("--energy-mwh", "433", "--carbon-intensity", "57", "--tco2e", "24700")
    assert done.exit_code == 1
    assert "kilograms entered as tonnes" in done.stdout
    assert "1 impossible" in done.stdout


def test_what_adds_up_passes_and_notes_do_not_fail() -> None:
    assert run("--energy-mwh", "433.196", "--carbon-intensity", "57", "--tco2e", "24.69").exit_code == 0
    noted = run("--hardware", "A100", "--device-hours", "82432", "--energy-mwh", "36", "--pue", "1.1")
    assert noted.exit_code == 0
    assert "1 note" in noted.stdout


def test_units_of_options_and_columns_agree(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("model,reported_energy_mwh,tdp_w,device_hours\nx,36000,400,82432\n", "utf-8")
    (tmp_path / "b.json").write_text(
        json.dumps([{"model": "x", "energy_kwh": 36e6, "tdp_w": 400, "device_hours": 82432}]), "utf-8"
    )
    one = found("--energy-kwh", "36000000", "--tdp", "400", "--device-hours", "82432", "--name", "x")
    assert one == found("a.csv") == found("--csv", "b.json")
    assert one[0]["severity"] == "impossible"
    assert one[0]["numbers"]["ratio"] == pytest.approx(1e6 * 36 / (82.432 * 400))


def test_a_card_in_kilograms_is_held_against_the_estimate_of_its_model(tmp_path: Path) -> None:
    card = tmp_path / "README.md"
    card.write_text(CARD.format(grams=24_690, kind="pre-training"), "utf-8")
    (slip,) = found("README.md")
    assert slip["claim"] == "bloom"
    assert "grams for kilograms" in slip["cause"]
    card.write_text(CARD.format(grams=24_690_000, kind="pre-training"), "utf-8")
    assert found("README.md") == []


def test_a_card_that_is_a_number_alone_is_read_and_fine_tuning_is_not_taken_for_training(tmp_path: Path) -> None:
    card = tmp_path / "README.md"
    card.write_text("---\nco2_eq_emissions: 12.5\n---\n# llama-2-7b\n", "utf-8")
    (claim,) = read_claims(str(card), MODELS)
    assert claim.carbon_t == pytest.approx(12.5e-6)
    assert claim.params_total_b == pytest.approx(6.74)
    card.write_text(CARD.format(grams=200, kind="fine-tuning"), "utf-8")
    (tuned,) = read_claims(str(card), MODELS)
    assert tuned.params_total_b is None
    assert (tuned.hardware, tuned.n_devices) == ("A100 80GB", 384)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", "x,y\n1,2\n", "states no energy, carbon or hours"),
        ("a.csv", "pue,pue\n1,2\n", "appears twice"),
        ("a.csv", "model,pue\nx,high\n", r"a.csv line 2 pue: is no number, got 'high'"),
        ("a.csv", 'model,pue\nx,"1\n', "is no CSV at line"),
        ("a.json", "{", "is no JSON"),
        ("a.json", "[1]", "holds no objects"),
        ("a.md", "# a card\n", "has no front matter"),
        ("a.md", "---\nlicense: mit\n---\n", "has no co2_eq_emissions"),
        ("a.md", "---\nco2_eq_emissions:\n  source: x\n---\n", "states no emissions"),
        ("a.md", "---\nco2_eq_emissions: much\n---\n", "is no number, got 'much'"),
    ],
)
def test_what_holds_no_claim_is_refused(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(InputError, match=said):
        read_claims(str(tmp_path / name), MODELS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "nothing is claimed"),
        (("nofile.csv",), "No such file"),
        (("--energy-mwh", "-3"), "--energy-mwh: is negative"),
        (("--pue", "x"), "--pue: is no number"),
        (("a.csv", "--pue", "1.1"), "options do not go with FILE"),
    ],
)
def test_bad_input_is_refused_by_name(arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert isinstance(done.exception, InputError)
    assert said in str(done.exception)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no endless device here")
def test_a_file_without_end_is_read_no_further_than_the_limit() -> None:
    with pytest.raises(InputError, match="is too large for a list of claims"):
        read_claims("/dev/zero", MODELS)


@pytest.mark.parametrize(
    ("options", "check", "severity"),
    [
        ("--energy-mwh 433 --carbon-intensity 57000 --tco2e 24681", "intensity", "impossible"),
        ("--energy-mwh 433 --carbon-intensity 5000", "intensity", "impossible"),
        ("--energy-mwh 433 --carbon-intensity 1800", "intensity", "implausible"),
        ("--tco2e 24700000", "carbon-size", "implausible"),
        ("--tco2e 2e11", "carbon-size", "impossible"),
        ("--energy-mwh 433000000", "energy-size", "implausible"),
        ("--hardware H100 --avg-power 5000000 --device-hours 10", "power", "impossible"),
        ("--tdp 5000000 --device-hours 10", "power", "impossible"),
        ("--energy-mwh 5000 --device-hours 1000", "power", "impossible"),
    ],
)
def test_figures_beyond_any_grid_hall_or_card_are_told(options: str, check: str, severity: str) -> None:
    told = found(*options.split())
    assert (check, severity) in {(f["check"], f["severity"]) for f in told}
    assert run(*options.split()).exit_code == 1


def test_the_largest_published_training_is_no_size_of_its_own() -> None:
    assert found("--tco2e", "8930", "--energy-mwh", "27500") == []


@pytest.mark.parametrize(("name", "said"), [("H1OO", "did you mean H100"), ("SSD", "no such accelerator")])
def test_what_is_no_accelerator_is_refused_with_the_nearest(name: str, said: str) -> None:
    done = run("--hardware", name, "--energy-mwh", "1", "--device-hours", "100")
    assert isinstance(done.exception, InputError)
    assert "--hardware" in str(done.exception) and said in str(done.exception)


def test_a_misspelt_accelerator_in_a_table_is_told_and_the_rest_is_checked(tmp_path: Path) -> None:
    head = "model,hardware,device_hours,reported_energy_mwh\n"
    (tmp_path / "a.csv").write_text(f"{head}x,H1OO,1000,500\ny,H100,1000,0.5\n", "utf-8")
    told = found("a.csv")
    assert {(f["claim"], f["check"]) for f in told} >= {("x", "hardware"), ("x", "power")}
    assert not [f for f in told if f["claim"] == "y" and f["severity"] != "note"]


OWN_CARD = """---
co2_eq_emissions: {grams}
---
# a-model-of-our-own
- **Hardware Type:** 8 x A100
- **Hours used:** 100
"""


@pytest.mark.parametrize(("grams", "slipped"), [(100, True), (100_000, False), (100_000_000, True)])
def test_a_card_of_an_unlisted_model_is_held_against_its_own_hours(tmp_path: Path, grams: int, slipped: bool) -> None:
    # 8 A100 for 100 h: about 320 kWh of accelerators, some 100 kg
    (tmp_path / "README.md").write_text(OWN_CARD.format(grams=grams), "utf-8")
    (claim,) = read_claims("README.md", MODELS)
    assert (claim.hardware, claim.n_devices, claim.wall_hours) == ("A100", 8, 100)
    causes = [f["cause"] for f in found("README.md")]
    assert any("grams for kilograms" in cause for cause in causes) == slipped


@pytest.mark.parametrize(
    ("words", "hours"),
    [("GPU hours: 1,200", 1200), ("It took 1,200 A100 GPU-hours.", 1200), ("Hours used: 1200", 1200)],
)
def test_device_hours_of_a_card_are_read_in_its_text(tmp_path: Path, words: str, hours: float) -> None:
    (tmp_path / "README.md").write_text(f"---\nco2_eq_emissions: 5\n---\n# ours\n{words}\n", "utf-8")
    assert read_claims("README.md", MODELS)[0].device_hours == hours


@pytest.mark.parametrize(
    "block",
    [
        "co2_eq_emissions: {emissions: 12.5, training_type: fine-tuning}",
        "co2_eq_emissions:\r\n  emissions: '12.5'  # grams\r\n  training_type: fine-tuning",
        'base_model:\n- google/t5\n"co2_eq_emissions":\n    emissions: 12.5\n    training_type: "fine-tuning"',
    ],
)
def test_a_card_is_read_however_its_block_is_written(tmp_path: Path, block: str) -> None:
    (tmp_path / "README.md").write_bytes(f"---\n{block}\n---\n# llama-2-7b\n".encode())
    (claim,) = read_claims(str(tmp_path / "README.md"), MODELS)
    assert (claim.name, claim.carbon_t, claim.params_total_b) == ("llama-2-7b", pytest.approx(12.5e-6), None)


def test_a_figure_beyond_every_hall_is_told_of_a_card_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nco2_eq_emissions: 24700000000000\n---\n# ours\n", "utf-8")
    assert [f["check"] for f in found("README.md")] == ["carbon-size"]
