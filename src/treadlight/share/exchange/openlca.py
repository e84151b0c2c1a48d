"""JSON-LD packages of openLCA: unit processes, flows, units, impact categories, in the form of olca-schema 2.

Impacts arise where the library states them, so each category has one elementary flow, characterised one for one.
openLCA has no way to say that something is unknown: the description of a process names the categories it lacks.

References
----------
GreenDelta: olca-schema (MPL-2.0), version 2: classes Process, Exchange, Flow, FlowProperty, UnitGroup, ImpactCategory,
ImpactMethod, Source, Uncertainty, and the folders of a package.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid5

from treadlight.core.category import CATEGORIES
from treadlight.core.distribution import Distribution, Lognormal, Normal, Triangular, Uniform
from treadlight.library.process import Source
from treadlight.share.exchange.graph import Edge, Graph, Node

__all__ = ["openlca_members"]

_SPACE = UUID("6f1f7a52-6a0e-5c9b-9d52-5d2f3c0f7a11")
_FOLDERS = {
    "UnitGroup": "unit_groups", "FlowProperty": "flow_properties", "Flow": "flows", "Process": "processes",
    "Source": "sources", "ImpactCategory": "lcia_categories", "ImpactMethod": "lcia_methods",
}  # fmt: skip

_Entity = dict[str, Any]


def openlca_members(graph: Graph) -> dict[str, bytes]:
    """Files of a package by path."""
    package = _Package(graph)
    entities = [*package.units(), *package.flows(), *package.sources(), *package.processes(), *package.method()]
    members = {f"{_FOLDERS[e['@type']]}/{e['@id']}.json": _json(e) for e in entities}
    return {"openlca.json": _json({"schemaVersion": 2}), **members}


class _Package:
    """Entities of a graph; ids follow from what they name, so that one study gives the same package every time."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.scope = f"{graph.result.study.id} {graph.result.digest} {graph.result.library_digest}"
        self.nodes = {node.id: node for node in graph.nodes}

    def _id(self, kind: str, name: str) -> str:
        shared = kind in ("unit group", "unit", "property", "category flow")
        return str(uuid5(_SPACE, f"{kind}: {name}" if shared else f"{self.scope} {kind}: {name}"))

    def _ref(self, type_: str, kind: str, name: str, title: str = "") -> _Entity:
        return {"@type": type_, "@id": self._id(kind, name), "name": title or name}

    def _root(self, type_: str, kind: str, name: str, title: str = "") -> _Entity:
        return {**self._ref(type_, kind, name, title), "version": "01.00.000"}

    def units(self) -> Iterator[_Entity]:
        """Unit groups and quantities: one of each for every unit."""
        wanted = [n.unit for n in self.graph.nodes] + [CATEGORIES[c].unit for c in self.graph.categories]
        for unit in dict.fromkeys(wanted):
            held = {**self._ref("Unit", "unit", unit), "conversionFactor": 1.0, "isRefUnit": True}
            group = self._root("UnitGroup", "unit group", unit, f"Units of {unit}")
            yield {**group, "units": [held], "defaultFlowProperty": self._property(unit)}
            quantity = {**self._root("FlowProperty", "property", unit, f"Amount in {unit}")}
            yield {**quantity, "flowPropertyType": "PHYSICAL_QUANTITY",
                   "unitGroup": self._ref("UnitGroup", "unit group", unit, f"Units of {unit}")}  # fmt: skip

    def _property(self, unit: str) -> _Entity:
        return self._ref("FlowProperty", "property", unit, f"Amount in {unit}")

    def flows(self) -> Iterator[_Entity]:
        """The product of every process, and one elementary flow a category."""
        for node in self.graph.nodes:
            yield self._flow(self._root("Flow", "product", node.id, node.name), "PRODUCT_FLOW", node.unit)
        for name in self.graph.categories:
            category = CATEGORIES[name]
            yield self._flow(self._root("Flow", "category flow", name, category.name), "ELEMENTARY_FLOW", category.unit)

    def _flow(self, flow: _Entity, kind: str, unit: str) -> _Entity:
        factor = {"@type": "FlowPropertyFactor", "conversionFactor": 1.0, "isRefFlowProperty": True,
                  "flowProperty": self._property(unit)}  # fmt: skip
        return {**flow, "flowType": kind, "flowProperties": [factor]}

    def sources(self) -> Iterator[_Entity]:
        """Where factors come from."""
        found = {e.source: None for n in self.graph.nodes for e in n.edges if e.source}
        for source in found:
            held = {"textReference": f"{source.citation}; {source.locator}", "url": source.url,
                    "description": f"licence: {source.licence}; confidence: {source.confidence}"}  # fmt: skip
            year = {"year": source.year} if source.year else {}
            yield {**self._root("Source", "source", _key(source), source.citation[:120]), **held, **year}

    def processes(self) -> Iterator[_Entity]:
        """Every process with its product, its inputs and its impacts."""
        for node in self.graph.nodes:
            edges = [self._exchange(edge, i) for i, edge in enumerate(node.edges, 2)]
            refs = {_key(e.source): self._ref("Source", "source", _key(e.source), e.source.citation[:120])
                    for e in node.edges if e.source}  # fmt: skip
            documented = {
                "@type": "ProcessDocumentation",
                "sources": list(refs.values()),
                "geographyDescription": node.location or "not stated",
                "intendedApplication": self.graph.result.study.goal.purpose,
            }
            yield {
                **self._root("Process", "process", node.id, node.name),
                "processType": "UNIT_PROCESS",
                "defaultAllocationMethod": "NO_ALLOCATION",
                "description": _described(node),
                "processDocumentation": documented,
                "exchanges": [self._product(node), *edges],
                "lastInternalId": len(edges) + 1,
            }

    def _product(self, node: Node) -> _Entity:
        flow = self._ref("Flow", "product", node.id, node.name)
        return {"@type": "Exchange", "internalId": 1, "isQuantitativeReference": True, "isInput": False, "amount": 1.0,
                "flow": flow, "flowProperty": self._property(node.unit),
                "unit": self._ref("Unit", "unit", node.unit)}  # fmt: skip

    def _exchange(self, edge: Edge, number: int) -> _Entity:
        node = self.nodes.get(edge.target)
        unit = node.unit if node else CATEGORIES[edge.target].unit
        flow = (
            self._ref("Flow", "product", node.id, node.name)
            if node
            else self._ref("Flow", "category flow", edge.target, CATEGORIES[edge.target].name)
        )
        held: _Entity = {
            "@type": "Exchange", "internalId": number, "isQuantitativeReference": False, "isInput": node is not None,
            "amount": edge.central, "flow": flow, "flowProperty": self._property(unit),
            "unit": self._ref("Unit", "unit", unit), "description": _told(edge),
        }  # fmt: skip
        if node:
            held["defaultProvider"] = self._ref("Process", "process", node.id, node.name)
        uncertainty = _uncertainty(edge.stated)
        return {**held, "uncertainty": uncertainty} if uncertainty else held

    def method(self) -> Iterator[_Entity]:
        """The categories, and the method that holds them; no normalisation, no weighting."""
        refs = []
        for name in self.graph.categories:
            category = CATEGORIES[name]
            factor = {"@type": "ImpactFactor", "value": 1.0, "unit": self._ref("Unit", "unit", category.unit),
                      "flow": self._ref("Flow", "category flow", name, category.name),
                      "flowProperty": self._property(category.unit)}  # fmt: skip
            yield {**self._root("ImpactCategory", "category", name, category.name), "refUnit": category.unit,
                   "description": category.method, "impactFactors": [factor]}  # fmt: skip
            refs.append(self._ref("ImpactCategory", "category", name, category.name))
        title = f"treadlight, library {self.graph.result.library_version}"
        yield {**self._root("ImpactMethod", "method", "treadlight", title), "impactCategories": refs,
               "description": "Categories stand apart: neither normalised nor weighted."}  # fmt: skip


def _key(source: Source) -> str:
    return f"{source.id} {source.citation} {source.locator} {source.year}"


def _described(node: Node) -> str:
    phase = f"phase: {node.phase}"
    return f"{phase}; not known, although not zero: {', '.join(node.unknown)}" if node.unknown else phase


def _told(edge: Edge) -> str:
    """What an amount is, where it comes from, and how uncertain it is where openLCA has no form for that."""
    words = [edge.label]
    if edge.source:
        words.append(f"{edge.source.citation}, {edge.source.locator}")
    if not isinstance(edge.worlds, float) and _uncertainty(edge.stated) is None:
        ends = sorted(float(x) for x in edge.worlds[:-1])
        low, high = ends[len(ends) // 20], ends[-1 - len(ends) // 20]
        words.append(f"p05 {low:.6g}, p95 {high:.6g}, computed from other figures or observed")
    return "; ".join(word for word in words if word)


def _uncertainty(stated: Distribution | None) -> _Entity | None:
    if isinstance(stated, Lognormal):
        return _spread("LOG_NORMAL", geomMean=stated.median_, geomSd=stated.gsd)
    if isinstance(stated, Normal):
        return _spread("NORMAL", mean=stated.mean_, sd=stated.sd_)
    if isinstance(stated, Uniform):
        return _spread("UNIFORM", minimum=stated.low, maximum=stated.high)
    if isinstance(stated, Triangular):
        return _spread("TRIANGLE", minimum=stated.low, mode=stated.mode, maximum=stated.high)
    return None


def _spread(kind: str, **parameters: float) -> _Entity:
    return {"@type": "Uncertainty", "distributionType": f"{kind}_DISTRIBUTION", **parameters}


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, sort_keys=True) + "\n").encode()
