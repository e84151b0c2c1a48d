"""What arrives over the network becomes the same entry as the same activity made here."""

from dataclasses import replace
from datetime import UTC, datetime
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
from treadlight.ledger.meant import encode_new
from treadlight.ledger.wire import ActivityBody, ready

_text = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=12)
_amounts = st.floats(min_value=0, max_value=1e15) | st.integers(0, 10**15).map(float)
_FIRST, _LAST = datetime(1970, 1, 2), datetime(2099, 12, 30)  # noqa: DTZ001 (hypothesis adds the zones)
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
        ({"uncertainty": "odd(1)"}, "uncertainty"),
        ({"uncertainty": "lognormal(1,1e99)"}, "uncertainty"),
        ({"uncertainty": "normal(1,-1)"}, "uncertainty"),
        ({"amount": 1e16}, "amount"),
        ({"allocation": {"whole": 1e300}}, "allocation.whole"),
        ({"start": "1969-12-31T23:59:59Z"}, "start"),
        ({"end": "2100-01-01T00:00:01Z"}, "end"),
        ({"labels": {"a": "x\0y"}}, "labels.a"),
        ({"subject": {"project": "\0"}}, "subject.project"),
        ({"supersedes": "same", "id": "same"}, "supersedes"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "start"),
    ],
)
def test_what_an_activity_must_not_say_is_refused_with_its_place(changes: dict[str, Any], field: str) -> None:
    plain = msgspec.json.decode(body_of(strategies_ledger.activity())) | changes
    with pytest.raises(InputError) as caught:
        ready([msgspec.convert(plain, ActivityBody)])
    assert caught.value.field == f"activities[0].{field}"


_wild_moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
_wild_numbers = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)
_wild_spreads = st.one_of(
    _distributions,
    st.builds(Lognormal, st.floats(1e-300, 1e300), st.floats(1, 1e300)),
    st.builds(Normal, _wild_numbers, st.floats(0, 1e300)),
    st.tuples(_wild_numbers, _wild_numbers).map(lambda ends: Uniform(*sorted(ends))),
)


@given(_activities(), st.data())
def test_what_is_refused_here_is_refused_when_it_arrives_and_for_the_same_field(record: Activity, data: Any) -> None:
    start, end = sorted((data.draw(_wild_moments), data.draw(_wild_moments)))
    odd = {
        "times": {"start": start, "end": end},
        "amount": {"amount": abs(data.draw(_wild_numbers))},
        "uncertainty": {"uncertainty": data.draw(_wild_spreads)},
        "whole": {"allocation": Allocation("r", data.draw(_wild_numbers))},
        "nothing": {"amount": 0.0, "supersedes": f"{record.id}x", "start": start, "end": end},
        "text": {"cause": data.draw(st.text(st.sampled_from("a\0"), max_size=2))},
    }
    for name in data.draw(st.lists(st.sampled_from(sorted(odd)), max_size=2, unique=True)):
        record = replace(record, **odd[name])
    body = msgspec.json.decode(body_of(record), type=ActivityBody)
    try:
        here: Any = encode_new(record)
    except InputError as error:
        here = f"activities[0].{error.field}", error.what
    try:
        (arrived,) = ready([body])
    except InputError as error:
        arrived = error.field, error.what  # type: ignore[assignment]
    assert arrived == here
