"""The importer interface: what an importer declares as data, and what it gives for what others measured.

An importer is one file ``treadlight/importers/formats/<name>.py`` with ``INFO`` (an `ImporterInfo`) and
``read(source, options)``, which yields `Imported`: a run with its activities, what a person should look at, and what
could not be used, each with its reason. The file is a `treadlight.importers.source.Source`, which knows about URLs,
compression, encodings and very long lines.

Rules that the contract tests hold every importer to:

- What is unknown is left out or flagged, and never becomes zero.
- Ids come from `content_id`: the tool's own id of the run where it has one, and the content. So the same row has the
  same id in every copy of a file, and in a file that has grown.
- Evidence names the importer, its version and the digest of the original (`evidence`).
- A row that cannot be used raises InputError inside `read`, which catches it and yields ``rejection(where, error)``.
  A file that cannot be used at all raises InputError out of `read`: nothing of it is imported.
- The place, project and team of `options.fill` stand in for what the file does not say; the caller applies them too,
  so most importers need not care.
"""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from difflib import get_close_matches
from typing import Protocol

from treadlight.core.activity import Activity, Evidence, EvidenceMethod
from treadlight.core.errors import InputError
from treadlight.core.ids import derived_id
from treadlight.core.plugins import names, plugin
from treadlight.core.text import clean
from treadlight.core.zones import time_zone as named_zone
from treadlight.importers.source import Source
from treadlight.ledger.records import Run

__all__ = [
    "FORMATS",
    "OWN_RUN",
    "Fill",
    "Imported",
    "Importer",
    "ImporterInfo",
    "Note",
    "Occurrences",
    "Option",
    "Options",
    "content_id",
    "evidence",
    "formats",
    "importer",
    "moment",
    "number",
    "rejection",
    "time_zone",
]

FORMATS = "treadlight.importers.formats"
"""The package of importers, and the group of third parties' entry points."""

OWN_RUN = "treadlight.run"
"""Label of a run that another treadlight exported: its id there. A ledger that holds that run takes in no copy."""

_MOST = 1e15  # beyond this, a number in any unit we read is a mistake
_ABSENT = ("", "nan", "null", "none", "na", "n/a")


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of an importer, given as ``--set name=value``.

    Parameters
    ----------
    name, meaning
        Such as ``timezone``, and what it does, in one line.
    default
        Used where it is not given; empty means nothing.
    """

    name: str
    meaning: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class ImporterInfo:
    """What an importer is, as data; every importer's module has one called ``INFO``.

    Parameters
    ----------
    name
        As in ``formats/<name>.py``.
    title
        For people.
    reads
        Which files it takes: their form, and where they come from.
    accepts
        Versions and shapes, old and new.
    gives
        Which activities and runs come of it, and by which method of evidence.
    error
        Relative error assumed, and how it is known.
    version
        Of this importer's method: raise it when the same file would give other activities.
    elsewhere
        Whether what is imported happened somewhere else than on this machine: then the site configured for this
        machine is not applied to activities without a place.
    partial
        Whether a file may hold only a part of a run, as one bill of a month: then what a later file of the same run
        does not say still stands. Otherwise the last file of a run has the say, and the rest is withdrawn.
    series_label
        Label of the activities that names their series, where each hour of a series is one amount: of an hour that
        two files hold, the one that covers more of it stands.
    charge_label
        Label of the activities that names the charge of a bill, or the record, that they are of, however later
        deliveries describe it and whatever options it is imported with.
    options
        Settings.
    """

    name: str
    title: str
    reads: str
    accepts: str
    gives: str
    error: str
    version: str = "1"
    elsewhere: bool = False
    partial: bool = False
    series_label: str = ""
    charge_label: str = ""
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Fill:
    """What stands in for what the file does not say. Empty means not given."""

    project: str = ""
    team: str = ""
    stage: str = ""
    zone: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """What the person who imports has said.

    Parameters
    ----------
    fill
        Stands in for what the file lacks.
    values
        Settings of the importer, by name; those not given have their default. Made by `Options.of`.
    """

    fill: Fill = Fill()
    values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, info: ImporterInfo, fill: Fill | None = None, given: Mapping[str, str] | None = None) -> "Options":
        """Options of an importer, with its defaults.

        Raises
        ------
        InputError
            If it has no option so called.
        """
        known = {option.name: option.default for option in info.options}
        for name, value in (given or {}).items():
            if name not in known:
                near = get_close_matches(name, known, 1)
                advice = f"did you mean {near[0]}?" if near else f"{info.name} has {', '.join(known) or 'no options'}"
                raise InputError("unknown option", field="--set", value=f"{name}={value}", remedy=advice)
            known[name] = value
        return cls(fill or Fill(), known)

    def text(self, name: str) -> str:
        """Value of an option; empty where it is neither given nor has a default."""
        return self.values.get(name, "")


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a place in the file.

    Parameters
    ----------
    where
        Such as ``row 3`` or ``line 12``; empty for the whole file.
    reason
        In words that stay the same from row to row, so that equal reasons can be counted.
    value
        The value concerned, shown shortened; empty for none.
    """

    where: str
    reason: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """What one row, run or file gives; any part may be missing.

    Parameters
    ----------
    run
        A run of the tool; its activities name it as their parent.
    activities
        Amounts of flows.
    flags
        What was taken in, and should be looked at; or a column that was ignored.
    rejected
        What was not taken in, and why.
    restated
        Labels, by name and value, of whose activities this file has the whole say: what an earlier import said under
        such a label, and this file does not, is withdrawn.
    parts
        Labels, by name and value, of whose activities this file may hold a part: what an earlier import said under
        them stays, and is counted.
    """

    run: Run | None = None
    activities: tuple[Activity, ...] = ()
    flags: tuple[Note, ...] = ()
    rejected: tuple[Note, ...] = ()
    restated: frozenset[tuple[str, str]] = frozenset()
    parts: frozenset[tuple[str, str]] = frozenset()


class Importer(Protocol):
    """A module (or object) that reads one format."""

    INFO: ImporterInfo
    read: Callable[[Source, Options], Iterator[Imported]]


def formats() -> list[str]:
    """Names of all importers: ours, then those of third parties."""
    return names(FORMATS)


def importer(name: str) -> Importer:
    """The importer so called.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    return plugin(FORMATS, name)  # type: ignore[return-value]


def content_id(*parts: str) -> str:
    """The UUIDv7 that always follows from `parts`: first the importer, then the tool's id of the run or the content.

    Its time is drawn from the content as well: most tools state local times, rounded to seconds, that shift when a file
    is written again, and one fact must not get two ids.
    """
    seed = hashlib.blake2b(
        "\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8, person=b"treadlight"
    ).digest()
    ms = int.from_bytes(seed, "big") % _SPAN_MS
    return derived_id(_EPOCH + timedelta(milliseconds=ms), *(clean(part) for part in parts), seed.hex())


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPAN_MS = 1 << 40  # until 2004: before any of these tools, so that no such id looks like that of a metered run


class Occurrences:
    """Tells equal rows of one file apart: the second of two equal rows is another fact, in every copy of the file."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def next(self, content: str) -> str:
        """How many times `content` came before, as text for `content_id`."""
        key = hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        self._seen[key] += 1
        return str(self._seen[key] - 1)


def evidence(info: ImporterInfo, source: Source, method: EvidenceMethod, basis: str) -> Evidence:
    """Evidence of an activity that `info` read from `source`."""
    return Evidence(method, basis, info.name, info.version, source.digest)


def rejection(where: str, error: InputError) -> Imported:
    """What comes of a row that cannot be used."""
    reason = f"{error.field}: {error.what}" if error.field else error.what
    value = "" if error.value is None else clean(error.value)[:80]
    return Imported(rejected=(Note(where, reason, value),))


def number(value: object, field: str, *, most: float = _MOST) -> float | None:
    """A number that is not negative; None where nothing is stated (empty, null, NaN as text).

    Parameters
    ----------
    value
        Text, or a number of JSON.
    most
        Above this it is a slip of units [the unit of the field].

    Raises
    ------
    InputError
        If it is no number, negative, infinite, NaN as a number, or implausibly large.
    """
    if value is None or (isinstance(value, str) and value.strip().lower() in _ABSENT):
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError("is no number", field=field, value=clean(value)[:80])
    try:
        found = float(value)
    except (ValueError, OverflowError):
        raise InputError("is no number", field=field, value=clean(value)[:80]) from None
    if not math.isfinite(found):
        raise InputError("is not finite", field=field, value=found)
    if found < 0:
        raise InputError("is negative", field=field, value=found)
    if found > most:
        raise InputError("is implausibly large: a slip of units?", field=field, value=found)
    return found


def time_zone(name: str) -> tzinfo:
    """The time zone that the option ``timezone`` names; UTC where it names none.

    Raises
    ------
    InputError
        If there is none so called.
    """
    return named_zone(name or "UTC", "timezone")


def moment(value: object, field: str, zone: tzinfo = UTC) -> datetime:
    """A time in UTC, from ISO 8601 text or from seconds, milliseconds, microseconds or nanoseconds since 1970.

    Parameters
    ----------
    zone
        Of a text that names none.

    Raises
    ------
    InputError
        If it is no time, or lies before 2000 or after 2100.
    """
    try:
        found = _moment(value, zone)
    except (ValueError, OverflowError, OSError):
        raise InputError("is no time", field=field, value=clean(value)[:60]) from None
    if not 2000 <= found.year < 2100:
        raise InputError("lies before 2000 or after 2100", field=field, value=clean(value)[:60])
    return found


def _moment(value: object, zone: tzinfo) -> datetime:
    if isinstance(value, str) and re.fullmatch(r"\d{9,}(\.\d+)?", value.strip()):
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value)
        while seconds > 1e11:  # the year 5138 in seconds: finer units are a thousandfold each
            seconds /= 1000
        return datetime.fromtimestamp(seconds, UTC)
    if not isinstance(value, str):
        raise ValueError
    found = datetime.fromisoformat(value.strip().replace(" UTC", "+00:00"))
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
