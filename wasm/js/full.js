// osuma with the pool. See full.d.ts.
import load, { Matcher, Pool } from "./osuma_full.js";
import { face } from "./face.js";

const wasm = new URL("./osuma_full_bg.wasm", import.meta.url);
export const init = face(load, wasm, [[Matcher, ["fromBytes"]], [Pool, ["inMemory"]]]);
export { Matcher, Pool };
