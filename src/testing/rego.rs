//! Tests in Rego: rules `test_*`, as `opa test` runs them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::engine::value::Value;
use crate::engine::{EngineLimits, Evaluator, Explanation, Program};
use crate::policy::{ClauseRef, Dialect, EntryPoint, Level, Loader, Metadata, Policy, PolicySet};
use crate::rego::{Module, PolicyError, PolicyErrors, RuleClause};
use crate::source::Span;

use super::{Found, Options, Outcome, Test, TestId};

/// What stands in the Rego files below paths, which are compiled together; none where there are no
/// such files.
pub(super) fn load<P: AsRef<Path>>(
    paths: &[P],
    options: Options,
) -> Result<Option<PolicySet>, PolicyErrors> {
    let with_rego: Vec<PathBuf> =
        paths.iter().map(AsRef::as_ref).filter(|path| holds_rego(path)).map(Into::into).collect();
    if with_rego.is_empty() {
        return Ok(None);
    }
    let mut loader = Loader::new().with_tests().version(options.version);
    for path in with_rego {
        loader = loader.policy(path);
    }
    loader.load_all().map(Some)
}

fn holds_rego(path: &Path) -> bool {
    let is_rego = |path: &Path| path.extension().is_some_and(|extension| extension == "rego");
    if !path.is_dir() {
        return is_rego(path);
    }
    let mut entries = ignore::WalkBuilder::new(path).standard_filters(false).hidden(true).build();
    entries.any(|entry| entry.is_ok_and(|entry| is_rego(entry.path())))
}

/// The tests in it.
pub(super) fn tests(set: &PolicySet, options: Options) -> Found {
    let mut found = Found::default();
    let tests = clauses(set);
    if tests.is_empty() {
        return found;
    }
    let limits = EngineLimits { explain: true, ..options.limits() };
    match Program::compile(set, limits) {
        Ok(program) => {
            found.tests = tests.into_iter().map(|test| test.ready(program.clone())).collect();
        }
        Err(errors) => found.errors = errors.0,
    }
    found
}

/// A clause of a rule `test_*`.
struct RegoTest {
    id: TestId,
    entry: EntryPoint,
    skip: bool,
}

fn clauses(set: &PolicySet) -> Vec<RegoTest> {
    let clauses = set.modules.iter().enumerate().flat_map(|(number, module)| {
        module.rules.iter().enumerate().map(move |(rule, clause)| (number, module, rule, clause))
    });
    clauses
        .filter_map(|(number, module, rule, clause)| {
            let skip = clause.name.starts_with("todo_test_");
            let is_test = (skip || clause.name.starts_with("test_")) && !clause.is_function;
            let at = ClauseRef { module: number, rule };
            is_test.then(|| RegoTest {
                id: id(module, clause),
                entry: entry(module, clause, at),
                skip,
            })
        })
        .collect()
}

fn id(module: &Module, clause: &RuleClause) -> TestId {
    TestId {
        file: module.source.name().to_owned(),
        group: format!("data.{}", module.package.join(".")),
        name: clause.name.clone(),
    }
}

/// The clause as something to ask for by itself: two tests may share a name.
fn entry(module: &Module, clause: &RuleClause, at: ClauseRef) -> EntryPoint {
    let policy = Policy {
        id: clause.name.clone(),
        rule: format!("data.{}.{}", module.package.join("."), clause.name),
        level: Level::Deny,
        metadata: Metadata::default(),
        source: Arc::clone(&module.source),
        span: clause.name_span,
    };
    EntryPoint {
        package: module.package.clone(),
        rule: clause.name.clone(),
        policies: vec![Arc::new(policy)],
        clauses: vec![vec![at]],
        has_exceptions: false,
        dialect: Dialect::Manifest,
        number: 0,
    }
}

impl RegoTest {
    fn ready(self, program: Program) -> Test {
        let policy = Arc::clone(&self.entry.policies[0]);
        let place = (Arc::clone(&policy.source), policy.span);
        let RegoTest { id, entry, skip } = self;
        Test::new(id, place, move || if skip { Outcome::Skipped } else { run(&program, &entry) })
    }
}

fn run(program: &Program, entry: &EntryPoint) -> Outcome {
    let mut evaluator = program.evaluator();
    evaluator.set_value(None);
    match evaluator.evaluate(entry) {
        Err(error) => Outcome::Error(vec![error]),
        Ok(outcome) => {
            let holds = |value: &Value| *value == Value::bool(true);
            let results = &outcome.results;
            if !results.is_empty() && results.iter().all(|result| holds(&result.value)) {
                return Outcome::Passed;
            }
            Outcome::Failed(failure(&mut evaluator, &entry.policies[0]))
        }
    }
}

/// What kept a test from holding: the statement at which its body ended, and what was printed.
fn failure(evaluator: &mut Evaluator, policy: &Policy) -> PolicyError {
    let ended = evaluator.explanation().and_then(|explanation| ended_at(&explanation, policy));
    let error = match ended {
        Some(span) => {
            let message = format!("`{}` does not hold", policy.id);
            PolicyError {
                label: "it ended here".into(),
                ..PolicyError::at(message, &policy.source, span)
            }
        }
        None => {
            let message = format!("`{}` is not true", policy.id);
            PolicyError::at(message, &policy.source, policy.span)
        }
    };
    let printed: Vec<_> = evaluator.take_printed().into_iter().map(|line| line.text).collect();
    if printed.is_empty() {
        return error;
    }
    error.with_help(format!("it printed: {}", printed.join("\n")))
}

fn ended_at(explanation: &Explanation, policy: &Policy) -> Option<Span> {
    let bodies = explanation.rules.iter().flat_map(|rule| &rule.bodies);
    let mut own = bodies.filter(|body| {
        Arc::ptr_eq(&body.source, &policy.source) && body.head.start == policy.span.start
    });
    let statements = &own.next()?.statements;
    let ended = statements.iter().rev().find(|statement| statement.reached > 0)?;
    (ended.held == 0).then_some(ended.span)
}
