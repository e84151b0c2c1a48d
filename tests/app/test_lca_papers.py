"""Reports, exports and archives of studies as a person makes them."""

import csv
import io
import json
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

import typed_commands
from treadlight.core.activity import Activity, Evidence, EvidenceMethod, Location, Subject
from treadlight.core.ids import new_id
from treadlight.ledger.store import Ledger
from treadlight.share.exchange.package import zipped
from typed_commands import typed

EXAMPLES = Path(__file__).parents[2] / "examples" / "studies"
STUDY = """
schema = "treadlight.study/1"
id = "outer"
goal = { purpose = "test", audience = ["testers"], date = "2026-11-22" }
[scope]
function = "answer"
functional_unit = { name = "one", amount = 1, unit = "request" }
boundary = ["training"]
zone = "FR"
[[process_table]]
file = "tables/own.csv"
[[system]]
id = "all"
delivers = 10
[[system.stage]]
name = "training"
[[system.stage.item]]
name = "metered"
ledger = { project = "x" }
[[system.stage.item]]
name = "inner"
study = "../inner.toml"
[[system.stage.item]]
name = "own"
process = "fan"
amount = 2
[[system.stage.item]]
name = "estimated"
estimate = { kind = "training", device_hours = 10, hardware = "H100" }
"""
INNER = """
schema = "treadlight.study/1"
id = "inner"
goal = { purpose = "test", audience = ["testers"] }
[scope]
function = "answer"
functional_unit = { name = "one", amount = 1, unit = "request" }
boundary = ["training"]
[[system]]
id = "all"
delivers = 1
[[system.stage]]
name = "training"
[[system.stage.item]]
name = "power"
flow = "electricity.it"
amount = "lognormal(3, 1.2)"
"""
TABLE = (
    'process,unit,target,amount,source\nfan,hour,gwp,"lognormal(0.2, 1.5)",maker\nfan,hour,electricity.it,0.1,meter\n'
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TREADLIGHT_DRAWS", "100")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return typed("lca", *arguments)


def done(*arguments: str) -> str:
    return typed_commands.done("lca", *arguments)


def refused(*arguments: str) -> str:
    return typed_commands.refused("lca", *arguments)


def whole(home: Path) -> str:
    """A study that asks for everything: a table, another study, the ledger, an estimate."""
    (home / "studies" / "tables").mkdir(parents=True)
    (home / "studies" / "outer.toml").write_text(STUDY)
    (home / "studies" / "tables" / "own.csv").write_text(TABLE)
    (home / "inner.toml").write_text(INNER)
    (home / "home").mkdir(exist_ok=True)
    start = datetime(2026, 3, 1, tzinfo=UTC)
    metered = Evidence(EvidenceMethod.METERED, "counter", "nvml", "1")
    activity = Activity(new_id(start.timestamp()), start, start + timedelta(hours=1), "electricity.it", 5.0, metered,
                        subject=Subject(project="x"), location=Location(zone="DE"))  # fmt: skip
    with Ledger.open(str(home / "home" / "ledger.sqlite"), parents=True) as ledger:
        ledger.append([activity])
    return "studies/outer.toml"


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.toml")))
def test_every_example_has_a_page_a_text_and_tables(home: Path, name: str) -> None:
    study = str(EXAMPLES / f"{name}.toml")
    done("report", study, "report.html", "--tables", "tables")
    page = Path("report.html").read_text()
    assert page.startswith("<!doctype html>") or "<!doctype html>" in page[:40]
    assert "nan" not in page.partition("</style>")[2].replace("nan&#39;", "").lower().split()
    text = done("report", study, "--md")
    form = json.loads(done("report", study, "--json"))
    names = {path.stem for path in Path("tables").iterdir()}
    blocks = [b for s in form["sections"] for b in s["blocks"]]
    assert names == {b.get("name") or b["table"]["name"] for b in blocks if b["kind"] in ("table", "figure")}
    result = json.loads(done("run", study, "--json"))
    rows = {(r["system"], r["category"]): r for path in Path("tables").glob("impacts*.csv")
            for r in csv.DictReader(io.StringIO(path.read_text()))}  # fmt: skip
    for one in result["systems"]:
        for category, impact in one["impacts"].items():
            written = rows[one["id"], category]["p50"]
            assert (float(written) if written else None) == (
                pytest.approx(impact["p50"], rel=1e-8) if impact["p50"] is not None else None
            )
    for warning in result["warnings"]:
        assert warning["text"].partition(":")[0] in text


def test_a_files_ending_says_the_form(home: Path) -> None:
    done("report", str(EXAMPLES / "vision-edge.toml"), "report.md")
    assert Path("report.md").read_text().startswith("# ")
    done("report", str(EXAMPLES / "vision-edge.toml"), "report.json")
    assert json.loads(Path("report.json").read_text())["schema"] == "treadlight.study-report/1"


def test_pdf_says_what_is_missing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = str(EXAMPLES / "vision-edge.toml")
    assert "--pdf: needs a FILE" in refused("report", study, "--pdf")
    monkeypatch.setenv("TREADLIGHT_CHROMIUM", str(home / "none"))
    assert "report.chromium: is no program" in refused("report", study, "report.pdf")
    monkeypatch.delenv("TREADLIGHT_CHROMIUM")
    monkeypatch.setenv("PATH", str(home))
    assert "no Chromium is on this machine" in refused("report", study, "report.pdf")
    broken = home / "broken"
    broken.write_text("#!/bin/sh\necho it is broken >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("TREADLIGHT_CHROMIUM", str(broken))
    assert "printed nothing (it is broken)" in refused("report", study, "report.pdf")
    assert not Path("report.pdf").exists()


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine")
def test_pdf_is_printed(home: Path) -> None:
    done("report", str(EXAMPLES / "vision-edge.toml"), "report.pdf")
    assert Path("report.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("form", ["bw", "openlca", "csv"])
def test_exports_are_written_as_folder_or_zip(home: Path, form: str) -> None:
    study = str(EXAMPLES / "vision-edge.toml")
    told = json.loads(done("export", study, "out", "--to", form, "--json"))
    assert sorted(str(p.relative_to("out")) for p in Path("out").rglob("*") if p.is_file()) == told["files"]
    done("export", study, "out.zip", "--to", form)
    with zipfile.ZipFile("out.zip") as packed:
        assert sorted(packed.namelist()) == told["files"]
        assert all(packed.read(name) == Path("out", name).read_bytes() for name in told["files"])
    assert "is there already, and not an empty folder" in refused("export", study, "out", "--to", form)
    assert "is no form, got 'ilcd'; use one of bw, openlca, csv" in refused("export", study, "new", "--to", "ilcd")


def test_an_archive_gives_the_same_result_where_nothing_else_is(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done("archive", whole(home), "-o", "a.tlz")
    done("archive", "studies/outer.toml", "-o", "b.tlz")
    assert Path("a.tlz").read_bytes() == Path("b.tlz").read_bytes()
    was = done("run", "studies/outer.toml", "--json")
    for name in ("studies", "inner.toml", "home"):
        place = home / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    monkeypatch.setenv("TREADLIGHT_DRAWS", "500")  # another configuration, and an empty ledger
    monkeypatch.setenv("TREADLIGHT_SITE_PUE", "3")
    assert "the same to the bit: study outer, 100 draws from seed 0" in done("verify", "a.tlz")
    assert done("run", "a.tlz", "--json") == was
    fewer = json.loads(done("run", "a.tlz", "--json"))
    assert [item["item"] for item in fewer["systems"][0]["quality"]]
    assert "holds estimates of 100 draws from seed 0 only" in refused("run", "a.tlz", "--draws", "70")
    assert "finds no activity" in refused("verify", "a.tlz", "--here")


def changed(archive: str, path: str, data: bytes, **more: object) -> None:
    """The archive with another file in it; its manifest stays unless it is given."""
    with zipfile.ZipFile(archive) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    manifest = json.loads(members["manifest.json"]) | more
    members |= {path: data, "manifest.json": json.dumps(manifest).encode()}
    Path("changed.tlz").write_bytes(zipped(members))


def test_what_was_changed_is_named_and_the_answer_is_no(home: Path) -> None:
    done("archive", whole(home), "-o", "a.tlz")
    changed("a.tlz", "study/inner.toml", INNER.replace("lognormal(3", "lognormal(4").encode())
    result = run("verify", "changed.tlz")
    assert result.return_value == 1
    assert "damaged: study/inner.toml" in result.stdout
    assert "the same to the bit" not in result.stdout


def test_a_result_that_does_not_follow_is_told_with_its_size(home: Path) -> None:
    from hashlib import sha256

    done("archive", whole(home), "-o", "a.tlz")
    with zipfile.ZipFile("a.tlz") as packed:
        samples = np.load(io.BytesIO(packed.read("result/samples-0.npy")))
        files = json.loads(packed.read("manifest.json"))["files"]
    samples[0] *= 1.5
    out = io.BytesIO()
    np.save(out, samples)
    files["result/samples-0.npy"] = sha256(out.getvalue()).hexdigest()
    changed("a.tlz", "result/samples-0.npy", out.getvalue(), files=files, software={"treadlight": "0.0"})
    result = run("verify", "changed.tlz")
    assert result.return_value == 1
    assert "differs: all: climate change differs by up to 3.3e-01 of itself in 100 of 100 draws" in result.stdout
    assert "other here: treadlight is" in result.stdout


def test_an_archive_from_a_stranger_is_read_with_care(home: Path) -> None:
    done("archive", whole(home), "-o", "a.tlz")
    Path("no.tlz").write_bytes(b"PK\x03\x04 no zip at all")
    assert "is no archive of a study" in refused("verify", "no.tlz")
    assert "no such file" in refused("verify", "none.tlz")
    changed("a.tlz", "../../escaped.txt", b"x")
    assert "holds a path that leads out of it" in refused("verify", "changed.tlz")
    changed("a.tlz", "x", b"x", schema="treadlight.study-archive/9")
    assert "is no archive of a study known here" in refused("verify", "changed.tlz")
    changed("a.tlz", "x", b"x", draws="many")
    assert "lacks a part, got 'draws'" in refused("verify", "changed.tlz")
    assert not list(home.rglob("escaped.txt"))
