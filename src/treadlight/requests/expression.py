"""The one relational expression of an account: rows are read, checked, and summed by hour, place, model and team.

It is written once, in Ibis, and becomes SQL for whichever engine runs it. Each row gets a reason why it is set aside,
or none; then all rows are summed in one pass over the log.

Notes
-----
Six sums of a group are all that its energy depends on: requests, tokens in, cached tokens, tokens out, and the context
in which tokens were read and made,  Σ fresh · (cached + fresh/2)  and  Σ out · (in + out/2)  with fresh = in - cached.
Each is summed in float64. A DECIMAL would be rounded silently on the way, so every number is cast to float64 before
anything else is done with it.

A time is taken apart as text (its first 19 signs, and the zone behind them), because engines differ in which texts they
take for one. What most rows hold (whole numbers, times that end in Z) is told by the cheapest question first: a pattern
held against ten million texts costs more than all the sums. `unix_micros` is a function of Spark; the DuckDB engine
defines it.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from treadlight import __version__
from treadlight.core.errors import InputError, MissingExtraError
from treadlight.requests.columns import Columns
from treadlight.requests.reasons import MOST_TOKENS

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["CORRUPT", "FILE", "SUMS", "TABLE", "Reading", "checked", "compiled", "sums", "to_sql"]

TABLE = "log"
"""Name under which an engine shows the log to the expression."""

CORRUPT = "_corrupt"
"""Column in which an engine keeps a line that it could not take apart."""

FILE = "_file"
"""Column in which an engine that reads many logs as one names the log of each row."""

SUMS = ("n", "tokens_in", "tokens_in_context", "tokens_cached", "tokens_out", "tokens_out_context")
"""The six sums of a group; tokens in contain the cached ones."""

_UNITS_S = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_FIRST_S, _LAST_S = 946_684_800.0, 4_102_444_800.0  # 2000 and 2100

# In words that mean the same to RE2 and to Java; engines differ in what else they take for a time or a number.
_CLOCK = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?"
_PLAIN_TIME = _CLOCK + "(Z|z| ?UTC| ?GMT)?$"
_SHIFTED_TIME = _CLOCK + "[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?$"
_NO_ZONE = r"^(\.[0-9]*)?$"
_NUMBER = r"^ *-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)? *$"


@dataclass(frozen=True, slots=True)
class Reading:
    """How the rows of a log are read.

    Parameters
    ----------
    columns
        Which column says what.
    bucket_s
        Rows are summed by pieces of time of this length [s].
    time_unit
        ``s``, ``ms``, ``us`` or ``ns`` where times are numbers; empty where they are dates.
    origin_s
        What numbers count from [s since 1970].
    cached_apart
        Whether tokens in do not contain the cached ones.
    """

    columns: Columns
    bucket_s: int = 3600
    time_unit: str = ""
    origin_s: float = 0.0
    cached_apart: bool = False


def sums(schema: Mapping[str, str], reading: Reading) -> "ir.Table":
    """The sums of a log, one row for each piece of time, key and reason.

    Parameters
    ----------
    schema
        Type of each column that is read, in Ibis' words.
    """
    import ibis

    rows = checked(schema, reading)
    keep = rows.reason == 0
    names = [name for name, _ in reading.columns.keys]
    held = rows.mutate(
        bucket=keep.ifelse(rows.bucket, ibis.null("int64")),
        naive=keep.ifelse(rows.naive, ibis.null("boolean")),
        **{f"key_{i}": keep.ifelse(rows[f"key_{i}"], ibis.null("string")) for i in range(len(names))},
    )
    keys = ["bucket", "naive", *(f"key_{i}" for i in range(len(names))), *([FILE] if FILE in schema else []), "reason"]
    fresh = held.tokens_in - held.tokens_cached
    read, made = fresh * (held.tokens_cached * 2 + fresh), held.tokens_out * (held.tokens_in * 2 + held.tokens_out)
    totals = {
        "n": held.count(),
        "tokens_in": held.tokens_in.sum(),
        "tokens_in_context": read.sum() / 2,
        "tokens_cached": held.tokens_cached.sum(),
        "tokens_out": held.tokens_out.sum(),
        "tokens_out_context": made.sum() / 2,
        "max_in": held.tokens_in.max(),
        "max_out": held.tokens_out.max(),
    }
    return held.group_by(keys).aggregate(**{name: total.cast("float64") for name, total in totals.items()})


def checked(schema: Mapping[str, str], reading: Reading, *, raw: bool = False) -> "ir.Table":
    """Every row with its piece of time, its numbers, its keys, and the reason why it is set aside (0: none).

    Parameters
    ----------
    raw
        Carry the columns as the log has them too, for a sample of what is set aside.
    """
    try:
        import ibis
    except ImportError:
        raise MissingExtraError("ibis-framework", "bulk", "accounting for request logs") from None
    columns = reading.columns
    log = ibis.table(dict(schema), name=TABLE)
    seconds, naive = _seconds(log, schema, reading)
    parsed = log.mutate(
        _s=seconds, _naive=naive, **{f"_{role}": _tokens(log, schema, columns, role) for role in _TOKENS}
    )
    if reading.cached_apart and columns.get("cached"):
        parsed = parsed.mutate(_tokens_in=parsed["_tokens_in"] + parsed["_cached"])
    reason = _reason(parsed, schema, columns)
    keys = {f"key_{i}": parsed[column].cast("string") for i, (_, column) in enumerate(columns.keys)}
    return parsed.select(
        bucket=_bucket(parsed["_s"], reading.bucket_s),
        naive=parsed["_naive"],
        reason=reason.cast("int64"),
        tokens_in=parsed["_tokens_in"],
        tokens_out=parsed["_tokens_out"],
        tokens_cached=parsed["_cached"],
        **keys,
        **({FILE: parsed[FILE]} if FILE in schema else {}),
        **({f"raw_{i}": parsed[name].cast("string") for i, name in enumerate(columns.names)} if raw else {}),
        **({f"raw{CORRUPT}": parsed[CORRUPT]} if raw and CORRUPT in schema else {}),
    )


_TOKENS = ("tokens_in", "tokens_out", "cached")


def _bucket(seconds: Any, bucket_s: int) -> Any:
    """Number of the piece of time; NULL outside the years that count, where it may be no whole number of an engine."""
    import ibis

    inside = (seconds >= _FIRST_S) & (seconds < _LAST_S)
    number = (inside.ifelse(seconds, _zero()) / bucket_s).floor().cast("int64")
    return inside.ifelse(number, ibis.null("int64"))


def _finite(number: Any) -> Any:
    """The number, NULL where it is infinite or none."""
    import ibis

    return (number.isnan() | number.isinf()).ifelse(ibis.null("float64"), number)


def _zero() -> Any:
    """0 as float64: a bare 0.0 is a DECIMAL in DuckDB, whatever Ibis holds it for."""
    import ibis

    return ibis.literal(0, "int64").cast("float64")


def _seconds(log: "ir.Table", schema: Mapping[str, str], reading: Reading) -> tuple[Any, Any]:
    """Time of each row [s since 1970], NULL where it is none, and whether it says no zone."""
    import ibis

    column = reading.columns.get("time") or ""
    kind = ibis.dtype(schema[column])
    cell: Any = log[column]
    if kind.is_timestamp():
        return _micros()(cell) / 1e6, ibis.literal(kind.timezone is None)
    if reading.time_unit:
        number = _number(cell) if kind.is_string() else _finite(cell.cast("float64"))
        return number * _UNITS_S[reading.time_unit] + reading.origin_s, ibis.literal(False)
    if kind.is_string():
        return _from_text(cell)
    what = "is a date without a time of day" if kind.is_date() else f"holds {kind}, not dates with a time"
    remedy = "say --time-unit s, ms, us or ns for numbers since 1970, and --time-origin where they begin elsewhere"
    raise InputError(f"column {column} {what}", field="--columns", value="time", remedy=remedy)


def _micros() -> Any:
    """Spark's function of a timestamp that gives its microseconds since 1970."""
    import ibis

    @ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
    def unix_micros(moment) -> int:  # type: ignore[no-untyped-def, empty-body]  # any timestamp, with a zone or without
        """Microseconds since 1970."""

    return unix_micros


def _from_text(text: Any) -> tuple[Any, Any]:
    """Seconds of times such as ``2026-11-16T18:17:03.98+01:00``, and whether they say no zone."""
    import ibis

    none, tail = ibis.null("float64"), text.substr(19)
    local = _micros()(text.substr(0, 19).try_cast("timestamp")) / 1e6
    digits = tail.substr(tail.contains("-").ifelse(tail.find("-"), tail.find("+")) + 1).replace(":", "")
    hours = digits.substr(0, 2).try_cast("float64")
    minutes = digits.substr(2, 2).try_cast("float64").coalesce(ibis.literal(0, "int64").cast("float64"))
    shift = tail.contains("-").ifelse(-1, 1) * (hours * 3600 + minutes * 60)
    seconds = ibis.cases(
        (text.re_search(_PLAIN_TIME), local), (text.re_search(_SHIFTED_TIME), local - shift), else_=none
    )
    return seconds, text.endswith("Z").ifelse(ibis.literal(False), tail.re_search(_NO_ZONE))


def _number(cell: Any) -> Any:
    """The finite number that a text is, NULL where it is none; most are whole, and told without a pattern."""
    import ibis

    whole = cell.try_cast("int64")
    plain = whole.cast("string") == cell
    other = _finite(cell.re_search(_NUMBER).ifelse(cell.try_cast("float64"), ibis.null("float64")))
    return ibis.cases((plain, whole.cast("float64")), else_=other)


def _tokens(log: "ir.Table", schema: Mapping[str, str], columns: Columns, role: str) -> Any:
    """Tokens of each row as float64; 0 for cached ones that a log does not say."""
    import ibis

    column = columns.get(role)
    if column is None:
        return _zero()
    kind = ibis.dtype(schema[column])
    if not (kind.is_numeric() or kind.is_string()) or kind.is_boolean():
        remedy = f"name the column that holds numbers: --columns {role}=COLUMN"
        raise InputError(f"column {column} holds {kind}, not numbers", field="--columns", value=role, remedy=remedy)
    number = _number(log[column]) if kind.is_string() else _finite(log[column].cast("float64"))
    if role != "cached":
        return number
    empty = log[column].isnull() | (log[column] == "") if kind.is_string() else log[column].isnull()
    return empty.ifelse(0.0, number)


def _reason(rows: "ir.Table", schema: Mapping[str, str], columns: Columns) -> Any:
    """Number of the first reason that holds; 0 where none does."""
    import ibis

    branches: list[tuple[Any, int]] = []
    if CORRUPT in schema:
        branches.append((rows[CORRUPT].notnull(), 1))
    if all(ibis.dtype(schema[name]).is_string() for name in columns.names):
        nothing = ibis.literal(True)
        for name in columns.names:
            nothing = nothing & rows[name].isnull()
        branches.append((nothing, 1))
    seconds, cached = rows["_s"], rows["_cached"]
    branches += [(seconds.isnull(), 2), ((seconds < _FIRST_S) | (seconds >= _LAST_S), 3)]
    for first, role in ((4, "tokens_in"), (7, "tokens_out")):
        branches += _wrong(rows[f"_{role}"], ibis.dtype(schema[columns.get(role) or ""]), first)
        branches.append((rows[f"_{role}"] > MOST_TOKENS, first + 2))
    column = columns.get("cached")
    if column is not None:
        branches += _wrong(cached, ibis.dtype(schema[column]), 10)
        branches.append((cached > rows["_tokens_in"], 12))
    return ibis.cases(*branches, else_=0)


def _wrong(number: Any, kind: Any, first: int) -> list[tuple[Any, int]]:
    """Not a whole number, and negative."""
    unwhole = number.isnull()
    if not kind.is_integer():
        inside = (number >= -MOST_TOKENS) & (number <= MOST_TOKENS)  # Ibis' floor is an INT64, which holds no 1e30
        some = inside.ifelse(number, _zero())
        unwhole = unwhole | (some != some.floor().cast("float64"))
    return [(unwhole, first), (number < 0, first + 1)]


def compiled(folder: Path, dialect: str, schema: Mapping[str, str], reading: Reading) -> str:
    """SQL of the sums; kept in a folder, because to load Ibis takes longer than to sum a million rows."""
    facts = (__version__, Path(__file__).read_text(encoding="utf-8"), dialect, list(schema.items()), repr(reading))
    path = folder / f"{sha256(repr(facts).encode()).hexdigest()}.sql"
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        query = to_sql(sums(schema, reading), dialect)
    with suppress(OSError), NamedTemporaryFile("w", encoding="utf-8", dir=folder, suffix=".part", delete=False) as part:
        try:
            part.write(query)
            part.close()
            Path(part.name).replace(path)
        finally:
            Path(part.name).unlink(missing_ok=True)
    return query


def to_sql(expression: "ir.Table", dialect: str) -> str:
    """The expression as SQL for ``duckdb`` or ``pyspark``."""
    import ibis

    if dialect == "pyspark":
        _ = ibis.pyspark  # makes the options that its compiler reads
    return str(ibis.to_sql(expression, dialect=dialect))
