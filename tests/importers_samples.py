"""Samples of importers, and the short way to import one."""

import gzip
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from treadlight.core.activity import Activity
from treadlight.importers.frame import FORMATS, Fill, Imported, Note, Options, importer
from treadlight.importers.source import Source
from treadlight.ledger.records import Run

SAMPLES = Path(__file__).parent / "importers" / "samples"
ALL = sorted(path for path in SAMPLES.iterdir() if path.suffix != ".md" or "_" in path.name)
ALL = [path for path in ALL if path.name != "settings.json" and not path.name.startswith(".")]
SETTINGS: Mapping[str, Mapping[str, str]] = json.loads((SAMPLES / "settings.json").read_text(encoding="utf-8"))


def format_of(sample: Path) -> str:
    """The format a sample is named for."""
    return sample.name.partition("_")[0]


@dataclass
class Whole:
    """All that an importer gave."""

    runs: dict[str, Run] = field(default_factory=dict)
    activities: dict[str, Activity] = field(default_factory=dict)
    flags: list[Note] = field(default_factory=list)
    rejected: list[Note] = field(default_factory=list)

    def sums(self) -> dict[str, float]:
        """Amounts by flow."""
        found: dict[str, float] = {}
        for activity in self.activities.values():
            found[activity.flow] = found.get(activity.flow, 0.0) + activity.amount
        return found

    @property
    def run(self) -> Run:
        """The only run."""
        (run,) = self.runs.values()
        return run

    def reasons(self) -> list[str]:
        """Why rows were rejected."""
        return [note.reason for note in self.rejected]


def gathered(given: Iterator[Imported]) -> Whole:
    """What an importer gives, put together."""
    whole = Whole()
    for imported in given:
        if imported.run:
            whole.runs[imported.run.id] = imported.run
        whole.activities.update((a.id, a) for a in imported.activities)
        whole.flags += imported.flags
        whole.rejected += imported.rejected
    return whole


def import_sample(
    path: Path, name: str = "", settings: Mapping[str, str] | None = None, fill: Fill | None = None
) -> Whole:
    """Import a file by the format its name begins with."""
    plugged = importer(name or format_of(path))
    given = SETTINGS.get(path.name, {}) if settings is None else settings
    return gathered(plugged.read(Source(path), Options.of(plugged.INFO, fill, given)))


def written(folder: Path, name: str, text: str) -> Path:
    """A file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def variants(sample: Path, folder: Path) -> dict[str, Path]:
    """The same text in other wrappings: packed, with a mark, with other line ends, in UTF-16."""
    text = sample.read_text(encoding="utf-8")
    made = {}
    for name, data in (
        ("gzip", gzip.compress(text.encode())),
        ("bom", b"\xef\xbb\xbf" + text.encode()),
        ("crlf", text.replace("\n", "\r\n").encode()),
        ("utf-16", text.encode("utf-16")),
        ("utf-16 without mark", text.encode("utf-16-le")),
    ):
        made[name] = folder / name / sample.name
        made[name].parent.mkdir()
        made[name].write_bytes(data)
        shutil.copystat(sample, made[name])
    return made


__all__ = [
    "ALL",
    "FORMATS",
    "SAMPLES",
    "SETTINGS",
    "Whole",
    "format_of",
    "gathered",
    "import_sample",
    "variants",
    "written",
]
