"""Show each setting and where it came from, or set one."""

import click

from treadlight.app.cli.options import json_option
from treadlight.app.output import print_json, talk
from treadlight.app.settings import set_setting, unset_setting
from treadlight.app.workspace import Workspace
from treadlight.core.config import SETTINGS, Config, Setting


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Show every setting, its value, and where the value came from.

    \b
    treadlight config set site.zone FR
    treadlight config set site.pue 'uniform(1.15,1.35)'
    treadlight config unset site.pue
    """
    if ctx.invoked_subcommand is not None:
        return
    config = Workspace().config
    rows = [
        {"key": s.key, "value": _shown(s, config), "origin": config.origin(s.key), "env": s.env, "help": s.help}
        for s in SETTINGS.values()
    ]
    if as_json:
        print_json(
            {"schema": "treadlight.config/1", "settings": rows, "sites": {k: dict(v) for k, v in config.sites.items()}}
        )
        return
    width = max(len(key) for key in SETTINGS)
    for row in rows:
        click.echo(f"{row['key']:<{width}}  {row['value'] or 'not set':<20}  {row['origin']:<14}  {row['help']}")


def _shown(setting: Setting, config: Config) -> str:
    """Value of a setting; that of a secret is not told."""
    value = config.get(setting.key)
    return "set, not shown" if value and setting.kind == "secret" else _without_password(setting.key, value)


def _without_password(key: str, value: str) -> str:
    from treadlight.ledger.address import shown_text

    return shown_text(value) if key in ("ledger.url", "server.url") else value


@command.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("key")
@click.argument("value")
@json_option
def set_(key: str, value: str, as_json: bool) -> None:
    """Write KEY = VALUE into your configuration file."""
    file = set_setting(key, value)
    told = "a secret" if SETTINGS[key].kind == "secret" else _without_password(key, value)
    if as_json:
        print_json({"key": key, "value": told, "file": str(file)})
        return
    talk(f"wrote {key} = {told} to {file}")


@command.command("unset")
@click.argument("key")
@json_option
def unset(key: str, as_json: bool) -> None:
    """Remove KEY from your configuration file."""
    if as_json:
        print_json({"key": key, "file": str(unset_setting(key))})
        return
    talk(f"removed {key} from {unset_setting(key)}")
