"""Every sentence of every page can be put into another language: one that marks what it says leaves no other word."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from filed_examples import BROKEN
from reading_pages import VOID, addresses
from treadlight.app.server.asked import PageRequest
from treadlight.app.web import texts
from treadlight.app.web.assessed import listed
from treadlight.app.web.book import Book
from treadlight.app.web.filed import files_of
from treadlight.app.web.lives import lives
from treadlight.app.web.whatif import ZONES
from treadlight.assess.netimpact.reading import read_claim
from treadlight.core.texts import CATALOGUE, FORMS, counted, said_in, say
from treadlight.ledger.query import Filter

UNITS = re.compile(
    r"\b(CO₂e|GPU|CPU|UTC|SHA-256|SVG|PNG|CSV|JSON|PUE|WUE|p05|p50|p95|treadlight|[mµn]?g Sb-eq|Sb-eq|m?W|[kMGmµn]?Wh"
    r"|[kmµnM]?g|[kMGT]?J|m³|[mµ]?L|kW|t|h|min|s|d|GB-month|GB-hour|GB|MB|TB|device-hours?|unit|mm²|cm²|[A-Z]{2}|[A-Z])\b"
)
DATA = ("digest", "url", "cmd")


class Words(HTMLParser):
    """What a page says, in its order, but for what is marked as data: names, commands, digests, the library's texts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._open: list[bool] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        classes = (held.get("class") or "").split()
        quiet = held.get("translate") == "no" or tag in ("code", "script") or any(c in DATA for c in classes)
        if tag not in VOID:
            self._open.append(quiet or bool(self._open and self._open[-1]))
        self._named(held)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._named(dict(attrs))

    def _named(self, held: dict[str, str | None]) -> None:
        if not (self._open and self._open[-1]):
            self.said += [held[n] or "" for n in ("aria-label", "title", "placeholder") if held.get(n)]

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if not (self._open and self._open[-1]):
            self.said.append(data)


def _bare(parts: list[str]) -> Iterator[str]:
    """What stands outside every ⟦ ⟧; a sentence may run on over several elements."""
    depth = 0
    for part in parts:
        found = []
        for sign in part:
            depth += (sign == "⟦") - (sign == "⟧")
            if depth == 0 and sign != "⟧":
                found.append(sign)
        yield "".join(found)
    assert depth == 0


def _names(site) -> list[str]:
    """What the ledger itself holds, which no translator is given."""
    desk = site.desk()
    found = {"Demo organisation", desk.ledger.name, *(desk.library.zone_name(zone) for zone in ZONES)}
    found |= {name.partition(" (")[0] for name in found}
    for group in desk.table.months(desk.seen(Filter())).groups.items:
        found |= {group.flow, group.project, group.team, group.region}
    for run in (site.runs[0], site.runs[-1]) if site.runs else ():
        found |= {window.name for window in desk.ledger.windows(run.id)}
    found |= {life.name for life in lives(Book(desk, PageRequest("/systems")))}
    found |= set(_of_files(desk))
    for run in site.runs:
        found |= {run.name, run.id, run.id[:18], *run.host.values(), *run.labels, *run.labels.values(), *run.notes}
        found |= {run.subject.project, run.subject.team, run.subject.system, run.location.region, run.location.site}
        found |= {part for c in run.channels for part in (c.meter, c.device, c.basis, c.detail.partition("; ")[0])}
    more = {name[:1].upper() + name[1:] for name in found if name}
    return sorted((name for name in found | more if len(name) > 1), key=len, reverse=True)


def _of_files(desk) -> Iterator[str]:
    """What studies, claims and assets themselves say."""
    yield BROKEN
    yield from (value for asset in desk.ledger.assets() for value in (asset.project, asset.name, asset.product))
    for one in listed(desk):
        if one.study is not None:
            yield from (one.study.title, one.study.scope.functional_unit.name, *(s.title for s in one.study.systems))
            yield from (scenario.name for scenario in one.study.scenarios)
        if one.result is not None:
            for line in (line for system in one.result.systems for line in system.lines):
                yield from (line.item, line.part.basis, line.part.place, line.part.source)
    for path in files_of(desk, "claims").values():
        if path.stem != BROKEN:
            claim = read_claim(path)
            yield from (claim.title, claim.measured, claim.functional_unit.name, claim.owner, claim.reference.kind)


@pytest.fixture
def marked(monkeypatch):
    """A language in which every text that a translator is given is set in brackets."""
    monkeypatch.setitem(CATALOGUE, "xx", {english: f"⟦{english}⟧" for english in texts.messages()})


def test_every_sentence_of_every_page_can_be_translated(site, marked):
    names, left = _names(site), {}
    for address in addresses(site):
        text = site.ask(address + ("&" if "?" in address else "?") + "lang=xx").text
        assert 'lang="xx"' in text
        for bare in _bare(Words(text).said):
            for name in names:
                bare = bare.replace(name, " ")
            if re.search(r"[^\W\d_]{2}", UNITS.sub(" ", bare)):
                left.setdefault(bare.strip()[:90], address)
    assert not left, "\n".join(f"{address}: {text}" for text, address in left.items())


def test_the_files_of_a_figure_speak_the_language_too(year, marked):
    said = year.ask("/overview/trend.svg?lang=xx").content.decode()
    assert "⟦" in said


def test_a_text_falls_back_to_english_word_for_word():
    with said_in("nowhere"):
        assert say("{n} of {whole}", n=3, whole=9) == "3 of 9"
        assert counted(1, "{n} run", "{n} runs", n=1) == "1 run"
        assert counted(0, "{n} run", "{n} runs", n=0) == "0 runs"


def test_a_language_may_have_more_forms_than_two(monkeypatch):
    monkeypatch.setitem(CATALOGUE, "pl", {"{n} run": ("{n} bieg", "{n} biegi", "{n} biegów")})
    monkeypatch.setitem(FORMS, "pl", lambda n: 0 if n == 1 else 1 if n % 10 in (2, 3, 4) and n % 100 // 10 != 1 else 2)
    with said_in("pl"):
        said = [counted(n, "{n} run", "{n} runs", n=n) for n in (1, 3, 5, 12, 22)]
    assert said == ["1 bieg", "3 biegi", "5 biegów", "12 biegów", "22 biegi"]
    assert counted(3, "{n} run", "{n} runs", n=3) == "3 runs"


def test_what_is_kept_in_one_language_is_not_shown_in_another(year, marked):
    run = year.runs[0].id
    assert "⟦" in year.ask(f"/runs/{run}?lang=xx").text
    assert "⟦" not in year.ask(f"/runs/{run}").text
