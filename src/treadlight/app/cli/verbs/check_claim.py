"""Hold published figures against each other, and against an estimate."""

from typing import TYPE_CHECKING, Any

import click

from treadlight.app.cli.options import input_options, json_option
from treadlight.app.estimating_options import OPTIONS
from treadlight.core.errors import InputError

if TYPE_CHECKING:
    from treadlight.estimate.claims import Claim


@click.command()
@click.argument("files", metavar="[FILE]…", nargs=-1)
@click.option("--csv", "tables", metavar="FILE", multiple=True, help="The same as FILE.")
@input_options(
    ("energy_mwh", "Energy as published [MWh]."),
    ("energy_kwh", "Energy as published [kWh]."),
    ("tco2e", "Carbon as published [t]."),
    ("kgco2e", "Carbon as published [kg]."),
    ("carbon_intensity_g_per_kwh", "Of the electricity, as published [gCO2e/kWh]."),
    ("device_hours", "Hours of one accelerator, summed over accelerators."),
    ("n_devices", "Accelerators used at once."),
    ("wall_hours", "Duration [h]."),
    ("hardware", "Accelerator, such as H100 or TPUv4."),
    ("tdp_w", "Design power of one accelerator [W]."),
    ("avg_power_w", "Mean power for each accelerator [W]."),
    ("pue", "Power usage effectiveness of the hall."),
    ("params_total_b", "Parameters of the model [10⁹]."),
    ("params_active_b", "Parameters that each token passes [10⁹]."),
    ("tokens_b", "Tokens seen [10⁹]."),
    ("total_flops", "Operations of the whole run."),
    ("architecture", "dense, moe, nas, dense-lora, …"),
    ("scope", "What the energy includes: gpu_only, gpu_pue, it or facility."),
    ("name", "What it is about."),
)
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
    from treadlight.app.claiming import finding_form, read_claims
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
        claims = [_claim(stated)]
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


def _claim(stated: dict[str, Any]) -> "Claim":
    from treadlight.app.claiming import check_hardware, claim_of

    try:
        claim = claim_of(stated)
        check_hardware(claim)
    except InputError as error:
        raise error.at(OPTIONS.get(error.field, error.field)) from None
    return claim
