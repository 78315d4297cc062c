//! `manifestly rollout`: what changes when, and what it will stop here.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, ValueHint};

use crate::agreement::Agreement;
use crate::check::{Checker, Inference, Input, Options, Problem, SpoolOptions, Trials};
use crate::rego::{PolicyError, PolicyErrors};
use crate::rollout::{self, Calendar, Format};
use crate::source::display_name;

use super::args::{CheckArgs, JudgedArgs};
use super::check::{self, Progress};
use super::settings::Settings;
use super::terminal::{Terminal, to_file};

pub(super) const EXAMPLES: &str = "\
Examples:
  manifestly rollout deploy/                      what is ahead, and what it will stop here
  manifestly rollout --environment prod deploy/   in production
  manifestly rollout -f ics -o policies.ics       for a calendar
  manifestly rollout -f markdown deploy/          for a message to a team

Exit codes:
  0  told
  2  something could not be judged: an unreadable manifest, a broken policy";

#[derive(Args, Debug)]
pub(super) struct RolloutArgs {
    #[command(flatten)]
    judged: JudgedArgs,

    /// How to tell it
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    format: Format,

    /// The file to write, instead of standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &RolloutArgs, terminal: Terminal) -> ExitCode {
    let check = CheckArgs::of(args.judged.clone());
    let Some(settings) = terminal.hear(Settings::here(&check)) else { return ExitCode::from(2) };
    let pool = match super::pool(args.judged.threads.threads) {
        Ok(pool) => pool,
        Err(error) => return terminal.fail("no threads to judge with", &error),
    };
    match pool.install(|| calendar(&check, &settings)) {
        Ok(Ok(calendar)) => tell(&calendar, args, terminal),
        Ok(Err(errors)) => {
            errors.0.iter().for_each(|error| terminal.complain(error));
            ExitCode::from(2)
        }
        Err(error) => terminal.fail("findings can't be set aside", &error),
    }
}

fn tell(calendar: &Calendar, args: &RolloutArgs, terminal: Terminal) -> ExitCode {
    if args.format != Format::Json {
        calendar.errors.iter().for_each(|problem| terminal.complain(problem));
    }
    let write =
        |layout: &_, out: &mut dyn io::Write| rollout::write(calendar, args.format, layout, out);
    let written = match &args.output {
        None => terminal.print_with(|out| write(&terminal.rollout_layout(), out)),
        Some(file) => to_file(file, |out| write(&rollout::Layout::default(), out)),
    };
    match (written, &args.output) {
        (Ok(()), _) => ExitCode::from(calendar.exit_code()),
        (Err(error), None) => terminal.fail("standard output can't be written", &error),
        (Err(error), Some(file)) => {
            terminal.fail(&format!("`{}` can't be written", display_name(file)), &error)
        }
    }
}

fn calendar(args: &CheckArgs, settings: &Settings) -> io::Result<Result<Calendar, PolicyErrors>> {
    match judge(args, settings) {
        Err(errors) => Ok(Err(errors)),
        Ok((checker, inputs, problems)) => {
            let progress = Progress::new(inputs.len(), Instant::now());
            let spool = SpoolOptions { texts: 0, ..SpoolOptions::default() };
            let report = checker.check_spooled(&inputs, problems, spool, &|| progress.step())?;
            Calendar::of(&checker, &report).map(Ok)
        }
    }
}

/// What judges, what is judged, and what is known not to be.
fn judge(
    args: &CheckArgs,
    settings: &Settings,
) -> Result<(Checker, Vec<Input>, Vec<Problem>), PolicyErrors> {
    let options = check::options(args, settings)?;
    let (inputs, problems) = check::inputs(args, &options)
        .map_err(|error| PolicyErrors::from(PolicyError::new(error.to_string())))?;
    let options = check::with_history(options, settings, &inputs)?;
    let policies = check::loader(settings).load()?;
    settings.agreed.expects(&policies)?;
    // What nobody is told of yet is what this is about.
    let agreement = Agreement { upcoming: true, ..Agreement::clone(&options.agreement) };
    let options = Options {
        inference: Inference::Unwanted,
        trials: Trials::None,
        agreement: agreement.into(),
        ..options
    };
    Ok((Checker::with_options(policies, options)?, inputs, problems))
}
