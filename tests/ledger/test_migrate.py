import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, text

import treadlight
from strategies_ledger import activity
from treadlight.core.errors import LedgerError
from treadlight.ledger.database import Database
from treadlight.ledger.migrate import known_versions, upgrade
from treadlight.ledger.schema import VERSION, metadata
from treadlight.ledger.store import Ledger


def shape(connection: Connection) -> dict[str, object]:
    seen = inspect(connection)
    return {
        table: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(table)],
            seen.get_pk_constraint(table)["constrained_columns"],
            sorted((i["name"] or "", tuple(i["column_names"]), bool(i["unique"])) for i in seen.get_indexes(table)),
            [sorted(u["column_names"]) for u in seen.get_unique_constraints(table)],
        )
        for table in sorted(seen.get_table_names())
        if table != "alembic_version"
    }


@pytest.fixture
def another(place: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    if place.startswith("postgres"):
        make: Callable[[], str] = request.getfixturevalue("postgres")
        return make()
    return str(tmp_path / "another.sqlite")


def test_migrations_from_nothing_give_the_schema_of_today(place: str, another: str) -> None:
    migrated, created = Database(place), Database(another)
    with migrated.writing() as one, created.writing() as other:
        upgrade(one)
        metadata.create_all(other)
        assert shape(one) == shape(other)
        assert set(shape(one)) == set(metadata.tables)
        assert one.scalar(text("SELECT version_num FROM alembic_version")) == VERSION
    migrated.close()
    created.close()


def test_the_newest_migration_is_the_schemas_version() -> None:
    assert known_versions()[-1] == VERSION


def test_an_older_ledger_is_upgraded_when_it_is_opened(place: str) -> None:
    old = Database(place)
    with old.writing() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    old.close()
    with Ledger.open(place) as ledger:
        ledger.append([activity(1)])
        assert ledger.verify().ok
    with Ledger.open(place) as ledger:
        assert len(list(ledger.activities())) == 1


def test_an_older_ledger_keeps_what_it_holds_and_may_correct_it(place: str) -> None:
    with Ledger.open(place) as ledger:
        ledger.append([activity(i) for i in range(1, 30)])
        root = ledger.verify().root
    database = Database(place)
    with database.writing() as connection:  # as 0005 had it
        connection.execute(text("ALTER TABLE activity ADD COLUMN id TEXT NOT NULL DEFAULT ''"))
        connection.execute(text("UPDATE activity SET id = (SELECT id FROM entry WHERE entry.seq = activity.seq)"))
        connection.execute(text("CREATE UNIQUE INDEX ix_activity_id ON activity (id)"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0005'"))
    database.close()
    with Ledger.open(place) as ledger:
        assert len(list(ledger.activities())) == 29
        ledger.append([replace(activity(40), supersedes=activity(7).id), replace(activity(8), amount=77.0)])
        found = {a.id: a.amount for a in ledger.activities()}
        assert len(found) == 29
        assert activity(7).id not in found
        assert found[activity(8).id] == 77.0
        assert ledger.activity(activity(40).id[:-1]).id == activity(40).id
        assert ledger.verify(root=root).ok


def test_a_newer_ledger_is_refused_with_a_remedy(place: str) -> None:
    Ledger.open(place).close()
    database = Database(place)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(LedgerError, match=r"newer treadlight.*9999.*upgrade treadlight"):
        Ledger.open(place)


def test_opening_a_ledger_of_today_does_not_import_alembic(tmp_path: Path) -> None:
    code = (
        "import sys; from treadlight.ledger.store import Ledger; Ledger.open(sys.argv[1]).close();"
        "Ledger.open(sys.argv[1]).close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "l.sqlite")],
        env={"PYTHONPATH": str(Path(treadlight.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"
