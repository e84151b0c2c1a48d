"""What is told of runs that go on. It stands beside the ledger and is no part of it: nothing in it is final.

A run's end brings all of the run to the ledger, once; what was told of it before is then forgotten.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, inspect, select

from treadlight.core.activity import Activity
from treadlight.core.errors import InputError
from treadlight.ledger.access.schema import told
from treadlight.ledger.append import chunks
from treadlight.ledger.codec import Item, item_of, stamp
from treadlight.ledger.database import Database
from treadlight.ledger.encoded import Encoded
from treadlight.ledger.fold import Folded
from treadlight.ledger.records import Run, Trace, Window
from treadlight.ledger.schema import run as ended

__all__ = ["Telling", "Told", "forget"]


@dataclass(frozen=True, slots=True)
class Telling:
    """A run that goes on as far as it was told of, and when that was, by the server's clock."""

    folded: Folded
    heard_at: datetime


class Told:
    """What is told of runs that go on, in one database."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._now = database, now
        self._there = False

    def hear(self, run: Run, parts: Sequence[Encoded], projects: frozenset[str] | None = None) -> bool:
        """Keep what is new of a run; whether it tells more than was known.

        What was told before comes after what follows it where the network reorders; it is left out then. So is what
        the ledger holds already.

        Parameters
        ----------
        parts
            The run itself, its activities, windows and trace; those that were told before take the place of what was
            told of them.
        projects
            Only these projects' runs may be told of; None: everybody's.

        Raises
        ------
        InputError
            If a part is not the run's, or the run is another project's.
        """
        project = run.subject.project
        for e in parts:
            if e.run != run.id or e.project not in (None, project):
                raise InputError("is no part of this run", field=e.kind, value=e.id, remedy="tell of one run at a time")
        with self._database.writing(lazily=True) as connection:
            if connection.scalar(select(ended.c.id).where(ended.c.id == run.id)) is not None:
                return False
            before = connection.execute(select(told).where(told.c.run == run.id, told.c.id == run.id)).first()
            if before is not None and projects is not None and before.project not in projects:
                raise InputError("belongs to another project", field="run.id", value=run.id, remedy="use a fresh id")
            if before is not None and before.duration_s > run.duration_s:
                return False
            _keep(connection, run, {e.id: e for e in parts}, stamp(self._now()))
        return True

    def mark(self) -> str:
        """Another text whenever something was told."""
        rows = self._rows(select(func.max(told.c.heard_at), func.count()))
        return f"{rows[0][0]} {rows[0][1]}" if rows else ""

    def silent(self, since: datetime) -> list[Telling]:
        """Runs that nobody has told of for so long."""
        quiet = select(told.c.run).where(told.c.heard_at < stamp(since)).group_by(told.c.run)
        runs = {row.run for row in self._rows(quiet)}
        return [t for t in self.all() if t.folded.run.id in runs and t.heard_at < since] if runs else []

    def all(self, projects: frozenset[str] | None = None) -> list[Telling]:
        """Runs that go on, or did when they were heard of last, newest first.

        Parameters
        ----------
        projects
            Only theirs; None: everybody's.
        """
        chosen: list[ColumnElement[bool]] = [~exists().where(ended.c.id == told.c.run)]
        if projects is not None:
            chosen.append(told.c.project.in_(sorted(projects)))
        found: dict[str, list[Any]] = {}
        for row in self._rows(select(told).where(*chosen).order_by(told.c.run.desc(), told.c.id)):
            found.setdefault(row.run, []).append(row)
        return [_telling(run, rows) for run, rows in found.items()]

    def _rows(self, query: Any) -> list[Any]:
        with self._database.reading() as connection:
            if not self._there:  # an older ledger that cannot be written has no such table
                self._there = inspect(connection).has_table("told")
            return list(connection.execute(query)) if self._there else []


def forget(connection: Connection, runs: Sequence[str]) -> None:
    """Remove what was told of runs that the ledger now holds."""
    for some in chunks(runs):
        connection.execute(delete(told).where(told.c.run.in_(some)))


def _keep(connection: Connection, run: Run, parts: dict[str, Encoded], at: str) -> None:
    same = {"run": run.id, "project": run.subject.project, "duration_s": run.duration_s, "heard_at": at}
    for ids in chunks(list(parts)):
        connection.execute(delete(told).where(told.c.run == run.id, told.c.id.in_(ids)))
        rows = [{**same, "id": ident, "kind": parts[ident].kind, "body": parts[ident].body} for ident in ids]
        connection.execute(insert(told), rows)


def _telling(ident: str, rows: Sequence[Any]) -> Telling:
    items: dict[str, list[Item]] = {"run": [], "activity": [], "window": [], "trace": []}
    for row in rows:
        items[row.kind].append(item_of(row.kind, row.body))
    run = next(row for row in rows if row.id == ident)
    traces = cast(list[Trace], items["trace"])
    windows = sorted(cast(list[Window], items["window"]), key=lambda w: (w.t0_s, -w.t1_s))
    folded = Folded(
        cast(Run, items["run"][0]), cast(list[Activity], items["activity"]), windows, traces[-1] if traces else None
    )
    return Telling(folded, datetime.fromisoformat(run.heard_at))
