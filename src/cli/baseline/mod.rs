//! `manifestly baseline`: what stood when policies came.

mod args;
mod show;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::agreement::{Baseline, Syntax};
use crate::check::{Checker, Reported, SpoolOptions, SpooledReport};
use crate::policy::Level;
use crate::rego::PolicyError;
use crate::report::counted;
use crate::source::display_name;

use super::agreement;
use super::args::{CheckArgs, JudgedArgs};
use super::check;
use super::policy::Refusal;
use super::settings::Settings;
use super::terminal::Terminal;

pub(super) use args::BaselineArgs;
use args::{BaselineCommand, UpdateArgs, WriteArgs};

/// The file, where none is named.
const FILE: &str = "baseline.yaml";
/// How many of the findings that are new are told.
const MOST: usize = 20;

pub(super) fn run(args: &BaselineArgs, terminal: Terminal) -> ExitCode {
    let threads = match &args.command {
        BaselineCommand::Write(WriteArgs { judged })
        | BaselineCommand::Update(UpdateArgs { judged, .. }) => judged.threads.threads,
        BaselineCommand::Show(_) => 1,
    };
    let done = |pool: rayon::ThreadPool| {
        pool.install(|| match &args.command {
            BaselineCommand::Write(args) => write(args, terminal),
            BaselineCommand::Update(args) => update(args, terminal),
            BaselineCommand::Show(args) => show::run(args, terminal),
        })
    };
    match super::pool(threads).map(done) {
        Ok(Ok(code)) => code,
        Ok(Err(refusal)) => refusal.told(terminal),
        Err(error) => terminal.fail("no threads to judge with", &error),
    }
}

fn write(args: &WriteArgs, terminal: Terminal) -> Result<ExitCode, Refusal> {
    let (settings, file) = settings(&args.judged)?;
    if file.exists() {
        let message = format!("`{}` is there already", display_name(&file));
        let help = "`manifestly baseline update` takes out what is mended, and with --accept-new \
                    takes up what is new";
        return Err(PolicyError::new(message).with_help(help).into());
    }
    let now = match stands(&args.judged, &settings, terminal)? {
        Ok(now) => now,
        Err(code) => return Ok(code),
    };
    put(&file, &now)?;
    terminal.say(&format!("{} {} in `{}`", told(&now), stands_or(&now), display_name(&file)));
    if settings.agreed.baseline.value.is_none() {
        let file = display_name(&file);
        terminal.say(&format!(
            "judge with --baseline {file}, or write into manifestly.toml: baseline = \"{file}\""
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn update(args: &UpdateArgs, terminal: Terminal) -> Result<ExitCode, Refusal> {
    let (settings, file) = settings(&args.judged)?;
    let known = agreement::read_baseline(&file)?;
    let now = match stands(&args.judged, &settings, terminal)? {
        Ok(now) => now,
        Err(code) => return Ok(code),
    };
    let change = known.change(&now);
    let mut next = change.kept.clone();
    if args.accept_new {
        next.extend(&change.new);
    }
    if next != known {
        put(&file, &next)?;
    }
    terminal.say(&format!(
        "{} {} in `{}`: {} mended, {} new{}",
        told(&next),
        stands_or(&next),
        display_name(&file),
        change.gone.count(),
        change.new.count(),
        match (change.new.is_empty(), args.accept_new) {
            (true, _) => "",
            (false, true) => " and taken up",
            (false, false) => " and left out",
        }
    ));
    if change.new.is_empty() || args.accept_new {
        return Ok(ExitCode::SUCCESS);
    }
    for (stood, count) in change.new.iter().take(MOST) {
        terminal.say(&format!("  {}", show::line(stood, count)));
    }
    if change.new.iter().count() > MOST {
        terminal.say(&format!("  and {} more", change.new.iter().count() - MOST));
    }
    terminal.say("mend them, ask for waivers, or take them up with --accept-new");
    Ok(ExitCode::from(1))
}

/// The settings, and the file of the baseline.
fn settings(args: &JudgedArgs) -> Result<(Settings, PathBuf), Refusal> {
    if args.agreement.since.is_some() {
        let message = "a baseline holds all that stands, also what has not changed";
        return Err(PolicyError::new(message).with_help("leave out --since").into());
    }
    let settings = Settings::here(&CheckArgs::of(args.clone()))?;
    let file = settings.agreed.baseline.value.clone().unwrap_or_else(|| PathBuf::from(FILE));
    Ok((settings, file))
}

/// What stands now; the exit code, where something could not be judged.
fn stands(
    args: &JudgedArgs,
    settings: &Settings,
    terminal: Terminal,
) -> Result<Result<Baseline, ExitCode>, Refusal> {
    let check_args = CheckArgs::of(args.clone());
    let options = check::options_without_baseline(&check_args, settings);
    let (inputs, problems) = check::inputs(&check_args, &options)
        .map_err(|error| PolicyError::new(error.to_string()))?;
    let policies = check::loader(settings).load()?;
    settings.agreed.expects(&policies)?;
    let checker = Checker::with_options(policies, options)?;
    let spool = SpoolOptions { texts: 0, ..SpoolOptions::default() };
    let failed = |error: io::Error| terminal.fail("findings can't be set aside", &error);
    let report = match checker.check_spooled(&inputs, problems, spool, &|| {}) {
        Ok(report) => report,
        Err(error) => return Ok(Err(failed(error))),
    };
    if !report.errors.is_empty() {
        report.errors.iter().for_each(|error| terminal.complain(error));
        let what = if report.errors.len() == 1 { "thing" } else { "things" };
        terminal.say(&format!(
            "{} {what} could not be judged, so nothing is written",
            report.errors.len()
        ));
        return Ok(Err(ExitCode::from(2)));
    }
    Ok(of(&report).map_err(failed))
}

/// What would block or warn, now or later, and is not let pass.
fn of(report: &SpooledReport) -> io::Result<Baseline> {
    let mut baseline = Baseline::default();
    report.windows(&mut |window| {
        for finding in window {
            if finding.level > Level::Info && !finding.standing.is_let_pass() {
                baseline.add(finding.stood());
            }
        }
        Ok(())
    })?;
    Ok(baseline)
}

fn put(file: &Path, baseline: &Baseline) -> Result<(), PolicyError> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let text = baseline.write(Syntax::of_path(file));
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(file, text));
    written.map_err(|error| {
        PolicyError::new(format!("`{}` can't be written: {error}", display_name(file)))
    })
}

/// The verb that goes with their number.
fn stands_or(baseline: &Baseline) -> &'static str {
    if baseline.count() == 1 { "stands" } else { "stand" }
}

/// `3 findings of 2 policies`.
fn told(baseline: &Baseline) -> String {
    let mut policies: Vec<_> = baseline.iter().map(|(stood, _)| &stood.policy).collect();
    policies.dedup();
    let findings = usize::try_from(baseline.count()).unwrap_or(usize::MAX);
    let noun = if policies.len() == 1 { "policy" } else { "policies" };
    format!("{} of {} {noun}", counted(findings, "finding"), policies.len())
}
