"""Why a number of a study is what it is: a system's total, a stage or an item, unfolded down to each source."""

from shlex import quote as quoted

from treadlight.app.lifecycle import assess
from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web.assessed import STUDY_SHEETS, Assessed, opened
from treadlight.app.web.filed import folder_of
from treadlight.app.web.moved import knobs, tried_in
from treadlight.app.web.phrases import Phrase
from treadlight.app.web.render import render
from treadlight.app.web.sentences import Sentence
from treadlight.app.web.tree import equation, quantity_of
from treadlight.app.web.unfolded import unfolded, why_file
from treadlight.assess.lifecycle.why import study_why
from treadlight.assess.why import WhyNode
from treadlight.core.texts import language, say
from treadlight.share.numbers import show

PATHS = ("/studies/{name:str}/why",)
TITLE = "Why"
WHOLE = True

_KEPT = ("scenario", "system", "stage", "item", "category", "library", "lang")


def page(desk: Desk, request: PageRequest) -> Answer:
    """The tree behind a number, as a page or as JSON; one line where the study is broken."""
    study = opened(desk, request, request.params["name"])
    if not isinstance(study, Assessed):
        return study
    inner = "/".join(part for part in (request.get("stage"), request.get("item")) if part)
    tried = tried_in(request, knobs(study.result.model.inputs))
    root = _tree(study, inner, tried)
    if request.get("as") == "json":
        return why_file(root, f"{study.name}-{root.id}")
    fields = [k.field for k in knobs(study.result.model.inputs) if k.input.name in tried]
    kept = PageRequest("", query={n: request.all(n) for n in (*_KEPT, *fields)}).url("").partition("?")[2]
    return render(
        desk,
        request,
        "study_why.html.jinja",
        title=say("Why {what}", what=root.label),
        sheets=STUDY_SHEETS,
        study=study,
        inner=inner,
        tried=tried,
        command=_command(study, inner),
        terms=equation(root),
        answers=(),
        identifier=root.id,
        sentence=_sentence(study, root, inner),
        **{**unfolded(desk, root, request.get("step"), kept), "named": True},
    )


def _tree(study: Assessed, inner: str, tried: dict[str, float]) -> WhyNode:
    """The tree behind what the address names, with the parameters that it holds at one value."""
    path = f"{study.system.id}/{inner}" if inner else study.system.id

    def made() -> WhyNode:
        scenario = study.scenario or None
        moved = assess(study.desk, study.study, parameters=tried, scenario=scenario) if tried else study.result
        return study_why(moved, path, study.category)

    return study.computed(("why", path, study.category, tuple(sorted(tried.items())), language()), made)


def _command(study: Assessed, inner: str) -> str:
    """What says the same in a terminal."""
    words = ["treadlight lca why", quoted(f"{folder_of(study.desk, 'studies').name}/{study.name}.toml")]
    if inner or len(study.result.systems) > 1:
        words.append(quoted(f"{study.system.id}/{inner}" if inner else study.system.id))
    words += [f"--category {study.category}"] if study.category != "gwp" else []
    words += [f"--scenario {quoted(study.scenario)}"] if study.scenario else []
    return " ".join(words)


def _sentence(study: Assessed, root: WhyNode, inner: str) -> Sentence:
    amount = quantity_of(root)
    text = show(amount, at_least=2).text if amount else say("unknown")
    pattern = say("Why is the {category} of {system} in the study {study} {amount} per {unit}, {scenario}?")
    if inner:
        pattern = say("Why is the {category} of {what}, part of {system} in the study {study}, {amount} per {unit}, "
                      "{scenario}?")  # fmt: skip
    what = Phrase("", root.label, ())
    return study.sentence(pattern, what=what, amount=Phrase("", text, (), plain=True))
