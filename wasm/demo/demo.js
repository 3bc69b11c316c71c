// Two questions to a Matcher in a worker: who could help with a challenge, and where is my know-how needed.
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
const rejected = new Set();
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
  if (matcher) return Promise.all([people(), problems()]);
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
async function card(match, title, document_, profile, signal) {
  const t = texts[language];
  const why = await matcher.explain(profile, match.challenge, { signal });
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
  item.append(element("details", {}, element("summary", { textContent: t.read }), element("p", { textContent: document_.text, lang: document_.language })));
  return item;
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
    const items = matches.map((m) => card(m, say(texts[language].person, { id: m.profile }), profiles.get(m.profile), m.profile, signal));
    show("people", await Promise.all(items));
  });
}

function problems() {
  const text = $("about").value;
  return ask("problems", async (signal) => {
    if (!text.trim()) {
      rejected.clear();
      $("skills").hidden = true;
      $("problems").replaceChildren();
      $("problems-state").textContent = texts[language].empty;
      return;
    }
    const me = { id: "me", text: text.toWellFormed(), skills: [...rejected].map((concept) => ({ concept, status: "rejected" })) };
    const { matches } = await matcher.challengesFor(me, { k: SHOWN, signal });
    const mentions = (await matcher.recognise(me.text, { signal })).filter((m) => !m.negated && m.confidence > 0.5);
    await skills([...new Set(mentions.map((m) => m.concept))], signal);
    const items = matches.map((m) => card(m, challenges.get(m.challenge).title, challenges.get(m.challenge), me, signal));
    show("problems", await Promise.all(items));
  });
}

/** The recognised skills are proposals. */
async function skills(concepts, signal) {
  const names = await Promise.all(concepts.map((c) => named(c, signal)));
  const box = $("skills").querySelector("div");
  const focused = document.activeElement?.closest("#skills") ? document.activeElement.value : undefined;
  box.replaceChildren(...concepts.map((c, i) => element("label", {}, element("input", { type: "checkbox", value: c, checked: !rejected.has(c) }), names[i])));
  $("skills").hidden = concepts.length === 0;
  if (focused !== undefined) [...box.querySelectorAll("input")].find((x) => x.value === focused)?.focus();
}

async function start() {
  chosen(language);
  for (const b of document.querySelectorAll("nav button")) b.addEventListener("click", () => chosen(b.value));
  const answer = await fetch("cohort.osuma");
  if (!answer.ok) throw new Error(`cohort.osuma: ${answer.status}`);
  matcher = await RemoteMatcher.load(new Uint8Array(await answer.arrayBuffer()));
  const byId = (docs) => new Map(docs.map((d) => [d.id, d]));
  [profiles, challenges] = [byId(await matcher.profiles()), byId(await matcher.challenges())];
  $("challenge").append(...[...challenges.values()].map((c) => element("option", { value: c.id, lang: c.language, textContent: c.title })));
  $("challenge").addEventListener("change", people);
  let timer;
  $("about").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(problems, 200);
  });
  $("skills").addEventListener("change", ({ target }) => {
    if (target.checked) rejected.delete(target.value);
    else rejected.add(target.value);
    problems();
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
