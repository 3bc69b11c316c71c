// What opening costs in WebAssembly: the starter's map, and ESCO in a snapshot, in Node and, if CHROMIUM names it, in
// Chromium. Usage: node cold.mjs PACKAGE FOLDER, PACKAGE as run-tests builds it (pkg), FOLDER as the example `cold` fills it.
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

const [, , folder, data] = process.argv;
const files = { wasm: join(folder, "osuma_wasm_bg.wasm"), map: join(folder, "starter.map"), starter: join(data, "starter.osuma"), esco: join(data, "esco.osuma") };

/** Milliseconds of each step, in a page and in Node alike; `load` gives a file's bytes. */
async function cold(osuma, load, runs) {
  const [map, starter, esco] = await Promise.all(["map", "starter", "esco"].map(load));
  const rows = {};
  const time = (name, act) => {
    const begun = performance.now();
    const made = act();
    (rows[name] ??= []).push(performance.now() - begun);
    return made;
  };
  const begun = performance.now();
  await osuma.init();
  rows["init, the module fetched"] = [performance.now() - begun];
  for (let run = 0; run < runs; run++) {
    for (const [name, bytes] of [["starter", starter], ["ESCO", esco]]) {
      const bare = time(`open a snapshot with ${name}`, () => osuma.Matcher.fromBytes(bytes));
      const matcher = time(`give it the map (${name})`, () => bare.withMap(map));
      for (const nth of ["first", "second"]) {
        time(`${nth} recognise, with the map (${name})`, () => matcher.recognise("I have repaired bicycles for years, and taught young people to do so.", "en"));
      }
      bare.free();
      matcher.free();
    }
  }
  return rows;
}

function print(where, rows) {
  console.log(`\n| ${where} | ms, first | median |\n|---|---|---|`);
  for (const [name, times] of Object.entries(rows)) {
    console.log(`| ${name} | ${times[0].toFixed(1)} | ${times.toSorted((a, b) => a - b)[times.length >> 1].toFixed(1)} |`);
  }
}

console.log("\n| file | bytes | with brotli (9) |\n|---|---|---|");
for (const [name, file] of Object.entries(files)) {
  const bytes = readFileSync(file);
  const small = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 } });
  console.log(`| ${name} | ${bytes.length} | ${small.length} |`);
}
const osuma = await import(pathToFileURL(join(resolve(folder), "index.js")));
print(`Node ${process.versions.node}`, await cold(osuma, async (name) => new Uint8Array(readFileSync(files[name])), 5));

if (process.env.CHROMIUM) {
  const [{ chromium }, { serve }] = await Promise.all([import("playwright-core"), import("./test/serve.mjs")]);
  const root = mkdtempSync(join(tmpdir(), "osuma-cold-"));
  symlinkSync(resolve(folder), join(root, "osuma"));
  for (const [name, file] of Object.entries(files)) symlinkSync(resolve(file), join(root, name));
  writeFileSync(join(root, "empty.html"), "<!doctype html><title>t</title>");
  writeFileSync(join(root, "cold.js"), `export ${cold}`);
  const site = await serve(root);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--headless", "--no-sandbox", "--disable-gpu"] });
  const page = await browser.newPage();
  await page.goto(`${site.origin}/empty.html`);
  print(`Chromium ${browser.version()}`, await page.evaluate(async () => {
    const [osuma, { cold }] = await Promise.all([import("/osuma/index.js"), import("/cold.js")]);
    return cold(osuma, async (name) => new Uint8Array(await (await fetch(`/${name}`)).arrayBuffer()), 5);
  }));
  await browser.close();
  await site.close();
  rmSync(root, { recursive: true, force: true });
}
