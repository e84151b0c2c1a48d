"""What an address may ask of a page: a parameter that no page knows is named, not passed over in silence."""

from difflib import get_close_matches

from treadlight.app.server.asked import PageRequest
from treadlight.core.errors import InputError

__all__ = ["check_names"]

_NAMES = (
    "project", "team", "stage", "since", "until", "category", "accounting", "scope", "library", "lang", "run",
    "component", "flow", "status", "name", "beside", "theme", "as",
)  # fmt: skip
_MEANT = {"period": "since", "from": "since", "to": "until", "month": "since", "year": "since", "language": "lang"}
"""What is often written for something else."""


def check_names(request: PageRequest, *own: str) -> None:
    """Refuse an address that asks for something unknown; `own` are the parameters of this page alone.

    Raises
    ------
    InputError
        If a parameter is unknown; it names those that are near.
    """
    known = (*own, *_NAMES)
    for name in request.query:
        if name not in known:
            meant = [_MEANT[name]] if name in _MEANT else get_close_matches(name, known, n=3, cutoff=0.6)
            remedy = f"write {' or '.join(meant)} instead" if meant else f"use one of {', '.join(sorted(known))}"
            raise InputError("is no choice of this page", field=name, value=request.get(name), remedy=remedy)
