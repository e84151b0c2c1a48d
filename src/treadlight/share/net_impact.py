"""What is said of an assessed claim, on a terminal and on a page alike; nothing is claimed unless every gate holds."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from treadlight.assess.netimpact.claim import said
from treadlight.assess.netimpact.effect import AS_CLAIMED
from treadlight.assess.netimpact.evidence import DESIGNS
from treadlight.assess.netimpact.headline import at_most_of_owner
from treadlight.assess.netimpact.result import Gate, NetImpact, Trial
from treadlight.core.quantity import Quantity
from treadlight.share.numbers import Shown, percent, plain_number, shared_step, shared_unit, show

__all__ = [
    "AVOIDED",
    "CLAIMED",
    "GATE_MARKS",
    "LIKELY",
    "NET",
    "amount",
    "column_unit",
    "finding",
    "foot",
    "footprint_name",
    "may_be_said",
    "notes",
    "tally",
]

AVOIDED = "Avoided elsewhere, before the footprint is taken off"
NET = "Net: avoided less footprint"
LIKELY = "Probability that the net effect is a benefit"
CLAIMED = "Claimed"

GATE_MARKS = {"pass": "●", "fail": "○", "unknown": "▨"}
"""A mark beside the word of a gate's state."""

_NOISE = 1e-9


def amount(quantity: Quantity, unit: str = "") -> Shown:
    """A quantity of a claim as text: arithmetic's noise is no interval.

    Published per cents keep three digits, and the ends of their interval are whole: 15 to 112, never 20 to 110.
    """
    if quantity.p95 - quantity.p05 <= _NOISE * abs(quantity.p50):
        quantity = Quantity.exact(quantity.p50, quantity.unit)
    if quantity.unit != "%":
        return show(quantity, unit, at_least=2)
    shown = show(quantity, at_least=3, step=0 if (shared_step([quantity], "%") or 0) > 0 else None)
    return replace(shown, value=shown.value.rstrip("0").rstrip(".")) if "." in shown.value else shown


def column_unit(quantities: Iterable[Quantity | None]) -> str:
    """One unit for all amounts of a table that are no per cents."""
    return shared_unit(q for q in quantities if q is not None and q.unit != "%")


def finding(found: NetImpact) -> str:
    """One sentence on the outcome, of the same weight whether it is a benefit or a harm."""
    net = found.net
    if found.outcome == "harm" and found.at_most is not None:
        known = "" if net is not None else " by what is known alone"
        return f"The net effect is a harm{known}: {_saved(_turned(found.at_most), ',')} more than without it."
    if net is None:
        return f"The net effect is unknown: {len(found.unknown)} of its terms are missing.{_before(found)}"
    if found.outcome == "benefit":
        return f"The net effect is a benefit: {_saved(net, ',')} less than without it."
    likely = percent(found.p_benefit or 0.0)
    return f"Whether the net effect is a benefit is not decided: {_saved(net)}; {likely} for a benefit."


def _before(found: NetImpact) -> str:
    if found.effect is None:
        return ""
    shown = amount(found.effect)
    between = f", between {shown.low} and {shown.high}" if shown.low else ""
    saving = "saving as claimed" if found.basis == AS_CLAIMED else "saving"
    return (
        f" Before all that lowers it, the {saving} is {shown.text} of the reference ({found.claim.measured}){between}."
    )


def _saved(quantity: Quantity, after: str = "") -> str:
    """A saving with its interval, and `after` it what sets that off from the words that follow."""
    shown = amount(quantity)
    return f"{shown.text}, between {shown.low} and {shown.high}{after}" if shown.low else shown.text


def tally(gates: Sequence[Gate]) -> str:
    """``9 pass, 1 fails, 4 are unknown``."""
    counts = {state: sum(gate.state == state for gate in gates) for state in ("pass", "fail", "unknown")}
    words = {"pass": ("passes", "pass"), "fail": ("fails", "fail"), "unknown": ("is unknown", "are unknown")}
    return ", ".join(f"{n} {words[state][n != 1]}" for state, n in counts.items() if n)


def may_be_said(found: NetImpact) -> str:
    """The sentence of a claim whose every gate holds; of any other, that nothing may be claimed, and a harm by name."""
    if not found.holds or found.attributed is None or found.footprint is None or found.share is None:
        gates = f"of {len(found.gates)} gates {tally(found.gates)}"
        return f"{_harm(found)}Nothing may be claimed: {gates}. What is missing never passes."
    avoided, own = amount(found.attributed), amount(found.footprint)
    return (
        f"{_about(found, 'avoided', avoided)} {_part_of(found, 'net saving')}, after rebound, side effects and the "
        f"solution’s own footprint of {_between(own)}, which stays whole in the inventory. "
        f"Evidence of tier {found.tier}."
    )


def _harm(found: NetImpact) -> str:
    """The owner's share of a harm, as it would be of a benefit."""
    added = at_most_of_owner(found) if found.share else found.at_most
    if found.outcome != "harm" or added is None:
        return ""
    known = "" if found.net is not None else f"; not known are {', '.join(found.unknown)}"
    return f"{_about(found, 'added', amount(_turned(added)))} {_part_of(found, 'net harm')}{known}. "


def _part_of(found: NetImpact, whole: str) -> str:
    if not found.share:
        return f"This is all of the {whole}, because {found.claim.owner} states no share above 0"
    return f"This is {percent(found.share)} of the {whole}"


def footprint_name(found: NetImpact) -> str:
    """What the footprint is called: it may not be known as a whole."""
    partly = found.footprint is not None and any(part.coverage < 1 for part in found.own)
    return "Its own footprint, as far as known" if partly else "Its own footprint"


def _about(found: NetImpact, verb: str, shown: Shown) -> str:
    """Who avoided or added how much, of what, for what, when and against what."""
    claim = found.claim
    where = f" ({claim.geography})" if claim.geography else ""
    when = f", {claim.period}," if claim.period else ""
    metric = f" of {claim.metric}" if claim.metric else ""
    dated = f" as written on {claim.reference.dated}" if claim.reference.dated else ""
    return (
        f"{claim.title or claim.id}{where}: {claim.owner} {verb} {_between(shown)}{metric} for "
        f"{claim.functional_unit.name}{when} against the {claim.reference.kind}{dated}."
    )


def _turned(quantity: Quantity) -> Quantity:
    """What was saved as what was added."""
    return Quantity(quantity.unit, -quantity.p95, -quantity.p50, -quantity.p05)


def _between(shown: Shown) -> str:
    return f"{shown.text} (between {shown.low} and {shown.high})" if shown.low else shown.text


def notes(found: NetImpact) -> list[str]:
    """What a reader must know, whatever the outcome."""
    return [*_trial_notes(found), *_claim_notes(found), *found.claim.notes]


def _trial_notes(found: NetImpact) -> list[str]:
    trial = found.trial
    if trial is None:
        return []
    texts = []
    if trial.intention_to_treat is None:
        texts.append(
            f"The effect over all to whom it was offered was not measured: {found.basis.removeprefix('unknown: ')}."
        )
    return [*texts, *_followed(trial), *_too_much(trial)]


def _followed(trial: Trial) -> list[str]:
    """What the effect over those who followed it is good for, held against that over all."""
    over_all, followed = trial.intention_to_treat, trial.per_protocol
    if followed is None:
        return []
    if over_all is None or over_all.p50 <= followed.p50:
        return ["The per-protocol effect is what it does where it is followed; scaled to all, it over-claims."]
    return [
        f"{amount(over_all).text} over all is more than {amount(followed).text} where it was followed: those who did "
        "not follow it would have saved more than those who did. Are the two figures interchanged, or did something "
        "else change too?"
    ]


def _too_much(trial: Trial) -> list[str]:
    """That those who followed it would have to save more than there is, for the effect over all to be theirs alone."""
    measured, compliance = trial.intention_to_treat, trial.compliance
    if measured is None or not compliance or measured.unit != "%" or measured.p50 / compliance <= 100:
        return []
    implied = f" Per protocol × compliance is {amount(trial.implied).text}." if trial.implied is not None else ""
    return [
        f"{amount(measured).text} over all, from the {plain_number(compliance * 100, 2)} % who followed it, would take "
        f"more than 100 % of each: chance, or the others changed too.{implied}"
    ]


def _claim_notes(found: NetImpact) -> list[str]:
    claim, texts = found.claim, list[str]()
    if found.stated_as_zero:
        texts.append("Its own footprint is stated as zero. Nothing that runs has none: ask for the figure behind it.")
    evidence, told = claim.evidence, claim.headline
    if told is not None and found.overclaim is not None and found.overclaim > 1.05:
        source = f" ({told.source})" if said(told.source) else ""
        times = plain_number(found.overclaim, 2)
        texts.append(f"{plain_number(told.value)} {told.unit} was told{source}: {times} times what was found.")
    if said(evidence.conflict_of_interest):
        texts.append(f"Interests: {evidence.conflict_of_interest}.")
    else:
        texts.append("Whether the authors have an interest in the result is not said.")
    if not said(evidence.reviewer):
        texts.append("No reviewer is named.")
    checked = evidence.persistence_checked
    if checked is not None and checked > found.today:
        texts.append(f"Whether the saving lasts is to be checked on {checked}.")
    if checked is None and DESIGNS[evidence.design].in_use:
        texts.append("Whether the saving lasts was not checked.")
    return texts


def foot(found: NetImpact) -> str:
    """By what it was computed, and what it does not touch."""
    return (
        "Avoided emissions stand beside the footprint: inventory, targets and scores do not change by them. p05–p95 "
        f"holds nine of ten plausible values; {plain_number(found.draws)} draws, seed {found.seed}; library "
        f"{found.library_version}; evidence of tier {found.tier}; claim {found.digest[:12]}."
    )
