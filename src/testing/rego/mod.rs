//! Tests in Rego: rules `test_*`, as `opa test` runs them.

mod failure;
mod scene;
mod terms;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::engine::value::Value;
use crate::engine::{Coverage, EngineLimits, Evaluator, Program, Recording};
use crate::policy::{ClauseRef, Dialect, EntryPoint, Level, Loader, Metadata, Policy, PolicySet};
use crate::rego::{Module, PolicyErrors, RuleClause};

use self::failure::Failed;
use super::failure::Failure;
use super::{Found, Options, Outcome, Test, TestId};

/// What stands in the Rego files below paths, which are compiled together; none where there are no
/// such files.
pub(super) fn load<P: AsRef<Path>>(
    paths: &[P],
    options: Options,
) -> Result<Option<Arc<PolicySet>>, PolicyErrors> {
    let with_rego: Vec<PathBuf> =
        paths.iter().map(AsRef::as_ref).filter(|path| holds_rego(path)).map(Into::into).collect();
    if with_rego.is_empty() {
        return Ok(None);
    }
    let mut loader = Loader::new().with_tests().version(options.version);
    for path in with_rego {
        loader = loader.policy(path);
    }
    loader.load_all().map(|set| Some(Arc::new(set)))
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
pub(super) fn tests(set: &Arc<PolicySet>, options: Options) -> Found {
    let mut found = Found::default();
    let tests = clauses(set);
    if tests.is_empty() {
        return found;
    }
    let limits = options.limits();
    let program = match Program::compile(set, limits) {
        Ok(program) => program,
        Err(errors) => return Found { errors: errors.0, ..found },
    };
    let tested = Arc::new(Tested {
        set: Arc::clone(set),
        limits,
        program,
        recording: OnceLock::new(),
        reached: options.coverage.then(Mutex::default),
    });
    found.tests.extend(tests.into_iter().map(|test| test.ready(Arc::clone(&tested))));
    if options.coverage {
        found.gauges.push(Box::new(move || tested.coverage()));
    }
    found
}

/// What tests are about, compiled together with them.
struct Tested {
    set: Arc<PolicySet>,
    limits: EngineLimits,
    program: Program,
    /// The same with a record of how far bodies get, for tests that failed: it is slower.
    recording: OnceLock<Option<Program>>,
    /// How far the bodies of policies got in all tests so far, where that is wanted.
    reached: Option<Mutex<Recording>>,
}

impl Tested {
    /// Adds what a test reached.
    fn note(&self, evaluator: &mut Evaluator) {
        if let (Some(reached), Some(more)) = (&self.reached, evaluator.take_recording()) {
            reached.lock().unwrap_or_else(PoisonError::into_inner).add(more);
        }
    }

    /// Which lines were reached. What is a test itself does not count.
    fn coverage(&self) -> Coverage {
        let Some(reached) = &self.reached else { return Coverage::default() };
        let reached = reached.lock().unwrap_or_else(PoisonError::into_inner);
        self.program.coverage(&reached, |clause| is_covered(&self.set, clause))
    }

    fn recording(&self) -> Option<&Program> {
        let compile = || {
            let limits = EngineLimits { explain: true, ..self.limits };
            Program::compile(&self.set, limits).ok()
        };
        self.recording.get_or_init(compile).as_ref()
    }
}

/// A clause of a rule `test_*`.
struct RegoTest {
    id: TestId,
    entry: EntryPoint,
    at: ClauseRef,
    skip: bool,
}

fn clauses(set: &PolicySet) -> Vec<RegoTest> {
    let clauses = set.modules.iter().enumerate().flat_map(|(number, module)| {
        module.rules.iter().enumerate().map(move |(rule, clause)| (number, module, rule, clause))
    });
    clauses
        .filter_map(|(number, module, rule, clause)| {
            let skip = clause.name.starts_with("todo_test_");
            let at = ClauseRef { module: number, rule };
            is_test(clause).then(|| RegoTest {
                id: id(module, clause),
                entry: entry(module, clause, at),
                at,
                skip,
            })
        })
        .collect()
}

/// Whether it is told of a clause how far it got: it is no test, and no help of one.
pub(super) fn is_covered(set: &PolicySet, clause: ClauseRef) -> bool {
    let module = &set.modules[clause.module];
    !module.source.name().ends_with("_test.rego") && !is_test(&module.rules[clause.rule])
}

fn is_test(clause: &RuleClause) -> bool {
    let is_named_so = ["test_", "todo_test_"].iter().any(|start| clause.name.starts_with(start));
    is_named_so && !clause.is_function
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
    fn ready(self, tested: Arc<Tested>) -> Test {
        let policy = Arc::clone(&self.entry.policies[0]);
        let place = (Arc::clone(&policy.source), policy.span);
        let RegoTest { id, entry, at, skip } = self;
        let run = move || if skip { Outcome::Skipped } else { run(&tested, &entry, at) };
        Test::new(id, place, run)
    }
}

fn run(tested: &Tested, entry: &EntryPoint, at: ClauseRef) -> Outcome {
    let mut evaluator = tested.program.evaluator();
    evaluator.set_value(None);
    let evaluated = evaluator.evaluate(entry);
    tested.note(&mut evaluator);
    match evaluated {
        Err(error) => Outcome::Error(vec![error]),
        Ok(outcome) => {
            let values: Vec<_> = outcome.results.into_iter().map(|result| result.value).collect();
            if !values.is_empty() && values.iter().all(|value| *value == Value::bool(true)) {
                return Outcome::Passed;
            }
            let module = &tested.set.modules[at.module];
            let failed = Failed {
                program: &tested.program,
                recording: tested.recording(),
                module,
                rule: &module.syntax.rules[at.rule],
                entry,
                values,
            };
            Outcome::Failed(Box::new(with_printed(failed.explained(), &mut evaluator)))
        }
    }
}

fn with_printed(failure: Failure, evaluator: &mut Evaluator) -> Failure {
    let printed: Vec<_> = evaluator.take_printed().into_iter().map(|line| line.text).collect();
    if printed.is_empty() {
        return failure;
    }
    let fault = failure.fault.with_help(format!("it printed: {}", printed.join("\n")));
    Failure { fault, ..failure }
}
