"""Whole tables estimated: every column carried through, every bad row told apart, the file whole or not there."""

import csv
import resource
import subprocess
import sys
import tracemalloc
from pathlib import Path
from random import Random

import pytest

from treadlight.app.estimating import Estimator, models_of
from treadlight.app.estimating_table import added_columns, estimate_table
from treadlight.core.errors import InputError
from treadlight.library.library import Library

FACTS = Path(__file__).resolve().parents[3] / "shared" / "facts"
LIBRARY = Library.load()
MODELS = models_of(LIBRARY)
HEAD = "id,params_total_b,tokens_b,hardware,device_hours,pue,carbon_intensity_g_per_kwh,zone,estimate_scope,note"


def table(
    folder: Path, *lines: str, kind: str = "training", head: str = HEAD, seed: int = 0, draws: int = 200, **options: str
) -> list[dict[str, str]]:
    """Rows of the output for lines of input."""
    source, target = folder / "in.csv", folder / "out.csv"
    source.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    estimator = Estimator(LIBRARY, draws, seed)
    estimate_table(kind, str(source), str(target), estimator, MODELS, **options)
    with target.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def figures(row: dict[str, str]) -> dict[str, str]:
    return {name: row[name] for name in added_columns("training")}


def test_other_columns_are_carried_through_unchanged_and_in_order(tmp_path: Path) -> None:
    (row,) = table(tmp_path, '007,8,,H100,1000,,,,,"a, ""b""\nc"')
    assert list(row) == [*HEAD.split(","), *added_columns("training")]
    assert (row["id"], row["tokens_b"], row["note"]) == ("007", "", 'a, "b"\nc')
    assert row["error"] == ""
    assert row["basis"]


def test_a_column_that_is_carried_through_becomes_no_formula(tmp_path: Path) -> None:
    (row,) = table(tmp_path, "=1+1,8,,H100,1000,,,,,-3.5", head=HEAD.replace("note", "@note"))
    assert (row["id"], row["'@note"]) == ("'=1+1", "-3.5")
    assert float(row["energy_kwh_p50"]) > 0


def test_known_hours_are_given_back_and_their_carbon_is_energy_times_intensity(tmp_path: Path) -> None:
    (row,) = table(tmp_path, "x,,,A100-80GB,1000,1.1,400,,gpu_pue,")
    assert [float(row[f"device_hours_{p}"]) for p in ("p05", "p50", "p95")] == [1000, 1000, 1000]
    for p in ("p05", "p50", "p95"):
        assert float(row[f"gwp_kgco2e_{p}"]) == pytest.approx(0.4 * float(row[f"energy_kwh_{p}"]), rel=1e-4)
    assert 0.1 * 440 < float(row["energy_kwh_p50"]) < 440 * 1.1  # below 1,000 h × 400 W × 1.1


def test_the_table_that_is_read_is_never_replaced(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(f"{HEAD}\nx,8,15,H100,,,,,,\n")
    (tmp_path / "link.csv").symlink_to(source)
    before = source.read_text()
    for target in (source, tmp_path / "link.csv"):
        with pytest.raises(InputError, match="--out: is a file that is read"):
            estimate_table("training", str(source), str(target), Estimator(LIBRARY, 10, 0), MODELS)
    assert source.read_text() == before


def test_a_row_whose_region_lies_outside_its_zone_says_so(tmp_path: Path) -> None:
    lines = ("500,FR,aws/us-east-1", "500,US,aws/us-east-1")
    wrong, right = table(tmp_path, *lines, kind="inference", head="tokens_out,zone,region")
    assert "aws/us-east-1 lies in US-MIDA-PJM" in wrong["error"]
    assert right["error"] == ""


def test_zone_then_world_stand_in_for_an_unknown_intensity(tmp_path: Path) -> None:
    stated, france, world = table(
        tmp_path, "a,,,H100,1000,1.1,40,FR,it,", "b,,,H100,1000,1.1,,FR,it,", "c,,,H100,1000,1.1,,,it,"
    )
    widths = [float(row["gwp_kgco2e_p95"]) / float(row["gwp_kgco2e_p05"]) for row in (stated, france, world)]
    assert widths == sorted(widths)
    assert float(france["gwp_kgco2e_p50"]) < 0.3 * float(world["gwp_kgco2e_p50"])
    assert stated["energy_kwh_p50"] == france["energy_kwh_p50"] == world["energy_kwh_p50"]


def test_a_scope_in_the_row_wins_over_the_option(tmp_path: Path) -> None:
    rows = table(tmp_path, "a,,,H100,1000,,,,gpu_only,", "b,,,H100,1000,,,,,", "c,,,H100,1000,,,,facility,", scope="it")
    low, middle, high = (float(row["energy_kwh_p50"]) for row in rows)
    assert low < middle < high


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("x,8,-5,H100,,,,,,", "tokens_b: is negative"),
        ("x,nan,5,H100,,,,,,", "params_total_b: is no number"),
        ("x,eight,5,H100,,,,,,", "params_total_b: is no number, got 'eight'"),
        ("x,8,inf,H100,,,,,,", "tokens_b: is no number"),
        ("x,8,5,H1000,,,,,,", "did you mean H100"),
        ("x,8,15000000000000,H100,,,,,,", "give tokens in billions"),
        ("x,8,15,H100,,,,,whole,", "'whole'; use one of gpu_only, gpu_pue, it, facility"),
        ("x,8,15,H100,,0.5,,,,", "pue: "),
        ("x,8,15,H100,,,,XX,,", "zone: no such zone"),
        ("x,8,15,H100,,,99999,,,", "carbon_intensity_g_per_kwh: "),
        ("x,,,,,,,,,", "nothing is known to estimate from; fill a column"),
        ("x,,,,,1.1,,FR,,", "nothing is known to estimate from"),
        ("x,8,15,H100,,,,,,a,b", "the row has 11 cells, the header 10"),
    ],
)
def test_a_bad_row_says_why_and_the_others_go_on(tmp_path: Path, line: str, said: str) -> None:
    good = "ok,8,15,H100,,,,,,"
    before, bad, after = table(tmp_path, good, line, good)
    assert said in bad["error"]
    assert "\n" not in bad["error"]
    assert not any(bad[name] for name in added_columns("training")[:-1])
    assert before["error"] == after["error"] == ""
    assert float(before["energy_kwh_p50"]) > 0


def test_the_answer_to_a_row_does_not_depend_on_the_others(tmp_path: Path) -> None:
    lines = ["a,8,15,H100,,,,,,", "b,70,1400,,,,,,,", "c,,,A100,500,,,FR,,", "a,8,15,H100,,,,,,"]
    forward = table(tmp_path, *lines)
    backward = table(tmp_path, *reversed(lines))
    assert [figures(row) for row in forward] == [figures(row) for row in reversed(backward)]
    assert figures(forward[0]) == figures(forward[-1])
    assert figures(table(tmp_path, lines[1])[0]) == figures(forward[1])


def test_another_seed_moves_an_interval_little_and_the_same_seed_not_at_all(tmp_path: Path) -> None:
    first, again, other = (table(tmp_path, "a,8,15,H100,,,,,,", seed=seed, draws=1000)[0] for seed in (1, 1, 2))
    assert figures(first) == figures(again)
    assert first["energy_kwh_p95"] != other["energy_kwh_p95"]
    assert float(first["energy_kwh_p95"]) == pytest.approx(float(other["energy_kwh_p95"]), rel=0.15)


def test_ignored_columns_are_as_if_they_were_empty(tmp_path: Path) -> None:
    full, empty = "a,8,15,H100,1000,,,,,", "a,8,15,H100,,,,,,"
    (ignored,) = table(tmp_path, full, ignore="device_hours")
    assert figures(ignored) == figures(table(tmp_path, empty)[0])
    assert ignored["device_hours"] == "1000"
    assert figures(ignored) != figures(table(tmp_path, full)[0])


def test_an_unknown_column_to_ignore_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--ignore.*device_hour'.*did you mean device_hours"):
        table(tmp_path, "a,8,15,H100,1000,,,,,", ignore="device_hour")


def test_reported_figures_are_never_inputs(tmp_path: Path) -> None:
    head = f"{HEAD},reported_energy_mwh,reported_tco2e"
    one, two = table(tmp_path, "a,8,15,H100,,,,,,,1,2", "b,8,15,H100,,,,,,,900000,-5", head=head)
    assert figures(one) == figures(two)


def test_a_model_of_the_library_gives_what_the_row_lacks_unless_ignored(tmp_path: Path) -> None:
    head = "model,params_total_b,params_active_b,architecture,tokens_b,hardware"
    named, sized, ignored, unknown = (
        table(tmp_path, line, head=head, ignore=ignore)[0]
        for line, ignore in (
            ("deepseek-v3,,,,100,H100", ""),
            ("deepseek-v3,671,37,moe,100,H100", ""),
            ("deepseek-v3,,,,100,H100", "params_total_b,params_active_b,architecture"),
            ("nobodys model,,,,100,H100", ""),
        )
    )
    assert named["energy_kwh_p50"] == sized["energy_kwh_p50"]
    assert "deepseek-ai/DeepSeek-V3" in named["basis"]
    assert "deepseek-ai" not in sized["basis"]
    width = {r["basis"]: float(r["energy_kwh_p95"]) / float(r["energy_kwh_p05"]) for r in (named, ignored, unknown)}
    assert width[named["basis"]] < width[ignored["basis"]]
    assert "not in the library" in unknown["basis"]


def test_the_precision_of_a_training_is_read_from_its_column_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    head = "params_total_b,tokens_b,hardware,precision"
    narrow, wide, wrong = table(tmp_path, "8,15000,H100,fp8", "8,15000,H100,bf16", "8,15000,H100,int4", head=head)
    assert float(narrow["energy_kwh_p50"]) < 0.85 * float(wide["energy_kwh_p50"])
    assert "precision: no such precision of a training" in wrong["error"]


def test_a_size_that_others_estimated_widens_the_answer(tmp_path: Path) -> None:
    head = "model,params_total_b,params_active_b,architecture,tokens_in,tokens_out,hardware,batch,precision"
    known = "500,300,H100,32,fp8"
    ranged, single = table(
        tmp_path,
        f"gpt-4o,,,,{known}",
        f"x,381.1,76.21,moe,{known}",
        head=head,
        kind="inference",
        draws=1000,
        scope="gpu_only",
    )
    assert ranged["error"] == single["error"] == ""
    widths = [float(row["wh_per_unit_p95"]) / float(row["wh_per_unit_p05"]) for row in (ranged, single)]
    assert widths[0] > 1.3 * widths[1]
    assert float(ranged["wh_per_unit_p50"]) == pytest.approx(float(single["wh_per_unit_p50"]), rel=0.3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("1,2,3\n4,5,6\n", "has no column that training is estimated from"),
        ("tokens_b,tokens_b\n1,2\n", "appears twice in the header, got 'tokens_b'"),
        ("tokens_b,basis\n1,2\n", "is a column that the estimate writes, got 'basis'"),
        ('tokens_b,note\n1,"2\n', "is no CSV at line 2"),
    ],
)
def test_what_is_no_table_is_refused_and_nothing_is_written(tmp_path: Path, text: str, said: str) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        estimate_table("training", str(source), str(target), Estimator(LIBRARY, 50), MODELS)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_bytes_that_are_no_text_and_other_formats_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(b"tokens_b\n\xff\xfe\n")
    for path, target, said in (
        (source, "out.csv", "cannot be read"),
        (tmp_path / "none.csv", "out.csv", "No such file"),
        (source, "out.xlsx", "neither CSV nor Parquet"),
        (tmp_path / "in.txt", "out.csv", "neither CSV nor Parquet"),
    ):
        with pytest.raises(InputError, match=said):
            estimate_table("training", str(path), str(tmp_path / target), Estimator(LIBRARY, 50), MODELS)


def test_parquet_and_csv_say_the_same_and_types_are_kept(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    import pyarrow as pa
    import pyarrow.parquet as pq

    (expected,) = table(tmp_path, "7,8,15,H100,,,,,,x")
    columns = {"id": [7, 8], "params_total_b": [8.0, -1.0], "tokens_b": [15, 15], "hardware": ["H100", None]}
    pq.write_table(pa.table(columns), tmp_path / "in.parquet")
    estimator = Estimator(LIBRARY, 200)
    for target in ("out.parquet", "through.csv"):
        estimate_table("training", str(tmp_path / "in.parquet"), str(tmp_path / target), estimator, MODELS)
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.column_names == [*columns, *added_columns("training")]
    assert found.schema.field("id").type == pa.int64()
    good, bad = found.to_pylist()
    assert good["energy_kwh_p50"] == pytest.approx(float(expected["energy_kwh_p50"]))
    assert "is negative" in bad["error"]
    assert bad["energy_kwh_p50"] is None
    with (tmp_path / "through.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["energy_kwh_p50"] == expected["energy_kwh_p50"]


def test_a_broken_parquet_file_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    (tmp_path / "in.parquet").write_text("not parquet", encoding="utf-8")
    with pytest.raises(InputError, match="whole Parquet file"):
        estimate_table(
            "training", str(tmp_path / "in.parquet"), str(tmp_path / "o.csv"), Estimator(LIBRARY, 50), MODELS
        )
    assert not (tmp_path / "o.csv").exists()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_disk_that_fills_up_leaves_the_old_file_and_no_other(tmp_path: Path, suffix: str) -> None:
    random = Random(1)  # what does not compress
    rows = "\n".join(f"{i},8,15,H100,,,,,,{random.random()}{random.random()}" for i in range(4000))
    (tmp_path / "in.csv").write_text(f"{HEAD}\n{rows}\n", encoding="utf-8")
    target = tmp_path / f"out.{suffix}"
    before = {"csv": "as before", "parquet": "PAR1 as before"}[suffix]
    target.write_text(before, encoding="utf-8")
    command = ["estimate", "training", "--csv", str(tmp_path / "in.csv"), "--out", str(target)]
    done = subprocess.run(
        [sys.executable, "-m", "treadlight", *command],
        capture_output=True,
        text=True,
        env={"TREADLIGHT_HOME": str(tmp_path / "home"), "PATH": "", "TREADLIGHT_DRAWS": "100"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
        check=False,
    )
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert "--out: cannot be written" in line
    assert target.read_text(encoding="utf-8") == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["in.csv", target.name]


def test_rows_are_streamed_not_gathered(tmp_path: Path) -> None:
    few, many = (_peak_bytes(tmp_path, rows) for rows in (10_000, 40_000))
    assert many < 1.2 * few


def _peak_bytes(folder: Path, rows: int) -> int:
    """Memory allocated at most while so many rows are estimated."""
    source = folder / f"{rows}.csv"
    line = "15,8,H100," + "x" * 400 + "\n"
    source.write_text("tokens_b,params_total_b,hardware,note\n" + line * rows, encoding="utf-8")
    seen: list[int] = []
    tracemalloc.start()
    try:
        done = estimate_table(
            "training", str(source), str(folder / "out.csv"), Estimator(LIBRARY, 50), MODELS, progress=seen.append
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert done.rows == rows
    assert sum(seen) == source.stat().st_size
    return peak


def test_a_misspelt_model_is_offered_the_nearest_and_alone_is_refused(tmp_path: Path) -> None:
    answered, refused = table(tmp_path, "lama-3.1-8b,100", "lama-3.1-8b,", head="model,tokens_b")
    assert "not in the library: its size is unknown; nearest: " in answered["basis"]
    assert "meta-llama/Llama-3.1-8B" in answered["basis"]
    assert "nothing is known to estimate from; the model is not in the library" in refused["error"]
    assert "meta-llama/Llama-3.1-8B" in refused["error"]


def test_a_row_of_nothing_but_a_place_is_refused_for_inference_too(tmp_path: Path) -> None:
    (row,) = table(tmp_path, ",,FR", head="model,tokens_out,zone", kind="inference")
    assert "nothing is known to estimate from" in row["error"]


def test_an_ignored_column_is_not_brought_back_by_the_model(tmp_path: Path) -> None:
    lines = ("llama-3.1-8b,,",)
    head = "model,device_hours,tokens_b"
    (whole,) = table(tmp_path, *lines, head=head)
    (without,) = table(tmp_path, *lines, head=head, ignore="device_hours")
    (size_only,) = table(tmp_path, *lines, head=head, ignore="device_hours,tokens_b")
    assert float(whole["device_hours_p05"]) == float(whole["device_hours_p95"]) == 1_460_000
    assert float(without["device_hours_p05"]) < 0.8 * float(without["device_hours_p95"])
    widths = [float(row["device_hours_p95"]) / float(row["device_hours_p05"]) for row in (without, size_only)]
    assert widths[1] > 2 * widths[0]


def test_a_rounded_size_beside_a_listed_model_is_no_contradiction(tmp_path: Path) -> None:
    (row,) = table(tmp_path, "llama-3.1-8b,8,100", head="model,params_total_b,tokens_b")
    assert row["error"] == ""


@pytest.mark.parametrize(("mark", "word"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_separator_is_named(tmp_path: Path, mark: str, word: str) -> None:
    with pytest.raises(InputError, match=f"is separated by {word}; save it with commas"):
        table(tmp_path, mark.join("12"), head=mark.join(("tokens_b", "hardware")))


def test_columns_are_offered_whatever_their_case(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="got 'Tokens_B'; did you mean tokens_b"):
        table(tmp_path, "3", head="Tokens_B")
    with pytest.raises(InputError, match="did you mean device_hours"):
        table(tmp_path, "a,8,15,H100,1000,,,,,", ignore="Device_Hours")


def test_empty_cells_at_the_end_are_no_surplus(tmp_path: Path) -> None:
    (row,) = table(tmp_path, "a,8,15,H100,,,,,,,, ")
    assert row["error"] == ""


@pytest.mark.skipif(not FACTS.is_dir(), reason="the shared facts are not beside this checkout")
@pytest.mark.parametrize("kind", ["training", "inference"])
def test_every_published_row_gets_an_answer_that_ascends(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "out.csv"
    source = FACTS / f"validation_{kind}.csv"
    done = estimate_table(kind, str(source), str(target), Estimator(LIBRARY, 200), MODELS)
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert done.refused == 0, [row["error"] for row in rows if row["error"]]
    assert len(rows) == done.rows > 60
    name = "energy_kwh" if kind == "training" else "wh_per_unit"
    for row in rows:
        p05, p50, p95 = (float(row[f"{name}_{p}"]) for p in ("p05", "p50", "p95"))
        assert 0 < p05 <= p50 <= p95


def test_mean_power_beside_a_stated_scope_of_nodes_is_the_nodes_as_published_tables_have_it(tmp_path: Path) -> None:
    head = "device_hours,hardware,avg_power_w,pue,estimate_scope,avg_power_scope"
    rows = table(
        tmp_path,
        "1000,H100,500,1.2,facility,",
        "1000,H100,500,1.2,facility,accelerator",
        "1000,H100,500,1.2,,",
        "1000,H100,500,1.2,gpu_pue,",
        head=head,
    )
    node, stated, read, pue_only = (float(row["energy_kwh_p50"]) for row in rows)
    assert node == pytest.approx(600, rel=0.01)  # 500 W x 1,000 h x 1.2
    assert stated == read > 1.15 * node
    assert pue_only == pytest.approx(600, rel=0.01)
    assert "power read at the nodes" in rows[0]["basis"] and "at the accelerators" in rows[1]["basis"]


def test_a_huge_cell_is_told_in_its_row_and_carried_through_where_it_is_not_used(tmp_path: Path) -> None:
    csv.field_size_limit(1 << 27)
    huge = "x" * (1 << 24 | 1)
    rows = table(
        tmp_path, "1,8,,H100,1000,,,,,a", f"2,8,,H100,1000,,,,,{huge}", f"3,8,,{huge},1000,,,,,b", "4,,,,,,,,,"
    )
    assert [bool(row["error"]) for row in rows] == [False, False, True, True]
    assert rows[1]["note"] == huge and rows[1]["energy_kwh_p50"] == rows[0]["energy_kwh_p50"]
    assert rows[2]["error"] == "hardware: the cell has 16,777,217 characters, which is no hardware"


def test_a_quote_left_open_over_more_than_a_cell_can_be_names_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("treadlight.app.estimating_table._FIELD_LIMIT", 1000)
    with pytest.raises(InputError, match=r"more than 1,000 characters at line \d+.*close the quote"):
        table(tmp_path, '1,8,,H100,1000,,,,,"a', *["2,8,,H100,1000,,,,,b"] * 100)
    csv.field_size_limit(1 << 27)
