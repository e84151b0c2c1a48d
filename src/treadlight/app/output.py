"""Where verbs write: data to standard output, talk to standard error, files whole or not at all."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from treadlight.core.whole import whole_path

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
def whole_file(path: str | Path, field: str, inputs: Iterable[str | Path] = (), form: str = "") -> Iterator[TextIO]:
    """A text file to write, which appears whole when the block ends well, or not at all.

    Parameters
    ----------
    inputs
        Files that are read, which it may never replace.
    form
        Of what is written, such as ``html``; else as the path ends.

    Raises
    ------
    InputError
        If it cannot be written, or would replace an input, a database or a file of another form; it names the option
        `field` and the path.
    """
    with whole_path(path, field, inputs, form) as target, target.open("w", encoding="utf-8") as file:
        yield file


def write_file(path: str | Path, text: str, field: str, inputs: Iterable[str | Path] = (), form: str = "") -> None:
    """Write a file whole or not at all, as `whole_file` does."""
    with whole_file(path, field, inputs, form) as file:
        file.write(text)


def write_bytes(path: str | Path, data: bytes, field: str, inputs: Iterable[str | Path] = (), form: str = "") -> None:
    """Write a file of bytes whole or not at all, as `whole_file` does."""
    with whole_path(path, field, inputs, form) as target:
        target.write_bytes(data)
