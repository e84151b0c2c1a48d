"""Who claims which share of one saving: never more than all of it, over all claimants."""

from collections.abc import Iterable, Mapping, Sequence

from treadlight.assess.netimpact.claim import Actor, Claim
from treadlight.core.errors import InputError

__all__ = ["check_actors", "check_together", "share_of"]

_SLACK = 1e-9


def share_of(claim: Claim) -> float | None:
    """The owner's share of the saving (0 to 1); None where the claim does not say."""
    return next((actor.share for actor in claim.actors if actor.name == claim.owner), None)


def check_actors(actors: Sequence[Actor], field: str) -> None:
    """Refuse shares that are none, actors named twice, and shares that are more than all of the saving.

    Raises
    ------
    InputError
        Naming the actors with their shares.
    """
    shares: dict[str, float] = {}
    for i, actor in enumerate(actors):
        if not _key(actor.name):
            raise InputError("is empty", field=f"{field}[{i}].name", value=actor.name, remedy="name who it is")
        if not 0 <= actor.share <= 1:
            raise InputError("is no share of a saving", field=f"{field}[{i}].share", value=actor.share,
                             remedy="give 0 to 1")  # fmt: skip
        if _key(actor.name) in map(_key, shares):
            raise InputError("is named twice", field=f"{field}[{i}].name", value=actor.name, remedy="name each once")
        shares[actor.name] = actor.share
    _at_most_all(shares, field)


def check_together(claims: Iterable[Claim]) -> None:
    """Refuse claims that together take more than all of one saving.

    Claims of one saving have the same `saving_id`; each actor counts with the largest share that any of them says.

    Raises
    ------
    InputError
        Naming the claimants with their shares.
    """
    savings: dict[str, dict[str, float]] = {}
    spelled: dict[str, str] = {}
    for claim in claims:
        shares = savings.setdefault(_key(claim.saving), {})
        spelled.setdefault(_key(claim.saving), claim.saving)
        for actor in claim.actors:
            name = spelled.setdefault(_key(actor.name), actor.name)
            shares[name] = max(actor.share, shares.get(name, 0.0))
    for saving, shares in savings.items():
        _at_most_all(shares, f"saving {spelled[saving]}")


def _key(name: str) -> str:
    """A name as it is told from others: case, blanks and what is not seen make no second claimant or saving."""
    return " ".join("".join(c for c in name if c.isprintable() or c.isspace()).split()).casefold()


def _at_most_all(shares: Mapping[str, float], field: str) -> None:
    whole = sum(shares.values())
    if whole > 1 + _SLACK:
        named = " and ".join(f"{name} {share:.4g}" for name, share in shares.items() if share)
        raise InputError(f"claimants take {whole:.0%} of one saving: {named}", field=field,
                         remedy="agree on shares that add up to at most 1")  # fmt: skip
