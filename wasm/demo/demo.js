// Questions to a Matcher in a worker: who could help with a challenge, alone or as a team; where is my know-how needed,
// why, and what would change it.
import { RemoteMatcher } from "./osuma/remote.js";
import { texts } from "./texts.js";

const SHOWN = 5;
const MET = 0.5; // as the gate of the musts counts it
const $ = (id) => document.getElementById(id);
const sides = document.querySelector(".sides");
const own = (navigator.languages ?? []).map((l) => l.slice(0, 2)).find((l) => l in texts);
let language = own ?? "fi";
let matcher;
let profiles, challenges; // by id
const rejected = new Set(); // recognised skills that are not right
const tried = new Set(); // skills that one might have
const absent = new Set(); // people whom the team is to do without
const GOAL = 0.5; // a challenge is open from this score on, as for the core's unlocks
const PROPOSED = 10;
const questions = {}; // by list, what is being asked: a newer question takes its place

function element(name, properties = {}, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) if (value !== undefined) e[key] = value;
  e.append(...children);
  return e;
}
const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const percent = (x) => new Intl.NumberFormat(language, { style: "percent" }).format(x);

function chosen(next) {
  language = next;
  const t = texts[language];
  document.documentElement.lang = language;
  document.title = `osuma: ${t.title}`;
  for (const e of document.querySelectorAll("[data-text]")) e.textContent = t[e.dataset.text];
  for (const e of document.querySelectorAll("[data-label]")) e.setAttribute("aria-label", t[e.dataset.label]);
  for (const b of document.querySelectorAll("nav button")) b.setAttribute("aria-pressed", b.value === language);
  if (matcher) return Promise.all([people(), team(), problems()]);
}

/** The name of a concept; free words stay as they are. */
const named = (requirement, signal) => matcher.label(requirement, language, { signal }).catch((e) => {
  if (e.kind === "not_found") return requirement;
  throw e;
});

/** Asks anew for a list, unless a newer question comes; the old one is taken back. */
async function ask(list, question) {
  questions[list]?.abort();
  const { signal } = (questions[list] = new AbortController());
  try {
    await question(signal);
  } catch (e) {
    if (e.kind !== "cancelled") throw e;
  }
}

/** One match with its reasons. */
async function card(match, title, document_, profile, why, signal) {
  const t = texts[language];
  const told = typeof profile === "string" ? profiles.get(profile) : profile;
  const c = challenges.get(match.challenge);
  const names = async (some, close) => {
    const each = some.slice(0, 4).map(async (r) => {
      const name = await named(r.requirement, signal);
      return close && r.by ? `${name} (${await named(r.by, signal)})` : name;
    });
    return (await Promise.all(each)).join(", ");
  };
  const words = new Set(why.words.map((w) => {
    const [a, b] = [told.text.slice(...w.profile), `${c.title}\n${c.text}`.slice(...w.challenge)];
    return a.toLowerCase() === b.toLowerCase() ? a : `${a} – ${b}`;
  }));
  const facts = [
    [t.brings, await names(why.requirements.filter((r) => r.degree >= MET))],
    [t.close, await names(why.requirements.filter((r) => r.degree > 0 && r.degree < MET), true)],
    [t.missing, await names(why.requirements.filter((r) => r.degree === 0))],
    [t.words, [...words].slice(0, 4).join(", ")],
    [t.check, why.gates.map((g) => t.gates[g]).join(", ")],
  ].filter(([, text]) => text);
  const item = element("li", {}, element("h4", { textContent: title, lang: document_.title ? document_.language : undefined }));
  if (match.score === null) {
    // Not known is not nothing: no bar, no percentage.
    item.append(element("p", { className: "fit", textContent: t.unknown }), element("p", { className: "quiet", textContent: t.why[match.unknown] }));
  } else {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    rect.setAttribute("width", `${100 * match.score}%`);
    rect.setAttribute("height", "100%");
    svg.append(rect);
    const bar = element("div", { className: "bar", ariaHidden: "true" }, svg);
    item.append(element("p", { className: "fit", textContent: say(t.fit, { score: percent(match.score) }) }), bar,
      element("p", { className: "quiet", textContent: say(t.known, { known: percent(match.known) }) }));
  }
  if (facts.length) item.append(element("dl", {}, ...facts.flatMap(([name, text]) => [element("dt", { textContent: name }), element("dd", { textContent: text })])));
  item.append(reasons(profile, match.challenge), element("details", {}, element("summary", { textContent: t.read }), element("p", { textContent: document_.text, lang: document_.language })));
  return item;
}

/** An explanation in words, made when it is opened: for the person where the text is theirs, else for the organisation. */
function reasons(profile, challenge) {
  const details = element("details", { className: "reasons" }, element("summary", { textContent: texts[language].reasons }));
  const reader = typeof profile === "string" ? "organisation" : "person";
  details.addEventListener("toggle", async () => {
    const { parts } = await matcher.render(profile, challenge, reader, language);
    const told = parts.filter((p) => p.kind !== "title");
    details.append(...told.map((p) => element(p.kind === "heading" ? "h5" : "p", { textContent: p.text })));
  }, { once: true });
  return details;
}

/** The least that would open a challenge, asked by a button. */
function least(me, challenge) {
  const t = texts[language];
  const answer = element("p", { className: "quiet" });
  answer.setAttribute("role", "status");
  const button = element("button", { type: "button", className: "ask", textContent: t.least });
  button.addEventListener("click", async () => {
    const found = await matcher.smallestChange(me, challenge, { score: GOAL });
    const names = await Promise.all(found.skills.map(async (s) => {
      const skill = await named(s.skill);
      return s.held ? say(t.confirm, { skill }) : skill;
    }));
    const score = found.after === null ? t.unknown : percent(found.after);
    const text = !found.reachable ? t.leastNone : names.length ? t.leastFound : t.leastMet;
    answer.textContent = say(text, { skills: names.join(", "), score, target: percent(GOAL) });
  });
  return element("div", {}, button, answer);
}

function show(list, items) {
  $(list).replaceChildren(...items);
  $(`${list}-state`).textContent = say(texts[language].results, { n: items.length });
}

function people() {
  const c = challenges.get($("challenge").value);
  $("problem").replaceChildren(element("p", { textContent: c.text, lang: c.language }));
  return ask("people", async (signal) => {
    const { matches } = await matcher.profilesFor(c.id, { k: SHOWN, signal });
    const items = matches.map(async (m) => {
      const why = await matcher.explain(m.profile, c.id, { signal });
      return card(m, say(texts[language].person, { id: m.profile }), profiles.get(m.profile), m.profile, why, signal);
    });
    show("people", await Promise.all(items));
  });
}

/** People who cover the problem together, what each adds, and what stays uncovered. */
function team() {
  const t = texts[language];
  return ask("team", async (signal) => {
    const options = { size: Number($("size").value), exclude: [...absent], signal };
    const found = await matcher.assembleTeam($("challenge").value, options);
    const names = await Promise.all(found.facets.map((f) => named(f.name, signal)));
    const items = found.members.map((m) => {
      const covers = m.brings.filter((b) => b.degree >= MET).map((b) => names[b.facet]).join(", ");
      const item = element("li", {}, element("h4", { textContent: say(t.person, { id: m.profile }) }),
        element("p", { className: "fit", textContent: say(t.adds, { adds: percent(m.adds) }) }));
      if (covers) item.append(element("dl", {}, element("dt", { textContent: t.covers }), element("dd", { textContent: covers })));
      const without = element("button", { type: "button", className: "ask", textContent: t.without });
      without.setAttribute("aria-label", `${t.without}: ${say(t.person, { id: m.profile })}`);
      without.addEventListener("click", async () => {
        absent.add(m.profile);
        await team();
        [...$("absent").querySelectorAll("input")].find((i) => i.value === m.profile)?.focus();
      });
      item.append(reasons(m.profile, found.challenge), without);
      return item;
    });
    choices("absent", [...absent].map((id) => [id, say(t.person, { id })]), absent);
    $("absent").hidden = absent.size === 0;
    const open = found.facets.map((f, i) => (f.covered ? "" : names[i])).filter(Boolean).join(", ");
    $("team").replaceChildren(...items);
    $("team-state").textContent = [
      say(t.covered, { coverage: percent(found.coverage) }),
      found.optimal ? t.best : say(t.gap, { gap: percent(found.gap) }),
      found.unfilled ? say(t.unfilled, { n: found.unfilled }) : "",
      open ? say(t.uncovered, { names: open }) : "",
    ].filter(Boolean).join(" ");
  });
}

function problems() {
  const text = $("about").value;
  return ask("problems", async (signal) => {
    if (!text.trim()) {
      rejected.clear();
      tried.clear();
      $("skills").hidden = $("what-if").hidden = true;
      $("problems").replaceChildren();
      $("problems-state").textContent = texts[language].empty;
      return;
    }
    const me = { id: "me", text: text.toWellFormed(), skills: [...rejected].map((concept) => ({ concept, status: "rejected" })) };
    const { matches } = await matcher.challengesFor(me, { k: SHOWN, signal });
    const mentions = (await matcher.recognise(me.text, { signal })).filter((m) => !m.negated && m.confidence > 0.5);
    await skills([...new Set(mentions.map((m) => m.concept))], signal);
    const whys = await Promise.all(matches.map((m) => matcher.explain(me, m.challenge, { signal })));
    const items = matches.map(async (m, i) => {
      const c = challenges.get(m.challenge);
      const item = await card(m, c.title, c, me, whys[i], signal);
      item.append(least(me, m.challenge));
      return item;
    });
    show("problems", await Promise.all(items));
    await proposals(me, whys, signal);
    await moved();
  });
}

/** Skills to try: those that would open challenges, then what the best ones ask for and nobody said. */
async function proposals(me, whys, signal) {
  const { singles, pairs } = await matcher.unlocks(me, { signal });
  const opening = [...singles, ...pairs].flatMap((u) => u.skills.map((s) => s.skill));
  const missing = whys.flatMap((w) => w.requirements.filter((r) => r.degree < MET).map((r) => r.requirement));
  const known = (uri) => named(uri, signal).then((name) => name !== uri && [uri, name]); // free labels are no skills to try
  const all = [...new Set([...tried, ...opening, ...missing])].filter((uri) => !rejected.has(uri)).slice(0, PROPOSED);
  choices("tried", (await Promise.all(all.map(known))).filter(Boolean), tried);
  $("what-if").hidden = false;
}

/** What the ticks and unticks would change, beside the text as it was read. */
function moved() {
  const t = texts[language];
  return ask("moved", async (signal) => {
    const change = { add: [...tried], reject: [...rejected] };
    if (!change.add.length && !change.reject.length) {
      $("moved").replaceChildren();
      $("moved-state").textContent = t.untried;
      return;
    }
    const what = await matcher.whatIf({ id: "me", text: $("about").value.toWellFormed() }, change, { signal });
    const fit = ({ score }) => (score === null ? t.unknown : percent(score));
    const rank = (standing) => standing.rank ?? "–";
    $("moved").replaceChildren(...what.moved.slice(0, 2 * SHOWN).map((i) => {
      const { challenge, before, after } = what.challenges[i];
      const c = challenges.get(challenge);
      return element("li", {}, element("h5", { textContent: c.title, lang: c.language }),
        element("p", { className: "quiet", textContent: say(t.fits, { before: fit(before), after: fit(after) }) }),
        element("p", { className: "quiet", textContent: say(t.place, { before: rank(before), after: rank(after) }) }));
    }));
    $("moved-state").textContent = what.moved.length ? say(t.changed, { n: what.moved.length }) : t.same;
  });
}

/** Boxes to tick, without losing the place of who is at one of them. */
function choices(list, some, ticked) {
  const box = $(list).querySelector("div");
  const focused = document.activeElement?.closest(`#${list}`) ? document.activeElement.value : undefined;
  box.replaceChildren(...some.map(([value, name]) => element("label", {}, element("input", { type: "checkbox", value, checked: ticked.has(value) }), name)));
  if (focused !== undefined) [...box.querySelectorAll("input")].find((x) => x.value === focused)?.focus();
}

/** The recognised skills are proposals. */
async function skills(concepts, signal) {
  const names = await Promise.all(concepts.map((c) => named(c, signal)));
  const right = new Set(concepts.filter((c) => !rejected.has(c)));
  choices("skills", concepts.map((c, i) => [c, names[i]]), right);
  $("skills").hidden = concepts.length === 0;
}

async function start() {
  chosen(language);
  for (const b of document.querySelectorAll("nav button")) b.addEventListener("click", () => chosen(b.value));
  const answer = await fetch("cohort.osuma");
  if (!answer.ok) throw new Error(`cohort.osuma: ${answer.status}`);
  matcher = await RemoteMatcher.load(new Uint8Array(await answer.arrayBuffer()), { full: true });
  const byId = (docs) => new Map(docs.map((d) => [d.id, d]));
  [profiles, challenges] = [byId(await matcher.profiles()), byId(await matcher.challenges())];
  $("challenge").append(...[...challenges.values()].map((c) => element("option", { value: c.id, lang: c.language, textContent: c.title })));
  $("challenge").addEventListener("change", () => {
    absent.clear();
    return Promise.all([people(), team()]);
  });
  $("absent").addEventListener("change", async ({ target }) => {
    absent.delete(target.value);
    await team();
    ($("absent").querySelector("input") ?? $("size")).focus();
  });
  $("size").addEventListener("change", team);
  let timer;
  $("about").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(problems, 200);
  });
  $("skills").addEventListener("change", ({ target }) => {
    if (target.checked) rejected.delete(target.value);
    else rejected.add(target.value);
    tried.delete(target.value);
    problems();
  });
  $("tried").addEventListener("change", ({ target }) => {
    if (target.checked) tried.add(target.value);
    else tried.delete(target.value);
    moved();
  });
  sides.hidden = false;
  await chosen(language);
  $("state").hidden = true;
}

start().catch((e) => {
  console.error(e);
  delete $("state").dataset.text;
  $("state").textContent = texts[language].failed;
});
