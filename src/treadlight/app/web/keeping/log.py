"""The log: who did what, when, and from where."""

from collections.abc import Mapping
from typing import Any

from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web.keeping.part import Part, oversees
from treadlight.core.errors import InputError

__all__ = ["PART"]

_SHOWN = 50


def _context(desk: Desk, request: PageRequest) -> Mapping[str, Any]:
    before = request.get("before")
    if before and not (before.isdecimal() and 0 < int(before) < 1 << 53):
        raise InputError("is no number of a line", field="before", value=before, remedy="follow the link Earlier")
    rows = desk.audit(_SHOWN, int(before) if before else None)
    return {
        "rows": rows,
        "earlier": str(rows[-1].number) if len(rows) == _SHOWN else "",
        "names": _names(desk),
        "later": bool(before),
    }


def _names(desk: Desk) -> dict[str, str]:
    """People and tokens by the id under which the log knows them."""
    found = {f"token:{t.id}": t.name for t in desk.tokens()}
    return found | {f"member:{m.id}": m.name or m.email for m in desk.people()} | {"local": "this machine"}


PART = Part("log", "Log", lambda desk: not desk.embedded and oversees(desk), _context, {})
