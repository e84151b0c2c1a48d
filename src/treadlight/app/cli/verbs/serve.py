"""Run the team's server: API and pages on one ledger."""

import click

_LEVELS = ("debug", "info", "warning", "error")


@click.command()
@click.option("--database", metavar="URL", help="Ledger: a path, sqlite:///… or postgresql://…; else as configured.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others need a token first.")
@click.option("--port", default=8321, show_default=True, type=click.IntRange(0, 65535), help="0: any that is free.")
@click.option("--log-level", default="info", show_default=True, type=click.Choice(_LEVELS), help="Least that is told.")
def command(database: str | None, host: str, port: int, log_level: str) -> None:
    """Serve pages and the HTTP API until a signal says to stop; requests under way are answered first.

    The ledger's schema is brought up to date at the start; several servers may start at once. Logs are JSON lines on
    standard error. /healthz, /readyz and /metrics say how it is.

    \b
    treadlight serve --database postgresql://treadlight@db/treadlight --host 0.0.0.0
    """
    from dataclasses import replace

    from treadlight.app.server.configured import server_settings
    from treadlight.app.server.listen import bound, serve
    from treadlight.app.server.logs import set_up

    settings = server_settings(database or "", host, port)
    with bound(settings) as listening:
        settings = replace(settings, port=listening.getsockname()[1], writer_apart=True)
        set_up(log_level)
        serve(settings, listening)
