"""Bills that are delivered again: renamed, restated, retagged, cut or corrected, every charge counts once.

The shapes follow FOCUS, "Correction Handling" (replacement deliveries, corrections in a later billing period).
"""

from pathlib import Path

import pytest

from reading_imports import A100
from reading_imports import BILL_ROW as ROW
from reading_imports import bill as written
from treadlight.app.importing import Outcome, import_file
from treadlight.app.workspace import Workspace
from treadlight.core.errors import InputError
from treadlight.core.ids import new_id

BILL = ROW | {
    "BillingAccountId": "9",
    "BillingPeriodStart": "2026-09-01T00:00:00Z",
    "BillingPeriodEnd": "2026-10-01T00:00:00Z",
    "ChargeDescription": "$32.77 per hour",
    "Tags": '{"project": "vision"}',
}
SECOND = {"ChargePeriodStart": "2026-09-02T00:00:00Z", "ChargePeriodEnd": "2026-09-03T00:00:00Z"}
OCTOBER = {"BillingPeriodStart": "2026-10-01T00:00:00Z", "BillingPeriodEnd": "2026-11-01T00:00:00Z"}


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return Workspace()


def _import(workspace: Workspace, *rows: dict[str, str], name: str = "bill.csv", **settings: str) -> Outcome:
    return import_file(workspace, "focus", str(written(Path.cwd(), *rows, name=name)), settings=settings)


def _hours(workspace: Workspace) -> float:
    """Hours of machines with 8 GPUs that the ledger holds."""
    return sum(a.amount for a in workspace.ledger.activities() if a.flow == A100) / 8


def test_the_same_bill_under_another_name_adds_nothing(workspace: Workspace) -> None:
    _import(workspace, BILL, BILL | SECOND, name="september.csv")
    again = _import(workspace, BILL | SECOND, BILL, name="export-0002.csv")
    assert (again.activities.added, again.activities.replaced) == (0, 0)
    assert _hours(workspace) == 48


@pytest.mark.parametrize(
    "change",
    [
        {"ConsumedQuantity": "20"},
        {"ConsumedQuantity": "20", "ChargeDescription": "$30.00 per hour"},
        {"ConsumedQuantity": "20", "Tags": '{"project": "speech"}'},
        {"ConsumedQuantity": "20", "SubAccountName": "renamed"},
    ],
    ids=["amount", "price in the text", "tag", "name of the account"],
)
def test_what_a_later_delivery_says_of_a_charge_replaces_the_earlier(
    workspace: Workspace, change: dict[str, str]
) -> None:
    _import(workspace, BILL, BILL | SECOND)
    _import(workspace, BILL | change, BILL | SECOND, name="later.csv")
    assert _hours(workspace) == 20 + 24
    _import(workspace, BILL | change, BILL | SECOND, name="copy.csv")
    assert _hours(workspace) == 20 + 24
    assert workspace.ledger.verify().ok


def test_a_charge_that_has_another_tag_counts_for_the_project_that_is_named_now(workspace: Workspace) -> None:
    _import(workspace, BILL)
    _import(workspace, BILL | {"Tags": '{"project": "speech"}'})
    by_project = {a.subject.project for a in workspace.ledger.activities() if a.flow == A100 and a.amount}
    assert by_project == {"speech"}


def test_a_charge_that_is_now_zero_counts_no_more(workspace: Workspace) -> None:
    _import(workspace, BILL, BILL | SECOND)
    _import(workspace, BILL | {"ConsumedQuantity": "0"}, BILL | SECOND)
    assert _hours(workspace) == 24


def test_what_a_later_file_leaves_out_stays_unless_it_is_the_whole_bill(workspace: Workspace) -> None:
    _import(workspace, BILL, BILL | SECOND)
    part = _import(workspace, BILL, name="later.csv")
    assert _hours(workspace) == 48
    assert any("not in this one: kept" in group.reason for group in part.flagged)
    whole = _import(workspace, BILL, name="later.csv", delivery="whole")
    assert _hours(workspace) == 24
    assert any("withdrawn" in group.reason for group in whole.flagged)
    _import(workspace, BILL, BILL | SECOND, delivery="whole")
    assert _hours(workspace) == 48


def test_a_whole_bill_leaves_other_months_and_accounts(workspace: Workspace) -> None:
    _import(workspace, BILL, BILL | OCTOBER | {"BillingAccountId": "10", "SubAccountId": "2"})
    _import(workspace, BILL | SECOND, delivery="whole")
    assert _hours(workspace) == 48


def test_a_late_charge_in_the_next_bill_is_added_to_what_was_billed(workspace: Workspace) -> None:
    _import(workspace, BILL, name="september.csv")
    late = BILL | OCTOBER | {"ChargeClass": "Correction", "ConsumedQuantity": "2"}
    for _ in range(2):
        _import(workspace, late, name="october.csv")
    assert _hours(workspace) == 26


def test_a_reversal_and_what_stands_instead_are_one_change(workspace: Workspace) -> None:
    back = BILL | OCTOBER | {"ChargeClass": "Correction", "ConsumedQuantity": "-24"}
    instead = back | {"ConsumedQuantity": "20", "ChargeDescription": "corrected"}
    _import(workspace, BILL, name="september.csv")
    october = _import(workspace, back, instead, BILL | OCTOBER | SECOND, name="october.csv")
    assert _hours(workspace) == 48, "the correction cannot be taken off here, and must not be added"
    assert [(g.reason[:16], g.examples[0].value) for g in october.rejected] == [("corrects nothing", "-4")]
    Path("both").mkdir()
    for name in ("september.csv", "october.csv"):
        Path(name).rename(Path("both") / name)
    import_file(workspace, "focus", "both")
    assert _hours(workspace) == 20 + 24


def test_a_charge_that_was_corrected_by_hand_is_left_even_under_another_tag(workspace: Workspace) -> None:
    from dataclasses import replace

    _import(workspace, BILL)
    wrong = next(a for a in workspace.ledger.activities() if a.flow == A100)
    mended = replace(wrong, id=new_id(1.8e9), amount=80.0, supersedes=wrong.id)
    workspace.ledger.append([mended])
    for change in ({}, {"ConsumedQuantity": "23"}, {"Tags": '{"project": "speech"}'}):
        outcome = _import(workspace, BILL | change)
        assert _hours(workspace) == 10
    assert any("corrected by hand" in group.reason for group in outcome.flagged)


def test_the_word_null_is_no_name_of_anything(workspace: Workspace) -> None:
    row = BILL | dict.fromkeys(
        ("RegionId", "CommitmentDiscountStatus", "ChargeClass", "SubAccountName", "Tags"), "NULL"
    )
    outcome = _import(workspace, row)
    assert not outcome.rejected
    (found,) = [a for a in workspace.ledger.activities() if a.flow == A100]
    assert (found.location.region, found.subject.project) == ("", "")


def test_a_delivery_of_another_kind_is_refused(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="write parts or whole"):
        _import(workspace, BILL, delivery="all")
