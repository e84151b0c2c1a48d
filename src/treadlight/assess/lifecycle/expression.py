"""Arithmetic over named parameters: what an amount of a study may be, and nothing more.

Numbers, names, ``+ - * / **``, parentheses, ``min`` and ``max``. Names stand for numbers or for columns of draws; a
column gives a column. A number may have a unit behind it, as in ``365 day``: it is that number, and is known by what it
measures; nothing is converted.
"""

import ast
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeGuard

import numpy as np

from treadlight.assess.draws import Array
from treadlight.core.errors import InputError

__all__ = ["NUMBER", "Expression", "expression", "written"]

Value = Array | float
Lookup = Callable[[str], Value]

NUMBER = r"(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
"""Pattern of a number."""

_LONGEST = 1000
_WITH_UNIT = re.compile(rf"({NUMBER})[ \t]+([^\W\d]\w*)")
_PARSED = re.compile(rf"({NUMBER})\['(\w+)'\]")
_OPERATORS: dict[type[ast.operator], Callable[[Value, Value], Value]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_FUNCTIONS = {"min": np.minimum, "max": np.maximum}
_GLUED = re.compile(rf"(?>{NUMBER})([^\W\d]\w*)")
_SECOND = re.compile(rf"{NUMBER}[ \t]+([^\W\d]\w*)[ \t]+([^\W\d]\w*)")
_REMEDY = "write numbers, parameters, + - * / **, parentheses, min(a, b) and max(a, b)"


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that was checked; made by `expression`."""

    text: str
    names: frozenset[str]
    tree: ast.expr
    units: frozenset[str] = frozenset()

    def value(self, lookup: Lookup) -> Value:
        """What it comes to, with `lookup` giving the value of each name.

        Raises
        ------
        InputError
            If the outcome is no finite number, such as after a division by 0.
        """
        try:
            with np.errstate(all="ignore"):
                found = _value(self.tree, lookup)
                finite = not isinstance(found, complex) and bool(np.isfinite(found).all())
        except (ZeroDivisionError, OverflowError):
            finite = False
        if not finite:
            raise InputError("is not finite", field="expression", value=self.text, remedy="mind divisions by 0")
        return found


@lru_cache(maxsize=4096)
def expression(text: str) -> Expression:
    """The expression written as `text`.

    Raises
    ------
    InputError
        If it is none, or holds more than arithmetic.
    """
    try:
        if len(text) > _LONGEST or "[" in text:
            raise ValueError
        plain = re.sub(r"[\u00a0\u2009\u202f]", " ", text.strip())
        tree = ast.parse(_WITH_UNIT.sub(r"\1['\2']", plain), mode="eval").body
        names = frozenset(_names(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InputError("is no amount", field="expression", value=text[:80], remedy=_remedy(text)) from None
    units = frozenset(str(ast.literal_eval(node.slice)) for node in ast.walk(tree) if _is_measured(node))
    return Expression(text, names, tree, units)


def _remedy(text: str) -> str:
    """What to write instead of a text that is no arithmetic."""
    glued, second = _GLUED.search(text[:_LONGEST]), _SECOND.search(text[:_LONGEST])
    if glued:
        return f"leave a blank between a number and its unit, as in {glued[0].removesuffix(glued[1])} {glued[1]}"
    if second:
        return "one word may follow a number as its unit; make it a parameter with the unit, such as kWh/day"
    return _REMEDY


def written(tree: ast.expr) -> str:
    """A part of an expression, as its author would write it."""
    return _PARSED.sub(r"\1 \2", ast.unparse(tree))


def _names(node: ast.expr) -> set[str]:
    """Names in a tree of which every part is arithmetic."""
    if (isinstance(node, ast.Constant) and type(node.value) in (int, float)) or _is_measured(node):
        return set()
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        return _names(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _names(node.left) | _names(node.right)
    if isinstance(node, ast.Call) and _is_function(node):
        return set().union(*(_names(argument) for argument in node.args))
    raise ValueError


def _is_measured(node: ast.AST) -> TypeGuard[ast.Subscript]:
    """Whether it is a number with its unit, which is parsed as ``365['day']``."""
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Constant)


def _is_function(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS and bool(node.args) and not node.keywords


def _value(node: ast.expr, lookup: Lookup) -> Value:
    match node:
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]  # a number: _names let nothing else through
        case ast.Subscript(value=number):
            return _value(number, lookup)
        case ast.Name(id=name):
            return lookup(name)
        case ast.UnaryOp(op=op, operand=operand):
            inner = _value(operand, lookup)
            return -inner if isinstance(op, ast.USub) else inner
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_value(left, lookup), _value(right, lookup))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            folded = _value(arguments[0], lookup)
            for argument in arguments[1:]:
                folded = _FUNCTIONS[name](folded, _value(argument, lookup))
            return folded
    raise AssertionError(ast.dump(node))
