"""Everything of a pool from Python: lookups, settings, context, processes, files, errors that travel."""

import multiprocessing
import os
import pickle
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import osuma

TAXONOMY = osuma.Taxonomy.starter()
PROFILES = [
    {"id": "baker", "text": "Leivon leipää ja myyn sitä torilla.", "language": "fi", "routes": ["workshop"],
     "place": {"name": "Turku"}, "skills": [{"concept": "osuma:cooking", "status": "confirmed"}]},
    {"id": "cleaner", "text": "Jag städar skolor och kontor i staden.", "language": "sv", "extra": {"note": "x"}},
    {"id": "mender", "text": "I repair bicycles and sewing machines.", "language": "en"},
]
CHALLENGES = [{"id": "bread", "title": "Leipä", "text": "Tarvitsemme apua, kun leipää leivotaan torille."}]


def filled() -> osuma.Pool:
    pool = osuma.Pool.in_memory(TAXONOMY)
    pool.add_profiles(PROFILES)
    pool.add_challenges(CHALLENGES)
    pool.commit()
    return pool


def test_get_iterate_and_search():
    pool = filled()
    assert pool.get("profiles", "baker") == PROFILES[0] and pool.get("profiles", "bread") is None
    assert list(pool.profiles()) == PROFILES and list(pool.challenges()) == CHALLENGES
    for filters, found in [
        ({"query": "bicycle"}, ["mender"]),
        ({}, ["baker", "cleaner", "mender"]),
        ({"k": 2}, ["baker", "cleaner"]),
        ({"language": "sv"}, ["cleaner"]),
        ({"route": "workshop"}, ["baker"]),
        ({"place": "turku"}, ["baker"]),
        ({"concept": "osuma:cooking"}, ["baker"]),
        ({"query": "leipä", "language": "en"}, []),
        ({"query": "\ud800"}, []),
        ({"query": "bicycle leipä -leipä"}, ["mender"]),
        ({"query": "leipä +bicycle"}, ["mender"]),
    ]:
        assert pool.search("profiles", **filters) == found, filters
    for wrong, path in [({"k": 0}, "/k"), ({"language": "de"}, "/language"), ({"route": "x"}, "/route")]:
        with pytest.raises(osuma.InvalidInputError) as error:
            pool.search("profiles", **wrong)
        assert error.value.path == path
    assert repr(pool) == "Pool(in memory, 3 profiles, 1 challenges)"


def test_snapshots_of_sides_and_files(tmp_path):
    pool = filled()
    file = tmp_path / "all.osuma"
    pool.snapshot().save(file)
    assert osuma.Snapshot.open(file).to_bytes() == pool.snapshot().to_bytes()
    pool.snapshot("challenges").save(file)
    assert repr(osuma.Snapshot.open(file)) == "Snapshot(0 profiles, 1 challenges)"
    assert os.listdir(tmp_path) == ["all.osuma"] and not file.stat().st_mode & 0o111
    with pytest.raises(osuma.InvalidInputError):
        pool.snapshot("people")
    with pytest.raises(osuma.NotFoundError) as missing:
        osuma.Snapshot.open(tmp_path / "none")
    assert missing.value.path == str(tmp_path / "none")
    for place in (tmp_path, tmp_path / "none" / "x", file / "x"):
        with pytest.raises(osuma.StorageError):
            pool.snapshot().save(place)
    assert os.listdir(tmp_path) == ["all.osuma"]
    with pytest.raises(osuma.StorageError):
        osuma.Snapshot.open(tmp_path)


def test_a_damaged_or_newer_snapshot_is_named(tmp_path):
    data = bytearray(filled().snapshot().to_bytes())
    file = tmp_path / "bad.osuma"
    file.write_bytes(data[:-1])
    with pytest.raises(osuma.FormatError) as damaged:
        osuma.Snapshot.open(file)
    assert (damaged.value.kind, damaged.value.path) == ("damaged", str(file))
    xxhash = pytest.importorskip("xxhash")
    data[8:12] = struct.pack("<I", 999)
    head = 16 + 24 * struct.unpack("<I", data[12:16])[0]
    data[head : head + 8] = struct.pack("<Q", xxhash.xxh3_64_intdigest(bytes(data[:head])))
    with pytest.raises(osuma.FormatError, match="999") as newer:
        osuma.Snapshot.from_bytes(bytes(data))
    assert newer.value.kind == "version"


def test_settings_are_the_directorys(tmp_path):
    with osuma.Pool(tmp_path / "words", TAXONOMY, subwords=None, k1=1.5) as pool:
        pool.add_profiles(PROFILES)
        pool.add_challenges(CHALLENGES)
    with osuma.Pool(tmp_path / "words", TAXONOMY, subwords=None, k1=1.5) as again:
        words = osuma.Pool.in_memory(TAXONOMY, subwords=None, k1=1.5)
        words.add_profiles(again.profiles())
        words.add_challenges(again.challenges())
        words.commit()
        assert again.snapshot().to_bytes() == words.snapshot().to_bytes() != filled().snapshot().to_bytes()
    with pytest.raises(osuma.InvalidInputError, match="k1 1.5"):
        osuma.Pool(tmp_path / "words", TAXONOMY, subwords=None, k1=1.6)
    with osuma.Pool(tmp_path / "words", TAXONOMY) as usual:
        assert usual.count("profiles") == 3
    with pytest.raises(osuma.InvalidInputError):
        osuma.Pool(tmp_path / "never", TAXONOMY, b=7)
    assert not (tmp_path / "never").exists()


def test_the_end_of_a_context_commits_or_rolls_back(tmp_path):
    with osuma.Pool(tmp_path / "pool", TAXONOMY) as pool:
        pool.add_profiles(PROFILES)
    with pytest.raises(ZeroDivisionError), osuma.Pool(tmp_path / "pool", TAXONOMY) as pool:
        pool.remove("profiles", "baker")
        1 / 0
    with pytest.raises(osuma.StorageError, match="closed"):
        pool.count("profiles")
    assert "closed" in repr(pool)
    reader = osuma.Pool(tmp_path / "pool", TAXONOMY)
    with osuma.Pool(tmp_path / "pool", TAXONOMY) as writer:
        assert writer.forget("profiles", "baker")
    assert reader.count("profiles") == 3
    reader.reload()
    assert reader.count("profiles") == 2


@pytest.mark.parametrize("what", ["file", "half", "newer", "under a file"])
def test_a_directory_that_is_none(tmp_path, what):
    place, kind, error = tmp_path / "pool", "damaged", osuma.FormatError
    if what == "half":
        osuma.Pool(place, TAXONOMY).close()
        (place / "meta.json").unlink()
    elif what == "newer":
        osuma.Pool(place, TAXONOMY).close()
        manifest = place / "osuma.json"
        manifest.write_text(manifest.read_text().replace('"version": ', '"version": 99'))
        kind = "version"
    else:
        place.write_text("x")
        kind, error = ("not_found", osuma.NotFoundError)
        if what == "under a file":
            place, kind, error = place / "x", "storage", osuma.StorageError
    with pytest.raises(error) as raised:
        osuma.Pool(place, TAXONOMY)
    assert raised.value.kind == kind and str(place) in raised.value.path


def test_long_text():
    text = "Leivon leipää ja myyn sitä torilla. " * (10 * 2**20 // 36)
    pool = filled()
    pool.add_profiles([{"id": "long", "text": text}])
    with pytest.raises(osuma.InvalidInputError) as error:
        pool.add_profiles([{"id": "ok", "text": ""}, {"id": "longer", "text": text * 2}])
    assert error.value.path == "/1/text"
    pool.commit()
    assert pool.count("profiles") == 4


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (osuma.InvalidInputError, ValueError), (osuma.NotFoundError, KeyError), (osuma.FormatError, ValueError),
        (osuma.StorageError, OSError), (osuma.MissingSideError, LookupError), (osuma.CancelledError, Exception),
    ],
)
def test_errors_travel(kind, builtin):
    error = kind("kind", "/17/skills", "say what")
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, builtin) and isinstance(again, osuma.OsumaError)
    assert (type(again), again.kind, again.path, again.message) == (kind, "kind", "/17/skills", "say what")
    assert str(again) == str(error) == "say what (at /17/skills)"


def child(pool: osuma.Pool, matcher: osuma.Matcher, answers: "multiprocessing.Queue[object]") -> None:
    mine = filled()
    theirs = ""
    try:
        pool.count("profiles")
    except osuma.StorageError as error:
        theirs = error.message
    answers.put((mine.matcher().match_all().to_pylist(), matcher.match_all(threads=2).to_pylist(), theirs))
    del mine


def test_a_fork_can_match():
    pool = filled()
    matcher = pool.matcher()
    pool.add_profiles([{"id": "pending", "text": "x"}])
    expected = matcher.match_all(threads=2).to_pylist()
    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()
    process = fork.Process(target=child, args=(pool, matcher, answers))
    process.start()
    own, inherited, theirs = answers.get(timeout=60)
    process.join(timeout=60)
    assert process.exitcode == 0
    assert own == inherited == expected and "another process" in theirs


def test_importing_starts_no_thread():
    program = "import osuma, os; osuma.Taxonomy.starter(); print(len(os.listdir('/proc/self/task')))"
    if Path("/proc/self/task").exists():
        import subprocess
        import sys

        assert subprocess.check_output([sys.executable, "-c", program]).strip() == b"1"


def test_others_run_while_the_core_works():
    matcher = filled().matcher()
    with ThreadPoolExecutor(4) as pool:
        rankings = list(pool.map(lambda _: matcher.match_all(k=2).to_pylist(), range(8)))
    assert all(r == rankings[0] for r in rankings)
    ticks, stop = 0, threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not stop.wait(0.001):
            ticks += 1

    thread = threading.Thread(target=tick)
    thread.start()
    many = [{"id": f"p{i}", "text": PROFILES[0]["text"]} for i in range(5000)]
    osuma.Snapshot.compile(TAXONOMY, many, [])
    stop.set()
    thread.join()
    assert ticks > 3
