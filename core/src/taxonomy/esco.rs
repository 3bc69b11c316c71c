//! ESCO's official CSV packages.
//!
//! The download at esco.ec.europa.eu gives zips of CSV tables: per language `skills_fi.csv`, `occupations_fi.csv`,
//! `skillGroups_fi.csv`, `ISCOGroups_fi.csv`, and the relations `broaderRelationsSkillPillar`,
//! `broaderRelationsOccPillar`, `skillSkillRelations` and `occupationSkillRelations`, with or without a language
//! behind the name. Tables are found by name, in zips and beside them; other files are passed over.
//!
//! ESCO is © European Union, free for reuse under Commission Decision 2011/833/EU with attribution.

use super::{Concept, ConceptKind, Label, LabelKind, NeededSkill, Taxonomy};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Language;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// The largest table that is read, in bytes; ESCO's largest has 21 MB.
const LARGEST: u64 = 1 << 30;
/// The share of a table of relations that may name a concept without a row of its own, and is passed over: the official
/// version 1.1.1 has one such occupation, in 67 of 123,855 rows.
const ORPHANS: f64 = 0.01;

impl Taxonomy {
    /// Reads ESCO from its official CSV packages: `path` is a zip, or a directory with zips, CSV files or both.
    ///
    /// Skills, occupations, groups, hierarchy and relations are read once, labels and descriptions in the languages
    /// asked for. Skills and occupations must be there in each of them; groups without a name keep their URI.
    /// Concepts are ordered by URI, whatever the order of files and languages.
    ///
    /// Cost: some seconds; keep [`to_bytes`](Self::to_bytes) to load it at once the next time.
    ///
    /// ```no_run
    /// use osuma::{Language::{En, Fi, Sv}, Taxonomy};
    /// let taxonomy = Taxonomy::from_esco("esco/", &[En, Fi, Sv])?;
    /// std::fs::write("esco.osuma", taxonomy.to_bytes()).map_err(|e| e.to_string())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for a path or table that is not there, [`Damaged`](ErrorKind::Damaged) for a
    /// zip that cannot be read, [`InvalidInput`](ErrorKind::InvalidInput) for a table that is not as it should be,
    /// [`Storage`](ErrorKind::Storage) if the disk fails. The path names file, row and column.
    pub fn from_esco(path: impl AsRef<Path>, languages: &[Language]) -> Result<Self> {
        if languages.is_empty() {
            return Err(Error::invalid("/languages", "no language; give at least one of fi, sv, en"));
        }
        let mut languages = languages.to_vec();
        languages.sort_unstable();
        languages.dedup();
        let tables = Tables::find(path.as_ref())?;
        let mut esco = Esco::default();
        for &language in &languages {
            for (table, kind, must) in [
                ("skills", None, true),
                ("occupations", Some(ConceptKind::Occupation), true),
                ("skillGroups", Some(ConceptKind::Group), false),
                ("ISCOGroups", Some(ConceptKind::Group), false),
            ] {
                let name = format!("{table}_{}", language.code());
                if must || tables.has(&name) {
                    esco.concepts(tables.open(&name)?, kind, language)?;
                }
            }
        }
        esco.broader(tables.open("broaderRelationsSkillPillar")?)?;
        if tables.has("broaderRelationsOccPillar") {
            esco.broader(tables.open("broaderRelationsOccPillar")?)?;
        }
        esco.related(tables.open("skillSkillRelations")?)?;
        esco.needed(tables.open("occupationSkillRelations")?)?;
        Self::new(esco.concepts.into_values().collect())
    }
}

/// Where the tables are: a zip or none, and the name in it or the file.
struct Tables {
    root: PathBuf,
    /// By lower-case name without language (but for those that come in several) and ending.
    found: HashMap<String, (PathBuf, Option<usize>)>,
}

impl Tables {
    fn find(root: &Path) -> Result<Self> {
        let mut tables = Self { root: root.to_owned(), found: HashMap::new() };
        let unread = |e: std::io::Error| {
            let kind = if e.kind() == std::io::ErrorKind::NotFound { ErrorKind::NotFound } else { ErrorKind::Storage };
            Error::new(
                kind,
                root.display().to_string(),
                format!("cannot be read: {e}; give ESCO's zip or its directory"),
            )
        };
        let mut files = if std::fs::metadata(root).map_err(unread)?.is_dir() {
            let entries = std::fs::read_dir(root).map_err(unread)?;
            entries.map(|e| e.map(|e| e.path()).map_err(unread)).collect::<Result<Vec<_>>>()?
        } else {
            vec![root.to_owned()]
        };
        files.sort();
        let ends = |p: &Path, e: &str| p.extension().is_some_and(|x| x.eq_ignore_ascii_case(e));
        for file in files.iter().filter(|f| ends(f, "csv")) {
            tables.add(&file.to_string_lossy(), (file.clone(), None));
        }
        for file in files.iter().filter(|f| ends(f, "zip") || (**f == *root && !ends(f, "csv"))) {
            let archive = open_zip(file)?;
            for i in 0..archive.len() {
                if let Some(name) = archive.name_for_index(i) {
                    let name = name.map_err(|e| broken(file, &e.to_string()))?;
                    tables.add(&name, (file.clone(), Some(i)));
                }
            }
        }
        Ok(tables)
    }

    fn add(&mut self, path: &str, place: (PathBuf, Option<usize>)) {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_lowercase();
        if let Some(name) = name.strip_suffix(".csv") {
            self.found.entry(name.to_owned()).or_insert_with(|| place.clone());
            if let Some((relation, _)) = name.rsplit_once('_').filter(|r| r.0.contains("relations")) {
                self.found.entry(relation.to_owned()).or_insert(place);
            }
        }
    }

    fn has(&self, name: &str) -> bool {
        self.found.contains_key(&name.to_lowercase())
    }

    fn open(&self, name: &str) -> Result<Table> {
        let missing = || {
            let message = format!("{name}.csv is in no file; get ESCO's whole CSV package in this language");
            Error::new(ErrorKind::NotFound, self.root.display().to_string(), message)
        };
        let (file, entry) = self.found.get(&name.to_lowercase()).ok_or_else(missing)?;
        let mut bytes = Vec::new();
        match *entry {
            None => {
                let mut from = File::open(file).map_err(|e| storage(file, &e))?.take(LARGEST);
                from.read_to_end(&mut bytes).map_err(|e| storage(file, &e))?;
            }
            Some(i) => {
                let mut archive = open_zip(file)?;
                let entry = archive.by_index(i).map_err(|e| broken(file, &e.to_string()))?;
                entry.take(LARGEST).read_to_end(&mut bytes).map_err(|e| broken(file, &e.to_string()))?;
            }
        }
        let file = match entry {
            None => file.display().to_string(),
            Some(_) => format!("{}/{name}.csv", file.display()),
        };
        Table::new(file, bytes)
    }
}

fn storage(file: &Path, e: &std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, file.display().to_string(), format!("cannot be read: {e}"))
}

fn broken(file: &Path, e: &str) -> Error {
    Error::new(ErrorKind::Damaged, file.display().to_string(), format!("is not a whole zip ({e}); download it again"))
}

fn open_zip(file: &Path) -> Result<zip::ZipArchive<BufReader<File>>> {
    let opened = File::open(file).map_err(|e| storage(file, &e))?;
    zip::ZipArchive::new(BufReader::new(opened)).map_err(|e| broken(file, &e.to_string()))
}

/// One CSV table in memory.
struct Table {
    file: String,
    reader: csv::Reader<std::io::Cursor<Vec<u8>>>,
    header: csv::StringRecord,
    record: csv::StringRecord,
    row: usize,
    /// Rows that name a concept that is not there.
    orphans: Vec<Error>,
}

impl Table {
    fn new(file: String, mut bytes: Vec<u8>) -> Result<Self> {
        if bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        let mut reader = csv::Reader::from_reader(std::io::Cursor::new(bytes));
        let header = reader.headers().map_err(|e| Error::invalid(format!("{file}, row 1"), e.to_string()))?.clone();
        Ok(Self { file, reader, header, record: csv::StringRecord::new(), row: 1, orphans: Vec::new() })
    }

    fn column(&self, name: &str) -> Result<usize> {
        self.header.iter().position(|h| h == name).ok_or_else(|| {
            let has: Vec<&str> = self.header.iter().collect();
            let message = format!("column \"{name}\" is missing; the table has {}", has.join(", "));
            Error::invalid(format!("{}, row 1", self.file), message)
        })
    }

    /// Goes to the next row; false at the end.
    fn next(&mut self) -> Result<bool> {
        self.row += 1;
        self.reader.read_record(&mut self.record).map_err(|e| {
            let message = match e.kind() {
                csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                    format!("{len} columns in the place of {expected_len}; the download may have been cut off")
                }
                _ => e.to_string(),
            };
            Error::invalid(format!("{}, row {}", self.file, self.row), message)
        })
    }

    /// At the end: the first orphan, if there are more than [`ORPHANS`] allows.
    fn end(mut self) -> Result<()> {
        let many = self.orphans.len() as f64 > ORPHANS * self.row as f64;
        if many { Err(self.orphans.swap_remove(0)) } else { Ok(()) }
    }

    fn get(&self, column: usize) -> &str {
        self.record.get(column).unwrap_or("").trim()
    }

    fn fault(&self, column: usize, message: String) -> Error {
        let name = self.header.get(column).unwrap_or("");
        Error::invalid(format!("{}, row {}, column {name}", self.file, self.row), message)
    }
}

#[derive(Default)]
struct Esco {
    concepts: BTreeMap<String, Concept>,
}

impl Esco {
    /// The labels and descriptions of one table. `kind` is `None` where each row says what it is.
    fn concepts(&mut self, mut table: Table, kind: Option<ConceptKind>, language: Language) -> Result<()> {
        let [uri, preferred, alternative] =
            [table.column("conceptUri")?, table.column("preferredLabel")?, table.column("altLabels")?];
        let hidden = table.column("hiddenLabels").ok();
        let description = table.column("description")?;
        let skill_type = if kind.is_none() { Some(table.column("skillType")?) } else { None };
        while table.next()? {
            let id = table.get(uri);
            if id.is_empty() || table.get(preferred).is_empty() {
                let column = if id.is_empty() { uri } else { preferred };
                return Err(table.fault(column, "is empty; every concept has a URI and a preferred label".into()));
            }
            let kind = match (kind, skill_type.map(|c| table.get(c))) {
                (Some(kind), _) => kind,
                (None, Some("knowledge")) => ConceptKind::Knowledge,
                (None, _) => ConceptKind::Skill,
            };
            let new = || Concept { uri: id.to_owned(), kind, ..Concept::default() };
            let concept = self.concepts.entry(id.to_owned()).or_insert_with(new);
            if concept.labels.iter().any(|l| l.language == language) {
                return Err(table.fault(uri, format!("concept \"{id}\" stands in the table twice")));
            }
            let first = concept.labels.len();
            for (column, kind) in [
                (Some(preferred), LabelKind::Preferred),
                (Some(alternative), LabelKind::Alternative),
                (hidden, LabelKind::Hidden),
            ] {
                for text in column.map_or("", |c| table.get(c)).split(['\n', '\r', '|']).map(str::trim) {
                    if !text.is_empty() && !concept.labels[first..].iter().any(|l| l.text == text) {
                        concept.labels.push(Label { text: text.to_owned(), language, kind });
                    }
                }
            }
            if !table.get(description).is_empty() {
                concept.description.insert(language, table.get(description).to_owned());
            }
        }
        Ok(())
    }

    /// The concept in one column, if the concepts in all these columns are there; else the fault is noted.
    fn known(&mut self, table: &mut Table, columns: [usize; 2]) -> Option<(&mut Concept, String)> {
        for column in columns {
            let uri = table.get(column);
            if !self.concepts.contains_key(uri) {
                let message = format!("concept \"{uri}\" is in none of the tables of concepts");
                let fault = table.fault(column, message);
                table.orphans.push(fault);
                return None;
            }
        }
        let to = table.get(columns[1]).to_owned();
        self.concepts.get_mut(table.get(columns[0])).map(|from| (from, to))
    }

    fn broader(&mut self, mut table: Table) -> Result<()> {
        let [kind, uri, above_kind, above] = [
            table.column("conceptType")?,
            table.column("conceptUri")?,
            table.column("broaderType")?,
            table.column("broaderUri")?,
        ];
        while table.next()? {
            // Groups have no table in some languages.
            for (kind, uri) in [(kind, uri), (above_kind, above)] {
                if table.get(kind).ends_with("Group") && !self.concepts.contains_key(table.get(uri)) {
                    let uri = table.get(uri).to_owned();
                    let group = Concept { uri: uri.clone(), kind: ConceptKind::Group, ..Concept::default() };
                    self.concepts.insert(uri, group);
                }
            }
            if let Some((from, to)) = self.known(&mut table, [uri, above])
                && !from.broader.contains(&to)
            {
                from.broader.push(to);
            }
        }
        table.end()
    }

    fn related(&mut self, mut table: Table) -> Result<()> {
        let [from, to] = [table.column("originalSkillUri")?, table.column("relatedSkillUri")?];
        while table.next()? {
            if let Some((from, to)) = self.known(&mut table, [from, to])
                && from.uri != to
                && !from.related.contains(&to)
            {
                from.related.push(to);
            }
        }
        table.end()
    }

    fn needed(&mut self, mut table: Table) -> Result<()> {
        let [occupation, kind, skill] =
            [table.column("occupationUri")?, table.column("relationType")?, table.column("skillUri")?];
        while table.next()? {
            let essential = match table.get(kind) {
                "essential" => true,
                "optional" => false,
                other => return Err(table.fault(kind, format!("\"{other}\"; it is \"essential\" or \"optional\""))),
            };
            if let Some((from, concept)) = self.known(&mut table, [occupation, skill]) {
                from.skills.push(NeededSkill { concept: concept.into(), essential });
            }
        }
        table.end()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use Language::{En, Fi, Sv};
    use std::io::Write;

    const SKILLS_EN: &str = "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,hiddenLabels,status,\
modifiedDate,scopeNote,definition,inScheme,description\n\
KnowledgeSkillCompetence,s:2,skill/competence,x,bake bread,\"baking bread\nmake bread\nbake bread\",,released,,,,,\"Make\nbread.\"\n\
KnowledgeSkillCompetence,s:1,knowledge,x,baking,,,released,,,,,About baking.\n";
    const SKILLS_FI: &str = "conceptType,conceptUri,skillType,preferredLabel,altLabels,description\n\
KnowledgeSkillCompetence,s:1,knowledge,leivonta,,\n\
KnowledgeSkillCompetence,s:2,skill/competence,leipoa leipää,,\n";
    const OCCUPATIONS: &str = "conceptType,conceptUri,iscoGroup,preferredLabel,altLabels,hiddenLabels,description,code\n\
Occupation,o:1,7512,LABEL,,,,7512.1\n";
    const BROADER: &str = "conceptType,conceptUri,broaderType,broaderUri\n\
KnowledgeSkillCompetence,s:2,KnowledgeSkillCompetence,s:1\nKnowledgeSkillCompetence,s:1,SkillGroup,g:1\n";
    const RELATED: &str = "originalSkillUri,originalSkillType,relationType,relatedSkillType,relatedSkillUri\n\
s:2,skill/competence,optional,knowledge,s:1\n";
    const NEEDED: &str = "occupationUri,relationType,skillType,skillUri\n\
o:1,essential,skill/competence,s:2\no:1,optional,knowledge,s:1\n";

    fn package() -> Vec<(&'static str, String)> {
        vec![
            ("skills_en.csv", SKILLS_EN.into()),
            ("skills_fi.csv", SKILLS_FI.into()),
            ("occupations_en.csv", OCCUPATIONS.replace("LABEL", "baker")),
            ("occupations_fi.csv", OCCUPATIONS.replace("LABEL", "leipuri")),
            ("broaderRelationsSkillPillar.csv", BROADER.into()),
            ("skillSkillRelations_en.csv", RELATED.into()),
            ("occupationSkillRelations.csv", NEEDED.into()),
        ]
    }

    fn zipped(files: &[(&str, String)]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, text) in files {
            let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
            zip.start_file(format!("ESCO dataset/{name}"), stored).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn directory(files: &[(&str, String)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        dir
    }

    #[test]
    fn zips_and_tables_give_the_same() {
        let files = package();
        let plain = directory(&files);
        let t = Taxonomy::from_esco(plain.path(), &[En, Fi]).unwrap();
        let bread = t.concept("s:2").unwrap();
        assert_eq!((bread.label(Fi), bread.label(En), bread.kind), ("leipoa leipää", "bake bread", ConceptKind::Skill));
        assert_eq!(bread.labels.len(), 4, "an alternative label like the preferred one is left out");
        assert_eq!(bread.description[&En], "Make\nbread.");
        assert_eq!((&bread.broader[..], &bread.related[..]), (&["s:1".to_owned()][..], &["s:1".to_owned()][..]));
        assert_eq!(t.concept("s:1").unwrap().kind, ConceptKind::Knowledge);
        assert_eq!(t.concept("g:1").unwrap().kind, ConceptKind::Group);
        assert_eq!(t.concept("o:1").unwrap().skills.iter().map(|s| s.essential).collect::<Vec<_>>(), [true, false]);
        assert_eq!(t.recognise("Leivon leipää.", Some(Fi))[0].concept, "s:2");
        assert!(t.recognise("I am a baker.", Some(En)).iter().all(|m| m.concept != "o:1"));

        let mixed = tempfile::tempdir().unwrap();
        std::fs::write(mixed.path().join("a.zip"), zipped(&files[..3])).unwrap();
        std::fs::write(mixed.path().join("b.zip"), zipped(&files[4..])).unwrap();
        std::fs::write(mixed.path().join("occupations_fi.csv"), format!("\u{feff}{}", files[3].1)).unwrap();
        std::fs::write(mixed.path().join("readme.txt"), "not a table").unwrap();
        assert_eq!(Taxonomy::from_esco(mixed.path(), &[Fi, En, Fi]).unwrap().digest(), t.digest());
        let one = mixed.path().join("all.zip");
        std::fs::write(&one, zipped(&files)).unwrap();
        assert_eq!(Taxonomy::from_esco(&one, &[En, Fi]).unwrap().digest(), t.digest());
        assert_eq!(Taxonomy::from_esco(&one, &[Fi]).unwrap().concept("s:1").unwrap().labels.len(), 1);
    }

    #[test]
    fn faults_name_file_row_and_column() {
        type Change = fn(&mut Vec<(&'static str, String)>);
        let cases: [(&str, Change, ErrorKind, &str); 8] = [
            ("a table is missing", |f| drop(f.remove(6)), ErrorKind::NotFound, ""),
            (
                "a column is missing",
                |f| f[1].1 = SKILLS_FI.replace("preferredLabel", "label"),
                ErrorKind::InvalidInput,
                "skills_fi.csv, row 1",
            ),
            ("cut off", |f| f[1].1.truncate(SKILLS_FI.len() - 5), ErrorKind::InvalidInput, "skills_fi.csv, row 3"),
            (
                "no label",
                |f| f[1].1 = SKILLS_FI.replace("leivonta", " "),
                ErrorKind::InvalidInput,
                "skills_fi.csv, row 2, column preferredLabel",
            ),
            (
                "twice",
                |f| f[1].1 = SKILLS_FI.replace("s:2", "s:1"),
                ErrorKind::InvalidInput,
                "skills_fi.csv, row 3, column conceptUri",
            ),
            (
                "unknown skill",
                |f| f[6].1 = NEEDED.replace("s:1", "s:9"),
                ErrorKind::InvalidInput,
                "occupationSkillRelations.csv, row 3, column skillUri",
            ),
            (
                "unknown relation",
                |f| f[6].1 = NEEDED.replace("optional", "maybe"),
                ErrorKind::InvalidInput,
                "occupationSkillRelations.csv, row 3, column relationType",
            ),
            (
                "a web page",
                |f| f[4].1 = "<html>".into(),
                ErrorKind::InvalidInput,
                "broaderRelationsSkillPillar.csv, row 1",
            ),
        ];
        for (name, change, kind, path) in cases {
            let mut files = package();
            change(&mut files);
            let e = Taxonomy::from_esco(directory(&files).path(), &[En, Fi]).unwrap_err();
            assert!(e.kind() == kind && e.path().ends_with(path), "{name}: {e}");
        }
        let dir = directory(&package());
        let error = |path: &Path, languages: &[Language]| Taxonomy::from_esco(path, languages).unwrap_err();
        assert_eq!(error(dir.path(), &[Sv]).kind(), ErrorKind::NotFound);
        assert_eq!(error(dir.path(), &[]).kind(), ErrorKind::InvalidInput);
        assert_eq!(error(&dir.path().join("nowhere"), &[En]).kind(), ErrorKind::NotFound);
        let whole = zipped(&package());
        for n in [0, 10, whole.len() / 2, whole.len() - 3] {
            let half = dir.path().join("half.zip");
            std::fs::write(&half, &whole[..n]).unwrap();
            assert_eq!(error(&half, &[En]).kind(), ErrorKind::Damaged, "{n} bytes");
        }
    }
}
