"""Accounts: what is unknown stays unknown, what is rough says so, and parts add up to their totals."""

from pathlib import Path
from typing import Any

import pytest

from strategies import CHANNEL, start_record
from treadlight.app.account import account_of
from treadlight.app.comparing import _caveat
from treadlight.app.facts import RunFacts
from treadlight.app.forms import account_form
from treadlight.app.runs import facts_of
from treadlight.app.windowing import _activities
from treadlight.app.workspace import Workspace
from treadlight.assess.grouping import group_activities
from treadlight.ledger.fold import fold
from treadlight.share.account import Account
from treadlight.share.doors import walk

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


def account(workspace: Workspace, *values: list[Any], location: dict[str, str] | None = None, **start: Any) -> Account:
    """The account of a run of ten seconds whose channels end at `values`."""
    first = start_record(at=AT, **start)
    if location:
        first["run"]["location"] = location
    records = [
        first,
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


GPUS = [
    {
        **CHANNEL,
        "key": f"nvml:gpu{i}",
        "meter": "nvml",
        "component": "gpu",
        "device": f"gpu{i}",
        "cause": f"nvml:gpu{i}",
    }
    for i in range(2)
]


def test_one_unread_card_of_two_is_unknown_although_the_other_is_read(workspace: Workspace) -> None:
    found = account(
        workspace, [0.01, 0.01, 0.0], channels=GPUS[:1], refusals=[refusal("gpu", "unreadable") | {"device": "gpu1"}]
    )
    assert [u.what for u in found.unknown if u.what.startswith("Energy of")] == ["Energy of GPU, gpu1"]
    assert found.impact("gwp").coverage == 0.5
    (gpu,) = found.components
    assert gpu.state == "unreadable"
    assert gpu.energy is not None


def test_hardware_of_a_card_does_not_make_its_energy_known(workspace: Workspace) -> None:
    found = account(
        workspace,
        [0.01, 0.01, 0.0],
        [1e-3, 1e-3, 0.0],
        channels=[CHANNEL, CARD],
        refusals=[refusal("gpu", "unreadable")],
    )
    assert any(u.what == "Energy of GPU, gpu0" for u in found.unknown)
    assert found.impact("energy").coverage < 1


def test_a_device_the_run_did_not_use_is_part_of_the_machine(workspace: Workspace) -> None:
    found = account(workspace, [0.1, 0.1, 0.0], [1.0, 0.0, 0.0], channels=[CHANNEL, GPUS[0]])
    assert found.node_energy.p50 == pytest.approx(1.1, rel=0.02)
    assert found.energy.p50 == pytest.approx(0.1, rel=1e-3)


def test_mean_powers_add_up(workspace: Workspace) -> None:
    found = account(workspace, [0.1, 0.1, 0.0], [1.0, 0.5, 0.0], channels=[CHANNEL, GPUS[0]])
    assert sum(c.mean_power_w for c in found.components) == pytest.approx(found.mean_power_w)


def test_a_little_that_is_modelled_does_not_mark_what_is_metered(workspace: Workspace) -> None:
    cards = [{**GPUS[0], "key": f"nvml:{i}", "device": f"gpu{i}", "cause": f"c{i}"} for i in range(8)]
    modelled = {
        **CHANNEL,
        "key": "model:gpu",
        "component": "gpu",
        "device": "gpu8",
        "method": "modelled",
        "meter": "model",
    }
    values = [[1.0, 1.0, 0.0]] * 8 + [[0.15, 0.15, 0.0]]
    (gpu,) = account(workspace, *values, channels=[*cards, modelled]).components
    assert gpu.method == "metered"


def test_a_window_is_accounted_by_the_meter_and_the_year_it_lay_in(workspace: Workspace) -> None:
    new_year = 1_798_761_600.0  # 2027-01-01T00:00Z
    at = new_year - 1800
    records: list[dict[str, Any]] = [
        start_record(at=at, channels=GPUS),
        {"kind": "sample", "t": 0.0, "at": at, "v": [[0.0] * 3, [0.0] * 3]},
        {"kind": "window-begin", "id": "w", "name": "before", "t": 60.0, "at": at + 60, "v": [[0.1, 0.1, 0.0]] * 2},
        {"kind": "window", "id": "w", "name": "before", "t": 120.0, "at": at + 120, "status": "finished",
         "v": [[0.2, 0.2, 0.0], [0.4, 0.4, 0.0]]},
        {"kind": "sample", "t": 1800.0, "at": new_year, "v": [[1.0, 1.0, 0.0]] * 2, "edge": True},
        {"kind": "sample", "t": 3600.0, "at": new_year + 1800, "v": [[2.0, 2.0, 0.0]] * 2},
    ]  # fmt: skip
    facts = facts_of(fold(records), workspace)
    groups = group_activities(_activities(facts.windows[0], facts))
    assert {(g.cause, g.period, round(g.amount, 3)) for g in groups} == {
        ("nvml:gpu0", "2026", 0.1),
        ("nvml:gpu1", "2026", 0.3),
    }


def test_a_run_over_new_year_lists_its_activities_under_each_year(workspace: Workspace) -> None:
    new_year = 1_798_761_600.0
    records = [
        start_record(at=new_year - 1800),
        {"kind": "sample", "t": 0.0, "at": new_year - 1800, "v": [[0.0] * 3]},
        {"kind": "sample", "t": 1800.0, "at": new_year, "v": [[1.0, 1.0, 0.0]], "edge": True},
        {"kind": "sample", "t": 3600.0, "at": new_year + 1800, "v": [[3.0, 3.0, 0.0]]},
    ]
    tree = account_of(facts_of(fold(records), workspace), workspace).why["gwp"]
    lines = tree.children[0].children
    assert sorted(line.children[0].children[0].amount for line in lines) == pytest.approx([1.0, 2.0])


def test_every_door_leads_to_a_step(workspace: Workspace) -> None:
    found = account(workspace, [0.01, 0.01, 0.0], [1e-3, 1e-3, 0.0], channels=[CHANNEL, CARD])
    ids = {node.id for tree in found.why.values() for node in walk(tree)}
    doors = [part.why for part in (*found.impacts, *found.contributions, *found.components, *found.doubt)]
    assert doors
    assert set(doors) <= ids


def test_many_activities_are_listed_singly_only_where_they_are_large(workspace: Workspace) -> None:
    records: list[dict[str, Any]] = [start_record(at=AT), {"kind": "sample", "t": 0.0, "at": AT, "v": [[0.0] * 3]}]
    for hour in range(1, 49):
        value = [float(hour * hour), float(hour * hour), 0.0]
        records.append({"kind": "sample", "t": hour * 3600.0, "at": AT + hour * 3600.0, "v": [value], "edge": True})
    amount = account_of(facts_of(fold(records), workspace), workspace).why["gwp"].children[0].children[0].children[0]
    assert len(amount.children) == 25
    assert sum(child.amount for child in amount.children) == pytest.approx(amount.amount)


def test_comparing_with_a_run_of_unread_parts_says_so(workspace: Workspace) -> None:
    records = [
        start_record(at=AT, refusals=[refusal("gpu", "unreadable")]),
        {"kind": "sample", "t": 0.0, "at": AT, "v": [[0.0] * 3]},
        {"kind": "sample", "t": 10.0, "at": AT + 10, "v": [[0.01, 0.01, 0.0]]},
    ]
    assert "lacks the energy of gpu gpu0" in _caveat(facts_of(fold(records), workspace))


@pytest.mark.parametrize("dimension", ["process", "stage", "component", "period", "project"])
def test_slices_of_a_dimension_make_the_total_up_to_their_skew(workspace: Workspace, dimension: str) -> None:
    found = account(workspace, [0.01, 0.01, 0.0], [1e-3, 1e-3, 0.0], channels=[CHANNEL, CARD])
    cut = [s for s in found.slices if s.dimension == dimension and s.category == "gwp"]
    assert sum(s.quantity.p50 for s in cut) == pytest.approx(found.impact("gwp").total.p50, rel=0.1)


def test_the_place_of_a_run_is_that_of_the_site_it_names_and_so_is_its_hall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "treadlight.toml").write_text('[sites.hall-a]\nzone = "SE"\npue = "point(1.25)"\n')
    found = account(Workspace(), [0.01, 0.01, 0.0], location={"site": "hall-a"})
    assert found.place == "Sweden (SE), site hall-a"
    assert not any(u.what == "Place" for u in found.unknown)
    assert any("hall-a" in detail for step in walk(found.why["gwp"]) for _, _, detail in step.rungs)
    assert found.energy and found.facility_energy
    assert found.facility_energy.p50 == pytest.approx(1.25 * found.energy.p50)
    assert found.facility_stated is None
    assert account_form(found)["run"]["facility_energy_kwh"]["p50"] == pytest.approx(found.facility_energy.p50)
    assert found.impact("energy").use.p50 == pytest.approx(found.facility_energy.p50)


def test_without_a_site_the_hall_is_that_of_a_place_not_known(workspace: Workspace) -> None:
    found = account(workspace, [0.01, 0.01, 0.0])
    assert found.energy and found.facility_energy
    assert found.facility_energy.p50 == pytest.approx(found.impact("energy").use.p50)
    assert found.facility_energy.p50 > found.energy.p50


def test_where_no_electricity_could_be_read_that_of_the_hall_is_unknown(workspace: Workspace) -> None:
    assert account(workspace, None).facility_energy is None
