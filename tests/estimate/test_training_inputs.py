"""What is known about a run: what cannot be true is refused in one line that says what to do."""

import pytest

from treadlight.core.errors import InputError
from treadlight.estimate.training import TrainingInputs

NUMBERS = (
    "params_total_b",
    "params_active_b",
    "tokens_b",
    "total_flops",
    "n_devices",
    "wall_hours",
    "device_hours",
    "tdp_w",
    "avg_power_w",
    "experiments_multiplier",
)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [-1.0, 0.0, float("nan"), float("inf"), float("-inf")])
def test_a_number_that_cannot_be_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(InputError) as caught:
        TrainingInputs(**{name: value})
    assert caught.value.field == name
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("tokens_b", 2e12, "give tokens in billions"),
        ("tokens_b", 2e9, "give tokens in billions"),  # thousands
        ("tokens_b", 2e6, "give tokens in billions"),  # millions
        ("params_total_b", 7e9, "give parameters in billions"),
        ("params_total_b", 1e-9, "give parameters in billions"),
        ("total_flops", 314.0, "not ZFLOP"),
        ("avg_power_w", 0.04, "give watts for each accelerator"),
        ("n_devices", 0.5, "1 or more"),
        ("tdp_w", 10_200.0, "of one accelerator"),
        ("experiments_multiplier", 0.5, "1 is the final run alone"),
    ],
)
def test_a_slip_of_units_is_refused_with_the_unit_wanted(name: str, value: float, remedy: str) -> None:
    with pytest.raises(InputError, match=remedy):
        TrainingInputs(**{name: value})


def test_watts_of_a_whole_node_or_in_kilowatts_are_refused_where_the_card_is_known() -> None:
    with pytest.raises(InputError, match="avg_power_w: is too much, got 5600"):
        TrainingInputs(hardware="H100", avg_power_w=5600, device_hours=1)
    with pytest.raises(InputError, match=r"avg_power_w: is too little, got 0\.6"):
        TrainingInputs(hardware="H100", avg_power_w=0.6, device_hours=1)
    assert TrainingInputs(hardware="H100", avg_power_w=1100, device_hours=1).avg_power_w == 1100


def test_more_active_than_total_parameters_are_refused() -> None:
    with pytest.raises(InputError, match="params_active_b: is more than params_total_b, got 37"):
        TrainingInputs(params_total_b=7, params_active_b=37)


def test_a_misspelt_accelerator_is_refused_at_once() -> None:
    with pytest.raises(InputError, match="did you mean H100"):
        TrainingInputs(hardware="H10O", device_hours=5)


def test_blank_hardware_is_unknown() -> None:
    assert TrainingInputs(hardware="  ").trainer() is None


@pytest.mark.parametrize(
    ("architecture", "flags"),
    [
        ("dense", set()),
        (None, set()),
        ("mixed", set()),
        ("nas", set()),
        ("dense-encoder", set()),
        ("decoder-only", set()),
        ("dense-encdec", {"encdec"}),
        ("encoder-decoder", {"encdec"}),
        ("moe", {"moe"}),
        ("Mixture of Experts", {"moe"}),
        ("dense-finetune", {"finetune"}),
        ("dense-lora", {"lora"}),
        ("QLoRA adapter", {"lora"}),
        ("vision-language", {"vision"}),
        ("diffusion", {"vision"}),
        ("lstm", {"recurrent"}),
    ],
)
def test_words_of_an_architecture_are_understood_as_the_table_spells_them(
    architecture: str | None, flags: set[str]
) -> None:
    kind = TrainingInputs(architecture=architecture).kind()
    names = ("moe", "encdec", "lora", "finetune", "recurrent", "vision")
    assert {name for name in names if getattr(kind, name)} == flags
    assert kind.known


def test_an_architecture_nobody_knows_is_marked() -> None:
    assert not TrainingInputs(architecture="quantum reservoir").kind().known


def test_far_fewer_active_than_total_parameters_are_a_mixture_of_experts() -> None:
    assert TrainingInputs(params_total_b=671, params_active_b=37).kind().moe
    assert not TrainingInputs(params_total_b=7, params_active_b=6.7).kind().moe
