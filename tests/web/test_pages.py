"""Every page, over an empty ledger, ten runs and a year: sound, safe, light, and honest about what is unknown."""

import gzip
import re

import pytest

from asking import Site, found
from reading_pages import Page, addresses
from treadlight.app.server.answers import File, Html, Redirect
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.assets import asset
from treadlight.app.web.pages import evidence
from treadlight.app.web.render import SHEETS
from treadlight.core.errors import InputError, NotFoundError


def test_every_page_is_well_formed_and_runs_nothing_of_its_own(site):
    for address in addresses(site):
        answer = site.ask(address)
        assert isinstance(answer, Html), address
        page = Page(answer.text)
        for tag, attributes in page.tags:
            assert not any(name.startswith("on") or name == "style" for name in attributes), (address, tag, attributes)
            assert tag != "style" and (tag != "script" or attributes.get("src", "").startswith("/static/")), address
            for name in ("href", "src", "action"):
                assert not re.match(r"(https?:|//|javascript:)", attributes.get(name) or ""), (address, attributes)
        ids = [a["id"] for _, a in page.tags if "id" in a]
        assert len(ids) == len(set(ids)), address
        assert [tag for tag, _ in page.tags].count("h1") == 1, address


def test_every_link_leads_to_a_page_that_answers_it(site):
    for address in addresses(site):
        for tag, attributes in Page(site.ask(address).text).tags:
            href = attributes.get("href") or ""
            if tag == "a" and href.startswith("/"):
                found(re.split("[?#]", href)[0])
            if tag == "a" and href.startswith("#"):
                assert f'id="{href[1:]}"' in site.ask(address).text, (address, href)


def test_every_drawing_has_a_text_alternative_or_is_hidden(site):
    for address in addresses(site):
        for tag, attributes in Page(site.ask(address).text).tags:
            if tag == "svg":
                assert attributes.get("aria-label") or attributes.get("aria-hidden") == "true", (address, attributes)


def test_every_field_has_a_label_and_every_table_heads(site):
    for address in addresses(site):
        text = site.ask(address).text
        for field in re.findall(r"<(?:input|select)[^>]*>", text):
            if 'type="hidden"' in field or 'type="checkbox"' in field:
                continue
            named = re.search(r'id="([\w-]+)"', field)
            assert "aria-label" in field or (named and f'for="{named[1]}"' in text) or "<label" in text, field
        assert text.count("<table") <= text.count("scope=")


def test_a_page_weighs_at_most_150_kb_before_the_chart_runtime(year):
    assets = sum(len(asset(name).packed) for name in (*SHEETS, "treadlight.js"))
    for address in addresses(year):
        text = year.ask(address).text.encode()
        assert len(text) <= 150_000, (address, len(text))
        assert len(gzip.compress(text)) + assets <= 60_000, address


def test_the_url_holds_every_filter(year):
    text = year.ask("/?category=water&project=Cell+atlas&accounting=market").text
    for link in re.findall(r'<nav class="nav"[^>]*>(.*?)</nav>', text)[0].split("<a ")[1:]:
        assert "category=water" in link and "project=Cell+atlas" in link and "accounting=market" in link


def test_demo_data_says_so_on_every_page(year):
    for address in addresses(year):
        assert "Example data." in year.ask(address).text


def test_what_is_unknown_is_a_word_with_a_way_to_close_it(year):
    text = year.ask("/").text
    assert "storage.tape" in text and "treadlight config set library.overlay" in text
    assert "Energy of GPU of lab-3" in text and "chmod a+r /dev/nvidia0" in text


def test_an_empty_ledger_is_unknown_and_says_what_to_do(sites):
    text = sites("empty").ask("/").text
    assert "Nothing is recorded yet. That does not mean zero: it means unknown." in text
    assert "treadlight track -- python train.py" in text


def test_months_without_data_say_what_is_recorded(year):
    text = year.ask("/?since=2019-01-01&until=2020-01-01").text
    assert "The ledger holds nothing of this. That is not zero: it is unknown." in text
    assert "Recorded are" in text


def test_a_filter_that_matches_nothing_names_the_phrase_that_excludes_most(year):
    assert re.search(r'href="/runs">“nosuchrun” excludes \d+ runs; leave it out', year.ask("/runs?q=nosuchrun").text)
    both = year.ask("/runs?project=Lab+3&q=cell").text  # many runs are called so, and only some are of Lab 3
    assert "“Lab 3” excludes" in both and 'href="/runs?q=cell"' in both
    assert "“2019” excludes" in year.ask("/runs?since=2019-01-01&until=2020-01-01").text
    nothing = year.ask("/?project=Nosuch").text
    assert "“Nosuch” excludes everything; leave it out." in nothing
    assert "“2019” excludes everything" in year.ask("/?since=2019-01-01&until=2020-01-01").text


@pytest.mark.parametrize(
    ("address", "error"),
    (
        ("/runs?sort=colour", "sort: unknown order, got 'colour'; use one of start"),
        ("/runs?page=zero", "page: is no page, got 'zero'; give 1 for the first"),
        ("/home/king", "home: no such home, got 'king'; use one of engineer"),
        ("/compare?a=period:2026&b=period:2025", "period: is no period, got '2026'; write it as 2025-11..2026-11"),
        (
            "/?since=2026-05-01&until=2026-01-01",
            "until: lies before since, got '2026-01-01'; give a time after",
        ),
        ("/settings?as=file", "as: is no choice of the settings, got 'file'; its forms need the server"),
        ("/overview/trend.exe", "figure: no such figure, got 'trend.exe'; use one of trend"),
        ("/?period=2010", "period: is no choice of this page, got '2010'; write since instead"),
        ("/?projct=x", "projct: is no choice of this page, got 'x'; write project"),
        ("/runs?xyzzy=1", "xyzzy: is no choice of this page, got '1'; use one of accounting"),
        ("/systems/nosuch", "system: nothing belongs to this system, got 'nosuch'"),
        ("/library/grid/Atlantis", "id: no such entry of the library"),
    ),
)
def test_bad_addresses_name_field_value_and_remedy(year, address, error):
    with pytest.raises(InputError, match=re.escape(error)):
        year.ask(address)


def test_the_figures_come_as_svg_png_csv_and_json(year):
    run = next(r for r in year.runs if r.duration_s > 7200)
    for path in ("/overview/trend", f"/runs/{run.id}/power"):
        svg, png, csv, spec = (year.ask(f"{path}.{kind}") for kind in ("svg", "png", "csv", "json"))
        assert svg.content.startswith(b"<svg") and png.content.startswith(b"\x89PNG")
        assert csv.content.startswith(b"\xef\xbb\xbf") and spec.content.startswith(b"{")
        assert all(isinstance(answer, File) for answer in (svg, png, csv, spec))


def test_a_page_as_one_file_needs_nothing_else(year):
    answer = year.ask("/?as=file")
    text = answer.content.decode()
    assert answer.name.endswith(".html") and "<style>" in text
    assert "<script" not in text and "/static/" not in text and "default-src 'none'" in text


def test_ticking_two_runs_leads_to_their_comparison(year):
    a, b = year.runs[0].id, year.runs[1].id
    answer = year.ask(f"/compare?run={a}&run={b}&category=water")
    assert answer == Redirect(f"/compare?category=water&a={a}&b={b}")


def test_an_unknown_run_is_not_found(year):
    with pytest.raises(NotFoundError):
        year.ask("/runs/0000nothing")


def test_verification_says_its_verdict(year):
    for root, verdict in (("", "Verified."), ("0" * 63 + "1", "Broken.")):
        asked = PageRequest("/evidence", "POST", form={"root": root})
        assert evidence.post(year.desk(), asked).to == "/evidence#chain"
        year.place.checker.wait(60)
        assert verdict in year.ask("/evidence").text


def test_hostile_names_stay_text(tmp_path, monkeypatch, demo_year):
    from dataclasses import replace

    from treadlight.app.server.place import Place
    from treadlight.app.server.settings import ServerSettings
    from treadlight.core.activity import Activity
    from treadlight.ledger.records import Run
    from treadlight.ledger.store import Ledger

    evil = '<script>alert(1)</script>"onload="x'
    run = next(item for item in demo_year if isinstance(item, Run))
    mine = [a for a in demo_year if isinstance(a, Activity) and a.parent == run.id]
    subject = replace(run.subject, project=evil, team=evil, system=evil)
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path))
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        ledger.append([replace(run, name=evil, subject=subject), *(replace(a, subject=subject) for a in mine)])
    place = Place(ServerSettings(embedded=True))
    place.open()
    try:
        hostile = Site(place, [run])
        for address in ("/", "/runs", "/systems", f"/runs/{run.id}", f"/why/{run.id}", "/evidence", "/learn"):
            text = hostile.ask(address).text
            assert "<script>alert" not in text, address
            Page(text)
    finally:
        place.close()


def test_every_term_of_the_glossary_is_linked_from_a_page_that_uses_it(year):
    linked = {
        term
        for address in addresses(year)
        if not address.startswith("/learn")
        for term in re.findall(r'class="term" href="/learn[^#"]*#([\w-]+)"', year.ask(address).text)
    }
    known = set(re.findall(r'<dt id="([\w-]+)">', year.ask("/learn").text))
    lessons = set(re.findall(r'<a href="#([\w-]+)">', year.ask("/learn").text))
    assert linked <= known and known <= linked | lessons


def test_a_page_as_one_file_links_to_no_glossary_that_is_not_with_it(year):
    assert "/learn" not in re.sub(r"<svg.*?</svg>", "", year.ask("/?as=file").content.decode(), flags=re.S)


def test_a_system_that_no_run_names_is_there_with_its_stages_and_can_be_compared(year):
    assert "bought-model" in year.ask("/systems").text
    text = year.ask("/systems/bought-model").text
    assert "No run of its own" in text and "Inference" in text and "Bought model calls" in text
    assert "% sure" in year.ask("/compare?a=system:bought-model&b=system:claims-assistant").text
    csv = year.ask("/systems-figure/flow.csv?system=bought-model").content.decode("utf-8-sig")
    assert csv.splitlines()[0] == "stage,p05,p50,p95,unit,share" and csv.splitlines()[1].startswith("inference,")


def test_the_largest_unknown_is_named_with_what_it_could_add_and_how_to_close_it(year):
    text = year.ask("/").text
    assert re.search(r"could add [\d\u202f.]+ to [\d\u202f.]+ kg CO₂e: Energy of GPU of lab-3", text)
    section = text[text.index('id="unknown"') :]
    assert section.index("Energy of GPU of lab-3") < section.index("storage.tape")


@pytest.mark.parametrize("category", ("gwp", "pe", "adpe", "ewaste"))
@pytest.mark.parametrize("path", ("/", "/home/lead", "/home/auditor"))
def test_a_project_of_which_nothing_is_known_has_its_page(year, path, category):
    text = year.ask(f"{path}?project=Bought+model+calls&scope=direct&category={category}").text
    assert 'id="total"' in text
    assert "Why unknown?" in text and 'aria-label="unknown"' in text
    assert "What we do not know yet" in text and "Known so far" in text


def test_every_category_that_is_known_in_part_has_its_line_among_the_unknown(year):
    address = "/?project=Cell+atlas"  # of its electricity the water is not known throughout; of carbon nothing lacks
    text = year.ask(address).text
    section = text[text.index('id="unknown"') :]
    assert "What we do not know yet" in section and "Water" in section
    split = text[text.index('id="split"') : text.index('id="unknown"')]
    assert "Known so far" not in split
    assert "Known so far" in year.ask(f"{address}&category=water").text


@pytest.mark.parametrize("category", ("gwp", "water", "adpe", "pe", "ewaste", "energy"))
def test_the_evidence_rule_shows_the_unknown_and_its_shares_add_up(year, category):
    text = year.ask(f"/?category={category}").text
    rule = re.search(r'<svg[^>]*class="evidence"[^>]*>.*?</svg>', text, re.S)[0]
    legend = re.sub(r"<[^>]+>", "", re.search(r'<p class="legend">(.*?)</p>', text, re.S)[1])
    assert 'class="hatch"' in rule and "unknown" in legend
    shares = re.findall(r"(&lt;\u202f)?(\d+)\u202f%", legend)
    assert sum(int(share) for less, share in shares if not less) == 100


def test_what_no_process_answers_stands_with_the_project_it_belongs_to(year):
    text = year.ask("/").text
    rows = re.findall(r'<th scope="row">(.*?)</th>', text[text.index('id="split"') : text.index('id="unknown"')])
    assert not any(row.startswith("storage.tape") for row in rows)
    assert any(row.startswith("Speech archive") and "storage.tape" in row for row in rows)


def test_the_search_key_leads_to_the_field_itself(year):
    assert re.search(r'href="/runs#search" data-key="/"', year.ask("/").text)
    for address in ("/runs", "/library"):
        assert re.search(r'<input type="search" id="search"', year.ask(address).text)


def test_the_table_of_months_says_the_year(year):
    rows = year.ask("/overview/trend.csv").content.decode("utf-8-sig").splitlines()[1:]
    months = [row.split(",")[0] for row in rows]
    assert "2026-10" in months and all(re.fullmatch(r"\d{4}-\d\d", month) for month in months)
