"""Impacts of the inventory, under two views that are never added."""

import sys

import click

from treadlight.app.cli.options import json_option


@click.command(short_help="Impacts by year of purchase and spread over the lives, and waste by fate.")
@click.option("--project", default="", help="Only this project's.")
@click.option("--until", type=int, metavar="YEAR", help="Last year of the amortised view; else to the last plan's end.")
@click.option("--draws", type=int, help="Number of draws; else as configured.")
@click.option("--seed", type=int, help="Seed of the draws; else as configured.")
@json_option
def command(project: str, until: int | None, draws: int | None, seed: int | None, as_json: bool) -> None:
    """The whole device in its year of purchase, beside a share of it in every year of its life. Never add the two.

    \b
    treadlight inventory report --until 2030
    """
    from treadlight.app.hardware import Place, bench_of
    from treadlight.app.inventory import report
    from treadlight.app.output import print_json, talk
    from treadlight.app.workspace import Workspace

    workspace, place = Workspace(), Place(draws=draws, seed=seed)
    found = report(workspace, place, project, until)
    if as_json:
        from treadlight.app.inventory_forms import report_form

        print_json(report_form(found, bench_of(workspace, place)))
    elif not found.assets:
        talk("no assets; treadlight inventory add PRODUCT --purchased DAY")
    else:
        from treadlight.app.inventory_text import show_report
        from treadlight.share.terminal_text import emit

        emit(show_report(found), sys.stdout)
