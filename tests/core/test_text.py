"""Texts from outside are made fit to be kept and shown."""

from hypothesis import given
from hypothesis import strategies as st

from treadlight.core.text import clean

ANY = st.text(st.characters(exclude_categories=()))


@given(ANY)
def test_a_clean_text_is_one_line_that_can_be_encoded(text: str) -> None:
    found = clean(text)
    assert found.encode().decode() == found
    assert len(found.splitlines()) <= 1
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in found)


@given(ANY)
def test_cleaning_twice_changes_nothing_and_no_length(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert len(clean(text)) == len(text)


def test_bytes_that_are_no_unicode_become_question_marks() -> None:
    assert clean(b"caf\xe9".decode("utf-8", "surrogateescape")) == "caf?"


def test_a_name_cannot_move_the_cursor_or_turn_the_line() -> None:
    assert clean("a\x1b[2Jb\u202ec\r\nd\te\x9b1m") == "a?[2Jb?c  d e?1m"


def test_letters_of_any_script_and_joined_signs_stay() -> None:
    text = "café 模型 مدل 👩\u200d💻"
    assert clean(text) == text


def test_what_is_no_text_becomes_one() -> None:
    assert clean(3) == "3"
