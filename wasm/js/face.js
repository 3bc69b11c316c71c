// What the two modules (index.js, full.js) have in common: loading once, and a clear word before that.

async function start(load, wasm, source) {
  if (source === undefined && wasm.protocol === "file:" && globalThis.process?.versions?.node) {
    // Node's fetch does not read files. The name is not a literal, so that bundlers for browsers leave it alone.
    const fs = "node:fs/promises";
    const { readFile } = await import(/* webpackIgnore: true */ /* @vite-ignore */ fs);
    source = await readFile(wasm);
  }
  // Without a source, the module beside the JavaScript is fetched.
  await load(source === undefined ? undefined : { module_or_path: source });
}

/** An init() over wasm-bindgen's loader, and a guard for every static method that is named. */
export function face(load, wasm, classes) {
  let loading;
  let loaded = false;
  for (const [type, names] of classes) {
    for (const name of names) {
      const make = type[name];
      type[name] = (...args) => {
        if (loaded) return make(...args);
        throw Object.assign(new Error("osuma is not loaded; await init() first"), { kind: "invalid_input", path: "" });
      };
    }
  }
  return (source) => {
    loading ??= start(load, wasm, source).then(
      () => void (loaded = true),
      (e) => {
        loading = undefined; // so that it can be tried again
        throw e;
      },
    );
    return loading;
  };
}
