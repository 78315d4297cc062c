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
mod types;
pub mod value;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::manifest::Node;
use crate::policy::{EntryPoint, Policy, PolicySet};
use crate::rego::{PolicyError, PolicyErrors, PolicyLimits};

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
}

impl Default for EngineLimits {
    /// Ten seconds for a rule.
    fn default() -> Self {
        Self { rule_time: Duration::from_secs(10), policy: PolicyLimits::default(), strict: false }
    }
}

/// One thing that a rule returned, and the policy that it speaks for.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleResult {
    /// The policy; among several of one rule, the one whose clause returned the value.
    pub policy: Arc<Policy>,
    /// The value as the rule returned it.
    pub value: Value,
}

/// What an entry point gave for an input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Its results, in Rego's order.
    pub results: Vec<RuleResult>,
    /// Whether an `exception` rule of the package lets the input off.
    pub excepted: bool,
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
        evaluator::Program::compile(policies, limits).map(Self)
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

    /// Evaluates one entry point.
    ///
    /// # Errors
    ///
    /// What kept the rule from being evaluated, located in the policy. It costs this rule alone.
    pub fn evaluate(&mut self, entry: &EntryPoint) -> Result<Outcome, PolicyError> {
        self.0.evaluate(entry)
    }
}
