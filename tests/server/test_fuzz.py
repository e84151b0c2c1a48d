"""Whatever follows from the API's own schema: no fault of the server, no answer outside the schema."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings

from serving import activities, bodies, process, whole_run
from treadlight.app.server.calls import PREFIX, operations
from treadlight.app.server.openapi import openapi

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")


schema = schemathesis.openapi.from_dict(openapi(operations(), PREFIX))


def _serving(folder: Path, url: str) -> Iterator[str]:
    """Where a server runs that holds a little."""
    env = {**os.environ, "TREADLIGHT_HOME": str(folder), "TREADLIGHT_DRAWS": "100", "TREADLIGHT_RATE_PER_MIN": "1e9"}
    with process(url, env=env) as (_, port):
        base = f"http://127.0.0.1:{port}"
        httpx.post(
            f"{base}/api/v1/activities", json={"activities": bodies(activities(20))}, timeout=60
        ).raise_for_status()
        httpx.post(f"{base}/api/v1/runs", json=whole_run(), timeout=60).raise_for_status()
        yield base


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("fuzz")
    yield from _serving(folder, str(folder / "ledger.sqlite"))


@pytest.fixture(scope="module")
def on_postgres(tmp_path_factory: pytest.TempPathFactory, postgres: Any) -> Iterator[str]:
    yield from _serving(tmp_path_factory.mktemp("fuzz-postgres"), postgres())


@schema.parametrize()
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_api_answers_within_its_schema(case: Any, address: str) -> None:
    _check(case, address)


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_api_answers_within_its_schema_on_postgresql(case: Any, on_postgres: str) -> None:
    _check(case, on_postgres)


def _check(case: Any, address: str) -> None:
    known = schemathesis.specs.openapi.checks
    wanted = [
        schemathesis.checks.CHECKS.get_one("not_a_server_error"),
        known.status_code_conformance,
        known.content_type_conformance,
        known.response_schema_conformance,
        known.negative_data_rejection,
    ]
    case.call_and_validate(base_url=address, checks=wanted)
