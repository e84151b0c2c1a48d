"""Send journals to the team's server."""

from typing import TYPE_CHECKING

import click

from treadlight.app.cli.options import json_option
from treadlight.app.output import print_json, talk
from treadlight.core.errors import ConfigError

if TYPE_CHECKING:
    from treadlight.app.sending import Sent


@click.command()
@click.option("--patience", default=60.0, show_default=True, help="Seconds to go on trying while it is away.")
@click.option("--again", is_flag=True, help="Also send what the server refused before.")
@click.option("--follow", is_flag=True, help="Also tell of runs that go on, until the last has ended.")
@click.option("--quiet", is_flag=True, help="Say nothing.")
@json_option
@click.pass_context
def command(ctx: click.Context, patience: float, again: bool, follow: bool, quiet: bool, as_json: bool) -> None:
    """Send every journal that the server at TREADLIGHT_SERVER has not acknowledged yet; each counts once.

    It happens by itself in the background: at the end of every run and, with `--follow`, while a longer one goes on.
    Exit code 1 if something is left to send, or if the server refuses a journal, now or before.
    """
    from treadlight.app.client import Client
    from treadlight.app.sending import send
    from treadlight.app.workspace import Workspace

    workspace = Workspace()
    url = workspace.config.get("server.url")
    if not url:
        raise ConfigError("is not set", field="TREADLIGHT_SERVER", remedy="set it to the address of the team's server")
    token = workspace.config.get("server.token")
    if follow:
        from treadlight.app.telling import tell

        tell(workspace.journals, Client(url, token), workspace.config.number("server.live_s"))
    client = Client(url, token, patience_s=patience)
    done = send(workspace.journals, client, again=again)
    client.close()
    if as_json:
        refused = [{"path": path, "reason": reason} for path, reason in done.refused]
        print_json({"runs": done.runs, "waiting": done.waiting, "refused": refused, "trouble": done.trouble or None})
    elif not quiet:
        talk(f"sent {len(done.runs)} runs to {client.url}; {done.waiting} left")
        _explain(done)
    ctx.exit(1 if done.waiting or done.refused else 0)


def _explain(done: "Sent") -> None:
    """Say what was refused or is left, why, and what to do."""
    for path, reason in done.refused:
        talk(f"error: refused {path}: {reason}")
    if done.refused:
        talk("Refused journals are kept. Mend what each line says, then type: treadlight send --again")
    if done.trouble:
        talk(f"error: {done.trouble}")
    if done.waiting:
        talk("Nothing is lost: what is left goes with the next run, or when you type: treadlight send")
