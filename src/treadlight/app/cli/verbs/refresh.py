"""Keep, replace, extend or buy second-hand: break-even dates for the same work."""

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from treadlight.app.cli.hardware_options import place_options, use_options
from treadlight.app.cli.options import json_option
from treadlight.core.errors import InputError

if TYPE_CHECKING:
    from treadlight.app.hardware import Place
    from treadlight.app.workspace import Workspace


@click.command()
@click.argument("product", metavar="PRODUCT", required=False)
@click.option("--asset", help="An asset of the inventory, in place of PRODUCT: its product and site.")
@click.option("--candidate", "new", metavar="PRODUCT[=RATIO[@WATTS]]", multiple=True, help="A new device; repeatable.")
@click.option("--second-hand", "used", metavar="PRODUCT[=RATIO[@WATTS]]", multiple=True, help="A used one; repeatable.")
@click.option("--years", type=float, default=4.0, show_default=True, help="For how long the work goes on.")
@click.option("--since", help="Day from which break-even is counted; else today.")
@use_options
@click.option("--spare-parts", metavar="AMOUNT", help="Share of it replaced to extend its life; else uniform(0,0.2).")
@click.option(
    "--second-hand-share", metavar="AMOUNT", help="Share of its making that a used one bears; else uniform(0,0.5)."
)
@place_options
@json_option
def command(
    product: str | None,
    asset: str | None,
    new: tuple[str, ...],
    used: tuple[str, ...],
    years: float,
    since: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Whether to keep PRODUCT or replace it, for the same work: break-even in every category, "never" said plainly.

    RATIO is how much more work a candidate does in the same time; without it, the library's peak rates give a wide
    interval. WATTS is its mean power at work.

    \b
    treadlight refresh "A100 SXM4 80GB" --candidate "H100 SXM=2.5" --second-hand "H100 SXM" --zone FR
    treadlight refresh --asset node-7 --candidate "server + 4 x H100 SXM" --years 5
    treadlight refresh "server + 8 x V100 SXM2 32GB" --power-w 2800 --candidate "server + 4 x L40S=1.2@1600"
    """
    from treadlight.app.hardware import Place, day, refresh_of, use_of
    from treadlight.app.output import print_json
    from treadlight.app.workspace import Workspace

    workspace = Workspace()
    place = Place(**{name: given.pop(name) for name in ("zone", "region", "site", "accounting", "draws", "seed")})
    device, place = _device(workspace, product, asset, place)
    if not (new or used):
        remedy = 'name what could replace it: --candidate "H100 SXM=2.5"'
        raise InputError("has nothing to be compared with", field="PRODUCT", value=device, remedy=remedy)
    shares = {name: given.pop(name) for name in ("spare_parts", "second_hand_share")}
    advice = refresh_of(
        workspace,
        device,
        [*((text, False) for text in new), *((text, True) for text in used)],
        use_of(**given),
        place,
        years=years,
        since=None if since is None else day(since, "--since"),
        spare_parts=shares["spare_parts"],
        second_hand=shares["second_hand_share"],
    )
    if as_json:
        from treadlight.app.hardware_forms import refresh_form

        print_json(refresh_form(advice))
        return
    from treadlight.app.hardware_text import show_advice
    from treadlight.share.terminal_text import emit

    emit(show_advice(advice), sys.stdout)


def _device(workspace: "Workspace", product: str | None, asset: str | None, place: "Place") -> tuple[str, "Place"]:
    """What is in use, and where: as stated, or as the inventory says."""
    if (product is None) == (asset is None):
        remedy = "give one of them"
        raise InputError("either PRODUCT or --asset is needed, not both", field="PRODUCT", value=product, remedy=remedy)
    if asset is None:
        return product or "", place
    from treadlight.app.inventory import find_asset

    found = find_asset(workspace, asset)
    stated = place.zone or place.region or place.site
    return found.product, place if stated else replace(place, site=found.site)
