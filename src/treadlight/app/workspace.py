"""A workspace: the configuration that holds here, and the ledger and library it points to."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from treadlight.app.output import talk
from treadlight.app.sites import sites_of
from treadlight.core.config import Config, load
from treadlight.core.errors import ConfigError
from treadlight.library.site import Site

if TYPE_CHECKING:
    from treadlight.app.remote import RemoteLedger
    from treadlight.ledger.absorb import Absorbed
    from treadlight.ledger.fold import Folded
    from treadlight.ledger.store import Ledger
    from treadlight.library.library import Library

__all__ = ["Workspace"]

_ANSWER_S = 600.0
"""How long a server may take for an answer: verifying a large ledger takes minutes [s]."""


class Workspace:
    """Everything a verb needs, opened when it is first asked for.

    Parameters
    ----------
    overrides
        Settings from the command line by key; None where an option was not given.
    """

    def __init__(self, overrides: Mapping[str, str | None] | None = None) -> None:
        self.config: Config = load(overrides=overrides)

    @cached_property
    def home(self) -> Path:
        """Folder of journals and ledger.

        Raises
        ------
        ConfigError
            If there is none.
        """
        home = self.config.home()
        if home is None:
            raise ConfigError("is not set, and there is no $HOME", field="TREADLIGHT_HOME", remedy="set it to a folder")
        return home

    @property
    def journals(self) -> Path:
        """Folder of this user's journals."""
        return self.home / "journals"

    def live(self) -> "list[Folded]":
        """Runs that go on: those whose journals are being written in the home, and those that a server is told of."""
        from treadlight.ledger.absorb import live_runs

        here = live_runs(self.journals)
        known = {folded.run.id for folded in here}
        elsewhere = cast("RemoteLedger", self.ledger).going() if self.is_remote else []
        return here + [folded for folded in elsewhere if folded.run.id not in known]

    @property
    def ledger_url(self) -> str:
        """Path of the SQLite ledger, or the URL of a database."""
        return self.config.get("ledger.url") or str(self.home / "ledger.sqlite")

    @property
    def is_remote(self) -> bool:
        """Whether the ledger is that of a server, spoken to over the network."""
        return self.ledger_url.startswith(("http://", "https://"))

    @cached_property
    def ledger(self) -> "Ledger":
        """The ledger, after absorbing what lies in the home; broken journals are named on standard error."""
        ledger, absorbed = self.open_ledger()
        for path, reason in absorbed.broken:
            where = "" if str(path) in reason else f"{path}: "
            talk(f"treadlight: a journal cannot be read and was left alone: {where}{reason}")
        self.__dict__.pop("library", None)  # the ledger may know more sites
        return ledger

    def open_ledger(self) -> tuple["Ledger", "Absorbed"]:
        """The ledger and what was absorbed into it just now."""
        from treadlight.ledger.absorb import Absorbed, absorb
        from treadlight.ledger.store import Ledger

        if self.is_remote:
            return self._remote(), Absorbed()
        ledger = Ledger.open(self.ledger_url, parents=not self.config.get("ledger.url"))
        return ledger, absorb(ledger, *([self.journals] if self.journals.is_dir() else []))

    def _remote(self) -> "Ledger":
        """The ledger of a server; this user's journals reach it by being sent, which nobody waits for here."""
        from treadlight.app.client import Client
        from treadlight.app.remote import RemoteLedger

        return RemoteLedger(Client(self.ledger_url, self.config.get("server.token"), answer_s=_ANSWER_S))

    @cached_property
    def library(self) -> "Library":
        """The library that the configuration names, with its overlay and sites."""
        return self.open_library(self.config.get("library.version") or None)

    def open_library(self, version: str | None) -> "Library":
        """A library by version, with the configuration's overlay and sites."""
        from treadlight.library.library import Library

        overlay = self.config.get("library.overlay")
        return Library.load(version, overlays=[Path(overlay)] if overlay else [], sites=self.sites)

    @property
    def sites(self) -> list[Site]:
        """The sites of the configuration, and those that the ledger knows once it is open; the first is this
        machine's.

        Of a named site, what the ledger states holds: it is the same for everybody.
        """
        ledger: Ledger | None = self.__dict__.get("ledger")
        return sites_of(self.config, ledger.site_facts() if ledger is not None else ())

    @property
    def seed(self) -> int:
        """Seed of the draws."""
        return int(self.config.number("footprint.seed"))

    @property
    def draws(self) -> int:
        """Number of draws."""
        return int(self.config.number("footprint.draws"))
