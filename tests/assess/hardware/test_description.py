"""Descriptions of hardware: what they mean, and what is refused with names spelt alike."""

import pytest

from treadlight.assess.hardware.description import peak_rates, read_device
from treadlight.core.errors import InputError, NotFoundError
from treadlight.library.library import Library


def test_a_driver_name_a_short_name_and_an_id_mean_the_same_card(library: Library) -> None:
    names = ("NVIDIA A100-SXM4-80GB", "a100 sxm4 80gb", "accelerator.a100-sxm4-80gb")
    products = {read_device(name, library).parts[0].product for name in names}
    assert products == {"accelerator.a100-sxm4-80gb"}


def test_a_server_is_its_parts_with_their_amounts(library: Library) -> None:
    device = read_device("server + 8 x H100 SXM + 2 × EPYC 7763 + 2 TB memory + 15.5 tb of ssd", library)
    assert [(part.product, part.amount) for part in device.parts] == [
        ("server.base", 1.0),
        ("accelerator.h100-sxm5-80gb", 8.0),
        ("cpu.epyc-7763", 2.0),
        ("memory.dram", 2000.0),
        ("storage.ssd", 15500.0),
    ]
    assert device.lifetime_class == "server"
    assert device.parts[1].tdp_w == 700


def test_sticks_are_counted_times_their_size(library: Library) -> None:
    assert read_device("24 x 32 GB memory", library).parts[0].amount == 768


@pytest.mark.parametrize("text", ["H100", "H10 SXM", "Epic 7763", "frobnicator"])
def test_what_is_not_known_is_never_replaced_by_something_else(library: Library, text: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        read_device(text, library)
    assert text in str(caught.value)


def test_near_names_are_offered(library: Library) -> None:
    with pytest.raises(NotFoundError, match="did you mean H100 PCIe 80GB or H100 SXM5 80GB"):
        read_device("server + 8 x H100", library)


@pytest.mark.parametrize("text", ["", "server +", "0 x L4", "+"])
def test_nothing_or_none_of_something_is_refused(library: Library, text: str) -> None:
    with pytest.raises(InputError):
        read_device(text, library)


def test_peak_rates_are_the_table_s(library: Library) -> None:
    rates, bandwidth = peak_rates(read_device("A100 SXM4 80GB", library).parts[0], library)
    assert rates["bf16_tflops"] == 312
    assert bandwidth == 2039
