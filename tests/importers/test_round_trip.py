"""What we export in CodeCarbon's form comes back with the same energy and carbon, and never counts twice."""

import csv
from pathlib import Path

import pytest

from importers_samples import SAMPLES
from treadlight.app.exporting import LedgerMaterial
from treadlight.app.importing import import_file
from treadlight.app.workspace import Workspace
from treadlight.share.exports import codecarbon

ALPHA_3 = {"FRA", "DEU", "USA", "GBR", "CAN", "CHE", "SWE"}


@pytest.fixture
def exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An export of a ledger at ``home``, which is the one in use."""
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    import_file(Workspace(), "codecarbon", str(SAMPLES / "codecarbon_v3.csv"))
    path = tmp_path / "ours.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        codecarbon.write(LedgerMaterial(Workspace()), out)
    return path


def _totals(workspace: Workspace) -> dict[str, tuple[float, float]]:
    """Electricity drawn and carbon of use by project."""
    found: dict[str, tuple[float, float]] = {}
    for total in LedgerMaterial(workspace).runs():
        name = total.run.subject.project
        kwh, kg = found.get(name, (0.0, 0.0))
        found[name] = kwh + (total.energy_kwh or 0.0), kg + (total.gwp_kgco2e or 0.0)
    return found


def test_countries_have_three_letters_as_codecarbons_have(exported: Path) -> None:
    with exported.open(newline="", encoding="utf-8") as file:
        codes = {row["country_iso_code"] for row in csv.DictReader(file)} - {""}
    assert codes
    assert codes <= ALPHA_3


def test_another_ledger_gets_the_same_energy_and_carbon(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _totals(Workspace())
    monkeypatch.setenv("TREADLIGHT_HOME", str(exported.parent / "other"))
    outcome = import_file(Workspace(), "codecarbon", str(exported), settings={"treadlight": "as-stated"})
    after = _totals(Workspace())
    assert after.keys() == before.keys()
    for project, (kwh, kg) in before.items():
        assert after[project] == (pytest.approx(kwh, rel=0.05), pytest.approx(kg, rel=0.05)), "medians do not add up"
    assert any("exported by treadlight" in group.reason for group in outcome.flagged)


def test_our_own_export_counts_nothing_twice_in_its_own_ledger(exported: Path) -> None:
    before = _totals(Workspace())
    outcome = import_file(Workspace(), "codecarbon", str(exported), settings={"treadlight": "as-stated"})
    assert (outcome.runs.added, outcome.activities.added) == (0, 0)
    assert any("holds the run itself" in group.reason for group in outcome.flagged)
    assert _totals(Workspace()) == before


@pytest.mark.parametrize("name", ["@SUM(1)", "=1+1", "-vision", "plain", "'quoted"])
def test_a_project_keeps_its_name_and_is_no_formula(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path / "home"))
    sample = (SAMPLES / "codecarbon_v3.csv").read_text(encoding="utf-8")
    (tmp_path / "theirs.csv").write_text(sample.replace(",retina,", f",{name},"), encoding="utf-8")
    import_file(Workspace(), "codecarbon", "theirs.csv")
    before = _totals(Workspace())
    assert name in before
    with (tmp_path / "ours.csv").open("w", newline="", encoding="utf-8") as out:
        codecarbon.write(LedgerMaterial(Workspace()), out)
    with (tmp_path / "ours.csv").open(newline="", encoding="utf-8") as file:
        names = {row["project_name"] for row in csv.DictReader(file)}
    assert not any(written.startswith(("=", "+", "-", "@")) for written in names)
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path / "other"))
    import_file(Workspace(), "codecarbon", "ours.csv", settings={"treadlight": "as-stated"})
    assert _totals(Workspace()).keys() == before.keys()
