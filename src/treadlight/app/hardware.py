"""Hardware over its life and refresh advice, asked of a workspace: what options say becomes a bench and a use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from treadlight.app.workspace import Workspace
from treadlight.assess.hardware.description import read_device
from treadlight.assess.hardware.life import LOAD, HardwareLife, Use, hardware_life
from treadlight.assess.hardware.making import Bench
from treadlight.assess.hardware.refresh import SECOND_HAND, SPARE_PARTS, Advice, Candidate, advise, peak_ratio
from treadlight.core.activity import Location
from treadlight.core.distribution import Distribution, parse
from treadlight.core.errors import InputError
from treadlight.core.method import Method

__all__ = ["Place", "amount", "bench_of", "day", "life_of", "refresh_of", "use_of"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where and under which accounting hardware is used; empty: this machine's place, or the world's average."""

    zone: str = ""
    region: str = ""
    site: str = ""
    accounting: str = "location"
    draws: int | None = None
    seed: int | None = None


def bench_of(workspace: Workspace, place: Place) -> Bench:
    """The bench of a workspace at a place, in this year.

    Raises
    ------
    InputError
        If the place is not in the library, or the draws are no number of draws.
    """
    workspace.library.check_place(place.zone, place.region)
    sites = {site.name for site in workspace.sites}
    if place.site and place.site not in sites:
        remedy = "configure it: treadlight config set sites.NAME.zone FR"
        raise InputError("is not configured", field="site", value=place.site, remedy=remedy)
    draws = workspace.draws if place.draws is None else place.draws
    if not 2 <= draws <= 1_000_000:
        raise InputError("is no number of draws", field="draws", value=draws, remedy="give 2 to 1000000")
    return Bench(
        workspace.library,
        Location(place.zone, place.region, place.site),
        str(datetime.now(UTC).year),
        Method(place.accounting),
        draws,
        workspace.seed if place.seed is None else place.seed,
    )


def amount(text: str | None, field: str) -> Distribution | None:
    """A number or distribution as an option gives it; None where it is not given.

    Raises
    ------
    InputError
        If it is neither; it names the option.
    """
    if text is None:
        return None
    try:
        return parse(text)
    except InputError as error:
        remedy = "write a number, uniform(low,high), triangular(low,mode,high) or lognormal(median,gsd)"
        raise InputError(error.what, field=field, value=text, remedy=remedy) from None


def day(text: str, field: str) -> date:
    """A day as an option gives it.

    Raises
    ------
    InputError
        If it is none; it names the option.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("is no day", field=field, value=text, remedy="write it as 2026-11-22") from None


def use_of(
    years: str | None = None,
    utilisation: str | None = None,
    power_w: str | None = None,
    idle_w: str | None = None,
    load: str | None = None,
    repair: str | None = None,
    second_life: str | None = None,
    fate: str = "unknown",
    hall_w: str | None = None,
) -> Use:
    """A use as options give it."""
    return Use(
        amount(years, "--years"),
        amount(utilisation, "--utilisation"),
        amount(power_w, "--power-w"),
        amount(idle_w, "--idle-w"),
        amount(load, "--load") or LOAD,
        amount(repair, "--repair"),
        amount(second_life, "--second-life"),
        fate,
        amount(hall_w, "--hall-w"),
    )


def life_of(workspace: Workspace, product: str, use: Use, place: Place) -> HardwareLife:
    """The life of a device."""
    bench = bench_of(workspace, place)
    return hardware_life(read_device(product, bench.library), use, bench)


def refresh_of(
    workspace: Workspace,
    product: str,
    candidates: Sequence[tuple[str, bool]],
    use: Use,
    place: Place,
    *,
    years: float,
    since: date | None = None,
    spare_parts: str | None = None,
    second_hand: str | None = None,
) -> Advice:
    """Refresh advice for a device against candidates, each ``PRODUCT=RATIO`` and whether it is bought second-hand."""
    bench = bench_of(workspace, place)
    old = read_device(product, bench.library)
    return advise(
        old,
        use,
        [_candidate(text, used, use, old.text, bench) for text, used in candidates],
        bench,
        horizon_years=years,
        since=since or datetime.now(UTC).date(),
        spare_parts=_share(spare_parts, "--spare-parts") or SPARE_PARTS,
        second_hand=_share(second_hand, "--second-hand-share") or SECOND_HAND,
    )


def _share(text: str | None, field: str) -> Distribution | None:
    found = amount(text, field)
    if found is not None and not 0 <= found.quantile(0.001) <= found.quantile(0.999) <= 1:
        raise InputError("is no share", field=field, value=text, remedy="give 0 to 1")
    return found


def _candidate(text: str, second_hand: bool, use: Use, old: str, bench: Bench) -> Candidate:
    """``PRODUCT``, ``PRODUCT=RATIO`` or ``PRODUCT=RATIO@WATTS``."""
    name, _, rest = text.partition("=")
    ratio_text, _, watts = rest.partition("@")
    device = read_device(name, bench.library, "--candidate")
    power = amount(watts.strip() or None, "--candidate")
    own = Use(None, use.utilisation, power, None, use.load) if power is not None else None
    stated = amount(ratio_text.strip() or None, "--candidate")
    if stated is not None:
        return Candidate(device, stated, "ratio as stated", second_hand, own)
    if device.text == old:
        return Candidate(device, parse("1"), "the same product", second_hand, own)
    ratio, basis = peak_ratio(read_device(old, bench.library), device, bench)
    return Candidate(device, ratio, basis, second_hand, own)
