"""Addresses of databases are shown without what nobody else may know."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treadlight.core.errors import ConfigError, LedgerError
from treadlight.ledger.address import read_address, secrets_of, shown, shown_text
from treadlight.ledger.database import Database

_PASSWORDS = st.text(st.characters(min_codepoint=48, max_codepoint=122, categories=("L", "N")), min_size=6, max_size=20)
_HIDING = ("password", "sslpassword", "passfile", "sslkey", "sslcert", "options", "service", "what-comes-next")


@settings(deadline=None)
@given(_PASSWORDS, st.sampled_from(_HIDING), st.sampled_from(["", "db", "db:5432"]))
def test_neither_a_password_nor_a_parameter_that_may_be_one_is_shown(word: str, name: str, host: str) -> None:
    secret = f"s3cret{word}"
    for text in (
        f"postgresql://ada:{secret}@{host}/x",
        f"postgresql://ada@{host}/x?sslmode=require&{name}={secret}",
        f"postgres://ada:{secret}@{host}/x?{name}={secret}&{name}={secret}2&host=/run/pg",
    ):
        url = read_address(text)
        for told in (shown(url), shown_text(text), Database(text).name):
            assert secret not in told
            assert "***" in told and "ada" in told and "/x" in told
        assert secret in secrets_of(url)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ada:p@ss@db/x",
        "postgresql://ada:p:ss:wo@db:port/x",
        "mysql://ada:s3cret@db/x",
        "mysql://ada@db/x?password=s3cret",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_address(text)
    said = str(refused.value)
    assert all(part not in said for part in ("p@ss", "p:ss", "ss@", "s3cret@", "=s3cret"))


@pytest.mark.parametrize("text", ["/var/ledger.sqlite", "ledger.sqlite", "sqlite:///l.sqlite", "https://t.example.org"])
def test_what_holds_no_secret_is_shown_as_it_was_written(text: str) -> None:
    assert shown_text(text) == text


@pytest.mark.parametrize("where", ["?host=127.0.0.1&port=9&password=s3cret-word", "?passfile=/s3cret-word&port=9"])
def test_a_database_that_is_away_is_named_without_its_password(where: str) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    database = Database(f"postgresql://ada@/x{where}")
    with pytest.raises(LedgerError) as away, database.reading():
        pass
    assert "s3cret-word" not in str(away.value)
    assert "s3cret-word" not in database._said(
        "the file /s3cret-word is missing" if "passfile" in where else "s3cret-word"
    )
