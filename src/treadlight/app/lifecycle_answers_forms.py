"""Answers as files: JSON for what people may read, arrays of numpy for draws; read back, they are what they were."""

import io
import json
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from treadlight.app.lifecycle_answers import Answers
from treadlight.assess.draws import Array
from treadlight.assess.lifecycle.parts import Estimated
from treadlight.core.activity import Location
from treadlight.core.distribution import parse
from treadlight.core.errors import InputError
from treadlight.ledger.records import GroupSum
from treadlight.library.process import Exchange, Process, Resolution, Source
from treadlight.library.system import Demand

__all__ = ["answers_of", "array_bytes", "array_of", "json_bytes", "members_of"]

_LIBRARY, _ESTIMATES, _LEDGER = "data/library.json", "data/estimates.json", "data/ledger.json"


def members_of(held: Answers) -> dict[str, bytes]:
    """The files of answers, by path."""
    sources = {e.source: None for p in held.processes.values() for e in p.exchanges}
    place = {source: i for i, source in enumerate(sources)}
    library = {
        "version": held.version,
        "digest": held.digest,
        "sources": [msgspec.to_builtins(source) for source in sources],
        "processes": [_process_form(process, place) for process in held.processes.values()],
        "answers": [{"demand": _plain(demand), "process": found} for demand, found in held.answers.items()],
    }
    estimates: list[dict[str, Any]] = []
    arrays: dict[str, bytes] = {}
    for i, (asked, found) in enumerate(held.estimates.items()):
        paths = [f"data/estimate-{i}-{k}.npy" for k in range(len(found))]
        arrays |= {path: array_bytes(each.worlds) for path, each in zip(paths, found, strict=True)}
        estimates.append({"asked": asked, "flows": [_estimate_form(e, p) for e, p in zip(found, paths, strict=True)]})
    sums = [{"asked": asked, "sums": [_plain(group) for group in found]} for asked, found in held.sums.items()]
    return {_LIBRARY: json_bytes(library), _ESTIMATES: json_bytes(estimates), _LEDGER: json_bytes(sums), **arrays}


def answers_of(members: Mapping[str, bytes]) -> Answers:
    """The answers that files hold.

    Raises
    ------
    InputError
        If they cannot be read.
    """
    try:
        library = json.loads(members[_LIBRARY])
        sources = [msgspec.convert(row, Source) for row in library["sources"]]
        processes = [_process_of(row, sources) for row in library["processes"]]
        answers = {msgspec.convert(row["demand"], Demand): row["process"] for row in library["answers"]}
        estimates = {row["asked"]: [_estimate_of(each, members) for each in row["flows"]]
                     for row in json.loads(members[_ESTIMATES])}  # fmt: skip
        sums = {row["asked"]: msgspec.convert(row["sums"], list[GroupSum]) for row in json.loads(members[_LEDGER])}
        version, digest = str(library["version"]), str(library["digest"])
    except (KeyError, TypeError, ValueError, msgspec.ValidationError) as error:
        what = f"holds data that cannot be read ({type(error).__name__}: {error})"
        raise InputError(what, field="ARCHIVE", remedy="ask for the archive again") from None
    return Answers(version, digest, {p.id: p for p in processes}, answers, estimates, sums)


def json_bytes(value: object) -> bytes:
    """JSON that is the same for the same value; numbers in full."""
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def array_bytes(array: Array) -> bytes:
    """An array as a file of numpy."""
    out = io.BytesIO()
    np.save(out, np.ascontiguousarray(array, dtype="<f8"), allow_pickle=False)
    return out.getvalue()


def array_of(data: bytes) -> Array:
    """The array of a file of numpy; never an object that runs code.

    Raises
    ------
    InputError
        If it is cut short, or no such file.
    """
    try:
        found: Array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        what = f"holds an array that cannot be read ({str(error).partition(chr(10))[0]})"
        raise InputError(what, field="ARCHIVE", remedy="ask for the archive again") from None
    return found.astype(np.float64, copy=False)


def _plain(value: object) -> Any:
    return msgspec.to_builtins(value)


def _process_form(process: Process, place: Mapping[Source, int]) -> dict[str, Any]:
    exchanges = [
        {"target": e.target, "amount": str(e.amount), "source": place[e.source], "cause": e.cause, "label": e.label}
        for e in process.exchanges
    ]
    named = {name: getattr(process, name) for name in ("id", "flow", "unit", "name", "phase", "location", "year")}
    return {**named, "unknown": list(process.unknown), "resolution": _plain(process.resolution), "exchanges": exchanges}


def _process_of(row: dict[str, Any], sources: list[Source]) -> Process:
    exchanges = tuple(
        Exchange(e["target"], parse(e["amount"]), sources[e["source"]], e["cause"], e["label"])
        for e in row["exchanges"]
    )
    return Process(
        row["id"], row["flow"], row["unit"], row["name"], exchanges, row["phase"], row["location"], row["year"],
        msgspec.convert(row["resolution"], Resolution), tuple(row["unknown"]),
    )  # fmt: skip


def _estimate_form(found: Estimated, path: str) -> dict[str, Any]:
    told = {"flow": found.flow, "period": found.period, "label": found.label, "basis": found.basis}
    return {**told, "location": _plain(found.location), "worlds": path}


def _estimate_of(row: dict[str, Any], members: Mapping[str, bytes]) -> Estimated:
    location = msgspec.convert(row["location"], Location)
    return Estimated(row["flow"], array_of(members[row["worlds"]]), location, row["period"], row["label"], row["basis"])
