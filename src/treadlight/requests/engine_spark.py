"""Spark: the same expression on a cluster, or on this machine."""

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from treadlight.core.errors import InputError, MissingExtraError
from treadlight.requests.cleaning import KEPT, Aside
from treadlight.requests.engine import Ask
from treadlight.requests.expression import CORRUPT, FILE, TABLE, Reading, checked, sums, to_sql
from treadlight.requests.files import LINE_LIMIT, LogFile, delimiter, open_text
from treadlight.requests.partial import Partial, shaped, with_lines
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
        for key, value in (_FIXED | _said() | dict(settings or {})).items():
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
        self._session.stop()

    def accounts(self, asks: Iterable[Ask]) -> Iterator[tuple[Ask, Partial]]:
        """The sums of logs: those of one form and one reading are summed in one job, however many they are."""
        alike: dict[object, list[Ask]] = {}
        for ask in asks:
            alike.setdefault(_form(ask), []).append(ask)
        for batch in alike.values():
            yield from self._batch(batch)

    def _batch(self, asks: Sequence[Ask]) -> list[tuple[Ask, Partial]]:
        """The sums of logs that are read alike.

        Raises
        ------
        InputError
            If one cannot be read.
        """
        try:
            with _quiet():
                return self._summed(asks)
        except self._errors as error:
            first = " ".join(str(getattr(error, "java_exception", "") or error).split())[:200]
            remedy = "check that every worker can read it under this path, and that it is whole"
            what = f"the log cannot be read ({first})"
            named = [a.log.file.name for a in asks if a.log.file.path.name in str(error)] or [asks[0].log.file.name]
            raise InputError(what, field="LOG", value=named[0], remedy=remedy) from None

    def _summed(self, asks: Sequence[Ask]) -> list[tuple[Ask, Partial]]:
        log, reading = asks[0].log, asks[0].reading
        schema = log.types(reading.columns.names)
        self._view([ask.log for ask in asks], schema)
        shown = dict(schema) | {FILE: "string"} | ({CORRUPT: "string"} if log.file.kind != "parquet" else {})
        key = (tuple(shown.items()), reading)
        if key not in self._compiled:
            self._compiled[key] = to_sql(sums(shown, reading), "pyspark")
        table = self._arrow(self._compiled[key])
        asides = self._sample(table, shown, reading)
        found = _by_file(table)
        nothing = table.slice(0, 0).drop_columns([FILE])
        return [
            (ask, _partial(ask, shaped(found.get(path, nothing)), asides.get(path, ())))
            for ask, path in ((ask, str(ask.log.file.path.resolve())) for ask in asks)
        ]

    def _view(self, logs: Sequence[Log], schema: Mapping[str, str]) -> None:
        """Show logs as one under its name; times without a zone as the UTC they stand for until they are moved."""
        paths = [str(log.file.path.resolve()) for log in logs]
        if logs[0].file.kind == "parquet":
            frame = self._session.read.parquet(*map(_exact, paths))
            shown = [_column(name, kind) for name, kind in schema.items()]
        else:
            frame = self._text(logs[0], list(map(_exact, paths)))
            shown = [_quoted(name) for name in (*schema, CORRUPT)]
        frame.selectExpr(*shown, f"input_file_name() as {FILE}").createOrReplaceTempView(TABLE)

    def _text(self, log: Log, paths: list[str]) -> Any:
        columns = ", ".join(f"{_quoted(name)} string" for name in (*log.names, CORRUPT))
        reader = (
            self._session.read.schema(columns).option("mode", "PERMISSIVE").option("columnNameOfCorruptRecord", CORRUPT)
        )
        if log.file.kind == "jsonl":
            return reader.option("primitivesAsString", "true").json(paths)
        sign = _delimiter(log.file)
        return reader.csv(paths, header=True, sep=sign, quote='"', escape='"', maxCharsPerColumn=LINE_LIMIT)

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

    def _sample(self, table: "pa.Table", schema: Mapping[str, str], reading: Reading) -> dict[str, tuple[Aside, ...]]:
        """Some rows of each reason, as the logs have them, by file."""
        reasons = sorted({int(reason) for reason in table.column("reason").to_pylist()} - {0})
        names = reading.columns.names
        found: dict[str, list[Aside]] = {}
        query = to_sql(checked(schema, reading, raw=True), "pyspark") if reasons else ""
        for reason in reasons:
            for row in self._session.sql(f"SELECT * FROM ({query}) WHERE reason = {reason} LIMIT {KEPT}").collect():
                cells = ((name, row[f"raw_{i}"]) for i, name in enumerate(names))
                text = row[f"raw{CORRUPT}"] if CORRUPT in schema else None
                text = text or ", ".join(f"{name}={'' if cell is None else cell}" for name, cell in cells)
                found.setdefault(_path(row[FILE]), []).append(Aside(0, reason, text))
        return {path: tuple(asides) for path, asides in found.items()}


def _partial(ask: Ask, sums: "pa.Table", asides: Sequence[Aside]) -> Partial:
    file = ask.log.file
    return Partial(file.name, ask.digest, sums, {}, tuple(with_lines(asides, file, sums, ask.reading)))


def _form(ask: Ask) -> object:
    """What logs must share to be read as one."""
    log = ask.log
    sign = "" if log.file.kind == "parquet" else _delimiter(log.file)
    return (
        log.file.kind,
        log.columns if sign else tuple(log.types(ask.reading.columns.names).items()),
        sign,
        ask.reading,
    )


def _by_file(table: "pa.Table") -> dict[str, "pa.Table"]:
    """The sums of each file by its path, without the column that names it."""
    import pyarrow.compute as pc

    names = table.column(FILE)
    rest = table.drop_columns([FILE])
    return {_path(name): rest.filter(pc.equal(names, name)) for name in names.unique().to_pylist()}


def _path(uri: str) -> str:
    """The path that Spark's name of a file stands for."""
    return unquote(urlsplit(uri).path)


def _exact(path: str) -> str:
    """A path whose signs mean themselves and no pattern."""
    return "".join("\\" + sign if sign in "*?[]{}\\" else sign for sign in path)


def _said() -> dict[str, str]:
    """Settings with which the driver says errors only; none where a person keeps a configuration of Spark."""
    if "SPARK_CONF_DIR" in os.environ or "SPARK_HOME" in os.environ:
        return {"spark.log.level": "ERROR"}
    file = Path(__file__).with_name("log4j2.properties").as_uri()
    return {"spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={file}"}


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
