"""What an export is made of: what was withdrawn is not in it, and what used nothing is."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest

from importers_samples import SAMPLES
from treadlight.app.exporting import LedgerMaterial
from treadlight.app.importing import import_file
from treadlight.app.workspace import Workspace
from treadlight.importers.frame import Fill
from treadlight.share.exports import codecarbon, opentelemetry, prometheus


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return Workspace()


@pytest.fixture
def renamed(workspace: Workspace) -> Workspace:
    """A ledger with a run that stands, and under another name and project one that was withdrawn."""
    for name in ("old", "new"):
        import_file(workspace, "wandb", str(SAMPLES / "wandb_events.csv"), Fill(project=name), {"run": name})
    return workspace


def test_a_withdrawn_run_is_no_row_of_codecarbon(renamed: Workspace) -> None:
    out = io.StringIO()
    codecarbon.write(LedgerMaterial(renamed), out)
    (row,) = csv.DictReader(out.getvalue().splitlines())
    assert row["project_name"] == "new"
    assert float(row["energy_consumed"]) > 0


def test_a_withdrawn_run_is_no_series_of_prometheus_or_opentelemetry(renamed: Workspace) -> None:
    for export in (prometheus, opentelemetry):
        out = io.StringIO()
        export.write(LedgerMaterial(renamed), out)
        assert "new" in re.findall(r'"(old|new)"', out.getvalue())
        assert "old" not in re.findall(r'"(old|new)"', out.getvalue())


def test_what_used_nothing_is_exported_as_that(renamed: Workspace) -> None:
    (run,) = (run for run in renamed.ledger.runs() if run.subject.project == "new")
    activity = next(a for a in renamed.ledger.activities() if a.parent == run.id and a.flow == "electricity.it")
    nothing = replace(
        activity, id=f"{activity.id[:-4]}0000", amount=0.0, subject=replace(activity.subject, team="idle")
    )
    renamed.ledger.append([nothing])
    cells = LedgerMaterial(renamed).totals().cells
    assert [cell.device_kwh for cell in cells if cell.team == "idle"] == [0.0]
    assert {cell.project for cell in cells} == {"new"}
