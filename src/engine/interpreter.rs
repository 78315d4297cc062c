//! Evaluation by regorus' interpreter.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use regorus::utils::limits::{ExecutionTimerConfig, PolicyLengthConfig};
use regorus::{Engine, Value};

use crate::manifest::{Node, NodeKind};
use crate::policy::{ClauseRef, EntryPoint, PolicySet, query};
use crate::rego::{ForeignError, Module, PolicyError, PolicyErrors, RegoVersion};
use crate::source::{SourceText, Span};

use super::functions;
use super::{EngineLimits, Outcome, RuleResult};

#[derive(Clone)]
pub(super) struct Program {
    engine: Engine,
    sources: Arc<[Arc<SourceText>]>,
    /// Whether a policy reads `data.conftest.file`, which changes with each input.
    reads_file_name: bool,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").field("modules", &self.sources.len()).finish_non_exhaustive()
    }
}

impl Program {
    pub(super) fn compile(
        policies: &PolicySet,
        limits: EngineLimits,
    ) -> Result<Self, PolicyErrors> {
        let sources = policies.modules.iter().map(|module| Arc::clone(&module.source)).collect();
        let mut engine = Engine::new();
        engine.set_strict_builtin_errors(false);
        engine.set_gather_prints(true);
        engine.set_policy_length_config(PolicyLengthConfig {
            max_col: limits.policy.columns,
            max_file_bytes: limits.policy.bytes,
            max_lines: limits.policy.lines,
        });
        engine.set_execution_timer_config(ExecutionTimerConfig {
            limit: limits.rule_time,
            check_interval: NonZeroU32::MIN.saturating_add(1023),
        });
        let mut program = Self { engine, sources, reads_file_name: false };
        let mut errors = Vec::new();
        for module in &policies.modules {
            program.reads_file_name |= module.source.text().contains("data.conftest");
            errors.extend(program.add(module, module.source.text().to_owned()).err());
        }
        for entry in &policies.entry_points {
            for clause in entry.clauses.iter().flatten() {
                let module = &policies.modules[clause.module];
                errors.extend(program.add(module, alone(module, *clause)).err());
            }
        }
        let data = Value::from(serde_json::Value::Object(policies.data.clone()));
        if let Err(error) = program.engine.add_data(data) {
            errors.push(PolicyError::new(format!("the data can't be used: {error}")));
        }
        if errors.is_empty() {
            errors = functions::unknown(&policies.modules);
        }
        if errors.is_empty() {
            errors.extend(program.check(policies).err());
        }
        if errors.is_empty() { Ok(program) } else { Err(PolicyErrors(errors)) }
    }

    fn add(&mut self, module: &Module, text: String) -> Result<(), PolicyError> {
        self.engine.set_rego_v0(module.version == RegoVersion::V0);
        match self.engine.add_policy(module.source.name().to_owned(), text) {
            Ok(_) => Ok(()),
            Err(error) => Err(located(&self.sources, &error.to_string(), "does not parse")),
        }
    }

    /// Lets the interpreter prepare all modules, so that what does not compile is known at once.
    fn check(&mut self, policies: &PolicySet) -> Result<(), PolicyError> {
        let Some(first) = policies.entry_points.first() else { return Ok(()) };
        let rule = query(&first.package, &first.rule).into();
        let compiled = self.engine.compile_with_entrypoint(&rule);
        compiled
            .map(drop)
            .map_err(|error| located(&self.sources, &error.to_string(), "does not compile"))
    }

    pub(super) fn evaluator(&self) -> Evaluator {
        Evaluator {
            engine: self.engine.clone(),
            sources: Arc::clone(&self.sources),
            with_file: self.reads_file_name.then(String::new),
        }
    }
}

/// A module that holds one clause of another under a name of its own, every line where it was.
/// So the clauses of a rule can be asked for one by one.
fn alone(module: &Module, clause: ClauseRef) -> String {
    let rule = &module.rules[clause.rule];
    let text = module.source.text();
    // The parser's span of a rule leaves out the quote that ends it; up to the next one is safe.
    let starts = module.rules.iter().map(|other| other.span.start);
    let end = starts.filter(|start| *start > rule.span.start).min().unwrap_or(text.len());
    let whole = Span::new(rule.span.start, end);
    let kept = |at: usize| {
        let within = |span: &Span| span.start <= at && at < span.end;
        within(&module.package_span)
            || module.imports.iter().any(|import| within(&import.span))
            || within(&whole)
    };
    let mut copy = String::with_capacity(text.len() + 32);
    for (at, c) in text.char_indices() {
        if at == rule.name_span.start {
            copy.push_str(&clause_name(&rule.name, clause));
        } else if !(rule.name_span.start..rule.name_span.end).contains(&at) {
            copy.push(if kept(at) || c == '\n' { c } else { ' ' });
        }
    }
    copy
}

fn clause_name(rule: &str, clause: ClauseRef) -> String {
    format!("__manifestly_{rule}_{}_{}", clause.module, clause.rule)
}

pub(super) struct Evaluator {
    engine: Engine,
    sources: Arc<[Arc<SourceText>]>,
    /// The `with` that tells policies the file's name, where one asks for it.
    with_file: Option<String>,
}

impl std::fmt::Debug for Evaluator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evaluator").finish_non_exhaustive()
    }
}

impl Evaluator {
    pub(super) fn set_input(&mut self, input: &Node, file: &str) {
        self.engine.set_input(value(input));
        if let Some(with_file) = &mut self.with_file {
            // conftest tells the folder's whole path.
            let path = std::path::absolute(file).unwrap_or_else(|_| Path::new(file).to_owned());
            let part = |part: Option<&std::ffi::OsStr>| {
                serde_json::Value::from(part.unwrap_or_default().to_string_lossy())
            };
            let folder = part(path.parent().map(Path::as_os_str));
            let name = part(path.file_name());
            *with_file =
                format!(" with data.conftest.file as {{\"dir\": {folder}, \"name\": {name}}}");
        }
    }

    pub(super) fn evaluate(&mut self, entry: &EntryPoint) -> Result<Outcome, PolicyError> {
        let mut results = Vec::new();
        if entry.clauses.is_empty() {
            let rule = query(&entry.package, &entry.rule);
            let policy = &entry.policies[0];
            results = self.ask(rule).map(|value| violations(&value))?;
            let results = results.into_iter().map(|value| (policy, value)).collect();
            return self.outcome(entry, results);
        }
        // The same result from two clauses is one result, as it is for the rule as a whole.
        let mut seen = BTreeSet::new();
        let mut attributed = Vec::new();
        for (policy, clauses) in entry.policies.iter().zip(&entry.clauses) {
            for clause in clauses {
                let rule = query(&entry.package, &clause_name(&entry.rule, *clause));
                results.extend(violations(&self.ask(rule)?));
                for value in results.drain(..) {
                    if seen.insert(value.clone()) {
                        attributed.push((policy, value));
                    }
                }
            }
        }
        self.outcome(entry, attributed)
    }

    fn outcome(
        &mut self,
        entry: &EntryPoint,
        results: Vec<(&Arc<crate::policy::Policy>, Value)>,
    ) -> Result<Outcome, PolicyError> {
        let excepted = !results.is_empty() && entry.has_exceptions && self.is_excepted(entry)?;
        let results = results
            .into_iter()
            .map(|(policy, value)| {
                let value = serde_json::to_value(&value).map_err(|error| {
                    PolicyError::at(
                        format!("the rule returned what is no JSON: {error}"),
                        &policy.source,
                        policy.span,
                    )
                })?;
                Ok(RuleResult { policy: Arc::clone(policy), value })
            })
            .collect::<Result<_, PolicyError>>()?;
        Ok(Outcome { results, excepted })
    }

    /// Whether `exception[_][_]` names the rule, as conftest asks.
    fn is_excepted(&mut self, entry: &EntryPoint) -> Result<bool, PolicyError> {
        let exceptions = self.ask(query(&entry.package, "exception"))?;
        let name = entry.short_name();
        let is_name = |value: &Value| value.as_string().is_ok_and(|text| &**text == name);
        Ok(members(&exceptions).iter().any(|names| members(names).iter().any(is_name)))
    }

    fn ask(&mut self, rule: String) -> Result<Value, PolicyError> {
        let asked = catch_unwind(AssertUnwindSafe(|| {
            let value = match &self.with_file {
                None => self.engine.eval_rule(rule),
                Some(with_file) => self.engine.eval_query(rule + with_file, false).map(|answer| {
                    let first = answer.result.into_iter().next();
                    let expression = first.and_then(|row| row.expressions.into_iter().next());
                    expression.map_or(Value::Undefined, |expression| expression.value)
                }),
            };
            // Printed lines would pile up otherwise.
            let _ = self.engine.take_prints();
            value
        }));
        match asked {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                Err(located(&self.sources, &error.to_string(), "could not be evaluated"))
            }
            Err(_) => Err(PolicyError::new("the policy could not be evaluated: a builtin failed")),
        }
    }
}

/// What an object, a list or a set holds.
fn members(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.iter().cloned().collect(),
        Value::Set(items) => items.iter().cloned().collect(),
        Value::Object(fields) => fields.iter().map(|(_, value)| value.clone()).collect(),
        _ => Vec::new(),
    }
}

/// The single violations in a rule's value. A rule that is undefined, false or empty found none.
fn violations(value: &Value) -> Vec<Value> {
    match value {
        Value::Undefined | Value::Bool(false) | Value::Null => Vec::new(),
        Value::Array(_) | Value::Set(_) => members(value),
        // `deny := {"msg": ..}` is one violation; `deny[name] := {..}` is one for each name.
        Value::Object(fields) => {
            let says = |key: &str| fields.get(&Value::from(key)).is_some();
            if says("msg") || says("message") { vec![value.clone()] } else { members(value) }
        }
        _ => vec![value.clone()],
    }
}

fn value(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Null => Value::Null,
        NodeKind::Bool(value) => Value::from(*value),
        NodeKind::Integer(value) => Value::from(*value),
        NodeKind::Float(value) => Value::from(*value),
        NodeKind::String(text) => Value::from(&**text),
        NodeKind::Sequence(items) => Value::from(items.iter().map(value).collect::<Vec<_>>()),
        NodeKind::Mapping(entries) => Value::from(
            entries
                .iter()
                .map(|entry| (Value::from(&*entry.key), value(&entry.value)))
                .collect::<std::collections::BTreeMap<_, _>>(),
        ),
    }
}

fn located(sources: &[Arc<SourceText>], error: &str, what: &str) -> PolicyError {
    let foreign = ForeignError::parse(error);
    // What follows an unsafe variable is the interpreter's own state.
    let said = foreign.message.split(" (path [").next().unwrap_or(foreign.message);
    let message = format!("the policy {what}: {said}");
    let source = foreign.file.and_then(|file| sources.iter().find(|s| s.name() == file));
    match source {
        None => PolicyError::new(message),
        Some(source) => {
            let start = foreign.offset(source);
            let end = source.line_span(foreign.line).end.max(start);
            PolicyError::at(message, source, Span::new(start, end))
        }
    }
}
