"""Scopes: what an answer includes, and that its lines add up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadlight.core.errors import InputError
from treadlight.estimate.accelerator import trainer_of
from treadlight.estimate.priors import priors
from treadlight.estimate.sampling import Array, generator, normals
from treadlight.estimate.scope import SCOPES, host_class, scope_lines
from treadlight.library.catalogue import accelerators, generic_accelerator
from treadlight.library.devices import AcceleratorRow

H100 = trainer_of("h100-sxm5-80gb").device
HOURS = np.full(1000, 100.0)
KWH = np.full(1000, 56.0)


def lines(scope: str, device: AcceleratorRow | None = H100, pue: float | None = 1.2, seed: int = 0) -> dict[str, Array]:
    return scope_lines(KWH, HOURS, device, scope, pue, seed, "test")


@pytest.mark.parametrize(
    ("scope", "parts"),
    [
        ("gpu_only", {"accelerators"}),
        ("gpu_pue", {"accelerators", "overhead"}),
        ("it", {"accelerators", "host"}),
        ("facility", {"accelerators", "host", "overhead"}),
    ],
)
def test_a_scope_has_its_lines_and_no_other(scope: str, parts: set[str]) -> None:
    assert set(lines(scope)) == parts
    assert all((line > 0).all() for line in lines(scope).values())


def test_overhead_is_the_pue_times_the_rest() -> None:
    # 56 kWh x (1.2 - 1)
    assert lines("gpu_pue")["overhead"] == pytest.approx(11.2)
    facility = lines("facility")
    assert facility["overhead"] == pytest.approx(0.2 * (facility["accelerators"] + facility["host"]))


def test_a_pue_of_one_adds_nothing() -> None:
    assert not lines("gpu_pue", pue=1.0)["overhead"].any()


def test_scopes_of_one_question_share_their_draws() -> None:
    it, facility = lines("it"), lines("facility")
    np.testing.assert_array_equal(it["host"], facility["host"])
    free = [lines(scope, pue=None) for scope in ("gpu_pue", "facility")]
    shares = [line["overhead"] / (sum(line.values()) - line["overhead"]) for line in free]
    np.testing.assert_allclose(shares[0], shares[1])


def test_an_unknown_pue_is_sampled_above_one_and_covers_halls_of_clouds() -> None:
    p05, p50, p95 = np.quantile(1 + lines("gpu_pue", pue=None)["overhead"] / KWH, (0.05, 0.5, 0.95))
    assert p05 < 1.08 and p95 > 1.4  # 90 % of 62 published halls lie between
    assert p50 == pytest.approx(1.17, abs=0.01)


def test_a_node_of_eight_h100_draws_what_was_measured() -> None:
    # Newkirk et al. 2025, arXiv 2506.14551: 76 % of 10.2 kW at high load; Latif et al. 2025: at most 8.4 kW
    node_kw = 8 * (0.7 * 0.86 + np.median(lines("it")["host"]) / 100)
    assert 5.6 < node_kw < 8.4


def test_an_unknown_device_has_a_wider_host_than_a_known_one() -> None:
    known, unknown = (np.log(lines("it", device)["host"]).std() for device in (H100, None))
    assert unknown > known
    assert np.median(lines("it", None)["host"]) == pytest.approx(0.45 * 56, rel=0.02)


def test_every_device_of_the_catalogue_has_a_host() -> None:
    for device in accelerators():
        host = lines("it", device)["host"]
        assert np.isfinite(host).all() and (host > 0).all(), device.slug


@pytest.mark.parametrize(
    ("slug", "kind"),
    [
        ("h100-sxm5-80gb", "server"),
        ("instinct-mi300x-192gb", "server"),
        ("tpu-v4", "tpu"),
        ("geforce-rtx-4090", "desktop"),
        ("gh200-superchip", "superchip"),
        ("jetson-orin-nano-8gb", "soc"),
        ("m2-max", "soc"),
    ],
)
def test_a_device_stands_in_its_kind_of_node(slug: str, kind: str) -> None:
    assert host_class(trainer_of(slug).device) == kind


def test_no_device_and_the_median_device_are_unknown() -> None:
    assert host_class(None) == host_class(generic_accelerator()) == "unknown"


@pytest.mark.parametrize("scope", ["gpu", "", "Facility "])
def test_a_scope_nobody_knows_is_refused_with_those_there_are(scope: str) -> None:
    with pytest.raises(InputError, match="use one of gpu_only, gpu_pue, it, facility"):
        lines(scope)


@pytest.mark.parametrize("pue", [0.99, 0.0, -1.0, 5.1, float("nan"), float("inf")])
def test_a_pue_that_cannot_be_is_refused(pue: float) -> None:
    with pytest.raises(InputError, match="pue: is no power usage effectiveness"):
        lines("facility", pue=pue)


@given(st.sampled_from(SCOPES), st.floats(1e-6, 1e12), st.integers(0, 1000))
def test_energy_is_linear_in_the_work(scope: str, factor: float, seed: int) -> None:
    once = scope_lines(KWH, HOURS, H100, scope, None, seed, "x")
    more = scope_lines(KWH * factor, HOURS * factor, H100, scope, None, seed, "x")
    for name, line in once.items():
        np.testing.assert_allclose(more[name], line * factor, rtol=1e-9)


def test_draws_have_exact_quantiles_and_depend_on_seed_and_cause() -> None:
    first = normals(generator(0, "a"), 1000)
    assert np.quantile(first, 0.95) == pytest.approx(1.645, abs=0.01)
    np.testing.assert_array_equal(first, normals(generator(0, "a"), 1000))
    for other in (normals(generator(1, "a"), 1000), normals(generator(0, "b"), 1000)):
        assert abs(np.corrcoef(first, other)[0, 1]) < 0.12


def test_every_prior_names_its_source() -> None:
    for prior in priors().values():
        assert prior.source and prior.locator and prior.unit and 2010 <= prior.year <= 2030, prior.name
        assert prior.confidence in ("high", "medium", "assumed"), prior.name
        assert prior.median > 0 and prior.gsd > 1, prior.name
