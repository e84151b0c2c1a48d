"""Ten million requests on DuckDB, beside the SQL that a person would write by hand; and memory at 1 and 10 million.

    python benchmarks/requests_million.py

Writes the logs once (benchmarks/.work, 130 MB), then times in turns, in one process, each warm:

- hand, sums: GROUP BY hour, zone, model and team of the five sums that energy depends on, without any check;
- hand, joined: the same with a model's coefficients and an hour's grid factor joined to each row, by model, team and
  day: points only, no intervals, no checks;
- treadlight, sums: our expression, which checks every row and sums the same groups;
- treadlight, account: everything, from the SHA-256 of the log over its sums to the intervals of six categories by
  model, team and day, with 1,000 draws. Sums that were kept from before are not used.

Then the whole command and a script with the SQL by hand, each as a process of its own: with the time to start, and the
peak of memory of 1 and of 10 million rows with the same groups.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
from environments import machine, save

from treadlight.app.requesting import Asked, account_requests
from treadlight.app.workspace import Workspace
from treadlight.core.method import Method
from treadlight.requests.columns import resolve_columns
from treadlight.requests.engine import account_one
from treadlight.requests.engine_duckdb import DuckDB
from treadlight.requests.expression import Reading
from treadlight.requests.files import find_files
from treadlight.requests.schema import described

ROWS = (1_000_000, 10_000_000)
REPEATS = 7
WORK = Path(__file__).resolve().parent / ".work"
BY = ("model", "team", "day")

_SUMS = "count(*), sum(tokens_in), sum(cached), sum(tokens_out), sum(tokens_out * (tokens_in + tokens_out / 2.0))"
BY_HAND = f"SELECT time_bucket(INTERVAL 1 HOUR, time) AS h, zone, model, team, {_SUMS} FROM log GROUP BY ALL"

_KWH = "(e_request + tokens_in * e_in + tokens_out * e_out + tokens_out * (tokens_in + tokens_out / 2.0) * e_context)"
JOINED = f"""
SELECT CAST(time AS DATE) AS day, model, team, {_SUMS}, sum({_KWH}) AS kwh, sum({_KWH} * kg_per_kwh) AS kg
FROM log JOIN models USING (model)
JOIN grid ON grid.zone = log.zone AND grid.hour = time_bucket(INTERVAL 1 HOUR, time)
GROUP BY ALL"""

_ZONE = "['FR', 'DE', 'US', 'SE', 'PL'][1 + (hash(i + 3) % 5)::INTEGER]"
_PICK = "['llama-3.1-8b', 'llama-3.1-70b', 'mistral-7b', 'qwen2.5-72b'][1 + (hash(i) % 4)::INTEGER]"


def log(rows: int) -> Path:
    """A Parquet log of a month, 5 zones, 4 models and 10 teams; written on first use."""
    path = WORK / f"requests-{rows}.parquet"
    if not path.exists():
        WORK.mkdir(exist_ok=True)
        step_ms = 30 * 86_400_000 / rows
        half = path.with_suffix(".part")
        duckdb.sql(f"""
            COPY (SELECT TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_milliseconds((i * {step_ms})::BIGINT) AS time,
                {_PICK} AS model, (hash(i + 1) % 4000)::INTEGER AS tokens_in,
                (hash(i + 2) % 800)::INTEGER AS tokens_out, ((hash(i + 1) % 4000) // 3)::INTEGER AS cached,
                {_ZONE} AS zone, 'team' || (hash(i + 4) % 10) AS team
            FROM range({rows}) t(i)) TO '{half}' (FORMAT parquet)""")
        half.rename(path)
    return path


def factors(connection: duckdb.DuckDBPyConnection) -> None:
    """Tables of coefficients and of hourly grid factors, as a person would have them."""
    connection.execute("""
        CREATE OR REPLACE TABLE models AS
        SELECT m AS model, 1e-6 AS e_request, 1e-7 AS e_in, 1e-6 AS e_out, 1e-10 AS e_context
        FROM (SELECT unnest(['llama-3.1-8b', 'llama-3.1-70b', 'mistral-7b', 'qwen2.5-72b']) AS m)""")
    connection.execute("""
        CREATE OR REPLACE TABLE grid AS SELECT zone, h AS hour, 0.1 + random() AS kg_per_kwh
        FROM (SELECT unnest(['FR', 'DE', 'US', 'SE', 'PL']) AS zone) CROSS JOIN
             (SELECT unnest(generate_series(TIMESTAMPTZ '2026-01-01 00:00+00', TIMESTAMPTZ '2026-02-01 00:00+00',
                                            INTERVAL 1 HOUR)) AS h)""")


def timed(work: Callable[[], object]) -> float:
    """Seconds that something takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def process(*command: str) -> tuple[float, float]:
    """Seconds and peak memory [MB] of a process."""
    script = (
        "import resource, subprocess, sys, time, json; t = time.perf_counter(); "
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); "
        "print(json.dumps([time.perf_counter() - t, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000]))"
    )
    env = os.environ | {"TREADLIGHT_HOME": str(WORK / "requests-home")}
    done = subprocess.run([sys.executable, "-c", script, *command], capture_output=True, text=True, check=True, env=env)
    seconds, peak_mb = json.loads(done.stdout)
    return float(seconds), float(peak_mb)


def main() -> None:
    """Print the table."""
    small, large = (log(rows) for rows in ROWS)
    os.environ["TREADLIGHT_HOME"] = str(WORK / "requests-home")
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"CREATE VIEW log AS SELECT * FROM '{large}'")
    factors(connection)
    (file,) = find_files([str(large)])
    described_log = described(file)
    reading = Reading(resolve_columns({}, (), described_log.names, file.name))
    engine = DuckDB(WORK / "requests-home" / "requests")
    workspace = Workspace()
    asked = Asked((str(large),), {}, BY, fresh=True)
    works: dict[str, Callable[[], object]] = {
        "hand, sums": lambda: connection.sql(BY_HAND).to_arrow_table(),
        "hand, joined": lambda: connection.sql(JOINED).to_arrow_table(),
        "treadlight, sums": lambda: account_one(engine, described_log, "", reading),
        "treadlight, account": lambda: account_requests(workspace, asked, Method()),
    }
    for work in works.values():
        work()
    turns = [{name: timed(work) for name, work in works.items()} for _ in range(REPEATS)]
    medians = {name: statistics.median(turn[name] for turn in turns) for name in works}
    sums, joined = medians["hand, sums"], medians["hand, joined"]
    print(f"{ROWS[1]:,} rows in Parquet; medians of {REPEATS}, taken in turns")
    for name, seconds in medians.items():
        print(
            f"{name:20} {seconds:6.2f} s   {seconds / sums:5.2f} of the sums by hand, "
            f"{seconds / joined:5.2f} of the join by hand"
        )
    print("(to reach: 1.3)")
    found: dict[str, object] = {"machine": machine(), "rows": ROWS[1], "medians_s": medians}
    found["sums_ratio"] = medians["treadlight, sums"] / sums
    found["account_ratio_to_joined"] = medians["treadlight, account"] / joined
    for path, rows in ((small, ROWS[0]), (large, ROWS[1])):
        hand = "\n".join(
            (
                "import duckdb",
                "connection = duckdb.connect()",
                "connection.execute(\"SET TimeZone = 'UTC'\")",
                f"connection.execute(\"CREATE VIEW log AS SELECT * FROM '{path}'\")",
                f"connection.sql({BY_HAND!r}).to_arrow_table()",
            )
        )
        ours = ("-m", "treadlight", "requests", "account", str(path), "--by", ",".join(BY), "--fresh", "--json")
        runs = [(process(sys.executable, "-c", hand), process(sys.executable, *ours)) for _ in range(3)]
        hand_s, hand_mb = (statistics.median(h[k] for h, _ in runs) for k in (0, 1))
        ours_s, ours_mb = (statistics.median(o[k] for _, o in runs) for k in (0, 1))
        print(f"{rows:>11,} rows, a process: by hand {hand_s:5.2f} s, {hand_mb:5.0f} MB at most; "
              f"the command {ours_s:5.2f} s, {ours_mb:5.0f} MB at most")  # fmt: skip
        found[f"process_{rows}"] = {"hand_s": hand_s, "hand_mb": hand_mb, "command_s": ours_s, "command_mb": ours_mb}
    save("requests_million", found)


if __name__ == "__main__":
    main()
