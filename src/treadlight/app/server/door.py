"""The door: turns a request into a desk and an answer into a response."""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.datastructures import Cookie
from litestar.response import Redirect as Away

from treadlight.app.server import forgery
from treadlight.app.server.answers import Answer, File, Html
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.choice import Choice
from treadlight.app.server.desk import Desk
from treadlight.app.server.gate import Gate, Shown
from treadlight.app.server.pages import Page
from treadlight.app.server.place import Place
from treadlight.app.server.principal import Principal, Role
from treadlight.app.server.problems import MEDIA_TYPE, Problem, Refused, problem_of, without_detail

__all__ = ["NOBODY", "SESSION", "Door", "checked_form", "shown"]

_LOG = logging.getLogger(__name__)

SESSION = "treadlight_session"
"""Name of the cookie of a sign-in."""

NOBODY = Principal("nobody", "", Role.MEMBER, frozenset(), frozenset())
"""Who is not signed in, and sees only what is public."""


class Door:
    """Where requests come in.

    Parameters
    ----------
    place
        What they share.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self.gate = Gate(place)
        place.on_change.append(self.gate.forget)

    def close(self) -> None:
        """Let nobody in any more, and close the ledger."""
        self.place.close()

    async def page(self, page: Page, request: Request[Any, Any, Any]) -> Response[bytes]:
        """The answer of a page."""
        principal = await self.principal(request)
        if page.scope is not None and principal is None:
            return _to_signin(request)
        visit = request.cookies.get(forgery.COOKIE, "")
        new = "" if visit else forgery.new_visit()
        asked = await self._asked(request)
        csrf, address = forgery.csrf_of(visit or new), request.client.host if request.client else ""
        answer = await sync_to_thread(self._answer, page, principal or NOBODY, asked, csrf, address)
        response = respond(answer)
        if new:
            response.set_cookie(self.cookie(forgery.COOKIE, new))
        return response

    async def principal(self, request: Request[Any, Any, Any]) -> Principal | None:
        """Who asks."""
        seen = shown(request)
        return self.gate.remembered(seen) or await sync_to_thread(self.gate.principal, seen)

    async def _asked(self, request: Request[Any, Any, Any]) -> PageRequest:
        form = await checked_form(request) if request.method == "POST" else {}
        query = {name: request.query_params.getall(name) for name in request.query_params}
        params = {name: str(value).removeprefix("/") for name, value in request.path_params.items()}
        own = f"{request.url.scheme}://{request.url.netloc}"
        base = self.place.settings.public_url.rstrip("/") or own
        return PageRequest(request.url.path, request.method, params, query, form, base)

    def _answer(self, page: Page, principal: Principal, asked: PageRequest, csrf: str, address: str) -> Answer:
        if page.scope is not None:
            principal.require(page.scope)
        if page.roles is not None and principal.role not in page.roles:
            raise Refused(403, f"is for {' and '.join(sorted(page.roles))}", field="page", value=page.title)
        if page.whole:
            principal.require_everything("page", "tells of all projects")
        self.place.refresh()
        choice = Choice.of({name: asked.get(name) for name in asked.query})
        desk = Desk(self.place, principal, choice, csrf, address)
        if asked.method != "POST":
            return page.show(desk, asked)
        if page.post is None:
            raise Refused(405, "takes no form", field="page", value=page.title, remedy="open it instead")
        principal.require(page.post_scope)
        return page.post(desk, asked)

    def cookie(self, name: str, value: str, *, max_age_s: int | None = None) -> Cookie:
        """A cookie that scripts cannot read, no other site's form sends, and that goes over TLS where there is TLS."""
        return Cookie(
            key=name,
            value=value,
            path="/",
            httponly=True,
            secure=self.place.settings.secure,
            samesite="lax",
            max_age=max_age_s,
        )

    def refuse(self, request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        """The answer to a request that failed: a problem for programs, a page for people."""
        problem = problem_of(error)
        if problem.status >= 500:
            _tell(request, problem, error)
            problem = problem if self.gate.knows(shown(request)) else problem_of(without_detail(error))
        if request.url.path.startswith("/api/") or request.url.path in ("/healthz", "/readyz", "/metrics"):
            return problem_response(problem)
        if problem.status == 401 and not request.url.path.startswith("/sign-in"):
            return _to_signin(request)
        from treadlight.app.web.plain import error_page

        return respond(Html(error_page(problem), problem.status))


def _tell(request: Request[Any, Any, Any], problem: Problem, error: Exception) -> None:
    """Log a failure: a fault of our own with its whole trace; what was not ready, as a database that is away, in a line
    that says why."""
    asked = request.method, request.url.path
    if problem.status == 500:
        _LOG.error("%s %s failed", *asked, exc_info=error)
        return
    said = {"status": problem.status, "reason": problem.detail}
    _LOG.error("%s %s could not be answered: %s", *asked, problem.detail, extra={"fields": said})


async def checked_form(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The fields of a form, if a page of this server sent it.

    Raises
    ------
    Refused
        If another site may have.
    """
    sent = await request.form()
    form = {name: value for name, value in sent.items() if isinstance(value, str)}
    visit, site = request.cookies.get(forgery.COOKIE, ""), request.headers.get("sec-fetch-site", "")
    forgery.check(visit, form.pop("_csrf", ""), site)
    return form


def shown(request: Request[Any, Any, Any]) -> Shown:
    """What a request shows of who sends it."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return Shown(
        bearer=token.strip() if kind.lower() == "bearer" else "",
        session=request.cookies.get(SESSION, ""),
        address=request.client.host if request.client else "",
        host=request.headers.get("host", ""),
    )


def respond(answer: Answer) -> Response[bytes]:
    """The response that carries an answer."""
    if isinstance(answer, Html):
        body = answer.text.encode()
        headers = {"cache-control": "no-store"} if answer.secret else _FRESH
        return Response(body, status_code=answer.status, media_type="text/html", headers=headers)
    if isinstance(answer, File):
        name = f"attachment; filename*=UTF-8''{quote(answer.name)}"
        headers = {**_FRESH, "content-disposition": name} if answer.name else _FRESH
        kind = answer.media_type.partition("; charset=")[0]  # Litestar names the charset of text itself
        return Response(answer.content, media_type=kind, headers=headers)
    return away(answer.to)


def away(to: str) -> Response[bytes]:
    """Go and look at another address of this server."""
    own = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable()
    found: Response[Any] = Away(to if own else "/", status_code=303)
    return found


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    """A problem as programs read it."""
    extra = {"www-authenticate": "Bearer"} if problem.status == 401 else {}
    extra |= {"retry-after": "5"} if problem.status in (429, 503) else {}
    return Response(
        msgspec.json.encode(problem),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers={**extra, **(headers or {})},
    )


_FRESH = {"cache-control": "private, no-cache"}


def _to_signin(request: Request[Any, Any, Any]) -> Response[bytes]:
    query = f"?{request.url.query}" if request.url.query else ""
    return away(f"/sign-in?to={quote(request.url.path + query, safe='')}")
