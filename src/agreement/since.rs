//! What has not changed since a revision: findings on it stood before.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::digest::{Digest, Parts};
use crate::locate::Place;
use crate::manifest::{self, Format, Pointer, ReadLimits, Resource};
use crate::source::{GitError, Revision, SourceFile, SourceText};

/// The resources of a run that are as they were at a revision.
#[derive(Clone, Debug, Default)]
pub struct Since {
    /// The revision, as it was asked for.
    pub revision: String,
    /// The commit that it is.
    pub commit: String,
    files: HashMap<String, Unchanged>,
}

/// What of a file has not changed.
#[derive(Clone, Debug)]
enum Unchanged {
    All,
    /// Resources, by their document and their path in it.
    These(Vec<(usize, Pointer)>),
}

/// How files are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading {
    /// Every document counts as a resource, whatever it looks like.
    pub any: bool,
    /// Bounds.
    pub limits: ReadLimits,
}

/// A file as it is, beside what it was.
struct Compared {
    name: String,
    /// None where the whole file is as it was.
    changed: Option<Changed>,
}

struct Changed {
    unchanged: Vec<(usize, Pointer)>,
    /// What is in the file, and was not.
    new: Vec<(usize, Pointer, Digest)>,
    /// What was in the file, and is not.
    gone: Vec<Digest>,
}

impl Since {
    /// Compares files with what they held. A resource is the same if its names and its values are,
    /// in whatever file it stands; comments, layout and the order of keys don't matter.
    ///
    /// # Errors
    ///
    /// Why git doesn't say what they held.
    pub fn new(
        revision: &Revision,
        files: &[SourceFile],
        reading: &Reading,
    ) -> Result<Self, GitError> {
        let paths: Vec<_> = files.iter().map(|file| revision.path_of(&file.path)).collect();
        let named = paths.iter().map(|path| path.as_deref().unwrap_or_default());
        let before = revision.read(named)?;
        let compared: Vec<_> = files
            .par_iter()
            .zip(before)
            .filter_map(|(file, before)| compare(file, before, reading))
            .collect();
        let mut gone = Pool::default();
        for changed in compared.iter().filter_map(|file| file.changed.as_ref()) {
            changed.gone.iter().for_each(|resource| gone.add(*resource));
        }
        if compared.iter().any(|file| file.changed.as_ref().is_some_and(|c| !c.new.is_empty())) {
            // What is new here may have come from files that are no more.
            for resource in of_files_that_are_gone(revision, reading)? {
                gone.add(resource);
            }
        }
        let files = compared.into_iter().map(|Compared { name, changed }| {
            let Some(Changed { mut unchanged, new, gone: _ }) = changed else {
                return (name, Unchanged::All);
            };
            let moved = new.into_iter().filter(|(.., resource)| gone.takes(resource));
            unchanged.extend(moved.map(|(document, path, _)| (document, path)));
            (name, Unchanged::These(unchanged))
        });
        let (name, commit) = (revision.name.clone(), revision.commit.clone());
        Ok(Self { revision: name, commit, files: files.collect() })
    }

    /// Whether what is said at these places is said of resources that have not changed, and of
    /// something at all.
    pub fn is_unchanged<'p>(&self, places: impl Iterator<Item = &'p Place>) -> bool {
        let mut places = places.peekable();
        places.peek().is_some()
            && places.all(|place| match self.files.get(place.text.name()) {
                None => false,
                Some(Unchanged::All) => true,
                Some(Unchanged::These(resources)) => resources.iter().any(|(document, path)| {
                    *document == place.document && place.path.0.starts_with(&path.0)
                }),
            })
    }
}

/// What is there to be found again, and how often.
#[derive(Default)]
struct Pool(HashMap<Digest, usize>);

impl Pool {
    fn add(&mut self, resource: Digest) {
        *self.0.entry(resource).or_default() += 1;
    }

    fn takes(&mut self, resource: &Digest) -> bool {
        let left = self.0.get_mut(resource).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_some()
    }
}

/// None where the file can't be read, which the run tells.
fn compare(file: &SourceFile, before: Option<Vec<u8>>, reading: &Reading) -> Option<Compared> {
    let now = file.read().ok()?;
    let name = file.name.clone();
    let before = before.and_then(|bytes| String::from_utf8(bytes).ok());
    // A file may be checked out with other breaks of lines.
    let same =
        |before: &String| *before == *now.text() || *before == now.text().replace("\r\n", "\n");
    if before.as_ref().is_some_and(same) {
        return Some(Compared { name, changed: None });
    }
    let before = before.map(|text| resources(&Arc::new(SourceText::new(&name, text)), reading));
    let mut known = Pool::default();
    let before: Vec<_> = before.into_iter().flatten().map(|(.., resource)| resource).collect();
    before.iter().for_each(|resource| known.add(*resource));
    let (unchanged, new): (Vec<_>, Vec<_>) =
        resources(&now, reading).into_iter().partition(|(.., resource)| known.takes(resource));
    let unchanged = unchanged.into_iter().map(|(document, path, _)| (document, path)).collect();
    let gone = before.into_iter().filter(|resource| known.takes(resource)).collect();
    Some(Compared { name, changed: Some(Changed { unchanged, new, gone }) })
}

/// The resources of files that were there and are not.
fn of_files_that_are_gone(revision: &Revision, reading: &Reading) -> Result<Vec<Digest>, GitError> {
    let is_gone = |path: &&str| {
        let format = Format::of_path(path.as_ref());
        format.is_some() && !revision.on_disk(path).exists()
    };
    let paths: Vec<_> = revision.paths().filter(is_gone).collect();
    let texts = revision.read(paths.iter().copied())?;
    let files = paths.into_par_iter().zip(texts).filter_map(|(path, text)| {
        let text = String::from_utf8(text?).ok()?;
        let resources = resources(&Arc::new(SourceText::new(path, text)), reading);
        Some(resources.into_iter().map(|(.., resource)| resource).collect::<Vec<_>>())
    });
    Ok(files.collect::<Vec<_>>().concat())
}

/// The resources of a text: document, path in it, and what tells it from others.
fn resources(text: &Arc<SourceText>, reading: &Reading) -> Vec<(usize, Pointer, Digest)> {
    let format = Format::of_path(text.name().as_ref()).unwrap_or(Format::Manifest);
    let documents = manifest::read(text, format, &reading.limits).manifests;
    let resources = documents.into_iter().map(Arc::new).filter_map(|document| {
        if reading.any {
            return Some(vec![Resource::whole(&document)]);
        }
        manifest::resources(&document)
    });
    let told = resources.flatten().map(|resource| {
        let mut parts = Parts::new("resource");
        parts.add_value(&resource.node);
        (resource.manifest.document, resource.path, parts.digest())
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<Digest> {
        let text = Arc::new(SourceText::new("a.yaml", text));
        let resources = resources(&text, &Reading::default()).into_iter();
        resources.map(|(.., resource)| resource).collect()
    }

    #[test]
    fn resources_are_the_same_by_what_they_say() {
        let one = "kind: A\napiVersion: v1\nx: [1, 2]\n";
        let other = "# moved\n---\nx:\n- 1\n- 2\napiVersion: v1 # why\nkind: A\n";
        assert_eq!(told(one), told(other));
        assert_ne!(told(one), told("kind: A\napiVersion: v1\nx: [2, 1]\n"));
        assert_ne!(told(one), told("kind: A\napiVersion: v1\nx: ['1', 2]\n"));
        let list = "kind: List\napiVersion: v1\nitems: [{kind: A, apiVersion: v1, x: [1, 2]}]";
        assert_eq!(told(one), told(list));
    }

    #[test]
    fn each_may_be_found_again_once() {
        let mut pool = Pool::default();
        let one = told("kind: A\napiVersion: v1\n")[0];
        pool.add(one);
        assert!(pool.takes(&one));
        assert!(!pool.takes(&one));
    }
}
