//! `manifestly expect`: which policies will look at a manifest or a kind, and what each wants.

mod args;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use crate::agreement::Agreement;
use crate::catalog::Catalog;
use crate::check::{self, Checker, Input, Options, Problem, Report};
use crate::expect::{self, Expectations, Layout, Subject, UnknownKind};
use crate::manifest::{self, Format, ReadLimits};
use crate::policy::PolicySet;
use crate::rego::{PolicyError, PolicyErrors};
use crate::source;

use super::policy::{self, Refusal};
use super::terminal::Terminal;

pub(super) use args::ExpectArgs;

pub(super) fn run(args: &ExpectArgs, terminal: Terminal) -> ExitCode {
    let pool = match super::pool(0) {
        Ok(pool) => pool,
        Err(error) => return terminal.fail("no threads to look with", &error),
    };
    pool.install(|| match expectations(args, terminal) {
        Ok(code) => code,
        Err(refusal) => refusal.told(terminal),
    })
}

fn expectations(args: &ExpectArgs, terminal: Terminal) -> Result<ExitCode, Refusal> {
    let settings = policy::settings(&args.policy, &args.agreement, &[], &[])?;
    let policies = policy::load(&settings)?;
    let catalog = Catalog::of(&policies);
    if !catalog.errors.is_empty() {
        return Err(PolicyErrors(catalog.errors).into());
    }
    let agreement = Arc::new(settings.agreed.agreement()?);
    // What counts from some day on is counted, whether or not it is told of yet.
    let judging = Agreement { upcoming: true, ..(*agreement).clone() };
    let options = Options { agreement: judging.into(), ..Options::default() };
    let (inputs, kinds, mut problems) = given(args, &options);
    let mut subjects = written(&inputs);
    for kind in kinds {
        subjects.push(Subject::of_kind(kind, &catalog).map_err(unknown)?);
    }
    let mut expectations = expect::expect(&policies, &catalog, subjects, &agreement)?;
    if !inputs.is_empty() {
        let report = judged(policies, options, &inputs, std::mem::take(&mut problems))?;
        expectations.note(&report.findings);
        problems = report.errors;
    }
    problems.iter().for_each(|problem| terminal.complain(problem));
    Ok(print(&expectations, args, terminal, !problems.is_empty()))
}

fn print(
    expectations: &Expectations<'_>,
    args: &ExpectArgs,
    terminal: Terminal,
    is_partial: bool,
) -> ExitCode {
    if expectations.subjects.is_empty() {
        if !is_partial {
            terminal.say("nothing to look at: no manifest was found");
        }
        return ExitCode::from(2);
    }
    let layout = Layout { as_of: Some(expectations.as_of), ..terminal.catalog_layout() };
    let write =
        |out: &mut dyn std::io::Write| expect::write(expectations, args.format, &layout, out);
    policy::written(terminal.print_with(write), if is_partial { 2 } else { 0 }, terminal)
}

/// What is to be read, and the names that are taken for kinds.
fn given<'a>(args: &'a ExpectArgs, options: &Options) -> (Vec<Input>, Vec<&'a str>, Vec<Problem>) {
    let is_file = |name: &&str| *name == "-" || Path::new(name).exists();
    let names = args.subjects.iter().map(String::as_str);
    let (files, others): (Vec<&str>, Vec<&str>) = names.partition(is_file);
    // What is named as files are, and is not there, is a mistake in a path.
    let looks_like_file = |name: &&str| Format::of_path(Path::new(name)).is_some();
    let (missing, kinds): (Vec<&str>, Vec<&str>) = others.into_iter().partition(looks_like_file);
    let mut inputs = Vec::new();
    let mut problems = Vec::new();
    if files.contains(&"-") {
        match source::read_stdin("<stdin>") {
            Ok(text) => inputs.push(Input::Text(text)),
            Err(error) => problems.push(error.into()),
        }
    }
    let named: Vec<&str> = files.into_iter().filter(|name| *name != "-").chain(missing).collect();
    match check::walk(options) {
        Ok(walk) if !named.is_empty() => {
            let (files, errors) = walk.files(&named);
            inputs.extend(files.into_iter().map(Input::File));
            problems.extend(errors.into_iter().map(Problem::from));
        }
        Ok(_) => {}
        Err(error) => problems.push(error.into()),
    }
    (inputs, kinds, problems)
}

/// The resources of manifests. What can't be read is told by those who judge it.
fn written(inputs: &[Input]) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for input in inputs {
        let Ok(text) = input.read() else { continue };
        let reading = manifest::read(&text, Format::of(input), &ReadLimits::default());
        let manifests = reading.manifests.into_iter().map(Arc::new);
        let resources = manifests.filter_map(|it| manifest::resources(&it)).flatten();
        subjects.extend(resources.map(Subject::of_resource));
    }
    subjects
}

fn judged(
    policies: PolicySet,
    options: Options,
    inputs: &[Input],
    problems: Vec<Problem>,
) -> Result<Report, PolicyErrors> {
    if policies.entry_points.is_empty() && policies.gatekeeper.is_empty() {
        return Ok(Report::of_problems(problems));
    }
    let checker = Checker::with_options(policies, options)?;
    Ok(checker.check(inputs, problems, &|| {}))
}

fn unknown(error: UnknownKind) -> PolicyErrors {
    let help = match &error.nearest {
        Some(near) => format!("did you mean `{near}`?"),
        None => "a kind of your own is written with its group, as in `example.com/Widget`".into(),
    };
    PolicyError::new(error.to_string()).with_help(help).into()
}
