"""What files to begin with share: texts as TOML, an id out of a title, words that must be there, no file that is."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from treadlight.core.errors import InputError
from treadlight.core.whole import check_target

__all__ = ["check_new", "check_words", "id_of", "toml_text"]

_BETWEEN = re.compile(r"[^a-z0-9]+")


def toml_text(value: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(value, ensure_ascii=False)


def id_of(title: str, otherwise: str) -> str:
    """A title in small letters and hyphens; of one without either letter or digit `otherwise`."""
    return _BETWEEN.sub("-", title.lower()).strip("-") or otherwise


def check_words(given: object, names: Iterable[str]) -> None:
    """Nothing, if these texts of what was given say something.

    Raises
    ------
    InputError
        Naming the option of the first that is empty.
    """
    for name in names:
        if not getattr(given, name).strip():
            raise InputError("is empty", field=f"--{name}", remedy="say it in a word or two")


def check_new(path: str, *, force: bool) -> None:
    """Nothing, if a file to begin with can be written: none is there, or it may be replaced.

    Raises
    ------
    InputError
        If one is there; even with `force`, if it is plainly something else than TOML.
    """
    if Path(path).exists() and not force:
        raise InputError("is there already", field="FILE", value=path, remedy="give another name, or --force")
    if force:
        check_target(path, "FILE", form="toml")
