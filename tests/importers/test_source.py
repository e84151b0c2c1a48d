"""A file to import: lines, rows and JSON values, whatever it is packed in."""

import gzip
import hashlib
import io
import sys
import tracemalloc
from pathlib import Path

import pytest

from treadlight.core.errors import InputError
from treadlight.importers import source as source_module
from treadlight.importers.source import Source


def _source(folder: Path, data: bytes, name: str = "given.dat") -> Source:
    path = folder / name
    path.write_bytes(data)
    return Source(path)


def test_the_digest_is_that_of_the_bytes_as_they_came(tmp_path: Path) -> None:
    data = gzip.compress(b"a,b\n1,2\n")
    assert _source(tmp_path, data).digest == hashlib.sha256(data).hexdigest()


def test_the_digest_of_a_folder_follows_names_and_contents(tmp_path: Path) -> None:
    def digest(name: str, data: bytes) -> str:
        folder = tmp_path / f"{name}-{len(data)}"
        folder.mkdir()
        (folder / name).write_bytes(data)
        return Source(folder).digest

    assert len({digest("a", b"1"), digest("b", b"1"), digest("a", b"22")}) == 3


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_end_as_they_like(tmp_path: Path, end: bytes) -> None:
    assert list(_source(tmp_path, b"one" + end + b"two" + end).lines()) == [(1, "one"), (2, "two")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings_are_recognised(tmp_path: Path, encoding: str) -> None:
    text = "timestamp,région\n2024,Île-de-France\n"
    assert _source(tmp_path, text.encode(encoding)).text() == text


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        ("Île-de-France".encode("cp1252"), "UTF-8"),
        (gzip.compress(b"x" * 100_000, mtime=0)[:60], "damaged"),
        (b"PAR1....", "Parquet"),
        (b"SQLite format 3\x00...", "SQLite"),
        (b"  <HTML>", "web page"),
    ],
)
def test_what_is_no_text_is_refused_with_what_it_is(tmp_path: Path, data: bytes, word: str) -> None:
    with pytest.raises(InputError, match=word) as refused:
        list(_source(tmp_path, data).lines())
    assert "given.dat" in str(refused.value)
    assert refused.value.remedy


def test_a_hundred_megabytes_in_one_line_are_passed_over_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n1,2\n")
        for _ in range(100):
            file.write(b"x" * 2**20)
        file.write(b"\n3,4\n")
    tracemalloc.start()
    try:
        rows = list(Source(path).rows())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [row for _, row in rows if isinstance(row, dict)] == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]
    (where, error) = next((where, row) for where, row in rows if isinstance(row, InputError))
    assert (where, error.what) == ("line 3", "is longer than 16 Mi characters")
    assert peak < 5 * source_module.MAX_LINE


def test_a_json_file_that_is_too_large_for_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "MAX_WHOLE", 1000)
    with pytest.raises(InputError, match="larger than"):
        _source(tmp_path, b"[" + b"1," * 1000 + b"1]").json()


def test_rows_are_read_by_name_with_quotes_and_line_breaks(tmp_path: Path) -> None:
    data = b' a ,b,a\n1,"x, ""y""\nz",2\n\n3,4\n5,6,7,8\n'
    rows = list(_source(tmp_path, data).rows())
    assert rows[0] == ("line 2", {"a": "1", "b": 'x, "y"\nz'})
    assert [type(row) for _, row in rows[1:]] == [InputError, InputError]
    assert [where for where, _ in rows] == ["line 2", "line 5", "line 6"]


def test_a_quote_that_never_ends_costs_no_more_than_its_rows(tmp_path: Path) -> None:
    data = b'a,b\n1,"' + b"x\n" * 100_000 + b"2,3\n"
    rows = [row for _, row in _source(tmp_path, data).rows()]
    assert any(isinstance(row, InputError) for row in rows)


@pytest.mark.parametrize(
    ("data", "values"),
    [
        (b'{"a": 1}', [{"a": 1}]),
        (b'{\n "a": 1\n}\n', [{"a": 1}]),
        (b'[{"a": 1}, 2]', [{"a": 1}, 2]),
        (b'{"a": 1}\n\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        (b"[\n1,\n2\n]", [1, 2]),
    ],
)
def test_json_is_one_value_a_list_or_lines(tmp_path: Path, data: bytes, values: list[object]) -> None:
    assert [value for _, value in _source(tmp_path, data).json_values()] == values


def test_a_json_line_that_is_broken_does_not_stop_the_others(tmp_path: Path) -> None:
    found = list(_source(tmp_path, b'{"a": 1}\n{"a": \n{"a": 3}\n').json_values())
    assert [where for where, value in found if isinstance(value, InputError)] == ["line 2"]
    assert len(found) == 3


def test_deeply_nested_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no JSON"):
        _source(tmp_path, b"[" * 200_000).json()


def test_standard_input_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stream:
        buffer = io.BytesIO(b"a,b\n1,2\n")

    monkeypatch.setattr(sys, "stdin", Stream)
    with Source.open("-") as source:
        assert source.text() == "a,b\n1,2\n"
        assert source.digest == hashlib.sha256(b"a,b\n1,2\n").hexdigest()


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(("delimiter", "end"), [(";", "\r\n"), ("\t", "\n")])
def test_tables_as_spreadsheets_of_other_countries_write_them(
    tmp_path: Path, delimiter: str, end: str, mark: bytes
) -> None:
    lines = (("name", "kwh", "note"), ("a", "1,405", '"x;y, z"'), ("b", "-2,5e-3", "1,2,3"), ("c", "7.25", "0,5 h"))
    path = tmp_path / "table.csv"
    path.write_bytes(mark + end.join(delimiter.join(cells) for cells in lines).encode())
    rows = [row for _, row in Source(path).rows()]
    assert rows == [
        {"name": "a", "kwh": "1.405", "note": "x;y, z"},
        {"name": "b", "kwh": "-2.5e-3", "note": "1,2,3"},
        {"name": "c", "kwh": "7.25", "note": "0,5 h"},
    ]


def test_a_table_with_commas_keeps_its_cells(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text('a,b;c\n"1,405",2\n')
    assert [row for _, row in Source(path).rows()] == [{"a": "1,405", "b;c": "2"}]
