"""Processors: facts/cpus.csv, joined with the specification tables of CodeCarbon and BoaviztAPI."""

import re
from collections.abc import Sequence
from statistics import median

from hardware.common import Cells, slug, spread
from treadlight.library.names import cpu_key

__all__ = ["cpu_rows"]

# AMD's server specifications (mlco2/codecarbon@6f1acef): model, cores, threads, default TDP [W]
_TURIN = """9965 192 384 500|9845 160 320 390|9825 144 288 390|9755 128 256 500|9745 128 256 400|9655P 96 192 400
9655 96 192 400|9645 96 192 320|9575F 64 128 400|9565 72 144 400|9555P 64 128 360|9555 64 128 360|9535 64 128 300
9475F 48 96 400|9455P 48 96 300|9455 48 96 300|9375F 32 64 320|9365 36 72 300|9355P 32 64 280|9355 32 64 280
9335 32 64 210|9275F 24 48 320|9255 24 48 200|9175F 16 32 320|9135 16 32 200|9115 16 32 125|9015 8 16 125"""

_WANTED = re.compile(
    r"^(?:AMD EPYC \d|AMD Ryzen [3579] [3-9]\d{3}|AMD Ryzen Threadripper"
    r"|Intel Xeon (?:Platinum|Gold|Silver|Bronze) \d|Intel Xeon E5-26|Intel Xeon W-\d{4,5}|Intel Xeon E-2"
    r"|Intel Core i[3579]-(?:[89]|1[0-4])\d|Apple M|Ampere|Annapurna)"
)
_UNWANTED = re.compile(r"Embedded|\d(?:E|TE|GE|HE|UE|HK?E|Y)$|G[14]$|8121U|8020$|Ryzen \d \d+(?:GE|G)$")

_SHIPPED = re.compile(
    r"^(?:AMD EPYC (?:[79]\w\w[1-5]$|8\d\d4P$)"
    r"|Intel Xeon (?:Platinum|Gold 6\d(?:30|38|40|42|48|54)|6[79]\d\d[EP]$|E5-26[789]\d [vV]4)"
    r"|Graviton|Ampere|Apple|Intel Core Ultra|Intel Core i[579]-1[0-4]\d00(?:K|H|HX)?$|Intel Core i[57]-1\d\d[05]U$"
    r"|AMD Ryzen [579] [3579]\d00X$|AMD Ryzen [579] [4-7]\d[04]0(?:U|HS?)$|AMD Ryzen Threadripper (?:PRO )?[357]9\d\d)"
)
"""What the library lists by name, beside the gathered facts; medians are over everything that was read."""

_CORRECTED = {
    # BoaviztAPI lists two sockets together
    "Intel Xeon Platinum 8272CL": {"cores": "26", "threads": "52", "tdp": "195"},
    # no SMT on this part
    "Ampere Altra Max M128-30": {"threads": "128"},
    # dies for which BoaviztAPI carries an implausible figure
    "Intel Core i7-9700K": {"total_die_size": ""},
    "Intel Core i9-9900K": {"total_die_size": ""},
}

_TRUST_BOAVIZTA = {"Intel Xeon Platinum 8370C", "Intel Core i7-12700K", "Intel Core i5-10600KF", "Intel Core i5-10210U"}

_FAMILIES = (
    # name, vendor, class, pattern on the normal form, signatures "cpu family:models"
    (
        "EPYC Naples (7001)",
        "AMD",
        "server",
        r"^amd epyc (?:7\w\d1p?$|naples|\(naples\))|^amd epyc-naples|^amd epyc-v1",
        "23:1-1",
    ),
    ("EPYC Rome (7002)", "AMD", "server", r"^amd epyc (?:7\w\w2p?$)|^amd epyc-rome", "23:48-63"),
    ("EPYC Milan (7003)", "AMD", "server", r"^amd epyc (?:7\w\w3[px]?$)|^amd epyc-milan", "25:0-15"),
    ("EPYC Genoa (9004)", "AMD", "server", r"^amd epyc (?:9\w\w4[pfxs]?$)|^amd epyc-genoa", "25:16-31|25:160-175"),
    ("EPYC Turin (9005)", "AMD", "server", r"^amd epyc (?:9\w\w5[pf]?$)|^amd epyc-turin", "26:0-31"),
    ("EPYC", "AMD", "server", r"^amd epyc", ""),
    ("Xeon E5 v3 (Haswell)", "Intel", "server", r"^intel xeon e5-\d{4}\w? v3|\(haswell|^intel core haswell", "6:63-63"),
    (
        "Xeon E5 v4 (Broadwell)",
        "Intel",
        "server",
        r"^intel xeon e5-\d{4}\w? v4|\(broadwell|^intel core broadwell",
        "6:79-79",
    ),
    (
        "Xeon E5 v1 and v2",
        "Intel",
        "server",
        r"^intel xeon e5-\d{4}|\((?:sandy|ivy)bridge|xeon e5 v2",
        "6:45-45|6:62-62",
    ),
    (
        "Xeon Scalable (Skylake)",
        "Intel",
        "server",
        r"^intel xeon (?:platinum|gold|silver|bronze) \d1\d\d\w*$|\(skylake",
        "",
    ),
    (
        "Xeon Scalable (Cascade Lake)",
        "Intel",
        "server",
        r"^intel xeon (?:platinum|gold|silver|bronze) \d2\d\d\w*$|\(cascadelake",
        "",
    ),
    (
        "Xeon Scalable (Skylake or Cascade Lake)",
        "Intel",
        "server",
        r"^intel xeon (?:platinum|gold|silver|bronze) \d[12]\d\d",
        "6:85-85",
    ),
    (
        "Xeon Scalable (Ice Lake)",
        "Intel",
        "server",
        r"^intel xeon (?:platinum|gold|silver|bronze) \d3\d\d\w*$|\(icelake",
        "6:106-106",
    ),
    (
        "Xeon Scalable (Sapphire Rapids)",
        "Intel",
        "server",
        r"^intel xeon (?:platinum|gold|silver|bronze) \d4\d\d[\w+]*$|\(sapphirerapids",
        "6:143-143",
    ),
    (
        "Xeon Scalable (Emerald Rapids)",
        "Intel",
        "server",
        r"^intel xeon (?:platinum|gold|silver|bronze) \d5\d\d[\w+]*$|\(emeraldrapids",
        "6:207-207",
    ),
    ("Xeon 6", "Intel", "server", r"^intel xeon 6\d\d\d|\(graniterapids|\(sierraforest", "6:173-175"),
    ("Xeon W", "Intel", "desktop", r"^intel xeon w", ""),
    ("Xeon E", "Intel", "server", r"^intel xeon e(?:3-|-2)", ""),
    ("Xeon", "Intel", "server", r"^intel xeon", ""),
    (
        "Core H (laptop)",
        "Intel",
        "laptop",
        r"^intel core (?:i\d-\d{4,5}h[xkq]?[fl]?$|ultra \d \d+h[x]?$|i\d-1\d{3}h$|\d \d+h$)",
        "",
    ),
    (
        "Core U and P (laptop)",
        "Intel",
        "laptop",
        r"^intel core (?:i\d-\d{4,5}(?:u|p|g\d)$|ultra \d \d+[uv]$|\d \d+u$)",
        "",
    ),
    ("Core K (desktop)", "Intel", "desktop", r"^intel core (?:i\d-\d{4,5}k[fs]?$|ultra \d \d+kf?$)", ""),
    ("Core (desktop)", "Intel", "desktop", r"^intel core (?:i\d-\d{4,5}(?:[ftx]|xe)?$|ultra \d \d+[ft]?$)", ""),
    ("Ryzen H (laptop)", "AMD", "laptop", r"^amd ryzen (?:ai )?\d (?:pro )?\d{4}h[sx]?(?:3d)?$|^amd ryzen ai 9", ""),
    ("Ryzen U (laptop)", "AMD", "laptop", r"^amd ryzen (?:ai )?\d (?:pro )?\d{3,4}[uc]$", ""),
    ("Ryzen Threadripper", "AMD", "desktop", r"^amd ryzen threadripper", ""),
    ("Ryzen (desktop)", "AMD", "desktop", r"^amd ryzen \d (?:pro )?\d{4}(?:x|xt|x3d|g|f)?$", ""),
    ("Neoverse N1", "Arm", "server", r"^neoverse-n1|0x41 0xd0c|^ampere altra|^graviton2", ""),
    ("Neoverse V1", "Arm", "server", r"^neoverse-v1|0x41 0xd40|^graviton3", ""),
    ("Neoverse V2", "Arm", "server", r"^neoverse-v2|0x41 0xd4f|^graviton4", ""),
    ("Apple M", "Apple", "laptop", r"^apple m\d", ""),
)

_ARM = {"Neoverse N1": ("graviton2", "ampere altra"), "Neoverse V1": ("graviton3",), "Neoverse V2": ("graviton4",)}

_VENDORS = (
    ("Intel", "desktop", r"intel.*\b(?:core|pentium|celeron|atom|n\d{2,3})\b", r"^intel core"),
    ("Intel server", "server", r"intel", r"^intel"),
    ("AMD", "desktop", r"amd.*\b(?:ryzen|athlon|a\d+-|fx)", r"^amd ryzen"),
    ("AMD server", "server", r"\bamd\b", r"^amd"),
    ("Arm server", "server", r"ampere|graviton|neoverse|altra|0x41 0x", r"^(?:graviton|ampere)"),
)


def cpu_rows(facts: list[Cells], boavizta: list[Cells], codecarbon: list[Cells]) -> list[dict[str, object]]:
    """Rows of the processors table: models, then families, makers and classes."""
    watts = {cpu_key(c["Name"]): float(c["TDP"]) for c in codecarbon if c["TDP"].count(".") < 2}
    known = {cpu_key(_full(c)): c for c in facts}
    models = [row for cells in boavizta if (row := _model(_corrected(cells), watts, known))]
    seen = {cpu_key(str(row["name"])) for row in models}
    models += [
        _from_fact(cells, watts) for key, cells in known.items() if key not in seen and _usable(cells, key, watts)
    ]
    seen |= set(known)
    models += [_turin(text) for text in _TURIN.replace("\n", "|").split("|")]
    seen |= {cpu_key(str(row["name"])) for row in models}
    models += [_power_only(c) for c in codecarbon if _power_wanted(c) and cpu_key(c["Name"]) not in seen]
    models = list({str(row["slug"]): row for row in models}.values())
    medians = _medians(models)
    return [row for row in models if cpu_key(str(row["name"])) in known or _SHIPPED.match(str(row["name"]))] + medians


def _full(cells: Cells) -> str:
    maker = {"Ampere": "Ampere "}.get(cells["vendor"], f"{cells['vendor']} ")
    return maker + cells["name"]


def _usable(cells: Cells, key: str, watts: dict[str, float]) -> bool:
    return cells["confidence"] != "low" or key in watts


def _corrected(cells: Cells) -> Cells:
    return cells | _CORRECTED.get(cells["name"], {})


def _number(text: str) -> float | None:
    try:
        return float(text) or None
    except ValueError:
        return None


def _model(cells: Cells, watts: dict[str, float], known: dict[str, Cells]) -> dict[str, object] | None:
    """A row from BoaviztAPI's table, checked against CodeCarbon's and the facts; None where it is not wanted."""
    name, key = cells["name"], cpu_key(cells["name"])
    tdp, cores, threads = (_number(cells[c]) for c in ("tdp", "cores", "threads"))
    fact = known.get(key)
    if not (fact or (_WANTED.match(name) and not _UNWANTED.search(name))) or None in (tdp, cores, threads):
        return None
    assert tdp and cores and threads
    other = watts.get(key)
    if fact is not None and fact["confidence"] == "low" and other is None:
        return None
    die = _number(fact["die_mm2"]) if fact else _number(cells["total_die_size"])
    agree = other is not None and abs(other - tdp) < 0.51
    source, chosen, ratio = "boaviztapi-cpus", tdp, 1.0
    if other is not None and not agree:
        ratio = max(tdp / other, other / tdp)
        if not (name in _TRUST_BOAVIZTA or fact):
            if cells["manufacturer"] == "Intel" and "Xeon" not in name:
                return None
            source, chosen = "codecarbon-cpus", other
    checked = "TDP agrees with CodeCarbon's cpu_power.csv" if agree else "TDP not checked elsewhere"
    if ratio > 1:
        checked = f"TDP disputed: BoaviztAPI {tdp:g} W, CodeCarbon {other:g} W"
    high = agree or (fact is not None and fact["confidence"] == "high" and ratio == 1)
    return _row(
        name,
        chosen,
        round(ratio**0.5, 3),
        (cores, threads, die if die and 40 <= die <= 2500 else None),
        (source, f"row {name}; {checked}", "high" if high else "medium"),
    )


def _from_fact(cells: Cells, watts: dict[str, float]) -> dict[str, object]:
    """A row of the facts that BoaviztAPI's table has not, or without cores; TDP of low rows from CodeCarbon."""
    low = cells["confidence"] == "low"
    tdp = watts[cpu_key(_full(cells))] if low else float(cells["tdp_w"])
    size = (None, None) if low else (_number(cells["cores"]), _number(cells["threads"]))
    source = "codecarbon-cpus" if low else "boaviztapi-cpus"
    locator = f"row {_full(cells)}" + ("; die area from BoaviztAPI cpu_specs.csv" if low and cells["die_mm2"] else "")
    return _row(
        _full(cells), tdp, 1.0, (*size, _number(cells["die_mm2"])), (source, locator, "medium" if low else "high")
    )


def _turin(text: str) -> dict[str, object]:
    model, cores, threads, tdp = text.split()
    source = ("amd-server-specifications", f"row AMD EPYC {model}", "high")
    return _row(f"AMD EPYC {model}", float(tdp), 1.0, (float(cores), float(threads), None), source)


def _power_wanted(cells: Cells) -> bool:
    name = cells["Name"]
    wanted = r"^(?:AMD EPYC (?:7B12|8\d\d4P|4\d\d4|97\d4|9[0-9]\d4)"
    wanted += r"|Intel Xeon (?:6[79]\d\d\w|Platinum 8[15]\d\d|Gold 65\d\d)"
    wanted += r"|Intel Core Ultra|Intel Core i[3579]-14\d|AMD Ryzen [579] [89]\d{3})"
    return bool(re.match(wanted, name)) and cells["TDP"].count(".") < 2 and not _UNWANTED.search(name)


def _power_only(cells: Cells) -> dict[str, object]:
    """A row of which only the TDP was read."""
    source = ("codecarbon-cpus", f"row {cells['Name']}; cores and die not read", "medium")
    return _row(cells["Name"], float(cells["TDP"]), 1.0, (None, None, None), source)


def _row(
    name: str,
    tdp_w: float,
    tdp_gsd: float,
    size: tuple[float | None, float | None, float | None],
    source: tuple[str, str, str],
) -> dict[str, object]:
    name = name.replace("Annapurna Labs ", "")
    vendor = name.split()[0].replace("Graviton", "AWS").rstrip("234E")
    cores, threads, die = size
    return {
        "slug": slug(re.sub(r"^(?:AMD|Intel) ", "", name)),
        "name": name,
        "vendor": vendor,
        "kind": "model",
        "klass": _klass(name),
        "family": "",
        "tdp_w": tdp_w,
        "tdp_gsd": tdp_gsd,
        "cores": cores,
        "threads": threads,
        "die_mm2": die,
        "aliases": "AWS " + name if name.startswith("Graviton") else "",
        "members": 1,
        "source": source[0],
        "locator": source[1],
        "year": 2026,
        "confidence": source[2],
    }


def _klass(name: str) -> str:
    if re.search(r"EPYC|Xeon (?:Plat|Gold|Silv|Bron|E5|E-|6)|Graviton|Ampere", name):
        return "server"
    if re.search(r"Threadripper|Xeon W|Ultra$", name) and "Core" not in name:
        return "desktop"
    mobile = r"(?:\d(?:H|HS|HX|HX3D|HK|HQ|U|P|C|G7|HF)|Apple M\d(?: Pro| Max)?|A8-7680)$"
    return "laptop" if re.search(mobile, name) and "A8-7680" not in name else "desktop"


def _medians(models: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    rows = []
    for name, vendor, klass, pattern, cpuid in _FAMILIES:
        starts = _ARM.get(name)
        members = [m for m in models if _belongs(m, pattern, starts)]
        rows.append(_median((name, vendor, klass, "family", pattern), members) | {"cpuid": cpuid})
        for member in members:
            member["family"] = member["family"] or name
    for name, klass, pattern, members_pattern in _VENDORS:
        members = [
            m
            for m in models
            if re.search(members_pattern, cpu_key(str(m["name"]))) and (m["klass"] == "server") == (klass == "server")
        ]
        rows.append(_median((name, name.split()[0], klass, "vendor", pattern), members))
    for klass in ("server", "desktop", "laptop"):
        rows.append(
            _median(
                (f"{klass.capitalize()} processor", "any", klass, "generic", ""),
                [m for m in models if m["klass"] == klass],
            )
        )
    return rows


def _belongs(model: dict[str, object], pattern: str, starts: tuple[str, ...] | None) -> bool:
    key = cpu_key(str(model["name"]))
    return key.startswith(starts) if starts else re.search(pattern, key) is not None


def _median(what: tuple[str, str, str, str, str], members: Sequence[dict[str, object]]) -> dict[str, object]:
    name, vendor, klass, kind, pattern = what
    assert members, f"no model belongs to {name}"
    tdp = [float(str(m["tdp_w"])) for m in members]
    per_thread = [float(str(m["tdp_w"])) / float(str(m["threads"])) for m in members if m["threads"]]
    width = max(spread(tdp), spread(per_thread), 1.5 if len(members) < 3 else 1.15)

    def middle(column: str) -> float | None:
        values = [float(str(m[column])) for m in members if m[column]]
        return median(values) if values else None

    cores, threads = middle("cores"), middle("threads")
    return {
        "slug": f"generic-{klass}" if kind == "generic" else f"{slug(name)}-{'median' if kind == 'family' else 'any'}",
        "name": f"{name} (median)",
        "vendor": vendor,
        "kind": kind,
        "klass": klass,
        "family": name if kind == "family" else "",
        "tdp_w": round(median(tdp), 1),
        "tdp_gsd": round(width, 3),
        "cores": round(cores) if cores else None,
        "threads": round(threads) if threads else None,
        "die_mm2": middle("die_mm2"),
        "pattern": pattern,
        "members": len(members),
        "source": "treadlight-assumption",
        "locator": f"medians over {len(members)} models read, of which this table lists the commoner ones",
        "year": 2026,
        "confidence": "assumed",
        "note": f"TDP {min(tdp):g} to {max(tdp):g} W; GSD: the larger of the spreads of TDP and of TDP per thread",
    }
