"""Say what can be metered on this machine, what cannot, and how to change that."""

import click

from treadlight.app.cli.options import json_option
from treadlight.app.diagnosis import diagnose
from treadlight.app.output import print_json
from treadlight.app.workspace import Workspace


@click.command()
@json_option
def command(as_json: bool) -> None:
    """Go through machine, meters, place, ledger and library; each line says how it stands and what would mend it."""
    findings = diagnose(Workspace())
    if as_json:
        print_json({"schema": "treadlight.doctor/1", "findings": [f.form() for f in findings]})
        return
    topic = ""
    for finding in findings:
        if finding.topic != topic:
            topic = finding.topic
            click.echo(topic)
        click.echo(f"  {finding.state:<10} {finding.what}" if finding.state else f"  {finding.what}")
        if finding.remedy:
            click.echo(f"             → {finding.remedy}")
