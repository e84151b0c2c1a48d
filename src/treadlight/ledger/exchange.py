"""Export and import: entries as JSON lines.

The first line names the schema, then follow all entries with their hashes, and the last line holds their number, the
chain's root and the SHA-256 of the lines before it. So a reader without a database can verify an export, and a cut or
altered file is refused whole. Lines written by hand need only ``kind`` and ``body``.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import IO, Any

import msgspec
from sqlalchemy import Connection, select

from treadlight.core.canonical import canonical_json
from treadlight.core.errors import InputError
from treadlight.ledger.append import Appended, Appender
from treadlight.ledger.chain import GENESIS, link
from treadlight.ledger.codec import item_of
from treadlight.ledger.encoded import Encoded, encode
from treadlight.ledger.schema import entry

__all__ = ["EXPORT_SCHEMA", "checked_entries", "export_entries", "import_entries"]

EXPORT_SCHEMA = "treadlight.ledger/1"

_BATCH = 1000


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    schema: str


class _Footer(msgspec.Struct, forbid_unknown_fields=True):
    digest: str
    entries: int
    root: str


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    kind: str
    body: msgspec.Raw
    id: str = ""
    seq: int = 0
    at: str = ""
    prev: str = ""
    hash: str = ""


def export_entries(connection: Connection, fp: IO[str]) -> int:
    """Write all entries to `fp`; returns how many."""
    whole, count, root = sha256(), 0, GENESIS

    def put(line: str) -> None:
        whole.update(line.encode() + b"\n")
        fp.write(line + "\n")

    put(canonical_json({"schema": EXPORT_SCHEMA}).decode())
    rows = connection.execution_options(yield_per=1000).execute(select(entry).order_by(entry.c.seq))
    for seq, at, ident, kind, body, prev, hash_ in rows:
        name = canonical_json(ident).decode()
        put(f'{{"at":"{at}","body":{body},"hash":"{hash_}","id":{name},"kind":"{kind}","prev":"{prev}","seq":{seq}}}')
        count, root = count + 1, hash_
    footer = {"digest": whole.hexdigest(), "entries": count, "root": root}
    fp.write(canonical_json(footer).decode() + "\n")
    return count


def import_entries(lines: Iterable[str], appender: Callable[[], AbstractContextManager[Appender]]) -> Appended:
    """Check every line, then append all of them in one transaction."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as copy:
        for encoded in checked_entries(lines):
            copy.write(f'{{"kind":"{encoded.kind}","body":{encoded.body}}}\n')
        copy.seek(0)
        total = Appended()
        with appender() as target:
            batch: list[Encoded] = []
            for line in copy:
                read = msgspec.json.decode(line, type=_Line)
                body = bytes(read.body).decode()
                batch.append(encode(item_of(read.kind, body)))
                if len(batch) == _BATCH:
                    total += target.add(batch)
                    batch = []
            return total + target.add(batch)


def checked_entries(lines: Iterable[str]) -> Iterator[Encoded]:
    """The items of an export, or of lines written by hand; take them as true only once the last has come.

    Raises
    ------
    InputError
        If a line is not what it should be, naming it.
    """
    check = _Check()
    for number, line in enumerate(lines, 1):
        yield from check.line(number, line)
    check.finish()


class _Check:
    """What has been seen of a file of entries."""

    def __init__(self) -> None:
        self._whole = sha256()
        self._number = 0
        self._entries = 0
        self._header = False
        self._footer = False
        self._last: _Line | None = None

    def line(self, number: int, text: str) -> Iterator[Encoded]:
        """The item of a line, if it holds one.

        Raises
        ------
        InputError
            If the line cannot be used.
        """
        self._number = number
        text = text.rstrip("\n")
        if self._footer:
            raise self._error("stands after the digest", text, "give one export at a time")
        try:
            if number == 1 and text.startswith('{"schema"'):
                self._read_header(text)
            elif self._header and text.startswith('{"digest"'):
                self._read_footer(text)
            elif text.strip():
                yield self._read_entry(text)
        except msgspec.MsgspecError as error:
            raise self._error(str(error), text, "see docs/methodology/ledger") from None
        except InputError as error:
            what = f"{error.field}: {error.what}" if error.field else error.what
            raise self._error(what, error.value, error.remedy) from None
        try:
            self._whole.update(text.encode() + b"\n")
        except UnicodeEncodeError:
            raise self._error("is not UTF-8", text, "export it again") from None

    def _read_header(self, text: str) -> None:
        schema = msgspec.json.decode(text, type=_Header).schema
        if schema != EXPORT_SCHEMA:
            raise InputError("unknown schema", field="schema", value=schema, remedy="import it with a newer treadlight")
        self._header = True

    def _read_footer(self, text: str) -> None:
        footer = msgspec.json.decode(text, type=_Footer)
        found = (self._whole.hexdigest(), self._entries, self._last.hash if self._last else GENESIS)
        if found != (footer.digest, footer.entries, footer.root):
            raise InputError(
                "does not fit the lines above", field="digest", remedy="the file was altered; export it again"
            )
        self._footer = True

    def _read_entry(self, text: str) -> Encoded:
        line = msgspec.json.decode(text, type=_Line)
        body = bytes(line.body).decode()
        encoded = encode(item_of(line.kind, body))
        if line.id and line.id != encoded.id:
            raise InputError("is not its body's", field="id", value=line.id, remedy="leave it out, or export again")
        if self._header or line.hash:
            self._check_hash(line, body)
        self._last, self._entries = line, self._entries + 1
        return encoded

    def _check_hash(self, line: _Line, body: str) -> None:
        if line.hash != link(line.prev, line.seq, line.at, line.id, line.kind, body):
            raise InputError("does not fit the entry", field="hash", value=line.hash, remedy="the file was altered")
        before = self._last.hash if self._last else GENESIS
        if self._header and (line.prev != before or line.seq != self._entries + 1):
            raise InputError("does not follow", field="seq", value=line.seq, remedy="the file was altered or cut")

    def finish(self) -> None:
        """Refuse an export that ends before its digest."""
        if self._header and not self._footer:
            raise self._error("ends before its digest", None, "the file was cut; export it again")

    def _error(self, what: str, value: Any, remedy: str) -> InputError:
        shown = value if not isinstance(value, str) else value[:60]
        return InputError(what, field=f"line {self._number}", value=shown, remedy=remedy)
