"""What a reader needs last: what a public comparison would still take, how the numbers were made, the sources."""

from collections.abc import Iterator

from treadlight.share.numbers import plain_number
from treadlight.share.studies.document import Block, Cell, Column, Facts, Heading, Section, Table, Text
from treadlight.share.studies.material import Material, named

__all__ = ["method_section", "public_section", "sources_section"]

_PANEL = 3


def public_section(given: Material) -> Section:
    """What a comparison that is told to the public has to have, and what of it is here.

    References
    ----------
    ISO 14044:2006, 4.2.3.7 (comparisons), 4.4.5 (impact assessment of public comparisons), 5.3 (their report), 6.3
    (review by a panel).
    """
    rows = list(_needs(given))
    data = tuple(rows)
    columns = (Column("A public comparison needs"), Column("Here"), Column("What is here, or missing"))
    table = Table(
        "public",
        "What a public comparison still needs",
        columns,
        tuple((Cell(a), Cell(b), Cell(c)) for a, b, c in rows),
        ("need", "state", "what"),
        data,
    )
    goal = given.result.study.goal
    lead = (
        "The study is meant to be a comparison told to the public."
        if goal.comparative and goal.public
        else (
            "The study is not meant to be a comparison told to the public. Before it became one, this would be missing."
        )
    )
    notes = ("ISO 14044 asks more of a comparison that is told to the public than of a study for one’s own use.",)
    return Section("public", "Public comparison", notes, (Text(lead), table))


def _needs(given: Material) -> Iterator[tuple[str, str, str]]:
    goal, scope = given.result.study.goal, given.result.study.scope
    reviewers = len(goal.reviewers)
    state = "stated" if reviewers >= _PANEL else "missing"
    yield (
        "Critical review by a panel of at least three",
        state,
        (f"{reviewers} reviewer{'s' if reviewers != 1 else ''} named; whether they reviewed it is theirs to say"),
    )
    yield "The same functional unit and boundary for all", "here", "one study, one functional unit, one boundary"
    several = len(given.systems) > 1
    yield "At least two systems", "here" if several else "missing", f"{len(given.systems)} in this study"
    yield "No weighting, no single score", "here", "categories stand apart"
    yield "Several categories, none left out that matters", "to judge", f"{len(given.result.categories)} are assessed"
    partial = sorted({c for s in given.systems for c in s.categories if s.coverage[s.row(c)] < 1})
    yield (
        "Complete data",
        "missing" if partial else "here",
        (f"known in part only: {named(partial)}" if partial else "every category is known throughout"),
    )
    yield (
        "Data-quality needs, stated and met",
        "stated" if scope.data_quality else "missing",
        ("; ".join(scope.data_quality) or "the study states none"),
    )
    yield "Sensitivity and uncertainty", "here", "one input at a time, scenarios, and draws of all together"
    yield (
        "Deviations explained",
        "stated" if scope.deviations else "to judge",
        ("; ".join(scope.deviations) or "the study states none"),
    )


def method_section(given: Material) -> Section:
    """Versions, digests, seed: what it takes to get the same numbers again."""
    result = given.result
    pairs = (
        ("Study", (result.study.id, result.digest)),
        ("Scenario", (result.scenario or "as written",)),
        ("Library", (result.library_version, result.library_digest)),
        ("Draws", (f"{plain_number(result.draws)}, seed {result.seed}; what shares a cause shares its draw",)),
        ("Intervals", ("p05 to p95 of the draws; medians need not add up to the last digit",)),
        ("Software", (f"treadlight {given.version}",)),
        ("Made", (given.made.strftime("%Y-%m-%d %H:%M UTC"),)),
        ("Alignment", ("aligned with the structure of ISO 14040 and ISO 14044; no body has examined that",)),
    )
    notes = (
        "With these, anyone gets the same numbers.",
        f"treadlight lca archive {result.study.where} packs all of it.",
    )
    return Section("method", "Method and versions", notes, (Facts(pairs),))


def sources_section(given: Material) -> Section:
    """Every source of a factor, numbered as the tables name them; then those that the study itself names."""
    rows, data = [], []
    for i, s in enumerate(given.sources, 1):
        rows.append(
            (Cell(str(i)), Cell(s.citation, small=s.locator), Cell(str(s.year)), Cell(s.licence), Cell(s.confidence))
        )
        data.append((i, s.id, s.citation, s.locator, s.year, s.licence, s.confidence, s.url))
    columns = (
        Column("No."),
        Column("Source"),
        Column("year", "r"),
        Column("licence", folds=True),
        Column("confidence", folds=True),
    )
    heads = ("number", "id", "citation", "locator", "year", "licence", "confidence", "url")
    blocks: list[Block] = [Table("sources", "Sources of factors", columns, tuple(rows), heads, tuple(data))]
    own = list(dict.fromkeys(_own(given)))
    if own:
        table = Table(
            "own-sources",
            "Sources the study names",
            (Column("For"), Column("Source")),
            tuple((Cell(a), Cell(b)) for a, b in own),
            ("for", "source"),
            tuple(own),
        )
        blocks += [Heading("Named by the study"), table]
    return Section("sources", "Sources", ("Every factor comes from one of these.",), tuple(blocks))


def _own(given: Material) -> Iterator[tuple[str, str]]:
    for held in given.result.model.inputs:
        if held.source:
            yield held.label, held.source
    for system in given.systems:
        for line in (*system.lines, *system.outside, *system.credits):
            if line.part.source:
                yield line.item, line.part.source
