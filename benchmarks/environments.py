"""What benchmarks share: peers' environments, the machine's description, where results are kept."""

import json
import os
import platform
import subprocess
import sys
import venv
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent


def environment(name: str, packages: list[str]) -> Path:
    """Python of a peer's own environment, made on first use in benchmarks/.envs."""
    folder = HERE / ".envs" / name
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        print(f"making an environment for {name} …", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=False)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages], check=True)
        (folder / "complete").touch()
    return python


def machine() -> dict[str, object]:
    """Processor, cores, load and Python: what a figure must be read with."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "cpu": names[0].partition(":")[2].strip() if names else platform.processor(),
        "cores": os.cpu_count(),
        "load_1min": os.getloadavg()[0],
        "python": platform.python_version(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }


def save(name: str, result: dict[str, object]) -> None:
    """Keep a result in benchmarks/results/<name>.json."""
    path = HERE / "results" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=2, sort_keys=True) + "\n")
    print(f"kept in {path.relative_to(HERE.parent)}", file=sys.stderr)
