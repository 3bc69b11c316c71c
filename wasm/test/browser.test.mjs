// In a real Chromium: the package as plain ESM and out of Vite, the worker, and the demo page.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { chromium } from "playwright-core";
import { build } from "vite";
import { serve } from "./serve.mjs";

const here = (path) => new URL(`../${path}`, import.meta.url).pathname;
const fixture = (name) => join(process.env.FIXTURE, name);
const digest = JSON.parse(readFileSync(fixture("digest.json"), "utf8"));
const native = JSON.parse(readFileSync(fixture("native.json"), "utf8"));

describe("Chromium", { timeout: 300_000 }, () => {
  let browser, root, site;
  before(async () => {
    root = mkdtempSync(join(tmpdir(), "osuma-browser-"));
    cpSync(here("pkg"), join(root, "osuma"), { recursive: true });
    cpSync(here("dist/demo"), join(root, "demo"), { recursive: true });
    for (const name of ["cohort.osuma", "full.osuma"]) cpSync(fixture(name), join(root, name));
    cpSync(here("test/digest.mjs"), join(root, "digest.js"));
    writeFileSync(join(root, "empty.html"), `<!doctype html><title>t</title><link rel="icon" href="data:,">`);
    site = await serve(root);
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM,
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
  });
  after(async () => {
    await browser?.close();
    await site?.close();
    rmSync(root, { recursive: true, force: true });
  });

  /** A page; afterwards, that nothing went wrong and nothing was asked of anybody but this server. */
  async function on(path, look, { allow = /^$/, ...options } = {}) {
    const page = await browser.newPage(options);
    const asked = new Set();
    const wrong = [];
    page.on("request", (r) => asked.add(r.url()));
    page.on("pageerror", (e) => wrong.push(e));
    page.on("console", (m) => m.type() === "error" && !allow.test(m.text()) && wrong.push(m.text()));
    await page.goto(site.origin + path);
    try {
      await look(page, asked);
    } finally {
      await page.close();
    }
    assert.deepStrictEqual(wrong, []);
    // A page may show itself pictures that are in it.
    const elsewhere = [...asked].filter((url) => !url.startsWith(`${site.origin}/`) && !url.startsWith("data:"));
    assert.deepStrictEqual(elsewhere, []);
    return [...asked].filter((url) => url.startsWith(site.origin)).map((url) => url.slice(site.origin.length)).sort();
  }

  for (const [module, wasm] of [["index", "osuma_wasm"], ["full", "osuma_full"]]) {
    test(`plain ESM, ${module}: the native digest, and no request but for the package's files`, async () => {
      const asked = await on("/empty.html", async (page) => {
        const found = await page.evaluate(async (module) => {
          const { init, Matcher } = await import(`/osuma/${module}.js`);
          const { digest } = await import("/digest.js");
          await init();
          const bytes = new Uint8Array(await (await fetch("/cohort.osuma")).arrayBuffer());
          return digest(Matcher.fromBytes(bytes));
        }, module);
        assert.deepStrictEqual(found, digest);
      });
      assert.deepStrictEqual(asked, ["/cohort.osuma", "/digest.js", "/empty.html", "/osuma/face.js", `/osuma/${module}.js`, `/osuma/${wasm}.js`, `/osuma/${wasm}_bg.wasm`].sort());
    });
  }

  test("the pool, in the page", () => on("/empty.html", async (page) => {
    const found = await page.evaluate(async () => {
      const { init, Pool } = await import("/osuma/full.js");
      await init();
      const pool = Pool.inMemory();
      pool.addProfiles([{ id: "a", text: "Leivon leipää." }, { id: "b", text: "Jag svetsar." }]);
      pool.addChallenges([{ id: "c", title: "Leipä", text: "Kaipaamme leipureita." }]);
      pool.commit();
      return [pool.search("profiles", "leipä"), pool.matcher().profilesFor("c").matches[0].profile];
    });
    assert.deepStrictEqual(found, [["a"], "a"]);
  }));

  test("the worker: answers, errors with kind and path, cancelling, the end", () => on("/empty.html", async (page) => {
    const found = await page.evaluate(async (native) => {
      const { RemoteMatcher } = await import("/osuma/remote.js");
      const { digest } = await import("/digest.js");
      const load = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
      const failure = (promise) => promise.then(() => "no error", (e) => [e instanceof Error, e.kind, e.path]);
      const cohort = await RemoteMatcher.load(await load("/cohort.osuma"));
      const m = await RemoteMatcher.load(await load("/full.osuma"), { config: native.config.config });
      const failures = [
        await failure(m.profilesFor("nobody")),
        await failure(m.profilesFor("books", { k: 0 })),
        await failure(m.challengesFor({ id: "me", text: "", skills: [{ concept: "x:none" }] })),
        await failure(m.challengesFor({ id: "me", text: "\ud800" })),
        await failure(m.challengesFor({ id: "me", text: () => 1 })),
        await failure(m.recognise("", { language: "de" })),
        await failure(RemoteMatcher.load(new Uint8Array([1, 2, 3]))),
        await failure(m.allocate()),
      ];
      const [baker] = await cohort.profiles();
      const full = await RemoteMatcher.load(await load("/cohort.osuma"), { full: true });
      const acted = [
        (await full.whatIf(baker.id, { add: ["osuma:cooking"] })).moved.length > 0,
        (await full.assembleTeam("bakery-orders", { size: 2 })).members.length,
        await failure(full.smallestChange(baker.id, "bakery-orders", "gates", { costs: { "osuma:baking": -1 } })),
        await failure(full.supplyAndDemand({ least: 0 })),
        await failure(full.allocate({ signal: AbortSignal.abort() })),
      ];
      // The first is with the worker, the second waits; both are let go at once, and the third is answered.
      const [one, two] = [new AbortController(), new AbortController()];
      const first = failure(m.challengesFor({ id: "me", text: "bake ".repeat(200_000) }, { signal: one.signal }));
      const second = failure(m.profilesFor("books", { signal: two.signal }));
      const third = m.profilesFor("books");
      two.abort();
      one.abort();
      const cancelled = [await first, await second, await failure(m.label("x:books", "fi", { signal: AbortSignal.abort() }))];
      const ranking = await third;
      const open = failure(m.profilesFor("books"));
      m.terminate();
      const ended = [await open, await failure(m.profilesFor("books"))];
      return { digest: await digest(cohort), failures, acted, cancelled, ranking, ended };
    }, native);
    assert.deepStrictEqual(found.digest, digest);
    assert.deepStrictEqual(found.ranking, native.config.profiles_for.books);
    assert.deepStrictEqual(found.failures, [
      [true, "not_found", ""],
      [true, "invalid_input", "/k"],
      [true, "invalid_input", "/skills/0/concept"],
      [true, "invalid_input", found.failures[3][2]],
      [true, "invalid_input", ""],
      [true, "invalid_input", "/language"],
      [true, "damaged", ""],
      [true, "invalid_input", ""],
    ]);
    assert.deepStrictEqual(found.acted, [true, 2, [true, "invalid_input", "/costs/osuma:baking"], [true, "invalid_input", "/least"], [true, "cancelled", ""]]);
    for (const f of [...found.cancelled, ...found.ended]) assert.deepStrictEqual(f, [true, "cancelled", ""]);
  }));

  test("a Vite build finds the module and the worker", async () => {
    const source = join(root, "vite-source");
    mkdirSync(join(source, "node_modules"), { recursive: true });
    symlinkSync(here("pkg"), join(source, "node_modules/osuma"));
    writeFileSync(join(source, "index.html"), `<!doctype html><title>t</title><link rel="icon" href="data:,"><script type="module" src="main.js"></script>`);
    writeFileSync(join(source, "main.js"), `
      import { init, Matcher } from "osuma";
      import { RemoteMatcher } from "osuma/remote";
      const bytes = new Uint8Array(await (await fetch("/full.osuma")).arrayBuffer());
      await init();
      const here = Matcher.fromBytes(bytes).profilesFor("books");
      const there = await (await RemoteMatcher.load(bytes)).profilesFor("books");
      document.title = JSON.stringify([here, there]);`);
    await build({ root: source, base: "./", logLevel: "warn", build: { outDir: join(root, "vite"), target: "esnext", assetsInlineLimit: 0 }, worker: { format: "es" } });
    await on("/vite/index.html", async (page) => {
      await page.waitForFunction(() => document.title.startsWith("["));
      const want = native.default.profiles_for.books;
      assert.deepStrictEqual(JSON.parse(await page.title()), [want, want]);
    });
  });

  describe("the demo page", () => {
    test("a challenge and its people, by keyboard, in three languages", async () => {
      const asked = await on("/demo/index.html", async (page, asked) => {
        await page.locator("#people li").first().waitFor();
        assert.equal(await page.locator("#people li").count(), 5);
        const title = await page.title();
        const before = await page.locator("#people").innerText();
        await page.locator("#challenge").focus();
        await page.keyboard.press("ArrowDown");
        await page.waitForFunction((b) => document.getElementById("people").innerText !== b, before);
        const seen = asked.size;
        for (const [code, word] of [["sv", "Läs hela texten"], ["en", "Read the whole text"], ["fi", "Lue koko teksti"]]) {
          const button = page.locator(`nav button[value=${code}]`);
          await button.focus();
          await page.keyboard.press("Enter");
          await page.locator("#people summary", { hasText: word }).first().waitFor();
          assert.equal(await page.locator("html").getAttribute("lang"), code);
          assert.equal(await button.getAttribute("aria-pressed"), "true");
        }
        assert.notEqual(await page.title(), title);
        assert.equal(asked.size, seen, "no request after loading");
      }, { locale: "en-GB" });
      assert.ok(asked.every((path) => path.startsWith("/demo/")), asked.join());
    });

    test("writing about oneself finds challenges, sends nothing, and takes back what is not right", () => on("/demo/index.html", async (page, asked) => {
      await page.locator("#people li").first().waitFor();
      const [requests, seen] = [site.requests.length, asked.size];
      await page.locator("#about").pressSequentially("Osaan leipoa leipää ja teen taulukkolaskentaa. En osaa hitsata.");
      await page.locator("#problems li").first().waitFor();
      await page.locator("#skills input").first().waitFor();
      assert.match(await page.locator("#problems-state").innerText(), /5/);
      await page.locator("#skills input").first().focus();
      await page.keyboard.press("Space");
      await page.waitForFunction(() => document.activeElement?.closest("#skills") && !document.activeElement.checked);
      await page.locator("#about").fill("Xyzzy qwrtp zzzz.");
      await page.locator("#problems li", { hasText: "Ei vielä tiedossa" }).first().waitFor();
      assert.doesNotMatch(await page.locator("#problems").innerText(), /(^|\D)0\s?%/, "unknown is no zero");
      assert.deepStrictEqual([site.requests.length, asked.size], [requests, seen], "nothing was sent");
      // The page's policy holds even if a script tried.
      const blocked = await page.evaluate(() => new Promise((resolve) => {
        document.addEventListener("securitypolicyviolation", (e) => resolve(e.effectiveDirective), { once: true });
        fetch("http://localhost:9/steal").catch(() => {});
      }));
      assert.equal(blocked, "connect-src");
    }, { locale: "fi-FI", allow: /Content Security Policy/ }));

    test("a team for the challenge, of the size that is asked for, with its reasons", () => on("/demo/index.html", async (page, asked) => {
      await page.locator("#team li").first().waitFor();
      assert.equal(await page.locator("#team li").count(), 3);
      const seen = asked.size;
      assert.match(await page.locator("#team-state").innerText(), /täcker teamet: \d+/);
      await page.locator("#size").focus();
      await page.keyboard.press("ArrowUp");
      await page.waitForFunction(() => document.querySelectorAll("#team > li").length === 2);
      assert.equal(await page.locator("#team-state").getAttribute("role"), "status");
      // Somebody cannot come: the team does without, says so, and takes them back.
      const names = () => page.locator("#team h4").allInnerTexts();
      const [first] = await names();
      await page.locator("#team .ask").first().focus();
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.activeElement?.closest("#absent"));
      assert.deepStrictEqual(await page.locator("#absent label").allInnerTexts(), [first]);
      assert.ok(!(await names()).includes(first));
      await page.keyboard.press("Space");
      await page.waitForFunction(() => document.activeElement?.id === "size");
      assert.ok((await names()).includes(first) && await page.locator("#absent").isHidden());
      const why = page.locator("#team details.reasons").first();
      await why.locator("summary").focus();
      await page.keyboard.press("Enter");
      await why.locator("p").first().waitFor();
      assert.ok((await why.innerText()).length > 100);
      await page.locator("nav button[value=en]").click();
      await page.locator("#team-state", { hasText: "The team covers" }).waitFor();
      assert.equal(asked.size, seen, "no request after loading");
    }, { locale: "sv-FI" }));

    test("what if: ticking moves challenges, and a button tells the least that one would take", () => on("/demo/index.html", async (page, asked) => {
      await page.locator("#people li").first().waitFor();
      const seen = asked.size;
      await page.locator("#about").fill("I cook lunches for a school, and I sell bread at the market.");
      await page.locator("#tried input").first().waitFor();
      await page.locator("#moved-state", { hasText: "Changes show here" }).waitFor();
      await page.locator("#tried input").first().focus();
      await page.keyboard.press("Space");
      await page.locator("#moved li").first().waitFor();
      assert.match(await page.locator("#moved-state").innerText(), /Challenges that change: [1-9]/);
      assert.match(await page.locator("#moved li").first().innerText(), /Fit: .+ → .+\n+Place: .+ → .+/);
      assert.equal(await page.locator("#moved-state").getAttribute("role"), "status");
      await page.keyboard.press("Space");
      await page.waitForFunction(() => document.querySelectorAll("#moved > li").length === 0);
      await page.locator("#skills input").first().focus();
      await page.keyboard.press("Space");
      await page.locator("#moved li").first().waitFor();
      const least = page.locator("#problems li").first().locator(".ask");
      await least.focus();
      await page.keyboard.press("Enter");
      const answer = page.locator("#problems li").first().locator("[role=status]");
      await page.waitForFunction(() => /Goal|needed/.test(document.querySelector("#problems li [role=status]").textContent));
      assert.match(await answer.innerText(), /Goal: 50%|At least this is needed: .+/);
      assert.equal(asked.size, seen, "no request after loading");
    }, { locale: "en-GB" }));

    test("every control has a name, every list a title, and nothing is wider than a telephone", () => on("/demo/index.html", async (page) => {
      await page.locator("#people li").first().waitFor();
      const nameless = await page.evaluate(() => [...document.querySelectorAll("input, select, textarea, button")]
        .filter((e) => !(e.labels?.length || e.textContent.trim())).map((e) => e.outerHTML));
      assert.deepStrictEqual(nameless, []);
      const ids = await page.evaluate(() => [...document.querySelectorAll("[aria-labelledby], [aria-describedby]")]
        .flatMap((e) => [e.getAttribute("aria-labelledby"), e.getAttribute("aria-describedby")])
        .filter((id) => id && !document.getElementById(id)?.textContent));
      assert.deepStrictEqual(ids, []);
      assert.equal(await page.locator("#people-state").getAttribute("role"), "status");
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "no sideways scrolling");
    }, { locale: "sv-FI", viewport: { width: 360, height: 740 }, colorScheme: "dark" }));
  });
});
