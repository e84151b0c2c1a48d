"""Files: which are meant, their digest, whether they stand still, and the sums that are kept of them."""

import hashlib
import os
from pathlib import Path

import pytest

from requests_logs import log_of, reading_of, sum_log, write_csv_log
from treadlight.core.errors import InputError
from treadlight.requests.cleaning import Aside
from treadlight.requests.files import check_still, digest, find_files
from treadlight.requests.partial import Partial, forget, keep, kept, key_of

ROW = ("2026-01-01T00:00:00Z", 1, 2)


def test_files_folders_and_patterns_are_found_each_once(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a.csv", "b.jsonl", "sub/c.parquet", "sub/d.csv.gz", "notes.txt", "_temporary.csv"):
        (tmp_path / name).write_text("x")
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    found = find_files([str(tmp_path / "a.csv"), str(tmp_path), str(tmp_path / "*.csv")])
    assert [file.path.name for file in found] == ["a.csv", "b.jsonl", "c.parquet", "d.csv.gz", "_temporary.csv"]
    assert [file.kind for file in found] == ["csv", "jsonl", "parquet", "csv", "csv"]


def test_a_name_with_signs_of_a_pattern_means_itself(tmp_path: Path) -> None:
    path = write_csv_log(tmp_path / "log[1]*.csv", [ROW] * 3)
    write_csv_log(tmp_path / "log1x.csv", [ROW] * 50)
    partial, _ = sum_log(path)
    assert [row["n"] for row in partial.sums.to_pylist()] == [3]


@pytest.mark.parametrize("name", ["nothing.csv", "no*.csv", "notes.txt"])
def test_what_is_no_log_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(InputError, match="LOG"):
        find_files([str(tmp_path / name)])


def test_the_digest_is_that_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(os.urandom(5_000_000))
    (file,) = find_files([str(path)])
    assert digest(file) == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("change", ["append", "replace", "remove", "same-size"])
def test_a_change_is_noticed(tmp_path: Path, change: str) -> None:
    path = write_csv_log(tmp_path / "a.csv", [ROW])
    (file,) = find_files([str(path)])
    check_still(file)
    stat = path.stat()
    if change == "append":
        with path.open("a") as out:
            out.write("more\n")
    elif change == "replace":
        write_csv_log(tmp_path / "b.csv", [ROW]).replace(path)
    elif change == "remove":
        path.unlink()
    else:
        path.write_text(path.read_text().replace("1,2", "9,9"))
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    with pytest.raises(InputError, match="changed while it was read"):
        check_still(file)


def test_kept_sums_come_back_as_they_were(tmp_path: Path) -> None:
    path = write_csv_log(tmp_path / "a.csv", [ROW, ("x", 1, 1)])
    partial, _ = sum_log(path)
    log = log_of(path)
    reading = reading_of(log)
    key = key_of("d", reading, log.types(reading.columns.names))
    full = Partial(partial.name, "d", partial.sums, {21: 3}, (Aside(7, 21, "short"),))
    assert kept(tmp_path / "kept", key, "a.csv", "d") is None
    keep(tmp_path / "kept", key, full)
    back = kept(tmp_path / "kept", key, "a.csv", "d")
    assert back is not None
    assert back.sums.to_pylist() == full.sums.to_pylist()
    assert dict(back.aside) == {21: 3}
    assert back.sample == full.sample
    assert kept(tmp_path / "kept", key, "a.csv", "another") is None


def test_other_options_have_other_sums(tmp_path: Path) -> None:
    log = log_of(write_csv_log(tmp_path / "a.csv", [ROW]))
    types = log.types(log.names)
    keys = {
        key_of("d", reading_of(log, **options), types)  # type: ignore[arg-type]
        for options in ({}, {"bucket_s": 86400}, {"time_unit": "ms"}, {"origin_s": 1.0}, {"cached_apart": True})
    }
    assert len(keys) == 5


def test_damaged_kept_sums_are_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "k.parquet").write_bytes(b"PAR1 not really")
    assert kept(folder, "k", "a.csv", "d") is None


def test_old_kept_sums_are_taken_away(tmp_path: Path) -> None:
    for name, age_s in (("old", 1e6), ("new", 0)):
        path = tmp_path / f"{name}.parquet"
        path.write_bytes(b"")
        os.utime(path, (path.stat().st_atime - age_s, path.stat().st_mtime - age_s))
    forget(tmp_path, 1e5)
    assert [path.stem for path in tmp_path.glob("*.parquet")] == ["new"]


def test_the_digest_of_text_does_not_depend_on_how_it_is_packed(tmp_path: Path) -> None:
    import bz2
    import gzip
    import lzma

    import pyarrow as pa

    text = write_csv_log(tmp_path / "a.csv", [ROW] * 9).read_bytes()
    for end, pack in (("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)):
        (tmp_path / f"a.csv.{end}").write_bytes(pack(text))
    with pa.CompressedOutputStream(str(tmp_path / "a.csv.zst"), "zstd") as out:
        out.write(text)
    files = find_files([str(tmp_path)])
    assert len(files) == 5
    assert {digest(file) for file in files} == {hashlib.sha256(text).hexdigest()}


def test_a_packed_log_that_is_cut_off_has_no_digest(tmp_path: Path) -> None:
    import gzip

    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(os.urandom(1000))[:500])
    (file,) = find_files([str(tmp_path / "a.csv.gz")])
    with pytest.raises(InputError, match="cut off or damaged"):
        digest(file)
