"""Arithmetic of amounts: what it allows, what it refuses, and that columns give columns."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from treadlight.assess.lifecycle.expression import expression
from treadlight.core.errors import InputError

NAMES = {"a": 3.0, "b": 4.0, "zero": 0.0}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 3 * 4", 14.0),
        ("(2 + 3) * 4", 20.0),
        ("-a ** 2 / b", -2.25),
        ("min(a, b, 1)", 1.0),
        ("max(a, b) - +1e-1", 3.9),
        ("  1_000 ", 1000.0),
    ],
)
def test_it_computes_as_on_paper(text: str, value: float) -> None:
    assert expression(text).value(NAMES.__getitem__) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "a.real",
        "a if b else 1",
        "[a]",
        "a // b",
        "a % b",
        "lognormal(1, 2) * a",
        "min(a, key=b)",
        "min()",
        "True",
        "'text'",
        "1j",
        "",
        "a +",
        "a" * 2000,
        "(" * 400 + "a" + ")" * 400,
    ],
)
def test_anything_but_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no amount"):
        expression(text)


@pytest.mark.parametrize("text", ["a / zero", "9 ** 9 ** 9", "(0 - a) ** 0.5", "1e308 * 10"])
def test_what_is_not_finite_is_refused_with_the_expression(text: str) -> None:
    with pytest.raises(InputError, match="is not finite") as caught:
        expression(text).value(NAMES.__getitem__)
    assert caught.value.value == text


@given(st.lists(st.floats(1.0, 1e6), min_size=2, max_size=5))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_column_gives_in_each_row_what_its_number_gives(values: list[float]) -> None:
    parsed = expression("3 * a / (b + a) + max(a, 10) ** 0.5")
    column = parsed.value({"a": np.array(values), "b": 4.0}.__getitem__)
    single = [parsed.value({"a": value, "b": 4.0}.__getitem__) for value in values]
    assert np.asarray(column) == pytest.approx(single, rel=1e-12)


def test_it_names_what_it_needs() -> None:
    assert expression("a * min(b, 2) + c").names == {"a", "b", "c"}
