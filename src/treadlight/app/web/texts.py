"""The texts of the pages: what a translator is given, found in the templates and the code that say them."""

import ast
from collections.abc import Iterator
from pathlib import Path

from treadlight.core.texts import CATALOGUE

__all__ = ["CATALOGUE", "messages"]

_SAYING = ("say", "counted")
_NAMING = ("Part",)  # whose second argument is a title


def _vocabulary() -> Iterator[str]:
    """Words that the data itself uses, which pages say as they are: states, stages, methods, categories, months."""
    from treadlight.app.server.pages import pages
    from treadlight.app.sites import FACTS
    from treadlight.app.web.book import MONTHS
    from treadlight.app.web.changes import KINDS
    from treadlight.app.web.columns import WORDS as COLUMN_WORDS
    from treadlight.app.web.keeping.configuration import GROUPS
    from treadlight.app.web.overview import DIMENSIONS
    from treadlight.app.web.pages.studies import EXAMPLES
    from treadlight.app.web.phrases import CATEGORY_WORDS
    from treadlight.assess.lifecycle.study import STAGES as LIFE
    from treadlight.assess.lifecycle.water import WATER_LINES
    from treadlight.assess.lineage import PHASES
    from treadlight.core.activity import STAGES
    from treadlight.core.category import CATEGORIES
    from treadlight.core.config import SETTINGS
    from treadlight.core.marks import WORDS
    from treadlight.ledger.assets import FATES
    from treadlight.ledger.records import RunStatus
    from treadlight.library.library import Library
    from treadlight.share.layers import COMPONENTS

    yield from (*WORDS, *map(str, RunStatus), *STAGES, *MONTHS, *KINDS, *PHASES.values())
    yield from (*DIMENSIONS.values(), *CATEGORY_WORDS.values(), *COLUMN_WORDS.values())
    yield from (word for category in CATEGORIES.values() for word in (category.name, category.method))
    yield from (*COMPONENTS.values(), "read", "absent", "stale", "unreadable", "sum", "product", "average", "marginal")
    yield from ("use", "overhead", "embodied", "end-of-life", "life-cycle", "direct", "Place")
    yield from ("PUE, the overhead of the hall", "requests", "tokens_in", "tokens_out", "epochs", "samples", "users")
    yield from (page.title for page in pages())
    yield from (title for _, title, _ in Library.load().tables())
    yield from ("high", "medium", "low", "default", *GROUPS.values(), *(setting.help for setting in SETTINGS.values()))
    yield from (label for label, _ in FACTS.values())
    yield from (*LIFE, *FATES, *WATER_LINES, *(about for _, about in EXAMPLES))
    yield from ("parameter", "amount", "data quality", "factor", "range", "rest")
    yield from ("pass", "fail", "benefit", "harm", "undecided")


def messages() -> list[str]:
    """Every English text that a page can say, from this package's templates and code: what a translator is given."""
    import treadlight

    here = Path(treadlight.__file__).parent
    found: dict[str, None] = dict.fromkeys(_vocabulary())
    for path in sorted(here.rglob("*.jinja")):
        found |= dict.fromkeys(_of_template(path.read_text("utf-8")))
    for path in sorted(here.rglob("*.py")):
        text = path.read_text("utf-8")
        if any(f"{name}(" in text for name in (*_SAYING, *_NAMING)):
            found |= dict.fromkeys(_of_code(text))
    return list(found)


def _of_template(text: str) -> Iterator[str]:
    from jinja2 import Environment, nodes

    for call in Environment().parse(text).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in ("_", *_SAYING):
            yield from (a.value for a in call.args if isinstance(a, nodes.Const) and isinstance(a.value, str))


def _of_code(text: str) -> Iterator[str]:
    for call in ast.walk(ast.parse(text)):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        if call.func.id in _NAMING and len(call.args) > 1 and isinstance(call.args[1], ast.Constant):
            yield str(call.args[1].value)
        if call.func.id in _SAYING:
            yield from (a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str))
