// Compiled with tsc --strict, not run.
import { init, Matcher, type Challenge, type Explanation, type Mention, type OsumaError, type Profile, type Ranking } from "osuma";
import { Matcher as FullMatcher, Pool, type Allocation, type SmallestChange, type SupplyRow, type Team, type WhatIf } from "osuma/full";
import { RemoteMatcher } from "osuma/remote";

await init();
const bytes = new Uint8Array(await (await fetch("challenges.osuma")).arrayBuffer());
const matcher: Matcher = Matcher.fromBytes(bytes, { weights: { skills: 1, text: 0.5 }, gates: ["route"] });
const me: Profile = {
  id: "me",
  text: "Leivon.",
  skills: [{ concept: "x:baking", level: 4 }, { label: "hitsaus", status: "rejected" }],
  languages: [{ language: "fi", level: "B2" }],
  availability: { from: "2027-01-31", hours_per_week: 37.5 },
  extra: { any: [1, "two", null] },
};
const problem: Challenge = { id: "c", title: "T", text: "…", requirements: [{ label: "baking", importance: "must" }] };
const ranking: Ranking = matcher.challengesFor(me, { k: 3 });
const score: number | null | undefined = ranking.matches[0]?.score;
const text: number | null | undefined = ranking.matches[0]?.signals.text;
const why: Explanation = matcher.explain(me, "c");
const first: string | undefined = why.words[0] && me.text.slice(...why.words[0].profile);
const mentions: Mention[] = matcher.recognise("Osaan leipoa.", "fi");
const label: string = matcher.label("x:baking", "sv");
try {
  matcher.profilesFor(problem);
} catch (e) {
  const { kind, path } = e as OsumaError;
  if (kind === "missing_side") console.log(path, score, text, first, mentions.length, label);
}

const pool = Pool.inMemory({ taxonomy: [{ uri: "x:baking", labels: [{ text: "leivonta", language: "fi", kind: "preferred" }] }] });
pool.addProfiles([me]);
pool.commit();
const back: Profile | undefined = pool.get("profiles", "me");
const there: Challenge | undefined = pool.get("challenges", "c");
const ids: string[] = pool.search("profiles", "leipä", { k: 3, filter: { language: "fi" } });
const packed: Uint8Array = pool.snapshot({ sides: "profiles" });

const full: FullMatcher = FullMatcher.fromBytes(packed);
const what: WhatIf = full.whatIf(me, { add: ["x:baking", { label: "hitsaus", level: 3 }], place: { name: "Turku" } });
const gain: number | undefined = what.challenges[what.moved[0] ?? 0]?.change;
const least: SmallestChange = full.smallestChange("me", "c", { rank: 1 }, { "x:baking": 0.5 });
const team: Team = full.assembleTeam("c", { size: 3 });
const placed: Allocation = full.allocate({ objective: "max_min", floor: 0.2 });
const supply: SupplyRow[] = full.supplyAndDemand({ by: "language" });
const steps: string[] = full.routes(me, { concept: "x:baking" }).paths.flatMap((p) => p.steps.map((s) => s.challenge));

const remote = await RemoteMatcher.load(packed, { config: { gates: [] } });
const later: Ranking = await remote.challengesFor(me, { k: 3, signal: AbortSignal.timeout(1000) });
const moved: WhatIf = await remote.whatIf(me, { reject: ["x:baking"] }, { signal: AbortSignal.timeout(1000) });
const cheapest: SmallestChange = await remote.smallestChange(me, "c", "gates", { costs: {} });
remote.terminate();

// @ts-expect-error: an unknown field
matcher.challengesFor({ id: "me", text: "", ago: 3 });
// @ts-expect-error: a value of another type
const wrong: Profile = { id: "me", text: "", skills: [{ concept: "a", level: "4" }] };
// @ts-expect-error: not a language
matcher.recognise("", "de");
// @ts-expect-error: made by fromBytes only
new Matcher();
// @ts-expect-error: not a side
pool.count("people");
// @ts-expect-error: not a target
full.smallestChange(me, "c", { points: 3 });
// @ts-expect-error: only in the full module
matcher.whatIf(me, {});
// @ts-expect-error: text is needed
pool.addProfiles([{ id: "me" }]);
matcher.free();
export { wrong, back, there, ids, later, gain, least, team, placed, supply, steps, moved, cheapest };
