//! `manifestly waivers`: what waivers there are, and what they do.

mod args;
mod human;
mod settings;

use std::process::ExitCode;
use std::sync::Arc;

use serde::Serialize;

use crate::agreement::Agreement;
use crate::agreement::waiver::{
    FaultKind, FaultRecord, Rules, Tally, WaiverFiles, Waivers, WeighedRecord,
};
use crate::catalog::Format;
use crate::check::{Checker, Options, Problem};
use crate::rego::PolicyErrors;

use super::args::CheckArgs;
use super::settings::Settings;
use super::terminal::Terminal;
use super::{check, shell};

pub(super) use args::{EXAMPLES, WaiversArgs};
pub(super) use settings::{WaiverArgs, WaiverSettings, WaiversFile};

pub(super) fn run(args: &WaiversArgs, terminal: Terminal) -> ExitCode {
    let pool = match super::pool(0) {
        Ok(pool) => pool,
        Err(error) => return terminal.fail("no threads to judge with", &error),
    };
    pool.install(|| list(args, terminal))
}

#[derive(Serialize)]
struct ListRecord {
    version: u8,
    as_of: String,
    waivers: Vec<WeighedRecord>,
}

fn list(args: &WaiversArgs, terminal: Terminal) -> ExitCode {
    let mut asked = CheckArgs::of_policies(args.policy.clone(), args.agreement.clone());
    asked.judged.sources.paths.clone_from(&args.paths);
    let Some(settings) = terminal.hear(Settings::here(&asked)) else { return ExitCode::from(2) };
    let checker = match checker(&asked, &settings) {
        Ok(checker) => checker,
        Err(errors) => {
            errors.0.iter().for_each(|error| terminal.complain(error));
            return ExitCode::from(2);
        }
    };
    let as_of = settings.agreed.as_of.value;
    let (waivers, problems) = if args.paths.is_empty() {
        let errors = checker.waivers().errors();
        let waivers = checker.waivers().records(&Tally::default(), as_of);
        (waivers, errors.map(Problem::of_waiver).collect())
    } else {
        judged(&asked, &settings, &checker)
    };
    let within = settings.agreed.waivers.expiring_within.value;
    let text = match args.format {
        Format::Human => {
            human::list(&waivers, !args.paths.is_empty(), within, &terminal.catalog_layout())
        }
        Format::Json => {
            let record =
                ListRecord { version: 1, as_of: as_of.to_string(), waivers: waivers.clone() };
            serde_json::to_string_pretty(&record).unwrap_or_default() + "\n"
        }
    };
    let printed = shell::print(text.as_bytes(), terminal);
    problems.iter().for_each(|problem| terminal.complain(problem));
    // One that is to come lacks nothing.
    let is_wrong = |fault: &FaultRecord| fault.kind != FaultKind::Ahead;
    let lacks = |waiver: &WeighedRecord| {
        waiver.faults.iter().any(is_wrong) || human::is_ending(waiver, within)
    };
    match (problems.is_empty(), waivers.iter().any(lacks)) {
        (false, _) => ExitCode::from(2),
        (true, true) => ExitCode::from(1),
        (true, false) => printed,
    }
}

/// What the waivers let pass among manifests, and what could not be judged.
fn judged(
    args: &CheckArgs,
    settings: &Settings,
    checker: &Checker,
) -> (Vec<WeighedRecord>, Vec<Problem>) {
    match check::inputs(args, &check::options_without_baseline(args, settings)) {
        Ok((inputs, problems)) => {
            let report = checker.check(&inputs, problems, &|| {});
            (report.waivers, report.errors)
        }
        Err(error) => (Vec::new(), vec![error.into()]),
    }
}

fn checker(args: &CheckArgs, settings: &Settings) -> Result<Checker, PolicyErrors> {
    Checker::with_options(
        check::loader(settings).load()?,
        check::options_without_baseline(args, settings),
    )
}

/// Waivers weighed by the policies that are in force.
pub(super) fn weighed(
    settings: &Settings,
    files: WaiverFiles,
    rules: Rules,
) -> Result<Waivers, PolicyErrors> {
    let agreement = Agreement {
        waivers: Waivers::new(files, rules),
        ..Agreement::of(settings.agreed.as_of.value)
    };
    let options = Options { agreement: Arc::new(agreement), ..Options::default() };
    let checker = Checker::with_options(check::loader(settings).load()?, options)?;
    Ok(checker.waivers().clone())
}
