"""Claims as files: strict, and every fault named with file, field and remedy."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from claims_made import ANSWER, TODAY, made
from treadlight.assess.netimpact.assessment import assess_claims
from treadlight.assess.netimpact.reading import claim_of, read_claim
from treadlight.core.errors import InputError, NotFoundError


def refused(changes: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        claim_of(made(changes), "c.toml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": "treadlight.claim/9"}, "c.toml: schema: is no form of claim known here, got 'treadlight.claim/9'"),
        ({"colour": "green"}, "c.toml: colour: is no key of a claim; see docs/how-to/net-impact.md for the keys"),
        ({"reference.baseline": 3}, "c.toml: reference.baseline: is no key of a claim"),
        ({"path": "x"}, "c.toml: path: is no key of a claim"),
        ({"reference": None}, "c.toml: reference: is missing; add reference"),
        ({"registered": "soon"}, "c.toml: registered"),
        ({"owner": " "}, "c.toml: owner: is empty"),
        ({"owner": "nobody"}, "c.toml: owner: is none of the actors, got 'nobody'; name us, them"),
        ({"category": "carbon"}, "c.toml: category: is no impact category, got 'carbon'"),
        ({"category": None}, "c.toml: category: is missing"),
        ({"reference.kind": "a feeling"}, "c.toml: reference.kind: is no reference scenario, got 'a feeling'"),
        ({"reference.dated": date(2026, 7, 1)}, "c.toml: reference.dated: is after the result of 2026-06-01"),
        (
            {"evidence.persistence_checked": date(2020, 1, 1)},
            "persistence_checked: is not after the result of 2026-06-01",
        ),
        ({"evidence.persistence_checked": date(2026, 6, 1)}, "whether a saving lasts is seen later, got '2026-06-01'"),
        (
            {"evidence.persistence_checked": date(2025, 6, 1), "evidence.results": None},
            "c.toml: evidence.persistence_checked: is not after the registration of 2026-01-01",
        ),
        ({"evidence.design": "rct"}, "c.toml: evidence.design: is no design, got 'rct'; use randomised or controlled"),
        ({"evidence.source_kind": "rumour"}, "c.toml: evidence.source_kind: is no kind of source"),
        ({"evidence.design": "modelled", "evidence.tier": 1}, "tier: is better than the design modelled supports"),
        ({"evidence.tier": 9}, "c.toml: evidence.tier: is no tier"),
        ({"evidence.complied": 101}, "c.toml: evidence.complied: is more than were treated, 100, got 101"),
        ({"evidence.treated": float("nan")}, "c.toml: evidence.treated: is no count"),
        ({"evidence.complied": 33.5}, "c.toml: evidence.complied: is no count, got 33.5; give a whole number ≥ 0"),
        ({"evidence.eligible": -1}, "c.toml: evidence.eligible: is no count, got -1"),
        (
            {"evidence.eligible": 100},
            "c.toml: evidence.treated: is all who were eligible, 100: the lot left nobody in the control group",
        ),
        (
            {"evidence.complied": 0, "effect.per_protocol": {"value": 25}},
            "c.toml: effect.per_protocol: is over those who followed it, and nobody did (evidence.complied = 0)",
        ),
        (
            {"effect.share": 0.5},
            "c.toml: effect.share: expected a list, got a number; begin each with [[effect.share]]",
        ),
        (
            {"effect": {"unit": "%", "saving": 5}},
            "effect.saving: expected a table, got a whole number; write [effect.saving] and its keys: value, p, source",
        ),
        ({"actor": {"name": "us"}}, "c.toml: actor: expected a list, got a table; begin each with [[actor]]"),
        ({"owner": 3}, "c.toml: owner: expected a text, got a whole number; see docs/how-to/net-impact.md"),
        ({"evidence.tier": "two"}, "c.toml: evidence.tier: expected a whole number, got a text"),
        ({"evidence.treated": True}, "c.toml: evidence.treated: expected a number, got true or false"),
        ({"first_order.0.amount": [1]}, "c.toml: first_order[0].amount: expected a number or a text, got a list"),
        ({"effect": None}, "c.toml: effect: says nothing of what is saved"),
        ({"effect": {"unit": "%"}}, "c.toml: effect: says nothing of what is saved"),
        ({"solution": {"amount": 3, "unit": "kgCO2e"}}, "c.toml: effect: is said twice"),
        ({"effect.saving": {"value": 3}}, "c.toml: effect.saving: is said twice"),
        ({"effect.intention_to_treat": {"value": 3, "p": 1.2}}, "effect.intention_to_treat.p: is no p-value, got 1.2"),
        ({"effect.intention_to_treat": {"value": "normal(3,1)", "p": 0.1}}, "goes with a number other than 0 only"),
        ({"rebound.0.kind": "other"}, "c.toml: rebound[0].kind: is no kind of rebound"),
        ({"rebound.0.amount": 3}, "c.toml: rebound[0]: is said twice"),
        ({"first_order.0.ledger": {}}, "first_order[0]"),
        ({"first_order.0": {"name": "x", "ledger": {}}}, "c.toml: first_order[0].ledger: would take the whole ledger"),
        ({"first_order.0": {"name": "x", "study": "s.toml"}}, "c.toml: first_order[0].amount: is missing"),
        ({"headline": {"value": float("inf"), "unit": "%"}}, "c.toml: headline.value: is no saving"),
        ({"functional_unit.amount": 0}, "c.toml: functional_unit.amount: is not above 0"),
    ],
)
def test_a_fault_is_named_with_file_field_and_remedy(changes: dict[str, Any], said: str) -> None:
    assert said in refused(changes)


def test_counts_of_a_trial_that_can_be_are_taken() -> None:
    for changes in (
        {"evidence.complied": 80.0},
        {"evidence.eligible": 200},
        {"evidence.eligible": 100, "evidence.design": "controlled"},  # the control group may be elsewhere
        {"evidence.eligible": 100, "reference.kind": "prior state"},
        {"evidence.eligible": 0, "evidence.treated": 0, "evidence.complied": 0},
    ):
        assert claim_of(made(changes), "c.toml").evidence.design


def test_two_claimants_at_60_percent_each_are_refused_by_name() -> None:
    actors = [{"name": "us", "share": 0.6}, {"name": "them", "share": 0.6}]
    said = refused({"actor": actors})
    assert "c.toml: actor: claimants take 120% of one saving: us 0.6 and them 0.6" in said


def test_two_claims_of_one_saving_at_60_percent_each_are_refused_by_name() -> None:
    ours = claim_of(made({"saving_id": "heat", "actor": [{"name": "us", "share": 0.6}]}))
    theirs = claim_of(made({"saving_id": "heat", "owner": "them", "actor": [{"name": "them", "share": 0.6}]}))
    with pytest.raises(InputError, match=r"saving heat: claimants take 120% of one saving: us 0\.6 and them 0\.6"):
        assess_claims([ours, theirs], ANSWER, today=TODAY, draws=50)


def test_claims_of_different_savings_are_not_added() -> None:
    ours = claim_of(made({"actor": [{"name": "us", "share": 0.6}]}))
    theirs = claim_of(made({"id": "other", "owner": "them", "actor": [{"name": "them", "share": 0.6}]}))
    assert len(assess_claims([ours, theirs], ANSWER, today=TODAY, draws=50)) == 2


def test_each_says_of_the_other_what_suits_it_and_is_refused() -> None:
    ours = made({"actor": [{"name": "us", "share": 0.7}, {"name": "them", "share": 0.3}]})
    theirs = made({"owner": "them", "actor": [{"name": "us", "share": 0.4}, {"name": "them", "share": 0.6}]})
    with pytest.raises(InputError, match="claimants take 130% of one saving"):
        assess_claims([claim_of(ours), claim_of(theirs)], ANSWER, today=TODAY, draws=50)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_lies_between_nothing_and_all(share: float) -> None:
    assert "actor[0].share: is no share of a saving" in refused({"actor": [{"name": "us", "share": share}]})


def test_an_actor_is_named_once() -> None:
    actors = [{"name": "us", "share": 0.3}, {"name": "us", "share": 0.3}]
    assert "actor[1].name: is named twice, got 'us'" in refused({"actor": actors})


def test_a_file_that_is_not_there_or_no_toml_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="make one with `treadlight net new`"):
        read_claim(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("a = = 3")
    with pytest.raises(InputError, match=r"bad\.toml: is no TOML"):
        read_claim(tmp_path / "bad.toml")
    with pytest.raises(InputError, match="cannot be read"):
        read_claim(tmp_path)


def test_the_digest_is_of_the_content_and_not_of_the_layout_or_place() -> None:
    a, b = claim_of(made(), "a.toml"), claim_of(made(), "b.toml")
    assert a.digest == b.digest
    assert a.digest != claim_of(made({"reference.dated": date(2026, 1, 2)})).digest


def test_a_check_that_lies_in_the_future_was_not_made() -> None:
    claim = claim_of(made({"evidence.persistence_checked": date(2027, 10, 1)}), "c.toml")
    with pytest.raises(InputError, match="persistence_checked: lies in the future"):
        assess_claims([claim], ANSWER, today=TODAY)


def test_case_and_blanks_make_no_second_claimant_and_no_second_saving() -> None:
    assert "is named twice" in refused({"actor.1": {"name": " US ", "share": 0.5}})
    assert "is named twice" in refused({"actor.1": {"name": "us\u200b", "share": 0.5}})
    assert "actor[1].name: is empty" in refused({"actor.1": {"name": " ", "share": 0.5}})
    theirs = {"owner": "them", "actor": [{"name": "them", "share": 0.6}], "saving_id": "Winter "}
    ours = {"actor": [{"name": "us", "share": 0.6}], "saving_id": "winter"}
    claims = [claim_of(made({**change, "id": f"c{i}"})) for i, change in enumerate((theirs, ours))]
    with pytest.raises(InputError, match="claimants take 120%"):
        assess_claims(claims, ANSWER, today=TODAY)
