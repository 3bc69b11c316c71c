import type {
  AllocateOptions, Allocation, Challenge, Change, Concept, DirectionOptions, Feedback, FeedbackFilter, FeedbackKind,
  Filter, Finding, Goal, Language, LearntWeights, MatchConfig, Matcher as Slim, NewDirection, Profile, Reader, Rendering, RouteOptions, Routes, Settings, Side, SmallestChange,
  SnapshotOptions, SupplyOptions, SupplyRow, Target, Team, TeamOptions, UnlockOptions, Unlocks, WhatIf,
} from "./index.js";
export * from "./index.js";

/** A matcher that also says what becomes of a match: changes, routes, teams, a cohort's allocation, words. */
export interface Matcher extends Slim {
  withMap(map: Uint8Array | ArrayBuffer): Matcher;
  /**
   * What a change of a person would do to all challenges; nothing of it is stored. What is to be added is a claim, or the
   * URI of a concept for a confirmed one. A path in an error points into the change.
   */
  whatIf(profile: string | Profile, change: Partial<Change>): WhatIf;
  /**
   * The cheapest set of skills that brings a person to a target at a challenge: `{ score: 0.7 }`, `{ rank: 3 }` among the
   * challenge's people, or "gates". `costs` by URI stand in place of the distance from what the person has.
   */
  smallestChange(profile: string | Profile, challenge: string, target: Target, costs?: Record<string, number>): SmallestChange;
  /** Which single skills and pairs would newly open most challenges to a person. */
  unlocks(profile: string | Profile, options?: Partial<UnlockOptions>): Unlocks;
  /** Paths from what a person can today to a challenge, a skill or an occupation, over challenges that teach something. */
  routes(profile: string | Profile, goal: Goal, options?: Partial<RouteOptions>): Routes;
  /** Challenges outside a person's former trade where their evidence is strong, with that evidence, best first. */
  newDirections(profile: string, options?: Partial<DirectionOptions>): NewDirection[];
  /** Per competence how many people can, and how many challenges need it; fewer than `least` people (5) are not told. */
  supplyAndDemand(options?: Partial<SupplyOptions>): SupplyRow[];
  /** The team that covers a challenge best together, proven best or with the gap that is left. */
  assembleTeam(challenge: string, options?: Partial<TeamOptions>): Team;
  /** All people to all challenges at once; everyone who is left out is told why. */
  allocate(options?: Partial<AllocateOptions>): Allocation;
  /** What an organisation should look at before it publishes a challenge, a new one or one as it is. */
  review(challenge: Challenge): Finding[];
  /** Why a pair scores as it does, in words for the person, the organisation or an auditor. */
  render(profile: string | Profile, challenge: string, reader: Reader, language: Language): Rendering;
  /**
   * The signals' weights, learnt from grades (by challenge and profile; who has none is not relevant), never negative; if
   * there is too little to learn from, or the gain may be chance, the matcher's own weights stay, and `refused` says why.
   * Use them by `Matcher.fromBytes(bytes, { weights: learnt.weights })`.
   */
  learn(judgements: Record<string, Record<string, number>>, options?: LearnOptions): LearntWeights;
  /** The same from a pool's feedback; who was never shown for a challenge was never refused, and does not count. */
  learnFromEvents(events: Feedback[], options?: LearnOptions): LearntWeights;
}
export const Matcher: { fromBytes(bytes: Uint8Array | ArrayBuffer, config?: Partial<MatchConfig>): Matcher };

/** How weights are learnt: the measure (nDCG@10), folds of the cross-validation (5), rounds of resampling (10,000), seed. */
export interface LearnOptions { measure?: string; folds?: number; rounds?: number; seed?: number }

/** The document of a side. */
export type DocumentOf<S extends Side> = S extends "profiles" ? Profile : Challenge;

/**
 * Profiles and challenges that change, in memory. A batch is all or nothing; what is added, updated or removed is seen
 * after `commit`, which costs as much as the pool is long.
 */
export class Pool {
  private constructor();
  /**
   * An empty pool, with the starter taxonomy if no other is given. With the bytes of a map (the package's `starter.map`,
   * 3.5 MB), meaning counts too.
   */
  static inMemory(options?: { taxonomy?: Concept[]; settings?: Settings }, map?: Uint8Array | ArrayBuffer): Pool;
  /** Profiles whose ids the pool does not have. */
  addProfiles(profiles: Profile[]): void;
  /** Challenges whose ids the pool does not have. */
  addChallenges(challenges: Challenge[]): void;
  /** Profiles, in the place of those with the same ids. */
  updateProfiles(profiles: Profile[]): void;
  /** Challenges, in the place of those with the same ids. */
  updateChallenges(challenges: Challenge[]): void;
  /** With the next commit. Tells whether it was there. */
  remove(side: Side, id: string): boolean;
  /** At once, and no text of it is left in the index. Not while there are uncommitted changes. */
  forget(side: Side, id: string): boolean;
  commit(): void;
  /** Drops the changes since the last commit. */
  rollback(): void;
  /** Of committed documents. */
  count(side: Side): number;
  get<S extends Side>(side: S, id: string): DocumentOf<S> | undefined;
  /** The committed profiles by id: all of them, or `k` of those whose ids come after one. */
  profiles(options?: { after?: string | null; k?: number | null }): Profile[];
  /** The committed challenges by id, as `profiles`. */
  challenges(options?: { after?: string | null; k?: number | null }): Challenge[];
  /**
   * Ids of documents with any of the query's words, best first; for finding one's way, not for matching. A word behind `+`
   * must be there, one behind `-` must not.
   */
  search(side: Side, query: string, options?: { k?: number | null; filter?: Partial<Filter> }): string[];
  /**
   * Appends what came of matches. Events change no score, are durable with the next commit, and are forgotten with the
   * documents that they name; `learnFromEvents` learns from them when asked.
   */
  addFeedback(events: Feedback[]): void;
  /** Committed events, the oldest first; those that have all that the filter names. */
  feedback(filter?: Partial<FeedbackFilter>): Feedback[];
  /** How many committed events of each kind there are. */
  feedbackCounts(filter?: Partial<FeedbackFilter>): Partial<Record<FeedbackKind, number>>;
  /** The committed pool as a snapshot's bytes, or the part of it that the options name. */
  snapshot(options?: Partial<SnapshotOptions>): Uint8Array;
  matcher(config?: Partial<MatchConfig>): Matcher;
  /** Gives the memory back; the pool answers no more. */
  free(): void;
}
