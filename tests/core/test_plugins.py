import sys
from pathlib import Path

import pytest

from treadlight.core.errors import NotFoundError
from treadlight.core.plugins import names, plugin


@pytest.fixture
def kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package of plug-ins with two files, and a third party that adds one and tries to shadow another."""
    package = tmp_path / "tl_kinds"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "_helper.py").write_text("")
    (package / "alpha.py").write_text("NAME = 'alpha of the package'\n")
    (package / "beta.py").write_text("NAME = 'beta'\n")
    (tmp_path / "tl_third.py").write_text("NAME = 'third'\nclass Thing:\n    made = True\n")
    info = tmp_path / "tl_third-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tl-third\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[tl_kinds]\nalpha = tl_third\nthing = tl_third:Thing\nwhole = tl_third\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "tl_kinds"  # type: ignore[misc]
    for name in [n for n in sys.modules if n.startswith(("tl_kinds", "tl_third"))]:
        del sys.modules[name]


def test_files_come_first_and_private_ones_not_at_all(kind: str) -> None:
    assert names(kind) == ["alpha", "beta", "thing", "whole"]


def test_a_file_is_its_module_and_cannot_be_shadowed(kind: str) -> None:
    assert plugin(kind, "alpha").NAME == "alpha of the package"  # type: ignore[attr-defined]


def test_an_entry_point_is_its_object_or_module(kind: str) -> None:
    assert plugin(kind, "thing").made  # type: ignore[attr-defined]
    assert plugin(kind, "whole").NAME == "third"  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["gamma", "_helper", "../alpha", "", "alpha.py"])
def test_unknown_names_are_refused_with_a_list(kind: str, name: str) -> None:
    with pytest.raises(NotFoundError, match="use one of alpha, beta, thing, whole"):
        plugin(kind, name)


def test_a_package_that_is_not_there_has_no_plugins() -> None:
    assert names("tl_no_such_package") == []
