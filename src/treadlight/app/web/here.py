"""Numbers that follow from others, asked for in a terminal: the same trees as their pages begin with."""

from treadlight.app.explain import TOTAL
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.choice import Choice
from treadlight.app.server.desk import Desk
from treadlight.app.server.place import Place
from treadlight.app.server.principal import LOCAL
from treadlight.app.server.settings import ServerSettings
from treadlight.app.web.book import Book
from treadlight.app.web.derived import derived
from treadlight.app.workspace import Workspace
from treadlight.assess.why import WhyNode
from treadlight.core.errors import InputError
from treadlight.ledger.query import Filter

__all__ = ["derived_here"]


def derived_here(identifier: str, of: str, choice: Choice) -> WhyNode:
    """The tree of a number that follows from those of a run, a system or the total, from this machine's own ledger.

    Parameters
    ----------
    of
        Which number, as the address of its page names it: ``per:epoch``, ``share:metered``, ``part:project:vision``.
    choice
        Category, method and library; of a total also its project, team, stage and times.

    Raises
    ------
    NotFoundError
        If there is no such number.
    InputError
        If the ledger is that of a server, whose pages tell it; or if something is chosen of what is no total.
    """
    workspace = Workspace()
    if workspace.is_remote:
        remedy = f"open the number's page at {workspace.ledger_url}"
        raise InputError("is answered from a ledger of this machine only", field="--of", value=of, remedy=remedy)
    if identifier != TOTAL and choice.filter != Filter():
        what = "takes no choice of projects or times"
        raise InputError(what, field="ID", value=identifier, remedy="leave it out, or explain the total")
    place = Place(ServerSettings(embedded=True))
    place.open()
    try:
        request = PageRequest(f"/why/{identifier}", params={"id": identifier})
        return derived(Book(Desk(place, LOCAL, choice), request), identifier, of).root
    finally:
        place.close()
