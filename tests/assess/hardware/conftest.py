"""A bench on the shipped library, few draws; and libraries with products of one's own."""

from pathlib import Path

import pytest

from own_products import OwnProducts, library_with
from treadlight.assess.hardware.making import Bench
from treadlight.core.activity import Location
from treadlight.library.library import Library


@pytest.fixture(scope="session")
def library() -> Library:
    return Library.load()


@pytest.fixture(scope="session")
def bench(library: Library) -> Bench:
    return Bench(library, Location(zone="US"), draws=200)


@pytest.fixture
def own_products(tmp_path: Path) -> OwnProducts:
    return lambda **gwp_kg: library_with(tmp_path, gwp_kg)
