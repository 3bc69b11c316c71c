// osuma with the pool, and with what becomes of a match. See full.d.ts.
import load, { Matcher as CoreMatcher, Pool as CorePool } from "./osuma_full.js";
import { MORE, QUESTIONS, bytes, loader, matcherClass, named, options, snake, told } from "./face.js";

const { init, ready } = loader(load, new URL("./osuma_full_bg.wasm", import.meta.url));
export const Matcher = matcherClass(CoreMatcher, { ...QUESTIONS, ...MORE }, ready);

export class Pool {
  #core;
  static inMemory(given, map) {
    ready();
    const open = [options(given), map === undefined ? undefined : bytes(map)];
    const pool = new Pool();
    pool.#core = told(() => CorePool.open(...open));
    return pool;
  }
  snapshot(given) {
    const part = options(given);
    return told(() => this.#core.pack(part));
  }
  matcher(config) {
    const given = options(config, "config");
    return new Matcher(told(() => this.#core.matched(given)));
  }
  free() {
    this.#core.free();
  }
  static {
    const questions = {
      addProfiles: ["profiles"],
      addChallenges: ["challenges"],
      updateProfiles: ["profiles"],
      updateChallenges: ["challenges"],
      remove: ["side", "id"],
      forget: ["side", "id"],
      commit: [],
      rollback: [],
      count: ["side"],
      get: ["side", "id"],
      profiles: ["options?"],
      challenges: ["options?"],
      search: ["side", "query", "options?"],
      addFeedback: ["events"],
      feedback: ["filter?"],
      feedbackCounts: ["filter?"],
    };
    for (const [name, parameters] of Object.entries(questions)) {
      this.prototype[name] = function (...args) {
        const given = named(parameters, args);
        return JSON.parse(told(() => this.#core.answer(snake(name), given))) ?? undefined;
      };
    }
  }
}
export { init };
