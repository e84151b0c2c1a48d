"""Accounts on a terminal: within the width, whole words, plain unless the stream shows colour."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import share_examples as examples
from treadlight.core.text import clean
from treadlight.share.account import WhyNode
from treadlight.share.reports import terminal
from treadlight.share.terminal_text import Piece, cells, emit, fit, line, plain, table, wrap

BLOCKS = {
    **{f"summary {k}": lambda w, f=f: terminal.summary(f(), w) for k, f in examples.ALL.items()},
    **{f"account {k}": lambda w, f=f: terminal.show_account(f(), w) for k, f in examples.ALL.items()},
    "runs": lambda w: terminal.runs_table(examples.run_rows(), w),
    "no runs": lambda w: terminal.runs_table([], w),
    "compare": lambda w: terminal.compare_table(examples.comparison(), w),
    "why": lambda w: terminal.why_tree(examples.long_account().why["gwp"], w),
    "library": lambda w: terminal.library_rows(examples.library_figures(), w),
}


class FakeTerminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [60, 72, 80, 100, 120])
@pytest.mark.parametrize("block", list(BLOCKS))
def test_every_block_stays_within_the_width(block, width):
    for text in plain(BLOCKS[block](width)).splitlines():
        assert cells(text) <= width, text


@pytest.mark.parametrize("block", list(BLOCKS))
def test_no_word_is_cut_with_an_ellipsis(block):
    for width in (60, 80, 120):
        text = plain(BLOCKS[block](width))
        # The one ellipsis is that of the chain's root, which is whole in `treadlight verify`.
        assert len(re.findall("…|\\.\\.\\.", text)) == len(re.findall("root [0-9a-f]{4}…[0-9a-f]{4}", text))


def test_the_summary_says_energy_impacts_unknown_and_what_to_do():
    text = plain(terminal.summary(examples.long_account(), 100))
    for part in (
        "GPU, 8 cards", "metered, nvml", "163–180", "mean kW", "5.66", "after 41.2 h", "Carbon", "Water", "Minerals",
        "Primary energy", "E-waste", "use", "embodied", "The largest part is GPU",
        "treadlight config set network fixed",
        "Could add 0.1 to 4 kg CO₂e", "640 km", "treadlight show 01927f3c-5a00",
    ):  # fmt: skip
        assert part in text


def test_unknown_is_a_word_and_never_zero():
    text = plain(terminal.summary(examples.empty_account(), 80))
    assert "unknown" in text
    assert "it means unknown" in text
    assert not re.search(r"\b0 (kWh|kg|g|L)\b", text)


def test_the_comparison_says_the_difference_and_how_sure_it_is():
    text = plain(terminal.compare_table(examples.comparison(), 80))
    assert "B − A, carbon: −6 kg CO₂e, between −11 and −0.6." in text
    assert "lower in 97 % of the draws" in " ".join(text.split())


def test_the_why_tree_has_every_step_with_its_source():
    text = " ".join(plain(terminal.why_tree(examples.long_account().why["gwp"], 120)).split())
    for part in ("GPU, 8 cards", "1.28", "CC BY 4.0", "table 4, column consumption", "2026", "not found: site"):
        assert part in text


def test_a_deep_tree_stays_readable_in_a_narrow_terminal():
    node = WhyNode("leaf", "exchange", "The last step of all", 1.0, "kWh", p05=0.5, p95=2.0)
    for i in range(14):
        node = WhyNode(f"n{i}", "process", f"Step {i} of a long chain", 1.0, "kWh", "sum", 0.5, 2.0, children=(node,))
    for text in plain(terminal.why_tree(node, 60)).splitlines():
        assert cells(text) <= 60


def test_pipes_get_plain_text():
    stream = io.StringIO()
    emit(terminal.summary(examples.long_account()), stream)
    assert "\x1b" not in stream.getvalue()
    assert stream.getvalue().endswith("\n")


def test_no_color_is_honoured_on_a_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = FakeTerminal()
    emit(terminal.summary(examples.long_account()), stream)
    assert "\x1b" not in stream.getvalue()


def test_a_terminal_gets_colour_and_the_same_words(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    lines = terminal.show_account(examples.long_account(), 80)
    stream = FakeTerminal()
    emit(lines, stream)
    text = stream.getvalue()
    assert "\x1b[" in text
    bare = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert [t.rstrip() for t in bare.splitlines()] == plain(lines).splitlines()


def test_a_name_cannot_move_the_cursor_or_break_the_line():
    account = examples.long_account("bad\x1b[2Jname\r\nnext")
    text = plain(terminal.show_account(account, 80))
    assert "\x1b" not in text
    assert "\r" not in text


def test_an_ascii_stream_gets_ascii():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    emit(terminal.summary(examples.long_account(), 80), stream)
    stream.flush()
    assert b"kg CO2e" in raw.getvalue()
    assert b"97-118" in raw.getvalue()


def test_the_plot_hatches_what_could_not_be_read_and_keeps_the_shape():
    text = plain(terminal.show_account(examples.long_account(), 80))
    assert "╱" in text
    assert "kW, all components together" in text
    assert "36 h" in text


@given(st.text(max_size=200), st.integers(8, 60))
def test_wrapping_keeps_every_visible_character_and_the_width(text, width):
    lines = wrap(text, width)
    assert all(cells(one) <= width for one in lines)
    kept = "".join("".join(one.split()) for one in lines)
    assert set(kept) <= set(clean(text))
    plain_words = [w for w in text.split(" ") if w.isalnum() and w.isascii() and len(w) <= width]
    assert all(any(w in one for one in lines) for w in plain_words)


def test_a_table_wraps_only_its_flexible_column():
    rows = [[line("a long name that must be wrapped somewhere"), Piece("1 234")]]
    text = plain(table(["what", "value"], rows, "lr", 30)).splitlines()
    assert all(cells(t) <= 30 for t in text)
    assert text[2].endswith("1 234")


def test_the_width_is_the_terminals_within_bounds(monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    assert fit(0, FakeTerminal()) == 120
    monkeypatch.setenv("COLUMNS", "20")
    assert fit(0, FakeTerminal()) == 60
    assert fit() == 80
    assert fit(100) == 100
