import random
import sqlite3
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strategies_ledger import mixed
from treadlight.core.canonical import canonical_json
from treadlight.core.errors import LedgerError
from treadlight.ledger.chain import GENESIS, link
from treadlight.ledger.schema import metadata
from treadlight.ledger.store import Ledger

TABLES = ("entry", "activity", "profile", "correction", "run", "part")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger's file, with activities, corrections, replaced versions, runs, windows and a trace."""
    path = tmp_path_factory.mktemp("filled") / "ledger.sqlite"
    with Ledger.open(path) as ledger:
        ledger.append(mixed())
        ledger.append([replace(item, labels={"again": "1"}) for item in mixed()[:3]])
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    return path


def contents(path: Path) -> dict[str, list[object]]:
    connection = sqlite3.connect(path)
    try:
        return {t: sorted(connection.execute(f"SELECT * FROM {t}"), key=repr) for t in TABLES}
    finally:
        connection.close()


def test_an_untouched_ledger_verifies(filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    path.write_bytes(filled.read_bytes())
    with Ledger.open(path) as ledger:
        found = ledger.verify()
        assert found.ok
        assert ledger.verify(root=found.root).ok


def test_the_hash_covers_what_the_page_says() -> None:
    body = {"at": "t", "body": {"a": 1}, "id": 'x"y', "kind": "run", "seq": 3}
    import hashlib

    wanted = hashlib.sha256(b"0" * 64 + canonical_json(body)).hexdigest()
    assert link(GENESIS, 3, "t", 'x"y', "run", '{"a":1}') == wanted


def fresh(filled: Path, folder: Path) -> Path:
    path = Path(tempfile.mkdtemp(dir=folder)) / "l.sqlite"
    path.write_bytes(filled.read_bytes())
    return path


def cells(path: Path) -> list[tuple[str, int, str]]:
    connection = sqlite3.connect(path)
    found = [
        (t, rowid, c.name)
        for t in TABLES
        for (rowid,) in connection.execute(f"SELECT rowid FROM {t}")
        for c in metadata.tables[t].columns
    ]
    connection.close()
    return found


def flip(path: Path, cell: tuple[str, int, str], rng: random.Random) -> int:
    """Change one character (or digit) of one stored value; gives the number of the first entry it concerns."""
    table, rowid, column = cell
    connection = sqlite3.connect(path)
    (value,) = connection.execute(f"SELECT {column} FROM {table} WHERE rowid=?", (rowid,)).fetchone()
    if isinstance(value, str):
        at = rng.randrange(len(value) + 1)
        changed: object = value[:at] + rng.choice([c for c in "aZ0{é" if c != value[at : at + 1]]) + value[at + 1 :]
    elif isinstance(value, float):
        changed = value + rng.choice([1e-9, 1.0, -2.0]) * max(1.0, abs(value))
    else:
        changed = value + rng.choice([-1000, 1000]) if column in ("seq", "id") else value + rng.choice([-1, 1])
    if table == "profile":
        (seq,) = connection.execute("SELECT min(seq) FROM activity WHERE profile=?", (rowid,)).fetchone()
    else:
        seq = rowid
    connection.execute(f"UPDATE {table} SET {column}=? WHERE rowid=?", (changed, rowid))
    connection.commit()
    connection.close()
    return -1 if seq is None else int(seq)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 1 << 32))
def test_one_flipped_character_in_any_column_is_named(filled: Path, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    path = fresh(filled, tmp_path)
    cell = rng.choice(cells(path))
    seq = flip(path, cell, rng)
    if seq < 0:
        return  # a profile no standing activity uses
    with Ledger.open(path) as ledger:
        found = ledger.verify()
    assert not found.ok, cell
    assert found.broken == seq, (cell, found)
    assert found.reason
    assert found.entries == seq - 1


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1, exclude_max=True), st.integers(0, 7))
def test_one_flipped_byte_of_the_file_is_found_or_changes_nothing(
    filled: Path, tmp_path: Path, place: float, bit: int
) -> None:
    path = fresh(filled, tmp_path)
    before = contents(path)
    changed = bytearray(filled.read_bytes())
    changed[int(place * len(changed))] ^= 1 << bit
    path.write_bytes(changed)
    try:
        with Ledger.open(path) as ledger:
            found = ledger.verify()
    except LedgerError:
        return
    if found.ok:
        assert contents(path) == before


@pytest.mark.parametrize("bit", range(8))
def test_any_flipped_bit_of_a_body_names_its_entry(filled: Path, tmp_path: Path, bit: int) -> None:
    whole = filled.read_bytes()
    connection = sqlite3.connect(filled)
    bodies = [row[0].encode() for row in connection.execute("SELECT body FROM entry ORDER BY seq")]
    connection.close()
    for seq, body in enumerate(bodies, 1):
        changed = bytearray(whole)
        changed[whole.index(body) + len(body) // 2] ^= 1 << bit
        path = fresh(filled, tmp_path)
        path.write_bytes(changed)
        with Ledger.open(path) as ledger:
            found = ledger.verify()
        assert (found.ok, found.broken, found.entries) == (False, seq, seq - 1), found


@pytest.mark.parametrize("table", ["entry", "activity", "correction", "run", "part"])
def test_a_removed_row_is_named(filled: Path, tmp_path: Path, table: str) -> None:
    path = tmp_path / "l.sqlite"
    path.write_bytes(filled.read_bytes())
    connection = sqlite3.connect(path)
    (seq,) = connection.execute(f"SELECT min(seq) FROM {table}").fetchone()
    connection.execute(f"DELETE FROM {table} WHERE seq=?", (seq,))
    connection.commit()
    connection.close()
    with Ledger.open(path) as ledger:
        assert ledger.verify().broken == seq


@pytest.mark.parametrize("table", ["activity", "correction", "run", "part"])
def test_a_row_too_many_is_named(filled: Path, tmp_path: Path, table: str) -> None:
    path = tmp_path / "l.sqlite"
    path.write_bytes(filled.read_bytes())
    connection = sqlite3.connect(path)
    names = ",".join("'x'" if c.name == "id" else c.name for c in metadata.tables[table].columns if c.name != "seq")
    connection.execute(f"INSERT INTO {table} SELECT 999, {names} FROM {table} LIMIT 1")
    connection.commit()
    connection.close()
    with Ledger.open(path) as ledger:
        found = ledger.verify()
    assert (found.ok, found.broken) == (False, 999)


def test_a_cut_tail_shows_only_against_a_published_root(filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    path.write_bytes(filled.read_bytes())
    with Ledger.open(path) as ledger:
        whole = ledger.verify()
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM entry WHERE seq=?", (whole.entries,))
    for table in TABLES[1:]:
        if table != "profile":
            connection.execute(f"DELETE FROM {table} WHERE seq=?", (whole.entries,))
    connection.commit()
    connection.close()
    with Ledger.open(path) as ledger:
        cut = ledger.verify()
        against = ledger.verify(root=whole.root)
    assert not against.ok
    assert against.broken in (whole.entries, cut.broken)


def test_a_ledger_that_grew_still_holds_its_older_root(lite: Ledger) -> None:
    items = mixed()
    lite.append(items[:4])
    root = lite.verify().root
    lite.append(items[4:])
    assert lite.verify(root=root).ok
    assert not lite.verify(root="f" * 64).ok
    assert lite.verify(root=GENESIS).ok


def test_tampering_is_found_on_postgres_too(ledger: Ledger) -> None:
    ledger.append(mixed())
    with ledger._database.writing() as connection:
        connection.exec_driver_sql("UPDATE activity SET amount = amount * 2 WHERE seq = 2")
    assert ledger.verify().broken == 2
