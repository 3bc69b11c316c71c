// A Matcher in a Web Worker, behind promises. See remote.d.ts.
import { MORE, QUESTIONS, fault } from "./face.js";

const cancelled = () => fault("cancelled", "", "cancelled by the caller");

export class RemoteMatcher {
  #worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  #waiting = []; // in their order; one question at a time is with the worker, so that the others can be taken back
  #asked; // the one that is with the worker
  #count = 0;
  #ended;

  constructor() {
    this.#worker.onmessage = ({ data: { id, value, error } }) => {
      const asked = this.#asked;
      if (asked?.id !== id) return;
      this.#asked = undefined;
      if (error === undefined) asked.resolve(value);
      else asked.reject(Object.assign(new Error(error.message), error.kind === undefined ? {} : { kind: error.kind, path: error.path }));
      this.#next();
    };
    this.#worker.onerror = (e) => this.#end(new Error(`the worker failed: ${e.message ?? "it could not be loaded"}`));
    this.#worker.onmessageerror = () => this.#end(new Error("the worker's answer could not be read"));
  }

  /** Loads the module and a snapshot in the worker. */
  static async load(bytes, { config, source, full, signal } = {}) {
    const remote = new RemoteMatcher();
    try {
      await remote.#ask("load", [bytes, config, source, full], signal);
      return remote;
    } catch (e) {
      remote.terminate();
      throw e;
    }
  }

  #ask(name, args, signal) {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      if (signal?.aborted) return reject(cancelled());
      const question = { id: ++this.#count, name, args };
      const abort = () => {
        this.#waiting = this.#waiting.filter((q) => q !== question);
        reject(cancelled()); // what the worker is at it ends, and its answer is dropped
      };
      signal?.addEventListener("abort", abort, { once: true });
      const done = (settle) => (x) => {
        signal?.removeEventListener("abort", abort);
        settle(x);
      };
      question.resolve = done(resolve);
      question.reject = done(reject);
      this.#waiting.push(question);
      this.#next();
    });
  }

  #next() {
    while (!this.#asked && !this.#ended && this.#waiting.length > 0) {
      const question = this.#waiting.shift();
      try {
        this.#worker.postMessage({ id: question.id, name: question.name, args: question.args });
        this.#asked = question;
      } catch (e) {
        question.reject(fault("invalid_input", "", `cannot be sent to the worker: ${e.message}`));
      }
    }
  }

  #end(why) {
    if (this.#ended) return;
    this.#ended = why;
    this.#worker.terminate();
    for (const question of [this.#asked, ...this.#waiting]) question?.reject(why);
    this.#asked = undefined;
    this.#waiting = [];
  }

  terminate() {
    this.#end(cancelled());
  }
  static {
    for (const [name, parameters] of Object.entries({ ...QUESTIONS, ...MORE })) {
      const needed = parameters.filter((p) => !p.endsWith("?"));
      const last = parameters[needed.length]?.replace("?", "");
      // What is needed stands in its place; the rest, and the signal, in one object after it.
      this.prototype[name] = function (...args) {
        const { signal, ...rest } = args[needed.length] ?? {};
        const optional = last === "options" ? [rest] : last ? [rest[last]] : [];
        return this.#ask(name, [...needed.map((_, i) => args[i]), ...optional], signal);
      };
    }
  }
}
