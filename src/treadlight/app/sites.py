"""Sites: what the configuration says of one's own places, and what a ledger states of them, brought together."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from treadlight.core.config import SITE_FACTS, Config, checked
from treadlight.core.distribution import Distribution, parse
from treadlight.core.errors import InputError, NotFoundError
from treadlight.library.site import Site

if TYPE_CHECKING:
    from treadlight.ledger.access.stated import Fact
    from treadlight.library.library import Library

__all__ = ["FACTS", "checked_facts", "checked_name", "site_of", "sites_of"]

FACTS: dict[str, tuple[str, str]] = {
    "zone": ("Grid zone", "FR"),
    "region": ("Cloud region", "aws/eu-west-3"),
    "pue": ("PUE", "1.2 or uniform(1.15,1.35)"),
    "wue_l_per_kwh": ("WUE [L/kWh]", "0.4"),
    "market_gco2e_per_kwh": ("Contract [g CO₂e/kWh]", "20"),
}
"""What can be said of a site, with its words and an example."""


def sites_of(config: Config, facts: "Iterable[Fact]" = ()) -> list[Site]:
    """The sites of a configuration with what a ledger states; the first is this machine's."""
    here = {key.partition(".")[2]: config.get(key) for key in config.values if key.startswith("site.")}
    named: dict[str, dict[str, tuple[str, str]]] = {name: _plain(known) for name, known in config.sites.items()}
    for fact in facts:
        named.setdefault(fact.name, {})[fact.key] = (fact.value or "", fact.source)
    own = here.pop("name", "")
    return [site_of(own, {**_plain(here), **named.pop(own, {})}), *(site_of(n, known) for n, known in named.items())]


def _plain(facts: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    source = facts.get("source", "")
    return {key: (value, source) for key, value in facts.items() if key != "source"}


def site_of(name: str, facts: Mapping[str, tuple[str, str]]) -> Site:
    """A site from its facts, each with its source."""

    def text(key: str) -> str:
        return facts.get(key, ("", ""))[0]

    def amount(key: str) -> Distribution | None:
        return parse(text(key)) if text(key) else None

    sources = {key: source for key, (value, source) in facts.items() if value and source}
    one = len(set(sources.values())) == 1 and len(sources) == sum(bool(value) for value, _ in facts.values())
    return Site(
        name, text("zone"), text("region"), amount("pue"), amount("wue_l_per_kwh"), amount("market_gco2e_per_kwh"),
        next(iter(sources.values())) if one else "", () if one else tuple(sorted(sources.items())),
    )  # fmt: skip


def checked_name(name: str) -> str:
    """A site's name.

    Raises
    ------
    InputError
        If it is none.
    """
    found = name.strip()
    if not found or not found.isprintable() or any(c in found for c in "/@:?#") or len(found) > 100:
        remedy = "write a name such as paris, without / @ : ? #"
        raise InputError("is no name of a site", field="name", value=name[:60], remedy=remedy)
    return found


def checked_facts(facts: Mapping[str, str | None], library: "Library") -> dict[str, str | None]:
    """Facts of a site as they are kept; None: taken back.

    Raises
    ------
    InputError
        If one is unknown, out of range, or a place that the library does not know; it names the fact.
    """
    for key in facts:
        if key not in FACTS:
            raise NotFoundError("is no fact of a site", field="fact", value=key, remedy=f"use {', '.join(FACTS)}")
    found = {key: _checked(key, value.strip(), library) if value else None for key, value in facts.items()}
    return {key: value or None for key, value in found.items()}


def _checked(key: str, value: str, library: "Library") -> str:
    assert key in SITE_FACTS
    try:
        text = checked(f"site.{key}", value, key)
        if key in ("zone", "region") and text:
            library.check_place(**{key: text})
    except InputError as error:
        raise error.at(key, value) from None
    return text
