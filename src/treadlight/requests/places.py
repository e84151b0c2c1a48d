"""Places that a log names: those that the library has are kept, the others are unknown, and both are said."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from treadlight.core.errors import InputError
from treadlight.requests.groups import Groups

if TYPE_CHECKING:
    from treadlight.library.library import Library

__all__ = ["UnknownPlace", "place_notes", "refuse_unknown", "settled_places"]

_SAID = 8
_ROLES = ("zone", "region")


@dataclass(frozen=True, slots=True)
class UnknownPlace:
    """A zone or region that rows of a log name and the library does not have.

    Parameters
    ----------
    role
        ``zone`` or ``region``.
    near
        Names spelt alike; empty where there are none.
    """

    role: str
    name: str
    requests: int
    near: str = ""

    def __str__(self) -> str:
        near = f"; did you mean {self.near}?" if self.near else ""
        return f"{self.role} {self.name} ({self.requests} request{'' if self.requests == 1 else 's'}{near})"


def settled_places(groups: Groups, library: "Library") -> tuple[Groups, tuple[UnknownPlace, ...]]:
    """Sums whose places the library has, with what the log says kept beside them, and the places it does not have.

    Notes
    -----
    A request at a place that nobody knows used energy as any other. Its zone or region is taken for not stated: the
    other of the two answers, or else the world with its wide interval.
    """
    import pyarrow as pa

    table, found = groups.table, []
    for role in _ROLES:
        codes, names = groups.codes(role)
        refused = {i: error for i, name in enumerate(names) if (error := _refusal(library, role, name))}
        counts: Counter[int] = Counter()
        for code, n in zip(codes.tolist(), groups.column("n").tolist(), strict=True):
            counts[code] += int(n)
        found += [UnknownPlace(role, names[i], counts[i], _near(error)) for i, error in refused.items()]
        known = ["" if i in refused else name for i, name in enumerate(names)]
        table = table.append_column(f"said_{role}", table.column(role))
        column = pa.array([known[code] for code in codes.tolist()], pa.string())
        table = table.set_column(table.column_names.index(role), role, column)
    return replace(groups, table=table), tuple(found)


def refuse_unknown(unknown: Sequence[UnknownPlace]) -> None:
    """Nothing, if there is none.

    Raises
    ------
    InputError
        Naming them all, with what is spelt alike.
    """
    if unknown:
        remedy = "correct the log, or leave --strict out: they count as a place that is not known"
        raise InputError("names what the library does not have", field="LOG", value=_listed(unknown), remedy=remedy)


def place_notes(groups: Groups, unknown: Sequence[UnknownPlace], library: "Library") -> Iterator[str]:
    """What a reader must know of the places: those that nobody knows, and those that contradict each other."""
    if unknown:
        yield (
            f"not in the library: {_listed(unknown)}; counted by what else the row says of its place, or else as a "
            "place that is not known"
        )
    clashes = _clashes(groups, library)
    if clashes:
        pairs = ", ".join(f"{zone} with {region}" for zone, region in list(clashes)[:_SAID])
        rows = sum(clashes.values())
        said = "1 request names" if rows == 1 else f"{rows} requests name"
        yield f"{said} a zone and a region that lies elsewhere ({pairs}): the grid is the zone's"


def _listed(unknown: Iterable[UnknownPlace]) -> str:
    ordered = sorted(unknown, key=lambda place: -place.requests)
    more = f" and {len(ordered) - _SAID} more" if len(ordered) > _SAID else ""
    return ", ".join(map(str, ordered[:_SAID])) + more


def _clashes(groups: Groups, library: "Library") -> Mapping[tuple[str, str], int]:
    """Pairs of zone and region that cannot both be, and their requests."""
    pairs = groups.table.group_by(["zone", "region"], use_threads=False).aggregate([("n", "sum")]).to_pylist()
    found = {(row["zone"], row["region"]): int(row["n_sum"]) for row in pairs if row["zone"] and row["region"]}
    return {pair: n for pair, n in sorted(found.items()) if library.disagreement(*pair)}


def _refusal(library: "Library", role: str, name: str) -> InputError | None:
    try:
        library.check_place(**{role: name})
    except InputError as error:
        return error
    return None


def _near(error: InputError) -> str:
    found = re.search(r"did you mean ([^?;]+)", f"{error.what}; {error.remedy}")
    return found.group(1) if found else ""
