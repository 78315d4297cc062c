//! The engine's face over programs and evaluations.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::manifest::{Node, Pointer};
use crate::policy::{ClauseRef, Dialect, EntryPoint, Policy, PolicySet};
use crate::rego::ast::{Body, Import};
use crate::rego::{PolicyError, PolicyErrors, RegoVersion};
use crate::source::SourceText;
use crate::stack;

use super::builtins::{Caches, Context};
use super::compile::{self, Unit};
use super::coverage::{self, Coverage};
use super::eval::{Evaluation, Limits, LogId, Memory, Progress, Watched, finds};
use super::explain::{self, Explanation};
use super::ir::RuleId;
use super::literals::{self, Literals};
use super::proof::{self, Nodes, Proof, Reading};
use super::value::Value;
use super::{Clock, EngineLimits, Outcome, Printed, Query, Row, RuleResult, ir};

/// How many steps the builtins of one evaluation may take: what they make has to fit in memory.
const MAX_BUILTIN_STEPS: u64 = 10_000_000;

/// How many rules and functions may wait for each other.
const MAX_WAITING: usize = 2_000;

/// Compiled policies, shared by all threads.
#[derive(Clone, Debug)]
pub(super) struct Program {
    compiled: Arc<ir::Program>,
    /// The rules of the set's entry points.
    entry_rules: Arc<EntryRules>,
    limits: EngineLimits,
    /// Whether a policy reads `data.conftest.file`, which changes with each input.
    reads_file_name: bool,
    /// Whether a policy may ask where values stand in the input.
    asks_for_places: bool,
    /// The time that policies see, in nanoseconds since 1970: one for the whole run.
    now_ns: i64,
}

impl Program {
    pub(super) fn compile(
        policies: &PolicySet,
        data: Value,
        limits: EngineLimits,
    ) -> Result<Self, PolicyErrors> {
        let units: Vec<_> = policies
            .modules
            .iter()
            .map(|module| Unit {
                source: &module.source,
                module: &module.syntax,
                annotations: &module.annotations,
                is_v1: module.is_v1(),
            })
            .collect();
        let program =
            stack::deep(|| compile::compile(&units, Some(data), limits.strict, limits.explain))
                .map_err(PolicyErrors)?;
        let reads = |module: &crate::rego::Module, what: &str| module.source.text().contains(what);
        let rule_of = |entry: &EntryPoint| {
            let mut path = entry.package.iter().chain([&entry.rule]);
            path.try_fold(&program.tree, |tree, part| tree.children.get(part.as_str()))?.rule
        };
        let last = policies.entry_points.iter().map(|entry| entry.number).max();
        let mut entry_rules = vec![None; last.map_or(0, |last| last + 1)];
        for entry in &policies.entry_points {
            entry_rules[entry.number] =
                rule_of(entry).and_then(|rule| Some((Arc::clone(entry.policies.first()?), rule)));
        }
        Ok(Self {
            entry_rules: entry_rules.into(),
            limits,
            reads_file_name: policies.modules.iter().any(|module| reads(module, "data.conftest")),
            asks_for_places: compile::has_call_of(&program, &["result.new"])
                || policies.entry_points.iter().any(|entry| entry.dialect == Dialect::Kubescape),
            now_ns: Clock::now().now_ns,
            compiled: Arc::new(program),
        })
    }

    pub(super) fn query(
        &self,
        text: &Arc<SourceText>,
        version: RegoVersion,
        package: Option<&[String]>,
        imports: &[Import],
    ) -> Result<Query, PolicyError> {
        let body = crate::rego::parse_query(text, version)?;
        // No file can have a package of this name, so that the query names no rules by chance.
        let nowhere = || vec![Arc::from("\0")];
        let package =
            package.map_or_else(nowhere, |p| p.iter().map(|part| part.as_str().into()).collect());
        self.statements(text, body, package, imports.to_vec(), true)
    }

    /// A query whose statements are parsed already, as if it stood in `text`.
    pub(super) fn statements(
        &self,
        text: &Arc<SourceText>,
        body: Body,
        package: Vec<Arc<str>>,
        imports: Vec<Import>,
        is_v1: bool,
    ) -> Result<Query, PolicyError> {
        let compiled =
            stack::deep(|| compile::query(text, body, package, imports, is_v1, &self.compiled))?;
        Ok(Query { text: Arc::clone(text), compiled })
    }

    /// The rule of an entry point, where it is one of those that were compiled.
    fn rule_of(&self, entry: &EntryPoint) -> Option<RuleId> {
        rule_of(&self.entry_rules, entry)
    }

    /// What was evaluated of the clauses that are wanted.
    pub(super) fn coverage(
        &self,
        progress: &Progress,
        wants: &dyn Fn(ClauseRef) -> bool,
    ) -> Coverage {
        coverage::of(&self.compiled, progress, wants)
    }

    pub(super) fn evaluator(&self) -> Evaluator {
        Evaluator {
            program: self.clone(),
            memory: None,
            caches: Caches::default(),
            keeps_proofs: false,
            nodes: Nodes::default(),
            file: None,
            steps: 0,
            strict: false,
            clock: Clock { now_ns: self.now_ns, until: None },
        }
    }
}

/// The rule of each entry point by its number, and the policy that it was compiled for.
type EntryRules = [Option<(Arc<Policy>, RuleId)>];

/// Asks about one input after another. The input's values are kept from rule to rule.
#[derive(Debug)]
pub(super) struct Evaluator {
    program: Program,
    /// `None` before there is an input, and while an evaluation has it.
    memory: Option<Memory>,
    caches: Caches,
    keeps_proofs: bool,
    /// The nodes of the present input, where someone may ask for them.
    nodes: Nodes,
    /// What `data.conftest.file` is for the present input.
    file: Option<Value>,
    /// How many steps the last question took.
    pub(super) steps: u64,
    /// Whether a builtin that fails ends the evaluation.
    pub(super) strict: bool,
    pub(super) clock: Clock,
}

impl Evaluator {
    pub(super) fn keep_proofs(&mut self, keep: bool) {
        self.keeps_proofs = keep;
    }

    pub(super) fn set_input(&mut self, input: &Node, file: &str) {
        let input = stack::enough(|| Value::from(input));
        self.begin(Some(input), self.program.reads_file_name.then(|| file_document(file)));
    }

    pub(super) fn set_value(&mut self, input: Option<Value>) {
        self.begin(input, None);
    }

    fn begin(&mut self, input: Option<Value>, file: Option<Value>) {
        let input = match input {
            Some(input) if self.keeps_proofs || self.program.asks_for_places => {
                Some(stack::enough(|| self.nodes.number(input)))
            }
            input => {
                self.nodes.clear();
                input
            }
        };
        self.file.clone_from(&file);
        self.memory.get_or_insert_default().begin(input, file, self.keeps_proofs);
    }

    pub(super) fn set_changed(&mut self, input: Value) {
        let file = self.file.clone();
        let memory = self.memory.get_or_insert_default();
        memory.begin(Some(input), file, self.keeps_proofs);
        memory.set_apart();
    }

    /// The same; what becomes of a text in it is noted.
    pub(super) fn watch(&mut self, input: Value, text: &'static str) {
        self.set_changed(input);
        self.memory.get_or_insert_default().watch(text);
    }

    pub(super) fn watched(&mut self) -> Option<Watched> {
        self.memory.as_mut()?.watched()
    }

    pub(super) fn follow(&mut self, other: &Self) {
        self.file.clone_from(&other.file);
        self.nodes.clone_from(&other.nodes);
        self.clock = other.clock;
    }

    pub(super) fn input(&self) -> Option<&Value> {
        self.memory.as_ref()?.input()
    }

    pub(super) fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    pub(super) fn readings(&self, log: LogId) -> Option<Vec<Reading>> {
        self.memory.as_ref()?.trace().map(|trace| proof::readings(log, trace))
    }

    pub(super) fn all_readings(&self) -> Option<Vec<Reading>> {
        self.memory.as_ref()?.trace().map(proof::all_readings)
    }

    pub(super) fn literals(&self, entry: &EntryPoint) -> Literals {
        let rule = self.program.rule_of(entry);
        rule.map(|rule| literals::of(&self.program.compiled, rule)).unwrap_or_default()
    }

    pub(super) fn proof(&self, log: LogId) -> Option<Proof> {
        self.memory.as_ref()?.trace().map(|trace| proof::of(log, trace, &self.nodes))
    }

    pub(super) fn origin_of(&self, value: &Value) -> Option<Pointer> {
        self.nodes.origin_of(value)
    }

    pub(super) fn has_read(&self, value: &Value) -> bool {
        self.nodes.holds(value)
    }

    pub(super) fn reads(&self) -> Option<Proof> {
        self.memory.as_ref()?.trace().map(|trace| proof::of_everything(trace, &self.nodes))
    }

    pub(super) fn explanation(&self) -> Option<Explanation> {
        let memory = self.memory.as_ref()?;
        let value = |rule| memory.value(rule);
        Some(explain::explanation(&self.program.compiled, memory.progress()?, value))
    }

    pub(super) fn coverage(&self) -> Option<Coverage> {
        let progress = self.memory.as_ref()?.progress()?;
        Some(self.program.coverage(progress, &|_| true))
    }

    pub(super) fn take_progress(&mut self) -> Option<Progress> {
        self.memory.as_mut()?.take_progress()
    }

    pub(super) fn take_printed(&mut self) -> Vec<Printed> {
        let printed = self.memory.as_mut().map(|memory| std::mem::take(&mut memory.printed));
        let printed = printed.unwrap_or_default().into_iter();
        printed
            .map(|(place, text)| Printed { source: place.source, span: place.span, text })
            .collect()
    }

    pub(super) fn ask(&mut self, path: &[&str]) -> Result<Option<Value>, PolicyError> {
        self.evaluation(|evaluation| evaluation.ask(path.iter().copied()))
    }

    pub(super) fn query(&mut self, query: &Query, most: usize) -> Result<Vec<Row>, PolicyError> {
        let rows = self.evaluation_with(&query.compiled, |evaluation, query| {
            evaluation.begin();
            evaluation.query(query, most)
        })?;
        Ok(rows.into_iter().map(|row| query.row(row)).collect())
    }

    /// Evaluates entry points one after another.
    pub(super) fn evaluate(
        &mut self,
        entries: &[&EntryPoint],
    ) -> Vec<Result<Outcome, PolicyError>> {
        let rules = Arc::clone(&self.program.entry_rules);
        let most = self.program.limits.results;
        self.evaluation(|evaluation| {
            let mut outcomes = Vec::new();
            // Most find nothing.
            outcomes.resize_with(entries.len(), || Ok(Outcome::default()));
            for (found, entry) in outcomes.iter_mut().zip(entries) {
                evaluation.begin();
                let rule = rule_of(&rules, entry);
                let is_silent = |rule| evaluation.is_silent(rule);
                if !entry.clauses.is_empty() || !rule.is_some_and(is_silent) {
                    *found = outcome(evaluation, entry, rule, most);
                }
            }
            outcomes
        })
    }

    fn evaluation<T>(&mut self, inner: impl FnOnce(&mut Evaluation<'_>) -> T) -> T {
        self.evaluation_with(&(), |evaluation, ()| inner(evaluation))
    }

    /// An evaluation that borrows `with` for as long as it goes on.
    fn evaluation_with<W, T>(
        &mut self,
        with: &W,
        inner: impl for<'e> FnOnce(&mut Evaluation<'e>, &'e W) -> T,
    ) -> T {
        let program = Arc::clone(&self.program.compiled);
        let EngineLimits { rule_time, steps, members, strict_builtins, .. } = self.program.limits;
        let limits = Limits {
            depth: MAX_WAITING,
            time: rule_time,
            until: self.clock.until,
            steps,
            members,
            strict: self.strict || strict_builtins,
        };
        let context = Context::new(&mut self.caches, self.clock.now_ns, 0)
            .with_budget(MAX_BUILTIN_STEPS)
            .with_nodes(&self.nodes);
        let memory = self.memory.take().unwrap_or_default();
        let (result, steps, memory) = stack::enough(|| {
            let mut evaluation = Evaluation::new(&program, memory, context, limits);
            let result = inner(&mut evaluation, with);
            (result, evaluation.steps(), evaluation.into_memory())
        });
        self.memory = Some(memory);
        self.steps = steps;
        result
    }
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

/// The rule of an entry point, where it is one of those with these rules.
#[inline]
fn rule_of(rules: &EntryRules, entry: &EntryPoint) -> Option<RuleId> {
    let (policy, rule) = rules.get(entry.number)?.as_ref()?;
    Arc::ptr_eq(policy, entry.policies.first()?).then_some(*rule)
}

/// What an entry point finds, unless it has more results than anyone will read.
fn outcome(
    evaluation: &mut Evaluation<'_>,
    entry: &EntryPoint,
    rule: Option<RuleId>,
    most: usize,
) -> Result<Outcome, PolicyError> {
    let results = if entry.clauses.is_empty() {
        let before = evaluation.mark();
        let value = match rule {
            Some(rule) => evaluation.ask_rule(rule),
            None => {
                let package = entry.package.iter().map(String::as_str);
                evaluation.ask(package.chain([entry.rule.as_str()]))
            }
        };
        // Most rules find nothing most of the time.
        let Some(value) = value?.filter(finds) else { return Ok(Outcome::default()) };
        let log = evaluation.log_since(before);
        results(evaluation, &entry.policies[0], &value, log)
    } else {
        results_of_clauses(evaluation, entry)?
    };
    if results.len() > most
        && let Some(policy) = entry.policies.first()
    {
        let message = format!("the rule has more than {most} results");
        return Err(PolicyError::at(message, &policy.source, policy.span));
    }
    let excepted = !results.is_empty() && entry.has_exceptions && is_excepted(evaluation, entry)?;
    Ok(Outcome { results, excepted })
}

/// The results of a rule whose clauses are policies of their own. The same result from two of
/// them is one result, as it is for the rule as a whole.
fn results_of_clauses(
    evaluation: &mut Evaluation<'_>,
    entry: &EntryPoint,
) -> Result<Vec<RuleResult>, PolicyError> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (policy, clauses) in entry.policies.iter().zip(&entry.clauses) {
        for clause in clauses {
            let before = evaluation.mark();
            if let Some(value) = evaluation.ask_clause(*clause)?.filter(finds) {
                let log = evaluation.log_since(before);
                let results = results(evaluation, policy, &value, log).into_iter();
                found.extend(results.filter(|result| seen.insert(result.value.clone())));
            }
        }
    }
    Ok(found)
}

/// Whether `exception[_][_]` names the rule, as conftest asks.
fn is_excepted(evaluation: &mut Evaluation<'_>, entry: &EntryPoint) -> Result<bool, PolicyError> {
    let path = entry.package.iter().map(String::as_str).chain(["exception"]);
    let Some(exceptions) = evaluation.ask(path)? else { return Ok(false) };
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

/// The single violations in a rule's value, with what each rests on; `log` is what the whole
/// value does.
fn results(
    evaluation: &Evaluation<'_>,
    policy: &Arc<Policy>,
    value: &Value,
    log: LogId,
) -> Vec<RuleResult> {
    let result = |value, log| RuleResult { policy: Arc::clone(policy), value, log };
    // `deny := {"msg": ..}` is one violation; `deny[name] := {..}` is one for each name.
    let is_one = |value: &Value| {
        let says = |key: &str| value.field(key).is_some();
        value.len().is_none() || says("msg") || says("message")
    };
    if is_one(value) {
        return vec![result(value.clone(), log)];
    }
    let logs = evaluation.member_logs(value);
    let of = |at: usize| logs.get(at).copied().unwrap_or(log);
    members(value).into_iter().enumerate().map(|(at, value)| result(value, of(at))).collect()
}
