"""Write a study in the form of another tool."""

import click

from treadlight.app.cli.options import check_draws, json_option


@click.command(short_help="Write a study for Brightway, for openLCA, or as tables.")
@click.argument("study", metavar="STUDY")
@click.argument("target", metavar="TARGET")
@click.option("--to", "form", required=True, metavar="FORM", help="bw (Brightway), openlca (JSON-LD) or csv.")
@click.option("--scenario", help="Write it in one of its scenarios.")
@click.option("--draws", type=int, help="Number of draws; else as configured.")
@click.option("--seed", type=int, help="Seed of the draws; else as configured.")
@json_option
def command(
    study: str,
    target: str,
    form: str,
    scenario: str | None,
    draws: int | None,
    seed: int | None,
    as_json: bool,
) -> None:
    """Write STUDY into TARGET, a new folder or a file that ends in .zip.

    \b
    treadlight lca export chatbot.toml chatbot-bw --to bw
    treadlight lca export chatbot.toml chatbot.zip --to openlca
    treadlight lca export chatbot.toml tables --to csv
    """
    from treadlight.app.lifecycle import inputs_of
    from treadlight.app.lifecycle_exchange import check_place, exported, write_members
    from treadlight.app.output import print_json, talk
    from treadlight.app.workspace import Workspace

    check_draws(draws)
    read = inputs_of(study)
    check_place(target, form, read)
    members = exported(Workspace(), study, form, draws=draws, seed=seed, scenario=scenario)
    write_members(members, target, form, read)
    if as_json:
        print_json({"schema": "treadlight.study-export/1", "form": form, "target": target, "files": sorted(members)})
    else:
        talk(f"wrote {len(members)} files to {target}")
