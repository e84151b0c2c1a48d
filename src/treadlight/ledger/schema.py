"""The ledger's tables, one definition for SQLite and PostgreSQL.

``entry`` is the ledger: append-only, chained. Everything else is an index over what its entries say, kept so that
questions are answered in SQL, and checked against the entries by `verify`:

- ``profile``: what activities have in common when they are summed (flow, place, year, cause, …), each once;
- ``activity``: the standing version of every activity, with its profile, hour and amount; its id stands in ``entry``;
- ``correction``: which activity supersedes which;
- ``run`` and ``part``: the standing versions of runs, and of their windows and traces; and of assets, of no run.
- ``tally``: sums of activities by profile, month and run, as far as ``progress`` says; ``stale``: of which profiles and
  months an older activity changed since. They lag behind and can be made anew at any time: see `tally`.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = [
    "PROFILE_COLUMNS",
    "VERSION",
    "activity",
    "correction",
    "entry",
    "metadata",
    "part",
    "profile",
    "progress",
    "run",
    "stale",
    "tally",
]

VERSION = "0006"
"""Revision of the schema; the newest file in ``migrations/versions`` has the same."""

metadata = MetaData()
_Seq = BigInteger().with_variant(Integer, "sqlite")  # SQLite's row id is its INTEGER PRIMARY KEY

entry = Table(
    "entry",
    metadata,
    Column("seq", _Seq, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("prev", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_entry_id", "id", "seq"),
)

PROFILE_COLUMNS = (
    "flow", "year", "zone", "region", "site", "cause", "uncertainty", "method", "component", "stage", "project", "team",
)  # fmt: skip
"""What activities of one profile share."""

profile = Table(
    "profile",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    *(Column(name, Integer if name == "year" else Text, nullable=False) for name in PROFILE_COLUMNS),
    UniqueConstraint(*PROFILE_COLUMNS, name="uq_profile"),
)

activity = Table(
    "activity",
    metadata,
    Column("seq", _Seq, primary_key=True, autoincrement=False),
    Column("profile", Integer, nullable=False),
    Column("start", Text, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("amount", Double, nullable=False),
    Column("run", Text, nullable=False),
    Column("superseded", SmallInteger, nullable=False),
    Index("ix_activity_sum", "superseded", "profile", "hour", "amount"),
    Index("ix_activity_run", "run"),
)

correction = Table(
    "correction",
    metadata,
    Column("seq", _Seq, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("supersedes", Text, nullable=False),
    Index("ix_correction_id", "id", unique=True),
    Index("ix_correction_supersedes", "supersedes"),
)

run = Table(
    "run",
    metadata,
    Column("seq", _Seq, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("start", Text, nullable=False),
    Column("duration_s", Double, nullable=False),
    Column("stage", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("team", Text, nullable=False),
    Index("ix_run_id", "id", unique=True),
    Index("ix_run_start", "start"),
)

part = Table(
    "part",
    metadata,
    Column("seq", _Seq, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("run", Text, nullable=False),
    Index("ix_part_id", "id", unique=True),
    Index("ix_part_run", "run"),
)

tally = Table(
    "tally",
    metadata,
    Column("profile", Integer, primary_key=True, autoincrement=False),
    Column("month", String(7), primary_key=True),
    Column("run", Text, primary_key=True),
    Column("amount", Double, nullable=False),
    Column("count", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

stale = Table(
    "stale",
    metadata,
    Column("profile", Integer, primary_key=True, autoincrement=False),
    Column("month", String(7), primary_key=True),
    Column("since_hour", Integer, nullable=False),
    Column("until_hour", Integer, nullable=False),
    sqlite_with_rowid=False,
)

progress = Table(
    "progress",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("seq", _Seq, nullable=False),
    Column("root", String(64), nullable=False),
    Column("at", Text, nullable=False),
)
