"""Settings: sites and their facts, projects, members, tokens, what is published, and the log of who changed what."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from treadlight.app.server.answers import Answer, Html, Redirect
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.server.principal import Scope
from treadlight.app.server.problems import Refused
from treadlight.app.web.keeping import configuration, log, members, projects, public, sites, tokens
from treadlight.app.web.keeping.part import Part
from treadlight.app.web.render import SHEETS, render
from treadlight.core.errors import InputError, NotFoundError

PATHS = ("/settings", "/settings/{part:str}")
TITLE = "Settings"
NAV = 90
POST_SCOPE = Scope.WRITE

PARTS = {
    part.name: part
    for part in (
        sites.PART, projects.PART, members.PART, tokens.PART, public.PART, log.PART, configuration.PART,
    )
}  # fmt: skip
"""The parts by the last part of their address, in the order of the tabs."""
_SHEETS = (*SHEETS[:-1], "settings.css", SHEETS[-1])


def page(desk: Desk, request: PageRequest) -> Answer:
    """One part of the settings."""
    if request.get("as") == "file":
        remedy = "its forms need the server: print it, or use `treadlight config`"
        raise InputError("is no choice of the settings", field="as", value="file", remedy=remedy)
    return _show(desk, request, _part(desk, request))


def post(desk: Desk, request: PageRequest) -> Answer:
    """Do what a form says; where it cannot be done, the page again with what to mend."""
    part = _part(desk, request)
    deed = part.deeds.get(request.form.get("do", ""))
    if deed is None:
        remedy = f"use one of {', '.join(part.deeds)}"
        raise InputError("is not done here", field="do", value=request.form.get("do", ""), remedy=remedy)
    try:
        done = deed(desk, request.form)
    except InputError as error:
        answer = _show(desk, request, part, error=error)
        return replace(answer, status=400) if isinstance(answer, Html) else answer
    if isinstance(done, str):
        return Redirect(done)
    if isinstance(done, Mapping):
        answer = _show(desk, request, part, shown=done)
        return replace(answer, secret=True) if isinstance(answer, Html) else answer
    return done


def _part(desk: Desk, request: PageRequest) -> Part:
    name = request.params.get("part", "sites")
    part = PARTS.get(name)
    if part is not None and not part.sees(desk) and not desk.embedded:
        remedy = "it concerns all projects: ask one of them"
        raise Refused(403, "is for auditors and admins", field="settings", value=name, remedy=remedy)
    if part is None or not part.sees(desk):
        remedy = f"see {', '.join(p.name for p in PARTS.values() if p.sees(desk))}"
        raise NotFoundError("no such part of the settings", field="settings", value=name, remedy=remedy)
    return part


def _show(
    desk: Desk,
    request: PageRequest,
    part: Part,
    error: InputError | None = None,
    shown: Mapping[str, Any] | None = None,
) -> Answer:
    asked = replace(request, query={name: values for name, values in request.query.items() if name != "as"})
    return render(
        desk,
        asked,
        f"settings_{part.name}.html.jinja",
        title=part.title if part.name != "sites" else TITLE,
        sheets=_SHEETS,
        part=part,
        parts=[p for p in PARTS.values() if p.sees(desk)],
        error=error,
        form=request.form,
        shown=shown,
        action=f"/settings/{part.name}",
        **part.context(desk, asked),
    )
