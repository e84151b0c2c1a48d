"""Data packages of Brightway: ``datapackage.json`` and arrays of numpy, in the form of bw_processing 1.x.

`inventory` holds the technosphere and the biosphere; each category is a package of its own, so that unlike things are
never characterised together. Every cell has its value with all inputs at their medians; as arrays stand the study's own
draws, column by column, so that what shares a cause shares its draw there too.

References
----------
bw_processing 1.6 (BSD-3): resources of kind indices, data, flip and distributions; matrices by name.
stats_arrays 4.0: ids of distributions (2 lognormal, 3 normal, 4 uniform, 5 triangular).
"""

import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from treadlight.assess.draws import Array
from treadlight.core.category import CATEGORIES
from treadlight.core.distribution import Distribution, Lognormal, Normal, Triangular, Uniform
from treadlight.share.charts import safe_csv
from treadlight.share.exchange.graph import Edge, Graph

__all__ = ["brightway_members"]

_INDICES = np.dtype([("row", np.int64), ("col", np.int64)])
_SPREAD = np.dtype(
    [("uncertainty_type", np.uint8), *((n, np.float32) for n in ("loc", "scale", "shape", "minimum", "maximum")),
     ("negative", np.bool_)]
)  # fmt: skip
_FLOWS = 1_000_000
"""Ids of elementary flows begin above this, those of processes at 1."""

Members = dict[str, bytes]


@dataclass
class _Cells:
    """Cells of one matrix: those of the same place are summed, as Brightway would."""

    inputs: bool
    held: dict[tuple[int, int], list[Edge]] = field(default_factory=dict)

    def add(self, row: int, col: int, edge: Edge | None = None) -> None:
        self.held.setdefault((row, col), []).extend([edge] if edge else [])

    def worlds(self, place: tuple[int, int]) -> Array | float:
        """What stands in a cell; of a process's own row, what it makes less what it takes of it."""
        taken: Array | float = 0.0
        for edge in self.held[place]:
            taken = taken + edge.worlds
        return 1.0 - taken if self._is_made(place) else taken

    def flipped(self, place: tuple[int, int]) -> bool:
        """Whether Brightway turns the sign: inputs are given as positive amounts."""
        return self.inputs and not self._is_made(place)

    def stated(self, place: tuple[int, int]) -> Distribution | None:
        """The distribution of a cell that is one figure, as stated."""
        edges = self.held[place]
        return edges[0].stated if len(edges) == 1 and not self._is_made(place) else None

    def _is_made(self, place: tuple[int, int]) -> bool:
        return self.inputs and place[0] == place[1]


def brightway_members(graph: Graph) -> Members:
    """Files of the packages by path, with a table of what the ids stand for and the scores to check them by."""
    ids = {node.id: i for i, node in enumerate(graph.nodes, 1)}
    flows = {name: _FLOWS + i for i, name in enumerate(graph.categories, 1)}
    technosphere, biosphere = _Cells(inputs=True), _Cells(inputs=False)
    for node in graph.nodes:
        technosphere.add(ids[node.id], ids[node.id])
        for edge in node.edges:
            if edge.target in flows:
                biosphere.add(flows[edge.target], ids[node.id], edge)
            else:
                technosphere.add(ids[edge.target], ids[node.id], edge)
    inventory = _Package(graph, "inventory")
    inventory.matrix("technosphere_matrix", "technosphere", technosphere)
    inventory.matrix("biosphere_matrix", "biosphere", biosphere)
    members = inventory.members()
    for name, flow in flows.items():
        package = _Package(graph, name)
        package.vector("characterization_matrix", "characterization", [(flow, flow)], np.ones(1))
        members |= package.members()
    members["labels.csv"] = _labels(graph, ids, flows)
    members["scores.json"] = _json(_scores(graph, ids))
    return members


class _Package:
    """One data package: its resources and their files."""

    def __init__(self, graph: Graph, name: str) -> None:
        self.graph, self.name = graph, name
        self.files: Members = {}
        self.resources: list[dict[str, Any]] = []

    def matrix(self, matrix: str, group: str, cells: _Cells) -> None:
        """A matrix as its central values with their distributions, and as draws where it is uncertain."""
        places = sorted(cells.held)
        worlds = {place: cells.worlds(place) for place in places}
        central = np.array([w if isinstance(w, float) else w[-1] for w in worlds.values()])
        flips = np.array([cells.flipped(place) for place in places])
        spread = _distributions([cells.stated(place) for place in places], central)
        self.vector(matrix, group, places, central, flips, spread)
        drawn = [place for place in places if not isinstance(worlds[place], float)]
        if drawn:
            columns = np.stack([np.asarray(worlds[place])[:-1] for place in drawn])
            flips = np.array([cells.flipped(place) for place in drawn])
            self._group(matrix, f"{group}-draws", "array", drawn, {"data": columns, "flip": flips})

    def vector(
        self,
        matrix: str,
        group: str,
        places: Sequence[tuple[int, int]],
        values: Array,
        flips: NDArray[np.bool_] | None = None,
        spread: NDArray[Any] | None = None,
    ) -> None:
        """A matrix with one value a cell."""
        self._group(matrix, group, "vector", places, {"data": values, "distributions": spread, "flip": flips})

    def _group(
        self, matrix: str, group: str, category: str, places: Sequence[tuple[int, int]],
        arrays: Mapping[str, NDArray[Any] | None],
    ) -> None:  # fmt: skip
        indices = np.array(places, dtype=_INDICES)
        for kind, array in {"indices": indices, **arrays}.items():
            if array is None or (kind == "flip" and not array.any()):
                continue
            path = f"{group}.{kind}.npy"
            self.files[path] = _npy(array)
            self.resources.append(
                {"profile": "data-resource", "format": "npy", "mediatype": "application/octet-stream",
                 "name": f"{group}.{kind}", "matrix": matrix, "kind": kind, "path": path, "group": group,
                 "category": category, "nrows": len(places)}
            )  # fmt: skip

    def members(self) -> Members:
        """The package's files, in a folder of its name."""
        files = {**self.files, "datapackage.json": _json(self._metadata())}
        return {f"{self.name}/{path}": data for path, data in files.items()}

    def _metadata(self) -> dict[str, Any]:
        result = self.graph.result
        date = result.study.goal.date
        day = date if re.fullmatch(r"\d{4}-\d{2}-\d{2}", date) else "1970-01-01"
        key = sha256(f"{result.digest} {result.library_digest} {result.seed} {result.draws} {self.name}".encode())
        licences = {e.source.licence: None for n in self.graph.nodes for e in n.edges if e.source}
        return {
            "profile": "data-package",
            "name": re.sub(r"[^\w.-]", "-", f"{result.study.id}-{self.name}"),
            "id": key.hexdigest()[:32],
            "licenses": [{"name": licence, "title": licence} for licence in sorted(licences)],
            "resources": self.resources,
            "created": f"{day}T00:00:00+00:00Z",
            "combinatorial": False,
            "sequential": True,
            "seed": None,
            "64_bit_indices": True,
            "sum_intra_duplicates": True,
            "sum_inter_duplicates": False,
            "matrix_serialize_format_type": "numpy",
            "description": f"treadlight study {result.digest}, library {result.library_version} "
            f"{result.library_digest}, {result.draws} draws from seed {result.seed}",
        }


def _npy(array: NDArray[Any]) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue()


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _distributions(stated: Sequence[Distribution | None], central: Array) -> NDArray[Any] | None:
    """Distributions as stats_arrays writes them; None where there is none. What is computed stands still there."""
    spread = np.zeros(len(central), dtype=_SPREAD)
    for name in ("scale", "shape", "minimum", "maximum"):
        spread[name] = np.nan
    spread["loc"] = central
    for i, distribution in enumerate(stated):
        for name, value in _parameters(distribution).items():
            spread[name][i] = value
    return spread if (spread["uncertainty_type"] > 1).any() else None


def _parameters(distribution: Distribution | None) -> dict[str, float]:
    if isinstance(distribution, Lognormal):
        return {"uncertainty_type": 2, "loc": float(np.log(distribution.median_)), "scale": distribution.sigma}
    if isinstance(distribution, Normal):
        return {"uncertainty_type": 3, "loc": distribution.mean_, "scale": distribution.sd_}
    if isinstance(distribution, Uniform):
        return {"uncertainty_type": 4, "minimum": distribution.low, "maximum": distribution.high}
    if isinstance(distribution, Triangular):
        ends = {"minimum": distribution.low, "maximum": distribution.high}
        return {"uncertainty_type": 5, "loc": distribution.mode, **ends}
    return {}


def _labels(graph: Graph, ids: Mapping[str, int], flows: Mapping[str, int]) -> bytes:
    rows: list[tuple[object, ...]] = [
        (ids[n.id], "process", n.id, n.name, n.unit, n.phase, n.location, " ".join(n.unknown)) for n in graph.nodes
    ]
    rows += [(i, "elementary flow", c, CATEGORIES[c].name, CATEGORIES[c].unit, "", "", "") for c, i in flows.items()]
    return safe_csv(("id", "kind", "key", "name", "unit", "phase", "location", "unknown categories"), rows).encode()


def _scores(graph: Graph, ids: Mapping[str, int]) -> dict[str, Any]:
    result = graph.result
    return {
        "schema": "treadlight.brightway/1",
        "study": {"id": result.study.id, "digest": result.digest},
        "library": {"version": result.library_version, "digest": result.library_digest},
        "functional_unit": result.study.scope.functional_unit.name,
        "systems": {
            system.id: {
                "id": ids[graph.systems[system.id]],
                "scores": {c: float(system.central[i]) for i, c in enumerate(result.categories)},
                "unknown": [c for c in result.categories if system.coverage[system.row(c)] < 1],
            }
            for system in result.systems
        },
    }
