//! The engine: policies and an input go in, what the rules returned comes out.
//!
//! Everything above talks to [`Program`] and [`Evaluator`] alone, so what evaluates Rego behind
//! them can change.

pub mod builtins;
mod compile;
mod eval;
mod evaluator;
mod ir;
pub mod number;
mod proof;
mod query;
mod types;
pub mod value;

pub use proof::Proof;
pub use query::{Expression, Query, Row};

use std::sync::Arc;
use std::time::Duration;

use crate::manifest::Node;
use crate::policy::{EntryPoint, Policy, PolicySet};
use crate::rego::ast::Import;
use crate::rego::{PolicyError, PolicyErrors, PolicyLimits, RegoVersion};
use crate::source::{SourceText, Span};

/// Bounds on what evaluation may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineLimits {
    /// How long one rule may take for one input.
    pub rule_time: Duration,
    /// How large policy files may be.
    pub policy: PolicyLimits,
    /// Whether policies must be strict, as for `opa check --strict`: no variables, parameters or
    /// imports that nothing uses, nothing that Rego v1 has no more.
    pub strict: bool,
    /// Whether a builtin that fails ends the evaluation with its fault. Else, as in OPA, what it
    /// was called for is undefined.
    pub strict_builtins: bool,
}

impl Default for EngineLimits {
    /// Ten seconds for a rule; builtins fail as in OPA.
    fn default() -> Self {
        Self {
            rule_time: Duration::from_secs(10),
            policy: PolicyLimits::default(),
            strict: false,
            strict_builtins: false,
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
        let data = value::Value::from(&serde_json::Value::Object(policies.data.clone()));
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

    /// An evaluator for one thread.
    pub fn evaluator(&self) -> Evaluator {
        Evaluator(self.0.evaluator())
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

    /// Whether a builtin that fails ends the evaluation. Else it is undefined, as in OPA.
    pub fn set_strict(&mut self, strict: bool) {
        self.0.strict = strict;
    }

    /// Sets any value as what is judged next.
    pub fn set_value(&mut self, input: Option<value::Value>) {
        self.0.set_value(input);
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
        self.0.query(query)
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
