// osuma in browsers, bundlers and Node. See index.d.ts.
import load, { Matcher } from "./osuma_wasm.js";

let loading;
let loaded = false;

async function start(source) {
  if (source === undefined && import.meta.url.startsWith("file:") && globalThis.process?.versions?.node) {
    // Node's fetch does not read files. The name is not a literal, so that bundlers for browsers leave it alone.
    const fs = "node:fs/promises";
    const { readFile } = await import(/* webpackIgnore: true */ /* @vite-ignore */ fs);
    source = await readFile(new URL("./osuma_wasm_bg.wasm", import.meta.url));
  }
  // Without a source, the module beside this one is fetched.
  await load(source === undefined ? undefined : { module_or_path: source });
  loaded = true;
}

export function init(source) {
  loading ??= start(source).catch((e) => {
    loading = undefined; // so that it can be tried again
    throw e;
  });
  return loading;
}

const fromBytes = Matcher.fromBytes;
Matcher.fromBytes = (bytes, config) => {
  if (!loaded) {
    throw Object.assign(new Error("osuma is not loaded; await init() first"), { kind: "invalid_input", path: "" });
  }
  return fromBytes(bytes, config);
};

export { Matcher };
