// The package as it is published, against answers of the native crate. FIXTURE is the folder that fixture.rs wrote.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { init, Matcher } from "osuma";
import { digest } from "./digest.mjs";

const read = (name) => readFileSync(join(process.env.FIXTURE, name));
const native = JSON.parse(read("native.json"));
const full = new Uint8Array(read("full.osuma"));

/** The call throws an Error of this kind (and path), and no trap of the machine. */
function refused(call, kind, path) {
  let thrown;
  try {
    call();
  } catch (e) {
    thrown = e;
  }
  assert.ok(thrown instanceof Error, `nothing thrown by ${call}`);
  assert.ok(!(thrown instanceof WebAssembly.RuntimeError), `trapped: ${thrown.stack}`);
  assert.equal(thrown.kind, kind, thrown.stack);
  assert.equal(typeof thrown.path, "string");
  assert.ok(thrown.message.length > 0);
  if (path !== undefined) assert.equal(thrown.path, path, thrown.message);
  return thrown;
}

test("before init, the error says what to do", () => {
  assert.match(refused(() => Matcher.fromBytes(full), "invalid_input").message, /init\(\)/);
});

describe("after init", () => {
  let m;
  before(async () => {
    await assert.rejects(init(new Uint8Array([1, 2, 3])), "not a module");
    await Promise.all([init(), init()]); // a failure can be mended; twice is once
    m = Matcher.fromBytes(full);
  });

  for (const name of ["default", "config"]) {
    test(`answers are the native ones to the bit: ${name}`, () => {
      // deepStrictEqual compares numbers with Object.is, and prototypes too: plain objects, no Map, no BigInt.
      const want = native[name];
      const m = Matcher.fromBytes(full, want.config);
      let scores = 0;
      for (const [c, ranking] of Object.entries(want.profiles_for)) {
        assert.deepStrictEqual(m.profilesFor(c, { k: 10 }), ranking);
        assert.deepStrictEqual(m.explain(native.new_profile, c), want.explain_new[c]);
        scores += ranking.matches.filter((x) => x.score > 0 && x.score < 1).length;
      }
      assert.ok(scores > 0, "the fixture scores something");
      for (const [p, ranking] of Object.entries(want.challenges_for)) {
        assert.deepStrictEqual(m.challengesFor(p), ranking);
        for (const [c, why] of Object.entries(want.explain[p])) assert.deepStrictEqual(m.explain(p, c), why);
      }
      assert.deepStrictEqual(m.profilesFor("books", { k: 1 }), want.best);
      assert.deepStrictEqual(m.profilesFor(native.new_challenge), want.profiles_for_new);
      assert.deepStrictEqual(m.challengesFor(native.new_profile), want.challenges_for_new);
      m.free();
    });
  }

  test("every pair of the cohort scores as natively: one digest", async () => {
    const cohort = Matcher.fromBytes(read("cohort.osuma"));
    assert.deepStrictEqual(await digest(cohort), JSON.parse(read("digest.json")));
    cohort.free();
  });

  test("spans cut JavaScript strings", () => {
    const words = m.explain("aino", "bakery").words;
    const [p, c] = [m.profiles().find((x) => x.id === "aino"), m.challenges().find((x) => x.id === "bakery")];
    assert.ok(p.text.startsWith("🥖") && c.title.includes("🥐") && words.length > 0, "the fixture has characters of two units");
    for (const w of words) {
      assert.match(p.text.slice(...w.profile), /^\p{L}+$/u);
      assert.match(`${c.title}\n${c.text}`.slice(...w.challenge), /^\p{L}+$/u);
    }
    const text = "🥖🥖 leipä, 🥖 kirjanpito";
    const cut = m.recognise(text, "fi").map((x) => text.slice(x.start, x.end));
    assert.ok(cut.includes("kirjanpito"), cut.join());
  });

  test("the documents of the snapshot come back as they were", () => {
    assert.deepStrictEqual(m.profiles().map((p) => p.id), ["aino", "bo", "cleo"]);
    assert.deepStrictEqual(m.profiles()[0].extra, { note: "Åbo 🥖", n: [1, 2.5, null] });
    assert.equal(m.profiles()[0].availability.from, "2026-01-07");
    assert.deepStrictEqual(m.challenges().map((c) => c.id), ["bakery", "books"]);
    assert.deepStrictEqual(Matcher.fromBytes(read("challenges.osuma")).profiles(), []);
  });

  test("10 MB of text in each language, and of nothing but one letter", () => {
    for (const words of ["Osaan leipoa ja hitsata. ", "Jag kan baka och svetsa. ", "I can bake and weld. ", "a"]) {
      const text = words.repeat(10e6 / words.length);
      const ranking = m.challengesFor({ id: "me", text }, { k: 1 });
      assert.equal(ranking.matches.length, 1);
    }
    const long = "a".repeat(17 << 20);
    refused(() => m.challengesFor({ id: "me", text: long }), "invalid_input", "/text");
  });

  test("without a config, the default one", () => {
    assert.deepStrictEqual(m.profilesFor("books"), native.default.profiles_for.books);
    assert.deepStrictEqual(Matcher.fromBytes(full, {}).profilesFor("books"), native.default.profiles_for.books);
  });

  test("a document of the pool, given anew, scores as by its id", () => {
    for (const p of native.profiles) assert.deepStrictEqual(m.challengesFor(p), native.default.challenges_for[p.id]);
    for (const c of native.challenges) assert.deepStrictEqual(m.profilesFor(c), native.default.profiles_for[c.id]);
  });

  test("one side alone scores the same to the bit", () => {
    const c = Matcher.fromBytes(read("challenges.osuma"));
    assert.deepStrictEqual(c.challengesFor(native.new_profile), native.default.challenges_for_new);
    refused(() => c.profilesFor("bakery"), "missing_side");
    refused(() => c.profilesFor(native.new_challenge), "missing_side");
    refused(() => c.challengesFor("aino"), "missing_side");
    refused(() => c.explain("aino", "bakery"), "missing_side");
    const p = Matcher.fromBytes(read("profiles.osuma"));
    assert.deepStrictEqual(p.profilesFor(native.new_challenge), native.default.profiles_for_new);
    refused(() => p.explain(native.new_profile, "bakery"), "missing_side");
  });

  test("recognise and label", () => {
    let found = 0;
    for (const { text, mentions } of native.recognise) {
      assert.deepStrictEqual(m.recognise(text), mentions);
      found += mentions.length;
    }
    assert.ok(found >= 3 && native.recognise[0].mentions.some((x) => x.negated), "the fixture names and negates");
    assert.deepStrictEqual(m.recognise("Jag kan bokföring.", "sv").map((x) => x.concept), ["x:books"]);
    for (const [language, label] of Object.entries(native.labels)) assert.equal(m.label("x:books", language), label);
  });

  test("bytes may be an ArrayBuffer or any view", () => {
    const at = new Uint8Array(full.length + 8);
    at.set(full, 5);
    for (const bytes of [full.slice().buffer, Buffer.from(full), at.subarray(5, 5 + full.length), new DataView(at.buffer, 5, full.length)]) {
      assert.deepStrictEqual(Matcher.fromBytes(bytes).profilesFor("books"), native.default.profiles_for.books);
    }
  });

  test("ids that are not there", () => {
    refused(() => m.profilesFor("nobody"), "not_found");
    refused(() => m.challengesFor(""), "not_found");
    refused(() => m.explain("aino", "nothing"), "not_found");
    refused(() => m.explain("nobody", "books"), "not_found");
    refused(() => m.label("x:none", "fi"), "not_found");
  });

  test("k", () => {
    for (const k of [0, -1, 1.5, NaN, Infinity, "3", 3n, {}, []]) {
      refused(() => m.profilesFor("books", { k }), "invalid_input");
      refused(() => m.challengesFor("aino", { k }), "invalid_input");
    }
    refused(() => m.profilesFor("books", { k: 0 }), "invalid_input", "/k");
    refused(() => m.profilesFor("books", { k: "3" }), "invalid_input", "/k");
    for (const k of [undefined, null, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      assert.deepStrictEqual(m.profilesFor("books", { k }), native.default.profiles_for.books);
    }
    for (const options of [null, 3, "k", [3], { K: 3 }, () => 3]) refused(() => m.profilesFor("books", options), "invalid_input");
  });

  test("fields that are unknown, wrong or missing", () => {
    const me = { id: "me", text: "Leivon." };
    assert.match(refused(() => m.challengesFor({ ...me, ago: 3 }), "invalid_input").message, /`ago`/);
    assert.match(refused(() => m.profilesFor({ id: "c", title: "", text: "", skills: [] }), "invalid_input").message, /`skills`/);
    refused(() => m.challengesFor({ ...me, skills: [{ concept: "x:baking", lvl: 3 }] }), "invalid_input", "/skills/0/lvl");
    refused(() => m.challengesFor({ ...me, skills: [{ concept: "x:baking", level: "4" }] }), "invalid_input", "/skills/0/level");
    refused(() => m.challengesFor({ ...me, skills: [{ concept: "x:baking", level: 6 }] }), "invalid_input", "/skills/0/level");
    refused(() => m.challengesFor({ ...me, skills: [{ concept: "x:none" }] }), "invalid_input", "/skills/0/concept");
    refused(() => m.challengesFor({ id: "me" }), "invalid_input");
    refused(() => m.challengesFor({ ...me, text: 3 }), "invalid_input", "/text");
    refused(() => m.challengesFor({ ...me, schema: 2 }), "version", "/schema");
    refused(() => m.explain({ ...me, id: "" }, "books"), "invalid_input", "/id");
    refused(() => m.explain({ ...me, availability: { from: "2026-02-30" } }, "books"), "invalid_input", "/availability/from");
    const undef = m.challengesFor({ ...me, skills: undefined, place: { name: undefined } });
    assert.deepStrictEqual(undef, m.challengesFor(me), "undefined is absent");
  });

  test("values that are of no type of JSON", () => {
    const circle = { id: "me", text: "" };
    circle.extra = { circle };
    let deep = {};
    for (let i = 0; i < 1000; i++) deep = { deep };
    let deeper = [];
    for (let i = 0; i < 1e6; i++) deeper = [deeper];
    const thrower = { id: "me", text: "", toJSON() { throw new Error("no"); } };
    const strange = { id: "me", text: "", toJSON() { throw "no"; } };
    const docs = [undefined, null, 3, 3n, true, Symbol("s"), () => 1, [], ["aino"], {}, new Map([["id", "me"]]), circle, thrower, strange,
      { toJSON: () => undefined }, { id: "me", text: "", extra: deep }, { id: "me", text: "", extra: { deeper } },
      { id: "me", text: "", place: { radius_km: NaN } }, { id: "me", text: "", extra: { big: 1n } },
      { id: "me", text: "", extra: { map: new Map() } }, new Proxy({}, { ownKeys() { throw new Error("no"); } }), new Date(NaN), /x/];
    for (const doc of docs) {
      refused(() => m.challengesFor(doc), "invalid_input");
      refused(() => m.profilesFor(doc), "invalid_input");
      refused(() => m.explain(doc, "books"), "invalid_input");
    }
    for (const x of [undefined, null, 3, {}, [], new String("fi"), Symbol("s"), 3n]) {
      refused(() => m.explain("aino", x), "invalid_input", "/challenge");
      refused(() => m.recognise(x), "invalid_input", "/text");
      refused(() => m.label(x, "fi"), "invalid_input", "/uri");
      refused(() => m.label("x:books", x), "invalid_input", "/language");
      if (x !== undefined && x !== null) refused(() => m.recognise("", x), "invalid_input", "/language");
    }
    refused(() => m.recognise("", "de"), "invalid_input", "/language");
  });

  test("what is no JSON is told with its place", () => {
    const me = (more) => ({ id: "me", text: "", ...more });
    refused(() => m.challengesFor(me({ place: { radius_km: NaN } })), "invalid_input", "/place/radius_km");
    refused(() => m.challengesFor(me({ extra: { "a/b": [1, 2n] } })), "invalid_input", "/extra/a~1b/1");
    refused(() => m.challengesFor(me({ skills: [{ label: () => 1 }] })), "invalid_input", "/skills/0/label");
    refused(() => m.profilesFor("books", { k: Infinity }), "invalid_input", "/k");
    refused(() => Matcher.fromBytes(full, { weights: { text: NaN } }), "invalid_input", "/weights/text");
    const shared = { name: "Åbo" };
    assert.equal(m.challengesFor(me({ place: shared, extra: { shared, again: [shared, shared] } })).matches.length, 2);
  });

  test("what only the full module answers is not there", () => {
    assert.equal(m.whatIf, undefined);
    assert.throws(() => new Matcher(), /fromBytes/);
  });

  test("lone surrogates", () => {
    for (const s of ["\ud800", "a\udc00b", "\udc00\ud800", "Leivon \ud83e"]) {
      refused(() => m.recognise(s), "invalid_input", "/text");
      refused(() => m.label(s, "fi"), "invalid_input", "/uri");
      refused(() => m.label("x:books", s), "invalid_input", "/language");
      refused(() => m.profilesFor(s), "invalid_input", "/challenge");
      refused(() => m.challengesFor(s), "invalid_input", "/profile");
      refused(() => m.explain("aino", s), "invalid_input", "/challenge");
      refused(() => m.challengesFor({ id: "me", text: s }), "invalid_input");
      refused(() => m.challengesFor({ id: s, text: "" }), "invalid_input");
      refused(() => m.challengesFor({ id: "me", text: "", extra: { [s]: s } }), "invalid_input");
    }
    assert.ok(m.recognise("🥖 leivonta 🥖").length > 0, "pairs are well");
  });

  test("config", () => {
    const bad = (config, path) => refused(() => Matcher.fromBytes(full, config), "invalid_input", path);
    bad({ weights: { text: -1 } }, "/weights/text");
    bad({ weights: { text: 0 } }, "/weights");
    bad({ weights: { text: NaN } });
    bad({ weights: { txt: 1 } });
    bad({ weights: { text: "1" } }, "/weights/text");
    bad({ gates: ["gate"] }, "/gates/0");
    bad({ weight: { text: 1 } });
    for (const config of [null, 3, "text", [], () => 1]) bad(config);
  });

  test("bytes that are damaged, short, empty or none", () => {
    const bad = (bytes) => refused(() => Matcher.fromBytes(bytes), "damaged");
    for (let i = 0; i < full.length; i++) {
      const copy = full.slice();
      copy[i] ^= 1 << i % 97 % 8;
      bad(copy);
    }
    for (const n of [0, 1, 7, 8, 11, 12, 20, 100, full.length - 1]) bad(full.slice(0, n));
    bad(new ArrayBuffer(0));
    bad(new Uint8Array([...full, 0]));
    const moved = full.slice().buffer;
    const view = new Uint8Array(moved);
    structuredClone(moved, { transfer: [moved] });
    bad(moved);
    bad(view);
    for (const x of [undefined, null, "OSUMASNP", 3, {}, [...full], new Promise(() => {}), Symbol("s")]) {
      refused(() => Matcher.fromBytes(x), "invalid_input");
    }
  });

  test("a newer version", () => {
    assert.match(refused(() => Matcher.fromBytes(read("newer.osuma")), "version").message, /1000/);
  });

  test("after all this it still answers", () => {
    assert.deepStrictEqual(m.profilesFor("books"), native.default.profiles_for.books);
  });
});
