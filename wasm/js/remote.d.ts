import type { LearnOptions, Matcher as Full } from "./full.js";
import type {
  AllocateOptions, Allocation, Challenge, Change, DirectionOptions, Explanation, Feedback, Finding, Goal, Language, LearntWeights, MatchConfig,
  Mention, NewDirection, Options, Profile, Ranking, Reader, Rendering, RouteOptions, Routes, SmallestChange, Source,
  SupplyOptions, SupplyRow, Target, Team, TeamOptions, UnlockOptions, Unlocks, WhatIf,
} from "./index.js";

/** A signal that is aborted rejects the promise at once with the kind `cancelled`; a question that waits is never begun. */
export interface Cancellable {
  signal?: AbortSignal;
}

/**
 * A {@link Full} Matcher in a Web Worker: the page answers while it counts. The same questions, one after the other, and
 * the same errors (with `kind` and `path`), behind promises. From `whatIf` on they need the full module.
 */
export class RemoteMatcher {
  private constructor();
  /** Starts the worker, and loads the module (`full`: that of `osuma/full`) and a snapshot's bytes there. */
  static load(bytes: Uint8Array | ArrayBuffer, options?: Cancellable & { config?: Partial<MatchConfig>; source?: Exclude<Source, Request | Response | Promise<Response>>; full?: boolean }): Promise<RemoteMatcher>;
  profilesFor(challenge: string | Challenge, options?: Options & Cancellable): Promise<Ranking>;
  challengesFor(profile: string | Profile, options?: Options & Cancellable): Promise<Ranking>;
  explain(profile: string | Profile, challenge: string, options?: Cancellable): Promise<Explanation>;
  recognise(text: string, options?: Cancellable & { language?: Language }): Promise<Mention[]>;
  label(uri: string, language: Language, options?: Cancellable): Promise<string>;
  profiles(options?: Cancellable): Promise<Profile[]>;
  challenges(options?: Cancellable): Promise<Challenge[]>;
  whatIf(profile: string | Profile, change: Partial<Change>, options?: Cancellable): Promise<WhatIf>;
  smallestChange(profile: string | Profile, challenge: string, target: Target, options?: Cancellable & { costs?: Record<string, number> }): Promise<SmallestChange>;
  unlocks(profile: string | Profile, options?: Partial<UnlockOptions> & Cancellable): Promise<Unlocks>;
  routes(profile: string | Profile, goal: Goal, options?: Partial<RouteOptions> & Cancellable): Promise<Routes>;
  newDirections(profile: string, options?: Partial<DirectionOptions> & Cancellable): Promise<NewDirection[]>;
  supplyAndDemand(options?: Partial<SupplyOptions> & Cancellable): Promise<SupplyRow[]>;
  assembleTeam(challenge: string, options?: Partial<TeamOptions> & Cancellable): Promise<Team>;
  allocate(options?: Partial<AllocateOptions> & Cancellable): Promise<Allocation>;
  review(challenge: Challenge, options?: Cancellable): Promise<Finding[]>;
  render(profile: string | Profile, challenge: string, reader: Reader, language: Language, options?: Cancellable): Promise<Rendering>;
  learn(judgements: Record<string, Record<string, number>>, options?: LearnOptions & Cancellable): Promise<LearntWeights>;
  learnFromEvents(events: Feedback[], options?: LearnOptions & Cancellable): Promise<LearntWeights>;
  /** Ends the worker; what is open is rejected with the kind `cancelled`. */
  terminate(): void;
}
