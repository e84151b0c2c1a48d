"""Explanations: the tree behind whatever an id names."""

from treadlight.app.account import CATEGORIES, run_footprint
from treadlight.app.runs import run_facts
from treadlight.app.workspace import Workspace
from treadlight.assess.draws import Draws
from treadlight.assess.footprint import footprint
from treadlight.assess.grouping import group_activities
from treadlight.assess.lineage import process_tree, root_id, why_tree
from treadlight.assess.solve import unit_impacts
from treadlight.assess.why import WhyNode
from treadlight.core.errors import NotFoundError
from treadlight.core.method import Method
from treadlight.core.texts import say

__all__ = ["explain"]


def explain(workspace: Workspace, identifier: str, category: str, method: Method) -> WhyNode:
    """The tree behind a run, an activity, a step of a run's tree, a process of the library, or the file of a study.

    Raises
    ------
    NotFoundError
        If nothing has this id.
    """
    if identifier.endswith((".toml", ".tlz")):
        from treadlight.app.lifecycle import assess
        from treadlight.assess.lifecycle.why import study_why

        return study_why(assess(workspace, identifier), category=category)
    subject, _, step = identifier.partition("/")
    run, _, named = subject.rpartition(".")
    if named in CATEGORIES:
        category = named
    else:
        run = subject
    try:
        facts = run_facts(workspace, run)
    except NotFoundError as missing:
        found = _activity(workspace, identifier, category, method) or _process(workspace, identifier, category, method)
        if found is None:
            raise NotFoundError(
                "nothing has this id",
                field="ID",
                value=identifier,
                remedy="give a run (see `treadlight runs`), an activity, or a process (see `treadlight library find`); "
                "for a study: treadlight lca why STUDY SYSTEM/STAGE/ITEM",
            ) from missing
        return found
    result = run_footprint(facts, workspace, method)
    label = say("Run {id}", id=facts.run.name or facts.run.id)
    root = root_id(facts.run.id, category)
    tree = why_tree(result, category, root=root, label=label, activities=facts.activities)
    if not step:
        return tree
    wanted = f"{root}/{step}"
    node = _find(tree, wanted)
    if node is None:
        remedy = f"see the ids in `treadlight why {run} --category {category} --json`"
        raise NotFoundError("no such step", field="ID", value=identifier, remedy=remedy)
    return node


def _find(node: WhyNode, wanted: str) -> WhyNode | None:
    if node.id == wanted:
        return node
    return next((found for child in node.children if (found := _find(child, wanted))), None)


def _activity(workspace: Workspace, identifier: str, category: str, method: Method) -> WhyNode | None:
    try:
        record = workspace.ledger.activity(identifier)
    except NotFoundError:
        return None
    result = footprint(
        group_activities([record], hourly=workspace.library.has_hourly),
        workspace.library,
        method,
        categories=CATEGORIES,
        draws=workspace.draws,
        seed=workspace.seed,
    )
    label = say("Activity {name}", name=record.component or record.flow)
    return why_tree(result, category, root=root_id(record.id, category), label=label, activities=[record])


def _process(workspace: Workspace, identifier: str, category: str, method: Method) -> WhyNode | None:
    for root in (identifier, "hardware." + identifier.partition(".")[2], "hardware.server.base"):
        processes = workspace.library.supply(root, method)
        if processes is not None and identifier in processes:
            unit = unit_impacts(processes, CATEGORIES, Draws(workspace.draws, workspace.seed))
            return process_tree(unit, identifier, category)
    return None
