"""Model cards: grams in every spelling, and the electricity behind them."""

from pathlib import Path

import pytest

from importers_samples import SAMPLES, Whole, import_sample, written
from treadlight.core.activity import EvidenceMethod, Location
from treadlight.core.errors import InputError
from treadlight.importers.frame import Fill
from treadlight.importers.places import place_of


def _import(tmp_path: Path, value: str, body: str = "# Sample", fill: Fill | None = None, **settings: str) -> Whole:
    text = f"---\nlanguage: en\nco2_eq_emissions: {value}\ntags: [a]\n---\n{body}\n"
    return import_sample(written(tmp_path, "huggingface_x.md", text), settings=settings or {"date": "2024"}, fill=fill)


def _grams(whole: Whole) -> float:
    return float(whole.run.labels["reported.gwp_kgco2e"]) * 1000


def test_a_block_gives_its_grams_place_and_stage() -> None:
    run = import_sample(SAMPLES / "huggingface_block.md").run
    assert run.labels["reported.gwp_kgco2e"] == "1.71"
    assert (run.location.zone, run.stage, run.name) == ("FR", "fine-tuning", "petit-conteur")
    assert run.labels["huggingface.source"] == "CodeCarbon, as the training went on"


def test_electricity_is_assumed_so_that_the_grid_gives_the_carbon_back(tmp_path: Path) -> None:
    (activity,) = _import(tmp_path, "5326", fill=Fill(zone="FR"), date="2023").activities.values()
    assert activity.amount == pytest.approx(100, rel=1e-3)  # 53.26 g/kWh in France, 2023, in library 2026.11
    assert activity.evidence.method is EvidenceMethod.ASSUMED
    assert "53.26 g/kWh" in activity.evidence.basis


def test_an_unknown_place_widens_the_interval(tmp_path: Path) -> None:
    def width(fill: Fill) -> float:
        (activity,) = _import(tmp_path, "5326", fill=fill).activities.values()
        return activity.uncertainty.quantile(0.95) / activity.uncertainty.quantile(0.05)

    assert width(Fill()) > 2 * width(Fill(zone="FR"))


@pytest.mark.parametrize(
    ("value", "grams", "flagged"),
    [
        ("149.2", 149.2, ""),
        ("0.012147398577917884", 0.012147398577917884, ""),
        ("232380", 232380.0, ""),
        ("1.5e3", 1500.0, ""),
        ("149.2 kg", 149_200.0, "unit of its own"),
        ('"149.2 kgCO2eq"', 149_200.0, "unit of its own"),
        ("~ 2 tonnes", 2e6, "unit of its own"),
        ("250 g", 250.0, ""),
        ("1,710", 1710.0, "comma"),
        ("'0,5'", 0.5, "comma"),
        ("{emissions: 330, source: CodeCarbon}", 330.0, ""),
    ],
)
def test_grams_are_read_in_every_spelling(tmp_path: Path, value: str, grams: float, flagged: str) -> None:
    whole = _import(tmp_path, value)
    assert _grams(whole) == pytest.approx(grams, rel=1e-5)
    assert [note for note in whole.flags if flagged in note.reason] if flagged else not whole.flags


@pytest.mark.parametrize("value", ["0", "-5", "unknown", "1e400", "7 gallons", "1e15"])
def test_what_is_no_amount_of_carbon_is_rejected(tmp_path: Path, value: str) -> None:
    whole = _import(tmp_path, value)
    assert not whole.activities
    assert whole.rejected[0].reason.startswith("emissions: ")


def test_the_same_number_in_kilograms_below_is_believed_and_flagged(tmp_path: Path) -> None:
    whole = _import(tmp_path, "41.1", "# T\n- **Carbon Emitted:** 41.1 kg CO2eq\n")
    assert _grams(whole) == pytest.approx(41_100)
    assert "kilograms" in whole.flags[0].reason


def test_grams_that_the_card_repeats_are_not_doubted(tmp_path: Path) -> None:
    whole = _import(tmp_path, "25.447577", "# T\n- CO2 Emissions (in grams): 25.4476\n")
    assert _grams(whole) == pytest.approx(25.4476, rel=1e-4)
    assert not whole.flags


def test_carbon_that_its_hours_cannot_explain_is_flagged(tmp_path: Path) -> None:
    body = "# T\n- **Hours used:** 439\n"
    block = "\n  emissions: {}\n  hardware_used: NVIDIA A100-SXM4-80GB"
    low = _import(tmp_path, block.format("83.5"), body)  # 439 h at 400 W: 176 kWh, half a gram a kWh
    assert "kilograms for grams" in low.flags[0].reason
    assert not _import(tmp_path, block.format("83500"), body).flags


def test_tonnes_in_the_text_that_are_a_thousand_times_the_field_are_believed_and_flagged(tmp_path: Path) -> None:
    body = "# T\nTraining took 184320 GPU hours, emitting 31.22 tCO2eq in total.\n"
    whole = _import(tmp_path, "31220", body)
    assert _grams(whole) == pytest.approx(31.22e6)
    assert [note.value for note in whole.flags if "taken for kilograms; --set unit=g" in note.reason]
    assert not _import(tmp_path, "31220000", body).flags


def test_a_unit_that_is_given_settles_it(tmp_path: Path) -> None:
    body = "# T\n- **Carbon Emitted:** 41.1 kg CO2eq\n"
    assert _grams(_import(tmp_path, "41.1", body, date="2024", unit="g")) == pytest.approx(41.1)
    assert _grams(_import(tmp_path, "41.1", "# T", date="2024", unit="kg")) == pytest.approx(41_100)
    with pytest.raises(InputError, match="unit nobody recognises"):
        _import(tmp_path, "41.1", "# T", date="2024", unit="stone")


@pytest.mark.parametrize(
    "said", ["184,320 GPU hours", "184320 A100 GPU-hours", "0.18432M GPU hours", "**Hours used:** 184320"]
)
def test_hours_that_no_hardware_fits_are_flagged_with_the_remedy_and_left(tmp_path: Path, said: str) -> None:
    body = f"# T\n{said}\n"
    low = _import(tmp_path, "20000", body)  # 184 320 h of at least 35 W: 6.5 MWh, 3 g a kWh
    assert _grams(low) == pytest.approx(20_000)
    assert "--set unit=kg" in low.flags[0].reason
    assert not _import(tmp_path, "20000000", body).flags


def test_hardware_that_only_the_text_names_counts(tmp_path: Path) -> None:
    body = "# T\n- **Hardware Type:** A100-PCIE-40GB\n- **Hours used:** 184320\n"
    assert _import(tmp_path, "31220", body).flags  # 46 MWh at 250 W: 0.7 g a kWh
    assert not _import(tmp_path, "31220000", body).flags


def test_training_types_become_stages(tmp_path: Path) -> None:
    for text, stage in (("pre-training", "training"), ("fine-tuning", "fine-tuning"), ("other", "")):
        whole = _import(tmp_path, f"\n  emissions: 5\n  training_type: {text}")
        assert whole.run.stage == stage


@pytest.mark.parametrize("text", ["# no front matter\n", "---\nlanguage: en\n---\n", "---\nco2_eq_emissions:\n---\n"])
def test_a_card_without_emissions_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        import_sample(written(tmp_path, "huggingface_x.md", text))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Quebec, Canada", Location("CA")),
        ("Brooklyn, NY, USA", Location("US")),
        ("United States of America", Location("US")),
        ("Singapore", Location("SG")),
        ("Tehran, Iran", Location("IR")),
        ("South Korea", Location("KR")),
        ("europe-north1", Location(region="gcp/europe-north1")),
        ("gcp/us-central1", Location(region="gcp/us-central1")),
        ("the moon", Location()),
        ("", Location()),
    ],
)
def test_places_are_recognised_as_people_write_them(text: str, place: Location) -> None:
    assert place_of(text) == place
