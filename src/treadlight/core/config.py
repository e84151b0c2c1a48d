"""Configuration: every setting as data, where each value came from, and nothing accepted that is not in the table.

Order, the later winning: user file (``<home>/treadlight.toml``), project file (``treadlight.toml`` or
``[tool.treadlight]`` of ``pyproject.toml``, here or in the nearest folder above), environment, command line.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from treadlight.core.distribution import Point, parse
from treadlight.core.errors import ConfigError, InputError
from treadlight.core.text import clean

__all__ = ["SETTINGS", "SITE_FACTS", "Config", "Setting", "checked", "default_home", "load"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its key in the file, its environment variable, its kind and limits, and what it means.

    `kind` is ``text``, ``number``, ``integer``, ``amount`` (a number or a distribution such as ``uniform(1.1,1.4)``),
    ``path``, ``secret`` (text that is never shown).
    """

    key: str
    env: str
    help: str
    kind: str = "text"
    default: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


SETTINGS: dict[str, Setting] = {
    s.key: s
    for s in (
        Setting("home", "TREADLIGHT_HOME", "folder of journals, ledger and user configuration", "path"),
        Setting("ledger.url", "TREADLIGHT_LEDGER", "path of the SQLite ledger, or the URL of a database", "path"),
        Setting("library.version", "TREADLIGHT_LIBRARY", "version of the process library, such as 2026.11"),
        Setting("library.overlay", "TREADLIGHT_OVERLAY", "folder with your own factor tables", "path"),
        Setting("site.name", "TREADLIGHT_SITE", "name of this machine's site"),
        Setting("site.zone", "TREADLIGHT_ZONE", "grid zone or country code of this machine, such as FR"),
        Setting("site.region", "TREADLIGHT_REGION", "cloud region as provider/region, such as aws/eu-west-3"),
        Setting("site.pue", "TREADLIGHT_PUE", "power usage effectiveness of the hall", "amount", low=1.0),
        Setting("site.wue_l_per_kwh", "TREADLIGHT_WUE", "water used on site per kWh of IT load", "amount", low=0.0),
        Setting(
            "site.market_gco2e_per_kwh",
            "TREADLIGHT_MARKET",
            "intensity of the electricity you contracted, for market-based accounting",
            "amount",
            low=0.0,
        ),
        Setting("site.source", "TREADLIGHT_SITE_SOURCE", "where these facts of the site come from"),
        Setting("project.name", "TREADLIGHT_PROJECT", "project to which runs belong"),
        Setting("project.team", "TREADLIGHT_TEAM", "team to which runs belong"),
        Setting("project.organisation", "TREADLIGHT_ORGANISATION", "organisation to which runs belong"),
        Setting("project.system", "TREADLIGHT_SYSTEM", "AI system to which runs belong"),
        Setting(
            "tracker.interval_s",
            "TREADLIGHT_INTERVAL",
            "time between samples [s]",
            "number",
            "1.0",
            low=0.05,
            high=3600.0,
        ),
        Setting(
            "tracker.attribution",
            "TREADLIGHT_ATTRIBUTION",
            "rule that gives a run its share of the machine",
            default="process-cpu-time",
            choices=("process-cpu-time", "cgroup", "exclusive"),
        ),
        Setting("meters.sysfs_root", "TREADLIGHT_SYSFS_ROOT", "root of sysfs", "path", "/sys"),
        Setting("meters.procfs_root", "TREADLIGHT_PROCFS_ROOT", "root of procfs", "path", "/proc"),
        Setting("meters.nvml_path", "TREADLIGHT_NVML_PATH", "path of libnvidia-ml.so.1", "path"),
        Setting("meters.replay", "TREADLIGHT_REPLAY", "recorded trace to play instead of reading hardware", "path"),
        Setting("host.cpu", "TREADLIGHT_HOST_CPU", "processor model, where /proc/cpuinfo does not tell"),
        Setting(
            "host.klass",
            "TREADLIGHT_HOST_CLASS",
            "kind of this machine",
            choices=("server", "desktop", "laptop"),
        ),
        Setting(
            "host.vm_threads_of_host",
            "TREADLIGHT_HOST_THREADS",
            "hardware threads of the physical server on which this virtual machine runs",
            "number",
            low=1.0,
        ),
        Setting("server.url", "TREADLIGHT_SERVER", "address of the team's server, to which journals are sent"),
        Setting("server.token", "TREADLIGHT_TOKEN", "token by which the server knows you", "secret"),
        Setting(
            "server.live_s",
            "TREADLIGHT_LIVE",
            "how often the server is told of a run that goes on [s]; 0: only at its end",
            "number",
            "10",
            low=0.0,
            high=3600.0,
        ),
        Setting("serve.public_url", "TREADLIGHT_PUBLIC_URL", "address under which people reach a server you run"),
        Setting("serve.oidc_issuer", "TREADLIGHT_OIDC_ISSUER", "OpenID provider with which people sign in"),
        Setting("serve.oidc_client_id", "TREADLIGHT_OIDC_CLIENT_ID", "what the provider calls the server"),
        Setting("serve.oidc_client_secret", "TREADLIGHT_OIDC_CLIENT_SECRET", "the server's secret there", "secret"),
        Setting("serve.admins", "TREADLIGHT_ADMINS", "e-mail addresses that are admins, separated by commas"),
        Setting(
            "serve.new_member_projects",
            "TREADLIGHT_NEW_MEMBER_PROJECTS",
            "projects that a new member may see, separated by commas; * for all",
        ),
        Setting(
            "serve.max_body_mb",
            "TREADLIGHT_MAX_BODY_MB",
            "largest request that a server reads [MiB]",
            "number",
            "16",
            low=0.1,
            high=1024.0,
        ),
        Setting(
            "serve.rate_per_min",
            "TREADLIGHT_RATE_PER_MIN",
            "requests a minute of one address with one token",
            "integer",
            "60000",
            low=60.0,
            high=1e9,
        ),
        Setting(
            "serve.live_runs",
            "TREADLIGHT_LIVE_RUNS",
            "runs that may be seen at once while they go on, of one token",
            "integer",
            "1000",
            low=1.0,
            high=1e6,
        ),
        Setting(
            "serve.session_h",
            "TREADLIGHT_SESSION_H",
            "how long a sign-in lasts [h]",
            "number",
            "12",
            low=0.1,
            high=720.0,
        ),
        Setting("report.chromium", "TREADLIGHT_CHROMIUM", "browser that prints PDF, else the first found", "path"),
        Setting("studies.folder", "TREADLIGHT_STUDIES", "folder of life-cycle studies that the pages show", "path"),
        Setting("claims.folder", "TREADLIGHT_CLAIMS", "folder of net-impact claims that the pages show", "path"),
        Setting("footprint.seed", "TREADLIGHT_SEED", "seed of the draws", "integer", "0", low=0.0, high=2.0**53),
        Setting("footprint.draws", "TREADLIGHT_DRAWS", "number of draws", "integer", "1000", low=100.0, high=100_000.0),
    )
}
"""Every setting by key."""

SITE_FACTS = tuple(key.partition(".")[2] for key in SETTINGS if key.startswith("site.") and key != "site.name")
"""What can be said of a site: zone, region, pue, …, source."""


@dataclass(frozen=True, slots=True)
class Config:
    """Settings that hold now, each with its origin.

    `sites` maps the names of further sites (``[sites.<name>]``) to their facts, as text, by the keys of ``[site]``.
    """

    values: Mapping[str, str]
    origins: Mapping[str, str]
    sites: Mapping[str, Mapping[str, str]]
    user_file: Path | None

    def get(self, key: str) -> str:
        """Value of a setting as text; empty where it is not set."""
        return self.values.get(key, SETTINGS[key].default)

    def number(self, key: str) -> float:
        """Value of a numeric setting that has a default."""
        return float(self.get(key))

    def origin(self, key: str) -> str:
        """Where the value came from: ``default``, a file, an environment variable or ``command line``."""
        return self.origins.get(key, "default")

    def home(self) -> Path | None:
        """Folder of journals, ledger and user configuration; None where the user has no home."""
        given = self.get("home")
        return Path(given) if given else default_home(os.environ)


def default_home(environ: Mapping[str, str]) -> Path | None:
    """``$XDG_DATA_HOME/treadlight`` or ``~/.local/share/treadlight``; None without ``$HOME``."""
    if environ.get("XDG_DATA_HOME"):
        return Path(environ["XDG_DATA_HOME"]) / "treadlight"
    return Path(environ["HOME"]) / ".local/share/treadlight" if environ.get("HOME") else None


def load(
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    overrides: Mapping[str, str | None] | None = None,
) -> Config:
    """The configuration that holds in `cwd` with the environment `environ`.

    Parameters
    ----------
    overrides
        Values from the command line by key; None where an option was not given.

    Raises
    ------
    ConfigError
        For an unknown key, an unreadable file, or a value out of range; it names file and key.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, str] = {}
    origins: dict[str, str] = {}
    sites: dict[str, Mapping[str, str]] = {}
    home = Path(environ["TREADLIGHT_HOME"]) if environ.get("TREADLIGHT_HOME") else default_home(environ)
    user_file = home / "treadlight.toml" if home else None
    for file, table in _files(user_file, cwd):
        for key, value in _flatten(table, file, sites):
            values[key], origins[key] = _from(file, key, checked(key, value, str(file))), str(file)
        named = table.get("sites")
        origins |= {f"sites.{name}": str(file) for name in named} if isinstance(named, dict) else {}
    for setting in SETTINGS.values():
        if environ.get(setting.env):
            values[setting.key] = checked(setting.key, environ[setting.env], setting.env)
            origins[setting.key] = setting.env
    for key, given in (overrides or {}).items():
        if given is not None:
            values[key], origins[key] = checked(key, given, "command line"), "command line"
    return Config(values, origins, sites, user_file)


def _from(file: Path, key: str, text: str) -> str:
    """A path written in a file, relative to that file's folder."""
    if SETTINGS[key].kind != "path" or not text or "://" in text:
        return text
    return str(file.parent / Path(text).expanduser())


def _files(user_file: Path | None, cwd: Path | None) -> list[tuple[Path, dict[str, object]]]:
    """User file, then project file, each with its table; absent ones are left out."""
    found = []
    if user_file is not None and _is_file(user_file):
        found.append((user_file, _read(user_file)))
    try:
        here = (cwd or Path.cwd()).absolute()
    except OSError:  # the working directory was removed
        return found
    for folder in (here, *here.parents):
        if _is_file(folder / "treadlight.toml"):
            if folder / "treadlight.toml" != user_file:
                found.append((folder / "treadlight.toml", _read(folder / "treadlight.toml")))
            break
        if _is_file(folder / "pyproject.toml"):
            tool = _read(folder / "pyproject.toml").get("tool")
            if isinstance(tool, dict) and "treadlight" in tool:
                found.append((folder / "pyproject.toml", tool["treadlight"]))
            break
    return found


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _read(path: Path) -> dict[str, object]:
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read ({error})", field=str(path), remedy="mend or remove the file") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"is not valid TOML ({error})", field=str(path), remedy="mend the line") from None


def _flatten(
    table: dict[str, object], file: Path, sites: dict[str, Mapping[str, str]], prefix: str = ""
) -> list[tuple[str, object]]:
    flat: list[tuple[str, object]] = []
    for name, value in table.items():
        key = f"{prefix}{name}"
        if key == "sites" and isinstance(value, dict):
            for site, facts in value.items():
                sites[site] = _site(site, facts, file)
        elif isinstance(value, dict):
            flat += _flatten(value, file, sites, f"{key}.")
        else:
            flat.append((key, value))
    return flat


def _site(name: str, facts: object, file: Path) -> Mapping[str, str]:
    if not isinstance(facts, dict):
        raise ConfigError("is not a table", field=f"{file}: sites.{name}", value=facts, remedy=f"write [sites.{name}]")
    for key in facts:
        if key not in SITE_FACTS:
            remedy = f"use one of {', '.join(SITE_FACTS)}"
            raise ConfigError("unknown key", field=f"{file}: sites.{name}.{key}", value=key, remedy=remedy)
    return {key: checked(f"site.{key}", value, str(file)) for key, value in facts.items()}


def checked(key: str, value: object, origin: str) -> str:
    """`value` as text, if the setting `key` admits it.

    Raises
    ------
    ConfigError
        If it does not, or there is no such setting; it names the origin and the key.
    """
    setting = SETTINGS.get(key)
    if setting is None:
        from difflib import get_close_matches

        near = get_close_matches(key, SETTINGS, 1)
        remedy = f"did you mean {near[0]}?" if near else "see `treadlight config` for the settings there are"
        raise ConfigError("unknown setting", field=f"{origin}: {key}", value=value, remedy=remedy)
    text = (str(value) if setting.kind == "path" else clean(value)).strip()
    field = f"{origin}: {key}" if origin != setting.env else origin
    if isinstance(value, bool | list | dict) or "\n" in str(value).strip():
        raise ConfigError("must be a single value", field=field, value=value, remedy=f"give a {setting.kind}")
    if setting.choices and text not in setting.choices:
        raise ConfigError("unknown choice", field=field, value=text, remedy=f"use one of {', '.join(setting.choices)}")
    if setting.kind in ("number", "integer", "amount") and text:
        _check_amount(setting, text, field)
    return text


def _check_amount(setting: Setting, text: str, field: str) -> None:
    if setting.kind == "amount":
        kind, remedy = "a number or a distribution", "give a number or, say, uniform(1.1,1.4)"
    else:
        kind = "a whole number" if setting.kind == "integer" else "a number"
        remedy = f"give {kind}, such as {setting.default}" if setting.default else f"give {kind}"
    try:
        amount = parse(text)
    except InputError:
        raise ConfigError(f"is not {kind}", field=field, value=text, remedy=remedy) from None
    if setting.kind != "amount" and not isinstance(amount, Point):
        raise ConfigError("must be one number", field=field, value=text, remedy=remedy)
    if setting.kind == "integer" and amount.median != int(amount.median):
        raise ConfigError("must be a whole number", field=field, value=text, remedy=remedy)
    if setting.low is not None and amount.quantile(0.001) < setting.low:
        raise ConfigError(f"is below {setting.low:g}", field=field, value=text, remedy=f"give at least {setting.low:g}")
    if setting.high is not None and amount.quantile(0.999) > setting.high:
        raise ConfigError(
            f"is above {setting.high:g}", field=field, value=text, remedy=f"give at most {setting.high:g}"
        )
