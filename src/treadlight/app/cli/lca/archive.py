"""Pack a study with all that its result rests on."""

from pathlib import Path

import click

from treadlight.app.cli.options import check_draws, json_option


@click.command(short_help="Pack a study with its data into one file that gives the same result elsewhere.")
@click.argument("study", metavar="STUDY")
@click.option("-o", "--output", metavar="FILE", help="Where to; else the study's name with .tlz.")
@click.option("--scenario", help="In one of its scenarios.")
@click.option("--draws", type=int, help="Number of draws; else as configured.")
@click.option("--seed", type=int, help="Seed of the draws; else as configured.")
@json_option
def command(
    study: str, output: str | None, scenario: str | None, draws: int | None, seed: int | None, as_json: bool
) -> None:
    """Pack STUDY: its files, every factor, estimate and sum of the ledger that it used, its draws and its result.

    The same study packs to the same bytes. Sums of the ledger go with it, the ledger does not.

    \b
    treadlight lca archive chatbot.toml -o chatbot.tlz
    treadlight lca verify chatbot.tlz
    """
    from hashlib import sha256

    from treadlight.app.lifecycle import inputs_of
    from treadlight.app.lifecycle_archive import ENDING, archived
    from treadlight.app.output import print_json, talk, write_bytes
    from treadlight.app.workspace import Workspace
    from treadlight.core.whole import check_target

    check_draws(draws)
    target, read = output or Path(study).with_suffix(ENDING).name, inputs_of(study)
    form = ENDING.removeprefix(".")
    check_target(target, "--output", read, form)
    data = archived(Workspace(), study, draws=draws, seed=seed, scenario=scenario)
    write_bytes(target, data, "--output", read, form)
    digest = sha256(data).hexdigest()
    if as_json:
        print_json({"schema": "treadlight.study-archived/1", "file": target, "bytes": len(data), "sha256": digest})
    else:
        talk(f"wrote {target}, {len(data) / 1000:.0f} kB, SHA-256 {digest}")
