"""One asset and its history."""

import sys

import click

from treadlight.app.cli.options import json_option


@click.command(short_help="One asset, and what was said of it before.")
@click.argument("asset", metavar="ASSET")
@json_option
def command(asset: str, as_json: bool) -> None:
    """What stands about ASSET (an id, the beginning of one, or a name), and every version before it."""
    from treadlight.app.inventory import find_asset
    from treadlight.app.output import print_json
    from treadlight.app.workspace import Workspace

    workspace = Workspace()
    versions = workspace.ledger.asset_versions(find_asset(workspace, asset).id)
    if as_json:
        from treadlight.app.inventory_forms import asset_form

        said = [{"at": at, **asset_form(version)} for at, version in versions]
        print_json({"schema": "treadlight.asset/1", "asset": asset_form(versions[-1][1]), "versions": said})
        return
    from treadlight.app.inventory_text import show_asset
    from treadlight.share.terminal_text import emit

    emit(show_asset(versions), sys.stdout)
