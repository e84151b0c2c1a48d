"""Columns: roles, labels, and what is said when one is missing."""

import pytest

from treadlight.core.errors import InputError
from treadlight.requests.columns import parse_columns, resolve_columns

AZURE = ["TIMESTAMP", "ContextTokens", "GeneratedTokens"]


def test_roles_and_labels_are_read_from_pairs() -> None:
    given = parse_columns(["time=TIMESTAMP, tokens_in=ContextTokens", "customer=cust"])
    assert given == {"time": "TIMESTAMP", "tokens_in": "ContextTokens", "customer": "cust"}


@pytest.mark.parametrize("text", ["time", "time=", "=x", "time=a,time=b", ""])
def test_a_pair_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="--columns"):
        parse_columns([text])


def test_a_misspelt_role_is_no_label() -> None:
    with pytest.raises(InputError, match="did you mean tokens_in"):
        parse_columns(["tokns_in=ContextTokens"])


def test_a_column_that_bears_its_roles_name_needs_no_pair() -> None:
    columns = resolve_columns({}, [], ["time", "tokens_in", "tokens_out", "model", "prompt"], "a.csv")
    assert columns.roles == tuple((r, r) for r in ("time", "tokens_in", "tokens_out", "model"))


def test_a_needed_column_under_another_name_is_offered_not_taken() -> None:
    with pytest.raises(InputError, match=r"--columns time=TIMESTAMP"):
        resolve_columns({}, [], AZURE, "a.csv")


def test_a_misspelt_column_gets_its_nearest_names() -> None:
    given = {"time": "TIMESTAMP", "tokens_in": "ContextToken", "tokens_out": "GeneratedTokens"}
    with pytest.raises(InputError, match=r"no such column, got 'ContextToken'; did you mean ContextTokens\?"):
        resolve_columns(given, [], AZURE, "a.csv")


def test_a_label_is_a_column_of_its_name_or_the_one_given() -> None:
    present = ["time", "tokens_in", "tokens_out", "customer", "u"]
    columns = resolve_columns({"user": "u"}, ["customer", "user", "day"][:2], present, "a.csv")
    assert columns.labels == (("customer", "customer"), ("user", "u"))
    with pytest.raises(InputError, match="did you mean customer"):
        resolve_columns({}, ["custmer"], present, "a.csv")
