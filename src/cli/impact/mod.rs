//! `manifestly impact`: what other policies would change.

mod args;
mod sides;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::check::{Checker, Input, Options, Problem, SpoolOptions, SpooledReport, Trials};
use crate::impact::{self, Impact, Judged, Owners};
use crate::rego::PolicyError;

use super::args::CheckArgs;
use super::check;
use super::policy::{self, Refusal};
use super::settings::Settings;
use super::terminal::Terminal;

use args::FailOnImpact;
pub(super) use args::{IMPACT_EXAMPLES, ImpactArgs};
use sides::Policies;

pub(super) fn run(args: &ImpactArgs, terminal: Terminal) -> ExitCode {
    match super::pool(args.judged.threads.threads) {
        Ok(pool) => pool.install(|| compare(args, terminal)),
        Err(error) => terminal.fail("no threads to judge with", &error),
    }
}

fn compare(args: &ImpactArgs, terminal: Terminal) -> ExitCode {
    let impact = match impact_of(args) {
        Ok(Ok(impact)) => impact,
        Ok(Err(error)) => return terminal.fail("findings can't be set aside", &error),
        Err(refusal) => return refusal.told(terminal),
    };
    let layout = terminal.impact_layout(args.most);
    let write = |out: &mut dyn io::Write| impact::write(&impact, args.format, &layout, out);
    let code = match args.fail_on {
        _ if !impact.errors.is_empty() => 2,
        FailOnImpact::NewDeny if impact.blocks_more() => 1,
        FailOnImpact::NewDeny | FailOnImpact::Never => 0,
    };
    policy::written(terminal.print_with(write), code, terminal)
}

fn impact_of(args: &ImpactArgs) -> Result<io::Result<Impact>, Refusal> {
    let check_args = CheckArgs::of(args.judged.clone());
    let settings = Settings::here(&check_args)?;
    let from = Policies::named(&args.from, &settings)?;
    let to = match &args.to {
        Some(name) => Policies::named(name, &settings)?,
        None => Policies::here(&settings),
    };
    let options = check::options(&check_args, &settings)?;
    let (inputs, problems) = check::inputs(&check_args, &options)
        .map_err(|error| PolicyError::new(error.to_string()))?;
    let mut options = check::with_history(options, &settings, &inputs)?;
    let owners = owners(args)?;
    let before = checker(&from, &settings, options.clone())?;
    // Of what newly blocks, it is told what mends itself.
    options.trials = Trials::All;
    let after = checker(&to, &settings, options)?;
    Ok(reports(&[before, after], &inputs, &problems).and_then(|[before, after]| {
        let before = Judged { name: &from.name, report: &before };
        let after = Judged { name: &to.name, report: &after };
        Impact::between([before, after], &owners)
    }))
}

fn checker(policies: &Policies, settings: &Settings, options: Options) -> Result<Checker, Refusal> {
    Ok(Checker::with_options(policies.loader(settings).load()?, options)?)
}

fn reports(
    checkers: &[Checker; 2],
    inputs: &[Input],
    problems: &[Problem],
) -> io::Result<[SpooledReport; 2]> {
    // Only what is said in one line is told.
    let spool = SpoolOptions { texts: 0, ..SpoolOptions::default() };
    let judge = |checker: &Checker| checker.check_spooled(inputs, problems.to_vec(), spool, &|| {});
    let [before, after] = checkers;
    Ok([judge(before)?, judge(after)?])
}

fn owners(args: &ImpactArgs) -> Result<Owners, PolicyError> {
    let labels = match args.owner_labels.as_slice() {
        [] => vec![Owners::LABEL.to_owned()],
        labels => labels.to_vec(),
    };
    let owners = Owners::of_labels(labels);
    match &args.codeowners {
        Some(file) => owners.or_of_file(file).map_err(|error| {
            PolicyError::new(format!("`{}` can't be read: {error}", file.display()))
        }),
        None => {
            let first = args.judged.sources.paths.iter().find(|path| path.exists());
            Ok(owners.or_of_repository(first.map_or(Path::new("."), |path| path.as_path())))
        }
    }
}
