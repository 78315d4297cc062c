//! `manifestly eval`: what a query gives.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use miette::Diagnostic;
use thiserror::Error;

use crate::engine::value::Value;
use crate::engine::{EngineLimits, Program, Query, Row};
use crate::manifest::{self, Format, Manifest, Node, ReadError, ReadLimits};
use crate::rego::{PolicyError, PolicyErrors, RegoVersion, VersionChoice};
use crate::source::{self, SourceError, SourceFile, SourceText, display_name};

use super::agreement::AgreementArgs;
use super::args::{AnswerFormat, CheckArgs, EvalArgs, PolicyArgs};
use super::explanation::Why;
#[cfg(feature = "second-opinion")]
use super::second_opinion::SecondOpinion;
use super::settings::{Settings, SettingsError};
use super::terminal::Terminal;

/// What keeps a query from being answered.
#[derive(Debug, Error, Diagnostic)]
#[error(transparent)]
#[diagnostic(transparent)]
enum Fault {
    Settings(#[from] SettingsError),
    Policy(#[from] PolicyError),
    Input(#[from] ReadError),
    Other(#[from] miette::MietteDiagnostic),
}

pub(super) fn run(args: &EvalArgs, terminal: Terminal) -> ExitCode {
    let answered = std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(crate::stack::THREAD);
        builder
            .spawn_scoped(scope, || answer(args, terminal))
            .map(std::thread::ScopedJoinHandle::join)
    });
    let text = match answered {
        Ok(Ok(Ok(text))) => text,
        Ok(Ok(Err(faults))) => {
            faults.iter().for_each(|fault| terminal.complain(fault));
            return ExitCode::from(2);
        }
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(error) => return terminal.fail("no thread to evaluate in", &error),
    };
    match terminal.print(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => terminal.fail("standard output can't be written", &error),
    }
}

fn answer(args: &EvalArgs, terminal: Terminal) -> Result<String, Vec<Fault>> {
    let one = |fault: Fault| vec![fault];
    let many = |errors: PolicyErrors| errors.0.into_iter().map(Fault::Policy).collect::<Vec<_>>();
    let settings = settings(args).map_err(|error| one(error.into()))?;
    let policies = super::check::loader(&settings).load_all().map_err(many)?;
    let limits = EngineLimits {
        rule_time: Duration::from_secs(args.timeout),
        strict_builtins: args.strict_builtin_errors,
        explain: args.explain || args.coverage,
        ..EngineLimits::default()
    };
    let program = Program::compile(&policies, limits).map_err(many)?;
    let query = query(args, settings.rego_version.value, &program);
    let query = query.map_err(|error| one(error.into()))?;
    let mut evaluator = program.evaluator();
    evaluator.keep_proofs(args.explain);
    let input = args.input.as_deref().map(input).transpose()?;
    match &input {
        None => evaluator.set_value(None),
        Some(input) => evaluator.set_input(&input.root, input.source.name()),
    }
    let rows = evaluator.query(&query).map_err(|error| one(error.into()));
    terminal.policies_print(&evaluator.take_printed(), 0);
    let rows = rows?;
    let explained = || Some((evaluator.explanation()?, evaluator.reads().unwrap_or_default()));
    let why = Why {
        explanation: args.explain.then(explained).flatten(),
        coverage: args.coverage.then(|| evaluator.coverage()).flatten(),
        #[cfg(feature = "second-opinion")]
        second_opinion: None,
    };
    let input = input.as_ref().map(|input| &input.root);
    #[cfg(feature = "second-opinion")]
    let why = Why {
        second_opinion: args
            .second_opinion
            .then(|| SecondOpinion::ask(&policies, &args.query, input, &rows)),
        ..why
    };
    Ok(match args.format {
        AnswerFormat::Json => json(&rows, &why, input),
        AnswerFormat::Pretty => pretty(&rows) + &why.text(input),
    })
}

/// The settings that say which policies and data there are.
fn settings(args: &EvalArgs) -> Result<Settings, SettingsError> {
    // A query names its packages by itself.
    let policy = PolicyArgs { namespaces: Vec::new(), ..args.policy.clone() };
    Settings::here(&CheckArgs::of_policies(policy, AgreementArgs::default()))
}

fn query(args: &EvalArgs, choice: VersionChoice, program: &Program) -> Result<Query, PolicyError> {
    let text = Arc::new(SourceText::new("<query>", args.query.as_str()));
    let package = args.package.as_deref().map(|name| {
        name.strip_prefix("data.").unwrap_or(name).split('.').map(str::to_owned).collect::<Vec<_>>()
    });
    let compiled = |version| {
        program.query(&text, version, package.as_deref(), &[]).map_err(|error| PolicyError {
            message: error.message.replacen("the policy does not", "the query does not", 1),
            ..error
        })
    };
    match choice {
        VersionChoice::V0 => compiled(RegoVersion::V0),
        VersionChoice::V1 => compiled(RegoVersion::V1),
        // What is wrong is told as of the version that is written today.
        VersionChoice::Auto => {
            compiled(RegoVersion::V1).or_else(|error| compiled(RegoVersion::V0).map_err(|_| error))
        }
    }
}

/// Reads the one document that is the input.
fn input(path: &Path) -> Result<Manifest, Vec<Fault>> {
    let unreadable =
        |error: SourceError| vec![Fault::Other(miette::MietteDiagnostic::new(error.to_string()))];
    let (text, format) = if path == Path::new("-") {
        (source::read_stdin("<stdin>").map_err(unreadable)?, Format::Manifest)
    } else {
        let file = SourceFile { name: display_name(path), path: path.to_owned() };
        (file.read().map_err(unreadable)?, Format::of_path(path).unwrap_or(Format::Manifest))
    };
    let reading = manifest::read(&text, format, &ReadLimits::default());
    if !reading.errors.is_empty() {
        return Err(reading.errors.into_iter().map(Fault::Input).collect());
    }
    let mut documents = reading.manifests.into_iter();
    let wrong = |message: String| vec![Fault::Other(miette::MietteDiagnostic::new(message))];
    match (documents.next(), documents.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(wrong(format!("`{}` holds no document for `input`", text.name()))),
        (Some(_), Some(second)) => {
            let line = text.line_span(second.line());
            let error =
                PolicyError::at("the input is one document, and this is another", &text, line);
            Err(vec![error.with_help("give --input one of the documents").into()])
        }
    }
}

/// The value of the last statement, and what its variables stood for.
fn answered(row: &Row) -> Vec<(&'static str, Value)> {
    let mut fields = Vec::new();
    if let Some(last) = row.expressions.last() {
        fields.push(("value", last.value.clone()));
    }
    if !row.bindings.is_empty() {
        fields.push(("bindings", bindings(row)));
    }
    fields
}

fn bindings(row: &Row) -> Value {
    let fields =
        row.bindings.iter().map(|(name, value)| (Value::string(Arc::clone(name)), value.clone()));
    Value::object(fields.collect()).unwrap_or(Value::NULL)
}

fn record(fields: Vec<(&str, Value)>) -> Value {
    let fields = fields.into_iter().map(|(name, value)| (Value::string(name), value));
    Value::object(fields.collect()).unwrap_or(Value::NULL)
}

/// The first solution's value, with the others beside it; nothing where there is none.
fn json(rows: &[Row], why: &Why, input: Option<&Node>) -> String {
    let mut fields = rows.first().map(answered).unwrap_or_default();
    if rows.len() > 1 {
        let others = rows[1..].iter().map(|row| record(answered(row)));
        fields.push(("others", Value::array(others.collect())));
    }
    let why = why.json(input);
    let why = why.iter().map(|(name, value)| (name.as_str(), Value::from(value)));
    let record = record(fields.into_iter().chain(why).collect());
    if record.is_empty() { "{}\n".to_owned() } else { record.to_json_pretty() + "\n" }
}

/// One solution after another: the variables, then the value unless it merely holds.
fn pretty(rows: &[Row]) -> String {
    let shown = |row: &Row| {
        let mut text = String::new();
        for (name, value) in &row.bindings {
            text.push_str(&format!("{name} = {}\n", value.to_json_pretty()));
        }
        match row.expressions.last() {
            Some(last) if row.bindings.is_empty() || last.value != Value::bool(true) => {
                text.push_str(&format!("{}\n", last.value.to_json_pretty()));
            }
            _ => {}
        }
        text
    };
    if rows.is_empty() {
        return "undefined\n".to_owned();
    }
    rows.iter().map(shown).collect::<Vec<_>>().join("\n")
}
