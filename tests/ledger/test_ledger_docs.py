import json
import re
from pathlib import Path

import pytest

from treadlight.ledger.fold import fold
from treadlight.ledger.journal_schema import _OPTIONAL, _REQUIRED

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "journal.md"


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_every_record_and_field_of_a_journal_has_its_entry(page: str) -> None:
    for kind in _REQUIRED:
        if " of " not in kind:
            row = next(line for line in page.splitlines() if line.startswith(f"| `{kind}` |"))
            fields = [*_REQUIRED[kind], *_OPTIONAL.get(kind, {})]
            if kind == "channel":
                fields = ["t"]
            assert set(re.findall(r"`(\w+)`", row.split("|")[2])) == set(fields), kind
        else:
            for field in [*_REQUIRED[kind], *_OPTIONAL.get(kind, {})]:
                assert f"`{field}`" in page, (kind, field)


def test_the_example_is_a_journal(page: str) -> None:
    text = re.search(r"```json\n(.*?)```", page, re.S)
    assert text is not None
    folded = fold(map(json.loads, text.group(1).splitlines()))
    assert folded.activities[0].amount == pytest.approx(9e-6)
