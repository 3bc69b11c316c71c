// Compiled with tsc --strict, not run.
import { init, Matcher, type Challenge, type Explanation, type Mention, type OsumaError, type Profile, type Ranking } from "osuma";

await init();
const bytes = new Uint8Array(await (await fetch("challenges.osuma")).arrayBuffer());
const matcher: Matcher = Matcher.fromBytes(bytes, { weights: { skills: 1, text: 0.5 }, gates: ["route"] });
const me: Profile = {
  id: "me",
  text: "Leivon.",
  skills: [{ concept: "x:baking", level: 4 }, { label: "hitsaus", status: "rejected" }],
  languages: [{ language: "fi", level: "B2" }],
  extra: { any: [1, "two", null] },
};
const problem: Challenge = { id: "c", title: "T", text: "…", requirements: [{ label: "baking", importance: "must" }] };
const ranking: Ranking = matcher.challengesFor(me, { k: 3 });
const score: number | null | undefined = ranking.matches[0]?.score;
const text: number | null | undefined = ranking.matches[0]?.signals.text;
const why: Explanation = matcher.explain(me, "c");
const mentions: Mention[] = matcher.recognise("Osaan leipoa.", "fi");
const label: string = matcher.label("x:baking", "sv");
try {
  matcher.profilesFor(problem);
} catch (e) {
  const { kind, path } = e as OsumaError;
  if (kind === "missing_side") console.log(path, score, text, why.words[0]?.profile[0], mentions.length, label);
}
// @ts-expect-error: an unknown field
matcher.challengesFor({ id: "me", text: "", ago: 3 });
// @ts-expect-error: both a concept and a label
const both: Profile = { id: "me", text: "", skills: [{ concept: "a", label: "b" }] };
// @ts-expect-error: not a language
matcher.recognise("", "de");
// @ts-expect-error: made by fromBytes only
new Matcher();
matcher.free();
export { both };
