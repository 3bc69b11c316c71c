// osuma in browsers, bundlers and Node. See index.d.ts.
import load, { Matcher as Core } from "./osuma_wasm.js";
import { QUESTIONS, loader, matcherClass } from "./face.js";

const { init, ready } = loader(load, new URL("./osuma_wasm_bg.wasm", import.meta.url));
export const Matcher = matcherClass(Core, QUESTIONS, ready);
export { init };
