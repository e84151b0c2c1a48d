import uuid
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from strategies import moments
from treadlight.core.ids import derived_id, new_id


@given(st.floats(0, 4e9))
def test_new_ids_are_uuids_of_version_7_with_their_time(now_s: float) -> None:
    ident = uuid.UUID(new_id(now_s))
    assert (ident.version, ident.variant) == (7, uuid.RFC_4122)
    assert ident.int >> 80 == int(now_s * 1000)


@given(moments, st.lists(st.text(), max_size=3))
def test_derived_ids_follow_from_their_parts(start: datetime, parts: list[str]) -> None:
    ident = derived_id(start, *parts)
    assert ident == derived_id(start, *parts)
    assert uuid.UUID(ident).version == 7
    assert str(uuid.UUID(ident)) == ident


def test_ids_sort_by_time_and_differ() -> None:
    ids = [new_id(float(i)) for i in range(1, 50)]
    assert sorted(ids) == ids
    assert len({new_id(1.0) for _ in range(1000)}) == 1000


def test_other_parts_give_other_ids() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert len({derived_id(start, *parts) for parts in (("a", "b"), ("ab",), ("b", "a"), ("a",), ())}) == 5
