"""Assess a study."""

import sys

import click

from treadlight.app.cli.options import check_draws, json_option
from treadlight.core.errors import InputError


@click.command(short_help="Assess a study: totals, hot spots, data quality, cut-off.")
@click.argument("study", metavar="STUDY")
@click.option("--scenario", help="Assess it in one of its scenarios.")
@click.option("--set", "settings", metavar="NAME=VALUE", multiple=True, help="Set a parameter; may be repeated.")
@click.option("--draws", type=int, help="Number of draws; else as configured.")
@click.option("--seed", type=int, help="Seed of the draws; else as configured.")
@json_option
def command(
    study: str, scenario: str | None, settings: tuple[str, ...], draws: int | None, seed: int | None, as_json: bool
) -> None:
    """Impacts of every system of STUDY per functional unit, what they come from, and how far they can be trusted.

    \b
    treadlight lca run examples/studies/chatbot.toml
    treadlight lca run chatbot.toml --scenario poland --set requests=1e6
    """
    from treadlight.app.lifecycle import assess
    from treadlight.app.output import print_json
    from treadlight.app.workspace import Workspace

    check_draws(draws)
    parameters = dict(_setting(text) for text in settings)
    result = assess(Workspace(), study, draws=draws, seed=seed, parameters=parameters, scenario=scenario)
    if as_json:
        from treadlight.app.lifecycle_forms import study_result_form

        print_json(study_result_form(result))
        return
    from treadlight.app.lifecycle_text import show_result
    from treadlight.share.terminal_text import emit

    emit(show_result(result), sys.stdout)


def _setting(text: str) -> tuple[str, float]:
    name, sign, value = text.partition("=")
    try:
        if sign and name.strip():
            return name.strip(), float(value)
    except ValueError:
        pass
    raise InputError("is no setting of a parameter", field="--set", value=text, remedy="write NAME=NUMBER")
