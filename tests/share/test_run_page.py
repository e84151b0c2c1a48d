"""The page of a run: complete, self-contained, escaped, and honest about what is unknown."""

import base64
import dataclasses
import re
from hashlib import sha256
from html.parser import HTMLParser

import pytest

import share_examples as examples
from treadlight.share import numbers
from treadlight.share.account import Account, ComponentEnergy, Unknown
from treadlight.share.numbers import show
from treadlight.share.reports.html import run_page

VOID = {"meta", "link", "br", "img", "input", "hr"}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;\x1b[31m"


class Page(HTMLParser):
    """Collects what a test asks of a page, and checks that tags nest."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.tags: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, k, v or "") for k, v in attrs]
        self.ids += [v for k, v in attrs if k == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "title"):
            self.text.append(data)


@pytest.fixture(scope="module", params=list(examples.ALL))
def account(request) -> Account:
    return examples.ALL[request.param]()


@pytest.fixture(scope="module")
def html(account) -> str:
    return run_page(account)


@pytest.fixture(scope="module")
def page(html) -> Page:
    return Page(html)


def test_tags_nest_and_ids_are_unique(page):
    assert len(page.ids) == len(set(page.ids))
    assert page.tags.count("h1") == 1


def test_nothing_is_fetched_and_nothing_runs(html, page):
    assert "script" not in page.tags
    links = [v for _, k, v in page.attributes if k in ("href", "src", "action", "srcset", "data", "xlink:href")]
    assert all(v.startswith(("#", "data:")) for v in links)
    assert not [k for _, k, _ in page.attributes if k.startswith("on") or k == "style"]
    style = html.split("<style>")[1].split("</style>")[0]
    assert not re.search(r"@import|url\((?!#)", style)


def test_the_policy_allows_exactly_this_style(html, page):
    style = html.split("<style>")[1].split("</style>")[0]
    hashed = base64.b64encode(sha256(style.encode()).digest()).decode()
    policy = next(v for t, k, v in page.attributes if t == "meta" and k == "content" and "default-src" in v)
    assert policy.startswith("default-src 'none'")
    assert f"'sha256-{hashed}'" in policy
    assert "unsafe" not in policy


def test_every_inner_link_leads_somewhere(page):
    targets = {v[1:] for _, k, v in page.attributes if k == "href" and v.startswith("#")}
    assert targets <= set(page.ids)


def _quantities(account: Account):
    yield account.energy
    yield from (c.energy for c in account.components)
    for i in account.impacts:
        yield from (i.total, i.use, i.embodied)
    yield from (c.quantity for c in account.contributions)
    for w in account.windows:
        yield from (w.energy, w.gwp, *(q for p in w.per_unit for _, q in p.results))
    yield from (q for p in account.per_unit for _, q in p.results)


def test_every_number_of_the_account_is_on_the_page(account, page):
    text = " ".join(page.text)
    for quantity in _quantities(account):
        if quantity is None:
            continue
        ladder = numbers.ladder(quantity.unit) or ("",)
        forms = {show(quantity, unit).value for unit in ladder}
        assert any(re.search(rf"(?<![\d.]){re.escape(f)}(?![\d.])", text) for f in forms), quantity
    for unknown in account.unknown:
        assert unknown.what in text
        assert unknown.remedy in text
    for c in account.components:
        assert c.label in text
    for d in account.doubt:
        assert d.label in text


def test_every_source_is_listed_with_year_licence_and_locator():
    account = examples.long_account()
    text = " ".join(Page(run_page(account)).text)
    for source in (examples.GRID, examples.HALL, examples.SERVER):
        for part in (source.citation, str(source.year), source.licence, source.locator, source.url):
            assert part in text


def test_what_is_unknown_is_the_word_and_never_a_zero():
    account = examples.empty_account()
    text = " ".join(" ".join(Page(run_page(account)).text).split())
    assert "That does not mean zero: it means unknown" in text
    assert not re.search(r"(?<![\d.,])0 (kg|g|mg|kWh|Wh|mWh|L|mL)\b", text)


def test_an_unreadable_component_is_hatched_and_said():
    lost = ComponentEnergy("gpu", "GPU 3", "unknown", "nvml", "unreadable", None, None, None, "library missing")
    account = dataclasses.replace(examples.short_account(), components=(lost,), energy=None, trace=None)
    html = run_page(account)
    row = html.split("GPU 3")[1].split("</tr>")[0]
    assert "unknown" in row
    assert 'class="hatch"' in row
    assert "library missing" in html


def test_the_total_is_called_known_so_far_only_while_something_is_missing():
    short = examples.short_account()
    made_of = run_page(short).split('id="made-of"')[1].split('id="unknown"')[0]
    assert "Total" in made_of
    more = dataclasses.replace(short, unknown=(*short.unknown, Unknown("Disk", "not read", None, "treadlight doctor")))
    assert "Known so far" in run_page(more).split('id="made-of"')[1].split('id="unknown"')[0]


def test_hostile_names_stay_text():
    account = examples.long_account(HOSTILE)
    run = dataclasses.replace(account.run, labels={HOSTILE: HOSTILE}, host={"hostname": HOSTILE}, notes=(HOSTILE,))
    account = dataclasses.replace(
        account,
        run=run,
        place=HOSTILE,
        unknown=(Unknown(HOSTILE, HOSTILE, None, HOSTILE),),
        library=dataclasses.replace(account.library, version='2026"; } body { display: none } </style>'),
    )
    html = run_page(account)
    page = Page(html)
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert html.count("</style>") == 1
    assert not [k for _, k, _ in page.attributes if k.startswith("on")]
    foot = re.search(r'@bottom-left \{ content: "([^"]*)"', html)
    assert foot is not None
    assert not set("{};<>\\") & set(foot[1])


def test_charts_have_a_text_alternative_and_a_table():
    html = run_page(examples.long_account())
    page = Page(html)
    pictures = [v for t, k, v in page.attributes if t == "svg" and k == "aria-label"]
    assert any(v.startswith("Power over 41.2 h") for v in pictures)
    assert all(pictures)
    assert "Show it as a table" in " ".join(page.text)


def test_the_csv_holds_the_trace():
    html = run_page(examples.short_account())
    data = re.search(r'href="data:text/csv;base64,([^"]+)"', html)
    assert data is not None
    lines = base64.b64decode(data[1]).decode().splitlines()
    assert lines[0] == "t0_s,t1_s,cpu_w,something_unknown"
    assert len(lines) == 22
    assert lines[1] == "0,1,8,no"


def test_the_page_is_the_same_for_the_same_account():
    assert run_page(examples.long_account()) == run_page(examples.long_account())
