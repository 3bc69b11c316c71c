"""Taxonomies from ESCO's files, JSON and dicts: the same faces, typed faults, and a form that travels."""

import csv
import json
import pickle
import zipfile
from pathlib import Path

import pytest

import osuma

STARTER = osuma.Taxonomy.starter()
SKILLS = {"en": ["weld metal", "sew clothes"], "fi": ["hitsata metallia", "ommella vaatteita"],
          "sv": ["svetsa metall", "sy kläder"]}


def esco(folder: Path, languages: tuple[str, ...] = ("en", "fi", "sv")) -> Path:
    """Two skills and an occupation in the form of ESCO's packages."""
    def table(name: str, rows: list[dict[str, str]], columns: list[str]) -> None:
        with open(folder / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)

    concept = ["conceptType", "conceptUri", "skillType", "reuseLevel", "preferredLabel", "altLabels", "hiddenLabels",
               "status", "modifiedDate", "scopeNote", "definition", "inScheme", "description"]
    base = "http://data.europa.eu/esco"
    for language in languages:
        table(f"skills_{language}", [
            {"conceptType": "KnowledgeSkillCompetence", "conceptUri": f"{base}/skill/{i}",
             "skillType": "skill/competence", "preferredLabel": label}
            for i, label in enumerate(SKILLS[language])], concept)
        table(f"occupations_{language}", [
            {"conceptType": "Occupation", "conceptUri": f"{base}/occupation/1", "preferredLabel": "welder"}], concept)
    relation = ["conceptType", "conceptUri", "broaderType", "broaderUri"]
    table("broaderRelationsSkillPillar", [], relation)
    table("skillSkillRelations", [], ["originalSkillUri", "originalSkillType", "relationType", "relatedSkillType",
                                     "relatedSkillUri"])
    table("occupationSkillRelations", [
        {"occupationUri": f"{base}/occupation/1", "relationType": "essential", "skillType": "skill/competence",
         "skillUri": f"{base}/skill/0"}], ["occupationUri", "relationType", "skillType", "skillUri"])
    return folder


def test_esco_from_a_directory_and_a_zip(tmp_path):
    taxonomy = osuma.Taxonomy.from_esco(esco(tmp_path))
    assert len(taxonomy) == 3 and taxonomy.map is None
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for file in tmp_path.glob("*.csv"):
            archive.write(file, file.name)
    assert osuma.Taxonomy.from_esco(str(tmp_path / "all.zip")).to_bytes() == taxonomy.to_bytes()
    finnish = osuma.Taxonomy.from_esco(tmp_path, languages=["fi"])
    assert {label["language"] for c in finnish.concepts() for label in c["labels"]} == {"fi"}
    best = taxonomy.link("pystyn hitsaamaan metallia", language="fi", k=1)[0]
    assert (best.label, best.concept) == ("hitsata metallia", "http://data.europa.eu/esco/skill/0")
    assert taxonomy.concept("http://data.europa.eu/esco/occupation/1")["skills"] == [
        {"concept": "http://data.europa.eu/esco/skill/0", "essential": True}]


def test_faults_of_esco_are_named(tmp_path):
    esco(tmp_path, ("en", "fi"))
    for wrong, kind in [
        (lambda: osuma.Taxonomy.from_esco(tmp_path, ["en", "sv"]), osuma.NotFoundError),
        (lambda: osuma.Taxonomy.from_esco(tmp_path / "none"), osuma.NotFoundError),
        (lambda: osuma.Taxonomy.from_esco(tmp_path, []), osuma.InvalidInputError),
        (lambda: osuma.Taxonomy.from_esco(tmp_path, ["de"]), osuma.InvalidInputError),
    ]:
        with pytest.raises(kind):
            wrong()
    (tmp_path / "skills_en.csv").write_text("conceptUri,altLabels\nx,y\n")
    with pytest.raises(osuma.InvalidInputError) as column:
        osuma.Taxonomy.from_esco(tmp_path, ["en"])
    assert "skills_en.csv" in column.value.path
    (tmp_path / "bad.zip").write_bytes(b"PK\3\4 half a download")
    with pytest.raises(osuma.FormatError) as half:
        osuma.Taxonomy.from_esco(tmp_path / "bad.zip", ["en"])
    assert "bad.zip" in half.value.path


def test_concepts_make_the_same_taxonomy_again():
    concepts = STARTER.concepts()
    again = osuma.Taxonomy.from_concepts(concepts)
    assert again.to_bytes() == STARTER.to_bytes()
    assert osuma.Taxonomy.from_json("\n".join(map(json.dumps, concepts))).to_bytes() == STARTER.to_bytes()
    assert STARTER.concept(concepts[7]["uri"]) == concepts[7]
    with pytest.raises(osuma.NotFoundError):
        STARTER.concept("osuma:flying")


@pytest.mark.parametrize(("change", "path"), [
    ({"uri": ""}, "/1/uri"),
    ({"uri": "my:a"}, "/1/uri"),
    ({"labls": []}, "/1/labls"),
    ({"labels": [{"text": "x", "language": "de", "kind": "preferred"}]}, "/1/labels/0/language"),
    ({"broader": ["my:none"]}, "/1/broader/0"),
    ({"labels": object()}, "/1"),
])
def test_a_faulty_concept_is_named(change, path):
    label = [{"text": "ompelu", "language": "fi", "kind": "preferred"}]
    good = {"uri": "my:a", "labels": label}
    with pytest.raises(osuma.InvalidInputError) as error:
        osuma.Taxonomy.from_concepts([good, {"uri": "my:b", "labels": label} | change])
    assert error.value.path == path


def test_a_taxonomy_travels_with_its_map():
    again = pickle.loads(pickle.dumps(STARTER))
    assert again.to_bytes() == STARTER.to_bytes() and again.map == STARTER.map
    bare = STARTER.with_map(None)
    assert bare.map is None and pickle.loads(pickle.dumps(bare)).map is None and STARTER.map is not None
    assert again.link("svetsa rör", k=3) == STARTER.link("svetsa rör", k=3)
    data = STARTER.to_bytes()
    for bad in (b"", data[:-1], data[:99] + bytes([data[99] ^ 1]) + data[100:]):
        with pytest.raises(osuma.FormatError):
            osuma.Taxonomy.from_bytes(bad)


@pytest.mark.parametrize(("text", "language", "label"), [
    ("osaan leipoa leipää", "fi", "leivän leipominen"), ("", None, None), ("\ud800", None, None), ("zzz qqq", "en", None),
])
def test_linking(text, language, label):
    found = STARTER.link(text, language=language, k=3)
    assert [link.label for link in found][:1] == ([] if label is None else [label])
    assert all(0 < link.score <= 1 for link in found) and len(found) <= 3
    with pytest.raises(osuma.InvalidInputError):
        STARTER.link(text, language="de")
    with pytest.raises(osuma.InvalidInputError):
        STARTER.link(text, k=-1)
