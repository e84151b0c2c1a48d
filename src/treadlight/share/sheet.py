"""What every page that is one file shares: its templates, its stylesheet with the foot of printed pages, its policy."""

import base64
import re
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from treadlight.core.texts import say

__all__ = ["environment", "policy", "stylesheet"]


def environment() -> Environment:
    """The templates of pages: everything is escaped, and a name that is not there is an error."""
    env = Environment(
        loader=PackageLoader("treadlight.share", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals |= {"_": say, "g": lambda _, text: text}
    env.filters["zip"] = lambda left, right: list(zip(left, right, strict=True))
    return env


def stylesheet(foot: Sequence[str], *, sheets: Sequence[str] = ("tokens", "page", "print")) -> str:
    """The page's stylesheet, with what stands at the foot of every printed page."""
    folder = files("treadlight.share").joinpath("static")
    texts = [folder.joinpath(f"{name}.css").read_text("utf-8") for name in sheets]
    line = re.sub(r"[^\w .,:()…·–-]", "", "treadlight · " + " · ".join(foot))
    font = 'font: 8pt "Liberation Sans", sans-serif; color: #5F6975;'
    texts.append(
        "@page { margin: 12mm 12mm 16mm;"
        f' @bottom-left {{ content: "{line}"; {font} }}'
        f' @bottom-right {{ content: counter(page) " of " counter(pages); {font} }} }}'
    )
    return "\n".join(texts)


def policy(style: str) -> str:
    """The content security policy of a page without scripts: this stylesheet, pictures within the file, no more."""
    hashed = base64.b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{hashed}'; img-src data:; base-uri 'none'; form-action 'none'"
