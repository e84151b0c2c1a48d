"""Pages: one file each in `treadlight.app.web.pages`, found by its name. `treadlight.app.web` says how to write one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.server.principal import Role, Scope
from treadlight.core.plugins import names, plugin

__all__ = ["Page", "navigation", "pages"]

_PACKAGE = "treadlight.app.web.pages"


@dataclass(frozen=True, slots=True)
class Page:
    """A page as its file declares it.

    Parameters
    ----------
    name
        Of its file.
    paths
        Its addresses, with parts in braces: ``/runs/{ref:str}``.
    title
        As the navigation and the window's title call it.
    nav
        Place in the navigation; None: it is not there.
    show, post
        Answer a request for it, and a form sent to it; None: it takes no forms.
    scope
        What one must be allowed to see it; None: anybody may, signed in or not.
    post_scope
        What one must be allowed to send its forms.
    roles
        Who may see it; None: every role.
    whole
        Whether it tells of the whole organisation: only who may see all projects sees it.
    """

    name: str
    paths: tuple[str, ...]
    title: str
    nav: int | None
    show: Callable[[Desk, PageRequest], Answer]
    post: Callable[[Desk, PageRequest], Answer] | None = None
    scope: Scope | None = Scope.READ
    post_scope: Scope = Scope.WRITE
    roles: frozenset[Role] | None = None
    whole: bool = False


@cache
def pages() -> tuple[Page, ...]:
    """Every page, by its place in the navigation and its name."""
    found = [_page(name) for name in names(_PACKAGE)]
    return tuple(sorted(found, key=lambda page: (page.nav is None, page.nav or 0, page.name)))


def navigation(desk: Desk) -> list[Page]:
    """Pages that stand in the navigation of who asks, in order."""
    return [p for p in pages() if p.nav is not None and _seen(p, desk)]


def _seen(page: Page, desk: Desk) -> bool:
    return (page.roles is None or desk.role in page.roles) and (desk.principal.everything or not page.whole)


def _page(name: str) -> Page:
    module = plugin(_PACKAGE, name)
    return Page(
        name=name,
        paths=tuple(module.PATHS),  # type: ignore[attr-defined]
        title=module.TITLE,  # type: ignore[attr-defined]
        nav=getattr(module, "NAV", None),
        show=module.page,  # type: ignore[attr-defined]
        post=getattr(module, "post", None),
        scope=getattr(module, "SCOPE", Scope.READ),
        post_scope=getattr(module, "POST_SCOPE", Scope.WRITE),
        roles=getattr(module, "ROLES", None),
        whole=getattr(module, "WHOLE", False),
    )
