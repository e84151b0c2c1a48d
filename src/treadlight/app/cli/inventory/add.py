"""Add an asset."""

from typing import Any

import click


@click.command(short_help="Add an asset, or correct one by its id.")
@click.argument("product", metavar="PRODUCT")
@click.option("--purchased", required=True, metavar="DAY", help="Day of purchase, such as 2026-11-22.")
@click.option("--count", type=int, default=1, show_default=True, help="How many of them.")
@click.option("--name", help="A name of your own.")
@click.option("--lifetime-years", type=float, help="Planned years of use; else as the library says of its class.")
@click.option("--site", help="A site of your configuration.")
@click.option("--project", help="Who owns it.")
@click.option("--note", help="Anything else.")
@click.option("--id", "ident", help="Its id; one that is known corrects that asset, and what was said before is kept.")
def command(product: str, purchased: str, **given: Any) -> None:
    """Add an asset: PRODUCT is a name of the library, or parts joined by +.

    \b
    treadlight inventory add "H100 SXM" --count 16 --purchased 2026-03-01 --lifetime-years 5
    """
    from treadlight.app.hardware import day
    from treadlight.app.inventory import add, new_asset
    from treadlight.app.output import talk
    from treadlight.app.workspace import Workspace

    asset = new_asset(product, day(purchased, "--purchased"), **given)
    done = add(Workspace(), asset)
    click.echo(asset.id)
    talk("corrected" if done.superseded else "known already" if done.skipped else "added")
