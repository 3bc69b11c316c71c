"""Checks the form of the datasets: taxonomy, cohort and judgements. Exits with 1 and names file and line."""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
LANGUAGES = ("en", "fi", "sv")
# A label of two concepts halves the confidence of both; where people really mean either, it may stand.
SHARED_AT_MOST = 5
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
named: dict[tuple[str, str], list[str]] = {}
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
            folded = [" ".join(x.split()).casefold() for x in labels]
            if not 2 <= len(labels) == len(set(folded)) <= 7 or any(x.split() != x.split(" ") for x in labels):
                faults.append(f"{where}: {language} has {labels}; two to seven, all different, single spaces inside only")
            for label in folded:
                named.setdefault((language, label), []).append(concept["id"])
            first = preferred.setdefault((language, folded[0]), where)
            if first != where:
                faults.append(f"{where}: preferred label {labels[0]!r} stands in {first} too")

shared = {key: ids for key, ids in sorted(named.items()) if len(set(ids)) > 1}
if len(shared) > SHARED_AT_MOST:
    faults.append(f"taxonomy: {len(shared)} labels of two concepts or more, at most {SHARED_AT_MOST}")

for where, concept in concepts.values():
    for key in ("broader", "related"):
        if len(set(concept[key])) < len(concept[key]):
            faults.append(f"{where}: {key} names a concept twice")
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
    for other in set(concept["related"]) & seen:
        faults.append(f"{where}: related names {other!r}, which is broader already")

documents: dict[str, dict[str, dict]] = {"profiles": {}, "challenges": {}}
for side, found in documents.items():
    for path in sorted(HERE.glob(f"cohort/{side}.jsonl")):
        for where, document in lines(path):
            if document["id"] in found:
                faults.append(f"{where}: id {document['id']} is given twice")
            found[document["id"]] = document
            uris = [x["concept"] for k in ("skills", "requirements", "wishes") for x in document.get(k, []) if "concept" in x]
            for uri in uris + document.get("teaches", []):
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
for (language, label), ids in shared.items():
    print(f"{language} {label!r} names {', '.join(ids)}")
print(f"{len(named)} labels, {len(shared)} of them of two concepts or more (at most {SHARED_AT_MOST})")
print(
    f"{len(concepts)} concepts, {len(documents['profiles'])} profiles, {len(documents['challenges'])} challenges, "
    f"{len(judged)} judged pairs, {len(faults)} faults"
)
sys.exit(bool(faults))
