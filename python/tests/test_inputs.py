"""Inputs that cannot be right raise osuma's own errors, and a snapshot compiled without a pool is the pool's."""

import math
from typing import Any

import pytest

import osuma

PROFILE = {"id": "p", "text": "I bake bread."}
CHALLENGE = {"id": "c", "title": "Bread", "text": "We need bread bakers."}
TAXONOMY = osuma.Taxonomy.starter()


@pytest.fixture(scope="module")
def snapshot() -> osuma.Snapshot:
    return osuma.Snapshot.compile(TAXONOMY, [PROFILE], [CHALLENGE])


def test_compiled_without_a_pool_is_the_same(snapshot):
    pool = osuma.Pool.in_memory(TAXONOMY)
    pool.add_profiles([PROFILE])
    pool.add_challenges([CHALLENGE])
    pool.commit()
    assert snapshot.to_bytes() == pool.snapshot().to_bytes()
    ranking = osuma.Matcher(snapshot, gates=None).profiles_for("c")
    assert ranking[0:1] == [ranking[0]] and list(ranking) == ranking.matches and ranking.shut_out == 0


@pytest.mark.parametrize(
    ("weights", "gates", "path"),
    [
        ({"text": math.nan}, None, "/weights/text"),
        ({"text": math.inf}, None, "/weights/text"),
        ({"text": -1}, None, "/weights/text"),
        ({"text": 0}, None, "/weights"),
        ({}, None, "/weights"),
        ({"txt": 1}, None, "/weights/txt"),
        (None, ["route", "x"], "/gates/1"),
    ],
)
def test_bad_weights_and_gates_are_named(snapshot, weights, gates, path):
    with pytest.raises(osuma.InvalidInputError) as error:
        osuma.Matcher(snapshot, weights, gates)
    assert error.value.path == path


@pytest.mark.parametrize(
    ("profiles", "path"),
    [
        ([PROFILE, PROFILE], "/1/id"),
        ([{"id": "q", "text": "x", "skills": [{"concept": "osuma:flying"}]}], "/skills/0/concept"),
        ([PROFILE, {"id": " ", "text": "x"}], "/profiles/1/id"),
        ([PROFILE, {"id": "q", "text": None}], "/profiles/1/text"),
    ],
)
def test_compile_names_the_fault(profiles, path):
    with pytest.raises(osuma.InvalidInputError) as error:
        osuma.Snapshot.compile(TAXONOMY, profiles, [])
    assert error.value.path == path


@pytest.mark.parametrize(
    "settings", [{"subwords": (5, 3)}, {"k1": -1.0}, {"k1": math.nan}, {"b": 2.0}, {"b": math.nan}, {"subwords": (-1, 3)}]
)
def test_settings_out_of_range(settings: Any):
    with pytest.raises(osuma.InvalidInputError):
        osuma.Snapshot.compile(TAXONOMY, [], [], **settings)


@pytest.mark.parametrize("k", [0, -1, 2**70])
def test_k_out_of_range(snapshot, k):
    matcher = osuma.Matcher(snapshot)
    for ask in (lambda: matcher.profiles_for("c", k), lambda: matcher.challenges_for(PROFILE, k),
                lambda: matcher.match_all(k)):
        with pytest.raises(osuma.InvalidInputError):
            ask()


def test_sides_languages_and_surrogates(snapshot):
    matcher = osuma.Matcher(snapshot)
    for wrong in (lambda: matcher.match_all(side="people"), lambda: snapshot.only("people"),
                  lambda: TAXONOMY.recognise("x", language="de"), lambda: TAXONOMY.label("osuma:cooking", "de"),
                  lambda: matcher.profiles_for("\ud800"), lambda: TAXONOMY.label("\ud800", "en"),
                  lambda: matcher.challenges_for({"id": "me", "text": "\ud800"})):
        with pytest.raises(osuma.InvalidInputError):
            wrong()
    with pytest.raises(osuma.NotFoundError):
        TAXONOMY.similarity("osuma:flying", "osuma:cooking")
    with pytest.raises(osuma.MissingSideError) as missing:
        osuma.Matcher(snapshot.only("profiles")).match_all()
    assert missing.value.kind == "missing_side"


def test_no_damaged_byte_is_read(snapshot):
    data = snapshot.to_bytes()
    for i in range(0, len(data), max(1, len(data) // 200)):
        for bad in (data[:i], data[:i] + bytes([data[i] ^ 16]) + data[i + 1:]):
            with pytest.raises(osuma.FormatError):
                osuma.Snapshot.from_bytes(bad)
