"""JSON forms of what verbs print: stable and versioned, in the canonical units, nothing rounded."""

from typing import Any

from treadlight.app.energy import ELECTRICITY
from treadlight.assess.why import WhyNode
from treadlight.core.category import CATEGORIES
from treadlight.core.quantity import Quantity
from treadlight.ledger.records import ChannelState, Run
from treadlight.share.account import Account, PerUnit, WindowAccount

__all__ = ["account_form", "footprint_form", "quantity_form", "run_form", "why_form"]


def quantity_form(quantity: Quantity | None, unit: str) -> dict[str, Any]:
    """``{"unit", "p05", "p50", "p95"}``; the percentiles are null where the amount is unknown."""
    if quantity is None:
        return {"unit": unit, "p05": None, "p50": None, "p95": None}
    return {"unit": quantity.unit, "p05": quantity.p05, "p50": quantity.p50, "p95": quantity.p95}


def run_form(run: Run, energy: Quantity | None) -> dict[str, Any]:
    """One run as ``treadlight runs --json`` lists it."""
    return {
        "id": run.id,
        "name": run.name,
        "status": str(run.status),
        "start": run.start.isoformat().replace("+00:00", "Z"),
        "end": run.end.isoformat().replace("+00:00", "Z"),
        "duration_s": run.duration_s,
        "energy_kwh": quantity_form(energy, "kWh"),
        "project": run.subject.project,
        "team": run.subject.team,
        "stage": run.stage,
        "labels": dict(run.labels),
    }


def footprint_form(account: Account) -> dict[str, Any]:
    """``treadlight.footprint/1``."""
    return {
        "schema": "treadlight.footprint/1",
        "library": {"version": account.library.version, "digest": account.library.digest},
        "method": {
            "accounting": account.method.accounting,
            "signal": account.method.signal,
            "scope": account.method.scope,
            "draws": account.draws,
            "seed": account.seed,
        },
        "impacts": {
            i.category: {
                **quantity_form(i.total, CATEGORIES[i.category].unit),
                "coverage": i.coverage,
                "use": quantity_form(i.use, CATEGORIES[i.category].unit),
                "embodied": quantity_form(i.embodied, CATEGORIES[i.category].unit),
            }
            for i in account.impacts
        },
        "contributions": [
            {
                "category": c.category,
                "phase": c.phase,
                "component": c.component,
                "label": c.label,
                "method": c.method,
                **quantity_form(c.quantity, CATEGORIES[c.category].unit),
            }
            for c in account.contributions
        ],
        "by": [
            {
                "dimension": s.dimension,
                "key": s.key,
                "label": s.label,
                "category": s.category,
                **quantity_form(s.quantity, s.quantity.unit),
            }
            for s in account.slices
        ],
        "doubt": [{"label": d.label, "share": d.share} for d in account.doubt],
        "unknown": [
            {"what": u.what, "why": u.why, "remedy": u.remedy, "category": u.category or None} for u in account.unknown
        ],
    }


def account_form(account: Account) -> dict[str, Any]:
    """One run as ``treadlight show --json`` prints it."""
    run = account.run
    drawn = {c.component for c in account.components}
    return {
        "schema": "treadlight.account/1",
        "run": {
            **run_form(run, account.energy),
            "facility_energy_kwh": quantity_form(account.facility_energy, "kWh"),
            "node_energy_kwh": quantity_form(account.node_energy, "kWh"),
            "mean_power_w": account.mean_power_w,
            "attribution": run.attribution,
            "exit_code": run.exit_code,
            "counts": dict(run.counts),
            "host": dict(run.host),
            "location": {"zone": run.location.zone, "region": run.location.region, "site": run.location.site},
            "gaps": [{"t0_s": g.t0_s, "t1_s": g.t1_s, "reason": g.reason, "step_s": g.step_s} for g in run.gaps],
            "journal_digest": run.journal_digest,
            "per_unit": [_per_unit(p) for p in account.per_unit],
            "windows": [_window(w) for w in account.windows],
        },
        "components": [
            {
                "component": c.component,
                "label": c.label,
                "method": c.method,
                "meter": c.meter,
                "energy_kwh": quantity_form(c.energy, "kWh"),
                "node_energy_kwh": quantity_form(c.node_energy, "kWh"),
                "state": c.state,
                "detail": c.detail,
                "refused": [
                    {"meter": r.meter, "device": r.device, "state": r.state, "detail": r.detail}
                    for r in run.channels
                    if r.component == c.component and r.amount is None and r.flow == ELECTRICITY
                ],
            }
            for c in account.components
        ]
        + [
            _absent(channel) for channel in run.channels if channel.state == "absent" and channel.component not in drawn
        ],
        "footprint": footprint_form(account),
    }


def _absent(channel: ChannelState) -> dict[str, Any]:
    """A component that this machine does not have: not zero, and not unknown either."""
    return {
        "component": channel.component,
        "label": channel.component,
        "method": "unknown",
        "meter": channel.meter,
        "energy_kwh": quantity_form(None, "kWh"),
        "node_energy_kwh": quantity_form(None, "kWh"),
        "state": channel.state,
        "detail": channel.detail,
        "refused": [],
    }


def _per_unit(result: PerUnit) -> dict[str, Any]:
    return {
        "unit": result.name,
        "per": result.per,
        "count": result.count,
        "results": {name: quantity_form(q, q.unit) for name, q in result.results},
    }


def _window(window: WindowAccount) -> dict[str, Any]:
    return {
        "id": window.id,
        "name": window.name,
        "t0_s": window.t0_s,
        "t1_s": window.t1_s,
        "status": window.status,
        "energy_kwh": quantity_form(window.energy, "kWh"),
        "gwp_of_use": quantity_form(window.gwp, "kgCO2e"),
        "counts": dict(window.counts),
        "per_unit": [_per_unit(p) for p in window.per_unit],
    }


def why_form(node: WhyNode) -> dict[str, Any]:
    """A step and everything below it."""
    source = node.source
    return {
        "id": node.id,
        "kind": node.kind,
        "label": node.label,
        "amount": node.amount,
        "unit": node.unit,
        "op": node.op,
        "p05": node.p05,
        "p95": node.p95,
        "share_of_doubt": node.share_of_doubt,
        "method": node.method or None,
        "note": node.note or None,
        "resolution": [{"rung": name, "found": found, "detail": detail} for name, found, detail in node.rungs],
        "source": {
            "id": source.id,
            "citation": source.citation,
            "year": source.year or None,
            "licence": source.licence,
            "locator": source.locator,
            "quality": source.confidence,
            "url": source.url or None,
        }
        if source
        else None,
        "children": [why_form(child) for child in node.children],
    }
