"""Unit processes from tables: the same study as if they stood in its file; every fault named with its row."""

from pathlib import Path

import pytest

from studies_made import LIBRARY, given, item, stage, system
from treadlight.assess.lifecycle.assessment import assess_study
from treadlight.assess.lifecycle.reading import study_of
from treadlight.core.errors import InputError

TABLE = """process,name,unit,phase,target,amount,exchange_unit,source,pedigree
server,A server,hour,use,electricity.it,400,Wh,metered,1 1 1 1 1
server,,,,gwp,"lognormal(0.01, 1.3)",,maker,"3,2,1,1,2"
hall,The hall,hour,use,server,8,,counted,
hall,,,,hall,0.02,,its own cooling,
"""
USED = system(stage("serving", item("hall", process="hall", amount=10, unit="hour")))


def written(folder: Path, text: str, name: str = "own.csv") -> dict[str, object]:
    (folder / name).write_text(text, encoding="utf-8")
    return given(USED, process_table=[{"file": name}])


def test_processes_of_a_table_are_the_studys_own(tmp_path: Path) -> None:
    study = study_of(written(tmp_path, TABLE), folder=tmp_path)
    server, hall = study.processes
    assert (server.id, server.name, server.unit, server.phase) == ("server", "A server", "hour", "use")
    assert server.exchanges[1].pedigree == [3, 2, 1, 1, 2]
    assert [exchange.target for exchange in hall.exchanges] == ["server", "hall"]
    gwp = assess_study(study, LIBRARY, draws=50).systems[0].central[0]
    server_gwp = 0.4 * 1.2 * 0.5 + 0.01
    assert gwp == pytest.approx(10 * 8 * server_gwp / (1 - 0.02), rel=1e-9)


def test_a_table_and_a_file_that_say_the_same_give_the_same(tmp_path: Path) -> None:
    table = study_of(written(tmp_path, TABLE), folder=tmp_path)
    exchanges = {
        "server": [
            {"target": "electricity.it", "amount": 400.0, "unit": "Wh", "source": "metered", "pedigree": [1] * 5},
            {"target": "gwp", "amount": "lognormal(0.01, 1.3)", "source": "maker", "pedigree": [3, 2, 1, 1, 2]},
        ],
        "hall": [
            {"target": "server", "amount": 8.0, "source": "counted"},
            {"target": "hall", "amount": 0.02, "source": "its own cooling"},
        ],
    }
    own = [{"id": name, "name": title, "unit": "hour", "exchanges": exchanges[name]}
           for name, title in (("server", "A server"), ("hall", "The hall"))]  # fmt: skip
    plain = study_of(given(USED, process=own))
    results = [assess_study(study, LIBRARY, draws=50).systems[0].samples for study in (table, plain)]
    assert (results[0] == results[1]).all()


def test_parquet_is_read_like_csv(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow", reason="needs the extra bulk")
    from pyarrow import parquet

    columns = {"process": ["fan", "fan"], "unit": ["hour", None], "target": ["gwp", "water"], "amount": [0.5, 0.25]}
    parquet.write_table(arrow.table(columns), tmp_path / "own.parquet")
    study = study_of(given(process_table=[{"file": "own.parquet"}]), folder=tmp_path)
    assert [(e.target, e.amount) for e in study.processes[0].exchanges] == [("gwp", 0.5), ("water", 0.25)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("process,target\nfan,gwp\n", "own.csv: lacks columns, got 'amount'"),
        ("process,target,amount,colour\nfan,gwp,1,red\n", "is no column of a table of processes, got 'colour'"),
        ("process,target,amount,unit\nfan,gwp,,hour\n", "own.csv: row 2: amount: is empty"),
        (
            "process,target,amount,unit\nfan,gwp,1,hour\nfan,water,1,kWh\n",
            "own.csv: row 3: unit: contradicts 'hour' above",
        ),
        ("process,target,amount\nfan,gwp,1\n", "own.csv: unit: has no unit, got 'fan'"),
        ("process,target,amount,unit\nfan,gwp,1,hour,more\n", "row 2: has more cells than the table has columns"),
        ("process,target,amount,unit,pedigree\nfan,gwp,1,hour,good\n", "row 2: pedigree: are no pedigree scores"),
        ("process,target,amount,unit,phase\nfan,gwp,1,hour,asleep\n", "asleep"),
    ],
)
def test_a_table_that_cannot_be_is_refused_by_row_and_column(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError) as refused:
        study_of(written(tmp_path, text), folder=tmp_path)
    assert said in str(refused.value)


def test_a_missing_table_and_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        study_of(given(process_table=[{"file": "none.csv"}]), folder=tmp_path)
    (tmp_path / "own.csv").write_bytes(b"process,target,amount\n\xff\xfe,gwp,1\n")
    with pytest.raises(InputError, match="is no CSV in UTF-8"):
        study_of(given(process_table=[{"file": "own.csv"}]), folder=tmp_path)
