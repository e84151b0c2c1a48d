"""What was asked for: a request as pages see it, without the framework."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

__all__ = ["PageRequest"]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One request for a page.

    Parameters
    ----------
    path
        Path of the address, such as ``/runs``.
    params
        Parts of the path by the names in the page's pattern.
    query
        Every parameter of the address with all its values, in order.
    form
        Fields of the form that was sent; empty unless the method is POST.
    base
        Address of the server as its caller reached it, without a path; empty where none is known.
    """

    path: str
    method: str = "GET"
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    base: str = ""

    def get(self, name: str, default: str = "") -> str:
        """Last value of a parameter of the address; `default` where it is absent or empty."""
        return (self.query.get(name) or ("",))[-1] or default

    def all(self, name: str) -> list[str]:
        """Every value of a parameter of the address that is not empty."""
        return [value for value in self.query.get(name, ()) if value]

    def url(self, path: str | None = None, **changes: str | Sequence[str] | None) -> str:
        """This address with some parameters changed; None or an empty text takes one away."""
        wanted: dict[str, list[str]] = {name: self.all(name) for name in self.query}
        for name, value in changes.items():
            wanted[name] = [value] if isinstance(value, str) else list(value or ())
        pairs = [(name, value) for name, values in wanted.items() for value in values if value]
        return (path or self.path) + (f"?{urlencode(pairs)}" if pairs else "")
