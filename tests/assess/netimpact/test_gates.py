"""Gates: each says no for its own reason, and what is missing never passes."""

from datetime import date, timedelta
from typing import Any

import pytest

from claims_made import TODAY, assessed, states
from treadlight.share.net_impact import finding, may_be_said, notes


def test_a_sound_claim_passes_every_gate_and_is_said() -> None:
    found = assessed()
    assert set(states(found).values()) == {"pass"}
    assert found.holds
    assert "us avoided 82 kg CO₂e" in may_be_said(found)  # (1000 × 0.2 × 0.9 − 5 − 10) × 0.5
    assert "Nothing may be claimed" not in may_be_said(found)


@pytest.mark.parametrize(
    ("changes", "gate", "state"),
    [
        ({"registered": None}, "registered", "unknown"),
        ({"registered": date(2026, 6, 1)}, "registered", "fail"),
        ({"reference.dated": None}, "reference-dated", "unknown"),
        ({"reference.dated": date(2026, 6, 1)}, "reference-dated", "fail"),
        ({"evidence.results": None}, "reference-dated", "unknown"),
        ({"evidence.results": None}, "registered", "unknown"),
        ({"reference.evidence": None}, "reference-backed", "unknown"),
        ({"reference.description": "FILL IN: what would be"}, "reference-backed", "unknown"),
        ({"evidence.results": date(2027, 6, 1)}, "registered", "unknown"),
        ({"evidence.results": date(2027, 6, 1)}, "reference-dated", "unknown"),
        ({"evidence.results": date(2027, 6, 1)}, "not-scenario", "fail"),
        ({"evidence.results": date(2027, 6, 1)}, "use-phase", "fail"),
        ({"period": "2026 to 2030"}, "not-scenario", "fail"),
        ({"period": "2030", "evidence.results": None}, "not-scenario", "fail"),
        ({"period": "2030", "evidence.results": None, "effect": {"unit": "%"}}, "not-scenario", "unknown"),
        ({"evidence.design": "scenario"}, "not-scenario", "fail"),
        ({"evidence.design": "forecast"}, "not-scenario", "fail"),
        ({"evidence.design": "statement"}, "use-phase", "fail"),
        ({"evidence.use_phase": None}, "use-phase", "unknown"),
        ({"evidence.design": "modelled"}, "tier", "fail"),
        ({"evidence.design": "before-after"}, "tier", "fail"),
        ({"evidence.tier": 3}, "tier", "fail"),
        ({"evidence.source_kind": "client experience"}, "source", "fail"),
        ({"evidence.source_kind": "press"}, "source", "unknown"),
        ({"evidence.source_kind": None}, "source", "unknown"),
        ({"effect": {"unit": "%", "per_protocol": {"value": 25}}}, "everyone", "unknown"),
        ({"effect": {"unit": "%", "per_protocol": {"value": 25}}, "evidence.complied": None}, "everyone", "unknown"),
        ({"effect": {"unit": "%", "saving": {"value": 25}}}, "everyone", "unknown"),
        ({"headline": {"value": 40, "unit": "%"}}, "headline", "fail"),
        ({"headline": {"value": 1, "unit": "tCO2e"}}, "headline", "fail"),
        ({"headline": {"value": 12, "unit": "%"}, "first_order": []}, "headline", "unknown"),
        ({"first_order": []}, "footprint", "unknown"),
        ({"first_order.0.source": None}, "footprint", "unknown"),
        ({"first_order.0": {"name": "training", "source": "ledger"}}, "footprint", "unknown"),
        ({"rebound": []}, "rebound", "unknown"),
        ({"rebound.0": {"name": "warmer rooms", "kind": "direct", "source": "thermometers"}}, "rebound", "unknown"),
        ({"rebound.0.source": None}, "rebound", "unknown"),
        ({"side_effect": []}, "side-effects", "unknown"),
        ({"side_effect.0.amount": None}, "side-effects", "unknown"),
        ({"actor": []}, "attribution", "unknown"),
        ({"rule": None}, "attribution", "unknown"),
        ({"effect.intention_to_treat.value": "normal(2, 5)"}, "above-zero", "fail"),
        ({"first_order.0.amount": 2000}, "above-zero", "fail"),
        ({"actor": []}, "above-zero", "unknown"),
        ({"effect.intention_to_treat.value": 20}, "above-zero", "unknown"),
        ({"effect": {"unit": "%", "intention_to_treat": {"value": "point(20)"}}}, "above-zero", "unknown"),
        ({"evidence.treated": 0, "evidence.complied": 0}, "everyone", "fail"),
        ({"evidence.complied": 0}, "everyone", "fail"),
        ({"effect.per_protocol": {"value": "normal(-50, 5)"}}, "everyone", "unknown"),
        ({"effect.per_protocol": {"value": "normal(10, 5)"}}, "everyone", "unknown"),
        ({"evidence.treated": None, "evidence.eligible": 200}, "everyone", "unknown"),
        ({"reference.kind": "prior state"}, "reference-backed", "fail"),
        ({"reference.kind": "prior state", "evidence.design": "controlled"}, "reference-backed", "fail"),
        ({"evidence.design": "before-after"}, "reference-backed", "fail"),
        ({"reference.source": None}, "reference-backed", "unknown"),
        ({"evidence.use_phase": "-"}, "use-phase", "unknown"),
        ({"evidence.use_phase": "n/a"}, "use-phase", "unknown"),
        ({"reference.source": "unknown."}, "reference-backed", "unknown"),
        ({"evidence.treated": None}, "everyone", "unknown"),
        ({"evidence.complied": None}, "everyone", "unknown"),
        ({"evidence.treated": None, "evidence.complied": None}, "everyone", "unknown"),
        ({"effect.share": [{"name": "heating", "value": 0.9}]}, "source", "unknown"),
    ],
)
def test_a_gate_says_no_and_then_nothing_may_be_said(changes: dict[str, Any], gate: str, state: str) -> None:
    found = assessed(changes)
    assert states(found)[gate] == state
    assert not found.holds
    assert "Nothing may be claimed" in may_be_said(found)
    assert "avoided" not in may_be_said(found)


def test_only_the_gate_concerned_says_no() -> None:
    assert [gate for gate, state in states(assessed({"evidence.tier": 3})).items() if state != "pass"] == ["tier"]


def test_no_probability_while_a_term_is_missing() -> None:
    assert assessed().p_benefit == 1.0
    for changes in ({"first_order": []}, {"rebound": []}, {"side_effect": []}, {"side_effect.0.amount": None}):
        found = assessed(changes)
        assert found.p_benefit is None
        assert found.unknown
        assert found.outcome == "unknown"


def test_a_harm_is_told_even_where_terms_are_missing() -> None:
    found = assessed({"first_order.0.amount": 2000, "rebound": []})
    assert found.outcome == "harm"
    assert states(found)["above-zero"] == "fail"


def test_a_claim_without_a_result_yet_is_unknown_and_not_zero() -> None:
    found = assessed({"effect": {"unit": "%"}, "evidence.results": None})
    assert found.gross is None
    assert found.net is None
    assert found.outcome == "unknown"
    assert states(found)["everyone"] == "unknown"


def test_a_headline_where_no_saving_was_found_fails_without_a_ratio() -> None:
    found = assessed({"effect.intention_to_treat.value": "normal(-5, 1)", "headline": {"value": 3, "unit": "%"}})
    assert found.overclaim is None
    assert {g.id: g.reason for g in found.gates}["headline"] == "3 % was told, and no saving was found"
    assert states(found)["headline"] == "fail"


def test_a_headline_within_the_interval_passes() -> None:
    assert states(assessed({"headline": {"value": 20, "unit": "%"}}))["headline"] == "pass"
    assert states(assessed({"headline": {"value": 0.08, "unit": "tCO2e"}}))["headline"] == "pass"


def test_results_dated_today_are_in_and_those_of_tomorrow_are_a_forecast() -> None:
    assert assessed({"evidence.results": TODAY}).holds
    ahead = assessed({"evidence.results": TODAY + timedelta(days=1)})
    reasons = {gate.id: gate.reason for gate in ahead.gates}
    assert reasons["use-phase"] == "the results are dated in the future, 2026-11-23: there are no data of use yet"
    assert not ahead.holds


@pytest.mark.parametrize("period", ["2026", "November 2025 to March 2026", "", "one winter, 120301 offices"])
def test_a_period_that_may_be_over_is_no_forecast(period: str) -> None:
    assert states(assessed({"period": period}))["not-scenario"] == "pass"


def test_a_harm_is_quoted_by_the_share_by_which_a_benefit_would_be() -> None:
    exact = {"effect.intention_to_treat.value": "normal(20, 1e-6)"}
    assert "us avoided 82.50 kg CO₂e" in may_be_said(assessed(exact))
    assert "This is 50 % of the net saving, after" in plain(may_be_said(assessed(exact)))
    harm = assessed({**exact, "first_order.0.amount": 340})  # 175 avoided less 340: 165 kg more, as much as was less
    assert "us added 82.50 kg CO₂e" in may_be_said(harm)
    assert "This is 50 % of the net harm. Nothing may be claimed" in plain(may_be_said(harm))


@pytest.mark.parametrize("actors", [[], [{"name": "us", "share": 0}]])
def test_nobody_escapes_a_harm_by_stating_no_share(actors: list[dict[str, Any]]) -> None:
    harm = assessed({"effect.intention_to_treat.value": 20, "first_order.0.amount": 340, "actor": actors})
    assert "us added 165 kg CO₂e" in may_be_said(harm)
    assert "This is all of the net harm, because us states no share above 0" in may_be_said(harm)


def test_a_harm_by_what_is_known_names_what_is_not() -> None:
    harm = assessed({"first_order.0.amount": 2000, "rebound": []})
    assert harm.net is None
    assert finding(harm).startswith("The net effect is a harm by what is known alone: ")
    assert "50 % of the net harm; not known are rebound." in plain(may_be_said(harm))


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("period", "state"),
    [("2026", "pass"), ("January to June 2026", "pass"), ("2026-01 to 2026-11-22", "pass"), ("2026-Q3", "pass"),
     ("November 2026", "fail"), ("January to December 2026", "fail"), ("2026-Q4", "fail"), ("H2 2026", "fail"),
     ("1 May to 23 November 2026", "fail"), ("2025-12-01 to 2026-12-01", "fail"), ("winter 2026/27", "fail"),
     ("2027", "fail"), ("", "pass")],
)  # fmt: skip
def test_a_period_of_part_of_a_year_ends_when_that_part_does(period: str, state: str) -> None:
    found = assessed({"period": period})
    assert states(found)["not-scenario"] == state


def test_a_footprint_that_is_stated_as_zero_is_told_to_every_reader() -> None:
    for amount, told in ((0, True), (10, False), ("uniform(0, 1)", False)):
        found = assessed({"first_order.0.amount": amount})
        said = [note for note in notes(found) if "stated as zero" in note]
        reason = next(gate.reason for gate in found.gates if gate.id == "footprint")
        assert (bool(said), "stated as zero" in reason) == (told, told)


def test_more_over_all_than_where_it_was_followed_stops_the_sentence_and_says_why() -> None:
    found = assessed({"effect.per_protocol": {"value": "normal(10, 2)"}})
    reason = next(gate.reason for gate in found.gates if gate.id == "everyone")
    assert reason.startswith("the effect over all lies above that over those who followed it")
    said = " ".join(notes(found))
    assert "those who did not follow it would have saved more than those who did" in said
    assert "over-claims" not in said


def test_more_where_it_was_followed_is_said_not_to_be_scaled_and_a_little_less_is_only_told() -> None:
    more, less = (assessed({"effect.per_protocol": {"value": f"normal({n}, 2)"}}) for n in (25, 19))
    assert more.holds and "scaled to all, it over-claims" in " ".join(notes(more))
    assert less.holds and "would have saved more than those who did" in " ".join(notes(less))


def test_how_many_of_a_lot_followed_it_is_not_taken_from_all_who_were_eligible() -> None:
    changes = {
        "evidence.treated": None,
        "evidence.eligible": 200,
        "effect": {"unit": "%", "per_protocol": {"value": 25}},
    }
    found = assessed(changes)
    assert found.trial is not None and found.trial.compliance is None
    assert found.gross is None  # 80 of 200 would be a compliance of those who were never offered it


def test_an_undecided_net_effect_is_told_without_a_stray_comma() -> None:
    found = assessed({"effect.intention_to_treat.value": "normal(2, 5)"})
    assert found.outcome == "undecided"
    told = plain(finding(found))
    assert ",;" not in told and "; " in told
