"""The pages. One file in ``pages/`` is one page, found by its name; a third party's page is an entry point.

A page's file declares

``PATHS``
    Its addresses: ``("/runs",)``, or with parts ``("/runs/{ref:str}", "/runs/{ref:str}/power.svg")``. A part that may
    hold slashes is ``{id:path}``. They are Litestar's patterns.
``TITLE``
    As navigation and window call it.
``NAV``
    Place in the navigation (10, 20, 30 …); left out or None: not there.
``page(desk, request) -> Answer``
    The answer to GET: ``Html(text)``, ``File(content, media_type, name)`` for a download (or, without a name, for an
    SVG or PNG to show), or ``Redirect(to)``. All from `treadlight.app.server.answers`. It runs in a thread and may
    block. Errors are raised (`InputError`, `NotFoundError`, `Refused`); the server shows them with `plain.error_page`.

and, where it needs them,

``post(desk, request) -> Answer``
    The answer to a form sent with POST, usually a ``Redirect``. The form must hold
    ``<input type="hidden" name="_csrf" value="{{ desk.csrf }}">``; a form without it never arrives.
``SCOPE``, ``POST_SCOPE``
    A `Scope` that one must have to see it (default ``Scope.READ``; None: anybody, signed in or not) and to send its
    forms (default ``Scope.WRITE``).
``ROLES``
    A frozenset of `Role`; who else asks is refused, and does not see it in the navigation.
``WHOLE``
    True where it tells of the whole organisation: whoever may see some projects only is refused, and does not see it in
    the navigation.

What a page gets:

`desk` (`treadlight.app.server.desk.Desk`)
    A `Workspace`, so it can be given to `account_of`, `explain`, `comparison_of`, `restatements`, `run_facts`, `live`:
    ``desk.ledger`` (only the principal's projects), ``desk.library`` (of the version that the address names),
    ``desk.draws``, ``desk.seed``, ``desk.config``, ``desk.sites``, ``desk.journals``. Besides ``desk.principal``
    (name, scopes, projects), ``desk.role`` (`Role`), ``desk.embedded``, ``desk.csrf``; what the address chooses:
    ``desk.filter`` (a ledger `Filter`), ``desk.category``, ``desk.method``, ``desk.choice.library``; and
    ``desk.sums(filter, dims, period)`` and ``desk.cached(key, make)``, which are kept until the ledger grows.
    For admins ``desk.access`` (``tokens``, ``members``), for auditors too ``desk.audit(limit, before)``; what changes
    something says so with ``desk.did(action, target, detail)``, which writes the audit log and makes it hold at once.
`request` (`treadlight.app.server.asked.PageRequest`)
    ``path``, ``params`` (parts of the path), ``get(name)`` and ``all(name)`` of the address, ``form``, and
    ``url(path=None, **changes)``: the same address with some parameters changed, so that the URL holds every filter.

Navigation: `treadlight.app.server.pages.navigation(desk)` gives the pages (``title``, ``paths[0]``, ``name``).

Parameters of every address: run, project, team, stage, component, flow, status, name, since, until, category,
accounting, scope, library. A page adds its own.

Assets: files in ``web/static/`` are served as ``/static/<name>``; link them with `assets.asset_url(name)`, which adds
their digest, so that browsers keep them for ever. ``/static/vega.js`` is the chart runtime of vl-convert. The
content-security policy admits scripts, styles, images (also ``data:``) and requests of this server only; no inline
script, no inline style, no ``eval`` (Vega's expressions need its interpreter: ``ast: true``).

Without a framework: a page is tested by calling ``page(desk, PageRequest("/runs", query={"project": ["vision"]}))``.

`plain.py` holds the error page and the sign-in page; they have no desk when nobody is signed in.
"""
