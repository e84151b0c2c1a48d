"""`treadlight requests account` as a person uses it: real runs, real files, one line for every mistake."""

import csv
import json
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from requests_logs import write_csv_log, write_json_log
from requests_shell import Shell
from treadlight.requests.engine import Ask
from treadlight.requests.partial import Partial

ROOT = Path(__file__).parents[2]
HEAD = "time,tokens_in,tokens_out,model,zone,team"
ROWS = [
    ("2026-01-01T00:10:00Z", 1000, 100, "llama-3.1-8b", "FR", "blue"),
    ("2026-01-01T00:20:00Z", 2000, 200, "llama-3.1-8b", "FR", "blue"),
    ("2026-01-01T01:10:00Z", 3000, 300, "llama-3.1-70b", "FR", "red"),
    ("2026-01-02T01:10:00Z", 400, 40, "llama-3.1-8b", "DE", "blue"),
]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    write_csv_log(tmp_path / "log.csv", ROWS, HEAD)
    return Shell(tmp_path)


def test_an_account_has_intervals_by_what_was_asked(shell: Shell) -> None:
    found = shell.account("log.csv", "--by", "team,model,day", "--hardware", "H100")
    assert found["schema"] == "treadlight.requests/1"
    keys = [(row["team"], row["model"], row["day"], row["requests"]) for row in found["rows"]]
    assert keys == [
        ("blue", "llama-3.1-8b", "2026-01-01", 2),
        ("blue", "llama-3.1-8b", "2026-01-02", 1),
        ("red", "llama-3.1-70b", "2026-01-01", 1),
    ]
    for row in [*found["rows"], found["total"]]:
        for category in ("energy", "gwp", "water", "adpe", "pe", "ewaste"):
            quantity = row["impacts"][category]
            assert 0 < quantity["p05"] < quantity["p50"] < quantity["p95"], category
    assert found["total"]["requests"] == 4
    assert found["rejected"]["rows"] == 0


def test_the_table_says_what_must_be_known(shell: Shell) -> None:
    text = shell("requests", "account", "log.csv").stdout
    for words in (
        "4 requests",
        "Carbon",
        "of it making",
        "llama-3.1-70b",
        "every token in is counted",
        "drawn from what is usual: batch",
        "Not counted: the making of the servers",
    ):
        assert " ".join(words.split()) in " ".join(text.split())


@pytest.mark.parametrize("name", ["out.parquet", "out.csv"])
def test_out_holds_every_row_with_its_interval(shell: Shell, name: str) -> None:
    shell("requests", "account", "log.csv", "--by", "team", "--out", name)
    path = shell.folder / name
    if name.endswith(".csv"):
        rows: list[dict[str, Any]] = list(csv.DictReader(path.read_text().splitlines()))
    else:
        rows = pq.read_table(path).to_pylist()
    assert [(row["team"], float(row["requests"])) for row in rows] == [("blue", 3), ("red", 1)]
    for row in rows:
        assert 0 < float(row["gwp_kgco2e_p05"]) < float(row["gwp_kgco2e_p50"]) < float(row["gwp_kgco2e_p95"])
    assert not list(shell.folder.glob("*.rejected.csv"))


def test_rows_set_aside_are_counted_shown_and_bounded(shell: Shell) -> None:
    write_csv_log(shell.folder / "bad.csv", [*ROWS, ("x", 1, 1), ("2026-01-01T00:00:00Z", -5, 1, "m", "", "")], HEAD)
    found = shell.account("bad.csv", "--out", "out.csv")
    assert found["total"]["requests"] == 4
    assert found["rejected"]["reasons"] == {"too few columns": 1, "tokens in are negative": 1}
    could = found["rejected"]["could_add"]["gwp"]
    assert could["p05"] == 0 < could["p50"] <= could["p95"]
    rows = list(csv.DictReader((shell.folder / "out.csv.rejected.csv").read_text().splitlines()))
    assert {(row["reason"], row["line"]) for row in rows} == {("too few columns", "6"), ("tokens in are negative", "")}


def test_recording_puts_hours_into_the_ledger_once(shell: Shell) -> None:
    assert shell.account("log.csv", "--record")["recorded"] == {"appended": 7, "skipped": 0}
    assert shell.account("log.csv", "--record", "--by", "team,hour")["recorded"]["appended"] == 0
    (run,) = json.loads(shell("runs", "--json").stdout)
    assert (run["name"], run["stage"]) == ("log.csv", "inference")
    shown = json.loads(shell("show", "log.csv", "--json").stdout)
    assert shown["run"]["counts"]["requests"] == 4
    said = shell.account("log.csv")["total"]["impacts"]["gwp"]["p50"]
    assert shown["footprint"]["impacts"]["gwp"]["p50"] == pytest.approx(said, rel=0.25)
    assert "request" in shell("why", "log.csv").stdout
    shell("verify")


def test_a_log_that_grew_is_not_recorded_beside_itself(shell: Shell) -> None:
    shell("requests", "account", "log.csv", "--record")
    before = json.loads(shell("runs", "--json").stdout)[0]["energy_kwh"]["p50"]
    write_csv_log(shell.folder / "log.csv", [*ROWS, ROWS[0]], HEAD)
    assert "--replace" in shell.refused("log.csv", "--record")
    shell("requests", "account", "log.csv", "--record", "--replace")
    energies = [run["energy_kwh"]["p50"] or 0.0 for run in json.loads(shell("runs", "--json").stdout)]
    assert before < sum(energies) < 1.6 * before


def test_logs_without_rows_may_be_alike(shell: Shell) -> None:
    for name in ("x.csv", "y.csv"):
        (shell.folder / name).write_text(HEAD + "\n")
    (shell.folder / "z.csv").write_text("")
    found = shell.account("log.csv", "x.csv", "y.csv", "z.csv")
    assert found["total"]["requests"] == 4
    assert "z.csv is empty" in found["notes"]


def test_the_same_content_twice_is_refused(shell: Shell) -> None:
    (shell.folder / "copy.csv").write_bytes((shell.folder / "log.csv").read_bytes())
    assert "same content" in shell.refused("log.csv", "copy.csv")


def test_an_interrupted_account_goes_on_where_it_stopped(shell: Shell) -> None:
    for k in range(4):
        write_csv_log(shell.folder / f"part-{k}.csv", ROWS[k:], HEAD)
    shell("requests", "account", "part-0.csv", "part-1.csv")
    whole = shell.account("part-*.csv")
    assert whole["resumed"] == 2
    assert shell.account("part-*.csv")["resumed"] == 4
    fresh = shell.account("part-*.csv", "--fresh")
    assert fresh["resumed"] == 0
    assert fresh["total"] == whole["total"]


def test_a_killed_account_leaves_nothing_that_is_counted_twice(shell: Shell) -> None:
    for k in range(30):
        write_csv_log(shell.folder / f"part-{k:02d}.csv", [*ROWS, *([ROWS[k % 4]] * k)], HEAD)
    command = [sys.executable, "-m", "treadlight", "requests", "account", "part-*.csv", "--record"]
    process = subprocess.Popen(command, env=shell.env, cwd=shell.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not list((shell.folder / "home/requests").glob("*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    found = shell.account("part-*.csv", "--record")
    assert found["resumed"] >= 1
    assert found["total"]["requests"] == sum(4 + k for k in range(30))
    assert len(json.loads(shell("runs", "--json").stdout)) == 30


def test_labels_and_columns_of_other_names(shell: Shell) -> None:
    rows = [{"ts": 1767225600 + k, "prompt": 100, "completion": 10, "customer": "ab"[k % 2]} for k in range(6)]
    write_json_log(shell.folder / "x.jsonl", rows)  # type: ignore[arg-type]
    found = shell.account(
        "x.jsonl", "--columns", "time=ts,tokens_in=prompt", "--columns", "tokens_out=completion", "--time-unit", "s",
        "--model", "mistral-7b", "--by", "customer",
    )  # fmt: skip
    assert [(row["customer"], row["requests"]) for row in found["rows"]] == [("a", 3), ("b", 3)]


MISTAKES = [
    (["nothing.csv"], "there is no such log"),
    (["log.csv", "--columns", "time=TIMESTMP"], "no such column"),
    (["log.csv", "--columns", "tokns_in=x"], "did you mean tokens_in"),
    (["log.csv", "--by", "custmer"], "no such column"),
    (["log.csv", "--zone", "XX", "--columns", "zone=team"], "zone"),
    (["log.csv", "--hardware", "H10000"], "H10000"),
    (["log.csv", "--precision", "fp7"], "fp7"),
    (["log.csv", "--batch", "-3"], "batch"),
    (["log.csv", "--batch", "many"], "batch"),
    (["log.csv", "--time-zone", "Mars"], "no such time zone"),
    (["log.csv", "--time-unit", "days"], "--time-unit"),
    (["log.csv", "--time-origin", "2026-01-01"], "--time-unit"),
    (["log.csv", "--scope", "everything"], "scope"),
    (["log.csv", "--engine", "abacus"], "--engine"),
    (["log.csv", "--out", "out.xlsx"], "--out"),
    (["log.csv", "--out", "nowhere/out.csv"], "--out"),
    (["log.csv", "--out", "nowhere/out.csv", "--record"], "--out: cannot be written"),
    (["log.csv", "--out", "log.csv"], "--out: is a file that is read"),
    (["log.csv", "naive.csv", "--out", "naive.csv"], "--out: is a file that is read"),
    (["*.csv", "--out", "huge.csv"], "--out: is a file that is read"),
    (["log.csv", "--scope", "it", "--record"], "--scope"),
    (["empty.csv"], "empty"),
    (["head.csv"], "no request"),
    (["naive.csv", "--model", "llama-3.1-8b"], "--time-zone UTC"),
    (["naive.csv", "--time-zone", "UTC"], "name one with --model"),
    (["huge.csv"], "more than 10,000,000 tokens in"),
]


@pytest.mark.parametrize(("arguments", "words"), MISTAKES, ids=[" ".join(a) for a, _ in MISTAKES])
def test_every_mistake_is_one_line_and_leaves_nothing(shell: Shell, arguments: list[str], words: str) -> None:
    (shell.folder / "empty.csv").write_text("")
    (shell.folder / "head.csv").write_text(HEAD + "\n")
    write_csv_log(shell.folder / "naive.csv", [("2026-01-01T00:00:00", 1, 1)])
    write_csv_log(shell.folder / "huge.csv", [("2026-01-01T00:00:00Z", 10**9, 1, "m", "", "")], HEAD)
    before = sorted(path.name for path in shell.folder.iterdir() if path.name != "home")
    assert words in shell.refused(*arguments)
    assert sorted(path.name for path in shell.folder.iterdir() if path.name != "home") == before
    assert not (shell.folder / "home/ledger.sqlite").exists()


def test_unknown_models_are_named_with_the_nearest(shell: Shell) -> None:
    rows = [(*ROWS[0][:3], name, "FR", "") for name in ("llama-3.1-9b", "secret-model", "llama-3.1-8b")]
    write_csv_log(shell.folder / "unknown.csv", rows, HEAD)
    line = shell.refused("unknown.csv")
    assert "llama-3.1-9b, secret-model" in line
    assert "Llama-3.1-8B" in line
    assert "--assume-unknown-models" in line
    wide = shell.account("unknown.csv", "--assume-unknown-models")
    ratio = {row["model"]: row["impacts"]["gwp"]["p95"] / row["impacts"]["gwp"]["p05"] for row in wide["rows"]}
    assert ratio["secret-model"] > 1.5 * ratio["llama-3.1-8b"]
    assert any("size assumed" in note and "secret-model" in note for note in wide["notes"])


def test_a_full_disk_leaves_no_half_answer(shell: Shell) -> None:
    shell("requests", "account", "log.csv", "--by", "hour")  # the sums are kept, so only the answer is written

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))

    for name, old in (("out.csv", "old"), ("out.parquet", "PAR1 old")):
        (shell.folder / name).write_text(old)
        line = shell.refused("log.csv", "--by", "hour", "--out", name, preexec_fn=small)
        assert "--out: cannot be written" in line
        assert (shell.folder / name).read_text() == old
        assert not list(shell.folder.glob(f".{name}.*"))


def test_a_log_that_changes_while_it_is_read_is_refused(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, with an engine that takes its time: somebody writes to the log meanwhile."""
    from treadlight.app.requesting import Asked, account_requests
    from treadlight.app.workspace import Workspace
    from treadlight.core.errors import InputError
    from treadlight.core.method import Method
    from treadlight.requests.engine_duckdb import DuckDB

    path, summed = shell.folder / "log.csv", DuckDB.accounts

    def slowly(self: DuckDB, asks: Iterable[Ask]) -> Iterator[tuple[Ask, Partial]]:
        for found in summed(self, asks):
            with path.open("a") as file:
                file.write("2026-01-01T00:10:00Z,1,1,llama-3.1-8b,FR,blue\n")
            yield found

    monkeypatch.setattr(DuckDB, "accounts", slowly)
    monkeypatch.setenv("TREADLIGHT_HOME", str(shell.folder / "home"))
    with pytest.raises(InputError, match="changed while it was read"):
        account_requests(Workspace(), Asked((str(path),), {}, record=True), Method())
    assert not list((shell.folder / "home/requests").glob("*.parquet"))


TRACES = ROOT.parent / "shared/data/llm_traces"


@pytest.mark.skipif(not TRACES.exists(), reason="the real traces are not here")
def test_the_real_traces_have_the_tokens_that_their_page_says(shell: Shell) -> None:
    azure = "time=TIMESTAMP,tokens_in=ContextTokens,tokens_out=GeneratedTokens"
    common = ["--model", "llama-3.1-70b", "--hardware", "H100", "--time-zone", "UTC"]
    found = shell.account(str(TRACES / "azure_llm_inference_2023_conv.csv"), "--columns", azure, *common)
    assert found["total"]["requests"] == 19_366
    assert found["total"]["tokens_in"] == pytest.approx(22.36e6, rel=1e-3)
    assert found["total"]["tokens_out"] == pytest.approx(4.09e6, rel=1e-3)
    mooncake = "time=timestamp,tokens_in=input_length,tokens_out=output_length"
    times = ["--time-unit", "ms", "--time-origin", "2026-01-01T00:00Z"]
    found = shell.account(str(TRACES / "mooncake_conversation_trace.jsonl"), "--columns", mooncake, *times, *common[:4])
    assert found["total"]["requests"] == 12_031
    assert found["total"]["tokens_in"] == pytest.approx(144.8e6, rel=1e-3)


def test_a_log_packed_differently_is_the_same_log(shell: Shell) -> None:
    import gzip

    (shell.folder / "log.csv.gz").write_bytes(gzip.compress((shell.folder / "log.csv").read_bytes()))
    assert "same content" in shell.refused("log.csv", "log.csv.gz")


def test_a_field_that_comes_late_in_json_lines_counts(shell: Shell) -> None:
    plain = {"time": "2026-01-01T00:00:00Z", "tokens_in": 10, "tokens_out": 2}
    late = plain | {"model": "llama-3.1-70b", "cached": 4, "app": "chat"}
    write_json_log(shell.folder / "late.jsonl", [plain] * 300 + [late])
    found = shell.account("late.jsonl", "--model", "llama-3.1-8b", "--by", "model,app")
    assert {(row["model"], row["app"]): row["requests"] for row in found["rows"]} == {
        ("llama-3.1-8b", ""): 300,
        ("llama-3.1-70b", "chat"): 1,
    }
    assert found["total"]["tokens_cached"] == 4
    assert not any("every token in is counted" in note for note in found["notes"])
    assert "has no such column" in shell.refused("late.jsonl", "--model", "llama-3.1-8b", "--by", "apps")


@pytest.mark.parametrize("name", ["time", "cached", "tokens_in", "start_s", "n", "requests", "gwp_kgco2e_p50"])
def test_what_requests_cannot_be_grouped_by_is_said(shell: Shell, name: str) -> None:
    line = shell.refused("log.csv", "--by", name)
    assert line.startswith("error: --by: ")
    assert f"got '{name}'" in line


def test_a_stale_sample_of_rows_set_aside_is_taken_away(shell: Shell) -> None:
    (shell.folder / "out.csv.rejected.csv").write_text("old")
    shell("requests", "account", "log.csv", "--out", "out.csv")
    assert not (shell.folder / "out.csv.rejected.csv").exists()


@pytest.mark.parametrize("count", ["1.5", "1.5k", '"1,500"'])
def test_tokens_counted_in_thousands_are_said_to_be(shell: Shell, count: str) -> None:
    lines = [HEAD, *(f"2026-01-01T00:00:00Z,{count},{count},llama-3.1-8b,FR,blue" for _ in range(3))]
    (shell.folder / "k.csv").write_text("\n".join(lines) + "\n")
    assert "thousands" in shell.refused("k.csv")


def test_whole_thousands_are_asked_about(shell: Shell) -> None:
    write_csv_log(shell.folder / "k.csv", [(*ROWS[0][:1], 2, 1, *ROWS[0][3:])] * 20, HEAD)
    assert any("thousands" in note for note in shell.account("k.csv")["notes"])
    assert not any("thousands" in note for note in shell.account("log.csv")["notes"])


def test_a_line_of_100_mb_costs_itself_alone(shell: Shell) -> None:
    with (shell.folder / "long.csv").open("w") as file:
        file.write(HEAD + "\n" + ",".join(map(str, ROWS[0])) + "\n" + "x" * 100_000_000 + "\n")
        file.write(",".join(map(str, ROWS[1])) + "\n")
    found = shell.account("long.csv")
    assert found["total"]["requests"] == 2
    assert found["rejected"]["reasons"] == {"the line is longer than 2 MB": 1}


def test_an_interrupt_while_the_engine_sums_is_one_and_leaves_nothing(shell: Shell) -> None:
    """The signal comes when the engine has its file open: not while the command starts."""
    import duckdb

    log = shell.folder / "large.csv"
    duckdb.sql(
        f"COPY (SELECT '2026-01-01T00:10:00Z' AS time, i % 4000 AS tokens_in, 7 AS tokens_out, 'llama-3.1-8b' AS model "
        f"FROM range(6_000_000) t(i)) TO '{log}' (HEADER)"
    )
    command = [sys.executable, "-m", "treadlight", "requests", "account", "large.csv", "--record", "--out", "o.csv"]
    process = subprocess.Popen(command, env=shell.env, cwd=shell.folder, stderr=subprocess.PIPE, text=True)
    folder = shell.folder / "home" / "requests"
    until = time.monotonic() + 60
    while not list(folder.glob("*.sql")) and time.monotonic() < until and process.poll() is None:
        time.sleep(0.02)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == "interrupted; nothing was recorded\n"
    left = {p.name for p in shell.folder.rglob("*") if p.is_file() and p.suffix != ".sql"}
    assert left == {"log.csv", "large.csv"}
    assert shell.account("large.csv")["total"]["requests"] == 6_000_000


@pytest.mark.parametrize("link", ["symbolic", "hard"])
def test_the_log_is_never_replaced_through_a_link(shell: Shell, link: str) -> None:
    log, other = shell.folder / "log.csv", shell.folder / "other.csv"
    before = log.read_bytes()
    if link == "symbolic":
        other.symlink_to(log)
    else:
        other.hardlink_to(log)
    assert "is a file that is read" in shell.refused("log.csv", "--out", "other.csv")
    assert log.read_bytes() == other.read_bytes() == before


def test_a_log_is_not_taken_away_for_an_old_sample(shell: Shell) -> None:
    (shell.folder / "log.csv").rename(shell.folder / "out.csv.rejected.csv")
    assert "is a file that is read" in shell.refused("out.csv.rejected.csv", "--out", "out.csv")
    assert (shell.folder / "out.csv.rejected.csv").exists()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_an_answer_among_the_logs_is_no_log(shell: Shell, ending: str) -> None:
    logs = shell.folder / "logs"
    logs.mkdir()
    write_csv_log(logs / "a.csv", [*ROWS, ("x", 1, 1, "m", "", "")], HEAD)
    answer = f"logs/out.{ending}"
    for _ in range(2):
        found = shell.account("logs", "--by", "model,day", "--out", answer)
        assert found["total"]["requests"] == 4
    left_out = [note for note in found["notes"] if "is an answer of treadlight and was left out" in note]
    assert [note.partition(" ")[0] for note in left_out] == [answer, f"{answer}.rejected.csv"]
    assert "is an answer of treadlight, not a log" in shell.refused(answer)


def test_what_cannot_be_written_after_all_says_that_the_sums_were_recorded(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process: the disk is full when the answer is written, and was not when it was asked."""
    import errno

    from click.testing import CliRunner

    from treadlight.app.cli.main import cli
    from treadlight.core.errors import InputError

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setenv("TREADLIGHT_HOME", str(shell.folder / "home"))
    monkeypatch.setattr("treadlight.requests.out._csv", full)
    arguments = ["requests", "account", str(shell.folder / "log.csv"), "--record", "--out", str(shell.folder / "o.csv")]
    done = CliRunner().invoke(cli, arguments)
    assert isinstance(done.exception, InputError)
    assert "No space left on device), but the sums were recorded" in str(done.exception)
    assert len(json.loads(shell("runs", "--json").stdout)) == 1


def test_an_engine_that_is_none_is_refused_though_the_sums_are_kept(shell: Shell) -> None:
    shell("requests", "account", "log.csv")
    assert "--engine: there is no such engine" in shell.refused("log.csv", "--engine", "abacus")


def test_why_names_the_page_of_request_logs(shell: Shell) -> None:
    shell("requests", "account", "log.csv", "--record")
    assert "docs/methodology/request-logs.md" in json.dumps(json.loads(shell("why", "log.csv", "--json").stdout))


def test_hours_of_an_overlay_weigh_each_hour(shell: Shell) -> None:
    """Two hours with the same request, on a grid of 500 and of 1400 g/kWh; a kilowatt-hour drawn is one of the grid."""
    hours = [("FR", "2026-01-01T00", 500), ("FR", "2026-01-01T01", 1400)]
    overlay = shell.folder / "hours"
    overlay.mkdir()
    lines = [f"{zone},{hour},{g},own,meter,2026,high" for zone, hour, g in hours]
    header = "zone,hour,gwp_gco2e_per_kwh,source,locator,year,confidence"
    (overlay / "grid_hourly.csv").write_text("\n".join([header, *lines]) + "\n")
    (overlay / "sources.csv").write_text("id,citation,year,licence,url\nown,Our own meter,2026,own,\n")
    write_csv_log(shell.folder / "two.csv", [(f"2026-01-01T0{h}:10:00Z", *ROWS[0][1:]) for h in (0, 1)], HEAD)

    def intensities(*, flat: bool) -> list[float]:
        found = shell.account("two.csv", "--by", "hour", "--hardware", "H100")
        assert any("the grid's mean of its year" in note for note in found["notes"]) is flat
        shown = [row["impacts"] for row in found["rows"]]
        return [(i["gwp"]["p50"] - i["gwp"]["embodied"]["p50"]) / i["energy"]["p50"] * 1000 for i in shown]

    first, second = intensities(flat=True)
    assert first == pytest.approx(second, rel=1e-9)
    shell("config", "set", "library.overlay", str(overlay))
    assert intensities(flat=False) == pytest.approx([500, 1400], rel=0.01)
