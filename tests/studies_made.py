"""Small studies for tests, as mappings that a file could hold, and the library they are assessed with."""

from collections.abc import Mapping
from typing import Any

from assess_systems import FixedLibrary, exchange, process
from treadlight.assess.lifecycle.assessment import StudyResult, assess_study
from treadlight.assess.lifecycle.reading import study_of

LIBRARY = FixedLibrary(
    process("electricity.it", exchange("electricity.grid", 1.2)),
    process("electricity.grid", exchange("gwp", 0.5), exchange("water", 2.0)),
    process("product.gpu", exchange("gwp", 150.0), exchange("adpe", 4e-3), unit="unit", phase="embodied"),
    process("hardware.gpu", exchange("product.gpu", 1 / 40_000), unit="device-hour", phase="embodied"),
    process("product.laptop", exchange("gwp", 200.0), unit="unit", phase="embodied", unknown=("water", "adpe")),
)


def item(name: str = "electricity", **given: Any) -> dict[str, Any]:
    """An item; of electricity unless it says otherwise."""
    kinds = {"flow", "process", "estimate", "ledger", "study"}
    return {"name": name, **({} if kinds & set(given) else {"flow": "electricity.it"}), **given}


def stage(name: str, *items: Mapping[str, Any]) -> dict[str, Any]:
    """A stage with its items."""
    return {"name": name, "item": list(items)}


def system(*stages: Mapping[str, Any], id: str = "a", delivers: Any = 1) -> dict[str, Any]:
    """A system with its stages."""
    return {"id": id, "delivers": delivers, "stage": list(stages)}


def given(*systems: Mapping[str, Any], scope: Mapping[str, Any] | None = None, **rest: Any) -> dict[str, Any]:
    """A study as a file would hold it: one kilowatt-hour of training unless systems are given."""
    return {
        "schema": "treadlight.study/1",
        "id": "test",
        "goal": {"purpose": "test", "audience": ["testers"]},
        "scope": {
            "function": "answer",
            "functional_unit": {"name": "one answer", "amount": 1, "unit": "request"},
            "boundary": ["training", "serving"],
            "categories": ["gwp", "water", "adpe"],
            **(scope or {}),
        },
        "system": list(systems) or [system(stage("training", item(amount=1)))],
        **rest,
    }


def assessed(study: Mapping[str, Any], library: FixedLibrary = LIBRARY, **options: Any) -> StudyResult:
    """The study, assessed with few draws."""
    return assess_study(study_of(study), library, **{"draws": 200, **options})


def gwp(result: StudyResult, index: int = 0) -> float:
    """Central climate impact of a system [kgCO2e]."""
    return float(result.systems[index].central[0])
