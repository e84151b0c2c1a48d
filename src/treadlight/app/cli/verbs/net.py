"""Hold claims of avoided impact against their evidence, beside their own footprint."""

import click

from treadlight.app.cli.folder import Folder


class _Claims(Folder):
    """The commands of `treadlight.app.cli.net`."""

    package = "treadlight.app.cli.net"
    refusal = "nothing is done with a claim by this name"


@click.group(cls=_Claims)
def command() -> None:
    """Write and assess claims of net impact: footprint beside what is avoided, every gate, and what may be said.

    \b
    treadlight net new heating.toml
    treadlight net run heating.toml
    treadlight net run examples/claims/contrails-2026.toml --json
    """
