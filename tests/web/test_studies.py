"""Studies, net impact and inventory as pages: what they show is what the assessments say, and nothing breaks them."""

import html
import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import numpy as np
import pytest

from filed_examples import BROKEN, CLAIMS, STUDIES
from reading_pages import Page
from treadlight.app.hardware import Place
from treadlight.app.inventory import report
from treadlight.app.lifecycle import assess
from treadlight.app.lifecycle_analysis import sensitivity
from treadlight.app.netimpact import assess as net_assess
from treadlight.app.web.filed import files_of, folder_of
from treadlight.app.web.moved import knobs
from treadlight.app.web.once import Once
from treadlight.core.errors import InputError, NotFoundError
from treadlight.share.numbers import show


@pytest.fixture
def studied(sites):
    return sites("studied")


def _plain(text: str) -> str:
    return " ".join(text.split())


def _said(answer) -> str:
    return _plain(" ".join(Page(answer.text).text))


def test_every_study_is_listed_with_what_its_assessment_says(studied):
    text, desk = _said(studied.ask("/studies")), studied.desk()
    for name, path in files_of(desk, "studies").items():
        if name == BROKEN:
            continue
        result = assess(desk, path)
        assert result.digest[:12] in text and result.study.scope.functional_unit.name in text
        for system in result.systems:
            totals = [system.total(category) for category in result.categories]
            shown = [show(q) for q in totals if q is not None]
            assert all(_plain(s.value) in text and _plain(s.interval) in text for s in shown)
    assert {*STUDIES, BROKEN} == set(files_of(desk, "studies"))


def test_an_empty_folder_offers_examples_and_the_command_that_begins_one(sites):
    text = _said(sites("empty").ask("/studies"))
    assert "treadlight lca new studies/mine.toml" in text and "cp examples/studies/bloom.toml studies/" in text
    assert "That is not zero: it is unknown." in text
    assert "treadlight net new claims/mine.toml" in _said(sites("empty").ask("/net"))
    assert "treadlight inventory add" in _said(sites("empty").ask("/inventory"))


@pytest.mark.parametrize("where", (f"/studies/{BROKEN}", f"/studies/{BROKEN}/sensitivity", f"/net/{BROKEN}"))
def test_a_broken_file_says_in_one_line_why(studied, where):
    answer = studied.ask(where)
    assert answer.status == 200 and "Cannot be read." in answer.text and f"{BROKEN}.toml" in answer.text
    assert str(folder_of(studied.desk(), "studies").parent) not in answer.text
    assert f"{BROKEN}.toml" in studied.ask("/studies").text and f"{BROKEN}.toml" in studied.ask("/net").text


@pytest.mark.parametrize(
    "content", (b"", b"\xff\x00\xfe", b"a = " + b"[" * 3000, b"schema = 'treadlight.study/1'\nid = ''")
)
def test_no_file_breaks_the_list(studied, content):
    for kind, page in (("studies", "/studies"), ("claims", "/net")):
        path = folder_of(studied.desk(), kind) / "odd.toml"
        path.write_bytes(content)
        try:
            text = studied.ask(page).text
            assert "odd.toml" in text and "Cannot be read." in text
            assert studied.ask(f"{page}/odd").status == 200
        finally:
            path.unlink()


def test_a_folder_gives_nothing_that_lies_outside_of_it(studied, tmp_path):
    secret, folder = tmp_path / "secret.toml", folder_of(studied.desk(), "studies")
    shutil.copy(folder / "chatbot.toml", secret)
    (folder / "leads-out.toml").symlink_to(secret)
    (folder / "folder.toml").mkdir()
    try:
        assert not {"leads-out", "folder"} & set(files_of(studied.desk(), "studies"))
        for name in ("leads-out", "folder", "../ledger", "..%2Fledger", "/etc/passwd", "", "chatbot.toml"):
            with pytest.raises((NotFoundError, LookupError)):
                studied.ask(f"/studies/{name}/sensitivity")
    finally:
        (folder / "leads-out.toml").unlink()
        (folder / "folder.toml").rmdir()


def test_a_changed_file_is_computed_anew(studied):
    folder = folder_of(studied.desk(), "studies")
    path, text = folder / "changing.toml", (folder / "chatbot.toml").read_text("utf-8")
    try:
        path.write_text(text, "utf-8")
        before = _said(studied.ask("/studies/changing"))
        path.write_text(text.replace("amount = 1000", "amount = 2000", 1), "utf-8")
        after = _said(studied.ask("/studies/changing"))
    finally:
        path.unlink()
    assert before != after and "2 000 request" in after


def test_a_report_shows_scope_warnings_and_every_category(studied):
    desk = studied.desk()
    result, text = assess(desk, files_of(desk, "studies")["chatbot"]), _said(studied.ask("/studies/chatbot"))
    scope = result.study.scope
    assert result.study.goal.purpose in text and result.digest in text
    assert all(reason.reason in text for reason in scope.excluded)
    assert result.warnings and all(w.text[1:] in text for w in result.warnings)
    for item in result.systems[0].by_item():
        assert item[1] in text
    for category in result.categories:
        for spot in result.systems[0].hot_spots(category, 3):
            assert spot.name in text


def test_systems_of_a_study_stand_side_by_side_with_their_probability(studied):
    text = _said(studied.ask("/studies/vision-edge"))
    assert "The model on the device" in text and "Every picture sent away" in text and "> 99 % of the draws" in text
    turned = _said(studied.ask("/studies/vision-edge?a=in-the-cloud&b=on-device"))
    assert "< 1 % of the draws" in turned


@pytest.mark.parametrize(
    ("address", "said"),
    (
        ("/studies/nosuch", "no such file"),
        ("/studies/chatbot?scenario=nosuch", "is no scenario of the study"),
        ("/studies/chatbot?system=nosuch", "is no system of the study"),
        ("/studies/chatbot/report/exe", "is no form of a report"),
        ("/studies/chatbot/figure/stages.exe", "no such figure"),
        ("/studies/chatbot/sensitivity?p.people=-4", "is out of range"),
        ("/studies/chatbot/sensitivity/what-if?p.people=nan", "is out of range"),
        ("/net/nosuch", "no such file"),
        ("/inventory/nosuch.svg", "no such figure"),
    ),
)
def test_bad_addresses_are_named(studied, address, said):
    with pytest.raises(InputError, match=said):
        studied.ask(address)


def test_the_whole_report_comes_in_three_forms(studied):
    page, text, data = (studied.ask(f"/studies/chatbot/report/{form}") for form in ("html", "md", "json"))
    assert b"<script" not in page.content and b"Content-Security-Policy" in page.content
    assert text.content.startswith(b"#")
    assert json.loads(data.content)["schema"] == "treadlight.study-report/1"


@pytest.mark.parametrize(
    "path", ("/studies/chatbot/figure/stages", "/studies/chatbot/sensitivity/tornado",
             "/studies/accelerators/sensitivity/break-even", "/inventory/purchased", "/inventory/amortised")
)  # fmt: skip
def test_the_figures_come_as_files(studied, path):
    assert studied.ask(f"{path}.svg").content.startswith(b"<svg")
    assert studied.ask(f"{path}.png").content.startswith(b"\x89PNG")
    assert len(studied.ask(f"{path}.csv").content.splitlines()) > 1


def test_a_slider_gives_what_the_assessment_gives_at_that_value(studied):
    desk = studied.desk()
    path = files_of(desk, "studies")["chatbot"]
    for parameter, field, value in (
        ("people", "p.people", 3000.0),
        ("base_model_users", "log10.base_model_users", 1e5),
    ):
        moved = assess(desk, path, parameters={parameter: value}).systems[0].total("gwp")
        place = "5" if field.startswith("log10") else f"{value:g}"
        text = studied.ask(f"/studies/chatbot/sensitivity/what-if?{field}={place}").text
        answer = text[: text.index('data-part="now-0"')]
        assert show(moved, "gCO2e").value in answer and show(moved, "gCO2e").interval in answer
        assert "1 parameter is held at one value" in answer


def test_a_form_without_scripts_sends_every_slider_and_moves_none(studied):
    desk = studied.desk()
    model = assess(desk, files_of(desk, "studies")["chatbot"]).model
    query = "&".join(f"{k.field}={k.place(k.was):.6g}" for k in knobs(model.inputs))
    text = studied.ask(f"/studies/chatbot/sensitivity?{query}").text
    assert "held at one value" not in text and text.count("data-was=") == len(knobs(model.inputs))


def test_the_page_ranks_inputs_as_the_terminal_does(studied):
    desk = studied.desk()
    found = sensitivity(desk, files_of(desk, "studies")["chatbot"])
    log = found.rough(0, "gwp")
    answer = studied.ask("/studies/chatbot/sensitivity")
    assert ("that of the logarithm" in _said(answer)) == log
    rows = re.findall(r'<th scope="row"><span translate="no">([^<]+)</span><span class="small">', answer.text)
    assert len(rows) > 3
    assert [html.unescape(row) for row in rows] == [s.label for s in found.ranked(0, "gwp", log=log)][: len(rows)]


def test_break_even_says_where_or_why_not(studied):
    found = _said(studied.ask("/studies/accelerators/sensitivity?parameter=intensity&left=keep-v100&right=buy-h100"))
    assert "Keep the V100 and Buy an H100 are equal at 5 g CO₂e/kWh of carbon intensity of the grid (2–16)" in found
    bad = _said(studied.ask("/studies/accelerators/sensitivity?parameter=intensity&left=nosuch&right=buy-h100"))
    assert "No break-even." in bad and "nosuch" in bad
    bad = _said(studied.ask("/studies/accelerators/sensitivity?parameter=intensity&from=x"))
    assert "No break-even. from: is not a number" in bad


def test_a_claim_shows_its_footprint_beside_what_it_avoids_and_every_gate(studied):
    listed = _said(studied.ask("/net"))
    assert all(word in listed for word in ("harm", "benefit", "unknown", BROKEN))
    assert listed.count("nothing may be claimed") == 2 * (len(CLAIMS) - 1)  # in its column, and folded for a phone
    harm, benefit = _said(studied.ask("/net/chatbot")), _said(studied.ask("/net/heating"))
    for text in (harm, benefit):
        assert (
            "Its own footprint" in text
            and "Avoided elsewhere, before the footprint" in text
            and "Net: avoided less" in text
            and "Gates" in text
        )
    assert "The net effect is a harm" in harm and "Nothing may be claimed" in harm
    assert "The net effect is a benefit" in benefit and "Nothing may be claimed" not in benefit
    pages = [studied.ask(f"/net/{name}").text for name in ("chatbot", "heating")]
    assert [page.count('class="hero"') for page in pages] == [2, 2]


def test_the_two_views_of_the_inventory_stand_beside_each_other_and_are_not_summed(studied):
    answer = studied.ask("/inventory")
    text = _said(answer)
    assert "Never add one to the other" in text and "By year of purchase" in text and "Amortised" in text
    assert "total" not in re.findall(r'<tr class="([^"]*)"', answer.text)
    assert "hall A" in text and "recycled" in text
    assert "hall A" not in _said(studied.ask("/inventory?project=Lab+3"))


def test_what_takes_long_is_computed_once_and_a_failure_is_not_kept():
    once, made = Once(2), []

    def slow() -> int:
        made.append(1)
        sleep(0.05)
        if len(made) == 1:
            raise InputError("fails at first")
        return len(made)

    with pytest.raises(InputError):
        once.get("a", slow)
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: once.get("a", slow), range(8))) == {2}
    once.get("b", lambda: 0)
    once.get("c", lambda: 0)
    assert once.get("a", slow) == 3


def _doors(answer) -> list[str]:
    found = [dict(attributes) for tag, attributes in Page(answer.text).tags if tag == "a"]
    return [str(a["href"]) for a in found if a.get("class") == "door"]


def _why(studied, address: str):
    return json.loads(studied.ask(f"{address}{'&' if '?' in address else '?'}as=json").content)


@pytest.mark.parametrize(
    "page",
    ("/studies", "/studies/chatbot", "/studies/vision-edge?system=in-the-cloud", "/studies/accelerators?category=adpe",
     "/studies/chatbot/sensitivity"),
)  # fmt: skip
def test_every_number_of_a_study_is_a_door_that_opens(studied, page):
    answer = studied.ask(page)
    doors = dict.fromkeys(_doors(answer))
    bare = [text for text in re.findall(r'<span class="num">([^<]*)', answer.text) if text[0] not in "+−"]
    assert doors and not bare  # differences on shared draws stand beside their two doors
    for door in doors:
        assert "/why?" in door or door.endswith("/why")
        assert "In one line" in studied.ask(door).text


def test_a_door_leads_to_the_number_on_it(studied):
    system = assess(studied.desk(), files_of(studied.desk(), "studies")["chatbot"]).systems[0]
    row = system.row("water")
    where = "/studies/chatbot/why?category=water"
    assert _why(studied, where)["amount"] == pytest.approx(system.total("water").p50)
    stage = system.by_stage()["training"][row]
    assert _why(studied, f"{where}&stage=training")["amount"] == pytest.approx(float(np.median(stage)))
    samples = system.by_item()["serving", "answers"][row]
    item = _why(studied, f"{where}&stage=serving&item=answers")
    assert item["amount"] == pytest.approx(float(np.median(samples)))
    sentence = _said(studied.ask(f"{where}&stage=serving&item=answers"))
    assert "of answers , part of" in sentence and "in the study A company's chatbot over a year" in sentence


def test_a_study_s_why_says_where_its_figures_are_from_and_what_is_not_known(studied):
    answer = studied.ask("/studies/chatbot/why?stage=serving&item=answers&category=water")
    text = _said(answer)
    assert "share of doubt" in text and "World Resources Institute" in text and "unknown" in text
    assert "treadlight lca why studies/chatbot.toml own-model/serving/answers --category water" in text
    for door in _doors(answer):
        assert "In one line" in studied.ask(f"/studies/chatbot/why{door.partition('#')[0]}").text


def test_why_of_what_was_tried_is_that_of_the_slider(studied):
    path = files_of(studied.desk(), "studies")["chatbot"]
    moved = assess(studied.desk(), path, parameters={"people": 3000.0}).systems[0].total("gwp")
    assert _why(studied, "/studies/chatbot/why?p.people=3000")["amount"] == pytest.approx(moved.p50)
    doors = _doors(studied.ask("/studies/chatbot/sensitivity?p.people=3000"))
    assert any("why" in door and "p.people=3000" in door for door in doors)


def test_credits_beside_the_total_have_their_why(studied):
    folder = folder_of(studied.desk(), "studies")
    path, text = folder / "credited.toml", (folder / "accelerators.toml").read_text("utf-8")
    extra = '[[system.stage.item]]\nname = "heat used"\ncredit = true\nflow = "electricity.grid"\namount = 5\n'
    try:
        path.write_text(text.rstrip() + "\n" + extra, "utf-8")
        doors = [door for door in _doors(studied.ask("/studies/credited?system=buy-h100")) if "heat+used" in door]
        assert doors and "heat used" in _said(studied.ask(doors[0]))
    finally:
        path.unlink()


@pytest.mark.parametrize("query", ("stage=nosuch", "stage=serving&item=nosuch", "system=nosuch", "p.people=-4"))
def test_a_why_of_nothing_is_refused_by_name(studied, query):
    with pytest.raises(InputError, match=r"nosuch|-4"):
        studied.ask(f"/studies/chatbot/why?{query}")


def test_water_on_site_of_which_a_part_is_not_known_says_so(studied):
    text = studied.ask("/studies/chatbot").text
    rows = re.findall(r"<tr>(?:(?!</tr>).)*On site.*?</tr>", text, re.DOTALL)
    assert len(rows) == 1 and "in part" in rows[0]


def test_claims_are_listed_with_what_they_avoid_and_their_footprint_leads_to_its_study(studied):
    desk = studied.desk()
    found = net_assess(desk, [files_of(desk, "claims")["heating"]])[0]
    listed = _said(studied.ask("/net"))
    assert show(found.avoided, at_least=2).value in listed and "Avoided elsewhere" in listed
    behind = studied.ask("/net/chatbot/why?of=own-footprint").text
    doors = [html.unescape(door) for door in re.findall(r'href="(/studies/[^"]*/why[^"]*)"', behind)]
    assert doors and all("In one line" in studied.ask(door).text for door in doors)


@pytest.mark.parametrize("name", CLAIMS)
def test_every_term_of_a_claim_is_a_door_to_what_it_is_computed_from(studied, name):
    desk = studied.desk()
    found = net_assess(desk, [files_of(desk, "claims")[name]])[0]
    doors = _doors(studied.ask(f"/net/{name}"))
    assert len(doors) >= len(found.steps) and all(door.startswith(f"/net/{name}/why?of=") for door in doors)
    for door in dict.fromkeys(doors):
        assert "In one line" in studied.ask(door).text
    for of, quantity in (("gross", found.gross), ("net", found.net), ("footprint", found.footprint)):
        amount = _why(studied, f"/net/{name}/why?of={of}")["amount"]
        assert amount == (None if quantity is None else pytest.approx(quantity.p50))


def test_the_list_of_claims_leads_to_the_terms(studied):
    doors = [door for door in _doors(studied.ask("/net")) if door.startswith("/net/heating")]
    assert doors == [f"/net/heating/why?of={of}" for of in ("footprint", "avoided", "net")]


def test_a_term_that_a_claim_has_not_is_refused_and_a_broken_claim_says_why(studied):
    with pytest.raises(NotFoundError, match="names no number of this"):
        studied.ask("/net/heating/why?of=nosuch")
    assert "Cannot be read." in studied.ask(f"/net/{BROKEN}/why?of=net").text


def test_a_trial_is_counted_in_what_it_counted(studied):
    assert "Eligible 80, treated 40, complied 34 (office)." in _said(studied.ask("/net/heating"))


@pytest.mark.parametrize("query", ("", "category=adpe", "category=ewaste", "category=water", "project=Lab+3"))
def test_every_figure_of_the_inventory_is_a_door_to_its_own_equation(studied, query):
    page = studied.ask(f"/inventory?{query}")
    doors = _doors(page)
    assert doors and all(door.startswith("/inventory/why/") for door in doors)
    assert "#assets" not in "".join(doors)
    for door in doors:
        answer = studied.ask(door)
        assert "In one line" in answer.text and ("Lab 3" in page.text) >= ("Lab 3" in answer.text)
        assert 'href="/inventory' in answer.text


def test_a_door_of_the_inventory_leads_to_the_number_on_it(studied):
    found = report(studied.desk(), Place())
    for year in found.purchases:
        if "gwp" in year.bought and year.devices:
            amount = _why(studied, f"/inventory/why/bought/{year.year}")["amount"]
            assert amount == pytest.approx(year.bought["gwp"].p50)
    for life in found.amortised:
        amount = _why(studied, f"/inventory/why/amortised/{life.year}")["amount"]
        assert amount == pytest.approx(life.impacts["gwp"].p50)


@pytest.mark.parametrize("what", ("bought/why", "bought/20٢4", "sold/2024", "bought/1999", "bought/99999999"))
def test_a_figure_that_the_inventory_has_not_is_refused(studied, what):
    with pytest.raises(NotFoundError, match=r"names no number of this|no year in which anything is charged"):
        studied.ask(f"/inventory/why/{what}")


@pytest.mark.parametrize("part", ("", "/why", "/sensitivity"))
def test_a_system_is_called_by_its_name_also_where_the_address_names_it(studied, part):
    name = assess(studied.desk(), files_of(studied.desk(), "studies")["bloom"]).systems[0]
    said = _said(studied.ask(f"/studies/bloom{part}?system={name.id}"))
    assert f"system: {name.title}" in said and f"system: {name.id} " not in said


def test_why_of_a_claim_shows_no_share_of_doubt_where_none_is_known_and_counts_one_step(studied):
    text = studied.ask("/net/heating/why?of=footprint").text
    assert "share of doubt" not in text.lower()
    assert "The 1 steps" not in text and "of the 1 steps" not in text
    assert "The same as the step beneath it." in text
    assert re.search("The sum of the [23] steps beneath it.", studied.ask("/net/heating/why?of=net").text)


SILENT = """
[[process]]
id = "silent"
unit = "unit"
exchanges = []
[[process]]
id = "said"
unit = "unit"
phase = "embodied"
nothing = ["water"]
exchanges = [{ target = "gwp", amount = 5, unit = "kgCO2e", source = "s" }]
[[system]]
id = "a"
delivers = 1
[[system.stage]]
name = "training"
item = [{ name = "said", process = "said", amount = 1 }]
[[system.stage]]
name = "storage"
item = [{ name = "archive", flow = "storage.object", amount = 5, unit = "TB-hour" }]
[[system.stage]]
name = "serving"
item = [
  { name = "wrap", process = "silent", amount = 1 },
  { name = "promise", process = "silent", amount = 1, credit = true },
]
[[system]]
id = "b"
delivers = 1
[[system.stage]]
name = "training"
item = [{ name = "power", flow = "electricity.grid", amount = 1, unit = "kWh" }]
"""


@pytest.fixture
def silent(studied):
    """A study of two systems; of a stage, an item and a credit of the first nothing is known."""
    folder = folder_of(studied.desk(), "studies")
    path = folder / "silent.toml"
    scope = (
        'boundary = ["training", "storage", "serving"]\nfunctional_unit = { name = "1", amount = 1, unit = "request" }'
    )
    head = (
        'schema = "treadlight.study/1"\nid = "silent"\n[goal]\npurpose = "p"\naudience = ["a"]\n[scope]\nzone = "FR"\n'
    )
    parameters = "[parameters.k]\nvalue = 2\nlow = 1\nhigh = 3\n"
    path.write_text(f'{head}function = "f"\n{scope}\n{parameters}{SILENT}', "utf-8")
    yield studied
    path.unlink()


def _rows(answer, section: str) -> dict[str, list[str]]:
    """Cells of the first table of a section, by the words of their row's head."""
    table = answer.text.partition(f'id="{section}"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    rows = [
        [_plain(html.unescape(re.sub(r"<[^>]*>", " ", cell))) for cell in re.split(r"</t[hd]>", row)]
        for row in table.split("</tr>")
    ]
    return {row[0]: row[1:-1] for row in rows if row[0]}


def test_a_stage_an_item_and_a_credit_of_which_nothing_is_known_are_unknown_and_not_zero(silent):
    answer = silent.ask("/studies/silent?system=a")
    stages = _rows(answer, "stages")
    assert list(stages) == ["Storage", "Training", "Serving", "Known so far"]
    assert stages["Training"][-1] == "100 %"
    assert all(row[-3].startswith("unknown") and row[-1].endswith("unknown")
               for row in (stages["Storage"], stages["Serving"]))  # fmt: skip
    items = _rows(answer, "items")
    lost = [row for name, row in items.items() if name.startswith(("wrap", "archive"))]
    assert len(lost) == 2 and all("unknown" in row[-3] and "unknown" in row[-1] for row in lost)
    (credit,) = _rows(answer, "credits").values()
    assert "unknown" in credit[1]
    boundary = answer.text.partition('id="boundary"')[2].partition("</section>")[0]
    assert "0\u202f% of carbon" not in boundary.replace("100\u202f% of carbon", "") and "unknown" in boundary


def test_under_a_total_of_unknown_a_share_is_unknown_and_what_is_known_to_be_nothing_is_0(silent):
    stages = _rows(silent.ask("/studies/silent?system=a&category=water"), "stages")
    assert stages["Training"][1].startswith("0") and stages["Known so far"][1].startswith("unknown")
    assert all(stages[name][-1].endswith("unknown") for name in ("Training", "Storage", "Serving"))


def test_a_system_of_which_nothing_is_known_has_no_answer_of_0_beside_another_s_what_if(silent):
    text = silent.ask("/studies/silent/sensitivity?system=b&category=water").text
    answers = text.partition('data-part="answer"')[2].partition("</table>")[0]
    assert answers.count(">unknown<") >= 2


def test_an_exact_total_has_no_axis_and_what_is_tiny_stands_in_a_unit_of_its_own(silent):
    assert 'class="scale"' not in silent.ask("/studies/silent?system=a").text
    assert 'class="scale"' in silent.ask("/studies/silent?system=b").text
    rows = _rows(silent.ask("/studies/chatbot?category=ewaste"), "stages")
    assert "µg" in rows["Data"][1] and not any("0.0000" in cell for row in rows.values() for cell in row)
    assert rows["Networks"][-1].endswith("unknown") and rows["Deployment"][1].startswith("unknown")
