"""DuckDB, inside this process: threads and memory of this machine, and nothing to set up."""

import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadlight.core.errors import InputError, MissingExtraError
from treadlight.requests.cleaning import KEPT, Aside, clean
from treadlight.requests.engine import Ask
from treadlight.requests.expression import TABLE, Reading, checked, compiled, to_sql
from treadlight.requests.files import LINE_LIMIT, LogFile, cut_off, delimiter, open_text
from treadlight.requests.partial import Partial, shaped, with_lines
from treadlight.requests.schema import Log

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["DuckDB"]

_POLL_S = 0.1
_SHARE_OF_MEMORY = 0.5
_FOREIGN = (".bz2", ".xz")  # DuckDB takes what is packed in these ways for text


class DuckDB:
    """An engine in this process.

    Parameters
    ----------
    folder
        Where sums too large for memory, and copies of damaged logs, are put for the time being.
    """

    name = "duckdb"

    def __init__(self, folder: Path) -> None:
        try:
            import duckdb
        except ImportError:
            raise MissingExtraError("duckdb", "bulk", "accounting for request logs") from None
        self._error: type[Exception] = duckdb.Error
        self._interrupted: type[Exception] = duckdb.InterruptException
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._connection = duckdb.connect()
        for line in (
            "SET TimeZone = 'UTC'",
            "SET preserve_insertion_order = false",
            "SET enable_progress_bar = true",  # counted, and not printed: the command shows it
            "SET enable_progress_bar_print = false",
            "SET progress_bar_time = 0",
            f"SET memory_limit = '{_memory_mb()} MB'",
            f"SET threads = {_threads()}",
            f"SET temp_directory = {_text(str(folder / 'spill'))}",
            "CREATE TEMP MACRO unix_micros(moment) AS epoch_us(moment)",
        ):
            self._connection.execute(line)
        self._compiled: dict[tuple[object, ...], str] = {}

    def close(self) -> None:
        self._connection.close()

    def accounts(self, asks: Iterable[Ask]) -> Iterator[tuple[Ask, Partial]]:
        """The sums of one log after the other: each is asked for when those of the one before are known."""
        for ask in asks:
            yield ask, self._account(ask.log, ask.digest, ask.reading, ask.progress)

    def _account(self, log: Log, digest: str, reading: Reading, progress: Callable[[float], None] | None) -> Partial:
        file = log.file
        if file.kind == "parquet":
            try:
                table, sample = self._summed(log, _parquet(file.path), reading, progress)
            except self._error as error:
                raise _refused(file, error) from None
            return Partial(file.name, digest, table, {}, tuple(sample))
        sign = _delimiter(file)
        try:
            if file.path.suffix not in _FOREIGN:
                table, sample = self._summed(log, _text_source(file.path, log, sign), reading, progress)
                return Partial(file.name, digest, table, {}, tuple(with_lines(sample, file, table, reading)))
        except self._error as error:
            if file.path.suffix == ".zst":
                raise cut_off(file, error) from None
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="clean-") as folder:
            target = Path(folder) / f"log.{file.kind}"
            found = clean(file, target)
            try:
                table, sample = self._summed(log, _text_source(target, log, sign), reading, progress)
            except self._error as error:
                raise _refused(file, error) from None
        sample = with_lines(sample, file, table, reading, cleaned=True)
        return Partial(file.name, digest, table, found.counts, (*found.sample, *sample))

    def _summed(
        self, log: Log, source: str, reading: Reading, progress: Callable[[float], None] | None
    ) -> tuple["pa.Table", list[Aside]]:
        schema = log.types(reading.columns.names)
        key = (tuple(schema.items()), reading)
        if key not in self._compiled:
            self._compiled[key] = compiled(self._folder, self.name, schema, reading)
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {TABLE} AS SELECT * FROM {source}")
        table = self._run(self._compiled[key], progress)
        return shaped(table), self._sample(table, schema, reading)

    def _run(self, query: str, progress: Callable[[float], None] | None) -> "pa.Table":
        if progress is None:
            return self._arrow(query)
        done: list[Any] = []

        def work() -> None:
            try:
                done.append(self._arrow(query))
            except BaseException as error:  # noqa: BLE001  (raised again in the thread that asked)
                done.append(error)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                thread.join(_POLL_S)
                progress(max(0.0, self._connection.query_progress()) / 100)
        except BaseException:
            self._connection.interrupt()
            thread.join()
            raise
        if isinstance(done[0], BaseException):
            raise done[0]
        return done[0]

    def _arrow(self, query: str) -> "pa.Table":
        """Rows of a query; a person's interrupt is one, however DuckDB puts it."""
        try:
            return self._connection.sql(query).to_arrow_table()
        except self._interrupted:
            raise KeyboardInterrupt from None
        except RuntimeError as error:
            if str(error) != "Query interrupted":
                raise
            raise KeyboardInterrupt from None

    def _sample(self, table: "pa.Table", schema: Mapping[str, str], reading: Reading) -> list[Aside]:
        """Some rows of each reason that the expression gave, as the log has them."""
        reasons = sorted({int(reason) for reason in table.column("reason").to_pylist()} - {0})
        found: list[Aside] = []
        query = to_sql(checked(schema, reading, raw=True), self.name) if reasons else ""
        for reason in reasons:
            rows = self._arrow(f"SELECT * FROM ({query}) WHERE reason = {reason} LIMIT {KEPT}")
            for row in rows.to_pylist():
                cells = [row[f"raw_{i}"] for i in range(len(reading.columns.names))]
                named = zip(reading.columns.names, cells, strict=True)
                found.append(
                    Aside(0, reason, ", ".join(f"{name}={'' if cell is None else cell}" for name, cell in named))
                )
        return found


def _threads() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory_mb() -> int:
    import psutil

    return max(256, int(psutil.virtual_memory().total * _SHARE_OF_MEMORY / 1e6))


def _text(value: str) -> str:
    """A text in SQL."""
    return "'" + value.replace("'", "''") + "'"


def _exact(path: Path) -> str:
    """A path in SQL, whose signs mean themselves and no pattern."""
    escaped = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))
    return _text(escaped)


def _parquet(path: Path) -> str:
    return f"read_parquet({_exact(path)}, hive_partitioning = false)"


def _delimiter(file: LogFile) -> str:
    if file.kind != "csv":
        return ","
    if file.path.suffix == ".zst":
        return ","
    with open_text(file) as stream:
        return delimiter(stream.readline(LINE_LIMIT))


def _text_source(path: Path, log: Log, sign: str) -> str:
    columns = "{" + ", ".join(f"{_text(name)}: 'VARCHAR'" for name in log.names) + "}"
    if log.file.kind == "jsonl":
        return (
            f"read_json({_exact(path)}, format = 'newline_delimited', columns = {columns}, ignore_errors = true, "
            f"maximum_object_size = {LINE_LIMIT})"
        )
    return (
        f"read_csv({_exact(path)}, header = true, delim = {_text(sign)}, quote = '\"', escape = '\"', "
        f"auto_detect = false, strict_mode = true, columns = {columns}, max_line_size = {LINE_LIMIT + 1})"
    )


def _refused(file: LogFile, error: Exception) -> InputError:
    """An engine's refusal in one line."""
    said = str(error).replace(str(file.path), file.path.name)
    first = " ".join(said.split())[:200]
    remedy = "check that it is whole and in the form that its name says"
    plain = said.replace(file.path.name, "")
    if "No space left" in plain or "max_temp_directory_size" in plain:
        remedy = "make room on the disk of TREADLIGHT_HOME"
    return InputError(f"the log cannot be read ({first})", field="LOG", value=file.name, remedy=remedy)
