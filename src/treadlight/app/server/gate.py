"""The gate: who asks, found from what a request shows."""

from dataclasses import dataclass

from treadlight.app.server.place import Place
from treadlight.app.server.principal import LOCAL, Principal
from treadlight.app.server.problems import Refused
from treadlight.app.server.settings import LOOPBACK

__all__ = ["Gate", "Shown"]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request shows of who sends it.

    Parameters
    ----------
    bearer
        Token of the header ``Authorization: Bearer …``.
    session
        Cookie of a sign-in.
    address
        Where it came from.
    host
        Which server it was sent to, by the header ``Host``.
    """

    bearer: str = ""
    session: str = ""
    address: str = ""
    host: str = ""


class Gate:
    """Finds who asks."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def check_host(self, host: str) -> None:
        """Where nobody signs in, refuse other names than this machine's: a foreign page may make up one for it.

        Raises
        ------
        Refused
            Status 421.
        """
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        if self.open and name.strip("[]") not in LOOPBACK:
            raise Refused(421, "is not this server's name", field="Host", value=host, remedy="open http://localhost")

    @property
    def open(self) -> bool:
        """Whether everybody who reaches this server is let in: it listens to this machine alone and knows no tokens."""
        return self._place.settings.embedded

    def principal(self, shown: Shown) -> Principal | None:
        """Who asks; None: nobody that is known."""
        self.check_host(shown.host)
        return LOCAL if self.open else None
