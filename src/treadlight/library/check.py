"""Checking tables: every problem at once, where loading would refuse at the first."""

from pathlib import Path

from treadlight.library.loader import Store, check_folder
from treadlight.library.schema import Problem
from treadlight.library.version import LATEST, version

__all__ = ["check"]


def check(folder: Path | None = None, name: str = LATEST) -> list[Problem]:
    """Problems of every table of a shipped version, or of it with the overlay `folder` on top."""
    return check_folder(Store(version(name), (folder,) if folder else ()))
