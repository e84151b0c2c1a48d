"""What tests of verbs share: a home of their own."""

from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, which is the working folder too; few draws."""
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("TREADLIGHT_DRAWS", "200")
    monkeypatch.chdir(tmp_path)
    return tmp_path
