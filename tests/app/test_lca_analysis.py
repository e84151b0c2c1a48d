"""Sensitivity, break-even and comparison as a person asks for them, on the terminal and as JSON."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from treadlight.app.cli.main import cli
from treadlight.core.errors import InputError

EXAMPLES = Path(__file__).parents[2] / "examples" / "studies"
CHATBOT, EDGE, BLOOM = (str(EXAMPLES / f"{name}.toml") for name in ("chatbot", "vision-edge", "bloom"))
FEW = ("--samples", "256")


pytestmark = pytest.mark.usefixtures("home")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["lca", *arguments])


def text(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exception is None, result.exception
    return result.stdout


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["lca", *arguments], standalone_mode=False)
    assert isinstance(result.exception, InputError), result.output
    return str(result.exception)


@pytest.mark.parametrize("study", [CHATBOT, EDGE, BLOOM])
def test_every_example_says_what_moves_it(study: str) -> None:
    form = json.loads(text("sensitivity", study, "--json", *FEW))
    assert form["schema"] == "treadlight.study-sensitivity/1"
    for system in form["systems"]:
        gwp = system["impacts"]["gwp"]
        assert gwp["inputs"], "nothing moves it"
        assert gwp["p05"] < gwp["at_medians"] < gwp["p95"]
        totals = [i["total"]["value"] for i in gwp["inputs"] if i["total"]]
        assert totals == sorted(totals, reverse=True)
        for moved in gwp["inputs"]:
            assert moved["total"]["p05"] <= moved["total"]["p95"]
            assert moved["label"]


@pytest.mark.parametrize("study", [CHATBOT, EDGE, BLOOM])
def test_nothing_is_wider_than_a_terminal(study: str) -> None:
    assert max(map(len, text("sensitivity", study, "--category", "gwp", *FEW).splitlines())) <= 80


def test_what_the_estimates_do_not_know_is_among_the_inputs() -> None:
    form = json.loads(text("sensitivity", CHATBOT, "--json", "--category", "energy", *FEW))
    (system,) = form["systems"]
    assert list(system["impacts"]) == ["energy"]
    (rest,) = [i for i in system["impacts"]["energy"]["inputs"] if i["kind"] == "rest"]
    assert rest["low"] is None
    assert rest["impact_at_low"] < rest["impact_at_high"]
    assert rest["of_logarithm"]["total"]["value"] > 0.01


def test_an_unknown_category_has_no_inputs() -> None:
    form = json.loads(text("sensitivity", EDGE, "--json", *FEW))
    ewaste = form["systems"][0]["impacts"]["ewaste"]
    assert (ewaste["p50"], ewaste["at_medians"], ewaste["inputs"]) == (None, None, [])
    assert "E-waste".lower() + ": unknown" in text("sensitivity", EDGE, "--category", "ewaste", *FEW).lower()


def test_scenarios_stand_beside_the_study() -> None:
    form = json.loads(text("sensitivity", CHATBOT, "--json", *FEW))
    by_name = {scenario["name"]: scenario["systems"][0]["impacts"] for scenario in form["scenarios"]}
    assert set(by_name) == {"sweden", "everybody-asks"}
    assert by_name["sweden"]["gwp"]["probability_scenario_is_lower"] == 1
    assert by_name["sweden"]["gwp"]["ratio"]["p95"] < 1
    assert by_name["sweden"]["ewaste"]["difference"]["p95"] == pytest.approx(0, abs=1e-12)


def test_the_terminal_shows_bars_indices_and_scenarios() -> None:
    shown = text("sensitivity", CHATBOT, "--category", "gwp", "--top", "3", *FEW)
    assert "│█" in shown
    assert "alone" in shown
    assert "Scenario sweden" in shown
    assert "more: --top, --json" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_break_even_is_said_in_words_with_its_curve() -> None:
    asked = ("sensitivity", CHATBOT, "--break-even", "requests", "--between", "training", "others")
    shown = text(*asked, "--category", "gwp")
    assert "Where training and everything else are equal" in shown
    assert "Below it training is larger, above it everything else." in " ".join(shown.split())
    form = json.loads(text(*asked, "--json"))
    assert form["schema"] == "treadlight.study-break-even/1"
    gwp = form["impacts"]["gwp"]
    shares = gwp["share_of_draws"]
    kinds = ("crossing", "left_larger_throughout", "right_larger_throughout", "equal_throughout")
    assert sum(shares[kind] for kind in kinds) == pytest.approx(1)
    assert form["from"] < gwp["value"]["p05"] < gwp["value"]["p50"] < gwp["value"]["p95"] < form["to"]
    curve = gwp["curve"]
    assert len(curve["values"]) == len(curve["left"]["p50"]) == len(curve["probability_left_is_lower"])


def test_two_systems_are_compared_without_being_named_and_never_is_said() -> None:
    shown = text("sensitivity", EDGE, "--break-even", "cloud_wh")
    assert "Never: in-the-cloud is always the larger one." in shown
    assert "E-waste: is not known of on-device." in shown


def test_a_scenario_is_where_the_break_even_lies() -> None:
    asked = ("sensitivity", CHATBOT, "--break-even", "requests", "--between", "training", "others", "--json",
             "--category", "gwp")  # fmt: skip
    here, there = json.loads(text(*asked)), json.loads(text(*asked, "--scenario", "sweden"))
    assert there["scenario"] == "sweden"
    assert here["impacts"]["gwp"]["value"] != there["impacts"]["gwp"]["value"]


def test_two_systems_of_one_study_stand_side_by_side() -> None:
    form = json.loads(text("compare", EDGE, "--json"))
    assert (form["schema"], form["comparable"], form["mismatches"]) == ("treadlight.study-comparison/1", True, [])
    gwp = form["impacts"]["gwp"]
    assert gwp["probability_a_is_lower"] == 1
    assert gwp["difference"]["p95"] < 0
    assert form["impacts"]["ewaste"]["probability_a_is_lower"] is None
    back = json.loads(text("compare", f"{EDGE}:in-the-cloud", f"{EDGE}:on-device", "--json"))
    assert back["impacts"]["gwp"]["difference"]["p05"] == pytest.approx(-gwp["difference"]["p95"])
    shown = text("compare", EDGE)
    assert "A lower in" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_studies_by_other_rules_are_refused_with_what_would_make_them_comparable() -> None:
    result = run("compare", f"{EDGE}:on-device", CHATBOT)
    assert result.exit_code == 1
    for part in ("Not comparable", "functional unit: name", "one million pictures judged", "1,000 answers",
                 "boundary: stages", "To compare them: let both be for the same function"):  # fmt: skip
        assert part in result.stdout
    result = run("compare", f"{EDGE}:on-device", CHATBOT, "--json")
    form = json.loads(result.stdout)
    assert (result.exit_code, form["comparable"], form["impacts"]) == (1, False, {})
    assert {m["topic"] for m in form["mismatches"]} == {"functional unit", "boundary"}


def test_a_study_changed_in_one_figure_is_comparable(home: Path) -> None:
    written = Path(CHATBOT).read_text(encoding="utf-8")
    (home / "fewer.toml").write_text(written.replace("device_hours = 300", "device_hours = 100"), encoding="utf-8")
    form = json.loads(text("compare", "fewer.toml", CHATBOT, "--json"))
    assert form["comparable"]
    assert form["impacts"]["gwp"]["probability_a_is_lower"] == 1
    (home / "cut.toml").write_text(written.replace("cut_off_percent = 1.0", "cut_off_percent = 5.0"), encoding="utf-8")
    assert run("compare", "cut.toml", CHATBOT).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sensitivity", "no.toml"), "no such file"),
        (("sensitivity", CHATBOT, "--samples", "3"), "--samples: is no number of samples"),
        (("sensitivity", CHATBOT, "--category", "noise"), "unknown impact category"),
        (("sensitivity", CHATBOT, "--from", "3"), "--from: is of no use here"),
        (("sensitivity", CHATBOT, "--scenario", "mars"), "is no scenario of the study"),
        (("sensitivity", CHATBOT, "--break-even", "request", "--between", "training", "others"), "is no parameter"),
        (("sensitivity", CHATBOT, "--break-even", "requests"), "--between: is not given"),
        (("sensitivity", EDGE, "--break-even", "cloud_wh", "--category", "ewaste"), "is not known of on-device"),
        (("sensitivity", EDGE, "--break-even", "cloud_wh", "--from", "2", "--to", "1"), "is no range"),
        (("compare", CHATBOT), "is one side of a comparison"),
        (("compare", CHATBOT, CHATBOT), "is both sides"),
        (("compare", EDGE, CHATBOT), "has several systems"),
        (("compare", f"{EDGE}:at-home", CHATBOT), "is no system of the study"),
        (("compare", EDGE, EDGE, EDGE), "are too many"),
        (("compare", EDGE, "--draws", "1"), "--draws: is no number of draws"),
    ],
)
def test_bad_questions_are_one_line_with_a_remedy(arguments: tuple[str, ...], said: str) -> None:
    line = refused(*arguments)
    assert said in line
    assert ";" in line
    assert "\n" not in line
