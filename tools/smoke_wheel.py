"""Build the wheel, install it in a clean environment with nothing else, and use it: what a stranger gets."""

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(*command: object, **more: object) -> str:
    """Standard output of a command that must succeed."""
    done = subprocess.run([str(part) for part in command], text=True, stdout=subprocess.PIPE, check=True, **more)
    return done.stdout


def main() -> None:
    """Build, install, use; a failure ends with its command."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        run(sys.executable, "-m", "build", "--wheel", "--outdir", work, ROOT)
        wheel = next(work.glob("*.whl"))
        venv.create(work / "env", with_pip=True)
        python = work / "env/bin/python"
        run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", wheel)
        environ = {**os.environ, "TREADLIGHT_HOME": str(work / "home")}
        environ.pop("PYTHONPATH", None)
        treadlight = work / "env/bin/treadlight"

        def use(*arguments: str) -> str:
            return run(treadlight, *arguments, env=environ, cwd=work)

        busy = "sum(i * i for i in range(3_000_000))"
        use("track", "--name", "smoke", "--quiet", "--", str(python), "-c", busy)
        (listed,) = json.loads(use("runs", "--json"))
        account = json.loads(use("show", "last", "--json"))
        use("show", "last", "--html", "page.html")
        use("why", "last")
        use("library", "check")
        assert listed["status"] == "finished", listed
        assert listed["energy_kwh"]["p05"] > 0, listed
        assert account["footprint"]["impacts"]["gwp"]["p50"] > 0, account
        assert "</html>" in (work / "page.html").read_text()
        assert "verified" in use("verify")
        sys.stdout.write(f"{wheel.name}: built, installed and used in a clean environment\n")


if __name__ == "__main__":
    main()
