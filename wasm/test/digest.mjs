// The digests of core/examples/digest.rs, over a matcher of this package (in a browser too: no Node module in here).

const hex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");

function bits(score) {
  if (score === null) return "unknown";
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, score); // big end first
  return hex(new Uint8Array(view.buffer));
}

async function sha256(rankings) {
  const lines = rankings.flatMap(({ matches }) => matches.map((m) => `${m.profile}\t${m.challenge}\t${m.rank}\t${bits(m.score)}\n`));
  const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(lines.join("")));
  return { hex: hex(new Uint8Array(sum)), pairs: lines.length };
}

/** What digest.json holds. The matcher may be a Matcher or a RemoteMatcher. */
export async function digest(matcher) {
  const k = 2 ** 32;
  const forward = [];
  for (const p of await matcher.profiles()) forward.push(await matcher.challengesFor(p.id, { k }));
  const backward = [];
  for (const c of await matcher.challenges()) backward.push(await matcher.profilesFor(c.id, { k }));
  const [a, b] = [await sha256(forward), await sha256(backward)];
  return { profiles_to_challenges: a.hex, challenges_to_profiles: b.hex, pairs: a.pairs };
}
