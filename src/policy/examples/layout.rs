//! Where examples stand: folders `examples` with `good` and `bad` in them.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use ignore::WalkBuilder;

use crate::manifest::Format;
use crate::rego::PolicyError;
use crate::source::{Input, SourceFile, display_name};

/// The name of the folder that holds them.
const EXAMPLES: &str = "examples";

/// What a policy should make of an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Its policies let it pass.
    Good,
    /// One of its policies catches it.
    Bad,
}

impl Kind {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "good" => Some(Self::Good),
            "bad" => Some(Self::Bad),
            _ => None,
        }
    }

    /// The kind's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
        }
    }
}

/// Manifests that are judged together.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    pub(crate) kind: Kind,
    /// `bad`, or `bad/no-limit` of one among several.
    pub(crate) name: String,
    /// The file, or the folder whose files make it up.
    pub(crate) path: PathBuf,
    /// The texts.
    pub(crate) inputs: Vec<Input>,
}

/// The examples of the same policies.
#[derive(Debug)]
pub(crate) struct Group {
    /// The folder that holds `examples`: the policies stand there.
    pub(crate) home: PathBuf,
    /// The folder that holds `good` and `bad`.
    pub(crate) folder: PathBuf,
    /// The policy that the folder is named after, where it is one below `examples`.
    pub(crate) policy: Option<String>,
    pub(crate) examples: Vec<Example>,
}

/// The groups below paths, in the order of their folders. An example that can't be read, and a
/// folder of examples without any, are errors.
pub(crate) fn groups<P: AsRef<Path>>(paths: &[P], errors: &mut Vec<PolicyError>) -> Vec<Group> {
    let mut folders = BTreeSet::new();
    for path in paths.iter().map(AsRef::as_ref).filter(|path| path.is_dir()) {
        for entry in WalkBuilder::new(path).standard_filters(false).hidden(true).build() {
            match entry {
                Ok(entry) if is_called(entry.path(), EXAMPLES) && entry.path().is_dir() => {
                    folders.insert(entry.into_path());
                }
                Ok(_) => {}
                Err(error) => errors.push(PolicyError::new(format!(
                    "`{}` can't be searched for examples: {error}",
                    display_name(path)
                ))),
            }
        }
    }
    let mut known = BTreeSet::new();
    let mut found = Vec::new();
    for folder in folders.into_iter().filter(|folder| known.insert(display_name(folder))) {
        let home = folder.parent().unwrap_or(Path::new("")).to_owned();
        let own = Group { home: home.clone(), folder, policy: None, examples: Vec::new() };
        let named = entries(&own.folder, errors).into_iter().filter_map(|entry| {
            let name = entry.file_name()?.to_str()?.to_owned();
            let is_named = Kind::parse(&name).is_none() && entry.is_dir();
            is_named.then(|| Group {
                home: home.clone(),
                folder: entry,
                policy: Some(name),
                examples: Vec::new(),
            })
        });
        for mut group in std::iter::once(own).chain(named.collect::<Vec<_>>()) {
            group.fill(errors);
            found.extend((!group.examples.is_empty()).then_some(group));
        }
    }
    found
}

impl Group {
    fn fill(&mut self, errors: &mut Vec<PolicyError>) {
        for entry in entries(&self.folder, errors) {
            let Some(kind) = kind_of(&entry) else { continue };
            if is_manifest(&entry) {
                self.add(kind, kind.as_str().to_owned(), &entry, errors);
                continue;
            }
            let before = (self.examples.len(), errors.len());
            for inner in entries(&entry, errors) {
                let stem = if inner.is_dir() { inner.file_name() } else { inner.file_stem() };
                let name = stem.unwrap_or_default().to_string_lossy();
                if inner.is_dir() || is_manifest(&inner) {
                    self.add(kind, format!("{}/{name}", kind.as_str()), &inner, errors);
                }
            }
            if (self.examples.len(), errors.len()) == before {
                errors.push(empty(&entry));
            }
        }
    }

    fn add(&mut self, kind: Kind, name: String, path: &Path, errors: &mut Vec<PolicyError>) {
        let mut files = Vec::new();
        if path.is_dir() {
            for entry in WalkBuilder::new(path).standard_filters(false).hidden(true).build() {
                match entry {
                    Ok(entry) if is_manifest(entry.path()) => files.push(entry.into_path()),
                    Ok(_) => {}
                    Err(error) => {
                        let message = format!("`{}` can't be read: {error}", display_name(path));
                        errors.push(PolicyError::new(message));
                    }
                }
            }
            files.sort();
        } else {
            files.push(path.to_owned());
        }
        if files.is_empty() {
            errors.push(empty(path));
            return;
        }
        let file = |path: PathBuf| Input::File(SourceFile { name: display_name(&path), path });
        let inputs = files.into_iter().map(file).collect();
        self.examples.push(Example { kind, name, path: path.to_owned(), inputs });
    }
}

fn empty(folder: &Path) -> PolicyError {
    let message = format!("`{}` holds no example", display_name(folder));
    PolicyError::new(message)
        .with_help("an example is a manifest (.yaml, .yml or .json), or a folder of them")
}

/// What is in a folder, sorted by name, but for what is hidden.
fn entries(folder: &Path, errors: &mut Vec<PolicyError>) -> Vec<PathBuf> {
    let read = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>());
    match read {
        Ok(mut found) => {
            let is_hidden = |path: &PathBuf| {
                path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
            };
            found.retain(|path| !is_hidden(path));
            found.sort();
            found
        }
        Err(error) => {
            let message = format!("`{}` can't be read: {error}", display_name(folder));
            errors.push(PolicyError::new(message));
            Vec::new()
        }
    }
}

/// What the name of a folder, or of a manifest, says of it.
fn kind_of(path: &Path) -> Option<Kind> {
    let is_file = Format::of_path(path) == Some(Format::Manifest);
    let name = if is_file { path.file_stem() } else { path.file_name() };
    Kind::parse(name?.to_str()?)
}

fn is_manifest(path: &Path) -> bool {
    Format::of_path(path) == Some(Format::Manifest) && !path.is_dir()
}

fn is_called(path: &Path, name: &str) -> bool {
    path.file_name().is_some_and(|found| found == name)
}

/// Whether a path leads into a folder of examples.
pub(crate) fn is_example(path: &Path) -> bool {
    let parts: Vec<&Path> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(Path::new(name)),
            _ => None,
        })
        .collect();
    let is_kind = |part: Option<&&Path>| part.is_some_and(|part| kind_of(part).is_some());
    parts.iter().enumerate().any(|(at, part)| {
        is_called(part, EXAMPLES) && (is_kind(parts.get(at + 1)) || is_kind(parts.get(at + 2)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_into_examples_are_known() {
        for (path, wanted) in [
            ("a/examples/good.yaml", true),
            ("a/examples/bad/x/y.yaml", true),
            ("examples/limits/bad.json", true),
            ("examples/limits/bad/x.yml", true),
            ("examples/limits/template.yaml", false),
            ("examples/a/b/good.yaml", false),
            ("good/x.yaml", false),
            ("examples/goods.yaml", false),
        ] {
            assert_eq!(is_example(Path::new(path)), wanted, "{path}");
        }
    }
}
