"""Files that appear whole or not at all, never in the place of what they are made from, nor of another kind of file."""

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from treadlight.core.errors import InputError
from treadlight.core.file_form import replaced

__all__ = ["check_target", "whole_path"]

_SQLITE = b"SQLite format 3\0"
_ELSEWHERE = "give a path in a folder you may write"

PathLike = str | Path


def check_target(path: PathLike, field: str, inputs: Iterable[PathLike] = (), form: str = "") -> None:
    """Nothing, if a file can be written to `path`: asked before work whose result would otherwise be lost.

    Parameters
    ----------
    field
        The option that names the path.
    inputs
        What is read meanwhile.
    form
        Of what is to be written, such as ``html``; else as the path ends. An earlier file of the same form is replaced.

    Raises
    ------
    InputError
        If the path is one of the inputs under any name, a database, a file of another form, a folder, or cannot be
        written.
    """
    _check_place(path, field, inputs, form)
    target = Path(path)
    if target.exists() and not target.is_file():
        return
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        os.close(handle)
        Path(name).unlink()
    except OSError as error:
        raise _unwritable(path, field, error) from None


@contextmanager
def whole_path(path: PathLike, field: str, inputs: Iterable[PathLike] = (), form: str = "") -> Iterator[Path]:
    """A path to write to, whose file takes the place of `path` when the block ends well, and goes otherwise.

    A pipe or a device is written to itself, never replaced.

    Raises
    ------
    InputError
        As `check_target`; it names the option `field` and the path.
    """
    target = Path(path)
    temporary = None
    try:
        _check_place(path, field, inputs, form)
        if target.exists() and not target.is_file():
            yield target
            return
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        os.close(handle)
        temporary = Path(name)
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(target)
    except OSError as error:
        raise _unwritable(path, field, error) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _check_place(path: PathLike, field: str, inputs: Iterable[PathLike], form: str) -> None:
    """Nothing, if what stands at the path may be replaced."""
    target = Path(path)
    if any(_is_same(target, Path(source)) for source in inputs):
        remedy = "give another name: what is read would be lost"
        raise InputError("is a file that is read", field=field, value=str(path), remedy=remedy)
    if target.is_dir():
        raise InputError("is a folder", field=field, value=str(path), remedy="give the name of a file in it")
    if _is_database(target):
        raise InputError("is a database, perhaps a ledger", field=field, value=str(path), remedy="give another name")
    other = replaced(target, form)
    if other:
        raise InputError(other, field=field, value=str(path), remedy="give another name, or remove that file first")


def _is_same(target: Path, source: Path) -> bool:
    """Whether two names mean one file, through links of either kind."""
    try:
        return target.samefile(source)
    except OSError:
        return target.resolve() == source.resolve()


def _is_database(target: Path) -> bool:
    try:
        if not target.is_file():
            return False
        with target.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False  # it cannot be read, and is replaced only where its folder can be written


def _unwritable(path: PathLike, field: str, error: OSError) -> InputError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    what = f"cannot be written ({error.strerror or error})"
    return InputError(what, field=field, value=str(path), remedy="free some space" if full else _ELSEWHERE)
