"""A home with the studies and claims that ship, one broken file of each, and an inventory."""

import shutil
from datetime import date
from pathlib import Path

from treadlight.ledger.assets import Asset

__all__ = ["BROKEN", "CLAIMS", "STUDIES", "assets", "file_examples"]

STUDIES = ("accelerators", "bloom", "chatbot", "vision-edge")
CLAIMS = ("chatbot", "contrails-2026", "heating")
BROKEN = "mended-later"
_EXAMPLES = Path(__file__).parents[1] / "examples"


def file_examples(home: Path) -> None:
    """Put the examples, and a broken file, where a server looks for them."""
    for kind, names in (("studies", STUDIES), ("claims", CLAIMS)):
        (home / kind).mkdir()
        for name in names:
            shutil.copy(_EXAMPLES / kind / f"{name}.toml", home / kind)
        (home / kind / f"{BROKEN}.toml").write_text("id = 3\nwhat = [", "utf-8")


def assets() -> list[Asset]:
    """Devices that were bought, of which some were retired."""
    return [
        Asset("hall", "H100 SXM", date(2024, 3, 1), 16, "hall A", 5.0),
        Asset("rack", "A100 SXM4 80GB", date(2021, 6, 1), 8, "old rack", retired=date(2025, 12, 31), fate="recycled"),
        Asset("lab", "H100 SXM", date(2025, 9, 1), 4, project="Lab 3"),
    ]
