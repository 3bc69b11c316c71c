// Field names are snake case as in the JSON documents: a data file is one file for Rust, Python and JavaScript.

/**
 * Loads the WebAssembly module, once; later calls wait for the first. Without `source` it is fetched from beside this
 * module (in Node: read from there).
 */
export function init(source?: string | URL | Request | Response | Promise<Response> | BufferSource | WebAssembly.Module): Promise<void>;

export type Language = "fi" | "sv" | "en";
export type Status = "stated" | "recognised" | "confirmed" | "rejected";
export type Importance = "nice" | "should" | "must";
export type Route = "workshop" | "cooperative_activity" | "work_trial" | "pay_subsidy" | "commission" | "employment";
export type Cefr = "A1" | "A2" | "B1" | "B2" | "C1" | "C2";
export type Signal = "skills" | "text" | "semantic" | "wishes" | "language" | "place" | "time";
export type Gate = "musts" | "language" | "place" | "period" | "route";
/** Why a pair has no score. */
export type Unknown = "profile_language" | "challenge_language" | "empty_profile" | "empty_challenge" | "no_evidence";
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A concept of the taxonomy, or free words: exactly one of them. */
export type Named = { concept: string; label?: undefined } | { label: string; concept?: undefined };

/** What a claim and a requirement have in common. */
export interface Held {
  /** 1 (beginner) to 5 (expert). */
  level?: number;
  /** `stated` if absent; a rejected one never counts. */
  status?: Status;
  /** For a recognised one: 0 to 1. */
  confidence?: number;
}

export type SkillClaim = Named & Held & {
  /** Where it was learnt or shown, in the person's words. */
  evidence?: string;
};

export type Requirement = Named & Held & {
  /** `should` if absent. */
  importance?: Importance;
};

export type Wish = Named & {
  /** True for what the person would rather not do. */
  avoid?: boolean;
};

export interface LanguageSkill {
  /** ISO 639-1, such as `fi` or `ar`. */
  language: string;
  level: Cefr;
}

export interface Place {
  name?: string;
  /** Degrees north; given together with `longitude`. */
  latitude?: number;
  longitude?: number;
  /** For a profile: how far the person travels; 30 if absent. */
  radius_km?: number;
  remote?: boolean;
}

/** Both dates are included, `YYYY-MM-DD`. */
export interface Availability {
  from?: string;
  until?: string;
  /** 1 to 168. */
  hours_per_week?: number;
}

/** What one person knows how to do. */
export interface Profile {
  schema?: 1;
  id: string;
  language?: Language;
  /** The person's own words. */
  text: string;
  skills?: SkillClaim[];
  wishes?: Wish[];
  languages?: LanguageSkill[];
  place?: Place;
  availability?: Availability;
  /** Routes that the person accepts; empty means not told. */
  routes?: Route[];
  /** The caller's own data. */
  extra?: { [key: string]: Json };
}

/** An organisation's problem. */
export interface Challenge {
  schema?: 1;
  id: string;
  language?: Language;
  title: string;
  /** The problem in the organisation's own words. */
  text: string;
  requirements?: Requirement[];
  languages?: LanguageSkill[];
  place?: Place;
  period?: Availability;
  team_size?: number;
  capacity?: number;
  route?: Route;
  /** URIs of the concepts that it teaches. */
  teaches?: string[];
  /** The caller's own data. */
  extra?: { [key: string]: Json };
}

export interface MatchConfig {
  /** At least 0 each; a signal that is not named is off. If absent, the default weights. */
  weights?: { [signal in Signal]?: number };
  /** Gates that shut out. */
  gates?: Gate[];
}

export interface Match {
  /** Id of the profile. */
  profile: string;
  /** Id of the challenge. */
  challenge: string;
  /** From 1. */
  rank: number;
  /** 0 to 1; null if nothing is known, and then `unknown` says why. */
  score: number | null;
  /** The share of the weights that was known. */
  known: number;
  /** Of the signals that count; null is unknown. */
  signals: { [signal in Signal]?: number | null };
  /** The gates that the pair fails. */
  gates: Gate[];
  unknown: Unknown | null;
}

export interface Ranking {
  /** Best first; those without a score last. */
  matches: Match[];
  /** How many candidates a gate shut out. */
  shut_out: number;
}

export interface Contribution {
  signal: Signal;
  value: number | null;
  weight: number;
  /** They add up to the score, in their order, to the bit. */
  contribution: number;
}

export interface RequirementMet {
  /** URI of the concept, or a free label as it was written. */
  requirement: string;
  weight: number;
  must: boolean;
  /** 0 (missing) to 1. */
  degree: number;
  /** The claim that meets it best. */
  by: string | null;
}

/** First byte, and byte after the last one, of the text in UTF-8 (not UTF-16 units: use TextEncoder to cut). */
export type Span = [start: number, end: number];

export interface SharedWords {
  /** In the profile's text. */
  profile: Span;
  /** In the challenge's title, a line feed and its text. */
  challenge: Span;
  share: number;
}

export interface Explanation {
  profile: string;
  challenge: string;
  score: number | null;
  known: number;
  contributions: Contribution[];
  requirements: RequirementMet[];
  /** The strongest shared words, at most eight. */
  words: SharedWords[];
  gates: Gate[];
  unknown: Unknown | null;
}

/** A concept that a text names; `start` and `end` are bytes of the text in UTF-8, as in {@link Span}. */
export interface Mention {
  start: number;
  end: number;
  /** URI. */
  concept: string;
  /** 0 to 1; not yet calibrated. */
  confidence: number;
  /** True if the text says that it is not so. */
  negated: boolean;
}

/** What every function here throws for bad input. */
export interface OsumaError extends Error {
  kind: "invalid_input" | "not_found" | "damaged" | "version" | "missing_side" | "storage" | "locked" | "cancelled";
  /** A JSON pointer into the document, the option or the argument, or empty. */
  path: string;
}

export interface Options {
  /** How many at most, at least 1; 10 if absent. */
  k?: number | null;
}

/** Answers over a snapshot. */
export class Matcher {
  private constructor();
  /** @throws {OsumaError} `damaged`, `version`, `invalid_input` */
  static fromBytes(bytes: Uint8Array | ArrayBuffer, config?: MatchConfig): Matcher;
  /** The best profiles for a challenge of the snapshot (its id) or a new one. */
  profilesFor(challenge: string | Challenge, options?: Options): Ranking;
  /** The best challenges for a profile of the snapshot (its id) or a new one. */
  challengesFor(profile: string | Profile, options?: Options): Ranking;
  /** Why a pair scores as it does; the snapshot holds the challenge. */
  explain(profile: string | Profile, challenge: string): Explanation;
  /** The concepts that a text names. `language` is the text's, where it is known. */
  recognise(text: string, language?: Language): Mention[];
  /** A concept's name: in the language, else in English, else any. */
  label(uri: string, language: Language): string;
  /** Gives the memory back; the matcher answers no more. */
  free(): void;
}
