// osuma in browsers, bundlers and Node. See index.d.ts.
import load, { Matcher } from "./osuma_wasm.js";
import { face } from "./face.js";

export const init = face(load, new URL("./osuma_wasm_bg.wasm", import.meta.url), [[Matcher, ["fromBytes"]]]);
export { Matcher };
