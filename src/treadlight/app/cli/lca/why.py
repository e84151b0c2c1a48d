"""Walk from a figure of a study down to its sources."""

import sys

import click

from treadlight.app.cli.options import category_option, check_draws, json_option


@click.command(short_help="Walk from a figure of a study down to its sources.")
@click.argument("study", metavar="STUDY")
@click.argument("path", metavar="[SYSTEM[/STAGE[/ITEM]]]", default="")
@category_option
@click.option("--scenario", help="In one of its scenarios.")
@click.option("--draws", type=int, help="Number of draws; else as configured.")
@click.option("--seed", type=int, help="Seed of the draws; else as configured.")
@json_option
def command(
    study: str, path: str, category: str, scenario: str | None, draws: int | None, seed: int | None, as_json: bool
) -> None:
    """Explain a system's total, or one of its stages or items: each step with its source and its share of the doubt.

    \b
    treadlight lca why chatbot.toml
    treadlight lca why chatbot.toml open-model/training --category water
    treadlight lca why examples/studies/bloom.toml "published/training/final training"
    """
    from treadlight.app.forms import why_form
    from treadlight.app.lifecycle import assess
    from treadlight.app.output import print_json
    from treadlight.app.workspace import Workspace
    from treadlight.assess.lifecycle.why import study_why
    from treadlight.share.terminal_text import emit
    from treadlight.share.terminal_why import why_tree

    check_draws(draws)
    node = study_why(assess(Workspace(), study, draws=draws, seed=seed, scenario=scenario), path, category)
    if as_json:
        print_json(why_form(node))
        return
    emit(why_tree(node), sys.stdout)
