"""Places of requests: what a row states counts, what nobody knows is said, and neither costs the log."""

import json
from pathlib import Path
from typing import Any

import pytest

from requests_logs import sum_log, write_csv_log
from requests_shell import Shell
from treadlight.core.activity import Location
from treadlight.core.errors import InputError
from treadlight.library.library import Library
from treadlight.library.system import Demand
from treadlight.requests.groups import merged
from treadlight.requests.places import place_notes, refuse_unknown, settled_places

HEAD = "time,tokens_in,tokens_out,model,zone,region"
AT = ("2026-01-01T00:10:00Z", 1000, 100, "llama-3.1-8b")


def _log(folder: Path, *places: tuple[str, str]) -> Path:
    return write_csv_log(folder / "log.csv", [(*AT, *place) for place in places], HEAD)


def _groups(folder: Path, *places: tuple[str, str], **constants: str) -> Any:
    return merged([sum_log(_log(folder, *places))], {"model": "m"} | constants, (), 3600, None)


def _places(groups: Any) -> set[tuple[str, str]]:
    return {(row["zone"], row["region"]) for row in groups.table.to_pylist()}


def test_a_default_fills_only_rows_that_name_no_place(tmp_path: Path) -> None:
    rows = [("", "aws/us-east-1"), ("DE", ""), ("", ""), ("DE", "aws/eu-central-1")]
    kept = {rows[0], rows[1], rows[3]}
    assert _places(_groups(tmp_path, *rows, zone="FR")) == kept | {("FR", "")}
    assert _places(_groups(tmp_path, *rows, region="aws/eu-west-3")) == kept | {("", "aws/eu-west-3")}


def test_a_default_leaves_the_intensity_of_other_rows(tmp_path: Path) -> None:
    _log(tmp_path, ("", "aws/us-east-1"), ("", ""))
    shell = Shell(tmp_path)
    intensity = []
    for options in ([], ["--zone", "FR"], ["--region", "aws/eu-west-3"]):
        rows = shell.account("log.csv", "--by", "region", *options)["rows"]
        (row,) = (row for row in rows if row["region"] == "aws/us-east-1")
        intensity.append(row["impacts"]["gwp"]["p50"] / row["impacts"]["energy"]["p50"])
    assert intensity == pytest.approx([intensity[0]] * 3, rel=1e-9)
    assert intensity[0] > 0.2


def test_a_place_nobody_knows_is_counted_as_unknown_and_named(tmp_path: Path) -> None:
    library = Library.load()
    groups, unknown = settled_places(
        _groups(tmp_path, ("QQ", ""), ("QQ", ""), ("", "aws/eu-wst-3"), ("QQ", "aws/eu-west-3"), ("FR", "")), library
    )
    assert groups.requests == 5
    assert _places(groups) == {("", ""), ("", "aws/eu-west-3"), ("FR", "")}
    assert set(groups.table.column(groups.said("zone")).to_pylist()) == {"QQ", "", "FR"}
    assert {(p.role, p.name, p.requests) for p in unknown} == {("zone", "QQ", 3), ("region", "aws/eu-wst-3", 1)}
    (note,) = place_notes(groups, unknown, library)
    assert "zone QQ (3 requests)" in note
    assert "did you mean aws/eu-west-3" in note
    with pytest.raises(InputError, match=r"zone QQ \(3 requests\).*aws/eu-wst-3"):
        refuse_unknown(unknown)
    refuse_unknown(())


def test_one_unknown_zone_does_not_refuse_the_log_unless_asked(tmp_path: Path) -> None:
    _log(tmp_path, ("FR", ""), ("QQ", ""))
    shell = Shell(tmp_path)
    found = shell.account("log.csv", "--by", "zone", "--record")
    wide = {row["zone"]: row["impacts"]["gwp"]["p95"] / row["impacts"]["gwp"]["p05"] for row in found["rows"]}
    assert wide["QQ"] > wide["FR"]
    assert found["unknown_places"] == [{"role": "zone", "name": "QQ", "requests": 1, "near": ""}]
    assert any("zone QQ (1 request)" in note for note in found["notes"])
    shown = json.loads(shell("show", "last", "--json").stdout)
    assert shown["run"]["counts"]["requests"] == 2
    assert "not in the library: zone QQ" in " ".join(shell("show", "last").stdout.split())
    assert "zone QQ" in shell.refused("log.csv", "--strict")


def test_strict_refuses_rows_that_cannot_be_read(tmp_path: Path) -> None:
    _log(tmp_path, ("FR", ""))
    with (tmp_path / "log.csv").open("a") as file:
        file.write("yesterday,1,1,llama-3.1-8b,FR,\n")
    shell = Shell(tmp_path)
    assert "1 rows cannot be counted" in shell.refused("log.csv", "--strict")
    assert shell.account("log.csv")["total"]["requests"] == 1


@pytest.mark.parametrize(
    ("zone", "region", "elsewhere"),
    [
        ("FR", "aws/us-east-1", "US-MIDA-PJM"),
        ("US-TEX-ERCO", "aws/us-east-1", "US-MIDA-PJM"),
        ("US", "aws/us-east-1", ""),
        ("US-MIDA-PJM", "aws/us-east-1", ""),
        ("fra", "aws/eu-west-3", ""),
        ("EU", "aws/eu-west-3", ""),
        ("FR", "", ""),
        ("", "aws/us-east-1", ""),
    ],
)
def test_a_region_outside_the_zone_named_is_told(zone: str, region: str, elsewhere: str) -> None:
    assert Library.load().disagreement(zone, region) == elsewhere


def test_a_contradiction_in_options_is_refused_and_in_rows_said(tmp_path: Path) -> None:
    _log(tmp_path, ("FR", "aws/us-east-1"), ("", "aws/us-east-1"))
    shell = Shell(tmp_path)
    both = ["--zone", "FR", "--region", "aws/us-east-1"]
    assert "aws/us-east-1 lies in US-MIDA-PJM" in shell.refused("log.csv", *both)
    done = shell("estimate", "inference", "--model", "llama-3.1-8b", *both, code=2)
    assert done.stderr.startswith("error: --zone: aws/us-east-1 lies in US-MIDA-PJM")
    found = shell.account("log.csv", "--by", "zone")
    assert any("1 request names a zone and a region that lies elsewhere" in note for note in found["notes"])
    intensity = {r["zone"]: r["impacts"]["gwp"]["p50"] / r["impacts"]["energy"]["p50"] for r in found["rows"]}
    assert intensity["FR"] < 0.1 < 0.2 < intensity[""]


def test_a_region_with_another_zone_is_a_place_of_its_own() -> None:
    """Asked for together, each has its own electricity; alone or together, the same."""
    library = Library.load()
    demands = [Demand("electricity.it", Location(zone, "aws/us-east-1"), "2026") for zone in ("", "FR", "US")]
    together = library.system(demands).answers
    assert len(set(together.values())) == 3
    for demand in demands:
        ident = library.system([demand]).answers[demand]
        assert together[demand] == ident
        supply = library.supply(ident or "")
        assert supply is not None
        assert supply[ident or ""] == library.system([demand]).processes[ident or ""]
