//! The engine: policies and an input go in, what the rules returned comes out.
//!
//! Everything above talks to [`Program`] and [`Evaluator`] alone, so what evaluates Rego behind
//! them can change.

pub mod builtins;
mod change;
mod compile;
mod coverage;
mod eval;
mod evaluator;
mod explain;
mod ir;
mod literals;
pub mod number;
mod proof;
mod query;
mod types;
pub mod value;

pub(crate) use change::{Change, changed};
pub use coverage::{Coverage, FileCoverage, Line, percent};
pub(crate) use eval::Watched;
pub use explain::{ExplainedBody, ExplainedRule, ExplainedStatement, Explanation};
pub(crate) use literals::{Literals, is_prose};
pub use proof::Proof;
pub(crate) use proof::{Reading, steps};
pub use query::{Expression, Query, Row};

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::manifest::{Node, Pointer};
use crate::policy::{ClauseRef, EntryPoint, Policy, PolicySet};
use crate::rego::ast::{Body, Import};
use crate::rego::{Module, PolicyError, PolicyErrors, PolicyLimits, RegoVersion};
use crate::source::{SourceText, Span};

/// The time that policies see, and how long they may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// In nanoseconds since 1970.
    pub now_ns: i64,
    /// When all that is asked must have been answered, where somebody waits. Looked at now and then.
    pub until: Option<Instant>,
}

impl Clock {
    /// The time of the machine, with nobody waiting.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
        let now_ns = since.and_then(|since| i64::try_from(since.as_nanos()).ok());
        Self { now_ns: now_ns.unwrap_or_default(), until: None }
    }
}

/// Bounds on what evaluation may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineLimits {
    /// How long one rule may take for one input.
    pub rule_time: Duration,
    /// How many steps one rule may take for one input: statements, calls, members gone through.
    pub steps: u64,
    /// How many members the sets, lists and objects may have together that one rule makes for one
    /// input. Each takes some 50 bytes, and what it holds.
    pub members: usize,
    /// How many results one rule may have for one input.
    pub results: usize,
    /// How large policy files may be.
    pub policy: PolicyLimits,
    /// Whether a builtin that fails ends the evaluation with its fault. Else, as in OPA, what it
    /// was called for is undefined.
    pub strict_builtins: bool,
    /// Whether policies must be strict, as for `opa check --strict`: no variables, parameters or
    /// imports that nothing uses, nothing that Rego v1 has no more.
    pub strict: bool,
    /// Whether it is counted how far each body gets, for [`Evaluator::explanation`] and
    /// [`Evaluator::coverage`], which takes some more time.
    pub explain: bool,
}

impl Default for EngineLimits {
    /// For a rule and an input ten seconds, two billion steps, ten million members and ten thousand
    /// results; builtins fail as in OPA.
    fn default() -> Self {
        Self {
            rule_time: Duration::from_secs(10),
            steps: 2_000_000_000,
            members: 10_000_000,
            results: 10_000,
            policy: PolicyLimits::default(),
            strict_builtins: false,
            strict: false,
            explain: false,
        }
    }
}

/// One thing that a rule returned, and the policy that it speaks for.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleResult {
    /// The policy; among several of one rule, the one whose clause returned the value.
    pub policy: Arc<Policy>,
    /// The value as the rule returned it.
    pub value: value::Value,
    /// What [`Evaluator::proof`] tells the proof by.
    pub(crate) log: eval::LogId,
}

impl RuleResult {
    /// The message; a result without words is told by its policy's title, or as it is.
    pub fn message(&self) -> Cow<'_, str> {
        let said = match &self.value {
            value::Value::String(_, text) => Some(&**text),
            value => ["msg", "message", "alertMessage"]
                .into_iter()
                .find_map(|key| value.field(key)?.as_str()),
        };
        match (said, &self.policy.metadata.title, &self.value) {
            (Some(text), ..) => text.trim().into(),
            (None, Some(title), _) => title.into(),
            (None, None, value::Value::Bool(..)) => {
                format!("{} is violated", self.policy.id).into()
            }
            (None, None, value) => value.to_json_string().into(),
        }
    }
}

/// What an entry point gave for an input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Its results, in Rego's order.
    pub results: Vec<RuleResult>,
    /// Whether an `exception` rule of the package lets the input off.
    pub excepted: bool,
}

/// Something that a policy printed.
#[derive(Clone, Debug)]
pub struct Printed {
    /// The policy's text.
    pub source: Arc<SourceText>,
    /// Where `print` stands in it.
    pub span: Span,
    /// The line.
    pub text: String,
}

/// Compiled policies. Shared by all threads; each takes an [`Evaluator`] of its own.
#[derive(Clone, Debug)]
pub struct Program(evaluator::Program);

impl Program {
    /// Compiles policies and their data.
    ///
    /// # Errors
    ///
    /// What does not compile, located in the policy.
    pub fn compile(policies: &PolicySet, limits: EngineLimits) -> Result<Self, PolicyErrors> {
        let data = value::Value::from(&policies.data.to_node());
        Self::compile_with_data(policies, data, limits)
    }

    /// Compiles policies with other data than theirs: its numbers may be of any size.
    ///
    /// # Errors
    ///
    /// What does not compile, located in the policy.
    pub fn compile_with_data(
        policies: &PolicySet,
        data: value::Value,
        limits: EngineLimits,
    ) -> Result<Self, PolicyErrors> {
        evaluator::Program::compile(policies, data, limits).map(Self)
    }

    /// Compiles a query: statements as in a rule's body, which see `input` and `data`. `imports`
    /// are import statements for it, and `package` may be one whose rules it can name by
    /// themselves.
    ///
    /// # Errors
    ///
    /// What does not parse or compile, located in the query.
    pub fn query(
        &self,
        text: &Arc<SourceText>,
        version: RegoVersion,
        package: Option<&[String]>,
        imports: &[Import],
    ) -> Result<Query, PolicyError> {
        self.0.query(text, version, package, imports)
    }

    /// Compiles statements as a query that stands in `module`, and so knows its names.
    pub(crate) fn query_in(&self, module: &Module, body: Body) -> Result<Query, PolicyError> {
        let syntax = &module.syntax;
        let (package, imports) = (syntax.package.clone(), syntax.imports.clone());
        self.0.statements(&module.source, body, package, imports, module.is_v1())
    }

    /// Which lines were evaluated of the clauses that are wanted, as recordings of this program's
    /// evaluators tell.
    pub fn coverage(&self, recording: &Recording, wants: impl Fn(ClauseRef) -> bool) -> Coverage {
        self.0.coverage(&recording.0, &wants)
    }

    /// An evaluator for one thread.
    pub fn evaluator(&self) -> Evaluator {
        Evaluator(self.0.evaluator())
    }
}

/// How far the bodies of a program's policies got, for any number of inputs.
#[derive(Debug, Default)]
pub struct Recording(eval::Progress);

impl Recording {
    /// Adds what was recorded for other inputs, by evaluators of the same program.
    pub fn add(&mut self, other: Self) {
        self.0.add(other.0);
    }
}

/// Asks compiled policies about one input after another.
#[derive(Debug)]
pub struct Evaluator(evaluator::Evaluator);

impl Evaluator {
    /// Sets what is judged next. `file` is the name of the file it came from, for policies that
    /// read `data.conftest.file`.
    pub fn set_input(&mut self, input: &Node, file: &str) {
        self.0.set_input(input, file);
    }

    /// Whether the results of inputs that are set from now on come with proofs, which takes some
    /// more time.
    pub fn keep_proofs(&mut self, keep: bool) {
        self.0.keep_proofs(keep);
    }

    /// What a result rests on in the input. `None` where proofs were not kept, and once the next
    /// input is set.
    pub fn proof(&self, result: &RuleResult) -> Option<Proof> {
        self.0.proof(result.log)
    }

    /// Where in the input a value was read that a result holds, if policies that speak of places by
    /// values are among those that were compiled.
    pub(crate) fn origin_of(&self, value: &value::Value) -> Option<Pointer> {
        self.0.origin_of(value)
    }

    /// Whether a value that a result holds is one of the input, not made by a policy; known as
    /// [`origin_of`](Self::origin_of) is.
    pub(crate) fn has_read(&self, value: &value::Value) -> bool {
        self.0.has_read(value)
    }

    /// Sets the time for what is asked from here on. Without, it is that of compiling the policies,
    /// so that all of a run see the same.
    pub fn set_clock(&mut self, clock: Clock) {
        self.0.clock = clock;
    }

    /// Whether a builtin that fails ends the evaluation. Else it is undefined, as in OPA.
    pub fn set_strict(&mut self, strict: bool) {
        self.0.strict = strict;
    }

    /// Everything that was read of the input so far, whether it led anywhere or not. `None` where
    /// proofs are not kept.
    pub fn reads(&self) -> Option<Proof> {
        self.0.reads()
    }

    /// Sets any value as what is judged next.
    pub fn set_value(&mut self, input: Option<value::Value>) {
        self.0.set_value(input);
    }

    /// Sets what the present input would be with something changed. Its parts keep their nodes.
    pub(crate) fn set_changed(&mut self, input: value::Value) {
        self.0.set_changed(input);
    }

    /// The same. What becomes of a text in it is [`watched`](Self::watched), where proofs are kept.
    pub(crate) fn watch(&mut self, input: value::Value, text: &'static str) {
        self.0.watch(input, text);
    }

    /// What became of the text, once something was asked.
    pub(crate) fn watched(&mut self) -> Option<Watched> {
        self.0.watched()
    }

    /// What is set from here on is what the input of another evaluator would be with something
    /// changed.
    pub(crate) fn follow(&mut self, other: &Self) {
        self.0.follow(&other.0);
    }

    /// The present input. Its parts know their nodes, where proofs are kept.
    pub(crate) fn input(&self) -> Option<&value::Value> {
        self.0.input()
    }

    /// How many steps the rule took that was evaluated last.
    pub(crate) fn steps(&self) -> u64 {
        self.0.steps
    }

    /// The way to a node of the input, from node to node.
    pub(crate) fn way_to(&self, node: value::NodeId) -> Vec<value::NodeId> {
        self.0.nodes().way_to(node)
    }

    /// Where a node of the input stands, from its top.
    pub(crate) fn path_of(&self, node: value::NodeId) -> Option<Pointer> {
        self.0.nodes().path(node)
    }

    /// What a result rests on, in the order in which it was read. `None` where proofs are not
    /// kept.
    pub(crate) fn readings(&self, result: &RuleResult) -> Option<Vec<Reading>> {
        self.0.readings(result.log)
    }

    /// All that was read of the input, in the same order, whether it led anywhere or not.
    pub(crate) fn all_readings(&self) -> Option<Vec<Reading>> {
        self.0.all_readings()
    }

    /// The literals of an entry point's rule and of those it asks, the nearest first.
    pub(crate) fn literals(&self, entry: &EntryPoint) -> Literals {
        self.0.literals(entry)
    }

    /// The document at a path below `data`, for example `["main", "deny"]`; `None` where it is
    /// undefined.
    ///
    /// # Errors
    ///
    /// What kept it from being evaluated, located in the policy.
    pub fn ask(&mut self, path: &[&str]) -> Result<Option<value::Value>, PolicyError> {
        self.0.ask(path)
    }

    /// What has been evaluated for the input: which rules, how far their bodies got, and what came
    /// of it. `None` unless the program was compiled with [`EngineLimits::explain`].
    pub fn explanation(&self) -> Option<Explanation> {
        self.0.explanation()
    }

    /// Which lines of all policies were evaluated for the input. `None` unless the program was
    /// compiled with [`EngineLimits::explain`].
    pub fn coverage(&self) -> Option<Coverage> {
        self.0.coverage()
    }

    /// Takes the record of how far the bodies of policies got for the input. `None` unless the
    /// program was compiled with [`EngineLimits::explain`], and before anything was evaluated.
    pub fn take_recording(&mut self) -> Option<Recording> {
        self.0.take_progress().map(Recording)
    }

    /// Takes what policies have printed for this input since it was last asked. A rule that is
    /// evaluated once prints once.
    pub fn take_printed(&mut self) -> Vec<Printed> {
        self.0.take_printed()
    }

    /// Every way in which a query holds for the input, with the values of its statements and
    /// variables. Undefined is no row at all.
    ///
    /// # Errors
    ///
    /// What kept it from being evaluated, located in the policy or in the query.
    pub fn query(&mut self, query: &Query) -> Result<Vec<Row>, PolicyError> {
        self.0.query(query, usize::MAX)
    }

    /// The same, and no more ways than so many.
    pub(crate) fn query_first(
        &mut self,
        query: &Query,
        most: usize,
    ) -> Result<Vec<Row>, PolicyError> {
        self.0.query(query, most)
    }

    /// Evaluates one entry point.
    ///
    /// # Errors
    ///
    /// What kept the rule from being evaluated, located in the policy. It costs this rule alone.
    pub fn evaluate(&mut self, entry: &EntryPoint) -> Result<Outcome, PolicyError> {
        let unanswered = || Err(PolicyError::new("the rule was not evaluated"));
        self.evaluate_all(&[entry]).pop().unwrap_or_else(unanswered)
    }

    /// Evaluates entry points one after another, which is faster than asking for each alone. Gives
    /// the outcome of each, or what kept its rule from being evaluated, located in the policy.
    pub fn evaluate_all(&mut self, entries: &[&EntryPoint]) -> Vec<Result<Outcome, PolicyError>> {
        self.0.evaluate(entries)
    }
}
