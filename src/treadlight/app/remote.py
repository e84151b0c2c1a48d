"""A server's ledger, read over its API: whoever sets TREADLIGHT_LEDGER to its address works with it as with a file."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import IO, Any, Never, cast
from urllib.parse import quote, urlencode

import msgspec

from treadlight.app.client import Client
from treadlight.core.activity import Activity
from treadlight.core.errors import InputError, LedgerError
from treadlight.ledger.access.stated import Fact
from treadlight.ledger.append import Appended
from treadlight.ledger.assets import Asset
from treadlight.ledger.codec import Item, body_of, item_of, kind_of, stamp
from treadlight.ledger.exchange import checked_entries
from treadlight.ledger.fold import Folded
from treadlight.ledger.query import Filter
from treadlight.ledger.records import GroupSum, Run, Trace, Window
from treadlight.ledger.store import Ledger
from treadlight.ledger.verify import Verification

__all__ = ["RemoteLedger"]

_PAGE = 1000
_KEYS = {"start": "start", "name": "name", "status": "status", "duration": "duration_s"}
_LISTS = {"activity": "activities", "run": "runs", "window": "windows", "trace": "traces"}


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
        more = [("superseded", "true")] if superseded else []
        for body in self._pages("/activities", "activities", f, more=more):
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

    def going(self) -> list[Folded]:
        """Runs that go on, as far as the server knows of them."""
        return [_folded(found) for found in self._client.get("/live")["runs"]]

    def windows(self, run_id: str) -> list[Window]:
        """Windows of a run, by their beginning."""
        return [cast(Window, _item("window", body)) for body in self._record(run_id)["windows"]]

    def trace(self, run_id: str) -> Trace | None:
        """Power over time of a run."""
        body = self._record(run_id)["trace"]
        return cast(Trace, _item("trace", body)) if body else None

    def head(self) -> tuple[str, int]:
        """Root of the chain and the number of entries; ``""`` and 0 for who sees only a part of the ledger."""
        health = self._client.get("/health")
        return str(health["root"] or ""), int(health["entries"] or 0)

    def site_facts(self) -> list[Fact]:
        """What is stated of the sites that one's token may see."""
        return msgspec.convert(self._client.get("/sites")["facts"], list[Fact])

    def state_site(self, name: str, facts: Mapping[str, str | None], source: str) -> list[str]:
        """State facts of a site for everybody, in the name of one's token, which must be an admin's."""
        body = msgspec.json.encode({"name": name, "source": source, **facts})
        return list(self._client.post("/sites", body)["changed"])

    def append(self, items: Iterable[Item], *, whole: bool = False, any_version: bool = False) -> Appended:
        """Have items taken in, runs after the activities that belong to them.

        Up to 5000 are taken in all or none; of more, `whole` or not, sending them again completes what broke off.
        """
        return self._send(iter(sorted(items, key=_late)))

    def assets(self) -> list[Asset]:
        """Refused: a server does not give its inventory away."""
        self._only_there("the inventory")

    def asset_versions(self, ident: str) -> list[tuple[str, Asset]]:
        """Refused, as `assets` is."""
        self._only_there("the inventory")

    def verify(self, root: str | None = None) -> Verification:
        """What the server finds when it checks its chain; whoever will not take its word verifies an export."""
        found = self._client.get(f"/verify?{urlencode([('root', root)] if root else [])}")
        return Verification(
            found["ok"], found["entries"], found["root"], found["broken"], found["reason"] or "", found["id"] or ""
        )

    def export(self, fp: IO[str]) -> int:
        """Write every entry as JSON lines, with the chain and a digest; returns how many entries."""
        lines, line = 0, ""
        for line in self._client.lines("/export"):
            fp.write(line)
            lines += 1
        if not line.startswith('{"digest"'):
            raise LedgerError("broke off before its end", field="export", value=self.name, remedy="export it again")
        return lines - 2

    def import_(self, fp: Iterable[str]) -> Appended:
        """Have the items of an export, or of JSON lines, taken in; every line is checked before the first is sent."""
        with tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as copy:
            for encoded in checked_entries(fp):
                copy.write(f'{{"kind":"{encoded.kind}","body":{encoded.body}}}\n')
            copy.seek(0)
            read = (msgspec.json.decode(line) for line in copy)
            return self._send((_item(line["kind"], line["body"]) for line in read), copy_=True)

    def _send(self, waiting: Iterator[Item], *, copy_: bool = False) -> Appended:
        total = Appended()
        while batch := list(islice(waiting, _PAGE * 5)):
            parts: dict[str, list[str]] = {"activity": [], "run": [], "window": [], "trace": []}
            for item in batch:
                if isinstance(item, Asset):
                    self._only_there("the inventory")
                parts[kind_of(item)].append(body_of(item))
            lists = ",".join(f'"{_LISTS[kind]}":[{",".join(bodies)}]' for kind, bodies in parts.items())
            body = f'{{{lists},"copy":{"true" if copy_ else "false"}}}'
            total += Appended(**self._client.post("/entries", body.encode()))
        return total

    def _only_there(self, what: str) -> Never:
        remedy = "do it where its database is, with TREADLIGHT_LEDGER set to that"
        raise InputError(f"{what} is not done over the network", field="ledger", value=self.name, remedy=remedy)

    def _record(self, ref: str) -> Any:
        return self._client.get(f"/records/{quote(ref, safe='')}")

    def _pages(
        self,
        path: str,
        name: str,
        f: Filter | None,
        limit: int | None = None,
        more: Sequence[tuple[str, str]] = (),
    ) -> Iterator[Any]:
        cursor, left = "", limit
        while left is None or left > 0:
            size = _PAGE if left is None else min(left, _PAGE)
            query = [*_query(f), *more, ("limit", str(size)), *([("cursor", cursor)] if cursor else [])]
            page = self._client.get(f"{path}?{urlencode(query)}")
            yield from page[name]
            left = None if left is None else left - size
            cursor = page["next"]
            if cursor is None:
                return


def _folded(found: Mapping[str, Any]) -> Folded:
    activities = [cast(Activity, _item("activity", body)) for body in found["activities"]]
    windows = [cast(Window, _item("window", body)) for body in found["windows"]]
    trace = cast(Trace, _item("trace", found["trace"])) if found["trace"] else None
    return Folded(cast(Run, _item("run", found["run"])), activities, windows, trace)


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


def _late(item: Item) -> bool:
    """Whether an item tells of a run, whose activities come first."""
    return kind_of(item) != "activity"
