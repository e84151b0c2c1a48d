"""A workspace: the configuration that holds here, and the ledger and library it points to."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from treadlight.app.output import talk
from treadlight.core.config import Config, load
from treadlight.core.distribution import Distribution, parse
from treadlight.core.errors import ConfigError
from treadlight.library.site import Site

if TYPE_CHECKING:
    from treadlight.ledger.absorb import Absorbed
    from treadlight.ledger.store import Ledger
    from treadlight.library.library import Library

__all__ = ["Workspace"]


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

    @property
    def ledger_url(self) -> str:
        """Path of the SQLite ledger, or the URL of a database."""
        return self.config.get("ledger.url") or str(self.home / "ledger.sqlite")

    @cached_property
    def ledger(self) -> "Ledger":
        """The ledger, after absorbing what lies in the home; broken journals are named on standard error."""
        ledger, absorbed = self.open_ledger()
        for path, reason in absorbed.broken:
            where = "" if str(path) in reason else f"{path}: "
            talk(f"treadlight: a journal cannot be read and was left alone: {where}{reason}")
        return ledger

    def open_ledger(self) -> tuple["Ledger", "Absorbed"]:
        """The ledger and what was absorbed into it just now."""
        from treadlight.ledger.absorb import Absorbed, absorb
        from treadlight.ledger.store import Ledger

        if self.ledger_url.startswith(("http://", "https://")):
            return self._remote(), Absorbed()
        ledger = Ledger.open(self.ledger_url, parents=not self.config.get("ledger.url"))
        return ledger, absorb(ledger, *([self.journals] if self.journals.is_dir() else []))

    def _remote(self) -> "Ledger":
        """The ledger of a server; this user's journals reach it by being sent, which nobody waits for here."""
        from treadlight.app.client import Client
        from treadlight.app.remote import RemoteLedger

        return RemoteLedger(Client(self.ledger_url, self.config.get("server.token")))

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
        """The sites of the configuration; the first is this machine's."""
        here = {key.partition(".")[2]: self.config.get(key) for key in self.config.values if key.startswith("site.")}
        named = [_site(name, facts) for name, facts in self.config.sites.items()]
        return [_site(here.pop("name", ""), here), *named]

    @property
    def seed(self) -> int:
        """Seed of the draws."""
        return int(self.config.number("footprint.seed"))

    @property
    def draws(self) -> int:
        """Number of draws."""
        return int(self.config.number("footprint.draws"))


def _site(name: str, facts: Mapping[str, str]) -> Site:
    def amount(key: str) -> Distribution | None:
        return parse(facts[key]) if facts.get(key) else None

    return Site(
        name,
        facts.get("zone", ""),
        facts.get("region", ""),
        amount("pue"),
        amount("wue_l_per_kwh"),
        amount("market_gco2e_per_kwh"),
        facts.get("source", ""),
    )
