"""The tree behind every term of a claim: each step adds up or multiplies, unknown stays unknown, sources are named."""

from typing import Any

import pytest

from claims_made import assessed
from treadlight.assess.netimpact.why import FOOTPRINT, claim_why, step_keys
from treadlight.core.errors import NotFoundError
from why_trees import adds_up, walk

_IMPLIED = {"effect": {"unit": "%", "per_protocol": {"value": "normal(25, 2)"}}}
_CLAIMS: list[dict[str, Any]] = [
    {},
    {"first_order.0.amount": "lognormal(10, 1.5)", "first_order.0.share": "uniform(0.2, 0.6)"},
    {"rebound.0": {"name": "more", "kind": "direct", "amount": "uniform(1, 5)", "unit": "%", "source": "s"}},
    {"rebound.0.fraction": "uniform(0.1, 0.5)", "effect.intention_to_treat.value": "normal(20, 8)"},
    {"effect": {"unit": "kgCO2e", "saving": {"value": "normal(200, 20)"}}},
    {"effect.share": [{"name": "heating of all", "value": "uniform(0.2, 0.8)", "source": "plan"}]},
    {"effect": None, "solution": {"amount": "normal(700, 20)", "unit": "kgCO2e", "source": "meter"}},
    {"effect.intention_to_treat.value": "normal(-20, 2)"},
    {"reference.amount": None, "side_effect": None},
    {"rebound": None, "first_order": None},
    _IMPLIED,
]


@pytest.mark.parametrize("changes", _CLAIMS)
def test_every_step_of_every_term_multiplies_or_adds_up_to_what_is_shown(changes: dict[str, Any]) -> None:
    found = assessed(changes)
    for key, step in zip(step_keys(found.steps), found.steps, strict=True):
        root = claim_why(found, key)
        assert (root.amount is None) == (step.quantity is None)
        if step.quantity is not None and root.unit == step.quantity.unit:
            assert root.amount == pytest.approx(step.quantity.p50, rel=1e-9)
        adds_up(root)
    own = claim_why(found, FOOTPRINT)
    assert own.amount == (None if found.footprint is None else pytest.approx(found.footprint.p50))


def test_figures_that_the_claim_states_have_their_source() -> None:
    nodes = {node.label: node for node in walk(claim_why(assessed(), "attributed"))}
    assert {label: node.source.citation for label, node in nodes.items() if node.source is not None} == {
        "Reference: control group": "meters", "Effect, intention to treat": "meters",
        "share of the gross saving": "thermometers", "less heaters": "sockets", "less training": "ledger",
        "Share of us": "agreed",
    }  # fmt: skip


def test_what_was_found_where_it_was_followed_is_multiplied_by_how_many_followed_it() -> None:
    effect = claim_why(assessed(_IMPLIED), "effect")
    product = effect.children[0]
    assert [child.amount for child in product.children] == [pytest.approx(25, rel=0.01), 0.8]


def test_a_term_that_is_not_known_says_what_is_missing() -> None:
    found = assessed({"rebound": None})
    assert claim_why(found, "rebound").note == "no figure is stated"
    assert "rebound" in claim_why(found, "net").note
    assert claim_why(found, "gross").amount is not None


def test_terms_of_one_kind_have_names_of_their_own_and_another_name_is_refused() -> None:
    two = [{"name": name, "amount": 10, "unit": "kgCO2e", "source": "s"} for name in ("training", "serving")]
    found = assessed({"first_order": two})
    assert [claim_why(found, key).label for key in ("own-footprint", "own-footprint:2")] == ["training", "serving"]
    with pytest.raises(NotFoundError, match="names no number of this"):
        claim_why(found, "own-footprint:3")
