// Times a whole profile as a question over a snapshot's challenges: osuma in WebAssembly beside MiniSearch. Runs in Node
// and in a page alike. `clock` tells milliseconds: of the wall, or of CPU where there is such a clock, which a busy
// machine does not lengthen.

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

export async function measure({ osuma, MiniSearch }, bytes, { questions = 50, runs = 5, k = 10 }, clock = () => performance.now()) {
  await osuma.init();
  let begun = clock();
  const matcher = osuma.Matcher.fromBytes(bytes);
  const opened = clock() - begun;
  const challenges = matcher.challenges().map(({ id, title, text }) => ({ id, title, text }));
  const people = matcher.profiles().slice(0, questions);
  begun = clock();
  const search = new MiniSearch({ fields: ["title", "text"] });
  search.addAll(challenges);
  const indexed = clock() - begun;
  // What either is asked: osuma of a profile of its snapshot, of one that is new (its text is analysed too), and
  // MiniSearch of the same words, any of which may be found.
  const work = {
    "osuma, profile of the snapshot": (p) => matcher.challengesFor(p.id, { k }).matches,
    "osuma, new profile": (p) => matcher.challengesFor({ ...p, id: "new" }, { k }).matches,
    MiniSearch: (p) => search.search(p.text, { combineWith: "OR" }).slice(0, k),
  };
  const rows = [];
  for (const [name, ask] of Object.entries(work)) {
    people.slice(0, 5).forEach(ask);
    const times = [];
    let found = 0;
    for (let run = 0; run < runs; run++) {
      begun = clock();
      for (const p of people) found += ask(p).length;
      times.push((clock() - begun) / people.length);
    }
    rows.push({ name, median: median(times), min: Math.min(...times), max: Math.max(...times), found: found / runs });
  }
  return { challenges: challenges.length, questions: people.length, runs, opened, indexed, rows };
}
