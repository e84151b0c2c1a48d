"""What every importer promises, whoever wrote it: run over all that are found by name, on all samples."""

import hashlib
import random
from pathlib import Path

import pytest

from importers_samples import ALL, SETTINGS, Whole, format_of, import_sample, variants
from treadlight.app.importing import import_file
from treadlight.app.workspace import Workspace
from treadlight.core.activity import Activity, EvidenceMethod
from treadlight.core.errors import InputError
from treadlight.importers import source as source_module
from treadlight.importers.frame import ImporterInfo, Option, Options, formats, importer
from treadlight.importers.source import Source
from treadlight.ledger.store import Filter

ROOT = Path(__file__).parents[2]
FILES = [sample for sample in ALL if sample.is_file()]
LINED = [sample for sample in FILES if sample.suffix in (".csv", ".jsonl", ".txt", ".psv", ".log")]


def _id(sample: Path) -> str:
    return sample.name


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return Workspace()


def _facts(whole: Whole) -> dict[str, tuple[str, float, str, str]]:
    return {a.id: (a.flow, a.amount, str(a.uncertainty), a.parent) for a in whole.activities.values()}


@pytest.mark.parametrize("name", formats())
def test_every_importer_states_its_facts_as_data(name: str) -> None:
    info = importer(name).INFO
    assert isinstance(info, ImporterInfo)
    assert info.name == name
    assert all((info.title, info.reads, info.accepts, info.gives, info.error, info.version))
    assert all(isinstance(option, Option) and option.meaning for option in info.options)


@pytest.mark.parametrize("name", formats())
def test_every_importer_has_a_sample(name: str) -> None:
    assert name in {format_of(sample) for sample in ALL}


@pytest.mark.parametrize("name", formats())
def test_every_importer_has_its_row_and_its_section(name: str) -> None:
    page = ROOT / "docs" / "reference" / "importers.md"
    if not page.exists():
        pytest.skip("the documentation is not here")
    text = page.read_text(encoding="utf-8")
    info = importer(name).INFO
    assert f"| [`{name}`](#{name}) |" in text
    section = " ".join(text.partition(f"\n## {name}\n")[2].partition("\n## ")[0].split())
    for fact in (info.reads, info.accepts, info.gives, info.error):
        assert " ".join(fact.split()) in section, f"docs/reference/importers.md lacks: {fact}"
    for option in info.options:
        assert f"`{option.name}`" in section


@pytest.mark.parametrize("name", formats())
def test_the_page_that_why_names_exists(name: str) -> None:
    if not (ROOT / "docs").exists():
        pytest.skip("the documentation is not here")
    assert (ROOT / "docs" / "methodology" / f"{name}.md").exists()


@pytest.mark.parametrize("sample", ALL, ids=_id)
def test_a_sample_gives_activities_or_counts(sample: Path) -> None:
    whole = import_sample(sample)
    assert whole.activities or any(run.counts for run in whole.runs.values())


@pytest.mark.parametrize("sample", ALL, ids=_id)
def test_evidence_names_importer_version_and_digest_of_the_original(sample: Path) -> None:
    digest = hashlib.sha256(sample.read_bytes()).hexdigest() if sample.is_file() else Source(sample).digest
    info = importer(format_of(sample)).INFO
    whole = import_sample(sample)
    for activity in whole.activities.values():
        found = activity.evidence
        assert (found.source, found.version, found.digest) == (info.name, info.version, digest)
        assert found.basis
        assert isinstance(found.method, EvidenceMethod)
    assert all(run.journal_digest == digest for run in whole.runs.values())


@pytest.mark.parametrize("sample", ALL, ids=_id)
def test_amounts_are_known_and_their_doubt_is_stated(sample: Path) -> None:
    for activity in import_sample(sample).activities.values():
        assert activity.amount > 0 or activity.supersedes, "what is unknown is left out, not zero"
        assert activity.cause
        if activity.flow.startswith("electricity."):
            assert activity.uncertainty.quantile(0.05) < 1 < activity.uncertainty.quantile(0.95)


@pytest.mark.parametrize("sample", ALL, ids=_id)
def test_activities_name_a_run_of_the_file_or_none(sample: Path) -> None:
    whole = import_sample(sample)
    assert {a.parent for a in whole.activities.values()} <= {"", *whole.runs}


@pytest.mark.parametrize("sample", ALL, ids=_id)
def test_reading_twice_gives_the_same(sample: Path) -> None:
    assert import_sample(sample) == import_sample(sample)


@pytest.mark.parametrize("sample", ALL, ids=_id)
def test_importing_twice_adds_nothing(sample: Path, workspace: Workspace) -> None:
    settings = SETTINGS.get(sample.name)
    first = import_file(workspace, format_of(sample), str(sample), settings=settings)
    root = workspace.ledger.head()
    again = import_file(workspace, format_of(sample), str(sample), settings=settings)
    assert first.activities.added + first.runs.added > 0
    assert (again.activities.added, again.activities.replaced, again.runs.added, again.runs.replaced) == (0, 0, 0, 0)
    assert workspace.ledger.head() == root
    assert workspace.ledger.verify().ok


@pytest.mark.parametrize("sample", LINED, ids=_id)
def test_a_file_that_has_grown_is_counted_once(sample: Path, workspace: Workspace, tmp_path: Path) -> None:
    lines = sample.read_text(encoding="utf-8").splitlines(keepends=True)
    whole = import_sample(sample)
    for end in (len(lines) // 2, len(lines) - 1, len(lines)):
        part = tmp_path / sample.name
        part.write_text("".join(lines[:end]), encoding="utf-8")
        try:
            import_file(workspace, format_of(sample), str(part), settings=SETTINGS.get(sample.name))
        except InputError:
            assert end < len(lines), "half a file may hold nothing yet, the whole of it may not"
    standing = _by_flow(workspace.ledger.activities(Filter()))
    assert standing == pytest.approx(whole.sums(), rel=1e-9)


def _by_flow(activities: object) -> dict[str, float]:
    found: dict[str, float] = {}
    for activity in activities:  # type: ignore[attr-defined]
        assert isinstance(activity, Activity)
        found[activity.flow] = found.get(activity.flow, 0.0) + activity.amount
    return found


@pytest.mark.parametrize("sample", FILES, ids=_id)
def test_packing_encoding_and_line_ends_change_nothing(sample: Path, tmp_path: Path) -> None:
    plain = _facts(import_sample(sample))
    for name, variant in variants(sample, tmp_path).items():
        assert _facts(import_sample(variant)) == plain, name


@pytest.mark.parametrize("name", formats())
def test_an_unknown_option_is_refused_with_what_there_is(name: str) -> None:
    with pytest.raises(InputError, match="--set"):
        Options.of(importer(name).INFO, given={"no-such-option": "1"})


@pytest.mark.parametrize("name", formats())
@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\xff\xfe\x00" * 40, ""),
        (b"<!doctype html><html><body>Sign in</body></html>", "web page"),
        (b"PK\x03\x04 and more", "zip"),
        (b"\x1f\x8b\x08\x00 no gzip", "damaged"),
        (b"a,b,c\n1,2,3\n", ""),
        (b'{"a": 1}\n', ""),
        (b"[]", ""),
        (b'{"a": ', ""),
        (b"--- \n", ""),
    ],
    ids=[
        "empty",
        "blank",
        "binary",
        "html",
        "zip",
        "cut gzip",
        "other csv",
        "other json",
        "no items",
        "cut json",
        "yaml",
    ],
)
def test_what_is_no_such_file_is_refused_in_one_line(
    name: str, data: bytes, word: str, workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "given.dat"
    path.write_bytes(data)
    with pytest.raises(InputError) as raised:
        import_file(workspace, name, str(path))
    assert word in str(raised.value)
    assert "\n" not in str(raised.value)


def _of_another(name: str) -> list[Path]:
    return [sample for sample in FILES if format_of(sample) != name]


@pytest.mark.parametrize("name", formats())
def test_files_of_other_formats_are_refused_whole_and_cut(name: str, workspace: Workspace, tmp_path: Path) -> None:
    for sample in _of_another(name):
        for share in (1.0, 0.6, 0.2):
            data = sample.read_bytes()
            path = tmp_path / f"other{sample.suffix}"
            path.write_bytes(data[: int(len(data) * share)])
            with pytest.raises(InputError):
                import_file(workspace, name, str(path))


@pytest.mark.parametrize("sample", FILES, ids=_id)
def test_a_file_cut_before_its_first_row_ends_is_refused(sample: Path, workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / sample.name
    for length in (2, 30, 60):
        path.write_bytes(sample.read_bytes()[:length])
        with pytest.raises(InputError):
            import_file(workspace, format_of(sample), str(path), settings=SETTINGS.get(sample.name))


@pytest.mark.parametrize("name", formats())
def test_a_folder_or_a_missing_file_is_refused(name: str, workspace: Workspace, tmp_path: Path) -> None:
    for where in (str(tmp_path), str(tmp_path / "missing.csv"), "ftp://host/file.csv"):
        with pytest.raises(InputError):
            import_file(workspace, name, where)


@pytest.mark.parametrize("sample", FILES, ids=_id)
def test_a_damaged_file_is_refused_or_read_and_nothing_else(sample: Path, tmp_path: Path) -> None:
    rng = random.Random(sample.name)
    data = sample.read_bytes()
    for turn in range(60):
        spoilt = bytearray(data)
        for _ in range(rng.randint(1, 4)):
            _spoil(spoilt, rng)
        path = tmp_path / sample.name
        path.write_bytes(bytes(spoilt))
        try:
            whole = import_sample(path)
        except InputError as error:
            assert str(error).strip(), turn
            continue
        assert all(a.amount >= 0 or a.supersedes for a in whole.activities.values())
        assert all(note.reason for note in (*whole.rejected, *whole.flags))


def _spoil(data: bytearray, rng: random.Random) -> None:
    """Cut, repeat, or replace a piece by what files hold when something went wrong."""
    at = rng.randrange(max(1, len(data)))
    length = rng.randint(1, 40)
    pieces = (
        b"",
        b"-1",
        b"NaN",
        b"1e400",
        b'"',
        b",,",
        b"\n",
        b"null",
        b"{}",
        b"\xff\xfe",
        b"\x00",
        "½".encode(),
        b"-0.0",
    )
    if rng.random() < 0.15:
        del data[at:]
    elif rng.random() < 0.3:
        data[at:at] = data[at : at + length]
    else:
        data[at : at + rng.randint(0, length)] = rng.choice(pieces)


@pytest.mark.parametrize("sample", LINED, ids=_id)
def test_a_line_that_is_too_long_is_counted_and_the_others_are_read(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_module, "MAX_LINE", 200_000)
    plain = import_sample(sample)
    path = tmp_path / sample.name
    path.write_text(sample.read_text(encoding="utf-8").rstrip("\n") + "\n" + "x" * 3_000_000 + "\n", encoding="utf-8")
    long = import_sample(path)
    assert _facts(long) == _facts(plain)
    assert len(long.rejected) == len(plain.rejected) + 1
    assert any("longer than" in reason for reason in long.reasons())


def test_samples_are_read_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    for sample in ALL:
        whole = import_sample(sample)
        assert whole.activities or whole.runs
