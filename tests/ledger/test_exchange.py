import io
import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strategies import items
from strategies_ledger import activity, mixed
from treadlight.core.errors import InputError, LedgerError
from treadlight.ledger.codec import Item, body_of
from treadlight.ledger.records import Run, RunStatus
from treadlight.ledger.store import Ledger


@pytest.fixture
def other(tmp_path: Path):  # type: ignore[no-untyped-def]
    with Ledger.open(tmp_path / "other.sqlite") as opened:
        yield opened


def exported(ledger: Ledger) -> list[str]:
    text = io.StringIO()
    ledger.export(text)
    return text.getvalue().splitlines(keepends=True)


def test_what_is_exported_is_imported_and_a_second_time_changes_nothing(ledger: Ledger, other: Ledger) -> None:
    ledger.append(mixed())
    ledger.append([activity(0, amount=77.0)])
    lines = exported(ledger)
    assert len(lines) == 2 + ledger.verify().entries
    assert other.import_(lines).appended == 10
    assert list(other.activities()) == list(ledger.activities())
    assert other.runs() == ledger.runs()
    assert other.sums(period="hour") == ledger.sums(period="hour")
    root = other.verify().root
    again = other.import_(lines)
    assert (again.appended, again.skipped) == (0, 10)
    assert other.verify().root == root
    assert other.activity(activity(0).id).amount == 77.0


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(items, min_size=1, max_size=4, unique_by=lambda i: i.id))
def test_anything_goes_through_an_export(lite: Ledger, other: Ledger, found: list[Item]) -> None:
    lite.append(found)
    other.import_(exported(lite))
    assert other.verify().ok
    assert other.verify().entries >= len(found)


def test_lines_written_by_hand_need_only_kind_and_body(lite: Ledger) -> None:
    line = json.dumps({"kind": "activity", "body": json.loads(body_of(activity(1)))}, indent=None)
    assert lite.import_([line + "\n", "\n"]).appended == 1
    assert list(lite.activities()) == [activity(1)]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1, exclude_max=True), st.sampled_from('0aZ}"'))
def test_one_changed_character_refuses_the_whole_file(lite: Ledger, other: Ledger, place: float, char: str) -> None:
    lite.append(mixed())
    text = "".join(exported(lite))
    at = int(place * len(text))
    changed = text[:at] + char + text[at + 1 :]
    if changed == text:
        return
    with pytest.raises(InputError, match="line"):
        other.import_(io.StringIO(changed))
    assert other.verify().entries == 0


def test_a_cut_export_is_refused_whole(lite: Ledger, other: Ledger) -> None:
    lite.append(mixed())
    lines = exported(lite)
    for cut in range(1, len(lines)):
        with pytest.raises(InputError, match=f"line {cut}"):
            other.import_(lines[:cut])
    with pytest.raises(InputError):
        other.import_([lines[0], *lines[2:]])
    with pytest.raises(InputError, match="after the digest"):
        other.import_([*lines, lines[1]])
    assert other.verify().entries == 0


BODY = json.loads(body_of(activity(1)))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (BODY | {"amuont": 1}, "amuont"),
        ({k: v for k, v in BODY.items() if k != "evidence"}, "evidence"),
        ({k: v for k, v in BODY.items() if k != "unit"}, "unit"),
        (BODY | {"unit": "MWh"}, "unit: does not fit the flow"),
        (BODY | {"amount": "1"}, "amount"),
        (BODY | {"amount": -1.0}, "amount: is negative"),
        (BODY | {"flow": "steam"}, "unknown flow"),
        (BODY | {"start": "2026-01-01T00:00:00"}, "start"),
        (BODY | {"end": "1999-01-01T00:00:00Z"}, "end"),
        (BODY | {"uncertainty": "lognormal(nan,2)"}, "median"),
        (BODY | {"stage": "dreaming"}, "stage"),
        (BODY | {"evidence": BODY["evidence"] | {"method": "guessed"}}, "guessed"),
        (BODY | {"evidence": BODY["evidence"] | {"x": 1}}, "x"),
        (BODY | {"id": ""}, "id"),
    ],
)
def test_bad_lines_are_refused_by_number_and_nothing_is_written(lite: Ledger, body: object, message: str) -> None:
    good = json.dumps({"kind": "activity", "body": json.loads(body_of(activity(5)))})
    with pytest.raises(InputError, match=f"line 2.*{message}"):
        lite.import_([good, json.dumps({"kind": "activity", "body": body})])
    assert lite.verify().entries == 0


@pytest.mark.parametrize(
    "line",
    [
        '{"kind":"activity","body":{"amount":NaN}}',
        '{"kind":"activity","body":{"amount":1e999}}',
        '{"kind":"cat","body":{}}',
        '{"kind":"run","body":[]}',
        '{"kind":"run","body":{},"extra":1}',
        '{"body":{}}',
        "[]",
        "{",
        "\x00",
        '{"schema":"treadlight.ledger/9"}',
    ],
)
def test_what_is_no_entry_is_refused(lite: Ledger, line: str) -> None:
    with pytest.raises(InputError, match="line 1"):
        lite.import_([line])


def test_an_id_that_is_not_the_bodys_is_refused(lite: Ledger) -> None:
    with pytest.raises(InputError, match="id: is not its body's"):
        lite.import_([json.dumps({"kind": "activity", "id": "x", "body": BODY})])


def test_a_full_disk_during_an_import_leaves_nothing_of_it(lite: Ledger, other: Ledger) -> None:
    lite.append([activity(i) for i in range(3000)])
    lines = exported(lite)
    with other._database.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        pages = raw.execute("PRAGMA page_count").fetchone()[0]  # type: ignore[attr-defined]
        raw.execute(f"PRAGMA max_page_count={pages + 100}")  # type: ignore[attr-defined]
    with pytest.raises(LedgerError, match="full"):
        other.import_(lines)
    found = other.verify()
    assert (found.ok, found.entries) == (True, 0)


class Nowhere(io.StringIO):
    """Forgets what is written."""

    size = 0

    def write(self, text: str) -> int:
        self.size += len(text)
        return len(text)


def test_an_export_needs_no_memory_for_the_whole_ledger(ledger: Ledger) -> None:
    when, note = datetime(2026, 1, 1, tzinfo=UTC), "x" * 2000
    ledger.append(Run(f"r{i}", "a", RunStatus.FINISHED, when, when, 0.0, notes=(note,)) for i in range(8000))
    ledger.export(Nowhere())  # whatever is made once
    target = Nowhere()
    tracemalloc.start()
    try:
        ledger.export(target)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert target.size > 16_000_000
    assert peak < target.size / 2
