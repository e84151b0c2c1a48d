"""A server's ledger, read over its API: whoever sets TREADLIGHT_LEDGER to its address works with it as with a file."""

from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, Never, cast
from urllib.parse import quote, urlencode

import msgspec

from treadlight.app.client import Client
from treadlight.core.activity import Activity
from treadlight.core.errors import InputError
from treadlight.ledger.append import Appended
from treadlight.ledger.assets import Asset
from treadlight.ledger.codec import Item, item_of, stamp
from treadlight.ledger.query import Filter
from treadlight.ledger.records import GroupSum, Run, Trace, Window
from treadlight.ledger.store import Ledger
from treadlight.ledger.verify import Verification

__all__ = ["RemoteLedger"]

_PAGE = 1000
_KEYS = {"start": "start", "name": "name", "status": "status", "duration": "duration_s"}


class RemoteLedger(Ledger):
    """The part of a server's ledger that one's token may read.

    Parameters
    ----------
    client
        Speaks to the server.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    @property
    def name(self) -> str:
        """Address of the server."""
        return self._client.url

    def activities(self, f: Filter | None = None, *, superseded: bool = False) -> Iterator[Activity]:
        """Standing activities in the order they were appended."""
        if superseded:
            self._only_there("superseded activities")
        for body in self._pages("/activities", "activities", f):
            yield cast(Activity, _item("activity", body))

    def activity(self, ident: str) -> Activity:
        """The activity with this id, or the only one whose id begins so."""
        return cast(Activity, _item("activity", self._client.get(f"/activities/{quote(ident, safe='')}")))

    def sums(
        self, f: Filter | None = None, dims: Sequence[str] = ("component",), period: str = "year"
    ) -> list[GroupSum]:
        """Sums of standing activities, made by the server."""
        query = [*_query(f), *(("by", dim) for dim in dims), ("period", period)]
        return msgspec.convert(self._client.get(f"/sums?{urlencode(query)}")["sums"], list[GroupSum])

    def runs(
        self, f: Filter | None = None, *, sort: str = "start", descending: bool = True, limit: int | None = None
    ) -> list[Run]:
        """Runs, newest first unless sorted otherwise (start, name, status or duration)."""
        if sort not in _KEYS:
            raise InputError("unknown order", field="sort", value=sort, remedy=f"use {', '.join(_KEYS)}")
        first = limit if sort == "start" and descending else None
        found = [cast(Run, _item("run", body)) for body in self._pages("/records", "runs", f, first)]
        if sort != "start" or not descending:
            found.sort(key=lambda run: getattr(run, _KEYS[sort]), reverse=descending)
        return found[:limit]

    def run(self, ref: str) -> Run:
        """The run called ``last``, by id, by the beginning of its id, or by its name if only one has it."""
        return cast(Run, _item("run", self._record(ref)["run"]))

    def windows(self, run_id: str) -> list[Window]:
        """Windows of a run, by their beginning."""
        return [cast(Window, _item("window", body)) for body in self._record(run_id)["windows"]]

    def trace(self, run_id: str) -> Trace | None:
        """Power over time of a run."""
        body = self._record(run_id)["trace"]
        return cast(Trace, _item("trace", body)) if body else None

    def head(self) -> tuple[str, int]:
        """Root of the chain and the number of entries."""
        health = self._client.get("/health")
        return str(health["root"]), int(health["entries"])

    def append(self, items: Iterable[Item], *, whole: bool = False, any_version: bool = False) -> Appended:
        """Refused: what is metered reaches a server as journals."""
        self._only_there("appending")

    def assets(self) -> list[Asset]:
        """Refused: a server does not give its inventory away."""
        self._only_there("the inventory")

    def asset_versions(self, ident: str) -> list[tuple[str, Asset]]:
        """Refused, as `assets` is."""
        self._only_there("the inventory")

    def verify(self, root: str | None = None) -> Verification:
        """Refused: only who holds the entries can check them."""
        self._only_there("verifying")

    def export(self, fp: IO[str]) -> int:
        """Refused: see ``/api/v1/export``."""
        self._only_there("exporting")

    def import_(self, fp: Iterable[str]) -> Appended:
        """Refused."""
        self._only_there("importing")

    def _record(self, ref: str) -> Any:
        return self._client.get(f"/records/{quote(ref, safe='')}")

    def _pages(self, path: str, name: str, f: Filter | None, limit: int | None = None) -> Iterator[Any]:
        cursor, left = "", limit
        while left is None or left > 0:
            size = _PAGE if left is None else min(left, _PAGE)
            query = [*_query(f), ("limit", str(size)), *([("cursor", cursor)] if cursor else [])]
            page = self._client.get(f"{path}?{urlencode(query)}")
            yield from page[name]
            left = None if left is None else left - size
            cursor = page["next"]
            if cursor is None:
                return

    def _only_there(self, what: str) -> Never:
        remedy = "do it where its database is, with TREADLIGHT_LEDGER set to that"
        raise InputError(f"{what} is not done over the network", field="ledger", value=self.name, remedy=remedy)


def _query(f: Filter | None) -> list[tuple[str, str]]:
    found = []
    for name in ("run", "project", "team", "stage", "component", "flow", "status", "name"):
        value = getattr(f, name, None)
        if value is not None:
            found.append((name, str(value)))
    for name in ("since", "until"):
        moment = getattr(f, name, None)
        if moment is not None:
            found.append((name, stamp(moment)))
    return found


def _item(kind: str, body: Any) -> Item:
    return item_of(kind, msgspec.json.encode(body))
