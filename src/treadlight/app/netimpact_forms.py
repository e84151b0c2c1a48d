"""The JSON form of assessed claims: stable and versioned, in canonical units, nothing rounded."""

from collections.abc import Sequence
from typing import Any

from treadlight.app.forms import quantity_form
from treadlight.assess.netimpact.result import NetImpact, Trial
from treadlight.core.category import CATEGORIES
from treadlight.core.quantity import Quantity
from treadlight.share.net_impact import may_be_said, notes

__all__ = ["net_impacts_form"]


def net_impacts_form(found: Sequence[NetImpact]) -> dict[str, Any]:
    """``treadlight.net-impact/1``: claims that were assessed together."""
    first = found[0]
    return {
        "schema": "treadlight.net-impact/1",
        "library": {"version": first.library_version, "digest": first.library_digest},
        "method": {"draws": first.draws, "seed": first.seed, "today": first.today.isoformat()},
        "claims": [_claim(impact) for impact in found],
    }


def _claim(found: NetImpact) -> dict[str, Any]:
    claim = found.claim
    unit = claim.functional_unit
    category = claim.footprint_category
    return {
        "claim": {
            "id": claim.id,
            "title": claim.title,
            "owner": claim.owner,
            "digest": found.digest,
            "saving_id": claim.saving,
            "period": claim.period,
            "geography": claim.geography,
        },
        "functional_unit": {"name": unit.name, "amount": unit.amount, "unit": unit.unit},
        "category": claim.category or None,
        "metric": claim.metric or None,
        "holds": found.holds,
        "outcome": found.outcome,
        "sentence": may_be_said(found) if found.holds else None,
        "statement": may_be_said(found),
        "tier": found.tier,
        "effect_percent": quantity_form(found.effect, "%"),
        "gross": quantity_form(found.gross, found.unit),
        "avoided": quantity_form(found.avoided, found.unit),
        "net": quantity_form(found.net, found.unit),
        "net_at_most": quantity_form(found.at_most, found.unit),
        "attributed": quantity_form(found.attributed, found.unit),
        "share": found.share,
        "probability_of_benefit": found.p_benefit,
        "headline": _headline(found),
        "footprint": {
            "category": category,
            **quantity_form(found.footprint, CATEGORIES[category].unit),
            "netted_in_inventory": False,
            "parts": [_own(part.name, part.quantity, part.coverage, part.basis, category) for part in found.own],
        },
        "trial": None if found.trial is None else _trial(found.trial),
        "steps": [
            {
                "sign": step.sign,
                "kind": step.kind,
                "name": step.name,
                "quantity": None if step.quantity is None else quantity_form(step.quantity, step.quantity.unit),
                "source": step.source or None,
                "note": step.note or None,
            }
            for step in found.steps
        ],
        "unknown": list(found.unknown),
        "gates": [{"id": g.id, "title": g.title, "state": g.state, "reason": g.reason} for g in found.gates],
        "notes": notes(found),
    }


def _headline(found: NetImpact) -> dict[str, Any] | None:
    told = found.claim.headline
    if told is None:
        return None
    return {
        "value": told.value,
        "unit": told.unit,
        "source": told.source or None,
        "times_what_was_found": found.overclaim,
    }


def _own(name: str, quantity: Quantity | None, coverage: float, basis: str, category: str) -> dict[str, Any]:
    return {"name": name, **quantity_form(quantity, CATEGORIES[category].unit), "coverage": coverage, "basis": basis}


def _trial(trial: Trial) -> dict[str, Any]:
    figures = ("intention_to_treat", "per_protocol", "implied")
    effects = {name: None if (q := getattr(trial, name)) is None else quantity_form(q, q.unit) for name in figures}
    counts = {name: getattr(trial, name) for name in ("eligible", "treated", "complied", "compliance", "counted")}
    return {**effects, **counts}
