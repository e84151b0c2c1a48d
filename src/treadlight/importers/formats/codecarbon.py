"""CodeCarbon's emissions.csv, of any version: energy by component, place and hardware of each run."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from treadlight.core.activity import Activity, EvidenceMethod, Location, Subject
from treadlight.core.cells import uncell
from treadlight.core.distribution import Distribution
from treadlight.core.errors import InputError
from treadlight.importers.frame import (
    OWN_RUN,
    Imported,
    ImporterInfo,
    Note,
    Occurrences,
    Option,
    Options,
    moment,
    number,
    rejection,
    time_zone,
)
from treadlight.importers.places import place_of
from treadlight.importers.runs import ELECTRICITY, Outline, spread, unread
from treadlight.importers.source import Source
from treadlight.ledger.records import ChannelState

__all__ = ["INFO", "read"]

INFO = ImporterInfo(
    name="codecarbon",
    title="CodeCarbon",
    reads="emissions.csv, a row a run; or JSON objects with the same names.",
    accepts="Columns by name, of versions 1 to 3: with or without run_id, components, water, pue and wue.",
    gives="A run with electricity by component, and the hours of the hardware it names. GPU: metered, as CodeCarbon "
    "reads NVML. CPU: modelled, unless --set cpu=metered. Memory: modelled. Its emissions and water stay beside, as "
    "labels.",
    error="90 % interval: GPU 0.93 to 1.07 of the stated energy; CPU 0.5 to 2, metered 0.93 to 1.07; memory 0.4 to "
    "2.5; an undivided total 0.5 to 2.",
    options=(
        Option("timezone", "zone of the file's times, which name none", "UTC"),
        Option("cpu", "how CPU energy was found: modelled, or metered (RAPL, Power Gadget)", "modelled"),
        Option("treadlight", "as-stated: take in rows that another treadlight exported, whose ledger you do not have"),
        Option("country", "as-stated: believe rows that look like the silent default country"),
    ),
)

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""Ids of our own runs, which `treadlight export codecarbon` writes; CodeCarbon's are random (version 4)."""

_NEEDED = ("timestamp", "duration", "energy_consumed")
_MAX_KWH = 1e8
_MAX_POWER_W = 1e6  # of one row: a slip of units, even for a cluster's node
_DIRTIEST_KG_PER_KWH = 3.0
_SILENT = "looks like CodeCarbon's silent default country: place left unknown"
# why so wide: docs/methodology/codecarbon.md
_METERED = spread(0.93, 1.07)
_DOUBT: dict[str, Distribution] = {
    "cpu": spread(0.5, 2.0),  # half the rated power whatever the load, where there is no counter
    "memory": spread(0.4, 2.5),  # a constant per GB, or per module
    "machine": spread(0.5, 2.0),
}
_HOST = (
    ("os", "os"),
    ("python", "python_version"),
    ("cpu_model", "cpu_model"),
    ("threads", "cpu_count"),
    ("memory_gb", "ram_total_size"),
    ("gpu", "gpu_model"),
)
_COLUMNS = (("cpu", "cpu_energy", "cpu_model"), ("gpu", "gpu_energy", "gpu_model"), ("memory", "ram_energy", ""))


def read(source: Source, options: Options) -> Iterator[Imported]:
    """Runs of the file; of rows with the same run_id, which are cumulative, the longest."""
    zone = time_zone(options.text("timezone"))
    if options.text("cpu") not in ("modelled", "metered"):
        raise InputError("is neither", field="cpu", value=options.text("cpu"), remedy="write modelled or metered")
    rows: dict[str, tuple[str, dict[str, str]]] = {}
    seen, checked = Occurrences(), False
    for where, row in _rows(source):
        if isinstance(row, InputError):
            yield rejection(where, row)
            continue
        if not checked:
            _check_columns(source, row)
            checked = True
        if not row.get("codecarbon_version"):  # ours, in which no cell is a formula
            row = {name: uncell(text) for name, text in row.items()}
        if row.get("task_name"):
            yield Imported(rejected=(Note(where, "is a task, part of a run in emissions.csv", row["task_name"]),))
            continue
        key = row.get("run_id") or _content(row, seen)
        yield from _longest(rows, key, where, row)
    if not checked:
        raise source.error("holds no row", "give the file as CodeCarbon wrote it")
    for key, (where, row) in rows.items():
        try:
            yield _run(source, options, key, where, row, zone)
        except InputError as error:
            yield rejection(where, error)


def _rows(source: Source) -> Iterator[tuple[str, dict[str, str] | InputError]]:
    """Rows of a CSV file, or objects of a JSON file with the same names, as some tools pass them on."""
    first = next((line.lstrip()[:1] for _, line in source.lines() if line and line.strip()), "")
    if first not in ("{", "["):
        yield from source.rows()
        return
    for where, value in source.json_values():
        if isinstance(value, dict):
            yield where, {str(name): "" if cell is None else str(cell) for name, cell in value.items()}
        else:
            yield where, value if isinstance(value, InputError) else InputError("is no row", field="row")


def _check_columns(source: Source, row: Mapping[str, str]) -> None:
    lacking = [name for name in _NEEDED if name not in row]
    if lacking:
        raise source.error(f"is no emissions.csv: it has no column {', '.join(lacking)}", "name another format: --list")


def _content(row: Mapping[str, str], seen: Occurrences) -> str:
    content = "\x1f".join(f"{name}={row[name]}" for name in sorted(row))
    return f"{content}\x1f{seen.next(content)}"


def _longest(
    rows: dict[str, tuple[str, dict[str, str]]], key: str, where: str, row: dict[str, str]
) -> Iterator[Imported]:
    """Keep the row of a run that was written last; `flush` writes one each time, with all that went before."""
    known = rows.get(key)
    if known is None or _seconds(row) >= _seconds(known[1]):
        rows[key] = (where, row)
    if known is not None and known[1] != row:
        earlier = known[0] if rows[key][0] == where else where
        yield Imported(
            flags=(Note(earlier, "earlier row of a run whose later row holds it already: passed over", key),)
        )


def _seconds(row: Mapping[str, str]) -> float:
    try:
        return number(row.get("duration"), "duration") or 0.0
    except InputError:
        return -1.0


def _run(source: Source, options: Options, key: str, where: str, row: dict[str, str], zone: object) -> Imported:
    own = not row.get("codecarbon_version") and UUID7.fullmatch(key) is not None
    if own and options.text("treadlight") != "as-stated":
        what = "is a run of treadlight: import its ledger instead, or give --set treadlight=as-stated"
        raise InputError(what, field="run_id", value=key)
    end = moment(row["timestamp"], "timestamp", zone)  # type: ignore[arg-type]
    duration_s = number(row["duration"], "duration", most=3.2e8) or 0.0
    pue = number(row.get("pue"), "pue", most=10.0) or 1.0
    location, flags = _place(options, where, row)
    name = row.get("project_name", "")
    outline = Outline(
        INFO,
        source,
        key,
        name or "codecarbon",
        end - timedelta(seconds=duration_s),
        end,
        Subject(project="" if name == "codecarbon" else name),  # the default name names nothing
        location=location,
        labels=_labels(row) | ({OWN_RUN: key} if own else {}),
    )
    flags += [Note(where, "was exported by treadlight: its ledger would count it again", key)] if own else []
    activities, lost, doubts = _electricity(outline, options, where, row, max(pue, 1.0))
    flags += doubts + _plausible(where, row, pue)
    hardware = _hardware(outline, row)
    run = outline.run(
        activities,
        lost=lost,
        duration_s=duration_s,
        host={name: row[column] for name, column in _HOST if row.get(column)},
        notes=_notes(row),
    )
    return Imported(run, (*activities, *hardware), tuple(flags))


def _electricity(
    outline: Outline, options: Options, where: str, row: Mapping[str, str], pue: float
) -> tuple[list[Activity], list[ChannelState], list[Note]]:
    """Activities at the devices, components of which nothing is known, and doubts.

    CodeCarbon multiplies every energy by the PUE it was given: it is taken out again, for electricity.it is at the
    devices.
    """
    total_kwh = number(row["energy_consumed"], "energy_consumed", most=_MAX_KWH)
    _check_power(total_kwh, _seconds(row))
    activities: list[Activity] = []
    lost: list[ChannelState] = []
    flags: list[Note] = []
    for component, column, model in _COLUMNS:
        energy_kwh = number(row.get(column), column, most=_MAX_KWH)
        if energy_kwh:
            activities.append(_component(outline, options, component, energy_kwh / pue, row.get(model, "")))
        elif column in row and (component != "gpu" or _gpu_count(row)) and _seconds(row) > 0:
            lost.append(unread(INFO, component, f"CodeCarbon stated no energy ({row[column] or 'empty'})"))
            flags.append(Note(where, f"{column} is 0 or empty: left unknown", row[column]))
    known_kwh = sum(activity.amount for activity in activities) * pue
    if total_kwh is None and not activities:
        raise InputError("states no energy", field="energy_consumed", value=row["energy_consumed"])
    if not activities:
        if not total_kwh:
            raise InputError("is 0, which says nothing", field="energy_consumed", value=row["energy_consumed"])
        activities.append(_undivided(outline, total_kwh / pue))
    elif total_kwh is not None and abs(total_kwh - known_kwh) > 0.01 * known_kwh:
        flags.append(
            Note(where, "components do not add up to energy_consumed", f"{known_kwh:.4g}, {total_kwh:.4g} kWh")
        )
        if total_kwh > known_kwh:
            activities.append(_undivided(outline, (total_kwh - known_kwh) / pue))
    if pue > 1:
        flags.append(Note(where, "its PUE was taken out: state it as the site's, site.pue", f"{pue:g}"))
    return activities, lost, flags


def _check_power(total_kwh: float | None, duration_s: float) -> None:
    if total_kwh and duration_s > 0 and total_kwh * 3.6e6 / duration_s > _MAX_POWER_W:
        power_kw = total_kwh * 3600 / duration_s
        raise InputError(
            "over duration is a power no machine draws: a slip of units?",
            field="energy_consumed",
            value=f"{power_kw:.4g} kW",
        )


def _component(outline: Outline, options: Options, component: str, energy_kwh: float, model: str) -> Activity:
    metered = component == "gpu" or (component == "cpu" and options.text("cpu") == "metered")
    basis = {
        "gpu": "energy counters of the driver, as CodeCarbon states",
        "cpu": "counters of the processor, as the importer was told"
        if metered
        else "rated power or load, or counters: the file does not say",
        "memory": "rated power of memory, by CodeCarbon",
    }[component]
    return outline.activity(
        ELECTRICITY,
        energy_kwh,
        EvidenceMethod.METERED if metered else EvidenceMethod.MODELLED,
        basis,
        uncertainty=_METERED if metered else _DOUBT[component],
        cause=f"codecarbon:{component}:{model}" if model else f"codecarbon:{component}",
        component=component,
    )


def _undivided(outline: Outline, energy_kwh: float) -> Activity:
    return outline.activity(
        ELECTRICITY,
        energy_kwh,
        EvidenceMethod.MODELLED,
        "total without its parts, by CodeCarbon",
        uncertainty=_DOUBT["machine"],
        cause="codecarbon:machine",
        component="machine",
    )


def _gpu_count(row: Mapping[str, str]) -> float:
    try:
        return number(row.get("gpu_count"), "gpu_count") or float(bool(row.get("gpu_model")))
    except InputError:
        return float(bool(row.get("gpu_model")))


def _hardware(outline: Outline, row: Mapping[str, str]) -> list[Activity]:
    threads = number(row.get("cpu_count"), "cpu_count", most=1e5) or 0.0
    gpu = re.sub(r"^\d+ x ", "", row.get("gpu_model", ""))
    return [
        *(outline.accelerators(gpu, _gpu_count(row)) if gpu else ()),
        *outline.processors(row.get("cpu_model", ""), threads),
        *outline.memory(number(row.get("ram_total_size"), "ram_total_size", most=1e6)),
    ]


def _place(options: Options, where: str, row: Mapping[str, str]) -> tuple[Location, list[Note]]:
    country, provider, region = (row.get(c, "") for c in ("country_iso_code", "cloud_provider", "cloud_region"))
    country = place_of(country).zone or country  # "FRA" is the library's FR
    if provider and region:
        return Location(country, f"{provider}/{region}".lower()), []
    if options.text("country") != "as-stated" and _is_silent_default(row):
        return Location(), [Note(where, _SILENT, row.get("country_name") or country)]
    return Location(country), []


def _is_silent_default(row: Mapping[str, str]) -> bool:
    """Whether a row states what CodeCarbon writes when it cannot look up where it is.

    In older versions that is Canada alone; in later ones Canada, Quebec, 46.8 N, 71.2 W.
    """
    if row.get("country_iso_code") != "CAN" or row.get("cloud_provider"):
        return False
    nowhere = not row.get("region") and not row.get("longitude")
    quebec = row.get("region", "").lower() == "quebec" and row.get("latitude") in ("46.8", "46.80")
    return nowhere or (quebec and row.get("longitude") in ("-71.2", "-71.20"))


def _plausible(where: str, row: Mapping[str, str], pue: float) -> list[Note]:
    emissions_kg, total_kwh = (
        number(row.get("emissions"), "emissions"),
        number(row["energy_consumed"], "energy_consumed"),
    )
    if emissions_kg and total_kwh and emissions_kg / total_kwh > _DIRTIEST_KG_PER_KWH:
        ratio = f"{emissions_kg / total_kwh:.4g} kg/kWh"
        return [Note(where, "emissions over energy is no grid's: grams for kilograms?", ratio)]
    if pue < 1:
        return [Note(where, "pue below 1 was ignored", f"{pue:g}")]
    return []


def _notes(row: Mapping[str, str]) -> tuple[str, ...]:
    covers = "CodeCarbon covers processors, GPUs and memory: not the rest of the machine"
    emissions_kg = number(row.get("emissions"), "emissions")
    if emissions_kg is None:
        return (covers,)
    return (covers, f"CodeCarbon itself reported {emissions_kg:.4g} kg CO₂e: kept as a label, no part of this account")


def _labels(row: Mapping[str, str]) -> dict[str, str]:
    """What the tool reported, beside our own account and never part of it; and whose run it was."""
    kept = {
        "reported.gwp_kgco2e": row.get("emissions", ""),
        "reported.water_l": "" if row.get("water_consumed") in ("0", "0.0") else row.get("water_consumed", ""),
        "codecarbon.version": row.get("codecarbon_version", ""),
        "codecarbon.tracking_mode": row.get("tracking_mode", ""),
        "codecarbon.pue": row.get("pue", ""),
        "codecarbon.run_id": row.get("run_id", ""),
        "codecarbon.experiment_id": row.get("experiment_id", ""),
        "codecarbon.region": row.get("region", ""),
    }
    return {name: value for name, value in kept.items() if value}
