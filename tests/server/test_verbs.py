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
        ("create", "x", "--scope", "admin", "--project", "vision"),
        ("create", "x", "--scope", "read", "--project", ""),
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


def test_members_are_added_listed_changed_and_removed(shell: Shell) -> None:
    made = json.loads(shell("member", "add", "Ada@example.org", "--role", "admin", "--json").stdout)
    assert (made["email"], made["role"], made["projects"]) == ("ada@example.org", "admin", None)
    shell("member", "add", "bob@example.org", "--project", "vision", "--project", "speech")
    changed = json.loads(shell("member", "role", "bob@example.org", "--role", "lead", "--json").stdout)
    assert (changed["role"], changed["projects"]) == ("lead", ["speech", "vision"])
    assert "last admin" in shell("member", "remove", "ada@example.org", code=2).stderr
    shell("member", "remove", "bob@example.org")
    assert [m["email"] for m in json.loads(shell("member", "list", "--json").stdout)] == ["ada@example.org"]
    assert "removed" in shell("member", "list", "--removed").stdout
    with Ledger.open(shell.home / "ledger.sqlite") as ledger:
        found = [d.action for d in ledger.access().audit.newest()]
    assert found == ["member.remove", "member.role", "member.add", "member.add"]


def test_an_admin_is_listed_as_one_of_all_projects_and_is_less_only_by_naming_some(shell: Shell) -> None:
    for name in ("ada", "bob"):
        shell("member", "add", f"{name}@example.org", "--role", "admin")
    assert shell("member", "list").stdout.count("(all projects)") == 2
    assert "--project" in shell("member", "role", "bob@example.org", "--role", "lead", code=2).stderr
    shell("member", "role", "bob@example.org", "--role", "auditor")
    changed = shell("member", "role", "bob@example.org", "--role", "lead", "--project", "vision", "--json")
    assert json.loads(changed.stdout)["projects"] == ["vision"]
    assert "(vision)" in shell("member", "list").stdout


def test_a_password_of_a_database_is_not_shown(shell: Shell) -> None:
    told = shell("config", "set", "ledger.url", "postgresql://ada@db.invalid/x?password=s3cret").stdout
    assert "s3cret" not in told + shell("config").stdout + shell("config", "--json").stdout
    assert "s3cret" not in shell("token", "list", code=2).stderr
    assert "s3cret" in (shell.home / "treadlight.toml").read_text()


@pytest.mark.parametrize(
    "arguments",
    [
        ("member", "add", "nobody"),
        ("member", "add", "a@example.org", "--role", "king"),
        ("member", "add", "a@example.org", "--project", "x", "--all-projects"),
        ("member", "add", "a@example.org", "--role", "auditor", "--project", "x"),
        ("member", "add", "a@example.org", "--project", " "),
        ("member", "remove", "a@example.org"),
        ("member", "list", "--database", "http://127.0.0.1:9"),
        ("site", "set", "paris", "pue=0.5", "--source", "x"),
        ("site", "set", "paris", "zone=Atlantis", "--source", "x"),
        ("site", "set", "paris", "colour=red", "--source", "x"),
        ("site", "set", "paris", "pue", "--source", "x"),
        ("site", "set", "a/b", "pue=1.2", "--source", "x"),
        ("site", "set", "paris", "pue=1.2", "--source", " "),
        ("site", "remove", "paris"),
    ],
)
def test_unfit_members_and_sites_are_one_line_and_exit_code_2(shell: Shell, arguments: tuple[str, ...]) -> None:
    done = shell(*arguments, code=2)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert done.stderr.startswith("error: ")
    assert not (shell.home / "treadlight.toml").exists()


def test_a_site_of_ones_own_lies_in_the_configuration_and_counts(shell: Shell) -> None:
    shell("site", "set", "cellar", "zone=DE", "pue=uniform(1.5,1.7)", "--source", "bill 2025")
    found = json.loads(shell("site", "list", "--json").stdout)["sites"]
    facts = {f["fact"]: (f["value"], f["source"]) for f in found[0]["facts"]}
    assert facts == {"zone": ("DE", "bill 2025"), "pue": ("uniform(1.5,1.7)", "bill 2025")}
    asked = ("estimate", "training", "--params", "8", "--tokens", "100", "--json")
    assert json.loads(shell(*asked, "--site", "cellar").stdout) != json.loads(shell(*asked).stdout)
    shell("site", "set", "cellar", "pue=", "--source", "was a guess")
    shell("site", "remove", "cellar")
    assert "cellar" not in (shell.home / "treadlight.toml").read_text()


def test_a_site_of_a_database_says_who_stated_it_when(shell: Shell) -> None:
    database = str(shell.home / "server.sqlite")
    shell("site", "set", "paris", "zone=FR", "pue=1.2", "--source", "meter", "--database", database)
    done = json.loads(
        shell("site", "set", "paris", "pue=1.3", "--source", "bill", "--database", database, "--json").stdout
    )
    assert done["changed"] == ["pue"]
    listed = shell("site", "list", "--database", database).stdout
    assert "1.3" in listed and "bill; stated 20" in listed and "by local" in listed
    assert "paris" not in shell("site", "list").stdout
    shell("site", "remove", "paris", "--database", database)
    assert json.loads(shell("site", "list", "--database", database, "--json").stdout)["sites"] == []


def test_sending_without_a_server_says_what_to_set(shell: Shell) -> None:
    assert "TREADLIGHT_SERVER" in shell("send", code=2).stderr
