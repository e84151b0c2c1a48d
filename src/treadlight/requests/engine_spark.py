"""Spark: the same expression on a cluster, or on this machine."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from treadlight.core.errors import InputError, MissingExtraError
from treadlight.requests.cleaning import KEPT, Aside
from treadlight.requests.expression import CORRUPT, TABLE, Reading, checked, sums, to_sql
from treadlight.requests.files import LINE_LIMIT, LogFile, delimiter, open_text
from treadlight.requests.partial import Partial, shaped
from treadlight.requests.schema import Log

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Spark"]

_FIXED = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.adaptive.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.caseSensitive": "true",
}


class Spark:
    """A session on a cluster.

    Parameters
    ----------
    master
        Such as ``spark://host:7077``; ``local[*]`` is this machine.
    settings
        Further settings of Spark.
    """

    name = "spark"

    def __init__(self, master: str = "local[*]", settings: Mapping[str, str] | None = None) -> None:
        with _quiet():
            try:
                from pyspark.sql import SparkSession
            except ImportError:
                raise MissingExtraError("pyspark", "spark", "accounting on a cluster") from None
            running = SparkSession.getActiveSession()
            if running is not None and running.sparkContext.master != master:
                remedy = f"use {running.sparkContext.master}, or end that session first"
                raise InputError(
                    "a session with another master is running", field="--master", value=master, remedy=remedy
                )
            from py4j.protocol import Py4JError  # type: ignore[import-untyped]
            from pyspark.errors import PySparkException

        self._errors: tuple[type[Exception], ...] = (PySparkException, Py4JError, OSError)
        builder = SparkSession.builder.master(master).appName("treadlight requests")
        for key, value in (_FIXED | dict(settings or {})).items():
            builder = builder.config(key, value)
        try:
            with _quiet():
                self._session = builder.getOrCreate()
        except Exception as error:  # noqa: BLE001  (Spark says in many ways that Java or its master is missing)
            first = " ".join(str(error).split())[:160]
            remedy = "Spark needs Java 17 on the path (JAVA_HOME), and a master that can be reached"
            raise InputError(
                f"no session could be had ({first})", field="--master", value=master, remedy=remedy
            ) from None
        self._compiled: dict[tuple[object, ...], str] = {}

    def close(self) -> None:
        """End the session."""
        self._session.stop()

    def account(
        self, log: Log, digest: str, reading: Reading, progress: Callable[[float], None] | None = None
    ) -> Partial:
        """The sums of a log file.

        Raises
        ------
        InputError
            If it cannot be read.
        """
        schema = log.types(reading.columns.names)
        try:
            with _quiet():
                return self._summed(log, schema, digest, reading)
        except self._errors as error:
            first = " ".join(str(getattr(error, "java_exception", "") or error).split())[:200]
            remedy = "check that every worker can read it under this path, and that it is whole"
            what = f"the log cannot be read ({first})"
            raise InputError(what, field="LOG", value=log.file.name, remedy=remedy) from None

    def _summed(self, log: Log, schema: Mapping[str, str], digest: str, reading: Reading) -> Partial:
        self._view(log, schema)
        shown = dict(schema) | ({CORRUPT: "string"} if log.file.kind != "parquet" else {})
        key = (tuple(shown.items()), reading)
        if key not in self._compiled:
            self._compiled[key] = to_sql(sums(shown, reading), "pyspark")
        table = shaped(self._arrow(self._compiled[key]))
        return Partial(log.file.name, digest, table, {}, tuple(self._sample(table, shown, reading)))

    def _view(self, log: Log, schema: Mapping[str, str]) -> None:
        """Show the log under its name; times without a zone as the UTC they stand for until they are moved."""
        path = str(log.file.path.resolve())
        if log.file.kind == "parquet":
            frame = self._session.read.parquet(path)
            shown = [_column(name, kind) for name, kind in schema.items()]
        else:
            frame = self._text(log, path)
            shown = [_quoted(name) for name in (*schema, CORRUPT)]
        frame.selectExpr(*shown).createOrReplaceTempView(TABLE)

    def _text(self, log: Log, path: str) -> Any:
        columns = ", ".join(f"{_quoted(name)} string" for name in (*log.names, CORRUPT))
        reader = (
            self._session.read.schema(columns).option("mode", "PERMISSIVE").option("columnNameOfCorruptRecord", CORRUPT)
        )
        if log.file.kind == "jsonl":
            return reader.option("primitivesAsString", "true").json(path)
        sign = _delimiter(log.file)
        return reader.csv(path, header=True, sep=sign, quote='"', escape='"', maxCharsPerColumn=LINE_LIMIT)

    def _arrow(self, query: str) -> "pa.Table":
        """Rows of a query, which are few, as a table of Arrow."""
        import pyarrow as pa

        frame = self._session.sql(query)
        rows = frame.collect()
        kinds = {"bigint": pa.int64(), "boolean": pa.bool_(), "double": pa.float64(), "string": pa.string()}
        fields = [pa.field(name, kinds[kind]) for name, kind in frame.dtypes]
        columns: list[Any] = list(zip(*rows, strict=True)) if rows else [[] for _ in fields]
        return pa.table(
            [pa.array(column, field.type) for column, field in zip(columns, fields, strict=True)], pa.schema(fields)
        )

    def _sample(self, table: "pa.Table", schema: Mapping[str, str], reading: Reading) -> list[Aside]:
        """Some rows of each reason, as the log has them."""
        reasons = sorted({int(reason) for reason in table.column("reason").to_pylist()} - {0})
        names = reading.columns.names
        found: list[Aside] = []
        query = to_sql(checked(schema, reading, raw=True), "pyspark") if reasons else ""
        for reason in reasons:
            for row in self._session.sql(f"SELECT * FROM ({query}) WHERE reason = {reason} LIMIT {KEPT}").collect():
                cells = ((name, row[f"raw_{i}"]) for i, name in enumerate(names))
                found.append(
                    Aside(0, reason, ", ".join(f"{name}={'' if cell is None else cell}" for name, cell in cells))
                )
        return found


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Spark's warning that it has not been tried with the pandas that is installed: none is used here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _column(name: str, kind: str) -> str:
    shown = _quoted(name)
    return f"cast({shown} as timestamp) as {shown}" if kind.startswith("timestamp") else shown


def _delimiter(file: LogFile) -> str:
    with open_text(file) as stream:
        return delimiter(stream.readline(LINE_LIMIT))
