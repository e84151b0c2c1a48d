"""Every error treadlight raises on purpose.

TreadlightError
├── InputError            a value somebody gave cannot be used (exit code 2)
│   ├── UnitError         a unit is unknown or does not fit
│   ├── ConfigError       a setting is unknown or out of range
│   └── NotFoundError     nothing has this name or id
├── LibraryError          a table row is refused
├── LedgerError           the ledger cannot be read or written, or its chain is broken
├── MeterError            a meter cannot be used at all
├── GraphError            a system of processes cannot be solved
└── MissingExtraError     an optional dependency is not installed
"""

import re
from typing import Self

__all__ = [
    "ConfigError",
    "GraphError",
    "InputError",
    "LedgerError",
    "LibraryError",
    "MeterError",
    "MissingExtraError",
    "NotFoundError",
    "TreadlightError",
    "UnitError",
]


_PASSWORDS = (
    (re.compile(r"(://[^\s/:'\"]*):(?!\*\*\*@)[^\s/'\"]*@"), r"\1:***@"),
    (re.compile(r"(?i)\b(\w*password=)(?!\*\*\*)[^\s&'\"]+"), r"\1***"),
)


def _without_passwords(text: str) -> str:
    """A text that may hold addresses, without the passwords in them."""
    for found, instead in _PASSWORDS:
        text = found.sub(instead, text)
    return text


class TreadlightError(Exception):
    """What happened, with which value, and what to do about it, in one line.

    Parameters
    ----------
    what
        What happened, in a few words, without the value.
    field
        Name of the field, option, file or table row concerned.
    value
        The offending value, shown as given.
    remedy
        What the reader can do.
    """

    def __init__(self, what: str, *, field: str = "", value: object = None, remedy: str = "") -> None:
        self.what = what
        self.field = field
        self.value = value
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        head = f"{self.field}: {self.what}" if self.field else self.what
        if self.value is not None:
            head = f"{head}, got {self.value!r}"
        line = f"{head}; {self.remedy}" if self.remedy else head
        line = _without_passwords(line)
        return "".join(filter(str.isprintable, " ".join(line.split())))  # no name may move a terminal's cursor

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.what, self.field, self.value, self.remedy)


def _rebuild(kind: type[TreadlightError], what: str, field: str, value: object, remedy: str) -> TreadlightError:
    return kind(what, field=field, value=value, remedy=remedy)


class InputError(TreadlightError):
    """A value somebody gave cannot be used."""

    def at(self, field: str, value: object = None) -> Self:
        """The same error, said of the field, and of the value, by which whoever reads it knows them.

        Parameters
        ----------
        value
            As it was given there; None: as it stands.
        """
        return type(self)(self.what, field=field, value=self.value if value is None else value, remedy=self.remedy)


class UnitError(InputError):
    """A unit is unknown, or does not fit the quantity."""


class ConfigError(InputError):
    """A setting is unknown or out of range."""


class NotFoundError(InputError):
    """Nothing has this name or id."""


class LibraryError(TreadlightError):
    """A row of a library table is refused."""


class LedgerError(TreadlightError):
    """The ledger cannot be read or written, or its chain is broken."""


class MeterError(TreadlightError):
    """A meter cannot be used at all."""


class GraphError(TreadlightError):
    """A system of processes cannot be solved."""


class MissingExtraError(TreadlightError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        self.package, self.extra, self.purpose = package, extra, purpose
        super().__init__(
            f"{purpose} needs the package {package}", remedy=f"install it with: pip install 'treadlight[{extra}]'"
        )

    def __reduce__(self) -> tuple[object, ...]:
        return MissingExtraError, (self.package, self.extra, self.purpose)
