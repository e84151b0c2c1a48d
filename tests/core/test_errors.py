import inspect
import pickle
import re

import pytest

from treadlight.core import errors
from treadlight.core.errors import InputError, MissingExtraError, NotFoundError, TreadlightError


def test_an_error_names_field_value_and_remedy_in_one_line() -> None:
    error = InputError("is\nnegative", field="pue", value=-1.2, remedy="give pue ≥ 1")
    assert str(error) == "pue: is negative, got -1.2; give pue ≥ 1"


def test_no_name_in_an_error_can_move_a_cursor() -> None:
    error = InputError("no\x1b[2J", field="job\x1b]0;x\x07\u202e\x9b", remedy="\u200bsee\u2028é")
    assert str(error) == "job]0;x: no[2J; see é"


def test_parts_that_are_missing_leave_no_trace() -> None:
    assert str(TreadlightError("broke")) == "broke"
    assert str(TreadlightError("broke", value="")) == "broke, got ''"


@pytest.mark.parametrize(
    "error", [InputError("a", field="b", value=3, remedy="c"), MissingExtraError("psycopg", "postgres", "a ledger")]
)
def test_errors_travel_between_processes(error: TreadlightError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.__dict__) == (type(error), str(error), error.__dict__)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = re.findall(r"(\w+Error)", errors.__doc__ or "")
    defined = {n for n, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, TreadlightError)}
    assert set(drawn) == defined == set(errors.__all__)


def test_an_error_is_said_of_the_field_that_its_reader_knows() -> None:
    error = NotFoundError("no such model", field="model", value="gpt", remedy="search")
    assert repr(error.at("--model")) == repr(
        NotFoundError("no such model", field="--model", value="gpt", remedy="search")
    )
    assert str(error.at("rows[2].model", "GPT")) == "rows[2].model: no such model, got 'GPT'; search"


def test_what_somebody_gave_is_always_an_input_error() -> None:
    for name in ("UnitError", "ConfigError", "NotFoundError"):
        assert issubclass(getattr(errors, name), InputError)


def test_a_missing_extra_says_what_for_and_how() -> None:
    assert str(MissingExtraError("scipy", "solve", "a large loop")) == (
        "a large loop needs the package scipy; install it with: pip install 'treadlight[solve]'"
    )


@pytest.mark.parametrize(
    "address",
    [
        "https://a:hush@127.0.0.1:1/",
        "postgresql://a:hush@db/x",
        "postgresql://db/x?user=a&password=hush",
        "s://:hush@x",
    ],
)
def test_no_error_tells_a_password(address: str) -> None:
    said = str(InputError("unknown setting", field="ledger.urll", value=address, remedy=f"see {address}"))
    assert "hush" not in said
    assert "***" in said
