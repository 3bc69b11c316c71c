// The Web Worker's side of remote.js: one Matcher, asked by messages.
import { init, Matcher } from "./index.js";

let matcher;

const answers = {
  async load([bytes, config, source]) {
    await init(source);
    const next = Matcher.fromBytes(bytes, config);
    matcher?.free();
    matcher = next;
  },
};
for (const name of ["profilesFor", "challengesFor", "explain", "recognise", "label", "profiles", "challenges"]) {
  answers[name] = (args) => matcher[name](...args);
}

self.onmessage = async ({ data: { id, name, args } }) => {
  try {
    self.postMessage({ id, value: await answers[name](args) });
  } catch (e) {
    // An Error that is cloned loses what was added to it.
    self.postMessage({ id, error: { message: String(e?.message ?? e), kind: e?.kind, path: e?.path } });
  }
};
