// The package's second module: the pool in memory.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { init, Matcher, Pool } from "osuma/full";
import { digest } from "./digest.mjs";

const read = (name) => readFileSync(join(process.env.FIXTURE, name));

function refused(call, kind, path) {
  assert.throws(call, (e) => {
    assert.ok(!(e instanceof WebAssembly.RuntimeError), `trapped: ${e.stack}`);
    assert.deepStrictEqual([e.kind, path === undefined ? undefined : e.path], [kind, path], e.stack);
    return true;
  });
}

test("before init", () => refused(() => Pool.inMemory(), "invalid_input"));

describe("the pool", () => {
  const profiles = [
    { id: "a", text: "Leivon leipää.", place: { name: "Turku" }, routes: ["workshop"], extra: { n: [1, "🥖"] } },
    { id: "b", language: "sv", text: "Jag bakar bröd och svetsar." },
  ];
  const challenges = [{ id: "c", title: "Bread", text: "Our bread is late.", requirements: [{ concept: "osuma:baking" }] }];
  let taxonomy;
  before(async () => {
    await init();
    // One concept, so that the tests do not hang on the starter taxonomy's words.
    taxonomy = [{ uri: "osuma:baking", labels: [{ text: "leivonta", language: "fi", kind: "preferred" }] }];
  });
  const filled = () => {
    const pool = Pool.inMemory({ taxonomy });
    pool.addProfiles(profiles);
    pool.addChallenges(challenges);
    pool.commit();
    return pool;
  };

  test("keeps what came of matches, and forgets it with the person", () => {
    const pool = filled();
    const event = { kind: "shown", at: "2027-03-01T12:00:00Z", profile: "a", challenge: "c" };
    pool.addFeedback([event, { ...event, kind: "accepted", profile: "b" }]);
    assert.deepStrictEqual(pool.feedbackCounts(), {});
    pool.commit();
    assert.deepStrictEqual(pool.feedbackCounts(), { shown: 1, accepted: 1 });
    assert.deepStrictEqual(pool.feedback({ profile: "a" }), [event]);
    refused(() => pool.addFeedback([event, { ...event, kind: "liked" }]), "invalid_input", "/1/kind");
    refused(() => pool.addFeedback([{ ...event, profile: "nobody" }]), "not_found", "/0/profile");
    refused(() => pool.feedback({ who: "a" }), "invalid_input", "/who");
    pool.forget("profiles", "a");
    assert.deepStrictEqual(pool.feedbackCounts(), { accepted: 1 });
    pool.free();
  });

  test("adds, updates, removes, rolls back and forgets", () => {
    const pool = Pool.inMemory({ taxonomy });
    pool.addProfiles(profiles);
    assert.equal(pool.count("profiles"), 0);
    pool.commit();
    assert.equal(pool.count("profiles"), 2);
    assert.equal(pool.count("challenges"), 0);
    assert.deepStrictEqual(pool.get("profiles", "a"), profiles[0]);
    assert.equal(pool.get("challenges", "a"), undefined);
    assert.equal(pool.remove("profiles", "a"), true);
    assert.equal(pool.remove("profiles", "a"), false);
    pool.rollback();
    pool.commit();
    assert.equal(pool.count("profiles"), 2);
    pool.updateProfiles([{ id: "b", text: "I sew." }, { id: "d", text: "x" }]);
    refused(() => pool.forget("profiles", "a"), "invalid_input");
    pool.commit();
    assert.equal(pool.get("profiles", "b").text, "I sew.");
    assert.equal(pool.forget("profiles", "b"), true);
    assert.equal(pool.forget("profiles", "b"), false);
    assert.equal(pool.get("profiles", "b"), undefined);
    assert.deepStrictEqual(pool.search("profiles", ""), ["a", "d"]);
    pool.addChallenges(challenges);
    pool.commit();
    pool.updateChallenges([{ ...challenges[0], title: "Buns" }]);
    pool.commit();
    assert.equal(pool.get("challenges", "c").title, "Buns");
    pool.free();
  });

  test("searches", () => {
    const pool = filled();
    assert.deepStrictEqual(pool.search("profiles", "leipiä svetsa").sort(), ["a", "b"]);
    assert.deepStrictEqual(pool.search("profiles", "leipä"), ["a"]);
    assert.deepStrictEqual(pool.search("profiles", "", { filter: { language: "sv" } }), ["b"]);
    assert.deepStrictEqual(pool.search("profiles", "", { filter: { route: "workshop", place: "TURKU" } }), ["a"]);
    assert.deepStrictEqual(pool.search("challenges", "", { filter: { concept: "osuma:baking" } }), ["c"]);
    assert.deepStrictEqual(pool.search("profiles", "", { k: 1 }), ["a"]);
    assert.deepStrictEqual(pool.search("profiles", "nothing of it"), []);
    assert.deepStrictEqual(pool.search("profiles", "leipiä svetsa -svetsare"), ["a"]);
    assert.deepStrictEqual(pool.profiles().map((p) => p.id), ["a", "b"]);
    assert.deepStrictEqual(pool.profiles({ after: "a", k: 1 }).map((p) => p.id), ["b"]);
    assert.deepStrictEqual(pool.challenges().map((c) => c.id), ["c"]);
  });

  test("a bad batch changes nothing, and the path names the document", () => {
    const pool = filled();
    const ok = { id: "n", text: "" };
    for (const [batch, path, kind = "invalid_input"] of [
      [[ok, { id: "a", text: "" }], "/1/id"],
      [[ok, ok], "/1/id"],
      [[ok, { id: "", text: "" }], "/1/id"],
      [[ok, { id: "m" }], "/1"],
      [[ok, { id: "m", text: 3 }], "/1/text"],
      [[ok, { id: "m", text: "", ago: 1 }], "/1/ago"],
      [[ok, { id: "m", text: "", skills: [{ concept: "x:none" }] }], "/1/skills/0/concept"],
      [[ok, { id: "m", text: "", availability: { from: "2026-02-02", until: "2026-01-01" } }], "/1/availability"],
      [[ok, { id: "m", text: "", availability: { from: "2026-02-30" } }], "/1/availability/from"],
      [[ok, { id: "m", text: "", languages: [{ language: "xx", level: "A1" }] }], "/1/languages/0/language"],
      [[ok, { id: "m", text: "", schema: 9 }], "/1/schema", "version"],
    ]) refused(() => pool.addProfiles(batch), kind, path);
    for (const none of [undefined, null, 3, "[]", {}, new Map(), [NaN], [undefined], [1n], [ok, null]]) {
      refused(() => pool.addProfiles(none), "invalid_input");
      refused(() => pool.updateChallenges(none), "invalid_input");
    }
    pool.commit();
    assert.deepStrictEqual([pool.count("profiles"), pool.count("challenges")], [2, 1]);
  });

  test("weights are learnt from judgements and from feedback", () => {
    const cohort = read("cohort.osuma");
    const m = Matcher.fromBytes(cohort);
    const [people, problems] = [m.profiles(), m.challenges()];
    // Right is whom words put first, so that there is something to learn.
    const by = Matcher.fromBytes(cohort, { weights: { text: 1 } });
    const words = problems.map((c) => [c.id, by.profilesFor(c.id, { k: 3 }).matches]);
    const judgements = Object.fromEntries(words.map(([c, best]) => [c, Object.fromEntries(best.map((x, i) => [x.profile, 3 - i]))]));
    const learnt = m.learn(judgements, { folds: 3, rounds: 100, seed: 1 });
    assert.equal(learnt.evidence.challenges, problems.length);
    assert.ok([null, "noise", "worse"].includes(learnt.refused) && learnt.verdict.length > 20);
    assert.ok(Math.abs(Object.values(learnt.weights).reduce((a, b) => a + b) - 1) < 1e-9);
    assert.deepStrictEqual(m.learn(judgements, { folds: 3, rounds: 100, seed: 1 }), learnt);
    const at = "2027-03-01T12:00:00Z";
    const event = { kind: "shown", at, profile: people[0].id, challenge: problems[0].id };
    assert.equal(m.learnFromEvents([event]).refused, "too_little");
    refused(() => m.learn({ [problems[0].id]: { [people[0].id]: "good" } }), "invalid_input", `/judgements/${problems[0].id}/${people[0].id}`);
    refused(() => m.learn(judgements, { folds: 1 }), "invalid_input", "/folds");
    refused(() => m.learnFromEvents([Object.values(event)]), "invalid_input", "/0");
  });

  test("wrong arguments", () => {
    const pool = filled();
    refused(() => pool.addFeedback([["shown", "2027-03-01T12:00:00Z", "a", "c"]]), "invalid_input", "/0");
    refused(() => pool.addProfiles([["n", "I bake."]]), "invalid_input", "/0");
    for (const side of [undefined, null, 3, "people", {}]) {
      refused(() => pool.count(side), "invalid_input", "/side");
      refused(() => pool.get(side, "a"), "invalid_input", "/side");
      refused(() => pool.remove(side, "a"), "invalid_input", "/side");
      refused(() => pool.search(side, ""), "invalid_input", "/side");
    }
    refused(() => pool.get("profiles", 3), "invalid_input", "/id");
    refused(() => pool.get("profiles", "\ud800"), "invalid_input", "/id");
    refused(() => pool.search("profiles", "\ud800"), "invalid_input", "/query");
    refused(() => pool.search("profiles", "", { k: 0 }), "invalid_input", "/k");
    refused(() => pool.search("profiles", "", { filter: { langage: "fi" } }), "invalid_input", "/filter/langage");
    refused(() => pool.snapshot({ sides: "people" }), "invalid_input", "/sides");
    refused(() => pool.matcher({ weights: { text: 0 } }), "invalid_input", "/weights");
    refused(() => Pool.inMemory({ taxonomy: [{ uri: "x" }] }), "invalid_input");
    refused(() => Pool.inMemory({ taxonomy: [...taxonomy, ...taxonomy] }), "invalid_input");
    refused(() => Pool.inMemory({ settings: { subwords: [5, 3], k1: 1.2, b: 0.75 } }), "invalid_input", "/subwords");
    refused(() => Pool.inMemory({ taxonomie: [] }), "invalid_input");
  });

  test("a snapshot of it is read by both, and one side alone too", () => {
    const pool = filled();
    const bytes = pool.snapshot();
    assert.ok(bytes instanceof Uint8Array);
    const direct = pool.matcher().profilesFor("c");
    assert.equal(direct.matches.length, 2);
    assert.deepStrictEqual(Matcher.fromBytes(bytes).profilesFor("c"), direct);
    const one = Matcher.fromBytes(pool.snapshot({ sides: "challenges" }));
    refused(() => one.profilesFor("c"), "missing_side");
    assert.equal(one.challengesFor(profiles[0]).matches.length, 1);
    assert.deepStrictEqual(Pool.inMemory({ taxonomy }).matcher().profilesFor(challenges[0]).matches, []);
  });

  test("the cohort's pool compiles to the native snapshot, byte by byte", async () => {
    const native = Matcher.fromBytes(read("cohort.osuma"));
    const pool = Pool.inMemory({}, readFileSync(new URL("../pkg/starter.map", import.meta.url))); // the starter taxonomy
    pool.addProfiles(native.profiles());
    pool.addChallenges(native.challenges());
    pool.commit();
    assert.deepStrictEqual(Buffer.from(pool.snapshot()), read("cohort.osuma"));
    assert.deepStrictEqual(await digest(pool.matcher()), JSON.parse(read("digest.json")));
  });

  test("the cohort in action: a team, an allocation, a review and three readings", () => {
    const m = Matcher.fromBytes(read("cohort.osuma"));
    const challenge = m.challenges().find((c) => c.requirements?.length > 2);
    const team = m.assembleTeam(challenge.id, { size: 3 });
    assert.equal(team.members.length, 3);
    assert.equal(new Set(team.members.map((x) => x.profile)).size, 3);
    const kept = m.assembleTeam(challenge.id, { size: 3, exclude: [team.members[0].profile] });
    assert.ok(kept.members.every((x) => x.profile !== team.members[0].profile));
    refused(() => m.assembleTeam(challenge.id, { size: 0 }), "invalid_input");
    refused(() => m.assembleTeam("nobody"), "not_found");
    refused(() => m.assembleTeam(challenge.id, { must_include: ["nobody"] }), "not_found");

    const all = m.allocate();
    const placed = all.placements.map((p) => p.profile);
    assert.equal(new Set(placed).size, placed.length);
    assert.equal(placed.length + all.left_out.length, m.profiles().length);
    refused(() => m.allocate({ objective: "best" }), "invalid_input", "/objective");

    const young = { id: "new", title: "Myyjä 🥐", text: "Etsimme nuorta ja reipasta myyjää leipomoon." };
    const found = m.review(young).find((f) => f.proxy);
    assert.match(`${young.title}\n${young.text}`.slice(...found.span), /nuor/);

    for (const language of ["fi", "sv", "en"]) {
      for (const reader of ["person", "organisation", "auditor"]) {
        const told = m.render(team.members[0].profile, challenge.id, reader, language);
        assert.ok(told.parts.length > 3);
        for (const { text, marks } of told.parts) for (const k of marks) assert.ok(text.slice(k.start, k.end).length > 0);
      }
    }
    refused(() => m.render(team.members[0].profile, challenge.id, "boss", "fi"), "invalid_input", "/reader");
  });

  test("what if, the least to learn, what would open", () => {
    const m = Matcher.fromBytes(read("cohort.osuma"));
    const [p] = m.profiles();
    const uri = "osuma:baking";
    const what = m.whatIf(p.id, { add: [uri], wishes: [{ concept: uri }] });
    const changed = { ...p, skills: [...(p.skills ?? []), { concept: uri, status: "confirmed" }], wishes: [{ concept: uri }] };
    const after = m.challengesFor(changed, { k: 1000 }).matches;
    const seen = Object.fromEntries(what.challenges.map((o) => [o.challenge, [o.after.score, o.after.rank]]));
    assert.deepStrictEqual(seen, Object.fromEntries(after.map((x) => [x.challenge, [x.score, x.rank]])));
    assert.ok(what.moved.length > 0);
    assert.deepStrictEqual(m.whatIf(p, { add: [uri] }).challenges, m.whatIf(p.id, { add: [uri] }).challenges);
    refused(() => m.whatIf(p.id, { add: ["x:none"] }), "not_found", "/add/0");
    refused(() => m.whatIf(p.id, { ad: [] }), "invalid_input", "/ad");
    refused(() => m.whatIf(p.id, { add: [{ concept: uri, level: NaN }] }), "invalid_input", "/add/0/level");
    refused(() => m.whatIf(p.id, null), "invalid_input", "/change");
    refused(() => m.whatIf(p.id, [[uri]]), "invalid_input", "/change");
    refused(() => m.whatIf(3, {}), "invalid_input", "/profile");
    refused(() => m.whatIf({ ...p, skills: [{ label: "x", level: 9 }] }, {}), "invalid_input", "/skills/0/level");

    const reached = after.filter((x) => x.score > 0).map((x) => m.smallestChange(p.id, x.challenge, { score: Math.min(1, x.score + 0.01) })).filter((x) => x.skills.length);
    assert.ok(reached.length > 0 && reached.every((x) => x.reachable && x.after > x.before));
    const { challenge, skills, cost } = reached[0];
    assert.ok(m.smallestChange(p, challenge, { score: reached[0].after }, { [skills[0].skill]: 40 }).cost >= cost);
    refused(() => m.smallestChange(p.id, challenge, "best"), "invalid_input", "/target");
    refused(() => m.smallestChange(p.id, challenge, { rank: 0 }), "invalid_input", "/target/rank");
    refused(() => m.smallestChange(p.id, challenge, "gates", { [uri]: -1 }), "invalid_input", `/costs/${uri}`);
    assert.ok(m.profiles().slice(0, 20).some((x) => m.unlocks(x.id, { score: 0.4 }).singles.length > 0));
    refused(() => m.unlocks(p.id, { most: 0 }), "invalid_input", "/most");
  });

  test("routes, new directions, supply and demand", () => {
    const m = Matcher.fromBytes(read("cohort.osuma"));
    const people = m.profiles();
    const goal = { concept: "osuma:baking" };
    for (const p of people.slice(0, 5)) {
      const { paths, missing, blocked } = m.routes(p.id, goal);
      assert.equal(paths.length > 0, missing.length + blocked.length === 0);
    }
    refused(() => m.routes(people[0].id, { concept: "x:none" }), "not_found", "/concept");
    refused(() => m.routes(people[0].id, goal, { steps: 9 }), "invalid_input", "/steps");
    const found = people.map((p) => [p, m.newDirections(p.id, { score: 0.2, outside: 0.3 })]).find(([, some]) => some.length > 0);
    for (const { evidence } of found[1]) {
      for (const w of evidence.words) assert.match(found[0].text.slice(...w.profile), /^[\p{L}\p{M}'’-]+$/u);
    }
    const rows = m.supplyAndDemand();
    assert.ok(rows.length > 0 && rows.every((r) => r.people === null || r.people >= 5));
    assert.ok(m.supplyAndDemand({ by: "language", least: 1 }).some((r) => r.group === "sv" && r.people > 0));
    refused(() => m.supplyAndDemand({ least: 0 }), "invalid_input", "/least");
    refused(() => Matcher.fromBytes(read("challenges.osuma")).supplyAndDemand(), "missing_side");
  });
});
