"""Studies in the forms of other tools: the scores that follow from what is written are ours, draw by draw."""

import io
import json
import random
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studies_made import assessed, given, item, stage, system
from treadlight.assess.lifecycle.result import StudyResult
from treadlight.share.exchange.brightway import brightway_members
from treadlight.share.exchange.graph import graph_of
from treadlight.share.exchange.openlca import openlca_members
from treadlight.share.exchange.package import zipped

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
PEER = BENCHMARKS / ".envs" / "brightway" / "bin" / "python"


def looped(seed: int, n: int = 7) -> dict[str, Any]:
    """A study of two systems whose own processes need each other, and themselves; amounts stated and computed."""
    rng = random.Random(seed)
    names = [f"p{i}" for i in range(n)]
    processes = []
    for name in names:
        inputs = [{"target": other, "amount": _amount(rng)} for other in rng.sample(names, 3)]
        direct = [{"target": "gwp", "amount": f"lognormal({rng.uniform(0.1, 2)}, 1.5)"},
                  {"target": "electricity.it", "amount": rng.uniform(0.1, 3), "unit": "kWh"}]  # fmt: skip
        processes.append({"id": name, "unit": "kg", "exchanges": inputs + direct})
    systems = [
        system(stage("training", item("made", process=name, amount="normal(5, 0.5)", unit="kg"), item(amount="k * 3")),
               id=name, delivers="lognormal(10, 1.2)")
        for name in names[:2]
    ]  # fmt: skip
    parameters = {"k": {"value": "uniform(1, 2)", "source": "a test"}}
    return given(*systems, process=processes, parameters=parameters)


def _amount(rng: random.Random) -> str | float:
    low = rng.uniform(0.01, 0.1)
    return rng.choice([low, f"uniform({low}, {1.5 * low})", f"triangular({low}, {1.1 * low}, {1.4 * low})", "k * 0.05"])


STUDIES = [looped(1), looped(2), given(system(stage("training", item(amount="lognormal(2, 1.3)"))))]


def array(data: bytes) -> np.ndarray:
    return np.load(io.BytesIO(data), allow_pickle=False)


def matrix(members: dict[str, bytes], folder: str, name: str, draw: int | None) -> dict[tuple[int, int], float]:
    """A matrix as Brightway builds it: sums within a group, later groups in the place of earlier ones."""
    cells: dict[tuple[int, int], float] = {}
    for resource in json.loads(members[f"{folder}/datapackage.json"])["resources"]:
        if resource["kind"] != "indices" or resource["matrix"] != name:
            continue
        if resource["category"] == "array" and draw is None:
            continue
        group = f"{folder}/{resource['group']}"
        values = array(members[f"{group}.data.npy"])
        values = values[:, draw] if resource["category"] == "array" else values
        flips = members.get(f"{group}.flip.npy")
        signs = np.where(array(flips), -1.0, 1.0) if flips else np.ones(len(values))
        found: dict[tuple[int, int], float] = {}
        for (row, col), value in zip(array(members[f"{group}.indices.npy"]).tolist(), signs * values, strict=True):
            found[row, col] = found.get((row, col), 0.0) + float(value)
        cells |= found
    return cells


def score(members: dict[str, bytes], category: str, demand: int, draw: int | None) -> float:
    technosphere = matrix(members, "inventory", "technosphere_matrix", draw)
    biosphere = matrix(members, "inventory", "biosphere_matrix", draw)
    factors = matrix(members, category, "characterization_matrix", draw)
    n = max(row for row, _ in technosphere)
    a = np.zeros((n, n))
    for (row, col), value in technosphere.items():
        a[row - 1, col - 1] = value
    f = np.zeros(n)
    f[demand - 1] = 1.0
    scale = np.linalg.solve(a, f)
    return sum(value * scale[col - 1] * factors.get((row, row), 0.0) for (row, col), value in biosphere.items())


@pytest.mark.parametrize("study", STUDIES)
def test_matrices_give_our_scores_at_the_medians_and_in_each_draw(study: dict[str, Any]) -> None:
    result = assessed(study, draws=20)
    members = brightway_members(graph_of(result))
    told = json.loads(members["scores.json"])["systems"]
    for one in result.systems:
        for row, category in enumerate(result.categories):
            if not one.samples[row].any():
                continue
            demand = told[one.id]["id"]
            assert score(members, category, demand, None) == pytest.approx(one.central[row], rel=1e-9)
            assert told[one.id]["scores"][category] == one.central[row]
            for draw in (0, 7, 19):
                assert score(members, category, demand, draw) == pytest.approx(one.samples[row, draw], rel=1e-9)


@pytest.mark.skipif(not PEER.exists(), reason="no bw2calc: python benchmarks/monte_carlo.py makes its environment")
@pytest.mark.parametrize("study", STUDIES)
def test_bw2calc_gives_our_scores_on_the_data_packages(study: dict[str, Any], tmp_path: Path) -> None:
    result = assessed(study, draws=20)
    for path, data in brightway_members(graph_of(result)).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
    script = BENCHMARKS / "peers" / "brightway_package.py"
    done = subprocess.run([PEER, script, tmp_path, "20"], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    for one in result.systems:
        for row, category in enumerate(result.categories):
            theirs = found[one.id][category]
            np.testing.assert_allclose(theirs["static"], one.central[row], rtol=1e-9)
            np.testing.assert_allclose(theirs["draws"], one.samples[row], rtol=1e-9)


def test_distributions_are_those_that_are_stated() -> None:
    members = brightway_members(graph_of(assessed(looped(1))))
    spread = array(members["inventory/biosphere.distributions.npy"])
    lognormal = spread[spread["uncertainty_type"] == 2]
    assert len(lognormal) == 7
    assert lognormal["scale"] == pytest.approx(np.log(1.5), rel=1e-6)
    kinds = set(array(members["inventory/technosphere.distributions.npy"])["uncertainty_type"].tolist())
    assert kinds <= {0, 4, 5}


def entities(result: StudyResult) -> dict[str, dict[str, Any]]:
    members = openlca_members(graph_of(result))
    assert json.loads(members.pop("openlca.json")) == {"schemaVersion": 2}
    found = {}
    for path, data in members.items():
        entity = json.loads(data)
        folder, _, name = path.partition("/")
        assert name == f"{entity['@id']}.json"
        assert folder == FOLDERS[entity["@type"]]
        assert entity["name"]
        found[entity["@id"]] = entity
    return found


FOLDERS = {
    "UnitGroup": "unit_groups",
    "FlowProperty": "flow_properties",
    "Flow": "flows",
    "Process": "processes",
    "Source": "sources",
    "ImpactCategory": "lcia_categories",
    "ImpactMethod": "lcia_methods",
}


def references(value: Any) -> list[dict[str, Any]]:
    """Every reference within an entity."""
    if isinstance(value, list):
        return [ref for part in value for ref in references(part)]
    if not isinstance(value, dict):
        return []
    own = [value] if "@id" in value and value["@type"] != "Unit" else []
    return own + [ref for part in value.values() for ref in references(part)]


@pytest.mark.parametrize("study", STUDIES)
def test_every_reference_of_an_openlca_package_is_in_it(study: dict[str, Any]) -> None:
    found = entities(assessed(study))
    units = {unit["@id"] for e in found.values() if e["@type"] == "UnitGroup" for unit in e["units"]}
    for entity in found.values():
        for ref in references(entity):
            assert found[ref["@id"]]["@type"] == ref["@type"]
        for exchange in entity.get("exchanges", []):
            assert exchange["unit"]["@id"] in units
            assert {"amount", "flow", "flowProperty", "isInput", "isQuantitativeReference", "internalId"} <= set(
                exchange
            )
        if entity["@type"] == "Process":
            references_ = [e for e in entity["exchanges"] if e["isQuantitativeReference"]]
            assert [(e["amount"], e["isInput"]) for e in references_] == [(1.0, False)]
            numbers = [e["internalId"] for e in entity["exchanges"]]
            assert numbers == list(range(1, entity["lastInternalId"] + 1))


@pytest.mark.parametrize("study", STUDIES)
def test_processes_of_an_openlca_package_solve_to_our_results(study: dict[str, Any]) -> None:
    result = assessed(study)
    found = entities(result)
    made = {e["exchanges"][0]["flow"]["@id"]: e for e in found.values() if e["@type"] == "Process"}
    place = {flow: i for i, flow in enumerate(made)}
    factors = {f["flow"]["@id"]: (e["name"], f["value"]) for e in found.values() if e["@type"] == "ImpactCategory"
               for f in e["impactFactors"]}  # fmt: skip
    a, gwp = np.eye(len(place)), np.zeros(len(place))
    for flow, process in made.items():
        for exchange in process["exchanges"][1:]:
            if exchange["isInput"]:
                a[place[exchange["flow"]["@id"]], place[flow]] -= exchange["amount"]
            elif factors[exchange["flow"]["@id"]][0] == "Climate change":
                gwp[place[flow]] += exchange["amount"] * factors[exchange["flow"]["@id"]][1]
    per_unit = gwp @ np.linalg.inv(a)
    for one in result.systems:
        flow = next(
            f for f, p in made.items() if p["name"].startswith(one.title) and "phase: system" in p["description"]
        )
        assert per_unit[place[flow]] == pytest.approx(one.central[0], rel=1e-9)


def test_openlca_is_told_what_is_uncertain_and_what_is_not_known() -> None:
    laptops = system(stage("serving", item("laptops", flow="product.laptop", amount="lognormal(2, 1.3)", unit="unit")))
    found = entities(assessed(given(laptops)))
    laptop = next(e for e in found.values() if e["@type"] == "Process" and e["name"].startswith("Product.Laptop"))
    assert laptop["description"] == "phase: embodied; not known, although not zero: water, adpe"
    found = entities(assessed(looped(1)))
    spreads = [x["uncertainty"] for e in found.values() for x in e.get("exchanges", []) if "uncertainty" in x]
    assert {"@type": "Uncertainty", "distributionType": "LOG_NORMAL_DISTRIBUTION"}.items() <= next(
        s for s in spreads if "geomSd" in s
    ).items()
    assert all(s["geomSd"] == pytest.approx(1.5) for s in spreads if "geomSd" in s)


def test_packages_are_the_same_bytes_each_time() -> None:
    packed = [
        zipped(form(graph_of(assessed(looped(2))))) for form in (brightway_members, openlca_members) for _ in "ab"
    ]
    assert packed[0] == packed[1]
    assert packed[2] == packed[3]
    with zipfile.ZipFile(io.BytesIO(packed[0])) as archive:
        assert archive.testzip() is None
