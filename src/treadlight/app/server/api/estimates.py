"""Estimates of what was not metered, and published figures held against each other."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from treadlight.app.claiming import claim_of, finding_form
from treadlight.app.estimating_asked import estimate_asked
from treadlight.app.estimating_forms import estimate_form
from treadlight.app.server.operation import Call, Operation
from treadlight.app.server.principal import Scope
from treadlight.app.server.shapes import LibraryStamp, Named, Quantity, as_shape
from treadlight.core.errors import InputError

Amount = Annotated[float, Meta(ge=0, le=1e30)]
ScopeName = Literal["gpu_only", "gpu_pue", "it", "facility"]
_REMEDY = "give what you know, such as model, params_total_b or hardware"


class Question(Struct, forbid_unknown_fields=True, kw_only=True):
    """What both kinds of estimates are asked; null or absent: unknown."""

    model: Named | None = None
    params_total_b: Amount | None = None
    params_active_b: Amount | None = None
    architecture: Named | None = None
    hardware: Named | None = None
    n_devices: Amount | None = None
    tdp_w: Amount | None = None
    avg_power_w: Amount | None = None
    precision: Named | None = None
    pixels: Amount | None = None
    pue: Amount | None = None
    estimate_scope: ScopeName = "facility"
    carbon_intensity_g_per_kwh: Amount | None = None
    zone: Named | None = None
    region: Named | None = None
    site: Named = ""
    transfer_gb: Amount | None = None
    network: Named = "generic"
    when: Named | None = None


class TrainingQuestion(Question, forbid_unknown_fields=True, kw_only=True):
    """A training: from hours, from size and tokens, or from less."""

    tokens_b: Amount | None = None
    total_flops: Amount | None = None
    wall_hours: Amount | None = None
    device_hours: Amount | None = None
    experiments_multiplier: Amount | None = None
    avg_power_scope: Named | None = None
    idle_hours: Amount | None = None
    storage_tb_months: Amount | None = None
    samples_m: Amount | None = None


class InferenceQuestion(Question, forbid_unknown_fields=True, kw_only=True):
    """Requests by their tokens, images, video or sound; `count` of them."""

    count: Annotated[float, Meta(gt=0, le=1e30)] = 1.0
    task: Named | None = None
    tokens_in: Amount | None = None
    tokens_out: Amount | None = None
    tokens_cached: Amount | None = None
    tokens_reasoning: Amount | None = None
    batch: Amount | None = None
    load: Amount | None = None
    requests_per_s: Amount | None = None
    output_tokens_per_s: Amount | None = None
    steps: Amount | None = None
    frames: Amount | None = None
    guidance_passes: Amount | None = None
    audio_s: Amount | None = None
    unit: Named | None = None
    layers: Amount | None = None
    hidden_size: Amount | None = None
    kv_heads: Amount | None = None
    head_dim: Amount | None = None


class Gain(Struct):
    """What knowing an input would do to the ratio p95 ÷ p05 of the energy; null: it is without bound."""

    input: str
    p95_over_p05: float | None
    if_known: float | None


class EstimatedImpact(Quantity):
    """An impact, and its parts."""

    use: Quantity
    embodied: Quantity


class Estimated(Struct):
    """An estimate, as ``treadlight estimate --json`` prints it."""

    schema: Literal["treadlight.estimate/1"]
    kind: str
    scope: str
    count: float
    unit: str
    inputs: dict[str, Any]
    ranges: dict[str, dict[str, float]]
    from_library: dict[str, str]
    place: dict[str, Any]
    accelerator: str | None
    energy_kwh: Quantity
    energy_wh_per_unit: Quantity
    lines_kwh: dict[str, Quantity]
    accelerators_by_phase_kwh: dict[str, Quantity]
    device_hours: Quantity
    impacts: dict[str, EstimatedImpact]
    basis: str
    assumed: list[str]
    would_narrow: list[Gain]
    not_counted: list[str]
    library: LibraryStamp
    draws: int
    seed: int


class StatedClaim(Struct, forbid_unknown_fields=True, kw_only=True):
    """What was published of a training; null or absent: not stated."""

    name: Named | None = None
    family: Named | None = None
    energy_mwh: Amount | None = None
    energy_kwh: Amount | None = None
    tco2e: Amount | None = None
    kgco2e: Amount | None = None
    carbon_intensity_g_per_kwh: Amount | None = None
    carbon_method: Named | None = None
    device_hours: Amount | None = None
    n_devices: Amount | None = None
    wall_hours: Amount | None = None
    hardware: Named | None = None
    tdp_w: Amount | None = None
    avg_power_w: Amount | None = None
    pue: Amount | None = None
    params_total_b: Amount | None = None
    params_active_b: Amount | None = None
    tokens_b: Amount | None = None
    total_flops: Amount | None = None
    architecture: Named | None = None
    estimate_scope: ScopeName | None = None


class ClaimsQuestion(Struct, forbid_unknown_fields=True):
    """Claims to be held against each other and against an estimate."""

    claims: Annotated[list[StatedClaim], Meta(min_length=1, max_length=100)]


class FindingRow(Struct):
    """One thing that does not fit."""

    claim: str
    severity: str
    check: str
    what: str
    numbers: dict[str, float | None]
    cause: str
    remedy: str


class Findings(Struct):
    """Findings, the worst first within each claim; `ok`: none is impossible or implausible."""

    schema: Literal["treadlight.claims/1"]
    claims: int
    ok: bool
    findings: list[FindingRow]


_ASKED_APART = ("site", "transfer_gb", "network", "when", "count", "estimate_scope")


def _training(call: Call) -> Estimated:
    return _estimated(call, "training", None)


def _inference(call: Call) -> Estimated:
    return _estimated(call, "inference", call.body.count)


def _estimated(call: Call, kind: str, count: float | None) -> Estimated:
    body: Question = call.body
    known = {name: getattr(body, name) for name in body.__struct_fields__ if name not in _ASKED_APART}
    made = estimate_asked(
        call.desk,
        kind,
        {name: value for name, value in known.items() if value is not None},
        scope=body.estimate_scope,
        site=body.site,
        count=count,
        transfer_gb=body.transfer_gb,
        network=body.network,
        when=body.when,
        remedy=_REMEDY,
    )
    return as_shape(estimate_form(made), Estimated)  # type: ignore[no-any-return]


def _claims(call: Call) -> Findings:
    from treadlight.estimate.claims import check_claims

    bodies: list[StatedClaim] = call.body.claims
    claims = [_claim(body, i) for i, body in enumerate(bodies)]
    found = check_claims(claims, call.desk.seed)
    ok = all(finding.severity == "note" for finding in found)
    rows = as_shape([finding_form(finding) for finding in found], list[FindingRow])
    return Findings("treadlight.claims/1", len(claims), ok, rows)


def _claim(body: StatedClaim, i: int) -> Any:
    stated = {name: getattr(body, name) for name in body.__struct_fields__}
    try:
        return claim_of({name: value for name, value in stated.items() if value is not None})
    except InputError as error:
        raise error.at(f"claims[{i}].{error.field}") from None


OPERATIONS = (
    Operation(
        "POST", "/estimates/training", "What a training took that nobody metered", Scope.READ, Estimated, _training,
        body=TrainingQuestion, tags=("estimates",),
    ),
    Operation(
        "POST", "/estimates/inference", "What requests took that nobody metered", Scope.READ, Estimated, _inference,
        body=InferenceQuestion, tags=("estimates",),
    ),
    Operation(
        "POST", "/estimates/claims", "Published figures held against each other, and against an estimate", Scope.READ,
        Findings, _claims, body=ClaimsQuestion, tags=("estimates",),
    ),
)  # fmt: skip
