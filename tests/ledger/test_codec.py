import pytest
from hypothesis import given, settings

from strategies import activities, items
from treadlight.core.activity import Activity
from treadlight.core.canonical import canonical_json
from treadlight.core.errors import InputError
from treadlight.ledger.codec import Item, _plain, body_of, item_of, kind_of


@settings(max_examples=150, deadline=None)
@given(items)
def test_every_item_survives_the_round_trip(item: Item) -> None:
    assert item_of(kind_of(item), body_of(item)) == item


@settings(max_examples=150, deadline=None)
@given(activities())
def test_the_fast_path_writes_canonical_json(activity: Activity) -> None:
    assert body_of(activity).encode() == canonical_json(_plain(activity))


@pytest.mark.parametrize("text", ["\ud800", "a\udfff"])
def test_broken_text_is_refused(text: str) -> None:
    from strategies_ledger import activity

    for changes in ({"cause": text}, {"labels": {"a": text}}, {"labels": {text: "a"}}):
        with pytest.raises(InputError):
            body_of(activity(1, **changes))
