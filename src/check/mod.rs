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

mod admission;
mod amend;
mod basis;
mod cache;
mod constraints;
mod finding;
mod fix;
mod handover;
mod inference;
mod judge;
mod kubescape;
mod mend;
mod placing;
mod printed;
mod problem;
mod recall;
mod record;
mod report;
mod reviews;
mod run;
mod settle;
mod spool;
mod telling;
mod trial;
mod view;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::NaiveDate;

pub use crate::agreement::Standing;
pub use admission::{Admission, AdmissionJudge, Judged};
pub use amend::Amended;
pub use cache::cache_folder;
pub(crate) use finding::FindingRecord;
pub use finding::{Finding, Location};
pub use fix::{Fix, FixEdit, FixKind, FixOrigin};
pub use inference::{Effort, Inference, Observer};
pub use mend::Mended;
pub use printed::Prints;
pub(crate) use problem::ProblemRecord;
pub use problem::{Problem, ProblemKind, ProblemLocation};
pub(crate) use report::ReportRecord;
pub use report::{FailOn, Report, Reported, Summary};
pub use reviews::{Reviewed, Reviewing, Reviews};
pub use spool::{SpoolOptions, SpooledReport};
pub use telling::Telling;

pub use crate::source::Input;

use crate::agreement::waiver::Waivers;
use crate::agreement::{Agreement, Basis};
use crate::engine::{Coverage, EngineLimits, Program, Recording};
use crate::gatekeeper::{Constraints, ENFORCEMENT_POINT, Reviewer};
use crate::manifest::ReadLimits;
use crate::policy::{ClauseRef, Dialect, EntryPoint, Ids, Policy, PolicySet};
use crate::rego::PolicyErrors;
use crate::source::{SourceText, Walk};

use cache::Cache;
use handover::Ran;
use run::Run;

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
    /// [`ENFORCEMENT_POINT`], where it is empty.
    pub enforcement_point: String,
    /// Which of the fixes that policies offer are tried.
    pub trials: Trials,
    /// Whether places are worked out for violations that name none.
    pub inference: Inference,
    /// The day that dates are held against, and what is let pass.
    pub agreement: Arc<Agreement>,
}

/// Which fixes are tried. Others are no more than advice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trials {
    /// None.
    #[default]
    None,
    /// Those of the first so many findings of each policy, and others in the same files.
    First(usize),
    /// All, as far as there is time for the many of one file.
    All,
}

/// Judges manifests by policies. Make one, use it from as many threads as you like.
#[derive(Debug)]
pub struct Checker {
    policies: Arc<PolicySet>,
    /// The entry points that are asked, by their numbers; none for all.
    asked: Option<BTreeSet<usize>>,
    /// The ids of what is asked at admission; empty for all.
    ids: Vec<Ids>,
    program: Program,
    constraints: Constraints,
    options: Options,
    cache: Option<Cache>,
    basis: Basis,
    reached: Arc<Mutex<Reached>>,
}

/// How far the bodies of policies got so far, where the options ask for a record.
#[derive(Debug, Default)]
struct Reached {
    rules: Recording,
    templates: Coverage,
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
        let mut constraints = Constraints::compile(&policies.gatekeeper, options.engine)
            .map_err(|rejection| rejection.errors)?;
        constraints.agree(&policies.terms)?;
        let options = Options { agreement: weighed(&policies, &constraints, &options), ..options };
        let cache = Cache::of(&policies, &options);
        let basis = basis::of(&policies, &options);
        let policies = Arc::new(policies);
        let (asked, ids, reached) = (None, Vec::new(), Arc::default());
        Ok(Self { policies, asked, ids, program, constraints, options, cache, basis, reached })
    }

    /// The same checker, which asks these entry points alone and keeps nothing.
    pub(crate) fn asking(&self, wanted: impl Fn(&EntryPoint) -> bool) -> Self {
        let entries = self.policies.entry_points.iter().filter(|entry| wanted(entry));
        Self {
            policies: Arc::clone(&self.policies),
            asked: Some(entries.map(|entry| entry.number).collect()),
            ids: self.ids.clone(),
            program: self.program.clone(),
            constraints: self.constraints.clone(),
            options: self.options.clone(),
            cache: None,
            basis: self.basis.clone(),
            reached: Arc::clone(&self.reached),
        }
    }

    /// The same checker for admission, asking only policies whose ids fit a pattern.
    #[cfg(feature = "serve")]
    pub(crate) fn only(&self, ids: &[Ids]) -> Self {
        let fits = |id: &str| ids.iter().any(|ids| ids.matches(id));
        let mut some = self.asking(|entry| entry.policies.iter().any(|policy| fits(&policy.id)));
        some.constraints.retain(|policy| fits(&policy.id));
        some.ids = ids.to_vec();
        some
    }

    /// Whether a policy is among those that are asked at admission.
    fn is_wanted(&self, policy: &Policy) -> bool {
        self.ids.is_empty() || self.ids.iter().any(|ids| ids.matches(&policy.id))
    }

    /// Which lines have been evaluated in all runs, also by those of [`Checker::asking`]: of the
    /// clauses that are wanted, and of templates.
    pub(crate) fn coverage(&self, wants: impl Fn(ClauseRef) -> bool) -> Coverage {
        let reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        let mut coverage = self.program.coverage(&reached.rules, wants);
        coverage.add(&reached.templates);
        coverage
    }

    /// Notes what judging reached.
    fn note(&self, rules: Option<Recording>, reviewer: Option<&mut Reviewer<'_>>) {
        if !self.options.engine.explain {
            return;
        }
        let templates = reviewer.map(Reviewer::take_coverage);
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        rules.into_iter().for_each(|more| reached.rules.add(more));
        templates.iter().for_each(|more| reached.templates.add(more));
    }

    /// What its verdicts rest on.
    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// The waivers that it knows of, weighed by its policies.
    pub fn waivers(&self) -> &Waivers {
        &self.options.agreement.waivers
    }

    /// A policy or a constraint by its id; of several that share one, the first.
    pub fn policy(&self, id: &str) -> Option<Policy> {
        every_policy(&self.policies, &self.constraints).find(|policy| policy.id == id)
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
        let mut problems = Vec::new();
        match Run::new(self, &[Input::Text(Arc::clone(&text))], &mut problems) {
            Ok(run) => run.whole(started, |findings| run.over_value(&text, problems, findings)),
            Err(errors) => Report::of_policy_errors(errors),
        }
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
        match Run::new(self, inputs, &mut problems) {
            Ok(run) => {
                run.whole(started, |findings| run.over(inputs, problems, progress, findings))
            }
            Err(errors) => Report::of_policy_errors(errors),
        }
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
        mut problems: Vec<Problem>,
        options: SpoolOptions,
        progress: &(dyn Fn() + Sync),
    ) -> io::Result<SpooledReport> {
        let started = Instant::now();
        let run = match Run::new(self, inputs, &mut problems) {
            Ok(run) => run,
            Err(errors) => {
                return Ok(SpooledReport::of_problems(Report::of_policy_errors(errors).errors));
            }
        };
        let known = (run.numbered().to_vec(), self.waivers().each().to_vec());
        let mut findings = spool::Findings::new(options, known);
        let Ran { mut summary, counts, problems: errors, prints, waivers, warnings } =
            run.over(inputs, problems, progress, &mut findings)?;
        summary.duration_ms = report::milliseconds(started.elapsed());
        Ok(SpooledReport { summary, errors, prints, waivers, warnings, counts, findings })
    }

    /// What it judged before, if that is kept.
    fn cache(&self) -> Option<&Cache> {
        self.cache.as_ref()
    }

    /// The policies it judges by, and the constraints at its enforcement point.
    pub fn all_policies(&self) -> Vec<Arc<Policy>> {
        let rego = self.policies.policies().cloned();
        rego.chain(self.constraints.policies(self.point())).collect()
    }

    /// Where it stands among the enforcement points of constraints.
    fn point(&self) -> &str {
        match self.options.enforcement_point.as_str() {
            "" => ENFORCEMENT_POINT,
            point => point,
        }
    }

    /// What was agreed, with the waivers weighed by its policies.
    pub fn agreement(&self) -> &Agreement {
        &self.options.agreement
    }

    /// What was agreed, as it will stand on another day.
    pub fn agreement_on(&self, day: NaiveDate) -> Agreement {
        let agreement = Agreement::clone(&self.options.agreement);
        weighed_on(day, agreement, &self.policies, &self.constraints)
    }

    /// How many policies are asked, as reports tell it.
    pub fn count(&self) -> usize {
        let policies = match &self.asked {
            None => self.policies.count(),
            Some(asked) => {
                let entries = self.policies.entry_points.iter();
                let asked = entries.filter(|entry| asked.contains(&entry.number));
                let ids = asked.flat_map(|entry| &entry.policies).map(|policy| &policy.id);
                ids.collect::<BTreeSet<_>>().len()
            }
        };
        policies + self.constraints.count()
    }

    /// A policy about requests can make nothing of all documents at once, unless it says so.
    fn entry_points(&self, combined: bool) -> impl Iterator<Item = &EntryPoint> {
        let all = self.options.combine;
        let is_combined = move |entry: &EntryPoint| {
            entry.is_combined() || all && entry.dialect == Dialect::Manifest
        };
        let is_asked = |entry: &&EntryPoint| {
            self.asked.as_ref().is_none_or(|asked| asked.contains(&entry.number))
        };
        let asked = self.policies.entry_points.iter().filter(is_asked);
        asked.filter(move |entry| is_combined(entry) == combined)
    }

    /// Whether verdicts depend on other objects than the one that is judged.
    fn looks_around(&self) -> bool {
        self.constraints.looks_around()
            || self.reads_inventory()
            || self.policies.says_of_gatekeeper("namespaceObject")
    }

    /// Whether they depend on all of them, not on namespaces alone.
    fn reads_inventory(&self) -> bool {
        self.constraints.reads_inventory() || self.policies.says_of_gatekeeper("inventory")
    }
}

/// What was agreed, with the waivers weighed by the policies that they name.
fn weighed(policies: &PolicySet, constraints: &Constraints, options: &Options) -> Arc<Agreement> {
    let agreement = Agreement::clone(&options.agreement);
    Arc::new(weighed_on(agreement.as_of, agreement, policies, constraints))
}

fn weighed_on(
    day: NaiveDate,
    agreement: Agreement,
    policies: &PolicySet,
    constraints: &Constraints,
) -> Agreement {
    let mut agreement = Agreement { as_of: day, ..agreement };
    if agreement.waivers.is_empty() {
        return agreement;
    }
    let every: Vec<_> = every_policy(policies, constraints).collect();
    agreement.waivers.weigh(every.iter(), day);
    agreement
}

fn every_policy<'p>(
    policies: &'p PolicySet,
    constraints: &'p Constraints,
) -> impl Iterator<Item = Policy> + 'p {
    let constraints = constraints.described(ENFORCEMENT_POINT).into_iter();
    let constraints = constraints.filter(|described| described.constraints.is_none());
    let policies = policies.policies().map(|policy| Policy::clone(policy));
    policies.chain(constraints.map(|described| described.policy))
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
