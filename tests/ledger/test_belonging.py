"""Which system activities belong to that no run of a system holds."""

import pytest

from strategies_ledger import activity, run
from treadlight.core.activity import Subject
from treadlight.ledger.query import Filter
from treadlight.ledger.store import Ledger


def of(system, n, **changes):
    return activity(n, subject=Subject(project=changes.pop("project", "p"), system=system), **changes)


def test_bills_and_logs_are_summed_by_the_system_they_name_and_metered_runs_are_left_alone(ledger: Ledger) -> None:
    log, metered = run(1), run(2)
    ledger.append(
        [
            log, metered, of("answers", 1, amount=2.0, parent=""), of("answers", 2, amount=3.0, parent=""),
            of("answers", 3, amount=5.0, parent=log.id), of("search", 4, amount=7.0, parent=log.id),
            of("", 5, amount=11.0, parent=""), of("answers", 6, amount=13.0, parent=metered.id),
        ]
    )  # fmt: skip
    found: dict[tuple[str, str], float] = {}
    for system, group in ledger.belonging(Filter(), ["", log.id]):
        key = system, "log" if group.run == log.id else group.run
        found[key] = found.get(key, 0.0) + group.amount
    assert found == {("answers", ""): 5.0, ("answers", "log"): 5.0, ("search", "log"): 7.0}


def test_a_correction_counts_once_and_other_projects_stay_unseen(ledger: Ledger) -> None:
    first, other = of("answers", 1, amount=2.0, parent=""), of("answers", 2, amount=9.0, parent="", project="other")
    ledger.append([first, other, of("answers", 3, amount=4.0, parent="", supersedes=first.id)])
    seen = ledger.only(frozenset({"p"})).belonging(Filter(), [""])
    assert [(system, group.amount) for system, group in seen] == [("answers", pytest.approx(4.0))]
