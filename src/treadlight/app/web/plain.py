"""Pages that need nobody to be signed in: errors, and the sign-in itself."""

from markupsafe import escape

from treadlight.app.server.problems import Problem

__all__ = ["error_page", "signin_page"]


def error_page(problem: Problem) -> str:
    """What happened and what to do, as a page."""
    remedy = f"<p>{escape(problem.remedy)}</p>" if problem.remedy else ""
    detail = f"<p>{escape(problem.detail)}</p>"
    return _page(problem.title, f"<h1>{escape(problem.title)}</h1>{detail}{remedy}<p><a href='/'>Overview</a></p>")


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
    said = f'<p role="alert">{escape(refused)}</p>' if refused else ""
    other = f'<p><a href="/sign-in/provider?to={escape(to)}">Sign in with your organisation</a></p>' if provider else ""
    form = (
        '<form method="post" action="/sign-in">'
        f'<input type="hidden" name="_csrf" value="{escape(csrf)}"><input type="hidden" name="to" value="{escape(to)}">'
        '<label for="token">Token</label> '
        '<input id="token" name="token" type="password" autocomplete="off" required> <button>Sign in</button></form>'
    )
    return _page("Sign in", f"<h1>Sign in</h1>{said}{other}{form}")


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)} · treadlight</title></head><body><main>{body}</main></body></html>"
    )
