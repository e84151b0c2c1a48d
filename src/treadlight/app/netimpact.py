"""Claims with everything they ask for: the library of the workspace, its ledger (only read), and an estimator."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from treadlight.app.lifecycle import estimator_of, ledger_of
from treadlight.app.lifecycle import inputs_of as study_inputs
from treadlight.app.workspace import Workspace
from treadlight.assess.netimpact.assessment import assess_claims
from treadlight.assess.netimpact.claim import Claim
from treadlight.assess.netimpact.first_order import Answerers
from treadlight.assess.netimpact.reading import read_claim
from treadlight.assess.netimpact.result import NetImpact

__all__ = ["assess", "inputs_of"]


def inputs_of(claims: Sequence[str | Path]) -> tuple[str, ...]:
    """Paths of all files that claims are read from, those of the studies that they name among them."""
    read = [read_claim(claim) for claim in claims]
    studies = [claim.folder / part.study for claim in read for part in claim.first_order if part.study]
    return (*map(str, claims), *(path for study in studies for path in study_inputs(study)))


def assess(
    workspace: Workspace,
    claims: Sequence[str | Path | Claim],
    *,
    draws: int | None = None,
    seed: int | None = None,
) -> tuple[NetImpact, ...]:
    """Claims assessed together with what the workspace holds; nothing is written to its ledger.

    Parameters
    ----------
    claims
        Files, or claims that were read. Claimants of one saving may not add up to more than all of it.
    draws, seed
        The workspace's own unless given.

    Raises
    ------
    InputError
        If a claim cannot be read, or something in it cannot be.
    """
    found = [claim if isinstance(claim, Claim) else read_claim(claim) for claim in claims]
    n, start = workspace.draws if draws is None else draws, workspace.seed if seed is None else seed
    answer = Answerers(workspace.library, ledger_of(workspace), estimator_of(workspace.library, n, start))
    return assess_claims(found, answer, today=datetime.now(UTC).date(), draws=n, seed=start)
