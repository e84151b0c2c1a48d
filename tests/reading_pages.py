"""Pages as tests read them: their addresses, their tags and their text."""

from html.parser import HTMLParser

from asking import Site
from treadlight.app.web.filed import files_of

__all__ = ["VOID", "Page", "addresses"]

ADDRESSES = (
    "/", "/?by=team", "/?by=stage", "/?by=component", "/?by=location", "/?category=water&accounting=market",
    "/?since=2026-02-01&until=2026-05-01", "/?project=Cell+atlas", "/runs", "/runs?q=cell&sort=impact&order=up",
    "/runs?status=failed", "/systems", "/compare", "/library", "/library?q=h100+sxm5", "/library/grid/DE",
    "/evidence", "/learn", "/home/engineer", "/home/lead", "/home/auditor", "/home/public",
    "/settings", "/settings/sites?site=", "/settings/projects", "/settings/configuration",
    "/studies", "/inventory", "/net",
)  # fmt: skip
_FILED = (
    "/studies/chatbot", "/studies/bloom?category=water", "/studies/vision-edge?scenario=norway&system=in-the-cloud",
    "/studies/accelerators", "/studies/mended-later", "/studies/chatbot/sensitivity",
    "/studies/accelerators/sensitivity?category=adpe", "/studies/vision-edge/sensitivity?p.years=7.5",
    "/studies/accelerators/sensitivity?parameter=pue&left=keep-v100&right=buy-h100",
    "/studies/mended-later/sensitivity", "/studies/chatbot/why", "/studies/accelerators/why?system=buy-h100",
    "/studies/chatbot/why?stage=devices&category=water", "/studies/mended-later/why",
    "/inventory?category=adpe", "/inventory?category=water", "/inventory?project=Lab+3",
    "/net/chatbot", "/net/contrails-2026", "/net/heating", "/net/mended-later",
)  # fmt: skip
VOID = {"meta", "link", "input", "br", "img", "hr"}


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def addresses(site: Site) -> tuple[str, ...]:
    """Every page's address, with those that need a run."""
    if not site.runs:
        return ADDRESSES
    run, other = site.runs[0].id, site.runs[-1].id
    more = (f"/runs/{run}", f"/why/{run}", "/why/total", "/why/total?category=adpe", "/why/electricity.grid/DE/2026",
            f"/compare?a={run}&b={other}")  # fmt: skip
    return (*ADDRESSES, *more, *(_FILED if files_of(site.desk(), "studies") else ()))
