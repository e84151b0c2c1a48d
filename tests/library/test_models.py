"""Models by name: every spelling finds its model, what nobody published stays unknown, figures are as their sources."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadlight.core.distribution import Lognormal, Point
from treadlight.core.errors import NotFoundError
from treadlight.estimate.accelerator import find_trainer
from treadlight.library.library import Library
from treadlight.library.loader import Store
from treadlight.library.models import Models, find_model, model_key
from treadlight.library.tables.models import ModelTableRow
from treadlight.library.version import version

FACTS = Path(__file__).resolve().parents[3] / "shared" / "facts"
ROWS = Store(version()).rows("models", ModelTableRow)

MODELS = Models(ROWS)

SPELLINGS = [
    ("meta-llama/Llama-3.1-8B", "meta-llama/Llama-3.1-8B"),
    ("llama3.1:8b", "meta-llama/Llama-3.1-8B"),
    ("Llama 3.1 8B", "meta-llama/Llama-3.1-8B"),
    ("META-LLAMA/llama_3.1_8b", "meta-llama/Llama-3.1-8B"),
    ("meta-llama/Meta-Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-8B"),
    ("llama-3.1-8b-instruct-fp8", "meta-llama/Llama-3.1-8B"),
    ("gpt-4o-2024-08-06", "openai/gpt-4o"),
    ("GPT4", "openai/gpt-4"),
    ("us.anthropic.claude-sonnet-4-20250514-v1:0", "anthropic/claude-sonnet-4"),
    ("DeepSeek V3", "deepseek-ai/DeepSeek-V3"),
    ("mixtral-8x7b-instruct", "mistralai/Mixtral-8x7B-v0.1"),
]


@pytest.mark.parametrize(("name", "model"), SPELLINGS)
def test_spellings_in_use_find_the_model(name: str, model: str) -> None:
    assert find_model(name).id == model


@given(st.sampled_from(ROWS))
def test_every_id_and_alias_finds_its_own_row(row: ModelTableRow) -> None:
    for name in (row.model, *filter(None, row.aliases.split("|"))):
        assert find_model(name).id == row.model
        assert find_model(f" {name.upper()} ").id == row.model


@pytest.mark.parametrize("name", ["lama-3.1-8b", "claud-3-opus"])
def test_a_misspelt_name_is_refused_and_the_nearest_are_offered(name: str) -> None:
    with pytest.raises(NotFoundError, match=r"did you mean \S*(Llama-3\.1-8B|claude-3-opus)"):
        find_model(name)


@pytest.mark.parametrize("name", ["", "   ", "zzzzqqqq", "llama", "8b", "Gemma 1 (2B+7B)"])
def test_a_part_of_a_name_or_nothing_means_no_model(name: str) -> None:
    with pytest.raises(NotFoundError):
        find_model(name)


def test_a_form_that_fits_two_models_fits_neither() -> None:
    common = {"source": "x", "locator": "x", "year": 2026, "confidence": "high", "params_basis": "published"}
    rows = [
        ModelTableRow(model=f"{org}/twin-7b", params_total_b=Point(size), **common)  # type: ignore[arg-type]
        for org, size in (("one", 7.0), ("two", 8.0))
    ]
    models = Models(rows)
    assert models.get("twin-7b") is None
    assert models.find("TWO/twin 7b").params_total_b == Point(8.0)


def test_what_nobody_published_is_unknown_not_a_guess() -> None:
    for name in ("o3", "gpt-4.5-preview", "grok-4-fast", "text-embedding-3-large"):
        model = find_model(name)
        assert model.params_basis == "unknown"
        assert model.params_total_b is None
        assert model.params_active_b is None


def test_closed_models_carry_others_ranges_wide_and_unverified() -> None:
    ranged = [row for row in ROWS if row.params_basis == "range"]
    assert len(ranged) > 70
    for row in ranged:
        assert row.unverified
        assert row.confidence == "low"
        for spread in (row.params_total_b, row.params_active_b):
            if spread is not None:
                assert isinstance(spread, Lognormal)
                assert spread.gsd >= 1.6


def test_the_range_of_gpt_4o_holds_the_active_parameters_that_were_estimated() -> None:
    # EcoLogits: 44 to 132 billion active of 440; geometric middle 76.2, three times wide, so GSD 3^(1/2.563) = 1.54
    model = find_model("gpt-4o")
    assert model.params_active_b is not None
    assert model.params_active_b.median == pytest.approx(76.2, rel=1e-3)
    assert model.params_active_b.quantile(0.05) < 44
    assert model.params_active_b.quantile(0.95) > 132


def test_published_figures_are_what_the_makers_state() -> None:
    mixtral, deepseek = find_model("mixtral-8x7b"), find_model("deepseek-v3")
    assert (mixtral.params_total_b, mixtral.params_active_b) == (Point(46.7), Point(12.9))
    assert (deepseek.params_total_b, deepseek.params_active_b) == (Point(671.0), Point(37.0))
    llama = find_model("llama-3.1-8b")
    assert (llama.layers, llama.hidden_size, llama.kv_heads, llama.head_dim) == (32, 4096, 8, 128)


def test_what_a_row_says_of_training_has_a_source() -> None:
    sources = Store(version()).sources
    for row in ROWS:
        if row.training_zflop or row.training_tokens_b or row.training_device_hours:
            assert sources[row.training_source].citation


def test_published_tokens_and_hours_tell_of_one_training() -> None:
    for row in ROWS:
        size = row.params_active_b or row.params_total_b
        if size and row.training_tokens_b and row.training_device_hours and row.training_hardware:
            flops = 6e18 * size.median * row.training_tokens_b
            peak = find_trainer(row.training_hardware).peak_tflops * 1e12
            assert 0.02 < flops / (row.training_device_hours * 3600 * peak) < 0.75, row.model


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("llama-3.1-8b", ("meta-llama/Llama-3.1-8B",)),
        ("no such thing at all, whatever", ()),
    ],
)
def test_the_nearest_of_a_name_is_itself_or_nothing_where_nothing_is_alike(name: str, ids: tuple[str, ...]) -> None:
    assert MODELS.nearest(name) == ids


def test_the_nearest_of_a_name_are_those_that_the_message_offers() -> None:
    near = MODELS.nearest("lama-3.1-8")
    assert 1 <= len(near) <= 3 and all(MODELS.find(each).id == each for each in near)
    with pytest.raises(NotFoundError) as caught:
        MODELS.find("lama-3.1-8")
    assert " or ".join(near) in caught.value.remedy


def test_the_table_answers_find_and_show_like_every_other() -> None:
    library = Library.load()
    assert [entry.table for entry in library.find("llama3.1:8b")][:1] == ["models"]
    figures = library.show("models/openai/gpt-4o")
    assert {figure.label.rpartition(": ")[2] for figure in figures} >= {"params_total_b", "params_active_b"}
    assert all("EcoLogits" in f.source.citation for f in figures if "params" in f.label.rpartition(": ")[2])


def test_keys_hold_no_organisation_case_or_separators() -> None:
    assert model_key("meta-llama/Llama-3.1_8B") == model_key("LLAMA 3 1 8b")


@pytest.mark.skipif(not FACTS.is_dir(), reason="the shared facts are not beside this checkout")
def test_no_remembered_size_was_carried() -> None:
    with (FACTS / "models.csv").open(encoding="utf-8", newline="") as file:
        facts = {row["id"]: row for row in csv.DictReader(file)}
    for row in ROWS:
        fact = facts[row.model]
        if fact["confidence"] == "low":
            assert row.params_basis in ("range", "unknown") or "remembered" not in row.locator
        else:
            stated = [None if fact[name] == "" else float(fact[name]) for name in ("params_total_b", "params_active_b")]
            assert [p and p.median for p in (row.params_total_b, row.params_active_b)] == stated
