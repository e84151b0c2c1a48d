"""Archives that somebody touched are told from those that are whole, by words and by exit code."""

import io
import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from treadlight.app.cli import main as entry
from typed_commands import done, refused

EXAMPLE = Path(__file__).parents[2] / "examples" / "studies" / "chatbot.toml"
Members = dict[str, bytes]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TREADLIGHT_DRAWS", "100")
    monkeypatch.chdir(tmp_path)
    done("lca", "archive", str(EXAMPLE), "-o", "whole.tlz")
    return tmp_path


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., object]]:
    """The exit code of the whole program for some arguments."""

    def ended(*arguments: str) -> object:
        monkeypatch.setattr(sys, "argv", ["treadlight", *arguments])
        with pytest.raises(SystemExit) as stop:
            entry.main()
        return stop.value.code

    yield ended


def altered(change: Callable[[Members], None], *, hidden: bool) -> str:
    """A copy of the archive with other files; with the manifest's hashes made anew, if it is to be hidden."""
    with zipfile.ZipFile("whole.tlz") as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    change(members)
    if hidden:
        manifest = json.loads(members["manifest.json"])
        files = {name: sha256(data).hexdigest() for name, data in members.items() if name != "manifest.json"}
        members["manifest.json"] = json.dumps({**manifest, "files": files}).encode()
    with zipfile.ZipFile("altered.tlz", "w") as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return "altered.tlz"


def other_study(members: Members) -> None:
    name = "study/chatbot.toml"
    members[name] = (
        members[name].replace(b"cut_off_percent = 1", b"cut_off_percent = 2") + b"\n[parameters.zz]\nvalue = 1\n"
    )


def other_samples(members: Members) -> None:
    found = np.load(io.BytesIO(members["result/samples-0.npy"]))
    found[0, 0] *= 1.01
    out = io.BytesIO()
    np.save(out, found)
    members["result/samples-0.npy"] = out.getvalue()


def cut_samples(members: Members) -> None:
    members["result/samples-0.npy"] = members["result/samples-0.npy"][:200]


def no_library(members: Members) -> None:
    del members["data/library.json"]


def test_a_whole_archive_ends_with_0(home: Path, code: Callable[..., object]) -> None:
    assert code("lca", "verify", "whole.tlz") == 0


@pytest.mark.parametrize("change", [other_study, other_samples, no_library])
def test_a_damaged_archive_ends_with_1_and_is_not_assessed(
    home: Path, code: Callable[..., object], capfd: pytest.CaptureFixture[str], change: Callable[[Members], None]
) -> None:
    name = altered(change, hidden=False)
    assert code("lca", "verify", name) == 1
    assert "damaged: " in capfd.readouterr().out
    assert code("lca", "verify", name, "--json") == 1
    assert json.loads(capfd.readouterr().out)["same"] is False
    assert "treadlight lca verify altered.tlz" in refused("lca", "run", name)


@pytest.mark.parametrize("change", [other_study, other_samples])
def test_an_altered_archive_with_new_hashes_ends_with_1(
    home: Path, code: Callable[..., object], capfd: pytest.CaptureFixture[str], change: Callable[[Members], None]
) -> None:
    assert code("lca", "verify", altered(change, hidden=True)) == 1
    assert "differs: " in capfd.readouterr().out


def test_a_study_that_was_changed_under_new_hashes_is_not_assessed(home: Path) -> None:
    assert "treadlight lca verify altered.tlz" in refused("lca", "run", altered(other_study, hidden=True))


@pytest.mark.parametrize(("change", "said"), [(cut_samples, "cannot be read"), (no_library, "data/library.json")])
def test_what_cannot_be_read_is_one_clear_error(
    home: Path, code: Callable[..., object], change: Callable[[Members], None], said: str
) -> None:
    name = altered(change, hidden=True)
    assert said in refused("lca", "verify", name)
    assert code("lca", "verify", name) == 2


def test_what_moves_here_is_told_by_median_and_with_units(home: Path) -> None:
    shown = json.loads(done("lca", "run", "whole.tlz", "--json"))["systems"][0]
    here = json.loads(done("lca", "verify", "whole.tlz", "--here", "--json"))["here"]
    for row in here:
        if row["system"] == shown["id"]:
            told = shown["impacts"][row["category"]]
            assert (row["then"], row["unit"]) == (told["p50"], told["unit"])
    assert "kgCO2e" in done("lca", "verify", "whole.tlz", "--here")


def test_what_a_later_version_tells_besides_is_no_difference(home: Path, code: Callable[..., object]) -> None:
    def less(members: Members) -> None:
        form = json.loads(members["result/result.json"])
        del form["systems"][0]["water"]
        members["result/result.json"] = json.dumps(form).encode()

    assert code("lca", "verify", altered(less, hidden=True)) == 0


def test_a_result_that_is_told_otherwise_is_a_difference(
    home: Path, code: Callable[..., object], capfd: pytest.CaptureFixture[str]
) -> None:
    def other(members: Members) -> None:
        form = json.loads(members["result/result.json"])
        form["systems"][0]["impacts"]["gwp"]["p50"] *= 2
        members["result/result.json"] = json.dumps(form).encode()

    assert code("lca", "verify", altered(other, hidden=True)) == 1
    assert "systems[0].impacts.gwp.p50" in capfd.readouterr().out


def test_reports_and_exports_refuse_before_they_work(home: Path) -> None:
    Path("a-file").write_text("")
    assert "is no form" in refused("lca", "report", str(EXAMPLE), "report.docx")
    assert "is no folder" in refused("lca", "report", str(EXAMPLE), "report.md", "--tables", "a-file")
    assert not Path("report.md").exists()
    assert "folder that is not there" in refused("lca", "report", str(EXAMPLE), "report.md", "--tables", "no/such")
    assert "folder that is not there" in refused("lca", "export", str(EXAMPLE), "no/such", "--to", "bw")
    assert not Path("no").exists()
    Path("tables/sources.csv").mkdir(parents=True)
    assert "--tables" in refused("lca", "report", str(EXAMPLE), "report.md", "--tables", "tables")
    assert not Path("report.md").exists()


@pytest.fixture
def elsewhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The archive, where neither its study nor another library is configured, and other draws are."""
    monkeypatch.setenv("TREADLIGHT_HOME", str(home / "other"))
    monkeypatch.setenv("TREADLIGHT_DRAWS", "150")
    return home


def test_an_archive_stands_for_its_study_in_every_command(elsewhere: Path) -> None:
    run = json.loads(done("lca", "run", "whole.tlz", "--json"))
    told = run["systems"][0]["impacts"]["gwp"]["p50"]
    report = json.loads(done("lca", "report", "whole.tlz", "--json"))
    assert run["study"]["digest"] in json.dumps(report) and "sweden" in json.dumps(report)
    moved = json.loads(done("lca", "sensitivity", "whole.tlz", "--category", "gwp", "--json"))
    assert "sweden" in json.dumps(moved)
    assert json.loads(done("lca", "why", "whole.tlz", "--json"))["amount"] == pytest.approx(told)
    done("lca", "export", "whole.tlz", "tables", "--to", "csv")
    assert list(Path("tables").glob("*.csv"))
    for form in ("bw", "openlca"):
        done("lca", "export", "whole.tlz", f"{form}.zip", "--to", form)
    sides = refused("lca", "compare", "whole.tlz")
    assert "own-model" in sides


def test_an_archive_is_whole_before_anything_is_made_of_it(elsewhere: Path) -> None:
    name = altered(other_study, hidden=False)
    for command in (("report", name, "r.html"), ("sensitivity", name), ("export", name, "out", "--to", "csv"),
                    ("why", name), ("compare", name)):  # fmt: skip
        assert "is not as it was packed" in refused("lca", *command)
    assert not Path("r.html").exists() and not Path("out").exists()


def test_what_an_archive_cannot_answer_is_refused_with_the_remedy(elsewhere: Path) -> None:
    assert "holds estimates of 100 draws" in refused("lca", "sensitivity", "whole.tlz", "--samples", "64")
    assert "is an archive already" in refused("lca", "archive", "whole.tlz", "-o", "again.tlz")


def test_an_archive_answers_its_scenarios_as_the_study_does(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = json.loads(done("lca", "run", "whole.tlz", "--scenario", "sweden", "--json"))
    here = json.loads(done("lca", "run", str(EXAMPLE), "--scenario", "sweden", "--draws", "100", "--json"))
    assert packed["systems"] == here["systems"]
