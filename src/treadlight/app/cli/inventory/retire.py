"""Retire an asset."""

import click


@click.command(short_help="Say that an asset left, and what became of it.")
@click.argument("asset", metavar="ASSET")
@click.option("--on", "day_text", required=True, metavar="DAY", help="Day of retirement, such as 2030-03-01.")
@click.option("--fate", required=True, help="recycled, take-back (by the maker), reused, landfill or unknown.")
@click.option("--count", type=int, help="Only so many of its devices; they become an asset of their own.")
def command(asset: str, day_text: str, fate: str, count: int | None) -> None:
    """Retire ASSET: an id, the beginning of one, or a name.

    \b
    treadlight inventory retire node-7 --on 2030-03-01 --fate recycled
    """
    from treadlight.app.hardware import day
    from treadlight.app.inventory import retire
    from treadlight.app.output import talk
    from treadlight.app.workspace import Workspace

    gone, _ = retire(Workspace(), asset, day(day_text, "--on"), fate, count)
    click.echo(gone.id)
    talk(f"retired {gone.count} on {gone.retired}: {gone.fate}")
