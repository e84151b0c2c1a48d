"""Claims read from files: strictly."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from treadlight.assess.netimpact.checks import check_claim
from treadlight.assess.netimpact.claim import Claim
from treadlight.assess.toml_file import TomlKind

__all__ = ["claim_of", "read_claim"]

_CLAIM = TomlKind("claim", "CLAIM", "treadlight net new", "docs/how-to/net-impact.md")


def read_claim(path: str | Path) -> Claim:
    """The claim of a TOML file, checked.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InputError
        If it is no claim.
    """
    found = Path(path)
    return claim_of(_CLAIM.loaded(found), found.name, str(path))


def claim_of(given: Mapping[str, Any], where: str = "claim", path: str = "") -> Claim:
    """The claim that a mapping describes as a file would, checked.

    Raises
    ------
    InputError
        If it is no claim.
    """
    claim = msgspec.structs.replace(_CLAIM.shaped(given, Claim, where, ("path",)), path=path or where)
    check_claim(claim)
    return claim
