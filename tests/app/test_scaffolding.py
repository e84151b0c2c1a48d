"""What files to begin with share."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from treadlight.app.scaffolding import check_new, check_words, id_of, toml_text
from treadlight.core.errors import InputError


@dataclass
class Given:
    title: str = "A"
    owner: str = " "


@pytest.mark.parametrize("text", ["plain", 'with "quotes"', "back\\slash", "line\nbreak", "Größe ≥ 3"])
def test_a_text_is_read_back(text: str) -> None:
    assert tomllib.loads(f"x = {toml_text(text)}")["x"] == text


@pytest.mark.parametrize(
    ("title", "found"), [("Our Chatbot (v2)", "our-chatbot-v2"), ("模型", "study"), ("--", "study")]
)
def test_an_id_is_made_of_letters_digits_and_hyphens(title: str, found: str) -> None:
    assert id_of(title, "study") == found


def test_an_empty_word_names_its_option() -> None:
    check_words(Given(), ["title"])
    with pytest.raises(InputError, match="--owner: is empty"):
        check_words(Given(), ["title", "owner"])


def test_a_file_that_is_there_is_replaced_by_force_only(tmp_path: Path) -> None:
    check_new(str(tmp_path / "x"), force=False)
    (tmp_path / "x").write_text("")
    check_new(str(tmp_path / "x"), force=True)
    (tmp_path / "x").write_text('schema = "treadlight.study/1"\n')
    check_new(str(tmp_path / "x"), force=True)
    with pytest.raises(InputError, match="FILE: is there already"):
        check_new(str(tmp_path / "x"), force=False)


def test_not_even_force_replaces_what_is_plainly_something_else(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("item,price\nserver,3\n")
    with pytest.raises(InputError, match="FILE: holds a table, not TOML"):
        check_new(str(path), force=True)
    half = tmp_path / "mine.toml"
    half.write_text("title = = 3\n# half written\n")
    check_new(str(half), force=True)
