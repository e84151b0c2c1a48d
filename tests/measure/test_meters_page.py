"""The page of meters says what the code says."""

from importlib import import_module
from pathlib import Path

import pytest

from treadlight.measure.discover import meter_names

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "meters.md"


@pytest.mark.parametrize("name", meter_names())
def test_every_meter_has_its_section_with_its_facts(name: str) -> None:
    if not PAGE.exists():
        pytest.skip("the documentation is not here")
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert f"## {name} " in text
    info = import_module(f"treadlight.measure.meters.{name}").INFO
    for fact in (info.title, info.scope, info.resolution, info.wrap, info.privileges, info.error):
        assert " ".join(fact.split()) in text, f"docs/reference/meters.md lacks: {fact}"
