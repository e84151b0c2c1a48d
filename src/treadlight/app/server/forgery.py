"""Against forged requests: a form that another site made this browser send is refused.

Each browser gets a random cookie that scripts cannot read and forms of other sites do not send along
(``SameSite=Lax``). A form must hold a digest of it, which only our own pages can show; and where the browser says that
the form comes from elsewhere, it is refused in any case.
"""

import hmac
from hashlib import sha256
from secrets import token_urlsafe

from treadlight.app.server.problems import Refused

__all__ = ["COOKIE", "check", "csrf_of", "new_visit"]

COOKIE = "treadlight_visit"
"""Name of the cookie."""


def new_visit() -> str:
    """A cookie for a browser that has none."""
    return token_urlsafe(24)


def csrf_of(visit: str) -> str:
    """What forms of the browser with this cookie must hold."""
    return sha256(f"treadlight form {visit}".encode()).hexdigest()


def check(visit: str, sent: str, site: str) -> None:
    """Refuse a form that is not from our own page.

    Parameters
    ----------
    visit
        The browser's cookie; empty where it sent none.
    sent
        The form's hidden field.
    site
        The header ``Sec-Fetch-Site``; empty where the browser sends none.

    Raises
    ------
    Refused
        Status 403.
    """
    foreign = site not in ("", "same-origin", "none")
    if foreign or not visit or not hmac.compare_digest(csrf_of(visit).encode(), sent.encode()):
        remedy = "open the page again and send its form from there"
        raise Refused(403, "was not sent by a page of this server", field="_csrf", remedy=remedy)
