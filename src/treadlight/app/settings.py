"""Changing the user's configuration file, with its comments kept and nothing half-written."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadlight.app.output import write_file
from treadlight.core.config import SETTINGS, checked, load
from treadlight.core.errors import ConfigError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

__all__ = ["set_setting", "set_site", "unset_setting"]


_SECRETS = [key.split(".") for key, setting in SETTINGS.items() if setting.kind == "secret"]


def set_setting(key: str, value: str) -> Path:
    """Write a setting into the user's file, after checking it as if it stood there; the file's path.

    Raises
    ------
    ConfigError
        If the setting is unknown, its value is out of range, or there is no home to write to.
    """
    _known(key)
    load(environ={}, overrides={key: value}, cwd=Path("/"))
    _check_place(key, value)

    def change(document: "TOMLDocument") -> None:
        import tomlkit

        section, _, name = key.rpartition(".")
        table: Any = document
        if section:
            if section not in document:
                document[section] = tomlkit.table()
            table = document[section]
        table[name] = _typed(key, value)

    return _edit(change)


def set_site(name: str, facts: Mapping[str, str | None]) -> Path:
    """Write facts of a site into the user's file; None takes one out. ``""``: this machine's place.

    Raises
    ------
    ConfigError
        If a fact is unknown or out of range, or there is no home to write to.
    """
    for key, value in facts.items():
        checked(f"site.{key}", value or "", key)

    def change(document: "TOMLDocument") -> None:
        import tomlkit

        table: Any = document
        for section in ("sites", name) if name else ("site",):
            if section not in table:
                table[section] = tomlkit.table()
            table = table[section]
        for key, value in facts.items():
            if value:
                table[key] = _typed(f"site.{key}", value)
            else:
                table.pop(key, None)
        if name and not table:
            document["sites"].pop(name)

    return _edit(change)


def unset_setting(key: str) -> Path:
    """Remove a setting from the user's file.

    Raises
    ------
    ConfigError
        If the setting is unknown or does not stand there.
    """
    _known(key)

    def change(document: "TOMLDocument") -> None:
        section, _, name = key.rpartition(".")
        table = document.get(section, {}) if section else document
        if name not in table:
            raise ConfigError("is not set in your file", field=key, remedy="see `treadlight config` for its origin")
        del table[name]

    return _edit(change)


def _known(key: str) -> None:
    if key not in SETTINGS:
        from difflib import get_close_matches

        near = get_close_matches(key, SETTINGS, 1)
        remedy = f"did you mean {near[0]}?" if near else "see `treadlight config`"
        raise ConfigError("unknown setting", field="KEY", value=key, remedy=remedy)


def _check_place(key: str, value: str) -> None:
    if key not in ("site.zone", "site.region"):
        return
    from treadlight.library.library import Library

    overlay = load().get("library.overlay")
    own = [Path(overlay)] if overlay and Path(overlay).is_dir() else []
    Library.load(overlays=own).check_place(**{key.partition(".")[2]: value})


def _typed(key: str, value: str) -> str | float | int:
    """Numbers as TOML numbers, everything else as text."""
    if SETTINGS[key].kind == "path" and value and "://" not in value:
        return str(Path(value).expanduser().absolute())
    if SETTINGS[key].kind in ("text", "path", "secret"):
        return value
    try:
        return int(value)
    except ValueError:
        pass
    try:
        return float(value)
    except ValueError:
        return value


def _edit(change: Callable[["TOMLDocument"], None]) -> Path:
    import tomlkit

    file = load().user_file
    if file is None:
        raise ConfigError("is not set, and there is no $HOME", field="TREADLIGHT_HOME", remedy="set it to a folder")
    document = tomlkit.parse(file.read_text(encoding="utf-8")) if file.exists() else tomlkit.document()
    change(document)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"cannot be made ({error.strerror})"
        raise ConfigError(
            what, field=str(file.parent), remedy="set TREADLIGHT_HOME to a folder you may write"
        ) from None
    write_file(file, tomlkit.dumps(document), str(file))
    if any(name in document.get(section, {}) for section, name in _SECRETS):
        file.chmod(0o600)  # for its owner alone
    return file
