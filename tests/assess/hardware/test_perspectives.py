"""Two views of an inventory: both charge everything once, and they cannot be added together."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadlight.assess.hardware.description import read_device
from treadlight.assess.hardware.making import Bench
from treadlight.assess.hardware.perspectives import AMORTISED, ORGANISATION, holdings, shares_by_year
from treadlight.core.quantity import Quantity
from treadlight.ledger.assets import Asset

NOTHING = Quantity.exact(0.0, "kgCO2e")
DAYS = st.dates(date(2000, 1, 1), date(2040, 12, 31))


@given(DAYS, st.floats(0.1, 20), st.none() | st.integers(0, 9000))
def test_every_life_is_charged_once_whatever_happens(bought: date, years: float, kept_days: int | None) -> None:
    retired = None if kept_days is None else bought + timedelta(days=kept_days)
    shares = shares_by_year(bought, years, retired)
    assert sum(shares.values()) == pytest.approx(1)
    assert min(shares.values()) > 0
    assert min(shares) == bought.year
    if retired is not None and kept_days is not None and kept_days < years * 365.25:
        assert max(shares) == retired.year


def test_shares_by_hand() -> None:
    # bought on 1 July 2024, two years: 184 days, a year, 181.5 days of 730.5
    shares = shares_by_year(date(2024, 7, 1), 2.0)
    assert shares == {
        2024: pytest.approx(184 / 730.5),
        2025: pytest.approx(365 / 730.5),
        2026: pytest.approx(181.5 / 730.5),
    }


def test_an_early_retirement_is_charged_then() -> None:
    shares = shares_by_year(date(2024, 1, 1), 4.0, date(2025, 1, 1))
    assert shares == {2024: pytest.approx(366 / 1461), 2025: pytest.approx(1095 / 1461)}


def test_years_beyond_the_plan_bear_nothing() -> None:
    assert max(shares_by_year(date(2020, 1, 1), 3.0, date(2030, 1, 1))) == 2022


@pytest.fixture
def assets() -> list[Asset]:
    return [
        Asset("a", "H100 SXM", date(2024, 3, 1), 8, lifetime_years=4.0, retired=date(2026, 5, 1), fate="recycled"),
        Asset(
            "b",
            "server + 512 GB memory",
            date(2025, 1, 1),
            2,
            lifetime_years=5.0,
            retired=date(2026, 6, 1),
            fate="unknown",
        ),
    ]


def test_both_views_charge_the_same_in_the_end(bench: Bench, assets: list[Asset]) -> None:
    found = holdings(assets[:1], bench)
    bought = sum(year.bought["gwp"].p50 + year.discarded.get("gwp", NOTHING).p50 for year in found.purchases)
    spread = sum(year.impacts["gwp"].p50 for year in found.amortised)
    made = bench.made(read_device("H100 SXM", bench.library)).total[bench.row("gwp")]
    assert spread == pytest.approx(bought)
    assert spread == pytest.approx(8 * float(np.median(made)))


def test_the_whole_device_falls_into_its_year_of_purchase(bench: Bench, assets: list[Asset]) -> None:
    years = {year.year: year for year in holdings(assets, bench).purchases}
    assert [years[y].devices for y in (2024, 2025, 2026)] == [8, 2, 0]
    made = bench.made(read_device("H100 SXM", bench.library))
    whole = 8 * made.phase("manufacture").samples[bench.row("gwp")]
    assert years[2024].bought["gwp"].p50 == pytest.approx(float(np.median(whole)))
    assert years[2026].bought["gwp"].p95 == 0
    assert years[2026].discarded["gwp"].p50 > 0


def test_the_two_views_are_types_of_their_own_and_cannot_be_added(bench: Bench, assets: list[Asset]) -> None:
    found = holdings(assets, bench)
    assert {year.perspective for year in found.purchases} == {ORGANISATION}
    assert {year.perspective for year in found.amortised} == {AMORTISED}
    with pytest.raises(TypeError):
        found.purchases[0] + found.amortised[0]  # type: ignore[operator]


def test_unknown_water_is_absent_and_said(bench: Bench, assets: list[Asset]) -> None:
    found = holdings(assets, bench)
    for year in found.amortised:
        assert "water" not in year.impacts
        assert "water" in year.incomplete


def test_waste_by_year_and_fate_with_its_documented_share(bench: Bench, assets: list[Asset]) -> None:
    recycled, unknown = holdings(assets, bench).discarded
    assert (recycled.year, recycled.fate, recycled.devices) == (2026, "recycled", 8)
    assert recycled.mass == recycled.documented
    assert recycled.mass.p50 == pytest.approx(8 * 1.69, rel=0.05)  # type: ignore[union-attr]
    assert unknown.documented.p50 == pytest.approx(0.223 * unknown.mass.p50)  # type: ignore[union-attr]


@pytest.mark.parametrize("fate", ["reused", "landfill"])
def test_what_nobody_collected_is_not_documented(bench: Bench, fate: str) -> None:
    asset = Asset("a", "server", date(2020, 1, 1), retired=date(2026, 1, 1), fate=fate)
    found = holdings([asset], bench)
    assert found.discarded[0].documented.p95 == 0  # type: ignore[union-attr]
    gone = found.purchases[-1]
    assert ("gwp" in gone.discarded) == (fate == "reused")
    assert ("gwp" in gone.incomplete) == (fate == "landfill")


def test_an_asset_the_library_does_not_know_is_named_and_not_zero(bench: Bench) -> None:
    asset = Asset("x", "H100 SXN", date(2024, 1, 1))
    found = holdings([asset], bench)
    assert found.unreadable[0][0] == asset
    assert "no product" in found.unreadable[0][1]
    assert not found.amortised
