"""What arrives over the network becomes the same entry as the same activity made here."""

from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies_ledger
from treadlight.core.activity import STAGES, Activity, Allocation, Evidence, EvidenceMethod, Location, Subject
from treadlight.core.distribution import Lognormal, Normal, Point, Uniform
from treadlight.core.errors import InputError
from treadlight.ledger.codec import body_of
from treadlight.ledger.encoded import encode
from treadlight.ledger.wire import ActivityBody, ready

_text = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)
_amounts = st.floats(min_value=0, max_value=1e300) | st.integers(0, 10**18).map(float)
_FIRST, _LAST = datetime(1, 1, 2), datetime(9999, 12, 30)  # noqa: DTZ001 (hypothesis adds the zones)
_moments = st.datetimes(_FIRST, _LAST, timezones=st.timezones())
_distributions = st.sampled_from([Point(1.0), Lognormal(1.0, 1.05), Normal(1.0, 0.1), Uniform(0.9, 1.2)])


@st.composite
def _activities(draw: Any) -> Activity:
    start, end = sorted((draw(_moments), draw(_moments)))
    return Activity(
        id=draw(_text.filter(bool)),
        start=start,
        end=end,
        flow=draw(st.sampled_from(["electricity.it", "hardware.gpu", "water.site", "data.transfer.wan"])),
        amount=draw(_amounts),
        evidence=Evidence(draw(st.sampled_from(EvidenceMethod)), draw(_text), draw(_text), draw(_text), draw(_text)),
        uncertainty=draw(_distributions),
        cause=draw(_text),
        component=draw(_text),
        subject=Subject(draw(_text), draw(_text), draw(_text), draw(_text), draw(_text)),
        stage=draw(st.sampled_from(["", *STAGES])),
        location=Location(draw(_text), draw(_text), draw(_text), draw(_text)),
        allocation=Allocation(draw(_text), draw(st.none() | _amounts)),
        parent=draw(_text),
        labels=draw(st.dictionaries(_text, _text, max_size=3)),
    )


@given(_activities())
def test_an_activity_that_arrives_is_encoded_as_one_made_here(record: Activity) -> None:
    body = msgspec.json.decode(body_of(record), type=ActivityBody)
    assert ready([body]) == [encode(record)]


@given(_activities())
def test_stated_defaults_are_left_out(record: Activity) -> None:
    stated = msgspec.json.decode(body_of(record))
    for name in ("subject", "location", "allocation"):
        stated.setdefault(name, {})
    stated.setdefault("labels", {})
    stated.setdefault("parent", "")
    assert ready([msgspec.convert(stated, ActivityBody)])[0].body == body_of(record)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": -1.0}, "amount"),
        ({"end": "2020-01-01T00:00:00Z"}, "end"),
        ({"unit": "MWh"}, "unit"),
        ({"flow": "noise"}, "flow"),
        ({"uncertainty": "odd(1)"}, "distribution"),
        ({"supersedes": "same", "id": "same"}, "supersedes"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "start"),
    ],
)
def test_what_an_activity_must_not_say_is_refused_with_its_place(changes: dict[str, Any], field: str) -> None:
    plain = msgspec.json.decode(body_of(strategies_ledger.activity())) | changes
    with pytest.raises(InputError) as caught:
        ready([msgspec.convert(plain, ActivityBody)])
    assert caught.value.field == f"activities[0].{field}"
