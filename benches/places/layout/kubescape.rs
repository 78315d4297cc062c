//! Kubescape: a folder for each rule, `rules/NAME`, with its `raw.rego`, its `rule.metadata.json`
//! and `test/CASE`, where `input/*` is what the rule is asked about, all at once, as a list.
//!
//! Some rules are asked about what Kubescape itself puts together: a subject with its bindings
//! and roles. What stands in the file `default-config-inputs.json` is data, under `data.json` of a
//! case. What rules import from Kubescape is not in the library: `cautils` is had from here.

mod aggregate;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use manifestly::source::SourceText;
use serde_json::{Map, Value, json};

use super::super::library::{Case, Library, Note, Subject, Told, Unit};
use super::super::options::Options;
use super::files;

/// What rules use of Kubescape's `cautils`.
const CAUTILS: &str = include_str!("kubescape/cautils.rego");

/// The folder of the rules, if this is such a library.
pub(super) fn rules(folder: &Path) -> Option<PathBuf> {
    let has_rule = |folder: &PathBuf| {
        files::folders(folder).iter().any(|rule| rule.join("raw.rego").is_file())
    };
    [folder.join("rules"), folder.to_owned()].into_iter().find(has_rule)
}

pub(super) fn read(
    folder: &Path,
    options: &Options,
    helpers: &[Arc<SourceText>],
    library: &mut Library,
) {
    let Some(rules) = rules(folder) else { return };
    let file = |folder: &Path| folder.join("default-config-inputs.json");
    let inputs = [file(folder), file(rules.parent().unwrap_or(folder))];
    let inputs = inputs.iter().find_map(|file| files::json(file));
    let data = Map::from_iter([(
        "postureControlInputs".to_owned(),
        inputs
            .and_then(|all| all.pointer("/settings/postureControlInputs").cloned())
            .unwrap_or_else(|| json!({})),
    )]);
    for rule in files::folders(&rules) {
        let name = files::name(&rule);
        if !rule.join("raw.rego").is_file() || !options.wants(&name) {
            continue;
        }
        match unit(&name, &rule, &data, helpers) {
            Ok((unit, mut notes)) => {
                library.units.push(unit);
                library.notes.append(&mut notes);
            }
            Err(note) => library.notes.push(note),
        }
    }
}

fn unit(
    name: &str,
    rule: &Path,
    data: &Map<String, Value>,
    helpers: &[Arc<SourceText>],
) -> Result<(Unit, Vec<Note>), Note> {
    let policy = files::text(&rule.join("raw.rego"), rule.parent().unwrap_or(rule))
        .map_err(|error| Note::new("a file can't be read", name, error))?;
    let mut helpers = helpers.to_vec();
    let has_cautils = helpers.iter().any(|helper| helper.text().contains("package cautils"));
    if policy.text().contains("data.cautils") && !has_cautils {
        helpers.push(Arc::new(SourceText::new("cautils.rego", CAUTILS)));
    }
    let metadata = files::json(&rule.join("rule.metadata.json")).unwrap_or_default();
    let aggregator = metadata.pointer("/attributes/resourcesAggregator").and_then(Value::as_str);
    let tests = files::folders(&rule.join("test"));
    if tests.is_empty() {
        return Err(Note::new("a rule without tests", name, ""));
    }
    let (mut cases, mut notes) = (Vec::new(), Vec::new());
    for test in tests {
        match case(&test, aggregator, data) {
            Ok(case) => cases.push(case),
            Err(error) => {
                let what = format!("{name}/{}", files::name(&test));
                notes.push(Note::new("a test can't be read", what, error));
            }
        }
    }
    Ok((Unit { name: Some(name.to_owned()), policies: vec![policy], helpers, cases }, notes))
}

fn case(test: &Path, aggregator: Option<&str>, data: &Map<String, Value>) -> Result<Case, String> {
    let mut resources = Vec::new();
    for file in files::below(&test.join("input")) {
        if files::has_ending(&file, &["yaml", "yml", "json"]) {
            // Kubescape's own runner reads the first document of a file.
            let documents = files::documents(&file, test)?;
            resources.extend(documents.first().map(|document| Value::from(&document.root)));
        }
    }
    let resources = aggregate::by(aggregator, resources);
    let mut data = data.clone();
    let own = files::json(&test.join("data.json")).unwrap_or_default();
    for (key, value) in own.as_object().into_iter().flatten() {
        let into = data.entry(key).or_insert_with(|| json!({}));
        match (into.as_object_mut(), value.as_object()) {
            (Some(into), Some(value)) => into.extend(value.clone()),
            _ => *into = value.clone(),
        }
    }
    let expected = files::json(&test.join("expected.json"));
    Ok(Case {
        name: files::name(test),
        data,
        subject: Subject::Value(Value::Array(resources), Told::Kubescape),
        expected: expected.and_then(|expected| messages(&expected)),
    })
}

fn messages(expected: &Value) -> Option<Vec<String>> {
    let message = |result: &Value| {
        result.get("alertMessage").and_then(Value::as_str).map(|text| text.trim().to_owned())
    };
    match expected {
        Value::Array(results) => results.iter().map(message).collect(),
        result => message(result).map(|message| vec![message]),
    }
}
