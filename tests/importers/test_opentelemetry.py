"""OpenTelemetry: tokens under old and new names, spans above others left out, hosts never added to their parts."""

import json
from pathlib import Path
from typing import Any

import pytest

from reading_imports import SAMPLES, Reading, reading
from treadlight.core.activity import EvidenceMethod
from treadlight.core.errors import InputError
from treadlight.importers.runs import ELECTRICITY

T0 = 1788256800
S = T0 - 600


def attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    def wrapped(value: Any) -> dict[str, Any]:
        return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}

    return [{"key": key, "value": wrapped(value)} for key, value in values.items()]


def ns(t_s: float) -> str:
    return str(int(t_s * 1e9))


def span(ident: str, parent: str = "", at_s: float = 0.0, **values: Any) -> dict[str, Any]:
    return {
        "traceId": "aa",
        "spanId": ident,
        "parentSpanId": parent,
        "name": "chat",
        "startTimeUnixNano": ns(T0 + at_s),
        "endTimeUnixNano": ns(T0 + at_s + 1),
        "attributes": attributes({"gen_ai.request.model": "m"} | {k.replace("__", "."): v for k, v in values.items()}),
    }


def traces(*spans: dict[str, Any], service: str = "s") -> dict[str, Any]:
    resource = {"attributes": attributes({"service.name": service})}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "x"}, "spans": list(spans)}]}]}


def metrics(*given: dict[str, Any], scope: str = "x", **resource: str) -> dict[str, Any]:
    about = {"attributes": attributes({k.replace("__", "."): v for k, v in resource.items()})}
    return {
        "resourceMetrics": [{"resource": about, "scopeMetrics": [{"scope": {"name": scope}, "metrics": list(given)}]}]
    }


def point(t_s: float, value: float, start_s: float = 0.0, **values: Any) -> dict[str, Any]:
    stated = attributes({k.replace("__", "."): v for k, v in values.items()})
    return {"attributes": stated, "startTimeUnixNano": ns(start_s), "timeUnixNano": ns(t_s), "asDouble": value}


def counter(name: str, *points: dict[str, Any], unit: str = "J", temporality: int | str = 2) -> dict[str, Any]:
    return {
        "name": name,
        "unit": unit,
        "sum": {"aggregationTemporality": temporality, "isMonotonic": True, "dataPoints": list(points)},
    }


def of(folder: Path, *documents: dict[str, Any]) -> Reading:
    path = folder / "otlp.jsonl"
    path.write_text("".join(json.dumps(document) + "\n" for document in documents))
    return reading("opentelemetry", path)


@pytest.fixture(scope="module")
def collected() -> Reading:
    return reading("opentelemetry", SAMPLES / "opentelemetry_collector.jsonl")


@pytest.fixture(scope="module")
def measured() -> Reading:
    return reading("opentelemetry", SAMPLES / "opentelemetry_metrics.json")


def test_old_names_new_names_and_both_at_once_count_the_same_tokens(collected: Reading) -> None:
    # 1000 + 200 under old names; 500 + 100 with the input under both, in a span that was sent twice
    run = collected.run("support-bot")
    assert run.counts == {"requests": 2, "tokens_in": 1500, "tokens_out": 300}
    assert run.labels["gen_ai.provider"] == "openai"


def test_an_agents_span_does_not_repeat_the_tokens_below_it(collected: Reading) -> None:
    counts = collected.run("agent").counts
    assert counts == {
        "requests": 2,
        "tokens_in": 7000,
        "tokens_out": 1000,
        "tokens_cached": 2000,
        "tokens_reasoning": 150,
    }
    assert any("repeat the tokens" in reason for reason in collected.reasons())


def test_negative_tokens_are_rejected_and_the_others_stand(collected: Reading) -> None:
    (note,) = collected.rejected
    assert "is negative" in note.reason


def test_energy_of_requests_is_unknown_until_it_is_estimated(collected: Reading) -> None:
    run = collected.run("agent")
    assert [(c.state, c.amount) for c in run.channels] == [("unreadable", None)]
    remedy = "treadlight estimate inference --model claude-sonnet-4 --tokens-in 3500 --tokens-out 500 --requests 2"
    assert run.channels[0].detail == f"only tokens are known; {remedy}"


def test_a_span_far_below_takes_the_tokens_from_all_above(tmp_path: Path) -> None:
    tokens = {"gen_ai__usage__input_tokens": 10}
    found = of(tmp_path, traces(span("1", "", **tokens), span("2", "1"), span("3", "2", **tokens)))
    assert found.runs[0].counts == {"requests": 1, "tokens_in": 10}


def test_spans_that_are_each_others_parents_end(tmp_path: Path) -> None:
    tokens = {"gen_ai__usage__input_tokens": 10}
    found = of(tmp_path, traces(span("1", "2", **tokens), span("2", "1", **tokens), span("3", **tokens)))
    assert found.runs[0].counts["tokens_in"] == 10


def test_requests_of_two_days_are_two_runs(tmp_path: Path) -> None:
    tokens = {"gen_ai__usage__input_tokens": 10}
    found = of(tmp_path, traces(span("1", **tokens), span("2", at_s=86_400, **tokens)))
    assert [run.counts["tokens_in"] for run in found.runs] == [10, 10]


def test_delta_histograms_add_up(measured: Reading) -> None:
    assert measured.run("batch").counts == {"requests": 16, "tokens_in": 8000, "tokens_out": 1000}


def test_of_cumulative_counters_the_last_value_counts_for_each_time_they_began(measured: Reading) -> None:
    counts = sorted(run.counts["tokens_in"] for run in measured.runs if run.name.startswith("newer"))
    assert counts == [400, 2500]  # and the old histogram beside them says the same once more


def test_spans_go_before_metrics_of_the_same_service_and_model(tmp_path: Path) -> None:
    new = "gen_ai.client.inference.usage.input_tokens"
    about = {"gen_ai__request__model": "m"}
    found = of(
        tmp_path,
        traces(span("1", gen_ai__usage__input_tokens=10)),
        metrics(counter(new, point(T0, 10, S, **about), unit="{token}"), service__name="s"),
    )
    assert [run.counts for run in found.runs] == [{"requests": 1, "tokens_in": 10}]
    assert any("whose spans are here too" in reason for reason in found.reasons())


def test_energy_goes_before_power_and_parts_add_up(measured: Reading) -> None:
    run = measured.run("node-a")
    amounts = {a.component: a for a in measured.activities if a.parent == run.id and a.flow == ELECTRICITY}
    assert amounts["cpu"].amount == pytest.approx(96_000 / 3.6e6)
    assert amounts["gpu"].amount == pytest.approx(360_000 / 3.6e6)
    assert amounts["memory"].amount == pytest.approx(6_000 / 3.6e6)
    assert amounts["gpu"].evidence.method is EvidenceMethod.METERED
    assert amounts["memory"].evidence.method is EvidenceMethod.MODELLED


def test_a_host_is_never_added_to_its_parts(measured: Reading) -> None:
    run = measured.run("node-b")
    amounts = [a.amount for a in measured.activities if a.parent == run.id]
    assert amounts == [pytest.approx(1_500_000 / 3.6e6)]


def test_what_feeds_the_machine_holds_its_parts(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        metrics(
            counter("hw.energy", point(T0, 7200, S, hw__id="psu0", hw__type="power_supply")),
            counter("hw.energy", point(T0, 3600, S, hw__id="cpu0", hw__type="cpu")),
            host__name="h",
        ),
    )
    assert found.total(ELECTRICITY) == pytest.approx(7200 / 3.6e6)


def test_a_part_of_a_part_is_left_out(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        metrics(
            counter("hw.energy", point(T0, 7200, S, hw__id="gpu0", hw__type="gpu")),
            counter("hw.energy", point(T0, 900, S, hw__id="hbm0", hw__type="memory", hw__parent="gpu0")),
            host__name="h",
        ),
    )
    assert found.total(ELECTRICITY) == pytest.approx(7200 / 3.6e6)


def test_a_counter_without_a_start_counts_what_it_grew(tmp_path: Path) -> None:
    points = [point(T0 + 60 * i, value, hw__id="c", hw__type="cpu") for i, value in enumerate((5000, 6000, 100, 600))]
    found = of(tmp_path, metrics(counter("hw.energy", *points), host__name="h"))
    assert found.total(ELECTRICITY) == pytest.approx((1000 + 100 + 500) / 3.6e6)


@pytest.mark.parametrize("temporality", [1, "AGGREGATION_TEMPORALITY_DELTA"])
def test_deltas_are_added(tmp_path: Path, temporality: int | str) -> None:
    points = [point(T0 + 60 * i, 600, T0 + 60 * (i - 1), hw__id="c", hw__type="cpu") for i in range(4)]
    found = of(tmp_path, metrics(counter("hw.energy", *points, temporality=temporality), host__name="h"))
    assert found.total(ELECTRICITY) == pytest.approx(2400 / 3.6e6)


def test_a_later_file_of_the_same_counter_replaces_the_earlier(tmp_path: Path) -> None:
    early = of(tmp_path, metrics(counter("hw.energy", point(T0, 3600, S, hw__id="c", hw__type="cpu")), host__name="h"))
    late = of(
        tmp_path, metrics(counter("hw.energy", point(T0 + 600, 9000, S, hw__id="c", hw__type="cpu")), host__name="h")
    )
    assert [a.id for a in early.activities] == [a.id for a in late.activities]
    assert late.total(ELECTRICITY) == pytest.approx(9000 / 3.6e6)


def test_a_counter_at_zero_is_unknown(tmp_path: Path) -> None:
    found = of(tmp_path, metrics(counter("hw.energy", point(T0, 0, S, hw__id="c", hw__type="cpu")), host__name="h"))
    assert not found.activities
    assert found.runs[0].channels[0].amount is None


def test_our_own_export_is_not_taken_in_again(tmp_path: Path) -> None:
    ours = counter("hw.energy", point(T0, 3600, S, hw__id="c", hw__type="cpu"))
    found = of(tmp_path, metrics(ours, scope="treadlight"), traces(span("1", gen_ai__usage__input_tokens=10)))
    assert not found.activities
    assert any("own export" in reason for reason in found.reasons())


def test_misshapen_documents_are_rejected_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "otlp.jsonl"
    bad = metrics(counter("hw.energy", {"asDouble": "much", "timeUnixNano": ns(T0), "attributes": []}))
    good = traces(span("1", gen_ai__usage__input_tokens=10))
    path.write_text(f"{json.dumps(bad)}\n{{broken\n{json.dumps(good)}\n")
    found = reading("opentelemetry", path)
    assert len(found.rejected) == 2
    assert [run.counts["tokens_in"] for run in found.runs] == [10]


def test_a_file_without_any_of_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no GenAI span"):
        of(tmp_path, traces(span("1")), metrics(counter("http.server.requests", point(T0, 1, S)), host__name="h"))


@pytest.mark.parametrize(
    ("above", "tokens"),
    [
        ({"gen_ai__request__model": "other", "gen_ai__usage__input_tokens": 100}, 107),
        ({"gen_ai__usage__input_tokens": 100}, 107),  # of the same model, and more than below: a request of its own
        ({"gen_ai__usage__input_tokens": 7}, 7),
        ({"gen_ai__usage__input_tokens": 100, "gen_ai__operation__name": "invoke_agent"}, 7),
    ],
)
def test_a_span_above_is_left_out_only_where_it_repeats(tmp_path: Path, above: dict[str, Any], tokens: int) -> None:
    below = span("b", "a", gen_ai__usage__input_tokens=7)
    found = of(tmp_path, traces(span("a", **above), below))
    assert sum(run.counts.get("tokens_in", run.counts.get("tokens in", 0)) for run in found.runs) == tokens
