"""Where verbs write: data to standard output, talk to standard error, files whole or not at all."""

import json
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from treadlight.core.errors import InputError

__all__ = ["print_json", "talk", "write_file"]


def print_json(value: Any) -> None:
    """One JSON value on standard output and nothing else."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


def talk(line: str) -> None:
    """One line for people on standard error."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def write_file(path: str | Path, text: str, field: str) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    InputError
        If it cannot be written; it names the option `field` and the path.
    """
    target = Path(path)
    temporary = ""
    try:
        if target.exists() and not target.is_file():  # a pipe or a device is written to, never replaced
            target.write_text(text, encoding="utf-8")
            return
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(target)
    except OSError as error:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink()
        what = f"cannot be written ({error.strerror})"
        raise InputError(what, field=field, value=str(path), remedy="give a path in a folder you may write") from None
