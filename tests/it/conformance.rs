//! OPA's own cases, where its Go module is on the machine: `OPA_TESTDATA` names its folder
//! `v1/test/cases/testdata`, else Go's module cache is searched. None of them is copied here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use manifestly::engine::builtins::{self, Caches, Context};
use manifestly::engine::value::Value;
use manifestly::engine::{EngineLimits, Evaluator, Program, Row};
use manifestly::policy::PolicySet;
use manifestly::rego::{self, PolicyLimits, RegoVersion, VersionChoice};
use manifestly::source::SourceText;
use serde_json::Map;

/// Cases that differ from OPA, by the reason; docs/opa-compatibility.md has them too. What calls a
/// function that is refused while loading is not listed: it is counted by what the error says.
const DIFFERENT: &[(&str, &[&str])] = &[
    ("a function of OPA's own tests", &["v0/time/time caching", "v1/time/time caching"]),
    (
        "there is no `opa.runtime` to put in place of another function",
        &["v0/withkeyword/builtin-builtin: arity 0", "v1/withkeyword/builtin-builtin: arity 0"],
    ),
];

/// A case, and the language its modules are in.
pub(crate) struct Case {
    pub(crate) version: RegoVersion,
    fields: Value,
}

impl Case {
    fn text(&self, field: &str) -> Option<&str> {
        self.fields.field(field).and_then(Value::as_str)
    }

    fn is(&self, field: &str) -> bool {
        self.fields.field(field).and_then(Value::as_bool).unwrap_or_default()
    }

    pub(crate) fn modules(&self) -> Vec<&str> {
        let modules = self.fields.field("modules").and_then(Value::as_array).unwrap_or_default();
        modules.iter().filter_map(Value::as_str).collect()
    }

    pub(crate) fn data(&self) -> Value {
        let data = self.fields.field("data").filter(|data| !data.is_null()).cloned();
        data.unwrap_or_else(|| Value::object(Vec::new()).unwrap())
    }

    /// What the case's query gives for its input.
    pub(crate) fn answer(
        &self,
        program: &Program,
        evaluator: &mut Evaluator,
    ) -> Result<Vec<Row>, String> {
        evaluator.set_strict(self.is("strict_error"));
        let input = self.text("input_term").map(term);
        let given = || self.fields.field("input").cloned();
        evaluator.set_value(input.or_else(given));
        ask(program, evaluator, self.text("query").unwrap())
    }

    /// Unique among all cases.
    pub(crate) fn name(&self) -> String {
        let version = if self.version == RegoVersion::V0 { "v0" } else { "v1" };
        format!("{version}/{}", self.text("note").unwrap_or_default())
    }
}

fn testdata() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("OPA_TESTDATA") {
        return Some(path.into());
    }
    let go = std::process::Command::new("go").args(["env", "GOMODCACHE"]).output().ok()?;
    let modules = Path::new(String::from_utf8(go.stdout).ok()?.trim()).join("github.com");
    let found = modules.join("open-policy-agent/opa@v1.22.2/v1/test/cases/testdata");
    found.is_dir().then_some(found)
}

fn call(builtin: &str, argument: &str) -> Value {
    let mut caches = Caches::default();
    let mut context = Context::new(&mut caches, 0, 0);
    let function = builtins::lookup(builtin).unwrap().function;
    function(&mut context, &[Value::string(argument)]).unwrap().unwrap()
}

/// The value as JSON has it, which has no sets.
fn as_json(value: &Value) -> Value {
    call("json.unmarshal", &value.to_json_string())
}

fn cases(folder: &Path, version: RegoVersion, found: &mut Vec<Case>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            cases(&path, version, found);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let read = call("yaml.unmarshal", &std::fs::read_to_string(&path).unwrap());
            let list = read.field("cases").and_then(Value::as_array).unwrap_or_default();
            found.extend(list.iter().map(|fields| Case { version, fields: fields.clone() }));
        }
    }
}

fn source(name: &str, text: &str) -> Arc<SourceText> {
    Arc::new(SourceText::new(name, text))
}

fn program(modules: &[&str], version: RegoVersion, data: Value) -> Result<Program, String> {
    let choice = match version {
        RegoVersion::V0 => VersionChoice::V0,
        RegoVersion::V1 => VersionChoice::V1,
    };
    let parse = |(number, text): (usize, &&str)| {
        let source = source(&format!("test-{number}.rego"), text);
        rego::parse(&source, choice, &PolicyLimits::default()).map_err(|e| format!("parse: {e}"))
    };
    let modules = modules.iter().enumerate().map(parse).collect::<Result<_, _>>()?;
    let policies = PolicySet::new(modules, Map::new()).map_err(|e| format!("set: {:?}", e.0))?;
    Program::compile_with_data(&policies, data, EngineLimits::default()).map_err(|errors| {
        errors
            .0
            .iter()
            .map(|e| format!("compile: {e} {}", e.help.as_deref().unwrap_or_default()))
            .collect::<Vec<_>>()
            .join("\n")
    })
}

fn ask(program: &Program, evaluator: &mut Evaluator, query: &str) -> Result<Vec<Row>, String> {
    let query = program
        .query(&source("query", query), RegoVersion::V1, None, &[])
        .map_err(|error| format!("query: {error}"))?;
    evaluator.query(&query).map_err(|error| {
        assert!(error.span.is_some(), "an error without a place: {error}");
        format!("eval: {error}")
    })
}

/// The value of a term of Rego.
fn term(text: &str) -> Value {
    let nothing = Value::object(Vec::new()).unwrap();
    let program = program(&[], RegoVersion::V1, nothing).unwrap();
    let rows = ask(&program, &mut program.evaluator(), &format!("x = {text}")).unwrap();
    rows[0].bindings["x"].clone()
}

/// Runs a case. The error tells how the answer differs from OPA's.
fn run(case: &Case) -> Result<(), String> {
    let program = program(&case.modules(), case.version, case.data())?;
    let mut evaluator = program.evaluator();
    let rows = case.answer(&program, &mut evaluator);
    let code = case.text("want_error_code");
    if code.is_some() || case.text("want_error").is_some() {
        return match rows {
            Ok(rows) => Err(format!("no error, but {}", results(case, &rows))),
            Err(error) if !error.starts_with("eval:") => Err(error),
            Err(error) if code == Some("eval_conflict_error") && !error.contains("conflict") => {
                Err(format!("another error: {error}"))
            }
            Err(_) => Ok(()),
        };
    }
    let ours = results(case, &rows?);
    let wanted = case.fields.field("want_result").and_then(Value::as_array).unwrap_or_default();
    let theirs = Value::set(wanted.to_vec());
    if ours == theirs { Ok(()) } else { Err(format!("OPA: {theirs}\n  ours: {ours}")) }
}

/// Rows as OPA's test compares them: a set of objects of bindings.
fn results(case: &Case, rows: &[Row]) -> Value {
    let binding = |(name, value): (&Arc<str>, &Value)| {
        let value = as_json(value);
        let value = match value.as_array() {
            Some(items) if case.is("sort_bindings") => {
                let mut items = items.to_vec();
                items.sort();
                Value::array(items)
            }
            _ => value,
        };
        (Value::string(Arc::clone(name)), value)
    };
    let object = |row: &Row| Value::object(row.bindings.iter().map(binding).collect()).unwrap();
    Value::set(rows.iter().map(object).collect())
}

/// All cases, where they are on the machine.
pub(crate) fn all() -> Option<Vec<Case>> {
    let folder = testdata()?;
    let mut all = Vec::new();
    cases(&folder.join("v0"), RegoVersion::V0, &mut all);
    cases(&folder.join("v1"), RegoVersion::V1, &mut all);
    Some(all)
}

#[test]
fn opas_cases_have_opas_answers() {
    let Some(mut all) = all() else {
        eprintln!("skipped: OPA's Go module is not installed (go mod download, or OPA_TESTDATA)");
        return;
    };
    let only = std::env::var("OPA_CASES").unwrap_or_default();
    all.retain(|case| case.name().contains(&only));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut failed = BTreeMap::new();
        while let Some(case) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(case)));
            if let Err(why) = ran.unwrap_or_else(|_| Err("it panics".into())) {
                failed.insert(case.name(), why);
            }
        }
        failed
    };
    let failed: BTreeMap<_, _> = std::thread::scope(|scope| {
        // Deep policies need room, as they have it on the command line.
        let spawn = || std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, work);
        let threads: Vec<_> = (0..4).map(|_| spawn().unwrap()).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let known: Vec<_> = DIFFERENT.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let mut report = String::new();
    let mut refused = BTreeMap::new();
    for (name, why) in failed.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
        match why.split_once("can't be called: ") {
            Some((_, reason)) => {
                *refused.entry(reason.lines().next().unwrap_or_default().trim()).or_insert(0) += 1;
            }
            None => report.push_str(&format!("{name}\n  {why}\n")),
        }
    }
    for name in known.iter().filter(|name| !failed.contains_key(**name) && name.contains(&only)) {
        report.push_str(&format!("{name}\n  passes, though it is listed as different\n"));
    }
    let (passed, different) = (all.len() - failed.len(), failed.len());
    eprintln!("{passed} cases of OPA pass, {different} differ; refused: {refused:#?}");
    assert!(report.is_empty(), "{report}");
}
