"""What an address chooses: which activities, which category, by which method. The URL holds every filter."""

from collections.abc import Mapping
from dataclasses import dataclass

from treadlight.app.moments import moment
from treadlight.core.category import category
from treadlight.core.method import Method
from treadlight.ledger.query import Filter

__all__ = ["Choice"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen; empty means everything.

    Parameters
    ----------
    filter
        Which activities or runs.
    category
        Impact category that leads.
    method
        Location- or market-based, life cycle or stacks only.
    library
        Version of the process library; empty: the one in use.
    language
        Tag of the language in which people are spoken to; empty: English.
    """

    filter: Filter = Filter()
    category: str = "gwp"
    method: Method = Method()
    library: str = ""
    language: str = ""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "Choice":
        """What these parameters choose: run, project, team, stage, component, flow, status, name, since, until,
        category, accounting, scope, library, lang; others are left alone.

        Raises
        ------
        InputError
            If a value cannot be used; it names the parameter.
        """

        def text(name: str) -> str | None:
            return values.get(name) or None

        chosen = Filter(
            run=text("run"),
            project=text("project"),
            team=text("team"),
            stage=text("stage"),
            component=text("component"),
            flow=text("flow"),
            since=moment(text("since"), "since"),
            until=moment(text("until"), "until"),
            status=text("status"),
            name=text("name"),
        )
        leading = values.get("category") or "gwp"
        category(leading)
        method = Method(values.get("accounting") or "location", scope=values.get("scope") or "life-cycle")
        return cls(chosen, leading, method, values.get("library") or "", values.get("lang") or "")
