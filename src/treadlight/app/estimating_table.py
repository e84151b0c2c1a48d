"""Estimates row by row over a CSV or Parquet file: every column carried through, the answers beside them.

Rows are read, answered and written a few thousand at a time; rows that ask the same are answered once. The output
appears whole or not at all.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from treadlight.app.estimating import Estimator
from treadlight.app.estimating_inputs import Question, check_known, columns_of, question_of
from treadlight.app.output import whole_file
from treadlight.assess.draws import quantiles
from treadlight.core.cells import cell, cell_text
from treadlight.core.errors import InputError, MissingExtraError, TreadlightError
from treadlight.core.whole import check_target, whole_path
from treadlight.estimate.scope import includes_host
from treadlight.library.models import Models

__all__ = ["Counted", "added_columns", "check_ignored", "estimate_table"]

_BATCH = 4096
_KEPT = 100_000
_POINTS = ("p05", "p50", "p95")
_FIELD_LIMIT = 1 << 27  # characters of one cell that is read at all
_LONGEST = 1 << 16  # characters of a cell that something is estimated from
_BATCH_LIMIT = 1 << 26  # characters of the rows that are held at once
_SUFFIXES = {".csv": "csv", ".parquet": "parquet", ".pq": "parquet"}
_ADDED = {
    "training": ("device_hours", "energy_kwh", "gwp_kgco2e"),
    "inference": ("wh_per_unit", "gwp_kgco2e"),
}
_EXAMPLES = {
    "training": "device_hours, or params_total_b and tokens_b, or model",
    "inference": "model, params_total_b or tokens_out",
}
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}

Cells = Sequence[object]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows were written, and how many of them could not be estimated."""

    rows: int
    refused: int


def added_columns(kind: str) -> tuple[str, ...]:
    """Columns that the output has beside those of the input."""
    return (*(f"{name}_{p}" for name in _ADDED[kind] for p in _POINTS), "basis", "error")


def check_ignored(kind: str, text: str, header: Sequence[str] = ()) -> frozenset[str]:
    """The columns named in `text`, separated by commas.

    Raises
    ------
    InputError
        If one is neither an input nor a column of the file.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    known = list(dict.fromkeys((*columns_of(kind), *header)))
    for name in names:
        if name not in known:
            near = _near(name, known)
            remedy = f"did you mean {' or '.join(near)}?" if near else f"use some of {', '.join(columns_of(kind))}"
            raise InputError("no such column", field="--ignore", value=name, remedy=remedy)
    return frozenset(names)


def _near(name: str, known: Sequence[str]) -> list[str]:
    """Names spelt alike, whatever the case."""
    folded = {each.casefold(): each for each in known}
    return [folded[each] for each in get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)]


def estimate_table(
    kind: str,
    source: str,
    target: str,
    estimator: Estimator,
    models: Models,
    *,
    scope: str = "facility",
    ignore: str = "",
    progress: Progress | None = None,
) -> Counted:
    """Estimate every row of `source` into `target`.

    Parameters
    ----------
    source, target
        CSV or Parquet, by suffix.
    scope
        What an answer includes where the row does not say.
    ignore
        Columns to treat as unknown, separated by commas.
    progress
        Called with the number of bytes read since the last call.

    Raises
    ------
    InputError
        If a file cannot be read or written, is no table, or both are one file; then nothing is written.
    MissingExtraError
        If a Parquet file is named and pyarrow is not installed.
    """
    read = {"csv": _read_csv, "parquet": _read_parquet}[_format(source, "--csv")]
    write = {"csv": _csv_writer, "parquet": _parquet_writer}[_format(target, "--out")]
    check_target(target, "--out", [source])
    batches = read(Path(source), progress or (lambda _: None))
    header = next(batches)[0]
    names = [str(name) for name in header]
    _check_header(kind, names, source)
    answers = _Answers(kind, names, estimator, models, scope, check_ignored(kind, ignore, names))
    rows = refused = 0
    with write(target, names, added_columns(kind), _types_of(source)) as add:
        for batch in batches:
            made = [answers.of(cells) for cells in batch]
            add(batch, made)
            rows += len(made)
            refused += sum(bool(found[-1]) for found in made)
    return Counted(rows, refused)


class _Answers:
    """Answers to rows; rows that ask the same share one."""

    def __init__(
        self,
        kind: str,
        names: Sequence[str],
        estimator: Estimator,
        models: Models,
        scope: str,
        ignored: frozenset[str],
    ) -> None:
        self._kind, self._estimator, self._models = kind, estimator, models
        self._scope, self._ignored = scope, ignored
        wanted = columns_of(kind)
        self._used = [(i, name) for i, name in enumerate(names) if name in wanted]
        self._width = len(names)
        self._kept: dict[tuple[object, ...], tuple[object, ...]] = {}

    def of(self, cells: Cells) -> tuple[object, ...]:
        """What is written beside a row; numbers are None and the error says why where there is no answer."""
        if any(cell is not None and str(cell).strip() for cell in cells[self._width :]):
            error = f"the row has {len(cells)} cells, the header {self._width}; quote cells that hold commas"
            return (*(None,) * (len(added_columns(self._kind)) - 1), error)
        asked = tuple(cells[i] if i < len(cells) else None for i, _ in self._used)
        for (_, name), given in zip(self._used, asked, strict=True):
            if isinstance(given, str) and len(given) > _LONGEST:
                error = f"{name}: the cell has {len(given):,} characters, which is no {name}"
                return (*(None,) * (len(added_columns(self._kind)) - 1), error)
        found = self._kept.get(asked)
        if found is None:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            found = self._kept[asked] = self._answer(asked)
        return found

    def _answer(self, asked: Cells) -> tuple[object, ...]:
        values = {name: value for (_, name), value in zip(self._used, asked, strict=True)}
        try:
            return self._figures(values)
        except TreadlightError as error:
            return (*(None,) * (len(added_columns(self._kind)) - 1), str(error))

    def _figures(self, values: Mapping[str, object]) -> tuple[object, ...]:
        asked = question_of(self._kind, values, self._scope, self._models, self._ignored)
        asked = _as_published(asked, values, self._ignored)
        check_known(asked, "", f"fill a column such as {_EXAMPLES[self._kind]}")
        question = self._estimator.surroundings.placed(asked, self._ignored)
        answer = self._estimator.answer(question)
        carbon = self._estimator.surroundings.carbon_kg(question, answer.energy_kwh)
        columns = (
            (answer.device_hours, answer.energy_kwh, carbon)
            if self._kind == "training"
            else (answer.energy_kwh * 1000, carbon)
        )
        figures = (float(f"{x:.6g}") for column in columns for x in quantiles(column))
        return (*figures, answer.basis, "")


def _as_published(asked: Question, values: Mapping[str, object], ignored: frozenset[str]) -> Question:
    """A row that states a scope of whole nodes: the mean power beside it is published as a device's share of the node.

    The column ``avg_power_scope`` says otherwise.
    """
    stated = "estimate_scope" not in ignored and str(values.get("estimate_scope") or "").strip()
    if not stated or "avg_power_w" not in asked.known or "avg_power_scope" in {*asked.known, *ignored}:
        return asked
    if asked.kind != "training" or not includes_host(asked.scope):
        return asked
    return replace(asked, known={**asked.known, "avg_power_scope": "node"})


def _format(path: str, option: str) -> str:
    found = _SUFFIXES.get(Path(path).suffix.lower())
    if found is None:
        remedy = f"name a file that ends in {', '.join(_SUFFIXES)}"
        raise InputError("is neither CSV nor Parquet by its name", field=option, value=path, remedy=remedy)
    return found


def _check_header(kind: str, names: Sequence[str], source: str) -> None:
    where = f"--csv {source}"
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError("appears twice in the header", field=where, value=twice[0], remedy="keep one of the two")
    used = [name for name in names if name in columns_of(kind)]
    if not used:
        for mark, word in _SEPARATORS.items():
            if len(names) == 1 and mark in names[0]:
                remedy = "save it with commas between the cells"
                raise InputError(f"is separated by {word}", field=where, remedy=remedy)
        meant = {name: near[0] for name in names if (near := _near(name, columns_of(kind)))}
        if meant:
            wrong, right = next(iter(meant.items()))
            what = f"has no column that {kind} is estimated from"
            raise InputError(what, field=where, value=wrong, remedy=f"did you mean {right}?")
        remedy = f"the first line names the columns: some of {', '.join(columns_of(kind))}"
        raise InputError(f"has no column that {kind} is estimated from", field=where, remedy=remedy)
    taken = [name for name in names if name in added_columns(kind)]
    if taken:
        raise InputError(
            "is a column that the estimate writes", field=where, value=taken[0], remedy="rename it, or leave it out"
        )


def _read_csv(path: Path, progress: Progress) -> Iterator[Sequence[Cells]]:
    """The header as a batch of its own, then the rows; blank lines are left out."""
    csv.field_size_limit(_FIELD_LIMIT)
    reader = None
    try:
        with path.open("rb") as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text, strict=True)
            header = next(reader, None)
            if not header:
                remedy = "its first line names the columns"
                raise InputError("is empty", field="--csv", value=str(path), remedy=remedy)
            yield [[name.strip() for name in header]]
            batch: list[Cells] = []
            at = held = 0
            for cells in reader:
                if cells:
                    batch.append(cells)
                    held += sum(map(len, cells))
                if len(batch) >= _BATCH or held >= _BATCH_LIMIT:
                    yield batch
                    batch, held = [], 0
                    progress(raw.tell() - at)
                    at = raw.tell()
            yield batch
            progress(raw.tell() - at)
    except (OSError, UnicodeDecodeError) as error:
        what = f"cannot be read ({getattr(error, 'strerror', None) or error})"
        raise InputError(what, field="--csv", value=str(path), remedy="give a CSV file in UTF-8") from None
    except csv.Error as error:
        line = reader.line_num if reader else 0
        remedy = "quote cells that hold commas, quotes or line ends"
        if "field limit" in str(error):
            raise InputError(
                f"has a cell of more than {_FIELD_LIMIT:,} characters at line {line}",
                field="--csv",
                value=str(path),
                remedy="close the quote that was opened there, or leave that cell out",
            ) from None
        raise InputError(f"is no CSV at line {line} ({error})", field="--csv", value=str(path), remedy=remedy) from None


def _read_parquet(path: Path, progress: Progress) -> Iterator[Sequence[Cells]]:
    parquet = _pyarrow("parquet")
    try:
        with parquet.ParquetFile(path, pre_buffer=False) as file:
            yield [file.schema_arrow.names]
            size, rows = path.stat().st_size, max(file.metadata.num_rows, 1)
            for batch in file.iter_batches(_BATCH, use_threads=False):
                columns = [column.to_pylist() for column in batch.columns]
                yield list(zip(*columns, strict=True))
                progress(size * batch.num_rows // rows)
    except OSError as error:
        what = f"cannot be read ({error.strerror or error})"
        raise InputError(what, field="--csv", value=str(path), remedy="check the path") from None
    except _pyarrow("lib").ArrowException as error:
        what = f"cannot be read ({error})"
        raise InputError(what, field="--csv", value=str(path), remedy="give a whole Parquet file") from None


def _types_of(source: str) -> Any:
    """Schema of the columns carried through; None where they are text."""
    return _pyarrow("parquet").read_schema(source) if _format(source, "--csv") == "parquet" else None


@contextmanager
def _csv_writer(target: str, names: Sequence[str], added: Sequence[str], _: Any) -> Iterator[Any]:
    with whole_file(target, "--out") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*(cell(name) for name in names), *added])

        def add(batch: Sequence[Cells], made: Sequence[tuple[object, ...]]) -> None:
            for cells, found in zip(batch, made, strict=True):
                padding = [""] * (len(names) - len(cells))
                carried = (cell_text(v) if isinstance(v, str) else v for v in cells[: len(names)])
                writer.writerow([*carried, *padding, *(_text(value) for value in found)])

        yield add


def _text(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else cell(value)


@contextmanager
def _parquet_writer(target: str, names: Sequence[str], added: Sequence[str], schema: Any) -> Iterator[Any]:
    arrow, parquet = _pyarrow(""), _pyarrow("parquet")
    carried = list(schema) if schema is not None else [arrow.field(name, arrow.string()) for name in names]
    made_fields = [arrow.field(n, arrow.string() if n in ("basis", "error") else arrow.float64()) for n in added]
    whole = arrow.schema([*carried, *made_fields])
    with whole_path(target, "--out") as path, parquet.ParquetWriter(path, whole) as writer:

        def add(batch: Sequence[Cells], made: Sequence[tuple[object, ...]]) -> None:
            if not batch:
                return
            rows = [[*cells, *[None] * (len(names) - len(cells))][: len(names)] for cells in batch]
            columns = [*zip(*rows, strict=True), *zip(*made, strict=True)]
            arrays = [arrow.array(c, f.type, from_pandas=False) for c, f in zip(columns, whole, strict=True)]
            writer.write_batch(arrow.record_batch(arrays, schema=whole))

        yield add


def _pyarrow(module: str) -> Any:
    """A module of pyarrow.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    from importlib import import_module

    try:
        return import_module(f"pyarrow.{module}" if module else "pyarrow")
    except ImportError:
        raise MissingExtraError("pyarrow", "bulk", "a Parquet file") from None
