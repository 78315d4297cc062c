//! The files that the pods see: policies, data, waivers, settings.
//!
//! The keys of a `ConfigMap` have no slashes, so each file has a key of its own, and a path at which
//! it is mounted. The folders are one level down in the volume: what the kubelet swaps is the link to
//! the tree around them, so that a policy folder is seen either as it was or as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use crate::source::{display_name, whole_path};

use super::yaml::{Map, Yaml, list};
use super::{Install, object};

/// Where the files are mounted, or are in an image.
const ROOT: &str = "/etc/manifestly/config";

/// What all values and keys of a `ConfigMap` may come to, in bytes.
const MOST: usize = 1 << 20;

/// What `kubectl apply` can remember of an object without the help of the server.
const REMEMBERED: usize = 256 << 10;

/// Files, and where the pods see them.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The folder in the image that has them, where it has.
    image: Option<String>,
    /// By their paths in the volume.
    files: BTreeMap<String, String>,
    /// The names at the top of the volume, and what they stand for here.
    tops: BTreeMap<String, PathBuf>,
}

/// A file or a folder here, and its path for the pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The path in the pod.
    pub path: String,
}

/// Why files can't be mounted.
#[derive(Debug, Error, Diagnostic)]
pub enum ConfigError {
    /// They are no text, or can't be read.
    #[error("`{file}` can't be read: {reason}")]
    Unreadable {
        /// Which one.
        file: String,
        /// Why.
        reason: String,
    },
    /// They are too large.
    #[error(
        "the files are {}, and a ConfigMap holds {}; the largest is `{largest}` with {}", kib(*size), kib(MOST), kib(*bytes)
    )]
    #[diagnostic(help(
        "build an image with them, and say where they are in it: `COPY policies {ROOT}/policies`, then \
         `--image IMAGE --in-image {ROOT}`"
    ))]
    TooLarge {
        /// How large all of them are.
        size: usize,
        /// The path of the largest for the pods.
        largest: String,
        /// How large it is.
        bytes: usize,
    },
}

/// A size for people.
#[allow(clippy::cast_precision_loss)] // a tenth of a KiB is enough
fn kib(bytes: usize) -> String {
    format!("{:.1} KiB", bytes as f64 / 1024.0)
}

impl Config {
    /// Files that are in the image already, below a folder.
    pub fn in_image(folder: impl Into<String>) -> Self {
        Self { image: Some(folder.into()), ..Self::default() }
    }

    /// Adds a file, or a folder with some of the files below it. Gives its path for the pods.
    ///
    /// # Errors
    ///
    /// If a file can't be read, or is no text.
    pub fn add(&mut self, path: &Path, files: &[PathBuf]) -> Result<Place, ConfigError> {
        let whole = whole_path(path);
        let top = self.top(&whole);
        for file in files {
            let within = whole_path(file).strip_prefix(&whole).map(Path::to_owned);
            let within = within.unwrap_or_default();
            let text = std::fs::read_to_string(file).map_err(|error| ConfigError::Unreadable {
                file: display_name(file),
                reason: error.to_string(),
            })?;
            let name = match display_name(&within).as_str() {
                "" => top.clone(),
                within => format!("{top}/{within}"),
            };
            self.files.insert(name, text);
        }
        let root = self.image.as_deref().unwrap_or(ROOT).trim_end_matches('/');
        Ok(Place { path: format!("{root}/{top}") })
    }

    /// The name at the top of the volume for a path: its own, with a number where another path has it.
    fn top(&mut self, whole: &Path) -> String {
        let name = whole.file_name().map_or("files".into(), |name| name.to_string_lossy());
        // The kubelet keeps names that begin with two points for itself.
        let name = name.trim_start_matches('.');
        let name = if name.is_empty() { "files" } else { name };
        let numbered = |number: usize| match number {
            0 => name.to_owned(),
            _ => format!("{name}-{}", number + 1),
        };
        let mut number = 0;
        while self.tops.get(&numbered(number)).is_some_and(|known| known != whole) {
            number += 1;
        }
        self.tops.insert(numbered(number), whole.to_owned());
        numbered(number)
    }

    /// Whether there is anything to mount.
    fn is_mounted(&self) -> bool {
        self.image.is_none() && !self.files.is_empty()
    }

    /// How many bytes there are, keys and all.
    fn size(&self) -> usize {
        self.keys().iter().map(|(key, (_, text))| key.len() + text.len()).sum()
    }

    /// Whether all of it fits.
    ///
    /// # Errors
    ///
    /// If it is more than a `ConfigMap` holds.
    pub fn fits(&self) -> Result<(), ConfigError> {
        let size = self.size();
        if !self.is_mounted() || size <= MOST {
            return Ok(());
        }
        let largest = self.files.iter().max_by_key(|(_, text)| text.len());
        let (largest, bytes) = largest.map_or(("", 0), |(name, text)| (name.as_str(), text.len()));
        Err(ConfigError::TooLarge { size, largest: largest.to_owned(), bytes })
    }

    /// Whether `kubectl apply` needs `--server-side` for it.
    pub fn needs_server_side(&self) -> bool {
        // What is remembered is JSON, in which a line feed takes two bytes.
        let escaped =
            |text: &String| text.bytes().filter(|byte| b"\n\t\"\\".contains(byte)).count();
        let more: usize = self.files.values().map(escaped).sum();
        self.is_mounted() && self.size() + more > REMEMBERED - (8 << 10)
    }

    /// The paths and texts by the keys that a `ConfigMap` may have.
    fn keys(&self) -> BTreeMap<String, (&str, &str)> {
        let mut keys = BTreeMap::new();
        let mut taken = BTreeSet::new();
        for (path, text) in &self.files {
            let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
            let plain: String = path
                .chars()
                .map(|c| {
                    if is_allowed(c) {
                        c
                    } else if c == '/' {
                        '.'
                    } else {
                        '_'
                    }
                })
                .collect();
            // Two points in front are the kubelet's, and 253 characters the most.
            let plain = &plain[plain.len().saturating_sub(240)..];
            let plain = plain.trim_start_matches('.');
            let mut key = plain.to_owned();
            let mut number = 1;
            while !taken.insert(key.clone()) {
                number += 1;
                key = format!("{plain}-{number}");
            }
            keys.insert(key, (path.as_str(), text.as_str()));
        }
        keys
    }
}

fn name(install: &Install) -> String {
    format!("{}-config", install.name)
}

/// The `ConfigMap`, where there is something for it.
pub(super) fn object_of(install: &Install) -> Option<Map> {
    install.config.is_mounted().then(|| {
        let keys = install.config.keys();
        let data = keys.into_iter().fold(Map::new(), |data, (key, (_, text))| data.with(key, text));
        object("v1", "ConfigMap", install.metadata(&name(install))).with("data", data)
    })
}

/// The volume of the pods.
pub(super) fn volume(install: &Install) -> Option<Map> {
    install.config.is_mounted().then(|| {
        let keys = install.config.keys();
        let items = keys
            .into_iter()
            .map(|(key, (path, _))| Map::new().with("key", key).with("path", path))
            .map(Yaml::from);
        let map = Map::new().with("name", name(install)).with("items", list(items));
        Map::new().with("name", "config").with("configMap", map)
    })
}

/// Where the container has it.
pub(super) fn mount(install: &Install) -> Option<Map> {
    let mount = || Map::new().with("name", "config").with("mountPath", ROOT).with("readOnly", true);
    install.config.is_mounted().then(mount)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(files: &[(&str, &str)]) -> Config {
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Config { files: files.collect(), ..Config::default() }
    }

    #[test]
    fn every_file_has_a_key_of_its_own() {
        let config =
            config(&[("p/a.b/c.rego", "1"), ("p/a/b/c.rego", "2"), ("p/ä b/.manifest", "3")]);
        let keys: Vec<_> = config.keys().into_iter().map(|(key, (path, _))| (key, path)).collect();
        let key = |key: &str, path| (key.to_owned(), path);
        assert_eq!(
            keys,
            [
                key("p.__b..manifest", "p/ä b/.manifest"),
                key("p.a.b.c.rego", "p/a.b/c.rego"),
                key("p.a.b.c.rego-2", "p/a/b/c.rego"),
            ]
        );
        let long = format!("p/{}/x.rego", "ä".repeat(300));
        assert!(self::config(&[(&long, "")]).keys().keys().all(|key| key.len() <= 253));
    }

    #[test]
    fn folders_of_one_name_are_told_apart() {
        let mut config = Config::default();
        let names: Vec<_> = ["/a/policies", "/b/policies", "/a/policies", "/"]
            .map(|path| config.top(Path::new(path)))
            .into();
        assert_eq!(names, ["policies", "policies-2", "policies", "files"]);
    }

    #[test]
    fn more_than_a_config_map_holds_is_refused() {
        let half = "x".repeat(MOST / 2);
        assert!(config(&[("a", &half)]).fits().is_ok());
        let more = "x".repeat(MOST / 2 + 1022);
        let both = config(&[("a", &half), ("b", &more)]);
        let error = both.fits().unwrap_err();
        insta::assert_snapshot!(
            error,
            @"the files are 1025.0 KiB, and a ConfigMap holds 1024.0 KiB; the largest is `b` with 513.0 KiB"
        );
        assert!(Config { image: Some("/x".to_owned()), ..both }.fits().is_ok());
    }
}
