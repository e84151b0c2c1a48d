"""Studies and claims as files: those of one folder, which the server's configuration names and no address can change.

A file is known by its name. What is computed of it is kept by its content, with the library's, so that a file that is
changed is computed anew and one that is not answers at once.
"""

import re
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from treadlight.app.server.desk import Desk
from treadlight.app.web.once import Once
from treadlight.core.errors import InputError, NotFoundError, TreadlightError
from treadlight.core.texts import say

if TYPE_CHECKING:
    from treadlight.assess.lifecycle.study import Study
    from treadlight.assess.netimpact.claim import Claim

__all__ = ["claim_facts", "computed", "file_of", "files_of", "folder_of", "study_facts", "trouble_of"]

T = TypeVar("T")
_NAME = re.compile(r"\w[\w .-]{0,99}")
_MOST = 200
_MOST_BYTES = 2_000_000
_ONCE = Once(64)
_LIGHT = Once(1024)


def folder_of(desk: Desk, kind: str) -> Path:
    """Where the files of a kind (``studies``, ``claims``) lie: as configured, else beside the ledger, else the home."""
    given = desk.config.get(f"{kind}.folder")
    if given:
        return Path(given)
    url = desk.ledger_url
    return (desk.home if "://" in url else Path(url).parent) / kind


def files_of(desk: Desk, kind: str) -> dict[str, Path]:
    """The files of a kind by their names, in order; what leads out of the folder, or has an odd name, is left out."""
    folder = folder_of(desk, kind)
    try:
        inside = folder.resolve()
        found = sorted(path for path in folder.glob("*.toml") if path.resolve().is_relative_to(inside))
    except OSError as error:
        remedy = say("make it readable for the server, or configure another")
        raise InputError(f"cannot be read ({error.strerror})", field=f"{kind}.folder", remedy=remedy) from None
    return {path.stem: path for path in found[:_MOST] if _NAME.fullmatch(path.stem) and path.is_file()}


def file_of(desk: Desk, kind: str, name: str) -> Path:
    """The file of a kind with this name.

    Raises
    ------
    NotFoundError
        If there is none.
    InputError
        If it is too large to be read for a page.
    """
    path = files_of(desk, kind).get(name)
    if path is None:
        raise NotFoundError(say("no such file"), field=kind, value=name, remedy=say("see the list"))
    if path.stat().st_size > _MOST_BYTES:
        raise InputError("is too large", field=path.name, remedy="give at most 2 MB")
    return path


def trouble_of(error: Exception, path: Path) -> str:
    """One line on why a file cannot be used; it names the file, never where it lies."""
    if isinstance(error, TreadlightError):
        return str(error).replace(f"{path.parent}/", "")
    if isinstance(error, RecursionError):
        return f"{path.name}: is nested too deep; write it with fewer levels"
    said = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return f"{path.name}: cannot be read ({said}); check the file"


def study_facts(study: "Study") -> tuple[str, bool]:
    """Digest of a study, and whether it asks the ledger: it, or one that it includes."""
    return study.digest, any(_asks(held) for held in _whole(study))


def _whole(study: "Study") -> "Iterator[Study]":
    yield study
    for inner in study.studies.values():
        yield from _whole(inner)


def _asks(study: "Study") -> bool:
    return any(item.ledger is not None for system in study.systems for stage in system.stages for item in stage.items)


def claim_facts(claim: "Claim") -> tuple[str, bool]:
    """Digest of a claim with those of the studies it names, and whether anything of it asks the ledger."""
    from treadlight.assess.lifecycle.reading import read_study

    parts = [(claim.digest, any(part.ledger is not None for part in claim.first_order))]
    parts += [study_facts(read_study(claim.folder / part.study)) for part in claim.first_order if part.study]
    return "+".join(digest for digest, _ in parts), any(asks for _, asks in parts)


def computed(desk: Desk, facts: tuple[str, bool], key: Hashable, make: Callable[[], T], *, light: bool = False) -> T:
    """What `make` gives of a file, kept by its content and the library's; where it asks the ledger, by its state too.

    Parameters
    ----------
    facts
        As `study_facts` or `claim_facts` says them.
    key
        What else the answer depends on.
    light
        Whether it is small and soon made again, such as what a slider asks: it then drives out nothing large.
    """
    digest, asks = facts
    ledger = (desk.ledger.name, desk.root, desk.principal.projects) if asks else ()
    once = _LIGHT if light else _ONCE
    return once.get((digest, desk.library.digest, desk.draws, desk.seed, ledger, key), make)
