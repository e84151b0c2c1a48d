"""A real Spark cluster for tests: a master and two workers, each a process of its own, on loopback."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

__all__ = ["cluster", "missing"]

_WAIT_S = 90.0
_CLASSES = "org.apache.spark.deploy"


def missing() -> str:
    """Why there can be no cluster here; empty where there can."""
    java = Path(os.environ["JAVA_HOME"]) / "bin/java" if os.environ.get("JAVA_HOME") else shutil.which("java")
    if java is None or not Path(java).exists():
        return "no Java: Spark needs Java 17"
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return "pyspark is not installed"
    said = subprocess.run([str(java), "-version"], capture_output=True, text=True).stderr
    major = said.partition('"')[2].partition(".")[0]
    return "" if major.isdigit() and int(major) >= 17 else f"Java {major or 'of unknown version'}: Spark needs Java 17"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def cluster(folder: Path, workers: int = 2, memory_mb: int = 700) -> Iterator[str]:
    """A running cluster; its master's address."""
    import pyspark

    home = Path(pyspark.__file__).parent
    port, page = _free_port(), _free_port()
    address = f"spark://127.0.0.1:{port}"
    env = os.environ | {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_NO_DAEMONIZE": "1",
        "SPARK_WORKER_DIR": str(folder / "work"),
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "SPARK_DAEMON_MEMORY": "256m",
    }
    start = str(home / "bin/spark-class")
    host = ["--host", "127.0.0.1", "--port"]
    commands = [[start, f"{_CLASSES}.master.Master", *host, str(port), "--webui-port", str(page)]]
    for _ in range(workers):
        own = ["--cores", "1", "--memory", f"{memory_mb}m", "--webui-port", str(_free_port())]
        commands.append([start, f"{_CLASSES}.worker.Worker", *host, str(_free_port()), *own, address])
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for number, command in enumerate(commands):
            log = (folder / f"process-{number}.log").open("wb")
            with log:
                processes.append(subprocess.Popen(command, env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL))
            if number == 0:
                _wait(page, 0, processes)
        _wait(page, workers, processes)
        yield address
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(page: int, workers: int, processes: list[subprocess.Popen[bytes]]) -> None:
    """Return when the master answers and so many workers have come."""
    deadline = time.monotonic() + _WAIT_S
    while time.monotonic() < deadline:
        if any(process.poll() is not None for process in processes):
            raise RuntimeError("a process of the cluster ended")
        try:
            with urlopen(f"http://127.0.0.1:{page}/json/", timeout=5) as answer:
                if answer.read().count(b"ALIVE") >= workers + (1 if workers else 0):
                    return
        except (URLError, OSError):
            pass
        time.sleep(0.3)
    raise RuntimeError("the cluster did not come up")
