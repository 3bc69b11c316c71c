"""What becomes of a match: what-if, the least to learn, what would open, routes, supply and demand, teams, allocation."""

import datetime
import json
import math
import pickle
from pathlib import Path

import osuma
import pytest

COHORT = Path(__file__).parents[2] / "datasets" / "cohort"
BAKING, COOKING = "osuma:baking", "osuma:cooking"


def read(side):
    return [json.loads(line) for line in (COHORT / side).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def matcher():
    snapshot = osuma.Snapshot.compile(osuma.Taxonomy.starter(), read("profiles.jsonl"), read("challenges.jsonl"))
    return osuma.Matcher(snapshot)


def test_what_if_is_what_the_changed_person_would_get(matcher):
    me = matcher.snapshot.get("profiles", "p001")
    what = matcher.what_if("p001", add=[BAKING], reject=[COOKING], wishes=[{"concept": BAKING}])
    skills = [s for s in me.get("skills", []) if s.get("concept") != COOKING]
    changed = me | {
        "skills": [
            *skills, {"concept": BAKING, "status": "confirmed"}, {"concept": COOKING, "status": "rejected"},
        ],
        "wishes": [{"concept": BAKING}],
    }
    after = {m.challenge: (m.score, m.rank) for m in matcher.challenges_for(changed, k=1000)}
    assert {o.challenge: (o.after.score, o.after.rank) for o in what.challenges} == after
    before = {m.challenge: m.score for m in matcher.challenges_for("p001", k=1000)}
    assert {o.challenge: o.before.score for o in what.challenges} == before
    assert what.moved and all(what.challenges[i].before != what.challenges[i].after for i in what.moved)
    assert matcher.what_if(me, add=[BAKING]).challenges == matcher.what_if("p001", add=[BAKING]).challenges
    assert matcher.what_if("p001").moved == []


def test_what_if_as_a_table(matcher):
    what = matcher.what_if("p001", add=[BAKING])
    rows = what.table().to_pylist()
    assert [r["challenge"] for r in rows] == [o.challenge for o in what.challenges]
    assert rows[0]["score_after"] == what.challenges[0].after.score and rows[0]["rank_after"] == 1
    assert len(repr(what).splitlines()) == len(what.moved[:20]) + 2 + (len(what.moved) > 20)
    assert pickle.loads(pickle.dumps(what)) == what
    assert pickle.loads(pickle.dumps(what.table())).to_pylist() == rows


def test_smallest_change_reaches_its_target(matcher):
    scores = {m.challenge: m.score for m in matcher.challenges_for("p001", k=1000) if m.score}
    asked = {c: matcher.smallest_change("p001", c, {"score": min(score + 0.02, 1.0)}) for c, score in scores.items()}
    reached = {c: least for c, least in asked.items() if least.skills}
    assert reached and all(least.reachable and least.after >= scores[c] + 0.02 for c, least in reached.items())
    named = [c for c, least in reached.items() if all(s.skill.startswith("osuma:") for s in least.skills)]
    for c in named:
        what = matcher.what_if("p001", add=[skill.skill for skill in reached[c].skills])
        assert {o.challenge: o.after.score for o in what.challenges}[c] == reached[c].after
    assert named
    skill = reached[named[0]].skills[0].skill
    dear = matcher.smallest_change("p001", named[0], {"score": scores[named[0]] + 0.02}, {skill: 50.0})
    assert skill not in [s.skill for s in dear.skills] or dear.cost >= 50
    assert matcher.smallest_change("p001", named[0], {"rank": 68}).skills == []
    assert not matcher.smallest_change("p001", named[0], {"score": 1.0}).reachable


def test_unlocks_routes_and_directions(matcher):
    unlocks = [matcher.unlocks(p, score=0.4, most=3) for p in matcher.snapshot.ids("profiles")[:20]]
    found = [u for each in unlocks for u in each.singles + each.pairs]
    assert found and all(u.opens for u in found) and all(len(each.singles) <= 3 for each in unlocks)
    routes = [matcher.routes(p, {"concept": c}) for p in ("p001", "p005") for c in (BAKING, COOKING)]
    assert all(bool(r.paths) != bool(r.missing or r.blocked) for r in routes)
    found = [matcher.new_directions(p, score=0.2, outside=0.3) for p in matcher.snapshot.ids("profiles")[:20]]
    evidence = [d.evidence for directions in found for d in directions]
    assert evidence and all(sum(c.contribution for c in e.contributions) == e.score for e in evidence)


def test_supply_and_demand_tells_no_small_counts(matcher):
    table = matcher.supply_and_demand()
    rows = table.to_pylist()
    assert all(row["people"] is None or row["people"] >= 5 for row in rows)
    everything = matcher.supply_and_demand(by="language", least=1).to_pylist()
    assert any(row["people"] in (1, 2, 3, 4) for row in everything)
    assert {row["group"] for row in everything} >= {"fi", "sv", "en"}
    pyarrow = pytest.importorskip("pyarrow")
    assert pyarrow.table(table).schema.field("gap").type == pyarrow.int64()


def test_a_team_and_an_allocation_as_tables(matcher):
    team = matcher.assemble_team("bakery-orders", size=3)
    assert math.isclose(sum(m.adds for m in team.members), team.coverage)
    assert [r["profile"] for r in team.table().to_pylist()] == [m.profile for m in team.members]
    assert "proven best" in repr(team) and "<table>" in team._repr_html_()
    allocation = matcher.allocate("max_min", floor=0.2)
    rows = allocation.table().to_pylist()
    assert [(r["profile"], r["challenge"], r["score"]) for r in rows] == [
        (p.profile, p.challenge, p.score) for p in allocation.placements
    ]
    assert min(r["score"] for r in rows) == allocation.least >= 0.2
    assert f"{len(allocation.left_out)} left out" in repr(allocation)
    assert pickle.loads(pickle.dumps(allocation)) == allocation


def test_roles_are_shown_with_who_holds_them(matcher):
    baker = {"name": "<b>baker</b>", "requirements": [{"concept": BAKING}]}
    nobody = {"name": "astronaut", "requirements": [{"label": "space flight"}]}
    plain = matcher.assemble_team("bakery-orders", size=3)
    assert plain.roles == [] and "role" not in repr(plain)
    team = matcher.assemble_team("bakery-orders", size=3, roles=[baker, nobody])
    held, open_ = team.roles
    assert isinstance(held, osuma._actions.RoleHeld) and held.degree >= 0.5
    assert (open_.profile, open_.degree, open_.candidates) == (None, None, 0)
    assert [m.profile for m in team.members if m.role == baker["name"]] == [held.profile]
    assert repr(team).splitlines()[0].split() == ["profile", "role", "score", "adds", "brings"]
    assert {r["profile"]: r["role"] for r in team.table().to_pylist()} == {m.profile: m.role for m in team.members}
    assert "nobody holds: astronaut (0 of the candidates could)" in repr(team)
    assert "&lt;b&gt;baker" in team._repr_html_() and "<b>baker" not in team._repr_html_()
    assert set(team.evidence) == {"skills", "text", "semantic"}
    assert pickle.loads(pickle.dumps(team)) == team


def test_html_is_escaped():
    evil = "<script>alert(1)</script>"
    people = [{"id": evil, "text": "I bake bread."}]
    problem = {"id": "<i>", "title": "Bread", "text": f"Who bakes bread? {evil}."}
    matcher = osuma.Matcher(osuma.Snapshot.compile(osuma.Taxonomy.starter(), people, [problem]))
    shown = [
        matcher.assemble_team("<i>", size=1), matcher.allocate(), matcher.what_if(evil, add=[BAKING]),
        matcher.allocate().table(), matcher.smallest_change(evil, "<i>", {"score": 0.9}),
    ]
    for one in shown:
        assert "<script" not in one._repr_html_() and "<i>" not in one._repr_html_()
    assert "&lt;script" in shown[0]._repr_html_()


@pytest.mark.parametrize(
    ("ask", "path", "message"),
    [
        (lambda m: m.what_if("p001", add=["osuma:flying"]), "/add/0", "osuma:flying"),
        (lambda m: m.what_if("p001", remove=["no such claim"]), "/remove/0", "no such claim"),
        (lambda m: m.what_if("p001", add=[BAKING], reject=[BAKING]), "/reject/0", "two lists"),
        (lambda m: m.what_if("p001", add=[{"concept": BAKING, "lvl": 3}]), "/add/0/lvl", "unknown field `lvl`"),
        (lambda m: m.what_if("p001", place={"latitude": 91, "longitude": 0}), "/place/latitude", "out of range"),
        (lambda m: m.what_if({"id": "me"}), "/profile", "missing field `text`"),
        (lambda m: m.what_if({"id": "me", "text": 7}), "/text", "expected a string"),
        (lambda m: m.what_if(7), "/profile", "an id (a string) or a document"),
        (lambda m: m.what_if("nobody"), "", "nobody"),
        (lambda m: m.smallest_change("p001", "bakery-orders", "best"), "/target", "best"),
        (lambda m: m.smallest_change("p001", "bakery-orders", {"score": 2}), "/target/score", "out of range"),
        (lambda m: m.smallest_change("p001", "bakery-orders", {"rank": 0}), "/target/rank", "out of range"),
        (lambda m: m.smallest_change("p001", "bakery-orders", "gates", {BAKING: -1}), f"/costs/{BAKING}", "out of range"),
        (lambda m: m.unlocks("p001", most=0), "/most", "out of range"),
        (lambda m: m.unlocks("p001", score="x"), "/score", "expected f64"),
        (lambda m: m.routes("p001", {"occupation": "x"}), "/goal/occupation", "unknown variant `occupation`"),
        (lambda m: m.routes("p001", {"concept": "x:none"}), "/concept", "x:none"),
        (lambda m: m.routes("p001", {"concept": BAKING}, steps=9), "/steps", "1 to 4"),
        (lambda m: m.new_directions("p001", score=2), "/score", "0 to 1"),
        (lambda m: m.supply_and_demand(least=0), "/least", "at least 1"),
        (lambda m: m.supply_and_demand(by="age"), "/by", "unknown variant `age`"),
        (lambda m: m.assemble_team("bakery-orders", size=9), "/size", ""),
        (lambda m: m.assemble_team("bakery-orders", sise=3), "/sise", "unknown field `sise`"),
        (lambda m: m.assemble_team("bakery-orders", must_include=["nobody"]), "/must_include/0", "nobody"),
        (lambda m: m.assemble_team("bakery-orders", roles=[{"name": "x"}]), "/roles/0", "missing field `requirements`"),
        (lambda m: m.assemble_team("bakery-orders", roles=[{"name": "x", "requirements": []}]), "/roles/0/requirements", ""),
        (lambda m: m.allocate("best"), "/objective", "unknown variant `best`"),
        (lambda m: m.allocate(floor=math.nan), "/floor", ""),
        (lambda m: m.allocate(locked=[{"profile": "p001"}]), "/locked/0", "missing field `challenge`"),
    ],
)
def test_bad_questions_name_the_place(matcher, ask, path, message):
    with pytest.raises((osuma.InvalidInputError, osuma.NotFoundError)) as error:
        ask(matcher)
    assert message in error.value.message
    assert error.value.path == path


def test_a_page_s_snapshot_answers_what_it_can(matcher):
    side = osuma.Matcher(matcher.snapshot.only("challenges"))
    me = {"id": "me", "text": "I bake bread."}
    assert side.what_if(me, add=[COOKING]).challenges == matcher.what_if(me, add=[COOKING]).challenges
    for question in (lambda: side.supply_and_demand(), lambda: side.allocate(), lambda: side.assemble_team("bakery-orders")):
        with pytest.raises(osuma.MissingSideError):
            question()


def test_feedback_is_kept_and_learnt_from(tmp_path):
    people, problems = read("profiles.jsonl"), read("challenges.jsonl")
    pool = osuma.Pool(tmp_path / "pool", osuma.Taxonomy.starter())
    pool.add_profiles(people[:30])
    pool.add_challenges(problems)
    pool.commit()
    shown = [{"kind": "shown", "at": "2027-03-01T12:00:00Z", "profile": p["id"], "challenge": c["id"]}
             for c in problems for p in people[:6]]
    chosen = [{"kind": "accepted", "at": "2027-03-02T12:00:00+02:00", "profile": people[i % 6]["id"], "challenge": c["id"]}
              for i, c in enumerate(problems)]
    before = pool.snapshot().to_bytes()
    pool.add_feedback(shown + chosen)
    pool.commit()
    assert pool.feedback_counts() == {"shown": len(shown), "accepted": len(chosen)}
    assert pool.feedback("accepted", challenge=problems[0]["id"])[0]["at"] == "2027-03-02T10:00:00Z"
    assert pool.snapshot().to_bytes() == before, "events change no score"
    for events, path, error in [
        ([shown[0], {**shown[0], "kind": "liked"}], "/1/kind", osuma.InvalidInputError),
        ([{**shown[0], "profile": "nobody"}], "/0/profile", osuma.NotFoundError),
        ([{**shown[0], "at": "yesterday"}], "/0/at", osuma.InvalidInputError),
        ([shown[0], {k: v for k, v in shown[0].items() if k != "challenge"}], "/1/challenge", osuma.InvalidInputError),
        ([shown[0], list(shown[0].values())], "/1", osuma.InvalidInputError),
        ([{**shown[0], "at": datetime.datetime(2027, 3, 1)}], "/0/at", osuma.InvalidInputError),
        (shown[0], "", osuma.InvalidInputError),
        ("shown", "", osuma.InvalidInputError),
        (None, "", osuma.InvalidInputError),
    ]:
        with pytest.raises(error) as fault:
            pool.add_feedback(events)
        assert fault.value.path == path
    for filter, path in [({"kind": "liked"}, "/kind"), ({"since": "yesterday"}, "/since"), ({"profile": 3}, "/profile")]:
        for ask in (pool.feedback, pool.feedback_counts):
            with pytest.raises(osuma.InvalidInputError) as fault:
                ask(**filter)
            assert fault.value.path == path
    pool.commit()
    assert pool.feedback_counts() == {"shown": len(shown), "accepted": len(chosen)}, "nothing of a bad batch is kept"
    noon = datetime.datetime(2027, 3, 2, 10, tzinfo=datetime.timezone.utc)
    assert pool.feedback_counts(since=noon) == {"accepted": len(chosen)}
    learnt = osuma.eval.learn(pool.matcher(), events=pool.feedback(), rounds=100)
    assert learnt.evidence["chosen"] == len(chosen) and learnt.refused in {None, "noise", "worse"}
    assert "to use" in repr(learnt) and "<table" in learnt._repr_html_()
    learnt.save(tmp_path / "weights.json")
    assert osuma.eval.LearntWeights.load(tmp_path / "weights.json") == learnt
    assert pool.matcher(learnt.weights).weights == pytest.approx(learnt.weights)
    with pytest.raises(osuma.InvalidInputError) as fault:
        osuma.eval.learn(pool.matcher())
    assert fault.value.path == "/events"
    for wrong, path in [
        ({"judgements": {"bakery-orders": {"p001": 3}}}, "/judgements"),
        ({"judgements": pool.feedback()}, "/judgements"),
        ({"judgements": osuma.eval.Qrels({}), "events": []}, "/events"),
        ({"events": [3]}, "/0"),
        ({"events": shown, "folds": 1}, "/folds"),
        ({"events": shown, "folds": -1}, "/folds"),
        ({"events": shown, "measure": "best"}, "/measure"),
    ]:
        with pytest.raises(osuma.InvalidInputError) as fault:
            osuma.eval.learn(pool.matcher(), **wrong)
        assert fault.value.path == path
    with pytest.raises(osuma.NotFoundError):
        osuma.eval.LearntWeights.load(tmp_path / "none.json")
    with pytest.raises(osuma.StorageError):
        learnt.save(tmp_path / "no such folder" / "weights.json")
    pool.forget("profiles", people[0]["id"])
    assert not pool.feedback(profile=people[0]["id"])
    pool.close()


def test_weights_that_judgements_support_replace_the_matcher_s_own(matcher, tmp_path):
    # The grades follow one signal, of which the matcher is told that it hardly counts.
    own = osuma.Matcher(matcher.snapshot, {"skills": 0.02, "semantic": 0.98})
    skilled = osuma.Matcher(matcher.snapshot, {"skills": 1.0})
    qrels = osuma.eval.Qrels({c: {m.profile: 3 for m in skilled.profiles_for(c, k=3) if m.score}
                              for c in matcher.snapshot.ids("challenges")})
    learnt = osuma.eval.learn(own, qrels, rounds=1000, seed=1)
    assert learnt.refused is None and learnt.weights["skills"] > 0.1, learnt.verdict
    assert learnt == osuma.eval.learn(own, qrels, rounds=1000, seed=1)
    assert learnt.evidence["source"] == "judgements" and learnt.gain["difference"]["low"] > 0
    better = osuma.Matcher(matcher.snapshot, learnt.weights)
    assert osuma.eval.compare(own, better, qrels).all[0].difference > 0
    learnt.save(tmp_path / "weights.json")
    text = (tmp_path / "weights.json").read_text(encoding="utf-8")
    for old, new, path, error in [
        ('"version": 1', '"version": 2', "/version", osuma.FormatError),
        ('"refused": null', '"refused": "never"', "/refused", osuma.InvalidInputError),
        ('"verdict"', '"words"', "/words", osuma.InvalidInputError),
    ]:
        assert old in text
        (tmp_path / "changed.json").write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(error) as fault:
            osuma.eval.LearntWeights.load(tmp_path / "changed.json")
        assert fault.value.path == f"{tmp_path / 'changed.json'}, {path}"
    changed = {**json.loads(text), "weights": {"skills": -1.0}}
    (tmp_path / "changed.json").write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(osuma.InvalidInputError) as fault:
        osuma.eval.LearntWeights.load(tmp_path / "changed.json")
    assert fault.value.path.endswith("/weights/skills")
