"""In which form a file is, told from what it holds: so that nothing is written over what is plainly something else."""

import codecs
import csv
import json
import tomllib
from pathlib import Path

__all__ = ["form_of", "replaced"]

_READ = 1 << 20
"""So much of a file tells its form."""

_PACKED = {"tlz": "manifest.json", "olca": "openlca.json", "bwp": "inventory/datapackage.json"}
"""What an archive of a study holds, a package of openLCA, and packages of Brightway; and no other zip written here."""

_MAGIC = ((b"%PDF", "pdf"), (b"PAR1", "parquet"), (b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"))
_PAGE = ("<!doctype html", "<html")

_REPLACED = {
    "html": {"html"},
    "pdf": {"pdf"},
    "json": {"json"},
    "jsonl": {"json", "jsonl"},
    "csv": {"csv", "text"},
    "md": {"text"},
    "parquet": {"parquet"},
    "toml": {"toml", "text"},
    "tlz": {"tlz"},
    "olca": {"olca"},
    "bwp": {"bwp"},
    "tables": {"tables"},
    "zip": {"zip"},
}
"""What each form may take the place of; a form that is not here may take that of any."""

_ENDINGS = {"toml": (".toml",), "md": ("", ".md", ".markdown", ".txt"), "csv": ("", ".csv", ".tsv", ".txt")}
"""How files end in which plain text is of the form."""

_SAID = {
    "html": "a web page",
    "pdf": "a PDF",
    "json": "JSON",
    "jsonl": "lines of JSON",
    "csv": "a table",
    "md": "Markdown",
    "parquet": "a Parquet table",
    "tlz": "an archive of a study",
    "olca": "a package of openLCA",
    "bwp": "packages of Brightway",
    "tables": "a zip of tables",
    "zip": "a zip",
    "toml": "TOML",
    "text": "a text of another kind",
    "binary": "something else",
}


def replaced(path: Path, form: str) -> str:
    """What a file of some form would wrongly take the place of at `path`, in words; empty where it may be written.

    Parameters
    ----------
    form
        Such as ``html``; empty: the ending of the path.
    """
    form = form or path.suffix.removeprefix(".").lower()
    found = form_of(path) if form in _REPLACED else ""
    if not found:
        return ""
    named = found != "text" or path.suffix.lower() in _ENDINGS.get(form, ())
    return "" if found in _REPLACED[form] and named else f"holds {_SAID[found]}, not {_SAID[form]}"


def form_of(path: Path) -> str:
    """The form of a file, such as ``html`` or ``text``; empty where nothing is in it, or it cannot be read."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            data = file.read(_READ)
    except OSError:
        return ""
    known = next((name for magic, name in _MAGIC if data.startswith(magic)), "")
    if known == "zip":
        return _zip_form(path)
    text = None if known else _text(data)
    return known or ("binary" if text is None else _text_form(text, whole=len(data) < _READ))


def _zip_form(path: Path) -> str:
    import zipfile

    try:
        with zipfile.ZipFile(path) as packed:
            names = packed.namelist()
    except (OSError, zipfile.BadZipFile):
        return "zip"
    if names and all(name.endswith(".csv") for name in names):
        return "tables"
    return next((form for form, member in _PACKED.items() if member in names), "zip")


def _text(data: bytes) -> str | None:
    """The text that bytes are, of which the last character may be cut; None where they are none."""
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(data)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _text_form(text: str, *, whole: bool) -> str:
    bare = text.strip()
    if bare.lower().startswith(_PAGE):
        return "html"
    if whole and _is_toml(bare):
        return "toml"
    if bare.startswith(("{", "[")):
        return _json_form(bare, whole=whole)
    return "csv" if _is_table(bare) else "text" if bare else ""


def _is_toml(text: str) -> bool:
    try:
        return bool(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError):
        return False


def _json_form(text: str, *, whole: bool) -> str:
    """Lines of JSON, where the first is whole and others follow; else one value, if it is one as far as can be seen."""
    first, _, more = text.partition("\n")
    if _is_json(first):
        return "jsonl" if more else "json"
    return "json" if not whole or _is_json(text) else "text"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_table(text: str) -> bool:
    """Whether the first lines have as many cells each, and more than one; headings are no table."""
    if text.startswith(("#", "---", "<")):
        return False
    try:
        widths = {len(row) for row in csv.reader(text.splitlines()[:3])}
    except csv.Error:
        return False
    return len(widths) == 1 and widths.pop() > 1
