//! Finding and reading policies and their data.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{Glob, GlobSet, GlobSetBuilder};
use ignore::WalkBuilder;
use rayon::prelude::*;

use crate::manifest::{self, Entry, Format, Node, ReadLimits};
use crate::rego::{self, Module, PolicyError, PolicyErrors, PolicyLimits, VersionChoice};
use crate::source::{SourceText, display_name};

use super::data::Data;
use super::examples::is_example;
use super::gatekeeper;
use super::set::PolicySet;
use super::shown::Shown;
use super::terms::Terms;
use super::{kubescape, pack, trivy};

/// What to load, and how.
///
/// ```
/// let policies = manifestly::policy::Loader::new().load().unwrap();
/// assert!(policies.policies().any(|policy| policy.id == "kubernetes/privileged"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Loader {
    policies: Vec<PathBuf>,
    texts: Vec<Arc<SourceText>>,
    data: Vec<PathBuf>,
    namespaces: Vec<String>,
    version: VersionChoice,
    limits: PolicyLimits,
    tests: bool,
    terms: Terms,
    shown: Option<Shown>,
}

impl Loader {
    /// A loader of the embedded pack, until policies are named.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a policy file, or a folder of them.
    #[must_use]
    pub fn policy(mut self, path: impl Into<PathBuf>) -> Self {
        self.policies.push(path.into());
        self
    }

    /// Adds a policy by its text.
    #[must_use]
    pub fn policy_text(mut self, name: &str, text: &str) -> Self {
        self.texts.push(Arc::new(SourceText::new(name, text)));
        self
    }

    /// Adds a data file, or a folder of them.
    #[must_use]
    pub fn data(mut self, path: impl Into<PathBuf>) -> Self {
        self.data.push(path.into());
        self
    }

    /// Asks only for rules in packages whose name matches this glob; repeatable.
    #[must_use]
    pub fn namespace(mut self, glob: impl Into<String>) -> Self {
        self.namespaces.push(glob.into());
        self
    }

    /// The Rego that files are written in; by default each file decides.
    #[must_use]
    pub fn version(mut self, version: VersionChoice) -> Self {
        self.version = version;
        self
    }

    /// How large policy files may be.
    #[must_use]
    pub fn limits(mut self, limits: PolicyLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Loads files of tests too, those ending in `_test.rego`.
    #[must_use]
    pub fn with_tests(mut self) -> Self {
        self.tests = true;
        self
    }

    /// What is said of policies beside their own metadata.
    #[must_use]
    pub fn terms(mut self, terms: Terms) -> Self {
        self.terms = terms;
        self
    }

    /// Speaks of what stands in a folder as standing elsewhere: with these words in place of the folder
    /// and the slash behind it.
    #[must_use]
    pub fn shown_as(mut self, folder: &Path, words: &str) -> Self {
        self.shown = Some(Shown::new(folder, words));
        self
    }

    /// Reads and parses everything.
    ///
    /// # Errors
    ///
    /// All that is wrong: files that can't be read or parsed, paths without policies, data that
    /// contradicts itself, namespaces that match no package.
    pub fn load(&self) -> Result<PolicySet, PolicyErrors> {
        let mut set = self.load_all()?;
        self.narrow(&mut set)?;
        Ok(set)
    }

    /// The same for those who look at policies without judging by them: also templates that no
    /// constraint asks for, and nothing at all.
    ///
    /// # Errors
    ///
    /// All that is wrong with files and data, and namespaces that match no package.
    pub fn load_to_look(&self) -> Result<PolicySet, PolicyErrors> {
        let mut set = self.load_all()?;
        self.keep_wanted(&mut set)?;
        Ok(set)
    }

    /// The same for queries: also policies without a rule like `deny`, and those of every
    /// namespace.
    ///
    /// # Errors
    ///
    /// All that is wrong with files and data.
    pub fn load_all(&self) -> Result<PolicySet, PolicyErrors> {
        let loaded = self.load_as_it_stands();
        match &self.shown {
            Some(shown) => {
                loaded.map(|set| shown.policies(set)).map_err(|errors| shown.errors(errors))
            }
            None => loaded,
        }
    }

    fn load_as_it_stands(&self) -> Result<PolicySet, PolicyErrors> {
        let mut errors = Vec::new();
        let mut texts = self.texts.clone();
        let mut data = Data::default();
        let mut gatekeeper = Vec::new();
        let mut of_rules = Vec::new();
        let mut terms = self.terms.clone();
        if self.policies.is_empty() && self.texts.is_empty() {
            texts.extend(pack::policies());
        }
        for path in &self.policies {
            match policy_files(path, self.tests) {
                Ok(files) => {
                    let found = gatekeeper::read(&files.manifests, &mut errors);
                    if files.rego.is_empty() && found.is_empty() && errors.is_empty() {
                        errors.push(no_policy(path));
                    }
                    gatekeeper.extend(found);
                    pack::told(path, &files.all(), &mut terms, &mut errors);
                    read_all(&files.rego, &mut texts, &mut errors);
                    of_rules.extend(files.rules);
                    load_data(path, &files.data, &mut data, &mut errors);
                }
                Err(error) => errors.push(error),
            }
        }
        for path in &self.data {
            match files_of_data(path) {
                Ok(files) => load_data(path, &files, &mut data, &mut errors),
                Err(error) => errors.push(error),
            }
        }
        let mut rules = Vec::new();
        read_all(&of_rules, &mut rules, &mut errors);
        texts.sort_by(|a, b| a.name().cmp(b.name()));
        texts.dedup_by(|a, b| a.name() == b.name());
        let parsed: Vec<Result<Module, PolicyError>> =
            texts.par_iter().map(|text| rego::parse(text, self.version, &self.limits)).collect();
        let mut modules = Vec::with_capacity(parsed.len());
        for result in parsed {
            match result {
                Ok(module) => modules.push(module),
                Err(error) => errors.push(error),
            }
        }
        kubescape::part(&mut modules, &rules);
        // Other programs judge Dockerfiles by their policies, say; nothing of that is a manifest.
        let others: Vec<_> = modules.iter().filter_map(trivy::other_inputs).flatten().collect();
        let had_any = !modules.is_empty();
        modules.retain(|module| trivy::other_inputs(module).is_none());
        if had_any && modules.is_empty() && gatekeeper.is_empty() {
            errors.push(no_manifests(others));
        }
        if !errors.is_empty() {
            return Err(PolicyErrors(errors));
        }
        let mut set = PolicySet { gatekeeper, ..PolicySet::new(modules, data)? };
        set.agree(terms)?;
        Ok(set)
    }

    /// Keeps the entry points in the wanted namespaces.
    fn narrow(&self, set: &mut PolicySet) -> Result<(), PolicyErrors> {
        if set.entry_points.is_empty() && !set.gatekeeper.is_empty() && !gatekeeper::asks(set) {
            let help = "a template judges nothing until a constraint of its kind says what";
            return Err(PolicyError::new("the templates have no constraint")
                .with_help(help)
                .into());
        }
        if set.entry_points.is_empty() && set.gatekeeper.is_empty() {
            let help = "a policy is a rule `deny`, `warn` or `violation`, or one of these with a \
                        name behind it, as in `deny_root`";
            return Err(PolicyError::new("the policies hold no rule to ask for")
                .with_help(help)
                .into());
        }
        self.keep_wanted(set)
    }

    fn keep_wanted(&self, set: &mut PolicySet) -> Result<(), PolicyErrors> {
        if self.namespaces.is_empty() {
            return Ok(());
        }
        let mut errors = Vec::new();
        let mut wanted = GlobSetBuilder::new();
        for namespace in &self.namespaces {
            let glob = match Glob::new(namespace) {
                Ok(glob) => glob,
                Err(error) => {
                    errors.push(PolicyError::new(format!("the namespace is no glob: {error}")));
                    continue;
                }
            };
            let matcher = glob.compile_matcher();
            if !set.entry_points.iter().any(|entry| matcher.is_match(entry.package.join("."))) {
                errors.push(no_such_namespace(namespace, set));
            }
            wanted.add(glob);
        }
        let wanted = wanted.build().unwrap_or_else(|_| GlobSet::empty());
        set.entry_points.retain(|entry| wanted.is_match(entry.package.join(".")));
        if errors.is_empty() { Ok(()) } else { Err(PolicyErrors(errors)) }
    }
}

fn no_such_namespace(namespace: &str, set: &PolicySet) -> PolicyError {
    let mut known: Vec<_> = set.entry_points.iter().map(|entry| entry.package.join(".")).collect();
    known.dedup();
    let shown = known.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    let more = if known.len() > 8 { ", .." } else { "" };
    PolicyError::new(format!("no policy is in the namespace `{namespace}`"))
        .with_help(format!("packages with policies: {shown}{more}"))
}

fn no_manifests(mut inputs: Vec<String>) -> PolicyError {
    inputs.sort();
    inputs.dedup();
    PolicyError::new("the policies judge no manifests").with_help(format!(
        "`custom.input.selector` in their metadata selects {}",
        inputs.join(", ")
    ))
}

#[derive(Default)]
struct PolicyFiles {
    rego: Vec<PathBuf>,
    data: Vec<PathBuf>,
    /// Files that may hold Gatekeeper's templates and constraints.
    manifests: Vec<PathBuf>,
    /// What Kubescape knows of the rules in their folders.
    rules: Vec<PathBuf>,
}

impl PolicyFiles {
    /// The files that policies stand in.
    fn all(&self) -> Vec<&Path> {
        self.rego.iter().chain(&self.manifests).map(PathBuf::as_path).collect()
    }
}

fn no_policy(path: &Path) -> PolicyError {
    let message = format!("no policy in `{}`", display_name(path));
    PolicyError::new(message).with_help(
        "policies are files ending in .rego, where those ending in _test.rego are tests, and \
         Gatekeeper's templates and constraints",
    )
}

/// The Rego files below a path, tests left out, the `data` files beside them, and the files in
/// which Gatekeeper's policies may stand.
fn policy_files(path: &Path, tests: bool) -> Result<PolicyFiles, PolicyError> {
    let mut files = PolicyFiles::default();
    let named = path.is_file();
    for file in walk(path, "policy")? {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.ends_with("_test.rego") && !tests || kubescape::is_beside_a_rule(&file) {
            continue;
        }
        let is_manifest = Format::of_path(&file) == Some(Format::Manifest);
        let is_example = || file.strip_prefix(path).is_ok_and(is_example);
        if name.ends_with(".rego") || named && !is_manifest {
            files.rego.push(file);
        } else if is_manifest && is_example() {
            // What policies are tried on is neither a policy nor data.
        } else if matches!(name, "data.json" | "data.yaml" | "data.yml") {
            files.data.push(file);
        } else if name == kubescape::METADATA {
            files.rules.push(file);
        } else if is_manifest {
            files.manifests.push(file);
        }
    }
    Ok(files)
}

/// The files that are read where a path is given as policies: Rego without tests, what Gatekeeper has,
/// data beside them, and what packs say of themselves.
///
/// # Errors
///
/// If the path can't be looked into.
pub fn files_of_policies(path: &Path) -> Result<Vec<PathBuf>, PolicyError> {
    let files = policy_files(path, false)?;
    let packs = pack::manifests(path, &files.all());
    let PolicyFiles { rego, data, manifests, rules } = files;
    let manifests = manifests.into_iter().filter(|file| gatekeeper::may_speak_of_it(file));
    Ok(rego.into_iter().chain(data).chain(manifests).chain(rules).chain(packs).collect())
}

/// The files that are read where a path is given as data.
///
/// # Errors
///
/// If the path can't be looked into, or has none.
pub fn files_of_data(path: &Path) -> Result<Vec<PathBuf>, PolicyError> {
    let named = path.is_file();
    let mut files = walk(path, "data")?;
    files.retain(|file| named || Format::of_path(file) == Some(Format::Manifest));
    if files.is_empty() {
        let message = format!("no data in `{}`", display_name(path));
        return Err(PolicyError::new(message).with_help("data files end in .json, .yaml or .yml"));
    }
    Ok(files)
}

fn walk(path: &Path, what: &str) -> Result<Vec<PathBuf>, PolicyError> {
    let wrong = |error: &dyn std::fmt::Display| {
        PolicyError::new(format!("the {what} path `{}` can't be read: {error}", display_name(path)))
    };
    if !path.exists() {
        return Err(wrong(&"there is no such file or folder"));
    }
    let mut files = Vec::new();
    // Policies are named by the one who runs them: what git ignores is no reason to skip one.
    for entry in
        WalkBuilder::new(path).standard_filters(false).hidden(true).follow_links(true).build()
    {
        let entry = entry.map_err(|error| wrong(&error))?;
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            files.push(entry.into_path());
        }
    }
    files.sort();
    Ok(files)
}

fn read_all(files: &[PathBuf], texts: &mut Vec<Arc<SourceText>>, errors: &mut Vec<PolicyError>) {
    for file in files {
        match read_text(file) {
            Ok(text) => texts.push(text),
            Err(error) => errors.push(error),
        }
    }
}

pub(super) fn read_text(file: &Path) -> Result<Arc<SourceText>, PolicyError> {
    let name = display_name(file);
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Arc::new(SourceText::new(name, text))),
        Err(error) => Err(PolicyError::new(format!("`{name}` can't be read: {error}"))),
    }
}

/// Loads data files into one document. As in OPA, a file in a folder below the root stands under
/// that folder's name.
fn load_data(root: &Path, files: &[PathBuf], into: &mut Data, errors: &mut Vec<PolicyError>) {
    for file in files {
        let source = match read_text(file) {
            Ok(source) => source,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let folders = file.parent().and_then(|folder| folder.strip_prefix(root).ok());
        let prefix: Vec<String> = folders
            .into_iter()
            .flat_map(Path::components)
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        let is_json = file.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
        let format = if is_json { Format::Json } else { Format::Yaml };
        let reading = manifest::read(&source, format, &ReadLimits::default());
        errors.extend(reading.errors.into_iter().map(|error| {
            PolicyError::at(format!("the data is {}", error.message), &source, error.span)
        }));
        for mut document in reading.manifests {
            if let Some(settings) = kubescape::settings(&document.root) {
                document.root = settings;
            }
            let line = source.line_span(document.line());
            let within = |value: Node, key: &String| {
                let entry = Entry { key: key.as_str().into(), key_span: line, value };
                Node::mapping(line, vec![entry])
            };
            let whole = if document.root.entries().is_some() {
                into.merge(&prefix.iter().rev().fold(document.root, within))
            } else {
                into.merge(&document.root)
            };
            if let Err(message) = whole {
                errors.push(PolicyError::at(message, &source, line));
            }
        }
    }
}
