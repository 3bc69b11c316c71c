"""The Python face: results, errors and the same answers as from bytes."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import osuma

PROFILES = [
    {"id": "baker", "text": "Leivon leipää ja myyn sitä torilla.", "skills": [{"concept": "osuma:cooking"}]},
    {"id": "cleaner", "text": "Jag städar skolor och kontor i staden.", "extra": {"note": "x"}},
    {"id": "silent", "text": ""},
]
CHALLENGES = [
    {"id": "bread", "title": "Leipä", "text": "Tarvitsemme apua, kun leipää leivotaan torille.",
     "requirements": [{"concept": "osuma:cooking", "importance": "must"}]},
]


@pytest.fixture(scope="module")
def pool() -> osuma.Pool:
    pool = osuma.Pool.in_memory(osuma.Taxonomy.starter())
    pool.add_profiles(PROFILES)
    pool.add_challenges(CHALLENGES)
    pool.commit()
    return pool


def test_ranking_both_ways_and_unknown(pool):
    matcher = pool.matcher()
    ranking = matcher.profiles_for("bread", k=100)
    assert [m.profile for m in ranking][0] == "baker"
    assert len(ranking) == 3
    silent = ranking[2]
    assert (silent.profile, silent.score, silent.unknown) == ("silent", None, "empty_profile")
    assert "empty_profile" in repr(ranking)
    assert matcher.challenges_for("baker")[0].score == ranking[0].score
    assert matcher.profiles_for(CHALLENGES[0], k=1)[0] == ranking[0]
    assert matcher.match_all(side="challenges", k=100).to_pylist() == ranking.table().to_pylist()


def test_contributions_add_up_to_the_bit(pool):
    why = pool.matcher().explain("baker", "bread")
    total = 0.0
    for c in why.contributions:
        total += c.contribution
    assert total == why.score
    assert why.requirements[0].by == "osuma:cooking"
    text = PROFILES[0]["text"].encode()
    assert "Leivon" in [text[slice(*w.profile)].decode() for w in why.words]
    assert pool.matcher().explain(PROFILES[0], "bread") == why


def test_bytes_give_the_same(pool):
    data = pool.snapshot().to_bytes()
    again = osuma.Matcher.from_bytes(data)
    assert again.profiles_for("bread") == pool.matcher().profiles_for("bread")
    side = osuma.Matcher(osuma.Snapshot.from_bytes(data).only("challenges"))
    assert side.challenges_for(PROFILES[0]) == again.challenges_for("baker")
    with pytest.raises(osuma.MissingSideError):
        side.profiles_for("bread")
    for bad in (b"", b"x", data[:-9], data[:500] + bytes([data[500] ^ 1]) + data[501:]):
        with pytest.raises(osuma.FormatError) as error:
            osuma.Snapshot.from_bytes(bad)
        assert error.value.kind == "damaged"


@pytest.mark.parametrize(
    ("profile", "path", "message"),
    [
        ({"id": "", "text": "x"}, "/0/id", "empty"),
        ({"id": "p"}, "/0", "missing field `text`"),
        ({"id": "p", "text": 7}, "/0/text", "expected a string"),
        ({"id": "p", "text": "x", "skils": []}, "/0/skils", "unknown field `skils`"),
        ({"id": "p", "text": "x", "skills": [{"concept": "osuma:flying"}]}, "/0/skills/0/concept", "osuma:flying"),
        ({"id": "p", "text": "x", "language": "de"}, "/0/language", "unknown variant"),
        ({"id": "p", "text": "x", "languages": [{"language": "qq", "level": "B1"}]}, "/0/languages/0/language", "ISO"),
        ({"id": "p", "text": "x", "skills": [{"label": "x", "level": 9}]}, "/0/skills/0/level", "1 to 5"),
        ({"id": "p", "text": "x", "availability": {"from": "2027-02-01", "until": "2027-01-01"}}, "/0/availability", ""),
        ({"id": "p", "text": "\ud800"}, "/0/text", ""),
        ({"id": "p", "text": "x", "place": {"latitude": math.nan, "longitude": 1}}, "/0/place/latitude", ""),
        ({"id": "baker", "text": "x"}, "/0/id", "already"),
        ({"id": "p", "text": "x", "extra": {"a": object()}}, "/0", "not JSON serializable"),
    ],
)
def test_bad_profiles_are_named_and_change_nothing(pool, profile, path, message):
    with pytest.raises(osuma.InvalidInputError) as error:
        pool.add_profiles([profile])
    assert isinstance(error.value, ValueError)
    assert error.value.path == path
    assert message in str(error.value)
    pool.commit()
    assert pool.count("profiles") == 3


def test_bad_questions(pool):
    for weights in ({"text": -1.0}, {"text": math.nan}, {"text": 0.0}, {"txt": 1.0}):
        with pytest.raises(osuma.InvalidInputError):
            pool.matcher(weights=weights)
    matcher = pool.matcher(weights={"text": 1.0})
    assert list(matcher.profiles_for("bread")[0].signals) == ["text"]
    with pytest.raises(osuma.InvalidInputError) as invalid:
        matcher.profiles_for("bread", k=0)
    assert invalid.value.path == "/k"
    with pytest.raises(KeyError) as missing:
        matcher.profiles_for("nobody")
    assert str(missing.value) == 'no challenge has the id "nobody"'
    empty = osuma.Pool.in_memory(osuma.Taxonomy.starter())
    assert len(empty.matcher().profiles_for({"id": "c", "title": "", "text": "x"})) == 0


def test_a_directory_stays_and_has_one_writer(tmp_path):
    taxonomy = osuma.Taxonomy.starter()
    pool = osuma.Pool(tmp_path / "pool", taxonomy)
    pool.add_profiles(PROFILES)
    pool.commit()
    second = osuma.Pool(tmp_path / "pool", taxonomy)
    with pytest.raises(osuma.StorageError) as locked:
        second.remove("profiles", "baker")
    assert locked.value.kind == "locked"
    assert pool.forget("profiles", "baker") and not pool.forget("profiles", "baker")
    pool.update_profiles([{"id": "cleaner", "text": "x"}])
    pool.rollback()
    del pool
    assert osuma.Pool(tmp_path / "pool", taxonomy).count("profiles") == 2


@pytest.mark.parametrize(
    "work",
    [
        "matcher.match_all(k=1)",
        "matcher.match_all(k=1, progress=True)",
        "pool.add_profiles({'id': f'q{i}', 'text': text * 9} for i in range(20000))",
    ],
)
def test_ctrl_c_stops_a_long_run_within_a_second(work):
    program = f"""
import osuma
pool = osuma.Pool.in_memory(osuma.Taxonomy.starter())
text = "Leivon leipää ja myyn sitä torilla, siivoan ja laitan ruokaa."
pool.add_profiles([{{"id": f"p{{i}}", "text": text}} for i in range(5000)])
pool.add_challenges([{{"id": f"c{{i}}", "title": "x", "text": text}} for i in range(5000)])
pool.commit()
matcher = pool.matcher()
print("ready", flush=True)
try:
    {work}
    print("done", flush=True)
except KeyboardInterrupt:
    print("stopped", pool.count("profiles"), flush=True)
"""
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline() == "ready\n"
    time.sleep(0.5)
    began = time.monotonic()
    os.kill(child.pid, signal.SIGINT)
    assert child.stdout.readline() == "stopped 5000\n"
    assert time.monotonic() - began < 1
    child.wait(timeout=60)


def test_the_readme_example_runs(capsys):
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    exec(readme.split("```python\n")[1].split("```")[0], {})
    assert capsys.readouterr().out.splitlines()[-1] == "osuma:cooking"


def test_the_cohort_in_action():
    cohort = Path(__file__).parents[2] / "datasets" / "cohort"
    read = lambda side: [json.loads(line) for line in (cohort / side).read_text(encoding="utf-8").splitlines()]
    snapshot = osuma.Snapshot.compile(osuma.Taxonomy.starter(), read("profiles.jsonl"), read("challenges.jsonl"))
    matcher = osuma.Matcher(snapshot)
    team = matcher.assemble_team("bakery-orders", size=3)
    assert len({m.profile for m in team.members}) == 3
    first = team.members[0].profile
    assert first not in [m.profile for m in matcher.assemble_team("bakery-orders", size=3, exclude=[first]).members]
    with pytest.raises(osuma.InvalidInputError):
        matcher.assemble_team("bakery-orders", size=0)
    with pytest.raises(osuma.InvalidInputError):
        matcher.assemble_team("bakery-orders", sise=3)
    placed = matcher.allocate("stable")
    assert len(placed.placements) + len(placed.left_out) == snapshot.count("profiles")
    assert all(p.reason for p in placed.left_out)
    young = {"id": "new", "title": "Myyjä", "text": "Etsimme nuorta ja reipasta myyjää leipomoon."}
    assert any(f.proxy for f in matcher.review(young))
    for language in ("fi", "sv", "en"):
        for reader in ("person", "organisation", "auditor"):
            assert matcher.render(first, "bakery-orders", reader, language).text
    with pytest.raises(osuma.InvalidInputError):
        matcher.render(first, "bakery-orders", "boss")
