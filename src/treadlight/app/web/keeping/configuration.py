"""The configuration: each setting, its value, and where the value came from."""

from collections.abc import Mapping
from typing import Any

from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web.keeping.part import Part, keeps
from treadlight.core.config import SETTINGS

__all__ = ["GROUPS", "PART"]

GROUPS = {
    "site": "This machine’s place",
    "project": "Whose runs these are",
    "ledger": "Ledger and library",
    "footprint": "How footprints are computed",
    "tracker": "Metering",
    "serve": "Server",
}
_OF = {
    **dict.fromkeys(("library", "studies", "claims", "home", "report"), "ledger"),
    **dict.fromkeys(("meters", "host", "server"), "tracker"),
}


def _context(desk: Desk, request: PageRequest) -> Mapping[str, Any]:
    groups: dict[str, list[tuple[str, str, str, str, str]]] = {title: [] for title in GROUPS.values()}
    for key, setting in SETTINGS.items():
        head = key.partition(".")[0]
        row = (key, _shown(desk, key), desk.config.origin(key), setting.help, setting.env)
        groups[GROUPS[_OF.get(head, head)]].append(row)
    return {"groups": groups, "file": desk.config.user_file}


def _shown(desk: Desk, key: str) -> str:
    """A value that may be shown: no secret, and no password in the address of a database."""
    value = desk.config.get(key)
    if key == "ledger.url" and "://" in value:
        return desk.ledger.name
    return "set, not shown" if value and SETTINGS[key].kind == "secret" else value


PART = Part("configuration", "Configuration", keeps, _context, {})
