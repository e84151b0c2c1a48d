"""The part of YAML that model cards use."""

import pytest

from treadlight.importers.frontmatter import front_matter, value_of


def test_front_matter_lies_between_the_dashes() -> None:
    assert front_matter("---\na: 1\n---\nbody\n") == (["a: 1"], "body\n")
    assert front_matter("\ufeff---\na: 1\n---\n")[0] == ["a: 1"]
    assert front_matter("# heading\n---\na: 1\n---\n")[0] == []
    assert front_matter("---\na: 1\n")[0] == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("k: 5", "5"),
        ("k: 5  # grams", "5"),
        ("k: 'it''s # no comment'", "it's # no comment"),
        ('k: "a \\"b\\" \\u00e9"', 'a "b" é'),
        ('k: "a"  # b', "a"),
        ("k:\n  a: 1\n  b: two words\nother: 3", {"a": "1", "b": "two words"}),
        ("k:\n    a: 1\n\n    # comment\n    b: 2", {"a": "1", "b": "2"}),
        ("k:\n  a: >-\n    one\n    two\n  b: 2", {"a": "one two", "b": "2"}),
        ("k:\n  a: one\n    and more\n  b: 2", {"a": "one and more", "b": "2"}),
        ("k:\n- a: 1\n  b: 2", {"a": "1", "b": "2"}),
        ("k: {a: 1, b: 'x y'}", {"a": "1", "b": "x y"}),
        ("k: {a: 1,\n  b: 2}", {"a": "1", "b": "2"}),
        ('"k": 7', "7"),
        ("k:", {}),
        ("other:\n  k: 5", None),
        ("kk: 5", None),
        ("widget:\n- text: 'k: 5'\nk: 6", "6"),
        ("k:\n  url: https://host/path", {"url": "https://host/path"}),
        ("k:\n  a: 1\n  deeper:\n    a: 2\n  b: 3", {"a": "1", "b": "3", "deeper": "a: 2"}),
    ],
)
def test_a_key_at_the_top_is_found_with_its_scalar_or_block(text: str, value: object) -> None:
    assert value_of(text.split("\n"), "k") == value
