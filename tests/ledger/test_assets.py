"""Assets in the ledger: kept like everything else, corrected by new versions, and never part of a sum."""

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from strategies_ledger import activity, mixed
from treadlight.core.errors import InputError
from treadlight.ledger.append import Appender
from treadlight.ledger.assets import FATES, Asset
from treadlight.ledger.codec import body_of, item_of
from treadlight.ledger.encoded import encode
from treadlight.ledger.store import Ledger

NODE = Asset("node", "H100 SXM", date(2026, 3, 1), 4, "node-7", 5.0, project="p1")


def test_an_asset_survives_the_round_trip() -> None:
    gone = replace(NODE, retired=date(2030, 3, 1), fate="recycled")
    for asset in (NODE, gone, Asset("x", "laptop", date(1999, 12, 31))):
        assert item_of("asset", body_of(asset)) == asset


def test_assets_are_read_back_verified_and_skipped_again(ledger: Ledger) -> None:
    ledger.append([*mixed(), NODE])
    root = ledger.verify().root
    assert ledger.assets() == [NODE]
    assert ledger.append([NODE]).skipped == 1
    assert ledger.verify() == ledger.verify(root)
    assert ledger.verify().ok


def test_a_correction_stands_and_what_was_said_before_is_kept(ledger: Ledger) -> None:
    gone = replace(NODE, retired=date(2028, 1, 1), fate="reused")
    ledger.append([NODE])
    assert ledger.append([gone]).superseded == 1
    assert ledger.assets() == [gone]
    assert [version for _, version in ledger.asset_versions("node")] == [NODE, gone]
    assert ledger.verify().ok


def test_an_old_list_read_in_again_does_not_undo_a_retirement(ledger: Ledger) -> None:
    gone = replace(NODE, retired=date(2028, 1, 1), fate="reused")
    ledger.append([NODE])
    ledger.append([gone])
    assert ledger.append([NODE], any_version=True).skipped == 1
    assert ledger.assets() == [gone]


def test_sums_and_runs_never_see_assets(ledger: Ledger) -> None:
    ledger.append([activity(i) for i in range(3)])
    before = ledger.sums(), ledger.runs(), list(ledger.activities())
    ledger.append([NODE])
    assert (ledger.sums(), ledger.runs(), list(ledger.activities())) == before


def test_assets_go_through_an_export(lite: Ledger, tmp_path: Path) -> None:
    lite.append([NODE])
    file = io.StringIO()
    lite.export(file)
    with Ledger.open(tmp_path / "other.sqlite") as other:
        other.import_(io.StringIO(file.getvalue()))
        assert other.assets() == [NODE]


def test_an_id_of_another_kind_is_refused(ledger: Ledger) -> None:
    first = activity(0)
    ledger.append([first])
    with pytest.raises(InputError, match="another kind"):
        ledger.append([replace(NODE, id=first.id)])


def test_who_sees_some_projects_sees_only_their_assets(ledger: Ledger) -> None:
    ledger.append([NODE, replace(NODE, id="other", project="p2")])
    assert [a.id for a in ledger.only(frozenset({"p1"})).assets()] == ["node"]
    assert ledger.only(frozenset({"p2"})).asset_versions("node") == []


def test_who_writes_for_one_project_touches_no_asset_of_another(ledger: Ledger) -> None:
    ledger.append([NODE])
    for asset in (replace(NODE, count=9, project="p2"), replace(NODE, id="new")):
        with ledger._database.writing() as connection, pytest.raises(InputError, match="your projects"):
            Appender(connection, {}).add([encode(asset)], frozenset({"p2"}))
    assert ledger.assets() == [NODE]


def test_a_changed_row_is_found(lite: Ledger) -> None:
    from sqlalchemy import update

    from treadlight.ledger.schema import part

    lite.append([NODE])
    with lite._database.writing() as connection:
        connection.execute(update(part).values(kind="window"))
    assert not lite.verify().ok


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("count", {"count": 0}),
        ("count", {"count": -3}),
        ("lifetime_years", {"lifetime_years": 0.0}),
        ("lifetime_years", {"lifetime_years": float("nan")}),
        ("lifetime_years", {"lifetime_years": 51.0}),
        ("retired", {"retired": date(2026, 2, 28), "fate": "recycled"}),
        ("fate", {"retired": date(2027, 1, 1)}),
        ("fate", {"retired": date(2027, 1, 1), "fate": "burnt"}),
        ("fate", {"fate": FATES[0]}),
        ("product", {"product": " "}),
        ("id", {"id": ""}),
        ("purchased", {"purchased": date(1066, 10, 14)}),
        ("retired", {"retired": date(9999, 1, 1), "fate": "unknown"}),
    ],
)
def test_an_asset_that_cannot_be_is_refused(field: str, changes: dict[str, object]) -> None:
    with pytest.raises(InputError) as caught:
        replace(NODE, **changes)  # type: ignore[arg-type]
    assert caught.value.field == field
