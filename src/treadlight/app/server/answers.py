"""What a page answers with."""

from dataclasses import dataclass

__all__ = ["Answer", "File", "Html", "Redirect"]


@dataclass(frozen=True, slots=True)
class Html:
    """A page; one that shows a secret is kept by no browser."""

    text: str
    status: int = 200
    secret: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """Something to download, or to show as it is where `name` is empty."""

    content: bytes
    media_type: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go and look there, with GET; an address of this server, beginning with ``/``."""

    to: str


Answer = Html | File | Redirect
"""What a page may answer with."""
