//! KICS: a folder for each query, `assets/queries/PLATFORM/NAME`, with its `query.rego` and
//! `test/positive*.yaml`, whose violations stand on the lines that
//! `test/positive_expected_result.json` names. What queries import is in `assets/libraries`.
//!
//! A query is asked about the documents of one file, under `input.document`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use manifestly::manifest::Manifest;
use manifestly::source::SourceText;
use serde_json::{Map, Value, json};

use super::super::library::{Case, Library, Note, Subject, Told, Unit};
use super::super::options::Options;
use super::files;

/// The folder of the queries for Kubernetes, if this is such a library. The folder of another
/// platform has to be named itself.
pub(super) fn queries(folder: &Path) -> Option<PathBuf> {
    let has_query = |folder: &PathBuf| {
        files::folders(folder).iter().any(|query| query.join("query.rego").is_file())
    };
    let places = ["assets/queries/k8s", "queries/k8s", "k8s", ""];
    places.iter().map(|place| folder.join(place)).find(has_query)
}

pub(super) fn read(
    folder: &Path,
    options: &Options,
    helpers: &[Arc<SourceText>],
    library: &mut Library,
) {
    let Some(queries) = queries(folder) else { return };
    let libraries = queries.ancestors().map(|above| above.join("libraries"));
    let (mut known, mut data) = (helpers.to_vec(), Map::new());
    if let Some(libraries) = libraries.into_iter().find(|folder| folder.is_dir()) {
        known.extend(files::rego_below(std::slice::from_ref(&libraries), &mut library.notes));
        for file in files::below(&libraries).iter().filter(|f| files::has_ending(f, &["json"])) {
            data.extend(
                files::json(file).and_then(|all| all.as_object().cloned()).unwrap_or_default(),
            );
        }
    }
    for query in files::folders(&queries) {
        let name = files::name(&query);
        if !query.join("query.rego").is_file() || !options.wants(&name) {
            continue;
        }
        match unit(&name, &query, &known, &data, &mut library.notes) {
            Ok(unit) => library.units.push(unit),
            Err(error) => library.notes.push(Note::new("a file can't be read", name, error)),
        }
    }
}

fn unit(
    name: &str,
    query: &Path,
    known: &[Arc<SourceText>],
    data: &Map<String, Value>,
    notes: &mut Vec<Note>,
) -> Result<Unit, String> {
    let policy = files::text(&query.join("query.rego"), query.parent().unwrap_or(query))?;
    let test = query.join("test");
    let expected = files::json(&test.join("positive_expected_result.json")).unwrap_or_default();
    let positive: Vec<_> = files::below(&test)
        .into_iter()
        .filter(|file| files::name(file).starts_with("positive"))
        .filter(|file| files::has_ending(file, &["yaml", "yml", "json"]))
        .filter(|file| !files::name(file).ends_with("_expected_result.json"))
        .collect();
    let mut cases = Vec::new();
    for file in &positive {
        let case_name = files::name(file);
        match files::documents(file, &test) {
            Ok(manifests) => {
                let lines = lines(&expected, &case_name, positive.len() == 1);
                cases.push(case(case_name, manifests, lines, data));
            }
            Err(error) => {
                let what = format!("{name}/{case_name}");
                notes.push(Note::new("a test can't be read", what, error));
            }
        }
    }
    let helpers = imported(&policy, known);
    Ok(Unit { name: Some(name.to_owned()), policies: vec![policy], helpers, cases })
}

fn case(
    name: String,
    manifests: Vec<Manifest>,
    lines: BTreeSet<usize>,
    data: &Map<String, Value>,
) -> Case {
    let document = |(number, manifest): (usize, &Manifest)| {
        let mut document = Value::from(&manifest.root);
        if let Some(fields) = document.as_object_mut() {
            fields.insert("id".into(), number.to_string().into());
            fields.insert("file".into(), name.as_str().into());
        }
        document
    };
    let documents: Value = manifests.iter().enumerate().map(document).collect();
    Case {
        data: data.clone(),
        subject: Subject::Value(json!({ "document": documents }), Told::Kics { manifests, lines }),
        expected: None,
        name,
    }
}

/// The lines on which violations of a file are expected.
fn lines(expected: &Value, file: &str, is_only: bool) -> BTreeSet<usize> {
    let results = expected.as_array().into_iter().flatten();
    let of_file = results.filter(|result| match result.get("fileName").and_then(Value::as_str) {
        Some(name) => name == file,
        None => is_only,
    });
    let line = |result: &Value| result.get("line")?.as_u64()?.try_into().ok();
    of_file.filter_map(line).collect()
}

/// The files of a library that a policy imports, and those that these import.
fn imported(policy: &Arc<SourceText>, known: &[Arc<SourceText>]) -> Vec<Arc<SourceText>> {
    let package = |text: &SourceText| {
        let line = text.text().lines().find_map(|line| line.trim().strip_prefix("package "));
        line.map(|package| format!("data.{}", package.trim()))
    };
    let mut found: Vec<Arc<SourceText>> = Vec::new();
    let mut open = vec![Arc::clone(policy)];
    while let Some(text) = open.pop() {
        for library in known {
            let is_named = package(library).is_some_and(|package| text.text().contains(&package));
            if is_named && !found.iter().any(|one| one.name() == library.name()) {
                found.push(Arc::clone(library));
                open.push(Arc::clone(library));
            }
        }
    }
    found.sort_by(|a, b| a.name().cmp(b.name()));
    found
}
