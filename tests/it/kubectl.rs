//! Manifests are read as the real kubectl reads them. Its answers stand in
//! fixtures/kubectl/golden; tests/goldens/kubectl.py asks for them anew.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use manifestly::manifest::{self, Format, ReadLimits};
use manifestly::source::SourceText;
use serde_json::Value;

use crate::run::root;

fn fixtures(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found
}

fn golden(path: &Path) -> Value {
    let name = format!("{}.json", path.file_name().unwrap().to_str().unwrap());
    let golden = root().join("fixtures/kubectl/golden").join(name);
    serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap()
}

fn read(path: &Path) -> (Vec<Value>, Vec<String>) {
    let text = std::fs::read_to_string(path).unwrap();
    let source = Arc::new(SourceText::new("f", text));
    let reading = manifest::read(&source, Format::Manifest, &ReadLimits::default());
    let objects = reading
        .manifests
        .into_iter()
        .flat_map(|manifest| manifest::resources(&Arc::new(manifest)).unwrap())
        .map(|resource| Value::from(&resource.node))
        .collect();
    (objects, reading.errors.iter().map(ToString::to_string).collect())
}

/// Equal as JSON texts are: 64-bit integers exactly, other numbers as floats.
fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(a), Value::Number(b)) => {
            if a.is_i64() && b.is_i64() {
                a == b
            } else {
                a.as_f64() == b.as_f64()
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => ours == theirs,
    }
}

#[test]
fn what_kubectl_accepts_is_read_as_the_same_value() {
    let files = fixtures(&root().join("fixtures/kubectl"));
    assert!(files.len() >= 10);
    for path in files {
        let golden = golden(&path);
        let theirs = golden["objects"].as_array().unwrap_or_else(|| panic!("{path:?}: {golden}"));
        let (ours, errors) = read(&path);
        assert_eq!(errors, [""; 0], "{path:?}");
        assert_eq!(ours.len(), theirs.len(), "{path:?}");
        for (ours, theirs) in ours.iter().zip(theirs) {
            assert!(same(ours, theirs), "{path:?}\nours:   {ours:#}\ntheirs: {theirs:#}");
        }
    }
}

#[test]
fn what_kubectl_refuses_is_refused() {
    let files = fixtures(&root().join("fixtures/kubectl/refused"));
    assert!(files.len() >= 15);
    for path in files {
        assert!(golden(&path)["refused"].is_string(), "{path:?} is not refused by kubectl");
        assert_ne!(read(&path).1, [""; 0], "{path:?}");
    }
}
