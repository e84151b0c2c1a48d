"""`treadlight import` as a person uses it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from importers_samples import SAMPLES
from treadlight.app.importing import import_file
from treadlight.app.workspace import Workspace
from treadlight.core.errors import InputError
from treadlight.importers.frame import Fill, formats
from treadlight.importers.source import Source
from treadlight.ledger.store import Ledger


class Shell:
    """Runs ``treadlight`` in a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("TREADLIGHT_")}
        self.env |= {"TREADLIGHT_HOME": str(folder / "home"), "NO_COLOR": "1"}

    def __call__(self, *arguments: str, code: int = 0, given: bytes = b"") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "treadlight", *arguments],
            env=self.env,
            cwd=self.folder,
            capture_output=True,
            input=given,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert "Traceback" not in err, err
        assert done.returncode == code, err
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "--json").stdout)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return Workspace()


V3 = str(SAMPLES / "codecarbon_v3.csv")


def test_an_import_says_what_came_of_each_row(shell: Shell) -> None:
    said = shell("import", "codecarbon", V3).stderr
    for words in ("3 added, 0 already there", "2.177 kWh of electricity.it", "silent default", "treadlight show ",
                  "rejected    1 × energy_consumed: is negative", "(line 6: -0.0225)"):  # fmt: skip
        assert words in said
    assert "0 added, 3 already there" in shell("import", "codecarbon", V3).stderr


def test_json_is_the_same_as_data(shell: Shell) -> None:
    found = shell.json("import", "codecarbon", V3)
    assert (found["schema"], found["dry_run"]) == ("treadlight.import/1", False)
    (file,) = found["files"]
    assert file["runs"] == {"added": 3, "already_there": 0, "replaced": 0}
    assert file["amounts"]["electricity.it"]["unit"] == "kWh"
    assert file["rejected"][0]["count"] == 1
    assert len(file["digest"]) == 64
    assert [r["name"] for r in shell.json("runs")] == ["retina"] * 3


def test_a_trial_writes_nothing(shell: Shell) -> None:
    said = shell("import", "codecarbon", V3, "--dry-run").stderr
    assert "only a trial" in said
    assert "3 added" in said
    assert not (shell.folder / "home").exists()


def test_strict_refuses_the_whole_file_for_one_row(shell: Shell) -> None:
    done = shell("import", "codecarbon", V3, "--strict", code=2)
    assert "line 6" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert shell.json("runs") == []


def test_what_the_file_lacks_is_filled_and_what_it_says_is_kept(shell: Shell) -> None:
    v1 = str(SAMPLES / "codecarbon_v1.csv")
    given = ("--project", "given", "--team", "estuary", "--stage", "training", "--zone", "SE")
    shell("import", "codecarbon", V3, v1, *given)
    runs = shell.json("runs", "--team", "estuary", "--stage", "training")
    assert {r["project"] for r in runs} == {"retina", "given"}
    with Ledger.open(shell.folder / "home" / "ledger.sqlite") as ledger:
        zones = {run.location.zone for run in ledger.runs()}
    assert zones == {"FR", "DE", "SE", ""}  # stated, stated, filled where unknown, and a cloud region's own


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["import"], ["FILE", "FORMAT"]),
        (["import", "codecarbon"], ["FILE", "treadlight import codecarbon FILE"]),
        (["import", "codecabron", "x.csv"], ["codecabron", "did you mean codecarbon"]),
        (["import", "codecarbon", "/no/such/file.csv"], ["/no/such/file.csv", "does not exist"]),
        (["import", "codecarbon", "ftp://host/x.csv"], ["ftp://host/x.csv"]),
        (["import", "codecarbon", V3, "--zone", "Atlantis"], ["zone", "Atlantis"]),
        (["import", "codecarbon", V3, "--stage", "cooking"], ["--stage", "cooking", "training"]),
        (["import", "codecarbon", V3, "--set", "timezone"], ["--set", "timezone", "NAME=VALUE"]),
        (["import", "codecarbon", V3, "--set", "timezon=UTC"], ["timezon=UTC", "did you mean timezone"]),
        (["import", "codecarbon", V3, "--set", "timezone=Mars"], ["timezone", "Mars"]),
        (["import", "wandb", V3], ["codecarbon_v3.csv"]),
        (["import", V3], ["treadlight import FORMAT FILE"]),
        (["import", "ledger.jsonl", "--dry-run"], ["jsonl"]),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(shell: Shell, arguments: list[str], words: list[str]) -> None:
    done = shell(*arguments, code=2)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    for word in words:
        assert word in line
    assert not (shell.folder / "home" / "ledger.sqlite").exists() or shell.json("runs") == []


def test_a_ledger_is_still_imported_by_its_file_alone_by_name_and_from_standard_input(
    shell: Shell, tmp_path: Path
) -> None:
    shell("import", "codecarbon", V3)
    shell("export", "ledger.jsonl")
    file = str(shell.folder / "ledger.jsonl")
    data = Path(file).read_bytes()
    for i, words in enumerate(([file], ["jsonl", "-"])):
        folder = tmp_path / f"other{i}"
        folder.mkdir()
        other = Shell(folder)
        assert "skipped 0" in other("import", *words, given=data).stderr
        assert len(other.json("runs")) == 3
    assert "appended 0" in shell("import", file).stderr


def test_standard_input_is_imported_like_a_file(shell: Shell) -> None:
    data = (SAMPLES / "ecologits_ranges.jsonl").read_bytes()
    assert "2 added" in shell("import", "ecologits", "-", given=data).stderr
    assert "0 added, 2 already there" in shell("import", "ecologits", str(SAMPLES / "ecologits_ranges.jsonl")).stderr


def test_the_list_names_every_format_and_its_options(shell: Shell) -> None:
    said = shell("import", "--list").stdout
    assert all(f"{name} " in said for name in formats())
    assert "--set timezone=" in said
    assert {form["name"] for form in shell.json("import", "--list")} == set(formats())


def test_several_files_are_each_imported_whole_or_not_at_all(shell: Shell) -> None:
    (shell.folder / "bad.csv").write_text("a,b\n1,2\n")
    done = shell("import", "codecarbon", str(SAMPLES / "codecarbon_v1.csv"), "bad.csv", code=2)
    assert "bad.csv" in done.stderr
    assert len(shell.json("runs")) == 2


def test_every_number_answers_why(shell: Shell) -> None:
    shell("import", "codecarbon", V3)
    (file,) = shell.json("import", "codecarbon", V3)["files"]
    tree = shell.json("why", file["run_ids"][0])
    assert tree["amount"] > 0
    activity = tree["children"][0]["children"][0]["children"][0]
    assert shell("why", activity["id"]).stdout


def test_an_unknown_zone_is_left_unknown_and_kept_as_a_label(workspace: Workspace, tmp_path: Path) -> None:
    text = Path(V3).read_text().replace("FRA", "XYZ")
    (tmp_path / "codecarbon_x.csv").write_text(text)
    done = import_file(workspace, "codecarbon", str(tmp_path / "codecarbon_x.csv"))
    assert any("does not know this zone" in group.reason for group in done.flagged)
    assert "XYZ" in {run.labels.get("stated.zone") for run in workspace.ledger.runs()}
    assert "XYZ" not in {run.location.zone for run in workspace.ledger.runs()}


def test_what_happened_elsewhere_does_not_get_the_place_of_this_machine(workspace: Workspace, tmp_path: Path) -> None:
    import_file(workspace, "ecologits", str(SAMPLES / "ecologits_scalar.json"))
    import_file(workspace, "codecarbon", str(SAMPLES / "codecarbon_v1.csv"))
    sites = {a.evidence.source: a.location.site for a in workspace.ledger.activities() if not a.location.zone}
    assert sites == {"ecologits": "elsewhere", "codecarbon": ""}


def test_a_later_word_about_the_same_fact_replaces_the_earlier(workspace: Workspace) -> None:
    v1 = str(SAMPLES / "codecarbon_v1.csv")
    import_file(workspace, "codecarbon", v1)
    again = import_file(workspace, "codecarbon", v1, settings={"timezone": "Europe/Berlin"})
    assert (again.activities.added, again.activities.replaced) == (0, 2)
    assert len(list(workspace.ledger.activities())) == 2
    filled = import_file(workspace, "codecarbon", v1, Fill(project="late"), {"timezone": "Europe/Berlin"})
    assert filled.runs.replaced == 2


def test_another_date_of_an_undated_file_is_no_news(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "ecologits_scalar.json"
    path.write_bytes((SAMPLES / "ecologits_scalar.json").read_bytes())
    import_file(workspace, "ecologits", str(path))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    again = import_file(workspace, "ecologits", str(path))
    assert (again.activities.known, again.activities.added, again.activities.replaced) == (1, 0, 0)
    dated = import_file(workspace, "ecologits", str(path), settings={"date": "2024"})
    assert (dated.activities.replaced, dated.runs.replaced) == (1, 1)
    undated = import_file(workspace, "ecologits", str(path))
    assert (undated.activities.known, undated.runs.known) == (1, 1), "an assumed date does not replace a stated one"


def test_a_corrected_activity_is_not_brought_back(workspace: Workspace) -> None:
    from dataclasses import replace

    v1 = str(SAMPLES / "codecarbon_v1.csv")
    import_file(workspace, "codecarbon", v1)
    wrong = next(iter(workspace.ledger.activities()))
    workspace.ledger.append([replace(wrong, id=wrong.id[:-4] + "0000", amount=1.0, supersedes=wrong.id)])
    again = import_file(workspace, "codecarbon", v1)
    assert again.activities.added == again.activities.replaced == 0
    assert wrong.id not in {a.id for a in workspace.ledger.activities()}


def test_a_file_that_changes_while_it_is_read_is_refused(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "codecarbon_v1.csv"
    path.write_bytes((SAMPLES / "codecarbon_v1.csv").read_bytes())
    whole = Source.rows

    def growing(self: Source, delimiter: str = ",") -> Any:
        yield from whole(self, delimiter)
        with path.open("a") as file:
            file.write("2024-01-01T00:00:00,x,y,1,2,3,,,,,,\n")

    monkeypatch.setattr(Source, "rows", growing)
    with pytest.raises(InputError, match="changed while it was read"):
        import_file(workspace, "codecarbon", str(path))
    assert workspace.ledger.runs() == []


def test_a_full_disk_leaves_nothing_half_written(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    import_file(workspace, "codecarbon", str(SAMPLES / "codecarbon_v1.csv"))
    root = workspace.ledger.head()
    from treadlight.ledger import append

    def full(*_: object) -> None:
        raise InputError("disk full", field="ledger")

    monkeypatch.setattr(append.Appender, "_stand", full)
    with pytest.raises(InputError, match="disk full"):
        import_file(workspace, "codecarbon", V3)
    monkeypatch.undo()
    assert workspace.ledger.head() == root
