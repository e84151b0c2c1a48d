"""The verbs of the server: tokens made, listed and revoked; servers that refuse to be reached by others; secrets."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from treadlight.ledger.store import Ledger


class Shell:
    """Runs treadlight with a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, *arguments: str, code: int = 0) -> Any:
        env = {**os.environ, "TREADLIGHT_HOME": str(self.home)}
        argv = [sys.executable, "-m", "treadlight", *arguments]
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stderr
        return done


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_token_is_shown_once_listed_without_itself_and_revoked(shell: Shell) -> None:
    made = shell("token", "create", "trainer", "--scope", "ingest", "--project", "vision", "--json")
    form = json.loads(made.stdout)
    assert form["token"].startswith("tlt_")
    assert (form["scopes"], form["projects"], form["state"]) == (["ingest"], ["vision"], "active")
    listed = shell("token", "list", "--json")
    assert "token" not in json.loads(listed.stdout)[0]
    assert form["token"] not in shell("token", "list").stdout
    shell("token", "revoke", form["id"])
    assert json.loads(shell("token", "list", "--json").stdout)[0]["state"] == "revoked"
    with Ledger.open(shell.home / "ledger.sqlite") as ledger:
        assert [d.action for d in ledger.access().audit.newest()] == ["token.revoke", "token.create"]


def test_only_the_token_itself_goes_to_standard_output(shell: Shell) -> None:
    made = shell("token", "create", "x", "--scope", "read", "--all-projects", "--expires", "never")
    assert made.stdout.startswith("tlt_")
    assert made.stdout.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "x", "--scope", "read"),
        ("create", "x", "--scope", "read", "--project", "a", "--all-projects"),
        ("create", "x", "--scope", "root", "--all-projects"),
        ("create", "x", "--scope", "read", "--all-projects", "--expires", "soon"),
        ("create", "x", "--scope", "read", "--all-projects", "--expires", "-1d"),
        ("revoke", "nobody"),
    ],
)
def test_unfit_arguments_are_one_line_and_exit_code_2(shell: Shell, arguments: tuple[str, ...]) -> None:
    done = shell("token", *arguments, code=2)
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_a_server_without_tokens_does_not_listen_to_others(shell: Shell) -> None:
    done = shell("serve", "--host", "0.0.0.0", "--port", "0", code=2)
    assert "treadlight token create" in done.stderr


def test_a_secret_is_never_shown_and_its_file_is_its_owners(shell: Shell) -> None:
    done = shell("config", "set", "server.token", "tlt_hush")
    assert "hush" not in done.stdout + done.stderr
    assert "hush" not in shell("config").stdout + shell("config", "--json").stdout
    assert (shell.home / "treadlight.toml").stat().st_mode & 0o077 == 0


def test_sending_without_a_server_says_what_to_set(shell: Shell) -> None:
    assert "TREADLIGHT_SERVER" in shell("send", code=2).stderr
