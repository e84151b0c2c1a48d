"""Estimates as a person asks for them: one answer on the terminal, as JSON, in Python, and in the ledger."""

import csv
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

import treadlight
from treadlight.app import estimating_record
from treadlight.app.cli.main import cli
from treadlight.app.estimating import Estimator, estimate_inference, estimate_training
from treadlight.app.estimating_answer import Estimate
from treadlight.app.estimating_inputs import Question, question_of, with_model
from treadlight.app.estimating_record import record
from treadlight.assess.fitting import fitted
from treadlight.core.activity import EvidenceMethod, Subject
from treadlight.core.distribution import Empirical, Lognormal, Point
from treadlight.core.errors import InputError, NotFoundError
from treadlight.estimate.priors import find_prior
from treadlight.ledger.store import Filter, Ledger
from treadlight.library.library import Library
from treadlight.library.models import ModelRow, Models, find_model

KNOWN = ("--device-hours", "1000", "--hardware", "A100-80GB")
FIT = Path(treadlight.__file__).parent / "estimate" / "data" / "training.json"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), standalone_mode=False)


def asked(*arguments: str) -> Any:
    done = run("estimate", *arguments, "--json")
    assert done.exception is None, done.exception
    return json.loads(done.stdout)


def refused(*arguments: str) -> str:
    done = run(*arguments)
    assert isinstance(done.exception, InputError), done.output
    return str(done.exception)


def test_the_answer_on_the_terminal_names_lines_impacts_basis_and_what_would_narrow_it(home: Path) -> None:
    text = run("estimate", "training", "--params", "8", "--tokens", "15000", "--hardware", "H100").stdout
    for word in ("Accelerators", "Rest of the nodes", "Cooling, conversion", "In all", "Climate change", "Water"):
        assert word in text
    for word in ("estimated, not metered", "Rests on:", "What would narrow it", "--zone or --region", "Not counted:"):
        assert word in text
    assert "As much carbon as" in text


def test_lines_add_up_and_impacts_follow_the_energy(home: Path) -> None:
    form = asked("training", *KNOWN, "--zone", "FR")
    assert form["schema"] == "treadlight.estimate/1"
    assert set(form["lines_kwh"]) == {"accelerators", "host", "overhead"}
    centre = sum(line["p50"] for line in form["lines_kwh"].values())
    assert centre == pytest.approx(form["energy_kwh"]["p50"], rel=0.15)
    assert form["device_hours"]["p50"] == 1000
    assert form["accelerator"] == "a100-sxm4-80gb"
    assert form["impacts"]["gwp"]["embodied"]["p50"] > 0
    # France: 41 g/kWh in 2025, with 6 % for an unknown year after
    assert form["impacts"]["gwp"]["use"]["p50"] / form["energy_kwh"]["p50"] == pytest.approx(0.041, rel=0.3)


def test_a_stated_intensity_is_taken_as_it_is(home: Path) -> None:
    form = asked("training", *KNOWN, "--carbon-intensity", "100", "--pue", "1.1")
    assert form["impacts"]["gwp"]["use"]["p50"] == pytest.approx(0.1 * form["energy_kwh"]["p50"])


@pytest.mark.parametrize(
    ("scope", "lines"),
    [
        ("gpu_only", {"accelerators"}),
        ("gpu_pue", {"accelerators", "overhead"}),
        ("it", {"accelerators", "host"}),
        ("facility", {"accelerators", "host", "overhead"}),
    ],
)
def test_a_scope_has_its_lines(home: Path, scope: str, lines: set[str]) -> None:
    assert set(asked("training", *KNOWN, "--scope", scope)["lines_kwh"]) == lines


def test_an_unknown_place_is_the_world_and_wider_than_any_country(home: Path) -> None:
    unknown, known = (asked("training", *KNOWN, *place)["impacts"]["gwp"] for place in ((), ("--zone", "DE")))
    assert unknown["p95"] / unknown["p05"] > 1.5 * known["p95"] / known["p05"]


def test_the_configured_site_counts_only_where_it_is_asked_for(home: Path) -> None:
    (home / "treadlight.toml").write_text('[site]\nzone = "NO"\npue = "1.04"\n', encoding="utf-8")
    elsewhere, here = asked("training", *KNOWN), asked("training", *KNOWN, "--site", "here")
    assert here["inputs"]["pue"] == pytest.approx(1.04)
    assert "pue" not in elsewhere["inputs"]
    assert here["impacts"]["gwp"]["use"]["p50"] < 0.3 * elsewhere["impacts"]["gwp"]["use"]["p50"]


def test_a_region_brings_its_published_pue(home: Path) -> None:
    form = asked("training", *KNOWN, "--region", "gcp/us-west1")
    assert form["inputs"]["pue"] == pytest.approx(1.07, abs=0.01)
    assert form["from_library"]["pue"] == "gcp/us-west1"


def test_a_published_training_is_filled_from_the_library_unless_told_otherwise(home: Path) -> None:
    published = asked("training", "--model", "bloom")
    assert published["inputs"]["device_hours"] == 1_082_990
    tuned = asked("training", "--model", "bloom", "--tokens", "1", "--hardware", "H100")
    assert "device_hours" not in tuned["inputs"]
    assert tuned["inputs"]["params_total_b"] == pytest.approx(176.25)
    assert tuned["energy_kwh"]["p50"] < 0.05 * published["energy_kwh"]["p50"]


def test_the_grid_is_that_of_the_year_in_which_it_began(home: Path) -> None:
    # France: 78.5 g/kWh in 2022, 41.4 in 2025 (OWID/Ember, release of April 2026)
    before, after = (
        asked("training", *KNOWN, "--zone", "FR", "--when", when)["impacts"]["gwp"]["use"]
        for when in ("2022-03-11", "2025-03-11")
    )
    assert before["p50"] / after["p50"] == pytest.approx(78.54 / 41.44, rel=0.03)


def test_experiments_multiply_hours_and_energy(home: Path) -> None:
    alone, all_runs = (asked("training", *KNOWN, *more) for more in ((), ("--experiments-multiplier", "1.5")))
    assert all_runs["energy_kwh"]["p50"] == pytest.approx(1.5 * alone["energy_kwh"]["p50"], rel=1e-6)


def test_many_requests_are_many_times_one(home: Path) -> None:
    options = ("inference", "--model", "llama-3.1-8b", "--tokens-in", "500", "--tokens-out", "300")
    one, many = asked(*options), asked(*options, "--requests", "1000000")
    assert many["energy_kwh"]["p95"] == pytest.approx(1e6 * one["energy_kwh"]["p95"], rel=1e-9)
    assert many["energy_wh_per_unit"] == pytest.approx(one["energy_wh_per_unit"])
    assert many["device_hours"]["p50"] == pytest.approx(1e6 * one["device_hours"]["p50"], rel=1e-9)


def test_a_model_nobody_described_is_wider_than_one_with_a_range_and_that_than_a_known_one(home: Path) -> None:
    options = ("--tokens-in", "500", "--tokens-out", "300", "--hardware", "H100", "--scope", "gpu_only")
    widths = []
    for model in ("llama-3.1-70b", "gpt-4o", "o3"):
        energy = asked("inference", "--model", model, *options)["energy_kwh"]
        widths.append(energy["p95"] / energy["p05"])
    assert widths == sorted(widths)


def test_a_model_of_ones_own_overlay_is_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    overlay = home / "own"
    overlay.mkdir()
    (overlay / "sources.csv").write_text("id,citation,year,licence,url\nours,Our cards,2026,own,\n", "utf-8")
    (overlay / "models.csv").write_text(
        "model,aliases,architecture,params_total_b,params_active_b,params_basis,source,locator,year,confidence\n"
        "acme/secret-9b,secret,dense,9,9,published,ours,card,2026,high\n",
        "utf-8",
    )
    monkeypatch.setenv("TREADLIGHT_OVERLAY", str(overlay))
    form = asked("inference", "--model", "Secret", "--tokens-in", "5", "--tokens-out", "5")
    assert form["inputs"]["params_total_b"] == 9
    assert "no such model" in refused("estimate", "inference", "--model", "secret-8b", "--tokens-out", "5")


def test_what_is_known_of_a_model_without_a_size_is_used(home: Path) -> None:
    form = asked("inference", "--model", "text-embedding-3-large", "--tokens-in", "200")
    assert form["inputs"]["architecture"] == "embedding"
    assert "nobody has published the size" in form["basis"]


def test_a_transfer_is_a_line_of_its_own(home: Path) -> None:
    form = asked("training", *KNOWN, "--transfer-gb", "1000", "--network", "fixed")
    without = asked("training", *KNOWN)
    # 1,000 GB × triangular(0.0065, 0.03, 0.07) kWh/GB, whose median is 0.035
    assert form["lines_kwh"]["network"]["p50"] == pytest.approx(35, rel=0.05)
    assert form["impacts"]["gwp"]["p50"] > without["impacts"]["gwp"]["p50"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("training",), "nothing is known to estimate from"),
        (("training", "--params", "-3"), "--params: is negative, got '-3'"),
        (("training", "--params", "nan"), "--params: is no number"),
        (("training", "--hardware", "H1000", "--hours", "3"), "--hardware: no such accelerator, got 'H1000'; did you"),
        (("training", "--params", "8", "--tokens", "15e12"), "--tokens: is too large to be true"),
        (("training", "--params", "8", "--zone", "XX"), "--zone: no such zone"),
        (("training", "--params", "8", "--region", "aws/nowhere"), "no region aws/nowhere"),
        (("training", "--params", "8", "--site", "attic"), "--site: no such site, got 'attic'"),
        (("training", "--model", "lama-3-8b"), "--model: no such model in the library, got 'lama-3-8b'; did you mean"),
        (("training", *KNOWN, "--scope", "all"), "--scope: is no scope"),
        (("training", *KNOWN, "--ignore", "hour"), "--ignore: no such column, got 'hour'"),
        (("training", *KNOWN, "--project", "x"), "--project: says how to record, but nothing is recorded"),
        (("training", *KNOWN, "--record", "--pue", "1.1"), "--pue: cannot be recorded"),
        (("training", *KNOWN, "--record", "--stage", "school"), "--stage: unknown stage"),
        (("training", *KNOWN, "--record", "--when", "1969-12-31"), "--when: is before 1970"),
        (("training", *KNOWN, "--record", "--when", "2999-01-01"), "--when: is in the future"),
        (("inference", "--pue", "1.2"), "nothing is known to estimate from"),
        (("training", *KNOWN, "--transfer-gb", "1", "--network", "wat"), "--network: no such network, got 'wat'"),
        (("training", "--csv", "a.csv"), "--out: is missing"),
        (("training", "--csv", "a.csv", "--out", "b.csv", "--params", "3"), "--params: does not go with --csv"),
        (("inference", "--tokens-out", "-1"), "--tokens-out: is negative"),
        (("inference", "--tokens-out", "5", "--requests", "0"), "--requests: is 0"),
        (("inference", "--tokens-out", "5", "--precision", "fp3"), "--precision: no such precision"),
        (("breakfast",), "nothing is estimated by this name"),
    ],
)
def test_bad_input_is_refused_by_the_name_of_its_option(home: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in refused("estimate", *arguments)
    assert not list(home.glob("ledger*"))


def test_a_recorded_estimate_answers_show_why_runs_and_compare(home: Path) -> None:
    form = asked("training", *KNOWN, "--zone", "FR", "--record", "--name", "past", "--project", "lm", "--team", "a")
    asked("training", *KNOWN, "--zone", "PL", "--record", "--name", "elsewhere")
    (listed,) = [row for row in json.loads(run("runs", "--json").stdout) if row["name"] == "past"]
    assert (listed["project"], listed["team"], listed["stage"]) == ("lm", "a", "training")
    shown = json.loads(run("show", "past", "--json").stdout)["footprint"]["impacts"]
    for category in ("gwp", "adpe", "pe"):
        assert shown[category]["p50"] == pytest.approx(form["impacts"][category]["p50"], rel=0.1), category
        assert shown[category]["p95"] == pytest.approx(form["impacts"][category]["p95"], rel=0.25), category
    why = run("why", "past").stdout
    assert "estimate-training" in why
    assert run("compare", "past", "elsewhere").exit_code == 0


def test_recording_twice_adds_nothing_and_another_answer_adds_a_run(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.sqlite")
    estimate = _estimate(device_hours=1000.0, hardware="H100")
    run_, first = record(estimate, ledger, NOON, Subject(project="p"), "n", "")
    again, second = record(estimate, ledger, NOON, Subject(project="p"), "n", "")
    assert run_.id == again.id
    assert first.appended == 4
    assert second.appended == 0
    record(_estimate(device_hours=1001.0, hardware="H100"), ledger, NOON, Subject(project="p"), "n", "")
    assert len(ledger.runs()) == 2


def test_activities_are_modelled_share_a_cause_and_keep_the_spread(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.sqlite")
    estimate = _estimate(device_hours=1000.0, hardware="H100", n_devices=8.0)
    run_, _ = record(estimate, ledger, NOON, Subject(), "", "")
    activities = list(ledger.activities(Filter(run=run_.id)))
    assert {a.flow for a in activities} == {"electricity.it", "hardware.accelerator.h100-sxm5-80gb"}
    assert {a.evidence.method for a in activities} == {EvidenceMethod.MODELLED}
    assert {(a.evidence.source, a.cause) for a in activities} == {("estimate-training", "estimate-training")}
    assert run_.duration_s == pytest.approx(1000 / 8 * 3600)
    device_kwh = estimate.lines["accelerators"] + estimate.lines["host"]
    energy = [a for a in activities if a.flow == "electricity.it"]
    assert sum(a.amount for a in energy) == pytest.approx(float(np.median(device_kwh)), rel=1e-6)
    ratio = float(np.quantile(device_kwh, 0.95) / np.quantile(device_kwh, 0.05))
    spread = energy[0].uncertainty
    assert spread.quantile(0.95) / spread.quantile(0.05) == pytest.approx(ratio, rel=0.05)


def test_a_lognormal_stays_one_and_anything_else_keeps_its_quantiles() -> None:
    grid = np.random.default_rng(1).standard_normal(20_000)
    found = fitted(5 * np.exp(0.4 * grid))
    assert isinstance(found, Lognormal)
    assert found.sigma == pytest.approx(0.4, rel=0.03)
    two = np.concatenate([np.full(500, 1.0), np.linspace(5, 6, 501)])
    mixed = fitted(two)
    assert isinstance(mixed, Empirical)
    assert mixed.quantile(0.95) == pytest.approx(float(np.quantile(two, 0.95) / np.median(two)), rel=1e-3)
    assert fitted(np.full(100, 3.0)) == Point(1.0)


def test_python_gives_the_same_answer_as_the_command(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    form = asked("training", "--params", "8", "--tokens", "15000", "--hardware", "H100", "--zone", "FR")
    found = estimate_training(params_total_b=8, tokens_b=15_000, hardware="H100", zone="FR", draws=200)
    assert found.energy_kwh.p95 == pytest.approx(form["energy_kwh"]["p95"], rel=1e-12)
    gwp = found.impact("gwp")
    assert gwp is not None
    assert gwp.p50 == pytest.approx(form["impacts"]["gwp"]["p50"], rel=1e-12)


def test_python_refuses_what_is_no_input() -> None:
    with pytest.raises(InputError, match="parms: is no input"):
        estimate_training(parms=3)
    with pytest.raises(NotFoundError, match="did you mean"):
        estimate_inference(model="gpt-4oo", tokens_out=3)
    with pytest.raises(InputError, match="count"):
        estimate_inference(tokens_out=3, count=0)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"draws": 0}, "draws: is no number of draws, got 0; give"),
        ({"draws": -5}, "draws: is no number of draws, got -5; give"),
        ({"draws": 2.5}, "draws: is no number of draws, got 2.5; give"),
        ({"seed": "x"}, "seed: is no seed, got 'x'; give"),
        ({"count": float("inf")}, "count: is no number, got inf; write"),
        ({"count": "many"}, "count: is no number, got 'many'; write"),
        ({"tokens_out": None}, "nothing is known to estimate from; give"),
    ],
)
def test_python_arguments_that_cannot_be_are_refused_with_a_remedy(known: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        estimate_inference(**{"tokens_out": 3, **known})


def test_the_hours_of_a_published_training_stay_with_its_own_accelerators(home: Path) -> None:
    def inputs(*stated: str) -> dict[str, Any]:
        return dict(asked("training", "--model", "llama-3.1-8b", *stated)["inputs"])

    assert inputs()["device_hours"] == 1_460_000
    assert inputs("--hardware", "H100 SXM")["device_hours"] == 1_460_000
    for other in (("--hardware", "A100"), ("--devices", "64")):
        assert "device_hours" not in inputs(*other)
        assert inputs(*other)["tokens_b"] == 15_000
    form = asked("training", "--model", "llama-3.1-8b", "--hardware", "A100")
    assert "of H100-80GB: not used" in form["basis"]


def test_tokens_that_are_a_part_of_a_training_do_not_stand_for_its_hours() -> None:
    listed = find_model("llama-3.1-8b")
    row = replace(listed, training_tokens_b=60.0, training_device_hours=1e6)
    whole = with_model(Question("training", {}), row)
    assert (whole.known["device_hours"], whole.known["tokens_b"]) == (1e6, 60.0)
    for part in (with_model(Question("training", {"hardware": "A100"}), row), _without_hours(row)):
        assert not {"device_hours", "tokens_b"} & set(part.known)
        assert "a part of its training: not used" in part.remarks[-1]
    full = replace(row, training_tokens_b=9000.0)
    assert _without_hours(full).known["tokens_b"] == 9000


def _without_hours(row: ModelRow) -> Question:
    return with_model(Question("training", {}), row, frozenset({"device_hours"}))


@pytest.mark.parametrize("stated", [("--architecture", "dense-lora"), ("--architecture", "sft"), ("--params", "4")])
def test_another_training_takes_no_tokens_or_hours_of_the_model(home: Path, stated: tuple[str, ...]) -> None:
    inputs = asked("training", "--model", "llama-3.1-8b", *stated)["inputs"]
    assert not {"device_hours", "tokens_b", "hardware"} & set(inputs)
    assert inputs["params_total_b"] == pytest.approx(4 if "4" in stated else 8.03)


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        ("training", {"model": "llama-3.1-8b"}),
        ("training", {"model": "llama-3.1-8b", "hardware": "A100"}),
        ("training", {"model": "llama-3.1-8b", "architecture": "dense-lora"}),
        ("inference", {"model": "stable-diffusion-xl-base-1.0", "pixels": "1048576", "steps": "30"}),
    ],
)
def test_a_table_the_command_and_python_answer_alike(home: Path, kind: str, cells: dict[str, str]) -> None:
    (home / "in.csv").write_text(f"{','.join(cells)}\n{','.join(cells.values())}\n", encoding="utf-8")
    assert run("estimate", kind, "--csv", "in.csv", "--out", "out.csv").exception is None
    with (home / "out.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    form = asked(kind, *(word for name, value in cells.items() for word in (f"--{name}", value)))
    python = (estimate_training if kind == "training" else estimate_inference)(**cells, draws=200)  # type: ignore[arg-type]
    assert row["basis"] == form["basis"] == python.answer.basis
    for p in ("p05", "p50", "p95"):
        wh = form["energy_wh_per_unit"][p]
        said = float(row[f"energy_kwh_{p}"]) * 1000 if kind == "training" else float(row[f"wh_per_unit_{p}"])
        assert said == pytest.approx(wh, rel=1e-5)
        assert getattr(python.energy_wh_per_unit, p) == pytest.approx(wh, rel=1e-9)


def test_recording_says_when_nothing_was_added_and_what_the_ledger_adds(home: Path) -> None:
    words = ("estimate", "training", *KNOWN, "--scope", "it", "--record")
    first, again = run(*words).stderr, run(*words).stderr
    assert "recorded as" in first
    assert "the ledger adds the place's overhead (PUE), which --scope it leaves out" in first
    assert "already recorded; nothing added" in again
    assert "the ledger adds" not in run("estimate", "training", *KNOWN, "--record").stderr


def test_a_newer_fit_is_a_new_record_that_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger.open(tmp_path / "ledger.sqlite")
    estimate = _estimate(device_hours=1000.0, hardware="H100")
    before, _ = record(estimate, ledger, NOON, Subject(), "", "")
    monkeypatch.setattr(estimating_record, "fit_of", lambda kind: f"2027-01-01-{kind}")
    after, appended = record(estimate, ledger, NOON, Subject(), "", "")
    assert before.id != after.id
    assert appended.appended == 4
    assert before.labels["estimate_fit"] == json.loads(FIT.read_text())["fitted"] + before.labels["estimate_fit"][10:]
    assert after.labels["estimate_fit"] == "2027-01-01-training"
    assert {a.evidence.version for a in ledger.activities(Filter(run=after.id))} == {"2027-01-01-training"}


def test_the_sentence_on_an_unknown_pue_follows_the_prior(home: Path) -> None:
    (said,) = [text for text in asked("training", *KNOWN)["assumed"] if "PUE" in text]
    assert f"median {1 + find_prior('pue_overhead').median:g}" in said


def test_the_package_offers_estimates_and_stays_light() -> None:
    assert treadlight.estimate_training is estimate_training
    code = "import sys, treadlight; print(any(m in sys.modules for m in ('numpy', 'treadlight.app')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_sizes_known_as_a_range_are_sampled_where_the_estimator_takes_single_ones() -> None:
    library = Library.load()
    flops = Lognormal(1e24, 2.0)
    base = Question("training", {"hardware": "H100"}, "gpu_only")
    ranged = Estimator(library, 1000).answer(Question("training", base.known, "gpu_only", {"total_flops": flops}))
    single = Estimator(library, 1000).answer(Question("training", {**base.known, "total_flops": 1e24}, "gpu_only"))
    widths = [np.ptp(np.log(np.quantile(a.energy_kwh, (0.05, 0.95)))) for a in (ranged, single)]
    assert widths[0] == pytest.approx(np.hypot(widths[1], 2 * 1.645 * np.log(2)), rel=0.12)
    assert np.median(ranged.energy_kwh) == pytest.approx(np.median(single.energy_kwh), rel=0.15)
    assert ranged.energy_kwh == pytest.approx(sum(ranged.lines.values()))


def _estimate(**known: object) -> Estimate:
    question = question_of("training", known, "facility", Models(()))
    return Estimator(Library.load(), 300).estimate(question)


@pytest.mark.usefixtures("home")
def test_phases_idle_and_storage_are_seen_on_the_terminal_and_in_json() -> None:
    served = ("inference", "--model", "llama-3.1-8b", "--tokens-in", "500", "--tokens-out", "300", "--batch", "8")
    form = asked(*served)
    by_phase = form["accelerators_by_phase_kwh"]
    assert set(by_phase) == {"prefill", "decode"}
    assert by_phase["decode"]["p50"] > by_phase["prefill"]["p50"] > 0
    text = run("estimate", *served).stdout
    assert "  prefill" in text and "  decode" in text
    held = ("training", *KNOWN, "--idle-hours", "500", "--storage-tb-months", "10")
    assert set(asked(*held)["lines_kwh"]) == {"accelerators", "idle", "host", "storage", "overhead"}
    assert "Accelerators, idle" in run("estimate", *held).stdout
    left_out = asked("training", *KNOWN)["not_counted"]
    assert [word for word in ("idle", "storage", "transfer") if not any(f"--{word}" in line for line in left_out)] == []


@pytest.mark.usefixtures("home")
def test_idle_and_storage_are_recorded_as_they_are_estimated() -> None:
    estimate = estimate_training(device_hours=1000, hardware="A100", idle_hours=500, storage_tb_months=10)
    _, activities = estimating_record.recorded(estimate, NOON, Subject(project="p"), "n", "")
    assert {a.labels["line"] for a in activities} == {"accelerators", "idle", "host", "storage", "hours"}
    assert estimate.device_hours.p50 == pytest.approx(1500)
    assert estimate.energy_kwh.unit == "kWh" and estimate.device_hours.unit == "h"


@pytest.mark.usefixtures("home")
def test_more_tokens_than_the_context_holds_are_noted() -> None:
    assert "more than the 4096 that" in asked("inference", "--model", "llama-2-7b", "--tokens-in", "50000")["basis"]
    assert "more than the" not in asked("inference", "--model", "llama-2-7b", "--tokens-in", "3000")["basis"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("stable-diffusion-xl", "stabilityai/stable-diffusion-xl-base-1.0"),
        ("stable-diffusion-3", "stabilityai/stable-diffusion-3-medium"),
        ("mistral-large", "mistralai/Mistral-Large-Instruct-2411"),
        ("mixtral", "mistralai/Mixtral-8x7B-v0.1"),
    ],
)
def test_what_everybody_calls_a_model_finds_it(name: str, meant: str) -> None:
    assert find_model(name).id == meant
