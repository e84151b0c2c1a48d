"""The report of a study: all parts are there, numbers are those of the result, nothing is netted or hidden."""

import csv
import io
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from studies_made import LIBRARY, assessed, given, item, stage, system
from treadlight.assess.lifecycle.tornado import tornado, varied
from treadlight.share.reports.study_html import study_page
from treadlight.share.reports.study_json import study_report_form
from treadlight.share.reports.study_markdown import study_markdown
from treadlight.share.studies.compose import study_report
from treadlight.share.studies.document import Document, Figure, Points, Table
from treadlight.share.studies.material import Material, Moved

A = system(
    stage("training", item(amount="lognormal(10, 1.4)", source="a meter", pedigree=[1, 1, 1, 1, 1])),
    stage("serving", item("cards", flow="product.gpu", amount=0.2, unit="unit"),
          item("heat given to a pool", credit=True, amount=3)),
    stage("devices", item("laptops", flow="product.laptop", amount=1, unit="unit")),
    id="a",
)  # fmt: skip
B = system(stage("training", item(amount=60)), id="b")
SCOPE = {
    "excluded": [{"stage": "devices", "reason": "not ours to change"}],
    "assumptions": ["the cards live four years"],
    "limitations": ["one site only"],
    "deviations": ["the period was shortened"],
    "data_quality": ["metered, not older than a year"],
}
PARAMETERS = {"k": {"value": "uniform(1, 2)", "source": "=cmd()|a <b>source</b>", "low": 1, "high": 3}}


def document(*systems: dict[str, Any], scope: dict[str, Any] | None = None, **rest: Any) -> Document:
    study = given(*(systems or (A, B)), scope={**SCOPE, **(scope or {})}, parameters=PARAMETERS,
                  scenario=[{"name": "less", "parameters": {"k": 1.0}}], title="A & B <i>", **rest)  # fmt: skip
    result = assessed(study)
    base, swings = tornado(result.model, varied(result.model))
    scenarios = {"less": assessed(study, scenario="less")}
    made = datetime(2026, 11, 22, 12, tzinfo=UTC)
    return study_report(Material(result, Moved(base, tuple(swings)), scenarios, made, "9.9"))


def table(found: Document, name: str) -> list[dict[str, str]]:
    text = next(t for t in found.tables() if t.name == name).csv()
    return list(csv.DictReader(io.StringIO(text)))


def conclusions(found: Document) -> str:
    section = next(s for s in found.sections if s.id == "interpretation")
    return "\n".join(next(b for b in section.blocks if isinstance(b, Points)).items)


def test_every_part_that_the_standard_asks_for_is_there() -> None:
    found = document()
    assert [s.id for s in found.sections] == [
        "goal", "scope", "inventory", "impacts", "interpretation", "public", "method", "sources",
    ]  # fmt: skip
    text = study_markdown(found)
    for part in ("Functional unit", "Boundary", "Cut-off", "Allocation", "Data-quality needs", "Assumptions",
                 "Limitations", "Deviations from the plan", "Completeness check", "Sensitivity check",
                 "Consistency check", "Conclusions", "Credits"):  # fmt: skip
        assert part in text
    for given_text in ("the cards live four years", "one site only", "the period was shortened", "metered, not older"):
        assert given_text in text
    assert "compliant" not in text.lower()
    assert "aligned with ISO 14040 and ISO 14044" in text


def test_totals_are_the_results_and_credits_are_never_taken_off() -> None:
    found = document()
    rows = {(r["system"], r["category"]): r for r in [*table(found, "impacts"), *table(found, "impacts-b")]}
    inside = 10 * 1.2 * 0.5 + 0.2 * 150
    assert float(rows["a", "gwp"]["p50"]) == pytest.approx(inside, rel=0.01)
    assert rows["b", "adpe"]["p50"] == ""
    assert rows["b", "gwp"]["p50"] == "36"
    avoided = table(found, "credits")
    assert [(r["item"], r["category"], r["p50"]) for r in avoided] == [
        ("heat given to a pool", "gwp", "1.8"),
        ("heat given to a pool", "water", "7.2"),
        ("heat given to a pool", "adpe", ""),
    ]
    assert "| heat given to a pool | Minerals | unknown |" in study_markdown(found)


def test_what_is_left_out_stands_with_its_reason_and_what_it_would_add() -> None:
    left = table(document(), "left-out")
    assert {(r["stage"], r["reason"], r["category"]) for r in left} >= {("devices", "not ours to change", "gwp")}
    gwp = next(r for r in left if r["category"] == "gwp")
    assert float(gwp["share of the total"]) == pytest.approx(200 / 36.3, rel=0.05)
    warnings = " ".join(document().warnings)
    assert "the boundary leaves out devices" in warnings


def test_conclusions_follow_from_the_figures() -> None:
    told = conclusions(document())
    assert "Serving is the largest stage of carbon (83" in told
    assert "“a” beside “b”: not compared, because not as much is known of both: carbon, water and minerals." in told
    assert "Avoided burdens (heat given to a pool) stand beside the totals" in told
    apart = conclusions(
        document(system(stage("training", item(amount=1)), id="x"), system(stage("training", item(amount=2)), id="y"))
    )
    assert "“x” beside “y”: “x” is lower in at least 95 % of draws: carbon and water." in apart
    long_tail = system(stage("training", item(amount="lognormal(1, 6)")), stage("serving", item(amount=2)))
    assert "Which stage is the largest is open for carbon (training has the largest mean" in conclusions(
        document(long_tail)
    )
    reversed_ = conclusions(document(system(stage("training", item(amount=1000)), stage("serving", item(amount=1)))))
    assert "Training is the largest stage of carbon (>" in reversed_
    assert "a ranking by carbon alone would mislead" not in reversed_


def test_what_is_known_in_part_is_concluded_of_what_is_known_only() -> None:
    laptop, power = item("laptop", flow="product.laptop", amount=0.01, unit="unit"), item(amount=1)
    told = conclusions(document(system(stage("training", power), stage("serving", laptop))))
    assert "\nServing is the largest stage of carbon" in told
    assert "Of what is known: Training is the largest stage of water" in told
    assert "Making is larger than use for carbon." in told
    assert "for water" not in told.partition("is larger than use")[2]  # of the water of making nothing is known


def test_what_is_unknown_is_no_share_in_drawings_tables_and_what_is_below_the_cut_off() -> None:
    silent = {"id": "silent", "unit": "unit", "exchanges": []}
    wrap, tape = item("wrap", process="silent", amount=1), item("tape", flow="storage.tape", amount=1)
    parts = system(stage("training", item(amount=1)), stage("serving", wrap), stage("devices", tape))
    scope = {"boundary": ["data", "training", "serving", "devices"], "excluded": []}
    found = document(parts, scope=scope, process=[silent])
    figures = {b.name: b for s in found.sections for b in s.blocks if isinstance(b, Figure)}
    boxes = figures["flow"].wide
    assert re.findall(r">([^<>]+)</text>", boxes).count("unknown") == 2 and boxes.count('class="hatch"') == 3
    assert "0\u202f% of carbon" not in boxes.replace("100\u202f% of carbon", "")
    bars = str(figures["stages"].wide)
    assert bars.count('class="hatch"') == 6 and "serving unknown" in bars and "data unknown" in bars
    quality = {r["item"]: r for r in table(found, "quality")}
    assert quality["wrap"]["share of gwp"] == quality["tape"]["share of gwp"] == "unknown"
    assert quality["electricity"]["share of gwp"] == "1"
    stages = {(r["category"], r["stage"]): r["p50"] for r in table(found, "stages")}
    assert [stages["gwp", stage_] for stage_ in ("data", "serving", "devices")] == ["unknown"] * 3
    text = study_markdown(found)
    assert "No part lies below 1 % of every category." in text


def test_a_stage_without_items_is_unknown_and_said() -> None:
    found = document(system(stage("training", item(amount=1))))
    rows = table(found, "completeness")
    assert [(r["stage"], r["item"]) for r in rows] == [("training", "electricity"), ("serving", "")]
    assert "everything: no item" in study_markdown(found)


def test_a_public_comparison_lists_what_is_missing() -> None:
    goal = {"purpose": "show", "audience": ["all"], "comparative": True, "public": True}
    rows = {r["need"]: r["state"] for r in table(document(goal=goal), "public")}
    assert rows["Critical review by a panel of at least three"] == "missing"
    assert rows["No weighting, no single score"] == "here"
    goal["reviewers"] = ["A", "B", "C"]
    assert "stated" in {r["state"] for r in table(document(goal=goal), "public")}
    named = {r["need"]: r["state"] for r in table(document(goal=goal), "public")}
    assert named["Critical review by a panel of at least three"] == "stated"


def test_consistency_names_what_a_person_has_to_judge() -> None:
    rule = {"share": 0.5, "allocation": {"rule": "economic", "source": "prices"}}
    one = system(stage("training", item("cards", flow="product.gpu", amount=1, unit="unit", **rule), item(amount=1)))
    rows = {r["check"]: r for r in table(document(one), "consistency")}
    assert rows["Allocation"]["finding"] == "to judge"
    by_time = "hardware by time over its life and use"
    assert rows["Allocation"]["what was found"] == f"{by_time}, except cards: {by_time}; stated shares by economic"
    assert rows["Place"]["finding"] == "to judge"
    assert rows["Stand-ins"]["finding"] == "consistent"


def test_electricity_that_an_own_process_draws_has_its_place_told() -> None:
    rack = {"id": "rack", "name": "A rack", "unit": "hour", "exchanges": [{"target": "electricity.it", "amount": 2}]}
    one = system(stage("training", item("racks", process="rack", amount=1, unit="hour")))
    row = next(r for r in table(document(one, process=[rack]), "consistency") if r["check"] == "Place")
    assert row["finding"] == "to judge" and "A rack" in row["what was found"]
    silent = system(stage("training", item("cards", flow="product.gpu", amount=1, unit="unit")))
    row = next(r for r in table(document(silent), "consistency") if r["check"] == "Place")
    assert row["what was found"] == "neither item nor process of the study draws any"


def test_sensitivity_holds_every_input_and_scenarios_every_category() -> None:
    moved = system(stage("training", item(amount="k * 10")))
    found = document(moved)
    row = next(r for r in table(found, "sensitivity") if r["category"] == "gwp")
    low, high = (float(row[f"result at {end}"]) for end in ("low", "high"))
    assert (low, high) == pytest.approx((10 * 1.05 * 0.6, 10 * 1.95 * 0.6))
    scenarios = table(found, "scenarios")
    less = next(r for r in scenarios if r["scenario"] == "less" and r["category"] == "gwp")
    assert float(less["p50"]) == pytest.approx(6.0)
    assert float(less["probability that it is lower"]) > 0.99


class _Checked(HTMLParser):
    """Collects anchors, links and whatever would fetch something."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.downloads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        if held.get("id"):
            self.ids.add(str(held["id"]))
        if tag == "a":
            (self.downloads if "download" in held else self.links).append(str(held["href"]))
        if tag in ("script", "img", "iframe", "object") or "src" in held:
            self.fetched.append(tag)


def test_the_page_is_one_file_whose_links_lead_somewhere_and_whose_tables_are_in_it() -> None:
    found = document()
    page = study_page(found)
    checked = _Checked()
    checked.feed(page)
    assert not checked.fetched
    assert all(link.startswith("#") and link[1:] in checked.ids for link in checked.links)
    assert len(checked.downloads) == len(list(found.tables()))
    assert all(link.startswith("data:text/csv;base64,") for link in checked.downloads)
    assert "<i>" not in re.sub(r"<i>Why", "", page.partition("<body>")[2])
    assert "&lt;b&gt;source" in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_drawings_stay_within_their_frames() -> None:
    long = {"name": "a functional unit with a name that is much longer than any drawing is wide, even on paper " * 2,
            "amount": 1, "unit": "request"}  # fmt: skip
    page = study_page(document(scope={"functional_unit": long}))
    for width, body in re.findall(
        r'<svg width="(\d+)"[^>]*class="(?:flow|shares|curves)"[^>]*>(.*?)</svg>', page, re.S
    ):
        for x in re.findall(r'(?: |<)(?:x|cx)="(-?[\d.]+)"', body):
            assert 0 <= float(x) <= float(width)
        assert "nan" not in body


def test_markdown_and_csv_carry_no_foreign_markup() -> None:
    found = document()
    text = study_markdown(found)
    assert "\\<b\\>source" in text
    own = next(t for t in found.tables() if t.name == "parameters").csv()
    assert "'=cmd()|a" in own
    for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(widths) == 1


def test_json_holds_every_table_in_full() -> None:
    found = document()
    form = json.loads(json.dumps(study_report_form(found), allow_nan=False))
    assert form["schema"] == "treadlight.study-report/1"
    blocks = [b for s in form["sections"] for b in s["blocks"]]
    held = {
        b["table"]["name"] if b["kind"] == "figure" else b["name"] for b in blocks if b["kind"] in ("figure", "table")
    }
    assert held == {t.name for t in found.tables()}


def test_sources_are_numbered_as_the_tables_name_them() -> None:
    found = document()
    sources = {r["number"]: r["citation"] for r in table(found, "sources")}
    assert sources == {"1": "A test's own figure"}
    items = next(t for t in found.tables() if t.name == "inventory")
    assert isinstance(items, Table)
    assert {row[5].small for row in items.rows} <= {"factors [1]"}
    assert LIBRARY.version in found.stamp[0]


def test_what_is_unknown_of_a_stage_is_not_printed_as_zero() -> None:
    found = document(A, scope={"boundary": ["training", "serving", "devices", "networks"], "excluded": []})
    rows = {(row["stage"], row["category"]): row["share of mean"] for row in table(found, "stages")}
    assert rows["devices", "water"] == rows["devices", "adpe"] == rows["networks", "gwp"] == "unknown"
    assert float(rows["devices", "gwp"]) > 0
    assert float(rows["serving", "water"]) == 0  # a card whose water is known, and none
    lines = study_markdown(found).splitlines()
    shares = lines.index(next(text for text in lines if text.startswith("| Stage | Carbon |")))
    devices = next(text for text in lines[shares:] if text.startswith("| Devices |"))
    assert devices.count("unknown") == 2


def test_water_has_its_own_lines_by_stage() -> None:
    rows = {(row["stage"], row["water"]): row["p50"] for row in table(document(A), "water")}
    assert float(rows["all stages", "upstream of electricity"]) > 0
    assert rows["training", "embodied"] == ""


def test_inventory_indicators_are_told_from_impact_categories() -> None:
    kinds = {row["id"]: row["kind"] for row in table(document(A), "categories")}
    assert kinds == {"gwp": "impact category", "water": "inventory indicator", "adpe": "impact category"}


def test_equal_systems_are_called_equal() -> None:
    found = document(A, {**A, "id": "b"})
    assert "equal: carbon" in conclusions(found)
    assert "| equal |" in study_markdown(found)
    assert "not told apart" not in conclusions(found)
