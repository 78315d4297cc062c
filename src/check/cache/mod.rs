//! What judging gave the last time, for manifests and policies that have not changed.
//!
//! A manifest is known by what its judgement depends on: the program, the policies, the data, the
//! options, its own text, and where policies look at them the other manifests. Only what was judged without a problem is kept.

mod shelf;

use std::path::PathBuf;
use std::time::SystemTime;

use crate::digest::{Digest, Parts};
use crate::engine::value::Value;
use crate::gatekeeper::World;
use crate::manifest::Format;
use crate::policy::{EntryPoint, PolicySet};
use crate::rego::RegoVersion;
use crate::source::Stamp;

use super::{Inference, Options};
use shelf::Shelf;

pub(super) type Key = [u8; 32];

/// Calls whose answer may be another one the next time, whatever the manifest: they look at the
/// clock, at the world, or draw a number.
const UNSTEADY: [&str; 7] = [
    "now_ns",
    "decode_verify",
    "encode_sign",
    "parse_and_verify",
    "http.send",
    "lookup_ip_addr",
    "opa.runtime",
];

/// Judgements of one set of policies under one set of options.
#[derive(Debug)]
pub(super) struct Cache {
    run: Key,
    shelf: Shelf,
    /// Whether a policy may read the name of the manifest's file.
    reads_file_name: bool,
}

impl Cache {
    /// The cache that the options ask for; none where judgements can't be told apart by what is known here.
    pub(super) fn of(policies: &PolicySet, options: &Options) -> Option<Self> {
        let folder = options.cache.as_ref()?;
        let combined = options.combine || policies.entry_points.iter().any(EntryPoint::is_combined);
        let says = |what: &str| policies.modules.iter().any(|m| m.source.text().contains(what));
        let is_unsteady = |what: &str| {
            let mut templates = policies.gatekeeper.iter();
            says(what) || templates.any(|r| r.manifest.source.text().contains(what))
        };
        if combined || UNSTEADY.into_iter().any(is_unsteady) {
            return None;
        }
        let run = run_key(policies, options);
        Some(Self { run, shelf: Shelf::at(folder, &run), reads_file_name: says("conftest") })
    }

    /// The digest of the text that a file held when it was last read, if the system describes it as
    /// it did then.
    pub(super) fn text_of(&self, name: &str, stamp: &Stamp) -> Option<Digest> {
        let digest = self.shelf.find(&file_key(name, stamp))?;
        <[u8; 32]>::try_from(digest).ok().map(Digest::from)
    }

    /// Keeps the digest of what was read from a file, which the system described like this before.
    /// A file that was written a moment ago is read the next time too: it may be written again
    /// without looking otherwise.
    pub(super) fn remember_text(&self, name: &str, stamp: &Stamp, text: &Digest, now: SystemTime) {
        if stamp.is_settled(now) && self.text_of(name, stamp).as_ref() != Some(text) {
            self.shelf.put(&file_key(name, stamp), text.as_bytes());
        }
    }

    /// What a manifest is known by, with the name of its file and the digest of its text; `around` is what the other manifests are known by, where
    /// policies look at them, and `tries` whether fixes are tried.
    pub(super) fn key(
        &self,
        name: &str,
        text: &Digest,
        format: Format,
        around: Option<&Key>,
        tries: bool,
    ) -> Key {
        let mut digest = Parts::new("manifest");
        digest.add(&self.run);
        digest.add(&[u8::from(format == Format::Toml), u8::from(tries)]);
        if self.reads_file_name {
            let path = std::path::absolute(name).unwrap_or_else(|_| name.into());
            digest.add(path.as_os_str().as_encoded_bytes());
        }
        digest.add(around.map_or(&[], Key::as_slice));
        digest.add(text.as_bytes());
        *digest.digest().as_bytes()
    }

    /// The record of what judging this text gave before.
    pub(super) fn recall(&self, key: &Key) -> Option<Vec<u8>> {
        self.shelf.find(key)
    }

    /// Keeps the record of what judging gave.
    pub(super) fn remember(&self, key: Key, record: &[u8]) {
        self.shelf.put(&key, record);
    }

    /// Writes what is new. Where that can't be done, the next run judges again.
    pub(super) fn save(&self) {
        self.shelf.save();
    }
}

/// What a file is known by that the system describes like this. Its name is part of it, so that
/// another file in its place has to be like it in every way.
fn file_key(name: &str, stamp: &Stamp) -> Key {
    let mut digest = Parts::new("file");
    digest.add(name.as_bytes());
    digest.add(&stamp.to_bytes());
    *digest.digest().as_bytes()
}

/// What all judgements of a run depend on.
fn run_key(policies: &PolicySet, options: &Options) -> Key {
    let mut digest = Parts::new("run");
    digest.add(env!("CARGO_PKG_VERSION").as_bytes());
    // Two builds of one version may judge differently; the file of the program tells them apart.
    let program = std::env::current_exe().unwrap_or_default();
    digest.add(program.as_os_str().as_encoded_bytes());
    let built = std::fs::metadata(&program).ok().map(|file| (file.len(), file.modified().ok()));
    digest.add(format!("{built:?}").as_bytes());
    for module in &policies.modules {
        digest.add(module.source.name().as_bytes());
        digest.add(module.source.text().as_bytes());
        digest.add(&[u8::from(module.version == RegoVersion::V0)]);
    }
    digest.add(b"gatekeeper");
    let documents = policies.gatekeeper.iter().map(|resource| &resource.manifest.source);
    let mut files: Vec<_> = documents.map(|source| (source.name(), source.text())).collect();
    files.dedup();
    for (name, text) in files {
        digest.add(name.as_bytes());
        digest.add(text.as_bytes());
    }
    digest.add(b"entry points");
    for entry in &policies.entry_points {
        digest.add(format!("{:?}.{}", entry.package, entry.rule).as_bytes());
    }
    digest.add(Value::from(&policies.data.to_node()).to_json_string().as_bytes());
    // Whoever adds an option decides here whether it changes what a manifest is judged to be.
    let Options {
        any,
        combine,
        exclude: _,
        exclude_root: _,
        read,
        engine,
        cache: _,
        inventory: _,
        enforcement_point,
        trials: _,
        inference,
        // Verdicts are kept as they are before anything that was agreed.
        agreement: _,
    } = options;
    let infers = !matches!(inference, Inference::Unwanted);
    digest.add(
        format!("{any} {combine} {read:?} {engine:?} {enforcement_point:?} {infers}").as_bytes(),
    );
    *digest.digest().as_bytes()
}

/// What the manifests of a run are known by to policies that look at them: at their namespaces, or
/// at all of them.
pub(super) fn around(world: &World, at_all: bool) -> Key {
    let mut digest = Parts::new("around");
    world.tell_namespaces(&mut |part| digest.add(part.as_bytes()));
    if at_all {
        world.tell_objects(&mut |part| digest.add(part.as_bytes()));
    }
    *digest.digest().as_bytes()
}

/// Where judgements are kept unless told otherwise: the user's folder for caches.
pub fn cache_folder(environment: &dyn Fn(&str) -> Option<std::ffi::OsString>) -> Option<PathBuf> {
    let folder = |name: &str| environment(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let of_user = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library").join("Caches"))
    } else {
        folder("HOME").map(|home| home.join(".cache"))
    };
    let caches = folder("XDG_CACHE_HOME").or(of_user)?;
    Some(caches.join("manifestly"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::check::record::{Head, Known};
    use crate::check::{Checker, Input, record};
    use crate::policy::Loader;
    use crate::source::SourceText;

    #[test]
    fn what_is_kept_is_what_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let checker = || {
            let policies = Loader::new()
                .policy_text("p.rego", "package p\n\ndeny contains input.metadata.name if true")
                .load()
                .unwrap();
            let cache = Some(folder.path().to_owned());
            Checker::with_options(policies, Options { cache, ..Options::default() }).unwrap()
        };
        let text = Arc::new(SourceText::new("m.yaml", "{kind: A, metadata: {name: one}}"));
        let inputs = [Input::Text(Arc::clone(&text))];
        let judged = checker().check(&inputs, Vec::new(), &|| {});
        // Another judgement is put in the place of the true one, so that it is seen which is told.
        let second = checker();
        let cache = second.cache.as_ref().unwrap();
        let key = cache.key("m.yaml", &Digest::of(text.text()), Format::Manifest, None, false);
        let known = cache.recall(&key).unwrap();
        let numbered: Vec<_> = second.policies.policies().cloned().collect();
        let policies = Known { policies: &numbered, waivers: &[] };
        let (_, body) = record::head(&known).unwrap();
        let mut findings = record::findings(body, &text, policies).unwrap();
        assert_eq!(findings, judged.findings);
        findings[0].message = "two".into();
        cache.remember(key, &record::write(Head::of(1, 0), &findings, policies).unwrap());
        cache.save();
        let told = checker().check(&inputs, Vec::new(), &|| {});
        assert_eq!(told.findings[0].message, "two");
        assert_eq!(told.summary.resources, 1);
    }
}
