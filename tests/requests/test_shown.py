"""What was recorded or imported, as `runs` and `show` tell of it."""

import json
from pathlib import Path

import pytest

from requests_logs import write_csv_log
from requests_shell import Shell

HEAD = "time,tokens_in,tokens_out,model"
ROWS = [("2026-01-01T00:10:00Z", 100, 10, "llama-3.1-8b"), ("2026-01-01T01:10:00Z", 300, 30, "llama-3.1-8b")]
ECOLOGITS = Path(__file__).parents[1] / "importers" / "samples" / "ecologits_scalar.json"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    write_csv_log(tmp_path / "log.csv", ROWS, HEAD)
    return Shell(tmp_path)


def test_electricity_stated_at_a_hall_is_shown_as_that(shell: Shell) -> None:
    shell("import", "ecologits", str(ECOLOGITS))
    (row,) = json.loads(shell("runs", "--json").stdout)
    assert row["energy_kwh"]["p50"] is None
    assert row["facility_energy_kwh"]["p50"] == pytest.approx(0.0034, rel=0.1)
    assert "Wh †" in shell("runs").stdout
    shown = shell("show", "last").stdout
    assert "Electricity at the meter of the hall" in shown
    assert "Electricity at the devices" not in shown
    assert json.loads(shell("show", "last", "--json").stdout)["run"]["facility_energy_kwh"]["p50"] > 0


def test_a_withdrawn_run_is_shown_as_withdrawn_and_counts_nothing(shell: Shell) -> None:
    shell("requests", "account", "log.csv", "--record")
    write_csv_log(shell.folder / "log.csv", [*ROWS, ("2026-01-01T01:20:00Z", 5, 5, "llama-3.1-8b")], HEAD)
    shell("requests", "account", "log.csv", "--record", "--replace")
    assert sorted(row["status"] for row in json.loads(shell("runs", "--json").stdout)) == ["finished", "withdrawn"]
    (gone,) = json.loads(shell("runs", "--status", "withdrawn", "--json").stdout)
    assert [r["status"] for r in json.loads(shell("runs", "--status", "finished", "--json").stdout)] == ["finished"]
    line = next(line for line in shell("runs").stdout.splitlines() if "withdrawn" in line)
    assert "Wh" not in line
    shown = shell("show", gone["id"]).stdout
    assert "counts for nothing" in shown
    assert "Carbon" not in shown


def test_a_place_unknown_of_a_log_is_mended_by_recording_it_with_one(shell: Shell) -> None:
    """The settings of this machine do not speak for a hall elsewhere; the command that `show` names does."""
    shell("requests", "account", "log.csv", "--record")
    shown = " ".join(shell("show", "last").stdout.split())
    assert "config set site.zone" not in shown
    assert "--zone FR --record, with the columns" in shown
    shell("config", "set", "site.zone", "FR")
    assert "--zone FR --record" in " ".join(shell("show", "last").stdout.split())
    shell("requests", "account", "log.csv", "--zone", "FR", "--record")
    assert "--zone FR --record" not in " ".join(shell("show", "last").stdout.split())
    assert len(json.loads(shell("runs", "--json").stdout)) == 1
