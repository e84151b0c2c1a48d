"""What the estimates share: their common options, whole tables, and where an answer goes."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from treadlight.app.cli.options import json_option
from treadlight.app.estimating_options import OPTIONS
from treadlight.app.moments import moment
from treadlight.core.errors import InputError

if TYPE_CHECKING:
    from treadlight.app.estimating_answer import Estimate
    from treadlight.app.workspace import Workspace

__all__ = ["ask", "common_options"]

F = TypeVar("F", bound=Callable[..., Any])

_RECORD_ONLY = ("name", "project", "team", "stage")


def common_options(command: F) -> F:
    """Place, scope, tables, and the ledger."""
    rows: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
        (("--model",), {"help": "A model of the library by name or alias; it gives what is not stated."}),
        (("--zone",), {"help": "Grid zone or country where it happened, such as FR; unknown: the world."}),
        (("--region",), {"help": "Cloud region, such as aws/eu-west-3."}),
        (("--site",), {"help": "A site of your configuration; here: the one that is this machine's."}),
        (
            ("--carbon-intensity", "carbon_intensity_g_per_kwh"),
            {"metavar": "G", "help": "Of the electricity, where known [gCO2e/kWh]."},
        ),
        (
            ("--scope",),
            {
                "default": "facility",
                "show_default": True,
                "help": "gpu_only: accelerators; gpu_pue: accelerators × PUE; it: whole nodes; "
                "facility: whole nodes × PUE.",
            },
        ),
        (("--transfer-gb",), {"metavar": "GB", "help": "Data moved for all of it; adds a line for the network."}),
        (
            ("--network",),
            {"default": "generic", "show_default": True, "help": "Network that moved it, of the library."},
        ),
        (("--ignore",), {"default": "", "metavar": "COL,COL", "help": "Estimate as if these columns were unknown."}),
        (
            ("--csv", "csv_file"),
            {"metavar": "FILE", "help": "Estimate every row of this CSV or Parquet file instead."},
        ),
        (("--out",), {"metavar": "FILE", "help": "Where the rows go, with the estimate beside them."}),
        (("--record",), {"is_flag": True, "help": "Keep it in the ledger, as a run of modelled activities."}),
        (("--when",), {"metavar": "DATE", "help": "When it began: the year of the grid, and the time in the ledger."}),
        (("--name",), {"help": "Name of the run in the ledger."}),
        (("--project",), {"help": "Project it belongs to."}),
        (("--team",), {"help": "Team it belongs to."}),
        (("--stage",), {"help": "Life-cycle stage: data, training, fine-tuning, evaluation, deployment, inference, …"}),
    )
    command = json_option(command)
    for names, settings in reversed(rows):
        command = click.option(*names, **settings)(command)
    return command


def ask(kind: str, given: Mapping[str, Any], count: str | None = None) -> None:
    """Answer for a whole table, or for one question on the terminal, as JSON, in the ledger.

    Raises
    ------
    InputError
        For options that cannot be or do not go together; it names the option.
    """
    from treadlight.app.estimating_inputs import columns_of

    columns = {name: given[name] for name in columns_of(kind) if given.get(name) is not None}
    if given["csv_file"] is not None or given["out"] is not None:
        _table(kind, given, columns)
    else:
        _one(kind, given, columns, count)


def _table(kind: str, given: Mapping[str, Any], columns: Mapping[str, object]) -> None:
    from treadlight.app.estimating import Estimator, models_of
    from treadlight.app.estimating_table import estimate_table
    from treadlight.app.output import print_json, talk
    from treadlight.app.workspace import Workspace

    source, target = given["csv_file"], given["out"]
    if source is None or target is None:
        missing = "--csv" if source is None else "--out"
        raise InputError("is missing", field=missing, remedy="give both: --csv FILE --out FILE")
    _refuse_beside_table(given, columns)
    workspace = Workspace()
    estimator = Estimator(workspace.library, workspace.draws, workspace.seed)
    models = models_of(workspace.library)
    with _progress(source) as progress:
        done = estimate_table(
            kind, source, target, estimator, models, scope=given["scope"], ignore=given["ignore"], progress=progress
        )
    if given["as_json"]:
        print_json({"schema": "treadlight.estimated/1", "out": target, "rows": done.rows, "refused": done.refused})
    rest = f"; {done.refused} could not be estimated, see the column error" if done.refused else ""
    talk(f"wrote {target}: {done.rows} rows{rest}")


def _refuse_beside_table(given: Mapping[str, Any], columns: Mapping[str, object]) -> None:
    from treadlight.estimate.scope import check_scope

    named = [OPTIONS.get(name, name) for name in columns]
    single = ("record", "site", "transfer_gb", "count", "when", *_RECORD_ONLY)
    named += [OPTIONS.get(name, f"--{name}") for name in single if given.get(name)]
    if named:
        remedy = "a table gives it by a column; leave one of the two out"
        raise InputError("does not go with --csv", field=named[0].replace("_", "-"), remedy=remedy)
    try:
        check_scope(given["scope"])
    except InputError as error:
        raise _by_option(error) from None


def _one(kind: str, given: Mapping[str, Any], columns: Mapping[str, object], count: str | None) -> None:
    from treadlight.app.output import print_json
    from treadlight.app.workspace import Workspace

    workspace = Workspace()
    try:
        estimate = _estimate(kind, given, columns, count, workspace)
    except InputError as error:
        raise _by_option(error) from None
    if given["record"]:
        _record(estimate, given, workspace)
    else:
        for name in _RECORD_ONLY:
            if given.get(name):
                remedy = "add --record, or leave it out"
                raise InputError("says how to record, but nothing is recorded", field=f"--{name}", remedy=remedy)
    if given["as_json"]:
        from treadlight.app.estimating_forms import estimate_form

        print_json(estimate_form(estimate))
        return
    from treadlight.app.estimating_text import show_estimate
    from treadlight.share.terminal_text import emit

    emit(show_estimate(estimate, datetime.now(UTC).date()), sys.stdout)


def _estimate(
    kind: str, given: Mapping[str, Any], columns: Mapping[str, object], count: str | None, workspace: "Workspace"
) -> "Estimate":
    from treadlight.app.estimating_asked import estimate_asked
    from treadlight.app.estimating_table import check_ignored

    return estimate_asked(
        workspace,
        kind,
        columns,
        scope=given["scope"],
        ignored=check_ignored(kind, given["ignore"]),
        site=given["site"] or "",
        count=count,
        transfer_gb=given["transfer_gb"],
        network=given["network"],
        when=given["when"],
        remedy=f"give what you know, such as --model, --params or --hardware; see treadlight estimate {kind} --help",
    )


def _by_option(error: InputError) -> InputError:
    """The error with the option in the place of the column it gives."""
    return error.at(OPTIONS.get(error.field, error.field))


def _record(estimate: "Estimate", given: Mapping[str, Any], workspace: "Workspace") -> None:
    from treadlight.app.estimating_record import check_recordable, check_when, ledger_adds, record
    from treadlight.app.output import talk
    from treadlight.core.activity import STAGES, Subject

    stage = given["stage"] or ""
    if stage and stage not in STAGES:
        raise InputError("unknown stage", field="--stage", value=stage, remedy=f"use one of {', '.join(STAGES)}")
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    when = moment(given["when"], "--when") or today
    check_when(when)
    check_recordable(estimate)  # before a ledger is made
    subject = Subject(project=given["project"] or "", team=given["team"] or "")
    run, appended = record(estimate, workspace.ledger, when, subject, given["name"] or "", stage)
    said = f"recorded as {run.id}" if appended.appended else "already recorded; nothing added"
    talk(f"{said}: treadlight show {run.id[:18]}")
    adds = ledger_adds(estimate)
    if adds:
        talk(adds)


def _progress(source: str) -> Any:
    """A bar on a terminal that is told how many bytes were read; nothing elsewhere."""
    path = Path(source)
    if not sys.stderr.isatty() or not path.is_file():
        return nullcontext(None)
    return _bar(path)


@contextmanager
def _bar(path: Path) -> Iterator[Callable[[int], None]]:
    with click.progressbar(length=path.stat().st_size, label=path.name, file=sys.stderr) as shown:
        yield shown.update
