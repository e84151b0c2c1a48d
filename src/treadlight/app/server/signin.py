"""Signing in and out: with a token, or with the provider that the configuration names."""

import hmac
from datetime import timedelta
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.handlers import HTTPRouteHandler

from treadlight.app.server import forgery
from treadlight.app.server.answers import Html
from treadlight.app.server.door import SESSION, Door, away, checked_form, respond
from treadlight.app.server.handlers import route
from treadlight.app.server.oidc import Attempt, Identity, OpenID
from treadlight.app.server.problems import Refused
from treadlight.app.server.settings import Provider

__all__ = ["signin_handlers"]

_UNDER_WAY = "treadlight_signin"
_PATIENCE = timedelta(minutes=10)
Asked = Request[Any, Any, Any]


def signin_handlers(door: Door) -> list[HTTPRouteHandler]:
    """``/sign-in``, ``/sign-in/provider``, ``/sign-in/return`` and ``/sign-out``."""
    provider = door.place.settings.provider
    openid = OpenID(provider, f"{door.place.settings.address}/sign-in/return") if provider else None

    @route("/sign-in", "GET", "HEAD", "POST")  # type: ignore[untyped-decorator]
    async def sign_in(request: Asked) -> Response[bytes]:
        if request.method == "POST":
            return await _with_token(door, request, openid is not None)
        return _form(door, request, request.query_params.get("to", "/"), openid is not None)

    @route("/sign-out", "POST")  # type: ignore[untyped-decorator]
    async def sign_out(request: Asked) -> Response[bytes]:
        await checked_form(request)
        cookie = request.cookies.get(SESSION, "")
        await sync_to_thread(_end, door, cookie)
        response = away("/")
        response.delete_cookie(SESSION)
        return response

    if openid is None or provider is None:
        return [sign_in, sign_out]

    @route("/sign-in/provider")  # type: ignore[untyped-decorator]
    async def to_provider(request: Asked) -> Response[bytes]:
        attempt, where = await sync_to_thread(openid.begin, request.query_params.get("to", "/"))
        data = msgspec.json.encode(attempt).decode()
        cookie = await sync_to_thread(door.place.access.sessions.begin, "signin", _PATIENCE, data)
        response: Response[bytes] = Response(b"", status_code=303, headers={"location": where})
        response.set_cookie(door.cookie(_UNDER_WAY, cookie, max_age_s=int(_PATIENCE.total_seconds())))
        return response

    @route("/sign-in/return")  # type: ignore[untyped-decorator]
    async def returned(request: Asked) -> Response[bytes]:
        return await sync_to_thread(_returned, door, openid, provider, request)

    return [sign_in, sign_out, to_provider, returned]


def _form(door: Door, request: Asked, to: str, provider: bool, refused: str = "") -> Response[bytes]:
    from treadlight.app.web.plain import signin_page

    visit = request.cookies.get(forgery.COOKIE, "") or forgery.new_visit()
    text = signin_page(forgery.csrf_of(visit), to, provider=provider, refused=refused)
    response = respond(Html(text, 401 if refused else 200))
    response.set_cookie(door.cookie(forgery.COOKIE, visit))
    return response


async def _with_token(door: Door, request: Asked, provider: bool) -> Response[bytes]:
    form = await checked_form(request)
    address = request.client.host if request.client else ""
    try:
        principal = await sync_to_thread(door.gate.token, form.get("token", "").strip(), address)
    except Refused as error:
        return _form(door, request, form.get("to", "/"), provider, str(error))
    return await sync_to_thread(_let_in, door, principal.id, address, form.get("to", "/"))


def _let_in(door: Door, subject: str, address: str, to: str) -> Response[bytes]:
    """Begin a session, and go where somebody wanted to go."""
    lasts = timedelta(hours=door.place.settings.session_h)
    cookie = door.place.access.sessions.begin(subject, lasts)
    door.place.access.audit.add(subject, "sign-in", address=address)
    response = away(to)
    response.set_cookie(door.cookie(SESSION, cookie, max_age_s=int(lasts.total_seconds())))
    return response


def _end(door: Door, cookie: str) -> None:
    if cookie:
        door.place.access.sessions.end(cookie)
        door.gate.forget()


def _returned(door: Door, openid: OpenID, provider: Provider, request: Asked) -> Response[bytes]:
    """Somebody comes back from the provider."""
    cookie, asked = request.cookies.get(_UNDER_WAY, ""), request.query_params
    sessions = door.place.access.sessions
    subject, data = (sessions.find(cookie) if cookie else None) or ("", "")
    if subject != "signin":
        raise Refused(400, "was not begun here, or took too long", field="sign-in", remedy="begin again at /sign-in")
    sessions.end(cookie)  # each attempt counts once
    attempt = msgspec.json.decode(data, type=Attempt)
    if not hmac.compare_digest(attempt.state.encode(), asked.get("state", "").encode()):
        raise Refused(400, "is not the state of this sign-in", field="state", remedy="begin again at /sign-in")
    if "code" not in asked:
        what = f"refused ({asked.get('error', 'no reason given')[:100]})"
        raise Refused(403, what, field="provider", remedy="sign in again, or with a token")
    identity = openid.finish(attempt, asked["code"])
    address = request.client.host if request.client else ""
    response = _let_in(door, f"member:{_member(door, provider, identity)}", address, attempt.to)
    response.delete_cookie(_UNDER_WAY)
    return response


def _member(door: Door, provider: Provider, who: Identity) -> str:
    """Id of the member that somebody is."""
    members = door.place.access.members
    is_admin = bool(who.email) and who.email in provider.admins
    role = "admin" if is_admin else "member"
    found = members.seen(who.issuer, who.subject, who.email, who.name, role, provider.projects)
    if found.removed_at is not None:
        what = f"was removed on {found.removed_at[:10]}"
        raise Refused(403, what, field="member", value=who.email or who.subject, remedy="ask an admin to add you again")
    if is_admin and found.role != "admin":
        members.grant(found.id, "admin", None)
    return found.id
