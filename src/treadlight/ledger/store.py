"""The ledger: append-only, chained, on SQLite or PostgreSQL."""

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

from sqlalchemy import Connection, Select, and_, func, or_, select
from sqlalchemy.exc import DBAPIError

from treadlight.core.activity import Activity
from treadlight.core.errors import InputError, LedgerError, NotFoundError
from treadlight.ledger.access.all import Access
from treadlight.ledger.access.stated import Fact
from treadlight.ledger.append import Appended, Appender, chunks
from treadlight.ledger.assets import Asset
from treadlight.ledger.belonging import belonging_query, belonging_sums
from treadlight.ledger.chain import GENESIS
from treadlight.ledger.checked import Checked, read_checked, write_checked
from treadlight.ledger.codec import Item, item_of
from treadlight.ledger.database import Database
from treadlight.ledger.exchange import export_entries, import_entries
from treadlight.ledger.meant import encode_new
from treadlight.ledger.migrate import prepare
from treadlight.ledger.months import (
    counted_extent_query,
    counted_months_query,
    extent_query,
    month_of_hour,
    month_of_text,
    month_sums,
    months_between,
    months_query,
)
from treadlight.ledger.query import Filter, is_monthly, where_activity, where_run
from treadlight.ledger.ready import Ready
from treadlight.ledger.records import GroupSum, Run, Trace, Window
from treadlight.ledger.schema import VERSION, activity, correction, entry, part, profile, run
from treadlight.ledger.sums import group_sums, standing, sums_query, year_text
from treadlight.ledger.tally import behind, catch_up, counted, counted_after, counted_query
from treadlight.ledger.verify import Verification, verify, verify_further

__all__ = ["Appended", "Filter", "Ledger", "Verification"]

_BATCH = 5000
_OF_GROUP = GroupSum.__struct_fields__[:-3]  # all but run, amount and count
_OF_PROFILE = {"period": "year"}
_SORTS = {"start": run.c.start, "name": run.c.name, "status": run.c.status, "duration": run.c.duration_s}


class Ledger:
    """An open ledger; use `Ledger.open`, as a context manager or with `close`; else it is closed when it is let go."""

    def __init__(self, database: Database, tallied: bool = True) -> None:
        self._database = database
        weakref.finalize(self, database.close)
        self._profiles: dict[tuple[Any, ...], int] = {}
        self._projects: frozenset[str] | None = None
        self._tallied = tallied

    def only(self, projects: frozenset[str] | None) -> "Ledger":
        """This ledger as somebody sees it who may see these projects; None: all of them.

        Only what is read is narrowed. It shares the connections of this ledger and is closed with it.
        """
        if projects is None:
            return self
        narrowed = copy(self)
        narrowed._projects = projects if self._projects is None else projects & self._projects
        return narrowed

    def _seen(self, f: Filter | None) -> Filter:
        """`f`, narrowed to what may be seen."""
        return (f or Filter()) if self._projects is None else replace(f or Filter(), projects=self._projects)

    @classmethod
    def open(cls, url_or_path: str | Path, *, parents: bool = False) -> "Ledger":
        """The ledger at a path or database URL; an empty one is made where there is none.

        Parameters
        ----------
        parents
            Make missing directories too.

        Raises
        ------
        LedgerError
            If it cannot be opened, is something else, or was written by a newer treadlight.
        ConfigError
            If the URL names an unknown kind of database.
        MissingExtraError
            If the driver of its database is not installed.
        """
        if parents and "://" not in str(url_or_path):
            _make_parents(Path(url_or_path).expanduser())
        database = Database(url_or_path)
        try:
            version = prepare(database)
        except BaseException:
            database.close()
            raise
        return cls(database, version == VERSION)

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    @property
    def name(self) -> str:
        """Path or URL, without a password."""
        return self._database.name

    def access(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Access:
        """Tokens, members, sign-ins and the audit log that lie in this ledger's database."""
        return Access(self._database, now)

    def site_facts(self) -> list[Fact]:
        """What is stated of sites, by site and fact."""
        return self.access().stated.of("site")

    def state_site(self, name: str, facts: Mapping[str, str | None], source: str) -> list[str]:
        """State facts of a site for everybody, from this machine; the facts that changed."""
        return self.access().stated.state(f"site:{name}", facts, source, "local")

    def site_names(self) -> frozenset[str]:
        """Sites that activities name."""
        return frozenset(str(row[0]) for row in self._rows(self._profiles_of(profile.c.site)))

    def project_names(self) -> list[str]:
        """Projects that activities or runs belong to, in order."""
        of_runs = select(run.c.project).distinct().where(*where_run(self._seen(None)))
        found = {str(row[0]) for query in (self._profiles_of(profile.c.project), of_runs) for row in self._rows(query)}
        return sorted(found - {""})

    def run_counts(self) -> dict[str, tuple[int, str]]:
        """How many runs each project has, and when the newest began."""
        query = select(run.c.project, func.count(), func.max(run.c.start)).where(*where_run(self._seen(None)))
        return {str(name): (int(n), str(last)) for name, n, last in self._rows(query.group_by(run.c.project))}

    def _profiles_of(self, column: Any) -> Select[Any]:
        query = select(column).distinct().where(column != "")
        return query if self._projects is None else query.where(profile.c.project.in_(self._projects))

    def append(self, items: Iterable[Item], *, whole: bool = False, any_version: bool = False) -> Appended:
        """Append activities, runs, windows and traces.

        What the ledger already says is skipped; an item whose id is known with another content becomes a new entry that
        replaces it. Written in transactions of 5000 items, each all or nothing; once this returns, everything is safe.

        Parameters
        ----------
        whole
            Write all items or none, in one transaction; they are then held in memory.
        any_version
            Also skip what an earlier version of an item said, as when an old list is read in once more.

        Raises
        ------
        InputError
            If an item cannot be kept as it is, or its id is that of an item of another kind.
        LedgerError
            If the ledger cannot be written.
        """
        iterator = iter(items)
        total = Appended()
        while batch := [encode_new(item) for item in islice(iterator, None if whole else _BATCH)]:
            with self._appender(any_version) as appender:
                total += appender.add(batch)
        return total

    def append_ready(self, groups: Sequence[Ready]) -> list[Appended]:
        """Append groups of encoded items, all in one transaction; what each of them did. Safe only after `sync`.

        Raises
        ------
        InputError
            If one group cannot be kept; then none is, and the caller may try them one by one.
        """
        done = []
        with self._appender(lazily=True) as appender:
            for group in groups:
                before = appender.last
                done.append(appender.add(group.entries, group.projects))
                if group.note is not None:
                    group.note.write(appender.connection, before + 1, appender.last)
        return done

    def sync(self) -> None:
        """Wait until everything that was appended so far is on disk."""
        self._database.sync()

    @contextmanager
    def _appender(self, any_version: bool = False, *, lazily: bool = False) -> Iterator[Appender]:
        with self._database.writing(lazily=lazily) as connection:
            appender = Appender(connection, self._profiles, any_version)
            yield appender
        self._profiles |= appender.new_profiles

    def activities(self, f: Filter | None = None, *, superseded: bool = False) -> Iterator[Activity]:
        """Standing activities in the order they were appended; `superseded` gives those replaced by others too."""
        query = select(entry.c.body).join(activity, activity.c.seq == entry.c.seq)
        chosen = self._seen(f)
        query = query.where(*where_activity(chosen))
        if not superseded:
            query = query.where(standing(chosen))
        with (
            self._database.reading() as connection,
            connection.execution_options(yield_per=1000).execute(query.order_by(activity.c.seq)) as rows,
        ):
            for (body,) in rows:
                yield cast(Activity, item_of("activity", body))

    def bodies(
        self, f: Filter | None = None, *, after: int = 0, limit: int = 100, superseded: bool = False
    ) -> list[tuple[int, str]]:
        """Numbers and canonical JSON of standing activities in the order they were appended, from number `after` on."""
        query = select(entry.c.seq, entry.c.body).join(activity, activity.c.seq == entry.c.seq)
        query = query.where(*where_activity(self._seen(f)), activity.c.seq > after)
        query = query if superseded else query.where(activity.c.superseded == 0)
        return [(int(seq), str(body)) for seq, body in self._rows(query.order_by(activity.c.seq).limit(limit))]

    def runs_before(
        self, f: Filter | None = None, *, before: tuple[str, int] | None = None, limit: int = 100
    ) -> list[tuple[tuple[str, int], Run]]:
        """Runs, newest first, each with its place; `before` gives those that follow a place."""
        query = select(run.c.start, run.c.seq, entry.c.body).join(entry, entry.c.seq == run.c.seq)
        query = query.where(*where_run(self._seen(f)))
        if before is not None:
            start, seq = before
            query = query.where(or_(run.c.start < start, and_(run.c.start == start, run.c.seq < seq)))
        rows = self._rows(query.order_by(run.c.start.desc(), run.c.seq.desc()).limit(limit))
        return [((str(start), int(seq)), cast(Run, item_of("run", body))) for start, seq, body in rows]

    def activity(self, ident: str) -> Activity:
        """The activity with this id, or the only one whose id begins so, superseded or not."""
        query = select(entry.c.id, entry.c.body).join(activity, activity.c.seq == entry.c.seq)
        query = query.where(*where_activity(self._seen(None)))
        return cast(Activity, item_of("activity", self._only(query, entry.c.id, ident, "activity")))

    def sums(
        self, f: Filter | None = None, dims: Sequence[str] = ("component",), period: str = "year"
    ) -> list[GroupSum]:
        """Sums of standing activities by flow, place, period, cause, uncertainty, method and the dimensions asked for.

        Parameters
        ----------
        dims
            Some of component, stage, project, team, run; the others are empty in the answer.
        period
            ``year`` or ``hour``.
        """
        chosen = self._seen(f)
        with self._database.reading() as connection:
            held = counted(connection) if self._tallied and period == "year" and is_monthly(chosen) else None
            return group_sums(connection.execute(sums_query(chosen, dims, period, held)).all(), period)

    def counts(self) -> tuple[int, list[tuple[int, str, str, float, int]]]:
        """Number of entries, and sums of all standing activities: profile, month, run, amount and count."""
        with self._database.reading() as connection:
            held = counted(connection) if self._tallied else None
            return _counts(connection, counted_query() if held is None else select(held))

    def counts_after(self, entries: int) -> tuple[int, list[tuple[int, str, str, float, int]]] | None:
        """Number of entries, and the sums of those after so many; None: these changed sums of those before, too."""
        with self._database.reading() as connection:
            query = counted_after(connection, entries)
            return None if query is None else _counts(connection, query)

    def profiles(self, beyond: int = 0) -> list[tuple[int, GroupSum]]:
        """What activities have in common, by number, from a number on; as sums of nothing. They never change."""
        columns = [profile.c[_OF_PROFILE.get(name, name)] for name in _OF_GROUP]
        query = select(profile.c.id, *columns).where(profile.c.id > beyond).order_by(profile.c.id)
        found = ((number, dict(zip(_OF_GROUP, values, strict=True))) for number, *values in self._rows(query))
        return [
            (int(n), GroupSum(**{**of, "period": year_text(of["period"])}, run="", amount=0.0, count=0))
            for n, of in found
        ]

    def all_runs(self, known: Mapping[int, Run]) -> list[tuple[int, Run]]:
        """Every run with the number of its entry, newest first; those in `known` are not read again."""
        order = run.c.start.desc(), run.c.seq.desc()
        with self._database.reading() as connection:
            numbers = [int(n) for n in connection.scalars(select(run.c.seq).order_by(*order))]
            new = [n for n in numbers if n not in known]
            found: dict[int, Run] = {}
            for chunk in chunks(new):
                bodies = connection.execute(select(entry.c.seq, entry.c.body).where(entry.c.seq.in_(chunk)))
                found |= {int(n): cast(Run, item_of("run", body)) for n, body in bodies}
        return [(n, known[n] if n in known else found[n]) for n in numbers]

    def tally(self, most: int = _BATCH) -> int:
        """Let the sums kept ready take in at most so many entries; how many they still lack.

        Nothing depends on it but how fast questions are answered; a server does it when it is idle.
        """
        with self._database.reading() as connection:
            if behind(connection) == (0, 0):
                return 0
        with self._database.writing(lazily=True) as connection:
            return catch_up(connection, most)

    def corrections(self, limit: int) -> list[tuple[Activity, Activity | None]]:
        """The newest activities that supersede another, each with the one it replaces (None: it is not here)."""
        query = select(entry.c.body).join(correction, correction.c.seq == entry.c.seq)
        query = query.join(activity, activity.c.seq == entry.c.seq).where(*where_activity(self._seen(None)))
        news = cast(list[Activity], self._items("activity", query.order_by(correction.c.seq.desc()).limit(limit)))
        if not news:
            return []
        older = select(entry.c.body).join(activity, activity.c.seq == entry.c.seq)
        older = older.where(entry.c.id.in_([a.supersedes for a in news]), *where_activity(self._seen(None)))
        by_id = {item.id: item for item in cast(list[Activity], self._items("activity", older))}
        return [(new, by_id.get(new.supersedes)) for new in news]

    def months(self, f: Filter, since: datetime, until: datetime) -> list[tuple[datetime, GroupSum]]:
        """Sums of standing activities by month, component, stage, project and team, from `since` to before `until`.

        Whole months; times in `f` are left aside.
        """
        months = months_between(since, until)
        if not months:
            return []
        chosen = replace(self._seen(f), since=None, until=None)
        with self._database.reading() as connection:
            held = counted(connection) if self._tallied else None
            query = months_query(chosen, months) if held is None else counted_months_query(chosen, months, held)
            return month_sums(connection.execute(query).all(), months)

    def belonging(self, f: Filter, runs: Sequence[str]) -> list[tuple[str, GroupSum]]:
        """Sums of the standing activities of these runs (the empty text: of none) that name a system, each with it."""
        query = belonging_query(self._seen(f), runs, is_sqlite=self._database.is_sqlite)
        return belonging_sums(self._rows(query))

    def extent(self, f: Filter | None = None) -> tuple[datetime, datetime] | None:
        """Beginnings of the first and the last month with an activity; None where there is none."""
        chosen = self._seen(f)
        with self._database.reading() as connection:
            held = counted(connection) if self._tallied and is_monthly(chosen) else None
            query = extent_query(chosen) if held is None else counted_extent_query(chosen, held)
            first, last = connection.execute(query).one()
        month = month_of_hour if held is None else month_of_text
        return None if first is None else (month(first), month(last))

    def runs(
        self, f: Filter | None = None, *, sort: str = "start", descending: bool = True, limit: int | None = None
    ) -> list[Run]:
        """Runs, newest first unless sorted otherwise (start, name, status or duration)."""
        column = _SORTS.get(sort)
        if column is None:
            raise InputError("unknown order", field="sort", value=sort, remedy=f"use {', '.join(_SORTS)}")
        order = (column.desc(), run.c.seq.desc()) if descending else (column, run.c.seq)
        query = select(entry.c.body).join(run, run.c.seq == entry.c.seq).where(*where_run(self._seen(f)))
        return cast(list[Run], self._items("run", query.order_by(*order).limit(limit)))

    def run(self, ref: str) -> Run:
        """The run called ``last``, by id, by the beginning of its id, or by its name if only one has it.

        Raises
        ------
        NotFoundError
            If there is none, or more than one.
        """
        if ref == "last":
            newest = self.runs(limit=1)
            if not newest:
                raise NotFoundError(
                    "the ledger holds no run", field="run", value=ref, remedy="meter one: treadlight track"
                )
            return newest[0]
        query = select(run.c.id, entry.c.body).join(entry, entry.c.seq == run.c.seq).where(*where_run(self._seen(None)))
        named = self._rows(query.where(run.c.name == ref))
        exact = self._rows(query.where(run.c.id == ref))
        if len(named) == 1 and not exact:
            return cast(Run, item_of("run", named[0][1]))
        if named and not exact:
            ids = ", ".join(row[0] for row in named[:3])
            raise NotFoundError(
                f"{len(named)} runs have this name", field="run", value=ref, remedy=f"give an id, such as {ids}"
            )
        return cast(Run, item_of("run", self._only(query, run.c.id, ref, "run")))

    def windows(self, run_id: str) -> list[Window]:
        """Windows of a run, by their beginning."""
        found = cast(list[Window], self._items("window", self._parts(run_id, "window")))
        return sorted(found, key=lambda w: (w.t0_s, -w.t1_s))

    def trace(self, run_id: str) -> Trace | None:
        """Power over time of a run; None where nothing was read."""
        found = cast(list[Trace], self._items("trace", self._parts(run_id, "trace")))
        return found[-1] if found else None

    def parts(self, run_id: str) -> int:
        """How many standing entries tell of a run: itself, its activities, windows and trace."""
        with self._database.reading() as connection:
            counts = [
                connection.scalar(select(func.count()).select_from(table).where(column == run_id))
                for table, column in ((run, run.c.id), (activity, activity.c.run), (part, part.c.run))
            ]
        return sum(int(count or 0) for count in counts)

    def assets(self) -> list[Asset]:
        """Standing assets, by day of purchase; only those of the projects that may be seen."""
        query = select(entry.c.body).join(part, part.c.seq == entry.c.seq)
        query = query.where(part.c.run == "", part.c.kind == "asset").order_by(part.c.seq)
        found = cast(list[Asset], self._items("asset", query))
        seen = [a for a in found if self._projects is None or a.project in self._projects]
        return sorted(seen, key=lambda a: a.purchased)

    def asset_versions(self, ident: str) -> list[tuple[str, Asset]]:
        """Everything that was said of an asset, oldest first, each with the time at which it was said."""
        query = select(entry.c.at, entry.c.body).where(entry.c.id == ident, entry.c.kind == "asset")
        found = [(str(at), cast(Asset, item_of("asset", body))) for at, body in self._rows(query.order_by(entry.c.seq))]
        return [(at, a) for at, a in found if self._projects is None or a.project in self._projects]

    def head(self) -> tuple[str, int]:
        """Root of the chain (hash of the newest entry) and the number of entries."""
        with self._database.reading() as connection:
            row = connection.execute(select(entry.c.hash, entry.c.seq).order_by(entry.c.seq.desc()).limit(1)).first()
        return (str(row[0]), int(row[1])) if row is not None else (GENESIS, 0)

    def verify(self, root: str | None = None) -> Verification:
        """Check the chain and the query tables; with `root`, also that a published root is still part of it."""
        try:
            with self._database.snapshot() as connection:
                return verify(connection, root)
        except (DBAPIError, UnicodeDecodeError) as error:
            return Verification(False, 0, "", None, _unreadable(error))

    def checked(self) -> Checked:
        """How far the chain was checked as it grew, and when."""
        if not self._tallied:
            return Checked()
        with self._database.reading() as connection:
            return read_checked(connection)

    def check_further(self, most: int) -> Verification:
        """Check at most so many entries after those that were checked before, and note how far they hold."""
        before = Checked()
        try:
            with self._database.snapshot() as connection:
                before = read_checked(connection)
                found = verify_further(connection, before.entries, before.root, most)
        except (DBAPIError, UnicodeDecodeError) as error:
            return Verification(False, before.entries, before.root, None, _unreadable(error))
        if found.ok:
            self.note_checked(found)
        return found

    def note_checked(self, found: Verification) -> None:
        """Note how far the chain holds."""
        with self._database.writing(lazily=True) as connection:
            write_checked(connection, found.entries, found.root)

    def export(self, fp: IO[str]) -> int:
        """Write every entry as JSON lines, with the chain and a digest; returns how many entries."""
        with self._database.reading() as connection:
            return export_entries(connection, fp)

    def import_(self, fp: Iterable[str]) -> Appended:
        """Append the items of an export, or of JSON lines ``{"kind", "body"}``; all of them or none.

        Raises
        ------
        InputError
            If a line is not what it should be, naming it.
        """
        return import_entries(fp, lambda: self._appender(any_version=True))

    def _parts(self, run_id: str, kind: str) -> Select[Any]:
        joined = select(entry.c.body).join(part, part.c.seq == entry.c.seq)
        if self._projects is not None:
            joined = joined.where(part.c.run.in_(select(run.c.id).where(*where_run(self._seen(None)))))
        return joined.where(part.c.run == run_id, part.c.kind == kind).order_by(part.c.seq)

    def _items(self, kind: str, query: Select[Any]) -> list[Item]:
        return [item_of(kind, row[0]) for row in self._rows(query)]

    def _rows(self, query: Select[Any]) -> list[Any]:
        with self._database.reading() as connection:
            return list(connection.execute(query))

    def _only(self, query: Select[Any], column: Any, ref: str, kind: str) -> str:
        """Body of the entry whose id is, or alone begins with, `ref`."""
        found = self._rows(query.where(column == ref))
        if not found and ref:
            found = self._rows(query.where(column.startswith(ref, autoescape=True)).limit(3))
        if not found:
            raise NotFoundError(
                f"no such {kind}", field=kind, value=ref, remedy="`treadlight runs` lists what there is"
            )
        if len(found) > 1:
            ids = ", ".join(row[0] for row in found)
            raise NotFoundError("begins more than one id", field=kind, value=ref, remedy=f"give more of it: {ids}")
        return str(found[0][1])


def _unreadable(error: DBAPIError | UnicodeDecodeError) -> str:
    return f"the database cannot be read: {' '.join(str(getattr(error, 'orig', error)).split())}"


def _counts(connection: Connection, query: Select[Any]) -> tuple[int, list[tuple[int, str, str, float, int]]]:
    head = int(connection.scalar(select(func.max(entry.c.seq))) or 0)
    return head, [tuple(row) for row in connection.execute(query)]


def _make_parents(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(
            f"its directory cannot be made: {error.strerror}",
            field="ledger",
            value=str(path),
            remedy="set TREADLIGHT_LEDGER to a path that can be written",
        ) from None
