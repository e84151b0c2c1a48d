"""How Slurm writes durations, amounts and trackable resources (TRES)."""

import re
from dataclasses import dataclass

from treadlight.core.errors import InputError

__all__ = ["Allocation", "allocation", "duration_s", "energy_j"]

_DURATION = re.compile(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)(?:\.\d+)?")
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGTPE]?)i?[Bnc]*", re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
_NO_VALUE = (0xFFFFFFFE, 0xFFFFFFFF)
"""What Slurm's accounting holds where it holds nothing (NO_VAL, INFINITE)."""
_MOST_J = 1e18
"""Above this there is nothing either: NO_VAL64 and INFINITE64, however a suffix rounds them, as in 16.00E [J]."""
_GRES = re.compile(r"gpu(?::([A-Za-z][\w.\-]*))?:(\d+)(?:\(.*?\))?")
_SLICE = re.compile(r"(.+?)[_.:\-](\d)g\.\d+gb.*", re.IGNORECASE)
_SLICES_OF_A_CARD = 7
_MIB_PER_GB = 1024.0**2 / 1e9


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a job was given.

    Parameters
    ----------
    cpus, nodes
        None where not stated.
    memory_gb
        Memory [GB]; None where not stated.
    gpus
        Type, as the cluster calls it, to how many; the type is empty where none is stated. A slice of a card counts as
        its share of the card's compute.
    energy_j
        Energy noted among the resources [J]; None where there is none.
    """

    cpus: float | None
    nodes: float | None
    memory_gb: float | None
    gpus: dict[str, float]
    energy_j: float | None


def duration_s(text: str, field: str) -> float | None:
    """A duration ``[days-][hours:]minutes:seconds``, or plain seconds [s]; None where there is none.

    Raises
    ------
    InputError
        If it is none.
    """
    text = text.strip()
    if text.upper() in ("", "UNLIMITED", "UNKNOWN", "NONE", "INVALID", "PARTITION_LIMIT"):
        return None
    if text.isdecimal():
        return float(text)
    found = _DURATION.fullmatch(text)
    if found is None:
        raise InputError("is no duration", field=field, value=text[:40])
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def energy_j(text: str, field: str) -> float | None:
    """Energy [J], with or without a suffix such as K; None where none was gathered, which Slurm writes as 0 as well.

    Raises
    ------
    InputError
        If it is no number.
    """
    text = text.strip()
    if not text or text.lower() in ("unknown", "none", "n/a", "-1", "-2"):
        return None
    found = _AMOUNT.fullmatch(text.removesuffix("J"))
    if found is None:
        raise InputError("is no amount of energy", field=field, value=text[:40])
    number, suffix = found.groups()
    joules = float(number) * 1000.0 ** _POWERS[suffix.upper()]
    return None if joules == 0 or joules in _NO_VALUE or joules >= _MOST_J else joules


def allocation(tres: str, gres: str = "") -> Allocation:
    """Resources of ``AllocTRES``, such as ``cpu=64,gres/gpu:a100=4,gres/gpu=4,mem=256000M,node=1``.

    Parameters
    ----------
    gres
        ``AllocGRES`` of older versions, such as ``gpu:a100:4``, used where the TRES name no GPU.

    Raises
    ------
    InputError
        If a number in it is none.
    """
    parts = dict(part.partition("=")[::2] for part in tres.split(",") if "=" in part)
    typed = [name for name in parts if name.startswith("gres/gpu:")]
    gpus = {name.removeprefix("gres/gpu:"): _count(parts[name]) for name in typed}
    if not gpus and "gres/gpu" in parts:
        gpus = {"": _count(parts["gres/gpu"])}
    if not gpus:
        for kind, number in _GRES.findall(gres):
            gpus[kind] = gpus.get(kind, 0.0) + float(number)
    return Allocation(
        cpus=_count(parts["cpu"]) if "cpu" in parts else None,
        nodes=_count(parts["node"]) if "node" in parts else None,
        memory_gb=_memory_gb(parts["mem"]) if "mem" in parts else None,
        gpus=_whole_cards(gpus),
        energy_j=energy_j(parts.get("energy", ""), "AllocTRES"),
    )


def _whole_cards(gpus: dict[str, float]) -> dict[str, float]:
    """Slices such as ``a100_1g.5gb`` as shares of their card."""
    found: dict[str, float] = {}
    for name, count in gpus.items():
        sliced = _SLICE.fullmatch(name)
        card, share = (sliced[1], int(sliced[2]) / _SLICES_OF_A_CARD) if sliced else (name, 1.0)
        found[card] = found.get(card, 0.0) + count * share
    return {name: count for name, count in found.items() if count > 0}


def _count(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError("is no number", field="AllocTRES", value=text[:40]) from None


def _memory_gb(text: str) -> float:
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise InputError("is no amount of memory", field="AllocTRES", value=text[:40])
    number, suffix = found.groups()
    return float(number) * 1024.0 ** (_POWERS[suffix.upper()] - _POWERS["M"]) * _MIB_PER_GB
