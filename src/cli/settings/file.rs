//! manifestly.toml: where it is, and what it says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use crate::check::FailOn;
use crate::cli::agreement::{ContactFile, EnvironmentFile, Parts, RolloutFile};
use crate::cli::args::CheckArgs;
use crate::cli::waivers::WaiversFile;
use crate::rego::VersionChoice;
use crate::report::Format;
use crate::source::{SourceText, Span, display_name};

use super::environment::{Environment, variable};
use super::error::SettingsError;
use super::setting::{Origin, Setting};

/// The name of the file that is looked for upwards from the working directory.
pub(super) const FILE_NAME: &str = "manifestly.toml";

/// manifestly.toml, as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct File {
    pub(super) policies: Option<Spanned<Vec<PathBuf>>>,
    pub(super) data: Option<Spanned<Vec<PathBuf>>>,
    pub(super) namespaces: Option<Spanned<Vec<String>>>,
    pub(super) rego_version: Option<Spanned<VersionChoice>>,
    pub(super) exclude: Option<Spanned<Vec<String>>>,
    pub(super) any: Option<Spanned<bool>>,
    pub(super) combine: Option<Spanned<bool>>,
    pub(super) inventory: Option<Spanned<Vec<PathBuf>>>,
    pub(super) enforcement_point: Option<Spanned<String>>,
    pub(super) fail_on: Option<Spanned<FailOn>>,
    pub(super) cache: Option<Spanned<bool>>,
    pub(super) allow_lints: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) formats: Option<Spanned<Vec<Format>>>,
    pub(super) outputs: Option<Spanned<BTreeMap<Format, PathBuf>>>,
    pub(super) baseline: Option<Spanned<PathBuf>>,
    #[serde(default)]
    pub(super) owners: BTreeMap<Spanned<String>, ContactFile>,
    #[serde(default)]
    pub(super) rollout: BTreeMap<Spanned<String>, RolloutFile>,
    #[serde(default)]
    pub(super) environments: BTreeMap<String, EnvironmentFile>,
    pub(super) waivers: Option<WaiversFile>,
}

/// A file that was found: what it says, and what its paths are relative to.
pub(in crate::cli) struct Found {
    pub(super) text: Arc<SourceText>,
    pub(super) folder: PathBuf,
    pub(super) file: File,
}

impl Found {
    pub(super) fn parts(&self) -> Parts<'_> {
        let File { owners, rollout, environments, waivers, baseline, .. } = &self.file;
        let (waivers, baseline) = (waivers.as_ref(), baseline.as_ref());
        Parts { found: self, owners, rollout, environments, waivers, baseline }
    }

    /// What its paths are relative to.
    pub(in crate::cli) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(in crate::cli) fn setting<T, U>(
        &self,
        value: Option<&Spanned<T>>,
        map: impl Fn(&T) -> U,
    ) -> Option<Setting<U>> {
        let value = value?;
        let line = self.text.position(value.span().start).line;
        let origin = Origin::File { name: self.text.name().to_owned(), line };
        Some(Setting { value: map(value.get_ref()), origin })
    }

    /// Something that can't be used, at its place in the file.
    pub(in crate::cli) fn wrong(
        &self,
        message: impl Into<String>,
        span: std::ops::Range<usize>,
    ) -> SettingsError {
        let text = Some(Arc::clone(&self.text));
        let span = Some(Span::new(span.start, span.end));
        SettingsError { text, span, ..SettingsError::new(message) }
    }

    pub(in crate::cli) fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    pub(in crate::cli) fn paths(&self, paths: &[PathBuf]) -> Vec<PathBuf> {
        paths.iter().map(|path| self.folder.join(path)).collect()
    }
}

/// The file that is named, else the nearest upwards from the working folder.
pub(super) fn find(
    args: &CheckArgs,
    environment: Environment<'_>,
    folder: &Path,
) -> Result<Option<Found>, SettingsError> {
    if args.judged.policy.file.no_config {
        return Ok(None);
    }
    let named = args.judged.policy.file.config.clone();
    let named = named.or_else(|| variable("MANIFESTLY_CONFIG", environment).map(PathBuf::from));
    if let Some(path) = named {
        return read(&path, path.parent().unwrap_or(Path::new(""))).map(Some);
    }
    // Paths in the file are relative to it; said with `..`, they stay short in reports.
    let mut relative = PathBuf::new();
    for _ in folder.ancestors() {
        let candidate = relative.join(FILE_NAME);
        if folder.join(&candidate).is_file() {
            return read(&candidate, &relative).map(Some);
        }
        relative.push("..");
    }
    Ok(None)
}

fn read(path: &Path, folder: &Path) -> Result<Found, SettingsError> {
    let name = display_name(path);
    let text = std::fs::read_to_string(path)
        .map_err(|error| SettingsError::new(format!("`{name}` can't be read: {error}")))?;
    let text = Arc::new(SourceText::new(name, text));
    match toml::from_str(text.text()) {
        Ok(file) => Ok(Found { text, folder: folder.to_owned(), file }),
        Err(error) => Err(located(&text, &error)),
    }
}

fn located(text: &Arc<SourceText>, error: &toml::de::Error) -> SettingsError {
    let span = error.span().map(|span| Span::new(span.start, span.end));
    let message = error.message();
    // serde says: unknown field `x`, expected one of `a`, `b`
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = quoted.next().unwrap_or_default();
    let nearest = quoted
        .map(|known| (strsim::damerau_levenshtein(wrong, known), known))
        .filter(|(distance, known)| *distance <= known.len() / 2)
        .min();
    SettingsError {
        message: format!("the settings can't be read: {message}"),
        text: Some(Arc::clone(text)),
        span,
        help: nearest.map(|(_, known)| format!("did you mean `{known}`?")),
    }
}
