"""Damaged logs: every line is a row or is set aside with its reason, and none is lost."""

import gzip
from pathlib import Path

import pytest

from requests_logs import good, sum_log, write_csv_log
from treadlight.core.errors import InputError
from treadlight.requests.files import LINE_LIMIT

ROW = "2026-01-01T00:00:00Z,10,20\n"
HEAD = "time,tokens_in,tokens_out\n"


def _written(path: Path, *parts: str | bytes) -> Path:
    path.write_bytes(b"".join(part if isinstance(part, bytes) else part.encode() for part in parts))
    return path


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("bad line\n", 21),
        ("2026-01-01T00:00:00Z,10,20,30\n", 22),
        (b"\xff\xfe,1,2\n", 24),
        ('"2026-01-01T00:00:00Z,1,2\n', 25),
        ('2026-01-01T00:00:00Z,1,"2\n', 25),
    ],
)
def test_a_bad_line_costs_itself_only(tmp_path: Path, line: str | bytes, reason: int) -> None:
    partial, _ = sum_log(_written(tmp_path / "a.csv", HEAD, ROW * 5, line, ROW * 7))
    assert sum(row["n"] for row in good(partial)) == 12
    assert dict(partial.aside) == {reason: 1}
    (aside,) = partial.sample
    assert (aside.line, aside.reason) == (7, reason)


def test_a_line_of_a_hundred_megabytes_is_set_aside_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.write((HEAD + ROW).encode())
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b",1,2\n" + ROW.encode())
    partial, _ = sum_log(path)
    assert sum(row["n"] for row in good(partial)) == 2
    assert dict(partial.aside) == {23: 1}
    assert len(partial.sample[0].text) <= 300


@pytest.mark.parametrize("length", [2 * LINE_LIMIT, 40_000_000])
def test_a_long_line_of_json_is_set_aside(tmp_path: Path, length: int) -> None:
    fine = '{"time": "2026-01-01T00:00:00Z", "tokens_in": 1, "tokens_out": 2}\n'
    long = '{"time": "' + "x" * length + '", "tokens_in": 1, "tokens_out": 2}\n'
    partial, _ = sum_log(_written(tmp_path / "a.jsonl", fine, long, fine))
    assert sum(row["n"] for row in good(partial)) == 2
    refused = sum(row["n"] for row in partial.sums.to_pylist() if row["reason"])  # short enough for the engine: no time
    assert sum(partial.aside.values()) + refused == 1


def test_a_quoted_cell_may_go_on_over_lines(tmp_path: Path) -> None:
    prompt = '2026-01-01T00:00:00Z,10,20,"say ""hello"",\nand\n\ngood bye"\n'
    head = "time,tokens_in,tokens_out,prompt\n"
    partial, _ = sum_log(_written(tmp_path / "a.csv", head, prompt * 3, "short\n", prompt))
    assert sum(row["n"] for row in good(partial)) == 4
    assert dict(partial.aside) == {21: 1}


@pytest.mark.parametrize("name", ["a.csv.gz", "a.jsonl.gz"])
def test_a_packed_log_that_is_cut_off_is_refused_whole(tmp_path: Path, name: str) -> None:
    line = ROW if "csv" in name else '{"time": "2026-01-01T00:00:00Z", "tokens_in": 1, "tokens_out": 2}\n'
    packed = gzip.compress(((HEAD if "csv" in name else "") + line * 200_000).encode())
    with pytest.raises(InputError, match="cut off or damaged"):
        sum_log(_written(tmp_path / name, packed[: len(packed) // 2]))


def test_a_packed_log_is_read(tmp_path: Path) -> None:
    partial, _ = sum_log(_written(tmp_path / "a.csv.gz", gzip.compress((HEAD + ROW * 3 + "bad\n").encode())))
    assert sum(row["n"] for row in good(partial)) == 3
    assert dict(partial.aside) == {21: 1}


def test_a_parquet_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"time": ["x"] * 1000}), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    with pytest.raises(InputError, match="cut off or damaged"):
        sum_log(_written(tmp_path / "b.parquet", whole[: len(whole) // 2]))


@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_other_signs_between_cells_are_told_from_the_header(tmp_path: Path, sign: str) -> None:
    partial, _ = sum_log(_written(tmp_path / "a.csv", (HEAD + ROW * 2 + "bad\n").replace(",", sign)))
    assert sum(row["n"] for row in good(partial)) == 2
    assert dict(partial.aside) == {21: 1}


def test_a_log_without_a_fault_needs_no_copy(tmp_path: Path) -> None:
    path = write_csv_log(tmp_path / "a.csv", [("2026-01-01T00:00:00Z", 1, 2)] * 3)
    partial, _ = sum_log(path)
    assert not partial.aside
    assert not partial.sample
    assert not list((tmp_path / "home").glob("clean-*"))


@pytest.mark.parametrize("ends", [("\r\n", "\r\n", ""), ("\r\n", "\n", "\n"), ("\n", "\r\n", "")])
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.csv.bz2", "a.csv.xz"])
def test_the_ends_of_lines_do_not_matter(tmp_path: Path, name: str, ends: tuple[str, str, str]) -> None:
    import bz2
    import lzma

    head, row, last = ends
    text = HEAD.strip() + head + (ROW.strip() + row) * 3 + "bad" + head + ROW.strip() + last
    pack = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}.get(name.rpartition(".")[2], bytes)
    partial, _ = sum_log(_written(tmp_path / name, pack(text.encode())))
    assert sum(row["n"] for row in good(partial)) == 4
    assert dict(partial.aside) == {21: 1}


def test_a_folder_called_stream_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "stream").mkdir()
    partial, _ = sum_log(_written(tmp_path / "stream" / "a.csv", HEAD, ROW, "bad\n"))
    assert dict(partial.aside) == {21: 1}


@pytest.mark.parametrize("name", ["a.jsonl.bz2", "a.jsonl.xz"])
def test_json_packed_in_a_way_that_the_engine_does_not_know_is_read(tmp_path: Path, name: str) -> None:
    import bz2
    import lzma

    line = b'{"time": "2026-01-01T00:00:00Z", "tokens_in": 1, "tokens_out": 2}\n'
    pack = bz2.compress if name.endswith("bz2") else lzma.compress
    partial, _ = sum_log(_written(tmp_path / name, pack(line * 3)))
    assert sum(row["n"] for row in good(partial)) == 3
