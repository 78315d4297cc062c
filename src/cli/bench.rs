//! `manifestly bench`: how fast policies judge manifests.

use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use crate::bench::{self, Allowed, Comparison, Prepared, Record};
use crate::check::{Checker, Inference, Options, Problem, ProblemKind};
use crate::rego::{PolicyError, PolicyErrors};
use crate::source::display_name;

use super::agreement::AgreementArgs;
use super::args::{BenchArgs, CheckArgs, JudgedArgs};
use super::settings::Settings;
use super::terminal::{Terminal, to_file};

pub(super) fn run(args: &BenchArgs, terminal: Terminal) -> ExitCode {
    let check = as_check(args);
    let settings = match Settings::here(&check) {
        Ok(settings) => settings,
        Err(error) => return refused(terminal, &error),
    };
    // Read first: who compares with a file that is not there need not wait for the answer.
    let before = match args.compare.as_deref().map(Record::read).transpose() {
        Ok(before) => before,
        Err(error) => return refused(terminal, &error),
    };
    let measured = match super::pool(0) {
        Ok(pool) => pool.install(|| measure(args, &check, &settings)),
        Err(error) => return terminal.fail("no threads to read with", &error),
    };
    let Measured { record, problems } = match measured {
        Ok(measured) => measured,
        Err(error) => return terminal.fail("no threads to review with", &error),
    };
    problems.iter().for_each(|problem| terminal.complain(problem));
    let Some(record) = record else { return ExitCode::from(2) };
    let comparison = before.zip(args.compare.as_deref()).map(|(before, file)| {
        let least_ns = args.min_change.saturating_mul(1000);
        let allowed = Allowed { percent: args.threshold, least_ns };
        Comparison::of(&before, &record, display_name(file), allowed)
    });
    let written =
        terminal.print_with(|out| bench::write(&record, comparison.as_ref(), args.format, out));
    if let Err(error) = written {
        return terminal.fail("standard output can't be written", &error);
    }
    // What could not be judged took no time, and is nothing to compare with.
    if !problems.is_empty() {
        return ExitCode::from(2);
    }
    if let Some(file) = &args.save
        && let Err(error) = save(&record, file)
    {
        return terminal.fail(&format!("`{}` can't be written", display_name(file)), &error);
    }
    ExitCode::from(u8::from(comparison.is_some_and(|comparison| comparison.is_worse())))
}

/// What `check` would have to be given for the same policies and manifests.
fn as_check(args: &BenchArgs) -> CheckArgs {
    let check = CheckArgs::of_policies(args.policy.clone(), AgreementArgs::default());
    let (sources, gatekeeper) = (args.sources.clone(), args.gatekeeper.clone());
    CheckArgs { judged: JudgedArgs { sources, gatekeeper, ..check.judged }, ..check }
}

fn refused(terminal: Terminal, error: &dyn miette::Diagnostic) -> ExitCode {
    terminal.complain(error);
    ExitCode::from(2)
}

/// What was measured, if anything was, and what could not be judged.
struct Measured {
    record: Option<Record>,
    problems: Vec<Problem>,
}

fn measure(args: &BenchArgs, check: &CheckArgs, settings: &Settings) -> io::Result<Measured> {
    let nothing = |problems| Ok(Measured { record: None, problems });
    // What is measured is the judging.
    let options = match super::check::options(check, settings) {
        Ok(options) => Options { inference: Inference::Unwanted, ..options },
        Err(errors) => return nothing(of_policies(errors)),
    };
    let started = Instant::now();
    let checker = super::check::loader(settings)
        .load()
        .and_then(|policies| Checker::with_options(policies, options.clone()));
    let policies = started.elapsed();
    let checker = match checker {
        Ok(checker) => checker,
        Err(errors) => return nothing(of_policies(errors)),
    };
    let started = Instant::now();
    let (inputs, mut problems) = match super::check::inputs(check, &options) {
        Ok(found) => found,
        Err(error) => return nothing(vec![error.into()]),
    };
    let reviews = match checker.reviews(&inputs) {
        Ok(reviews) => reviews,
        Err(errors) => return nothing(of_policies(errors)),
    };
    let prepared = Prepared { policies, manifests: started.elapsed() };
    problems.extend(reviews.problems().iter().cloned());
    if reviews.count() == 0 {
        let empty = PolicyError::new("there is nothing to review");
        let help =
            "name files or folders with manifests; templates and constraints are not reviewed";
        problems.push(Problem::of_policy(ProblemKind::Source, empty.with_help(help)));
        return nothing(problems);
    }
    let options = bench::Options {
        iterations: args.iterations,
        warmup: args.warmup,
        concurrency: args.concurrency,
        stack: crate::stack::THREAD,
    };
    let (record, more) = bench::measure(&reviews, options, prepared)?;
    problems.extend(more);
    Ok(Measured { record: Some(record), problems })
}

fn of_policies(errors: PolicyErrors) -> Vec<Problem> {
    let problem = |error| Problem::of_policy(ProblemKind::Policy, error);
    errors.0.into_iter().map(problem).collect()
}

fn save(record: &Record, file: &Path) -> io::Result<()> {
    to_file(file, |out| {
        serde_json::to_writer_pretty(&mut *out, record)?;
        writeln!(out)
    })
}
