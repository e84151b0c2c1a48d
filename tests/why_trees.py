"""Trees of why as tests read them."""

import math
from collections.abc import Iterator

import pytest

from treadlight.assess.why import WhyNode

__all__ = ["adds_up", "walk"]


def walk(node: WhyNode) -> Iterator[WhyNode]:
    """Every step of a tree."""
    yield node
    for child in node.children:
        yield from walk(child)


def adds_up(root: WhyNode) -> None:
    """Assert that steps have ids of their own, and that what is known beneath each adds up or multiplies to it."""
    nodes = list(walk(root))
    assert len({node.id for node in nodes}) == len(nodes)
    for node in nodes:
        known = [child.amount for child in node.children if child.amount is not None]
        if known and node.amount is not None:
            made = math.fsum(known) if node.op == "sum" else math.prod(known)
            assert node.amount == pytest.approx(made, rel=1e-9, abs=1e-12), node.id
