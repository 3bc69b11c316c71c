"""Checks the form of the datasets: taxonomy, cohort and judgements. Exits with 1 and names file and line."""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
LANGUAGES = ("en", "fi", "sv")
faults: list[str] = []


def lines(path: Path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{path.relative_to(HERE)}:{number}"
        try:
            yield where, json.loads(line)
        except ValueError as error:
            faults.append(f"{where}: {error}")


concepts: dict[str, tuple[str, dict]] = {}
preferred: dict[tuple[str, str], str] = {}
for path in sorted(HERE.glob("taxonomy/*.jsonl")):
    for where, concept in lines(path):
        if list(concept) != ["id", "broader", "related", *LANGUAGES]:
            faults.append(f"{where}: keys are {list(concept)}")
            continue
        if concept["id"] in concepts:
            faults.append(f"{where}: id {concept['id']} stands in {concepts[concept['id']][0]} too")
        concepts[concept["id"]] = (where, concept)
        for language in LANGUAGES:
            labels = concept[language]
            if len(labels) < 2 or len(set(labels)) < len(labels):
                faults.append(f"{where}: {language} has {labels}; at least two, all different")
            first = preferred.setdefault((language, labels[0]), where)
            if first != where:
                faults.append(f"{where}: preferred label {labels[0]!r} stands in {first} too")

for where, concept in concepts.values():
    for key in ("broader", "related"):
        for other in concept[key]:
            if other not in concepts or other == concept["id"]:
                faults.append(f"{where}: {key} names {other!r}")
    above, seen = set(concept["broader"]), set()
    while above:
        if concept["id"] in above:
            faults.append(f"{where}: broader goes in a circle")
            break
        seen |= above
        above = {b for a in above if a in concepts for b in concepts[a][1]["broader"]} - seen

documents: dict[str, dict[str, dict]] = {"profiles": {}, "challenges": {}}
for side, found in documents.items():
    for path in sorted(HERE.glob(f"cohort/{side}.jsonl")):
        for where, document in lines(path):
            if document["id"] in found:
                faults.append(f"{where}: id {document['id']} is given twice")
            found[document["id"]] = document
            named = [x["concept"] for k in ("skills", "requirements", "wishes") for x in document.get(k, []) if "concept" in x]
            for uri in named + document.get("teaches", []):
                if uri.removeprefix("osuma:") not in concepts:
                    faults.append(f"{where}: unknown concept {uri!r}")

judged: set[tuple[str, str]] = set()
for number, line in enumerate((HERE / "cohort/qrels.tsv").read_text(encoding="utf-8").splitlines(), 1):
    challenge, _, profile, grade = line.split()
    if challenge not in documents["challenges"] or profile not in documents["profiles"] or grade not in "0123":
        faults.append(f"cohort/qrels.tsv:{number}: {line!r}")
    if (challenge, profile) in judged:
        faults.append(f"cohort/qrels.tsv:{number}: {challenge} and {profile} are judged twice")
    judged.add((challenge, profile))
for challenge in documents["challenges"]:
    for profile in documents["profiles"]:
        if (challenge, profile) not in judged:
            faults.append(f"cohort/qrels.tsv: {challenge} and {profile} are not judged")

print(*faults, sep="\n", end="\n" if faults else "")
print(
    f"{len(concepts)} concepts, {len(documents['profiles'])} profiles, {len(documents['challenges'])} challenges, "
    f"{len(judged)} judged pairs, {len(faults)} faults"
)
sys.exit(bool(faults))
