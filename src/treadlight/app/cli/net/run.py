"""Assess claims."""

import sys

import click

from treadlight.app.cli.options import json_option


@click.command(short_help="Assess claims: net interval, every gate, and what may be said.")
@click.argument("claims", metavar="CLAIM…", nargs=-1, required=True)
@click.option("--html", "page", metavar="FILE", help="Write a page that needs no network; of one claim.")
@click.option("--draws", type=int, help="Number of draws; else as configured.")
@click.option("--seed", type=int, help="Seed of the draws; else as configured.")
@json_option
def command(claims: tuple[str, ...], page: str | None, draws: int | None, seed: int | None, as_json: bool) -> None:
    """What each CLAIM avoids, beside its own footprint; claims of one saving may not share out more than all of it.

    Nothing is written to the ledger: inventory, targets and scores never change by a claim.

    \b
    treadlight net run examples/claims/contrails-2026.toml
    treadlight net run ours.toml theirs.toml --json
    treadlight net run examples/claims/heating.toml --html heating.html

    Exit code 1 if a gate of any claim fails or is unknown, 0 if all of them hold.
    """
    from treadlight.app.cli.options import check_draws
    from treadlight.app.netimpact import assess, inputs_of
    from treadlight.app.output import print_json, talk
    from treadlight.app.workspace import Workspace
    from treadlight.core.errors import InputError
    from treadlight.core.whole import check_target

    check_draws(draws)
    if page and len(claims) != 1:
        raise InputError("shows one claim", field="--html", value=page, remedy="give one CLAIM")
    if page:
        check_target(page, "--html", inputs_of(claims), "html")
    found = assess(Workspace(), claims, draws=draws, seed=seed)
    if page:
        from treadlight.app.output import write_file
        from treadlight.share.reports.net_impact import net_page

        write_file(page, net_page(found[0]), "--html", inputs_of(claims), "html")
        talk(f"wrote {page}")
    if as_json:
        from treadlight.app.netimpact_forms import net_impacts_form

        print_json(net_impacts_form(found))
    else:
        from treadlight.app.netimpact_text import show_claims
        from treadlight.share.terminal_text import emit

        emit(show_claims(found), sys.stdout)
    click.get_current_context().exit(0 if all(impact.holds for impact in found) else 1)
