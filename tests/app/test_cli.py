"""The command line as a person uses it: real runs of real commands, real ledgers, one line for every mistake."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BUSY = "import time; t = time.time()\nwhile time.time() - t < {s}: sum(range(1000))"


class Shell:
    """Runs ``treadlight`` in a home of its own, away from any configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("TREADLIGHT_")}
        self.env |= {"TREADLIGHT_HOME": str(folder / "home"), "NO_COLOR": "1"}

    def __call__(self, *arguments: str, code: int | None = 0, **env: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "treadlight", *arguments],
            env=self.env | env,
            cwd=self.folder,
            text=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert code is None or done.returncode == code, done.stderr
        return done

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "--json").stdout)

    def refused(self, *arguments: str, **env: str) -> str:
        """The one line that refuses bad input."""
        done = self(*arguments, code=2, **env)
        assert done.stdout == ""
        (line,) = done.stderr.splitlines()
        return line


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A home with two runs; tests that share it only read."""
    made = Shell(tmp_path_factory.mktemp("tracked"))
    for name, seconds in (("short", "0.4"), ("long", "1.2")):
        options = (
            "--name",
            name,
            "--project",
            "tests",
            "--team",
            "estuary",
            "--stage",
            "training",
            "--label",
            "seed=7",
        )
        made("track", *options, "--", sys.executable, "-c", BUSY.format(s=seconds))
    return made


def test_help_lists_every_verb_without_importing_them(shell: Shell) -> None:
    text = shell("--help").stdout
    for verb in (
        "track",
        "runs",
        "show",
        "compare",
        "why",
        "restate",
        "verify",
        "export",
        "import",
        "absorb",
        "doctor",
    ):
        assert f"\n  {verb} " in text


def test_tracking_summarises_on_standard_error_and_leaves_standard_output_to_the_command(shell: Shell) -> None:
    done = shell("track", "--", sys.executable, "-c", "print('the command speaks'); import time; time.sleep(0.3)")
    assert done.stdout == "the command speaks\n"
    for word in ("CPU", "Memory", "modelled", "Carbon", "Water", "Minerals", "E-waste", "Not known yet"):
        assert word in done.stderr


def test_runs_are_listed_with_energy_and_interval(tracked: Shell) -> None:
    rows = tracked.json("runs")
    assert [row["name"] for row in rows] == ["long", "short"]
    for row in rows:
        assert row["status"] == "finished"
        energy = row["energy_kwh"]
        assert energy["unit"] == "kWh"
        assert 0 < energy["p05"] < energy["p50"] < energy["p95"]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--sort", "name"], ["long", "short"]),
        (["--sort", "energy"], ["long", "short"]),
        (["--name", "short"], ["short"]),
        (["--project", "other"], []),
        (["--team", "estuary", "--stage", "training", "--limit", "1"], ["long"]),
        (["--status", "failed"], []),
        (["--since", "2000-01-01", "--until", "2001-01-01"], []),
    ],
)
def test_runs_are_filtered_and_sorted(tracked: Shell, options: list[str], names: list[str]) -> None:
    assert [row["name"] for row in tracked.json("runs", *options)] == names


def test_show_gives_components_and_a_footprint(tracked: Shell) -> None:
    account = tracked.json("show", "last")
    assert {"cpu", "memory", "rest"} <= {c["component"] for c in account["components"]}
    for component in account["components"]:
        assert {"component", "method", "meter", "energy_kwh", "state"} <= set(component)
    footprint = account["footprint"]
    assert footprint["schema"] == "treadlight.footprint/1"
    assert set(footprint["impacts"]) == {"gwp", "water", "adpe", "pe", "ewaste", "energy"}
    assert re.fullmatch(r"[0-9a-f]{64}", footprint["library"]["digest"])
    parts = [c["p50"] for c in footprint["contributions"] if c["category"] == "energy"]
    assert sum(parts) == pytest.approx(footprint["impacts"]["energy"]["p50"], rel=0.25)


def test_components_add_up_to_the_runs_energy(tracked: Shell) -> None:
    account = tracked.json("show", "long")
    parts = [c["energy_kwh"]["p50"] for c in account["components"] if c["energy_kwh"]["p50"] is not None]
    assert sum(parts) == pytest.approx(account["run"]["energy_kwh"]["p50"], rel=0.25)
    assert account["run"]["node_energy_kwh"]["p50"] >= account["run"]["energy_kwh"]["p50"] * 0.99


def _walk(node: dict[str, Any], sources: list[dict[str, Any]]) -> None:
    amounts = [c["amount"] for c in node["children"] if c["amount"] is not None]
    if amounts and node["amount"] is not None:
        combined = 1.0
        for amount in amounts:
            combined *= amount
        found = combined if node["op"] == "product" else sum(amounts)
        assert found == pytest.approx(node["amount"], rel=1e-9), node["id"]
    if node["source"]:
        sources.append(node["source"])
    for child in node["children"]:
        _walk(child, sources)


@pytest.mark.parametrize("category", ["gwp", "water", "adpe", "pe", "ewaste", "energy"])
def test_why_multiplies_up_to_the_number_shown(tracked: Shell, category: str) -> None:
    tree = tracked.json("why", "last", "--category", category)
    shown = tracked.json("show", "last")["footprint"]["impacts"][category]
    assert tree["amount"] == pytest.approx(shown["p50"], rel=1e-9)
    sources: list[dict[str, Any]] = []
    _walk(tree, sources)
    assert sources
    assert all(s["citation"] and s["year"] and s["licence"] and s["quality"] for s in sources)


def test_why_answers_for_a_step_an_activity_and_a_process(tracked: Shell) -> None:
    tree = tracked.json("why", "last")
    step = tree["children"][0]["children"][0]
    assert tracked.json("why", step["id"])["amount"] == step["amount"]
    activity = step["children"][0]["children"][0]
    assert tracked.json("why", activity["id"])["kind"] == "footprint"
    grid = tracked.json("why", "electricity.grid/FR/2024")
    assert 0.01 < grid["amount"] < 0.2
    assert grid["unit"] == "kgCO2e/kWh"


def test_comparing_gives_the_probability_that_a_run_is_lower(tracked: Shell) -> None:
    found = tracked.json("compare", "long", "short")
    carbon = next(d for d in found["differences"] if d["category"] == "gwp")
    assert carbon["probability_other_is_lower"] > 0.9
    assert carbon["difference"]["p95"] < 0
    assert found["shared_causes"]
    assert "long" in tracked("compare", "long", "short").stdout


def test_a_page_is_one_file_without_addresses_to_load(tracked: Shell) -> None:
    tracked("show", "last", "--html", "page.html")
    page = (tracked.folder / "page.html").read_text()
    assert page.rstrip().endswith("</html>")
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)
    assert "<script" not in page or "src=" not in page.split("<script", 1)[1].partition(">")[0]


def test_restating_explains_the_difference_by_factor(tracked: Shell) -> None:
    found = tracked.json("restate", "--from", "2025.06")
    carbon = found["categories"]["gwp"]
    assert sum(c["effect"] for c in carbon["changes"]) == pytest.approx(carbon["central"]["difference"], rel=1e-9)
    assert carbon["changes"][0]["old_source"]
    assert not found["categories"]["ewaste"]["changes"]


def test_export_then_import_elsewhere_gives_the_same_ledger(tracked: Shell, tmp_path: Path) -> None:
    tracked("export", "ledger.jsonl")
    other = Shell(tmp_path)
    file = str(tracked.folder / "ledger.jsonl")
    assert "skipped 0" in other("import", file).stderr
    assert "appended 0" in other("import", file).stderr
    assert other.json("runs") == tracked.json("runs")
    other("verify")


def test_verify_names_the_first_broken_entry(shell: Shell) -> None:
    import sqlite3
    from contextlib import closing

    shell("track", "--quiet", "--", sys.executable, "-c", BUSY.format(s=0.2))
    shell("runs")
    with closing(sqlite3.connect(shell.folder / "home/ledger.sqlite")) as database, database:
        database.execute("UPDATE entry SET body = replace(body, '\"training\"', '\"x\"') || ' ' WHERE seq = 3")
    done = shell("verify", code=1)
    assert "broken at entry 3" in done.stdout


def test_counts_give_results_per_functional_unit(shell: Shell) -> None:
    script = (
        "import treadlight, time\n"
        "with treadlight.track('counted') as run:\n"
        "    with run.window('epoch 1'):\n"
        "        time.sleep(0.3)\n"
        "    run.count(samples=50_000)\n"
    )
    subprocess.run([sys.executable, "-c", script], env=shell.env, cwd=shell.folder, check=True)
    run = shell.json("show", "counted")["run"]
    (per,) = run["per_unit"]
    assert (per["unit"], per["per"], per["count"]) == ("samples", 1000, 50_000)
    assert per["results"]["electricity.it"]["p50"] == pytest.approx(run["energy_kwh"]["p50"] / 50)
    assert [w["name"] for w in run["windows"]] == ["epoch 1"]
    assert run["windows"][0]["energy_kwh"]["p50"] > 0


def test_an_exception_passes_through_and_the_run_is_failed(shell: Shell) -> None:
    script = "import treadlight\nwith treadlight.track('broken'):\n    raise ValueError('mine')\n"
    done = subprocess.run(
        [sys.executable, "-c", script], env=shell.env, cwd=shell.folder, capture_output=True, text=True
    )
    assert done.stderr.rstrip().endswith("ValueError: mine")
    assert [r["status"] for r in shell.json("runs")] == ["failed"]


def test_settings_are_shown_with_their_origin(shell: Shell) -> None:
    shell("config", "set", "site.zone", "FR")
    shell("config", "set", "site.pue", "uniform(1.1,1.3)")
    found = {s["key"]: s for s in shell.json("config")["settings"]}
    assert found["site.zone"]["value"] == "FR"
    assert found["site.zone"]["origin"].endswith("treadlight.toml")
    assert found["tracker.interval_s"]["origin"] == "default"
    shell("config", "unset", "site.pue")
    assert {s["key"]: s for s in shell.json("config")["settings"]}["site.pue"]["value"] == ""


def test_a_place_narrows_the_interval(shell: Shell) -> None:
    def spread(*zone: str) -> float:
        shell("track", *zone, "--quiet", "--json", "account.json", "--", sys.executable, "-c", BUSY.format(s=0.2))
        gwp = json.loads((shell.folder / "account.json").read_text())["footprint"]["impacts"]["gwp"]
        return gwp["p95"] / gwp["p05"]

    assert spread("--zone", "FR") < spread()


def test_doctor_goes_through_everything(shell: Shell) -> None:
    topics = {f["topic"] for f in shell.json("doctor")["findings"]}
    assert topics == {"Machine", "Meters", "Place", "Ledger", "Library"}


def test_the_library_can_be_searched_shown_and_checked(shell: Shell) -> None:
    assert any("h100" in e["id"] for e in shell.json("library", "find", "h100"))
    assert shell.json("library", "show", "grid/FR")
    assert "no problems" in shell("library", "check").stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["track", "--zone", "XX", "--", "true"], ["zone", "XX"]),
        (["track", "--interval", "0", "--", "true"], ["interval", "0"]),
        (["track", "--interval", "nan", "--", "true"], ["interval", "nan"]),
        (["track", "--stage", "cooking", "--", "true"], ["stage", "cooking", "training"]),
        (["track", "--label", "seed", "--", "true"], ["--label", "seed"]),
        (["track", "--", "no-such-command-here"], ["no-such-command-here"]),
        (["track"], ["CMD"]),
        (["track", "--json", "/no/such/folder/a.json", "--", "true"], ["--json", "/no/such/folder/a.json"]),
        (["track", "--json", __file__, "--", "true"], ["--json", "holds a text of another kind, not JSON"]),
        (["show", "nothing-is-called-so"], ["nothing-is-called-so", "treadlight runs"]),
        (["why", "nothing-is-called-so"], ["nothing-is-called-so"]),
        (["why", "last", "--category", "love"], ["category", "love", "gwp"]),
        (["compare", "last"], ["two runs"]),
        (["restate", "--library", "1999.01"], ["1999.01", "2026.11"]),
        (["runs", "--since", "yesterday"], ["--since", "yesterday"]),
        (["runs", "--sort", "beauty"], ["--sort", "beauty"]),
        (["config", "set", "site.zone", "Atlantis"], ["zone", "Atlantis"]),
        (["config", "set", "site.pue", "0.8"], ["site.pue", "0.8", "1"]),
        (["config", "set", "site.pue", "-1.2"], ["-1.2"]),
        (["config", "set", "site.pue", "nan"], ["site.pue", "nan"]),
        (["config", "set", "site.zoen", "FR"], ["site.zoen", "site.zone"]),
        (["absorb", "/no/such/folder"], ["/no/such/folder"]),
        (["import", "/no/such/file"], ["/no/such/file"]),
        (["library", "show", "grid/Atlantis"], ["grid/Atlantis"]),
        (["library", "check", "/no/such/folder"], ["/no/such/folder"]),
        (["shwo"], ["shwo", "show"]),
        (["runs", "--colour"], ["--colour"]),
    ],
)
def test_bad_input_is_one_line_with_field_value_and_remedy(
    shell: Shell, arguments: list[str], words: list[str]
) -> None:
    line = shell.refused(*arguments)
    assert line.startswith("error: ")
    for word in words:
        assert word in line
    assert not (shell.folder / "home/journals").exists()


def test_an_unknown_key_in_the_configuration_is_refused(shell: Shell) -> None:
    (shell.folder / "treadlight.toml").write_text("[site]\nzoen = 'FR'\n")
    line = shell.refused("runs")
    assert "site.zoen" in line
    assert "treadlight.toml" in line


def test_a_page_that_cannot_be_written_leaves_nothing(tracked: Shell) -> None:
    line = tracked.refused("show", "last", "--html", "/no/such/folder/page.html")
    assert "--html" in line
    assert "/no/such/folder/page.html" in line


def test_a_journal_cut_in_the_middle_is_named_and_left_alone(shell: Shell, tmp_path: Path) -> None:
    shell("track", "--quiet", "--", "true")
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "cut.jsonl").write_text('{"kind":"start","schema":"treadlight.jour\n{"kind":"end"}\n')
    line = shell.refused("absorb", str(folder))
    assert "cut.jsonl" in line
    assert (folder / "cut.jsonl").exists()


def test_a_home_whose_name_is_no_unicode_keeps_runs(shell: Shell) -> None:
    home = os.fsdecode(os.fsencode(shell.folder) + b"/caf\xe9")
    shell("track", "--quiet", "--name", "kept", "--", "true", TREADLIGHT_HOME=home)
    done = shell("runs", "--json", TREADLIGHT_HOME=home)
    assert [r["name"] for r in json.loads(done.stdout)] == ["kept"]


def test_without_any_home_the_command_still_runs(shell: Shell) -> None:
    env = {k: v for k, v in shell.env.items() if k not in ("TREADLIGHT_HOME", "HOME", "XDG_DATA_HOME")}
    done = subprocess.run(
        [sys.executable, "-m", "treadlight", "track", "--", sys.executable, "-c", "print('ran'); raise SystemExit(3)"],
        env=env,
        cwd=shell.folder,
        text=True,
        capture_output=True,
    )
    assert done.stdout == "ran\n"
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "HOME" in done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_the_exit_code_passes_through_closed_streams(shell: Shell, closed: str) -> None:
    line = f"exec {sys.executable} -m treadlight track --quiet -- sh -c 'exit 4' {closed}"
    assert subprocess.run(["sh", "-c", line], env=shell.env, cwd=shell.folder).returncode == 4


def test_a_reader_that_goes_away_is_no_error(shell: Shell) -> None:
    line = f"{sys.executable} -m treadlight library find e; echo $? >code"
    subprocess.run(["sh", "-c", f"({line}) | head -1"], env=shell.env, cwd=shell.folder, stdout=subprocess.DEVNULL)
    assert (shell.folder / "code").read_text().strip() == "0"


def test_restating_under_an_older_library_starts_from_the_one_in_use(tracked: Shell) -> None:
    found = tracked.json("restate", "--library", "2025.06")
    assert (found["from"]["version"], found["to"]["version"]) == ("2026.11", "2025.06")


def test_why_answers_for_every_category_of_a_run_by_id(tracked: Shell) -> None:
    run = tracked.json("runs")[0]["id"]
    assert tracked.json("why", f"{run}.water")["unit"] == "L"
    assert tracked.json("why", f"{run}.energy/use/cpu:electricity.it")["amount"] > 0


def test_a_broken_journal_in_the_home_is_named_and_blocks_nothing(shell: Shell) -> None:
    shell("track", "--quiet", "--name", "good", "--", "true")
    (shell.folder / "home/journals/bad.jsonl").write_text("garbage\n{}\n")
    done = shell("runs", "--json")
    assert [r["name"] for r in json.loads(done.stdout)] == ["good"]
    assert "bad.jsonl" in done.stderr


def test_market_accounting_without_a_contract_says_what_stands_in(tracked: Shell) -> None:
    account = json.loads(tracked("show", "last", "--accounting", "market", "--json").stdout)
    assert any(u["what"] == "Contract for electricity" for u in account["footprint"]["unknown"])


def test_a_job_of_another_home_is_absorbed(tracked: Shell, tmp_path: Path) -> None:
    other = Shell(tmp_path)
    other("absorb", str(tracked.folder / "home"))
    assert {r["name"] for r in other.json("runs")} == {"short", "long"}


def test_a_relative_overlay_in_a_file_lies_beside_the_file(shell: Shell) -> None:
    (shell.folder / "factors").mkdir()
    (shell.folder / "treadlight.toml").write_text("[library]\noverlay = 'factors'\n")
    (shell.folder / "deeper").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "treadlight", "library"], env=shell.env, cwd=shell.folder / "deeper", capture_output=True
    )
    assert done.returncode == 0


def test_a_region_claims_market_figures_for_stacks_only(shell: Shell) -> None:
    region = {"TREADLIGHT_REGION": "aws/eu-west-3"}
    shell("track", "--quiet", "--", sys.executable, "-c", BUSY.format(s=0.2), **region)

    def gwp(*options: str) -> Any:
        form = json.loads(shell("show", "last", "--json", *options).stdout)["footprint"]
        assert form["method"]["scope"] == ("direct" if "direct" in options else "life-cycle")
        return form["impacts"]["gwp"]["use"]["p50"]

    assert gwp("--accounting", "market") == gwp() > 0
    assert gwp("--accounting", "market", "--scope", "direct") == 0
