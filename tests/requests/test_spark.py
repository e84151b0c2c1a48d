"""The same expression on a real cluster: a master and two workers as own processes, totals equal to DuckDB's."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from requests_cluster import cluster, missing
from requests_logs import log_of, reading_of, sum_log, write_csv_log, write_json_log
from treadlight.core.errors import InputError
from treadlight.requests.engine import Ask, account_one
from treadlight.requests.expression import SUMS

pytestmark = [
    pytest.mark.spark,
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing()), reason=missing() or "Spark is there"),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # py4j's sockets, closed when they are collected
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # the same
]

_SMALL = {
    "spark.executor.memory": "512m",
    "spark.driver.memory": "512m",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.task.maxFailures": "1",
}


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from treadlight.requests.engine_spark import Spark

    with cluster(tmp_path_factory.mktemp("cluster")) as address:
        engine = Spark(address, _SMALL)
        yield engine
        engine.close()


def _rows(table: Any) -> dict[tuple[object, ...], list[float]]:
    keys = [name for name in table.column_names if name not in (*SUMS, "max_in", "max_out")]
    return {tuple(row[name] for name in keys): [row[name] for name in SUMS] for row in table.to_pylist()}


def _same(spark: Any, path: Path, columns: str = "", **options: Any) -> dict[int, float]:
    """Check that both engines give the same sums; rows by reason."""
    log = log_of(path)
    theirs = _rows(account_one(spark, log, "", reading_of(log, columns, **options)).sums)
    partial, _ = sum_log(path, columns, **options)
    ours = _rows(partial.sums)
    assert set(ours) == set(theirs)
    reasons: dict[int, float] = {}
    for key, sums in ours.items():
        reasons[int(str(key[-1]))] = reasons.get(int(str(key[-1])), 0) + sums[0]
        if key[-1] == 0:
            assert theirs[key] == pytest.approx(sums, rel=1e-12)
        else:
            assert theirs[key][0] == sums[0]
    return reasons


def test_the_cluster_is_one_of_own_processes(spark: Any) -> None:
    context = spark._session.sparkContext
    assert context.master.startswith("spark://127.0.0.1:")
    status = context._jsc.sc().statusTracker()
    until = time.monotonic() + 60  # a worker's process may report later than the first question is asked
    while len(status.getExecutorInfos()) < 3 and time.monotonic() < until:
        time.sleep(0.2)
    assert len(status.getExecutorInfos()) == 3  # the driver and two workers


def test_parquet_sums_are_duckdbs(spark: Any, tmp_path: Path) -> None:
    from decimal import Decimal

    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    generator, n = np.random.default_rng(3), 20_000
    tokens = generator.integers(0, 100_000, n)
    table = pa.table(
        {
            "time": pa.array(
                1767225600_000_000 + generator.integers(0, 10 * 86400, n) * 1_000_000, pa.timestamp("us", "UTC")
            ),
            "tokens_in": pa.array([Decimal(int(t)) for t in tokens], pa.decimal128(9, 0)),
            "tokens_out": pa.array(generator.integers(-1, 5000, n), pa.int32()),
            "cached": pa.array(np.where(tokens % 7 == 0, None, tokens // 2), pa.int64()),
            "model": pa.array(np.array(["a", "b", None])[generator.integers(0, 3, n)]),
            "zone": pa.array(np.array(["FR", "DE"])[generator.integers(0, 2, n)]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=5000)
    reasons = _same(spark, tmp_path / "a.parquet")
    assert reasons[0] > 19_000
    assert set(reasons) == {0, 8}


@pytest.mark.parametrize("kind", ["naive", "zoned"])
def test_timestamps_mean_the_same_hour(spark: Any, tmp_path: Path, kind: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    stamps = pa.array([1767225599_999_999, 1767225600_000_000], pa.timestamp("us", "UTC" if kind == "zoned" else None))
    pq.write_table(pa.table({"time": stamps, "tokens_in": [1, 2], "tokens_out": [3, 4]}), tmp_path / "a.parquet")
    assert _same(spark, tmp_path / "a.parquet") == {0: 2}


TIMES = [
    "2026-01-01T00:59:59Z", "2026-01-01 00:00:00.9799600", "2026-01-01T05:29:59.999+05:30", "2025-12-31T19:00:00-0500",
    "2026-01-01T02:00:00+02", "2026-01-01 00:10:00 UTC", "yesterday", "2026-01-01", "12:30:00", "2026-02-30T00:00:00Z",
    "2026-01-01T25:00:00Z", "2026-01-01T00:00:00 CET", "1700000000", "2026", "",
]  # fmt: skip
NUMBERS = ["10", " 10 ", "20.0", "1e3", "", "ten", "1.5", "12d", "1_000", "nan", "inf", "-1", "10000001", "0x10"]


def test_texts_are_read_and_refused_alike(spark: Any, tmp_path: Path) -> None:
    rows = [(time, 1, 1, 0) for time in TIMES]
    rows += [(TIMES[0], number, 5, 0) for number in NUMBERS]  # type: ignore[misc]
    rows += [(TIMES[0], 5, number, 0) for number in NUMBERS]  # type: ignore[misc]
    rows += [(TIMES[0], 5, 5, number) for number in NUMBERS]  # type: ignore[misc]
    path = write_csv_log(tmp_path / "a.csv", rows, "time,tokens_in,tokens_out,cached")
    reasons = _same(spark, path)
    assert reasons[0] >= 15
    assert {2, 4, 5, 6, 7, 8, 9, 10, 11, 12} <= set(reasons) | {9}


def test_json_lines_are_read_and_refused_alike(spark: Any, tmp_path: Path) -> None:
    fine = {"time": 1000, "tokens_in": 10, "tokens_out": 20.0, "more": {"a": [1]}}
    path = write_json_log(
        tmp_path / "a.jsonl", [fine, "not json", "[1, 2]", '{"time": "cut', fine | {"tokens_in": "x"}]
    )
    assert _same(spark, path, time_unit="ms", origin_s=1767225600.0) == {0: 1, 1: 3, 4: 1}


def test_many_logs_are_one_job_and_keep_their_own_sums(spark: Any, tmp_path: Path) -> None:
    """Names that a pattern would read otherwise, a log without a row that counts, and one with none at all."""
    rows = [("2026-01-01T00:10:00Z", 100 + i, 10, "a") for i in range(50)]
    head = "time,tokens_in,tokens_out,model"
    logs = {
        "plain.csv": rows[:20],
        "with space, [x]*.csv": [*rows[20:30], ("yesterday", 1, 1, "a")],
        "bad.csv": [("yesterday", 1, 1, "b"), ("2026-01-01T00:10:00Z", -1, 1, "b")],
        "none.csv": [],
        "x.csv": rows[:1],
    }
    paths = [write_csv_log(tmp_path / name, content, head) for name, content in logs.items()]
    asks = [Ask(log_of(path), "", reading_of(log_of(path))) for path in paths]
    tracker = spark._session.sparkContext.statusTracker()
    spark._session.sparkContext.setJobGroup("many", "")
    found = {ask.log.file.path.name: partial for ask, partial in spark.accounts(asks)}
    for path in paths:
        ours, _ = sum_log(path)
        assert _rows(found[path.name].sums) == _rows(ours.sums)
        assert {a.text for a in found[path.name].sample} == {a.text for a in ours.sample}
    many = len(tracker.getJobIdsForGroup("many"))
    spark._session.sparkContext.setJobGroup("one", "")
    account_one(spark, log_of(paths[2]), "", reading_of(log_of(paths[2])))
    assert many <= len(tracker.getJobIdsForGroup("one")) + 2


def test_damaged_lines_of_csv_are_set_aside(spark: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    row = "2026-01-01T00:00:00Z,10,20\n"
    path.write_text("time,tokens_in,tokens_out\n" + row * 3 + "bad line\n" + row + "2026-01-01T00:00:00Z,1,2,3\n")
    log = log_of(path)
    partial = account_one(spark, log, "", reading_of(log))
    assert {r["reason"]: r["n"] for r in partial.sums.to_pylist()} == {0: 4, 1: 2}
    assert {a.reason for a in partial.sample} == {1}


def test_a_log_that_is_cut_off_is_one_clear_error(spark: Any, tmp_path: Path) -> None:
    import gzip

    packed = gzip.compress(b"time,tokens_in,tokens_out\n" + b"2026-01-01T00:00:00Z,10,20\n" * 50_000)
    (tmp_path / "a.csv.gz").write_bytes(packed[: len(packed) // 2])
    log = log_of(tmp_path / "a.csv.gz")
    with pytest.raises(InputError, match="the log cannot be read"):
        account_one(spark, log, "", reading_of(log))


def test_a_master_that_is_not_there_is_one_clear_error() -> None:
    from treadlight.requests.engine_spark import Spark

    with pytest.raises(InputError, match="--master"):
        Spark("spark:/nowhere")
