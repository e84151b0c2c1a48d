"""Say what moves a study's results, and where they turn."""

import sys
from collections.abc import Mapping
from typing import Any

import click

from treadlight.app.cli.options import json_option
from treadlight.core.category import category as category_named
from treadlight.core.errors import InputError

_FEWEST, _MOST = 64, 100_000


@click.command(short_help="What moves a study's results: tornado, Sobol' indices, scenarios, break-even.")
@click.argument("study", metavar="STUDY")
@click.option("--category", help="Only this impact category; else all of the study.")
@click.option("--top", type=click.IntRange(1), default=6, show_default=True, help="How many inputs are shown.")
@click.option("--samples", type=int, help="Rows of the analysis; else 4096, and for break-even as configured.")
@click.option("--seed", type=int, help="Seed of the draws; else as configured.")
@click.option("--scenario", help="Analyse it in one of its scenarios.")
@click.option("--log", is_flag=True, help="Show shares of the logarithm's variance in every category.")
@click.option("--break-even", "parameter", metavar="PARAMETER", help="At which value of it are two quantities equal?")
@click.option(
    "--between",
    nargs=2,
    metavar="X Y",
    help="Which two: a system, a stage, SYSTEM/STAGE, or others. Else both systems.",
)
@click.option("--from", "low", type=float, help="Smallest value of the parameter that is looked at.")
@click.option("--to", "high", type=float, help="Largest value of the parameter that is looked at.")
@json_option
def command(
    study: str, top: int, log: bool, parameter: str | None, category: str | None, as_json: bool, **given: Any
) -> None:
    """Say what moves the results of STUDY: each input by itself, all together, its scenarios; or where they turn.

    \b
    treadlight lca sensitivity chatbot.toml
    treadlight lca sensitivity chatbot.toml --category gwp --top 12
    treadlight lca sensitivity chatbot.toml --break-even requests --between training others
    treadlight lca sensitivity vision-edge.toml --break-even cloud_wh --from 1e-7 --to 1e-3
    """
    samples = given["samples"]
    if samples is not None and not _FEWEST <= samples <= _MOST:
        remedy = f"give {_FEWEST} to {_MOST}; 4096 is enough for most"
        raise InputError("is no number of samples", field="--samples", value=samples, remedy=remedy)
    if category is not None:
        category_named(category)
    if parameter is not None:
        _break_even(study, parameter, category, given, as_json)
        return
    for name in ("between", "low", "high"):
        if given[name] is not None:
            option = {"low": "--from", "high": "--to"}.get(name, f"--{name}")
            raise InputError("is of no use here", field=option, remedy="give --break-even PARAMETER as well")
    _sensitivity(study, category, top, log, given, as_json)


def _sensitivity(
    study: str, category: str | None, top: int, log: bool, given: Mapping[str, Any], as_json: bool
) -> None:
    from treadlight.app.lifecycle_analysis import chosen_categories, sensitivity
    from treadlight.app.output import print_json
    from treadlight.app.workspace import Workspace

    samples, seed, scenario = given["samples"], given["seed"], given["scenario"]
    found = sensitivity(Workspace(), study, samples=samples, seed=seed, scenario=scenario)
    categories = chosen_categories(found.result, category)
    if as_json:
        from treadlight.app.lifecycle_analysis_forms import sensitivity_form

        print_json(sensitivity_form(found, categories))
        return
    from treadlight.app.lifecycle_analysis_text import show_sensitivity
    from treadlight.share.terminal_text import emit

    emit(show_sensitivity(found, categories, top, log=log), sys.stdout)


def _break_even(study: str, parameter: str, category: str | None, given: Mapping[str, Any], as_json: bool) -> None:
    from treadlight.app.lifecycle_analysis import break_evens
    from treadlight.app.output import print_json
    from treadlight.app.workspace import Workspace

    asked = {"draws" if name == "samples" else name: value for name, value in given.items()}
    found = break_evens(Workspace(), study, parameter, category=category, **asked)
    if as_json:
        from treadlight.app.lifecycle_analysis_forms import break_even_form

        print_json(break_even_form(found))
        return
    from treadlight.app.lifecycle_analysis_text import show_break_evens
    from treadlight.share.terminal_text import emit

    emit(show_break_evens(found), sys.stdout)
