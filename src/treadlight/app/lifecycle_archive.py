"""A study with all that its result rests on, in one file: packed, opened, and assessed from what it holds."""

import json
import os
import platform
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from treadlight import __version__
from treadlight.app.lifecycle import answering
from treadlight.app.lifecycle_answers import Answers, Asked, Recalled, Recording
from treadlight.app.lifecycle_answers_forms import answers_of, array_bytes, json_bytes, members_of
from treadlight.app.lifecycle_forms import study_result_form
from treadlight.app.workspace import Workspace
from treadlight.assess.lifecycle.assessment import assess_study
from treadlight.assess.lifecycle.reading import files_of, read_study
from treadlight.assess.lifecycle.result import StudyResult
from treadlight.assess.lifecycle.study import Study
from treadlight.core.errors import InputError, NotFoundError
from treadlight.share.exchange.package import zipped

__all__ = ["ENDING", "SCHEMA", "Archive", "archived", "opened", "software"]

SCHEMA = "treadlight.study-archive/1"

ENDING = ".tlz"
"""How names of archives end."""

_MANIFEST, _RESULT = "manifest.json", "result/result.json"
_LARGEST = 1 << 30
_AGAIN = "ask for the archive again, or make it anew with treadlight lca archive"


@dataclass(frozen=True)
class Archive:
    """An opened archive: its manifest and its files."""

    name: str
    manifest: Mapping[str, Any]
    members: Mapping[str, bytes]

    @cached_property
    def answers(self) -> Answers:
        """What library, estimators and ledger said."""
        return answers_of(self.members)

    @cached_property
    def form(self) -> dict[str, Any]:
        """The result as it was."""
        try:
            found = json.loads(self.members[_RESULT])
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise InputError("holds a result that cannot be read", field="ARCHIVE", value=self.name, remedy=_AGAIN)
        return found

    def samples(self, i: int) -> bytes:
        """The draws of a system's totals, as a file of numpy."""
        name = f"result/samples-{i}.npy"
        if name not in self.members:
            raise InputError("lacks a part", field="ARCHIVE", value=name, remedy=_AGAIN)
        return self.members[name]

    def damaged(self) -> list[str]:
        """Files that are not as the manifest says."""
        listed = self.manifest["files"]
        changed = [p for p in listed if p in self.members and _digest(self.members[p]) != listed[p]]
        return sorted({*changed, *(set(listed) ^ (set(self.members) - {_MANIFEST}))})

    def checked(self) -> "Archive":
        """The archive itself, if it is as it was packed.

        Raises
        ------
        InputError
            If a file of it is another, its study, or its library.
        """
        remedy = f"see treadlight lca verify {self.name}, and ask for the archive again"
        damaged = self.damaged()
        if damaged:
            what = "is not as it was packed: files are damaged or altered"
            raise InputError(what, field="ARCHIVE", value=", ".join(damaged), remedy=remedy)
        told = self.manifest["study"]["digest"], self.manifest["library"]["digest"]
        if (self.study.digest, self.answers.digest) != told:
            what = "is not as it was packed: the digest of its study or its library is another"
            raise InputError(what, field="ARCHIVE", value=self.name, remedy=remedy)
        return self

    @cached_property
    def study(self) -> Study:
        """The study, read from its own files."""
        with tempfile.TemporaryDirectory(prefix="treadlight-study-") as folder:
            for path, data in self.members.items():
                if path.startswith("study/"):
                    target = Path(folder, *PurePosixPath(path).parts)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(data)
            study = read_study(Path(folder, *PurePosixPath(self.manifest["study"]["path"]).parts))
            for path in files_of(study):
                if not _plain(path).is_relative_to(folder):
                    raise InputError("asks for a file outside of it", field="ARCHIVE", value=path, remedy=_AGAIN)
            return study

    def assessed(
        self,
        *,
        draws: int | None = None,
        seed: int | None = None,
        parameters: Mapping[str, float] | None = None,
        scenario: str | None = None,
    ) -> StudyResult:
        """The study, assessed again from what the archive holds; no library or ledger of this machine is asked.

        What is not given is as it was packed.

        Raises
        ------
        InputError
            If the archive lacks what this would take.
        """
        told = self.manifest
        n, start = told["draws"] if draws is None else draws, told["seed"] if seed is None else seed
        if (n, start) != (told["draws"], told["seed"]) and self.answers.estimates:
            what = f"holds estimates of {told['draws']} draws from seed {told['seed']} only"
            raise InputError(what, field="ARCHIVE", value=self.name, remedy="leave --draws, --samples and --seed out")
        chosen = {**told["parameters"], **(parameters or {})}
        return _assessed(Recalled(self.answers), self.study, n, start, chosen, scenario or told["scenario"])


def archived(
    workspace: Workspace,
    study: str | Path,
    *,
    draws: int | None = None,
    seed: int | None = None,
    parameters: Mapping[str, float] | None = None,
    scenario: str | None = None,
) -> bytes:
    """The archive of a study: its files, what library and ledger answered, draws and result; the same each time.

    Its scenarios are answered, too, so that a report or a sensitivity analysis can be made of the archive alone.
    """
    if Path(study).suffix == ENDING:
        raise InputError("is an archive already", field="STUDY", value=str(study), remedy="copy the file")
    read = read_study(study)
    n, start = workspace.draws if draws is None else draws, workspace.seed if seed is None else seed
    recording = Recording(*answering(workspace, read, n, start))
    result = _assessed(recording, read, n, start, parameters, scenario)
    for other in read.scenarios:
        if other.name != scenario:
            _assessed(recording, read, n, start, parameters, other.name)
    own, path = _own_files(read)
    members = {**own, **members_of(recording.held), _RESULT: json_bytes(study_result_form(result))}
    for i, system in enumerate(result.systems):
        members[f"result/samples-{i}.npy"] = array_bytes(system.samples)
    manifest = {
        "schema": SCHEMA,
        "study": {"id": read.id, "path": path, "digest": read.digest},
        "scenario": scenario or None,
        "parameters": dict(parameters or {}),
        "draws": n,
        "seed": start,
        "library": {"version": result.library_version, "digest": result.library_digest},
        "software": software(),
        "files": {name: _digest(data) for name, data in sorted(members.items())},
    }
    return zipped({**members, _MANIFEST: json_bytes(manifest)})


def _assessed(
    asked: Asked, study: Study, draws: int, seed: int, parameters: Mapping[str, float] | None, scenario: str | None
) -> StudyResult:
    return assess_study(
        study,
        asked,
        ledger=asked.summed,
        estimator=asked.estimated,
        draws=draws,
        seed=seed,
        parameters=parameters,
        scenario=scenario,
    )


def software() -> dict[str, str]:
    """Versions on which the last bits of a number may depend."""
    return {
        "treadlight": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def opened(path: str | Path) -> Archive:
    """An archive, read.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InputError
        If it is no archive of a study.
    """
    name = str(path)
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(info.file_size for info in packed.infolist()) > _LARGEST:
                raise InputError("is too large", field="ARCHIVE", value=name, remedy=_AGAIN)
            members = {info.filename: packed.read(info) for info in packed.infolist() if not info.is_dir()}
        manifest = json.loads(members[_MANIFEST])
    except FileNotFoundError:
        raise NotFoundError("no such file", field="ARCHIVE", value=name, remedy="give the path of an archive") from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", field="ARCHIVE", value=name, remedy=_AGAIN) from None
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, NotImplementedError, RuntimeError):
        raise InputError("is no archive of a study", field="ARCHIVE", value=name, remedy=_AGAIN) from None
    _check(name, manifest, members)
    return Archive(name, manifest, members)


def _check(name: str, manifest: Any, members: Mapping[str, bytes]) -> None:
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        found = manifest.get("schema") if isinstance(manifest, dict) else None
        remedy = f"this treadlight reads {SCHEMA}"
        raise InputError("is no archive of a study known here", field="ARCHIVE", value=found, remedy=remedy)
    kinds = {
        "study": dict,
        "parameters": dict,
        "draws": int,
        "seed": int,
        "library": dict,
        "software": dict,
        "files": dict,
    }
    wrong = [key for key, kind in kinds.items() if not isinstance(manifest.get(key), kind)]
    if not wrong:
        inner = {"study": ("id", "path", "digest"), "library": ("version", "digest")}
        wrong = [f"{key}.{name}" for key, names in inner.items() for name in names
                 if not isinstance(manifest[key].get(name), str)]  # fmt: skip
        wrong += [] if "scenario" in manifest else ["scenario"]
    if wrong or manifest["study"].get("path") not in members or _RESULT not in members:
        raise InputError("lacks a part", field="ARCHIVE", value=", ".join(wrong) or "study or result", remedy=_AGAIN)
    for path in members:
        parts = PurePosixPath(path).parts
        if path.startswith("/") or "\\" in path or ":" in path or ".." in parts:
            raise InputError("holds a path that leads out of it", field="ARCHIVE", value=path, remedy=_AGAIN)


def _own_files(study: Study) -> tuple[dict[str, bytes], str]:
    """Files of a study and of those it includes, by path below what they have in common; and the study's own."""
    files = [_plain(path) for path in dict.fromkeys(files_of(study))]
    above = Path(os.path.commonpath([file.parent for file in files]))
    members = {f"study/{file.relative_to(above).as_posix()}": file.read_bytes() for file in files}
    return members, next(iter(members))


def _plain(path: str) -> Path:
    """The whole path without ``..``; links stay, for a study names its files beside itself."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()
