//! The pipeline: sources to manifests to violations to findings.
//!
//! ```
//! use manifestly::check::Checker;
//! use manifestly::policy::Loader;
//!
//! let policies = Loader::new()
//!     .policy_text("team.rego", "package team\ndeny contains \"no name\" if not input.name")
//!     .load()
//!     .unwrap();
//! let checker = Checker::new(policies).unwrap();
//! let report = checker.check_value(&serde_json::json!({"kind": "Thing"}));
//! assert_eq!(report.findings[0].message, "no name");
//! ```

mod cache;
mod constraints;
mod finding;
mod judge;
mod problem;
mod report;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rayon::prelude::*;

pub use cache::cache_folder;
pub use finding::{Finding, Location, Standing};
pub use problem::{Problem, ProblemKind, ProblemLocation};
pub(crate) use report::ReportRecord;
pub use report::{FailOn, Report, Summary};

use crate::engine::{EngineLimits, Evaluator, Program};
use crate::gatekeeper::{Constraints, Reviewer, Session};
use crate::manifest::{self, Format, Manifest, ReadLimits, Resource};
use crate::policy::{EntryPoint, PolicySet};
use crate::rego::PolicyErrors;
use crate::source::{SourceFile, SourceText, Walk};

use cache::Cache;
use judge::Judgement;

/// How a run reads and judges.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Judge every YAML, JSON or TOML document, whether or not it looks like a manifest.
    pub any: bool,
    /// Give every policy all documents at once, as a list of `{path, contents}`.
    pub combine: bool,
    /// Globs of files to leave out.
    pub exclude: Vec<String>,
    /// The folder that the globs are relative to; the working folder, where it is empty.
    pub exclude_root: PathBuf,
    /// Bounds on what is read.
    pub read: ReadLimits,
    /// Bounds on what evaluation may take.
    pub engine: EngineLimits,
    /// The folder in which judgements are kept, so that what has not changed is not judged anew.
    /// It must belong to the user: what stands there is believed.
    pub cache: Option<PathBuf>,
    /// Files and folders of objects that Gatekeeper's constraints know of, beside the checked ones.
    pub inventory: Vec<PathBuf>,
    /// Where the run stands among the enforcement points of Gatekeeper's constraints; at
    /// [`ENFORCEMENT_POINT`](crate::gatekeeper::ENFORCEMENT_POINT), where it is empty.
    pub enforcement_point: String,
}

/// One thing to check.
#[derive(Clone, Debug)]
pub enum Input {
    /// A file, read when its turn comes.
    File(SourceFile),
    /// A text at hand.
    Text(Arc<SourceText>),
}

/// Judges manifests by policies. Make one, use it from as many threads as you like.
#[derive(Debug)]
pub struct Checker {
    policies: PolicySet,
    program: Program,
    constraints: Constraints,
    options: Options,
    cache: Option<Cache>,
}

/// What one thread judges with.
struct Judge<'s> {
    rules: Evaluator,
    reviewer: Reviewer<'s>,
}

impl<'s> Judge<'s> {
    fn new(checker: &Checker, session: &'s Session) -> Self {
        Self { rules: checker.program.evaluator(), reviewer: session.reviewer() }
    }
}

/// What one input gave.
#[derive(Debug, Default)]
struct Checked {
    read: bool,
    resources: usize,
    skipped: usize,
    judgement: Judgement,
    /// Kept for policies that judge all documents at once.
    manifests: Vec<Arc<Manifest>>,
}

impl Checker {
    /// A checker with the default options.
    ///
    /// # Errors
    ///
    /// What does not compile, located in the policy.
    pub fn new(policies: PolicySet) -> Result<Self, PolicyErrors> {
        Self::with_options(policies, Options::default())
    }

    /// A checker with options of your own.
    ///
    /// # Errors
    ///
    /// What does not compile, located in the policy.
    pub fn with_options(policies: PolicySet, options: Options) -> Result<Self, PolicyErrors> {
        let program = Program::compile(&policies, options.engine)?;
        let constraints = Constraints::compile(&policies.gatekeeper, options.engine)
            .map_err(|rejection| rejection.errors)?;
        let cache = Cache::of(&policies, &options);
        Ok(Self { policies, program, constraints, options, cache })
    }

    /// The policies it judges by.
    pub fn policies(&self) -> &PolicySet {
        &self.policies
    }

    /// Checks files, and the files below folders.
    pub fn check_paths<P: AsRef<Path>>(&self, paths: &[P]) -> Report {
        let walk = match walk(&self.options) {
            Ok(walk) => walk,
            Err(error) => return Report::of_problems(vec![error.into()]),
        };
        let (files, errors) = walk.files(paths);
        let inputs: Vec<_> = files.into_iter().map(Input::File).collect();
        self.check(&inputs, errors.into_iter().map(Problem::from).collect(), &|| {})
    }

    /// Checks one value, whatever its shape. Places speak of it as pretty-printed JSON under the
    /// name `<value>`.
    pub fn check_value(&self, value: &serde_json::Value) -> Report {
        let text = Arc::new(SourceText::new("<value>", format!("{value:#}")));
        let mut checked = Checked { read: true, ..Checked::default() };
        let started = Instant::now();
        let mut problems = Vec::new();
        let inputs = [Input::Text(Arc::clone(&text))];
        let session = match constraints::session(self, &inputs, &mut problems) {
            Ok(session) => session,
            Err(errors) => return Report::of_policy_errors(errors),
        };
        let mut judge = Judge::new(self, &session);
        self.check_text(&text, Format::Manifest, true, &mut judge, &mut checked);
        self.conclude(vec![checked], problems, started)
    }

    /// Checks inputs in parallel, reporting them in the order given. `problems` are what is
    /// already known not to be judged; `progress` is called after each input, from any thread.
    pub fn check(
        &self,
        inputs: &[Input],
        mut problems: Vec<Problem>,
        progress: &(dyn Fn() + Sync),
    ) -> Report {
        let started = Instant::now();
        let session = match constraints::session(self, inputs, &mut problems) {
            Ok(session) => session,
            Err(errors) => return Report::of_policy_errors(errors),
        };
        let judges = Mutex::new(Vec::<Judge<'_>>::new());
        let borrow = || {
            let mut idle = judges.lock().unwrap_or_else(PoisonError::into_inner);
            idle.pop()
        };
        let give_back = |judge| {
            judges.lock().unwrap_or_else(PoisonError::into_inner).push(judge);
        };
        let checked = inputs
            .par_iter()
            .map(|input| {
                let mut judge = borrow().unwrap_or_else(|| Judge::new(self, &session));
                let checked = self.check_input(input, &mut judge);
                give_back(judge);
                progress();
                checked
            })
            .collect();
        if let Some(cache) = &self.cache {
            cache.save();
        }
        self.conclude(checked, problems, started)
    }

    fn check_input(&self, input: &Input, judge: &mut Judge<'_>) -> Checked {
        let mut checked = Checked::default();
        let (text, format) = match input {
            Input::Text(text) => (Ok(Arc::clone(text)), Format::Manifest),
            Input::File(file) => {
                (file.read(), Format::of_path(&file.path).unwrap_or(Format::Manifest))
            }
        };
        match text {
            Ok(text) => {
                checked.read = true;
                let known = self.cache.as_ref().map(|cache| (cache, cache.key(&text, format)));
                if let Some(known) =
                    known.as_ref().and_then(|(cache, key)| cache.recall(key, &text))
                {
                    return known;
                }
                self.check_text(&text, format, self.options.any, judge, &mut checked);
                if let Some((cache, key)) = known {
                    cache.remember(key, &checked);
                }
            }
            Err(error) => checked.judgement.problems.push(error.into()),
        }
        checked
    }

    fn check_text(
        &self,
        text: &Arc<SourceText>,
        format: Format,
        any: bool,
        judge: &mut Judge<'_>,
        checked: &mut Checked,
    ) {
        let reading = manifest::read(text, format, &self.options.read);
        checked.judgement.problems.extend(reading.errors.into_iter().map(Problem::from));
        let single: Vec<_> = self.entry_points(false).collect();
        for manifest in reading.manifests.into_iter().map(Arc::new) {
            let resources = match manifest::resources(&manifest) {
                _ if any => vec![Resource::whole(&manifest)],
                Some(resources) => resources,
                None => {
                    checked.skipped += 1;
                    continue;
                }
            };
            checked.resources += resources.len();
            for resource in &resources {
                judge::resource(resource, &single, &mut judge.rules, &mut checked.judgement);
                constraints::review(resource, &mut judge.reviewer, &mut checked.judgement);
            }
            checked.manifests.push(manifest);
        }
        if self.entry_points(true).next().is_none() {
            checked.manifests.clear();
        }
        checked.judgement.findings.sort_by(|a, b| order(a).cmp(&order(b)));
    }

    fn entry_points(&self, combined: bool) -> impl Iterator<Item = &EntryPoint> {
        let all = self.options.combine;
        let entries = self.policies.entry_points.iter();
        entries.filter(move |entry| (all || entry.is_combined()) == combined)
    }

    fn conclude(
        &self,
        checked: Vec<Checked>,
        mut problems: Vec<Problem>,
        started: Instant,
    ) -> Report {
        let policies = self.policies.count() + self.constraints.count();
        let mut summary = Summary { policies, ..Summary::default() };
        let mut findings = Vec::new();
        let mut manifests = Vec::new();
        for mut one in checked {
            summary.files += usize::from(one.read);
            summary.resources += one.resources;
            summary.skipped += one.skipped;
            findings.append(&mut one.judgement.findings);
            problems.append(&mut one.judgement.problems);
            manifests.append(&mut one.manifests);
        }
        let combined: Vec<_> = self.entry_points(true).collect();
        if !combined.is_empty() && !manifests.is_empty() {
            let mut judgement = Judgement::default();
            let mut evaluator = self.program.evaluator();
            judge::combined(&manifests, &combined, &mut evaluator, &mut judgement);
            findings.append(&mut judgement.findings);
            problems.append(&mut judgement.problems);
        }
        Report::new(summary, findings, problem::told_once(problems), started.elapsed())
    }
}

/// The walk over the files that these options want.
///
/// # Errors
///
/// If an exclude glob is malformed.
pub fn walk(options: &Options) -> Result<Walk, crate::source::SourceError> {
    let extensions: &[&str] =
        if options.any { &["yaml", "yml", "json", "toml"] } else { &["yaml", "yml", "json"] };
    Walk::new(extensions, &options.exclude, &options.exclude_root)
}

/// Findings of one file are told from top to bottom.
fn order(finding: &Finding) -> (usize, usize, &str, &str) {
    let place = finding.place.as_ref();
    (
        place.map_or(0, |place| place.document),
        place.map_or(0, |place| place.span.start),
        &finding.policy.id,
        &finding.message,
    )
}
