"""Begin a study."""

from datetime import UTC, datetime
from typing import Any

import click

from treadlight.app.cli.options import answered

_QUESTIONS: dict[str, tuple[str, Any]] = {
    "title": ("What is assessed", "An AI service"),
    "function": ("What does it do for whom", "answer questions of its users"),
    "unit": ("What is one use of it called", "request"),
    "per": ("For how many of them are numbers to be given", 1000.0),
    "uses_a_year": ("How many of them are there in a year", 1e6),
    "years": ("How many years does it serve", 3.0),
    "zone": ("Where does it run (grid zone such as FR or US; empty: not known)", ""),
}
_STAGES = ("experiments", "training", "serving", "networks", "devices")


@click.command(short_help="Begin a study: a few questions become a file that runs.")
@click.argument("path", metavar="FILE")
@click.option("--title", help="What is assessed.")
@click.option("--function", help="What it does, for whom.")
@click.option("--unit", help="What one use of it is called, such as request.")
@click.option("--per", type=float, help="For how many of them numbers are given.")
@click.option("--uses-a-year", type=float, help="How many of them there are in a year.")
@click.option("--years", type=float, help="How many years it serves.")
@click.option("--zone", help="Grid zone, such as FR.")
@click.option(
    "--stage", "stages", multiple=True, help=f"Inside the boundary; may be repeated. Else {', '.join(_STAGES)}."
)
@click.option("--author", default="", help="Who makes the study.")
@click.option("--yes", is_flag=True, help="Ask nothing: what is not given takes its default.")
@click.option("--force", is_flag=True, help="Replace a file of TOML that is there.")
def command(path: str, stages: tuple[str, ...], author: str, yes: bool, force: bool, **given: Any) -> None:
    """Write a study to begin with into FILE. What is not given by an option is asked.

    \b
    treadlight lca new chatbot.toml
    treadlight lca new chatbot.toml --yes --title "Our chatbot" --zone FR --uses-a-year 5e6
    """
    from treadlight.app.lifecycle_new import Outline, scaffold
    from treadlight.app.output import talk, write_file
    from treadlight.app.scaffolding import check_new
    from treadlight.app.workspace import Workspace

    check_new(path, force=force)
    answers = {name: answered(*_QUESTIONS[name], given[name], yes) for name in _QUESTIONS}
    Workspace().library.check_place(answers["zone"])
    write_file(
        path,
        scaffold(Outline(**answers, stages=stages or _STAGES, author=author), datetime.now(UTC).date()),
        "FILE",
        form="toml",
    )
    talk(f"wrote {path}: fill in what says FILL IN, then: treadlight lca run {path}")
