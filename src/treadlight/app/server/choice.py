"""What an address chooses: which activities, which category, by which method. The URL holds every filter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from treadlight.core.category import category
from treadlight.core.errors import InputError
from treadlight.core.method import Method
from treadlight.ledger.query import Filter

__all__ = ["Choice", "moment"]


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
    """

    filter: Filter = Filter()
    category: str = "gwp"
    method: Method = Method()
    library: str = ""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "Choice":
        """What these parameters choose: run, project, team, stage, component, flow, status, name, since, until,
        category, accounting, scope, library; others are left alone.

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
        return cls(chosen, leading, method, values.get("library") or "")


def moment(text: str | None, field: str) -> datetime | None:
    """A date or time, UTC unless it says otherwise.

    Raises
    ------
    InputError
        If it is not ISO 8601.
    """
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        remedy = "write 2026-11-22 or 2026-11-22T13:00Z"
        raise InputError("is not a date", field=field, value=text, remedy=remedy) from None
