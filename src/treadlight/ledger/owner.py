"""Whose records may be written: who writes for one project touches nothing of another's."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select

from treadlight.core.errors import InputError
from treadlight.ledger.access.schema import told
from treadlight.ledger.encoded import Encoded
from treadlight.ledger.schema import activity, entry, profile, run

__all__ = ["Owner"]


class _Subject(msgspec.Struct, frozen=True):
    project: str = ""


class _Whose(msgspec.Struct):
    subject: _Subject = _Subject()
    run: str = ""
    project: str = ""


class Owner:
    """Checks what is appended for some projects, within the transaction that appends it."""

    def __init__(self, connection: Connection, projects: frozenset[str]) -> None:
        self._connection = connection
        self._projects = projects

    def check(self, fresh: Sequence[Encoded], known: dict[str, list[tuple[str, str]]]) -> None:
        """Refuse entries of other projects, or that hang on another project's run or activity; a run that goes on, and
        of which only is told so far, is its project's too.

        Raises
        ------
        InputError
            Naming the field.
        """
        arriving = {e.id for e in fresh if e.kind == "run"}
        own = self._own({e.run for e in fresh if e.run} - arriving)
        going = self._told_elsewhere({e.run for e in fresh if e.run and e.run not in own} | arriving)
        for e in fresh:
            if e.run in going:
                raise _refused("id" if e.kind == "run" else "parent" if e.kind == "activity" else "run", e.run)
            if e.project is not None and e.project not in self._projects:
                raise _refused("subject.project", e.project)
            if e.run not in arriving and not own.get(e.run, e.project is not None):
                raise _refused("parent" if e.kind == "activity" else "run", e.run)
        self._check_superseded({e.supersedes for e in fresh if e.supersedes} - {e.id for e in fresh})

    def check_version(self, e: Encoded, body: str) -> None:
        """Refuse a new version of what belongs to another project."""
        whose = msgspec.json.decode(body, type=_Whose)
        if e.kind in ("activity", "run"):
            if whose.subject.project not in self._projects:
                raise _refused("id", e.id)
        elif e.kind == "asset":
            if whose.project not in self._projects:
                raise _refused("id", e.id)
        elif not self._own({whose.run}).get(whose.run):
            raise _refused("id", e.id)

    def _own(self, runs: set[str]) -> dict[str, bool]:
        """Of these runs, those that are known, and whether they are one's own."""
        if not runs:
            return {}
        query = select(run.c.id, run.c.project).where(run.c.id.in_(sorted(runs)))
        return {ident: project in self._projects for ident, project in self._connection.execute(query)}

    def _told_elsewhere(self, runs: set[str]) -> set[str]:
        """Of these runs, those that go on and are told of for other projects."""
        if not runs:
            return set()
        others = told.c.project.not_in(sorted(self._projects))
        return set(self._connection.scalars(select(told.c.run).where(told.c.run.in_(sorted(runs)), others).distinct()))

    def _check_superseded(self, ids: set[str]) -> None:
        if not ids:
            return
        joined = select(entry.c.id).join(activity, activity.c.seq == entry.c.seq)
        joined = joined.join(profile, profile.c.id == activity.c.profile)
        own = joined.where(entry.c.id.in_(sorted(ids)), profile.c.project.in_(sorted(self._projects)))
        for ident in sorted(ids - set(self._connection.scalars(own))):
            raise _refused("supersedes", ident, "send the activity that it replaces first")


def _refused(field: str, value: str, remedy: str = "write for the projects of your token") -> InputError:
    return InputError("does not belong to your projects", field=field, value=value, remedy=remedy)
