"""Sums of one log file: small, kept on disk, so that an account that was interrupted goes on where it stopped."""

import json
import os
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from treadlight.core.canonical import digest as digest_of
from treadlight.core.errors import InputError
from treadlight.requests.cleaning import UNREADABLE, Aside, unreadable
from treadlight.requests.expression import SUMS, Reading
from treadlight.requests.files import LogFile

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FORM", "Partial", "forget", "keep", "kept", "key_of", "shaped", "with_lines"]

FORM = 3
"""Version of the sums: what was kept by another one is not used."""

_LEFT_S = 86400.0  # no account works on one log for longer than a day

MEASURES = (*SUMS, "max_in", "max_out")


@dataclass(frozen=True, slots=True)
class Partial:
    """The sums of one log file.

    Parameters
    ----------
    digest
        SHA-256 of the file's content; empty where it was not read.
    sums
        One row for each piece of time, key and reason; columns as the expression names them.
    aside
        How many lines never became rows, by the number of their reason.
    sample
        Some of what was set aside.
    """

    name: str
    digest: str
    sums: "pa.Table"
    aside: Mapping[int, int] = field(default_factory=dict)
    sample: tuple[Aside, ...] = ()


def shaped(table: "pa.Table") -> "pa.Table":
    """An engine's answer in the types that sums have, whatever the engine makes of them."""
    import pyarrow as pa

    kinds = {"bucket": pa.int64(), "naive": pa.bool_(), "reason": pa.int64()} | dict.fromkeys(MEASURES, pa.float64())
    return table.cast(pa.schema([pa.field(name, kinds.get(name, pa.string())) for name in table.column_names]))


def with_lines(
    sample: Sequence[Aside], file: LogFile, sums: "pa.Table", reading: Reading, *, cleaned: bool = False
) -> list[Aside]:
    """The sample of a log, with the unreadable lines of JSON as they stand in the file."""
    pairs = zip(sums.column("reason").to_pylist(), sums.column("n").to_pylist(), strict=True)
    count = sum(int(n) for reason, n in pairs if reason == UNREADABLE)
    if file.kind != "jsonl" or not count:
        return list(sample)
    found = unreadable(file, reading.columns.names, count, cleaned=cleaned)
    return [*found, *(aside for aside in sample if not found or aside.reason != UNREADABLE)]


def key_of(digest: str, reading: Reading, schema: Mapping[str, str]) -> str:
    """Name under which the sums of a file's content are kept: other options have other sums."""
    columns = reading.columns
    facts = {
        "form": FORM,
        "log": digest,
        "roles": [list(pair) for pair in columns.roles],
        "labels": [list(pair) for pair in columns.labels],
        "bucket_s": reading.bucket_s,
        "time_unit": reading.time_unit,
        "origin_s": str(reading.origin_s),
        "cached_apart": reading.cached_apart,
        "schema": dict(schema),
    }
    return digest_of(facts)


def keep(folder: Path, key: str, partial: Partial) -> None:
    """Keep the sums of a file, whole or not at all.

    Raises
    ------
    InputError
        If they cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    aside = {str(reason): count for reason, count in partial.aside.items()}
    sample = [[a.line, a.reason, a.text] for a in partial.sample]
    facts = json.dumps({"form": FORM, "digest": partial.digest, "aside": aside, "sample": sample})
    table = partial.sums.replace_schema_metadata({"treadlight": facts})
    temporary = ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, suffix=".part")
        os.close(handle)
        pq.write_table(table, temporary)
        Path(temporary).replace(folder / f"{key}.parquet")
    except (OSError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error)
        remedy = "set TREADLIGHT_HOME to a folder with room"
        raise InputError(
            f"cannot be written ({reason})", field="TREADLIGHT_HOME", value=str(folder), remedy=remedy
        ) from None
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def kept(folder: Path, key: str, name: str, digest: str) -> Partial | None:
    """The sums kept of a file; None where there are none that can be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(folder / f"{key}.parquet", pre_buffer=False) as file:
            table = file.read(use_threads=False)  # a thread of Arrow's that outlives Python aborts it
        facts = json.loads((table.schema.metadata or {})[b"treadlight"])
        if facts["form"] != FORM or facts["digest"] != digest:
            return None
        aside = Counter({int(reason): int(count) for reason, count in facts["aside"].items()})
        sample = tuple(Aside(line, reason, text) for line, reason, text in facts["sample"])
    except (OSError, pa.ArrowException, KeyError, ValueError):
        return None
    return Partial(name, digest, shaped(table), aside, sample)


def forget(folder: Path, older_than_s: float) -> None:
    """Take away sums that nobody asked for in a long time, and what an account that was killed left of its work."""
    import shutil
    import time

    now = time.time()
    limits = {"*.parquet": older_than_s, "*.part": _LEFT_S, "clean-*": _LEFT_S}
    for path, limit in ((path, limit) for pattern, limit in limits.items() for path in folder.glob(pattern)):
        try:
            if now - path.stat().st_mtime < limit:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
        except OSError:
            continue
