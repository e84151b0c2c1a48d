"""Published cases of avoided impact: what was told, and what comes out."""

import csv
import tomllib
from pathlib import Path
from typing import Any

import pytest

from claims_made import ANSWER, TODAY, states
from treadlight.assess.netimpact.assessment import assess_claims
from treadlight.assess.netimpact.reading import claim_of, read_claim
from treadlight.assess.netimpact.result import NetImpact
from treadlight.share.net_impact import may_be_said, notes

CLAIMS = Path(__file__).parents[3] / "examples" / "claims"
FACTS = Path(__file__).resolve().parents[4] / "shared" / "facts" / "avoided_examples.csv"


def example(name: str) -> NetImpact:
    return assess_claims([read_claim(CLAIMS / f"{name}.toml")], ANSWER, today=TODAY, draws=1000)[0]


def published(row_id: str) -> dict[str, str]:
    if not FACTS.exists():
        pytest.skip("the published rows are not beside the repository: ../shared/facts")
    with FACTS.open(encoding="utf-8") as file:
        return next(row for row in csv.DictReader(file) if row["id"] == row_id)


def test_the_contrail_trial_told_as_62_percent_comes_out_as_11_6() -> None:
    found = example("contrails-2026")
    assert found.effect is not None and found.trial is not None
    assert found.effect.p50 == pytest.approx(11.6, abs=0.005)
    assert found.claim.headline is not None and found.claim.headline.value == 62
    assert found.overclaim == pytest.approx(5.3, abs=0.05)
    assert found.trial.compliance == pytest.approx(0.091, abs=0.0005)
    assert found.trial.per_protocol is not None and found.trial.per_protocol.p50 == pytest.approx(62)
    assert found.trial.implied is not None and found.trial.implied.p50 == pytest.approx(62 * 112 / 1232)
    assert 0 < found.effect.p05 < found.trial.implied.p50 < found.effect.p95  # the two agree within chance
    assert states(found)["headline"] == "fail"
    assert "Nothing may be claimed" in may_be_said(found)
    assert any("employed by those who sell it" in note for note in notes(found))


def test_the_contrail_trial_is_as_the_facts_say() -> None:
    claim = read_claim(CLAIMS / "contrails-2026.toml")
    assert claim.effect is not None and claim.effect.intention_to_treat is not None
    assert claim.effect.per_protocol is not None
    assert claim.effect.intention_to_treat.value == -float(published("contrails_aa_2026_itt")["effect"])
    assert claim.effect.per_protocol.value == -float(published("contrails_aa_2026_pp")["effect"])
    assert f"{claim.evidence.complied:g}/{claim.evidence.treated:g}" in published("contrails_aa_2026_pp")["how_to_use"]


def test_a_pilot_s_effect_is_not_scaled_to_the_fleet() -> None:
    found = example("contrails-2023")
    assert found.effect is None
    assert found.trial is not None and found.trial.per_protocol is not None
    assert found.trial.per_protocol.p50 == pytest.approx(54)
    assert states(found)["everyone"] == "unknown"
    assert states(found)["side-effects"] == "unknown"  # the fuel is told, in another unit


FEASIBILITY = tomllib.loads("""
id = "contrails-feasibility"
owner = "the airline"
metric = "contrails"
functional_unit = { name = "all flights", amount = 1, unit = "fleet" }
reference = { kind = "control group", description = "flights planned as usual" }
effect = { unit = "%", per_protocol = { value = 63.6, p = 0.0316 } }
headline = { value = 63.6, unit = "%" }
[evidence]
design = "randomised"
unit = "flight"
use_phase = "a pilot of single flights"
source_kind = "press"
source = "research.google publication page: Feasibility test of per-flight contrail avoidance"
""")

PLAN = tomllib.loads("""
category = "gwp"
evidence = { design = "forecast", source_kind = "press", source = "press, October 2021" }
effect = { unit = "tCO2e", saving = { value = 1e6 } }
headline = { value = 1e6, unit = "tCO2e" }
functional_unit = { name = "a year", amount = 1, unit = "year" }
reference = { kind = "next-best", description = "the fastest route" }
owner = "the map service"
id = "google-maps-plan"
""")


def test_a_feasibility_pilot_of_63_6_percent_tells_nothing_about_all() -> None:
    found = assess_claims([claim_of(FEASIBILITY)], ANSWER, today=TODAY, draws=1000)[0]
    assert found.trial is not None and found.trial.per_protocol is not None
    pilot = found.trial.per_protocol
    assert pilot.p50 == pytest.approx(63.6, abs=0.1)
    assert (pilot.p05, pilot.p95) == (pytest.approx(14.9, abs=0.3), pytest.approx(112.3, abs=0.3))  # SE = 63.6 / 2.149
    assert found.gross is found.net is found.avoided is None
    assert (states(found)["everyone"], states(found)["headline"]) == ("unknown", "unknown")
    assert not found.holds


def test_a_launch_forecast_of_a_million_tonnes_is_never_a_claim() -> None:
    found = assess_claims([claim_of(PLAN)], ANSWER, today=TODAY, draws=100)[0]
    assert found.gross is not None and found.gross.p50 == pytest.approx(1e9)  # kg
    assert found.net is found.avoided is None
    assert (states(found)["not-scenario"], states(found)["use-phase"]) == ("fail", "fail")
    assert found.overclaim is None
    assert not found.holds


@pytest.mark.parametrize(("row_id", "given", "figure"), [
    ("contrails_feasibility", FEASIBILITY, "per_protocol"),
    ("google_maps_plan", PLAN, "saving"),
])  # fmt: skip
def test_the_pilot_and_the_forecast_are_as_the_facts_say(row_id: str, given: dict[str, Any], figure: str) -> None:
    row = published(row_id)
    assert given["effect"][figure]["value"] == -float(row["effect"])
    assert given["headline"]["value"] == float(row["headline"])


def test_forty_percent_of_the_cooling_is_fifteen_of_the_overhead_and_less_than_two_of_the_site() -> None:
    found = example("cooling-2016")
    steps = {step.name: step.quantity for step in found.steps}
    cooling, overhead = steps["cooling in the overhead"], steps["overhead in the site's electricity"]
    assert cooling is not None and overhead is not None and found.effect is not None
    assert cooling.p50 * 40 / 100 == pytest.approx(15)
    assert found.effect.p50 == pytest.approx(1.6, abs=0.05)
    assert states(found)["headline"] == "fail"
    assert states(found)["tier"] == "fail"


def test_a_modelled_saving_is_of_tier_3_and_unknown_without_rebound_and_footprint() -> None:
    found = example("eco-routing-2022")
    assert found.gross is not None
    assert found.gross.p50 == pytest.approx(1.2e9)  # kg
    assert found.gross.p50 / 1000 == -float(published("google_maps_eco")["effect"])
    assert found.tier == 3
    assert states(found)["tier"] == "fail"
    assert states(found)["rebound"] == "unknown"
    assert found.p_benefit is found.avoided is found.net is found.overclaim is None
    assert not found.holds


def test_a_scenario_is_never_a_claim() -> None:
    found = example("scenario-2035")
    assert found.gross is not None
    assert found.gross.p50 == pytest.approx(1.4e12)  # kg
    assert states(found)["not-scenario"] == "fail"
    assert states(found)["rebound"] == "unknown"
    assert not found.holds


def test_client_experience_is_rejected() -> None:
    found = example("clients-2030")
    assert found.effect is not None
    assert (found.effect.p05, found.effect.p95) == (pytest.approx(5.25, abs=0.01), pytest.approx(9.75, abs=0.01))
    assert states(found)["source"] == "fail"
    assert states(found)["not-scenario"] == "fail"  # of 2030
    assert not found.holds


def test_of_the_examples_only_the_sound_one_may_be_said() -> None:
    names = sorted(path.stem for path in CLAIMS.glob("*.toml") if path.stem != "chatbot")
    assert [name for name in names if example(name).holds] == ["heating"]
