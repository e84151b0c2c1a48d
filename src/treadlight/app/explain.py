"""Explanations: the tree behind whatever an id names."""

from shlex import quote

from treadlight.app.account import CATEGORIES, run_footprint
from treadlight.app.components import unread
from treadlight.app.runs import run_facts
from treadlight.app.systems import system_groups
from treadlight.app.workspace import Workspace
from treadlight.assess.draws import Draws
from treadlight.assess.footprint import footprint
from treadlight.assess.grouping import group_activities
from treadlight.assess.lineage import process_tree, root_id, why_tree
from treadlight.assess.solve import unit_impacts
from treadlight.assess.why import WhyNode
from treadlight.core.errors import InputError, NotFoundError
from treadlight.core.method import Method
from treadlight.core.texts import say
from treadlight.ledger.query import Filter

__all__ = ["SYSTEM", "TOTAL", "explain"]

SYSTEM = "system:"
"""What stands before the name of a system."""

TOTAL = "total"
"""The total of the ledger, or of what is chosen from it."""


def explain(
    workspace: Workspace, identifier: str, category: str, method: Method, chosen: Filter | None = None
) -> WhyNode:
    """The tree behind a run, an activity, a system, the ledger's total, a step of a tree, a process of the library, or
    the file of a study.

    Parameters
    ----------
    chosen
        What the total is of: projects, months; None: everything.

    Raises
    ------
    NotFoundError
        If nothing has this id.
    InputError
        If it is a study of several systems.
    """
    if identifier.partition("/")[0] == TOTAL:
        return _total(workspace, identifier, category, method, chosen or Filter())
    if chosen not in (None, Filter()):
        what = "takes no choice of projects or times"
        raise InputError(what, field="ID", value=identifier, remedy="leave it out, or explain the total")
    if identifier.endswith((".toml", ".tlz")):
        return _study(workspace, identifier, category)
    if identifier.startswith(SYSTEM):
        return _system(workspace, identifier, category, method)
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
    return _step(tree, f"{root}/{step}", identifier, f"treadlight why {run} --category {category} --json")


def _step(tree: WhyNode, wanted: str, identifier: str, lists: str) -> WhyNode:
    node = _find(tree, wanted)
    if node is None:
        raise NotFoundError("no such step", field="ID", value=identifier, remedy=f"see the ids in `{lists}`")
    return node


def _study(workspace: Workspace, identifier: str, category: str) -> WhyNode:
    """The tree behind the only system of a study; of several, one has to be named elsewhere."""
    from treadlight.app.lifecycle import assess
    from treadlight.assess.lifecycle.why import study_why

    result = assess(workspace, identifier)
    if len(result.systems) > 1:
        known = ", ".join(system.id for system in result.systems)
        remedy = f"use treadlight lca why {quote(identifier)} SYSTEM; its systems are {known}"
        raise InputError("is a study of several systems", field="ID", value=identifier, remedy=remedy)
    return study_why(result, category=category)


def _find(node: WhyNode, wanted: str) -> WhyNode | None:
    if node.id == wanted:
        return node
    return next((found for child in node.children if (found := _find(child, wanted))), None)


def _system(workspace: Workspace, identifier: str, category: str, method: Method) -> WhyNode:
    """The tree behind a system over its life, or a step of it; the name itself may hold slashes."""
    wanted = identifier.removeprefix(SYSTEM)
    for end in range(len(wanted.split("/")), 0, -1):
        name = "/".join(wanted.split("/")[:end])
        groups = system_groups(workspace, name) if name else []
        if groups:
            break
    else:
        remedy = "give a name that a run or an activity has as its system; `treadlight show RUN --json` tells a run's"
        raise NotFoundError("nothing belongs to this system", field="ID", value=identifier, remedy=remedy)
    result = footprint(
        groups,
        workspace.library,
        method,
        categories=CATEGORIES,
        draws=workspace.draws,
        seed=workspace.seed,
    )
    tree = why_tree(result, category, root=f"{SYSTEM}{name}", label=name)
    lists = f"treadlight why {SYSTEM}{name} --category {category} --json"
    return tree if name == wanted else _step(tree, identifier, identifier, lists)


def _total(workspace: Workspace, identifier: str, category: str, method: Method, chosen: Filter) -> WhyNode:
    """The tree behind all activities that are chosen, or a step of it."""
    ledger = workspace.ledger
    groups = ledger.sums(chosen, ("component",))  # by year, as the pages of a span sum
    if not groups:
        raise NotFoundError("holds nothing of this", field="ledger", remedy="choose other times or another project")
    result = footprint(
        groups,
        workspace.library,
        method,
        categories=CATEGORIES,
        draws=workspace.draws,
        seed=workspace.seed,
        missing=sum(len(unread(run)) for run in ledger.runs(chosen)),
    )
    of = chosen.project or chosen.team or chosen.stage or say("everything")
    tree = why_tree(result, category, root=TOTAL, label=f"{of[0].upper()}{of[1:]}")
    lists = f"treadlight why {TOTAL} --category {category} --json"
    return tree if identifier == TOTAL else _step(tree, identifier, identifier, lists)


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
