"""The form of a file is told from what it holds, and no form takes the place of another."""

import json
import zipfile
from pathlib import Path

import pytest

from treadlight.core.file_form import form_of, replaced

_HELD = {
    "html": b"\n<!DOCTYPE html><html><title>x</title>",
    "pdf": b"%PDF-1.7\n\xff\xfe",
    "parquet": b"PAR1\x00\x01",
    "json": b'{\n  "schema": "treadlight.run/1"\n}\n',
    "jsonl": b'{"seq": 1}\n{"seq": 2}\n',
    "csv": b"item,amount\nserver,3\nrack,1\n",
    "toml": b'# ours\n[goal]\npurpose = "to decide"\n',
    "text": b"# A report\n\nOf three pages, or so.\n",
    "binary": b"\x00\x01\x02\xff",
    "": b" \n",
}

_PACKED = {
    "tlz": ["manifest.json"],
    "olca": ["flows/a.json", "openlca.json"],
    "bwp": ["inventory/datapackage.json", "labels.csv", "scores.json"],
    "tables": ["impacts.csv", "sources.csv"],
    "zip": ["notes.md", "prices.csv"],
}


def _file(folder: Path, form: str, name: str = "held") -> Path:
    path = folder / name
    if form in _PACKED:
        with zipfile.ZipFile(path, "w") as packed:
            for member in _PACKED[form]:
                packed.writestr(member, "{}")
    else:
        path.write_bytes(_HELD[form])
    return path


@pytest.mark.parametrize("form", [*_HELD, *_PACKED])
def test_a_form_is_told_from_the_content_alone(tmp_path: Path, form: str) -> None:
    assert form_of(_file(tmp_path, form)) == form


def test_what_is_not_there_or_cannot_be_read_has_no_form(tmp_path: Path) -> None:
    assert form_of(tmp_path / "nowhere") == ""
    assert form_of(tmp_path) == ""


def test_a_large_file_is_told_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_text(json.dumps({"rows": ["ä" * 100] * 20_000}, indent=1, ensure_ascii=False), encoding="utf-8")
    assert form_of(path) == "json"
    path.write_text("ä" * 3_000_001, encoding="utf-8")
    assert form_of(path) == "text"


@pytest.mark.parametrize("form", ["html", "pdf", "json", "jsonl", "csv", "md", "parquet", "toml", *_PACKED])
def test_an_earlier_file_of_the_same_form_is_replaced_under_any_name(tmp_path: Path, form: str) -> None:
    path = _file(tmp_path, "text" if form == "md" else form)
    assert replaced(path, form) == ""
    path.write_bytes(b"")
    assert replaced(path, form) == ""


@pytest.mark.parametrize(
    ("form", "held"),
    [(form, held) for form in ("html", "pdf", "json", "parquet", "tlz", "zip") for held in ("toml", "text", "binary")]
    + [("html", "csv"), ("html", "json"), ("json", "html"), ("json", "jsonl"), ("md", "toml"), ("md", "csv"),
       ("md", "pdf"), ("csv", "toml"), ("csv", "html"), ("csv", "parquet"), ("jsonl", "toml"), ("tlz", "zip"),
       ("zip", "tlz"), ("toml", "csv"), ("toml", "json"), ("toml", "text")]
    + [(form, held) for form in ("olca", "bwp", "tables") for held in _PACKED if held != form],
)  # fmt: skip
def test_what_is_plainly_something_else_is_not(tmp_path: Path, form: str, held: str) -> None:
    assert replaced(_file(tmp_path, held), form).startswith("holds ")


@pytest.mark.parametrize(("name", "form"), [("study.toml", "md"), ("train.py", "csv"), ("train.py", "md")])
def test_a_text_is_told_from_others_by_the_end_of_its_name(tmp_path: Path, name: str, form: str) -> None:
    assert replaced(_file(tmp_path, "text", name), form).startswith("holds a text of another kind, not ")


def test_without_a_form_the_end_of_the_name_says_it(tmp_path: Path) -> None:
    assert replaced(_file(tmp_path, "text", "out.parquet"), "") == "holds a text of another kind, not a Parquet table"
    assert replaced(_file(tmp_path, "csv", "out.csv"), "") == ""
    assert replaced(_file(tmp_path, "csv", "settings.yaml"), "") == ""
