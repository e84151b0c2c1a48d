"""The same account on a Spark standalone cluster: totals beside DuckDB's, time, and the driver's memory from 10 to 100
million rows.

    python benchmarks/requests_spark.py [ROWS …]        (default: 10000000 100000000)

A master and two workers run as own processes on loopback, each worker with one core. The logs are made on the cluster
with `spark.range` and read back as Parquet (benchmarks/.work, 0.1 GB for 10 million rows, 1.2 GB for 100 million). Each
size runs in a driver of its own, so that its peak of memory is its own. The driver is two processes: Python, whose peak
is `ru_maxrss`, and the Java virtual machine it starts, whose peak is VmHWM.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from environments import machine, save

ROOT = Path(__file__).resolve().parents[1]
WORK = Path(__file__).resolve().parent / ".work"
ROWS = (10_000_000, 100_000_000)
SETTINGS = {
    "spark.executor.memory": "1g",
    "spark.driver.memory": "1g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "4",
}

MAKE = """
SELECT timestamp_millis(1767225600000 + cast(id * {step} as bigint)) AS time,
       element_at(array('llama-3.1-8b', 'llama-3.1-70b', 'mistral-7b', 'qwen2.5-72b'),
                  cast(1 + pmod(xxhash64(id), 4) as int)) AS model,
       cast(pmod(xxhash64(id + 1), 4000) as int) AS tokens_in,
       cast(pmod(xxhash64(id + 2), 800) as int) AS tokens_out,
       cast(pmod(xxhash64(id + 1), 4000) div 3 as int) AS cached,
       element_at(array('FR', 'DE', 'US', 'SE', 'PL'), cast(1 + pmod(xxhash64(id + 3), 5) as int)) AS zone,
       concat('team', pmod(xxhash64(id + 4), 10)) AS team
FROM ids"""


def peak_of_java_mb() -> float:
    """Peak memory of the virtual machine that this driver started [MB]."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    peaks = []
    for child in children:
        status = Path(f"/proc/{child}/status").read_text()
        peaks += [int(line.split()[1]) / 1000 for line in status.splitlines() if line.startswith("VmHWM")]
    return max(peaks, default=0.0)


def drive(master: str, rows: int) -> dict[str, float]:
    """Make the log if it is not there, and sum it on both engines."""
    from treadlight.requests.columns import resolve_columns
    from treadlight.requests.engine import account_one
    from treadlight.requests.engine_duckdb import DuckDB
    from treadlight.requests.engine_spark import Spark
    from treadlight.requests.expression import SUMS, Reading
    from treadlight.requests.files import find_files
    from treadlight.requests.partial import Partial
    from treadlight.requests.schema import described

    spark = Spark(master, SETTINGS)
    folder = WORK / f"spark-{rows}.parquet"
    if not (folder / "_SUCCESS").exists():
        session = spark._session
        session.range(rows).createOrReplaceTempView("ids")
        step = 30 * 86_400_000 / rows
        session.sql(MAKE.format(step=step)).coalesce(1).write.mode("overwrite").parquet(str(folder))
    (file,) = find_files([str(folder)])
    log = described(file)
    reading = Reading(resolve_columns({}, (), log.names, file.name))
    seconds: dict[str, float] = {}
    found: dict[str, Partial] = {}
    begun = time.perf_counter()
    found["spark"] = account_one(spark, log, "", reading)
    seconds["spark"] = time.perf_counter() - begun
    java_mb, python_mb = peak_of_java_mb(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    duck = DuckDB(WORK / "requests-home" / "requests")  # only now: the peaks are those of a driver of Spark
    begun = time.perf_counter()
    found["duckdb"] = account_one(duck, log, "", reading)
    seconds["duckdb"] = time.perf_counter() - begun
    keys = [c for c in found["duckdb"].sums.column_names if c not in (*SUMS, "max_in", "max_out")]
    ours, theirs = (
        {tuple(row[k] for k in keys): row for row in found[name].sums.to_pylist()} for name in ("duckdb", "spark")
    )
    assert set(ours) == set(theirs)
    totals = [(sum(r[s] for r in ours.values()), sum(r[s] for r in theirs.values())) for s in SUMS]
    apart = max(abs(ours[k][s] - theirs[k][s]) / max(1.0, ours[k][s]) for k in ours for s in SUMS)
    return {
        "rows": totals[0][0],
        "groups": len(ours),
        "spark_s": seconds["spark"],
        "duckdb_s": seconds["duckdb"],
        "largest_relative_difference_of_a_group": apart,
        "largest_relative_difference_of_a_total": max(abs(a - b) / a for a, b in totals),
        "driver_java_mb": java_mb,
        "driver_python_mb": python_mb,
    }


def main() -> None:
    """Print a line for each number of rows."""
    if sys.argv[1:2] == ["--drive"]:
        print(json.dumps(drive(sys.argv[2], int(sys.argv[3]))))
        return
    sys.path.insert(0, str(ROOT / "tests"))
    from requests_cluster import cluster, missing

    if missing():
        sys.exit(f"skipped: {missing()}")
    WORK.mkdir(exist_ok=True)
    results: dict[str, object] = {"machine": machine()}
    with tempfile.TemporaryDirectory(dir=WORK) as folder, cluster(Path(folder), memory_mb=1200) as master:
        for rows in [int(text) for text in sys.argv[1:]] or ROWS:
            command = [sys.executable, __file__, "--drive", master, str(rows)]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
            found = json.loads(done.stdout.splitlines()[-1])
            results[str(rows)] = found
            print(
                f"{found['rows']:>13,.0f} rows, {found['groups']:,} groups: Spark {found['spark_s']:6.1f} s, "
                f"DuckDB {found['duckdb_s']:5.1f} s; "
                f"totals differ by {found['largest_relative_difference_of_a_total']:.1e}, "
                f"any group by {found['largest_relative_difference_of_a_group']:.1e} (to reach: 1e-12); driver at most "
                f"{found['driver_java_mb']:.0f} MB Java, {found['driver_python_mb']:.0f} MB Python",
                flush=True,
            )
    save("requests_spark", results)


if __name__ == "__main__":
    main()
