//! Rules about the repository itself, which no compiler checks.

#![expect(clippy::unwrap_used, reason = "a file that cannot be read fails its test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// The stages of a tick; each is a folder of `systems/src` whose files know nothing of the others.
const STAGES: [&str; 6] = ["ingest", "liveness", "rollup", "broadcast", "persist", "check"];

/// Files of stage folders that hold no system, but what several systems of the stage share.
const PARTS_OF_STAGES: [&str; 4] =
    ["broadcast/events", "broadcast/json", "broadcast/outgoing", "rollup/delta"];

/// All that the core may depend on.
const CORE_DEPENDENCIES: [&str; 4] = ["bevy_ecs", "postcard", "rustc-hash", "serde"];

/// SHA-256 of every migration. A migration that has run somewhere is never edited: add the next one.
const MIGRATIONS: [(&str, &str); 10] = [
    (
        "migrations/postgres/0001_fleet.sql",
        "860509351831f1a068d47f4de6b7dfd02b32e0256201d8b8b9b2035edf1c07de",
    ),
    (
        "migrations/postgres/0002_store_identity.sql",
        "1231d2dbcf82ba8f384ee4bfe3baa78fe753a381b95594c45befbdebc16e85fb",
    ),
    (
        "migrations/postgres/0003_history.sql",
        "42560e90539a0d3b0c8c99f4b8f48a8e03988c0fd4cd43fabd7e9aa15e43cec8",
    ),
    (
        "migrations/postgres/0004_deploys.sql",
        "6b5949acf08d25031d9cf1bcaa0b31a81b2a8b87f0ddc1910addfc6b79bdb0b0",
    ),
    (
        "migrations/postgres/0005_audit.sql",
        "14de90acbc582e32d3576e173cc36834d074cc3dc56754a83438a52e9b525374",
    ),
    (
        "migrations/sqlite/0001_fleet.sql",
        "19a646f3686b1ff8f74cc4ccb7d81bd70ca010d35ba4f8ecd810a2e3ed071ea7",
    ),
    (
        "migrations/sqlite/0002_store_identity.sql",
        "283c097bad265d980aa6753a76b68061e372c8487f10e30a70910d16f4eec10c",
    ),
    (
        "migrations/sqlite/0003_history.sql",
        "a29abbaf9ad314a0be06267ee832b78dfc8d504e53d2f2199494bbd780399c98",
    ),
    (
        "migrations/sqlite/0004_deploys.sql",
        "693390a2285bbb95bd26c5d896f940769e17be5b42c95f2898938b6abb83fca1",
    ),
    (
        "migrations/sqlite/0005_audit.sql",
        "f1771a96001bce2b07db475a6ace04968c7be6717c6520d42592859a72797307",
    ),
];

#[test]
fn every_source_file_says_what_it_is() {
    let silent = sources("").filter(|source| !source.text.starts_with("//!"));
    assert_none("files without `//!` at their top", silent.map(|source| source.path));
}

#[test]
fn stages_do_not_know_each_other() {
    let crossings = sources("systems/src").flat_map(|source| {
        let own = STAGES.into_iter().find(|stage| source.is_below(&format!("systems/src/{stage}")));
        let foreign = STAGES.into_iter().filter(move |stage| own.is_some_and(|own| own != *stage));
        let named = foreign.filter(|stage| source.text.contains(&format!("crate::{stage}::")));
        named.map(|stage| format!("{} names {stage}", source.path)).collect::<Vec<_>>()
    });
    assert_none("stage folders that import each other", crossings);
}

#[test]
fn every_file_of_a_stage_is_a_system_or_a_named_part() {
    let schedule = read("systems/src/schedule.rs");
    let mut parts = BTreeSet::from(PARTS_OF_STAGES);
    let mut strangers = Vec::new();
    for stage in STAGES {
        for source in sources(&format!("systems/src/{stage}")) {
            let name = source.path.rsplit('/').next().unwrap().trim_end_matches(".rs");
            let is_part = parts.remove(format!("{stage}/{name}").as_str());
            let is_system = schedule.contains(&format!("{stage}::{name}::"));
            if is_part == is_system {
                strangers.push(source.path);
            }
        }
    }
    assert_none("files of stages that are neither systems nor parts, or both", strangers);
    assert_none("parts that do not exist", parts);
}

#[test]
fn the_core_depends_on_nothing_that_surprises() {
    let manifest = read("systems/Cargo.toml");
    let manifest: toml::Table = manifest.parse().expect("Cargo reads it too");
    let dependencies = manifest["dependencies"].as_table().expect("it is a table");
    let dependencies: Vec<&str> = dependencies.keys().map(String::as_str).collect();
    assert_eq!(dependencies, CORE_DEPENDENCIES);
}

#[test]
fn sql_is_written_in_the_store_alone() {
    const PHRASES: [&str; 6] =
        ["\"SELECT ", "INSERT INTO ", "DELETE FROM ", "\"UPDATE ", "CREATE TABLE", "sqlx::"];
    let elsewhere = sources("src")
        .chain(sources("systems/src"))
        .filter(|source| !source.is_below("src/store") && source.names(&PHRASES));
    assert_none("files with SQL outside src/store", elsewhere.map(|source| source.path));
}

#[test]
fn http_and_store_know_neither_the_engine_nor_each_other() {
    let engine = ["systole_systems::engine", "crate::driver", "Engine::"];
    let http = sources("src/http").filter(|source| source.names(&engine));
    assert_none("files of http that name the engine", http.map(|source| source.path));
    let store = sources("src/store").filter(|source| source.names(&["crate::http"]));
    assert_none("files of the store that name http", store.map(|source| source.path));
}

#[test]
fn nothing_is_left_for_later() {
    // In pieces, or this file would name itself.
    let marks =
        [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!("), "unimplemented!("];
    let kinds = ["rs", "sql", "md", "toml", "html", "ts", "tsx", "css", "sh", "yml"];
    let unfinished = files("")
        .filter(|path| kinds.iter().any(|kind| path.ends_with(&format!(".{kind}"))))
        .filter(|path| path != "tests/tidy.rs")
        .filter(|path| marks.iter().any(|mark| read(path).contains(mark)));
    assert_none("files with something left for later", unfinished);
}

#[test]
fn migrations_are_numbered_without_gaps_and_never_edited() {
    for database in ["postgres", "sqlite"] {
        let numbers: Vec<String> = files(&format!("migrations/{database}"))
            .map(|path| path.rsplit('/').next().unwrap()[..4].to_owned())
            .collect();
        let expected: Vec<String> = (1..=numbers.len()).map(|n| format!("{n:04}")).collect();
        assert_eq!(numbers, expected, "migrations of {database}");
    }
    let found: Vec<(String, String)> = files("migrations")
        .map(|path| {
            let hash = Sha256::digest(read(&path));
            (path, hash.iter().map(|byte| format!("{byte:02x}")).collect())
        })
        .collect();
    let pinned: Vec<(String, String)> =
        MIGRATIONS.map(|(path, hash)| (path.to_owned(), hash.to_owned())).to_vec();
    assert_eq!(found, pinned, "left: as they are; right: as they were when they were pinned");
}

#[test]
fn documents_have_one_title_and_no_dead_link() {
    let mut wrong = Vec::new();
    for path in files("").filter(|path| path.ends_with(".md")) {
        let text = without_code(&read(&path));
        let titles = text.lines().filter(|line| line.starts_with("# ")).count();
        if titles != 1 {
            wrong.push(format!("{path} has {titles} titles"));
        }
        for target in links(&text) {
            let file = target.split('#').next().unwrap();
            let is_elsewhere =
                file.is_empty() || file.contains("://") || file.starts_with("mailto:");
            if !is_elsewhere && !root().join(&path).parent().unwrap().join(file).exists() {
                wrong.push(format!("{path} links to {target}"));
            }
        }
    }
    assert_none("documents that are not in order", wrong);
}

/// A Rust file.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// Below the folder, or the file that stands for it.
    fn is_below(&self, folder: &str) -> bool {
        self.path.starts_with(&format!("{folder}/")) || self.path == format!("{folder}.rs")
    }

    fn names(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.text.contains(phrase))
    }
}

/// The Rust files below a folder, and the file that stands for it.
fn sources(folder: &str) -> impl Iterator<Item = Source> {
    let own = format!("{folder}.rs");
    let own = Some(own).filter(|own| root().join(own).exists() && !is_stage(folder));
    let below = files(folder).filter(|path| path.ends_with(".rs"));
    below.chain(own).map(|path| Source { text: read(&path), path })
}

/// The file of a stage only lists its modules.
fn is_stage(folder: &str) -> bool {
    STAGES.iter().any(|stage| folder == format!("systems/src/{stage}"))
}

/// Paths of the files below a folder, sorted, without what is built or fetched.
fn files(folder: &str) -> impl Iterator<Item = String> {
    const SKIPPED: [&str; 4] = ["target", "node_modules", "systole-data", "dist"];
    let mut folders: Vec<PathBuf> = vec![root().join(folder)];
    let mut found = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if name.starts_with(".git") || SKIPPED.contains(&name) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.into_iter()
}

fn read(path: &str) -> String {
    let bytes = fs::read(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    String::from_utf8_lossy(&bytes).into_owned()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text without fenced blocks, whose `#` and `](` mean other things.
fn without_code(text: &str) -> String {
    let outside = text.split("\n```").step_by(2);
    outside.collect::<Vec<_>>().join("\n")
}

/// Targets of inline links.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next())
}

fn assert_none<T: std::fmt::Debug>(what: &str, found: impl IntoIterator<Item = T>) {
    let found: Vec<T> = found.into_iter().collect();
    assert!(found.is_empty(), "{what}: {found:#?}");
}
