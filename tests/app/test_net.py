"""Claims as a person makes and assesses them: `treadlight net new` and `run`: terminal, JSON and page."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from treadlight.app.cli.main import cli
from treadlight.core.activity import Activity, Evidence, EvidenceMethod, Location, Subject
from treadlight.core.errors import InputError
from treadlight.core.ids import new_id
from treadlight.ledger.store import Ledger

CLAIMS = Path(__file__).parents[2] / "examples" / "claims"
START = datetime(2026, 3, 1, tzinfo=UTC)


def run(*arguments: str, answers: str = "") -> Result:
    return CliRunner().invoke(cli, ["net", *arguments], input=answers)


def form_of(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("run", *arguments, "--json").stdout)
    return found


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["net", *arguments], standalone_mode=False)
    assert isinstance(result.exception, InputError), result.output
    return str(result.exception)


@pytest.mark.parametrize("name", sorted(path.stem for path in CLAIMS.glob("*.toml")))
def test_every_example_is_told_whole_and_only_the_sound_one_exits_with_0(home: Path, name: str) -> None:
    result = run("run", str(CLAIMS / f"{name}.toml"))
    assert result.exit_code == (0 if name == "heating" else 1), result.output
    for part in ("Beside each other", "How it is computed", "Gates", "What may be said", "The net effect is"):
        assert part in result.stdout
    assert ("Nothing may be claimed" in " ".join(result.stdout.split())) == (name != "heating")
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_the_contrail_trial_shows_both_effects_and_how_far_the_headline_goes(home: Path) -> None:
    text = run("run", str(CLAIMS / "contrails-2026.toml")).stdout
    assert "Over all to whom it was offered (intention to treat)  11.6  %" in text
    assert "Over those who followed it (per protocol)               62  %" in text
    assert "62 % was told, 5.3 times what was found over all" in text


def test_footprint_and_avoided_stand_apart_and_the_net_takes_one_off_the_other_once(home: Path) -> None:
    found = form_of(str(CLAIMS / "chatbot.toml"))["claims"][0]
    assert found["avoided"]["p50"] > 0 > found["net"]["p50"]
    assert found["avoided"]["p50"] - found["footprint"]["p50"] == pytest.approx(found["net"]["p50"], rel=0.05)
    run("run", str(CLAIMS / "chatbot.toml"), "--html", "a.html")
    shown = run("run", str(CLAIMS / "chatbot.toml")).stdout
    for text in (" ".join(shown.split()), unescape((home / "a.html").read_text())):
        at = [text.index(name) for name in ("Its own footprint", "Avoided elsewhere, before", "Net: avoided less")]
        assert at == sorted(at)


@pytest.mark.parametrize("name", ["eco-routing-2022", "scenario-2035"])
def test_a_headline_whose_cost_is_unknown_is_shown_as_claimed_only(home: Path, name: str) -> None:
    lines = run("run", str(CLAIMS / f"{name}.toml")).stdout.splitlines()
    figures = [line for line in lines if "00 000  t CO₂e" in line.replace("\u202f", " ")]
    assert figures and all("laimed" in line for line in figures)
    found = form_of(str(CLAIMS / f"{name}.toml"))["claims"][0]
    assert found["avoided"]["p50"] is found["net"]["p50"] is found["attributed"]["p50"] is None


def test_a_harm_is_told_in_the_place_and_form_of_a_benefit(home: Path) -> None:
    harm, benefit = (run("run", str(CLAIMS / f"{name}.toml")).stdout.splitlines() for name in ("chatbot", "heating"))
    assert harm[2].startswith("The net effect is a harm: ")
    assert benefit[2].startswith("The net effect is a benefit: ")
    found = form_of(str(CLAIMS / "chatbot.toml"))["claims"][0]
    assert found["net"]["p95"] < 0
    assert found["probability_of_benefit"] == 0
    assert found["outcome"] == "harm"
    assert found["sentence"] is None
    assert "A chatbot instead of the help desk (Ireland): the company added " in found["statement"]
    assert "Nothing may be claimed" in found["statement"]


def test_the_form_is_versioned_and_keeps_the_footprint_beside_what_is_avoided(home: Path) -> None:
    form = form_of(str(CLAIMS / "heating.toml"))
    assert form["schema"] == "treadlight.net-impact/1"
    found = form["claims"][0]
    assert found["holds"] is True
    assert found["footprint"]["netted_in_inventory"] is False
    assert found["footprint"]["p50"] == pytest.approx(900, rel=0.02)
    assert found["attributed"]["p50"] == pytest.approx(found["net"]["p50"] / 2)
    assert found["net"]["p05"] < found["net"]["p50"] < found["net"]["p95"]
    assert found["sentence"].startswith("Heating of an office block by forecast (Germany): the landlord avoided")
    assert {gate["state"] for gate in found["gates"]} == {"pass"}


def test_what_is_missing_is_null_and_never_zero(home: Path) -> None:
    found = form_of(str(CLAIMS / "contrails-2026.toml"))["claims"][0]
    assert found["net"] == {"unit": "%", "p05": None, "p50": None, "p95": None}
    assert found["footprint"]["p50"] is None
    assert found["probability_of_benefit"] is None
    assert found["share"] is None


def ledger_with_a_run(home: Path) -> None:
    evidence = Evidence(EvidenceMethod.METERED, "counter", "rapl")
    metered = Activity(new_id(START.timestamp()), START, START + timedelta(hours=1), "electricity.it", 40.0, evidence,
                       subject=Subject(project="heating"), location=Location(zone="DE"))  # fmt: skip
    Ledger.open(home / "ledger.sqlite").append([metered])


def test_the_footprint_is_that_of_the_ledger_and_the_ledger_does_not_change(home: Path) -> None:
    ledger_with_a_run(home)
    text = (CLAIMS / "heating.toml").read_text()
    amount = 'amount = "lognormal(0.9, 1.4)"\nunit = "tCO2e"'
    assert amount in text
    (home / "c.toml").write_text(text.replace(amount, 'ledger = { project = "heating" }'))

    def seen() -> tuple[object, ...]:
        ledger = Ledger.open(home / "ledger.sqlite")
        return tuple(ledger.sums(None)), ledger.head()

    before = seen()
    found = form_of("c.toml")["claims"][0]
    assert found["footprint"]["p50"] == pytest.approx(40 * 0.4, rel=0.8)  # 40 kWh of German electricity [kg]
    assert found["footprint"]["parts"][0]["basis"] == "1 activities of the ledger"
    assert seen() == before


def test_a_claim_of_part_of_a_year_takes_only_that_part_of_the_ledger(home: Path) -> None:
    months = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 3, 5, 7)]
    evidence = Evidence(EvidenceMethod.METERED, "counter", "rapl")
    Ledger.open(home / "ledger.sqlite").append(
        [
            Activity(new_id(at.timestamp()), at, at + timedelta(hours=1), "electricity.grid", 100.0, evidence,
                     subject=Subject(project="heating"), location=Location(zone="DE"))
            for at in months
        ]
    )  # fmt: skip
    text = (CLAIMS / "heating.toml").read_text()
    amount = 'amount = "lognormal(0.9, 1.4)"\nunit = "tCO2e"'
    assert amount in text

    def own(query: str) -> tuple[str, float]:
        (home / "c.toml").write_text(text.replace(amount, f'ledger = {{ project = "heating"{query} }}'))
        part = form_of("c.toml")["claims"][0]["footprint"]["parts"][0]
        return part["basis"], part["p50"]

    whole, spring = own(""), own(', since = "2026-03-01", until = "2026-07-01"')
    assert (whole[0], spring[0]) == ("4 activities of the ledger", "2 activities of the ledger")
    assert spring[1] == pytest.approx(whole[1] / 2)
    assert own(', since = "2026-03-01T00:00:01Z", until = "2026-07-01T00:00:01Z"')[0] == spring[0]


def test_a_page_of_a_claim_is_one_file_that_fetches_nothing(home: Path) -> None:
    assert run("run", str(CLAIMS / "heating.toml"), "--html", "a.html").exit_code == 0
    assert run("run", str(CLAIMS / "chatbot.toml"), "--html", "b.html").exit_code == 1  # written all the same
    for page in ("a.html", "b.html"):
        text = unescape((home / page).read_text())
        assert "<script" not in text
        assert "http://" not in text.replace("http://www.w3.org", "")
        assert "default-src 'none'" in text
    assert "The net effect is a harm" in (home / "b.html").read_text()


def test_a_text_of_a_claim_cannot_break_its_page(home: Path) -> None:
    text = (CLAIMS / "heating.toml").read_text().replace('id = "heating"', 'id = "x"')
    hostile = text.replace("Heating of an office block by forecast", "<script>alert(1)</script>")
    (home / "c.toml").write_text(hostile)
    run("run", "c.toml", "--html", "c.html")
    assert "<script" not in (home / "c.html").read_text()


def test_claims_together_may_not_share_out_more_than_all(home: Path) -> None:
    text = (CLAIMS / "heating.toml").read_text()
    owns, sells = 'share = 0.5\nrole = "owns', 'share = 0.5\nrole = "sells'
    ours = text.replace(owns, owns.replace("0.5", "0.6")).replace(sells, sells.replace("0.5", "0.4"))
    (home / "ours.toml").write_text(ours)
    (home / "theirs.toml").write_text(text.replace('owner = "the landlord"', 'owner = "the maker of the controller"'))
    said = refused("run", "ours.toml", "theirs.toml")
    assert "saving heating: claimants take 110% of one saving: the landlord 0.6 and the maker" in said
    assert run("run", "ours.toml").exit_code == 0


def test_a_reference_dated_after_the_result_is_refused(home: Path) -> None:
    text = (CLAIMS / "heating.toml").read_text()
    (home / "c.toml").write_text(text.replace("dated = 2025-09-01", "dated = 2026-05-01"))
    said = refused("run", "c.toml")
    assert "c.toml: reference.dated: is after the result of 2026-04-15" in said


@pytest.mark.parametrize(
    ("changed", "to", "said"),
    [
        ('amount = "lognormal(0.9, 1.4)"', "amount = -3", "first_order[0].amount: falls below 0, got -3"),
        (
            "persistence_checked = 2026-10-01",
            "persistence_checked = 2020-01-01",
            "persistence_checked: is not after the",
        ),
    ],
)
def test_what_would_make_a_claim_look_better_is_refused(home: Path, changed: str, to: str, said: str) -> None:
    text = (CLAIMS / "heating.toml").read_text()
    assert changed in text
    (home / "c.toml").write_text(text.replace(changed, to))
    assert said in refused("run", "c.toml")


def test_results_of_the_future_pass_nothing(home: Path) -> None:
    text = (CLAIMS / "heating.toml").read_text().replace("persistence_checked = 2026-10-01", "")
    (home / "c.toml").write_text(text.replace("results = 2026-04-15", "results = 2999-04-15"))
    result = run("run", "c.toml")
    assert result.exit_code == 1
    assert "results are dated in the future, 2999-04-15" in " ".join(result.stdout.split())


def test_a_claim_is_begun_before_its_result_and_nothing_passes_by_itself(home: Path) -> None:
    answers = "Heating\nthe landlord\none winter\ngwp\ncontrol group\noffices without it\n"
    assert run("new", "c.toml", answers=answers).exit_code == 0
    result = run("run", "c.toml", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)["claims"][0]
    assert found["claim"]["owner"] == "the landlord"
    assert found["outcome"] == "unknown"
    assert {gate["id"] for gate in found["gates"] if gate["state"] == "pass"} == {"not-scenario", "tier", "headline"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("new", "c.toml", "--yes", "--category", "co2"), "--category: is no category, got 'co2'"),
        (("new", "c.toml", "--yes", "--reference", "hope"), "--reference: is no reference, got 'hope'"),
        (("new", "c.toml", "--yes", "--owner", " "), "--owner: is empty"),
        (("run", "none.toml"), "CLAIM: no such file, got 'none.toml'"),
        (("run", str(CLAIMS / "heating.toml"), "--draws", "1"), "--draws: is no number of draws, got 1"),
        (("run", str(CLAIMS / "heating.toml"), str(CLAIMS / "chatbot.toml"), "--html", "x.html"), "--html: shows one"),
        (("walk",), "nothing is done with a claim by this name"),
    ],
)
def test_what_cannot_be_is_one_error(home: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in refused(*arguments)


def test_what_is_there_is_not_replaced_unless_asked(home: Path) -> None:
    assert run("new", "c.toml", "--yes").exit_code == 0
    assert "is there already" in refused("new", "c.toml", "--yes")
    assert run("new", "c.toml", "--yes", "--force").exit_code == 0


def test_a_page_never_takes_the_place_of_a_claim_or_of_a_study_that_it_names(home: Path) -> None:
    CliRunner().invoke(cli, ["lca", "new", "own.toml", "--yes", "--stage", "serving"])
    text = (CLAIMS / "heating.toml").read_text()
    Path("claim.toml").write_text(text.replace("[[first_order]]", '[[first_order]]\nname = "own"\nstudy = "own.toml"\n'
                                               "amount = 1\n\n[[first_order]]", 1))  # fmt: skip
    held = {name: Path(name).read_bytes() for name in ("claim.toml", "own.toml")}
    for name in held:
        assert "--html: is a file that is read" in refused("run", "claim.toml", "--html", name)
    assert {name: Path(name).read_bytes() for name in held} == held


def test_a_page_takes_the_place_of_an_earlier_page_and_of_nothing_else(home: Path) -> None:
    claim = str(CLAIMS / "heating.toml")
    Path("mine.html").write_text("site,amount\nA,1\n")
    assert "--html: holds a table, not a web page, got 'mine.html'" in refused("run", claim, "--html", "mine.html")
    assert Path("mine.html").read_text() == "site,amount\nA,1\n"
    for _ in range(2):
        assert run("run", claim, "--html", "page.html").exit_code == 0


def test_ends_of_a_trials_interval_are_whole_per_cents(home: Path) -> None:
    claim = (CLAIMS / "contrails-2026.toml").read_text().partition("[headline]")[0]
    told = re.sub(r"per_protocol = .*\n", "", claim)
    effect = "intention_to_treat = { value = 63.6, p = 0.0316 }"
    Path("trial.toml").write_text(re.sub(r"intention_to_treat = .*", effect, told))
    form = form_of("trial.toml")
    ends = next(claim["trial"]["intention_to_treat"] for claim in form["claims"])
    said = run("run", "trial.toml").stdout
    assert re.search(rf"63\.6 +% +{ends['p05']:.0f}–{ends['p95']:.0f}\b", said)


def test_not_even_force_replaces_a_table_by_a_claim(home: Path) -> None:
    Path("prices.csv").write_text("a,b\n1,2\n")
    assert "FILE: holds a table, not TOML, got 'prices.csv'" in refused("new", "prices.csv", "--yes", "--force")
    assert Path("prices.csv").read_text() == "a,b\n1,2\n"
