"""Jobs of Slurm as ``sacct --json`` writes them, under the names of the columns that ``sacct -P`` prints.

Numbers come plain or as an object with ``set``, ``infinite`` and ``number``, and states as a word or a list, by the
version of the data parser. Memory is in MiB.

References
----------
SchedMD, "Slurm REST API", schemas of dbv0.0.37 to v0.0.40: job, job_step, tres_list.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from treadlight.core.errors import InputError

__all__ = ["json_rows"]

_TRES = {"cpu": "cpu={}", "mem": "mem={}M", "node": "node={}", "energy": "energy={}"}

Row = Mapping[str, str]


def json_rows(document: Any) -> Iterator[tuple[str, Row | InputError]]:
    """Rows of the jobs and, after each, of its steps, with their place.

    Raises
    ------
    InputError
        If it holds no list of jobs.
    """
    jobs = document.get("jobs") if isinstance(document, dict) else None
    if not isinstance(jobs, list):
        raise InputError("holds no list of jobs", field="jobs", remedy="give what sacct --json prints")
    for i, job in enumerate(jobs, 1):
        if not isinstance(job, dict):
            yield f"job {i}", InputError("is no job", field="jobs", value=str(job)[:40])
            continue
        row = _job(job)
        yield f"job {i}", row
        for step in _list(job.get("steps")):
            yield f"job {i}", _step(step, row["JobIDRaw"])


def _job(job: Mapping[str, Any]) -> Row:
    raw, times = _number(job.get("job_id")), _dict(job.get("time"))
    array, het = _dict(job.get("array")), _dict(job.get("het"))
    name = raw
    if _number(array.get("job_id")) not in ("", "0") and _number(array.get("task_id")):
        name = f"{_number(array.get('job_id'))}_{_number(array.get('task_id'))}"
    elif _number(het.get("job_id")) not in ("", "0"):
        name = f"{_number(het.get('job_id'))}+{_number(het.get('job_offset')) or '0'}"
    return {
        "JobIDRaw": raw,
        "JobID": name,
        "JobName": str(job.get("name") or ""),
        "Account": str(job.get("account") or _dict(job.get("association")).get("account") or ""),
        "Cluster": str(job.get("cluster") or _dict(job.get("association")).get("cluster") or ""),
        "Partition": str(job.get("partition") or ""),
        "State": _state(job.get("state")),
        "AllocTRES": _tres(_dict(job.get("tres")).get("allocated")),
        **_times(times),
    }


def _step(step: Mapping[str, Any], job: str) -> Row:
    about = _dict(step.get("step"))
    ident = about.get("id")
    name = str(_dict(ident).get("step_id") or "") if isinstance(ident, dict) else str(ident or "").rpartition(".")[2]
    consumed = _dict(_dict(step.get("statistics")).get("energy")).get("consumed")
    names = {"4294967291": "batch", "-5": "batch", "4294967292": "extern", "-4": "extern"}
    return {
        "JobIDRaw": f"{job}.{names.get(name, name) or '0'}",
        "JobName": str(about.get("name") or ""),
        "AllocTRES": _tres(_dict(step.get("tres")).get("allocated")),
        "ConsumedEnergyRaw": _number(consumed),
        **_times(_dict(step.get("time"))),
    }


def _times(times: Mapping[str, Any]) -> dict[str, str]:
    """Start and end [s since 1970] and duration [s]; a time of 0 is none."""
    stated = {column: _number(times.get(key)) for column, key in (("Start", "start"), ("End", "end"))}
    known = {column: "" if text == "0" else text for column, text in stated.items()}
    return known | {"ElapsedRaw": _number(times.get("elapsed"))}


def _state(state: Any) -> str:
    current = state.get("current") if isinstance(state, dict) else state
    return str(current[0]) if isinstance(current, list) and current else str(current or "")


def _tres(items: Any) -> str:
    """Resources in the form of the column AllocTRES."""
    found = []
    for item in _list(items):
        kind, name, count = str(item.get("type", "")), str(item.get("name") or ""), _number(item.get("count"))
        if kind in _TRES and count:
            found.append(_TRES[kind].format(count))
        elif kind == "gres" and count:
            found.append(f"gres/{name}={count}")
    return ",".join(found)


def _number(value: Any) -> str:
    """A number as text; empty where none is set."""
    if isinstance(value, dict):
        value = value.get("number") if value.get("set", True) and not value.get("infinite") else None
    return str(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else ""


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
