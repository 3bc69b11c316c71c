// What the two modules (index.js, full.js) have in common: loading once, values to JSON text and back, errors, and the
// questions that a Matcher answers. The module takes and gives text and bytes; what is asked and answered is the core's.

/**
 * The questions of a Matcher, each with its parameters in order; those with a question mark may be left out. The core
 * knows the same names in snake case.
 */
export const QUESTIONS = {
  profilesFor: ["challenge", "options?"],
  challengesFor: ["profile", "options?"],
  explain: ["profile", "challenge"],
  recognise: ["text", "language?"],
  label: ["uri", "language"],
  profiles: [],
  challenges: [],
};
/** Those that only the full module answers. */
export const MORE = {
  whatIf: ["profile", "change"],
  smallestChange: ["profile", "challenge", "target", "costs?"],
  unlocks: ["profile", "options?"],
  routes: ["profile", "goal", "options?"],
  newDirections: ["profile", "options?"],
  supplyAndDemand: ["options?"],
  assembleTeam: ["challenge", "options?"],
  allocate: ["options?"],
  review: ["challenge"],
  render: ["profile", "challenge", "reader", "language"],
  learn: ["judgements", "options?"],
  learnFromEvents: ["events", "options?"],
};

export const fault = (kind, path, message) => Object.assign(new Error(message), { kind, path });
const invalid = (path, message) => fault("invalid_input", path, path ? `${message} (at ${path})` : message);
const what = (value) => (value === null ? "null" : Array.isArray(value) ? "an array" : typeof value);

/** What the core throws, as an Error. */
export function told(call) {
  try {
    return call();
  } catch (e) {
    throw Array.isArray(e) ? fault(...e) : e;
  }
}

// Like the core: an error points into a document, a change or options, not at the argument.
const OPENED = /^\/(profile|challenge|change|options|profiles|challenges|events|filter)(?=\/)/;

/** A value as JSON text. `undefined` is dropped, as ever; what would silently be lost otherwise is an error. */
export function text(value) {
  const paths = new Map();
  const pathOf = (holder, key) => {
    const at = paths.get(holder);
    return at === undefined ? "" : `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  };
  const refuse = function (key, v) {
    const lost = typeof v === "number" ? !Number.isFinite(v) : ["bigint", "function", "symbol"].includes(typeof v);
    if (lost || [Map, Set, String, Number, Boolean].some((type) => v instanceof type)) {
      const shown = typeof v === "number" ? String(v) : v?.constructor?.name ?? typeof v;
      throw invalid(pathOf(this, key).replace(OPENED, ""), `"${key}" is not JSON: ${shown}; give plain objects, arrays, strings and finite numbers`);
    }
    if (typeof v === "string" && /\p{Surrogate}/u.test(v)) {
      throw invalid(pathOf(this, key).replace(OPENED, ""), "the string has a lone surrogate, which is no character");
    }
    if (typeof v === "object" && v !== null) paths.set(v, pathOf(this, key));
    return v;
  };
  let json;
  try {
    json = JSON.stringify(value, refuse);
  } catch (e) {
    throw e?.kind ? e : invalid("", `cannot be written as JSON: ${e?.message ?? e}`);
  }
  // A toJSON may answer undefined, and then there is no text.
  if (json === undefined) throw invalid("", "cannot be written as JSON");
  return json;
}

/** Options as JSON text; absent is the default. */
export function options(value, name = "options") {
  if (value === undefined) return "{}";
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(`/${name}`, `expected an object, got ${what(value)}`);
  return text(value);
}

/** The arguments of a question as one JSON object. */
export function named(parameters, args) {
  const given = {};
  parameters.forEach((parameter, i) => {
    const name = parameter.replace("?", "");
    given[name] = args[i] === undefined && name === parameter ? null : args[i];
  });
  return text(given);
}

/** A question's name in the core. */
export const snake = (name) => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/** Bytes, of whatever view and realm. */
export function bytes(value) {
  const buffer = Object.prototype.toString.call(value) === "[object ArrayBuffer]";
  if (!buffer && !ArrayBuffer.isView(value)) throw invalid("", `expected a Uint8Array or an ArrayBuffer, got ${what(value)}`);
  // A buffer that was given away has no bytes, and to look into it throws.
  if (value.byteLength === 0) return new Uint8Array();
  return buffer ? new Uint8Array(value) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/** The class Matcher over a module's own, with these questions; `ready()` throws before init. */
export function matcherClass(Core, questions, ready) {
  class Matcher {
    #core;
    constructor(core) {
      if (!(core instanceof Core)) throw invalid("", "a Matcher is made by Matcher.fromBytes");
      this.#core = core;
    }
    static fromBytes(data, config) {
      ready();
      const given = [bytes(data), options(config, "config")];
      return new Matcher(told(() => Core.load(...given)));
    }
    withMap(map) {
      const given = bytes(map);
      return new Matcher(told(() => this.#core.mapped(given)));
    }
    free() {
      this.#core.free();
    }
    static {
      for (const [name, parameters] of Object.entries(questions)) {
        this.prototype[name] = function (...args) {
          const given = named(parameters, args);
          return JSON.parse(told(() => this.#core.answer(snake(name), given)));
        };
      }
    }
  }
  return Matcher;
}

/** An init() over wasm-bindgen's loader, and a guard that throws before. */
export function loader(load, wasm) {
  let loading;
  let loaded = false;
  const ready = () => {
    if (!loaded) throw fault("invalid_input", "", "osuma is not loaded; await init() first");
  };
  const init = (source) => {
    loading ??= start(load, wasm, source).then(
      () => void (loaded = true),
      (e) => {
        loading = undefined; // so that it can be tried again
        throw e;
      },
    );
    return loading;
  };
  return { init, ready };
}

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
