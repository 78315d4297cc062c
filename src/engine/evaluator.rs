//! The engine's face over programs and evaluations.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use crate::manifest::Node;
use crate::policy::{EntryPoint, Policy, PolicySet};
use crate::rego::{PolicyError, PolicyErrors};

use super::builtins::{BuiltinError, Caches, Context};
use super::compile::{self, Unit};
use super::eval::{Evaluation, Limits, World};
use super::value::Value;
use super::{EngineLimits, Outcome, RuleResult, ir};

/// How many steps the builtins of one evaluation may take: what they make has to fit in memory.
const MAX_BUILTIN_STEPS: u64 = 10_000_000;

/// Compiled policies, shared by all threads.
#[derive(Clone, Debug)]
pub(super) struct Program {
    compiled: Arc<ir::Program>,
    limits: EngineLimits,
    /// Whether a policy reads `data.conftest.file`, which changes with each input.
    reads_file_name: bool,
    /// The time that policies see, in nanoseconds since 1970: one for the whole run.
    now_ns: i64,
}

impl Program {
    pub(super) fn compile(
        policies: &PolicySet,
        limits: EngineLimits,
    ) -> Result<Self, PolicyErrors> {
        let units: Vec<_> = policies
            .modules
            .iter()
            .map(|module| Unit {
                source: &module.source,
                module: &module.syntax,
                is_v1: module.is_v1(),
            })
            .collect();
        let data = serde_json::Value::Object(policies.data.clone());
        let program = compile::compile(&units, Some(Value::from(&data)), limits.strict)
            .map_err(PolicyErrors)?;
        let reads = |module: &crate::rego::Module| module.source.text().contains("data.conftest");
        Ok(Self {
            compiled: Arc::new(program),
            limits,
            reads_file_name: policies.modules.iter().any(reads),
            now_ns: now_ns(),
        })
    }

    pub(super) fn evaluator(&self) -> Evaluator {
        Evaluator { program: self.clone(), world: World::default(), caches: Caches::default() }
    }
}

/// Asks about one input after another. The input's values are kept from rule to rule.
#[derive(Debug)]
pub(super) struct Evaluator {
    program: Program,
    world: World,
    caches: Caches,
}

impl Evaluator {
    pub(super) fn set_input(&mut self, input: &Node, file: &str) {
        let file = self.program.reads_file_name.then(|| file_document(file));
        self.world = World::new(Some(Value::from(input)), file);
    }

    pub(super) fn set_value(&mut self, input: Option<Value>) {
        self.world = World::new(input, None);
    }

    pub(super) fn ask(&mut self, path: &[&str]) -> Result<Option<Value>, PolicyError> {
        let path: Vec<Arc<str>> = path.iter().map(|part| Arc::from(*part)).collect();
        self.evaluation(|evaluation| evaluation.ask(&path))
    }

    pub(super) fn evaluate(&mut self, entry: &EntryPoint) -> Result<Outcome, PolicyError> {
        self.evaluation(|evaluation| outcome(evaluation, entry))
    }

    fn evaluation<T>(&mut self, inner: impl FnOnce(&mut Evaluation<'_>) -> T) -> T {
        let program = Arc::clone(&self.program.compiled);
        let limits = Limits {
            depth: 500,
            deadline: Instant::now().checked_add(self.program.limits.rule_time),
            strict: false,
        };
        let mut steps = 0_u64;
        let mut budget = |more: u64| {
            steps = steps.saturating_add(more);
            if steps <= MAX_BUILTIN_STEPS {
                return Ok(());
            }
            let message = format!("it takes more than {MAX_BUILTIN_STEPS} steps");
            Err(BuiltinError { message, halts: true })
        };
        let context =
            Context::new(&mut self.caches, self.program.now_ns, 0).with_budget(&mut budget);
        let world = std::mem::take(&mut self.world);
        let mut evaluation = Evaluation::new(&program, world, context, limits);
        let result = inner(&mut evaluation);
        self.world = evaluation.into_world();
        result
    }
}

fn now_ns() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_nanos()).ok()).unwrap_or_default()
}

fn file_document(file: &str) -> Value {
    // conftest tells the folder's whole path.
    let path = std::path::absolute(file).unwrap_or_else(|_| file.into());
    let text = |part: Option<&std::ffi::OsStr>| {
        Value::string(part.unwrap_or_default().to_string_lossy().into_owned())
    };
    let folder = path.parent().map(std::path::Path::as_os_str);
    Value::record([("dir", text(folder)), ("name", text(path.file_name()))])
}

fn outcome(evaluation: &mut Evaluation<'_>, entry: &EntryPoint) -> Result<Outcome, PolicyError> {
    let mut path: Vec<Arc<str>> = entry.package.iter().map(|part| part.as_str().into()).collect();
    path.push(entry.rule.as_str().into());
    let mut found: Vec<(&Arc<Policy>, Value)> = Vec::new();
    if entry.clauses.is_empty() {
        let value = evaluation.ask(&path)?;
        found.extend(
            violations(value.as_ref()).into_iter().map(|value| (&entry.policies[0], value)),
        );
    } else {
        // The same result from two clauses is one result, as it is for the rule as a whole.
        let mut seen = BTreeSet::new();
        for (policy, clauses) in entry.policies.iter().zip(&entry.clauses) {
            for clause in clauses {
                let value = evaluation.ask_clause(*clause)?;
                for value in violations(value.as_ref()) {
                    if seen.insert(value.clone()) {
                        found.push((policy, value));
                    }
                }
            }
        }
    }
    let excepted = !found.is_empty() && entry.has_exceptions && is_excepted(evaluation, entry)?;
    let results = found
        .into_iter()
        .map(|(policy, value)| RuleResult { policy: Arc::clone(policy), value: value.to_serde() })
        .collect();
    Ok(Outcome { results, excepted })
}

/// Whether `exception[_][_]` names the rule, as conftest asks.
fn is_excepted(evaluation: &mut Evaluation<'_>, entry: &EntryPoint) -> Result<bool, PolicyError> {
    let mut path: Vec<Arc<str>> = entry.package.iter().map(|part| part.as_str().into()).collect();
    path.push("exception".into());
    let Some(exceptions) = evaluation.ask(&path)? else { return Ok(false) };
    let name = Value::string(entry.short_name());
    Ok(members(&exceptions).iter().any(|names| members(names).contains(&name)))
}

/// What an object, a list or a set holds.
fn members(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(_, items) | Value::Set(_, items) => items.to_vec(),
        Value::Object(_, fields) => fields.iter().map(|(_, value)| value.clone()).collect(),
        _ => Vec::new(),
    }
}

/// The single violations in a rule's value. A rule that is undefined, false or empty found none.
fn violations(value: Option<&Value>) -> Vec<Value> {
    match value {
        None | Some(Value::Bool(_, false) | Value::Null(_)) => Vec::new(),
        Some(value @ (Value::Array(..) | Value::Set(..))) => members(value),
        // `deny := {"msg": ..}` is one violation; `deny[name] := {..}` is one for each name.
        Some(value @ Value::Object(..)) => {
            let says = |key: &str| value.get(&Value::string(key)).is_some();
            if says("msg") || says("message") { vec![value.clone()] } else { members(value) }
        }
        Some(value) => vec![value.clone()],
    }
}
