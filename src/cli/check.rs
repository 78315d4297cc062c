//! `manifestly check`: judge manifests by policies.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::agreement::{Agreement, Reading};
use crate::check::{
    self, Checker, Inference, Input, Options, Problem, ProblemKind, SpoolOptions, SpooledReport,
    Trials,
};
use crate::engine::EngineLimits;
use crate::gatekeeper::WEBHOOK;
use crate::manifest::ReadLimits;
use crate::policy::Loader;
use crate::rego::{PolicyError, PolicyErrors};
use crate::report::{self, Format, HumanOptions};
use crate::source::{self, SourceError};

use super::args::CheckArgs;
use super::fix;
use super::settings::{Origin, Output, Settings};
use super::terminal::{Terminal, to_file};

pub(super) fn run(args: &CheckArgs, terminal: Terminal) -> ExitCode {
    let Some(settings) = terminal.hear(Settings::here(args)) else { return ExitCode::from(2) };
    let pool = match super::pool(args.judged.threads.threads) {
        Ok(pool) => pool,
        Err(error) => return terminal.fail("no threads to judge with", &error),
    };
    pool.install(|| judge_and_write(args, &settings, terminal))
}

fn judge_and_write(args: &CheckArgs, settings: &Settings, terminal: Terminal) -> ExitCode {
    let report = match judge(args, settings, terminal) {
        Ok(report) => report,
        Err(error) => return terminal.fail("findings can't be set aside", &error),
    };
    terminal.policies_print(&report.prints.lines, report.prints.more);
    for output in &settings.outputs.value {
        // Standard output has the diff.
        if args.diff && output.file.is_none() {
            continue;
        }
        if let Err(error) = write(&report, output, args, terminal) {
            let what = match &output.file {
                Some(file) => format!("`{}` can't be written", source::display_name(file)),
                None => "standard output can't be written".to_owned(),
            };
            return terminal.fail(&what, &error);
        }
    }
    ExitCode::from(report.exit_code(settings.fail_on.value))
}

fn judge(args: &CheckArgs, settings: &Settings, terminal: Terminal) -> io::Result<SpooledReport> {
    let started = Instant::now();
    let options = match options(args, settings) {
        Ok(options) => options,
        Err(errors) => return Ok(refused(ProblemKind::Agreement, errors)),
    };
    let policies = loader(settings).load();
    let policies = policies.and_then(|set| settings.agreed.expects(&set).map(|()| set));
    let policies = match policies {
        Ok(policies) => policies,
        Err(errors) => return Ok(refused(ProblemKind::Policy, errors)),
    };
    let found = if args.staged {
        fix::staged(args, &options)
    } else {
        inputs(args, &options).map_err(|error| vec![error.into()])
    };
    let (mut inputs, mut problems) = match found {
        Ok(found) => found,
        Err(problems) => return Ok(SpooledReport::of_problems(problems)),
    };
    let options = match with_history(options, settings, &inputs) {
        Ok(options) => options,
        Err(errors) => return Ok(refused(ProblemKind::Agreement, errors)),
    };
    let checker = match Checker::with_options(policies, options) {
        Ok(checker) => checker,
        Err(errors) => return Ok(refused(ProblemKind::Policy, errors)),
    };
    if args.fix.is_some() || args.diff {
        match fix::run(args, &checker, &mut inputs, terminal) {
            Ok(more) => problems.extend(more),
            Err(problems) => return Ok(SpooledReport::of_problems(problems)),
        }
    }
    let progress = Progress::new(inputs.len(), started);
    let shows_text = settings.outputs.value.iter().any(|output| output.format == Format::Human);
    let texts = if shows_text { args.snippets } else { 0 };
    let spool = SpoolOptions { texts, ..SpoolOptions::default() };
    let mut report = checker.check_spooled(&inputs, problems, spool, &|| progress.step())?;
    report.summary.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(report)
}

/// The report of a run that can't begin.
fn refused(kind: ProblemKind, errors: PolicyErrors) -> SpooledReport {
    let problem = |error| Problem::of_policy(kind, error);
    SpooledReport::of_problems(errors.0.into_iter().map(problem).collect())
}

/// The same options, with what has not changed of the inputs.
pub(super) fn with_history(
    mut options: Options,
    settings: &Settings,
    inputs: &[Input],
) -> Result<Options, PolicyErrors> {
    let reading = Reading { any: options.any, limits: options.read };
    if let Some(since) = settings.agreed.since(inputs, &reading)? {
        Arc::make_mut(&mut options.agreement).since = Some(since);
    }
    Ok(options)
}

pub(super) fn loader(settings: &Settings) -> Loader {
    let policies = settings.policies.value.iter();
    policies.fold(loader_of_none(settings), Loader::policy)
}

/// A loader with all but the policies.
pub(super) fn loader_of_none(settings: &Settings) -> Loader {
    let loader = Loader::new().version(settings.rego_version.value);
    let mut loader = loader.terms(settings.agreed.terms.clone());
    for path in &settings.data.value {
        loader = loader.data(path);
    }
    for namespace in &settings.namespaces.value {
        loader = loader.namespace(namespace);
    }
    loader
}

/// # Errors
///
/// What is wrong with what was agreed.
pub(super) fn options(args: &CheckArgs, settings: &Settings) -> Result<Options, PolicyErrors> {
    Ok(options_with(args, settings, settings.agreed.agreement()?))
}

/// The same for what a webhook is asked about: one object at a time, where the webhook stands among the
/// enforcement points of constraints.
///
/// # Errors
///
/// What is wrong with what was agreed, or says nothing about requests.
fn options_at_admission(args: &CheckArgs, settings: &Settings) -> Result<Options, PolicyErrors> {
    if settings.agreed.since.value.is_some() {
        let error = PolicyError::new("`--since` is about files, and a request is in none");
        return Err(error.with_help("a baseline lets stand what stood before").into());
    }
    let mut options = Options { any: false, combine: false, ..options(args, settings)? };
    if settings.enforcement_point.origin == Origin::Default {
        WEBHOOK.clone_into(&mut options.enforcement_point);
    }
    Ok(options)
}

/// What judges as a webhook does.
///
/// # Errors
///
/// What is wrong with the policies, or with what was agreed.
pub(super) fn checker_at_admission(
    args: &CheckArgs,
    settings: &Settings,
    trials: Trials,
) -> Result<Checker, PolicyErrors> {
    let options = options_at_admission(args, settings)?;
    let policies = loader(settings).load()?;
    settings.agreed.expects(&policies)?;
    Checker::with_options(policies, Options { trials, ..options })
}

/// The same, but for what stood before.
pub(super) fn options_without_baseline(args: &CheckArgs, settings: &Settings) -> Options {
    options_with(args, settings, settings.agreed.without_baseline())
}

fn options_with(args: &CheckArgs, settings: &Settings, agreement: Agreement) -> Options {
    Options {
        any: settings.any.value,
        combine: settings.combine.value,
        exclude: settings.exclude.value.clone(),
        exclude_root: settings.exclude_root.clone(),
        read: ReadLimits { bytes: args.max_file_size, ..ReadLimits::default() },
        engine: EngineLimits {
            rule_time: Duration::from_secs(args.rule_timeout),
            strict_builtins: args.strict_builtin_errors,
            strict: args.strict,
            ..EngineLimits::default()
        },
        cache: settings.cache_folder(),
        inventory: settings.inventory.value.clone(),
        enforcement_point: settings.enforcement_point.value.clone(),
        inference: if args.no_places { Inference::Unwanted } else { Inference::Wanted },
        trials: trials(args, settings),
        agreement: agreement.into(),
    }
}

/// The fixes that a report shows are tried.
fn trials(args: &CheckArgs, settings: &Settings) -> Trials {
    let writes = |formats: &[Format]| {
        settings.outputs.value.iter().any(|output| formats.contains(&output.format))
    };
    if writes(&[Format::Json, Format::Sarif]) {
        Trials::All
    } else if writes(&[Format::Human]) {
        Trials::First(args.snippets)
    } else {
        Trials::None
    }
}

/// What is to be read, standard input first, and what is already known not to be readable.
pub(super) fn inputs(
    args: &CheckArgs,
    options: &Options,
) -> Result<(Vec<Input>, Vec<Problem>), SourceError> {
    let walk = check::walk(options)?;
    let is_stdin = |path: &&Path| *path == Path::new("-");
    let here = [Path::new(".")];
    let paths: Vec<&Path> = args.judged.sources.paths.iter().map(AsRef::as_ref).collect();
    let paths = if paths.is_empty() { here.to_vec() } else { paths };
    let mut inputs = Vec::new();
    let mut problems = Vec::new();
    if paths.iter().any(&is_stdin) {
        match source::read_stdin(&args.judged.sources.stdin.stdin_filename) {
            // What should have rendered manifests has most likely failed.
            Ok(text) if text.text().trim().is_empty() => {
                problems.push(
                    SourceError::Empty { name: args.judged.sources.stdin.stdin_filename.clone() }
                        .into(),
                );
            }
            Ok(text) => inputs.push(Input::Text(text)),
            Err(error) => problems.push(error.into()),
        }
    }
    let named: Vec<_> = paths.into_iter().filter(|path| !is_stdin(path)).collect();
    let (files, errors) = walk.files(&named);
    inputs.extend(files.into_iter().map(Input::File));
    problems.extend(errors.into_iter().map(Problem::from));
    Ok((inputs, problems))
}

fn write(
    report: &SpooledReport,
    output: &Output,
    args: &CheckArgs,
    terminal: Terminal,
) -> std::io::Result<()> {
    let layout = match &output.file {
        None => terminal.layout(args.snippets),
        Some(_) => HumanOptions { snippets: args.snippets, ..HumanOptions::default() },
    };
    let report = |out: &mut dyn Write| report::write_with(report, output.format, &layout, out);
    match &output.file {
        None => terminal.print_with(report),
        Some(file) => to_file(file, report),
    }
}

/// A bar on standard error, for runs that take long enough to wonder. Only terminals see it.
pub(super) struct Progress {
    bar: ProgressBar,
    started: Instant,
    shown: AtomicBool,
}

impl Progress {
    const PATIENCE: Duration = Duration::from_secs(1);

    pub(super) fn new(length: usize, started: Instant) -> Self {
        let bar = ProgressBar::with_draw_target(Some(length as u64), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} files") {
            bar.set_style(style);
        }
        Self { bar, started, shown: AtomicBool::new(false) }
    }

    pub(super) fn step(&self) {
        self.bar.inc(1);
        if self.started.elapsed() > Self::PATIENCE && !self.shown.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
