"""Types of cloud machines: accelerators by a sourced table, virtual processors by the providers' rules for names.

References
----------
AWS: size ``Nxlarge`` has 4 N vCPUs, ``xlarge`` 4, ``large`` 2 (SkyPilot catalog v8, aws/vms.csv: a1, c1, c3 families).
Microsoft: "Azure virtual machine sizes naming conventions": the first number is the number of vCPUs, since version 3.
Google: the last number of ``standard``, ``highmem`` and ``highcpu`` types is the number of vCPUs.
"""

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

__all__ = ["Instance", "find_instance", "instance_in"]

_TABLE = Path(__file__).with_name("focus_instances.csv")
_AWS = re.compile(r"(?:ml\.|db\.|cache\.)?[a-z][a-z0-9\-]*\.(?:(\d*)xlarge|large)")
_AZURE = re.compile(r"standard_[a-z]+(\d+)(?:-(\d+))?[a-z]*(?:_[a-z0-9]+)*_v([3-9]|\d\d)")
_GCP = re.compile(r"[a-z]\d?[a-z]*-(?:standard|highmem|highcpu)-(\d+)(?:-lssd)?")
_ACCELERATED = re.compile(r"(?:p|g|gr|f|inf|trn|dl|vt)\d[a-z0-9\-]*\.|u-p|standard_n|[ag]\d[a-z]*-|tpu|ct\d")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]*\d[A-Za-z0-9_.\-]*")
_PREFIXES = ("ml.", "db.", "cache.")


@dataclass(frozen=True, slots=True)
class Instance:
    """A type of machine.

    Parameters
    ----------
    name
        As the provider calls it.
    accelerator, count
        Accelerators in it; empty and 0 where there are none.
    vcpus
        Virtual processors; None where not known.
    confidence
        Of the row of accelerators: ``high`` or ``medium``; empty where there are none.
    """

    name: str
    accelerator: str = ""
    count: float = 0
    vcpus: float | None = None
    confidence: str = ""


@lru_cache(maxsize=1024)
def find_instance(name: str) -> Instance | None:
    """The type so called; None where neither the table nor a rule for names knows it."""
    key = _key(name)
    row = _rows().get(key)
    if row is not None:
        return row
    if _ACCELERATED.match(key):
        return None  # accelerators that the table lacks would be left out: the number of vCPUs alone says little
    vcpus = _vcpus(key)
    return Instance(name, vcpus=vcpus) if vcpus else None


@lru_cache(maxsize=4096)
def instance_in(text: str) -> Instance | None:
    """The first type that a text of a bill names, such as ``USE1-BoxUsage:p4d.24xlarge``."""
    words = (word for part in text.split(":") for word in _WORD.findall(part))
    return next((found for word in words if (found := find_instance(word.strip(".-_"))) is not None), None)


def _key(name: str) -> str:
    key = name.strip().lower().replace(" ", "_")
    for prefix in _PREFIXES:
        key = key.removeprefix(prefix)
    return key


def _vcpus(key: str) -> float | None:
    if found := _AWS.fullmatch(key):
        return 2.0 if found[1] is None else 4.0 * int(found[1] or 1)
    if found := _AZURE.fullmatch(key):
        return float(found[2] or found[1])
    if found := _GCP.fullmatch(key):
        return float(found[1])
    return None


@lru_cache(maxsize=1)
def _rows() -> dict[str, Instance]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return {
            row["instance_type"].lower(): Instance(
                row["instance_type"],
                row["accelerator"],
                float(row["count"]),
                float(row["vcpus"]) if row["vcpus"] else None,
                row["confidence"],
            )
            for row in csv.DictReader(file)
        }
