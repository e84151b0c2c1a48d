"""Hold published figures against each other, and against an estimate."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from treadlight.app.cli.options import json_option
from treadlight.core.errors import InputError

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    ("--energy-mwh", "energy_mwh", "Energy as published [MWh]."),
    ("--energy-kwh", "energy_kwh", "Energy as published [kWh]."),
    ("--tco2e", "tco2e", "Carbon as published [t]."),
    ("--kgco2e", "kgco2e", "Carbon as published [kg]."),
    ("--carbon-intensity", "carbon_intensity_g_per_kwh", "Of the electricity, as published [gCO2e/kWh]."),
    ("--device-hours", "device_hours", "Hours of one accelerator, summed over accelerators."),
    ("--devices", "n_devices", "Accelerators used at once."),
    ("--hours", "wall_hours", "Duration [h]."),
    ("--hardware", "hardware", "Accelerator, such as H100 or TPUv4."),
    ("--tdp", "tdp_w", "Design power of one accelerator [W]."),
    ("--avg-power", "avg_power_w", "Mean power for each accelerator [W]."),
    ("--pue", "pue", "Power usage effectiveness of the hall."),
    ("--params", "params_total_b", "Parameters of the model [10⁹]."),
    ("--active-params", "params_active_b", "Parameters that each token passes [10⁹]."),
    ("--tokens", "tokens_b", "Tokens seen [10⁹]."),
    ("--flops", "total_flops", "Operations of the whole run."),
    ("--architecture", "architecture", "dense, moe, nas, dense-lora, …"),
    ("--scope", "scope", "What the energy includes: gpu_only, gpu_pue, it or facility."),
    ("--name", "name", "What it is about."),
)


def _options(command: F) -> F:
    for name, column, text in reversed(_OPTIONS):
        command = click.option(name, column, metavar="VALUE", help=text)(command)
    return command


@click.command()
@click.argument("files", metavar="[FILE]…", nargs=-1)
@click.option("--csv", "tables", metavar="FILE", multiple=True, help="The same as FILE.")
@_options
@json_option
def command(files: tuple[str, ...], tables: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Hold published figures of trainings against each other, and against an estimate.

    FILE is a CSV or JSON with a row for each training (columns reported_energy_mwh, reported_tco2e, device_hours,
    hardware, tdp_w, pue, carbon_intensity_g_per_kwh, …), or the README.md of a model on Hugging Face with
    co2_eq_emissions. Without FILE, the options state one claim.

    \b
    treadlight check-claim --energy-mwh 433 --carbon-intensity 57 --tco2e 24700
    treadlight check-claim --hardware A100 --device-hours 82432 --energy-mwh 36 --pue 1.1
    treadlight check-claim published.csv README.md --json

    Exit code 1 if a figure is impossible or implausible, 0 if there are notes only.
    """
    from treadlight.app.claiming import claim_of, finding_form, read_claims
    from treadlight.app.estimating import models_of
    from treadlight.app.output import print_json
    from treadlight.app.workspace import Workspace
    from treadlight.estimate.claims import check_claims

    stated = {name: value for name, value in given.items() if value is not None}
    paths = (*files, *tables)
    if bool(stated) == bool(paths):
        remedy = "give FILE, or options such as --energy-mwh and --tco2e; see treadlight check-claim --help"
        what = "options do not go with FILE" if paths else "nothing is claimed"
        raise InputError(what, field="check-claim", remedy=remedy)
    workspace = Workspace()
    if paths:
        models = models_of(workspace.library)
        claims = [claim for path in paths for claim in read_claims(path, models)]
    else:
        claims = [_claim(stated, claim_of)]
    found = check_claims(claims, workspace.seed)
    if as_json:
        form = {"claims": len(claims), "findings": [finding_form(finding) for finding in found]}
        print_json({"schema": "treadlight.claims/1", **form})
    else:
        import sys

        from treadlight.app.claiming_text import show_findings
        from treadlight.share.terminal_text import emit

        emit(show_findings(found, len(claims)), sys.stdout)
    click.get_current_context().exit(1 if any(finding.severity != "note" for finding in found) else 0)


def _claim(stated: dict[str, Any], claim_of: Any) -> Any:
    from treadlight.app.claiming import check_hardware

    names = {column: name for name, column, _ in _OPTIONS} | {"estimate_scope": "--scope"}
    try:
        claim = claim_of(stated)
        check_hardware(claim)
        return claim
    except InputError as error:
        field = names.get(error.field, error.field)
        raise InputError(error.what, field=field, value=error.value, remedy=error.remedy) from None
