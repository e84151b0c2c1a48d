"""Pages that need nobody to be signed in: errors, and the sign-in itself."""

from urllib.parse import quote

from markupsafe import Markup, escape

from treadlight.app.server.assets import asset_url
from treadlight.app.server.problems import Problem
from treadlight.core.texts import language, say

__all__ = ["error_page", "signin_page"]

_SHEETS = ("tokens.css", "page.css", "web.css", "settings.css", "print.css")
_BRAND = Markup(
    '<a class="brand" href="/"><svg width="26" height="14" viewBox="0 0 26 14" aria-hidden="true">'
    '<path class="whisk" d="M1 2v10M25 2v10M1 7h24"/><circle class="dot" cx="13" cy="7" r="4"/></svg>treadlight</a>'
)


def error_page(problem: Problem) -> str:
    """What happened and what to do, as a page."""
    detail = problem.detail.removesuffix(f"; {problem.remedy}") if problem.remedy else problem.detail
    remedy = Markup("<p>{}.</p>").format(_marked(_sentence(problem.remedy))) if problem.remedy else ""
    body = Markup('<div class="error" role="alert"><p class="finding">{}.</p>{}</div>').format(
        _marked(_sentence(detail)), remedy
    )
    links = Markup('<p class="do"><a href="/">{}</a></p>').format(say("To the overview"))
    return _page(say(problem.title), str(problem.status), body + links)


def signin_page(csrf: str, to: str, *, provider: bool, refused: str = "") -> str:
    """The form that takes a token, and the way to the provider where there is one.

    Parameters
    ----------
    csrf
        Value of the hidden field.
    to
        Where to go afterwards.
    provider
        Whether people can sign in with a provider.
    refused
        Why the last attempt failed.
    """
    said = Markup('<p class="error" role="alert">{}</p>').format(refused) if refused else Markup("")
    other = (
        Markup(
            '<p class="do first"><a class="go" href="/sign-in/provider?to={}">{}</a></p><p class="note gap">{}</p>'
        ).format(quote(to, safe=""), say("Sign in with your organisation"), say("Or with a token:"))
        if provider
        else Markup("")
    )
    form = Markup(
        '<form class="line" method="post" action="/sign-in"><input type="hidden" name="_csrf" value="{csrf}">'
        '<input type="hidden" name="to" value="{to}"><label class="grow" for="token">{word}'
        '<input id="token" name="token" type="password" autocomplete="off" required></label>'
        "<button>{do}</button></form>"
    ).format(csrf=csrf, to=to, word=say("Token"), do=say("Sign in"))
    about = say("A token is made by an admin, under Settings or in a terminal. It lets you see its projects.")
    return _page(say("Sign in"), about, Markup('<div class="sign-in">{}</div>').format(said + other + form))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".")


def _marked(text: str) -> Markup:
    """A text whose commands, between backticks, are set as such."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if i % 2 else escape(part) for i, part in enumerate(text.split("`"))
    )


def _page(title: str, about: str, body: Markup) -> str:
    sheets = Markup("").join(Markup('<link rel="stylesheet" href="{}">').format(asset_url(name)) for name in _SHEETS)
    return Markup(
        '<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><title>{title} · treadlight</title>'
        '<link rel="icon" href="data:,">{sheets}</head><body><div class="page"><header class="top">{brand}</header>'
        '<main id="content"><section class="leaf"><div class="margin"><h1>{title}</h1><p>{about}</p></div>'
        '<div class="set">{body}</div></section></main></div></body></html>'
    ).format(lang=language(), title=title, about=escape(about), sheets=sheets, brand=_BRAND, body=body)
