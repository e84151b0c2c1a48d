"""Hardware over its life and refresh advice as a person asks for them, on the terminal and as JSON."""

import json

import pytest

from typed_commands import done, refused

pytestmark = pytest.mark.usefixtures("home")


def test_the_terminal_shows_phases_water_waste_and_what_is_missing() -> None:
    text = done("hardware", "life", "A100 SXM4 80GB", "--zone", "US", "--second-life", "2", "--repair", "0.02")
    for words in (
        "making",
        "inside",
        "on site",
        "upstream of electricity",
        "embodied                 unknown",
        "never taken off it",
        "A second life",
        "Not counted",
        "\nrack ",
        "\nbuilding ",
        "400 W that a data centre keeps for it",
        "building: water consumed, minerals and metals, primary energy, electronic",
        "cut-off",
    ):
        assert words in text


def test_the_json_says_what_the_terminal_says() -> None:
    form = json.loads(done("hardware", "life", "server + 2 x L4", "--zone", "FR", "--power-w", "300", "--json"))
    assert form["schema"] == "treadlight.hardware-life/1"
    gwp = form["impacts"]["gwp"]
    assert list(gwp["phases"]) == ["manufacture", "transport", "rack", "building", "use", "end of life"]
    assert sum(phase["share"] for phase in gwp["phases"].values()) == pytest.approx(1)
    assert form["impacts"]["water"]["complete"] is False
    assert form["impacts"]["water"]["phases"]["manufacture"]["p50"] is None
    assert form["water"]["embodied"]["p50"] is None
    assert form["hall"]["power"]["p50"] == 300
    assert form["hall"]["basis"].endswith("at least the stated power")
    assert form["impacts"]["adpe"]["phases"]["building"] == {
        "unit": "kgSb-eq", "p05": None, "p50": None, "p95": None, "share": 0.0, "complete": False,
    }  # fmt: skip
    assert form["waste"]["documented_share"] == 0.223
    assert form["second_life"] is None
    assert form["method"]["zone"] == "FR"


def test_a_device_in_no_data_centre_bears_neither_rack_nor_building() -> None:
    form = json.loads(done("hardware", "life", "GeForce RTX 4090", "--hall-w", "0", "--zone", "FR", "--json"))
    assert form["hall"] is None
    assert set(form["impacts"]["gwp"]["phases"]) == {"manufacture", "transport", "use", "end of life"}
    assert any("no data centre, as stated" in text for text in form["not_counted"])
    assert form["impacts"]["adpe"]["complete"] is True


def test_the_power_that_a_data_centre_keeps_may_be_a_distribution() -> None:
    form = json.loads(done("hardware", "life", "L4", "--hall-w", "uniform(80,120)", "--zone", "FR", "--json"))
    assert 80 < form["hall"]["power"]["p05"] < form["hall"]["power"]["p95"] < 120
    assert form["hall"]["basis"] == "as stated"


def test_refresh_says_never_and_the_grid_below_which_the_older_wins() -> None:
    text = done("refresh", "A100 SXM4 80GB", "--candidate", "H100 SXM=2.5", "--zone", "FR", "--since", "2026-11-22")
    for words in ("never", "CO₂e/kWh", "the older device wins", "Minerals: keep", "ratio as stated", "cannot be said"):
        assert words in text
    assert "rack and building: they stand whichever device is in them, and cancel" in " ".join(text.split())


def test_refresh_of_a_laptop_says_nothing_of_a_hall() -> None:
    text = done("refresh", "laptop", "--power-w", "30", "--candidate", "laptop=1.5@20", "--zone", "FR")
    assert "building" not in text


def test_refresh_as_json_has_dates_from_its_day() -> None:
    arguments = (
        "--candidate",
        "H100 SXM=2.5@500",
        "--second-hand",
        "H100 SXM",
        "--zone",
        "PL",
        "--since",
        "2026-01-01",
    )
    form = json.loads(done("refresh", "A100 SXM4 80GB", *arguments, "--json"))
    assert [way["action"] for way in form["ways"]] == ["keep", "extend", "replace", "second-hand"]
    new = form["ways"][2]
    assert new["break_even"]["gwp"]["dates"]["p50"].startswith("2026-")
    assert new["break_even"]["ewaste"] == new["break_even"]["ewaste"] | {"never": 1.0}
    assert new["break_even"]["ewaste"]["years"] == {"p05": None, "p50": None, "p95": None}
    assert new["break_even"]["water"] is None
    assert form["ways"][0]["older_wins_below_g_per_kwh"] is None
    assert form["lowest"]["water"]["kept_as_it_is"] is None


def test_an_asset_of_the_inventory_is_advised_about() -> None:
    done("inventory", "add", "A100 SXM4 80GB", "--purchased", "2022-01-01", "--name", "card")
    form = json.loads(done("refresh", "--asset", "card", "--candidate", "L4=0.5", "--zone", "US", "--json"))
    assert form["device"] == "A100 SXM4 80GB"


def test_one_device_against_itself_has_ratio_one() -> None:
    form = json.loads(done("refresh", "L4", "--second-hand", "L4", "--zone", "US", "--json"))
    assert form["ways"][-1]["devices_per_device"]["p50"] == 1
    assert form["ways"][-1]["basis"] == "the same product"


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("did you mean H100 PCIe 80GB", ("hardware", "life", "H100")),
        ("years", ("hardware", "life", "L4", "--years", "0")),
        ("--years", ("hardware", "life", "L4", "--years", "four")),
        ("utilisation", ("hardware", "life", "L4", "--utilisation", "2")),
        ("fate", ("hardware", "life", "L4", "--fate", "burnt")),
        ("--hall-w", ("hardware", "life", "L4", "--hall-w", "a kilowatt")),
        ("hall_w", ("hardware", "life", "L4", "--hall-w", "-5")),
        ("no such zone", ("hardware", "life", "L4", "--zone", "XX")),
        ("is not configured", ("hardware", "life", "L4", "--site", "nowhere")),
        ("draws", ("hardware", "life", "L4", "--draws", "1")),
        ("did you mean life", ("hardware", "lief")),
        ("nothing to be compared", ("refresh", "L4")),
        ("PRODUCT or --asset", ("refresh", "--candidate", "L4")),
        ("PRODUCT or --asset", ("refresh", "L4", "--asset", "card", "--candidate", "L4")),
        ("is no asset", ("refresh", "--asset", "card", "--candidate", "L4")),
        ("--candidate", ("refresh", "L4", "--candidate", "L5")),
        ("ratio", ("refresh", "L4", "--candidate", "T4=0")),
        ("--candidate", ("refresh", "L4", "--candidate", "T4=two")),
        ("--since", ("refresh", "L4", "--candidate", "T4=2", "--since", "soon")),
        ("is no share", ("refresh", "L4", "--candidate", "T4=2", "--spare-parts", "1.5")),
        ("state its mean power", ("refresh", "laptop", "--candidate", "laptop=2")),
    ],
)
def test_what_cannot_be_is_one_clear_error(words: str, arguments: tuple[str, ...]) -> None:
    assert words in refused(*arguments)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--power-w", "700", "--hall-w", "100"), True),
        (("--hall-w", "10"), True),
        (("--power-w", "700", "--hall-w", "800"), False),
        (("--power-w", "700", "--hall-w", "0"), False),
        ((), False),
    ],
)
def test_a_hall_that_keeps_less_than_is_drawn_is_told(options: tuple[str, ...], said: bool) -> None:
    asked = ("hardware", "life", "H100 SXM", *options, "--zone", "FR")
    text = " ".join(done(*asked).split())
    assert ("a hall that keeps less than is drawn" in text) is said
    if options[:1] == ("--power-w",) and said:
        assert "100 W are kept for what draws 700 W at work" in text
    hall = json.loads(done(*asked, "--json"))["hall"]
    assert bool(hall and hall["warning"]) is said
