"""A page as PDF: printed by a Chromium of this machine, where there is one.

No library of ours lays out CSS; a browser does, as it does for whoever prints the page by hand.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from treadlight.core.errors import InputError

__all__ = ["page_pdf"]

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_QUIET = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-quic", "--disable-extensions", "--no-pdf-header-footer",
)  # fmt: skip
_PATIENCE_S = 180
_REMEDY = "install Chromium (apt install chromium), set report.chromium to its path, or print the --html page"


def page_pdf(page: str, browser: str = "") -> bytes:
    """The PDF of an HTML text that is one file.

    Parameters
    ----------
    browser
        Path or name of a Chromium; the first that is found if empty.

    Raises
    ------
    InputError
        If there is no browser here, or it prints nothing.
    """
    program = _program(browser)
    with tempfile.TemporaryDirectory(prefix="treadlight-pdf-") as folder:
        source, target = Path(folder) / "page.html", Path(folder) / "page.pdf"
        source.write_text(page, encoding="utf-8")
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses to sandbox as root
        command = [
            program,
            *_QUIET,
            *sandbox,
            f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={target}",
            source.as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_PATIENCE_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise InputError(
                f"could not print ({type(error).__name__})", field="--pdf", value=program, remedy=_REMEDY
            ) from None
        if not target.is_file() or not target.stat().st_size:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            what = f"printed nothing ({said[-1][:120] if said else f'exit code {done.returncode}'})"
            raise InputError(what, field="--pdf", value=program, remedy=_REMEDY)
        return target.read_bytes()


def _program(named: str) -> str:
    found = next((path for name in ([named] if named else _BROWSERS) if (path := shutil.which(name))), None)
    if found is None:
        what = "is no program" if named else "no Chromium is on this machine, which PDF needs"
        field = "report.chromium" if named else "--pdf"
        raise InputError(what, field=field, value=named or None, remedy=_REMEDY)
    return found
