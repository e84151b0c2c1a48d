"""Begin a claim."""

from datetime import UTC, datetime
from typing import Any

import click

from treadlight.app.cli.options import answered

_QUESTIONS: dict[str, tuple[str, Any]] = {
    "title": ("What is claimed to save", "A solution"),
    "owner": ("Who claims", "the project"),
    "per": ("For what is the saving given", "a year of use"),
    "category": ("In which impact category", "gwp"),
    "reference": ("Against what (prior state, next-best, market average, control group)", "control group"),
    "against": ("What would be without it", "those to whom it is not offered"),
}


@click.command(short_help="Begin a claim, before its result is known.")
@click.argument("path", metavar="FILE")
@click.option("--title", help="What is claimed to save.")
@click.option("--owner", help="Who claims.")
@click.option("--per", help="For what the saving is given, such as one winter of 40 offices.")
@click.option("--category", help="gwp (carbon), water, adpe (minerals), pe (primary energy), ewaste or energy.")
@click.option("--reference", help="prior state, next-best, market average or control group.")
@click.option("--against", help="What would be without the solution.")
@click.option("--yes", is_flag=True, help="Ask nothing: what is not given takes its default.")
@click.option("--force", is_flag=True, help="Replace a file of TOML that is there.")
def command(path: str, yes: bool, force: bool, **given: Any) -> None:
    """Write a claim to begin with into FILE, registered and with its reference dated today.

    \b
    treadlight net new heating.toml
    treadlight net new heating.toml --yes --title "Heating by forecast" --owner "the landlord"
    """
    from treadlight.app.netimpact_new import Begun, scaffold
    from treadlight.app.output import talk, write_file
    from treadlight.app.scaffolding import check_new

    check_new(path, force=force)
    answers = {name: answered(*_QUESTIONS[name], given[name], yes) for name in _QUESTIONS}
    write_file(path, scaffold(Begun(**answers), datetime.now(UTC).date()), "FILE", form="toml")
    talk(f"wrote {path}: fill it in, then: treadlight net run {path}")
