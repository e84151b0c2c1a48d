"""An assessed study on a terminal: totals, what they come from, how good the data are, what is left out."""

import sys
from collections.abc import Sequence

from treadlight.assess.draws import Array
from treadlight.assess.footprint import quantity
from treadlight.assess.lifecycle.result import HotSpot, StudyResult, SystemResult
from treadlight.assess.lifecycle.result import Line as StudyLine
from treadlight.assess.lifecycle.water import water_lines
from treadlight.share.findings import short_name
from treadlight.share.numbers import percent, plain_number, show
from treadlight.share.terminal_text import Cell, Line, Piece, fit, line, paragraph, table

__all__ = ["show_result"]

_BLANK: Line = ()
_MOST = 4
_BAR = 16


def show_result(result: StudyResult, width: int = 0) -> list[Line]:
    """Everything that `treadlight lca run` says."""
    width = fit(width, sys.stdout)
    lines = _head(result, width)
    for system in result.systems:
        lines += _system(result, system, width)
    return [*lines, *_warnings(result, width), _BLANK, *_foot(result, width)]


def _head(result: StudyResult, width: int) -> list[Line]:
    study, unit = result.study, result.study.scope.functional_unit
    words = [
        study.scope.function,
        study.scope.geography,
        f"scenario {result.scenario}" if result.scenario else "",
        *(f"{name} = {plain_number(value)}" for name, value in result.overrides.items()),
    ]
    return [
        line(Piece(study.title or study.id, "bold")),
        *paragraph("; ".join(word for word in words if word), width, style="dim"),
        *paragraph(f"Every number is for {unit.name}.", width),
    ]


def _system(result: StudyResult, system: SystemResult, width: int) -> list[Line]:
    titled = len(result.systems) > 1 or system.title != system.id
    return [
        _BLANK,
        *([line(Piece(system.title, "bold"))] if titled else []),
        *_totals(system, width),
        *_water(system, width),
        *_stages(system, width),
        *_hot_spots(system, width),
        *_doubt(system, width),
        *_quality(system, width),
        *_left_out(result, system, width),
        *_credits(system, width),
    ]


def _totals(system: SystemResult, width: int) -> list[Line]:
    rows: list[list[Cell] | None] = []
    phases, known = system.by_phase(), system.known_by_phase()
    for row, name in enumerate(system.categories):
        total = system.total(name)
        covered = percent(float(system.coverage[row]))
        if total is None:
            rows.append([short_name(name), "unknown", "", "", "", covered])
            continue
        shown = show(total)
        whole = float(system.samples[row].mean())
        use = float(phases["use"][row].mean()) / whole if "use" in phases and whole else 0.0
        value = Piece(shown.value, "bold")
        in_use = percent(use) if "use" not in known or name in known["use"] else "unknown"
        rows.append([short_name(name), value, shown.unit, shown.interval, in_use, covered])
    return table(["Impact", "p50", "", "p05–p95", "in use", "covered"], rows, "lrlrrr", width)


def _water(system: SystemResult, width: int) -> list[Line]:
    """Water line by line; what is unknown is said, never zero."""
    rows: list[list[Cell] | None] = []
    for name, held in water_lines(system).items():
        shown = show(held.known) if held.known else None
        cells = [shown.value, shown.unit, shown.interval] if shown else ["unknown", "", ""]
        rows.append([name, *cells, "in part" if held.known and held.partial else ""])
    return [_BLANK, *table(["Water", "p50", "", "p05–p95", "known"], rows, "lrlrr", width)] if rows else []


def _stages(system: SystemResult, width: int) -> list[Line]:
    """Share of each stage in every category: a ranking by carbon alone would mislead."""
    known = [name for name in system.categories if system.total(name) is not None]
    stages = system.by_stage()
    rows: list[list[Cell] | None] = [
        [stage.capitalize(), *(_share(system, stages[stage], n) if n in held else "unknown" for n in known)]
        for stage, held in system.known_by_stage().items()
    ]
    head = ["Stage", *(short_name(name).partition(" ")[0] for name in known)]
    return [_BLANK, *table(head, rows, "l" + "r" * len(known), width)]


def _share(system: SystemResult, samples: Array, name: str) -> str:
    """A part's share of a category; empty where the whole is nothing."""
    row = system.row(name)
    whole = float(system.samples[row].mean())
    return percent(float(samples[row].mean()) / whole) if whole else ""


def _hot_spots(system: SystemResult, width: int) -> list[Line]:
    lines = [_BLANK, line(Piece("Hot spots, category by category", "bold"))]
    for name in system.categories:
        items, processes = system.hot_spots(name, _MOST), system.hot_processes(name, 1)
        if system.total(name) is None or not items:
            continue
        lines += paragraph(f"{short_name(name)}: {_spots(items)}.", width, 2, hanging=2)
        if processes:
            lines += paragraph(f"it arises in {_spots(processes)}", width, 4, "dim", hanging=2)
    return lines


def _spots(spots: Sequence[HotSpot]) -> str:
    return ", ".join(f"{spot.name.partition(' (')[0]} {percent(spot.share)}" for spot in spots)


def _doubt(system: SystemResult, width: int) -> list[Line]:
    rows: list[list[Cell] | None] = []
    for name in system.categories:
        top = list(system.doubt(name).items())[:2] if system.total(name) is not None else []
        for i, (label, share) in enumerate(top):
            drawn = Piece("█" * round(share * _BAR) or "▏", "dim")
            rows.append([label, short_name(name) if i == 0 else "", drawn, percent(share)])
    if not rows:
        return []
    return [_BLANK, *table(["Where the doubt lies", "of", "", "share"], rows, "lllr", width)]


def _quality(system: SystemResult, width: int) -> list[Line]:
    rows: list[list[Cell] | None] = []
    for quality in system.quality():
        largest = max(quality.shares.items(), key=lambda held: held[1], default=None)
        scores = " ".join(map(str, quality.pedigree)) or "not scored"
        gsd = f"{quality.additional_gsd:.2f}" if quality.pedigree else ""
        share = f"{percent(largest[1])} of {short_name(largest[0]).lower()}" if largest else ""
        share = share or ("unknown" if quality.unknown else "")
        rows.append([quality.item, scores, gsd, share])
    head = ["Data quality", "pedigree", "adds GSD", "largest share"]
    return [_BLANK, *table(head, rows, "llrr", width)]


def _left_out(result: StudyResult, system: SystemResult, width: int) -> list[Line]:
    texts: list[str] = []
    unseen: dict[str, list[str]] = {}
    for left in system.left_out:
        added = [f"{percent(share)} of {short_name(name).lower()}" for name, share in left.shares.items() if share]
        why = f" ({left.reason})" if left.reason else ""
        if added:
            texts.append(f"{left.stage}{why}: would add {', '.join(added)}")
        else:
            unseen.setdefault(left.reason or "no reason given", []).append(left.stage)
    texts += [f"{', '.join(stages)}, not estimated: {reason}" for reason, stages in unseen.items()]
    if system.below_cut_off:
        least = plain_number(result.study.scope.cut_off_percent)
        texts.append(f"counted, though below {least} % of every category: {', '.join(system.below_cut_off)}")
    lines = [piece for text in texts for piece in paragraph(text, width, 2, hanging=2)]
    return [_BLANK, line(Piece("Left out, and below the cut-off", "bold")), *lines] if lines else []


def _credits(system: SystemResult, width: int) -> list[Line]:
    if not system.credits:
        return []
    lines = [_BLANK, line(Piece("Avoided elsewhere: beside the total, never taken off it", "bold"))]
    for held in system.credits:
        lines += paragraph(f"{held.item}: {_avoided(held, system)}", width, 2, hanging=2)
    return lines


def _avoided(held: StudyLine, system: SystemResult) -> str:
    """What is known of a credit and is not zero, then what is not known."""
    known = system.known_of(held)
    some = [n for n in system.categories if held.samples[system.row(n)].any()]
    parts = [show(quantity(held.samples[system.row(n)], n)) for n in some]
    told = [f"{shown.text} ({shown.interval})" if shown.interval else shown.text for shown in parts]
    lost = [short_name(n).lower() for n in system.categories if n not in known]
    if not told:
        return "unknown" if lost else "nothing"
    return ", ".join(told) + (f"; unknown: {', '.join(lost)}" if lost else "")


def _warnings(result: StudyResult, width: int) -> list[Line]:
    lines: list[Line] = []
    titles = {system.id: f"{system.title}: " for system in result.systems if len(result.systems) > 1}
    for warning in result.warnings:
        where = titles.get(warning.system, "")
        lines += paragraph(f"▨ {where}{warning.text}", width, style="warn", hanging=2)
    return [_BLANK, line(Piece("What a reader must know", "bold")), *lines] if lines else []


def _foot(result: StudyResult, width: int) -> list[Line]:
    scope = result.study.scope
    rule = result.study.allocation
    text = (
        f"Aligned with ISO 14040/44. p05–p95 holds nine of ten plausible values; {plain_number(result.draws)} draws, "
        f"seed {result.seed}; library {result.library_version}; electricity {scope.electricity}-based; end of life "
        f"{scope.end_of_life}; {rule.told}; study {result.digest[:12]}."
    )
    return paragraph(text, width, style="dim")
