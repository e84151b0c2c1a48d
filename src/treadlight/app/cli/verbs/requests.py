"""Account for request logs of any size where they lie."""

import sys
from datetime import UTC
from typing import TYPE_CHECKING, Any

import click

from treadlight.app.cli.options import json_option
from treadlight.app.moments import moment
from treadlight.app.output import print_json, talk
from treadlight.app.workspace import Workspace
from treadlight.core.errors import InputError
from treadlight.core.method import Method

if TYPE_CHECKING:
    from treadlight.app.requesting import RequestAccount

_UNITS = ("s", "ms", "us", "ns")


@click.group()
def command() -> None:
    """Account for logs of requests to models: tokens become energy, carbon, water and hardware.

    \b
    treadlight requests account logs/*.parquet --by team,model,day --out footprint.parquet
    """


@command.command()
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@click.option("--columns", multiple=True, metavar="NAME=COLUMN,…",
              help="Which column says time, tokens_in, tokens_out, cached, model, zone, region, team, hardware, "
              "precision or batch; other names are labels.")  # fmt: skip
@click.option("--by", default="model", show_default=True, metavar="NAME,…",
              help="One line for each team, model, day, hour, month, year, zone, region or label.")  # fmt: skip
@click.option("--model", default="", metavar="NAME", help="Model of rows that name none.")
@click.option("--zone", default="", help="Grid zone or country of rows that name no place, such as FR.")
@click.option("--region", default="", help="Cloud region of rows that name no place, such as aws/eu-west-3.")
@click.option("--team", default="", help="Team of rows that name none.")
@click.option("--hardware", default="", metavar="NAME", help="Accelerator that serves them, such as H100.")
@click.option("--precision", default="", help="Of the weights: bf16, fp8, int4, …; by default unknown.")
@click.option("--batch", default="", metavar="N", help="Sequences decoded together; by default unknown.")
@click.option("--time-zone", default="", metavar="ZONE", help="Zone of times that say none: UTC, Europe/Paris, +05:30.")
@click.option("--time-unit", default="", metavar="UNIT", help="Unit of times that are numbers: s, ms, us or ns.")
@click.option("--time-origin", default=None, metavar="TIME", help="What such numbers count from; by default 1970.")
@click.option("--cached-apart", is_flag=True, help="The column of tokens in does not contain the cached ones.")
@click.option("--assume-unknown-models", is_flag=True, help="Take a model nobody knows for one of any size.")
@click.option("--scope", default="facility", show_default=True,
              help="gpu_only: accelerators; gpu_pue: and the hall; it: whole nodes; facility: both.")  # fmt: skip
@click.option("--accounting", default="location", show_default=True,
              help="location: the grid as it is; market: what was contracted.")  # fmt: skip
@click.option("--engine", default="duckdb", show_default=True, help="duckdb: this machine; spark: a cluster.")
@click.option("--master", default="local[*]", show_default=True, help="Of Spark, such as spark://host:7077.")
@click.option("--out", default=None, metavar="FILE",
              help="Write the lines to a .parquet or .csv file, and a sample of the rows set aside to "
              "FILE.rejected.csv.")  # fmt: skip
@click.option("--record", is_flag=True, help="Put the sums into the ledger, by hour, zone, model and team.")
@click.option("--project", default="", help="Project that is recorded.")
@click.option("--replace", is_flag=True, help="Withdraw what was recorded of a log that has changed since.")
@click.option("--strict", is_flag=True,
              help="Refuse logs with rows that cannot be read, or whose zone or region nobody knows.")  # fmt: skip
@click.option("--fresh", is_flag=True, help="Read every log again, also those of an interrupted account.")
@json_option
def account(logs: tuple[str, ...], columns: tuple[str, ...], by: str, time_unit: str, time_origin: str | None,
            out: str | None, record: bool, project: str, replace: bool, accounting: str, as_json: bool,
            **options: Any) -> None:  # fmt: skip
    """Account for LOGs: Parquet, CSV or JSON-lines files, folders, or patterns in quotes.

    Rows that do not parse are set aside with their reason, and what they could add is said. An account that was
    interrupted goes on where it stopped. --record adds nothing the second time.

    \b
    treadlight requests account conv.csv --model llama-3.1-70b --hardware H100 --time-zone UTC \\
        --columns time=TIMESTAMP,tokens_in=ContextTokens,tokens_out=GeneratedTokens
    treadlight requests account 'logs/*.parquet' --by team,model,day --out footprint.parquet --record
    """
    from treadlight.app.requesting import CONSTANTS, Asked, account_requests, record_requests
    from treadlight.app.requesting_forms import account_form, show_account
    from treadlight.requests.columns import parse_columns
    from treadlight.requests.out import check_form

    if out is not None:
        check_form(out)
    if time_unit and time_unit not in _UNITS:
        raise InputError("is no unit of time", field="--time-unit", value=time_unit, remedy=f"use {', '.join(_UNITS)}")
    origin = moment(time_origin, "--time-origin")
    if origin is not None and not time_unit:
        remedy = "say the unit of the numbers too: --time-unit ms"
        raise InputError("needs a unit", field="--time-origin", value=time_origin, remedy=remedy)
    asked = Asked(
        logs,
        parse_columns(columns),
        tuple(dict.fromkeys(name.strip() for name in by.split(",") if name.strip())),
        {name: options.pop(name) for name in CONSTANTS},
        time_unit=time_unit,
        time_origin_s=origin.astimezone(UTC).timestamp() if origin else 0.0,
        record=record,
        out=out or "",
        **options,
    )
    workspace, done = Workspace(), None
    try:
        result = account_requests(workspace, asked, Method(accounting))
        done = record_requests(workspace, result, project, replace) if record else None
        if out is not None:
            _write(result, out)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted; {'nothing was' if done is None else 'the sums were'} recorded") from None
    except InputError as error:
        if done is None:
            raise
        what = f"{error.what}, but the sums were recorded"
        raise InputError(what, field=error.field, value=error.value, remedy=error.remedy) from None
    if as_json:
        print_json(account_form(result, done))
    else:
        from treadlight.share.terminal_text import emit

        emit(show_account(result, done, out is not None), sys.stdout)


def _write(result: "RequestAccount", out: str) -> None:
    """Write the answer, and a sample of the rows set aside beside it."""
    from treadlight.requests.out import aside_path, forget_aside, write_aside, write_rows

    write_rows(out, result.by, result.impacts.rows)
    talk(f"wrote {out}")
    beside = aside_path(out)
    if result.groups.aside:
        write_aside(beside, [(partial.name, aside) for partial, _ in result.parts for aside in partial.sample])
        talk(f"wrote {beside}")
    else:
        forget_aside(beside)
