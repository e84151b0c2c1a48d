"""The tree behind a year of an inventory: its steps multiply and add up to the number that the page shows."""

from collections.abc import Iterator
from datetime import date

import pytest

from treadlight.assess.hardware.inventory_why import inventory_why
from treadlight.assess.hardware.making import Bench
from treadlight.assess.hardware.perspectives import AMORTISED, BOUGHT, DISPOSAL, holdings
from treadlight.core.errors import NotFoundError
from treadlight.core.quantity import Quantity
from treadlight.ledger.assets import Asset
from why_trees import adds_up, walk

ASSETS = [
    Asset("a", "server + 8 x H100 SXM + 2 TB memory", date(2023, 5, 1), 3, "nodes"),
    Asset("b", "A100 SXM4 80GB", date(2021, 6, 1), 8, retired=date(2025, 12, 31), fate="recycled"),
    Asset("c", "laptop", date(2021, 6, 1), 5, retired=date(2025, 6, 1), fate="reused"),
    Asset("d", "laptop", date(2021, 6, 1), 5, retired=date(2024, 6, 1), fate="landfill"),
    Asset("e", "NoSuchThing", date(2021, 6, 1), 5),
]


def _figures(bench: Bench, category: str) -> Iterator[tuple[str, int, Quantity | None]]:
    found = holdings(ASSETS, bench)
    for year in found.purchases:
        yield BOUGHT, year.year, year.bought.get(category)
        yield DISPOSAL, year.year, year.discarded.get(category)
    for life in found.amortised:
        yield AMORTISED, life.year, life.impacts.get(category)


@pytest.mark.parametrize("category", ["gwp", "adpe", "water", "ewaste"])
def test_every_figure_of_both_views_has_a_tree_that_comes_to_it(bench: Bench, category: str) -> None:
    seen = 0
    for view, year, quantity in _figures(bench, category):
        try:
            root = inventory_why(ASSETS, bench, view, year, category)
        except NotFoundError:
            assert quantity is None or quantity.p95 == 0  # nothing is charged in it
            continue
        adds_up(root)
        if quantity is not None and root.amount is not None:
            assert root.amount == pytest.approx(quantity.p50, rel=1e-6, abs=1e-9), (view, year)
            seen += 1
    assert seen >= (0 if category == "water" else 5)


def test_a_share_of_a_life_times_devices_times_what_is_sourced(bench: Bench) -> None:
    root = inventory_why(ASSETS[:1], bench, AMORTISED, 2024, "gwp")
    asset = root.children[0]
    count, share, device = asset.children
    assert (count.amount, asset.op, device.op) == (3, "product", "sum")
    lifetime = 1 / (share.amount or 0) * 366 / 365.25
    assert f"over {lifetime:.3g} years from 2023-05-01" in share.note
    assert any(node.source is not None and node.source.citation for node in walk(device))


def test_what_is_passed_on_is_charged_no_disposal(bench: Bench) -> None:
    laptop = inventory_why([ASSETS[2]], bench, AMORTISED, 2022, "ewaste")
    assert laptop.amount == 0
    assert any("its disposal alone" in node.note for node in walk(laptop))


def test_a_year_of_nothing_is_refused(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="is no year in which anything is charged"):
        inventory_why(ASSETS, bench, BOUGHT, 1999, "gwp")


def test_a_kind_of_device_is_unfolded_once(bench: Bench) -> None:
    alike = [Asset(str(i), "H100 SXM", date(2023, 5, 1), i) for i in range(1, 4)]
    first, *others = (asset.children[-1] for asset in inventory_why(alike, bench, BOUGHT, 2023, "gwp").children[:3])
    assert first.children and not any(other.children for other in others)
    assert [other.amount for other in others] == [first.amount] * 2
    assert {other.note for other in others} == {"unfolded above"}
