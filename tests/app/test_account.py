"""Accounts: what is unknown stays unknown, what is rough says so, and parts add up to their totals."""

from pathlib import Path
from typing import Any

import pytest

from strategies import CHANNEL, start_record
from treadlight.app.account import RunFacts, account_of
from treadlight.app.forms import account_form
from treadlight.app.runs import facts_of
from treadlight.app.workspace import Workspace
from treadlight.ledger.fold import fold
from treadlight.share.account import Account

AT = 1_792_000_800.0
CARD: dict[str, Any] = {
    **CHANNEL,
    "key": "hardware:gpu0",
    "meter": "hardware",
    "component": "gpu",
    "device": "gpu0",
    "flow": "hardware.accelerator.a100-sxm4-80gb",
    "method": "modelled",
    "uncertainty": "point(1.0)",
    "cause": "hardware:accelerator:a100-sxm4-80gb",
    "rule": "exclusive",
}


def refusal(component: str, state: str) -> dict[str, str]:
    device = f"{component}0"
    return {
        "key": f"meter:{device}",
        "component": component,
        "device": device,
        "state": state,
        "reason": "permission denied",
        "remedy": "treadlight doctor",
    }


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return Workspace()


def account(workspace: Workspace, *values: list[Any], **start: Any) -> Account:
    """The account of a run of ten seconds whose channels end at `values`."""
    records = [
        start_record(at=AT, **start),
        {"kind": "sample", "t": 0.0, "at": AT, "v": [v and [0.0, 0.0, 0.0] for v in values]},
        {"kind": "sample", "t": 10.0, "at": AT + 10, "v": list(values)},
        {"kind": "end", "t": 10.0, "at": AT + 10, "status": "finished", "exit_code": 0, "error": ""},
    ]
    return account_of(facts_of(fold(records), workspace), workspace)


def test_a_component_that_could_not_be_read_is_unknown_and_lowers_the_coverage(workspace: Workspace) -> None:
    whole = account(workspace, [0.01, 0.01, 0.0])
    part = account(workspace, [0.01, 0.01, 0.0], refusals=[refusal("gpu", "unreadable")])
    (gpu,) = (c for c in part.components if c.component == "gpu")
    assert gpu.energy is None
    assert gpu.state == "unreadable"
    assert "Energy of GPU, gpu0" in [u.what for u in part.unknown if u.missing]
    assert part.impact("gwp").coverage < whole.impact("gwp").coverage == 1.0


def test_a_component_that_the_machine_lacks_is_neither_unknown_nor_drawn(workspace: Workspace) -> None:
    found = account(workspace, [0.01, 0.01, 0.0], refusals=[refusal("gpu", "absent")])
    assert "gpu" not in [c.component for c in found.components]
    assert not any("GPU" in u.what for u in found.unknown)
    shown = {c["component"]: c for c in account_form(found)["components"]}
    assert shown["gpu"]["state"] == "absent"
    assert shown["gpu"]["energy_kwh"]["p50"] is None


def test_a_run_of_which_nothing_could_be_read_has_no_energy_and_no_total_of_it(workspace: Workspace) -> None:
    found = account(workspace, None)
    assert found.energy is None
    assert found.impact("energy").total is None
    assert found.impact("gwp").total is None
    assert account_form(found)["footprint"]["impacts"]["gwp"]["p50"] is None


def test_embodied_hardware_is_counted_beside_an_unread_meter(workspace: Workspace) -> None:
    found = account(workspace, None, [1e-3, 1e-3, 0.0], channels=[CHANNEL, CARD])
    gwp = found.impact("gwp")
    assert gwp.use is None
    assert gwp.embodied.p50 > 0
    assert gwp.coverage == 0.5
    assert found.impact("energy").total is None


def test_use_and_embodied_make_the_total(workspace: Workspace) -> None:
    gwp = account(workspace, [0.01, 0.01, 0.0], [1e-3, 1e-3, 0.0], channels=[CHANNEL, CARD]).impact("gwp")
    assert gwp.use.p50 + gwp.embodied.p50 == pytest.approx(gwp.total.p50, rel=0.05)


def test_contributions_make_the_total_up_to_the_skew_of_their_medians(workspace: Workspace) -> None:
    found = account(workspace, [0.01, 0.004, 0.0], [1e-3, 1e-3, 0.0], channels=[CHANNEL, CARD])
    for impact in found.impacts:
        if impact.total is not None:
            parts = sum(c.quantity.p50 for c in found.parts(impact.category) if c.quantity)
            assert parts == pytest.approx(impact.total.p50, rel=0.2)


def test_the_whole_machine_and_the_runs_share_are_two_numbers(workspace: Workspace) -> None:
    found = account(workspace, [0.01, 0.004, 0.0])
    assert found.node_energy.p50 == pytest.approx(0.01, rel=1e-3)
    assert found.energy.p50 == pytest.approx(0.004, rel=1e-3)


def test_a_known_place_is_not_asked_for(workspace: Workspace) -> None:
    remedies = [u.remedy for u in account(workspace, [0.01, 0.01, 0.0]).unknown]
    assert not any("site.zone" in r for r in remedies)
    assert any("site.pue" in r for r in remedies)


def test_counts_give_results_per_unit(workspace: Workspace) -> None:
    records = [
        start_record(at=AT),
        {"kind": "sample", "t": 0.0, "at": AT, "v": [[0.0, 0.0, 0.0]]},
        {"kind": "count", "t": 5.0, "counts": {"samples": 50_000}, "window": ""},
        {"kind": "sample", "t": 10.0, "at": AT + 10, "v": [[0.01, 0.01, 0.0]]},
    ]
    facts: RunFacts = facts_of(fold(records), workspace)
    (per,) = account_of(facts, workspace).per_unit
    assert (per.name, per.per) == ("samples", 1000.0)
    assert dict(per.results)["electricity.it"].p50 == pytest.approx(0.01 / 50, rel=1e-3)
