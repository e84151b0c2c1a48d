"""One question as the command line and the API ask it: what is known, where it was, and how often."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from treadlight.app.estimating import Estimator, models_of
from treadlight.app.estimating_answer import Estimate
from treadlight.app.estimating_inputs import number, one_question, times_of
from treadlight.app.moments import moment
from treadlight.core.errors import InputError

if TYPE_CHECKING:
    from treadlight.app.workspace import Workspace

__all__ = ["estimate_asked"]


def estimate_asked(
    workspace: "Workspace",
    kind: str,
    columns: Mapping[str, object],
    *,
    scope: str = "facility",
    ignored: frozenset[str] = frozenset(),
    site: str = "",
    count: object = None,
    transfer_gb: object = None,
    network: str = "generic",
    when: str | None = None,
    remedy: str,
) -> Estimate:
    """The estimate, under the workspace's library, seed and number of draws.

    Parameters
    ----------
    columns
        What is known, by the columns of a table: see `columns_of`.
    ignored
        Columns to treat as unknown.
    site
        A site that the workspace knows; ``here``: this machine's.
    count
        How many requests, images or videos; None: one.
    transfer_gb, network
        Data moved for all of it, and over which network of the library.
    when
        Date or time whose year the grid is of.
    remedy
        What to do where nothing is known.

    Raises
    ------
    InputError
        For what cannot be; it names the column.
    """
    from treadlight.estimate.scope import check_scope

    known_site = _site(site, workspace)
    models = models_of(workspace.library)
    field = f"estimate {kind}"
    question = one_question(kind, columns, check_scope(scope), models, ignored, field=field, remedy=remedy)
    question, times = replace(question, site=known_site), times_of(count)
    moved_gb = 0.0 if transfer_gb is None else number(transfer_gb, "transfer_gb")
    at = moment(when, "when")
    estimator = Estimator(workspace.library, workspace.draws, workspace.seed, str(at.year) if at else "")
    return estimator.estimate(question, count=times, transfer_gb=moved_gb, network=network)


def _site(name: str, workspace: "Workspace") -> str:
    if name and workspace.is_remote:
        _ = workspace.ledger  # the server may know more sites
    known = [site.name or "here" for site in workspace.sites]
    if name and name != "here" and name not in known:
        raise InputError("no such site", field="site", value=name, remedy=f"use one of {', '.join(known)}")
    return name
