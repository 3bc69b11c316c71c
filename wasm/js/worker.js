// The Web Worker's side of remote.js: one Matcher, asked by messages.
let matcher;

async function load([bytes, config, source, full]) {
  const { init, Matcher } = await (full ? import("./full.js") : import("./index.js"));
  await init(source);
  const next = Matcher.fromBytes(bytes, config);
  matcher?.free();
  matcher = next;
}

function answer(name, args) {
  if (typeof matcher[name] === "function") return matcher[name](...args);
  throw Object.assign(new Error(`${name} is of the full module; load with { full: true }`), { kind: "invalid_input", path: "" });
}

self.onmessage = async ({ data: { id, name, args } }) => {
  try {
    self.postMessage({ id, value: await (name === "load" ? load(args) : answer(name, args)) });
  } catch (e) {
    // An Error that is cloned loses what was added to it.
    self.postMessage({ id, error: { message: String(e?.message ?? e), kind: e?.kind, path: e?.path } });
  }
};
