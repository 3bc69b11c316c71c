import type { Challenge, Explanation, Language, MatchConfig, Mention, Options, Profile, Ranking, Source } from "./index.js";

/** A signal that is aborted rejects the promise at once with the kind `cancelled`; a question that waits is never begun. */
export interface Cancellable {
  signal?: AbortSignal;
}

/**
 * A {@link Matcher} in a Web Worker: the page answers while it counts. The same questions, one after the other, and the
 * same errors (with `kind` and `path`), behind promises.
 */
export class RemoteMatcher {
  private constructor();
  /** Starts the worker, and loads the module and a snapshot's bytes there. */
  static load(bytes: Uint8Array | ArrayBuffer, options?: Cancellable & { config?: Partial<MatchConfig>; source?: Exclude<Source, Request | Response | Promise<Response>> }): Promise<RemoteMatcher>;
  profilesFor(challenge: string | Challenge, options?: Options & Cancellable): Promise<Ranking>;
  challengesFor(profile: string | Profile, options?: Options & Cancellable): Promise<Ranking>;
  explain(profile: string | Profile, challenge: string, options?: Cancellable): Promise<Explanation>;
  recognise(text: string, options?: Cancellable & { language?: Language }): Promise<Mention[]>;
  label(uri: string, language: Language, options?: Cancellable): Promise<string>;
  profiles(options?: Cancellable): Promise<Profile[]>;
  challenges(options?: Cancellable): Promise<Challenge[]>;
  /** Ends the worker; what is open is rejected with the kind `cancelled`. */
  terminate(): void;
}
