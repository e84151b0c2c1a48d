"""The life of a device."""

import sys
from typing import Any

import click

from treadlight.app.cli.hardware_options import place_options, use_options
from treadlight.app.cli.options import json_option


@click.command(short_help="The life of a device, phase by phase and category by category.")
@click.argument("product", metavar="PRODUCT")
@click.option("--years", metavar="AMOUNT", help="Years of use; else as the library says of its class.")
@use_options
@click.option("--repair", metavar="AMOUNT", help="Share of the device replaced each year by spare parts, 0 to 1.")
@click.option("--second-life", metavar="AMOUNT", help="Years of use by somebody else afterwards.")
@click.option(
    "--fate",
    default="unknown",
    show_default=True,
    help="At the end: recycled, take-back (by the maker), reused, landfill or unknown.",
)
@click.option(
    "--hall-w",
    metavar="AMOUNT",
    help="Power that a data centre keeps for it [W], by which it bears rack and building; 0: it stands in none; else "
    "the rated power of servers and accelerators.",
)
@place_options
@json_option
def command(product: str, as_json: bool, **given: Any) -> None:
    """Impacts of PRODUCT from manufacture to disposal. Amounts are numbers or distributions: uniform(3,6).

    PRODUCT is a name of the library, or parts joined by +: "server + 8 x H100 SXM + 2 TB memory + 30 TB ssd".

    \b
    treadlight hardware life "H100 SXM" --years 5 --zone FR --utilisation 0.6
    treadlight hardware life "A100 SXM4 80GB" --second-life 3 --repair 0.02 --fate recycled
    treadlight hardware life "GeForce RTX 4090" --hall-w 0                   (in no data centre)
    """
    from treadlight.app.hardware import Place, life_of, use_of
    from treadlight.app.output import print_json
    from treadlight.app.workspace import Workspace

    place = Place(**{name: given.pop(name) for name in ("zone", "region", "site", "accounting", "draws", "seed")})
    life = life_of(Workspace(), product, use_of(**given), place)
    if as_json:
        from treadlight.app.hardware_forms import life_form

        print_json(life_form(life))
        return
    from treadlight.app.hardware_text import show_life
    from treadlight.share.terminal_text import emit

    emit(show_life(life), sys.stdout)
