"""The account of a run, as pages need it: kept, and led by the chosen category."""

from dataclasses import replace

from treadlight.app.account import account_of
from treadlight.app.facts import RunFacts
from treadlight.app.runs import run_facts
from treadlight.app.server.desk import Desk
from treadlight.app.web.going import journals_of
from treadlight.share.account import Account

__all__ = ["account_for", "facts_for"]


def account_for(desk: Desk, reference: str) -> Account:
    """The account of the run that a reference names, with the chosen category first.

    Raises
    ------
    NotFoundError
        If there is no such run.
    """
    facts = facts_for(desk, reference)
    key = ("account", facts.run.id, facts.run.duration_s, desk.category, desk.method)
    return desk.cached(key, lambda: _led(account_of(facts, desk, desk.method), desk.category))


def facts_for(desk: Desk, reference: str) -> RunFacts:
    """What is recorded of a run; kept, unless its journal is being written on this machine."""
    here = [folded.run for folded in journals_of(desk)]
    if here and (reference == "last" or any(reference == r.name or r.id.startswith(reference) for r in here)):
        return run_facts(desk, reference)
    return desk.cached(("facts", reference), lambda: run_facts(desk, reference))


def _led(account: Account, category: str) -> Account:
    """The account with the chosen category first."""
    return replace(account, impacts=tuple(sorted(account.impacts, key=lambda i: i.category != category)))
