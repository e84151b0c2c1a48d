"""Impacts: computed by hand for a way of serving with a known cost, additive however the log is cut."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from overlays import grid_row, write_overlay
from requests_logs import DRAWS, serving, sum_log, write_csv_log
from treadlight.assess.footprint import footprint
from treadlight.core.distribution import Lognormal
from treadlight.core.method import Method
from treadlight.ledger.records import GroupSum
from treadlight.library.library import Library
from treadlight.requests.groups import Groups, merged
from treadlight.requests.impacts import Impacts, Scope, impacts_of
from treadlight.requests.serving import Setting

HEAD = "time,tokens_in,tokens_out,model,zone,team"
ROWS = [
    ("2026-01-01T00:10:00Z", 100, 10, "a", "FR", "blue"),
    ("2026-01-01T00:20:00Z", 200, 20, "a", "DE", "blue"),
    ("2026-01-01T01:10:00Z", 300, 30, "b", "FR", "red"),
    ("2026-01-02T01:10:00Z", 400, 40, "b", "FR", "blue"),
    ("2026-01-02T01:10:00Z", 500, 50, "a", "", "red"),
]
A, B = Setting("a", "", "", ""), Setting("b", "", "", "")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """FR has exactly 100 g/kWh."""
    folder = write_overlay(tmp_path_factory.mktemp("lib") / "own", "grid", grid_row("FR", "100"), grid_row("DE", "400"))
    return Library.load(overlays=[folder])


def _groups(tmp_path: Path, rows: list[tuple[Any, ...]] = ROWS) -> Groups:
    part = sum_log(write_csv_log(tmp_path / "a.csv", rows, HEAD))
    return merged([part], {}, (), 3600, None)


def _impacts(groups: Groups, library: Library, *by: str, scope: str = "facility", **served: Any) -> Impacts:
    costs = {A: served.get("a", serving(1.0, 0.01, 0.1, gsd=1.5)), B: served.get("b", serving(2.0, gsd=1.2))}
    return impacts_of(
        groups, by, costs, library, Scope.named(scope), Method(), hourly=False, draws=DRAWS, seed=0
    )  # fmt: skip


def test_energy_of_accelerators_alone_is_sums_times_cost(tmp_path: Path, library: Library) -> None:
    exact = _impacts(
        _groups(tmp_path), library, "model", "zone", scope="gpu_only", a=serving(1.0, 0.01, 0.1), b=serving(2.0)
    )
    energy = {row.key: row.impacts["energy"] for row in exact.rows}
    # model a in FR: 1 request, 100 tokens in, 10 out: 1 + 1 + 1 = 3 Wh
    assert {key: q and q.p50 * 1000 for key, q in energy.items()} == pytest.approx(
        {("a", ""): 1 + 5 + 5, ("a", "DE"): 1 + 2 + 2, ("a", "FR"): 3, ("b", "FR"): 4}
    )
    assert exact.total.impacts["energy"].p50 == pytest.approx(0.023)  # type: ignore[union-attr]
    carbon = {row.key: row.impacts["gwp"].p50 - row.embodied["gwp"].p50 for row in exact.rows if row.key[1]}  # type: ignore[union-attr]
    assert carbon[("b", "FR")] == pytest.approx(0.004 * 0.1, rel=0.02)


def test_the_scope_says_whether_the_halls_overhead_is_counted(tmp_path: Path, library: Library) -> None:
    groups = _groups(tmp_path)
    bare = _impacts(groups, library, scope="it").total.impacts["energy"]
    hall = _impacts(groups, library, scope="facility").total.impacts["energy"]
    assert bare is not None and hall is not None
    assert 1.02 < hall.p50 / bare.p50 < 2


def test_rows_add_up_to_the_total_in_every_draw(tmp_path: Path, library: Library) -> None:
    whole = _impacts(_groups(tmp_path), library)
    for by in (("model",), ("team", "day"), ("zone", "hour"), ("month",), ("year", "model")):
        cut = _impacts(_groups(tmp_path), library, *by)
        assert cut.total.impacts["gwp"] == _close(whole.total.impacts["gwp"])
        assert sum(row.sums[0] for row in cut.rows) == len(ROWS)
        assert [row.key for row in cut.rows] == sorted(row.key for row in cut.rows)


def _close(quantity: Any) -> Any:
    class Close:
        def __eq__(self, other: object) -> bool:
            ends = [(getattr(other, end), getattr(quantity, end)) for end in ("p05", "p50", "p95")]
            return all(a == pytest.approx(b, rel=1e-9) for a, b in ends)

    return Close()


def test_what_shares_a_cause_is_wrong_together(tmp_path: Path, library: Library) -> None:
    """Two teams on one model: the interval of their sum is as wide as theirs, not narrower by the root of two."""
    rows = [("2026-01-01T00:10:00Z", 100, 10, "a", "FR", team) for team in ("blue", "red")]
    found = _impacts(_groups(tmp_path, rows), library, "team", scope="it")
    (one, other), total = found.rows, found.total
    for row in (one, other):
        q, t = row.impacts["energy"], total.impacts["energy"]
        assert q is not None and t is not None
        assert q.p95 / q.p05 == pytest.approx(t.p95 / t.p05, rel=1e-9)
        assert t.p95 == pytest.approx(2 * q.p95, rel=1e-9)


def test_the_footprint_is_that_of_the_assessment_with_the_same_causes(tmp_path: Path, library: Library) -> None:
    """An exact energy through `assess.footprint` as one activity, and through the sums of a log: the same interval."""
    rows = [("2026-01-01T00:10:00Z", 0, 0, "b", "FR", "")] * 7
    ours = _impacts(_groups(tmp_path, rows), library, b=serving(1000.0)).total.impacts
    common = ("FR", "", "cloud", "2026", "", "point(1.0)", "modelled", "x", "", "", "", "", 7.0, 1)
    sums = [GroupSum("electricity.it", *common), GroupSum("hardware.accelerator.h100-sxm5-80gb", *common)]
    theirs = footprint(sums, library, draws=DRAWS)
    for category in ("gwp", "water", "adpe", "pe", "ewaste", "energy"):
        assert theirs.total(category) == _close(ours[category])


def test_hourly_factors_weigh_each_hour(tmp_path: Path) -> None:
    hours = [
        {"zone": "FR", "hour": f"2026-01-01T{h:02d}", "gwp_gco2e_per_kwh": g, "source": "own", "locator": "m",
         "year": 2026, "confidence": "high"}
        for h, g in ((0, 50), (1, 500))
    ]  # fmt: skip
    library = Library.load(overlays=[write_overlay(tmp_path / "own", "grid_hourly", *hours)])
    rows = [("2026-01-01T00:10:00Z", 0, 0, "b", "FR", "")] * 3 + [("2026-01-01T01:10:00Z", 0, 0, "b", "FR", "")]
    found = impacts_of(
        _groups(tmp_path, rows), ("hour",), {A: serving(), B: serving(1000.0)}, library, Scope.named("it"), Method(),
        hourly=True, draws=DRAWS, seed=0,
    )  # fmt: skip
    use = [row.impacts["gwp"].p50 - row.embodied["gwp"].p50 for row in found.rows]  # type: ignore[union-attr]
    assert use == pytest.approx([3 * 0.05, 0.5], rel=0.25)


def test_many_keys_and_places_go_through_in_blocks(
    tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _impacts(_groups(tmp_path), library, "team", "hour", "zone")
    monkeypatch.setattr("treadlight.requests.impacts._KEYS_AT_ONCE", 2)
    monkeypatch.setattr("treadlight.requests.impacts._PROCESSES_AT_ONCE", 1)
    cut = _impacts(_groups(tmp_path), library, "team", "hour", "zone")
    assert [row.key for row in cut.rows] == [row.key for row in whole.rows]
    for one, other in zip(cut.rows, whole.rows, strict=True):
        assert one.impacts["gwp"] == _close(other.impacts["gwp"])
        assert one.sums == other.sums


def test_rows_set_aside_are_bounded_by_the_dearest_request(tmp_path: Path, library: Library) -> None:
    rows = [*ROWS, ("nonsense", 1, 1, "a", "FR", ""), ("2026-01-01T00:00:00Z", -5, 1, "a", "FR", "")]
    groups = _groups(tmp_path, rows)
    found = _impacts(groups, library, a=serving(1.0, 0.01, 0.1, gsd=1.5), b=serving(2.0))
    could, total = found.could_add["energy"], found.total.impacts["energy"]
    assert total is not None
    assert could.p05 == 0
    assert could.p50 == pytest.approx(2 * total.p50 / 5)
    # dearest: model a with 500 in and 50 out, 11 Wh, at the 95th percentile of its spread and of the hall's overhead
    assert could.p95 > 2 * 0.011 * Lognormal(1, 1.5).quantile(0.95)


def test_without_a_fault_nothing_could_be_added(tmp_path: Path, library: Library) -> None:
    assert _impacts(_groups(tmp_path), library).could_add == {}


def test_a_category_that_nothing_tells_of_is_unknown_and_never_zero(tmp_path: Path, library: Library) -> None:
    found = _impacts(_groups(tmp_path), library)
    assert found.coverage["water"] == 0.5  # of making accelerators no sourced figure is known
    assert found.total.embodied["water"] is None
    assert found.total.impacts["water"] is not None


def test_quantiles_are_those_of_numpy() -> None:
    from treadlight.requests.impacts import _quantiles

    samples = np.random.default_rng(1).lognormal(size=(3, 4, 1001))
    expected = np.moveaxis(np.quantile(samples, (0.05, 0.5, 0.95), axis=-1), 0, -1)
    assert _quantiles(samples) == pytest.approx(expected, rel=1e-12)


def test_coefficients_of_the_estimator_meet_the_sums_in_its_own_order(tmp_path: Path) -> None:
    """What the estimator says of requests one by one is what their sums cost here."""
    from treadlight.estimate.inference import InferenceInputs, TokenSums, token_coefficients
    from treadlight.requests.expression import SUMS
    from treadlight.requests.serving import serving_of, weights

    rows = [("2026-01-01T00:10:00Z", 1000, 100, "a", 300), ("2026-01-01T00:20:00Z", 50, 2000, "a", 0)]
    head = "time,tokens_in,tokens_out,model,cached"
    groups = merged([sum_log(write_csv_log(tmp_path / "a.csv", rows, head))], {}, (), 3600, None)
    known = InferenceInputs(params_total_b=70.0, hardware="H100", batch=16.0, tokens_in=500.0, tokens_out=1000.0)
    coefficients = token_coefficients(known, "it", 50, 0)
    ours = serving_of(coefficients, "")
    load = weights(np.stack([groups.column(name) for name in SUMS], axis=1))[0]
    one_by_one = TokenSums.of(np.array([1000.0, 50.0]), np.array([300.0, 0.0]), np.array([100.0, 2000.0]))
    assert ours.energy_kwh @ load * 1000 == pytest.approx(coefficients.wh(one_by_one), rel=1e-12)
    assert ours.device_hours @ load == pytest.approx(coefficients.device_hours(one_by_one), rel=1e-12)
