"""Rendering: one environment for every page, and what stands on each of them."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from treadlight.app.server.answers import Answer, File, Html
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.assets import asset, asset_url
from treadlight.app.server.desk import Desk
from treadlight.app.server.pages import navigation
from treadlight.app.web import words
from treadlight.app.web.book import month_text
from treadlight.app.web.ink import Ink
from treadlight.app.web.terms import terms
from treadlight.core.category import CATEGORIES
from treadlight.core.texts import CATALOGUE, counted, language, say
from treadlight.share import findings, numbers, svg
from treadlight.share.drawn import colour

__all__ = ["KEPT", "SHEETS", "Download", "fragment", "keep", "render", "warm"]

SHEETS = ("tokens.css", "page.css", "web.css", "charts.css", "print.css")
"""Stylesheets of every page, in order."""

KEPT = ("category", "accounting", "scope", "library", "lang")
"""Parameters that every link carries on."""

_OWN_HREF = re.compile(r'href="([/?])')
_OWN_LINK = re.compile(r'<a [^>]*href="[/?][^>]*>(.*?)</a>', re.DOTALL)

_FILTERS = ("project", "team", "stage", "since", "until", "beside")


@dataclass(frozen=True, slots=True)
class Download:
    """A link under a figure."""

    label: str
    href: str


@cache
def _environment() -> Environment:
    env = Environment(
        loader=ChoiceLoader(
            [PackageLoader("treadlight.app.web", "templates"), PackageLoader("treadlight.share", "templates")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["zip"] = lambda left, right: list(zip(left, right, strict=True))
    env.globals |= {
        "_": say,
        "counted": counted,
        "f": findings,
        "n": numbers,
        "svg": svg,
        "colour": colour,
        "asset_url": asset_url,
        "words": words,
        "month_text": month_text,
    }
    return env


def warm() -> None:
    """Compile every template, so that the first who asks for a page does not wait for it."""
    env = _environment()
    for name in env.list_templates(extensions=["jinja"]):
        env.get_template(name)


def keep(request: PageRequest, *, filters: bool = False) -> str:
    """Query of this address that links to other pages carry on: category and method, and with `filters` also those."""
    names = (*KEPT, *_FILTERS) if filters else KEPT
    return urlencode([(name, value) for name in names if (value := request.get(name))])


def render(desk: Desk, request: PageRequest, template: str, **context: Any) -> Answer:
    """A page from its template; with ``as=file`` in the address, as one file that needs nothing else."""
    alone = request.get("as") == "file"
    text = _text(desk, request, template, {**context, "alone": alone})
    if not alone:
        return Html(text)
    name = "-".join(part for part in request.path.split("/") if part)[:60] or "overview"
    return File(_led_home(text, request).encode(), "text/html; charset=utf-8", f"treadlight-{name}.html")


def _led_home(text: str, request: PageRequest) -> str:
    """A page that stands alone, its links leading to the server it is from; plain text where no server is known."""
    if not request.base:
        return _OWN_LINK.sub(r'<span class="num">\1</span>', text)
    base = str(escape(request.base))
    page = base + str(escape(request.path))
    return _OWN_HREF.sub(lambda found: f'href="{base if found[1] == "/" else page}{found[1]}', text)


def fragment(desk: Desk, request: PageRequest, template: str, **context: Any) -> Html:
    """A part of a page, for a script that puts it where it belongs."""
    return Html(_text(desk, request, template, {**context, "alone": False}))


def _text(desk: Desk, request: PageRequest, template: str, context: Mapping[str, Any]) -> str:
    root, entries = desk.ledger.head() if desk.principal.everything else ("", 0)
    sheets = context.get("sheets", SHEETS)
    style = "\n".join(asset(name).content.decode() for name in sheets) if context["alone"] else ""
    hashed = base64.b64encode(sha256(style.encode()).digest()).decode()
    shared = {
        "g": _unlinked if context["alone"] or context.get("public") else Glossary(keep(request)).link,
        "lang": language(),
        "desk": desk,
        "request": request,
        "d": Ink(keep(request)),
        "keep": keep(request),
        "navigation": _navigation(desk, request),
        "sheets": SHEETS,
        "style": Markup(style),
        "style_hash": hashed,
        "chain_entries": entries,
        "chain_root": root,
        "demo": _is_demo(desk),
        "sentence": (),
        "category_unit": CATEGORIES[desk.category].unit,
        "figures": Counter(),
        "public": False,
        "today": f"{datetime.now(UTC):%Y-%m-%d}",
        "unspoken": "" if desk.choice.language in CATALOGUE else desk.choice.language,
    }
    return _environment().get_template(template).render({**shared, **context})


def _unlinked(_: str, text: str) -> str:
    """A term in a file that stands alone: the glossary is not with it."""
    return text


class Glossary:
    """Links to the glossary, from every term of a page.

    Parameters
    ----------
    kept
        Query that links carry on.
    """

    def __init__(self, kept: str) -> None:
        self._query = f"?{kept}" if kept else ""
        self._known = {anchor for anchor, _, _ in terms()}

    def link(self, anchor: str, text: str) -> str:
        """A term as a link to what it means; as it is where the glossary has no such anchor."""
        if anchor not in self._known:
            return text
        return Markup('<a class="term" href="/learn{}#{}">{}</a>').format(self._query, anchor, text)


class Counter:
    """Numbers the figures of a page."""

    def __init__(self) -> None:
        self._n = 0

    def next(self) -> int:
        """Number of the next figure."""
        self._n += 1
        return self._n


def _navigation(desk: Desk, request: PageRequest) -> Sequence[tuple[str, str, bool]]:
    """Title, address and whether it is the current page."""
    found = []
    for page in navigation(desk):
        path = page.paths[0]
        query = keep(request, filters=True)
        here = request.path == path or (path != "/" and request.path.startswith(path + "/"))
        found.append((page.title, path + (f"?{query}" if query else ""), here))
    return found


def _is_demo(desk: Desk) -> bool:
    """Whether the newest run is invented, so that every page says so."""
    newest = desk.cached(("newest",), lambda: [run.labels for run in desk.ledger.runs(limit=1)])
    return any(labels.get("demo") == "true" for labels in newest)
