"""Filters, and what they mean in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, select

from treadlight.core.errors import InputError
from treadlight.ledger.codec import stamp
from treadlight.ledger.schema import activity, entry, profile, run

__all__ = ["Filter", "is_monthly", "numbers_of", "where_activity", "where_counted", "where_run"]

_FIRST = "-01T00:00:00.000000Z"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which activities or runs; what is None does not matter.

    Parameters
    ----------
    run
        Id of a run.
    project, team, stage, component, flow
        Exactly these; the empty text means not stated.
    since, until
        Whose start lies at or after `since` and before `until`; aware.
    status, name
        Of the run.
    runs
        Only of these runs.
    projects
        Only of these projects, whatever else is asked for.
    """

    run: str | None = None
    project: str | None = None
    team: str | None = None
    stage: str | None = None
    component: str | None = None
    flow: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    status: str | None = None
    name: str | None = None
    runs: frozenset[str] | None = None
    projects: frozenset[str] | None = None

    def __post_init__(self) -> None:
        for field in ("since", "until"):
            moment = getattr(self, field)
            if moment is not None and moment.tzinfo is None:
                raise InputError(
                    "has no time zone", field=field, value=moment.isoformat(), remedy="give it in UTC (…Z)"
                )
        if self.since is not None and self.until is not None and self.until < self.since:
            remedy = f"give a time after {_short(self.since)}"
            raise InputError("lies before since", field="until", value=_short(self.until), remedy=remedy)


def _short(moment: datetime) -> str:
    """A time as people write it: midnight UTC is the date alone."""
    return moment.isoformat().removesuffix("T00:00:00+00:00")


def numbers_of(ids: Sequence[str] | Select[tuple[str]]) -> Select[tuple[int]]:
    """Numbers of the entries that have these ids: of every version, of which query tables hold the standing one."""
    return select(entry.c.seq).where(entry.c.id.in_(ids))


def where_activity(f: Filter) -> list[ColumnElement[bool]]:
    """Conditions on the activity table."""
    return (_hours(f) if _is_hourly(f) else _period(f, activity.c.start)) + _where(f, activity)


def where_counted(f: Filter, counted: FromClause) -> list[ColumnElement[bool]]:
    """Conditions on sums by profile, month and run (see `tally.counted`), where `is_monthly`."""
    found: list[ColumnElement[bool]] = []
    if f.since is not None:
        found.append(counted.c.month >= stamp(f.since)[:7])
    if f.until is not None:
        found.append(counted.c.month < stamp(f.until)[:7])
    return found + _where(f, counted)


def is_monthly(f: Filter) -> bool:
    """Whether the period begins and ends where a month does, in UTC."""
    return all(moment is None or stamp(moment)[7:] == _FIRST for moment in (f.since, f.until))


def _where(f: Filter, table: FromClause) -> list[ColumnElement[bool]]:
    """Conditions on the columns profile and run of a table."""
    found: list[ColumnElement[bool]] = []
    if f.run is not None:
        found.append(table.c.run == f.run)
    if f.runs is not None:
        found.append(table.c.run.in_(sorted(f.runs)))
    shared = _same(profile, f, ("project", "team", "stage", "component", "flow")) + _allowed(profile, f)
    if shared:
        found.append(table.c.profile.in_(select(profile.c.id).where(*shared)))
    of_run = _same(run, f, ("status", "name"))
    if of_run:
        found.append(table.c.run.in_(select(run.c.id).where(*of_run)))
    return found


def where_run(f: Filter) -> list[ColumnElement[bool]]:
    """Conditions on the run table; a component or flow means that the run has such an activity."""
    found = _period(f, run.c.start) + _same(run, f, ("project", "team", "stage", "status", "name"))
    found += _allowed(run, f)
    if f.run is not None:
        found.append(run.c.id == f.run)
    if f.runs is not None:
        found.append(run.c.id.in_(sorted(f.runs)))
    shared = _same(profile, f, ("component", "flow"))
    if shared:
        having = select(activity.c.run).join(profile, profile.c.id == activity.c.profile).where(*shared)
        found.append(run.c.id.in_(having))
    return found


def _same(table: Any, f: Filter, names: tuple[str, ...]) -> list[ColumnElement[bool]]:
    return [table.c[name] == value for name in names if (value := getattr(f, name)) is not None]


def _allowed(table: Any, f: Filter) -> list[ColumnElement[bool]]:
    return [] if f.projects is None else [table.c.project.in_(sorted(f.projects))]


def _is_hourly(f: Filter) -> bool:
    """Whether the period begins and ends where an hour does."""
    return all(m is None or m.timestamp() % 3600 == 0 for m in (f.since, f.until))


def _hours(f: Filter) -> list[ColumnElement[bool]]:
    """A period by the number of the hour, which the index of sums covers, as it does not cover times as text."""
    found: list[ColumnElement[bool]] = []
    if f.since is not None:
        found.append(activity.c.hour >= int(f.since.timestamp() // 3600))
    if f.until is not None:
        found.append(activity.c.hour < int(f.until.timestamp() // 3600))
    return found


def _period(f: Filter, column: Any) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if f.since is not None:
        found.append(column >= stamp(f.since))
    if f.until is not None:
        found.append(column < stamp(f.until))
    return found
