"""Put runs side by side, on shared draws."""

import sys

import click

from treadlight.app.cli.options import category_option, json_option, method_options
from treadlight.app.comparing import comparison_form, comparison_of
from treadlight.app.output import print_json
from treadlight.app.workspace import Workspace
from treadlight.core.category import category as category_named
from treadlight.core.errors import InputError
from treadlight.core.method import Method


@click.command()
@click.argument("runs", metavar="RUN RUN…", nargs=-1, required=True)
@category_option
@click.option("--per", "unit", metavar="UNIT", help="Divide by this functional unit, as counted by the runs: samples.")
@method_options
@json_option
def command(runs: tuple[str, ...], category: str, unit: str | None, accounting: str, scope: str, as_json: bool) -> None:
    """Compare runs with the first one: differences from shared draws, and the probability that a run is lower.

    \b
    treadlight compare baseline pruned --per samples
    """
    category_named(category)
    if len(runs) < 2:
        raise InputError("needs two runs or more", field="RUN", value=runs[0], remedy="name a second run")
    comparison = comparison_of(Workspace(), runs, category, Method(accounting, scope=scope), unit)
    if as_json:
        print_json(comparison_form(comparison))
        return
    from treadlight.share.reports.terminal import compare_table, emit

    emit(compare_table(comparison), sys.stdout)
