"""What an account leaves behind in its process.

A thread of Arrow's that still holds something of Python's when Python ends takes the whole process down with it
("terminate called without an active exception"), after the answer was printed. So none is begun.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from requests_logs import write_csv_log
from requests_shell import Shell

TASKS = Path("/proc/self/task")
COMMAND = """
import atexit, pathlib, sys
name = pathlib.Path("/proc/self/comm").read_text()
def alike():
    return sum((task / "comm").read_text() == name for task in pathlib.Path("/proc/self/task").iterdir())
from treadlight.app.cli.main import main
atexit.register(lambda: print(alike(), file=sys.stderr))
main()
"""


@pytest.mark.skipif(not TASKS.is_dir(), reason="threads are counted in Linux' /proc")
@pytest.mark.parametrize("times", ["read", "kept"])
def test_no_thread_outlives_an_account(tmp_path: Path, times: str) -> None:
    head = "time,tokens_in,tokens_out,model,zone,region"
    at = ("2026-01-01T00:10:00Z", 1000, 100, "llama-3.1-8b")
    write_csv_log(tmp_path / "log.csv", [(*at, "", "aws/us-east-1"), (*at, "", "")], head)
    shell = Shell(tmp_path)
    if times == "kept":
        shell.account("log.csv")
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "requests", "account", "log.csv"],
        env=shell.env | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        cwd=tmp_path,
        text=True,
        capture_output=True,
    )
    assert (done.returncode, done.stderr.split()) == (0, ["1"])
