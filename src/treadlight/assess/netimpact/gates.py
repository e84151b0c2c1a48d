"""The gates of a claim: conditions that must all hold before anything may be said; what is missing never passes."""

from collections.abc import Callable
from datetime import date

from treadlight.assess.netimpact.claim import said
from treadlight.assess.netimpact.evidence import DESIGNS, SOURCES, TIERS, WORST_FOR_A_CLAIM, offered_of
from treadlight.assess.netimpact.first_order import AS_STATED
from treadlight.assess.netimpact.headline import told_and_found
from treadlight.assess.netimpact.period import end_of
from treadlight.assess.netimpact.result import Gate, NetImpact

__all__ = ["gates_of"]

_Verdict = tuple[str, str]

_MORE_OVER_ALL = (
    "the effect over all lies above that over those who followed it, so that the others would have saved more than they"
)


def gates_of(found: NetImpact) -> tuple[Gate, ...]:
    """Every gate with its state and its reason, in the order of reports."""
    return tuple(Gate(name, title, *judge(found)) for name, title, judge in _GATES)


def _registered(found: NetImpact) -> _Verdict:
    return _before("registered on", found.claim.registered, found, "the claim does not say when it was registered")


def _reference_dated(found: NetImpact) -> _Verdict:
    return _before("reference of", found.claim.reference.dated, found, "the reference scenario has no date")


def _before(what: str, day: date | None, found: NetImpact, missing: str) -> _Verdict:
    """Whether a day lies before that of the result."""
    results = found.claim.evidence.results
    if day is None:
        return "unknown", missing
    if results is None:
        return "unknown", f"{what} {day}, but the date of the result is missing"
    if results > found.today:
        return "unknown", f"{what} {day}, but {_ahead(results)}"
    return ("pass" if day < results else "fail"), f"{what} {day}, result of {results}"


def _ahead(results: date) -> str:
    return f"the results are dated in the future, {results}"


def _reference_backed(found: NetImpact) -> _Verdict:
    reference = found.claim.reference
    if not said(reference.description):
        return "unknown", "the reference scenario is not described"
    if not said(reference.evidence):
        return "unknown", f"nothing shows that the {reference.kind} is what would be without it"
    design = DESIGNS[found.claim.evidence.design]
    if design.control is not None and design.control != (reference.kind == "control group"):
        return "fail", f"it is held against the {reference.kind}, but {design.text}"
    if reference.amount is not None and not said(reference.source):
        return "unknown", "the amount of the reference has no source"
    return "pass", f"{reference.kind}: {reference.evidence}"


def _not_scenario(found: NetImpact) -> _Verdict:
    design = DESIGNS[found.claim.evidence.design]
    if found.claim.evidence.design in ("scenario", "forecast"):
        return "fail", f"{design.text}: never a claim"
    results, ends = found.claim.evidence.results, end_of(found.claim.period)
    if results is not None and results > found.today:
        return "fail", f"{_ahead(results)}: until then it is a forecast, never a claim"
    if ends is None or not ends.is_after(found.today):
        return "pass", design.text
    if found.gross is None:
        return "unknown", f"the period ends {ends.text}, and there is no result yet"
    return "fail", f"the period ends {ends.text}, after {found.today}: what is said of it is a forecast, never a claim"


def _in_use(found: NetImpact) -> _Verdict:
    evidence = found.claim.evidence
    if not DESIGNS[evidence.design].in_use:
        return "fail", f"{DESIGNS[evidence.design].text}: there are no data of use"
    if evidence.results is not None and evidence.results > found.today:
        return "fail", f"{_ahead(evidence.results)}: there are no data of use yet"
    if not said(evidence.use_phase):
        return "unknown", "which data of use there are is not said"
    return "pass", evidence.use_phase


def _tier(found: NetImpact) -> _Verdict:
    text = f"tier {found.tier}: {TIERS[found.tier]}"
    return (
        ("pass", text)
        if found.tier <= WORST_FOR_A_CLAIM
        else ("fail", f"{text}; at least {WORST_FOR_A_CLAIM} is needed")
    )


def _source(found: NetImpact) -> _Verdict:
    evidence = found.claim.evidence
    if not evidence.source_kind or not said(evidence.source):
        return "unknown", "the source of the result is not named, or not its kind"
    bare = _bare(found)
    if bare:
        return "unknown", f"without source: {', '.join(bare)}"
    carries = SOURCES[evidence.source_kind]
    if carries is False:
        return "fail", f"only {evidence.source_kind}: {evidence.source}"
    if carries is None:
        return "unknown", f"only {evidence.source_kind}: what it reports is not at hand"
    return "pass", f"{evidence.source_kind}: {evidence.source}"


def _bare(found: NetImpact) -> list[str]:
    """What stands between the source of the result and the saving without a source of its own."""
    claim = found.claim
    shares = [] if claim.effect is None else [share.name for share in claim.effect.shares if not said(share.source)]
    bare = claim.solution.amount is not None and not said(claim.solution.source)
    return shares + (["the impact with the solution"] if bare else [])


def _everyone(found: NetImpact) -> _Verdict:
    trial, evidence = found.trial, found.claim.evidence
    for count, what in ((evidence.eligible, "could use it"), (evidence.treated, "was offered it")):
        if count == 0:
            return "fail", f"nobody {what}"
    if evidence.complied == 0:
        return "fail", "nobody followed it, so that what was found is not its doing"
    if found.gross is None:
        return "unknown", found.basis.removeprefix("unknown: ")
    if trial is not None and trial.intention_to_treat is not None:
        if trial.more_over_all:
            return "unknown", _MORE_OVER_ALL
        if trial.contradicts:
            return "unknown", "the effect over all and that over those who followed it cannot both be"
        if trial.compliance is None:
            return "unknown", "how many were treated and complied is not said"
        return "pass", "intention to treat: all to whom it was offered"
    if trial is not None:
        return "unknown", found.basis
    offered = offered_of(evidence)
    if offered is None or evidence.complied is None:
        return "unknown", "how many were eligible, treated and complied is not said"
    if evidence.complied != offered:
        return "unknown", f"{evidence.complied:g} of {offered:g} followed it, and the effect over all is not said"
    return "pass", f"all {offered:g} {evidence.unit}".rstrip()


def _headline(found: NetImpact) -> _Verdict:
    headline = found.claim.headline
    if headline is None:
        return "pass", "nothing was told beyond this result"
    told = f"{headline.value:,.10g} {headline.unit} was told"
    pair = told_and_found(found)
    if pair is None:
        return "unknown", f"{told}, and there is nothing to hold it against"
    value, held = pair
    if value > held.p95:
        times = "" if found.overclaim is None else f", {found.overclaim:.2g} times what was found over all"
        less = ", more than what is known leaves" if held.p50 > 0 else ", and no saving was found"
        return "fail", f"{told}{times or less}"
    if found.unknown:
        return "unknown", f"{told}, and not all of what would lower it is known"
    return "pass", f"{told}, within the interval"


def _known(found: NetImpact, kind: str, spoken: bool, missing: str) -> _Verdict:
    steps = [step for step in found.steps if step.kind == kind]
    if not spoken:
        return "unknown", missing
    unknown = [step.name for step in steps if step.quantity is None]
    if unknown and not (kind == "rebound" and found.gross is None):
        return "unknown", f"not known: {', '.join(unknown)}"
    bare = [step.name for step in steps if not said(step.source)]
    if bare:
        return "unknown", f"without source: {', '.join(bare)}"
    return "pass", ", ".join(step.name for step in steps)


def _rebound(found: NetImpact) -> _Verdict:
    missing = "rebound is not spoken of; if there is none, say so with fraction = 0 and its source"
    return _known(found, "rebound", bool(found.claim.rebounds), missing)


def _side_effects(found: NetImpact) -> _Verdict:
    missing = "side effects are not spoken of; if there are none, say so with amount = 0 and its source"
    return _known(found, "side effect", bool(found.claim.side_effects), missing)


def _footprint(found: NetImpact) -> _Verdict:
    if not found.own:
        return "unknown", "the footprint of the solution itself is not given"
    partly = [part.name for part in found.own if part.coverage < 1]
    if partly:
        return "unknown", f"not wholly known: {', '.join(partly)}"
    lacking = [f"{part.name}, of which {part.gap} is not counted" for part in found.own if part.gap]
    if lacking:
        return "unknown", f"not wholly known: {', '.join(lacking)}"
    bare = [part.name for part in found.own if part.basis == AS_STATED and not said(part.source)]
    if bare:
        return "unknown", f"without source: {', '.join(bare)}"
    if found.relative:
        return "unknown", "it cannot be taken off: the reference has no amount in its unit"
    named = ", ".join(part.name for part in found.own)
    return "pass", f"{named}; stated as zero, which nothing that runs is" if found.stated_as_zero else named


def _attribution(found: NetImpact) -> _Verdict:
    claim = found.claim
    if found.share is None:
        return "unknown", "who else claims the saving is not said"
    if not said(claim.rule):
        return "unknown", "the rule by which the saving is shared out is not said"
    named = ", ".join(f"{actor.name} {actor.share:.4g}" for actor in claim.actors)
    return "pass", f"{named}; {claim.rule}"


def _above_zero(found: NetImpact) -> _Verdict:
    held, name = found.attributed or found.at_most, "net saving"
    if held is None:
        held, name = found.effect, "saving before its footprint"
    if held is None:
        return "unknown", "there is no interval of the net saving"
    if held.p05 <= 0:
        what = "is a harm" if held.p95 < 0 else "may be a harm"
        return "fail", f"the lower end of the {name} is not above 0: it {what}"
    if found.unknown or found.attributed is None:
        missing = found.unknown or ("the share of the claimant",)
        return "unknown", f"not all of it is known: {', '.join(missing)}"
    if found.exact:
        return "unknown", "the saving is stated as one number: give its p-value, or its distribution"
    return "pass", "nine of ten plausible values lie above 0"


_GATES: tuple[tuple[str, str, Callable[[NetImpact], _Verdict]], ...] = (
    ("registered", "The claim was registered before the result", _registered),
    ("reference-dated", "The reference was written before the result", _reference_dated),
    ("reference-backed", "The reference is described and backed", _reference_backed),
    ("not-scenario", "It is no scenario", _not_scenario),
    ("use-phase", "There are data of use", _in_use),
    ("tier", f"Evidence is of tier {WORST_FOR_A_CLAIM} or better", _tier),
    ("source", "A source can carry it", _source),
    ("everyone", "Everyone to whom it was offered is counted", _everyone),
    ("headline", "What was told is what was found", _headline),
    ("footprint", "Its own footprint is known and taken off", _footprint),
    ("side-effects", "Side effects are known", _side_effects),
    ("rebound", "Rebound is known", _rebound),
    ("attribution", "The saving is shared out, never above 100 %", _attribution),
    ("above-zero", "The lower end is above 0", _above_zero),
)
