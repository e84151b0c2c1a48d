"""A program that supervises a command as ``treadlight track`` does, for tests that need a process of their own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tracking import environment
from treadlight.ledger.fold import Folded, fold
from treadlight.ledger.journal import is_live, read_journal

__all__ = ["account", "journals", "start", "supervise"]

CODE = """
import os, sys
from treadlight.core.errors import InputError
from treadlight.measure.command import run_command
from treadlight.measure.settings import tracker_settings
try:
    settings = tracker_settings(interval_s=float(os.environ.get("TEST_INTERVAL", "0.1")))
    outcome = run_command(sys.argv[1:], settings, wait=os.environ.get("TEST_WAIT", "1") == "1")
except InputError as error:
    sys.exit(print(f"treadlight: {error}", file=sys.stderr) or 2)
outcome.leave()
"""


def start(home: Path, *command: str, env: dict[str, str | None] | None = None, **options: Any) -> subprocess.Popen[str]:
    """Supervise a command in the background."""
    found = environment(**{"TREADLIGHT_HOME": str(home), **(env or {})})
    return subprocess.Popen([sys.executable, "-c", CODE, *command], env=found, text=True, **options)


def supervise(home: Path, *command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Supervise a command to its end."""
    given = options.pop("input", None)
    pipe = {
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "stdin": subprocess.PIPE if given is not None else None,
    }
    with start(home, *command, **{**pipe, **options}) as process:
        out, err = process.communicate(given, timeout=60)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def journals(home: Path) -> list[Path]:
    return sorted((home / "journals").glob("*.jsonl"))


def account(home: Path) -> Folded:
    """The only run that was recorded."""
    (path,) = journals(home)
    return fold(read_journal(path), live=is_live(path))


def last_record(home: Path) -> dict[str, Any]:
    (path,) = journals(home)
    found: dict[str, Any] = json.loads(path.read_text().splitlines()[-1])
    return found
