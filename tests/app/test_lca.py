"""Studies as a person makes and assesses them: `treadlight lca new` and `run`, on the terminal and as JSON."""

import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import prod
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from treadlight.app.cli.main import cli
from treadlight.app.lifecycle import assess
from treadlight.app.workspace import Workspace
from treadlight.assess.lifecycle.why import study_why
from treadlight.assess.why import WhyNode
from treadlight.core.activity import Activity, Evidence, EvidenceMethod, Location, Subject
from treadlight.core.errors import InputError
from treadlight.core.ids import new_id
from treadlight.ledger.store import Ledger
from typed_commands import refused as whole_refused

EXAMPLES = Path(__file__).parents[2] / "examples" / "studies"


def run(*arguments: str, answers: str = "") -> Result:
    return CliRunner().invoke(cli, ["lca", *arguments], input=answers, standalone_mode=False)


def done(*arguments: str, answers: str = "") -> str:
    result = run(*arguments, answers=answers)
    assert result.exception is None, result.exception
    return result.stdout


def refused(*arguments: str) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, InputError), result.output
    return str(result.exception)


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.toml")))
def test_every_example_runs_and_says_what_it_leaves_out(home: Path, name: str) -> None:
    form = json.loads(done("run", str(EXAMPLES / f"{name}.toml"), "--json"))
    assert form["schema"] == "treadlight.study-result/1"
    for system in form["systems"]:
        gwp = system["impacts"]["gwp"]
        assert 0 < gwp["p05"] < gwp["p50"] < gwp["p95"]
        assert {left["stage"] for left in system["left_out"]}.isdisjoint(form["boundary"])
        assert all(left["reason"] for left in system["left_out"])
        assert 0.9 < sum(spot["share"] for spot in gwp["hot_spots"]) <= 1.0 + 1e-9
    assert not [warning for warning in form["warnings"] if warning["kind"] in ("incomplete", "placeholders")]


def test_the_terminal_shows_every_part_of_the_result(home: Path) -> None:
    text = done("run", str(EXAMPLES / "chatbot.toml"))
    for part in (
        "Every number is for 1,000 answers.",
        "Hot spots, category by category",
        "Where the doubt lies",
        "Data quality",
        "Left out, and below the cut-off",
        "What a reader must know",
        "Aligned with ISO 14040/44",
    ):
        assert part in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_questions_become_a_study_that_runs_and_says_what_is_to_be_filled_in(home: Path) -> None:
    answers = "Our search\nfind papers\nquery\n100\n2e6\n2\nFR\n"
    done("new", "study.toml", answers=answers)
    form = json.loads(done("run", "study.toml", "--json"))
    assert form["functional_unit"] == {"name": "100 × query", "amount": 100.0, "unit": "query"}
    assert form["systems"][0]["delivers"]["p50"] == pytest.approx(4e6, rel=0.1)
    assert [w["text"] for w in form["warnings"] if w["kind"] == "placeholders"] == ["15 places still say FILL IN"]


def test_a_study_of_all_stages_begins_without_a_question(home: Path) -> None:
    from treadlight.assess.lifecycle.study import STAGES

    done("new", "all.toml", "--yes", *(part for stage in STAGES for part in ("--stage", stage)))
    form = json.loads(done("run", "all.toml", "--json"))
    assert form["boundary"] == list(STAGES)
    assert list(form["systems"][0]["impacts"]["gwp"]["by_stage"]) == list(STAGES)


def test_what_is_there_is_not_replaced_unless_asked(home: Path) -> None:
    done("new", "a.toml", "--yes")
    assert "is there already, got 'a.toml'" in refused("new", "a.toml", "--yes")
    done("new", "a.toml", "--yes", "--force", "--title", 'The "second" \\ one')
    assert json.loads(done("run", "a.toml", "--json"))["study"]["title"] == 'The "second" \\ one'


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--stage", "sleep"), "--stage: is no stage of an AI system's life, got 'sleep'"),
        (("--per", "0"), "--per: is not above 0"),
        (("--years", "nan"), "--years: is not above 0"),
        (("--zone", "XQ"), "no such zone, got 'XQ'"),
        (("--unit", " "), "--unit: is empty"),
    ],
)
def test_an_outline_that_cannot_be_is_refused_and_no_file_is_made(
    home: Path, arguments: tuple[str, ...], said: str
) -> None:
    assert said in refused("new", "a.toml", "--yes", *arguments)
    assert not (home / "a.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--set", "people"), "--set: is no setting of a parameter, got 'people'"),
        (("--set", "people=many"), "is no setting of a parameter"),
        (("--set", "peple=3"), "is no parameter of the study, got 'peple'"),
        (("--set", "people=nan"), "people: is no finite number"),
        (("--scenario", "norway"), "is no scenario of the study, got 'norway'; use one of sweden, everybody-asks"),
        (("--draws", "1"), "--draws: is no number of draws, got 1"),
    ],
)
def test_options_that_cannot_be_are_refused(home: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in refused("run", str(EXAMPLES / "chatbot.toml"), *arguments)


def test_scenarios_and_settings_stand_in_the_result(home: Path) -> None:
    chatbot = str(EXAMPLES / "chatbot.toml")
    plain, sweden, fewer = (
        json.loads(done("run", chatbot, "--json", *more))
        for more in ((), ("--scenario", "sweden"), ("--set", "people=20"))
    )
    assert sweden["scenario"] == "sweden"
    assert fewer["overrides"] == {"people": 20.0}
    gwp = [form["systems"][0]["impacts"]["gwp"]["p50"] for form in (plain, sweden, fewer)]
    assert gwp[1] < gwp[0] < gwp[2]  # a cleaner grid; fewer answers to share the training
    assert plain["study"]["digest"] == sweden["study"]["digest"]


def written(home: Path, item: str) -> Path:
    path = home / "study.toml"
    path.write_text(
        'schema = "treadlight.study/1"\nid = "own"\n[goal]\npurpose = "p"\naudience = ["a"]\n[scope]\nfunction = "f"\n'
        'functional_unit = { name = "one", amount = 1, unit = "unit" }\nboundary = ["training"]\nzone = "FR"\n'
        'period = "2025"\n[[system]]\nid = "s"\ndelivers = 1\n[[system.stage]]\nname = "training"\n'
        f'[[system.stage.item]]\nname = "it"\n{item}\n'
    )
    return path


def ledger_with(home: Path, *projects: str) -> None:
    start = datetime(2025, 3, 1, tzinfo=UTC)
    evidence = Evidence(EvidenceMethod.METERED, "counter", "rapl")
    ledger = Ledger.open(str(home / "ledger.sqlite"))
    ledger.append(
        [
            Activity(new_id(start.timestamp()), start, start + timedelta(hours=1), "electricity.it", 1000.0, evidence,
                     subject=Subject(project=project), location=Location(zone="FR"))
            for project in projects
        ]
    )  # fmt: skip


def test_runs_of_a_project_are_an_item(home: Path) -> None:
    ledger_with(home, "chat", "chat", "other")
    asked = assess(Workspace(), written(home, 'ledger = { project = "chat", since = "2025-01-01" }'))
    stated = assess(Workspace(), written(home, 'flow = "electricity.it"\namount = 2000'))
    assert asked.systems[0].samples == pytest.approx(stated.systems[0].samples, rel=1e-9)
    assert asked.systems[0].quality()[0].source == "2 activities of the ledger, metered"


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ('ledger = { project = "nobody" }', "item[0].ledger: finds no activity, got 'project nobody'"),
        ('ledger = { project = "p", since = "soon" }', "ledger.since: is not a date, got 'soon'"),
        ('estimate = { kind = "dreaming" }', "estimate.kind: is no kind of estimate, got 'dreaming'"),
        ('estimate = { kind = "training" }', "nothing is known to estimate from"),
        ('estimate = { kind = "training", hours = 3 }', "hours: is no input of an estimate in a study"),
        (
            'estimate = { kind = "training", zone = "DE" }',
            "zone: is no input of an estimate in a study, got 'DE'; give the place",
        ),
        ('estimate = { kind = "training", model = "no-such" }', "no-such"),
        ('flow = "electricity.it"\nzone = "XQ"', "item[0].zone: no such zone, got 'XQ'"),
        ('flow = "electricity.it"\nperiod = "soon"', "item[0].period: not a period, got 'soon'"),
    ],
)
def test_what_the_library_the_ledger_and_the_estimator_refuse_names_the_item(home: Path, item: str, said: str) -> None:
    message = refused("run", str(written(home, item)))
    assert said in message
    assert message.startswith("study.toml: system[0].stage[0].item[0]")


def test_an_estimate_with_a_stated_overhead_is_counted_at_the_meter_of_the_hall(home: Path) -> None:
    known = 'estimate = { kind = "training", device_hours = 1000, hardware = "A100-80GB"'
    halls = [assess(Workspace(), written(home, f"{known}, pue = {pue} }}")) for pue in (1.1, 1.65)]
    means = [hall.systems[0].by_phase()["use"].mean(axis=1) for hall in halls]
    assert np.count_nonzero(means[0]) >= 5
    assert means[1] == pytest.approx(1.5 * means[0], rel=0.01)


def test_unknown_commands_are_named(home: Path) -> None:
    assert "did you mean run?" in refused("runn")


def test_why_of_a_study_of_several_systems_names_the_command_that_takes_one(home: Path) -> None:
    said = whole_refused("why", str(EXAMPLES / "accelerators.toml"))
    assert "treadlight lca why" in said and "keep-v100, buy-h100" in said


def test_warnings_name_systems_by_their_titles(home: Path) -> None:
    text = " ".join(done("run", str(EXAMPLES / "accelerators.toml")).split())
    warned = text.partition("What a reader must know")[2]
    titles = [s["title"] for s in json.loads(done("run", str(EXAMPLES / "accelerators.toml"), "--json"))["systems"]]
    assert all(f"▨ {title}:" in warned for title in titles) and "▨ keep-v100" not in warned


def _steps(node: WhyNode) -> Iterator[WhyNode]:
    yield node
    for child in node.children:
        yield from _steps(child)


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.toml")))
def test_every_tree_of_every_example_multiplies_and_adds_up(home: Path, name: str) -> None:
    result = assess(Workspace(), EXAMPLES / f"{name}.toml", draws=50)
    checked = 0
    for system in result.systems:
        lines = (*system.lines, *system.outside, *system.credits)
        for path in dict.fromkeys([system.id, *(f"{system.id}/{line.stage}/{line.item}" for line in lines)]):
            for category in result.categories:
                for node in _steps(study_why(result, path, category)):
                    known = [child.amount for child in node.children if child.amount is not None]
                    if known and node.amount is not None:
                        checked += 1
                        made = sum(known) if node.op == "sum" else prod(known)
                        assert node.amount == pytest.approx(made, rel=1e-9), (path, category, node.id)
    assert checked > 50


@pytest.mark.parametrize(
    "arguments",
    [("archive", "z.toml", "-o", "z.toml"), ("archive", "z.toml", "-o", "./beside/../hall.csv"),
     ("archive", "outer.toml", "-o", "z.toml"), ("report", "z.toml", "z.toml", "--md"),
     ("report", "z.toml", "link.md"), ("report", "packed.tlz", "packed.tlz", "--md"),
     ("export", "z.toml", "link.zip", "--to", "csv"), ("report", "outer.toml", "--tables", "tables")],
)  # fmt: skip
def test_nothing_that_is_read_is_ever_replaced(home: Path, arguments: tuple[str, ...]) -> None:
    Path("beside").mkdir()
    Path("tables").mkdir()
    Path("hall.csv").write_text("process,unit,target,amount\nhall,hour,gwp,8\n")
    Path("tables/inventory.csv").write_text("process,unit,target,amount\nroom,hour,gwp,8\n")
    done("new", "z.toml", "--yes", "--stage", "serving", "--title", "inner")
    inner = Path("z.toml").read_text()
    Path("z.toml").write_text(inner + '\n[[process_table]]\nfile = "hall.csv"\n')
    done("archive", "z.toml", "-o", "packed.tlz")
    outer = inner.replace('id = "inner"', 'id = "outer"').partition("[[system.stage]]")[0]
    Path("outer.toml").write_text(
        f'{outer}[[system.stage]]\nname = "serving"\n[[system.stage.item]]\nname = "in"\nstudy = "z.toml"\n'
        '\n[[process_table]]\nfile = "tables/inventory.csv"\n'
    )
    Path("link.md").hardlink_to("z.toml")
    Path("link.zip").symlink_to("z.toml")
    held = {path: path.read_bytes() for path in Path().rglob("*.*") if path.is_file()}
    assert "is a file that is read" in refused(*arguments)
    assert {path: path.read_bytes() for path in Path().rglob("*.*") if path.is_file()} == held


@pytest.mark.parametrize(
    ("arguments", "name", "held"),
    [(("archive", "z.toml", "-o", "mine"), "mine", "a,b\n1,2\n"), (("archive", "z.toml"), "z.tlz", "[notes]\nx = 1\n"),
     (("report", "z.toml", "mine.html"), "mine.html", "[notes]\nx = 1\n"),
     (("report", "z.toml", "train.py", "--md"), "train.py", "print(1)\n"),
     (("report", "z.toml", "mine.json", "--pdf"), "mine.json", "{}\n"),
     (("export", "z.toml", "--to", "bw", "mine.zip"), "mine.zip", "a,b\n1,2\n"),
     (("new", "prices.csv", "--yes", "--force"), "prices.csv", "a,b\n1,2\n"),
     (("report", "z.toml", "new.html", "--tables", "tables"), "tables/sources.csv", "<!doctype html>\n")],
)  # fmt: skip
def test_nothing_that_is_plainly_something_else_is_replaced(
    home: Path, arguments: tuple[str, ...], name: str, held: str
) -> None:
    Path("tables").mkdir()
    done("new", "z.toml", "--yes", "--stage", "serving")
    Path(name).write_text(held)
    assert "; give another name, or remove that file first" in refused(*arguments)
    assert Path(name).read_text() == held


@pytest.mark.parametrize("form", ["openlca", "bw", "csv"])
def test_a_zip_is_replaced_by_one_for_the_same_tool_only(home: Path, form: str) -> None:
    done("new", "z.toml", "--yes", "--stage", "serving")
    for other in {"openlca", "bw", "csv"} - {form}:
        done("export", "z.toml", "--to", other, f"{other}.zip")
        held = Path(f"{other}.zip").read_bytes()
        assert "; give another name, or remove that file first" in refused(
            "export", "z.toml", "--to", form, f"{other}.zip"
        )
        assert Path(f"{other}.zip").read_bytes() == held
    with zipfile.ZipFile("mine.zip", "w") as packed:
        packed.writestr("photo.jpg", "x")
    assert "holds a zip, not " in refused("export", "z.toml", "--to", form, "mine.zip")
    for _ in range(2):
        done("export", "z.toml", "--to", form, f"{form}.zip")


def test_an_earlier_report_or_archive_is_replaced(home: Path) -> None:
    done("new", "z.toml", "--yes", "--stage", "serving")
    wanted = [("report", "z.toml", name) for name in ("r.html", "r.md", "r.json")] + [("archive", "z.toml")]
    for arguments in [*wanted, *wanted, ("report", "z.toml", "r.html", "--tables", "tables")] * 2:
        done(*arguments)
    assert Path("r.html").read_text().lower().startswith("<!doctype html")


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--unit", "kWh", "is measured, not counted"), ("--unit", "year", "is measured, not counted"),
     ("--years", "inf", "is not above 0 and finite"), ("--per", "nan", "is not above 0 and finite")],
)  # fmt: skip
def test_no_study_is_begun_that_would_not_run(home: Path, option: str, value: str, said: str) -> None:
    assert f"{option}: {said}" in refused("new", "study.toml", "--yes", option, value)
    assert not Path("study.toml").exists()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a device without an end")
def test_a_study_without_end_is_refused_after_so_many_bytes(home: Path) -> None:
    assert "is too large for a study" in refused("run", "/dev/zero")


def test_the_example_of_the_help_is_there(home: Path) -> None:
    text = " ".join(CliRunner().invoke(cli, ["lca", "why", "--help"]).stdout.split())
    path = text.partition('bloom.toml "')[2].partition('"')[0]
    assert path and "CO₂e" in done("why", str(EXAMPLES / "bloom.toml"), path)


def test_the_foot_says_how_hardware_is_shared_out(home: Path) -> None:
    done("new", "study.toml", "--yes", "--stage", "serving")
    assert "hardware by time over its life and use; study" in " ".join(done("run", "study.toml").split())
    text = Path("study.toml").read_text()
    Path("study.toml").write_text(text.replace('rule = "time"', 'rule = "energy"\nshare = 0.5\nsource = "meters"'))
    said = " ".join(done("run", "study.toml").split())
    assert "hardware by time over its life and use; stated shares by energy" in said


BARE = """
schema = "treadlight.study/1"
id = "bare"
goal = { purpose = "test", audience = ["testers"] }
[scope]
function = "a model"
functional_unit = { name = "one", amount = 1, unit = "model" }
zone = "FR"
period = "2026"
boundary = ["training"]
[[system]]
id = "s"
delivers = 1
[[system.stage]]
name = "training"
[[system.stage.item]]
name = "t"
estimate = { kind = "training", params_total_b = 8, tokens_b = 15000 }
"""


def test_a_training_on_what_is_not_named_counts_the_making_as_the_estimate_does(home: Path, tmp_path: Path) -> None:
    (tmp_path / "bare.toml").write_text(BARE)
    impacts = json.loads(done("run", str(tmp_path / "bare.toml"), "--json"))["systems"][0]["impacts"]
    estimate = CliRunner().invoke(
        cli, ["estimate", "training", "--params", "8", "--tokens", "15000", "--zone", "FR", "--json"]
    )
    told = json.loads(estimate.stdout)
    for category in ("gwp", "adpe", "pe"):
        making = impacts[category]["by_phase"]["embodied"]
        assert making["p50"] == pytest.approx(told["impacts"][category]["embodied"]["p50"], rel=1e-9)
        assert making["p05"] < making["p50"] < making["p95"]
    assert impacts["ewaste"]["p50"] > 0
    assert impacts["water"]["coverage"] == 0.5


def test_knowing_the_accelerator_less_never_covers_more(home: Path, tmp_path: Path) -> None:
    (tmp_path / "bare.toml").write_text(BARE)
    (tmp_path / "named.toml").write_text(BARE.replace("8, tokens", '8, hardware = "H100", tokens'))
    bare, named = (
        json.loads(done("run", str(tmp_path / f"{name}.toml"), "--json"))["systems"][0]["impacts"]
        for name in ("bare", "named")
    )
    for category, held in bare.items():
        assert held["coverage"] <= named[category]["coverage"]


def test_a_study_that_is_begun_knows_the_waste_of_its_serving(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "begun.toml"
    done("new", str(path), "--title", "Begun", "--function", "answer", "--unit", "request", "--stage", "training",
         "--stage", "serving", "--zone", "FR", "--yes")  # fmt: skip
    result = assess(Workspace(), path)
    serving = study_why(result, "now/serving", "ewaste")
    assert serving.amount is not None and serving.amount > 0


def test_hot_spots_leave_out_what_is_known_to_be_nothing(home: Path) -> None:
    done("new", "study.toml", "--yes", "--stage", "serving")
    head = Path("study.toml").read_text().partition("[[system.stage]]")[0]
    Path("study.toml").write_text(
        f'{head}[[system.stage]]\nname = "serving"\n[[system.stage.item]]\nname = "camera"\nprocess = "cam"\n'
        'amount = 1\n\n[[process]]\nid = "cam"\nunit = "unit"\nphase = "embodied"\n'
        'exchanges = [{ target = "gwp", amount = 100, source = "declaration" }]\n'
    )
    text = done("run", "study.toml")
    spots = text.partition("Hot spots")[2].partition("\n\n")[0]
    assert "Carbon: camera" in spots and "Electricity drawn" not in spots
    assert "Electricity drawn" in text.partition("Hot spots")[0]
