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

  test("wrong arguments", () => {
    const pool = filled();
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
});
