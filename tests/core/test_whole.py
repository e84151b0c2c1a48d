"""Files appear whole or not at all, and never in the place of what they are made from."""

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from treadlight.core.errors import InputError
from treadlight.core.whole import check_target, whole_path


def _written(path: Path, text: str = "old") -> Path:
    path.write_text(text)
    return path


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_appears_when_the_block_ends_well(tmp_path: Path) -> None:
    target = _written(tmp_path / "a")
    with whole_path(target, "--out") as path:
        path.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~umask


def test_a_block_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    target = _written(tmp_path / "a")
    with pytest.raises(ZeroDivisionError), whole_path(target, "--out") as path:
        path.write_text("half")
        _ = 1 / 0
    assert target.read_text() == "old"
    assert _names(tmp_path) == {"a"}


@pytest.mark.parametrize("how", ["itself", "dotted", "symbolic", "hard"])
def test_an_input_is_never_replaced_under_any_name(tmp_path: Path, how: str) -> None:
    source = _written(tmp_path / "log.csv")
    target = {"itself": source, "dotted": tmp_path / "." / "x" / ".." / "log.csv"}.get(how, tmp_path / "other.csv")
    (tmp_path / "x").mkdir()
    if how == "symbolic":
        target.symlink_to(source)
    if how == "hard":
        target.hardlink_to(source)
    with pytest.raises(InputError, match="--out: is a file that is read"):
        check_target(target, "--out", [source])
    with pytest.raises(InputError, match="is a file that is read"), whole_path(target, "--out", [source]):
        pass
    assert source.read_text() == "old"


def test_a_database_is_never_replaced(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.sqlite") as database:
        database.execute("CREATE TABLE t (x)")
    before = (tmp_path / "a.sqlite").read_bytes()
    with pytest.raises(InputError, match="is a database"), whole_path(tmp_path / "a.sqlite", "FILE") as path:
        path.write_text("x")
    assert (tmp_path / "a.sqlite").read_bytes() == before


@pytest.mark.parametrize(("name", "words"), [("nowhere/a.csv", "cannot be written"), ("folder", "is a folder")])
def test_what_cannot_be_written_is_said_before_any_work(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=words):
        check_target(tmp_path / name, "--out")


def test_asking_leaves_nothing(tmp_path: Path) -> None:
    check_target(_written(tmp_path / "a"), "--out")
    check_target(tmp_path / "b", "--out")
    assert _names(tmp_path) == {"a"}


def test_a_device_is_written_to_and_stays_one() -> None:
    check_target("/dev/null", "--out")
    with whole_path("/dev/null", "--out") as path:
        path.write_text("x")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize(
    ("form", "held"), [("html", "[goal]\nx = 1\n"), ("tlz", "a,b\n1,2\n"), ("md", "[goal]\nx = 1\n")]
)
def test_what_is_plainly_something_else_is_never_replaced(tmp_path: Path, form: str, held: str) -> None:
    target = _written(tmp_path / "mine", held)
    with pytest.raises(InputError, match=r"--out: holds (TOML|a table), not .*, got .*; give another name, or remove"):
        check_target(target, "--out", form=form)
    with pytest.raises(InputError, match="holds"), whole_path(target, "--out", form=form) as path:
        path.write_text("new")
    assert target.read_text() == held


def test_an_earlier_page_is_replaced(tmp_path: Path) -> None:
    target = _written(tmp_path / "page.html", "<!doctype html><p>old")
    with whole_path(target, "--html", form="html") as path:
        path.write_text("<!doctype html><p>new")
    assert target.read_text().endswith("new")
