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
mod finding;
mod judge;
mod problem;
mod record;
mod report;
mod run;
mod spool;

use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

pub use cache::cache_folder;
pub use finding::{Finding, Location, Standing};
pub use problem::{Problem, ProblemKind, ProblemLocation};
pub(crate) use report::ReportRecord;
pub use report::{FailOn, Report, Reported, Summary};
pub use spool::{SpoolOptions, SpooledReport};

use crate::engine::{EngineLimits, Evaluator, Program};
use crate::manifest::{self, Format, ReadLimits, Resource};
use crate::policy::{EntryPoint, Policy, PolicySet};
use crate::rego::PolicyErrors;
use crate::source::{SourceFile, SourceText, Walk};

use cache::Cache;
use judge::Judgement;
use run::{Checked, Found, Ran, Sink, Taken};

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
    /// In the order in which records number them.
    numbered: Vec<Arc<Policy>>,
    program: Program,
    options: Options,
    cache: Option<Cache>,
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
        let cache = Cache::of(&policies, &options);
        let numbered = policies.policies().cloned().collect();
        Ok(Self { policies, numbered, program, options, cache })
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
        let started = Instant::now();
        let checked = self.check_text(&text, Format::Manifest, true, &mut self.program.evaluator());
        let mut whole = Whole { checker: self, findings: Vec::new() };
        let Ok(taken) = Taken::of(checked, &mut whole);
        let Ok(ran) = self.conclude(taken, &mut whole);
        whole.report(ran, started)
    }

    /// Checks inputs in parallel, reporting them in the order given. `problems` are what is
    /// already known not to be judged; `progress` is called after each input, from any thread.
    pub fn check(
        &self,
        inputs: &[Input],
        problems: Vec<Problem>,
        progress: &(dyn Fn() + Sync),
    ) -> Report {
        let started = Instant::now();
        let mut whole = Whole { checker: self, findings: Vec::new() };
        let Ok(ran) = self.run(inputs, problems, progress, &mut whole);
        whole.report(ran, started)
    }

    /// The same for any number of inputs: memory holds what the options allow of the findings,
    /// and the rest is set aside in a temporary file until it is written.
    ///
    /// # Errors
    ///
    /// If that file can't be written.
    pub fn check_spooled(
        &self,
        inputs: &[Input],
        problems: Vec<Problem>,
        options: SpoolOptions,
        progress: &(dyn Fn() + Sync),
    ) -> io::Result<SpooledReport> {
        let started = Instant::now();
        let mut findings = spool::Findings::new(options, self.numbered.clone());
        let Ran { mut summary, counts, problems: errors } =
            self.run(inputs, problems, progress, &mut findings)?;
        summary.duration_ms = report::milliseconds(started.elapsed());
        Ok(SpooledReport { summary, errors, counts, findings })
    }

    fn check_input(&self, input: &Input, evaluator: &mut Evaluator) -> Checked {
        let (text, format) = match input {
            Input::Text(text) => (Ok(Arc::clone(text)), Format::Manifest),
            Input::File(file) => {
                (file.read(), Format::of_path(&file.path).unwrap_or(Format::Manifest))
            }
        };
        let text = match text {
            Ok(text) => text,
            Err(error) => return Checked { problems: vec![error.into()], ..Checked::default() },
        };
        let known = self.cache.as_ref().map(|cache| (cache, cache.key(&text, format)));
        if let Some(record) = known.as_ref().and_then(|(cache, key)| cache.recall(key)) {
            return Checked { text: Some(text), record, ..Checked::default() };
        }
        let checked = self.check_text(&text, format, self.options.any, evaluator);
        if let Some((cache, key)) = known
            && checked.problems.is_empty()
        {
            cache.remember(key, &checked.record);
        }
        checked
    }

    fn check_text(
        &self,
        text: &Arc<SourceText>,
        format: Format,
        any: bool,
        evaluator: &mut Evaluator,
    ) -> Checked {
        let reading = manifest::read(text, format, &self.options.read);
        let mut checked = Checked { text: Some(Arc::clone(text)), ..Checked::default() };
        checked.problems.extend(reading.errors.into_iter().map(Problem::from));
        let single: Vec<_> = self.entry_points(false).collect();
        let keep = self.entry_points(true).next().is_some();
        let mut judgement = Judgement::default();
        let (mut judged, mut skipped) = (0, 0);
        for manifest in reading.manifests.into_iter().map(Arc::new) {
            let resources = match manifest::resources(&manifest) {
                _ if any => vec![Resource::whole(&manifest)],
                Some(resources) => resources,
                None => {
                    skipped += 1;
                    continue;
                }
            };
            judged += resources.len();
            for resource in &resources {
                judge::resource(resource, &single, evaluator, &mut judgement);
            }
            checked.manifests.extend(keep.then_some(manifest));
        }
        checked.problems.append(&mut judgement.problems);
        judgement.findings.sort_by(|a, b| order(a).cmp(&order(b)));
        self.record(judged, skipped, &judgement.findings, &mut checked);
        checked
    }

    /// Records what was found. What can't be recorded is told of when it is handed over.
    fn record(
        &self,
        resources: usize,
        skipped: usize,
        findings: &[Finding],
        checked: &mut Checked,
    ) {
        checked.record =
            record::write(resources, skipped, findings, &self.numbered).unwrap_or_default();
    }

    fn findings_of(&self, record: &[u8], text: &Arc<SourceText>) -> Option<Vec<Finding>> {
        let (_, body) = record::head(record)?;
        record::findings(body, text, &self.numbered)
    }

    fn entry_points(&self, combined: bool) -> impl Iterator<Item = &EntryPoint> {
        let all = self.options.combine;
        let entries = self.policies.entry_points.iter();
        entries.filter(move |entry| (all || entry.is_combined()) == combined)
    }
}

/// All findings in memory.
struct Whole<'c> {
    checker: &'c Checker,
    findings: Vec<Finding>,
}

impl Whole<'_> {
    fn report(self, ran: Ran, started: Instant) -> Report {
        let Ran { mut summary, counts: _, problems: errors } = ran;
        summary.duration_ms = report::milliseconds(started.elapsed());
        Report { summary, findings: self.findings, errors }
    }
}

impl Sink for Whole<'_> {
    type Item = Vec<Finding>;
    type Error = Infallible;

    fn prepare(&self, found: Found) -> Option<Vec<Finding>> {
        self.checker.findings_of(&found.record, &found.text)
    }

    fn take(&mut self, mut findings: Vec<Finding>) -> Result<(), Infallible> {
        self.findings.append(&mut findings);
        Ok(())
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
