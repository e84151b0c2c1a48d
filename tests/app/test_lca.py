"""Studies as a person makes and assesses them: `treadlight lca new` and `run`, on the terminal and as JSON."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from treadlight.app.cli.main import cli
from treadlight.app.lifecycle import assess
from treadlight.app.workspace import Workspace
from treadlight.core.activity import Activity, Evidence, EvidenceMethod, Location, Subject
from treadlight.core.errors import InputError
from treadlight.core.ids import new_id
from treadlight.ledger.store import Ledger

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
