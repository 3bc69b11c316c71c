// Times osuma in WebAssembly beside MiniSearch, in Node and, if CHROMIUM names it, in Chromium.
// Usage: node minisearch.mjs PACKAGE SNAPSHOT [QUESTIONS], PACKAGE as wasm/run-tests builds it (wasm/pkg).
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createReadStream, readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import MiniSearch from "minisearch";
import { measure } from "./measure.js";

const [, , folder, snapshot, questions = "50"] = process.argv;
const options = { questions: Number(questions) };
// Neither its package.json nor its file for browsers is among the package's exports.
const library = createRequire(import.meta.url).resolve("minisearch").replace(/dist.*/, "");
const { version } = JSON.parse(readFileSync(join(library, "package.json"), "utf8"));

function print(where, { challenges, questions, runs, opened, indexed, rows }) {
  const theirs = rows.find((r) => r.name === "MiniSearch").median;
  console.log(`\n${where}: ${challenges} challenges, mean of ${questions} whole profiles a run, ${runs} runs; ` +
    `osuma opened in ${opened.toFixed(0)} ms, MiniSearch ${version} indexed in ${indexed.toFixed(0)} ms.\n`);
  console.log("| | median ms | min - max | MiniSearch takes times as much |\n|---|---|---|---|");
  for (const r of rows) {
    console.log(`| ${r.name} | ${r.median.toFixed(2)} | ${r.min.toFixed(2)} - ${r.max.toFixed(2)} | ${(theirs / r.median).toFixed(1)} |`);
  }
}

const osuma = await import(pathToFileURL(join(resolve(folder), "index.js")));
console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus()[0].model}, load ${loadavg()[0].toFixed(1)}`);
const used = () => Object.values(process.cpuUsage()).reduce((a, b) => a + b) / 1_000;
const bytes = new Uint8Array(readFileSync(snapshot));
print(`Node ${process.versions.node}, time of CPU`, await measure({ osuma, MiniSearch }, bytes, options, used));

if (process.env.CHROMIUM) {
  const { chromium } = createRequire(new URL("../../wasm/package.json", import.meta.url))("playwright-core");
  const files = { "/measure.js": new URL("measure.js", import.meta.url).pathname, "/minisearch.js": join(library, "dist/es/index.js"), "/pool.osuma": snapshot };
  const types = { ".js": "text/javascript", ".wasm": "application/wasm" };
  const server = createServer(({ url }, response) => {
    if (url === "/") return response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>t</title>");
    const file = files[url] ?? (url.startsWith("/osuma/") ? join(resolve(folder), url.slice(7)) : undefined);
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise((listening) => server.listen(0, "localhost", listening));
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--headless", "--no-sandbox", "--disable-gpu"] });
  const page = await browser.newPage();
  await page.goto(`http://localhost:${server.address().port}/`);
  const found = await page.evaluate(async (options) => {
    const [osuma, { default: MiniSearch }, { measure }, pool] = await Promise.all([
      import("/osuma/index.js"), import("/minisearch.js"), import("/measure.js"), fetch("/pool.osuma").then((r) => r.arrayBuffer()),
    ]);
    return measure({ osuma, MiniSearch }, new Uint8Array(pool), options);
  }, options);
  print(`Chromium ${browser.version()}, time of the wall`, found);
  await browser.close();
  server.close();
}
