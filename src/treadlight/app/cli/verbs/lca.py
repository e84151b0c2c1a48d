"""Assess the whole life of an AI system: studies aligned with ISO 14040/44."""

import click

from treadlight.app.cli.folder import Folder


class _Studies(Folder):
    """The commands of `treadlight.app.cli.lca`."""

    package = "treadlight.app.cli.lca"
    refusal = "nothing is done with a study by this name"


@click.group(cls=_Studies)
def command() -> None:
    """Write and assess studies of a whole life cycle, from data to disposal, per functional unit.

    \b
    treadlight lca new chatbot.toml
    treadlight lca run chatbot.toml
    treadlight lca run examples/studies/bloom.toml --json
    """
