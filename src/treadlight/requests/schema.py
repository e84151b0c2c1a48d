"""What columns a log has, and of which types."""

from collections.abc import Sequence
from dataclasses import dataclass

from treadlight.core.errors import MissingExtraError
from treadlight.requests.files import LogFile, cut_off, text_columns

__all__ = ["Log", "described"]


@dataclass(frozen=True, slots=True)
class Log:
    """A log file with the columns that it has.

    Parameters
    ----------
    columns
        Name and type of each, in Ibis' words; in text logs all are ``string``.
    """

    file: LogFile
    columns: tuple[tuple[str, str], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(name for name, _ in self.columns)

    def types(self, names: Sequence[str]) -> dict[str, str]:
        """Types of some of the columns."""
        known = dict(self.columns)
        return {name: known[name] for name in names}


def described(file: LogFile) -> Log:
    """A file with its columns; a text file that is empty has none.

    Raises
    ------
    InputError
        If it is cut off or is not what its name says.
    """
    if file.kind != "parquet":
        return Log(file, tuple((name, "string") for name in text_columns(file)))
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtraError("pyarrow", "bulk", "reading Parquet") from None
    try:
        found = pq.read_schema(file.path)
    except (pa.ArrowException, OSError) as error:
        raise cut_off(file, error) from None
    return Log(file, tuple((field.name, _type(field.type)) for field in found))


def _type(kind: object) -> str:
    """Ibis' word for a type of Arrow; a type that no account can use is ``binary``."""
    import pyarrow as pa

    words = {pa.float32(): "float32", pa.float64(): "float64", pa.bool_(): "boolean", pa.date32(): "date"}
    if kind in words:
        return words[kind]
    types = pa.types
    if types.is_integer(kind):
        return str(kind)
    if types.is_dictionary(kind):
        return _type(kind.value_type)  # type: ignore[attr-defined]
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return "string"
    if types.is_timestamp(kind):
        return "timestamp('UTC')" if kind.tz else "timestamp"  # type: ignore[attr-defined]
    if types.is_decimal(kind):
        return f"decimal({kind.precision}, {kind.scale})"  # type: ignore[attr-defined]
    return "binary"
