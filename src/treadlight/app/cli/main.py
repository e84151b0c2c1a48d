"""The command ``treadlight``: finds its verbs by file name or entry point and loads only the one that is called."""

import ast
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO

import click

from treadlight import __version__
from treadlight.core.errors import InputError, TreadlightError
from treadlight.core.plugins import names, plugin

__all__ = ["cli", "main", "shown"]

_VERBS = "treadlight.app.cli.verbs"


def shown(name: str) -> str:
    """A verb's file name as it is typed: ``import_`` is ``import``, ``demo_data`` is ``demo-data``."""
    return name.rstrip("_").replace("_", "-")


class Verbs(click.Group):
    """A group whose commands are the files of `treadlight.app.cli.verbs`; listing them imports none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(shown(name) for name in names(_VERBS))

    def invoke(self, ctx: click.Context) -> object:
        """Run the verb; an interrupt says what it left, where the verb tells."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:  # before click, which prints an empty line
            raise click.exceptions.Abort(str(stop) or "interrupted") from None

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = next((n for n in names(_VERBS) if shown(n) == cmd_name), None)
        if name is None:
            return None
        found = plugin(_VERBS, name)
        command = getattr(found, "command", found)
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.list_commands(ctx) and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], self.list_commands(ctx), 1)
            remedy = f"did you mean `treadlight {near[0]}`?" if near else "see `treadlight --help`"
            raise InputError("no such verb", field="command", value=args[0], remedy=remedy)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(shown(name), _summary(name)) for name in sorted(names(_VERBS))]
        with formatter.section("Verbs"):
            formatter.write_dl(rows)


def _summary(verb: str) -> str:
    """First line of the docstring of a verb's module, read without importing it."""
    spec = find_spec(f"{_VERBS}.{verb}") if verb.isidentifier() else None
    if spec is None or spec.origin is None:
        return "from an installed plug-in"
    doc = ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))) or ""
    return doc.partition("\n")[0]


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="treadlight")
def cli() -> None:
    """Meter AI work and account for what it cost the planet.

    \b
    treadlight track -- python train.py    meters a command and says what it cost
    treadlight show last                   the account of the newest run
    treadlight why last                    where its number comes from

    Every verb has --help, and --json where it prints data. Exit codes: 0 done, 1 a check said no, 2 bad input.
    """


def main() -> None:
    """Run the command line; errors become one line and exit code 2, faults of our own one line and 70."""
    _replace_closed_streams()
    out = sys.stdout
    try:
        code = cli.main(standalone_mode=False) or 0
    except (SystemExit, BrokenPipeError) as stop:
        code = _stopped(stop, out)
    except (click.exceptions.Abort, KeyboardInterrupt) as stop:
        _say(str(stop) or "interrupted")
        code = 130
    except click.ClickException as error:
        code = _say(_usage(error))
    except TreadlightError as error:
        code = _say(f"error: {error}")
    except OSError as error:
        where = error.filename or "output"
        code = _say(f"error: {where}: {error.strerror or error}; check the path, its permissions and the space left")
    except Exception as error:  # a fault of ours: told in one line, shown whole on request
        if os.environ.get("TREADLIGHT_DEBUG"):
            raise
        _say(f"error: a fault of treadlight itself, {type(error).__name__}: {error}; TREADLIGHT_DEBUG=1 shows where")
        code = 70
    sys.exit(code)


def _stopped(stop: SystemExit | BrokenPipeError, out: TextIO) -> int | str:
    """The code that was asked for; 0 where the reader of our output went away, for whom click replaces stdout."""
    if isinstance(stop, BrokenPipeError) or sys.stdout is not out:
        _discard_output()
        return 0
    return stop.code or 0


def _replace_closed_streams() -> None:
    """Where the caller closed stdout or stderr, nothing can be said there, which is no fault."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 (open as long as the program runs)


def _discard_output() -> None:
    """Let what is still buffered go nowhere when Python flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _usage(error: click.ClickException) -> str:
    line = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    verb = context.command_path if context else "treadlight"
    return f"error: {line} See `{verb} --help`."


def _say(line: str) -> int:
    """Say a line on standard error; exit code 2."""
    click.echo(line, err=True)
    return 2
