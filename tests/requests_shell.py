"""The command as a person runs it, in a home of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

__all__ = ["Shell"]


class Shell:
    """Runs ``treadlight`` in a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("TREADLIGHT_")}
        self.env |= {"TREADLIGHT_HOME": str(folder / "home"), "NO_COLOR": "1"}

    def __call__(self, *arguments: str, code: int = 0, **options: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "treadlight", *arguments]
        done = subprocess.run(command, env=self.env, cwd=self.folder, text=True, capture_output=True, **options)
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, done.stderr
        return done

    def account(self, *arguments: str) -> Any:
        return json.loads(self("requests", "account", *arguments, "--json").stdout)

    def refused(self, *arguments: str, **options: Any) -> str:
        """The one line that refuses bad input."""
        done = self("requests", "account", *arguments, code=2, **options)
        assert done.stdout == ""
        (line,) = done.stderr.splitlines()
        return line
