"""The contrast of the page's colours, computed again from its stylesheet (WCAG 2.2: text 4.5, meaningful marks 3)."""

import re
from importlib.resources import files

import pytest

CSS = files("treadlight.share").joinpath("static", "tokens.css").read_text("utf-8")


def _tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9]+): (#[0-9A-F]{6})", block))


LIGHT, DARK = (_tokens(b) for b in CSS.split("@media screen and (prefers-color-scheme: dark)"))
TEXT = ("ink", "ink2", "ink3", "accent", "deny", "warn", "pass")
MARKS = ("rule", "gpu", "cpu", "memory", "rest", "facility", "embodied")


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("token", TEXT)
def test_text_stands_out_from_paper_sheet_and_hover(theme, token):
    assert contrast(theme[token], theme["paper"]) >= 4.5
    assert contrast(theme[token], theme["sheet"]) >= 4.5
    if token in ("ink", "ink2", "ink3", "accent"):
        assert contrast(theme[token], theme["wash"]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("token", MARKS)
def test_marks_and_series_stand_out_from_paper(theme, token):
    assert round(contrast(theme[token], theme["paper"]), 1) >= 3.0


def test_contrast_agrees_with_a_published_case():
    # Grey #767676 on white: 4.54, the WCAG working group's own example of the lightest grey that passes.
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)


def test_both_themes_define_the_same_tokens():
    assert set(LIGHT) == set(DARK)
