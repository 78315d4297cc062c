//! `manifestly replay`: whether today's policies would decide recorded requests as was decided then.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueHint};

use crate::check::Trials;
use crate::rego::{PolicyError, PolicyErrors};
use crate::replay::{Entry, Format, Layout, Log, Replay, Summary, Wanted, Writer};
use crate::source::display_name;

use super::agreement::AgreementArgs;
use super::args::{
    CheckArgs, DigestArgs, GatekeeperArgs, JudgedArgs, PolicyArgs, StdinArgs, ThreadArgs,
};
use super::check;
use super::settings::Settings;
use super::terminal::{Terminal, to_file};

pub(super) const EXAMPLES: &str = "\
Examples:
  manifestly replay -p policies/ audit.log        an API server's audit log
  manifestly replay -p policies/ review.json      an AdmissionReview, with its response or without
  manifestly replay --decided audit.log           what manifestly serve decided, and nothing else
  manifestly replay --resource pods --resource 'deployments.*' audit.log
                                                  of a cluster in which nothing of it runs yet
  manifestly replay --as-of 2027-01-01 audit.log  by the policies of another day
  gunzip -c audit-*.log.gz | manifestly replay -

Exit codes:
  0  all would be decided the same; where no decision is recorded, all would be let through
  1  some would be decided otherwise
  2  some could not be judged, or there was nothing to judge";

#[derive(Args, Debug)]
pub(super) struct ReplayArgs {
    /// Files with what was recorded; `-` for standard input
    ///
    /// AdmissionReviews in JSON or YAML, each with its response or without, one or several of them,
    /// also one a line; or events of an API server's audit log, one a line or in an EventList.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,

    /// Only requests about this resource, as in pods or deployments.apps, or a glob; repeatable
    #[arg(long = "resource", value_name = "GLOB")]
    resources: Vec<String>,

    /// Only requests of which it is recorded what manifestly decided
    #[arg(long)]
    decided: bool,

    /// Tell of what stays the same, too
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    policy: PolicyArgs,

    #[command(flatten)]
    agreement: AgreementArgs,

    #[command(flatten)]
    digest: DigestArgs,

    #[command(flatten)]
    gatekeeper: GatekeeperArgs,

    /// How to tell it
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    format: Format,

    /// The file to write, instead of standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,

    #[command(flatten)]
    stdin: StdinArgs,

    #[command(flatten)]
    threads: ThreadArgs,
}

/// What says nothing about requests is not shown.
pub(super) fn shown(arg: clap::Arg) -> clap::Arg {
    let says_nothing = matches!(arg.get_id().as_str(), "since" | "upcoming");
    if says_nothing { arg.hide(true) } else { arg }
}

pub(super) fn run(args: &ReplayArgs, terminal: Terminal) -> ExitCode {
    let (asked, wanted) = (args.of_check(), args.wanted());
    let Some(settings) = terminal.hear(Settings::here(&asked)) else { return ExitCode::from(2) };
    let pool = match super::pool(args.threads.threads) {
        Ok(pool) => pool,
        Err(error) => return terminal.fail("no threads to judge with", &error),
    };
    let replayed = pool.install(|| {
        let wanted = wanted?;
        let checker = check::checker_at_admission(&asked, &settings, Trials::None)?;
        Ok::<_, PolicyErrors>(tell(args, &Replay::new(&checker)?, &wanted, terminal))
    });
    replayed.unwrap_or_else(|errors| {
        errors.0.iter().for_each(|error| terminal.complain(error));
        ExitCode::from(2)
    })
}

impl ReplayArgs {
    /// The same as asked of `check`.
    fn of_check(&self) -> CheckArgs {
        let check = CheckArgs::of_policies(self.policy.clone(), self.agreement.clone());
        let gatekeeper = self.gatekeeper.clone();
        CheckArgs {
            judged: JudgedArgs { gatekeeper, no_cache: true, ..check.judged },
            digest: self.digest.clone(),
            ..check
        }
    }

    fn wanted(&self) -> Result<Wanted, PolicyErrors> {
        let wanted = Wanted::default().decided(self.decided).resources(&self.resources);
        wanted.map_err(|error| PolicyErrors::from(PolicyError::new(format!("--resource: {error}"))))
    }
}

/// Goes through the files, and tells what came of them as it is found out.
fn tell(args: &ReplayArgs, replay: &Replay<'_>, wanted: &Wanted, terminal: Terminal) -> ExitCode {
    let mut summary = Summary::default();
    let layout = match &args.output {
        None => terminal.replay_layout(args.all),
        Some(_) => Layout { unicode: true, all: args.all, ..Layout::default() },
    };
    let mut write = |out: &mut dyn io::Write| {
        let mut writer = Writer::begin(args.format, layout, replay, out)?;
        for file in &args.files {
            let came = over(file, args, replay, wanted, &mut |entry| writer.take(entry))?;
            summary.join(&came);
        }
        writer.end(&summary)
    };
    let written = match &args.output {
        None => terminal.print_with(&mut write),
        Some(file) => to_file(file, &mut write),
    };
    match (written, &args.output) {
        (Ok(()), _) if replay.problems().is_empty() => ExitCode::from(summary.exit_code()),
        (Ok(()), _) => ExitCode::from(2),
        (Err(error), None) => terminal.fail("standard output can't be written", &error),
        (Err(error), Some(file)) => {
            terminal.fail(&format!("`{}` can't be written", display_name(file)), &error)
        }
    }
}

fn over(
    file: &Path,
    args: &ReplayArgs,
    replay: &Replay<'_>,
    wanted: &Wanted,
    sink: &mut dyn FnMut(&Entry) -> io::Result<()>,
) -> io::Result<Summary> {
    let mut log = if file == Path::new("-") {
        Log::new(&args.stdin.stdin_filename, BufReader::new(io::stdin()))
    } else {
        match File::open(file) {
            Ok(text) => Log::new(display_name(file), BufReader::with_capacity(1 << 16, text)),
            Err(error) => Log::unread(display_name(file), &error),
        }
    };
    replay.over(&mut log, wanted, sink)
}
