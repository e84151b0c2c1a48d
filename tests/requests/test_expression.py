"""The expression on DuckDB: what a row becomes, which rows are set aside and why, and that no engine rounds."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from requests_logs import good, sum_log, write_csv_log, write_json_log
from treadlight.core.errors import InputError

HOUR = 490_896
"""2026-01-01T00 UTC, in hours since 1970."""


@pytest.mark.parametrize(
    ("text", "hour", "naive"),
    [
        ("2026-01-01T00:59:59Z", HOUR, False),
        ("2026-01-01 00:00:00.9799600Z", HOUR, False),
        ("2026-01-01T00:30:00+00:00", HOUR, False),
        ("2026-01-01T05:30:00+05:30", HOUR, False),
        ("2026-01-01T05:29:59.999+05:30", HOUR - 1, False),
        ("2025-12-31T19:00:00-0500", HOUR, False),
        ("2026-01-01T02:00:00+02", HOUR, False),
        ("2026-01-01 00:10:00 UTC", HOUR, False),
        ("2026-01-01 00:10:00", HOUR, True),
        ("2026-01-01T00:10:00.123456789", HOUR, True),
    ],
)
def test_times_are_taken_to_utc_whatever_zone_they_say(tmp_path: Path, text: str, hour: int, naive: bool) -> None:
    partial, _ = sum_log(write_csv_log(tmp_path / "a.csv", [(text, 1, 1)]))
    (row,) = good(partial)
    assert (row["bucket"], row["naive"]) == (hour, naive)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-01-01", "12:30:00", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
             "2026-01-01T25:00:00Z", "2026-01-01T00:00:00+5", "2026-01-01T00:00:00 CET", "1700000000"]
)  # fmt: skip
def test_what_is_no_time_is_set_aside(tmp_path: Path, text: str) -> None:
    partial, _ = sum_log(write_csv_log(tmp_path / "a.csv", [(text, 1, 1)]))
    assert [(row["reason"], row["n"]) for row in partial.sums.to_pylist()] == [(2, 1)]
    assert partial.sample[0].reason == 2


@pytest.mark.parametrize(
    ("unit", "origin", "value"), [("s", 0.0, 1767225600), ("ms", 0.0, 1767225600123), ("us", 0.0, 1767225600000001),
                                  ("ms", 1767225600.0, 3_599_999)]
)  # fmt: skip
def test_numbers_count_from_their_origin_in_their_unit(tmp_path: Path, unit: str, origin: float, value: int) -> None:
    path = write_json_log(tmp_path / "a.jsonl", [{"time": value, "tokens_in": 1, "tokens_out": 1}])
    partial, _ = sum_log(path, time_unit=unit, origin_s=origin)
    assert [row["bucket"] for row in good(partial)] == [HOUR]


def test_a_wrong_unit_is_noticed(tmp_path: Path) -> None:
    path = write_json_log(tmp_path / "a.jsonl", [{"time": 1767225600, "tokens_in": 1, "tokens_out": 1}])
    partial, _ = sum_log(path, time_unit="ms")
    assert [row["reason"] for row in partial.sums.to_pylist()] == [3]


@pytest.mark.parametrize(
    ("tokens_in", "tokens_out", "reason"),
    [
        ("10", "20", 0), (" 10 ", "20.0", 0), ("1e3", "0", 0),
        ("", "20", 4), ("ten", "20", 4), ("1.5", "20", 4), ("12d", "20", 4), ("1_000", "20", 4), ("nan", "20", 4),
        ("-1", "20", 5), ("10000001", "20", 6),
        ("10", "", 7), ("10", "0x10", 7), ("10", "-3", 8), ("10", "99999999", 9), ("10", "inf", 7),
    ],
)  # fmt: skip
def test_tokens_are_whole_and_plausible_or_the_row_is_set_aside(
    tmp_path: Path, tokens_in: str, tokens_out: str, reason: int
) -> None:
    rows = [("2026-01-01T00:00:00Z", tokens_in, tokens_out)]
    partial, _ = sum_log(write_csv_log(tmp_path / "a.csv", rows))
    assert [row["reason"] for row in partial.sums.to_pylist()] == [reason]


@pytest.mark.parametrize(
    ("cached", "reason", "sum_"), [("0", 0, 0), ("", 0, 0), ("7", 0, 7), ("x", 10, 0), ("-1", 11, 0), ("11", 12, 0)]
)
def test_cached_tokens_are_part_of_those_that_came_in(tmp_path: Path, cached: str, reason: int, sum_: int) -> None:
    rows = [("2026-01-01T00:00:00Z", 10, 20, cached)]
    partial, _ = sum_log(write_csv_log(tmp_path / "a.csv", rows, "time,tokens_in,tokens_out,cached"))
    (row,) = partial.sums.to_pylist()
    assert row["reason"] == reason
    if not reason:
        assert (row["tokens_in"], row["tokens_cached"]) == (10, sum_)


def test_cached_tokens_that_stand_apart_are_added_to_those_that_came_in(tmp_path: Path) -> None:
    rows = [("2026-01-01T00:00:00Z", 10, 20, 90)]
    path = write_csv_log(tmp_path / "a.csv", rows, "time,tokens_in,tokens_out,cached")
    partial, _ = sum_log(path, cached_apart=True)
    (row,) = good(partial)
    assert (row["tokens_in"], row["tokens_cached"]) == (100, 90)


def _by_hand(rows: list[tuple[int, int, int]]) -> dict[str, float]:
    """The six sums of (in, cached, out), one request after the other."""
    return {
        "n": len(rows),
        "tokens_in": sum(i for i, _, _ in rows),
        "tokens_in_context": sum((i - c) * (c + (i - c) / 2) for i, c, _ in rows),
        "tokens_cached": sum(c for _, c, _ in rows),
        "tokens_out": sum(o for _, _, o in rows),
        "tokens_out_context": sum(o * (i + o / 2) for i, _, o in rows),
    }


requests = st.integers(0, 200_000).flatmap(lambda i: st.tuples(st.just(i), st.integers(0, i), st.integers(0, 30_000)))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(requests, min_size=1, max_size=30))
def test_sums_are_those_of_the_requests_one_by_one(tmp_path: Path, rows: list[tuple[int, int, int]]) -> None:
    table = pa.table(
        {
            "time": pa.array([1767225600_000_000 + 1000 * k for k in range(len(rows))], pa.timestamp("us", "UTC")),
            "tokens_in": pa.array([i for i, _, _ in rows], pa.int32()),
            "cached": pa.array(
                [c for _, c, _ in rows], pa.uint16() if max(c for _, c, _ in rows) < 65536 else pa.int64()
            ),
            "tokens_out": pa.array([o for _, _, o in rows], pa.float64()),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    partial, _ = sum_log(tmp_path / "a.parquet")
    (row,) = good(partial)
    assert {name: row[name] for name in _by_hand(rows)} == pytest.approx(_by_hand(rows), rel=1e-14)


def test_decimal_columns_lose_no_digit(tmp_path: Path) -> None:
    """A DECIMAL(9,0) holds 999,999,999 at most: products of tokens would overflow it or be rounded without a word."""
    rows = [(999_983 + k, 0, 77_777) for k in range(1000)]
    table = pa.table(
        {
            "time": pa.array([1767225600_000_000] * len(rows), pa.timestamp("us", "UTC")),
            "tokens_in": pa.array([Decimal(i) for i, _, _ in rows], pa.decimal128(9, 0)),
            "tokens_out": pa.array([Decimal(o) for _, _, o in rows], pa.decimal128(18, 3)),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    partial, _ = sum_log(tmp_path / "a.parquet")
    (row,) = good(partial)
    assert {name: row[name] for name in _by_hand(rows)} == pytest.approx(_by_hand(rows), rel=1e-14)
    assert {partial.sums.schema.field(name).type for name in _by_hand(rows)} == {pa.float64()}


def test_a_fraction_of_a_token_in_a_decimal_is_set_aside(tmp_path: Path) -> None:
    table = pa.table(
        {
            "time": pa.array([1767225600_000_000], pa.timestamp("us", "UTC")),
            "tokens_in": pa.array([Decimal("10.500")], pa.decimal128(9, 3)),
            "tokens_out": pa.array([1], pa.int64()),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    partial, _ = sum_log(tmp_path / "a.parquet")
    assert [row["reason"] for row in partial.sums.to_pylist()] == [4]


@pytest.mark.parametrize("kind", [pa.bool_(), pa.list_(pa.int64()), pa.timestamp("us")])
def test_tokens_of_a_type_that_holds_no_numbers_are_refused(tmp_path: Path, kind: pa.DataType) -> None:
    nothing: list[Any] = [None]
    table = pa.table(
        {"time": pa.array([0], pa.timestamp("us")), "tokens_in": pa.array(nothing, kind), "tokens_out": pa.array([1])}
    )
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(InputError, match="not numbers"):
        sum_log(tmp_path / "a.parquet")


def test_numbers_for_times_need_a_unit(tmp_path: Path) -> None:
    table = pa.table({"time": pa.array([1767225600]), "tokens_in": pa.array([1]), "tokens_out": pa.array([1])})
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(InputError, match="--time-unit"):
        sum_log(tmp_path / "a.parquet")


def test_unreadable_lines_of_json_are_counted(tmp_path: Path) -> None:
    fine = {"time": "2026-01-01T00:00:00Z", "tokens_in": 1, "tokens_out": 2, "more": {"a": [1]}}
    path = write_json_log(tmp_path / "a.jsonl", [fine, "not json", "[1, 2]", '{"time": "cut', fine])
    partial, _ = sum_log(path)
    assert {row["reason"]: row["n"] for row in partial.sums.to_pylist()} == {0: 2, 1: 3}
    told = [(aside.line, aside.reason, aside.text) for aside in partial.sample]
    assert told == [(2, 1, "not json"), (3, 1, "[1, 2]"), (4, 1, '{"time": "cut')]


@pytest.mark.parametrize("packing", ["", ".gz", ".bz2"])
def test_unreadable_lines_of_json_keep_their_line_however_packed(tmp_path: Path, packing: str) -> None:
    fine = b'{"time": "2026-01-01T00:00:00Z", "tokens_in": 1, "tokens_out": 2}\n'
    nothing = b'{"another": 1}\n'
    text = fine * 3 + b"\nnot json\n" + fine + nothing + b'{"time": NaN, "tokens_in": 1, "tokens_out": 2}\n' + fine
    path = tmp_path / f"a.jsonl{packing}"
    with pa.output_stream(str(path), compression={"": None, ".gz": "gzip", ".bz2": "bz2"}[packing]) as f:
        f.write(text)
    partial, _ = sum_log(path)
    told = [(aside.line, aside.text) for aside in partial.sample if aside.reason == 1]
    assert told == [(5, "not json"), (7, '{"another": 1}')]
    assert {aside.reason for aside in partial.sample} == {1, 2}


def test_lines_that_are_not_utf8_are_told_once(tmp_path: Path) -> None:
    fine = b'{"time": "2026-01-01T00:00:00Z", "tokens_in": 1, "tokens_out": 2}\n'
    (tmp_path / "a.jsonl").write_bytes(fine + b'{"time": "\xff\xfe\n' + b"not json\n" + fine)
    partial, _ = sum_log(tmp_path / "a.jsonl")
    assert sorted(aside.line for aside in partial.sample) == [2, 3]
    assert sum(partial.aside.values()) + sum(r["n"] for r in partial.sums.to_pylist() if r["reason"]) == 2


def test_groups_of_rows_set_aside_do_not_grow_with_them(tmp_path: Path) -> None:
    rows = [("nonsense", k, f"model-{k}") for k in range(500)]
    path = write_csv_log(tmp_path / "a.csv", rows, "time,tokens_in,model")
    partial, _ = sum_log(path, columns="tokens_out=tokens_in")
    assert partial.sums.num_rows == 1
    assert len(partial.sample) == 100


@pytest.mark.parametrize(
    ("number", "reason"), [("1e30", 6), ("-1e30", 5), ("1e308", 6), ("99999999999999999999", 6), ("1e999", 4)]
)
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_huge_number_costs_its_own_row(tmp_path: Path, name: str, number: str, reason: int) -> None:
    rows = [("2026-01-01T00:00:00Z", n, 1) for n in (number, number, "5")]
    if name == "a.csv":
        path = write_csv_log(tmp_path / name, rows)
    else:
        fields = f'{{"time": "2026-01-01T00:00:00Z", "tokens_in": {number}, "tokens_out": 1}}'
        path = write_json_log(tmp_path / name, [fields, fields, fields.replace(number, "5")])
    partial, _ = sum_log(path)
    assert {row["reason"]: row["n"] for row in partial.sums.to_pylist()} == {0: 1, reason: 2}


def test_numbers_of_parquet_that_are_not_finite_cost_their_own_rows(tmp_path: Path) -> None:
    values = [float("nan"), float("inf"), float("-inf"), 1e30, 1.5, 7.0]
    times = pa.array([1767225600.0] * len(values))
    table = pa.table({"time": times, "tokens_in": pa.array(values), "tokens_out": pa.array([1] * len(values))})
    pq.write_table(table, tmp_path / "a.parquet")
    partial, _ = sum_log(tmp_path / "a.parquet", time_unit="s")
    assert {row["reason"]: row["n"] for row in partial.sums.to_pylist()} == {0: 1, 4: 4, 6: 1}


@pytest.mark.parametrize(("moment", "reason"), [(1e30, 3), (-1e30, 3), (float("nan"), 2), (float("inf"), 2)])
def test_a_time_far_away_costs_its_own_row(tmp_path: Path, moment: float, reason: int) -> None:
    table = pa.table({"time": [moment, 1767225600.0], "tokens_in": [1, 1], "tokens_out": [1, 1]})
    pq.write_table(table, tmp_path / "a.parquet")
    partial, _ = sum_log(tmp_path / "a.parquet", time_unit="s")
    assert {row["reason"]: row["n"] for row in partial.sums.to_pylist()} == {0: 1, reason: 1}


@pytest.mark.parametrize("zone", ["+99:00", "-15:00", "+05:60", "+24"])
def test_an_offset_that_no_zone_has_is_no_time(tmp_path: Path, zone: str) -> None:
    partial, _ = sum_log(write_csv_log(tmp_path / "a.csv", [(f"2026-01-01T00:00:00{zone}", 1, 1)]))
    assert [row["reason"] for row in partial.sums.to_pylist()] == [2]


def test_an_interrupt_of_a_query_is_that_of_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from treadlight.requests.engine_duckdb import DuckDB

    engine = DuckDB(tmp_path / "home")

    class Interrupted:
        def sql(self, query: str) -> None:
            raise RuntimeError("Query interrupted")

    monkeypatch.setattr(engine, "_connection", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        engine._run("SELECT 1", None)
