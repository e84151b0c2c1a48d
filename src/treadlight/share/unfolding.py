"""Why-trees for reading: a process that many steps need is unfolded where it stands first, and named after that."""

from dataclasses import replace

from treadlight.assess.why import WhyNode
from treadlight.core.texts import say

__all__ = ["unfolded_once"]


def unfolded_once(root: WhyNode) -> WhyNode:
    """The tree, in which a process met again has no steps beneath it but says that they stand above."""
    return _walk(root, set())


def _walk(node: WhyNode, met: set[tuple[object, ...]]) -> WhyNode:
    same = (node.label, node.amount, node.unit)
    if node.kind == "process" and node.children and same in met:
        return replace(node, children=(), rungs=(), op="leaf", note=say("unfolded above"))
    met.add(same)
    return replace(node, children=tuple(_walk(child, met) for child in node.children))
