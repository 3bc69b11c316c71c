// The documents and answers in types.d.ts are generated from the Rust structs. Their field names are snake case as in the
// JSON documents: a data file is one file for Rust, Python and JavaScript.
import type { Challenge, ErrorKind, Explanation, Language, MatchConfig, Mention, Profile, Ranking } from "./types.js";
export type * from "./types.js";

/** Where the module comes from, if not from beside the JavaScript. */
export type Source = string | URL | Request | Response | Promise<Response> | BufferSource | WebAssembly.Module;

/**
 * Loads the WebAssembly module, once; later calls wait for the first. Without `source` it is fetched from beside this
 * module (in Node: read from there).
 */
export function init(source?: Source): Promise<void>;

/** What every function here throws for bad input. */
export interface OsumaError extends Error {
  kind: ErrorKind;
  /** A JSON pointer into the document, the option or the argument, or empty. */
  path: string;
}

export interface Options {
  /** How many at most, at least 1; 10 if absent. */
  k?: number | null;
}

/** Answers over a snapshot. Spans are in UTF-16 units: `text.slice(...span)` cuts them out. */
export class Matcher {
  private constructor();
  /** @throws {OsumaError} `damaged`, `version`, `invalid_input` */
  static fromBytes(bytes: Uint8Array | ArrayBuffer, config?: Partial<MatchConfig>): Matcher;
  /**
   * The same matcher with the map from texts to vectors that was left out of its snapshot, so that a page loads it once.
   * @throws {OsumaError} `damaged`; `version` for another map than the snapshot's documents were mapped with
   */
  withMap(map: Uint8Array | ArrayBuffer): Matcher;
  /** The best profiles for a challenge of the snapshot (its id) or a new one. */
  profilesFor(challenge: string | Challenge, options?: Options): Ranking;
  /** The best challenges for a profile of the snapshot (its id) or a new one. */
  challengesFor(profile: string | Profile, options?: Options): Ranking;
  /** Why a pair scores as it does. */
  explain(profile: string | Profile, challenge: string): Explanation;
  /** The concepts that a text names. */
  recognise(text: string, language?: Language): Mention[];
  /** The name of a concept: its preferred label, in English or any language if it has none in this one. */
  label(uri: string, language: Language): string;
  /** The profiles that the snapshot holds, by id. */
  profiles(): Profile[];
  /** The challenges that the snapshot holds, by id. */
  challenges(): Challenge[];
  /** Gives the memory back; the matcher answers no more. */
  free(): void;
}
