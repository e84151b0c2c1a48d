"""The files of deploy/ against the program: each command, flag, variable, port and path that they name is there."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import httpx
import pytest

from serving import process, secret
from treadlight.app.cli.main import cli
from treadlight.core.config import SETTINGS

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")

DEPLOY = Path(__file__).parents[2] / "deploy"
FILES = ("Containerfile", "compose.yaml", "kubernetes.yaml", "treadlight.service")
_GRACE_S = 20  # how long uvicorn lets requests under way end: listen._PATIENCE_S


def _container() -> dict[str, str]:
    """The last value of each instruction of the Containerfile."""
    lines = (DEPLOY / "Containerfile").read_text().replace("\\\n", " ").splitlines()
    pairs = (line.partition(" ") for line in lines if line and not line.startswith("#"))
    return {name: rest.strip() for name, _, rest in pairs}


def _unit() -> dict[str, str]:
    lines = (DEPLOY / "treadlight.service").read_text().splitlines()
    return {k: v for k, eq, v in (line.partition("=") for line in lines if not line.startswith("#")) if eq}


def _kubernetes() -> tuple[dict[str, Any], dict[str, Any]]:
    deployment, service = yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())
    return deployment, service


def _pod() -> dict[str, Any]:
    return _kubernetes()[0]["spec"]["template"]["spec"]  # type: ignore[no-any-return]


def _compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())  # type: ignore[no-any-return]


def _commands() -> list[list[str]]:
    """Every command line of treadlight that the files run or tell to run, without the program's own name."""
    found = [json.loads(_container()["CMD"]), _pod()["containers"][0]["args"]]
    found.append(shlex.split(_unit()["ExecStart"])[1:])
    for name in FILES:
        text = (DEPLOY / name).read_text().replace("\\\n#", " ")
        found += [shlex.split(m) for m in re.findall(r"^#.*?\s(token create .+)$", text, re.MULTILINE)]
    return found


@pytest.mark.parametrize("arguments", _commands(), ids=" ".join)
def test_every_command_is_one_with_flags_that_it_has(arguments: list[str]) -> None:
    context = click.Context(cli)
    command: Any = cli
    while isinstance(command, click.Group):
        command, arguments = command.get_command(context, arguments[0]), arguments[1:]
        assert command is not None
    command.make_context("x", list(arguments))  # refuses flags and values that are none


@pytest.mark.parametrize("name", FILES)
def test_every_variable_is_a_setting(name: str) -> None:
    known = {setting.env for setting in SETTINGS.values()}
    named = set(re.findall(r"\bTREADLIGHT_[A-Z_]+", (DEPLOY / name).read_text()))
    assert named <= known
    assert named or name == "Containerfile"


def test_ports_are_those_on_which_it_listens() -> None:
    serve = cli.get_command(click.Context(cli), "serve")
    assert serve is not None
    port = next(p.default for p in serve.params if p.name == "port")
    deployment, service = _kubernetes()
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert container["ports"][0]["containerPort"] == port
    assert service["spec"]["ports"][0]["targetPort"] == container["ports"][0]["name"]
    assert service["spec"]["selector"] == deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["template"]["metadata"]["annotations"]["prometheus.io/port"] == str(port)
    assert _container()["EXPOSE"] == str(port)
    assert _compose()["services"]["server"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f":{port}/" in _container()["HEALTHCHECK"]


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[int]:
    secret(tmp_path / "ledger.sqlite")
    with process(str(tmp_path / "ledger.sqlite"), "--host", "0.0.0.0") as (_, port):
        yield port


def test_every_probe_is_answered_without_a_token(listening: int) -> None:
    container = _pod()["containers"][0]
    paths = {container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
    assert paths == {"/healthz", "/readyz"}
    for path in (*paths, "/metrics"):
        assert httpx.get(f"http://127.0.0.1:{listening}{path}", timeout=60).status_code == 200


@pytest.mark.parametrize("where", ["Containerfile", "compose"])
def test_the_check_of_health_tells_a_server_that_runs_from_one_that_does_not(listening: int, where: str) -> None:
    test = json.loads(_container()["HEALTHCHECK"].removeprefix("CMD "))
    if where == "compose":
        test = _compose()["services"]["server"]["healthcheck"]["test"][1:]
    there = [sys.executable if part == "python" else part.replace("8321", str(listening)) for part in test]
    gone = [sys.executable if part == "python" else part.replace("8321", "9") for part in test]
    assert subprocess.run(there, timeout=30).returncode == 0
    assert subprocess.run(gone, timeout=30, stderr=subprocess.DEVNULL).returncode != 0


def test_a_container_that_is_started_as_it_stands_refuses_until_there_is_a_token(tmp_path: Path) -> None:
    command = [*json.loads(_container()["ENTRYPOINT"]), *json.loads(_container()["CMD"])]
    assert command[0] == "treadlight"
    env = {**os.environ, "TREADLIGHT_HOME": str(tmp_path)}
    argv = [sys.executable, "-m", *command, "--port", "0"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "treadlight token create" in done.stderr


def test_it_is_given_the_time_it_needs_to_stop() -> None:
    from treadlight.app.server.listen import _PATIENCE_S

    assert _PATIENCE_S == _GRACE_S
    assert int(_unit()["TimeoutStopSec"]) > _GRACE_S
    assert _pod()["terminationGracePeriodSeconds"] > _GRACE_S
    assert int(_compose()["services"]["server"]["stop_grace_period"].rstrip("s")) > _GRACE_S
    assert _container()["STOPSIGNAL"] == "SIGTERM"


def test_nothing_runs_as_root_or_writes_where_it_need_not() -> None:
    pod, server = _pod(), _compose()["services"]["server"]
    assert _container()["USER"] == str(pod["securityContext"]["runAsUser"])
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
    assert server["read_only"] is True and server["cap_drop"] == ["ALL"]
    mounts = {m["mountPath"] for m in pod["containers"][0]["volumeMounts"]}
    assert mounts == {_container()["ENV"].partition("=")[2], "/tmp"}
    assert _unit()["ProtectSystem"] == "strict" and _unit()["DynamicUser"] == "yes"


def test_the_composed_server_waits_for_its_database() -> None:
    services = _compose()["services"]
    assert services["server"]["depends_on"]["database"]["condition"] == "service_healthy"
    user, name = (services["database"]["environment"][f"POSTGRES_{k}"] for k in ("USER", "DB"))
    url = services["server"]["environment"]["TREADLIGHT_LEDGER"]
    assert url.startswith(f"postgresql://{user}:") and url.endswith(f"@database/{name}")
    assert (DEPLOY.parent / services["server"]["build"]["dockerfile"]).is_file()


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    text = (DEPLOY / "treadlight.service").read_text().replace("/opt/treadlight/bin/treadlight", sys.executable)
    unit = tmp_path / "treadlight.service"
    unit.write_text(text)
    done = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, timeout=60)
    said = [line for line in done.stderr.splitlines() if "treadlight.service" in line]
    assert (done.returncode, said) == (0, [])
