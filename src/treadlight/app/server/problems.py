"""Errors as RFC 9457 problems: what happened, with which field and value, and what to do."""

from typing import Any

import msgspec

from treadlight.core.errors import InputError, LedgerError, MissingExtraError, NotFoundError, TreadlightError

__all__ = ["MEDIA_TYPE", "Problem", "Refused", "problem_of", "without_detail"]

MEDIA_TYPE = "application/problem+json"

_TITLES = {
    400: "The request cannot be used",
    401: "Sign in",
    403: "Not allowed",
    404: "Not found",
    405: "Not this way",
    409: "In conflict with what is there",
    413: "Too large",
    415: "Not a kind of content that is read here",
    421: "Not this server",
    422: "The request cannot be used",
    429: "Too many requests",
    500: "A fault of the server",
    503: "Not ready",
}


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong, as RFC 9457 writes it, with the field concerned, its value and the remedy beside it.

    Parameters
    ----------
    type
        Names the kind of problem; none is documented at an address of its own.
    title
        Of all problems with this status.
    status
        Of the answer.
    detail
        What happened, in one line.
    field, value
        What it happened with.
    remedy
        What the reader can do.
    """

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    field: str = ""
    value: str = ""
    remedy: str = ""


class Refused(TreadlightError):
    """A request that is refused with a status of its own."""

    def __init__(self, status: int, what: str, *, field: str = "", value: object = None, remedy: str = "") -> None:
        self.status = status
        super().__init__(what, field=field, value=value, remedy=remedy)

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self.status, self.what, self.field, self.value, self.remedy)


def _again(status: int, what: str, field: str, value: object, remedy: str) -> Refused:
    return Refused(status, what, field=field, value=value, remedy=remedy)


def problem_of(error: Exception) -> Problem:
    """The problem that an error is."""
    if isinstance(error, Refused):
        return _told(error, error.status)
    if isinstance(error, NotFoundError):
        return _told(error, 404)
    if isinstance(error, InputError):
        return _told(error, 400)
    if isinstance(error, LedgerError | MissingExtraError):
        return _told(error, 503)
    if isinstance(error, TreadlightError):
        return _told(error, 500)
    status = getattr(error, "status_code", 500)
    if status == 404:
        return Problem(_title(404), 404, "there is nothing at this address", remedy="check how it is written")
    if status == 413:
        remedy = "send it in parts, or raise TREADLIGHT_MAX_BODY_MB on the server"
        return Problem(_title(413), 413, "the request is larger than this server reads", field="body", remedy=remedy)
    if isinstance(status, int) and 400 <= status < 500:
        return Problem(_title(status), status, _line(getattr(error, "detail", "") or _title(status)))
    return Problem(_title(500), 500, "the server met a fault of its own", remedy="its log tells more; please report it")


def without_detail(error: Exception) -> Exception:
    """An error as it is told to whom nobody knows: of the ledger's, only that it cannot be used, not where it lies."""
    if not isinstance(error, LedgerError):
        return error
    return LedgerError("the database does not answer", remedy="try again; the log of the server tells more")


def _told(error: TreadlightError, status: int) -> Problem:
    value = "" if error.value is None else _line(str(error.value))[:200]
    return Problem(_title(status), status, str(error), field=error.field, value=value, remedy=error.remedy)


def _title(status: int) -> str:
    return _TITLES.get(status, "The request was refused")


def _line(text: Any) -> str:
    return "".join(filter(str.isprintable, " ".join(str(text).split())))
