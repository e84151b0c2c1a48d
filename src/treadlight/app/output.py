"""Where verbs write: data to standard output, talk to standard error, files whole or not at all."""

import errno
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from treadlight.core.errors import InputError

__all__ = ["print_json", "talk", "whole_file", "write_bytes", "write_file"]


def print_json(value: Any) -> None:
    """One JSON value on standard output and nothing else."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


def talk(line: str) -> None:
    """One line for people on standard error."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


@contextmanager
def whole_file(path: str | Path, field: str) -> Iterator[TextIO]:
    """A text file to write, which appears whole when the block ends well, or not at all.

    Raises
    ------
    InputError
        If it cannot be written; it names the option `field` and the path.
    """
    with _whole(path, field, "w", "utf-8") as file:
        yield file


@contextmanager
def _whole(path: str | Path, field: str, mode: str, encoding: str | None) -> Iterator[Any]:
    target = Path(path)
    temporary = None
    try:
        if target.exists() and not target.is_file():  # a pipe or a device is written to, never replaced
            with target.open(mode, encoding=encoding) as file:
                yield file
            return
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        temporary = Path(name)
        with os.fdopen(handle, mode, encoding=encoding) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(target)
    except OSError as error:
        what = f"cannot be written ({error.strerror})"
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = "free some space" if full else "give a path in a folder you may write"
        raise InputError(what, field=field, value=str(path), remedy=remedy) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_file(path: str | Path, text: str, field: str) -> None:
    """Write a file whole or not at all, as `whole_file` does."""
    with whole_file(path, field) as file:
        file.write(text)


def write_bytes(path: str | Path, data: bytes, field: str) -> None:
    """Write a file of bytes whole or not at all, as `whole_file` does."""
    with _whole(path, field, "wb", None) as file:
        file.write(data)
