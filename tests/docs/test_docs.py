"""The documentation against the code: whatever exists has its entry, whatever is named exists."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from treadlight.app.cli.main import shown
from treadlight.core import errors
from treadlight.core.category import CATEGORIES
from treadlight.core.config import SETTINGS
from treadlight.core.plugins import names

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
VERBS = sorted(shown(name) for name in names("treadlight.app.cli.verbs"))


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_its_section(verb: str) -> None:
    assert f"\n## {verb}\n" in (DOCS / "reference/cli.md").read_text()


def test_no_section_describes_a_verb_that_is_gone() -> None:
    sections = re.findall(r"^## (\S+)$", (DOCS / "reference/cli.md").read_text(), re.MULTILINE)
    assert sections == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_of_a_verb_is_described(verb: str) -> None:
    import click

    from treadlight.app.cli.main import cli

    section = (DOCS / "reference/cli.md").read_text().partition(f"\n## {verb}\n")[2].partition("\n## ")[0]
    command = cli.get_command(click.Context(cli), verb)
    assert command is not None
    commands = [command, *(command.commands.values() if isinstance(command, click.Group) else ())]
    for one in commands:
        for option in one.params:
            if isinstance(option, click.Option):
                assert option.opts[0] in section, f"{verb} {option.opts[0]}"


@pytest.mark.parametrize("key", SETTINGS)
def test_every_setting_has_its_row(key: str) -> None:
    page = (DOCS / "reference/settings.md").read_text()
    assert f"| `{key}` | `{SETTINGS[key].env}` |" in page


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_has_its_row(name: str) -> None:
    assert f"| `{name}` |" in (DOCS / "reference/errors.md").read_text()


def test_the_error_shown_is_the_error_said(tmp_path: Path) -> None:
    shown = re.search(r"\$ treadlight show nosuchrun\n(.+)\n", (DOCS / "reference/errors.md").read_text())
    env = {**os.environ, "TREADLIGHT_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "treadlight", "show", "nosuchrun"]
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True)
    assert shown is not None
    assert done.stderr.strip() == shown.group(1)


@pytest.mark.parametrize("meter", names("treadlight.measure.meters"))
def test_every_meter_has_its_page_and_methodology(meter: str) -> None:
    assert f"`{meter}`" in (DOCS / "reference/meters.md").read_text()
    assert (DOCS / f"methodology/{meter}.md").exists()


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_is_explained(category: str) -> None:
    assert f"`{category}`" in (DOCS / "methodology/footprint.md").read_text()


@pytest.mark.parametrize(
    "page", sorted(p.relative_to(ROOT).as_posix() for p in [*DOCS.rglob("*.md"), ROOT / "README.md"])
)
def test_every_command_shown_exists(page: str) -> None:
    if page.startswith("docs/_build"):
        pytest.skip("built page")
    shown = re.findall(r"(?:^\$ |`)treadlight ([a-z]+(?:-[a-z]+)*)", (ROOT / page).read_text(), re.MULTILINE)
    assert set(shown) <= set(VERBS)


@pytest.mark.parametrize(
    "page", sorted(p.relative_to(ROOT).as_posix() for p in [*DOCS.rglob("*.md"), ROOT / "README.md"])
)
def test_every_relative_link_leads_somewhere(page: str) -> None:
    source = ROOT / page
    for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", source.read_text()):
        assert (source.parent / target).exists(), target


def test_every_page_that_the_code_names_exists() -> None:
    named = re.compile(r"docs/(?:how-to|methodology|reference)/[a-z0-9-]+")
    found = {
        page for path in (ROOT / "src").rglob("*.py") for page in named.findall(path.read_text()) if "{" not in page
    }
    assert {page for page in found if not (ROOT / f"{page}.md").exists()} == set()
    assert len(found) > 5


@pytest.mark.parametrize(
    "source",
    sorted(
        {"hardware", "requests", "estimate-training", "estimate-inference"}
        | set(names("treadlight.measure.meters"))
        | set(names("treadlight.importers.formats"))
    ),
)
def test_every_source_of_evidence_names_a_page_that_exists(source: str) -> None:
    from treadlight.assess.lineage import PAGES

    assert (DOCS / f"methodology/{PAGES[source]}.md").exists()


def test_no_committed_file_holds_an_address_of_a_registry_or_of_this_machine() -> None:
    # Written in pieces, so that this file does not hold them either.
    unwanted = re.compile(
        "|".join(("py" + r"pi\.org", "python" + "hosted", r"npm" + r"js\.org", "/wo" + "rk/main", "/ro" + r"ot/\."))
    )
    for path in ROOT.rglob("*"):
        if path.suffix in {".md", ".py", ".toml", ".lock", ".csv", ".sh", ".json", ".html"} and path.is_file():
            parts = path.relative_to(ROOT).parts
            if not any(part.startswith(".") or part in ("_build", "build", "dist", "demo-out") for part in parts):
                assert not unwanted.search(path.read_text(encoding="utf-8")), path
