"""Cells of a CSV file: none is computed by a spreadsheet, numbers stay numbers, and what was guarded comes back."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadlight.core.cells import cell, cell_text, uncell


@given(st.text())
def test_a_text_comes_back_from_its_cell_and_begins_with_nothing_that_is_computed(text: str) -> None:
    made = str(cell(text))
    assert not made.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert uncell(made) == text.replace("\r\n", "\n").replace("\r", "\n") or text.startswith("'")


@given(st.lists(st.text(), min_size=2, max_size=3))
def test_a_row_of_texts_is_one_row_however_lines_are_told_apart(texts: list[str]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerow([cell(text) for text in texts])
    for newline in ("", "\n"):
        rows = list(csv.reader(io.StringIO(out.getvalue(), newline=newline)))
        assert len(rows) == 1
        assert not any(text.startswith(("=", "+", "-", "@")) for text in rows[0])


@pytest.mark.parametrize("text", ["-1.5", "+3", "-1e-9", "007", "text", "'quoted", ""])
def test_what_was_read_as_a_number_is_written_as_it_stood(text: str) -> None:
    assert cell_text(text) == text
    assert uncell(text) == text


@pytest.mark.parametrize("text", ["=1+1", "@SUM(1)", "-1+1|cmd", "+A1", "\t=1", "-inf", "\n-1"])
def test_a_text_that_was_read_is_guarded_too(text: str) -> None:
    assert cell_text(text) == f"'{text}"
