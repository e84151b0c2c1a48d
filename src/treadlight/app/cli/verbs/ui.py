"""Open the pages on your own ledger."""

import click

from treadlight.app.output import talk


@click.command()
@click.option("--port", default=8321, show_default=True, type=click.IntRange(0, 65535), help="0: any that is free.")
@click.option("--open", "show", is_flag=True, help="Open the browser.")
def command(port: int, show: bool) -> None:
    """Show your own ledger's pages on this machine: no account, no network, nobody else can reach them.

    Press Ctrl-C to stop.
    """
    from dataclasses import replace

    from treadlight.app.server.listen import bound, serve
    from treadlight.app.server.settings import ServerSettings

    settings = ServerSettings(port=port, embedded=True)
    with bound(settings) as listening:
        settings = replace(settings, port=listening.getsockname()[1])
        talk(f"treadlight: {settings.address} (Ctrl-C to stop)")
        if show:
            import webbrowser

            webbrowser.open(settings.address)
        serve(settings, listening)
