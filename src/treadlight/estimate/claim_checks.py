"""What the figures of one claim say about each other: each check yields what does not fit."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping

from treadlight.estimate.accelerator import near_names
from treadlight.estimate.claim import (
    SLIPS,
    Claim,
    Finding,
    design_power_w,
    digits,
    find_device,
    find_slip,
    half_digit,
    is_partial,
    near,
    percent,
)

__all__ = ["CHECKS"]

_ACCELERATORS = ("gpu_only", "gpu_pue")
_HOURS_YEAR = 24 * 365
_DIRTIEST_KG = 1.5  # kgCO2e/kWh: lignite with poor plants is 1.2 to 1.3 life-cycle
_CLEANEST_KG = 0.003
_MOST_G_PER_KWH = 3000.0  # lignite, 364 g/kWh of heat, burnt at 12 %: no plant is so poor
_LARGE_KWH = 8.76e9  # a hall of 1 GW for a whole year
_ALL_KWH = 3e13  # more electricity than the world makes in a year
_CARD_W, _DEVICE_W = 5000.0, 30_000.0  # twice what any card is built for; more than any system sold as one device
_BEYOND_DESIGN = 4.0
_NODE_SHARE = 2.1  # a node's power over its accelerators' design power: DGX A100 6.5 kW over 8 x 400 W is 2.03
_MFU_LIMIT, _MFU_HIGH, _MFU_LOW = 1.0, 0.75, 0.01
_TOLERANCE = 0.15
_POUNDS = {"short tons": 1.1023, "pounds entered as kilograms": 2.2046}
_LEGIBLE = 0.015


def _pue(claim: Claim) -> Iterator[Finding]:
    if claim.pue is None:
        return
    numbers = {"pue": claim.pue}
    if claim.pue < 1:
        what = f"a PUE of {claim.pue:g} says that the hall draws less than the machines in it"
        cause = "the inverse (DCiE), or a renewable share, entered as PUE" if claim.pue > 0.3 else "a share, not a PUE"
        yield Finding(claim.name, "impossible", "pue", what, numbers, cause, "give facility energy ÷ IT energy, ≥ 1")
    elif claim.pue > 3:
        what = f"a PUE of {claim.pue:g} is above that of any hall that publishes one"
        yield Finding(claim.name, "implausible", "pue", what, numbers, "a misplaced point", "check the source")


def _intensity(claim: Claim) -> Iterator[Finding]:
    """Intensity against what a grid can emit."""
    grams = claim.carbon_intensity_g_per_kwh
    if grams is None or grams <= 1000 * _DIRTIEST_KG:
        return
    severity = "impossible" if grams > _MOST_G_PER_KWH else "implausible"
    what = f"{digits(grams)} g/kWh is above what any grid emits: {digits(1000 * _DIRTIEST_KG)} where lignite burns"
    numbers = {"g_per_kwh": grams, "dirtiest": 1000 * _DIRTIEST_KG}
    cause = "grams for each MWh, or milligrams for each kWh" if grams > _MOST_G_PER_KWH else "pounds, or another unit"
    yield Finding(claim.name, severity, "intensity", what, numbers, cause, "give grams of CO2e for each kWh")


def _magnitude(claim: Claim) -> Iterator[Finding]:
    """Energy and carbon by themselves against what one training can take at all."""
    kwh = (claim.energy_mwh or 0.0) * 1000
    carbon_kwh = (claim.carbon_t or 0.0) * 1000 / _DIRTIEST_KG  # at least, whatever the grid
    for check, least_kwh, stated, unit in (
        ("energy-size", kwh, claim.energy_mwh, "MWh"),
        ("carbon-size", carbon_kwh, claim.carbon_t, "t"),
    ):
        if least_kwh <= _LARGE_KWH or stated is None:
            continue
        every = least_kwh > _ALL_KWH
        against = "the world's electricity of a year" if every else "what a hall of 1 GW draws in a year"
        grid = "" if unit == "MWh" else " on the dirtiest grid"
        what = f"{digits(stated)} {unit} for one training is more than {against}{grid}"
        numbers = {"stated": stated, "kwh at least": least_kwh, "limit_kwh": _ALL_KWH if every else _LARGE_KWH}
        cause = "kWh entered as MWh" if unit == "MWh" else "grams, kilograms and tonnes mixed up"
        severity = "impossible" if every else "implausible"
        yield Finding(claim.name, severity, check, what, numbers, cause, "check the unit")


def _power(claim: Claim) -> Iterator[Finding]:
    """Power of one device: as designed, as measured, and as energy over hours."""
    trainer = find_device(claim)
    hourly_w = claim.energy_mwh * 1e6 / claim.hours if claim.energy_mwh and claim.hours else None
    listed_w = trainer.tdp_w if trainer else None
    name = trainer.device.name if trainer else "one accelerator"
    for word, power_w, limit_w in (
        ("design power", claim.tdp_w, _BEYOND_DESIGN * listed_w if listed_w else _CARD_W),
        ("mean power", claim.avg_power_w, _BEYOND_DESIGN * listed_w if listed_w else _DEVICE_W),
        ("energy over hours", hourly_w if listed_w is None and not claim.tdp_w else None, _DEVICE_W),
    ):
        if power_w is None or power_w <= limit_w:
            continue
        built = f"{name} is built for {listed_w:g} W" if listed_w else f"none draws {digits(limit_w)} W"
        what = f"{digits(power_w)} W as {word} of one device: {built}"
        numbers = {"power_w": power_w, "limit_w": limit_w}
        cause = "the power of all devices together, or kilowatts as watts"
        yield Finding(claim.name, "impossible", "power", what, numbers, cause, "give watts for each accelerator")


def _hardware(claim: Claim) -> Iterator[Finding]:
    """A name that is no accelerator."""
    if not claim.hardware or find_device(claim) is not None:
        return
    near_by = ", ".join(near_names(claim.hardware))
    what = f"{claim.hardware!r} is no accelerator that the library lists: hours and energy are held against no power"
    remedy = f"did you mean {near_by}?" if near_by else "name the accelerator, or leave it out and give tdp_w"
    severity = "implausible" if near_by and not claim.tdp_w else "note"
    yield Finding(claim.name, severity, "hardware", what, {}, "a misspelt name" if near_by else "", remedy)


def _hours(claim: Claim) -> Iterator[Finding]:
    """Devices × duration against device-hours."""
    if claim.device_hours is None or claim.n_devices is None or claim.wall_hours is None:
        return
    product = claim.n_devices * claim.wall_hours
    if not product or not claim.device_hours:
        return
    ratio = claim.device_hours / product
    numbers = {"device_hours": claim.device_hours, "devices × hours": product, "ratio": ratio}
    given = f"{claim.n_devices:g} devices × {claim.wall_hours:g} h"
    what = f"{given} are {digits(product)} device-hours, not {digits(claim.device_hours)}"
    days = claim.wall_hours / 24
    if abs(ratio - 360 / 365) < 5e-4 or abs(ratio - 365 / 360) < 5e-4:
        cause = "a year counted as 360 days"
        yield Finding(claim.name, "note", "hours", what, numbers, cause, f"count {days:g} days as they were")
        return
    if abs(ratio - 1) <= 0.05:
        return
    times = ratio if ratio > 1 else 1 / ratio
    tpu = "tpu" in (claim.hardware or "").lower()
    if tpu and near(times, (2.0, 4.0, 8.0)):
        cause = f"TPU chips and cores (a chip holds 2, a board 4 chips): {times:.3g} times"
        yield Finding(claim.name, "implausible", "hours", what, numbers, cause, "state chips, and hours of chips")
        return
    cause = "devices and nodes (of 4, 8 or 16) mixed up" if near(times, (4.0, 8.0, 16.0)) else ""
    if near(times, (24.0,)):
        cause = "days entered as hours"
    elif claim.n_devices > 1 and near(1 / ratio, (claim.n_devices,)):
        cause = f"the hours of one device, for {claim.n_devices:g}"
    severity = "implausible" if times > 1.2 else "note"
    yield Finding(claim.name, severity, "hours", what, numbers, cause, "check which of the three is right")


def _span(claim: Claim) -> Iterator[Finding]:
    """A duration that is exactly a year of 360 days."""
    if claim.wall_hours is None or claim.wall_hours < 24 * 360:
        return
    years = claim.wall_hours / (24 * 360)
    if abs(years - round(years)) < 1e-9 and claim.wall_hours % _HOURS_YEAR:
        span = "a year" if round(years) == 1 else f"{round(years)} years"
        what = f"{digits(claim.wall_hours)} h are {span} of 360 days"
        numbers = {"wall_hours": claim.wall_hours}
        remedy = "a year has 8,766 h"
        yield Finding(claim.name, "note", "hours", what, numbers, "a year counted as 360 days", remedy)


def _energy_power(claim: Claim) -> Iterator[Finding]:
    """Energy against hours × design power, and against hours × mean power."""
    if claim.energy_mwh is None or not claim.hours or not claim.energy_mwh:
        return
    tdp_w = design_power_w(claim)
    if tdp_w:
        yield from _against_design(claim, claim.hours, tdp_w)
    if claim.avg_power_w:
        yield from _against_mean(claim, claim.hours, claim.avg_power_w)


def _against_design(claim: Claim, hours: float, tdp_w: float) -> Iterator[Finding]:
    energy_mwh = claim.energy_mwh or 0.0
    bare_mwh = hours * tdp_w / 1e6
    pue = claim.pue or 1.0
    ratio = energy_mwh / (bare_mwh * pue)
    numbers = {
        "energy_mwh": energy_mwh,
        "hours": hours,
        "tdp_w": tdp_w,
        "pue": pue,
        "hours × tdp × pue [MWh]": bare_mwh * pue,
        "ratio": ratio,
    }
    full = f"{digits(hours)} h × {tdp_w:g} W" + (f" × PUE {pue:g}" if claim.pue else "")
    what = f"{digits(energy_mwh)} MWh are {percent(ratio)} {full} = {digits(bare_mwh * pue)} MWh"
    slip = find_slip(ratio)
    if slip:
        cause = f"a slip by {SLIPS[slip]}: {'kWh entered as MWh' if slip > 1 else 'MWh entered as GWh, or kW as W'}"
        yield Finding(claim.name, "impossible", "energy-power", what, numbers, cause, "check the unit of the energy")
        return
    limit = 1.1 if claim.scope in _ACCELERATORS else _NODE_SHARE * (1.0 if claim.pue else 1.6)
    if claim.scope == "gpu_only" and claim.pue:
        limit *= pue  # the energy may have been stated for accelerators while the PUE stands beside it
    if ratio > limit:
        tpu = "tpu" in (claim.hardware or "").lower() and near(ratio, (2.0, 4.0))
        cause = f"TPU chips and cores: {ratio:.3g} times" if tpu else "hours of another count of devices, or a unit"
        scope = "accelerators" if claim.scope in _ACCELERATORS else "whole nodes"
        what += f": more than {scope} can draw"
        yield Finding(claim.name, "impossible", "energy-power", what, numbers, cause, "check hours, devices and unit")
        return
    if ratio < 0.1:
        cause = "idle hours counted as work, energy of one node only, or a unit"
        yield Finding(claim.name, "implausible", "energy-power", what, numbers, cause, "check hours and scope")
        return
    yield from _arithmetic(claim, energy_mwh, bare_mwh, numbers)


def _arithmetic(claim: Claim, energy_mwh: float, bare_mwh: float, numbers: Mapping[str, float]) -> Iterator[Finding]:
    """Energy that is hours × design power, to the digits it is stated with."""
    for with_pue in {bare_mwh, bare_mwh * (claim.pue or 1.0)}:
        rounding = half_digit(energy_mwh)
        tolerance = rounding if rounding <= _LEGIBLE * energy_mwh else 0.0  # two loose digits agree by chance
        if abs(energy_mwh - with_pue) <= max(tolerance, 0.002 * energy_mwh):
            plain = with_pue == bare_mwh
            full = f"hours × design power{'' if plain else ' × PUE'}"
            what = f"{digits(energy_mwh)} MWh is {full}, to the digit: not a measurement"
            cause = "computed at full power"
            left_out = plain and (claim.pue or 1.0) > 1
            remedy = "measured trainings draw 0.5 to 0.9 of it" + (
                f"; the stated PUE of {claim.pue:g} is not in it" if left_out else ""
            )
            yield Finding(claim.name, "note", "arithmetic", what, numbers, cause, remedy)
            return


def _against_mean(claim: Claim, hours: float, power_w: float) -> Iterator[Finding]:
    energy_mwh = claim.energy_mwh or 0.0
    bare_mwh = hours * power_w / 1e6
    ratios = [energy_mwh / (bare_mwh * factor) for factor in {1.0, claim.pue or 1.0}]
    ratio = min(ratios, key=lambda r: abs(math.log(r)))
    numbers = {"energy_mwh": energy_mwh, "hours": hours, "avg_power_w": power_w, "ratio": ratio}
    what = f"{digits(energy_mwh)} MWh are {percent(ratio)} {digits(hours)} h × {power_w:g} W"
    if find_slip(ratio):
        cause = f"a slip by {SLIPS[find_slip(ratio) or 1e3]}"
        yield Finding(claim.name, "impossible", "energy-mean-power", what, numbers, cause, "check units")
    elif not 0.8 <= ratio <= 1.25 and (claim.pue or claim.scope in _ACCELERATORS):
        yield Finding(
            claim.name, "implausible", "energy-mean-power", what, numbers, "another scope, or other hours", "check both"
        )


def _energy_carbon(claim: Claim) -> Iterator[Finding]:
    """Carbon against energy × intensity, or against what any grid emits."""
    if claim.energy_mwh is None or claim.carbon_t is None or not claim.energy_mwh:
        return
    if claim.carbon_t == 0 or claim.carbon_intensity_g_per_kwh == 0:
        what = f"{digits(claim.energy_mwh)} MWh are said to emit {claim.carbon_t:g} t"
        numbers = {"energy_mwh": claim.energy_mwh, "carbon_t": claim.carbon_t}
        cause = "a market-based figure, or the direct emissions of hydropower"
        remedy = "state the location-based, life-cycle figure beside it"
        yield Finding(claim.name, "note", "energy-carbon", what, numbers, cause, remedy)
        return
    if claim.carbon_intensity_g_per_kwh is None:
        yield from _implied(claim, claim.energy_mwh, claim.carbon_t)
    else:
        yield from _stated(claim, claim.energy_mwh, claim.carbon_t, claim.carbon_intensity_g_per_kwh)


def _stated(claim: Claim, energy_mwh: float, carbon_t: float, grams: float) -> Iterator[Finding]:
    expected_t = energy_mwh * grams / 1000
    factors = sorted({1.0, claim.pue or 1.0})
    ratios = [carbon_t / (expected_t * f) for f in factors]
    ratio = min(ratios, key=lambda r: abs(math.log(r)))
    numbers = {
        "energy_mwh": energy_mwh,
        "g_per_kwh": grams,
        "carbon_t": carbon_t,
        "expected_t": expected_t,
        "ratio": ratio,
    }
    what = f"{digits(energy_mwh)} MWh × {grams:g} g/kWh are {digits(expected_t)} t, not {digits(carbon_t)} t"
    slip = find_slip(ratio)
    if slip:
        cause = "kilograms entered as tonnes, or grams as kilograms" if slip > 1 else "tonnes entered as kilograms"
        remedy = "check the unit of the carbon"
        if grams < 1000 * _CLEANEST_KG:
            cause, remedy = "an intensity in kg/kWh entered as g/kWh", "check the unit of the intensity"
        yield Finding(claim.name, "impossible", "energy-carbon", what, numbers, f"{cause} ({SLIPS[slip]})", remedy)
        return
    rounding = (half_digit(carbon_t) / carbon_t) + (half_digit(energy_mwh) / energy_mwh)
    off = max(ratio, 1 / ratio) - 1
    if off <= _TOLERANCE + rounding:
        return
    cause = next(
        (unit for unit, size in _POUNDS.items() if any(near(r, (size,), 0.01) for r in ratios)),
        "market-based carbon, another PUE, or another grid factor",
    )
    severity = "note" if claim.net or off < 0.5 else "implausible"
    yield Finding(claim.name, severity, "energy-carbon", what, numbers, cause, "state factor, PUE and accounting")


def _implied(claim: Claim, energy_mwh: float, carbon_t: float) -> Iterator[Finding]:
    kg_per_kwh = carbon_t / energy_mwh
    numbers = {"energy_mwh": energy_mwh, "carbon_t": carbon_t, "kg_per_kwh": kg_per_kwh}
    what = f"{digits(carbon_t)} t from {digits(energy_mwh)} MWh are {digits(kg_per_kwh * 1000)} g/kWh"
    if kg_per_kwh > _DIRTIEST_KG * (claim.pue or 1.6):
        slip = 20 <= kg_per_kwh <= 1500
        cause = "kilograms entered as tonnes, or kWh as MWh" if slip else "carbon of more than the energy stated"
        yield Finding(
            claim.name,
            "impossible",
            "energy-carbon",
            f"{what}: no grid emits so much",
            numbers,
            cause,
            "check both units",
        )
    elif kg_per_kwh < _CLEANEST_KG:
        slip = 1e-5 <= kg_per_kwh <= 1.5e-3
        cause = "tonnes entered as kilograms, or grams as kilograms" if slip else "a market-based figure"
        severity = "note" if claim.net else "implausible"
        yield Finding(
            claim.name,
            severity,
            "energy-carbon",
            f"{what}: no grid emits so little",
            numbers,
            cause,
            "check both units",
        )


def _utilisation(claim: Claim) -> Iterator[Finding]:
    """Share of the peak rate that the operations would have needed."""
    trainer = find_device(claim)
    flops = claim.total_flops or _flops(claim)
    if trainer is None or not flops or not claim.hours:
        return
    share = flops / (claim.hours * 3600 * trainer.peak_tflops * 1e12)
    numbers = {
        "flops": flops,
        "hours": claim.hours,
        "peak_tflops": trainer.peak_tflops,
        "utilisation": share,
    }
    what = f"{flops:.3g} operations in {digits(claim.hours)} h need {percent(share)} the peak of {trainer.device.name}"
    if share > _MFU_HIGH:
        severity = "impossible" if share > _MFU_LIMIT else "implausible"
        tpu = trainer.is_tpu and near(share / 0.4, (2.0, 4.0), 0.25)
        cause = (
            "TPU chips and cores" if tpu else "hours of a part of the run, a mixture counted whole, or another device"
        )
        if share > 100:
            cause = "tokens or parameters in another unit"
        yield Finding(claim.name, severity, "utilisation", what, numbers, cause, "check tokens, parameters and hours")
    elif share < _MFU_LOW and not is_partial(claim):
        cause = "hours of many runs, tokens of one, or another unit"
        yield Finding(claim.name, "implausible", "utilisation", what, numbers, cause, "check tokens and hours")


def _flops(claim: Claim) -> float | None:
    """6 N D of a whole training; None where that is not what a run did."""
    size = claim.params_active_b or claim.params_total_b
    if not size or not claim.tokens_b or is_partial(claim):
        return None
    return 6 * size * claim.tokens_b * 1e18


CHECKS: tuple[Callable[[Claim], Iterable[Finding]], ...] = (
    _pue,
    _intensity,
    _magnitude,
    _hardware,
    _power,
    _hours,
    _span,
    _energy_power,
    _energy_carbon,
    _utilisation,
)
"""Every check of one claim by itself."""
