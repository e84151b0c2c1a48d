"""Studies as files: what is refused, and that the message names the file, the field, the value and the remedy."""

import copy
from pathlib import Path
from typing import Any

import pytest

from studies_made import assessed, given, item, stage, system
from treadlight.assess.lifecycle.reading import read_study, study_of
from treadlight.core.errors import InputError, NotFoundError, UnitError

EXAMPLES = Path(__file__).parents[3] / "examples" / "studies"


def refused(study: dict[str, Any], kind: type[InputError] = InputError) -> str:
    with pytest.raises(kind) as caught:
        assessed(study)
    return str(caught.value)


def with_item(**rest: Any) -> dict[str, Any]:
    return given(system(stage("training", item(**rest))))


def test_an_unknown_key_is_named_where_it_stands() -> None:
    study = given()
    study["system"][0]["stage"][0]["item"][0]["ammount"] = 3
    assert "study: system[0].stage[0].item[0].ammount: is no key of a study" in refused(study)
    assert "study: scop: is no key" in refused({**given(), "scop": {}})


def test_a_missing_key_is_named() -> None:
    study = given()
    del study["goal"]["purpose"]
    assert "goal.purpose: is missing; add purpose" in refused(study)


@pytest.mark.parametrize("name", ["studies", "path"])
def test_what_a_reader_fills_in_is_no_key(name: str) -> None:
    assert f"study: {name}: is no key of a study" in refused({**given(), name: {}})


def test_a_value_of_another_kind_is_named() -> None:
    assert "system[0].stage[0].item[0].amount: expected" in refused(with_item(amount=[1]))


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ({"boundary": ["trainning"]}, "is no stage of an AI system's life, got 'trainning'"),
        ({"boundary": []}, "scope.boundary: is empty"),
        ({"excluded": [{"stage": "serving", "reason": "x"}]}, "is both inside and excluded, got 'serving'"),
        ({"excluded": [{"stage": "data", "reason": " "}]}, "scope.excluded.reason: is empty"),
        ({"categories": ["carbon"]}, "is no impact category, got 'carbon'"),
        ({"categories": ["gwp", "gwp"]}, "is there twice, got 'gwp'"),
        ({"electricity": "green"}, "is no way to count electricity, got 'green'; use one of location, market"),
        ({"end_of_life": "credit"}, "credits are items with credit = true"),
        ({"cut_off_percent": -1}, "scope.cut_off_percent: is no share, got -1"),
        ({"functional_unit": {"name": "n", "amount": 0, "unit": "u"}}, "functional_unit.amount: is not above 0"),
    ],
)
def test_a_scope_that_cannot_be_is_refused(scope: dict[str, Any], said: str) -> None:
    assert said in refused(given(scope=scope))


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (
            {"amount": "requets * 2"},
            "item[0].amount: is no parameter of the study, got 'requets'; did you mean requests?",
        ),
        ({"amount": "lognormal(1)"}, "lognormal takes 2 numbers"),
        ({"amount": "1 / (requests - requests)"}, "is not finite, got '1 / (requests - requests)'"),
        ({"amount": -1}, "is negative in some draws"),
        ({"amount": "normal(1, 5)"}, "is negative in some draws"),
        ({"pedigree": [1, 2]}, "item[0].pedigree: are no pedigree scores, got [1, 2]"),
        ({"process": "nothing"}, "process: is no process of the study, got 'nothing'"),
        ({"flow": "x.y"}, "flow: unknown flow, got 'x.y'"),
        ({"flow": "electricity.it", "process": "p"}, "says flow and process"),
        ({"study": "other.toml"}, "no such file, got 'other.toml'"),
        ({"estimate": {"kind": "training"}}, "needs an estimator"),
        ({"ledger": {"project": "p"}}, "needs a ledger"),
        ({"ledger": {}}, "would take the whole ledger"),
    ],
)
def test_an_item_that_cannot_be_is_refused(rest: dict[str, Any], said: str) -> None:
    study = {**with_item(**rest), "parameters": {"requests": {"value": 5}}}
    assert said in refused(study)


def test_nothing_at_all_is_refused() -> None:
    study = given()
    study["system"][0]["stage"][0]["item"] = [{"name": "nothing"}]
    assert "says nothing, got 'nothing'; give exactly one of flow, process, estimate, ledger, study" in refused(study)
    study["system"][0]["stage"] = []
    assert "holds no item" in refused(study)
    assert "has no system" in refused({**study, "system": []})


def test_units_that_do_not_match_are_refused_with_both() -> None:
    said = refused(with_item(amount=1, unit="kg"), UnitError)
    assert "item[0].unit: kg measures mass and kWh measures energy, got 'kg'; give the amount in kWh" in said
    own = {"id": "p", "unit": "picture", "exchanges": [{"target": "gwp", "amount": 1}]}
    assert "unknown unit" in refused({**with_item(process="p", unit="page"), "process": [own]}, UnitError)


def test_a_category_is_never_summed_with_an_unlike_one() -> None:
    scarce = {"id": "p", "unit": "unit", "exchanges": [{"target": "water", "amount": 1, "unit": "m3-world-eq"}]}
    said = refused({**with_item(process="p"), "process": [scarce]}, UnitError)
    assert (
        "process[0].exchanges[0].unit: m3-world-eq measures scarcity-weighted water and L measures water volume" in said
    )
    scarce["exchanges"][0] = {"target": "carbon", "amount": 1}
    assert "is neither process, flow nor category, got 'carbon'" in refused(
        {**with_item(process="p"), "process": [scarce]}
    )


@pytest.mark.parametrize("share", [1.2, "uniform(0.5, 1.2)"])
def test_an_allocation_above_the_whole_is_refused(share: Any) -> None:
    assert "item[0].share: more than the whole is allocated" in refused(with_item(share=share))
    hardware = with_item(flow="hardware.gpu", amount=1, allocation={"share": share})
    assert "allocation.share: more than the whole is allocated" in refused(hardware)


def test_shares_of_one_whole_come_to_one_at_most() -> None:
    halves = [item(f"part {i}", share=0.6, whole="cluster") for i in range(2)]
    assert "more than the whole is allocated, got '1.2'" in refused(given(system(stage("training", *halves))))
    apart = [system(stage("training", half), id=f"s{i}") for i, half in enumerate(halves)]
    assert len(assessed(given(*apart)).systems) == 2  # alternatives may each take 60 % of it


def test_a_parameter_that_needs_itself_is_refused() -> None:
    loop = {"a": {"value": "b + 1"}, "b": {"value": "a * 2"}}
    assert "needs itself" in refused({**with_item(amount="a"), "parameters": loop})


def test_a_study_that_includes_itself_is_refused(tmp_path: Path) -> None:
    inner, outer = tmp_path / "inner.toml", tmp_path / "outer.toml"
    text = (EXAMPLES / "bloom.toml").read_text()
    more = '\n[[system]]\nid = "more"\ndelivers = 1\n[[system.stage]]\nname = "training"\n'
    more += '[[system.stage.item]]\nname = "it"\n'
    inner.write_text(text + more + 'study = "outer.toml"\n')
    outer.write_text(text.replace('id = "bloom"', 'id = "outer"') + more + 'study = "inner.toml"\n')
    with pytest.raises(InputError, match=r"inner.toml: study: includes itself, got 'outer.toml'"):
        read_study(outer)


def test_what_is_no_file_and_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such file"):
        read_study(tmp_path / "none.toml")
    with pytest.raises(InputError, match="cannot be read"):
        read_study(tmp_path)
    path = tmp_path / "broken.toml"
    for content in (b"a = [", b"\xff\xfe", b"a = 1\na = 2"):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"broken.toml: is no TOML"):
            read_study(path)


def test_the_digest_is_of_the_content_not_of_the_layout_or_the_place(tmp_path: Path) -> None:
    text = (EXAMPLES / "vision-edge.toml").read_text()
    for name, written in (("a.toml", text), ("b.toml", f"# a remark\n\n{text}")):
        (tmp_path / name).write_text(written)
    (tmp_path / "c.toml").write_text(text.replace("value = 1921", "value = 1922"))
    digests = [read_study(tmp_path / name).digest for name in ("a.toml", "b.toml", "c.toml")]
    assert digests[0] == digests[1] != digests[2]


def test_a_study_made_of_a_mapping_keeps_the_mapping() -> None:
    study = given()
    before = copy.deepcopy(study)
    study_of(study)
    assert study == before
