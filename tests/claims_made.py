"""A small claim whose every gate holds, as a mapping that a file could hold, and how it is assessed."""

import copy
from collections.abc import Mapping
from datetime import date
from typing import Any

from studies_made import LIBRARY
from treadlight.assess.netimpact.assessment import assess_claims
from treadlight.assess.netimpact.first_order import Answerers
from treadlight.assess.netimpact.reading import claim_of
from treadlight.assess.netimpact.result import NetImpact

ANSWER = Answerers(LIBRARY)  # type: ignore[arg-type]  # a fixed library with a few processes
TODAY = date(2026, 11, 22)

SOUND: dict[str, Any] = {
    "schema": "treadlight.claim/1",
    "id": "sound",
    "owner": "us",
    "registered": date(2026, 1, 1),
    "category": "gwp",
    "functional_unit": {"name": "one winter", "amount": 1, "unit": "winter"},
    "rule": "agreed",
    "reference": {
        "kind": "control group",
        "description": "as before",
        "evidence": "drawn by lot",
        "dated": date(2026, 1, 1),
        "amount": 1000,
        "unit": "kgCO2e",
        "source": "meters",
    },
    "evidence": {
        "design": "randomised",
        "treated": 100,
        "complied": 80,
        "unit": "office",
        "results": date(2026, 6, 1),
        "use_phase": "meters of a winter",
        "source_kind": "own measurement",
        "source": "meters",
    },
    "effect": {"unit": "%", "intention_to_treat": {"value": "normal(20, 2)"}},
    "first_order": [{"name": "training", "amount": 10, "unit": "kgCO2e", "source": "ledger"}],
    "rebound": [{"name": "warmer rooms", "kind": "direct", "fraction": 0.1, "source": "thermometers"}],
    "side_effect": [{"name": "heaters", "amount": 5, "unit": "kgCO2e", "source": "sockets"}],
    "actor": [{"name": "us", "share": 0.5}, {"name": "them", "share": 0.5}],
}


def made(changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The sound claim with values at dotted keys changed; None takes a key out."""
    claim = copy.deepcopy(SOUND)
    for dotted, value in (changes or {}).items():
        *above, last = dotted.split(".")
        inner: Any = claim
        for key in above:
            inner = inner[_key(inner, key)]
        if value is None:
            inner.pop(_key(inner, last), None)
        else:
            inner[_key(inner, last)] = value
    return claim


def _key(inner: Any, key: str) -> Any:
    return int(key) if isinstance(inner, list) else key


def assessed(changes: Mapping[str, Any] | None = None, draws: int = 200, seed: int = 0) -> NetImpact:
    """The sound claim with changes, assessed with few draws."""
    return assess_claims([claim_of(made(changes))], ANSWER, today=TODAY, draws=draws, seed=seed)[0]


def states(found: NetImpact) -> dict[str, str]:
    """State of each gate by id."""
    return {gate.id: gate.state for gate in found.gates}
