"""Doors: every number leads to its place in *why*, and in print to the sources beneath it."""

import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b

from treadlight.library.process import Source
from treadlight.share.account import PerUnit, WhyNode

__all__ = ["Doors", "walk"]


def walk(node: WhyNode) -> Iterator[WhyNode]:
    """`node` and everything beneath it, depth first."""
    yield node
    for child in node.children:
        yield from walk(child)


class Doors:
    """Anchors of the nodes of the why-trees and numbers of their sources.

    Parameters
    ----------
    trees
        Root of the why-tree by category. A node that occurs in several trees has its anchor in the first.
    """

    def __init__(self, trees: Mapping[str, WhyNode]) -> None:
        self.sources: list[Source] = []
        self._number: dict[Source, int] = {}
        self._nodes: dict[str, WhyNode] = {}
        self._anchored: set[str] = set()
        for root in trees.values():
            for node in walk(root):
                self._nodes.setdefault(node.id, node)
                if node.source is not None and node.source not in self._number:
                    self.sources.append(node.source)
                    self._number[node.source] = len(self.sources)

    def href(self, node_id: str) -> str:
        """Link to the node of this id; empty where there is none."""
        return f"#{_slug(node_id)}" if node_id in self._nodes else ""

    def anchor(self, node_id: str) -> str:
        """The id attribute for this node, once; empty afterwards."""
        if node_id in self._anchored:
            return ""
        self._anchored.add(node_id)
        return _slug(node_id)

    def number(self, source: Source) -> int:
        """Number of a source in the list of sources, from 1."""
        return self._number[source]

    def per_unit(self, per: PerUnit, category: str) -> str:
        """What explains a result per functional unit: nothing here, as no tree begins with it."""
        return ""

    def footnotes(self, node_id: str) -> str:
        """Numbers of the sources beneath a node, runs joined: ``1–3, 7``; empty where there are none."""
        node = self._nodes.get(node_id)
        if node is None:
            return ""
        numbers = sorted({self._number[n.source] for n in walk(node) if n.source is not None})
        return ", ".join(f"{a}" if a == b else f"{a}–{b}" for a, b in _spans(numbers))


def _spans(numbers: list[int]) -> Iterator[tuple[int, int]]:
    start = previous = None
    for n in numbers:
        if previous is not None and start is not None and n != previous + 1:
            yield start, previous
            start = n
        start = n if start is None else start
        previous = n
    if start is not None and previous is not None:
        yield start, previous


def _slug(node_id: str) -> str:
    """An anchor that is safe in a URL and an attribute, and unlike that of any other id."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", node_id).strip("-")
    exact = plain == node_id
    return f"why-{plain}" if exact else f"why-{plain[:40]}-{blake2b(node_id.encode(), digest_size=4).hexdigest()}"
