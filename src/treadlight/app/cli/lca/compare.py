"""Put two systems beside each other, if they may be compared."""

import sys

import click

from treadlight.app.cli.options import json_option
from treadlight.core.errors import InputError


@click.command(short_help="Compare two systems on shared draws; refused where the rules differ.")
@click.argument("sides", metavar="A [B]", nargs=-1, required=True)
@click.option("--draws", type=int, help="Number of draws; else as configured.")
@click.option("--seed", type=int, help="Seed of the draws; else as configured.")
@json_option
@click.pass_context
def command(ctx: click.Context, sides: tuple[str, ...], draws: int | None, seed: int | None, as_json: bool) -> None:
    """Compare A with B: two studies, two systems of studies (FILE:SYSTEM), or the two systems of one FILE.

    Refused, with exit code 1, where functional unit, boundary, allocation, method, categories or data vintage differ.

    \b
    treadlight lca compare old.toml new.toml
    treadlight lca compare examples/studies/vision-edge.toml
    treadlight lca compare bloom.toml:published bloom.toml:library
    """
    from treadlight.app.lifecycle_analysis import compare
    from treadlight.app.output import print_json
    from treadlight.app.workspace import Workspace

    if len(sides) > 2:
        raise InputError("are too many", field="A B", value=len(sides), remedy="compare two at a time")
    if draws is not None and not 2 <= draws <= 1_000_000:
        raise InputError("is no number of draws", field="--draws", value=draws, remedy="give 2 to 1000000")
    found = compare(Workspace(), sides, draws=draws, seed=seed)
    if as_json:
        from treadlight.app.lifecycle_analysis_forms import comparison_form

        print_json(comparison_form(found))
    else:
        from treadlight.app.lifecycle_analysis_text import show_comparison
        from treadlight.share.terminal_text import emit

        emit(show_comparison(found), sys.stdout)
    ctx.exit(0 if found.comparable else 1)
